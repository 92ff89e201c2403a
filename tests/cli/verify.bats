#!/usr/bin/env bats
# verify: every kind of damage is found, edits are shown and allowed.
load lib/commpkg

install_demo()
{
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/bin/a' 'f opt/demo/b' 'f opt/demo/c' \
		'e opt/demo/etc.conf' 'v opt/demo/log' 's opt/demo/link=b' 'l opt/demo/hard=b' \
		'p opt/demo/fifo'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
}

@test "an undamaged root: exit 0, and how much was looked at" {
	install_demo
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'9 paths checked'*'0 damaged, 0 edited'* ]]
}

@test "a root where nothing was installed" {
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing was ever installed'* ]]
	run -1 commpkg verify -R "$ROOT" demo
	[[ $output == *"'demo' is not installed in '$ROOT': nothing ever was"* ]]
}

@test "contents: of the same size, and of another" {
	install_demo
	printf X | dd of="$ROOT/opt/demo/b" conv=notrunc status=none
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/b: content differs (sha256'* ]]
	echo more >>"$ROOT/opt/demo/b"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/b: content differs ('*' bytes, should be '*' bytes)'* ]]
}

@test "mode, a missing file, a missing directory" {
	install_demo
	chmod 4711 "$ROOT/opt/demo/c"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/c: mode 4711, should be 0644'* ]]
	rm "$ROOT/opt/demo/c"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/c: missing'* ]]
	rm -r "$ROOT/opt/demo"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo: missing'*'9 damaged'* ]]
}

@test "type, target, hard link, owner" {
	install_demo
	rm "$ROOT/opt/demo/c" "$ROOT/opt/demo/link" "$ROOT/opt/demo/hard"
	mkdir "$ROOT/opt/demo/c"
	ln -s elsewhere "$ROOT/opt/demo/link"
	cp -p "$ROOT/opt/demo/b" "$ROOT/opt/demo/hard"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/c: type directory, should be file'* ]]
	[[ $output == *'/opt/demo/link: target elsewhere, should be b'* ]]
	[[ $output == *'/opt/demo/hard: hard link another file, should be b'* ]]
	needs_root
	chown 12345:12346 "$ROOT/opt/demo/b"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/b: owner 12345, should be root'* ]]
	[[ $output == *'/opt/demo/b: group 12346, should be root'* ]]
}

@test "device numbers" {
	needs_root
	mkpkg dev 1.0 'c dev/nil 1 3 0666 root sys'
	commpkg install -q -y -R "$ROOT" dev-1.0.pkg || skip 'no device nodes here'
	commpkg verify -R "$ROOT"
	rm "$ROOT/dev/nil"
	mknod -m 666 "$ROOT/dev/nil" c 1 5
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/dev/nil: device 1,5, should be 1,3'* ]]
}

@test "edits of e and v files are shown and allowed, but not their modes" {
	install_demo
	echo mine >>"$ROOT/opt/demo/etc.conf"
	echo more >>"$ROOT/opt/demo/log"
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'! /opt/demo/etc.conf: edited (allowed)'* ]]
	[[ $output == *'0 damaged, 2 edited'* ]]
	chmod 600 "$ROOT/opt/demo/etc.conf"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
}

@test "--unowned looks into packages' own directories" {
	install_demo
	mkdir -p "$ROOT/opt/demo/strange/deep" "$ROOT/opt/other"
	touch "$ROOT/opt/demo/strange/deep/x" "$ROOT/opt/demo/.y" "$ROOT/opt/other/z"
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	must_fail_cleanly 5 commpkg verify --unowned -R "$ROOT"
	[[ $output == *'? /opt/demo/.y: not owned by any package'* ]]
	[[ $output == *'? /opt/demo/strange: not owned'* ]]
	[[ $output != *deep* ]]
	[[ $output != *other* ]]
	[[ $output == *'2 not owned'* ]]
}

@test "only the named packages" {
	install_demo
	mkpkg second 1.0 'f opt/second'
	commpkg install -q -y -R "$ROOT" second-1.0.pkg
	echo x >>"$ROOT/opt/demo/b"
	commpkg verify -R "$ROOT" second
	must_fail_cleanly 5 commpkg verify -R "$ROOT" demo
	must_fail_cleanly 1 commpkg verify -R "$ROOT" secnd
	[[ $output == *"did you mean 'second'"* ]]
}

@test "the same findings with one thread and with many" {
	objects=()
	for i in $(seq 300); do objects+=("f data/f$i"); done
	mkpkg many 1.0 "${objects[@]}"
	commpkg install -q -y -R "$ROOT" many-1.0.pkg
	for i in 7 77 177 277; do echo x >>"$ROOT/data/f$i"; done
	commpkg verify -j1 -R "$ROOT" >one 2>&1 || [ $? -eq 5 ]
	commpkg verify -j8 -R "$ROOT" >many 2>&1 || [ $? -eq 5 ]
	cmp one many
	[ "$(grep -c 'content differs' one)" -eq 4 ]
}

@test "links in the way are followed inside the root only" {
	install_demo
	mv "$ROOT/opt" "$ROOT/export"
	ln -s /export "$ROOT/opt"
	commpkg verify -R "$ROOT"
}

@test "a FIFO or a link in place of a file does not hang and is not followed" {
	install_demo
	rm "$ROOT/opt/demo/b" "$ROOT/opt/demo/c"
	mkfifo "$ROOT/opt/demo/b"
	ln -s /etc/passwd "$ROOT/opt/demo/c"
	must_fail_cleanly 5 timeout 20 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/b: type fifo, should be file'* ]]
	[[ $output == *'/opt/demo/c: type symbolic link, should be file'* ]]
}

@test "what a script made of an owned file is what was put there; a later change is damage" {
	mkpkg made 1.0 'f opt/made/f' 'f opt/made/g' \
		'i postinstall <echo more >>$PKG_INSTALL_ROOT/opt/made/f; chmod 700 $PKG_INSTALL_ROOT/opt/made/g\n'
	commpkg install -q -y -R "$ROOT" made-1.0.pkg || skip 'no scripts here'
	commpkg verify -R "$ROOT"
	echo x >>"$ROOT/opt/made/f"
	chmod 755 "$ROOT/opt/made/g"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/made/f: content differs'*'/opt/made/g: mode 0755, should be 0700'* ]]
}

@test "what only a script made: missing is damage, changed is shown, and it is nobody's stranger" {
	mkpkg made 1.0 'd opt/made' \
		'i postinstall <echo one >$PKG_INSTALL_ROOT/opt/made/a; echo two >$PKG_INSTALL_ROOT/opt/made/b\n'
	commpkg install -q -y -R "$ROOT" made-1.0.pkg || skip 'no scripts here'
	commpkg verify --unowned -R "$ROOT"
	echo x >>"$ROOT/opt/made/a"
	run commpkg verify --unowned -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'/opt/made/a: changed since postinstall of made made it (allowed)'* ]]
	rm "$ROOT/opt/made/b"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/made/b: missing (made by postinstall of made)'* ]]
	commpkg undo -q -y -R "$ROOT"
	commpkg verify -R "$ROOT"
}

@test "times are told of with -v, and are no damage" {
	install_demo
	touch -d 2001-01-01 "$ROOT/opt/demo/b"
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output != *'another time'* ]]
	run commpkg verify -v -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'/opt/demo/b: modified at another time'*'0 damaged, 0 edited'* ]]
}

@test "what was there before a script changed it is nobody's still" {
	mkdir "$ROOT/etc"
	echo root >"$ROOT/etc/users"
	mkpkg made 1.0 'i postinstall <echo demo >>$PKG_INSTALL_ROOT/etc/users; echo one >$PKG_INSTALL_ROOT/etc/made\n'
	mkpkg made 2.0 'i postinstall <echo two >>$PKG_INSTALL_ROOT/etc/made\n'
	commpkg install -q -y -R "$ROOT" made-1.0.pkg || skip 'no scripts here'
	rm "$ROOT/etc/users"
	commpkg verify -R "$ROOT"
	commpkg upgrade -q -y -R "$ROOT" made-2.0.pkg
	commpkg verify -R "$ROOT"
	rm "$ROOT/etc/made"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	commpkg uninstall -q -y -R "$ROOT" made
	commpkg verify -R "$ROOT"
}

# setx PATH NAME HEX, or with - in place of HEX: away with it.
setx()
{
	python3 -c 'import os, sys
if sys.argv[3] == "-": os.removexattr(sys.argv[1], sys.argv[2])
else: os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))' "$@"
}

@test "attributes that a script gave are compared, repaired and undone; so are capabilities that nobody gave" {
	local none=ffffffff cap=0100000200040000000000000000000000000000
	local acl=0200000001000600${none}020006000100000004000400${none}10000600${none}20000400$none
	needs_root
	command -v python3 >/dev/null || skip 'no python3 here'
	: >probe
	setx probe security.capability $cap 2>/dev/null || skip 'no capabilities of files here'
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/ping 0755' 'f opt/demo/plain' 'f opt/demo/acl' \
		"i postinstall <cd \$PKG_INSTALL_ROOT/opt/demo; echo made >made; python3 -c 'import os
os.setxattr(\"ping\", \"security.capability\", bytes.fromhex(\"$cap\"))
os.setxattr(\"ping\", \"user.a b\", b\"v\")
os.setxattr(\"acl\", \"system.posix_acl_access\", bytes.fromhex(\"$acl\"))
os.setxattr(\"was\", \"user.a\", b\"v\")
os.setxattr(\"made\", \"user.long\", b\"x\" * 1000)'\n"
	mkdir -p "$ROOT/opt/demo"
	echo before >"$ROOT/opt/demo/was"
	commpkg install -qy ./demo-1.0.pkg -R "$ROOT"
	commpkg verify -q -R "$ROOT"
	cd "$ROOT/opt/demo"

	setx ping security.capability -
	run -5 commpkg verify -R "$ROOT"
	[[ $output == *"/opt/demo/ping: attribute no security.capability, should be security.capability=$cap"* ]]
	commpkg repair -qy -R "$ROOT" "$OLDPWD/demo-1.0.pkg"
	commpkg verify -q -R "$ROOT"
	[ "$(python3 -c 'import os; print(os.getxattr("ping", "user.a b"))')" = "b'v'" ]

	setx plain security.capability $cap
	run -5 commpkg verify -R "$ROOT"
	[[ $output == *"/opt/demo/plain: attribute security.capability=$cap, should be no security.capability"* ]]
	commpkg repair -qy -R "$ROOT" "$OLDPWD/demo-1.0.pkg"
	commpkg verify -q -R "$ROOT"

	setx acl system.posix_acl_access -
	setx made user.long 00
	run -5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/acl: '*'system.posix_acl_access'* ]]
	[[ $output == *'/opt/demo/made: '*'user.long=sha256:'* ]]
	# What it owns is no business of ours.
	setx plain user.note 00
	run commpkg verify -R "$ROOT"
	[[ $output != *plain* ]]

	cd "$OLDPWD"
	commpkg undo -qy --to 0 -R "$ROOT"
	[ "$(cat "$ROOT/opt/demo/was")" = before ]
	[ "$(python3 -c 'import os; print(os.listxattr(os.environ["ROOT"] + "/opt/demo/was"))')" = '[]' ]
	[ ! -e "$ROOT/opt/demo/ping" ]
}

# attributes PATH...: of each, in a line
attributes()
{
	(cd "$ROOT" && python3 -c 'import os, sys
for p in sys.argv[1:]:
    print(p, *["%s=%s" % (n, os.getxattr(p, n).hex()) for n in sorted(os.listxattr(p))])' "$@")
}

@test "attributes of directories: of those that were there, and with what is in them" {
	local all='srv/there opt/demo opt/demo/d opt/demo/d/in' before one two
	: >probe
	setx probe user.a 00 2>/dev/null || skip 'no attributes of users here'
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkpkg demo 1.0 'd opt/demo' 'd opt/demo/d' 'f opt/demo/d/in' \
		"i postinstall <cd \$PKG_INSTALL_ROOT; for f in $all; do setfattr -n user.one -v 1 \$f; done\n"
	mkpkg demo 2.0 'd opt/demo' 'd opt/demo/d' 'f opt/demo/d/in' \
		"i postinstall <cd \$PKG_INSTALL_ROOT; for f in $all; do setfattr -n user.two -v 2 \$f; done; setfattr -x user.kept srv/there; setfattr -x user.one opt/demo\n"
	mkdir -p "$ROOT/srv/there"
	setx "$ROOT/srv/there" user.kept 00
	before=$(attributes srv/there)
	# shellcheck disable=SC2086	# words, on purpose
	{
		commpkg install -qy ./demo-1.0.pkg -R "$ROOT"
		one=$(attributes $all)
		commpkg verify -q -R "$ROOT"
		commpkg upgrade -qy ./demo-2.0.pkg -R "$ROOT"
		two=$(attributes $all)
		commpkg verify -q -R "$ROOT"
		commpkg undo -qy -R "$ROOT"
		[ "$(attributes $all)" = "$one" ]
		commpkg undo -qy 3 -R "$ROOT"
		[ "$(attributes $all)" = "$two" ]
	}
	[ "$one" = 'srv/there user.kept=00 user.one=31
opt/demo user.one=31
opt/demo/d user.one=31
opt/demo/d/in user.one=31' ]
	[ "$two" = 'srv/there user.one=31 user.two=32
opt/demo user.two=32
opt/demo/d user.one=31 user.two=32
opt/demo/d/in user.two=32' ]
	# Repaired where it is, with all that is in it and what an administrator gave it.
	setx "$ROOT/opt/demo/d" user.two -
	setx "$ROOT/opt/demo/d" user.mine 00
	run -5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/d: attribute no user.two, should be user.two=32'* ]]
	commpkg repair -qy -R "$ROOT"
	commpkg verify -q -R "$ROOT"
	[ -f "$ROOT/opt/demo/d/in" ]
	[ "$(attributes opt/demo/d)" = 'opt/demo/d user.mine=00 user.one=31 user.two=32' ]
	[ "$(stat -c %a "$ROOT/opt/demo/d")" = 755 ]
	commpkg undo -qy -R "$ROOT"
	[ "$(attributes opt/demo/d)" = 'opt/demo/d user.mine=00 user.one=31' ]
	# Missing, it is made anew with them.
	rm -r "$ROOT/opt/demo/d"
	commpkg repair -qy ./demo-2.0.pkg -R "$ROOT"
	commpkg verify -q -R "$ROOT"
	commpkg undo -qy --to 0 -R "$ROOT"
	[ "$(attributes srv/there)" = "$before" ]
}
