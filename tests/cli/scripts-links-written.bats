#!/usr/bin/env bats
# Scripts and files with several names: what is done to the file is done to all of them (overlay_links.h).

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
}

# linked SCRIPT: `two` is a hard link to `one`, `other` an ordinary file.
linked()
{
	mkpkg web 1.0 'd opt/web' 'f opt/web/one <old\n' 'l opt/web/two=one' 'l opt/web/sub=/opt/web/one' \
		'f opt/web/other' "i postinstall <cd \$PKG_INSTALL_ROOT/opt/web && { $1; } || exit 1\n"
}

# are NAME TEXT NLINK MODE
are()
{
	[ "$(stat -c '%h %a' "$ROOT/opt/web/$1")" = "$3 $4" ]
	[ "$(cat "$ROOT/opt/web/$1")" = "$2" ]
}

@test "written in place: all names have it, and are one file" {
	linked 'test one -ef two && echo new >>two && test "$(cat one)" = "$(printf "old\\nnew")" && test one -ef sub'
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	are one $'old\nnew' 3 644
	[ "$ROOT/opt/web/one" -ef "$ROOT/opt/web/two" ]
	[ "$ROOT/opt/web/one" -ef "$ROOT/opt/web/sub" ]
	run -0 commpkg -R "$ROOT" verify
}

@test "a file that is in the root: written in place by a later script, and undone" {
	linked true
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	local before
	before=$(tree_list)
	mkpkg web 2.0 'd opt/web' 'f opt/web/one <old\n' 'l opt/web/two=one' 'l opt/web/sub=/opt/web/one' \
		'f opt/web/other' 'i preremove <exit 0\n' 'i postinstall <echo new >$PKG_INSTALL_ROOT/opt/web/two\n'
	commpkg -qy -R "$ROOT" upgrade ./web-2.0.pkg
	are one new 3 644
	[ "$ROOT/opt/web/one" -ef "$ROOT/opt/web/sub" ]
	run -0 commpkg -R "$ROOT" verify
	commpkg -qy -R "$ROOT" undo
	[ "$before" = "$(tree_list)" ]
	run -0 commpkg -R "$ROOT" verify
}

@test "another mode: of all names" {
	linked 'chmod 750 two'
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	are one old 3 750
	[ "$ROOT/opt/web/one" -ef "$ROOT/opt/web/two" ]
}

@test "replaced by another file: the others stay what they were, and together" {
	linked 'echo new >n && mv n two'
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	are two new 1 644
	are one old 2 644
	[ "$ROOT/opt/web/one" -ef "$ROOT/opt/web/sub" ]
	commpkg -R "$ROOT" history 1 >said
	run ! grep -q 'had other names' said
}

@test "one name removed: the others stay" {
	linked 'rm one'
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	[ ! -e "$ROOT/opt/web/one" ]
	are two old 2 644
	[ "$ROOT/opt/web/two" -ef "$ROOT/opt/web/sub" ]
}

@test "a name added: of the same file, also where it lies in the root" {
	linked true
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	mkpkg web 2.0 'd opt/web' 'f opt/web/one <old\n' 'l opt/web/two=one' 'l opt/web/sub=/opt/web/one' \
		'f opt/web/other' 'i postinstall <cd $PKG_INSTALL_ROOT && ln opt/web/two opt/more\n'
	local before
	before=$(tree_list)
	commpkg -qy -R "$ROOT" upgrade ./web-2.0.pkg
	are one old 4 644
	[ "$ROOT/opt/web/one" -ef "$ROOT/opt/more" ]
	commpkg -qy -R "$ROOT" undo
	[ "$before" = "$(tree_list)" ]
}

@test "what is not touched is no effect" {
	linked 'cat one >/dev/null; chmod 600 two; chmod 644 one; touch -r other other'
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	commpkg --json -R "$ROOT" history 1 >said
	run ! grep -q '"opt/web/\(one\|two\|sub\)"' said
	are one old 3 644
}

@test "a file of another package, of which nobody has told: the log says that its other names are what they were" {
	mkdir -p "$ROOT/opt"
	echo old >"$ROOT/opt/a"
	ln "$ROOT/opt/a" "$ROOT/opt/b"
	mkpkg one 1.0 'd opt/one' 'i postinstall <echo new >>$PKG_INSTALL_ROOT/opt/a\n'
	commpkg -qy -R "$ROOT" install ./one-1.0.pkg
	commpkg -R "$ROOT" history 1 >said
	[ "$(cat "$ROOT/opt/b")" = old ]
	grep -q "'/opt/a' had other names (hard links), which still have what it was" said
	echo old >"$ROOT/opt/c"
	ln "$ROOT/opt/c" "$ROOT/opt/d"
	mkpkg two 1.0 'd opt/two' 'i postinstall <cd $PKG_INSTALL_ROOT/opt; echo x >x && mv x c && echo y >y && mv y d\n'
	commpkg -qy -R "$ROOT" install ./two-1.0.pkg
	commpkg -R "$ROOT" history 2 >said
	run ! grep -q 'had other names' said
}

@test "one that is too large to be copied is left to the kernel, and the log says so" {
	linked 'echo new >>two'
	truncate -s 65M src/web-1.0/reloc/opt/web/one
	pkgmk -o -d "$PWD/spool-1.0" -f src/web-1.0/prototype -r src/web-1.0/reloc >/dev/null 2>&1
	commpkg -qy -R "$ROOT" install ./spool-1.0/web
	commpkg -R "$ROOT" history 1 >said
	grep -q "'/opt/web/two' had other names (hard links), which still have what it was" said
}

@test "a name that only the administrator knows of: it has what it was, and the log says so" {
	linked true
	commpkg -qy -R "$ROOT" install ./web-1.0.pkg
	ln "$ROOT/opt/web/one" "$ROOT/opt/mine"
	mkpkg web 2.0 'd opt/web' 'f opt/web/one <old\n' 'l opt/web/two=one' 'l opt/web/sub=/opt/web/one' \
		'f opt/web/other' 'i postinstall <cd $PKG_INSTALL_ROOT/opt/web && echo new >>sub\n'
	commpkg -qy -R "$ROOT" upgrade ./web-2.0.pkg
	[ "$(tail -n 1 "$ROOT/opt/web/two")" = new ]
	[ "$(cat "$ROOT/opt/mine")" = old ]
	commpkg -R "$ROOT" history 2 >said
	grep -q "'/opt/web/one' had other names (hard links), which still have what it was" said
}
