#!/usr/bin/env bats
# Scripts of packages: in order, over the stage, caught, undone; and nothing else is touched.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT/etc"
	echo root >"$ROOT/etc/users"
}

# What scripts are told is written by them to var/log/seen in the root.
SEEN='echo "$0 $PKGINST $UPDATE" | sed s,.*/,, >>$PKG_INSTALL_ROOT/var/log/seen\n'

scripted()
{
	mkpkg demo "$1" 'd opt/demo' 'f opt/demo/a' 'd var' 'd var/log' \
		"i preinstall <mkdir -p \$PKG_INSTALL_ROOT/var/log; ${SEEN}ls \$BASEDIR/opt/demo/a 2>/dev/null && exit 1\necho user >>\$PKG_INSTALL_ROOT/etc/users\n" \
		"i postinstall <${SEEN}test -f \$BASEDIR/opt/demo/a || exit 1\nln -s a \$BASEDIR/opt/demo/link\n" \
		"i preremove <${SEEN}rm -f \$BASEDIR/opt/demo/link\nsed -i /user/d \$PKG_INSTALL_ROOT/etc/users\n" \
		"i postremove <${SEEN}"
}

@test "preinstall runs before the files come, postinstall after; the removal takes all back" {
	scripted 1.0
	commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	[ "$(cat "$ROOT/etc/users")" = "$(printf 'root\nuser')" ]
	[ "$(readlink "$ROOT/opt/demo/link")" = a ]
	commpkg -y -R "$ROOT" uninstall demo
	[ "$(cat "$ROOT/etc/users")" = root ]
	[ ! -e "$ROOT/opt/demo" ]
	[ "$(cat "$ROOT/var/log/seen")" = "$(printf 'preinstall demo \npostinstall demo \npreremove demo \npostremove demo ')" ]
}

@test "undo takes back what scripts did" {
	local before
	scripted 1.0
	mkpkg other 1.0 'f opt/other'
	commpkg -y -R "$ROOT" install ./other-1.0.pkg
	before=$(tree_list "$ROOT")
	commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/etc/users")" = root ]
	diff <(echo "$before") <(tree_list "$ROOT")
}

@test "the redo of what a script had changed takes nothing for an edit" {
	echo root >"$ROOT/users"
	mkpkg chg 1.0 'i postinstall <echo demo >>$PKG_INSTALL_ROOT/users\n'
	commpkg -y -R "$ROOT" install ./chg-1.0.pkg
	tree_list >installed
	commpkg -y -R "$ROOT" undo
	commpkg -y -R "$ROOT" undo 2
	diff installed <(tree_list)
}

@test "an edit of a file that a script had changed is kept beside by undo" {
	scripted 1.0
	commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	echo mine >>"$ROOT/etc/users"
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/etc/users")" = root ]
	grep -q mine "$ROOT/etc/users.after-1"
}

@test "a script that fails leaves the root as it was" {
	local before
	mkpkg bad 1.0 'f opt/bad/x' \
		'i preinstall <echo x >$PKG_INSTALL_ROOT/etc/users\n' 'i postinstall <exit 1\n'
	mkpkg other 1.0 'f opt/other'
	commpkg -y -R "$ROOT" install ./other-1.0.pkg
	before=$(tree_digest "$ROOT")
	run -1 commpkg -y -R "$ROOT" install ./bad-1.0.pkg
	[[ $output == *"script 'postinstall' of package 'bad' failed: exit code 1"* ]]
	[ "$(tree_digest "$ROOT")" = "$before" ]
	run -0 commpkg -q -R "$ROOT" info --listPackages
	[[ $output != *bad* ]]
}

@test "a script changes nothing outside of the root" {
	local canary=$BATS_TEST_TMPDIR/canary
	mkdir "$canary"
	echo safe >"$canary/file"
	mkpkg evil 1.0 'f opt/evil' "i postinstall <echo x >$canary/file; echo x >$canary/new; rm -rf $canary; touch /etc/commpkg-canary /commpkg-canary; exit 0\n"
	commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[ "$(cat "$canary/file")" = safe ]
	[ ! -e "$canary/new" ]
	[ ! -e /etc/commpkg-canary ] && [ ! -e /commpkg-canary ]
}

@test "a class action script puts its files there, and takes them away" {
	mkdir -p "$ROOT/etc"
	echo 'line of the site' >"$ROOT/etc/table"
	mkpkg klass 1.0 'f opt/klass/x' \
		'i i.table <while read src dest; do cat $src >>$dest; done\nexit 0\n' \
		'i r.table <while read dest; do sed -i /packaged/d $dest; done\nexit 0\n' \
		-- 'CLASSES=none table'
	# mkpkg has no classes: the object is put into the prototype by hand
	mkdir -p src/klass-1.0/reloc/etc
	echo 'packaged line' >src/klass-1.0/reloc/etc/table
	echo 'e table etc/table 0644 root root' >>src/klass-1.0/prototype
	pkgmk -o -d "$PWD/spool-1.0" -f src/klass-1.0/prototype -r src/klass-1.0/reloc
	commpkg -y -R "$ROOT" install ./spool-1.0/klass
	[ "$(cat "$ROOT/etc/table")" = "$(printf 'line of the site\npackaged line')" ]
	commpkg -y -R "$ROOT" uninstall klass
	[ "$(cat "$ROOT/etc/table")" = 'line of the site' ]
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/etc/table")" = "$(printf 'line of the site\npackaged line')" ]
}

@test "what a script said and did is in the history" {
	scripted 1.0
	commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	run -0 commpkg -R "$ROOT" history 1
	[[ $output == *"etc/users"*"by preinstall of demo"* ]]
	[[ $output == *"postinstall of demo: exit 0, staged"* ]]
	run -0 commpkg --json -R "$ROOT" history 1
	[ "$(python3 -c 'import json, sys
for s in json.load(sys.stdin)["results"][0]["scripts"]:
    print(s["script"], s["status"], s["staged"], s["runs"])' <<<"$output")" = \
		"$(printf 'preinstall 0 True 1\npostinstall 0 True 1')" ]
}

@test "a script that asks for a restart ends with 100" {
	mkpkg boot 1.0 'f opt/boot' 'i postinstall <exit 10\n'
	run -100 commpkg -y -R "$ROOT" install ./boot-1.0.pkg
	[ -f "$ROOT/opt/boot" ]
}

@test "a script's warning does not stop, and is told" {
	mkpkg warns 1.0 'f opt/warns' 'i postinstall <exit 2\n'
	run -0 commpkg -y -R "$ROOT" install ./warns-1.0.pkg
	[[ $output == *"ended with status 2"* ]]
	[ -f "$ROOT/opt/warns" ]
}

@test "an upgrade runs the new package's scripts, with UPDATE=yes" {
	scripted 1.0
	commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	mkpkg demo 2.0 'd opt/demo' 'f opt/demo/a' 'd var' 'd var/log' "i postinstall <${SEEN}"
	commpkg -y -R "$ROOT" upgrade ./demo-2.0.pkg
	[ "$(tail -n 1 "$ROOT/var/log/seen")" = 'postinstall demo yes' ]
	grep -q '2.0' "$ROOT/opt/demo/a"
}

@test "what a script makes of a directory of the root stays, and undo takes it back" {
	mkdir -m 0755 "$ROOT/srv"
	mkpkg owner 1.0 'f opt/owner' 'i preinstall <chmod 0700 $PKG_INSTALL_ROOT/srv\n' \
		'i postinstall <test "$(stat -c %a $PKG_INSTALL_ROOT/srv)" = 700\n'
	commpkg -y -R "$ROOT" install ./owner-1.0.pkg
	[ "$(stat -c %a "$ROOT/srv")" = 700 ]
	[ "$(stat -c %a "$ROOT/var/sadm/install")" = 755 ]
	mkpkg second 1.0 'f opt/second' 'i postinstall <exit 0\n'
	commpkg -y -R "$ROOT" install ./second-1.0.pkg
	[ "$(stat -c %a "$ROOT/var/sadm/install")" = 755 ]
	[ "$(stat -c %a "$ROOT/var/sadm/pkg")" = 755 ]
	commpkg -y -R "$ROOT" undo
	commpkg -y -R "$ROOT" undo
	[ "$(stat -c %a "$ROOT/srv")" = 755 ]
}

@test "a whole root gets another mode and owner, our own state in it apart" {
	local state
	mkpkg other 1.0 'f opt/other'
	mkpkg whole 1.0 'i postinstall <set -e; cd $PKG_INSTALL_ROOT; chmod -R go-w .; chown -R "$(id -u)" .; touch -c var/lib/commpkg; ! touch var/lib/commpkg/mine; find var -name mine\n'
	commpkg -qy -R "$ROOT" install ./other-1.0.pkg
	chmod 777 "$ROOT/opt/other"
	state=$(stat -c '%a %u %g' "$ROOT/var/lib/commpkg")
	commpkg -y -R "$ROOT" install ./whole-1.0.pkg
	[ "$(stat -c %a "$ROOT/opt/other")" = 755 ]
	[ "$(stat -c '%a %u %g' "$ROOT/var/lib/commpkg")" = "$state" ]
	[ ! -e "$ROOT/var/lib/commpkg/mine" ]
	commpkg -R "$ROOT" verify --database
	commpkg -qy -R "$ROOT" undo
	[ "$(stat -c %a "$ROOT/opt/other")" = 777 ]
}

@test "--script-cage=off: not caged, and still staged" {
	local canary=$BATS_TEST_TMPDIR/canary
	mkpkg free 1.0 'f opt/free' \
		"i preinstall <echo out >$canary; echo \$0 >>\$PKG_INSTALL_ROOT/etc/users\n"
	run -0 commpkg -y -v -R "$ROOT" install --script-cage=off ./free-1.0.pkg
	[[ $output == *'over the stage, not caged'* ]]
	[ "$(cat "$canary")" = out ]
	grep -q preinstall "$ROOT/etc/users"
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/etc/users")" = root ]
	[ -z "$(ls -A "$ROOT/var/lib/commpkg/txn" 2>/dev/null)" ]
}

# A shell of its own for the root.
own_shell()
{
	local f
	command -v ldd >/dev/null || skip 'needs ldd'
	mkdir -p "$ROOT/bin"
	cp -L /bin/sh "$ROOT/bin/sh.real"
	ln -s ../bin/sh.real "$ROOT/bin/sh"
	for f in $(ldd /bin/sh | grep -o '/[^ ]*'); do
		mkdir -p "$ROOT${f%/*}"
		cp -L "$f" "$ROOT$f"
	done
}

@test "--script-root=chroot: the root is the script's own" {
	own_shell
	mkpkg inside 1.0 'f opt/inside' \
		'i postinstall <[ -z "$PKG_INSTALL_ROOT" ] && [ -f /opt/inside ] && [ ! -e /usr/bin/env ] && echo in >/made\n'
	commpkg -y -R "$ROOT" install --script-root=chroot ./inside-1.0.pkg
	[ "$(cat "$ROOT/made")" = in ]
	commpkg -y -R "$ROOT" undo
	[ ! -e "$ROOT/made" ]
}

@test "--script-root=chroot: a root without a shell, or with one for another machine, is refused" {
	mkpkg inside 1.0 'f opt/inside' 'i postinstall <exit 0\n'
	run -1 commpkg -y -R "$ROOT" install --script-root=chroot ./inside-1.0.pkg
	[[ $output == *'it has no shell of its own'* ]]
	mkdir "$ROOT/bin"
	{ printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\026'; head -c 100 /dev/zero; } >"$ROOT/bin/sh"
	chmod +x "$ROOT/bin/sh"
	run -1 commpkg -y -R "$ROOT" install --script-root=chroot ./inside-1.0.pkg
	[[ $output == *"its '/bin/sh' is no program of this machine"* ]]
	[ ! -e "$ROOT/opt/inside" ]
}

@test "what is in force is in the plan" {
	scripted 1.0
	run -0 commpkg -n -v -R "$ROOT" install ./demo-1.0.pkg
	[[ $output == *'in force: namespaces'*overlay*'host read-only'*'no new privileges'*'at most 3600 s'* ]]
	run -2 commpkg -n -R "$ROOT" install --script-cage=maybe ./demo-1.0.pkg
	run -0 commpkg -n -R "$ROOT" install --script-cage=try ./demo-1.0.pkg
}

@test "--script-timeout: in the plan, and a script that takes longer fails" {
	mkpkg slow 1.0 'f opt/slow' 'i postinstall <exec sleep 1000\n'
	run -0 commpkg -n -v -R "$ROOT" install --script-timeout 77 ./slow-1.0.pkg
	[[ $output == *'in force: '*'at most 77 s'* ]]
	run -1 commpkg -y -R "$ROOT" install --script-timeout 1 ./slow-1.0.pkg
	[[ $output == *"'postinstall' of package 'slow' failed: stopped after 1 second"* ]]
	[ ! -e "$ROOT/opt" ]
	run -2 commpkg -n -R "$ROOT" install --script-timeout soon ./slow-1.0.pkg
}

@test "script-timeout in commpkg.conf: the host's, a root's where it is less, and the option first" {
	mkpkg slow 1.0 'f opt/slow' 'i postinstall <exec sleep 1000\n'
	mkdir -p "$ROOT/etc/commpkg"
	limit() { commpkg -n -v -R "$ROOT" install "$@" ./slow-1.0.pkg | grep -o 'at most [0-9]* s'; }
	echo 'script-timeout = 5000' >"$ROOT/etc/commpkg/commpkg.conf"
	[ "$(limit)" = 'at most 3600 s' ]
	echo 'script-timeout = 77' >"$COMMPKG_STATE/commpkg.conf"
	[ "$(limit)" = 'at most 77 s' ]
	echo 'script-timeout = 60' >"$ROOT/etc/commpkg/commpkg.conf"
	[ "$(limit)" = 'at most 60 s' ]
	[ "$(limit --script-timeout 99)" = 'at most 99 s' ]
	echo 'script-timeout = 1' >"$COMMPKG_STATE/commpkg.conf"
	run -1 commpkg -y -R "$ROOT" install ./slow-1.0.pkg
	[[ $output == *"'postinstall' of package 'slow' failed: stopped after 1 second"* ]]
	local bad
	for bad in 0 soon -1 1000001 ''; do
		printf '\n# ours\nscript-timeout = %s\n' "$bad" >"$COMMPKG_STATE/commpkg.conf"
		run -1 commpkg -n -R "$ROOT" install ./slow-1.0.pkg
		[[ $output == *"commpkg.conf:3: 'script-timeout' is a number of seconds from 1 to 1000000, not '$bad'"* ]]
	done
}

@test "of several that go at once, each has what is its own until its turn" {
	local p see dirs=('d opt' 'd opt/x' 'd opt/y' 'd opt/y/z') # of the first one alone
	for p in a b c; do
		see="cd \$PKG_INSTALL_ROOT/opt && [ -f x/$p ] && [ -f x/all ] && [ -f y/z/$p ] || exit 1"
		mkpkg "each$p" 1.0 "${dirs[@]}" \
			"f opt/x/$p" "f opt/x/all <all\n>" "f opt/y/z/$p" \
			"i preremove <$see; echo $p >>../saw\n" \
			"i postremove <[ ! -e \$PKG_INSTALL_ROOT/opt/x/$p ]\n"
		dirs=()
	done
	commpkg -qy -R "$ROOT" install ./each?-1.0.pkg
	commpkg -y -R "$ROOT" uninstall eacha eachb eachc
	[ "$(sort "$ROOT/saw" | tr -d '\n')" = abc ]
	[ ! -e "$ROOT/opt" ]
	commpkg -y -R "$ROOT" undo
	[ -f "$ROOT/opt/y/z/a" ] && [ -f "$ROOT/opt/x/all" ]
}

@test "scripts of an ordinary user" {
	needs_root
	local as='setpriv --reuid=65534 --regid=65534 --clear-groups' dir
	dir=$(mktemp -d /tmp/commpkg-user-XXXXXX)
	scripted 1.0
	mkdir -p "$dir/root/etc"
	cp demo-1.0.pkg "$dir"
	chown -R 65534:65534 "$dir"
	export COMMPKG_STATE=$dir/state COMMPKG_LOGDIR=$dir/log
	cd "$dir" || return 1
	if ! $as test -x "$O/bin/commpkg" || ! $as unshare -Ur true; then
		rm -r "$dir"
		skip 'an ordinary user can not run it, or has no namespaces'
	fi
	$as "$O/bin/commpkg" -y -R "$dir/root" install ./demo-1.0.pkg
	[ "$(cat "$dir/root/etc/users")" = user ] && [ -L "$dir/root/opt/demo/link" ]
	$as "$O/bin/commpkg" -y -R "$dir/root" undo
	[ ! -e "$dir/root/opt/demo" ]
	$as unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_mnt_namespaces; exec "$@"' sh \
		"$O/bin/commpkg" -y -R "$dir/root" install ./demo-1.0.pkg
	[ "$(cat "$dir/root/etc/users")" = user ] && [ -L "$dir/root/opt/demo/link" ]
	cd / && rm -r "$dir"
}
