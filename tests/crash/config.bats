#!/usr/bin/env bats
# config resolve, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

# One file with an edit, one that was removed; both changed in the package.
prepare()
{
	mkpkg demo 1.0 'e etc/a.conf <one\n' 'e etc/sub/b.conf <one\n'
	mkpkg demo 2.0 'e etc/a.conf <two\n' 'e etc/sub/b.conf <two\n'
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg
	echo mine >"$BEFORE/etc/a.conf"
	rm "$BEFORE/etc/sub/b.conf"
	commpkg -y -R "$BEFORE" upgrade ./demo-2.0.pkg || [ $? -eq 101 ]
	rm -r "$BEFORE/etc/sub"
}

setup() { crash_setup config resolve --all --take-new; }

@test "config resolve: killed at any call, the root is old or new" {
	crash_everywhere
}

@test "config resolve: after a kill, the next command that writes recovers" {
	crash_then_write 4 5
}

@test "config resolve: an error at any call is told, and the root is old or new" {
	fail_at EIO 1 2
	fail_at ENOSPC 2 3
}
