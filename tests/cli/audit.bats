#!/usr/bin/env bats
# --auditDistro on a directory as it is: what manifests name, and what packages contain.
load lib/commpkg

setup()
{
	commpkg_setup
	mkdir d
	cd d || return 1
	mkpkg ms 7 'f bin/ms' 'f lib/long <words to be changed\n'
	mkpkg lang 7 'f share/de'
	mkpkg other 1 'f bin/other'
	rm -rf src spool-*
	echo 'Do as you like.' >LICENSE.txt
	mkcomponent MS 7 product '<license file="LICENSE.txt"/>' '<package name="ms" version="7"/>' \
		'<package name="lang" version="7" when="l10n"/>'
	cd ..
}

audit() { commpkg install -n --auditDistro --allow-unsigned --acceptLicense -R "$ROOT" -d d "$@"; }
# not_whole WORDS PROBLEMS: refused before anything, all said
not_whole()
{
	must_fail_cleanly 6 commpkg install -y --auditDistro --allow-unsigned --acceptLicense -R "$ROOT" -d d other
	[[ $output == *"$1"* && $output == *"the distribution 'd' is not whole: $2 problem"* ]] || {
		echo "$output"
		return 1
	}
	[ -z "$(ls "$ROOT")" ]
}

@test "a directory that is whole" {
	run audit MS
	[ "$status" -eq 0 ]
	[[ $output == *"the distribution 'd' is whole: 3 packages, 1 manifest"* ]]
}

@test "a package that a manifest names is not there, or in another version" {
	mv d/lang-7.pkg .
	not_whole "d/MS-7.xml: line 5: package 'lang 7' is not there" 1
	mv lang-7.pkg d/
	mv d/ms-7.pkg .
	(cd d && mkpkg ms 6 'f bin/ms' && rm -rf src spool-*)
	not_whole "package 'ms 7' is not there; there is 6" 1
	run commpkg upgrade -n --auditDistro --allow-unsigned -R "$ROOT" -d d
	[ "$status" -ne 0 ]
}

@test "contents that differ from what the package says, a licence that is gone, what can't be read" {
	sed -i 's/words to be changed/words that were chan/' d/ms-7.pkg
	not_whole "ms-7.pkg: " 1
	rm d/LICENSE.txt
	not_whole "the licence 'LICENSE.txt' is not there" 2
	head -c 700 d/other-1.pkg >d/cut.pkg
	echo '<component xmlns="urn:commpkg:component:1" id="BAD" version="1"/>' >d/bad.xml
	not_whole "bad" 4
}
