#!/usr/bin/env bats
# info --state: what is installed in a root, as a state file that installs the same elsewhere.
load lib/commpkg

setup()
{
	commpkg_setup
	mkdir d1 d2
	cd d1
	mkpkg SUNWms 1.0 'f bin/ms' 'e etc/ms.conf' 'e etc/gone.conf' 'e etc/same.conf'
	mkpkg SUNWsh 1.0 'f bin/sh'
	mkpkg SUNWown 1.0 'f bin/own'
	mkcomponent MS 1.0 product '<package name="SUNWms" version="1.0"/>' '<requires component="SH"/>'
	mkcomponent SH 1.0 shared '<package name="SUNWsh"/>'
	cp ./*.pkg ./*.xml ../d2
	cd ../d2
	mkpkg SUNWms 2.0 'f bin/ms' 'e etc/ms.conf' 'e etc/gone.conf' 'e etc/same.conf'
	mkcomponent MS 2.0 product '<package name="SUNWms" version="2.0"/>' '<requires component="SH"/>'
	cd ..
	rm -rf d?/src d?/spool-*
	commpkg install -qy --distro d1 MS SUNWown -R "$ROOT"
}

@test "the state of one root makes an equal one, though newer versions are there" {
	commpkg info --state -R "$ROOT" >st
	grep -qx 'VERB=install' st
	grep -qx 'COMPONENTS=MS SUNWown' st
	grep -qx 'COMPONENT_VERSIONS=MS=1.0 SUNWown=1.0' st
	mkdir there newest
	commpkg install -q --silent st --distro d2 -R "$PWD/there"
	[ "$(tree_digest there)" = "$(tree_digest)" ]
	commpkg info --state -R "$PWD/there" | sed "s|$PWD/there|$ROOT|" | diff st -
	grep -v COMPONENT_VERSIONS st | commpkg install -q --silent - --distro d2 -R "$PWD/newest"
	commpkg info -R "$PWD/newest" | grep 'MS  *2.0'
}

@test "what was edited or removed is in it, the rest is not (carry.bats)" {
	run commpkg info --state -R "$ROOT"
	[[ $output != *etc/* ]]
	echo mine >>"$ROOT/etc/ms.conf"
	rm "$ROOT/etc/gone.conf"
	run commpkg info --state -R "$ROOT"
	[[ $output == *'--- /etc/gone.conf'*'+++ /dev/null'*'--- /etc/ms.conf'*'+mine'* && $output != *same.conf* ]]
	commpkg info --state --json -R "$ROOT" | python3 -c '
import json, sys
s = json.load(sys.stdin)["results"][0]["state"]
assert s == {"components": ["MS", "SUNWown"], "versions": ["MS=1.0", "SUNWown=1.0"],
	"edited": ["/etc/gone.conf", "/etc/ms.conf"], "held": []}, s'
}

@test "what is held is said, with what to type; the file is read all the same" {
	commpkg hold -R "$ROOT" MS SUNWown
	commpkg info --state -R "$ROOT" >st
	grep -qx '# held in this root; afterwards: commpkg hold -R ROOT MS SUNWown' st
	commpkg info --state --json -R "$ROOT" | python3 -c '
import json, sys
assert json.load(sys.stdin)["results"][0]["state"]["held"] == ["MS", "SUNWown"]'
	commpkg install -q --silent st --distro d2 -R "$PWD/there"
	[ "$(sed -n 's/^# held in this root; afterwards: \(.*\)/\1/p' st)" = 'commpkg hold -R ROOT MS SUNWown' ]
	eval "$(sed -n "s|^# held in this root; afterwards: \(.*\) ROOT|\1 $PWD/there|p" st)"
	commpkg hold -R "$PWD/there" | grep -q 'MS  *component  *1.0'
}

@test "of a root where nothing was named there is none" {
	mkdir empty
	must_fail_cleanly 1 commpkg info --state -R "$PWD/empty"
	[[ $output == *"nothing was installed by name in '$PWD/empty'"* ]]
}
