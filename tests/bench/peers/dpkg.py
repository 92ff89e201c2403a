"""dpkg --root"""
import hashlib, io, os, shutil, subprocess, tarfile
from peer import Cmd, Peer, sh, walk


class Dpkg(Peer):
    name = packages = "dpkg"
    durable = "each file: sync_file_range, fsync, rename; info/*, status: fsync; directories: fsync"
    force = ["--no-force-unsafe-io"]      # a distribution's dpkg.cfg.d may turn it on

    def available(self):
        return None if shutil.which("dpkg") else "no dpkg"

    def deb(self, wset, ver, n):
        return os.path.join(self.pkgdir(wset, ver), n + ".deb")

    def build_one(self, wset, ver, name, out):
        m, tree = self.w.manifest(wset, ver, name), self.w.tree(wset, ver, name)
        md5 = []
        for p in walk(tree):
            full = os.path.join(tree, p)
            if os.path.isfile(full) and not os.path.islink(full) and "/" + p not in m["conffiles"]:
                with open(full, "rb") as f:
                    md5.append("%s  %s\n" % (hashlib.md5(f.read()).hexdigest(), p))
        size = subprocess.run(["du", "-sk", "--apparent-size", tree], check=True,
                              capture_output=True, text=True).stdout.split()[0]
        ctl = "Package: %s\nVersion: %s-%d\nArchitecture: %s\nMaintainer: bench\n" \
              "Installed-Size: %s\n" % (name, m["version"], m["release"],
                                        "all" if m["arch"] == "noarch" else "amd64", size)
        if m["depends"]:
            ctl += "Depends: " + ", ".join(m["depends"]) + "\n"
        ctl += "Description: %s\n" % m["summary"]
        files = {"control": ctl, "md5sums": "".join(md5)}
        if m["conffiles"]:
            files["conffiles"] = "".join(c + "\n" for c in m["conffiles"])
        buf = io.BytesIO()
        with tarfile.open(fileobj=buf, mode="w", format=tarfile.GNU_FORMAT) as t:
            for k, v in files.items():
                ti = tarfile.TarInfo("./" + k)
                data = v.encode("utf-8", "surrogateescape")
                ti.size, ti.mode = len(data), 0o644
                t.addfile(ti, io.BytesIO(data))
        z = ["zstd", "-q", "-%d" % self.level, "-c"]
        ctlz = subprocess.run(z, input=buf.getvalue(), check=True, capture_output=True).stdout
        data = out + "/.%s.data" % name
        sh(["sh", "-c", 'tar --format=gnu --sort=name --numeric-owner -C "$1" -cf - . | '
            'zstd -q -%d -c > "$2"' % self.level, "sh", tree, data])
        with open(self.deb(wset, ver, name), "wb") as f:
            f.write(b"!<arch>\n")

            def member(n, size):
                f.write(b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (n, 0, 0, 0, b"100644", size))
            for n, d in ((b"debian-binary", b"2.0\n"), (b"control.tar.zst", ctlz)):
                member(n, len(d))
                f.write(d + b"\n" * (len(d) % 2))
            member(b"data.tar.zst", os.path.getsize(data))
            with open(data, "rb") as d:
                shutil.copyfileobj(d, f, 1 << 20)
            if os.path.getsize(data) % 2:
                f.write(b"\n")
        os.unlink(data)

    def prepare_root(self, root):
        for d in ("info", "updates", "triggers", "parts", "alternatives"):
            os.makedirs(root + "/var/lib/dpkg/" + d)
        for f in ("status", "available"):
            open(root + "/var/lib/dpkg/" + f, "w").close()

    def cmd(self, root, *args, ok=(0,)):
        return Cmd(["dpkg", "--root=" + root, "--log=/dev/null", "--force-depends",
                                  "--force-confnew"] + self.force + list(args), ok=ok)

    def debs(self, wset, ver):
        return [self.deb(wset, ver, n) for n in self.w.names(wset, ver)]

    def install(self, root, wset, ver):
        return self.cmd(root, "-i", *self.debs(wset, ver))

    def noop(self, root, wset, ver):
        return self.cmd(root, "-i", "--skip-same-version", *self.debs(wset, ver))

    upgrade = install

    def verify(self, root):
        return self.cmd(root, "-V")

    def owner(self, root, path):
        return Cmd(["dpkg-query", "--admindir=" + root + "/var/lib/dpkg", "-S", path])

    def list(self, root):
        return Cmd(["dpkg-query", "--admindir=" + root + "/var/lib/dpkg", "-W"])

    def remove(self, root, wset, ver):
        return self.cmd(root, "-P", *self.pkgnames(wset, ver))



class DpkgUnsafe(Dpkg):
    name = "dpkg-unsafe-io"
    durable = "no fsync of file data; status database still fsynced"
    force = ["--force-unsafe-io"]


PEERS = [Dpkg, DpkgUnsafe]
