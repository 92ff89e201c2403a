# For the crash tests: a command is stopped, or fails, at its mutating system calls, and after
# recovery the root must be as before or as planned, files and database alike.
#
#	prepare()		makes $BEFORE (a root) and the packages
#
# A test file defines it, calls crash_setup with the command under test, and then
# crash_everywhere, fail_at and so on.
#
# CRASH_ALL=1 tries every point, with every error (or those of CRASH_ERRNOS='EIO ENOSPC'). Without
# it there is a sample, the same in each run, that keeps all files here within minutes: see sample().
#
# Thousands of points: the program runs under stopat without a shell; the roots that it changes are
# copied, and looked at by rootstate, a batch at a time.

load ../cli/lib/commpkg
load lib/packages

PATH=$O/tests:$PATH
STOPAT=$O/tests/stopat
ROOTSTATE=$O/tests/rootstate
COMMPKG=$O/bin/commpkg
BATCH=24
# Sanitizers make every point cost ten times as much: then only a sample of the sample.
SPARSE=${SPARSE:-1}
! grep -q __asan_init "$COMMPKG" || SPARSE=7
ERRNOS=(EIO ENOSPC EROFS EDQUOT EMFILE ENOMEM EINTR)
[ -z "${CRASH_ERRNOS:-}" ] || read -ra ERRNOS <<<"$CRASH_ERRNOS"
STATE_OPTIONS=()
ASAN_MEMORY='AddressSanitizer failed to allocate'	# of its own, and in words of its own
LEAST=50	# calls that a transaction makes, or the search is none
WORDS=commpkg:	# stands before what went wrong
BETWEEN=()	# states that a list of transactions may stop in

# step_of N: how far apart the points of a sample are.
step_of()
{
	[ -z "${CRASH_ALL:-}" ] && echo $(($1 * SPARSE)) || echo 1
}

# sample FIRST STEP [KINDS]: which calls are tried, in $SAMPLE. All of them with CRASH_ALL; else
#
#	- with KINDS the first of each kind, from FIRST on (the same call, in the root, on its
#	  database, in our own state, or beside), the last one, and those about both commits; but
#	  not with sanitizers
#	- each STEP-th of the others, counted from FIRST, that are made in the root; of those on its
#	  database, which are half of them and one as good as the next, the first after each commit
#	  and each 4 * STEP-th
#	- each 16 * STEP-th of those that are not: in the log, and where the cage of a script is
#	  made, in memory that nobody else ever sees
sample()
{
	if [ -n "${CRASH_ALL:-}" ]; then
		mapfile -t SAMPLE < <(seq "$1" "$TOTAL")
	else
		mapfile -t SAMPLE < <(awk -v first="$1" -v step="$(step_of "$2")" -v kinds="${3:+$SPARSE}" \
			-v root="'$AFTER" -v total="$TOTAL" -v seal="$SEAL" \
			-v settle="${SETTLE:-$TOTAL}" "$SAMPLE_AWK" "$PLACE/calls")
	fi
	[ ${#SAMPLE[@]} -gt 2 ]
}

SAMPLE_AWK='
function about(n) { return NR >= n - 1 && NR <= n + 1 }
NR < first { next }
{
	moment = about(seal) || about(settle) || NR == total
	if (NF >= 4 && index($0, root) == 0) {
		place = "beside"
		chosen = beside++ % (16 * step) == 0
	} else {
		place = "root"
		if (/pkgdb/)
			place = "database"
		else if (/lib.commpkg/)
			place = "state"
		if (place == "database")
			chosen = after_commit || database++ % (4 * step) == 0
		else
			chosen = inside++ % step == 0
		after_commit = /unlink.*pkgdb.sqlite-journal/
	}
	first_of_kind = !seen[$3 " " place]++
	if (chosen || (kinds == 1 && (first_of_kind || moment)))
		print NR
}'

# crash_setup ARGUMENT...: of commpkg -y -R ROOT
crash_setup()
{
	commpkg_setup
	CHANGE=("$@")
	# Recorded times must not tell a root from one that was made a second later.
	export SOURCE_DATE_EPOCH=1000000000
	# On memory, where a sync costs nothing. (What a sync is for is not what is tested here.)
	PLACE=$(mktemp -d /dev/shm/commpkg-crash-XXXXXX 2>/dev/null) || PLACE=$BATS_TEST_TMPDIR
	# As deep as the roots of points, which the cage of scripts counts in calls.
	BEFORE=$PLACE/roots/before AFTER=$PLACE/roots/after
	mkdir -p "$BEFORE"
	mkpkg third 1.0 'd opt/third' 'f opt/third/x'
	prepare
	cp -a "$BEFORE" "$AFTER"
	# The log of each point has a directory of its own, as deep as this: else it would take more
	# calls, or fewer, to make it.
	mkdir "$PLACE/logs"
	COMMPKG_LOGDIR=$PLACE/logs/0.log "$STOPAT" --count --log "$PLACE/calls" -- \
		"$COMMPKG" -y -R "$AFTER" "${CHANGE[@]}" >"$PLACE/said" 2>&1 || {
		cat "$PLACE/said"
		return 1
	}
	TOTAL=$(grep -c . "$PLACE/calls")
	# The last two commits of SQLite's are the seal and the settling, if there are two.
	read -r SEAL SETTLE <<<"$(grep -n "unlink.*pkgdb.sqlite-journal'" "$PLACE/calls" |
		cut -d : -f 1 | tail -n 2 | tr '\n' ' ')"
	[ "$SEAL" -lt "${SETTLE:-$TOTAL}" ]
	OLD=$(state_of "$BEFORE")
	NEW=$(state_of "$AFTER")
	[ "$OLD" != "$NEW" ]
	pack "$BEFORE"
}

teardown()
{
	[ -z "$PLACE" ] || [ "$PLACE" = "$BATS_TEST_TMPDIR" ] || rm -rf "$PLACE"
}

state_of()
{
	"$ROOTSTATE" "${STATE_OPTIONS[@]}" "$@"
}

# What another command makes of the old and of the new state.
with_third()
{
	local s
	for s in "$BEFORE" "$AFTER"; do
		cp -a "$s" "$s.third"
		"$COMMPKG" -y -R "$s.third" install ./third-1.0.pkg >/dev/null 2>&1 || return 1
	done
	OLD3=$(state_of "$BEFORE.third")
	NEW3=$(state_of "$AFTER.third")
}

# ---- batches: points are tried, then looked at together

# pack ROOT: what the roots of the next batches are copies of.
pack()
{
	local i
	rm -rf "$PLACE/pack"
	mkdir "$PLACE/pack"
	for ((i = 0; i < BATCH; i++)); do
		cp -a "$1" "$PLACE/pack/$i"
	done
	batch_begin
}

batch_begin()
{
	rm -rf "$PLACE/batch"
	cp -a "$PLACE/pack" "$PLACE/batch"
	points=() roots=() statuses=() states=()
}

# try POINT ACTION... -- ARGUMENT...: commpkg on the next root of the batch, under stopat.
try()
{
	local point=$1 root=$PLACE/batch/${#points[@]} rc=0 actions=()
	shift
	while [ "$1" != -- ]; do
		actions+=("$1")
		shift
	done
	shift
	COMMPKG_LOGDIR=$root.log "$STOPAT" "${actions[@]}" -- "$COMMPKG" -y -R "$root" "$@" \
		>"$root.said" 2>&1 </dev/null || rc=$?
	points+=("$point")
	roots+=("$root")
	statuses+=("$rc")
}

# look [-r]: the states of all, recovered first.
look()
{
	[ ${#roots[@]} -gt 0 ] || return 0
	mapfile -t states < <(state_of "$@" "${roots[@]}")
	[ ${#states[@]} -eq ${#roots[@]} ] || {
		echo "at one of ${points[*]}: it can't be looked at"
		return 1
	}
}

# tell INDEX WORDS...
tell()
{
	local i=$1 n=${points[$1]%%[!0-9]*}
	shift
	echo "at ${points[i]}: $* (exit ${statuses[i]})"
	[ -z "$n" ] || sed -n "${n}p" "$PLACE/calls"
	cat "${roots[i]}.said"
	[ ! -e "${roots[i]}.after" ] || sed 's/^/afterwards: /' "${roots[i]}.after"
	echo "old $OLD"
	echo "new $NEW"
	echo "is  ${states[i]}"
	"$ROOTSTATE" -v "${roots[i]}" >"$PLACE/is.txt"
	for n in "$BEFORE" "$AFTER"; do
		"$ROOTSTATE" -v "$n" | diff - "$PLACE/is.txt" | head -n 20 || :
	done
	return 1
}

is_old() { [ "${states[$1]}" = "$OLD" ]; }
is_new() { [ "${states[$1]}" = "$NEW" ]; }
is_between()
{
	local s
	for s in "${BETWEEN[@]}"; do
		[ "${states[$1]}" != "$s" ] || return 0
	done
	return 1
}

# ---- killed

# 137 and recovered, all of this batch; with `back`, taken back as well.
judge_killed()
{
	local i
	look -r || return 1
	for i in "${!roots[@]}"; do
		[ "${statuses[i]}" -eq 137 ] || tell "$i" 'not killed' || return 1
		is_old "$i" || is_new "$i" || is_between "$i" ||
			tell "$i" 'neither old nor new' || return 1
	done
	[ "$1" != back ] || judge_back
}

# What recovery finished can be taken back as if nothing had happened.
judge_back()
{
	local i n=0
	for i in "${!roots[@]}"; do
		is_new "$i" && [ $((n++ % 5)) -eq 0 ] || continue
		"$COMMPKG" -y -R "${roots[i]}" undo >>"${roots[i]}.after" 2>&1 ||
			tell "$i" 'it cannot be undone' || return 1
		states[i]=$(state_of "${roots[i]}")
		is_old "$i" || tell "$i" 'undone, it is not the old one' || return 1
	done
}

# crash_everywhere [BACK [STEP]]: or at each STEP-th call. BACK is back: undo gives $BEFORE exactly.
crash_everywhere()
{
	local n back=${1:-no}
	sample 1 "${2:-1}" kinds || return 1
	for n in "${SAMPLE[@]}"; do
		try "$n" --kill "$n" -- "${CHANGE[@]}"
		[ ${#points[@]} -eq $BATCH ] || continue
		judge_killed "$back" || return 1
		batch_begin
	done
	judge_killed "$back" || return 1
	batch_begin
	[ "$TOTAL" -gt "$LEAST" ]
	# One further there is nothing to kill.
	try "$TOTAL" --kill $((TOTAL + 1)) -- "${CHANGE[@]}"
	[ "${statuses[0]}" -eq 0 ]
}

# Killed at each STEP-th from FIRST on, and the next command that writes recovers by itself.
crash_then_write()
{
	local n
	with_third || return 1
	sample "$1" "$2" || return 1
	for n in "${SAMPLE[@]}"; do
		try "$n" --kill "$n" -- "${CHANGE[@]}"
		[ ${#points[@]} -lt $BATCH ] || judge_written || return 1
	done
	judge_written
}

# The next command that writes recovers, and does what it is asked to.
judge_written()
{
	local i
	for i in "${!roots[@]}"; do
		"$COMMPKG" -y -R "${roots[i]}" install ./third-1.0.pkg >"${roots[i]}.after" 2>&1 || {
			states[i]=
			tell "$i" 'the next command fails'
			return 1
		}
	done
	look || return 1
	for i in "${!roots[@]}"; do
		[ "${states[i]}" = "$OLD3" ] || [ "${states[i]}" = "$NEW3" ] ||
			tell "$i" 'neither old nor new after the next command' || return 1
	done
	batch_begin
}

# ---- errors

# Before recovery: exit 0 only with the new state, 1 only with the old one; 10 in words. After it:
# old or new, and no stage left.
judge_failed()
{
	local i rc said
	look || return 1
	for i in "${!roots[@]}"; do
		rc=${statuses[i]} said=$(cat "${roots[i]}.said")
		states[i]=${states[i]/ stages [0-9] / stages 0 } # what can't be deleted is left
		case $rc in
		134) # as killed: what it was in the middle of is recovered
			[[ -n $LOOKING && $said == *@('out of memory'|"$ASAN_MEMORY")* ]] ||
				tell "$i" 'aborted' || return 1 ;;
		[2-9]) [ -n "$LOOKING" ] || tell "$i" 'an exit status that nobody expects' || return 1
			is_old "$i" || tell "$i" 'refused, and not the old one' || return 1 ;;
		0) is_new "$i" || tell "$i" 'done, and not the new one' || return 1 ;;
		1) is_old "$i" || tell "$i" 'failed, and not the old one' || return 1 ;;
		10) [[ $said == *'commpkg recover'* ]] || tell "$i" 'no word of recovery' || return 1 ;;
		*) tell "$i" 'an exit status that nobody expects' || return 1 ;;
		esac
		[ "$rc" -eq 0 ] || [[ $said == *@("$WORDS "|"$ASAN_MEMORY")* ]] ||
			tell "$i" 'without a word' || return 1
		FOUND[rc]=$((${FOUND[rc]:-0} + 1))
	done
	look -r || return 1
	for i in "${!roots[@]}"; do
		is_old "$i" || is_new "$i" || tell "$i" 'recovered, neither old nor new' || return 1
		case ${statuses[i]} in
		0) is_new "$i" || tell "$i" 'was new, and is not' || return 1 ;;
		[1-9]) is_old "$i" || tell "$i" 'was old, and is not' || return 1 ;;
		esac
	done
}

# try_failing POINT HOW ERRNO [OPTION]: judged a batch at a time; the last one with `flush`.
try_failing()
{
	try "$1 $3" ${4:+"$4"} "$2" "$1" "$3" -- "${CHANGE[@]}"
	[ ${#points[@]} -lt $BATCH ] || flush_failed
}

flush_failed()
{
	judge_failed || return 1
	batch_begin
}

# fail_at ERRNO FIRST STEP [--errors]: one call fails (or all from there on).
fail_at()
{
	local n
	FOUND=()
	sample "$2" "$3" || return 1
	for n in "${SAMPLE[@]}"; do
		try_failing "$n" "${4:---error}" "$1" || return 1
	done
	flush_failed || return 1
	[ "${FOUND[1]:-0}" -gt 0 ]
}

# fail_everywhere FIRST STEP [--errors]: each point of the sample with one errno, in turn; with
# CRASH_ALL each point with each. (EINTR for ever does not happen, and would be waited for.)
fail_everywhere()
{
	local n i=0 how=${3:---error} kinds=kinds errno
	FOUND=()
	[ $how = --error ] || kinds=
	sample "$1" "$2" "$kinds" || return 1
	for n in "${SAMPLE[@]}"; do
		for errno in $(errnos_at "$i"); do
			[ "$how $errno" != '--errors EINTR' ] || continue
			try_failing "$n" "$how" "$errno" || return 1
		done
		i=$((i + 1))
	done
	flush_failed || return 1
	[ "${FOUND[1]:-0}" -gt 0 ]
}

errnos_at()
{
	[ -z "${CRASH_ALL:-}" ] && echo "${ERRNOS[$1 % ${#ERRNOS[@]}]}" || echo "${ERRNOS[*]}"
}

# fail_looking FIRST STEP: calls that only look fail too: what can't be read, no descriptor, no
# memory. Which call is the N-th differs a little from run to run, so the last ones may be none.
fail_looking()
{
	local n i=0 step errno total
	step=$(step_of "$2")
	cp -a "$BEFORE" "$PLACE/looked"
	COMMPKG_LOGDIR=$PLACE/looked.log "$STOPAT" --reads --count --log "$PLACE/calls" -- \
		"$COMMPKG" -y -R "$PLACE/looked" "${CHANGE[@]}" >/dev/null 2>&1
	total=$(grep -c . "$PLACE/calls")
	LOOKING=1
	FOUND=()
	for ((n = $1; n <= total; n += step, i++)); do
		for errno in $(looking_errnos_at "$i"); do
			try_failing "$n" --error "$errno" --reads || return 1
		done
	done
	flush_failed || return 1
	LOOKING=
	[ "${FOUND[1]:-0}" -gt 0 ]
}

looking_errnos_at()
{
	local errnos=(EIO EMFILE ENOMEM EINTR)
	[ -z "${CRASH_ALL:-}" ] && echo "${errnos[$1 % 4]}" || echo "${errnos[*]}"
}

# ---- recovery killed

# crash_recovery_everywhere [STEP]: recovery itself is killed, from several states half done.
crash_recovery_everywhere()
{
	local n half=$PLACE/half
	for n in $((SEAL - 2)) $(((SEAL + SETTLE) / 2)) $((SETTLE - 8)); do
		cp -a "$BEFORE" "$half"
		"$STOPAT" --kill "$n" -- "$COMMPKG" -y -R "$half" "${CHANGE[@]}" >/dev/null 2>&1 || :
		pack "$half"
		rm -rf "$half"
		kill_recovery_of "$n" "${1:-1}" || return 1
	done
}

# A transaction that is being taken back, because of an error in its middle or near its end: killed
# everywhere while it is (or at a sample of it).
crash_reversal_everywhere()
{
	local n
	crash_reversal $(((SEAL + SETTLE) / 2)) "${1:-3}" || return 1
	crash_reversal $((SETTLE - 12)) "${1:-1}" || return 1
	[ -n "${CRASH_ALL:-}" ] || return 0
	for ((n = SEAL + 1; n < SETTLE; n += 5)); do
		crash_reversal "$n" 1 || return 1
	done
}

# crash_reversal POINT STEP
crash_reversal()
{
	local m rc=137
	for ((m = $1 + 1; rc == 137; m += $(step_of "$2"))); do
		try "$1, $m" --error "$1" EIO --kill "$m" -- "${CHANGE[@]}"
		rc=${statuses[-1]}
		[ ${#points[@]} -eq $BATCH ] || [ "$rc" -ne 137 ] || continue
		[ "$rc" -eq 137 ] || judge_last "$rc" || return 1
		judge_killed || return 1
		batch_begin
	done
	[ "$m" -gt $(($1 + 20)) ]
}

# kill_recovery_of POINT STEP: of what is packed.
kill_recovery_of()
{
	local m rc=137
	for ((m = 1; rc == 137; m += $(step_of "$2"))); do
		try "$1, recovery $m" --kill "$m" -- recover
		rc=${statuses[-1]}
		[ ${#points[@]} -eq $BATCH ] || [ "$rc" -ne 137 ] || continue
		[ "$rc" -eq 137 ] || judge_last "$rc" || return 1
		judge_killed || return 1
		batch_begin
	done
	[ "$m" -gt 20 ]
}

# The last of a batch ran to its end, as it should once.
judge_last()
{
	[ "$1" -le 1 ] || tell -1 'it did not end well' || return 1
	unset 'points[-1]' 'roots[-1]' 'statuses[-1]'
}
