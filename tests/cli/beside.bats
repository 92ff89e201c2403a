#!/usr/bin/env bats
# Side by side: a new version beside the old one (install --beside).
load lib/commpkg
load lib/suite
load lib/late

setup()
{
	suite_setup
	NEW=$ROOT/opt/commpkg/messaging7.0
	OLD=$ROOT/$MESSAGING
}

old() { commpkg install -qy --acceptLicense --distro "$D63" "$@" -R "$ROOT"; }
beside() # [OPTION...] NAME...
{
	run commpkg install -y --acceptLicense --upgradeSC y --distro "$D70" --beside 6.3 "$@" -R "$ROOT" </dev/null
}

@test "a directory of its own, instances of its own, shared components shared or doubled" {
	old MS
	tree_list | grep " $MESSAGING" >before
	beside -n MS
	[ "$status" -eq 0 ]
	[[ $output == *'MS '*'beside'*'7.0'* && $output == *COMMms.2*COMMmsgc.2* || $output == *COMMmsgc.2*COMMms.2* ]]
	beside MS
	[ "$status" -eq 0 ]
	tree_list | grep " $MESSAGING\(/\|\$\)" >after
	grep "^[^ ]* *[^ ]* *$MESSAGING\(/\|\$\)" before | cmp - <(grep "^[^ ]* *[^ ]* *$MESSAGING\(/\|\$\)" after) ||
		diff before after
	[ -x "$NEW/lib/store" ] && [ -x "$OLD/lib/store" ]
	run ! cmp -s "$NEW/lib/store" "$OLD/lib/store"
	# one serves both, the other can't
	[ -f "$ROOT/opt/commpkg/share/lib/libcommldap.so.5" ]
	[ -f "$ROOT/opt/commpkg/share/lib/libcommldap.so.6" ]
	pkginfo -R "$ROOT" COMMms.2 COMMldap.2
	run -1 pkginfo -q -R "$ROOT" COMMnss.2
	commpkg verify -R "$ROOT"
	commpkg verify --database -R "$ROOT"
	pkgchk -n -R "$ROOT"
	"$NEW/lib/store" -t -c "$NEW/etc/store.cnf"
	"$OLD/lib/store" -t -c "$OLD/etc/store.cnf"
}

@test "undo is as if it had not been" {
	old MS
	tree_list >before
	beside MS
	[ "$status" -eq 0 ]
	commpkg undo -qy -R "$ROOT"
	tree_list | diff before -
	run commpkg info -R "$ROOT"
	[[ $output != *beside* && $output != *7.0* ]]
}

@test "info tells which one is which, and takes both names" {
	old MS
	beside MS
	run commpkg info -R "$ROOT"
	[[ $output == *'MS '*'6.3 '*'MS '*'7.0 (beside)'*messaging7.0* ]]
	commpkg info --json -R "$ROOT" >out
	python3 -c 'import json
c = {x["version"]: x["current"] for x in json.load(open("out"))["results"][0]["components"] if x["component"] == "MS"}
assert c == {"6.3": True, "7.0": False}, c'
	run commpkg info -R "$ROOT" MS=7.0
	[[ $output == *'COMMms.2, COMMmsgc.2'* ]]
	run commpkg info -R "$ROOT" MS
	[[ $output == *'COMMms, COMMmsgc'* ]]
	[[ $(commpkg owns -R "$ROOT" "$NEW/lib/store") == *COMMms.2* ]]
}

@test "nothing takes the place of either while both are there" {
	old MS MTA
	beside MS
	run commpkg upgrade -ny --acceptLicense --distro "$D70" --upgradeSC y -R "$ROOT"
	[[ $output == *'nothing to do'* ]]
	must_fail_cleanly 3 commpkg upgrade -y --acceptLicense --distro "$D70" --upgradeSC y MS -R "$ROOT"
	[[ $output == *'MS 7.0 is beside MS 6.3'* ]]
	# its packages would have to go into the directory of the old one
	must_fail_cleanly 3 commpkg upgrade -y --acceptLicense --distro "$D70" --upgradeSC y MTA -R "$ROOT"
}

@test "another one beside uses what is there" {
	old MS MTA
	beside MS
	beside MTA
	[ "$status" -eq 0 ]
	[ -x "$NEW/lib/relay" ]
	run -1 pkginfo -q -R "$ROOT" COMMmsgc.3
	commpkg uninstall -qy MS=7.0 -R "$ROOT"
	[ -f "$NEW/lib/servers.sh" ]
	commpkg uninstall -qy --autoremove MTA=7.0 -R "$ROOT"
	[ -z "$(find "$NEW" ! -type d)" ] # another port is no edit: it was ours to choose
	[ -x "$OLD/lib/relay" ]
	commpkg verify -R "$ROOT"
}

@test "the current one is not removed before a switch" {
	old MS
	beside MS
	must_fail_cleanly 3 commpkg uninstall -y MS -R "$ROOT"
	[[ $output == *'it is the current version, and MS 7.0 is beside it'* ]]
	must_fail_cleanly 3 commpkg uninstall -y MS=6.3 -R "$ROOT"
	commpkg uninstall -qy MS MS=7.0 --autoremove -R "$ROOT"
	[ -z "$(find "$ROOT/opt" ! -type d)" ]
}

@test "an edit beside another port is kept when it goes; a port of the only version is an edit" {
	old MS
	beside MS
	sed -i 's/^greeting=.*/greeting=mine/' "$NEW/etc/store.cnf"
	commpkg uninstall -qy --autoremove MS=7.0 -R "$ROOT"
	[ "$(find "$NEW" ! -type d)" = "$NEW/etc/store.cnf.saved" ]
	sed -i 's/^port=.*/port=11143/' "$OLD/etc/store.cnf"
	commpkg uninstall -qy MS -R "$ROOT"
	grep -qx port=11143 "$OLD/etc/store.cnf.saved"
}

@test "the port that was ours is no edit when a package that has the file too goes before" {
	old MS
	beside MS
	cp "$NEW/etc/store.cnf" beside.cnf
	cp "$NEW/lib/conf/store.cnf" packaged
	commpkg uninstall -qy --autoremove MS=7.0 -R "$ROOT"
	mkpkg shares 1.0 "e etc/store.cnf <$(awk '{ printf "%s\\n", $0 }' packaged)" -- \
		BASEDIR=/opt/commpkg/messaging7.0
	commpkg install -qy ./shares-1.0.pkg -R "$ROOT"
	beside MS
	cmp packaged "$NEW/etc/store.cnf"
	cp beside.cnf "$NEW/etc/store.cnf"
	commpkg uninstall -qy --autoremove MS=7.0 shares -R "$ROOT"
	[ -z "$(find "$NEW" ! -type d)" ]
}

@test "of both versions, switched, nothing is left when they go" {
	needs_root # a migration runs over the stage
	old MS
	beside MS
	commpkg migrate -qy MS -R "$ROOT"
	commpkg switch -qy MS -R "$ROOT"
	grep -qx port=11143 "$OLD/etc/store.cnf"
	commpkg uninstall -qy MS=6.3 -R "$ROOT"
	[ -z "$(find "$OLD" ! -type d)" ]
	grep -qx 'listen=127.0.0.1:10143' "$NEW/etc/store.cnf"
}

@test "translations go with what they translate" {
	old MS WEBMAIL MS_L10N
	must_fail_cleanly 3 commpkg install -y --acceptLicense --distro "$D70" --upgradeSC y --beside 6.3 MS_L10N -R "$ROOT"
	beside MS_L10N MS
	[ "$status" -eq 0 ]
	[ "$(pkgparam -R "$ROOT" COMMmsde.2 BASEDIR)" = /opt/commpkg/messaging7.0 ]
}

@test "what can't be beside is refused with a reason, and nothing changes" {
	old NSS
	must_fail_cleanly 1 commpkg install -y --acceptLicense --distro "$D70" --beside 6.3 MS -R "$ROOT"
	[[ $output == *'MS is not installed'*'commpkg install MS'* ]]
	must_fail_cleanly 1 commpkg install -y --acceptLicense --distro "$D70" --beside 3.11.7 NSS -R "$ROOT"
	[[ $output == *"NSS 3.12.0 can't be beside 3.11.7: its manifest allows in-place only"*'--advise'* ]]
	must_fail_cleanly 1 commpkg install -y --acceptLicense --distro "$D70" --beside 3.11 NSS -R "$ROOT"
	[[ $output == *'NSS 3.11.7 is installed, not 3.11'*'--beside 3.11.7'* ]]
	must_fail_cleanly 2 commpkg install -y --distro "$D70" --beside 3.11 package:COMMnss -R "$ROOT"
	[[ $output == *"'--beside' is for components"* ]]
}

@test "the fix that is printed works as typed" {
	old MS
	run -3 commpkg install -y --acceptLicense --distro "$D70" --beside 6.3 MS -R "$ROOT" </dev/null
	[[ $output == *'NSS 3.11.7'*'--upgradeSC y'* ]]
	fix=$(sed -n 's/^ *1) //p' <<<"$output")
	eval "$fix -y"
	[ -x "$NEW/lib/store" ] && [ -x "$OLD/lib/store" ]
}

# ---- below another install root, which the live system alone has

# release VERSION SHARED: MS of that version, which needs the SH of that one.
release()
{
	local v=$1
	mkdir -p "$LIVE/packages/$v"
	(
		cd "$LIVE/packages/$v" || exit
		mkpkg ms "$v" "f version <$v\n" 'e etc/ms.cnf <port=2000\nname=x\n' 'f sbin/start <echo started >>/log/MS\n' \
			'f sbin/stop <echo stopped >>/log/MS\n' 'f lib/migrate 0755 root root <[ $COMMPKG_DRYRUN = no ] || { echo would bring $(cat "$1/data"); echo x >"$2/data"; exit; }
cp "$1/data" "$2/data"\n'
		mkpkg sh "$2" "f lib/sh <$2\n"
		mkcomponent SH "$2" shared '<base dir="share"/>' '<package name="sh"/>' '<path from="&gt;= 0" strategy="in-place side-by-side"/>'
		mkcomponent MS "$v" product '<base dir="ms"/>' '<package name="ms"/>' "<requires component=\"SH\" version=\"= $2\"/>" \
			'<path from="&gt;= 0" strategy="side-by-side"/>' '<port default="2000" file="etc/ms.cnf" key="port" beside="3000"/>' \
			'<migrate from="&lt; 2" exec="lib/migrate" dryrun="yes"/>' '<service name="srv" stop="sbin/stop" start="sbin/start"/>'
	)
}

@test "--installroot: the new version and all that it needs go there, migrate, switch and back" {
	needs_root # a migration runs over the stage
	live_setup
	release 1.0 1.0
	release 2.0 2.0
	live commpkg install -qy --distro /packages/1.0 MS -R /
	echo mail >"$LIVE/opt/commpkg/ms/data"
	run live commpkg install -y --distro /packages/2.0 MS --beside 1.0 --installroot /srv/comms
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(cat "$LIVE/srv/comms/ms/version")" = 2.0 ]
	[ "$(cat "$LIVE/opt/commpkg/ms/version")" = 1.0 ]
	[ "$(cat "$LIVE/srv/comms/share/lib/sh")" = 2.0 ] # all of it, shared components too
	[ "$(cat "$LIVE/opt/commpkg/share/lib/sh")" = 1.0 ]
	grep -qx port=3000 "$LIVE/srv/comms/ms/etc/ms.cnf"
	run live commpkg info
	[[ $output == *'1.0 '*'/opt/commpkg/ms'*'2.0 (beside)'*'/srv/comms/ms'* ]]
	run live env TMPDIR=/tmp commpkg migrate -n MS
	echo "$output"
	[[ $output == *'    would bring mail'* ]]
	[ ! -e "$LIVE/srv/comms/ms/data" ] && [ -z "$(ls "$LIVE/tmp")" ]
	run live env TMPDIR=/tmp commpkg migrate -y MS
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(cat "$LIVE/srv/comms/ms/data")" = mail ]
	run live commpkg switch -y MS
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(cat "$LIVE/log/MS")" = $'stopped\nstarted' ]
	grep -qx port=2000 "$LIVE/srv/comms/ms/etc/ms.cnf"
	grep -qx port=3000 "$LIVE/opt/commpkg/ms/etc/ms.cnf"
	# the link is where it was, for those who have it in their PATH
	[ "$(readlink "$LIVE/opt/commpkg/current/MS")" = /srv/comms/ms ]
	[ ! -e "$LIVE/srv/comms/current" ]
	live commpkg switch -qy MS=1.0
	[ "$(readlink "$LIVE/opt/commpkg/current/MS")" = ../ms ]
	live commpkg migrate -qy --undo MS
	[ ! -e "$LIVE/srv/comms/ms/data" ]
	live commpkg uninstall -qy --autoremove MS=2.0
	[ -z "$(find "$LIVE/srv" ! -type d)" ]
	[ "$(cat "$LIVE/opt/commpkg/ms/data")" = mail ]
	live commpkg verify
	# in an alternate root there is no other place: it is the install root
	must_fail_cleanly 2 commpkg install -y --distro "$LIVE/packages/2.0" MS --beside 1.0 --installroot /srv/comms -R "$ROOT"
}

@test "--installroot: the link stays where it was, when the version that was there has gone, too" {
	needs_root # services and a seal on the live system
	live_setup
	release 1.0 1.0
	release 2.0 2.0
	release 3.0 2.0
	live commpkg install -qy --distro /packages/1.0 MS -R /
	live commpkg install -qy --distro /packages/2.0 MS --beside 1.0 --installroot /srv/comms
	live commpkg switch -qy --unmigrated MS
	live commpkg uninstall -qy MS=1.0
	[ "$(readlink "$LIVE/opt/commpkg/current/MS")" = /srv/comms/ms ]
	live commpkg install -qy --distro /packages/3.0 MS --beside 2.0
	live commpkg switch -qy MS
	[ "$(readlink "$LIVE/opt/commpkg/current/MS")" = /srv/comms/ms3.0 ]
	[ ! -e "$LIVE/srv/comms/current" ]
	live commpkg undo -qy
	[ "$(readlink "$LIVE/opt/commpkg/current/MS")" = /srv/comms/ms ]
	live commpkg uninstall -qy MS MS=3.0
	[ ! -L "$LIVE/opt/commpkg/current/MS" ]
}
