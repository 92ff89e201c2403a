#!/usr/bin/env bats
# Directories that no package has, above the objects of packages: they come with these, and go with
# them when nothing else is in them. What was there before, and base directories, stay.
load lib/commpkg

setup() {
	commpkg_setup
	printf '%s=nocheck\n' partial runlevel idepend rdepend space setuid conflict action >admin
	printf '%s\n' mail= instance=overwrite basedir=default >>admin
}

install_() { commpkg -y -R "$ROOT" install "./$1.pkg"; }
uninstall() { commpkg -y -R "$ROOT" uninstall "$1"; }

@test "made for a package they go with it; what was there, and the base directory, stay" {
	mkdir -p "$ROOT/usr/share"
	mkpkg deep 1.0 'f usr/share/a/b/c' 'f usr/lib/x' 's usr/bin/l=../lib/x' -- BASEDIR=/
	mkpkg based 1.0 'f lib/x' 'd etc' 'f etc/sub/x' -- BASEDIR=/opt/based
	tree_list >before
	for p in deep based; do
		pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/$p-1.0.pkg" $p
		pkgrm -n -a "$PWD/admin" -R "$ROOT" $p
	done
	diff before <(tree_list | grep -v ' \.*/*opt')
	[ -z "$(ls -A "$ROOT/opt/based")" ]
	rmdir "$ROOT/opt/based" "$ROOT/opt"
	install_ deep-1.0
	run -0 commpkg -n -R "$ROOT" uninstall deep
	uninstall deep
	diff before <(tree_list)
	# and back, and back again
	commpkg -y -R "$ROOT" undo
	[ -f "$ROOT/usr/share/a/b/c" ]
	uninstall deep
	diff before <(tree_list)
}

@test "they stay with what is nobody's, or another's, in them" {
	mkpkg one 1.0 'f usr/lib/one'
	mkpkg two 1.0 'f usr/lib/two'
	install_ one-1.0
	install_ two-1.0
	touch "$ROOT/usr/mine"
	uninstall one
	[ -f "$ROOT/usr/lib/two" ]
	uninstall two
	[ ! -e "$ROOT/usr/lib" ]
	[ -f "$ROOT/usr/mine" ]
}

@test "one made by hand stays, also below one of ours and where one of ours had been" {
	mkpkg one 1.0 'f usr/lib/one'
	mkpkg two 1.0 'f usr/local/two'
	install_ one-1.0
	mkdir "$ROOT/usr/local"
	install_ two-1.0
	uninstall two
	[ -d "$ROOT/usr/local" ]
	uninstall one
	[ -d "$ROOT/usr/local" ]
	rm -r "${ROOT:?}/usr"
	install_ one-1.0
	uninstall one
	[ ! -e "$ROOT/usr" ]
	mkdir -p "$ROOT/usr/lib"
	install_ one-1.0
	uninstall one
	[ -d "$ROOT/usr/lib" ]
}

@test "an upgrade takes what it leaves empty, and not what the new version comes into" {
	mkpkg moves 1.0 'f usr/lib/old/x' 'f usr/share/x'
	mkpkg moves 2.0 'f usr/lib/new/x' 'f usr/share/deeper/still/x'
	install_ moves-1.0
	commpkg -y -R "$ROOT" upgrade ./moves-2.0.pkg
	[ ! -e "$ROOT/usr/lib/old" ]
	[ -f "$ROOT/usr/lib/new/x" ]
	[ -f "$ROOT/usr/share/deeper/still/x" ]
	uninstall moves
	[ ! -e "$ROOT/usr" ]
	run -0 commpkg verify -R "$ROOT"
}

@test "what a script of the class removes leaves none either" {
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkpkg classy 1.0 'f:own usr/lib/deep/x' \
		'i i.own <while read s d; do cp $s $d; done\n' 'i r.own <while read d; do rm -f $d; done\n' \
		-- 'CLASSES=none own'
	install_ classy-1.0
	[ -f "$ROOT/usr/lib/deep/x" ]
	uninstall classy
	[ ! -e "$ROOT/usr" ]
}
