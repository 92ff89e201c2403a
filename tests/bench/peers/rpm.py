"""rpm --root"""
import os, shutil, subprocess, tempfile
from peer import Cmd, Peer, sh, walk

SPEC = """%%global debug_package %%{nil}
%%global __os_install_post %%{nil}
%%define _build_id_links none
%%define _use_internal_dependency_generator 0
%%define _binary_payload w%(level)d.zstdio
Name: %(name)s
Version: %(version)s
Release: %(release)d
Summary: %(summary)s
License: bench
AutoReqProv: no
%(requires)s
%%description
%(summary)s
%%install
mkdir -p %%{buildroot}
cp -a %(tree)s/. %%{buildroot}/
%%files -f %(files)s
"""


class Rpm(Peer):
    name = packages = "rpm"
    durable = "files: none (unless %_flush_io); sqlite database"

    def available(self):
        return None if shutil.which("rpm") and shutil.which("rpmbuild") else "no rpm"

    def build_one(self, wset, ver, name, out):
        m, tree = self.w.manifest(wset, ver, name), self.w.tree(wset, ver, name)
        with tempfile.TemporaryDirectory(dir=out) as tmp:
            with open(tmp + "/files", "w", errors="surrogateescape") as f:
                for p in walk(tree):
                    full = os.path.join(tree, p)
                    q = '"/%s"' % p
                    if os.path.isdir(full) and not os.path.islink(full):
                        q = "%dir " + q
                    elif "/" + p in m["conffiles"]:
                        q = "%config(noreplace) " + q
                    f.write(q + "\n")
            req = "".join("Requires: %s\n" % d for d in m["depends"])
            with open(tmp + "/p.spec", "w") as f:
                f.write(SPEC % dict(m, level=self.level, requires=req, tree=tree,
                                    summary=m["summary"].replace("%", "%%"), files=tmp + "/files"))
            arch = "noarch" if m["arch"] == "noarch" else "x86_64"
            sh(["rpmbuild", "-bb", "--quiet", "--target", arch + "-linux",
                "--define", "_topdir " + tmp + "/top", "--define", "_rpmdir " + out,
                "--define", "_rpmfilename %{name}.rpm", "--define", "_buildhost bench",
                "--define", "_unpackaged_files_terminate_build 0",
                "--define", "__brp_mangle_shebangs %{nil}", tmp + "/p.spec"])

    def cmd(self, root, *args, ok=(0,)):
        return Cmd(["rpm", "--root", root, "--dbpath", "/var/lib/rpm"] + list(args), ok=ok)

    def prepare_root(self, root):
        os.makedirs(root + "/var/lib/rpm")
        sh(self.cmd(root, "--initdb").argv)

    def rpms(self, wset, ver):
        return [os.path.join(self.pkgdir(wset, ver), n + ".rpm") for n in self.w.names(wset, ver)]

    def install(self, root, wset, ver):
        return self.cmd(root, "-U", "--nosignature", *self.rpms(wset, ver))

    def noop(self, root, wset, ver):
        return self.cmd(root, "-F", "--nosignature", *self.rpms(wset, ver))

    upgrade = install

    def verify(self, root):
        return self.cmd(root, "-Va")

    def owner(self, root, path):
        return self.cmd(root, "-qf", path)

    def list(self, root):
        return self.cmd(root, "-qa")

    def remove(self, root, wset, ver):
        return self.cmd(root, "-e", *self.pkgnames(wset, ver))



PEERS = [Rpm]
