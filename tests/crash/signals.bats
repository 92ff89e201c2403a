#!/usr/bin/env bats
# Signals, closed outputs, and two runs at once. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
}

setup() { crash_setup upgrade ./demo-2.0.pkg; }

# Interrupted and as before, in words, or done: and once it is done, always.
judge_signalled()
{
	local i
	look || return 1
	for i in "${!roots[@]}"; do
		case ${statuses[i]} in
		0) is_new "$i" || tell "$i" 'done, and not the new one' || return 1 ;;
		1) is_old "$i" || tell "$i" 'interrupted, and not the old one' || return 1
			[[ $(cat "${roots[i]}.said") == *"interrupted by SIG$1"* ]] ||
				tell "$i" 'no word of it' || return 1
			[ -z "$done" ] || tell "$i" 'interrupted after the seal' || return 1 ;;
		*) tell "$i" 'an exit status that nobody expects' || return 1 ;;
		esac
		[ "${statuses[i]}" -ne 0 ] || done=${done:-${points[i]}}
	done
	batch_begin
}

signal_at()
{
	local n signal=$1 step=$3 done=
	for ((n = $2; n <= TOTAL; n += step)); do
		try "$n $signal" --signal "$n" "$signal" -- "${CHANGE[@]}"
		[ ${#points[@]} -lt $BATCH ] || judge_signalled "$signal" || return 1
	done
	judge_signalled "$signal" || return 1
	[ "${done% *}" -le $((SEAL + 1)) ]
	[ "${done% *}" -ge $((SEAL / 2)) ]
}

@test "a signal before the seal ends it in words, after it nothing does" {
	signal_at INT 1 3
	signal_at TERM 2 6
	signal_at HUP 4 6
}

@test "a signal that our parent ignores is ignored" {
	cp -a "$BEFORE" "$PLACE/root"
	(trap '' HUP && exec stopat --signal 40 HUP -- commpkg -y -R "$PLACE/root" "${CHANGE[@]}")
	[ "$(state_of "$PLACE/root")" = "$NEW" ]
}

@test "a reader of its words that goes away does not stop it" {
	local out
	for out in stdout stderr both; do
		rm -rf "$PLACE/root"
		cp -a "$BEFORE" "$PLACE/root"
		case $out in
		stdout) commpkg -y -v -R "$PLACE/root" "${CHANGE[@]}" 2>/dev/null | true ;;
		stderr) { commpkg -y -v -R "$PLACE/root" "${CHANGE[@]}" >/dev/null; } 2>&1 | true ;;
		both) commpkg -y -v -R "$PLACE/root" "${CHANGE[@]}" 2>&1 | true ;;
		esac
		echo "$out: ${PIPESTATUS[0]}"
		[ "$(state_of "$PLACE/root")" = "$NEW" ]
	done
}

@test "outputs that are closed get nothing of the root, and the root nothing of them" {
	local how
	for how in '<&-' '>&-' '2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		rm -rf "$PLACE/root"
		cp -a "$BEFORE" "$PLACE/root"
		eval "run -0 bash -c 'exec \"\$@\" $how' sh commpkg --logdir /dev/null/x -y -v -R $PLACE/root ${CHANGE[*]}"
		[ "$(state_of "$PLACE/root")" = "$NEW" ]
	done
	# What was open when it was killed holds no words but its own.
	rm -rf "$PLACE/root"
	cp -a "$BEFORE" "$PLACE/root"
	run -137 stopat --kill $((SEAL - 5)) -- bash -c 'exec "$@" <&- >&- 2>&-' sh \
		commpkg --logdir /dev/null/x -y -v -R "$PLACE/root" "${CHANGE[@]}"
	run cat "$PLACE/root/var/lib/commpkg/lock"
	[ "${#lines[@]}" -eq 1 ]
	[[ $output != *phase* ]]
}

holder()
{
	cut -s -f 2 "$PLACE/root/var/lib/commpkg/lock" 2>/dev/null
}

# Until the process that holds the lock stands still.
until_stopped()
{
	local i still=0
	for ((i = 0; i < 400 && still < 5; i++)); do
		sleep 0.02
		still=$((still + 1))
		grep -qs '^State:.*stop' "/proc/$(holder)/status" || still=0
	done
	[ "$still" -eq 5 ]
}

@test "two at once: one waits for the other, and says so" {
	local i=0 first second
	cp -a "$BEFORE" "$PLACE/root"
	stopat --signal $((SEAL - 5)) STOP -- commpkg -y -R "$PLACE/root" "${CHANGE[@]}" \
		>first 2>&1 3>&- &
	first=$!
	until_stopped
	must_fail_cleanly 7 commpkg -y -R "$PLACE/root" --lock-wait 0 install ./third-1.0.pkg
	[[ $output == *"the root is locked by commpkg"*"upgrade"*"(process $(holder), since "* ]]
	commpkg -y -R "$PLACE/root" install ./third-1.0.pkg >second 2>&1 3>&- &
	second=$!
	until grep -q 'waiting for commpkg' second; do
		sleep 0.05
		[ $((i++)) -lt 200 ]
	done
	[ ! -e "$PLACE/root/opt/third" ]
	kill -CONT "$(holder)"
	wait $first
	wait $second
	with_third
	[ "$(state_of "$PLACE/root")" = "$NEW3" ]
}
