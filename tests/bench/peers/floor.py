"""Bare programs with the same data: what a package manager takes beyond them is its own cost.

install: two threads that read, digest, write under another name, rename, and sync once (floor.c)
remove:  rm -rf
"""
import glob, os
from peer import Cmd, Peer, sh


class Floor(Peer):
    name = packages = "floor"
    durable = "one syncfs"

    def build_one(self, wset, ver, name, out):
        sh(["sh", "-c", 'tar --format=gnu --sort=name --numeric-owner -C "$1" -cf - . | '
            'zstd -q -%d >"$2"' % self.level, "sh", self.w.tree(wset, ver, name),
            "%s/%s.tar.zst" % (out, name)])

    def install(self, root, wset, ver):
        if wset == "small":
            return None
        # largest first, so that the last one running is a small one
        archives = sorted(glob.glob(self.pkgdir(wset, ver) + "/*.tar.zst"),
                          key=lambda p: -os.path.getsize(p))
        return Cmd([os.path.join(self.work, "bin", "floor"), "-hrs", "-j2", root] + archives)

    def remove(self, root, wset, ver):
        return None if wset == "small" else Cmd(["rm", "-rf", root])


PEERS = [Floor]
