#!/usr/bin/env bats
# Side by side, to the end: migrate, switch, and back, with servers that run.
load lib/commpkg
load lib/suite

setup()
{
	needs_root # a migration runs over the stage
	suite_setup
	OLD=$ROOT/$MESSAGING
	NEW=$ROOT/opt/commpkg/messaging7.0
	commpkg install -qy --acceptLicense --distro "$D63" MS MTA -R "$ROOT"
	suite_at "$OLD"
}

teardown() { stop_all; }

beside()
{
	commpkg install -qy --acceptLicense --upgradeSC y --distro "$D70" --beside 6.3 "$@" -R "$ROOT"
}
migrate() { run commpkg migrate -y "$@" -R "$ROOT" </dev/null; }
switch() { run commpkg switch -y --services=yes "$@" -R "$ROOT" </dev/null; }
runs() { [[ $("$1/lib/msgctl" status store) == 'store: runs'* ]]; }
# All that is there, but what servers write whatever is done.
look() { tree_list | grep -v '/var/\(log\|run\)'; }

@test "there and back, the old one live until the switch" {
	sed -i 's/^greeting=.*/greeting=at your service/' "$OLD/etc/store.cnf"
	"$OLD/sbin/start-msg"
	send_mail bob before
	beside MS
	[ "$(readlink "$ROOT/opt/commpkg/current/MS")" = ../messaging ]
	grep -qx 'listen=127.0.0.1:11143' "$NEW/etc/store.cnf" # two can't have one port
	look >unmigrated
	migrate --plan MS
	[ "$status" -eq 0 ]
	[[ $output == *"store: would set listen=$ADDRESS:11143"*'would set greeting=at your service'*'would convert the mailbox bob: 1 message'* ]]
	said=$(grep ': would ' <<<"$output")
	look | diff unmigrated -
	migrate MS
	[ "$status" -eq 0 ]
	[ "$(grep ': would ' <<<"$output")" = "$said" ]
	runs "$OLD"
	grep -qx "listen=$ADDRESS:11143" "$NEW/etc/store.cnf"
	grep -qx 'greeting=at your service' "$NEW/etc/store.cnf"
	send_mail bob since
	# both at once, each at its own port
	"$NEW/sbin/start-msg" store
	run suite_ask 11143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 at your service'*' before'* && $output != *' since'* ]]
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*' since'* ]]
	"$NEW/sbin/stop-msg" store
	switch -n MS
	[[ $output == *'store: would convert the mailbox bob: 1 message'* ]]
	switch MS
	[ "$status" -eq 0 ]
	[ "$(readlink "$ROOT/opt/commpkg/current/MS")" = ../messaging7.0 ]
	run ! runs "$OLD"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 '*' before'*' since'* ]]
	send_mail bob after # the relay did not notice
	[[ $(commpkg info -R "$ROOT") == *'7.0 '*'6.3 (beside)'* ]]
	# and back
	switch MS=6.3
	[ "$status" -eq 0 ]
	[[ $output == *'stays there: nothing brings to 6.3 what arrived since'* ]]
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*' since'* && $output != *' after'* ]]
	migrate --undo MS
	[ "$status" -eq 0 ]
	look | grep -v " $MESSAGING/\(store\|queue\)" >now
	grep -v " $MESSAGING/\(store\|queue\)" unmigrated | grep -v 'opt/commpkg/messaging7.0/store' | diff - <(grep -v 'opt/commpkg/messaging7.0/store' now)
	runs "$OLD"
}

@test "edits of every kind, all three servers: there, and back as it was" {
	commpkg install -qy --acceptLicense --distro "$D63" WEBMAIL -R "$ROOT"
	suite_at "$OLD"
	# with new names in 7.0, by the same name, removed; what is not edited is all else
	sed -i 's/^greeting=.*/greeting=at your service/; s/^port=.*/port=10200/' "$OLD/etc/store.cnf"
	sed -i 's/^storeport=.*/storeport=10200/; s/^retry=.*/retry=2/' "$OLD/etc/relay.cnf"
	"$OLD/sbin/start-msg" store relay
	rm "$OLD/etc/webmail.cnf" # it does not run
	send_mail bob before
	suite_ask 10200 <<<$'LIST bob\nQUIT' | sed 1d >mail
	look >before
	beside MS MTA WEBMAIL
	migrate MS MTA WEBMAIL
	[ "$status" -eq 0 ]
	grep -qx 'greeting=at your service' "$NEW/etc/store.cnf"
	grep -qx 'retry=2' "$NEW/etc/relay.cnf"
	grep -q '^listen=127.0.0.1:' "$NEW/etc/webmail.cnf" # of one that was removed there is nothing to bring
	"$NEW/sbin/test-config"
	switch
	[ "$status" -eq 0 ]
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 at your service'*' before'* ]]
	[[ $(send_mail bob since) == *'220 localhost relay 7.0'*delivered* ]]
	# and back: three steps, of which one is for all three
	switch
	[ "$status" -eq 0 ]
	migrate --undo MS MTA WEBMAIL
	[ "$status" -eq 0 ]
	commpkg uninstall -qy --autoremove MS=7.0 MTA=7.0 WEBMAIL=7.0 -R "$ROOT"
	"$OLD/sbin/check-msg" store relay
	run suite_ask 10200 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 at your service, format 6'* ]]
	diff mail <(sed 1d <<<"$output")
	# the shared component stays as new as it was asked for, the link and what the new ones made is gone
	look | grep -v 'opt/commpkg/\(share\|current\|messaging7.0\)\|var/sadm' |
		diff <(grep -v 'opt/commpkg/\(share\|current\|messaging7.0\)\|var/sadm' before) -
}

@test "undo of a switch starts the old one again" {
	"$OLD/sbin/start-msg" store
	beside MS
	migrate MS
	switch MS
	[ "$status" -eq 0 ]
	runs "$NEW"
	commpkg undo -qy --services=yes -R "$ROOT"
	runs "$OLD"
	run ! runs "$NEW"
	[ "$(readlink "$ROOT/opt/commpkg/current/MS")" = ../messaging ]
	grep -qx 'port=10143' "$OLD/etc/store.cnf"
}

@test "a new one that does not come up: the old one runs as before" {
	"$OLD/sbin/start-msg" store
	beside MS
	migrate MS
	look >before
	printf '#!/bin/sh\nexit 1\n' >"$NEW/sbin/check-msg"
	switch MS
	[ "$status" -ne 0 ]
	[[ $output == *'was taken back'* ]]
	runs "$OLD"
	run ! runs "$NEW"
	[ "$(readlink "$ROOT/opt/commpkg/current/MS")" = ../messaging ]
	look | grep -v 'check-msg\|messaging7.0/store' | diff <(grep -v 'check-msg\|messaging7.0/store' before) -
}

@test "not before it was migrated, unless that is said" {
	beside MS
	must_fail_cleanly 1 commpkg switch -y MS -R "$ROOT"
	[[ $output == *'MS 7.0 has not been migrated from 6.3'*'commpkg migrate MS'* ]]
	switch --unmigrated MS
	[ "$status" -eq 0 ]
	grep -qx 'listen=127.0.0.1:10143' "$NEW/etc/store.cnf"
	grep -qx 'port=11143' "$OLD/etc/store.cnf"
}

@test "a migration that fails changes nothing, and is known beforehand where that can be" {
	"$OLD/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	beside MS
	look >before
	printf 'port=no number\n' >>"$OLD/etc/store.cnf"
	migrate MS
	[ "$status" -eq 1 ]
	[[ $output == *'the migration of MS from 6.3 to 7.0 would fail: exit code 1'* ]]
	sed -i '$d' "$OLD/etc/store.cnf"
	mv "$OLD/store/msgs/bob/1" .
	mkdir "$OLD/store/msgs/bob/1" # which only the real run opens
	migrate MS
	[ "$status" -eq 1 ]
	[[ $output == *'the migration of MS from 6.3 to 7.0 failed'* ]]
	rmdir "$OLD/store/msgs/bob/1"
	mv 1 "$OLD/store/msgs/bob/1"
	runs "$OLD"
	before=$(grep -v 'store/msgs' before)
	echo "$before" >before
	look | grep -v 'store/msgs' | diff <(grep -v 'etc/store.cnf\|messaging/etc$' before) <(grep -v 'etc/store.cnf\|messaging/etc$')
}

@test "in portions" {
	"$OLD/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcDELIVER eve 3\nxyzQUIT'
	beside MS
	migrate --only bob MS
	[ "$status" -eq 0 ]
	[ -f "$NEW/store/index/bob" ] && [ ! -e "$NEW/store/index/eve" ]
	migrate --only eve MS
	[ -f "$NEW/store/index/eve" ]
	migrate --undo MS # both of them
	[ "$status" -eq 0 ]
	[ ! -e "$NEW/store/index/bob" ]
	runs "$OLD"
}

@test "a port that was edited goes to the new one, and the old one gets another" {
	sed -i 's/^port=.*/port=10200/' "$OLD/etc/store.cnf"
	beside MS
	grep -qx 'listen=127.0.0.1:10143' "$NEW/etc/store.cnf" # nobody has it
	migrate MS
	[ "$status" -eq 0 ]
	grep -qx "listen=$ADDRESS:10143" "$NEW/etc/store.cnf"
	switch MS
	grep -qx "listen=$ADDRESS:10200" "$NEW/etc/store.cnf"
	grep -qx 'port=10143' "$OLD/etc/store.cnf"
}

@test "the guide's steps, as they are written" {
	"$OLD/sbin/start-msg"
	send_mail bob before
	cp -a "$OLD/etc" .
	beside MS MTA
	run "$NEW/sbin/patch-config"
	[ "$status" -eq 1 ] # nothing is prepared
	"$NEW/sbin/migrate-config" "$OLD"
	[ ! -e "$NEW/store/mboxlist" ]
	run "$NEW/sbin/patch-config"
	[ "$status" -eq 0 ]
	[[ $output == *"+listen=$ADDRESS:"* ]]
	"$NEW/sbin/install-newconfig"
	[ -f "$NEW/store/index/bob" ]
	switch MS MTA
	[ "$status" -eq 0 ]
	"$NEW/sbin/check-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 '*' before'* ]]
	run "$NEW/sbin/migrate-config" -u "$OLD"
	[ "$status" -eq 1 ]
	[[ $output == *'runs: stop it first'* ]]
	switch # all that there is
	[ "$status" -eq 0 ]
	"$NEW/sbin/migrate-config" -u "$OLD"
	[ ! -e "$NEW/store/index/bob" ]
	diff -r etc "$OLD/etc"
	"$OLD/sbin/check-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*' before'* ]]
}

@test "when one is satisfied the old one goes, and the new one is upgraded like any other" {
	beside MS MTA
	migrate MS MTA
	[ "$status" -eq 0 ]
	switch
	[ "$status" -eq 0 ]
	commpkg uninstall -qy --autoremove MS=6.3 MTA=6.3 -R "$ROOT"
	[ ! -e "$OLD/lib/store" ] && [ -x "$NEW/lib/store" ]
	[ ! -e "$ROOT/opt/commpkg/share/lib/libcommldap.so.5" ]
	[[ $(commpkg info -R "$ROOT") != *beside* ]]
	commpkg verify -R "$ROOT"
	run commpkg upgrade -y --distro "$D70" -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
	commpkg uninstall -qy --all -R "$ROOT"
	[ ! -e "$ROOT/opt/commpkg/current/MS" ]
	[ ! -L "$ROOT/opt/commpkg/current/MS" ]
}

@test "from another root" {
	commpkg install -qy --acceptLicense --distro "$D70" MS -R "$PWD/fresh"
	"$OLD/sbin/start-msg" store
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	run commpkg migrate -y MS --from "$OLD" -R "$PWD/fresh" </dev/null
	[ "$status" -eq 0 ]
	[ -f "$PWD/fresh/$MESSAGING/store/index/bob" ]
	runs "$OLD"
	must_fail_cleanly 1 commpkg migrate -y MS -R "$PWD/fresh"
	[[ $output == *'MS 7.0 is the current version'*'--from'* ]]
}

@test "what there is not is refused with what to type" {
	must_fail_cleanly 1 commpkg switch -y MS -R "$ROOT"
	[[ $output == *'no other version of MS is installed beside 6.3'*'commpkg install MS --beside 6.3'* ]]
	must_fail_cleanly 1 commpkg switch -y MS=9.9 -R "$ROOT"
	must_fail_cleanly 1 commpkg switch -y XX -R "$ROOT"
	must_fail_cleanly 1 commpkg migrate -y --undo MS -R "$ROOT"
	[[ $output == *'there is no migration'* ]]
	must_fail_cleanly 2 commpkg migrate -y -R "$ROOT"
	run commpkg switch -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
	beside MS
	must_fail_cleanly 2 commpkg migrate -y --prepare --install MS -R "$ROOT"
	must_fail_cleanly 1 commpkg migrate -y MS --from "$PWD" -R "$ROOT"
	[[ $output == *'no version of MS is installed in'*'--from-version'* ]]
}
