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

setup() { crash_setup undo; }

@test "undo: killed at any call, the root is old or new" {
	crash_everywhere no 2
}

@test "undo: after a kill, the next command that writes recovers" {
	crash_then_write 4 9
}

@test "undo: an error at any call is told, and the root is old or new" {
	fail_everywhere 1 3
}

@test "undo: a disk that fails for good is told, and the root is old or new" {
	fail_everywhere 3 5 --errors
}

@test "undo: what can't be looked at is told, and the root is old or new" {
	fail_looking 20 37
}

@test "undo: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere 3
}

@test "undo: recovery killed at any call can be repeated" {
	crash_recovery_everywhere 3
}
