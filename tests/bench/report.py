#!/usr/bin/env python3
"""Tables from the results of bench.py.

usage: report.py RESULTS.jsonl

All figures are medians over the rounds. Seconds are wall + the time a syncfs() needed right after:
what the operation costs until it would survive a power cut, whoever pays for it.
"""
import json, statistics, sys

OPS = ["install", "noop", "upgrade", "remove", "small", "small-remove", "verify", "list", "owner",
       "many", "many-verify", "many-remove", "big", "big-verify"]
# (words, operation, against, at most)
TARGETS = [("install of the closure not slower than pacman", "install", "pacman", 1.0),
           ("upgrade of it at most 0.8 of pacman", "upgrade", "pacman", 0.8),
           ("removal at most 0.5 of pacman", "remove", "pacman", 0.5),
           ("one small package into the full root faster than dpkg", "small", "dpkg", 1.0)]
MEMORY_MB = 150


def load(path):
    """samples by (peer, operation); those taken while something else was busy are left out
    wherever two undisturbed ones remain"""
    samples, bad = {}, []
    with open(path) as f:
        for line in f:
            r = json.loads(line)
            if r.get("note") or r.get("error"):
                bad.append(r)
            elif "wall_s" in r:
                samples.setdefault((r["peer"], r["op"]), []).append(r)
    for k, rs in samples.items():
        calm = [r for r in rs if r["other_s"] < 0.05 + 0.05 * r["wall_s"]]
        if len(calm) >= 2:
            samples[k] = calm
    return samples, bad


def seconds(samples, peer, op):
    rs = samples.get((peer, op))
    return statistics.median(r["wall_s"] + r["sync_s"] for r in rs) if rs else None


def cpu(samples, peer, op):
    rs = samples.get((peer, op))
    return statistics.median(r["user_s"] + r["sys_s"] for r in rs) if rs else None


def peak(samples, peer, op=None):
    mb = [r["rss_kb"] / 1024 for (p, o), rs in samples.items() if p == peer and op in (None, o)
          for r in rs]
    return max(mb) if mb else None


def fmt(x):
    return "-" if x is None else "%.1f" % x if x >= 9.95 else "%.2f" % x if x >= 0.0995 \
        else "%.3f" % x


def table(head, rows):
    width = [max(len(str(r[i])) for r in [head] + rows) for i in range(len(head))]
    for r in [head] + rows:
        print("  " + "  ".join(str(c).ljust(w) if i == 0 else str(c).rjust(w)
                               for i, (c, w) in enumerate(zip(r, width))).rstrip())
    print()


def targets(samples):
    print("Targets")
    for words, op, other, most in TARGETS:
        a, b = seconds(samples, "commpkg", op), seconds(samples, other, op)
        if not a or not b:
            print("  not measured  %s" % words)
            continue
        print("  %-12s  %s: %.2f" % ("met" if a / b <= most else "NOT MET", words, a / b))
    mb = peak(samples, "commpkg")
    if mb:
        print("  %-12s  memory under %d MB: %.0f MB"
              % ("met" if mb < MEMORY_MB else "NOT MET", MEMORY_MB, mb))


def main():
    samples, bad = load(sys.argv[1])
    peers = []
    for p, _ in samples:
        if p not in peers:
            peers.append(p)
    peers.sort(key=lambda p: (p != "commpkg", p != "pacman", p == "floor", p))
    ops = [o for o in OPS if any((p, o) in samples for p in peers)]
    rounds = max([len(rs) for (_, o), rs in samples.items() if o in ("install", "many", "big")],
                 default=0)
    print("\nSeconds until durable (wall + syncfs), median of %d rounds\n" % rounds)
    table(["operation"] + peers, [[o] + [fmt(seconds(samples, p, o)) for p in peers] for o in ops])
    if "pacman" in peers:
        print("Against pacman (below 1 is faster)\n")
        table(["operation"] + peers,
              [[o] + [fmt(seconds(samples, p, o) / seconds(samples, "pacman", o))
                      if seconds(samples, p, o) else "-" for p in peers]
               for o in ops if seconds(samples, "pacman", o)])
    print("CPU seconds of the command (user + sys; less disturbed by a busy machine)\n")
    table(["operation"] + peers, [[o] + [fmt(cpu(samples, p, o)) for p in peers] for o in ops])
    print("Peak memory, MB\n")
    table(["operation"] + peers, [[o] + [fmt(peak(samples, p, o)) for p in peers] for o in ops])
    targets(samples)
    busy = sum(r["other_s"] > 0.05 + 0.1 * r["wall_s"] for rs in samples.values() for r in rs)
    if busy:
        print("  %d of %d samples were taken while something else was busy: times may be too long"
              % (busy, sum(len(rs) for rs in samples.values())))
    for r in bad:
        print("not counted: %s %s, round %d: %s" % (r["peer"], r["op"], r["round"] + 1,
                                                    (r.get("note") or r["error"]).strip()[:200]))


main()
