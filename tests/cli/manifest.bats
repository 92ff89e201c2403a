#!/usr/bin/env bats
# inspect FILE.xml: a manifest is checked and shown.
load lib/commpkg

@test "a manifest is shown" {
	cp "$TOP/tests/corpus/manifest/MS" MS.xml
	run commpkg inspect MS.xml
	[ "$status" -eq 0 ]
	[[ $output == *"Component       MS"* ]]
	[[ $output == *"DSSETUP (may be on another host)"* ]]
	[[ $output == *"from >= 6.0: in-place or side-by-side (recommended) or coexistent"* ]]
	[[ $output == *"the manifest follows the schema"* ]]
	commpkg inspect --json MS.xml | python3 -c '
import json, sys
c = json.load(sys.stdin)["components"][0]
assert c["component"] == "MS" and c["ports"] == ["143/tcp"] and c["packages"][0] == "COMMms 7.0.2", c'
}

@test "every problem is named with its line and what was expected" {
	cp "$TOP/tests/corpus/manifest/bad" bad.xml
	must_fail_cleanly 1 commpkg inspect bad.xml
	[[ $output == *"bad.xml:1: <component> lacks the attribute 'version'"* ]]
	[[ $output == *"bad.xml:3: there is no element <pakage> (expected: title,"* ]]
	[[ $output == *"bad.xml:4: 'default' is '70000', expected a number from 1 to 65535"* ]]
	[[ $output == *"has 8 problems"* ]]
}

@test "no DOCTYPE, no entity, no file of the host" {
	echo secret >secret
	printf '<!DOCTYPE c [<!ENTITY x SYSTEM "file://%s/secret">]>\n<component xmlns="urn:commpkg:component:1" id="A" version="1"><title>&x;</title></component>\n' "$PWD" >x.xml
	must_fail_cleanly 1 commpkg inspect x.xml
	[[ $output == *"x.xml:1: a DOCTYPE is not allowed here"* ]]
	[[ $output != *secret$'\n'* ]]
	cp "$TOP/tests/corpus/manifest/laughs" laughs.xml
	must_fail_cleanly 1 commpkg inspect laughs.xml
}

@test "the schema is XML, is installed, and says the same for others" {
	python3 -c "
import xml.dom.minidom, sys
g = xml.dom.minidom.parse('$TOP/manifests/component.rng').documentElement
assert g.getAttribute('ns') == 'urn:commpkg:component:1'"
	command -v xmllint >/dev/null || skip 'needs xmllint'
	xmllint --noout --relaxng "$TOP/manifests/component.rng" "$TOP/tests/corpus/manifest/MS"
}
