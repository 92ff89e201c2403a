#!/usr/bin/env bats
# What has to be agreed to: licences of components, and upgrades of shared ones.
load lib/commpkg

setup() { commpkg_setup_shared; }

setup_file()
{
	shared_distribution || return 1
	mkpkg COMMms 7.0 'f bin/ms'
	mkpkg SUNWtls 3.11 'f /usr/lib/libtls.so'
	mkpkg SUNWtls 3.12 'f /usr/lib/libtls.so'
	mkpkg SUNWldap 5 'f /usr/lib/libldap.so'
	mkpkg SUNWldap 6 'f /usr/lib/libldap.so'
	rm -rf src spool-*
	echo 'Do as you like.' >LICENSE.txt
	mkcomponent MS 7.0 product '<license name="The Licence" file="LICENSE.txt"/>' \
		'<package name="COMMms"/>' '<requires component="NSS" version="&gt;= 3.12"/>'
	mkcomponent NSS 3.11 shared '<package name="SUNWtls" version="3.11"/>'
	mkcomponent NSS 3.12 shared '<license file="LICENSE.txt"/>' '<package name="SUNWtls" version="3.12"/>'
	mkcomponent LDAP 5 shared '<package name="SUNWldap" version="5"/>'
	mkcomponent LDAP 6 shared '<package name="SUNWldap" version="6"/>'
	mkcomponent CS 1 product '<license name="Another"/>'
}

go() { commpkg install --allow-unsigned -R "$ROOT" "$@"; }
licences() { commpkg history --json -R "$ROOT" 1 | python3 -c '
import json, sys
for n in json.load(sys.stdin)["results"][0]["notes"]:
	if n["kind"] == "licence": print(n["subject"], n["text"].split("(")[0])'; }

@test "nobody there: the run ends with the option that would have answered" {
	must_fail_cleanly 8 go -y MS
	[[ $output == *"Accept the licence 'The Licence' of NSS 3.12, MS 7.0, to be read in "*"/d/LICENSE.txt"* ]]
	[[ $output == *"'--acceptLicense'"* ]]
	[ ! -e "$ROOT/opt" ]
	commpkg install -n --allow-unsigned -R "$ROOT" MS >out
	grep -E '^  Licence +The Licence \(.*/d/LICENSE.txt\): to be accepted \(--acceptLicense\)$' out
}

@test "accepted once, and the root remembers" {
	go -y --acceptLicense NSS=3.12
	[ "$(licences)" = 'LICENSE.txt accepted for NSS 3.12 ' ]
	go -y MS >out # the same text
	grep -E '^  Licence +The Licence .*, accepted before$' out
	commpkg undo -y -R "$ROOT"
	go -y MS
	must_fail_cleanly 8 go -y CS
	[[ $output == *"the licence 'Another' of CS 1?"* ]]
}

@test "a person is asked, and 'no' is no" {
	run "$PTY" 'y/N' $'n\n' -- commpkg install --allow-unsigned -R "$ROOT" MS
	[ "$status" -eq 1 ]
	[[ $output == *'nothing was done'* ]]
	[ ! -e "$ROOT/bin" ]
	run "$PTY" 'y/N' $'y\n' "Install into" '' 'y/N' $'y\n' -- commpkg install --allow-unsigned -R "$ROOT" MS
	[ "$status" -eq 0 ]
	[ -e "$ROOT/bin/ms" ]
	[ "$(licences)" = 'The Licence accepted for NSS 3.12, MS 7.0 ' ]
}

@test "an upgrade of a shared component is asked about, each" {
	go -y NSS=3.11
	run "$PTY" 'Upgrade the shared component NSS from 3.11 to 3.12 (needed by MS)? [y/N]' $'n\n' -- \
		commpkg install --allow-unsigned --acceptLicense -R "$ROOT" MS
	[ "$status" -eq 3 ]
	[[ $output == *'NSS 3.11 (installed, transaction 1) stays'* ]]
	must_fail_cleanly 3 go -y --acceptLicense MS
	run "$PTY" '--upgradeSC' '' -- commpkg install --allow-unsigned --acceptLicense --upgradeSC n -R "$ROOT" MS
	[ "$status" -eq 3 ]
	run "$PTY" 'NSS from 3.11 to 3.12 (needed by MS)? [y/N]' $'y\n' "Install into '$ROOT'?" $'y\n' -- \
		commpkg install --allow-unsigned --acceptLicense -R "$ROOT" MS
	[ "$status" -eq 0 ]
	commpkg info -R "$ROOT" NSS | grep -E '^  Version +3.12$'
}

shared() { commpkg info --json -R "$1" | python3 -c '
import json, sys
print(*["%s=%s" % (c["component"], c["version"]) for c in json.load(sys.stdin)["results"][0]["components"]])'; }

@test "an upgrade of everything asks about each shared component, and some may stay" {
	go -qy NSS=3.11 LDAP=5
	commpkg install -qy --allow-unsigned -R "$PWD/two" NSS=3.11 LDAP=5
	commpkg upgrade -y --allow-unsigned --acceptLicense -R "$ROOT" >out
	grep -F 'NSS 3.11 stays: NSS 3.12 ' out
	[ "$(shared "$ROOT")" = 'LDAP=5 NSS=3.11' ]
	run "$PTY" 'LDAP from 5 to 6 (newer)? [y/N]' $'n\n' 'NSS from 3.11 to 3.12 (newer)? [y/N]' $'n\n' -- \
		commpkg upgrade --allow-unsigned --acceptLicense -R "$ROOT"
	[ "$status" -eq 0 ]
	[ "$(shared "$ROOT")" = 'LDAP=5 NSS=3.11' ]
	run "$PTY" 'LDAP from 5 to 6 (newer)? [y/N]' $'n\n' 'NSS from 3.11 to 3.12 (newer)? [y/N]' $'y\n' \
		"Upgrade '$ROOT'?" $'y\n' -- \
		commpkg upgrade --allow-unsigned --acceptLicense --record answers -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'LDAP 5 stays: LDAP 6 '* ]]
	[ "$(shared "$ROOT")" = 'LDAP=5 NSS=3.12' ]
	# the same by the file
	commpkg upgrade -q --silent answers -R "$PWD/two"
	[ "$(shared "$PWD/two")" = 'LDAP=5 NSS=3.12' ]
	run "$PTY" 'LDAP from 5 to 6 (newer)? [y/N]' $'y\n' "Upgrade '$ROOT'?" $'y\n' -- \
		commpkg upgrade --allow-unsigned -R "$ROOT"
	[ "$(shared "$ROOT")" = 'LDAP=6 NSS=3.12' ]
}
