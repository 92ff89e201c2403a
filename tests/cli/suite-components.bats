#!/usr/bin/env bats
# The communications suite by the names of its components, on hosts and roots that are empty.
load lib/commpkg
load lib/suite

setup() { suite_setup; }

teardown() { stop_all; }

# What a fix says, typed as it is printed.
type_fix() # NUMBER, of $output
{
	local line
	line=$(sed -n "s/^ *$1) \(commpkg .*\)/\1/p" <<<"$output")
	[ -n "$line" ] || {
		echo "no fix $1 in: $output"
		return 1
	}
	eval "$line -y" </dev/null
}

@test "a product by name into a new root: what it needs, the plan, the record, and it runs" {
	run --separate-stderr commpkg install -y --acceptLicense --distro "$D63" MS @msg1 --installroot "$PWD/msg1" </dev/null
	[ "$status" -eq 0 ]
	# what was checked and planned
	[[ $output == *'NSS '*' needed by MS'* && $output == *'LDAPSDK '*' needed by MS'* ]]
	[[ $output == *' MS '*' named'* ]]
	[[ $output == *'MS 6.3 needs DSSETUP, here or on another host'* ]]
	[[ $output == *'Space '* && $output == *'Conflicts  none'* ]]
	[[ $stderr == *'MS 6.3 (4 packages): installed in '*"(transaction 1"* ]]
	# what was recorded: the root by its name, components, a log
	run commpkg root list
	[[ $output == *msg1*"$PWD/msg1"* ]]
	commpkg info --json @msg1 | python3 -c '
import json, sys
c = {x["component"]: x for x in json.load(sys.stdin)["results"][0]["components"]}
assert {k: v["version"] for k, v in c.items()} == {"MS": "6.3", "NSS": "3.11.7", "LDAPSDK": "5.17"}, c'
	ls "$COMMPKG_LOGDIR"/commpkg_install_*.log
	commpkg verify @msg1
	suite_at msg1/$MESSAGING
	msg1/$MESSAGING/sbin/start-msg
	msg1/$MESSAGING/sbin/check-msg
	# again: nothing to do
	run commpkg install -y --acceptLicense --distro "$D63" MS @msg1 </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
}

@test "a licence that nobody accepts: nothing is done" {
	must_fail_cleanly 8 commpkg install -y --distro "$D63" MS @msg1 --installroot "$PWD/msg1" </dev/null
	[[ $output == *"Accept the licence 'Apache License 2.0' of "*' MS 6.3'*"$D63/LICENSE.txt"*"'--acceptLicense' answers yes"* ]]
	[ ! -e msg1/opt ]
	run commpkg root list
	[[ $output != *msg1* ]]
}

@test "an upgrade that needs a newer shared component is refused, and the fix works as printed" {
	commpkg install -qy --acceptLicense --distro "$D63" MS CAL -R "$ROOT"
	BASE=$ROOT/$MESSAGING
	suite_at "$BASE"
	"$BASE/sbin/start-msg"
	suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	"$BASE/sbin/stop-msg"
	before=$(tree_digest)
	run commpkg upgrade -y --distro "$D70" MS -R "$ROOT"
	[ "$status" -eq 3 ]
	[[ $output == *'LDAPSDK 5.17'*'--upgradeSC y'* ]]
	[ "$(tree_digest)" = "$before" ]
	type_fix 1 || [ $? -eq 101 ]
	run commpkg info -R "$ROOT"
	# the calendar came along: it can't do with the new library either
	[[ $output == *'CAL '*'6.3.1'*'LDAPSDK '*'6.0'*'MS '*'7.0'*'NSS '*'3.12.0'* ]]
	"$BASE/sbin/start-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 '*'1 3 -'* ]]
	"$BASE/sbin/stop-msg"
	commpkg undo -qy -R "$ROOT"
	run commpkg info -R "$ROOT"
	[[ $output == *'CAL '*' 6.3 '*'LDAPSDK '*'5.17'*'MS '*' 6.3 '*'NSS '*'3.11.7'* ]]
	"$BASE/sbin/start-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 6.3 '*'1 3 -'* ]]
}

@test "an upgrade of everything takes nothing of a product that stays; shared components are asked about" {
	commpkg install -qy --acceptLicense --distro "$D63" MS MTA CAL -R "$ROOT"
	# MS and CAL need newer shared components, and MTA shares a package with MS
	before=$(tree_digest)
	run commpkg upgrade -y --acceptLicense --distro "$D70" -R "$ROOT" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *'MS 6.3 stays: '* && $output == *'NSS 3.11.7 stays: '*'--upgradeSC y'* ]]
	[[ $output == *"('commpkg why-not -R $ROOT -d $D70 MS=7.0' says why)"* ]]
	run -3 commpkg why-not -R "$ROOT" -d "$D70" MS=7.0
	[[ $output == *'stays: a shared component is upgraded only with --upgradeSC y'* ]]
	[ "$(tree_digest)" = "$before" ]
	run "$PTY" 'LDAPSDK from 5.17 to 6.0' $'y\n' 'NSS from 3.11.7 to 3.12.0' $'y\n' "Upgrade '$ROOT'?" $'y\n' -- \
		commpkg upgrade --acceptLicense --distro "$D70" -R "$ROOT"
	[ "$status" -eq 0 ] || [ "$status" -eq 101 ]
	run commpkg info -R "$ROOT"
	[[ $output == *'CAL '*'6.3.1'*'LDAPSDK '*'6.0'*'MS '*'7.0'*'MTA '*'7.0'*'NSS '*'3.12.0'* ]]
	! grep -l 'package name="[A-Za-z]*"/' "$TOP"/manifests/suite/*/*.xml
}

@test "what a component can use on another host is no need" {
	run commpkg install -n --acceptLicense --distro "$D70" CAL -R "$ROOT"
	[[ $output == *'CAL 6.3.1 can use MTA, here or on another host'* ]]
	[[ $output == *'CAL 6.3.1 needs DSSETUP, here or on another host'* && $output != *'needs MTA'* ]]
}

@test "what several products share stays until the last of them goes" {
	commpkg install -qy --acceptLicense --distro "$D63" MS MTA WEBMAIL -R "$ROOT"
	BASE=$ROOT/$MESSAGING
	suite_at "$BASE"
	"$BASE/sbin/start-msg"
	send_mail bob 'still here'
	"$BASE/sbin/stop-msg" store
	run commpkg uninstall -y MS --autoremove -R "$ROOT" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *'COMMms '* && $output == *'NSS '* && $output != *'COMMmsgc '* ]]
	[ ! -e "$BASE/lib/store" ]
	[ ! -e "$ROOT/opt/commpkg/share/lib" ]
	# the relay runs on; what the store had is nobody's, and stays
	"$BASE/sbin/check-msg" relay
	run send_mail bob later
	[[ $output == *'250 2.0.0 queued'* ]]
	"$BASE/sbin/stop-msg"
	run commpkg uninstall -y MTA WEBMAIL -R "$ROOT" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *'COMMmsgc '* ]]
	[ ! -e "$BASE/sbin" ]
	[ -e "$BASE/store/msgs/bob/1" ]
	# and is there again for who comes back
	commpkg install -qy --acceptLicense --distro "$D63" MS MTA -R "$ROOT"
	suite_at "$BASE"
	"$BASE/sbin/start-msg"
	run suite_ask 10143 <<<$'LIST bob\nQUIT'
	[[ $output == *' still here'* ]]
	wait_for ' delivered' "$BASE/var/log/relay.log" # what waited in the queue
}

@test "translations come with their product, and go to where it is" {
	must_fail_cleanly 3 commpkg install -y --distro "$D63" MS_L10N=7.0 -R "$ROOT"
	commpkg install -qy --acceptLicense --distro "$D63" MS_L10N WEBMAIL -R "$ROOT"
	BASE=$ROOT/$MESSAGING
	[ -f "$BASE/locale/de/webmail.cat" ]
	[ -x "$BASE/lib/store" ] # it needs what it translates
	suite_at "$BASE"
	"$BASE/sbin/start-msg"
	run get / fr
	[[ $output == *'<h1>Boîtes aux lettres</h1>'* ]]
	# 6.3 of one and 7.0 of the other do not go together
	"$BASE/sbin/stop-msg"
	commpkg upgrade -qy --distro "$D70" --upgradeSC y MS -R "$ROOT" || [ $? -eq 101 ]
	run commpkg info -R "$ROOT"
	[[ $output == *'MS '*' 7.0 '*'MS_L10N '*' 7.0 '* ]]
	grep -q '^back=Zurück' "$BASE/locale/de/webmail.cat"
}

@test "two roots on one host, each with servers of its own" {
	commpkg install -qy --acceptLicense --distro "$D63" MS @one --installroot "$PWD/one"
	commpkg install -qy --acceptLicense --distro "$D70" MS @two --installroot "$PWD/two"
	suite_at one/$MESSAGING
	suite_at two/$MESSAGING
	sed -i 's/:10143/:10144/' two/$MESSAGING/etc/store.cnf
	one/$MESSAGING/sbin/start-msg
	two/$MESSAGING/sbin/start-msg
	run suite_ask 10143 <<<$'DELIVER bob 3\nabcQUIT'
	[[ $output == '+OK store 6.3 '* ]]
	run suite_ask 10144 <<<$'LIST bob\nQUIT'
	[[ $output == '+OK store 7.0 '*'-ERR NOBOX'* ]]
	# stopping one does not stop the other
	two/$MESSAGING/sbin/stop-msg
	one/$MESSAGING/sbin/check-msg
	commpkg uninstall -qy --all @two
	commpkg verify @one
}

@test "what a product needs, and not the product: ~NAME" {
	commpkg install -qy --acceptLicense --distro "$D63" '~MS' -R "$ROOT"
	run commpkg info -R "$ROOT"
	[[ $output == *'LDAPSDK '*'NSS '* && $output != *'COMMms '* ]]
	[ ! -e "$ROOT/$MESSAGING" ]
	# the licence was accepted, with the text it has
	run commpkg install -y --distro "$D63" MS -R "$ROOT" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *'MS '*install* && $output != *'NSS '*install* ]]
}

@test "from a published distribution, the same" {
	commpkg install -qy --acceptLicense --distro "$D63" MS MTA MS_L10N @plain --installroot "$PWD/plain"
	cp -R "$D63" dist
	mkdir -p "$COMMPKG_STATE/keys.d"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout me.key -out me.crt \
		-days 3650 -subj /O=Acme/CN=me 2>/dev/null
	cp me.crt "$COMMPKG_STATE/keys.d/"
	commpkg repo create dist --id comms
	commpkg repo sign dist --key me.key --cert me.crt
	commpkg install -qy --acceptLicense --distro dist MS MTA MS_L10N @signed --installroot "$PWD/signed"
	[ "$(tree_digest signed)" = "$(tree_digest plain)" ]
	# a byte of a package
	printf 'x' | dd of=dist/COMMms.pkg bs=1 seek=2000 conv=notrunc 2>/dev/null
	must_fail_cleanly 6 commpkg install -y --acceptLicense --distro dist MS @bad --installroot "$PWD/bad"
	[ ! -e bad/opt ]
}
