#!/usr/bin/env bats
# Random sequences of operations; lib/sequences.py has the rules. RANDOM_SEED=N repeats one,
# RANDOM_RUNS=N tries as many seeds.

load lib/commpkg

PATH=$O/tests:$PATH	# stopat: without it nothing is killed

@test "whatever was done: undo gives back what was before, and no edit is lost" {
	local i
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	[ "$(id -u)" -eq 0 ] || skip "scripts that change owners are for root"
	for ((i = 0; i < ${RANDOM_RUNS:-2}; i++)); do
		mkdir "run$i"
		(cd "run$i" && python3 "$TOP/tests/cli/lib/sequences.py" $((${RANDOM_SEED:-7919} + i)))
	done
}
