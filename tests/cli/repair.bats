#!/usr/bin/env bats
# repair: what is damaged comes back, from wherever its contents are; what can't, is said.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg demo 1.0 'd opt/demo' 'd opt/demo/bin' 'f opt/demo/bin/a' 'f opt/demo/b' 'f opt/demo/c' \
		'e opt/demo/etc.conf' 'v opt/demo/log' 's opt/demo/link=b' 'l opt/demo/hard=b' \
		'p opt/demo/fifo'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	tree_list >whole
}

is_whole()
{
	commpkg verify -R "$ROOT" && commpkg verify --database -R "$ROOT" && diff whole <(tree_list)
}

@test "nothing is damaged: nothing to do" {
	run commpkg repair -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
	[ "$(commpkg history -R "$ROOT" | grep -c settled)" -le 1 ]
	mkdir none
	must_fail_cleanly 1 commpkg repair -y -R "$PWD/none"
}

@test "contents, from the package that is given: the damaged copy is kept, undo brings it back" {
	echo broken >"$ROOT/opt/demo/c"
	tree_list >broken
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT"
	[[ $output == *"/opt/demo/c: content: can't be repaired"*"commpkg repair -R $ROOT ./demo-1.0.pkg"* ]]
	diff broken <(tree_list)
	commpkg repair -y -R "$ROOT" ./demo-1.0.pkg >out
	grep -q "package demo 1.0 of './demo-1.0.pkg'" out
	is_whole
	grep -q broken "$ROOT/var/lib/commpkg/undo/2/old/opt/demo/c"
	commpkg undo -q -y -R "$ROOT"
	diff broken <(tree_list)
	commpkg undo 3 -q -y -R "$ROOT"
	is_whole
}

@test "from a distribution; a package of that name with other contents does not count" {
	echo broken >"$ROOT/opt/demo/c"
	mkdir other
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/c <demo 1.0 opt/demo/C\n'
	mv demo-1.0.pkg other
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT" --distro other
	rm -r other
	mkdir distro
	mkpkg demo 2.0 'd opt/demo' 'f opt/moved/c <demo 1.0 opt/demo/c\n'
	mv demo-2.0.pkg distro
	commpkg repair -y -R "$ROOT" --distro distro
	is_whole
}

@test "everything else: modes, links, types, a FIFO, a whole directory, times" {
	chmod 4711 "$ROOT/opt/demo/c"
	chmod 700 "$ROOT/opt/demo"
	rm "$ROOT/opt/demo/link" "$ROOT/opt/demo/fifo"
	ln -s /etc/passwd "$ROOT/opt/demo/link"
	rm -r "$ROOT/opt/demo/bin"
	mkdir "$ROOT/opt/demo/fifo"
	echo mine >"$ROOT/opt/demo/fifo/mine"
	commpkg repair -n -R "$ROOT" demo-1.0.pkg >plan
	grep -q '/opt/demo/bin: missing' plan
	grep -q '/opt/demo/c: mode: set again' plan
	commpkg repair -y -R "$ROOT" demo-1.0.pkg
	is_whole
	[ "$(stat -c %Y "$ROOT/opt/demo/bin/a")" -eq "$(date -d '2024-02-29 12:00:00' +%s)" ]
	commpkg undo -q -y -R "$ROOT"
	[ "$(cat "$ROOT/opt/demo/fifo/mine")" = mine ]
	[ ! -e "$ROOT/opt/demo/bin" ]
	[ "$(stat -c %a "$ROOT/opt/demo/c")" = 4711 ]
}

@test "everything is gone, and a file stands where a directory was" {
	rm -r "$ROOT/opt"
	commpkg repair -q -y -R "$ROOT" demo-1.0.pkg
	is_whole
	rm -r "$ROOT/opt/demo"
	echo x >"$ROOT/opt/demo"
	commpkg repair -q -y -R "$ROOT" demo-1.0.pkg
	is_whole
}

@test "hard links stay one file, whichever name is damaged" {
	echo x >>"$ROOT/opt/demo/b"
	commpkg repair -q -y -R "$ROOT" demo-1.0.pkg
	is_whole
	rm "$ROOT/opt/demo/hard"
	commpkg repair -q -y -R "$ROOT"
	is_whole
	rm "$ROOT/opt/demo/b"
	commpkg repair -y -R "$ROOT" >out
	grep -q 'its other name /opt/demo/hard' out
	is_whole
	cp "$ROOT/opt/demo/b" x
	rm "$ROOT/opt/demo/b"
	cp x "$ROOT/opt/demo/b"
	touch -d '2024-02-29 12:00:00' "$ROOT/opt/demo/b"
	chmod 644 "$ROOT/opt/demo/b"
	commpkg repair -q -y -R "$ROOT"
	is_whole
}

@test "from the undo store: what an upgrade replaced and a downgrade needs again" {
	mkpkg demo 2.0 'd opt/demo' 'f opt/demo/c <same\n' 'f opt/demo/b'
	mkpkg demo 3.0 'd opt/demo' 'f opt/demo/c <other\n' 'f opt/demo/b'
	mkpkg demo 4.0 'd opt/demo' 'f opt/demo/c <same\n' 'f opt/demo/b'
	for v in 2.0 3.0 4.0; do commpkg upgrade -q -y -R "$ROOT" demo-$v.pkg; done
	rm "$ROOT/opt/demo/c"
	commpkg repair -y -R "$ROOT" >out
	grep -q '/opt/demo/c: missing: what an earlier transaction replaced' out
	[ "$(cat "$ROOT/opt/demo/c")" = same ]
	commpkg verify -R "$ROOT"
}

@test "from another path with the same contents, never by name" {
	mkpkg twin 1.0 'f opt/twin/c <demo 1.0 opt/demo/c\n'
	commpkg install -q -y -R "$ROOT" twin-1.0.pkg
	rm "$ROOT/opt/demo/c"
	commpkg repair -y -R "$ROOT" >out
	grep -q 'the same contents at /opt/twin/c' out
	commpkg verify -R "$ROOT"
	[ "$(stat -c %h "$ROOT/opt/demo/c")" -eq 1 ]
}

@test "several paths with the same contents, all from one place in a package" {
	mkpkg same 1.0 'f opt/same/a <x\n' 'f opt/same/b <x\n' 'f opt/same/c <y\n' 'f opt/same/d <x\n'
	commpkg install -q -y -R "$ROOT" same-1.0.pkg
	tree_list >whole
	rm -r "$ROOT/opt/same"
	commpkg repair -y -R "$ROOT" same-1.0.pkg
	is_whole
	[ "$(stat -c %h "$ROOT/opt/same/a")" -eq 1 ]
}

@test "configuration: an edit stays, a missing one comes back without any package" {
	echo mine >>"$ROOT/opt/demo/etc.conf"
	chmod 600 "$ROOT/opt/demo/etc.conf"
	rm "$ROOT/opt/demo/log"
	commpkg repair -y -R "$ROOT" >out
	grep -q '/opt/demo/etc.conf: .*mode' out
	grep -q '/opt/demo/log: missing: the package.s copy in save/pspool' out
	grep -q mine "$ROOT/opt/demo/etc.conf"
	[ "$(stat -c %a "$ROOT/opt/demo/etc.conf")" = 644 ]
	run commpkg repair -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'/opt/demo/etc.conf: edited: left alone'* ]]
	rm "$ROOT/opt/demo/etc.conf"
	rm -r "$ROOT/var/sadm/pkg/demo/save"
	commpkg repair -y -R "$ROOT" >out
	grep -q 'pristine text in the database' out
	is_whole
}

@test "strangers are left alone; what is in the way of a directory is said" {
	echo mine >"$ROOT/opt/demo/mine"
	rm "$ROOT/opt/demo/c"
	commpkg repair -q -y -R "$ROOT" demo-1.0.pkg
	[ "$(cat "$ROOT/opt/demo/mine")" = mine ]
	rm -r "$ROOT/opt"
	echo mine >"$ROOT/opt"
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT" demo-1.0.pkg
	[[ $output == *'/opt is in the way'*'move'* ]]
	[ "$(cat "$ROOT/opt")" = mine ]
}

@test "a link in place of a packaged directory is an administrator's" {
	mv "$ROOT/opt/demo" "$ROOT/moved"
	ln -s ../moved "$ROOT/opt/demo"
	echo x >"$ROOT/moved/c"
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT" demo-1.0.pkg
	[[ $output == *'/opt/demo: type: can'*'a link to a directory'* ]]
	[ -L "$ROOT/opt/demo" ]
	[ "$(cat "$ROOT/moved/c")" = 'demo 1.0 opt/demo/c' ]
}

@test "only the named packages; names that are not installed" {
	mkpkg second 1.0 'f opt/second'
	commpkg install -q -y -R "$ROOT" second-1.0.pkg
	chmod 600 "$ROOT/opt/second" "$ROOT/opt/demo/c"
	commpkg repair -q -y -R "$ROOT" second
	[ "$(stat -c %a "$ROOT/opt/second")" = 644 ]
	[ "$(stat -c %a "$ROOT/opt/demo/c")" = 600 ]
	must_fail_cleanly 1 commpkg repair -y -R "$ROOT" secnd
	[[ $output == *"did you mean 'second'"* ]]
}

@test "the SVR4 view is written anew" {
	rm -r "$ROOT/var/sadm/pkg/demo" "$ROOT/var/sadm/install/contents"
	mkdir -p "$ROOT/var/sadm/pkg/demo"
	echo PKG=other >"$ROOT/var/sadm/pkg/demo/pkginfo"
	commpkg repair -y -R "$ROOT" >out
	grep -q 'written anew from the database' out
	is_whole
	pkgchk -R "$ROOT" demo
	pkginfo -R "$ROOT" -l demo | grep -q 'VERSION: *1.0'
	echo '/x d none 0755 root sys demo' >>"$ROOT/var/sadm/install/contents"
	commpkg repair -q -y -R "$ROOT"
	is_whole
	mkpkg second 1.0 'f opt/second'
	commpkg install -q -y -R "$ROOT" second-1.0.pkg
	commpkg verify --database -R "$ROOT"
}

@test "what a script made: said, with how to get it back" {
	mkpkg made 1.0 'i postinstall <echo one >$PKG_INSTALL_ROOT/opt/made\n'
	commpkg install -q -y -R "$ROOT" made-1.0.pkg || skip 'no scripts here'
	rm "$ROOT/opt/made"
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT"
	[[ $output == *'/opt/made: missing: can'*'postinstall of made made its contents'*'--reinstall made'* ]]
	cp "$ROOT/opt/demo/c" x
	rm "$ROOT/opt/demo/c"
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT" demo-1.0.pkg
	cmp x "$ROOT/opt/demo/c"
}

@test "dry run: exit 0 when all comes back, 5 when not; nothing is written" {
	rm "$ROOT/opt/demo/c"
	find "$ROOT" | sort >before
	must_fail_cleanly 5 commpkg repair -n -R "$ROOT"
	commpkg repair -n -R "$ROOT" demo-1.0.pkg
	find "$ROOT" | sort | diff before -
	must_fail_cleanly 8 commpkg repair -R "$ROOT" demo-1.0.pkg </dev/null
	find "$ROOT" | sort | diff before -
}

@test "JSON: each path with its source, or what to type" {
	rm "$ROOT/opt/demo/c"
	commpkg repair -y --json -R "$ROOT" >out.json || [ $? -eq 5 ]
	python3 - <<-'PY'
	import json
	r = json.load(open("out.json"))["results"][0]
	x = [i for i in r["repairs"] if i["path"] == "/opt/demo/c"][0]
	assert x["change"] == "left" and "demo-1.0.pkg" in x["fix"] and x["package"] == "demo", x
	assert r["plan"]["left"] == 1 and r["exit"] == 5
	PY
	commpkg repair -y --json -R "$ROOT" demo-1.0.pkg | python3 -c 'import json, sys
r = json.load(sys.stdin)["results"][0]
assert r["result"]["transaction"] == 2 and r["repairs"][0]["change"] == "restore", r'
	commpkg history 2 -R "$ROOT" | grep -q 'repair.*opt/demo/c'
}

@test "set-id bits, owners, devices" {
	needs_root
	mkpkg dev 1.0 'c dev/nil 1 3 0666 root sys' 'f bin/su 4755 daemon bin'
	commpkg install -q -y -R "$ROOT" dev-1.0.pkg || skip 'no device nodes here'
	tree_list >whole
	rm "$ROOT/dev/nil"
	chown 12345:12346 "$ROOT/bin/su"
	commpkg repair -q -y -R "$ROOT"
	is_whole
	echo x >"$ROOT/bin/su"
	chmod 4755 "$ROOT/bin/su"
	commpkg repair -q -y -R "$ROOT" dev-1.0.pkg
	is_whole
	[ "$(stat -c %a "$ROOT/var/lib/commpkg/undo/4/old/bin/su")" = 755 ]
}

@test "a root whose database is damaged is not judged by it" {
	python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.execute("UPDATE package SET nfiles = 99"); d.commit()' \
		"$ROOT/var/lib/commpkg/pkgdb.sqlite"
	must_fail_cleanly 1 commpkg repair -y -R "$ROOT" demo-1.0.pkg
	[[ $output == *'is damaged'*'--database'* ]]
}

@test "links that lead out of the root are not followed" {
	mkdir outside
	echo canary >outside/c
	rm -r "$ROOT/opt/demo"
	ln -s "$PWD/outside" "$ROOT/opt/demo"
	run commpkg repair -y -R "$ROOT" demo-1.0.pkg
	[ "$(cat outside/c)" = canary ]
	[ "$(ls outside)" = c ]
}
