#!/usr/bin/env bats
# uninstall, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
	echo y=1 >>"$BEFORE/opt/demo/etc/conf"
}

setup() { crash_setup uninstall demo; }

@test "uninstall: killed at any call, the root is old or new" {
	crash_everywhere back
}

@test "uninstall: after a kill, the next command that writes recovers" {
	crash_then_write 3 5
}

@test "uninstall: an error at any call is told, and the root is old or new" {
	fail_at EIO 2 2
	fail_at ENOSPC 1 2
	fail_at EROFS 6 9
	fail_at EMFILE 7 9
}

@test "uninstall: a disk that fails for good is told, and the root is old or new" {
	fail_at EIO 4 4 --errors
	fail_at ENOSPC 2 4 --errors
}

@test "uninstall: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere
}

@test "uninstall: recovery killed at any call can be repeated" {
	crash_recovery_everywhere
}
