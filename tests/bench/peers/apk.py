"""apk --root (apk-tools 3; binary named by $APK)"""
import os, shutil
from peer import Cmd, Peer, sh

APK = os.environ.get("APK", "apk")


class Apk(Peer):
    name = packages = "apk"
    durable = "none under --root (sync=auto skips it)"
    extra = []

    def available(self):
        return None if shutil.which(APK) else "no apk (set APK)"

    def build_one(self, wset, ver, name, out):
        m, tree = self.w.manifest(wset, ver, name), self.w.tree(wset, ver, name)
        v = "%s-r%d" % (m["version"], m["release"])
        argv = [APK, "mkpkg", "--compression", "zstd:%d" % self.level, "--files", tree,
                "--output", os.path.join(out, "%s-%s.apk" % (name, v))]
        for k, val in (("name", name), ("version", v), ("arch", "x86_64"),
                       ("description", m["summary"]), ("depends", " ".join(m["depends"]))):
            if val:
                argv += ["--info", k + ":" + val]
        sh(argv)

    def build_index(self, wset, ver, out):
        pk = sorted(f for f in os.listdir(out) if f.endswith(".apk"))
        sh([APK, "mkndx", "--allow-untrusted", "--output", "Packages.adb"] + pk, cwd=out)

    def cmd(self, root, wset, ver, *args, ok=(0,)):
        repo = ["--repository", self.pkgdir(wset, ver) + "/Packages.adb"] if wset else []
        return Cmd([APK, "--root", root, "--arch", "x86_64", "--allow-untrusted", "--no-cache",
                    "--no-network", "--no-progress", "--quiet", "--repositories-file",
                    "/dev/null"] + self.extra + repo + list(args), ok=ok)

    def prepare_root(self, root):
        os.makedirs(root)
        sh(self.cmd(root, None, None, "--initdb", "add").argv)

    def install(self, root, wset, ver):
        return self.cmd(root, wset, ver, "add", *self.pkgnames(wset, ver))

    noop = install

    def upgrade(self, root, wset, ver):
        return self.cmd(root, wset, ver, "upgrade")

    def verify(self, root):
        return self.cmd(root, None, None, "audit", "--system", "--check-permissions",
                        ok=(0, 1))

    def owner(self, root, path):
        return self.cmd(root, None, None, "info", "--who-owns", path)

    def list(self, root):
        return self.cmd(root, None, None, "info")

    def remove(self, root, wset, ver):
        return self.cmd(root, None, None, "del", *self.pkgnames(wset, ver))



class ApkSync(Apk):
    name = "apk-sync"
    durable = "one sync() of the whole machine after the commit"
    extra = ["--sync=yes"]


PEERS = [Apk, ApkSync]
