#!/usr/bin/env bats
# The crash tests of scripts with all roots on an overlay, as in a container (a sample of their
# sample, but with CRASH_ALL). See scripts.bats.

load ../cli/lib/commpkg

# on_overlay PATTERN: those tests of scripts.bats. They put their roots into /dev/shm.
on_overlay()
{
	local marks=
	[ "$(id -u)" -eq 0 ] || marks=,userxattr
	mkdir lower upper
	[ -d /dev/shm ] || skip 'no /dev/shm here'
	in_mounts "mount -t tmpfs none upper; mkdir upper/up upper/work
		mount -t overlay -o lowerdir=lower,upperdir=upper/up,workdir=upper/work$marks none /dev/shm || exit 99
		SPARSE=${SPARSE:-5} bats --filter '$1' '$BATS_TEST_DIRNAME/scripts.bats' >inner ||
			{ cat inner; exit 1; }
		grep '^ok 1' inner" || {
		local rc=$?
		[ $rc -ne 99 ] || skip 'no overlay can be mounted here'
		return $rc
	}
}

@test "scripts on an overlay: an upgrade killed at any call, the root is old or new" {
	on_overlay 'upgrade: killed'
}

@test "scripts on an overlay: an upgrade with an error at any call, the root is old or new" {
	on_overlay 'upgrade: an error'
}

@test "scripts on an overlay: an undo killed at any call, the root is old or new" {
	on_overlay 'undone: killed'
}
