#!/usr/bin/env bats
# installf and removef: in scripts, where they become rows of the transaction, and on the command
# line, as a transaction of their own.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
}

line()
{
	grep "^$1[ =]" "$ROOT/var/sadm/install/contents"
}

@test "what postinstall registers is the package's: checked, and removed with it" {
	mkpkg reg 1.0 'd opt' 'f opt/a' "i postinstall <echo gen >\$BASEDIR/opt/gen || exit 1
/usr/sbin/installf -R \$PKG_INSTALL_ROOT \$PKGINST /opt/gen f 0640 root root || exit 1
installf -c cfg \$PKGINST - <<X || exit 1
/opt/dir d 0750 root root
/opt/link=gen s
/opt/hard=gen l
/opt/pipe p 0600 root root
X
grep '^/opt/gen f none 0640 root root 4 .* +reg\$' \$PKG_INSTALL_ROOT/var/sadm/install/contents || exit 1
installf -f \$PKGINST\n"
	commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	[[ $(line /opt/gen) == "/opt/gen f none 0640 root root 4 "*" reg" ]]
	[ "$(line /opt/dir)" = '/opt/dir d cfg 0750 root root reg' ]
	[ "$(line /opt/link)" = '/opt/link=gen s cfg reg' ]
	[ "$(readlink "$ROOT/opt/link")" = gen ]
	[ "$ROOT/opt/gen" -ef "$ROOT/opt/hard" ]
	[ -p "$ROOT/opt/pipe" ]
	pkgchk -R "$ROOT" reg
	commpkg -R "$ROOT" verify
	echo x >>"$ROOT/opt/gen"
	run -1 pkgchk -R "$ROOT" reg
	commpkg -y -R "$ROOT" uninstall reg
	[ ! -e "$ROOT/opt" ]
}

@test "undo of an installation takes what was registered along, and a redo brings it back" {
	mkpkg reg 1.0 'd opt' 'i postinstall <echo x >$BASEDIR/opt/x; installf $PKGINST /opt/x; installf -f $PKGINST\n'
	commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	commpkg -y -R "$ROOT" undo
	[ ! -e "$ROOT/opt" ]
	commpkg -y -R "$ROOT" undo 2
	pkgchk -R "$ROOT" reg
	[[ $(line /opt/x) == *" reg" ]]
}

@test "an upgrade drops what the new version dropped, not what scripts registered" {
	mkpkg reg 1.0 'd opt' 'f opt/old' 'i postinstall <mkdir $BASEDIR/opt/d; echo x >$BASEDIR/opt/d/x; printf "/opt/d d\\n/opt/d/x f\\n" | installf $PKGINST -; installf -f $PKGINST\n'
	mkpkg reg 2.0 'd opt' 'f opt/new'
	commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	commpkg -y -R "$ROOT" upgrade ./reg-2.0.pkg
	[ ! -e "$ROOT/opt/old" ] && [ -e "$ROOT/opt/new" ] && [ -e "$ROOT/opt/d/x" ]
	[[ $(line /opt/d/x) == *" reg" ]]
	pkgchk -R "$ROOT" reg
	commpkg -y -R "$ROOT" uninstall reg
	[ ! -e "$ROOT/opt" ]
}

@test "what is not said of a path that the package has is as it was" {
	mkpkg reg 1.0 'd opt' 'f opt/a 0640 bin bin' 'i postinstall <echo y >$BASEDIR/opt/a; installf $PKGINST /opt/a && installf -f $PKGINST\n'
	mkdir "$ROOT/etc"
	printf 'root:x:0:0::/:\nbin:x:2:2::/:\n' >"$ROOT/etc/passwd"
	printf 'root::0:\nbin::2:\n' >"$ROOT/etc/group"
	commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	[[ $(line /opt/a) == '/opt/a f none 0640 bin bin 2 '* ]]
	pkgchk -R "$ROOT" reg
}

@test "a path that is never made is marked, and one without -f keeps its +" {
	mkpkg reg 1.0 'd opt' 'i postinstall <installf $PKGINST /opt/gone f 0644 root root; installf -f $PKGINST && exit 1; installf $PKGINST /opt/later f; exit 0\n'
	commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	[ "$(line /opt/gone)" = '/opt/gone f none 0644 root root ? ? ? !reg' ]
	[[ $(line /opt/later) == *" +reg" ]]
}

@test "removef names what nobody else has, and -f drops the entries" {
	mkpkg one 1.0 'd opt' 'f opt/shared <s\n' 'f opt/own'
	mkpkg two 1.0 'd opt' 'f opt/shared <s\n' \
		'i postinstall <removef one /opt/own /opt/shared >/tmp/list || exit 1; cat /tmp/list; xargs rm -f </tmp/list; removef -f one\n'
	commpkg -y -R "$ROOT" install ./one-1.0.pkg
	commpkg -y -R "$ROOT" install ./two-1.0.pkg
	run -0 commpkg -R "$ROOT" history 2
	[[ $output == *"$ROOT/opt/own"* ]] && [[ $output != *"$ROOT/opt/shared"* ]]
	[ ! -e "$ROOT/opt/own" ]
	run ! line /opt/own
	[[ $(line /opt/shared) == *" two" ]]
	pkgchk -R "$ROOT"
	commpkg -y -R "$ROOT" undo
	[ -e "$ROOT/opt/own" ]
	[[ $(line /opt/shared) == *" one" ]]
}

@test "removef in preremove sees all of the package going" {
	mkpkg reg 1.0 'd opt' 'f opt/a' 'i preremove <removef $PKGINST /opt/a; grep " -reg" $PKG_INSTALL_ROOT/var/sadm/install/contents; removef -f $PKGINST\n'
	commpkg -y -R "$ROOT" install ./reg-1.0.pkg
	commpkg -y -R "$ROOT" uninstall reg
	run -0 commpkg -R "$ROOT" history 2
	[[ $output == *"$ROOT/opt/a"* ]]
	[[ $output == *"/opt/a f none 0644 root root"*" -reg"* ]]
	[ ! -e "$ROOT/opt" ]
}

@test "scripts see the packages of the stage: pkginfo, pkgparam, pkgchk" {
	mkpkg one 1.0 'f opt/one'
	mkpkg two 1.0 'f opt/two' 'i postinstall <set -x; pkginfo -q one && /usr/bin/pkginfo -q two && ! pkginfo -q three || exit 1
[ "$(pkgparam one VERSION)" = 1.0 ] && [ "$(/usr/bin/pkgparam -v two PKG)" = "PKG=\0047two\0047" ] || exit 1
pkginfo -l two | grep "1 installed pathnames" || exit 1
/usr/sbin/pkgchk one two || exit 1
pkgchk -l -p /opt/two | grep "Pathname: .*/opt/two" || exit 1\n'
	commpkg -y -R "$ROOT" install ./one-1.0.pkg ./two-1.0.pkg || { cat src/two-1.0/info/postinstall; cat "$COMMPKG_LOGDIR"/*; false; }
	pkgchk -R "$ROOT"
}

# ---- on the command line

outside()
{
	mkpkg one 1.0 'd opt' 'f opt/own'
	commpkg -y -R "$ROOT" install ./one-1.0.pkg
}

@test "on the command line: a transaction, with states, recorded and undone" {
	outside
	echo x >"$ROOT/opt/x"
	run -0 installf -c site -R "$ROOT" one /opt/x f 0600 root root
	[[ $(line /opt/x) == "/opt/x f site 0600 root root 2 "*" +one" ]]
	[ "$(stat -c %a "$ROOT/opt/x")" = 644 ]
	printf '%s\n' '/opt/new d 0700 root root' '/opt/new/l=../x s' | installf -R "$ROOT" one -
	[ -d "$ROOT/opt/new" ] && [ ! -e "$ROOT/opt/new/l" ]
	run -0 installf -f -R "$ROOT" one
	[[ $(line /opt/x) == "/opt/x f site 0600 "*" one" ]]
	[ "$(stat -c %a "$ROOT/opt/x")" = 600 ]
	[ "$(readlink "$ROOT/opt/new/l")" = ../x ]
	pkgchk -R "$ROOT" one
	run -0 commpkg -R "$ROOT" history
	[[ $output == *"installf -c site -R $ROOT one /opt/x f 0600 root root"* ]]
	commpkg -y -R "$ROOT" undo
	[ "$(stat -c %a "$ROOT/opt/x")" = 644 ] && [ ! -e "$ROOT/opt/new/l" ]
	[[ $(line /opt/x) == *" +one" ]]
	commpkg -y -R "$ROOT" uninstall one
	[ ! -e "$ROOT/opt" ]
}

@test "removef on the command line, and -f" {
	outside
	run -0 removef -R "$ROOT" one /opt/own
	[ "$output" = "$ROOT/opt/own" ]
	[[ $(line /opt/own) == *" -one" ]]
	run -0 removef -f -R "$ROOT" one
	run ! line /opt/own
	[ -e "$ROOT/opt/own" ]
	run -0 removef -R "$ROOT" one /opt/nobodys
	[[ $output == *"/opt/nobodys <not associated with one>"* ]]
}

@test "refused, with status 1, and nothing is changed" {
	local before
	outside
	before=$(tree_digest "$ROOT")
	run -1 installf -R "$ROOT" one opt/rel f
	[[ $output == *"relative pathname <opt/rel> not permitted"* ]]
	run -1 installf -R "$ROOT" nobody /opt/x f
	[[ $output == *"no package associated with <nobody>"* ]]
	run -1 installf -R "$ROOT" one /opt/x z
	[[ $output == *"unknown ftype <z>"* ]]
	run -1 installf -R "$ROOT" one /opt/../../x f
	run -1 installf -R "$ROOT" one /opt/x f 0999 root root
	run -1 installf -R "$ROOT" one
	[[ $output == *usage* ]]
	run -1 installf -c 'a b' -R "$ROOT" one /opt/x
	run -1 installf -R "$BATS_TEST_TMPDIR/none" one /opt/x
	run -1 removef -R "$ROOT" one
	[ "$(tree_digest "$ROOT")" = "$before" ]
	run -0 commpkg -R "$ROOT" history
	[[ $output != *installf* ]]
}

@test "-f with a path that is not there: status 1, and it is marked" {
	outside
	run -0 installf -R "$ROOT" one /opt/gone f 0644 root root
	run -1 installf -f -R "$ROOT" one
	[[ $output == *"/opt/gone"*"pathname does not exist"* ]]
	[ "$(line /opt/gone)" = '/opt/gone f none 0644 root root ? ? ? !one' ]
}

@test "requests that a script wrote itself are looked at like a package's" {
	local p
	for p in 'add evil ../../etc/x f none ? ? ? 644 root root' 'nonsense' 'add evil' 'add nobody opt/x f none ? ? ? 644 root root' \
		'add evil var/x f a/../../b ? ? ? 644 root root' 'add evil var/x f none ? ? ? 99999 root root' \
		'add evil var/lib/commpkg/lock f none ? ? ? 644 root root'; do
		mkpkg evil 1.0 'f opt/evil' "i postinstall <echo '$p' >>/run/commpkg/requests\n"
		run -1 commpkg -y -R "$ROOT" install ./evil-1.0.pkg
		[ ! -e "$ROOT/opt/evil" ]
	done
}

# What the commands would not write themselves: a script can.
@test "a request for a package that is not there fails the transaction; nothing is left" {
	mkpkg forge 1.0 'f opt/forge' 'i postinstall <echo drop ghost opt/forge >>/run/commpkg/requests\nexit 0\n'
	run -1 commpkg -y -R "$ROOT" install ./forge-1.0.pkg
	[[ $output == *"installf or removef for package 'ghost', which is not installed"* ]]
	[ ! -e "$ROOT/opt" ]
	mkpkg noise 1.0 'f opt/noise' 'i postinstall <echo what ever >>/run/commpkg/requests\nexit 0\n'
	run -1 commpkg -y -R "$ROOT" install ./noise-1.0.pkg
	[[ $output == *'not a request of installf or removef'* ]]
	[ ! -e "$ROOT/opt" ]
}
