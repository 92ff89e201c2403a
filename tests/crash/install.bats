#!/usr/bin/env bats
# install, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./other-1.0.pkg
}

setup() { crash_setup install ./demo-1.0.pkg; }

@test "install: killed at any call, the root is old or new" {
	crash_everywhere back 2
}

@test "install: after a kill, the next command that writes recovers" {
	crash_then_write 1 9
}

@test "install: an error at any call is told, and the root is old or new" {
	fail_everywhere 1 2
}

@test "install: a disk that fails for good is told, and the root is old or new" {
	fail_everywhere 1 5 --errors
}

@test "install: what can't be looked at is told, and the root is old or new" {
	fail_looking 5 37
}

@test "install: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere 3
}

@test "install: recovery killed at any call can be repeated" {
	crash_recovery_everywhere 3
}
