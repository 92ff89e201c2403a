#!/usr/bin/env bats
# undo --to, which takes several transactions back as one, stopped before every mutating system
# call: all of them, or none. See lib/crash.bash.

load lib/crash

# A file that each of them changed, one that came and went, a directory that went and came anew
# with other contents, an edit in between, set-id bits, and a script's trace.
prepare()
{
	crash_packages
	commpkg -qy -R "$BEFORE" install ./other-1.0.pkg
	commpkg -qy -R "$BEFORE" install ./demo-1.0.pkg
	commpkg -qy -R "$BEFORE" upgrade ./demo-2.0.pkg
	echo y=1 >>"$BEFORE/opt/demo/etc/conf"
	commpkg -qy -R "$BEFORE" uninstall demo
	commpkg -qy -R "$BEFORE" install ./demo-1.0.pkg
}

setup() { crash_setup undo --to 2; }

@test "undo --to: killed at any call, all of it is done or none" {
	crash_everywhere no 3
}

@test "undo --to: after a kill, the next command that writes recovers" {
	crash_then_write 5 17
}

@test "undo --to: an error at any call is told, and the root is old or new" {
	fail_everywhere 2 7
}

@test "undo --to: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere 9
}
