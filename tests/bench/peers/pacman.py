"""pacman --root"""
import os, shutil, subprocess, tempfile
from peer import Cmd, Peer, sh, walk

CONF = """[options]
Architecture = x86_64
SigLevel = Never
LocalFileSigLevel = Never
[bench]
Server = file://%s
"""
# as makepkg does it
BUILD = r"""cd "$1" &&
bsdtar --no-fflags -cnf - --format=mtree \
  --options='!all,use-set,type,uid,gid,mode,time,size,md5,sha256,link' \
  --null --files-from "$2" | gzip -c -n > .MTREE &&
{ printf '.MTREE\0'; cat "$2"; } > "$2.all" &&
bsdtar --no-fflags --no-read-sparse -cnf - --null --files-from "$2.all" |
  zstd -q -%d -c > "$3"
"""


class Pacman(Peer):
    name = packages = "pacman"
    durable = "none"

    def available(self):
        return None if shutil.which("pacman") and shutil.which("repo-add") else "no pacman"

    def build_one(self, wset, ver, name, out):
        m, tree = self.w.manifest(wset, ver, name), self.w.tree(wset, ver, name)
        fn = "%s-%s-%d-%s.pkg.tar.zst" % (name, m["version"], m["release"],
                                          "any" if m["arch"] == "noarch" else "x86_64")
        size = subprocess.run(["du", "-sb", tree], check=True, capture_output=True,
                              text=True).stdout.split()[0]
        info = "pkgname = %s\npkgbase = %s\npkgver = %s-%d\npkgdesc = %s\nurl = bench\n" \
               "builddate = 1735689600\npackager = bench\nsize = %s\narch = %s\nlicense = x\n" \
               % (name, name, m["version"], m["release"], m["summary"], size,
                  "any" if m["arch"] == "noarch" else "x86_64")
        info += "".join("depend = %s\n" % d for d in m["depends"])
        info += "".join("backup = %s\n" % c.lstrip("/") for c in m["conffiles"])
        with tempfile.TemporaryDirectory(dir=out) as tmp:
            sh(["cp", "-al", tree, tmp + "/root"])
            with open(tmp + "/root/.PKGINFO", "w") as f:
                f.write(info)
            with open(tmp + "/list", "wb") as f:
                f.write(b"".join(os.fsencode(p) + b"\0" for p in [".PKGINFO"] + walk(tree)))
            sh(["bash", "-o", "pipefail", "-c", BUILD % self.level, "sh", tmp + "/root",
                tmp + "/list", os.path.join(out, fn)],
               env=dict(os.environ, LC_ALL="C.UTF-8"))

    def build_index(self, wset, ver, out):
        pk = sorted(f for f in os.listdir(out) if f.endswith(".pkg.tar.zst"))
        sh(["repo-add", "-q", "bench.db.tar.gz"] + pk, cwd=out)

    def prepare_root(self, root):
        os.makedirs(root + "/var/lib/pacman/sync")
        os.makedirs(root + "/var/lib/pacman/local")
        os.makedirs(root + "/nohooks")
        with open(root + "/var/lib/pacman/local/ALPM_DB_VERSION", "w") as f:
            f.write("9\n")

    def sync(self, root, wset, ver):
        """what `pacman -Sy` does, untimed: the peers are given a local index"""
        shutil.copy(self.pkgdir(wset, ver) + "/bench.db.tar.gz",
                    root + "/var/lib/pacman/sync/bench.db")
        with open(root + "/nohooks/pacman.conf", "w") as f:
            f.write(CONF % self.pkgdir(wset, ver))

    def cmd(self, root, wset, ver, *args, ok=(0,)):
        if wset:
            self.sync(root, wset, ver)
            cache = ["--cachedir", self.pkgdir(wset, ver)]
        else:
            cache = []
        return Cmd(["pacman", "--root", root, "--dbpath", root + "/var/lib/pacman",
                    "--config", root + "/nohooks/pacman.conf", "--hookdir", root + "/nohooks",
                    "--logfile", root + "/nohooks/log", "--gpgdir", root + "/nohooks",
                    "--noconfirm", "--color", "never"] + cache + list(args), ok=ok)

    def install(self, root, wset, ver):
        return self.cmd(root, wset, ver, "-S", *self.pkgnames(wset, ver))

    def noop(self, root, wset, ver):
        return self.cmd(root, wset, ver, "-S", "--needed", *self.pkgnames(wset, ver))

    def upgrade(self, root, wset, ver):
        return self.cmd(root, wset, ver, "-Su")

    def verify(self, root):
        return self.cmd(root, None, None, "-Qkk", ok=(0, 1))

    def owner(self, root, path):
        # a path without a package of its own must be given below the root
        return self.cmd(root, None, None, "-Qo", root + path)

    def list(self, root):
        return self.cmd(root, None, None, "-Q")

    def remove(self, root, wset, ver):
        return self.cmd(root, None, None, "-Rn", *self.pkgnames(wset, ver))



PEERS = [Pacman]
