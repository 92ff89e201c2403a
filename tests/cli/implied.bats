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

@test "two paths to one place are one name in its directory: what else is there keeps it" {
	mkpkg one 1.0 'f opt/a/x'
	mkpkg two 1.0 'f opt/b/x'
	install_ one-1.0
	install_ two-1.0
	rm -r "$ROOT/opt/b"
	ln -s a "$ROOT/opt/b"
	echo mine >"$ROOT/opt/a/mine"
	commpkg -y -R "$ROOT" uninstall one two
	[ ! -e "$ROOT/opt/a/x" ]
	[ "$(cat "$ROOT/opt/a/mine")" = mine ]
	run -0 commpkg verify -R "$ROOT"
}

@test "one that another package has through a link stays" {
	mkpkg through 1.0 'd opt/link/dir' 'f opt/link/other'
	mkpkg real 1.0 'f real/dir/x' 'f real/more/x'
	mkdir -p "$ROOT/opt" "$ROOT/real"
	ln -s ../real "$ROOT/opt/link"
	commpkg -y -R "$ROOT" install ./through-1.0.pkg ./real-1.0.pkg
	uninstall real
	[ -d "$ROOT/real/dir" ]
	[ ! -e "$ROOT/real/more" ]
	run -0 commpkg verify -R "$ROOT"
	uninstall through
	[ -d "$ROOT/real" ]
	[ ! -e "$ROOT/real/dir" ]
}

@test "a base directory stays whoever else goes, before its package or with it" {
	mkpkg above 1.0 'f opt/b/e' -- BASEDIR=/
	mkpkg based 1.0 'f f' -- BASEDIR=/opt/b
	mkpkg empty 1.0 'd /opt/other' -- BASEDIR=/srv/b
	mkpkg below 1.0 'f srv/b/deep/x' -- BASEDIR=/
	install_ above-1.0
	install_ based-1.0
	commpkg -y -R "$ROOT" uninstall above based
	[ -d "$ROOT/opt/b" ]
	[ -z "$(ls -A "$ROOT/opt/b")" ]
	install_ below-1.0
	install_ empty-1.0
	uninstall below
	[ ! -e "$ROOT/srv/b/deep" ]
	[ -d "$ROOT/srv/b" ]
}

@test "thousands of them are planned in the time of thousands, not of millions" {
	mkdir many
	mkpkg_pkginfo many 1.0 >many/pkginfo
	seq 5000 | sed '1i i pkginfo
		s|.*|s none usr/d&/l=x|' >many/prototype
	(cd many && pkgmk -o -d .. -f prototype >log 2>&1)
	commpkg -qy -R "$ROOT" install ./many
	# of the processor, so that a busy machine does not matter: 0.1 when what comes is looked at
	# once, 2 when it is for each directory
	run -0 bash -c 'ulimit -t 1; exec commpkg -n -R "$0" uninstall many' "$ROOT"
	[[ $output == *' 10001 removed'* ]]
}

@test "one that becomes a link, or a file, in the next version" {
	mkpkg demo 1.0 'f opt/demo/lib/a' 'f opt/demo/lib/sub/b' 'f opt/demo/doc/c'
	mkpkg demo 2.0 'f opt/demo/lib64/a <new\n' 's opt/demo/lib=lib64' 'f opt/demo/doc <text\n'
	mkpkg other 1.0 'f opt/demo/lib/other'
	install_ demo-1.0
	tree_list >before
	commpkg -y -R "$ROOT" upgrade ./demo-2.0.pkg
	[ "$(cat "$ROOT/opt/demo/lib/a")" = new ]
	[ "$(cat "$ROOT/opt/demo/doc")" = text ]
	commpkg -R "$ROOT" verify
	commpkg -y -R "$ROOT" undo
	diff before <(tree_list)
	# with what somebody else has in it, it stays
	install_ other-1.0
	run -1 commpkg -y -R "$ROOT" upgrade ./demo-2.0.pkg
	[[ $output == *"'/opt/demo/lib' is to become a file, and has things in it"* ]]
	uninstall other
	# and one that we did not make is nobody's
	uninstall demo
	mkdir -p "$ROOT/opt/demo/lib"
	run -1 install_ demo-2.0
	[[ $output == *"'/opt/demo/lib', which is there, belongs to no package"* ]]
}
