#!/usr/bin/env bats
# The communications suite goes from 6.3 to 7.0 in place, its servers running, and back.
load lib/commpkg
load lib/suite

setup_file()
{
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR suite_setup
	commpkg install -qy --acceptLicense --distro "$D63" MS MTA WEBMAIL CAL -R "$ROOT"
}

setup()
{
	needs_root # a migration runs over the stage
	suite_setup
	cp -a "$BATS_FILE_TMPDIR/root/." "$ROOT"
	BASE=$ROOT/$MESSAGING
	suite_at "$BASE"
}

teardown() { stop_all; }

upgrade() # [OPTION...]
{
	run commpkg upgrade -y --services=yes --upgradeSC y --distro "$D70" "$@" -R "$ROOT" </dev/null
}

# All that is there, but what a server writes whether or not anything is upgraded.
look()
{
	tree_list | grep -v " $MESSAGING/var/"
}

@test "in place and back: edits of every kind, mail, and servers that answer" {
	# edited where 7.0 changes it, edited elsewhere, removed, not edited
	sed -i 's/^greeting=.*/greeting=at your service/; s/^port=.*/port=10200/' "$BASE/etc/store.cnf"
	sed -i 's/^storeport=.*/storeport=10200/; s/^retry=.*/retry=2/' "$BASE/etc/relay.cnf"
	cp "$BATS_FILE_TMPDIR/root/$MESSAGING/etc/webmail.cnf" "$BASE/etc/webmail.cnf"
	sed -i 's/^title=.*/title=Our mail/' "$BASE/etc/webmail.cnf"
	rm "$ROOT/opt/commpkg/calendar/etc/cald.cnf"
	"$BASE/sbin/start-msg" store relay
	send_mail bob 'from 6.3'
	look >before
	upgrade -n
	[ "$status" -eq 0 ]
	[[ $output == *'format 6 to 7, which is one way'*'saved for undo'* ]]
	said=$(grep ': would ' <<<"$output")
	[[ $said == *"store: would set listen=$ADDRESS:10200"*'store: would convert the mailbox bob: 1 message'* ]]
	[[ $said == *"relay: would set store=$ADDRESS:10200"* ]]
	look | cmp before -
	"$BASE/sbin/check-msg" store relay
	upgrade
	[ "$status" -eq 0 ] # what the migrations wrote is the decision about what was edited
	[ "$(grep ': would ' <<<"$output")" = "$said" ]
	sed -n 's/.*store: would set //p' <<<"$said" | while read -r line; do
		grep -qxF "$line" "$BASE/etc/store.cnf"
	done
	[ ! -e "$BASE/etc/store.cnf.new" ]
	"$BASE/sbin/check-msg" store relay # they run again; the one that did not does not
	run "$BASE/lib/msgctl" status webmail
	[ "$status" -eq 1 ]
	grep -qx "listen=$ADDRESS:10200" "$BASE/etc/store.cnf"
	grep -qx 'greeting=at your service' "$BASE/etc/store.cnf"
	grep -qx "store=$ADDRESS:10200" "$BASE/etc/relay.cnf"
	grep -qx 'retry=2' "$BASE/etc/relay.cnf"
	grep -qx 'title=Our mail' "$BASE/etc/webmail.cnf"
	grep -qx 'listen=127.0.0.1:10080' "$BASE/etc/webmail.cnf"
	[ ! -e "$ROOT/opt/commpkg/calendar/etc/cald.cnf" ]
	"$BASE/sbin/test-config"
	run send_mail bob 'from 7.0'
	[[ $output == *'220 localhost relay 7.0'*'250 2.0.0 delivered'* ]]
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 at your service, format 7'*' from 6.3'*' from 7.0'* ]]
	# back: what arrived since is named, and not lost
	"$BASE/sbin/stop-msg"
	run commpkg undo -y -R "$ROOT" </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *index/bob* ]]
	rm -f "$BASE"/store/index/bob.after-* "$BASE"/store/mboxlist.after-*
	look | grep -v /msgs/bob/2 | diff before -
	"$BASE/sbin/start-msg" store relay
	"$BASE/sbin/check-msg" store relay
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 at your service, format 6'*' from 6.3'* && $output != *' from 7.0'* ]]
	"$BASE/sbin/reconstruct"
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == *' from 6.3'*' from 7.0'* ]]
}

# A distribution of the same packages whose hooks are not asked beforehand.
unasked()
{
	mkdir unasked
	ln -s "$D70"/*[!l] unasked
	sed 's/ dryrun="yes"//' "$D70/$1.xml" >unasked/$1.xml
	for f in "$D70"/*.xml; do
		[ -e "unasked/${f##*/}" ] || ln -s "$f" unasked
	done
	D70=$PWD/unasked
}

@test "a configuration that can't become one of 7.0: the plan says so, and nothing is stopped" {
	"$BASE/sbin/start-msg" store relay
	pid=$(cat "$BASE/var/run/store.pid")
	echo nonsense=1 >>"$BASE/etc/webmail.cnf" # which does not run
	look >before
	for how in -n ''; do
		# shellcheck disable=SC2086
		upgrade $how
		[ "$status" -eq 1 ]
		[[ $output == *"webmail.cnf can't become a configuration of this release"*'the migration of WEBMAIL from 6.3 to 7.0 would fail'* ]]
		look | diff before -
		[ "$(cat "$BASE/var/run/store.pid")" = "$pid" ]
	done
	"$BASE/sbin/check-msg" store relay
}

@test "a configuration that can't become one of 7.0, and a hook that is not asked: all is taken back, and 6.3 answers" {
	unasked WEBMAIL
	"$BASE/sbin/start-msg" store relay
	send_mail bob 'from 6.3'
	echo nonsense=1 >>"$BASE/etc/webmail.cnf" # which does not run
	look >before
	upgrade
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"the migration of 'WEBMAIL' failed"* ]]
	grep -q "webmail.cnf can't become a configuration of this release" "$COMMPKG_LOGDIR"/commpkg_upgrade_*.log
	look | diff before -
	"$BASE/sbin/check-msg" store
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*' from 6.3'* ]]
}

@test "a server of 7.0 that does not come up: all is taken back, and 6.3 answers" {
	"$BASE/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	look >before
	# A distribution whose store ends at once; the check sees it.
	mkdir out && cp -a "$O/suite/bin" out/
	printf '#!/bin/sh\n[ "$1" != -t ] || exec "%s/suite/bin/7.0/lib/relay" -v\n' "$O" >out/bin/7.0/lib/store
	"$TOP/manifests/suite/pack" 7.0 out
	run commpkg upgrade -y --services=yes --upgradeSC y --distro out/7.0 MS -R "$ROOT" </dev/null
	[ "$status" -eq 1 ]
	look | diff before -
	"$BASE/sbin/check-msg" store
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*'1 3 -'* ]]
}

@test "downgrade: refused where the older version can't read the data; undo is the way back" {
	"$BASE/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	upgrade MS MTA
	[ "$status" -eq 0 ]
	look >before
	run commpkg install -y --services=yes --upgradeSC y --allow-downgrade --distro "$D63" MS=6.3 MTA=6.3 -R "$ROOT" </dev/null
	[ "$status" -eq 1 ]
	[[ $output == *"MS 7.0 can't become 6.3 in place: its manifest has no path from that version"* ]]
	[[ $output == *"MS 6.3 can't read /opt/commpkg/messaging/store, to which 7.0 gave format 7"*'commpkg undo'* ]]
	look | diff before -
	"$BASE/sbin/check-msg" store
	run commpkg upgrade --advise --distro "$D63" MS -R "$ROOT"
	[[ $output != *in-place* ]]
}

@test "downgrade where the table allows it: the calendar, its server running, and forward again" {
	local cal=$ROOT/opt/commpkg/calendar event='2027-01-01 party' other='2027-01-02 rest'
	post() { printf 'POST /bob HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' ${#1} "$1" | suite_ask 10008; }
	commpkg uninstall -qy --autoremove MS MTA WEBMAIL -R "$ROOT"
	suite_at "$cal"
	commpkg upgrade -qy --upgradeSC y --distro "$D70" -R "$ROOT"
	"$cal/sbin/start-cal"
	post "$event"
	tree_list | grep -v 'calendar/var/' >newer
	run commpkg install -y --services=yes --upgradeSC y --allow-downgrade --distro "$D63" CAL=6.3 -R "$ROOT" </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'CAL goes back from 6.3.1 to 6.3'* ]]
	"$cal/sbin/check-cal"
	run suite_ask 10008 <<<$'GET /.status HTTP/1.0\r\n\r\n'
	[[ $output == *6.3* && $output != *6.3.1* ]]
	run suite_ask 10008 <<<$'GET /bob HTTP/1.0\r\n\r\n'
	[[ $output == *party* ]]
	post "$other"
	[ -e "$ROOT/opt/commpkg/share/lib/libcommldap.so.5" ]
	[ ! -e "$ROOT/opt/commpkg/share/lib/libcommldap.so.6" ]
	commpkg undo -qy --services=yes -R "$ROOT"
	run suite_ask 10008 <<<$'GET /.status HTTP/1.0\r\n\r\n'
	[[ $output == *6.3.1* ]]
	run suite_ask 10008 <<<$'GET /bob HTTP/1.0\r\n\r\n'
	[[ $output == *party*rest* ]] # one format: nothing of it is lost
	tree_list | grep -v 'calendar/\(var\|calendars\)/' | diff <(grep -v 'calendar/\(var\|calendars\)/' newer) -
}
