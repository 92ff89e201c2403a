#!/usr/bin/env bats
# What recovery says, and what it refuses. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
}

setup() { crash_setup upgrade ./demo-2.0.pkg; }

# half POINT: $HALF is the root killed there.
half()
{
	HALF=$PLACE/half
	cp -a "$BEFORE" "$HALF"
	run -137 stopat --kill "$1" -- commpkg -y -R "$HALF" "${CHANGE[@]}"
}

@test "what was sealed is finished, and that is said" {
	half $((SEAL + 6))
	run commpkg -R "$HALF" recover
	[ "$status" -eq 0 ]
	[[ $output == *'transaction 2 (upgrade) was interrupted after it was sealed; it is finished now'* ]]
	[ "$(state_of "$HALF")" = "$NEW" ]
	run commpkg -R "$HALF" recover
	[[ $output == *'nothing to recover'* ]]
}

@test "what was not sealed is discarded, and that is said" {
	half $((SEAL - 6))
	run commpkg -R "$HALF" recover
	[ "$status" -eq 0 ]
	[[ $output == *'the root was not touched'* ]]
	[ "$(state_of "$HALF")" = "$OLD" ]
}

@test "what was carried out, and killed while it cleared up, is not called discarded" {
	half $((SETTLE + 4))
	run -0 commpkg -R "$HALF" recover
	[[ $output == *'transaction 2 (upgrade) had been carried out when it was interrupted'* ]]
	[[ $output != *discarded* ]]
	[ "$(state_of "$HALF")" = "$NEW" ]
}

@test "a sealed transaction without its stage is no finished one" {
	half $((SEAL + 6))
	mv "$HALF/var/lib/commpkg/txn" "$PLACE/txn"
	must_fail_cleanly 10 commpkg -R "$HALF" recover
	[[ $output == *"the stage of transaction 2 is gone"* ]]
	[[ $output == *"undo/2/old"* ]]
	must_fail_cleanly 10 commpkg -y -R "$HALF" install ./third-1.0.pkg
	[ ! -e "$HALF/opt/third" ]
	mv "$PLACE/txn" "$HALF/var/lib/commpkg/txn"
	commpkg -R "$HALF" recover
	[ "$(state_of "$HALF")" = "$NEW" ]
}

@test "what can neither be finished nor taken back waits, in words" {
	HALF=$PLACE/half
	cp -a "$BEFORE" "$HALF"
	must_fail_cleanly 10 stopat --errors $((SEAL + 9)) EIO -- commpkg -y -R "$HALF" "${CHANGE[@]}"
	[[ $output == *"transaction 2 could neither be finished nor taken back"* ]]
	[[ $output == *"$HALF/var/lib/commpkg/undo/2/old"* ]]
	[[ $output == *"commpkg recover -R $HALF"* ]]
	run commpkg -R "$HALF" info demo
	[[ $output == *'commpkg recover'* ]]
	commpkg -R "$HALF" recover
	[ "$(state_of "$HALF")" = "$NEW" ]
}

@test "something in the way: it is taken back, and that is said" {
	half $((SEAL + 2))
	echo mine >"$HALF/opt/demo/new"
	run commpkg -R "$HALF" recover
	[ "$status" -eq 0 ]
	[[ $output == *"it is taken back"*"/opt/demo/new"*"File exists"* ]]
	[ "$(cat "$HALF/opt/demo/new")" = mine ]
	rm "$HALF/opt/demo/new"
	[ "$(state_of "$HALF")" = "$OLD" ]
}

# All rows pass the checks of the database; still an op must not work on another file system than
# its path lies on.
@test "a journal that was forged: an op on another volume is refused, forwards and backwards" {
	half $((SEAL + 2))
	python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE op SET volume = 7 WHERE n = 2 AND seq = 1")
db.commit()' "$HALF/var/lib/commpkg/pkgdb.sqlite"
	must_fail_cleanly 10 commpkg -R "$HALF" recover
	[[ $output == *'an op on another volume than its path'* ]]
}
