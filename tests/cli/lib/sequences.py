#!/usr/bin/env python3
"""Random sequences of operations on a root, with scripts and an administrator in between.

	sequences.py SEED [OPERATIONS]		in an empty directory, with our commpkg in PATH

Packages of three versions each are drawn, with files, directories and links that change their
type from version to version, some of them common to several packages (in some runs under two names,
as a directory above is a link), and scripts that create, change, move, link and remove what lies in
the root, packaged or not. Then: install, upgrade, downgrade, reinstall, uninstall (of several
at once, too), undo, undo --to, repair, pending decisions about configuration, edits by hand; and
each of them may be killed at some call and recovered. The rules:

 - An undo, of one or of several at once, leaves the tree (names, types, modes, owners, contents, links, extended attributes,
   times of files) and the answers to queries (packages, files, owners of paths, `contents`) as
   they were before what is undone.
 - What was edited by hand since is not lost: it is where it was, or beside. All else is as before.
 - What is refused changes nothing.
 - An undo that is undone leaves the tree as it was before the undo.
 - What is killed is, when it was recovered, as before or done.
 - As long as nobody has edited anything, verify finds no damage, whatever scripts did (unless a
   link gives paths two names: then one package may overwrite what another has, when it is asked to).
 - The database checks clean in the end.

Exit status 1, with the seed and what was done, when one of them is broken.
"""
import hashlib
import os
import random
import shutil
import stat
import subprocess
import sys

SEED = int(sys.argv[1])
OPERATIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
R = random.Random(SEED)
ROOT = os.path.abspath("root")
NPACKAGES, NVERSIONS = 3, 3
KILL = shutil.which("stopat") is not None
MERGED = SEED % 4 == 0	# the administrator has made a link of a directory that packages name
LOG = []


def fail(what):
    print("seed %d: %s\nwhat was done:" % (SEED, what))
    print("\n".join("  " + line for line in LOG))
    sys.exit(1)


# ---- packages

def svr4_sum(data):
    s = sum(data)
    s = (s & 0xffff) + (s >> 16)
    return (s & 0xffff) + (s >> 16)


def write(path, data, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    if mode is not None:
        os.chmod(path, mode)


# Where scripts and the administrator work: of packages, of nobody, and new names.
def some_path():
    return R.choice([
        lambda: "opt/p%d/n%d" % (R.randrange(NPACKAGES), R.randrange(6)),
        lambda: "opt/p%d/x%d" % (R.randrange(NPACKAGES), R.randrange(3)),
        lambda: "opt/all/c%d" % R.randrange(4),
        lambda: "etc/a%d" % R.randrange(5),
        lambda: "etc/sub/b%d" % R.randrange(3),
        lambda: "srv/d%d" % R.randrange(3),
        lambda: "srv/d%d/e%d" % (R.randrange(3), R.randrange(3)),
        lambda: "srv/d%d/e%d/f" % (R.randrange(3), R.randrange(2)),
    ])()


XATTR = "python3 -c 'import os,sys; os.setxattr(sys.argv[1], \"user.\" + sys.argv[2], b\"v\", follow_symlinks=False)'"


def command():
    p, q, n = some_path(), some_path(), R.randrange(1000)
    return R.choice([
        "echo %d >%s" % (n, p),
        "echo %d >>%s" % (n, p),
        "rm -rf %s" % p,
        "rm -rf %s; mkdir -p %s; echo %d >%s/in" % (p, p, n, p),
        "rm -rf %s; echo %d >%s" % (p, n, p),
        "mkdir -p %s" % p,
        "chmod %o %s" % (R.choice([0o600, 0o640, 0o755, 0o700, 0o4755, 0o1777]), p),
        "chown %d:%d %s" % (R.randrange(3), R.randrange(3), p),
        "rm -rf %s; ln -s %s %s" % (p, R.choice(["nowhere", "../etc/a1", "/etc/a2"]), p),
        "[ -d %s ] || ln -f %s %s" % (q, p, q),
        "mv -T %s %s" % (p, q),
        "cp -a %s %s" % (p, q),
        "touch -d @%d %s" % (900000000 + n, p),
        "touch %s" % p,
        ": >%s" % p,
        "rm -f srv/pipe%d; mkfifo srv/pipe%d" % (n % 2, n % 2),  # nobody else names it, and waits
        "%s %s a%d" % (XATTR, p, n % 3),
        "sed -i s/1/2/ %s" % p,
    ])


def script():
    lines = ["exec 2>/dev/null", "cd $PKG_INSTALL_ROOT || exit 1"]
    lines += [command() for _ in range(R.randrange(1, 6))]
    return ("\n".join(lines) + "\nexit 0\n").encode()


def draw(p, version):
    """A package directory; its path."""
    pkg, top = "TSTp%d" % p, "./v%d/TSTp%d" % (version, p)
    info = ("PKG=%s\nNAME=%s\nARCH=all\nVERSION=%d.0\nCATEGORY=application\nBASEDIR=/\n"
            "CLASSES=none\n" % (pkg, pkg, version)).encode()
    lines = ["1 d none opt 0755 root sys", "1 d none opt/p%d 0755 root root" % p]
    files = [("pkginfo", info)]

    def put(path, ftype, data, mode):
        write("%s/reloc/%s" % (top, path), data)
        lines.append("1 %s none %s %04o root root %d %d 1000000000" %
                     (ftype, path, mode, len(data), svr4_sum(data)))

    for i in R.sample(range(6), R.randrange(2, 6)):
        path, kind = "opt/p%d/n%d" % (p, i), R.choice("fffeeds")
        data = b"%d of %d in %d\n" % (i, p, R.randrange(3))
        if kind == "s":
            lines.append("1 s none %s=%s" % (path, R.choice(["t1", "t2"])))
        elif kind == "d":
            lines.append("1 d none %s 0755 root root" % path)
            put(path + "/in", "f", data, 0o644)
        else:
            put(path, kind, data, R.choice([0o644, 0o600, 0o755, 0o4755] if kind == "f" else [0o644]))
            if R.randrange(6) == 0:
                lines.append("1 l none opt/p%d/l%d=n%d" % (p, i, i))
    if R.randrange(3) == 0:
        lines.append("1 p none opt/p%d/pipe 0600 root root" % p)
    shared(put, lines)
    for name in ("preinstall", "postinstall", "preremove", "postremove"):
        if R.randrange(2) == 0:
            files.append((name, script()))
    for name, data in files:
        write(top + ("/" if name == "pkginfo" else "/install/") + name, data)
        lines.append("1 i %s %d %d 1000000000" % (name, len(data), svr4_sum(data)))
    write(top + "/pkgmap", (": 1 100\n" + "\n".join(lines) + "\n").encode())
    return top


def shared(put, lines):
    """What other packages have as well, and not always the same."""
    if R.randrange(2) == 0:
        return
    top = R.choice(["opt/all", "opt/merged"]) if MERGED else "opt/all"
    lines.append("1 d none %s %04o root root" % (top, R.choice([0o755, 0o755, 0o2775])))
    for i in R.sample(range(3), R.randrange(1, 4)):
        path, kind = "%s/c%d" % (top, i), R.choice("ffffes")
        if kind == "s":
            lines.append("1 s none %s=%s" % (path, R.choice(["t1", "t2"])))
        else:
            put(path, kind, b"common %d\n" % R.choice([0, 0, 1]), R.choice([0o644, 0o644, 0o600]))


# ---- what a root is

def look(path):
    """One object, in words; without the times of directories, which SVR4 does not record."""
    full = os.path.join(ROOT, path)
    st = os.lstat(full)
    words = ["%o %d:%d" % (st.st_mode, st.st_uid, st.st_gid)]
    if stat.S_ISREG(st.st_mode):
        with open(full, "rb") as f:
            words.append(hashlib.sha256(f.read()).hexdigest()[:16])
        words.append("%d" % st.st_mtime)
    elif stat.S_ISLNK(st.st_mode):
        words.append("-> " + os.readlink(full))
    for name in sorted(os.listxattr(full, follow_symlinks=False)):
        words.append("%s=%r" % (name, os.getxattr(full, name, follow_symlinks=False)))
    return st, " ".join(words)


OURS = ("var/lib/commpkg", "var/sadm/install")


def tree():
    out, inodes = {}, {}
    for top, dirs, names in os.walk(ROOT):
        rel = os.path.relpath(top, ROOT)
        rel = "" if rel == "." else rel + "/"
        dirs[:] = [d for d in sorted(dirs) if rel + d not in OURS]
        for name in sorted(dirs + names):
            st, words = look(rel + name)
            if stat.S_ISREG(st.st_mode) and st.st_nlink > 1:
                inodes.setdefault(st.st_ino, []).append(rel + name)
            out[rel + name] = words
    for names in inodes.values():  # a name in an undo store is no other name
        for name in names[1:]:
            out[name] += " is %s" % names[0]
    for d in ("var", "var/lib", "var/sadm", "var/sadm/pkg"):
        out.pop(d, None)  # ours: made by whoever was first
    return out


def commpkg(*args, ok=(0,), under=()):
    r = subprocess.run([*under, "commpkg", *args, "-R", ROOT], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ok is not None and r.returncode not in ok:
        fail("commpkg %s: exit %d\n%s" % (" ".join(args), r.returncode, r.stdout))
    return r


def queries():
    out = {"packages": commpkg("info", "--listPackages", "-q").stdout}
    paths = ["opt/p%d/n%d" % (p, n) for p in range(NPACKAGES) for n in range(6)]
    paths += ["opt/all"] + ["opt/all/c%d" % n for n in range(3)]
    out["owners"] = commpkg("owns", *paths, ok=None).stdout
    for p in range(NPACKAGES):
        name = "TSTp%d" % p
        out["files of " + name] = commpkg("info", "--files", name, ok=None).stdout
    try:
        with open(ROOT + "/var/sadm/install/contents") as f:
            out["contents"] = "".join(line for line in f if line[0] != "#")
    except FileNotFoundError:
        out["contents"] = ""
    return out


class Past:
    """What was before a transaction, and which paths were edited by hand since."""
    def __init__(self, number):
        self.number, self.tree, self.queries, self.edited = number, tree(), queries(), set()


# ---- rules

def near(path, edited):
    """Is it an edited path, below one, above one, or what was set aside from one?"""
    for suffix in (".after-", ".saved", ".new"):
        path = path.split(suffix)[0]
    return any(path == e or path.startswith(e + "/") or e.startswith(path + "/") for e in edited)


def alone(words, edited):
    """Without its other name, when that was edited since."""
    own, _, other = (words or "").partition(" is ")
    return own if other and near(other, edited) else words


def same(is_, must, edited, what):
    for path in sorted(set(is_) | set(must)):
        if alone(is_.get(path), edited) != alone(must.get(path), edited) and not near(path, edited):
            fail("%s: '/%s'\n  is   %s\n  must %s" % (what, path, is_.get(path), must.get(path)))


def check_undone(past, what):
    same(tree(), past.tree, past.edited, what)
    if past.edited:
        return
    check_sound(what)
    now = queries()
    for q in past.queries:
        if now[q] != past.queries[q]:
            fail("%s: %s\n  is\n%s\n  must be\n%s" % (what, q, now[q], past.queries[q]))


def check_sound(what):
    """What scripts did is known, so without edits nothing differs from what was installed."""
    if HANDS == 0:
        r = commpkg("verify", ok=(0, 5))
        # What a script took away, or made another thing of, differs, as pkgchk(1M) has it.
        bad = [line for line in r.stdout.splitlines() if "\u2717" in line and
               not any(w in line for w in (": missing", ": type ", ": hard link "))]
        if bad:
            fail("%s: damaged\n%s" % (what, "\n".join(bad)))


def check_unchanged(before, what):
    same(tree(), before, set(), what + ": refused, and not as before")


# ---- the administrator

EDITS = {}	# text -> where it was written
HANDS = MERGED	# edits of all kinds


def edit(pasts):
    global HANDS
    HANDS += 1
    path, n = some_path(), len(EDITS)
    full = os.path.join(ROOT, path)
    kind = R.choice(["append", "delete", "touch", "chmod", "create"])
    LOG.append("%s %s" % (kind, path))
    try:
        if kind in ("append", "create") and not os.path.islink(full):
            if stat.S_ISFIFO(os.lstat(full).st_mode) if os.path.lexists(full) else kind == "append":
                return
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "ab") as f:
                f.write(b"edit %d\n" % n)
            EDITS[b"edit %d\n" % n] = path
        elif kind == "delete" and not os.path.isdir(full):
            os.unlink(full)
        elif kind == "touch" and not os.path.islink(full):
            os.utime(full, (1100000000 + n, 1100000000 + n))
        elif kind == "chmod" and not os.path.islink(full):
            os.chmod(full, R.choice([0o640, 0o755, 0o711]))
    except (OSError, NotADirectoryError):
        return
    for past in pasts:
        past.edited.add(path)
        past.edited.update(links_of(full))


def edits_there():
    """Which edits can be read somewhere in the root."""
    found = set()
    for path in tree():
        full = os.path.join(ROOT, path)
        if stat.S_ISREG(os.lstat(full).st_mode):
            with open(full, "rb") as f:
                content = f.read()
            found.update(t for t in EDITS if t in content)
    return found


def links_of(full):
    """The other names of what was edited."""
    if not os.path.lexists(full) or os.lstat(full).st_nlink < 2:
        return []
    ino = os.lstat(full).st_ino
    return [p for p in tree() if os.lstat(os.path.join(ROOT, p)).st_ino == ino]


# ---- a run

def transaction_number():
    line = [x for x in commpkg("history", ok=None).stdout.splitlines() if x.split()[:1] and
            x.split()[0].isdigit()]
    return max([int(x.split()[0]) for x in line] or [0])


def killed(words, before, number):
    """Killed at some call and recovered: as before, or done. True: it was done."""
    LOG.append("killed: " + " ".join(words))
    r = commpkg(*words, ok=None, under=("stopat", "--kill", str(R.randrange(1, 400)), "--"))
    if r.returncode != 137:
        return r
    commpkg("recover", ok=(0, 101))
    if transaction_number() > number and state_of(transaction_number()) == "done":
        r.returncode = 0
        return r
    check_unchanged(before, " ".join(words) + ", killed")
    r.returncode = 1
    return r


def state_of(number):
    for line in commpkg("history", ok=None).stdout.splitlines():
        if line.split()[:1] == [str(number)]:
            return "reversed" if "reversed" in line or "taken back" in line else "done"
    return None


def some_change(dirs):
    p = R.randrange(NPACKAGES)
    installed = commpkg("info", "--listPackages", "-q", ok=None).stdout.split()
    there = [q for q in range(NPACKAGES) if "TSTp%d" % q in installed]
    if p in there and R.randrange(3) == 0:
        return ["uninstall", *["TSTp%d" % q for q in (there if R.randrange(4) == 0 else [p])]]
    words = ["install", "--allow-downgrade", dirs[p][R.randrange(NVERSIONS)]]
    if R.randrange(4) == 0:
        words.append(dirs[(p + 1) % NPACKAGES][R.randrange(NVERSIONS)])
    if R.randrange(3) > 0:
        words.append("--pkgOverwrite")
    if R.randrange(6) == 0:
        words.append("--reinstall")
    return words


def transact(pasts, words, ok):
    """One transaction, if it comes to one; refused, it changes nothing."""
    global HANDS
    before, past = tree(), Past(transaction_number())
    words = [words[0], "-y", *words[1:]]
    if KILL and R.randrange(5) == 0:
        r = killed(words, before, past.number)
    else:
        LOG.append(" ".join(words))
        r = commpkg(*words, ok=ok)
    if r.returncode in (1, 3):
        LOG[-1] += ": refused: " + " ".join(x for x in r.stdout.splitlines() if "commpkg:" in x)
        check_unchanged(before, " ".join(words))
    elif transaction_number() > past.number:
        past.number = transaction_number()
        pasts.append(past)
        if words[0] == "uninstall":
            HANDS += 1  # what scripts of a package that is gone did to others is nobody's word
        check_sound(LOG[-1])


def change(pasts, dirs):
    transact(pasts, some_change(dirs), (0, 1, 3, 101))


def repair(pasts):
    transact(pasts, ["repair"], (0, 1, 5))


def decide(pasts):
    """A pending decision about configuration, if there is one."""
    pending = [w for w in commpkg("config", "list", ok=None).stdout.split() if w.startswith("/opt/")]
    if pending:
        transact(pasts, ["config", "resolve", R.choice(["--keep", "--take-new"]),
                         R.choice(pending)], (0, 1))


def undo(pasts, depth):
    if depth > len(pasts):
        return
    past, before, edits = pasts[-depth], tree(), edits_there()
    to = pasts[-depth - 1].number if depth < len(pasts) else 0
    words = ["undo"] if depth == 1 else ["undo", "--to", str(to)]
    LOG.append(" ".join(words) + " (of %d)" % past.number)
    r = commpkg(*words, "-y", ok=(0, 1) if past.edited else (0,))
    if r.returncode == 1:
        LOG[-1] += ": refused: " + r.stdout.replace("\n", " ")
        check_unchanged(before, " ".join(words))
        return
    check_undone(past, "after " + LOG[-1])
    for text in edits - edits_there():
        fail("after %s: the edit %r of '/%s' is lost" % (LOG[-1], text, EDITS[text]))
    if R.randrange(4) == 0:
        redo(pasts, depth, before)
    else:
        del pasts[-depth:]


def redo(pasts, depth, before):
    """The undo is undone: one transaction that stands for all that it had taken back."""
    past, number = pasts[-depth], transaction_number()
    LOG.append("undo %d (a redo)" % number)
    commpkg("undo", "-y", str(number))
    same(tree(), before, past.edited, "after " + LOG[-1])
    del pasts[len(pasts) - depth + 1:]
    past.number = transaction_number()


def main():
    os.mkdir("root")
    for path, text in (("etc/a0", b"0\n"), ("etc/a1", b"1\n"), ("srv/d0/e0", b"e\n"),
                       ("srv/d1/e1/f", b"f\n")):
        write(os.path.join(ROOT, path), text)
    if MERGED:
        os.makedirs("root/opt/all")
        os.symlink("all", "root/opt/merged")
    dirs = [[draw(p, v) for v in range(1, NVERSIONS + 1)] for p in range(NPACKAGES)]
    pasts = []
    for _ in range(OPERATIONS):
        what = R.randrange(14)
        if what < 6:
            change(pasts, dirs)
        elif what < 9:
            undo(pasts, 1)
        elif what == 9:
            undo(pasts, R.randrange(2, 4))
        elif what == 10:
            repair(pasts)
        elif what == 11:
            decide(pasts)
        else:
            edit(pasts)
    commpkg("undo", "--to", "0", "-y", ok=(0, 1))
    r = commpkg("recover")
    if "nothing to recover" not in r.stdout:
        fail("something was left to recover: " + r.stdout)
    commpkg("verify", "--database")
    if os.environ.get("RANDOM_VERBOSE"):
        print("\n".join(LOG))
    print("seed %d: %d operations" % (SEED, len(LOG)))


main()
