#!/usr/bin/env bats
# upgrade, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
}

setup() { crash_setup upgrade ./demo-2.0.pkg; }

@test "upgrade: killed at any call, the root is old or new" {
	crash_everywhere back
}

@test "upgrade: after a kill, the next command that writes recovers" {
	crash_then_write 2 9
}

@test "upgrade: an error at any call is told, and the root is old or new" {
	fail_everywhere 1 2
}

@test "upgrade: a disk that fails for good is told, and the root is old or new" {
	fail_everywhere 1 3 --errors
}

@test "upgrade: what can't be looked at is told, and the root is old or new" {
	fail_looking 10 23
}

@test "upgrade: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere 1
}

@test "upgrade: recovery killed at any call can be repeated" {
	crash_recovery_everywhere 1
}
