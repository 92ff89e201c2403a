"""commpkg -R, with SVR4 datastreams (one per package, zstd) made from the same trees.

The packages are written here and not by our own pkgmk, so that a bench of one commit measures the
same bytes as that of another. COMMPKG names the program; ./run sets it.
"""
import os, stat, subprocess
from peer import Cmd, Peer, walk

COMMPKG = os.environ.get("COMMPKG", "commpkg")
PKGINFO = """PKG=%s
NAME=%s
ARCH=%s
VERSION=%s,REV=%d
CATEGORY=system
BASEDIR=/
CLASSES=none
PSTAMP=bench
VENDOR=bench
"""


def sysv_sum(data):
    """the checksum of pkgmap: sum -s"""
    s = sum(data)
    r = (s & 0xffff) + ((s & 0xffffffff) >> 16)
    return (r & 0xffff) + (r >> 16)


def odc_header(name, mode, size, mtime, ino):
    return b"070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o" % (
        1, ino & 0o777777, mode, 0, 0, 1, 0, mtime, len(name) + 1, size) + name + b"\0"


def write_cpio(f, members):
    """members: (name, mode, mtime, bytes or the path of a file)"""
    length = 0
    for i, (name, mode, mtime, data) in enumerate(members):
        if isinstance(data, str):
            with open(data, "rb") as src:
                data = src.read()
        head = odc_header(os.fsencode(name), mode, len(data), mtime, i + 1)
        f.write(head)
        f.write(data)
        length += len(head) + len(data)
    end = odc_header(b"TRAILER!!!", 0, 0, 0, 0)
    f.write(end + b"\0" * (-(length + len(end)) % 512))


class Commpkg(Peer):
    name = packages = "commpkg"
    durable = "one syncfs before the commit, one after; files, database and journal"

    def available(self):
        return None if os.access(COMMPKG, os.X_OK) else "no %s" % COMMPKG

    def pkgname(self, name):
        for wset in ("closure", "small", "many", "big"):
            if os.path.isdir(self.w.base(wset, "1")) and name in self.w.names(wset):
                return self.w.manifest(wset, "1", name)["svr4_name"]
        return name

    def objects(self, m, tree):
        """lines of pkgmap, files to archive, and the size in blocks"""
        lines, members, blocks, seen = [], [], 0, {}
        conf = set(c.lstrip("/") for c in m["conffiles"])
        for p in walk(tree):
            full = os.path.join(tree, p)
            st = os.lstat(full)
            attributes = "%04o root root" % stat.S_IMODE(st.st_mode)
            if stat.S_ISDIR(st.st_mode):
                lines.append("1 d none %s %s" % (p, attributes))
            elif stat.S_ISLNK(st.st_mode):
                lines.append("1 s none %s=%s" % (p, os.readlink(full)))
            elif st.st_nlink > 1 and st.st_ino in seen:
                lines.append("1 l none %s=/%s" % (p, seen[st.st_ino]))
            else:
                seen[st.st_ino] = p
                with open(full, "rb") as f:
                    cksum = sysv_sum(f.read())
                lines.append("1 %s none %s %s %d %d %d" % (
                    "e" if p in conf else "f", p, attributes, st.st_size, cksum,
                    int(st.st_mtime)))
                members.append(("reloc/" + p, st.st_mode, int(st.st_mtime), full))
                blocks += (st.st_size + 511) // 512
        return lines, members, blocks

    def build_one(self, wset, ver, name, out):
        m = self.w.manifest(wset, ver, name)
        pkg = m["svr4_name"]
        lines, members, blocks = self.objects(m, self.w.tree(wset, ver, name))
        info = [("pkginfo", PKGINFO % (
            pkg, m["summary"][:200].replace("\n", " "),
            "all" if m["arch"] == "noarch" else "i386", m["version"], m["release"]))]
        if m["depends"]:
            info.append(("install/depend", "".join(
                "P %s %s\n" % (self.pkgname(d), d) for d in m["depends"])))
        mode, mtime = stat.S_IFREG | 0o644, 1735689600
        front = []
        for path, text in info:
            data = text.encode()
            lines.append("1 i %s %d %d %d" % (os.path.basename(path), len(data), sysv_sum(data),
                                              mtime))
            front.append((path, mode, mtime, data))
        pkgmap = os.fsencode("".join(line + "\n" for line in [": 1 %d" % (blocks + 64)] + lines))
        front.insert(1, ("pkgmap", mode, mtime, pkgmap))
        head = b"# PaCkAgE DaTaStReAm\n%s 1 %d\n# end of header\n" % (pkg.encode(), blocks + 64)
        with open("%s/%s.pkg.zst" % (out, pkg), "wb") as dst:
            z = subprocess.Popen(["zstd", "-q", "-%d" % self.level, "-c"], stdin=subprocess.PIPE,
                                 stdout=dst)
            z.stdin.write(head + b"\0" * (-len(head) % 512))
            write_cpio(z.stdin, [("%s/%s" % (pkg, n), a, b, c) for n, a, b, c in front[:2]])
            write_cpio(z.stdin, front + members)
            z.stdin.close()
            if z.wait() != 0:
                raise SystemExit("zstd failed for " + pkg)

    def pkgs(self, wset, ver):
        return ["%s/%s.pkg.zst" % (self.pkgdir(wset, ver), p) for p in self.pkgnames(wset, ver)]

    def cmd(self, root, *args, ok=(0,)):
        state = root + ".state"
        return Cmd([COMMPKG, "-R", root] + list(args), ok=ok,
                   env={"COMMPKG_STATE": state, "COMMPKG_LOGDIR": state + "/log"})

    def install(self, root, wset, ver):
        return self.cmd(root, "install", "-y", *self.pkgs(wset, ver))

    noop = install

    def upgrade(self, root, wset, ver):
        return self.cmd(root, "upgrade", "-y", *self.pkgs(wset, ver))

    def verify(self, root):
        return self.cmd(root, "verify")

    def owner(self, root, path):
        return self.cmd(root, "owns", path)

    def list(self, root):
        return self.cmd(root, "info", "--listPackages", "-q")

    def remove(self, root, wset, ver):
        return self.cmd(root, "uninstall", "-y", *self.pkgnames(wset, ver))


class CommpkgNoKeep(Commpkg):
    """without a way back: what is replaced is deleted, not kept"""
    name = "commpkg-no-keep"

    def cmd(self, root, *args, ok=(0,)):
        keep = ["--no-keep"] if args[0] in ("install", "upgrade", "uninstall") else []
        return super().cmd(root, *args, *keep, ok=ok)


PEERS = [Commpkg, CommpkgNoKeep]
