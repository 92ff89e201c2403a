#!/usr/bin/env python3
"""Build the benchmark workload: unpacked trees + JSON manifests.

usage: workload.py WORK [--only SET[,SET...]]

Everything is made under WORK (no other path is used):

  WORK/debs/*.deb                    input of the `closure` set (real packages;
                                     fetched by ./run)
  WORK/workload/<set>/<ver>/index.json          [package names, in dependency order]
  WORK/workload/<set>/<ver>/<pkg>/manifest.json
  WORK/workload/<set>/<ver>/<pkg>/root/...      the unpacked tree

sets
  closure  1,2   the dependency closure of a real server/developer system.
                 Version 2 is derived: ~30 % of the regular files get changed
                 content, ~1 % are removed, ~1 % added.
  small    1,2   1 package, 50 files
  many     1     1 package, 50,000 tiny files in 500 directories
  big      1     1 package, 10 files of 100 MB that do not compress

Maintainer scripts and triggers are left out, so what is measured is the
package manager alone.  A path that two packages ship is kept in the first
one only, and a path that one ships as a directory and another as something
else is dropped (each is counted in WORK/workload/<set>/<ver>/stats.json).
The choice of changed files depends on the path alone, so that every run
yields the same workload.
"""
import argparse, hashlib, json, os, random, re, shutil, stat, subprocess, sys
from peer import walk

CHANGE = 0.30
ADD = 0.01
REMOVE = 0.01
V1_MTIME = 1735689600       # 2025-01-01
V2_MTIME = 1748736000       # 2025-06-01
# never shipped: some peers run it inside the root after a transaction, which
# would measure ldconfig, not the package manager
DROP = {"sbin/ldconfig", "usr/sbin/ldconfig"}
# a SVR4 pkgmap has no way to spell these (path=source, fields split at blanks)
UNSPELLABLE = re.compile(r"[\s=]")


def frac(*key):
    h = hashlib.sha256("\0".join(key).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(h[:8], "big") / 2.0**64


def deb_fields(deb):
    out = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True,
                         text=True).stdout
    f, key = {}, None
    for line in out.splitlines():
        if line[:1] in " \t":
            f[key] += "\n" + line
        elif ":" in line:
            key, v = line.split(":", 1)
            f[key] = v.strip()
    return f


def parse_rel(s):
    """'a (>= 1) | b, c' -> [[a, b], [c]] (names only)"""
    res = []
    for clause in (s or "").split(","):
        alts = []
        for a in clause.split("|"):
            m = re.match(r"\s*([A-Za-z0-9.+-]+)", a)
            if m:
                alts.append(m.group(1))
        if alts:
            res.append(alts)
    return res


def svr4_names(names):
    """A SVR4 abbreviation (<= 32 characters, letter first, [A-Za-z0-9+-]) per name."""
    used, res = set(), {}
    for n in sorted(names):
        a = re.sub(r"[^A-Za-z0-9+-]", "-", n)
        if not a[0].isalpha():
            a = "P" + a
        base, i = a[:32], 1
        a = base
        while a in used:
            i += 1
            a = base[:29] + "-%d" % i
        used.add(a)
        res[n] = a
    return res


def topo(pkgs):
    """dependencies first; cycles are broken at the edge that closes them"""
    order, state, cycles = [], {}, []

    def visit(n, path):
        stack = [(n, iter(pkgs[n]["depends"]))]
        state[n] = 1
        while stack:
            cur, it = stack[-1]
            for d in it:
                if d not in pkgs:
                    continue
                if state.get(d) == 1:
                    cycles.append((cur, d))
                elif d not in state:
                    state[d] = 1
                    stack.append((d, iter(pkgs[d]["depends"])))
                    break
            else:
                state[cur] = 2
                order.append(cur)
                stack.pop()

    for n in sorted(pkgs):
        if n not in state:
            visit(n, [])
    return order, cycles


def stats_of(base, names):
    s = dict(packages=len(names), files=0, dirs=0, symlinks=0, hardlinks=0, bytes=0,
             conffiles=0)
    sizes = []
    for n in names:
        seen = set()
        root = os.path.join(base, n, "root")
        for p in walk(root):
            st = os.lstat(os.path.join(root, p))
            if stat.S_ISDIR(st.st_mode):
                s["dirs"] += 1
            elif stat.S_ISLNK(st.st_mode):
                s["symlinks"] += 1
            elif st.st_nlink > 1 and st.st_ino in seen:
                s["hardlinks"] += 1
            else:
                seen.add(st.st_ino)
                s["files"] += 1
                s["bytes"] += st.st_size
                sizes.append(st.st_size)
        s["conffiles"] += len(json.load(open(os.path.join(base, n, "manifest.json")))["conffiles"])
    sizes.sort()
    if sizes:
        s["size_percentiles"] = {str(q): sizes[min(len(sizes) - 1, len(sizes) * q // 100)]
                                 for q in (10, 25, 50, 75, 90, 99, 100)}
    return s


def finish(base, names, extra=None):
    st = stats_of(base, names)
    st.update(extra or {})
    json.dump(names, open(os.path.join(base, "index.json"), "w"), indent=0)
    json.dump(st, open(os.path.join(base, "stats.json"), "w"), indent=1)
    print(base, json.dumps(st))


def write_manifest(base, m):
    json.dump(m, open(os.path.join(base, m["name"], "manifest.json"), "w"), indent=1)


def closure_v1(work):
    base = os.path.join(work, "workload/closure/1")
    shutil.rmtree(base, ignore_errors=True)
    os.makedirs(base)
    debdir = os.path.join(work, "debs")
    pkgs, provides = {}, {}
    for f in sorted(os.listdir(debdir)):
        if not f.endswith(".deb"):
            continue
        deb = os.path.join(debdir, f)
        fl = deb_fields(deb)
        n = fl["Package"]
        root = os.path.join(base, n, "root")
        os.makedirs(root)
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
        ctl = os.path.join(base, n, "DEBIAN")
        subprocess.run(["dpkg-deb", "-e", deb, ctl], check=True)
        conf = []
        p = os.path.join(ctl, "conffiles")
        if os.path.exists(p):
            conf = [l.split()[-1] for l in open(p) if l.strip() and "remove-on-upgrade" not in l]
        shutil.rmtree(ctl)
        pkgs[n] = dict(name=n, version="1.0", release=1, deb_version=fl["Version"],
                       arch="noarch" if fl["Architecture"] == "all" else "x86_64",
                       summary=fl.get("Description", n).splitlines()[0],
                       description=re.sub(r"(?m)^ ", "", fl.get("Description", n)),
                       conffiles=conf, rel=parse_rel(fl.get("Pre-Depends")) + parse_rel(fl.get("Depends")))
        for alt in parse_rel(fl.get("Provides")):
            provides.setdefault(alt[0], []).append(n)
    names = svr4_names(pkgs)
    unresolved = 0
    for n, m in pkgs.items():
        deps = []
        for alts in m.pop("rel"):
            for a in alts:
                if a in pkgs:
                    deps.append(a)
                    break
                if a in provides:
                    deps.append(provides[a][0])
                    break
            else:
                unresolved += 1
        m["depends"] = sorted(set(deps) - {n})
        m["svr4_name"] = names[n]
    # one owner per path, one type per path
    owner, kind, dup, clash, dropped = {}, {}, 0, 0, 0
    order, cycles = topo(pkgs)
    for n in order:
        root = os.path.join(base, n, "root")
        for p in walk(root):
            full = os.path.join(root, p)
            if not os.path.lexists(full):
                continue
            isdir = stat.S_ISDIR(os.lstat(full).st_mode)
            if p in DROP or UNSPELLABLE.search(p):
                if isdir:
                    shutil.rmtree(full)
                else:
                    os.unlink(full)
                dropped += 1
                continue
            if p not in kind:
                kind[p] = isdir
                owner[p] = n
                continue
            if isdir and kind[p]:
                continue
            if isdir != kind[p]:
                clash += 1
                if isdir:
                    shutil.rmtree(full)
                else:
                    os.unlink(full)
            else:
                dup += 1
                os.unlink(full)
    for n, m in pkgs.items():
        # for the managers that cannot break a dependency cycle
        m["depends_acyclic"] = [d for d in m["depends"] if (n, d) not in cycles]
        root = os.path.join(base, n, "root")
        m["conffiles"] = sorted(c for c in m["conffiles"]
                                if os.path.isfile(root + c) and not os.path.islink(root + c))
        # one clean mode for a directory that several packages ship
        for p in walk(root):
            full = os.path.join(root, p)
            st = os.lstat(full)
            # everything is root's: the empty root has no passwd file, so the
            # peers that store names would each resolve them differently
            if (st.st_uid, st.st_gid) != (0, 0):
                os.chown(full, 0, 0, follow_symlinks=False)
                if not stat.S_ISLNK(st.st_mode):
                    os.chmod(full, stat.S_IMODE(st.st_mode))
            if stat.S_ISDIR(st.st_mode) and owner.get(p) not in (None, n):
                o = os.lstat(os.path.join(base, owner[p], "root", p))
                os.chmod(full, stat.S_IMODE(o.st_mode))
        os.chmod(root, 0o755)
        write_manifest(base, m)
    for n in order:     # directory times last (after all the edits)
        root = os.path.join(base, n, "root")
        for p in walk(root):
            full = os.path.join(root, p)
            if os.path.isdir(full) and not os.path.islink(full):
                os.utime(full, (V1_MTIME, V1_MTIME))
        os.utime(root, (V1_MTIME, V1_MTIME))
    finish(base, order, dict(duplicate_paths_removed=dup, type_clashes_removed=clash,
                             dropped=dropped, unresolved_deps=unresolved,
                             dependency_cycle_edges=len(cycles),
                             dependencies=sum(len(m["depends"]) for m in pkgs.values())))


def mutate(data, key):
    """changed content of the same size: 16 bytes in every 4 KiB"""
    h = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
    if len(data) < 16:
        return data + b"\n# changed\n"
    b = bytearray(data)
    for off in range(0, len(b), 4096):
        b[off:off + 16] = h[:len(b[off:off + 16])]
    return bytes(b)


def derive_v2(work, wset):
    src = os.path.join(work, "workload", wset, "1")
    dst = os.path.join(work, "workload", wset, "2")
    shutil.rmtree(dst, ignore_errors=True)
    os.makedirs(dst)
    order = json.load(open(os.path.join(src, "index.json")))
    changed = added = removed = regular = changed_bytes = 0
    allpaths = set()
    for n in order:
        allpaths.update(walk(os.path.join(src, n, "root")))
    for n in order:
        os.makedirs(os.path.join(dst, n))
        s, d = os.path.join(src, n, "root"), os.path.join(dst, n, "root")
        subprocess.run(["cp", "-a", s, d], check=True)
        m = json.load(open(os.path.join(src, n, "manifest.json")))
        m["version"] = "2.0"
        for p in walk(d):
            full = os.path.join(d, p)
            st = os.lstat(full)
            if not stat.S_ISREG(st.st_mode) or st.st_nlink > 1:
                continue
            regular += 1
            f = frac(wset, p)
            if f < CHANGE:
                with open(full, "rb") as fh:
                    data = mutate(fh.read(), p)
                with open(full, "r+b") as fh:       # same inode: mode and owner stay
                    fh.write(data)
                os.utime(full, (V2_MTIME, V2_MTIME))
                changed += 1
                changed_bytes += len(data)
            elif f < CHANGE + REMOVE and "/" + p not in m["conffiles"]:
                os.unlink(full)
                removed += 1
            elif f < CHANGE + REMOVE + ADD and p + ".added" not in allpaths:
                shutil.copy2(full, full + ".added")
                os.chown(full + ".added", st.st_uid, st.st_gid)
                os.utime(full + ".added", (V2_MTIME, V2_MTIME))
                added += 1
        for p in walk(d):
            full = os.path.join(d, p)
            if os.path.isdir(full) and not os.path.islink(full):
                os.utime(full, (V1_MTIME, V1_MTIME))
        write_manifest(dst, m)
    finish(dst, order, dict(changed=changed, added=added, removed=removed,
                            regular_in_v1=regular, changed_bytes=changed_bytes))


def synthetic(work, wset, files, arch="noarch"):
    """files: iterable of (path, bytes)"""
    base = os.path.join(work, "workload", wset, "1")
    shutil.rmtree(base, ignore_errors=True)
    name = "w-" + wset
    root = os.path.join(base, name, "root")
    os.makedirs(root)
    for p, data in files:
        full = os.path.join(root, p)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as fh:
            fh.write(data)
        os.utime(full, (V1_MTIME, V1_MTIME))
    for p in walk(root):
        full = os.path.join(root, p)
        if os.path.isdir(full):
            os.chmod(full, 0o755)
            os.utime(full, (V1_MTIME, V1_MTIME))
    write_manifest(base, dict(name=name, svr4_name=name, version="1.0", release=1, arch=arch,
                              summary="benchmark package " + wset, description="benchmark package",
                              conffiles=[], depends=[], depends_acyclic=[]))
    finish(base, [name])


def text(rng, n):
    words = ["alpha", "beta", "gamma", "delta", "root", "zone", "package", "install", "file",
             "return", "static", "int", "void", "config", "=", "{", "}", "\n", "0x1f", "42"]
    out = []
    size = 0
    while size < n:
        w = rng.choice(words)
        out.append(w)
        size += len(w) + 1
    return " ".join(out).encode()[:n]


def small_files():
    rng = random.Random(1)
    for i in range(50):
        yield "opt/w-small/d%d/file%02d" % (i % 5, i), text(rng, int(2 ** rng.uniform(7, 15)))


def many_files():
    rng = random.Random(2)
    for i in range(50000):
        yield "opt/w-many/d%03d/file%05d" % (i // 100, i), text(rng, rng.randint(40, 400))


def big_files():
    rng = random.Random(3)
    for i in range(10):
        yield "opt/w-big/blob%d" % i, rng.randbytes(100 * 1000 * 1000)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("work")
    ap.add_argument("--only", default="closure,closure2,small,many,big")
    a = ap.parse_args()
    only = a.only.split(",")
    if os.getuid() != 0:
        sys.exit("workload: must be root (the trees keep owners and set-id bits)")
    os.umask(0o022)
    if "closure" in only:
        closure_v1(a.work)
    if "closure2" in only:
        derive_v2(a.work, "closure")
    if "small" in only:
        synthetic(a.work, "small", small_files())
        derive_v2(a.work, "small")
    if "many" in only:
        synthetic(a.work, "many", many_files())
    if "big" in only:
        synthetic(a.work, "big", big_files())


main()
