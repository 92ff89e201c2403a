#!/usr/bin/env bats
# upgrade: named, by file, all of them.
load lib/commpkg

@test "by package file" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg demo 2.0 'f bin/demo'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	commpkg upgrade -y -R "$ROOT" demo-2.0.pkg
	[ "$(commpkg info --listPackages -R "$ROOT")" = 'demo 2.0' ]
	grep -q 'demo 2.0' "$ROOT/bin/demo"
}

@test "everything from the distribution when nothing is named" {
	mkdir old new
	for v in 1.0 2.0; do
		mkpkg a $v 'f bin/a'
		mkpkg b $v 'f bin/b'
	done
	mv ./*-1.0.pkg old
	mv ./*-2.0.pkg new
	commpkg install -y -R "$ROOT" -d old a b
	commpkg upgrade -y -R "$ROOT" -d new
	[ "$(commpkg info --listPackages -R "$ROOT")" = $'a 2.0\nb 2.0' ]
	run commpkg upgrade -y -R "$ROOT" -d new
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
}

@test "one by name leaves the other" {
	mkdir old new
	for v in 1.0 2.0; do
		mkpkg a $v 'f bin/a'
		mkpkg b $v 'f bin/b'
	done
	mv ./*-1.0.pkg old
	mv ./*-2.0.pkg new
	commpkg install -y -R "$ROOT" -d old a b
	commpkg upgrade -y -R "$ROOT" -d new b
	[ "$(commpkg info --listPackages -R "$ROOT")" = $'a 1.0\nb 2.0' ]
}

@test "an older version only with --allow-downgrade" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg demo 2.0 'f bin/demo'
	commpkg install -y -R "$ROOT" demo-2.0.pkg
	run commpkg install -y -R "$ROOT" demo-1.0.pkg
	[ "$(commpkg info --listPackages -R "$ROOT")" = 'demo 2.0' ]
	commpkg install -y --allow-downgrade -R "$ROOT" demo-1.0.pkg
	[ "$(commpkg info --listPackages -R "$ROOT")" = 'demo 1.0' ]
}

@test "an edited config file survives, and the exit status tells of the decision" {
	mkpkg demo 1.0 'e etc/demo.conf <one\n'
	mkpkg demo 2.0 'e etc/demo.conf <two\n'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	echo mine >>"$ROOT/etc/demo.conf"
	run commpkg upgrade -y -R "$ROOT" demo-2.0.pkg
	[ "$status" -eq 101 ]
	grep -q mine "$ROOT/etc/demo.conf"
	grep -q two "$ROOT/etc/demo.conf.new"
}

@test "an edit and a change are merged, shown before, noted, and undone" {
	mkpkg demo 1.0 'e etc/demo.conf <host=a\nport=1\nuser=x\n'
	mkpkg demo 2.0 'e etc/demo.conf <host=a\nport=2\nuser=x\nnew=1\n'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	sed -i 's/host=a/host=mine/' "$ROOT/etc/demo.conf"
	commpkg upgrade -n -R "$ROOT" demo-2.0.pkg | grep -q '/etc/demo.conf: merged'
	commpkg upgrade -y -R "$ROOT" demo-2.0.pkg
	[ "$(cat "$ROOT/etc/demo.conf")" = $'host=mine\nport=2\nuser=x\nnew=1' ]
	[ ! -e "$ROOT/etc/demo.conf.new" ]
	commpkg history 2 -R "$ROOT" | grep -q 'etc/demo.conf.*merged'
	commpkg verify -R "$ROOT"
	commpkg undo -y -R "$ROOT"
	[ "$(cat "$ROOT/etc/demo.conf")" = $'host=mine\nport=1\nuser=x' ]
	[ ! -e "$ROOT/etc/demo.conf.after-2" ]
}

@test "a file of nobody with the checksum of ours is not ours" {
	mkpkg demo 1.0 'f bin/demo <ab\n'
	mkdir "$ROOT/bin"
	echo ba >"$ROOT/bin/demo"
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" demo-1.0.pkg
	[[ $output == *"'/bin/demo' is there"*pkgOverwrite* ]]
	[ "$(cat "$ROOT/bin/demo")" = ba ]
	commpkg install -y --pkgOverwrite -R "$ROOT" demo-1.0.pkg
	[ "$(cat "$ROOT/bin/demo")" = ab ]
}

@test "without a distribution nothing can be upgraded" {
	must_fail_cleanly 1 commpkg upgrade -y -R "$ROOT"
	[[ $output == *'no distribution'*COMMPKG_DISTRO* ]]
}

@test "who decided what a shared path is still does in its next version" {
	local contents=$ROOT/var/sadm/install/contents
	mkpkg first 1.0 'd opt/all 0755 root root' 'f opt/all/c 0644 root root <first\n>'
	mkpkg last 1.0 'd opt/all 2775 root root' 'f opt/all/c 0644 root root <last one\n>' 'f opt/l'
	mkpkg last 2.0 'd opt/all 0755 root root' 'f opt/all/c 0644 root root <last one\n>' 'f opt/l'
	commpkg install -qy -R "$ROOT" ./first-1.0.pkg
	commpkg install -qy --pkgOverwrite -R "$ROOT" ./last-1.0.pkg
	commpkg verify -q -R "$ROOT"
	commpkg upgrade -qy -R "$ROOT" ./last-2.0.pkg
	commpkg verify -q -R "$ROOT"
	[ "$(stat -c %a "$ROOT/opt/all")" = 755 ]
	[ "$(awk '$1 == "/opt/all/c" { print $7 }' "$contents")" = "$(stat -c %s "$ROOT/opt/all/c")" ]
	commpkg undo -qy -R "$ROOT"
	commpkg verify -q -R "$ROOT"
	commpkg uninstall -qy -R "$ROOT" last
	commpkg verify -q -R "$ROOT"
}
