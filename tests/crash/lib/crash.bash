# For the crash tests: a command is stopped before every one of its mutating system calls, and
# after recovery the root must be as before or as planned, files and database alike.
#
#	prepare			makes $BEFORE (a root) and the packages
#	change ROOT		the command under test, on a copy of $BEFORE
#
# A test file defines both, and calls crash_everywhere, fail_everywhere ERRNO or
# crash_recovery_everywhere.

load ../cli/lib/commpkg

STOPAT=$O/tests/stopat

crash_setup()
{
	commpkg_setup
	# Recorded times must not tell a root from one that was made a second later.
	export SOURCE_DATE_EPOCH=1000000000
	# Thousands of runs: on memory, where a sync costs nothing. (What a sync is for is not
	# what is tested here.)
	PLACE=$(mktemp -d /dev/shm/commpkg-crash-XXXXXX 2>/dev/null) || PLACE=$BATS_TEST_TMPDIR
	BEFORE=$PLACE/before AFTER=$PLACE/after WORK=$PLACE/work
	mkdir "$BEFORE"
	prepare
	cp -a "$BEFORE" "$AFTER"
	change "$AFTER" >"$BATS_TEST_TMPDIR/change.out" 2>&1 || {
		cat "$BATS_TEST_TMPDIR/change.out"
		return 1
	}
	OLD=$(state_of "$BEFORE")
	NEW=$(state_of "$AFTER")
	[ "$OLD" != "$NEW" ]
}

teardown()
{
	[ "$PLACE" = "$BATS_TEST_TMPDIR" ] || rm -rf "$PLACE"
}

# What a root is, in one line: its files, and what its database says is installed.
state_of()
{
	local files packages damage
	files=$(tree_digest "$1") || return 1
	packages=$(commpkg -q -R "$1" info --listPackages 2>&1 | tr '\n' ';')
	damage=$(commpkg -R "$1" verify --database 2>&1 >/dev/null | grep -c '✗')
	echo "$files $packages $damage"
}

fresh()
{
	rm -rf "$WORK"
	cp -a "$BEFORE" "$WORK"
}

# Old or new, nothing else, and no stage left behind.
check_state()
{
	local state
	state=$(state_of "$WORK")
	if [ "$state" != "$OLD" ] && [ "$state" != "$NEW" ]; then
		echo "stopped at call $1: neither old nor new"
		echo "old $OLD"
		echo "new $NEW"
		echo "is  $state"
		return 1
	fi
	if [ -n "$(ls "$WORK/var/lib/commpkg/txn" 2>/dev/null)" ]; then
		echo "stopped at call $1: a stage is left: $(ls "$WORK/var/lib/commpkg/txn")"
		return 1
	fi
	LAST=$state
}

recover()
{
	commpkg -R "$WORK" recover >"$BATS_TEST_TMPDIR/recover.out" 2>&1 || {
		echo "stopped at call $1: recovery failed:"
		cat "$BATS_TEST_TMPDIR/recover.out"
		return 1
	}
}

crash_everywhere()
{
	local n rc
	for ((n = 1; ; n++)); do
		fresh
		rc=0
		"$STOPAT" --kill "$n" -- "$BASH" -c 'change "$1"' sh "$WORK" >/dev/null 2>&1 || rc=$?
		[ "$rc" -eq 137 ] || break
		recover "$n" || return 1
		check_state "$n" || return 1
	done
	echo "# $n points" >&3
	[ "$rc" -eq 0 ]
	[ "$n" -gt 50 ]
}

# Exit status 0 only with the new state; any other with the old one, or the new one and words.
fail_everywhere()
{
	local n rc said
	for ((n = 1; ; n++)); do
		fresh
		rc=0
		"$STOPAT" --log "$BATS_TEST_TMPDIR/calls" --error "$n" "$1" -- \
			"$BASH" -c 'change "$1"' sh "$WORK" >"$BATS_TEST_TMPDIR/said" 2>&1 || rc=$?
		[ "$(grep -c . "$BATS_TEST_TMPDIR/calls")" -ge "$n" ] || break
		said=$(cat "$BATS_TEST_TMPDIR/said")
		if [ "$rc" -ne 0 ] && [[ $said != *commpkg:* ]]; then
			echo "$1 at call $n: exit $rc without a word: $said"
			return 1
		fi
		recover "$n" || return 1
		check_state "$n" || return 1
		if [ "$rc" -eq 0 ] && [ "$LAST" != "$NEW" ]; then
			echo "$1 at call $n: exit status 0, and the root is as before"
			sed -n "${n}p" "$BATS_TEST_TMPDIR/calls"
			return 1
		fi
		if [ "$rc" -eq 1 ] && [ "$LAST" != "$OLD" ]; then
			echo "$1 at call $n: exit status 1, and the root is not as before: $said"
			sed -n "${n}p" "$BATS_TEST_TMPDIR/calls"
			return 1
		fi
	done
	echo "# $n points" >&3
	[ "$n" -gt 50 ]
}

# Recovery itself is killed everywhere, from several half done states.
crash_recovery_everywhere()
{
	local n m rc half=$PLACE/half total
	fresh
	total=$("$STOPAT" --count -- "$BASH" -c 'change "$1"' sh "$WORK" 2>/dev/null | tail -n 1)
	for n in $((total / 3)) $((total / 2)) $((total * 2 / 3)) $((total * 4 / 5)) $((total * 9 / 10)); do
		fresh
		"$STOPAT" --kill "$n" -- "$BASH" -c 'change "$1"' sh "$WORK" >/dev/null 2>&1 || true
		rm -rf "$half"
		cp -a "$WORK" "$half"
		for ((m = 1; ; m++)); do
			rm -rf "$WORK"
			cp -a "$half" "$WORK"
			rc=0
			"$STOPAT" --kill "$m" -- commpkg -R "$WORK" recover >/dev/null 2>&1 || rc=$?
			[ "$rc" -eq 137 ] || break
			recover "$n.$m" || return 1
			check_state "$n.$m" || return 1
		done
		[ "$rc" -eq 0 ]
	done
}

# Two packages, the second version of one has all that makes an upgrade: files that change, come
# and go, a type that changes, a link, an editable file, attributes, a directory that goes.
crash_packages()
{
	mkpkg demo 1.0 'd opt/demo' 'd opt/demo/bin' 'd opt/demo/etc' 'd opt/demo/old' \
		'f opt/demo/bin/a' 'f opt/demo/bin/same <the same\n>' 'f opt/demo/bin/suid 4755 root root' \
		'e opt/demo/etc/conf <x=1\n>' 's opt/demo/link=bin/a' 'l opt/demo/hard=bin/same' \
		'f opt/demo/old/one' 'f opt/demo/old/two' 'f opt/demo/turns' 'd opt/demo/folds' \
		'f opt/demo/folds/in' 'f opt/demo/mode 0644 root root <mode\n>'
	mkpkg demo 2.0 'd opt/demo' 'd opt/demo/bin' 'd opt/demo/etc' 'd opt/demo/new' \
		'f opt/demo/bin/a' 'f opt/demo/bin/same <the same\n>' 'f opt/demo/bin/suid 4755 root root' \
		'e opt/demo/etc/conf <x=2\n>' 's opt/demo/link=bin/same' 'f opt/demo/new/one' \
		'd opt/demo/turns' 'f opt/demo/turns/in' 'f opt/demo/folds' \
		'f opt/demo/mode 0600 root root <mode\n>'
	mkpkg other 1.0 'd opt/other' 'f opt/other/x'
}
