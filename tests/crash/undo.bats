#!/usr/bin/env bats
# undo, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
	commpkg -y -R "$BEFORE" upgrade ./demo-2.0.pkg
	echo y=1 >>"$BEFORE/opt/demo/etc/conf"
}

change()
{
	commpkg -y -R "$1" undo
}
export -f change

setup() { crash_setup; }

@test "undo: killed at any call, the root is old or new" {
	crash_everywhere
}

@test "undo: EIO at any call is told, and the root is old or new" {
	fail_everywhere EIO
}

@test "undo: ENOSPC at any call is told, and the root is old or new" {
	fail_everywhere ENOSPC
}

@test "undo: recovery killed at any call can be repeated" {
	crash_recovery_everywhere
}
