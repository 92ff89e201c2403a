#!/usr/bin/env bats
# The golden scenarios once more: what they did is taken back, and they are killed. CRASH_ALL=1: at
# every call.
load ../cli/lib/commpkg

PATH=$O/tests:$PATH	# stopat

replay() {
	[ "$(id -u)" -eq 0 ] || skip "needs root: owners and devices are compared"
	unshare -m true 2>/dev/null || skip "no namespaces here, so scripts can't be caged"
	run "$TOP/tests/interop/replay" "$@"
	echo "$output"
	[[ $status -eq 0 && $output == *"comparisons, 0 differences"* ]]
}

# Not misc: there pkgchk -f sets the times of files where they stand, which is no transaction.
@test "what each command did is undone to the byte, and the undo is undone" {
	replay -u basic abs part shared instances multi dep installf req class upgrade inway
}

@test "killed and recovered: as before the command, or as after it, or between two of its packages" {
	local all='basic abs part shared class instances dep inway'
	# shellcheck disable=SC2086	# words
	replay -x installf req multi upgrade ${CRASH_ALL:+$all}
}
