#!/usr/bin/env bats
# The communications suite to show things on: two distributions of servers that run.
load lib/commpkg
load lib/suite

setup_file()
{
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR suite_setup
	commpkg install -qy --distro "$D63" COMMms COMMmta COMMwm COMMcal COMMds COMMmsde -R "$ROOT"
}

setup()
{
	suite_setup
	cp -a "$BATS_FILE_TMPDIR/root/." "$ROOT"
	BASE=$ROOT/$MESSAGING
	suite_at "$BASE"
}

teardown() { stop_all; }

# An upgrade may leave decisions about edited files (101).
upgrade()
{
	local status=0
	commpkg upgrade -qy --distro "$D70" -R "$ROOT" || status=$?
	[ $status -eq 0 ] || [ $status -eq 101 ]
}

@test "every manifest follows the schema, and names packages that are there" {
	for d in "$D63" "$D70"; do
		for f in "$d"/*.xml; do
			commpkg inspect --json "$f" >"${f##*/}.json"
		done
		python3 - "$d" <<'END'
import glob, json, subprocess, sys
there = {}
for f in glob.glob(sys.argv[1] + "/*.pkg"):
    out = subprocess.run(["pkginfo", "-l", "-d", f], capture_output=True, text=True, check=True).stdout
    fields = dict(l.strip().split(":", 1) for l in out.splitlines() if ":" in l)
    there[fields["PKGINST"].strip()] = fields["VERSION"].strip()
ids, used = set(), set()
for f in glob.glob("*.xml.json"):
    c = json.load(open(f))["components"][0]
    ids.add(c["component"])
    for p in c["packages"]:
        name, _, version = p.partition(" ")
        assert name in there and version in ("", there[name]), (f, p, there)
        used.add(name)
assert ids == {"MS", "MTA", "WEBMAIL", "CAL", "DSSETUP", "NSS", "LDAPSDK", "MS_L10N"}, ids
assert used == set(there), used ^ set(there)
END
	done
}

@test "the same sources give the same bytes" {
	mkdir out && cp -a "$O/suite/bin" out/
	"$TOP/manifests/suite/pack" 7.0 out
	diff -r "$D70" out/7.0
	# and these are compared: another program, another distribution
	echo >>out/bin/7.0/lib/relay
	"$TOP/manifests/suite/pack" 7.0 out
	! cmp "$D70/COMMmta.pkg" out/7.0/COMMmta.pkg
}

@test "mail for the relay is in the store, and shown by the web front end" {
	"$BASE/sbin/start-msg"
	"$BASE/sbin/check-msg"
	run send_mail bob 'Hello <you>'
	[[ $output == *'250 2.0.0 delivered'* ]]
	run suite_ask 10143 <<<$'LIST bob\nFETCH bob 1\nQUIT'
	[[ $output == *'+OK store 6.3 ready, format 6'*'1 '*' Hello <you>'*'Received: by localhost (MTA 6.3)'* ]]
	run get /
	[[ $output == *'<h1>Mailboxes</h1>'*'<a href="/bob">'* ]]
	run get /bob de
	[[ $output == *'<a href="/bob/1">Hello &lt;you&gt;</a>'*'Nachrichten: 1'* ]]
	run get /bob/1
	[[ $output == *'Subject: Hello &lt;you&gt;'* ]]
}

@test "what runs is not started again, what does not run is not stopped" {
	"$BASE/sbin/start-msg"
	run "$BASE/sbin/start-msg" store
	[ "$status" -eq 0 ]
	[[ $output == 'store: runs already ('*')' ]]
	"$BASE/sbin/check-msg"
	run "$BASE/sbin/stop-msg"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == 'webmail: stopped'* && ${lines[2]} == 'store: stopped'* ]]
	run "$BASE/sbin/stop-msg"
	[ "$status" -eq 0 ]
	[ "${lines[2]}" = 'store: does not run' ]
	[ -z "$(ls "$BASE/var/run")" ]
	run "$BASE/sbin/check-msg" store
	[ "$status" -eq 1 ]
	run "$BASE/sbin/start-msg" imap
	[ "$status" -eq 2 ]
	# A pid file is no process: what is in it is somebody else's number by now.
	echo $$ >"$BASE/var/run/store.pid"
	"$BASE/sbin/stop-msg" store
	kill -0 $$
}

@test "two servers on one port: the second says so and does not run" {
	cp -a "$BASE" other
	"$BASE/sbin/start-msg" store
	LD_LIBRARY_PATH=$BASE/../share/lib run other/sbin/start-msg store
	[ "$status" -eq 1 ]
	[[ $output == "store: cannot listen on $ADDRESS port 10143: Address already in use" ]]
	[ ! -e other/var/run/store.pid ]
}

@test "the relay keeps mail while the store is away" {
	sed -i 's/^retry=.*/retry=1/' "$BASE/etc/relay.cnf"
	"$BASE/sbin/start-msg" relay
	run send_mail bob later
	[[ $output == *'250 2.0.0 queued'* ]]
	"$BASE/sbin/start-msg" store
	wait_for ' delivered' "$BASE/var/log/relay.log"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == *' later'* ]]
	[ -z "$(ls "$BASE/queue")" ]
}

@test "the directory says who is a user, of mail and of calendars" {
	local ds=$ROOT/opt/commpkg/dssetup cal=$ROOT/opt/commpkg/calendar
	"$ds/sbin/comm_dssetup" -a bob -a eve
	"$ds/sbin/comm_dssetup" -a bob
	[ "$(grep -c '^uid: bob' "$ds/var/directory.ldif")" -eq 1 ]
	sed -i 's/^#directory=/directory=/' "$BASE/etc/store.cnf" "$cal/etc/cald.cnf"
	suite_at "$cal"
	"$BASE/sbin/start-msg" store relay
	"$cal/sbin/start-cal"
	"$cal/sbin/check-cal"
	run send_mail bob hello
	[[ $output == *'250 2.0.0 delivered'* ]]
	run send_mail nobody hello
	[[ $output == *'550 5.1.1 the store refuses it'* ]]
	run suite_ask 10008 <<<$'POST /bob HTTP/1.0\nContent-Length: 21\n\n2009-02-10 Lunch, 1pm'
	[[ $output == 'HTTP/1.0 201 Created'* ]]
	run suite_ask 10008 <<<$'GET /bob HTTP/1.0\n'
	[[ $output == *'DTSTART;VALUE=DATE:20090210'*'SUMMARY:Lunch\, 1pm'* ]]
	run suite_ask 10008 <<<$'GET /nobody HTTP/1.0\n'
	[[ $output == 'HTTP/1.0 404 Not Found'* ]]
	# 7.0 knows who is not active; it is another library.
	"$BASE/sbin/stop-msg"
	"$cal/sbin/stop-cal"
	upgrade
	"$cal/sbin/start-cal"
	"$cal/sbin/check-cal"
	run suite_ask 10008 <<<$'GET /bob HTTP/1.0\n'
	[[ $output == *'SUMMARY:Lunch\, 1pm'* ]]
	"$ds/sbin/comm_dssetup" -d bob
	run suite_ask 10008 <<<$'GET /bob HTTP/1.0\n'
	[[ $output == 'HTTP/1.0 404 Not Found'* ]]
	"$BASE/lib/migrate-config" "$BASE"
	"$BASE/sbin/start-msg" store relay
	run send_mail bob hello
	[[ $output == *'550 5.1.1 the store refuses it'* ]]
	run send_mail eve hello
	[[ $output == *'250 2.0.0 delivered'* ]]
}

@test "a configuration that is wrong is refused with its line, and nothing starts" {
	"$BASE/sbin/test-config"
	printf 'port=70000\nmaxsize=many\nlisten=127.0.0.1:10143\nnonsense\n' >"$BASE/etc/store.cnf"
	run "$BASE/sbin/test-config" store
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == *"store.cnf:1: the value of 'port': it is to be a port from 1 to 65535" ]]
	[[ ${lines[1]} == *"store.cnf:2: the value of 'maxsize': it is to be a number" ]]
	[[ ${lines[2]} == *"store.cnf:3: unknown key 'listen'" ]]
	[[ ${lines[3]} == *"store.cnf:4: no KEY=value: 'nonsense'" ]]
	run "$BASE/sbin/start-msg" store
	[ "$status" -eq 1 ]
	run "$BASE/lib/msgctl" status store
	[ "$status" -eq 1 ]
	# a file that is named, as what is to become the configuration
	echo port=10200 >merged
	"$BASE/sbin/test-config" store merged
	cp merged relay.cnf
	"$BASE/sbin/test-config" ./relay.cnf
}

@test "what comes from outside has limits" {
	"$BASE/sbin/start-msg"
	long=$(head -c 5000 /dev/zero | tr '\0' x)
	run suite_ask 10143 <<<"$long"$'\nNOOP\nLIST ../../etc\nFETCH bob ../1\nDELIVER .. 3\nabcDELIVER bob 99999999\nNOOP'
	[[ $output == *'-ERR SYNTAX too long a line'*'+OK'*'-ERR NOBOX'*'-ERR NOMSG'*'-ERR SYNTAX no such name'*'-ERR TOOBIG'* ]]
	[[ $output != *TOOBIG*+OK* ]] # it does not take what follows for commands
	run suite_ask 10025 <<<$'MAIL FROM:<a@b>\nRCPT TO:<bob@elsewhere.example>\nRCPT TO:<../x@localhost>\nRCPT TO:<bob>\nDATA\n'"$long"$'\n.\nQUIT'
	[[ $output == *'550 5.7.1 not my domain'*'553 5.1.3'*'250 2.1.5'*'354 '*'552 5.3.4'*'221 '* ]]
	run get "/$long"
	[[ $output == 'HTTP/1.0 414'* ]]
	run get '/bob%00/1'
	[[ $output == 'HTTP/1.0 400'* ]]
	run get '/..%2f..%2fetc%2fpasswd'
	[[ $output == 'HTTP/1.0 404'* ]]
	head -c 20000 /dev/urandom | suite_ask 10080 >/dev/null || :
	"$BASE/sbin/check-msg"
	[ -z "$(ls "$BASE/store/msgs")$(ls "$BASE/queue")" ]
}

@test "in place: 7.0 reads what migrate-config brought it, and -u goes back" {
	sed -i 's/^port=.*/port=10200/; s/^greeting=.*/greeting=here we are/' "$BASE/etc/store.cnf"
	sed -i 's/^storeport=.*/storeport=10200/' "$BASE/etc/relay.cnf" "$BASE/etc/webmail.cnf"
	"$BASE/sbin/start-msg"
	send_mail bob old
	"$BASE/sbin/stop-msg"
	cp -a "$BASE/etc" "$BASE/store" .
	upgrade
	run "$BASE/sbin/test-config" store
	[ "$status" -eq 1 ] # the edited file, which 7.0 does not understand
	"$BASE/lib/migrate-config" "$BASE"
	"$BASE/sbin/test-config"
	grep -qx "listen=$ADDRESS:10200" "$BASE/etc/store.cnf"
	grep -qx 'greeting=here we are' "$BASE/etc/store.cnf"
	grep -qx 'maxsize=2097152' "$BASE/etc/store.cnf" # nobody had edited it
	grep -qx "store=$ADDRESS:10200" "$BASE/etc/webmail.cnf"
	"$BASE/sbin/start-msg"
	"$BASE/sbin/check-msg"
	"$BASE/lib/migrate-config" "$BASE" # again: nothing to do, though it runs
	send_mail bob new
	run get /bob
	[[ $output == *'old</a>'*'new</a>'* ]]
	run suite_ask 10200 <<<$'FETCH bob 1\nQUIT'
	[[ $output == '+OK store 7.0 here we are, format 7'*'Subject: old'* ]]
	# what is on the disk is compared with what arrived
	cp "$BASE/store/msgs/bob/1" kept
	sed -i s/old/odd/ "$BASE/store/msgs/bob/1"
	run suite_ask 10200 <<<$'FETCH bob 1\nQUIT'
	[[ $output == *'-ERR DAMAGED'* ]]
	cp kept "$BASE/store/msgs/bob/1"
	run "$BASE/lib/migrate-config" -u "$BASE"
	[ "$status" -eq 1 ]
	[[ $output == *'runs: stop it first'* ]]
	"$BASE/sbin/stop-msg"
	run "$BASE/lib/migrate-config" -u "$BASE"
	[ "$status" -eq 0 ]
	[[ $output == *'messages that came since: 1;'* ]]
	diff -r etc "$BASE/etc" -x '*.new'
	diff -r store/index "$BASE/store/index"
	[ ! -e "$BASE/var/migrate" ]
	commpkg undo -qy -R "$ROOT"
	"$BASE/sbin/start-msg"
	"$BASE/sbin/check-msg"
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*' old'* && $output != *' new'* ]]
	"$BASE/sbin/reconstruct"
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == *' old'*' new'* ]]
}

@test "there is no way back for the data but what was saved" {
	"$BASE/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	"$BASE/sbin/stop-msg"
	cp -a "$BASE" "$ROOT/opt/commpkg/old"
	upgrade
	# the data before it is converted
	cp "$BASE/lib/conf/store.cnf" "$BASE/etc/store.cnf"
	suite_at "$BASE"
	run "$BASE/sbin/start-msg" store
	[ "$status" -eq 1 ]
	[[ $output == *"is in format 6, and this release reads format 7: convert it with lib/migrate-config" ]]
	"$BASE/lib/migrate-config" "$BASE"
	"$BASE/sbin/start-msg" store
	"$BASE/sbin/stop-msg" store
	# and 6.3 with what 7.0 made of it
	commpkg undo -qy -R "$ROOT"
	cp "$ROOT/opt/commpkg/old/etc/store.cnf" "$BASE/etc/store.cnf"
	run "$BASE/sbin/start-msg" store
	[ "$status" -eq 1 ]
	[[ $output == *"is in format 7, and this release reads format 6 only" ]]
}

@test "side by side: the steps of the guide, while the old one runs" {
	local new=$BATS_TEST_TMPDIR/new/$MESSAGING
	"$BASE/sbin/start-msg"
	send_mail bob old
	cp -a "$BASE/etc" .
	mkdir new
	commpkg install -qy --distro "$D70" COMMms COMMmta COMMwm -R "$PWD/new"
	run "$new/sbin/patch-config"
	[ "$status" -eq 1 ] # nothing is prepared
	"$new/sbin/migrate-config" "$BASE"
	run "$new/sbin/patch-config"
	[ "$status" -eq 0 ]
	[[ $output == *'-listen=127.0.0.1:10143'*"+listen=$ADDRESS:10143"* ]]
	[ ! -e "$new/store/mboxlist" ]
	"$new/sbin/install-newconfig"
	"$BASE/sbin/check-msg"
	"$BASE/sbin/stop-msg"
	"$new/sbin/start-msg"
	"$new/sbin/check-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 '*' old'* ]]
	send_mail bob new
	# back
	"$new/sbin/stop-msg"
	run "$new/sbin/migrate-config" -u "$BASE"
	[ "$status" -eq 0 ]
	[[ $output == *'what the new release had is in '*'/store.undone'* ]]
	grep -qx 'listen=127.0.0.1:10143' "$new/etc/store.cnf"
	grep -rq 'Subject: new' "$new/store.undone"
	diff -r etc "$BASE/etc"
	"$BASE/sbin/start-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*' old'* && $output != *' new'* ]]
}

@test "coexistent: mailboxes move in portions, both hosts live" {
	local new=$BATS_TEST_TMPDIR/new/$MESSAGING
	"$BASE/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcDELIVER bob 3\nabcDELIVER eve 3\nxyzQUIT'
	mkdir new
	commpkg install -qy --distro "$D70" COMMms -R "$PWD/new"
	"$new/lib/migrate-config" -m bob "$BASE"
	sed -i "s/:10143/:10144/" "$new/etc/store.cnf"
	"$new/sbin/start-msg"
	run suite_ask 10144 <<<$'LIST bob\nLIST eve\nDELIVER bob 3\nnewQUIT'
	[[ $output == *'1 3 -'*'2 3 -'*'-ERR NOBOX'*'+OK 3'* ]]
	# again, with one more: what was brought is not brought twice, equal ones are not lost
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	"$new/lib/store" -C "$BASE/store" eve bob
	"$new/lib/store" -C "$BASE/store"
	run suite_ask 10144 <<<$'LIST bob\nLIST eve\nQUIT'
	[[ $output == *'4 3 -'* && $output != *'5 3 -'* && $output == *'+OK'*'+OK'*'+OK'* ]]
}

@test "a migration that is killed goes on, and goes back" {
	local n=0 killed=1 states=0
	"$BASE/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcDELIVER eve 3\nxyzQUIT'
	"$BASE/sbin/stop-msg"
	sed -i 's/^greeting=.*/greeting=mine/' "$BASE/etc/store.cnf"
	upgrade
	cd "$ROOT/opt/commpkg" # where the libraries are beside each copy
	digest() { (cd "$1" && find etc store -type f ! -name '*.new' -exec sha256sum {} + | sort -k 2); }
	cp -a "$BASE" before
	digest before >before.sum
	before/lib/migrate-config -s store before
	digest before >after.sum
	run ! cmp -s before.sum after.sum
	# The N-th of these commands kills the script, before it has done its work, or after.
	mkdir bin
	for c in mv cp rm; do
		printf '#!/bin/sh\necho x >>%s/count\n[ $(wc -l <%s/count) -ne $KILL ] || { [ $LATE -eq 0 ] || /bin/%s "$@"; kill -9 $PPID; }\nexec /bin/%s "$@"\n' \
			"$PWD" "$PWD" "$c" "$c" >bin/$c
	done
	chmod +x bin/*
	while [ $killed -eq 1 ]; do
		n=$((n + 1)) killed=0
		rm -rf base count
		cp -a "$BASE" base
		KILL=$n LATE=$((n % 2)) PATH=$PWD/bin:$PATH base/lib/migrate-config -s store base >/dev/null 2>&1 || killed=1
		digest base >killed.sum
		cmp -s killed.sum before.sum || states=$((states + 1))
		if [ $((n % 3)) -ne 0 ]; then
			base/lib/migrate-config -s store base
			digest base | diff after.sum -
		fi
		base/lib/migrate-config -u -s store base
		digest base | diff before.sum -
	done
	[ $n -gt 8 ]
	[ $states -gt 2 ]
}
