#!/usr/bin/env bats
# Scripts that change files with several names: they are one file afterwards as well, though the
# layer that catches the script parts them.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT/srv/data/sub"
	echo data >"$ROOT/srv/data/f"
	ln "$ROOT/srv/data/f" "$ROOT/srv/data/g"
	ln "$ROOT/srv/data/f" "$ROOT/srv/data/sub/h"
	mkpkg have 1.0 'f opt/have/a' 'l opt/have/b=a'
	commpkg -qy -R "$ROOT" install ./have-1.0.pkg
	R='cd $PKG_INSTALL_ROOT\n'
}

# changes COMMANDS: in a postinstall; all of it is as it was after undo, and again after redo.
changes()
{
	local before after
	before=$(tree_list)
	mkpkg chg 1.0 'f opt/chg/a' 'l opt/chg/b=a' "i postinstall <${R}$1\n"
	commpkg -qy -R "$ROOT" install ./chg-1.0.pkg
	after=$(tree_list)
	commpkg -R "$ROOT" verify
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$before") <(tree_list)
	commpkg -qy -R "$ROOT" undo 3
	diff <(echo "$after") <(tree_list)
	commpkg -R "$ROOT" verify
}

one_file()
{
	local path
	for path; do
		[ "$ROOT/$1" -ef "$ROOT/$path" ]
	done
}

@test "modes of all names at once" {
	changes 'chmod -R go-r opt srv'
	one_file opt/have/a opt/have/b
	one_file opt/chg/a opt/chg/b
	one_file srv/data/f srv/data/g srv/data/sub/h
	[ "$(stat -c %a "$ROOT/opt/have/b" "$ROOT/srv/data/sub/h" | xargs)" = '600 600' ]
}

@test "owners of all names at once" {
	needs_root
	changes 'chown -R 12:34 opt srv'
	one_file opt/have/a opt/have/b
	one_file srv/data/f srv/data/g srv/data/sub/h
	[ "$(stat -c %u:%g "$ROOT/opt/have/b" "$ROOT/srv/data/sub/h" | xargs)" = '12:34 12:34' ]
}

@test "through one name: the others beside it know" {
	changes 'chmod 600 opt/have/b opt/chg/a srv/data/g'
	one_file opt/have/a opt/have/b
	one_file opt/chg/a opt/chg/b
	one_file srv/data/f srv/data/g
	[ "$(stat -c %a "$ROOT/opt/have/a" "$ROOT/opt/chg/b" "$ROOT/srv/data/f" | xargs)" = '600 600 600' ]
}

@test "a further name is one more, and none is lost" {
	changes 'ln opt/have/b opt/have/c\nln srv/data/f opt/chg/f'
	one_file opt/have/a opt/have/b opt/have/c
	one_file srv/data/f srv/data/g opt/chg/f
}

@test "what is put in the place of a name is a file of its own, as anywhere" {
	changes 'cp srv/data/g new && mv new srv/data/g\nrm srv/data/sub/h'
	[ ! "$ROOT/srv/data/f" -ef "$ROOT/srv/data/g" ]
	[ ! -e "$ROOT/srv/data/sub/h" ]
}
