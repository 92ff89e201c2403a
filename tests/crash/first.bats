#!/usr/bin/env bats
# The first installation into a root, which makes its database too; and one that keeps nothing.
# See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
}

setup() { :; }

@test "first installation: killed at any call, the root is old or new" {
	crash_setup install ./demo-1.0.pkg
	crash_everywhere no 2
}

@test "first installation: an error at any call is told, and the root is old or new" {
	crash_setup install ./demo-1.0.pkg
	fail_everywhere 1 3
}

@test "an upgrade that keeps nothing: killed at any call, the root is old or new" {
	prepare()
	{
		crash_packages
		commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
	}
	crash_setup upgrade --no-keep ./demo-2.0.pkg
	[ ! -e "$AFTER/var/lib/commpkg/undo/2" ]
	crash_everywhere no 3
	fail_everywhere 2 7
}
