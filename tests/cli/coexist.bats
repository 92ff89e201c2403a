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
	printf 'VERB=install\nCOMPONENTS=MS WEBMAIL\nACCEPTLICENSE=yes\nMS.config=keep\n' >answers
	commpkg install -q --silent answers --distro "$D63" -R "$ROOT"
}

teardown() { stop_all; }

move() # MAILBOX...: as commpkg calls the hook, for a portion
{
	commpkg info --state -R "$NEWROOT" >"$BATS_TEST_TMPDIR/answers"
	COMMPKG_ONLY="$*" COMMPKG_ANSWERS=$BATS_TEST_TMPDIR/answers "$NEW/lib/migrate-config" -s store "$OLD" "$NEW"
}

@test "both hosts serve, edits are carried, mailboxes move a few at a time" {
	suite_at "$OLD"
	sed -i 's/^greeting=.*/greeting=at your service/' "$OLD/etc/store.cnf"
	sed -i 's/^title=.*/title=Our mail/' "$OLD/etc/webmail.cnf"
	"$OLD/sbin/start-msg" store
	for who in ann bob joe; do
		suite_ask 10143 <<<"DELIVER $who 3"$'\nabcQUIT'
	done
	# the new host: the newest release, of what the old one says of itself
	commpkg info --state -R "$ROOT" >of-old
	grep -qx 'MS.config=keep' of-old
	grep -qx -- '+title=Our mail' of-old
	grep -v -e ^COMPONENT_VERSIONS of-old >newest
	run commpkg install --silent newest --acceptLicense --distro "$D70" -R "$NEWROOT"
	echo "$output"
	[ "$status" -eq 101 ] # store.cnf has other keys in 7.0
	grep -qx 'title=Our mail' "$NEW/etc/webmail.cnf"
	cmp "$OLD/etc/store.cnf" "$NEW/etc/store.cnf" # not lost
	sed "s/^listen=.*/listen=$ADDRESS:20143/; s/^greeting=.*/greeting=at your service/" "$NEW/etc/store.cnf.new" >merged
	sed 's/^port=.*/port=10200/' "$OLD/etc/store.cnf" >nonsense # in the words of 6.3
	must_fail_cleanly 1 commpkg config resolve -y -R "$NEWROOT" --merged nonsense "$NEW/etc/store.cnf"
	[[ $output == *"is not accepted by 'sbin/test-config store' of MS"* ]]
	commpkg config resolve -qy -R "$NEWROOT" --merged merged "$NEW/etc/store.cnf"
	"$OLD/sbin/check-msg" store # nobody noticed
	# a few friendly users
	move ann
	"$NEW/sbin/start-msg" store
	run suite_ask 20143 <<<$'LIST ann\nQUIT'
	[[ $output == '+OK store 7.0 at your service'*'1 3 -'* ]]
	run suite_ask 20143 <<<$'LIST bob\nQUIT'
	[[ $output != *'1 3 -'* ]]
	run suite_ask 10143 <<<$'LIST ann\nQUIT'
	[[ $output == '+OK store 6.3 at your service'*'1 3 -'* ]] # the old host was not written to
	# the others follow, both go on
	"$NEW/sbin/stop-msg" store
	move bob joe
	"$NEW/sbin/start-msg" store
	"$OLD/sbin/check-msg" store
	for who in ann bob joe; do
		run suite_ask 20143 <<<"LIST $who"$'\nQUIT'
		[[ $output == *'1 3 -'* ]]
	done
	cmp merged "$NEW/etc/store.cnf"
}
