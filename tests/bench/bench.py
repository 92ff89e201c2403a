#!/usr/bin/env python3
"""Build what is missing, and measure the peers side by side.

usage: bench.py WORK [--peers a,b,...] [--rounds N] [--parts closure,many,big] [--build-only]

The peers take turns within a round, and the order is rotated from round to round, so that a noisy
minute of the machine does not fall on one peer alone. Each measurement is appended to
WORK/results/run.jsonl (a new file each run; the last one is kept as run.jsonl.old).
"""
import argparse, json, os, random, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peer
from peer import PARTS

OWNER_PATH = "/usr/bin/x86_64-linux-gnu-gcc-12"     # the path that `owner` asks for
REPEAT = {"owner": 5, "list": 5}


class Bench:
    def __init__(self, a):
        self.a = a
        self.work = os.path.abspath(a.work)
        self.roots = a.roots
        self.out = os.path.join(self.work, "results", "run.jsonl")
        self.measure = os.path.join(self.work, "bin", "measure")
        self.round = 0
        self.w = peer.Workload(self.work)
        os.makedirs(os.path.dirname(self.out), exist_ok=True)
        if os.path.exists(self.out):
            os.replace(self.out, self.out + ".old")

    def emit(self, **rec):
        rec["round"] = self.round
        with open(self.out, "a") as f:
            f.write(json.dumps(rec) + "\n")
        print("  %-15s %-14s" % (rec["peer"], rec["op"]), end="")
        if "wall_s" in rec:
            print(" %8.3f s  +sync %6.3f  user %6.2f sys %6.2f  rss %6.1f MB  dirtied %7.1f MB"
                  "  others %.2f" % (rec["wall_s"], rec["sync_s"], rec["user_s"], rec["sys_s"],
                                     rec["rss_kb"] / 1024, rec["dirtied_b"] / 1e6,
                                     rec["other_s"]), end="")
        print(" ", rec.get("note", "") or rec.get("error", ""), flush=True)

    def run(self, p, op, cmd):
        if cmd is None:
            return
        env = dict(os.environ, LC_ALL="C.UTF-8", **(cmd.env or {}))
        # the peer's own output goes to /dev/null: a terminal would be measured
        with tempfile.TemporaryDirectory(dir=self.roots) as tmp, open(tmp + "/err", "w+b") as err:
            self.quiet()
            for _ in range(REPEAT.get(op, 1)):
                err.truncate(0)
                err.seek(0)
                r = subprocess.run([self.measure, tmp + "/m", self.roots, "--"] + cmd.argv,
                                   env=env, cwd=cmd.cwd, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=err)
                err.seek(0)
                words = err.read()[-300:].decode("utf-8", "replace")
                if r.returncode != 0:
                    self.emit(peer=p.name, op=op, error=words)
                    return
                with open(tmp + "/m") as f:
                    rec = json.load(f)
                note = "" if rec["rc"] in cmd.ok else "exit %d: %s" % (rec["rc"], words)
                self.emit(peer=p.name, op=op, note=note, **rec)

    def quiet(self):
        """wait (up to --quiet seconds) for a second in which the machine is idle"""
        end = time.time() + self.a.quiet
        while time.time() < end:
            before = cpu()
            time.sleep(1)
            if cpu() - before < 0.25:
                return

    def fresh(self, tag):
        r = os.path.join(self.roots, tag)
        self.drop(r)
        return r

    def drop(self, root):
        subprocess.run(["rm", "-rf", root, root + ".state"], check=True)
        subprocess.run(["sync"])
        time.sleep(self.a.pause)

    def warm(self, p, wset, ver):
        """the packages are in the page cache for everyone"""
        subprocess.run(["sh", "-c", 'cat "$1"/* >/dev/null 2>&1', "sh", p.pkgdir(wset, ver)])

    def check(self, p, root, wset, ver):
        """how much of the workload is really there, byte for byte"""
        rng = random.Random(7)
        missing = wrong = total = 0
        for n in self.w.names(wset, ver):
            tree = self.w.tree(wset, ver, n)
            for path in peer.walk(tree):
                s, d = os.path.join(tree, path), os.path.join(root, path)
                total += 1
                if not os.path.lexists(d):
                    missing += 1
                elif os.path.isfile(s) and not os.path.islink(s) and rng.random() < 0.1:
                    with open(s, "rb") as a, open(d, "rb") as b:
                        wrong += a.read() != b.read()
        print("      %d paths: %d missing, %d wrong of a tenth; packages installed: %s"
              % (total, missing, wrong, p.installed(root)), flush=True)
        if missing or wrong:
            self.emit(peer=p.name, op="check", error="%d missing, %d wrong" % (missing, wrong))

    # ---- parts
    def closure(self, p):
        root = self.fresh("c-" + p.name)
        p.prepare_root(root)
        first = self.round == 0
        self.warm(p, "closure", "1")
        self.run(p, "install", p.install(root, "closure", "1"))
        if first:
            self.check(p, root, "closure", "1")
        self.run(p, "noop", p.noop(root, "closure", "1"))
        self.run(p, "list", p.list(root))
        self.run(p, "owner", p.owner(root, OWNER_PATH))
        self.run(p, "verify", p.verify(root))
        self.warm(p, "small", "1")
        self.run(p, "small", p.install(root, "small", "1"))
        self.run(p, "small-remove", p.remove(root, "small", "1"))
        self.warm(p, "closure", "2")
        upgrade = p.upgrade(root, "closure", "2")
        self.run(p, "upgrade", upgrade)
        if first and upgrade:
            self.check(p, root, "closure", "2")
        self.run(p, "remove", p.remove(root, "closure", "2"))
        if first:
            left = sum(len(f) for _, _, f in os.walk(root))
            print("      files left behind, the peer's own included:", left, flush=True)
        self.drop(root)

    def many(self, p):
        root = self.fresh("m-" + p.name)
        p.prepare_root(root)
        self.warm(p, "many", "1")
        self.run(p, "many", p.install(root, "many", "1"))
        self.run(p, "many-verify", p.verify(root))
        self.run(p, "many-remove", p.remove(root, "many", "1"))
        self.drop(root)

    def big(self, p):
        root = self.fresh("b-" + p.name)
        p.prepare_root(root)
        self.warm(p, "big", "1")
        self.run(p, "big", p.install(root, "big", "1"))
        self.run(p, "big-verify", p.verify(root))
        self.drop(root)


def cpu():
    """CPU seconds the machine has been busy"""
    with open("/proc/stat") as f:
        t = [int(x) for x in f.readline().split()[1:8]]
    return (t[0] + t[1] + t[2] + t[5] + t[6]) / os.sysconf("SC_CLK_TCK")


def able(a):
    """the peers that can run here, their packages built"""
    ps = []
    for p in peer.peers(a.work, a.peers.split(",")):
        why = p.available()
        if why:
            print("%s: left out: %s" % (p.name, why))
            continue
        ps.append(p)
        for part in a.parts.split(","):
            for wset, ver in PARTS[part]:
                t = time.time()
                if p.build(wset, ver, os.cpu_count()):
                    print("built %s/%s for %s in %.0f s" % (wset, ver, p.name, time.time() - t),
                          flush=True)
    return ps


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("work")
    ap.add_argument("--peers", required=True)
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--parts", default="closure,many,big")
    ap.add_argument("--roots", required=True, help="where the roots are made")
    ap.add_argument("--build-only", action="store_true")
    ap.add_argument("--pause", type=float, default=1.0)
    ap.add_argument("--quiet", type=float, default=60,
                    help="seconds to wait, before each measurement, for the machine to be idle")
    a = ap.parse_args()
    os.umask(0o022)
    ps = able(a)
    if a.build_only:
        return
    b = Bench(a)
    for r in range(a.rounds):
        b.round = r
        k = r % len(ps)
        for part in a.parts.split(","):
            print("== round %d, %s" % (r + 1, part), flush=True)
            for p in ps[k:] + ps[:k]:
                getattr(b, part)(p)


if __name__ == "__main__":
    main()
