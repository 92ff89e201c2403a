#!/usr/bin/env bats
# Scripts of packages for the live system: on it, after the commit, unless they are to be staged.
# The live system is a small one that the test makes, in a mount namespace of its own.

load lib/commpkg
load lib/late

setup()
{
	commpkg_setup
	live_setup
}

demo()
{
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/a' \
		'i preinstall <test -z "$PKG_INSTALL_ROOT" || exit 1\ntest ! -f /opt/demo/a || exit 1\necho user >>/etc/users\nenv >/etc/env\nls -l /proc/self/fd >/etc/fds\n' \
		"i postinstall <test -f /opt/demo/a || exit 1\necho alive >/run/socket\necho hello\n$1\n"
	cp demo-1.0.pkg "$LIVE/packages"
}

@test "scripts run on the live system, with nothing of the caller's" {
	demo 'exit 0'
	export SECRET=x
	run -0 live commpkg -y -v install -R / /packages/demo-1.0.pkg
	[[ $output == *'on the root itself after the commit, not caged'* ]]
	[[ $output == *'this is the live system'* ]]
	[[ $output == *'demo postinstall: hello'* ]]
	[ "$(cat "$LIVE/etc/users")" = "$(printf 'root\nuser')" ]
	run ! grep -q SECRET "$LIVE/etc/env"
	[ "$(grep -c -- '->' "$LIVE/etc/fds")" -le 4 ]
	grep -q hello "$LIVE"/log/*install*.log
}

@test "what runs on the live system is reached by its scripts" {
	demo 'exit 0'
	run -0 live sh -c 'echo waits >/run/socket; commpkg -y install -R / /packages/demo-1.0.pkg >&2; cat /run/socket'
	[[ $output == *alive* ]]
}

@test "one that fails takes the files back" {
	demo 'exit 1'
	run -1 live commpkg -y install -R / /packages/demo-1.0.pkg
	[[ $output == *"script 'postinstall' of package 'demo' failed"* ]]
	[[ $output == *"not taken back: '/etc/users'"* ]]
	[ ! -e "$LIVE/opt/demo" ]
	run -0 live commpkg -R / history 1
	[[ $output == *'taken back'*'postinstall of demo: exit 1, on the root'* ]]
}

@test "staged on request: caught, and undone" {
	needs_root
	demo 'exit 0'
	run -0 live commpkg -y install -R / --stage-scripts /packages/demo-1.0.pkg
	[[ $output == *'caged over the stage'* ]]
	[ "$(cat "$LIVE/etc/users")" = "$(printf 'root\nuser')" ]
	live commpkg -y -R / undo
	[ "$(cat "$LIVE/etc/users")" = root ]
}

@test "require takes no uncaged script on the live system" {
	demo 'exit 0'
	run -1 live commpkg -y install -R / --script-cage=require /packages/demo-1.0.pkg
	[[ $output == *'--stage-scripts'* ]]
	[ ! -e "$LIVE/opt/demo" ]
	[ "$(cat "$LIVE/etc/users")" = root ]
}

@test "as root of a user namespace" {
	export LIVE_USER=1
	unshare -Urm true 2>/dev/null || skip 'needs user namespaces'
	demo 'exit 0'
	live commpkg -y install -R / /packages/demo-1.0.pkg
	[ "$(cat "$LIVE/etc/users")" = "$(printf 'root\nuser')" ]
	live commpkg -y -R / uninstall demo
	[ ! -e "$LIVE/opt/demo" ]
}

@test "preinstall clears the package's directory: all of it comes, also what had not changed" {
	mkpkg app 1.0 'd opt/app' 'f opt/app/x' 'f opt/app/z <same\n' 's opt/app/s=z' 'l opt/app/l=z'
	mkpkg app 2.0 'd opt/app' 'f opt/app/x' 'f opt/app/z <same\n' 's opt/app/s=z' 'l opt/app/l=z' \
		'i preinstall <rm -rf /opt/app\n'
	cp ./*.pkg "$LIVE/packages"
	live commpkg -qy install -R / /packages/app-1.0.pkg
	live commpkg -qy upgrade -R / /packages/app-2.0.pkg
	live commpkg -R / verify
	[ "$(cat "$LIVE/opt/app/l")" = same ]
	# What the script removed could not be kept: that is said before the question.
	run -0 live commpkg -y -R / undo
	[[ $output == *"'/opt/app/x' of 'app' does not come back"* ]]
}

@test "preremove removes what was to be kept: undo says what does not come back, repair brings it" {
	mkpkg app 1.0 'd opt/app' 'f opt/app/x' 'f opt/app/y' 'i preremove <rm -f /opt/app/x\n'
	cp ./*.pkg "$LIVE/packages"
	live commpkg -qy install -R / /packages/app-1.0.pkg
	live commpkg -qy -R / uninstall app
	run -0 live commpkg -y -R / undo
	[[ $output == *"'/opt/app/x' of 'app' does not come back"* ]]
	[[ $output != *"'/opt/app/y' of"* ]]
	[ -f "$LIVE/opt/app/y" ]
	live commpkg -qy -R / repair /packages/app-1.0.pkg
	live commpkg -R / verify
}
