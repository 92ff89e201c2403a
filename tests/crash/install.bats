#!/usr/bin/env bats
# install, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./other-1.0.pkg
}

change()
{
	commpkg -y -R "$1" install ./demo-1.0.pkg
}
export -f change

setup() { crash_setup; }

@test "install: killed at any call, the root is old or new" {
	crash_everywhere
}

@test "install: EIO at any call is told, and the root is old or new" {
	fail_everywhere EIO
}

@test "install: ENOSPC at any call is told, and the root is old or new" {
	fail_everywhere ENOSPC
}

@test "install: recovery killed at any call can be repeated" {
	crash_recovery_everywhere
}
