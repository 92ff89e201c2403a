#!/usr/bin/env bats
# upgrade, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
}

change()
{
	commpkg -y -R "$1" upgrade ./demo-2.0.pkg
}
export -f change

setup() { crash_setup; }

@test "upgrade: killed at any call, the root is old or new" {
	crash_everywhere
}

@test "upgrade: EIO at any call is told, and the root is old or new" {
	fail_everywhere EIO
}

@test "upgrade: ENOSPC at any call is told, and the root is old or new" {
	fail_everywhere ENOSPC
}

@test "upgrade: recovery killed at any call can be repeated" {
	crash_recovery_everywhere
}
