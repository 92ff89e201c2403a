"""xbps -r (binaries in $XBPS_BIN, else PATH)"""
import os, shutil, tempfile
from peer import Cmd, Peer, sh

BIN = os.environ.get("XBPS_BIN", "")


def exe(n):
    return os.path.join(BIN, n) if BIN else n


ENV = {"XBPS_ARCH": "x86_64"}


class Xbps(Peer):
    name = packages = "xbps"
    durable = "files: none; package database: fdatasync"

    def available(self):
        return None if shutil.which(exe("xbps-install")) else "no xbps (set XBPS_BIN)"

    def pkgver(self, m):
        return "%s-%s_%d" % (m["name"], m["version"], m["release"])

    def build_one(self, wset, ver, name, out):
        m, tree = self.w.manifest(wset, ver, name), self.w.tree(wset, ver, name)
        arch = "noarch" if m["arch"] == "noarch" else "x86_64"
        argv = [exe("xbps-create"), "-q", "-A", arch, "-n", self.pkgver(m), "-s",
                m["summary"][:79], "--compression", "none"]
        if m["depends"]:
            argv += ["-D", " ".join(d + ">=0" for d in m["depends"])]
        if m["conffiles"]:
            argv += ["-F", " ".join(m["conffiles"])]
        with tempfile.TemporaryDirectory(dir=out) as tmp:
            sh(argv + [tree], cwd=tmp, env=dict(os.environ, **ENV))
            fn = "%s.%s.xbps" % (self.pkgver(m), arch)
            # xbps-create has one fixed level (9): compress at ours instead
            sh(["zstd", "-q", "-%d" % self.level, tmp + "/" + fn, "-o", os.path.join(out, fn)])

    def build_index(self, wset, ver, out):
        pk = sorted(f for f in os.listdir(out) if f.endswith(".xbps"))
        sh([exe("xbps-rindex"), "-a"] + pk, cwd=out, env=dict(os.environ, **ENV))

    def cmd(self, tool, root, wset, ver, *args, ok=(0,)):
        repo = ["-i", "-R", self.pkgdir(wset, ver)] if wset else []
        return Cmd([exe(tool), "-r", root, "-C", root + "/noconf"] + repo + list(args), env=ENV,
                   ok=ok)

    def prepare_root(self, root):
        os.makedirs(root + "/noconf")
        os.makedirs(root + "/var/db/xbps")

    def install(self, root, wset, ver):
        return self.cmd("xbps-install", root, wset, ver, "-y", *self.pkgnames(wset, ver))

    def noop(self, root, wset, ver):
        return self.cmd("xbps-install", root, wset, ver, "-y", *self.pkgnames(wset, ver),
                        ok=(0, 6, 17))

    def upgrade(self, root, wset, ver):
        return self.cmd("xbps-install", root, wset, ver, "-y", "-u")

    def verify(self, root):
        return self.cmd("xbps-pkgdb", root, None, None, "-a", ok=(0, 1, 14))

    def owner(self, root, path):
        return self.cmd("xbps-query", root, None, None, "-o", path)

    def list(self, root):
        return self.cmd("xbps-query", root, None, None, "-l")

    def remove(self, root, wset, ver):
        return self.cmd("xbps-remove", root, None, None, "-y", *self.pkgnames(wset, ver))



PEERS = [Xbps]
