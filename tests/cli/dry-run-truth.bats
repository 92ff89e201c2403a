#!/usr/bin/env bats
# What -n says is what the real run says and does: random changes of a root, each first as a dry
# run, then carried out; both documents are compared, and the plan's paths with the tree.
# TRUTH_SEED and TRUTH_STEPS choose others.
load lib/commpkg

# Four packages in three versions: shared directories, moved files, changed configuration, links,
# a file that becomes a directory, and paths that two packages want.
make_distro()
{
	mkpkg web 1.0 'd opt/web' 'f opt/web/a' 'f opt/web/b 0600 root root' 'e etc/web.conf <a=1\nb=1\n' \
		's opt/web/cur=a' 'd opt/share' 'f opt/share/w'
	mkpkg web 2.0 'd opt/web' 'f opt/web/a' 'f opt/web/c' 'e etc/web.conf <a=2\nb=1\n' \
		's opt/web/cur=c' 'd opt/share 0711 root root' 'f opt/share/w' 'd opt/web/deep' 'f opt/web/deep/x'
	mkpkg web 3.0 'd opt/web 0700 root root' 'd opt/web/a' 'f opt/web/a/b' 'e etc/web.conf <a=2\nb=1\n' \
		'l opt/web/l=a/b'
	mkpkg db 1.0 'd opt/db' 'f opt/db/f <same\n' 'v opt/db/v' 'd opt/share' 'f opt/share/d'
	mkpkg db 2.0 'd opt/db' 'f opt/db/f <same\n' 'v opt/db/v' 'f opt/share/d 0640 root root' \
		'e etc/db.conf <x\n' -- 'P web Web'
	mkpkg db 3.0 'f opt/web/b <mine\n' 'f opt/db/g'
	mkpkg cal 1.0 'f opt/cal/f' 'e etc/cal.conf' -- 'P db Db'
	mkpkg cal 2.0 'f opt/cal/f' 'f opt/cal/g' 'e etc/cal.conf <n\n' -- 'P db Db'
	mkpkg cal 3.0 'f opt/cal/f' 'f opt/share/w <cal\n'
	mkdir distro
	mv ./*.pkg distro
}

TRUTH='
import hashlib, json, os, random, shutil, subprocess, sys
root, seed, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rnd = random.Random(seed)
def run(*args):
    p = subprocess.run(["commpkg", *args, "--json", "-v", "-R", root], capture_output=True, text=True)
    d = json.loads(p.stdout)
    r = d["results"][0] if d["results"] else {}
    r = {k: v for k, v in r.items() if k not in ("result", "exit")}
    for k in ("have_bytes", "have_inodes"):
        r.get("plan", {}).pop(k, None)
    return p.returncode, r, [e["text"] for e in d["errors"]]
def tree():
    out = {}
    for at, dirs, files in os.walk(root):
        for n in dirs + files:
            full = os.path.join(at, n)
            rel = "/" + os.path.relpath(full, root)
            if rel.startswith(("/var/sadm", "/var/lib")) or rel == "/var":
                continue
            st = os.lstat(full)
            what = os.readlink(full) if os.path.islink(full) else ""
            if os.path.isfile(full) and not what:
                what = hashlib.sha256(open(full, "rb").read()).hexdigest()
            out[rel] = (oct(st.st_mode), st.st_uid, what)
    return out
def disturb():
    there = [p for p in tree() if not os.path.isdir(root + p)]
    kind = rnd.choice(["edit", "remove", "stray", "chmod", "nothing"])
    if kind == "stray":
        at = root + rnd.choice(["/opt/web", "/opt/cal", "/opt/share", "/etc"])
        os.makedirs(at, exist_ok=True)
        full = at + "/" + rnd.choice("abcdfg")
        if not os.path.isdir(full):
            open(full, "a").write("stray\n")
    elif there and kind != "nothing":
        p = root + rnd.choice(there)
        if kind == "remove":
            os.unlink(p)
        elif not os.path.islink(p) and kind == "edit":
            open(p, "a").write("edited\n")
        elif not os.path.islink(p):
            os.chmod(p, rnd.choice([0o600, 0o755]))
def choose():
    kind = rnd.choice(["install"] * 4 + ["upgrade"] * 2 + ["uninstall"] * 2 + ["undo"] * 2 + ["autoremove"])
    one = lambda: "%s=%s.0" % (rnd.choice(["web", "db", "cal"]), rnd.choice("123"))
    if kind == "install":
        words = [one() for i in range(rnd.choice([1, 1, 2]))]
        return ["install", "--distro", "distro", *words, *rnd.choice(
            [[], [], ["--pkgOverwrite"], ["--reinstall"], ["--allow-downgrade"], ["--no-keep"]])]
    if kind == "upgrade":
        return ["upgrade", "--distro", "distro", *rnd.choice([[], ["web"], ["db", "cal"]])]
    if kind == "undo":
        return ["undo"]
    words = [rnd.choice(["web", "db", "cal"])]
    return ["uninstall", *words, *(["--autoremove"] if kind == "autoremove" else rnd.choice([[], ["--dependents"]]))]
def fail(why, *more):
    print("seed %d step %d: %s: %s" % (seed, i, " ".join(command), why))
    for m in more:
        print(json.dumps(m, indent=1) if not isinstance(m, str) else m)
    sys.exit(1)
def check_tree(plan, before, after):
    by = {}
    for p in plan.get("paths", []):
        if p["type"] != "l": # it changes with the file it is a name of
            by.setdefault(p["change"], set()).add(p["path"])
        else:
            by.setdefault("link", set()).add(p["path"])
    beside = {d["beside"] for d in plan.get("decisions", []) if d["beside"]}
    for p in by.get("create", ()):
        if p in before or p not in after:
            fail(p + " was to be created", plan)
    for p in by.get("remove", ()):
        if p not in before or p in after:
            fail(p + " was to be removed", plan)
    known = set().union(*by.values(), beside) if by else beside
    for p in set(before) | set(after):
        if before.get(p) == after.get(p) or p in known:
            continue
        if any(k.startswith(p + "/") for k in known):
            continue # a directory on the way to one of the plan
        fail(p + " changed, and is not in the plan", plan)
    for p in by.get("same", set()) | by.get("keep", set()):
        if p in before and before.get(p) != after.get(p):
            fail(p + " was to stay", plan)
done = 0
for i in range(steps):
    disturb()
    command = choose()
    before = tree()
    code, said, errors = run(*command, "-n")
    if tree() != before:
        fail("the dry run changed something")
    real, did, real_errors = run(*command, "-y")
    if said != did:
        fail("the dry run said something else", said, did)
    if (code == 0) != (real in (0, 101)) or (code != 0 and code != real):
        fail("exit %d, then %d" % (code, real), said, *real_errors)
    if code != 0 and errors != real_errors:
        fail("other words", *errors, *real_errors)
    if real not in (0, 101):
        if tree() != before:
            fail("it failed, and something changed", said)
    elif command[0] != "undo":
        check_tree(said, before, tree())
    done += real in (0, 101)
if done < steps / 4:
    print("only %d of %d could be done: the test tests nothing" % (done, steps))
    sys.exit(1)
'

@test "random changes are what their dry runs said" {
	make_distro
	python3 -c "$TRUTH" "$ROOT" "${TRUTH_SEED:-1}" "${TRUTH_STEPS:-60}"
}

@test "and some from another start" {
	make_distro
	python3 -c "$TRUTH" "$ROOT" "${TRUTH_SEED:-2}7" 25
}

@test "what only the real run would meet: a root that can't be made, or belongs to another" {
	mkpkg demo 1.0 'f bin/demo'
	must_fail_cleanly 1 commpkg install -n -R "$PWD/no/such/root" demo-1.0.pkg
	[[ $output == *"cannot make root"*"No such file"* ]]
	must_fail_cleanly 1 commpkg upgrade -n -R "$ROOT" demo-1.0.pkg
	[[ $output == *"has no package database"* ]]
	must_fail_cleanly 1 commpkg install -n demo-1.0.pkg
	[[ $output == *"'/' has no package database"*"another root: -R PATH"* ]]
	needs_root
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" || true
	setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$PWD/demo-1.0.pkg" || skip 'directories above are closed'
	commpkg install -qy -R "$ROOT" demo-1.0.pkg
	for there in "$ROOT" "$PWD"; do
		must_fail_cleanly 1 setpriv --reuid 65534 --regid 65534 --clear-groups \
			commpkg install -n --reinstall -R "$there" demo-1.0.pkg
		[[ $output == *"root '$there': "*"belongs to"* ]]
	done
}

@test "a root on a read-only file system" {
	needs_root
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -qy -R "$ROOT" demo-1.0.pkg
	# shellcheck disable=SC2016
	run unshare --mount bash -c 'mount --bind "$ROOT" "$ROOT" && mount -o remount,bind,ro "$ROOT" &&
		commpkg uninstall -n demo -R "$ROOT"; a=$?; commpkg undo -n -R "$ROOT"; exit $a$?'
	[ "$status" -eq 11 ]
	[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 2 ]
}

# A component in four versions, each with a random part of: edited configuration that changes or
# goes, scripts, a validator, services, a migration, data of another format.
UPGRADES='
import os, random, re, subprocess, sys
root, seed, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rnd = random.Random(seed)
base = root + "/opt/commpkg/ms"
def run(*args):
    p = subprocess.run(["commpkg", *args, "-R", root], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    lines = [re.sub(r"of [0-9.]+ [KMGT]iB$", "of ...", l) for l in p.stdout.splitlines()]
    return p.returncode, lines, [l for l in p.stderr.splitlines() if "mmpkg: " in l]
def tree():
    out = {}
    for at, dirs, files in os.walk(root):
        for n in files:
            full = os.path.join(at, n)
            if not full.startswith(root + "/var/"):
                out[full[len(root):]] = (open(full, "rb").read(), os.stat(full).st_mode)
    return out
def disturb():
    if os.path.exists(base + "/doomed"):
        os.unlink(base + "/doomed")
    elif os.path.isdir(base) and rnd.random() < 0.2:
        open(base + "/doomed", "w")
    for i in range(rnd.choice([0, 1, 1, 2])):
        f = base + "/etc/" + rnd.choice(["a", "b", "c"]) + ".conf"
        kind = rnd.choice(["line", "line", "line", "end", "remove", "new", "chmod"])
        if kind == "new" or not os.path.exists(f):
            os.makedirs(os.path.dirname(f), exist_ok=True)
            open(f, "w").write("k1=mine\n")
        elif kind == "remove":
            os.unlink(f)
        elif kind == "chmod":
            os.chmod(f, rnd.choice([0o600, 0o644]))
        else:
            lines = open(f).read().splitlines()
            at = rnd.randrange(len(lines) + 1)
            lines[at:at + 1] = ["k%d=%s" % (at + 1, rnd.choice(["mine", "bad", "x"]))]
            open(f, "w").write("\n".join(lines) + "\n")
kinds, exits = set(), {}
for i in range(steps):
    disturb()
    kind = rnd.choice(["to"] * 6 + ["undo", "all", "gone"])
    v = rnd.choice("1234")
    command = {"to": ["install", "--allow-downgrade", "-d", "d", "MS=%s.0" % v], "undo": ["undo"],
               "all": ["upgrade", "-d", "d"], "gone": ["uninstall", "MS"]}[kind]
    command += ["--services=yes"] if rnd.random() < 0.7 else []
    before = tree()
    code, said, errors = run(*command, "-n")
    if tree() != before:
        sys.exit("seed %d step %d: %s: the dry run changed something" % (seed, i, command))
    real, did, real_errors = run(*command, "-y")
    said = "\n".join(said)
    if "\n".join(did) != said:
        sys.exit("seed %d step %d: %s: not the same lines\n%s\n----\n%s\n%s" % (seed, i, command, said, "\n".join(did), real_errors))
    if (code == 0) != (real in (0, 101)) or (code and errors != real_errors):
        sys.exit("seed %d step %d: %s: exit %d, then %d\n%s\n%s\n%s" % (seed, i, command, code, real, said, errors, real_errors))
    if code and tree() != before:
        sys.exit("seed %d step %d: %s: it failed, and something changed" % (seed, i, command))
    exits[real] = exits.get(real, 0) + 1
    kinds |= {w for w in ("would see", "would fail", "merged", "kept as edited", "stays removed", "Services", "Migrate", "Data", "Scripts", "saved") if w in said}
    if real == 101:
        run("config", "resolve", "-q", "-y", "--all", rnd.choice(["--keep", "--take-new"]))
print(exits, kinds)
if exits.get(0, 0) < steps / 3 or exits.get(101, 0) == 0 or len(kinds) < 9:
    sys.exit("it tests too little: %s %s" % (exits, kinds))
'

make_releases()
{
	local v more hook="[ ! -e $BATS_TEST_TMPDIR/runs ] || :" dry
	# what a migration would do, of what it finds; and that it would fail
	dry='[ \$COMMPKG_DRYRUN = no ] || { for f in \"\$2\"/etc/*; do echo would see \$f \$(cksum <\$f); done; '
	dry+='rm -r \"\$2\"/etc; ! ls \"\$2\"/doomed; exit; }'
	mkdir d
	cd d || return
	for v in 1 2 3 4; do
		more='' c=('e etc/c.conf')
		[ $v = 3 ] && c=()
		[ $v = 2 ] && more='<data path="store" format="1" save="index"/>'
		[ $v -ge 3 ] && more="<data path=\"store\" format=\"$v\" oneway=\"no\" save=\"index\"/><migrate from=\"&lt; 4\" exec=\"lib/migrate\" dryrun=\"yes\"/>"
		[ $v = 4 ] && more="$more<service name=\"more\" stop=\"sbin/hook\" start=\"sbin/hook\"/>"
		mkpkg ms $v.0 "f version <$v\n" "e etc/a.conf <k1=1\nk2=$v\nk3=1\n" "e etc/b.conf <k1=$((v / 2))\nk2=1\nk3=$v\n" \
			"f sbin/hook <$hook\n" "f sbin/test <! grep bad \"\$1\"\n" \
			"f lib/migrate 0755 root root <$dry; mkdir -p \"\$2/store\"; echo $v >>\"\$2/store/index\"; echo @progress 50 half; [ ! -e \"\$2/etc/a.conf\" ] || echo m$v=1 >>\"\$2/etc/a.conf\"\n" \
			"${c[@]}"
		mkpkg sh $v.0 "f data" "i postinstall <mkdir -p \$PKG_INSTALL_ROOT/made; echo $v >>\$PKG_INSTALL_ROOT/made/by-script\n"
		mkcomponent SH $v.0 shared '<base dir="sh"/>' '<package name="sh"/>'
		mkcomponent MS $v.0 product '<base dir="ms"/>' "<package name=\"ms\" version=\"$v.0\"/>" \
			"<requires component=\"SH\" version=\"&gt;= $(((v + 1) / 2)).0\"/>" \
			'<config file="etc/b.conf" merge="keys" validate="sbin/test"/>' "$more" \
			'<service name="srv" stop="sbin/hook" start="sbin/hook" check="sbin/hook"/>'
	done
	cd ..
	rm -rf d/src d/spool-*
}

@test "a hundred random upgrades of a component, with edits, scripts and hooks: line by line" {
	needs_root # a migration runs over the stage
	make_releases
	python3 -c "$UPGRADES" "$ROOT" "${TRUTH_SEED:-1}" "${TRUTH_STEPS:-100}"
}
