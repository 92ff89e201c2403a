#!/usr/bin/env bats
# --first-boot: postinstall waits in an alternate root until it is booted. The boot is a mount
# namespace in which the root is `/`.

load lib/commpkg
load lib/late

setup()
{
	commpkg_setup
	live_setup
	ROOT=$LIVE
}

# Each postinstall says where it is. With $1 a failing one.
demo()
{
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/a' \
		"i postinstall <echo \"\$PKGINST [\$PKG_INSTALL_ROOT] \$BASEDIR \$CLIENT_BASEDIR \$PKGSAV \$INST_DATADIR\" >>/etc/booted || exit 1
test -f /opt/demo/a || exit 1; echo gen >/opt/demo/gen; installf \$PKGINST /opt/demo/gen f 0600 root root && installf -f \$PKGINST || exit 1; echo said
$1\n"
	mkpkg plain 1.0 'f opt/plain'
}

boot() { live commpkg -v -y recover --boot -R / "$@"; }

first() { commpkg -y -R "$ROOT" "$@" --first-boot; }

booted() { [ "$(cat "$ROOT/etc/booted")" = "$1" ]; }
ONCE='demo [] / / /var/sadm/pkg/demo/save '

@test "the plan says so, nothing runs, exit 102; booted, it runs once" {
	demo 'exit 0'
	run -0 commpkg -n -R "$ROOT" install --first-boot ./demo-1.0.pkg
	[[ $output == *'the postinstall of demo waits for the first boot of the root'* ]]
	[[ $output != *'Scripts  '* ]]
	run -102 first install ./demo-1.0.pkg ./plain-1.0.pkg
	[[ $output == *'1 script waits for the first boot of the root'* ]]
	[ ! -e "$ROOT/etc/booted" ] && [ -f "$ROOT/opt/demo/a" ]
	run -0 commpkg -R "$ROOT" history 1
	[[ $output == *'postinstall of demo: waits, for the first boot of the root'* ]]
	run -0 commpkg -R "$ROOT" info
	[[ $output == *'postinstall of demo waits for the first boot of the root (transaction 1)'* ]]
	commpkg -R "$ROOT" verify
	run -0 commpkg -R "$ROOT" recover
	[ ! -e "$ROOT/etc/booted" ]
	run -0 boot
	[[ $output == *'demo postinstall: said'* ]]
	booted "$ONCE"
	[[ $(grep ^/opt/demo/gen "$ROOT/var/sadm/install/contents") == '/opt/demo/gen f none 0600 root root 4 '*' demo' ]]
	[ "$(stat -c %a "$ROOT/opt/demo/gen")" = 600 ]
	run -0 boot
	[[ $output == *"no script waits for the boot of '/'"* ]]
	booted "$ONCE"
	run -0 commpkg -R "$ROOT" info
	[[ $output != *'first boot'* ]]
	run -0 commpkg -R "$ROOT" history 1
	[[ $output == *'postinstall of demo: did not run'*'transaction 2, after the boot'* ]]
	run -0 commpkg -R "$ROOT" history 2
	[[ $output == *'postinstall of demo: exit 0, on the root'* ]]
	commpkg -R "$ROOT" verify
	commpkg -R "$ROOT" verify --database
	commpkg -y -R "$ROOT" uninstall demo
	[ ! -e "$ROOT/opt/demo" ]
}

@test "undo before the boot drops it, undoing that brings it back" {
	demo 'exit 0'
	run -102 first install ./demo-1.0.pkg
	commpkg -y -R "$ROOT" undo
	run -0 commpkg -R "$ROOT" info
	[[ $output != *'first boot'* ]]
	run -0 boot
	[ ! -e "$ROOT/etc/booted" ]
	run -0 commpkg -y -R "$ROOT" undo 2
	run -0 commpkg -R "$ROOT" info
	[[ $output == *'postinstall of demo waits'* ]]
	run -0 boot
	booted "$ONCE"
}

@test "what is removed, or comes again with its scripts run, waits no more" {
	demo 'exit 0'
	mkpkg demo 2.0 'd opt/demo' 'f opt/demo/a' 'i postinstall <exit 0\n'
	run -102 first install ./demo-1.0.pkg
	commpkg -y -R "$ROOT" uninstall demo
	run -0 boot
	run -102 first install ./demo-1.0.pkg
	commpkg -y -R "$ROOT" upgrade ./demo-2.0.pkg
	run -0 boot
	[ ! -e "$ROOT/etc/booted" ]
	commpkg -y -R "$ROOT" undo
	run -0 boot
	booted "$ONCE"
}

@test "one that fails is taken back and waits on, and so does what comes after it" {
	local before
	demo 'test -e /etc/mended'
	mkpkg second 1.0 'f opt/second' 'i postinstall <echo second >>/etc/booted\n'
	run -102 first install ./demo-1.0.pkg
	run -102 first install ./second-1.0.pkg
	before=$(cat "$ROOT/var/sadm/install/contents")
	run -1 boot
	[[ $output == *"the scripts of transaction 1 wait on: script 'postinstall' of package 'demo' failed: exit code 1"* ]]
	[[ $output == *'commpkg recover --boot'* ]]
	[ "$(cat "$ROOT/var/sadm/install/contents")" = "$before" ]
	run ! grep -q second "$ROOT/etc/booted"
	commpkg -R "$ROOT" verify --database
	touch "$ROOT/etc/mended"
	run -0 boot
	booted "$ONCE"$'\n'"$ONCE"$'\n'second
	[[ $output == *'2 transactions'* ]]
	live commpkg -R / verify
}

@test "killed in the middle: the next command goes on with it" {
	demo 'test -e /etc/go || { echo waits; exec sleep 1000; }'
	run -102 first install ./demo-1.0.pkg
	live sh -c 'echo $$ >/tmp/pid; exec commpkg -v -y recover --boot -R /' >said 2>&1 3>&- &
	wait_for 'waits' said
	pkill -KILL -P $! || kill -KILL $!
	wait || :
	touch "$ROOT/etc/go"
	run -0 live commpkg -y -R / recover
	[[ $output == *"transaction 2 (boot) was interrupted after it was sealed; it is finished now"* ]]
	run -0 boot
	[[ $output == *'no script waits'* ]]
	booted "$ONCE"$'\n'"$ONCE"
}

@test "where scripts can't run now it is what the problem names; other scripts can't wait" {
	local bare=$BATS_TEST_TMPDIR/bare
	mkdir "$bare"
	demo 'exit 0'
	mkpkg pre 1.0 'f opt/pre' 'i preinstall <exit 0\n' 'i postinstall <exit 0\n'
	run -1 commpkg -n -R "$bare" install --script-root=chroot ./demo-1.0.pkg
	[[ $output == *'or with --first-boot'* ]]
	run -102 commpkg -y -R "$bare" install --script-root=chroot --first-boot ./demo-1.0.pkg
	run -1 commpkg -n -R "$bare" install --script-root=chroot --first-boot ./pre-1.0.pkg
	[[ $output == *"has no shell of its own"* && $output != *'or with --first-boot'* ]]
	run -102 commpkg -y -R "$bare" install --first-boot ./pre-1.0.pkg
	run -0 commpkg -R "$bare" history 2
	[[ $output == *'preinstall of pre: exit 0, staged'*'postinstall of pre: waits'* ]]
}

@test "the live system is booted; another root is asleep" {
	demo 'exit 0'
	cp demo-1.0.pkg "$LIVE/packages"
	run -1 live commpkg -n -R / install --first-boot /packages/demo-1.0.pkg
	[[ $output == *'this is the live system, which is booted'* ]]
	run -102 first install ./demo-1.0.pkg
	run -1 commpkg -R "$ROOT" recover --boot
	[[ $output == *'is not the system that runs'* ]]
	[ ! -e "$ROOT/etc/booted" ]
}
