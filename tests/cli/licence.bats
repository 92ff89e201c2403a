#!/usr/bin/env bats
# What has to be agreed to: licences of components, and upgrades of shared ones.
load lib/commpkg

setup()
{
	commpkg_setup
	export COMMPKG_DISTRO=$BATS_FILE_TMPDIR/d
}

setup_file()
{
	mkdir -p "$BATS_FILE_TMPDIR/d"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR commpkg_setup
	cd "$BATS_FILE_TMPDIR/d" || return 1
	mkpkg COMMms 7.0 'f bin/ms'
	mkpkg SUNWtls 3.11 'f /usr/lib/libtls.so'
	mkpkg SUNWtls 3.12 'f /usr/lib/libtls.so'
	rm -rf src spool-*
	echo 'Do as you like.' >LICENSE.txt
	mkcomponent MS 7.0 product '<license name="The Licence" file="LICENSE.txt"/>' \
		'<package name="COMMms"/>' '<requires component="NSS" version="&gt;= 3.12"/>'
	mkcomponent NSS 3.11 shared '<package name="SUNWtls" version="3.11"/>'
	mkcomponent NSS 3.12 shared '<license file="LICENSE.txt"/>' '<package name="SUNWtls" version="3.12"/>'
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
