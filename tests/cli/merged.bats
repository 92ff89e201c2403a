#!/usr/bin/env bats
# A link above it gives a place two names (bin -> usr/bin, on most systems of today): what a package
# has under one name is not another's to replace or take away under the other.
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p "$ROOT/usr/bin"
	ln -s usr/bin "$ROOT/bin"
}

install_() { commpkg -y -R "$ROOT" install "${@/%/.pkg}"; }
upgrade() { commpkg -y -R "$ROOT" upgrade "${@/%/.pkg}"; }
uninstall() { commpkg -y -R "$ROOT" uninstall "$@"; }
clean() { commpkg -R "$ROOT" verify; }

# merge A B: an administrator makes one directory of two, after packages came.
merge() {
	rm -r "${ROOT:?}/$2"
	ln -s "$(realpath --relative-to="$(dirname "$ROOT/$2")" "$ROOT/$1")" "$ROOT/$2"
}

@test "a file that moves to its real name stays through the upgrade" {
	mkpkg demo 1.0 'd bin/empty' 'f bin/demo' 'f bin/same <the same\n'
	mkpkg demo 2.0 'd usr/bin/empty' 'f usr/bin/demo <new\n' 'f usr/bin/same <the same\n'
	install_ ./demo-1.0
	tree_list >before
	upgrade ./demo-2.0
	[ "$(cat "$ROOT/usr/bin/demo")" = new ]
	[ "$(cat "$ROOT/bin/same")" = 'the same' ]
	clean
	commpkg -y -R "$ROOT" undo
	diff before <(tree_list)
	clean
}

@test "and one that moves back" {
	mkpkg demo 1.0 'f usr/bin/demo' 'f usr/bin/same <the same\n'
	mkpkg demo 2.0 'f bin/demo <new\n' 'f bin/same <the same\n'
	install_ ./demo-1.0
	upgrade ./demo-2.0
	[ "$(cat "$ROOT/usr/bin/demo")" = new ]
	[ "$(cat "$ROOT/bin/same")" = 'the same' ]
	clean
	commpkg -y -R "$ROOT" undo
	clean
}

@test "one that moves from one package to another, too" {
	mkpkg demo 1.0 'f bin/demo' 'f bin/tool <old\n'
	mkpkg demo 2.0 'f bin/demo'
	mkpkg tool 1.0 'f usr/bin/tool <new\n'
	install_ ./demo-1.0
	install_ ./tool-1.0 ./demo-2.0
	[ "$(cat "$ROOT/bin/tool")" = new ]
	clean
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/bin/tool")" = old ]
	clean
}

@test "what another has under the other name is a conflict that names it" {
	mkpkg one 1.0 'f usr/bin/x <one\n'
	mkpkg two 1.0 'f bin/x <two\n'
	for p in 'one two' 'two one'; do
		read -r first second <<<"$p"
		install_ "./$first-1.0"
		run -1 install_ "./$second-1.0"
		[[ $output == *"belongs to '$first'"* ]]
		[ "$(cat "$ROOT/bin/x")" = "$first" ]
		uninstall "$first"
	done
}

@test "an upgrade does not write through another's other name" {
	mkpkg one 1.0 'f usr/bin/x <same\n'
	mkpkg two 1.0 'f bin/x <same\n'
	mkpkg two 2.0 'f bin/x <two\n'
	mkpkg one 2.0 'f usr/bin/x <one\n'
	run -1 install_ ./one-1.0 ./two-1.0
	[[ $output == *'are the same place'* ]]
	install_ ./one-1.0
	install_ ./two-1.0
	for p in 'one two' 'two one'; do
		read -r first second <<<"$p"
		run -1 upgrade "./$first-2.0"
		[[ $output == *"belongs to '$second'"* ]]
	done
	[ "$(cat "$ROOT/bin/x")" = same ]
	clean
}

@test "what goes under one name stays under the other" {
	mkpkg one 1.0 'd usr/bin/d' 'd usr/bin/empty' 'f usr/bin/x <same\n' 'f usr/bin/d/y <y\n'
	mkpkg two 1.0 'd bin/d' 'd bin/empty' 'f bin/x <same\n' 'f bin/d/y <y\n' 'f bin/z'
	for p in 'one two' 'two one'; do
		install_ ./one-1.0
		install_ ./two-1.0
		read -r first second <<<"$p"
		run -0 uninstall "$first"
		[ -f "$ROOT/bin/x" ]
		[ -f "$ROOT/bin/d/y" ]
		[[ $output == *"'/"*"/x' stays: it is '/"*"/x' of '$second'"* ]]
		clean
		commpkg -y -R "$ROOT" undo
		clean
		uninstall "$first"
		uninstall "$second"
		[ -z "$(ls "$ROOT/usr/bin")" ]
	done
	install_ ./one-1.0
	install_ ./two-1.0
	uninstall one two
	[ -z "$(ls "$ROOT/usr/bin")" ]
	commpkg -y -R "$ROOT" undo
	clean
}

@test "directories of two packages that an administrator made one" {
	mkpkg one 1.0 'f opt/a/x <one\n' 'f opt/a/y'
	mkpkg two 1.0 'f opt/b/x <two\n' 'f opt/b/z'
	install_ ./one-1.0 ./two-1.0
	merge opt/a opt/b
	uninstall two
	clean
	[ "$(cat "$ROOT/opt/a/x")" = one ]
	commpkg -y -R "$ROOT" undo
	uninstall one
	[ "$(cat "$ROOT/opt/b/x")" = one ]
	[ ! -e "$ROOT/opt/a/y" ]
	uninstall two
	[ ! -e "$ROOT/opt/a/x" ]
}

@test "a script of a class does not remove what another has" {
	mkpkg one 1.0 'f usr/bin/x <same\n'
	mkpkg two 1.0 'f bin/x <same\n' 'i r.none <while read f; do rm -f $f; done\n'
	install_ ./one-1.0
	install_ ./two-1.0
	uninstall two
	[ -f "$ROOT/usr/bin/x" ]
	clean
}
