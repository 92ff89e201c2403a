#!/usr/bin/env bats
# The coexistent strategy: a host with 7.0 is made of what one with 6.3 is, edits and all, while that
# goes on serving, and gets its mailboxes a few at a time.
load lib/commpkg
load lib/suite

setup()
{
	suite_setup
	OLD=$ROOT/$MESSAGING
	NEWROOT=$BATS_TEST_TMPDIR/new
	NEW=$NEWROOT/$MESSAGING
	mkdir "$NEWROOT"
	needs_root # a migration runs over the stage
	printf 'VERB=install\nCOMPONENTS=MS WEBMAIL MTA CAL\nACCEPTLICENSE=yes\nMS.config=keep\n' >answers
	commpkg install -q --silent answers --distro "$D63" -R "$ROOT"
}

teardown() { stop_all; }

move() # MAILBOX...: while the new one does not serve; the old one does not notice
{
	"$NEW/sbin/stop-msg" store
	run commpkg migrate -y MS --from "$OLD" --only "$*" -R "$NEWROOT" </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	"$NEW/sbin/start-msg" store
	"$OLD/sbin/check-msg" store
}

@test "both hosts serve, edits are carried, mailboxes move a few at a time" {
	suite_at "$OLD"
	sed -i 's/^greeting=.*/greeting=at your service/' "$OLD/etc/store.cnf"
	sed -i 's/^title=.*/title=Our mail/' "$OLD/etc/webmail.cnf"
	rm "$OLD/etc/relay.cnf"
	"$OLD/sbin/start-msg" store
	for who in ann bob joe; do
		suite_ask 10143 <<<"DELIVER $who 3"$'\nabcQUIT'
	done
	# the new host: the newest release, of what the old one says of itself
	commpkg info --state -R "$ROOT" >of-old
	grep -qx 'MS.config=keep' of-old
	grep -qx -- '+title=Our mail' of-old
	grep -v -e ^COMPONENT_VERSIONS of-old >newest
	run -101 commpkg install --silent newest --acceptLicense --distro "$D70" -R "$NEWROOT"
	# keys that have new names got them; what was removed is for somebody to decide
	run -101 commpkg config list -R "$NEWROOT"
	[[ $output == *relay.cnf* && $output != *store.cnf* && $output != *webmail.cnf* ]]
	commpkg config resolve -qy --keep -R "$NEWROOT" "$NEW/etc/relay.cnf"
	grep -qx 'title=Our mail' "$NEW/etc/webmail.cnf"
	[ ! -e "$NEW/etc/relay.cnf" ]
	cmp "$ROOT/opt/commpkg/calendar/etc/cald.cnf" "$NEWROOT/opt/commpkg/calendar/etc/cald.cnf" # not edited
	grep -qx 'greeting=at your service' "$NEW/etc/store.cnf"
	grep -qx "listen=$ADDRESS:10143" "$NEW/etc/store.cnf"
	sed -i "s/^listen=.*/listen=$ADDRESS:20143/" "$NEW/etc/store.cnf" # both are one host here
	cp "$NEW/etc/store.cnf" configured
	"$OLD/sbin/check-msg" store # nobody noticed
	# a few friendly users
	move ann
	[[ $output == *'store: configuration would stay'*'store: would convert the mailbox ann: 1 message'* ]]
	run suite_ask 20143 <<<$'LIST ann\nQUIT'
	[[ $output == '+OK store 7.0 at your service'*'1 3 -'* ]]
	run suite_ask 20143 <<<$'LIST bob\nQUIT'
	[[ $output != *'1 3 -'* ]]
	run suite_ask 10143 <<<$'LIST ann\nQUIT'
	[[ $output == '+OK store 6.3 at your service'*'1 3 -'* ]] # the old host was not written to
	# mail goes on arriving at both: at the old one for those who have not moved
	suite_ask 10143 <<<$'DELIVER bob 3\nnewQUIT'
	suite_ask 20143 <<<$'DELIVER ann 4\nhereQUIT'
	move bob joe
	for who in ann bob joe; do
		run suite_ask 20143 <<<"LIST $who"$'\nQUIT'
		[[ $output == *'1 3 -'* ]]
		[ $who = joe ] || [[ $output == *$'\n2 '* ]]
	done
	cmp configured "$NEW/etc/store.cnf"
	# and back: the portions are taken back one after the other, the old host has all that it had
	"$NEW/sbin/stop-msg" store
	run commpkg migrate -y --undo MS -R "$NEWROOT" </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[ ! -e "$NEW/store/index/bob" ]
	cmp configured "$NEW/etc/store.cnf"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 at your service'*'1 3 -'*$'\n2 3 -'* ]]
}
