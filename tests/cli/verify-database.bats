#!/usr/bin/env bats
# verify --database: what we keep about a root, each problem with a way out. info --dump.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf' 'i depend <# nothing\n'
	mkpkg demo 2.0 'f bin/demo' 'e etc/demo.conf' 'i depend <# nothing\n'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	commpkg upgrade -q -y -R "$ROOT" demo-2.0.pkg
	DB=$ROOT/var/lib/commpkg/pkgdb.sqlite
}

sql()
{
	python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()' "$DB" "$1"
}

@test "a whole one: exit 0" {
	run commpkg verify --database -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'1 packages and 2 undo stores checked: 0 problems'* ]]
	mkdir empty
	run commpkg verify --database -R "$PWD/empty"
	[ "$status" -eq 0 ]
}

@test "bytes that are damaged, and rows that can't be" {
	cp "$DB" whole
	sql "UPDATE package SET nfiles = 99"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'the number of files is wrong: demo'*'commpkg adopt'* ]]
	must_fail_cleanly 1 commpkg verify -R "$ROOT"
	[[ $output == *'--database'* ]]
	cp whole "$DB"
	sql "UPDATE package SET added = 77 WHERE removed = 0"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'not in the history: demo'* ]]
	cp whole "$DB"
	sql "DELETE FROM txn WHERE n = 1"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'the one before is missing: transaction 2'* ]]
}

@test "a transaction that is not finished" {
	sql "UPDATE txn SET state = 1 WHERE n = 2"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'transaction 2 (upgrade) was interrupted'*'commpkg recover -R'* ]]
	run commpkg info -R "$ROOT"
	[[ $output == *'ahead: an interrupted transaction'* ]]
	run commpkg verify -R "$ROOT"
	[[ $output == *'transaction 2 of '*'was interrupted'* ]]
}

@test "undo stores that are gone, or not whole" {
	rm "$ROOT/var/lib/commpkg/undo/2/old/bin/demo"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *"undo store of transaction 2: the kept '/bin/demo' is gone"*'history --prune'* ]]
	rm -r "$ROOT/var/lib/commpkg/undo/2"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'undo store of transaction 2: it is gone or unusable'* ]]
}

@test "contents: a line less, one more, missing; info says that another program was there" {
	contents=$ROOT/var/sadm/install/contents
	cp "$contents" right
	sed -i '/bin.demo/d' "$contents"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'a line is missing: /bin/demo f none'*'commpkg repair'* ]]
	run commpkg info -R "$ROOT"
	[[ $output == *'behind: another program changed'* ]]
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'another program changed'*'verify --database'* ]]
	cp right "$contents"
	echo '/x d none 0755 root sys other' >>"$contents"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *"a line is not the database's: /x d none"* ]]
	rm "$contents"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'contents: is missing'* ]]
	# another order and other comments are no difference
	{ echo '# hello'; sort -r right; } >"$contents"
	commpkg verify --database -R "$ROOT"
}

@test "pkginfo and install/ of an instance" {
	d=$ROOT/var/sadm/pkg/demo
	sed -i 's/^VERSION=.*/VERSION=3/' "$d/pkginfo"
	echo x >>"$d/install/depend"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'demo/pkginfo: differs'*'demo/install/depend: differs'* ]]
	rm -r "$d"
	must_fail_cleanly 5 commpkg verify --database -R "$ROOT"
	[[ $output == *'demo/pkginfo: is missing'* ]]
}

@test "JSON: problems, each with its way out" {
	rm "$ROOT/var/sadm/install/contents"
	commpkg verify --database --json -R "$ROOT" >out.json || [ $? -eq 5 ]
	python3 - <<-'PY'
	import json
	r = json.load(open("out.json"))["results"][0]
	assert r["exit"] == 5 and r["database"]["problems"] == 1
	assert r["problems"][0]["path"].endswith("contents") and "repair" in r["problems"][0]["fix"]
	PY
}

@test "info --dump: the same bytes twice, every table, and of nobody's root none" {
	commpkg info --dump -R "$ROOT" >one
	commpkg info --dump -R "$ROOT" >two
	cmp one two
	grep -q '^\[package\]$' one
	grep -q "^id=.*instance='demo'.*version='2.0'" one
	grep -q "^path='bin/demo'.*sha256=x'" one
	mkdir none
	must_fail_cleanly 1 commpkg info --dump -R "$PWD/none"
	commpkg info --dump --json -R "$ROOT" | python3 -c 'import json, sys
assert "[package]" in json.load(sys.stdin)["results"][0]["dump"]'
}
