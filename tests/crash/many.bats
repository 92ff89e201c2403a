#!/usr/bin/env bats
# One transaction over twelve packages and some six hundred files, killed at a sample of its calls:
# several threads fill the stage, and hundreds of ops are carried out. See lib/crash.bash.

load lib/crash

# many NAME VERSION: fifty files, of which most are other ones in each version.
many()
{
	local i objects=("d opt/$1" "d opt/$1/bin" "d opt/$1/v$2" "e opt/$1/conf <$1\n>")
	for ((i = 0; i < 40; i++)); do
		objects+=("f opt/$1/file$i")
	done
	objects+=("f opt/$1/bin/run 4755 root root" "s opt/$1/link=v$2" "f opt/$1/v$2/one" \
		"f opt/$1/v$2/two" "l opt/$1/hard=file0" "f opt/$1/same <same\n>")
	mkpkg "$1" "$2" "${objects[@]}"
}

prepare()
{
	local i
	for i in 1 2 3 4 5 6; do
		many "p$i" 1.0
	done
	commpkg -y -R "$BEFORE" install ./p?-1.0.pkg
	rm p?-1.0.pkg
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		many "p$i" 2.0
	done
}

setup()
{
	crash_setup install ./p{1,2,3,4,5,6,7,8,9,10,11,12}-2.0.pkg
}

# Of $1 points up to the seal, and $2 from there on.
spread()
{
	local i
	for ((i = 0; i < $1; i++)); do
		echo $((1 + i * SEAL / $1))
	done
	for ((i = 0; i < $2; i++)); do
		echo $((SEAL - 4 + i * (TOTAL + 4 - SEAL) / $2))
	done
}

killed()
{
	local n
	for n in $(spread 12 26); do
		try "$n" --kill "$n" -- "${CHANGE[@]}"
		[ ${#points[@]} -eq $BATCH ] || continue
		judge_killed back
		batch_begin
	done
	judge_killed back
	batch_begin
}

failed()
{
	local n
	for n in $(spread 4 10); do
		try "$n ENOSPC" --error "$n" ENOSPC -- "${CHANGE[@]}"
	done
	judge_failed
	batch_begin
}

killed_while_taken_back()
{
	local n at=$((SETTLE - 20))
	for ((n = at + 20; n < at + 1200; n += 200)); do
		try "$at, $n" --error $at EIO --kill $n -- "${CHANGE[@]}"
	done
	judge_killed
}

# One test, because making the packages takes its time.
@test "many packages: killed or failing at a sample of calls, the root is old or new" {
	[ "$TOTAL" -gt 2000 ]
	[ "$((SETTLE - SEAL))" -gt 600 ]
	killed
	failed
	killed_while_taken_back
}
