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
	crash_everywhere
}

@test "undo: after a kill, the next command that writes recovers" {
	crash_then_write 4 5
}

@test "undo: an error at any call is told, and the root is old or new" {
	fail_at EIO 1 2
	fail_at ENOSPC 2 2
	fail_at EROFS 7 9
	fail_at EMFILE 8 9
}

@test "undo: a disk that fails for good is told, and the root is old or new" {
	fail_at EIO 1 4 --errors
	fail_at ENOSPC 3 4 --errors
}

@test "undo: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere
}

@test "undo: recovery killed at any call can be repeated" {
	crash_recovery_everywhere
}
