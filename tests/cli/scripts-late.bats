#!/usr/bin/env bats
# Scripts that can't be staged run after the commit: said beforehand, in order, once; one that fails
# takes the files back; history and undo know of them.

load lib/commpkg
load lib/late

setup()
{
	commpkg_setup
	needs_late
	mkdir -p "$ROOT/etc" "$ROOT/opt" "$ROOT/var"
	echo root >"$ROOT/etc/users"
	echo kept >"$ROOT/var/kept"
}

SEEN='echo "$0 $PKGINST $UPDATE" | sed s,.*/,, >>$PKG_INSTALL_ROOT/var/seen\n'

# Each script looks whether the files are there as SVR4 says.
scripted()
{
	mkpkg demo "$1" 'd opt/demo' 'f opt/demo/a' \
		"i preinstall <${SEEN}grep -qs '$1' \$BASEDIR/opt/demo/a && exit 1\necho user >>\$PKG_INSTALL_ROOT/etc/users\nmkdir -p \$BASEDIR/opt/demo\n" \
		"i postinstall <${SEEN}grep -q '$1' \$BASEDIR/opt/demo/a || exit 1\nln -sf a \$BASEDIR/opt/demo/link\n" \
		"i preremove <${SEEN}test -f \$BASEDIR/opt/demo/a || exit 1\nrm -f \$BASEDIR/opt/demo/link\nsed -i /user/d \$PKG_INSTALL_ROOT/etc/users\n" \
		"i postremove <${SEEN}test ! -e \$BASEDIR/opt/demo/a || exit 1\ntest -d \$PKGSAV || exit 1\n"
}

# klass NAME TEXT: a package with two objects of a class, one of them in a directory of its own.
klass()
{
	mkpkg "$1" 1.0 "d opt/$1" "f opt/$1/x" 'i i.table <'"$2"'\n' \
		'i r.table <while read dest; do sed -i /packaged/d $dest; [ -s $dest ] || rm $dest; done\nexit 0\n' \
		-- 'CLASSES=none table'
	mkdir -p "src/$1-1.0/reloc/etc" "src/$1-1.0/reloc/opt/$1/sub"
	echo "packaged line" | tee "src/$1-1.0/reloc/etc/table" >"src/$1-1.0/reloc/opt/$1/sub/table"
	cat >>"src/$1-1.0/prototype" <<-EOT
		e table etc/table 0640 root root
		d none opt/$1/sub 0750 root root
		f table opt/$1/sub/table 0600 root root
	EOT
	pkgmk -o -d "$PWD/spool-1.0" -f "src/$1-1.0/prototype" -r "src/$1-1.0/reloc" >/dev/null 2>&1
}
APPEND='while read src dest; do cat $src >>$dest || exit 1; done\nexit 0'

@test "the plan says that scripts run after the commit, and why" {
	scripted 1.0
	run -0 late commpkg -n -R "$ROOT" install ./demo-1.0.pkg
	[[ $output == *'Scripts    2, on the root itself after the commit'* ]]
	[[ $output == *'scripts run after the commit, on the root itself: cannot make namespaces'* ]]
	[[ $output == *"from changing mode, owner and times of files outside of '$ROOT'"* ]]
	[ ! -e "$ROOT/opt/demo" ] && [ ! -e "$ROOT/var/seen" ]
	run -0 late commpkg -n -v -R "$ROOT" install ./demo-1.0.pkg
	[[ $output == *'missing: namespaces, overlay'* ]]
	late commpkg --json -n -R "$ROOT" install ./demo-1.0.pkg >plan.json
	[ "$(python3 -c 'import json
r = json.load(open("plan.json"))["results"][0]
c = r["cage"]
print(c["staged"], c["when"], c["policy"], c["script_root"], "overlay" in c["missing"])
print(*[s["script"] for s in r["scripts"]])')" = \
		"$(printf 'False after commit try host True\npreinstall postinstall')" ]
}

@test "in the order of SVR4, around the files; verify is content" {
	scripted 1.0
	late commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	[ "$(cat "$ROOT/etc/users")" = "$(printf 'root\nuser')" ]
	late commpkg -R "$ROOT" verify
	scripted 2.0
	late commpkg -y -R "$ROOT" upgrade ./demo-2.0.pkg
	late commpkg -R "$ROOT" verify
	late commpkg -y -R "$ROOT" uninstall demo
	[ ! -e "$ROOT/opt/demo" ]
	[ "$(cat "$ROOT/var/seen")" = "$(printf 'preinstall demo \npostinstall demo \npreinstall demo yes\npostinstall demo yes\npreremove demo yes\npostremove demo yes')" ]
	late commpkg -R "$ROOT" verify --database
}

@test "history tells when and what they said; undo says beforehand what stays" {
	scripted 1.0
	late commpkg -y -R "$ROOT" install ./demo-1.0.pkg
	run -0 commpkg -R "$ROOT" history 1
	[[ $output == *'preinstall of demo: exit 0, on the root'* ]]
	run -0 commpkg -n -R "$ROOT" undo
	[[ $output == *"scripts ran on the root itself, and what they changed besides can't be brought back: preinstall of demo, postinstall of demo"* ]]
	[[ $output == *"and stays: '/etc/users'"* ]]
	commpkg -y -R "$ROOT" undo
	[ ! -e "$ROOT/opt/demo/a" ]
	grep -q user "$ROOT/etc/users"
}

@test "a script that fails takes the files back, and what it left is said" {
	local before
	mkpkg other 1.0 'f opt/other'
	late commpkg -y -R "$ROOT" install ./other-1.0.pkg
	echo 'not ours' >"$ROOT/opt/file"
	before=$(tree_digest "$ROOT")
	mkpkg bad 1.0 'f opt/bad/x' 'f opt/file' \
		'i preinstall <echo before\n' 'i postinstall <test -f $BASEDIR/opt/bad/x || exit 3; echo after; exit 1\n'
	run -1 late commpkg -y -R "$ROOT" install --pkgOverwrite ./bad-1.0.pkg
	[[ $output == *"files and database are as they were: script 'postinstall' of package 'bad' failed: exit code 1"* ]]
	[[ $output != *'not taken back'* ]]
	[ "$(tree_digest "$ROOT")" = "$before" ]
	run -0 commpkg -R "$ROOT" history 2
	[[ $output == *'taken back'*'postinstall of bad: exit 1, on the root'*'after'* ]]
	late commpkg -R "$ROOT" verify --database
	mkpkg worse 1.0 'f opt/worse' \
		'i postinstall <echo x >>$PKG_INSTALL_ROOT/etc/users; touch $PKG_INSTALL_ROOT/opt/left; exit 1\n'
	run -1 late commpkg -y -R "$ROOT" install ./worse-1.0.pkg
	[[ $output == *"not taken back: '/etc/users'"*"not taken back: '/opt/left'"* ]]
	[ ! -e "$ROOT/opt/worse" ]
}

@test "a preinstall that fails: no file ever came" {
	local before
	before=$(tree_digest "$ROOT")
	mkpkg bad 1.0 'f opt/bad' 'i preinstall <exit 4\n'
	run -1 late commpkg -y -R "$ROOT" install ./bad-1.0.pkg
	[ "$(tree_digest "$ROOT")" = "$before" ]
}

@test "class action scripts: what they edit comes back by undo, exactly" {
	local before
	echo 'line of the site' >"$ROOT/etc/table"
	chmod 0644 "$ROOT/etc/table"
	before=$(tree_list "$ROOT")
	klass klass "$APPEND"
	late commpkg -y -R "$ROOT" install ./spool-1.0/klass
	[ "$(cat "$ROOT/etc/table")" = "$(printf 'line of the site\npackaged line')" ]
	[ "$(stat -c %a "$ROOT/etc/table" "$ROOT/opt/klass/sub/table" | tr '\n' ' ')" = '640 600 ' ]
	late commpkg -R "$ROOT" verify
	late commpkg -y -R "$ROOT" uninstall klass
	[ "$(cat "$ROOT/etc/table")" = 'line of the site' ]
	[ ! -e "$ROOT/opt/klass" ]
	late commpkg -y -R "$ROOT" undo
	late commpkg -R "$ROOT" verify
	[ "$(cat "$ROOT/etc/table")" = "$(printf 'line of the site\npackaged line')" ]
	[ "$(stat -c %a "$ROOT/opt/klass/sub")" = 750 ]
	late commpkg -y -R "$ROOT" undo 1
	diff <(echo "$before") <(tree_list "$ROOT")
}

@test "a class action script that fails: its files are as they were" {
	local before
	echo 'line of the site' >"$ROOT/etc/table"
	before=$(tree_list "$ROOT")
	klass klass 'while read src dest; do cat $src >>$dest; done\nexit 1'
	run -1 late commpkg -y -R "$ROOT" install ./spool-1.0/klass
	[[ $output == *"script 'i.table'"*'exit code 1'* ]]
	diff <(echo "$before") <(tree_list "$ROOT")
}

@test "what preinstall makes of the places of files is no obstacle" {
	mkpkg odd 1.0 'd opt/odd' 'd opt/odd/dir 0711 root root' 'f opt/odd/dir/f' 'f opt/odd/file' \
		'i preinstall <cd $PKG_INSTALL_ROOT/opt; mkdir -p odd/dir odd/file/x; touch odd/dir/f odd/dir/theirs\n'
	late commpkg -y -R "$ROOT" install ./odd-1.0.pkg
	late commpkg -R "$ROOT" verify
	[ "$(stat -c %a "$ROOT/opt/odd/dir")" = 711 ] && [ -e "$ROOT/opt/odd/dir/theirs" ]
	mkpkg odd 2.0 'd opt/odd' 'd opt/odd/dir 0711 root root' 'f opt/odd/dir/f' 'f opt/odd/file' \
		'i preinstall <rm -rf $PKG_INSTALL_ROOT/opt/odd\n'
	late commpkg -y -R "$ROOT" upgrade ./odd-2.0.pkg
	grep -q 2.0 "$ROOT/opt/odd/dir/f" "$ROOT/opt/odd/file"
}

@test "a script writes nothing outside of the root" {
	local canary
	canary=$(mktemp -d "$O/canary-XXXXXX") # not in /tmp, which scripts may write to
	echo safe >"$canary/file"
	mkpkg evil 1.0 'f opt/evil' "i postinstall <echo x >$canary/file; echo x >$canary/new; rm -rf $canary; exit 0\n"
	run late commpkg -y -v -R "$ROOT" install ./evil-1.0.pkg
	[[ $output == *Landlock* && $canary != /tmp/* ]] || skip 'no Landlock, or we are in /tmp'
	[ "$status" -eq 0 ]
	[ "$(cat "$canary/file")" = safe ] && [ ! -e "$canary/new" ]
	rm -r "$canary"
}

@test "require refuses, and names what is missing" {
	scripted 1.0
	run -1 late commpkg -y -R "$ROOT" install --script-cage=require ./demo-1.0.pkg
	[[ $output == *'missing: namespaces, overlay'* ]]
	[ ! -e "$ROOT/opt/demo" ] && [ ! -e "$ROOT/var/seen" ]
}

@test "a warning and a wish for a restart are told" {
	mkpkg boot 1.0 'f opt/boot' 'i postinstall <exit 10\n'
	run -100 late commpkg -y -R "$ROOT" install ./boot-1.0.pkg
	mkpkg warns 1.0 'f opt/warns' 'i postinstall <exit 2\n'
	run -0 late commpkg -y -R "$ROOT" install ./warns-1.0.pkg
	[[ $output == *'ended with status 2'* ]]
}

@test "a signal takes it back, and ends the script" {
	local rc=0
	mkpkg slow 1.0 'f opt/slow' 'i postinstall <echo waits\nexec sleep 1000\n'
	late sh -c 'echo $$ >pid; exec commpkg -y -v -R "$0" install ./slow-1.0.pkg' "$ROOT" \
		>said 2>&1 3>&- &
	wait_for 'postinstall: waits' said
	kill -TERM "$(cat pid)"
	wait $! || rc=$?
	[ "$rc" -eq 1 ]
	grep -q 'taken back' said
	[ ! -e "$ROOT/opt/slow" ]
}

@test "--script-timeout: the limit is sealed with the script, and ends it" {
	mkpkg slow 1.0 'f opt/slow' 'i postinstall <exec sleep 1000\n'
	run -1 late commpkg -y -R "$ROOT" install --script-timeout 1 ./slow-1.0.pkg
	[[ $output == *'taken back'*"'postinstall' of package 'slow' failed: stopped after 1 second"* ]]
	[ ! -e "$ROOT/opt/slow" ]
}

# ---- installf and removef

line()
{
	grep "^$1[ =]" "$ROOT/var/sadm/install/contents"
}

@test "what late scripts register is the package's: checked, and removed with it" {
	mkpkg reg 1.0 'd opt' 'f opt/a' \
		'i preinstall <installf $PKGINST /opt/gen f 0640 root root && grep -q "^/opt/gen .* +reg$" $PKG_INSTALL_ROOT/var/sadm/install/contents\n' \
		"i postinstall <echo gen >\$BASEDIR/opt/gen || exit 1
pkginfo -q reg && pkginfo -l reg | grep -q installed.pathnames || exit 1
/usr/sbin/installf -c cfg -R \$PKG_INSTALL_ROOT \$PKGINST - <<X || installf -c cfg \$PKGINST /opt/pipe p 0600 root root || exit 1
/opt/link=gen s
/opt/pipe p 0600 root root
X
installf -f \$PKGINST && installf \$PKGINST /opt/later f\n"
	late commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	[[ $(line /opt/gen) == "/opt/gen f none 0640 root root 4 "*" reg" ]]
	[ "$(stat -c %a "$ROOT/opt/gen")" = 640 ]
	[ "$(line /opt/pipe)" = '/opt/pipe p cfg 0600 root root reg' ] && [ -p "$ROOT/opt/pipe" ]
	[[ $(line /opt/later) == *' +reg' ]]
	[ "$(tail -n 2 "$ROOT/var/sadm/install/contents" | head -n 1)" = '# Last modified by installf for reg package' ]
	touch "$ROOT/opt/later"
	late pkgchk -n -R "$ROOT" reg
	late commpkg -R "$ROOT" verify --database
	run -0 commpkg -R "$ROOT" owns /opt/gen
	[[ $output == *reg* ]]
	late commpkg -y -R "$ROOT" uninstall reg
	[ ! -e "$ROOT/opt/gen" ] && [ ! -e "$ROOT/opt/pipe" ]
	run ! grep "^[^#].*reg" "$ROOT/var/sadm/install/contents"
	late commpkg -R "$ROOT" verify --database
}

@test "what late scripts take from packages that stay comes back by undo, to the byte" {
	local before
	mkpkg one 1.0 'd opt' 'f opt/shared <s\n' 'f opt/own'
	mkpkg two 1.0 'd opt' 'f opt/shared <s\n' \
		'i preinstall <removef one /opt/own /opt/shared || exit 1\n' \
		'i postinstall <installf one /opt/given=own s; removef -f one\n'
	late commpkg -y -R "$ROOT" install ./one-1.0.pkg
	before=$(cat "$ROOT/var/sadm/install/contents")
	late commpkg -y -R "$ROOT" install ./two-1.0.pkg
	run -0 commpkg -R "$ROOT" history 2
	[[ $output == *"$ROOT/opt/own"* ]] && [[ $output != *"$ROOT/opt/shared"* ]]
	run ! line /opt/own
	[[ $(line /opt/shared) == *' two' ]]
	[ "$(line /opt/given)" = '/opt/given=own s none +one' ]
	late commpkg -R "$ROOT" verify --database
	late commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/var/sadm/install/contents")" = "${before%%$'\n'file*}" ]
	[[ $(line /opt/own) == *' one' ]] && [[ $(line /opt/shared) == *' one' ]]
	run ! line /opt/given
	late commpkg -R "$ROOT" verify --database
}

@test "a late script that fails: what was asked for before is not recorded" {
	local before
	mkpkg one 1.0 'd opt' 'f opt/own'
	late commpkg -y -R "$ROOT" install ./one-1.0.pkg
	before=$(tree_digest "$ROOT")
	mkpkg bad 1.0 'd opt' 'f opt/bad' 'i preinstall <removef -f one; removef one /opt/own; removef -f one\n' \
		'i postinstall <installf $PKGINST /opt/x f; exit 1\n'
	run -1 late commpkg -y -R "$ROOT" install ./bad-1.0.pkg
	[ "$(tree_digest "$ROOT")" = "$before" ]
	[[ $(line /opt/own) == *' one' ]]
	late commpkg -R "$ROOT" verify --database
	mkpkg bad 2.0 'd opt' 'f opt/bad' 'i postinstall <echo "add bad ../../etc/x f none ? ? ? 644 root root" >>${COMMPKG_REQUESTS:-/run/commpkg/requests}\n'
	run -1 late commpkg -y -R "$ROOT" install ./bad-2.0.pkg
	[[ $output == *"package 'bad', script 'postinstall': path '../../etc/x'"* ]]
	[ "$(tree_digest "$ROOT")" = "$before" ]
}

@test "a preinstall that removes what is there, and fails: what is missing then is said" {
	needs_late
	mkpkg app 1.0 'd opt/app' 'f opt/app/x'
	mkpkg app 2.0 'd opt/app' 'f opt/app/x' 'i preinstall <rm -rf $PKG_INSTALL_ROOT/opt/app; exit 1\n'
	late commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	run -1 late commpkg -y -R "$ROOT" upgrade ./app-2.0.pkg
	[[ $output == *"'/opt/app/x' is missing: its scripts took it away"* ]]
	late commpkg -qy -R "$ROOT" repair ./app-1.0.pkg
	late commpkg -R "$ROOT" verify
}
