"""What the bench shares: the workload, the base class of the peers, running commands."""
import concurrent.futures, importlib, json, os, shutil, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The sets each part of the rounds needs.
PARTS = {"closure": [("closure", "1"), ("closure", "2"), ("small", "1")],
         "many": [("many", "1")],
         "big": [("big", "1")]}


class Workload:
    """The unpacked trees and manifests below WORK/workload."""

    def __init__(self, work):
        self.work = os.path.abspath(work)
        self._index, self._manifest = {}, {}

    def base(self, wset, ver):
        return os.path.join(self.work, "workload", wset, ver)

    def names(self, wset, ver="1"):
        k = (wset, ver)
        if k not in self._index:
            with open(os.path.join(self.base(wset, ver), "index.json")) as f:
                self._index[k] = json.load(f)
        return self._index[k]

    def manifest(self, wset, ver, name):
        k = (wset, ver, name)
        if k not in self._manifest:
            with open(os.path.join(self.base(wset, ver), name, "manifest.json")) as f:
                self._manifest[k] = json.load(f)
        return self._manifest[k]

    def tree(self, wset, ver, name):
        return os.path.join(self.base(wset, ver), name, "root")


def walk(root):
    """relative paths of everything below root, parents first, in one fixed order"""
    out = []
    for d, dirs, files in os.walk(root):
        dirs.sort()
        rel = os.path.relpath(d, root)
        rel = "" if rel == "." else rel + "/"
        out += [rel + n for n in dirs + files]
    return sorted(set(out))


def sh(argv, **kw):
    """run, and show the output only when it fails"""
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    if r.returncode != 0:
        sys.stderr.write(r.stdout.decode("utf-8", "replace")[-4000:])
        raise SystemExit("failed (%d): %s" % (r.returncode, " ".join(argv)[:400]))
    return r.stdout


class Cmd:
    """One timed step: argv, and what it may exit with."""

    def __init__(self, argv, env=None, cwd=None, ok=(0,)):
        self.argv, self.env, self.cwd, self.ok = argv, env, cwd, ok


class Peer:
    """A package manager under test. A subclass gives the commands; each returns a Cmd, or None
    where the peer has no such thing.

    name       what the tables call it
    packages   whose packages it installs (a variant shares its parent's)
    durable    what it does for durability, in words
    """
    name = packages = durable = ""
    level = 3                       # zstd

    def __init__(self, work):
        self.w = Workload(work)
        self.work = self.w.work

    # ---- packages
    def pkgdir(self, wset, ver):
        return os.path.join(self.work, "pkgs", self.packages or self.name, wset, ver)

    def available(self):
        """None, or why it cannot run here"""
        return None

    def build_one(self, wset, ver, name, out):
        raise NotImplementedError

    def build_index(self, wset, ver, out):
        pass

    def build(self, wset, ver, jobs):
        """once; a new workload has no .done"""
        out = self.pkgdir(wset, ver)
        done = out + ".done"
        made = os.path.join(self.w.base(wset, ver), "index.json")
        if os.path.exists(done) and os.path.getmtime(done) >= os.path.getmtime(made):
            return False
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        with concurrent.futures.ThreadPoolExecutor(jobs) as ex:
            list(ex.map(lambda n: self.build_one(wset, ver, n, out), self.w.names(wset, ver)))
        self.build_index(wset, ver, out)
        open(done, "w").close()
        return True

    def pkgname(self, name):
        """the peer's own spelling of a workload package's name"""
        return name

    def pkgnames(self, wset, ver="1"):
        return [self.pkgname(n) for n in self.w.names(wset, ver)]

    # ---- operations (root: a directory made by prepare_root, wset/ver: the packages)
    def prepare_root(self, root):
        os.makedirs(root)

    def install(self, root, wset, ver):
        return None

    def noop(self, root, wset, ver):
        return None

    def upgrade(self, root, wset, ver):
        return None

    def verify(self, root):
        return None

    def owner(self, root, path):
        return None

    def list(self, root):
        return None

    def remove(self, root, wset, ver):
        return None

    # ---- checks that the work was really done
    def installed(self, root):
        """number of installed packages, by asking the peer"""
        c = self.list(root)
        if c is None:
            return None
        env = dict(os.environ, **(c.env or {}))
        out = subprocess.run(c.argv, env=env, cwd=c.cwd, capture_output=True, text=True).stdout
        return len([line for line in out.splitlines() if line.strip()])


def peers(work, names):
    """instances of the classes in peers/*.py that are named, in that order"""
    sys.path.insert(0, HERE)
    found = {}
    for f in sorted(os.listdir(os.path.join(HERE, "peers"))):
        if f.endswith(".py"):
            mod = importlib.import_module("peers." + f[:-3])
            for cls in mod.PEERS:
                found[cls.name] = cls
    missing = [n for n in names if n not in found]
    if missing:
        raise SystemExit("no such peer: %s (there are: %s)"
                         % (", ".join(missing), ", ".join(sorted(found))))
    return [found[n](work) for n in names]
