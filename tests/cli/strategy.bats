#!/usr/bin/env bats
# The table of a manifest: from which version a component may come to another, and how.
load lib/commpkg

setup()
{
	local v
	commpkg_setup
	mkdir d
	cd d
	for v in 1.0 2.0 3.0; do
		mkpkg ms $v 'f bin/ms'
	done
	rm -rf src spool-*
	mkcomponent MS 1.0 product '<base dir="ms"/>' '<package name="ms" version="1.0"/>' \
		'<data path="store" format="1"/>' '<service name="srv" stop="bin/stop" start="bin/start"/>'
	mkcomponent MS 2.0 product '<base dir="ms"/>' '<package name="ms" version="2.0"/>' \
		'<path from="1.0" strategy="in-place side-by-side" recommended="side-by-side"/>' \
		'<data path="store" format="2" oneway="yes" save="index"/>' '<migrate from="1.0" exec="lib/migrate now"/>' \
		'<service name="srv" stop="bin/stop" start="bin/start -x"/>'
	mkcomponent MS 3.0 product '<base dir="ms"/>' '<package name="ms" version="3.0"/>' \
		'<path from="2.0" strategy="in-place"/>' '<path from="1.0" strategy="coexistent"/>'
	cd ..
	commpkg install -q -y -R "$ROOT" -d d MS=1.0
}

@test "advise: the table for what is installed, the steps, and what can't be undone" {
	tree_list >before
	commpkg upgrade --advise -R "$ROOT" -d d >out
	grep -Eq '^  MS +1.0 +2.0 +upgrade +in-place, side-by-side +side-by-side$' out
	grep -Eq '^  MS +1.0 +3.0 +upgrade +coexistent +coexistent$' out
	grep -q 'MS 1.0 to 2.0, in place' out
	grep -q '  stop     srv: bin/stop' out
	grep -q '  migrate  lib/migrate now' out
	grep -q '  start    srv: bin/start -x' out
	grep -q "/opt/commpkg/ms/store becomes what 1.0 can't read" out
	grep -q '  install  commpkg install MS=2.0 --beside 1.0' out
	grep -q '  switch   commpkg switch MS' out
	grep -qx '  undo     commpkg switch MS=1.0; commpkg migrate --undo MS' out
	grep -q 'what arrives after the switch stays with 2.0: nothing brings it to /opt/commpkg/ms/store' out
	grep -q 'MS 1.0 to 3.0, coexistent' out
	grep -q '  install  commpkg install --silent FILE, there' out
	grep -q '  undo     this host is as it was' out
	commpkg upgrade --advise --json -R "$ROOT" -d d MS >out.json
	python3 -c '
import json
a = json.load(open("out.json"))["results"][0]["advice"]
assert [x["to"] for x in a] == ["2.0", "3.0"], a
assert a[0]["oneway"] == ["/opt/commpkg/ms/store"] and a[0]["saved"] == ["/opt/commpkg/ms/store/index"]'
	must_fail_cleanly 1 commpkg upgrade --advise -R "$ROOT" -d d CS
	diff before <(tree_list)
	[ -z "$(find "$COMMPKG_LOGDIR" -name '*upgrade*')" ]
}

@test "advise: a shared component comes beside by itself, and data that can be brought back is not warned of" {
	cd d
	sed -i 's|<data|<migrate from="2.0" exec="lib/back" again="lib/back"/><data|' MS-1.0.xml
	mkpkg sh 1.0 'f lib/sh'
	mkpkg sh 2.0 'f lib/sh'
	mkcomponent SH 1.0 shared '<base dir="sh"/>' '<package name="sh" version="1.0"/>'
	mkcomponent SH 2.0 shared '<base dir="sh"/>' '<package name="sh" version="2.0"/>' '<path from="1.0" strategy="side-by-side"/>'
	mkcomponent MS 4.0 product '<base dir="ms"/>' '<package name="ms"/>' '<path from="1.0" strategy="coexistent"/>' '<migrate from="1.0" exec="lib/migrate now"/>'
	cd ..
	commpkg install -qy -R "$ROOT" -d d --reinstall MS=1.0 SH=1.0
	commpkg upgrade --advise -R "$ROOT" -d d >out
	grep -A1 'SH 1.0 to 2.0, side by side' out | grep -q '  beside   where what is installed beside another version needs it'
	run ! grep -E 'commpkg (install|switch) SH' out
	run ! grep 'stays with 2.0' out
	grep -q 'edited configuration is merged, then migrated' out
	grep -q '  data     commpkg migrate MS --from DIRECTORY --only "NAMES", there' out
}

@test "what is not in the table is refused, and so is what is there for another strategy" {
	must_fail_cleanly 3 commpkg upgrade -y -R "$ROOT" -d d MS=3.0
	[[ $output == *"can't take the place of MS 1.0"*'its manifest has coexistent from there'* ]]
}

@test "going back: where the table of the older version allows it" {
	rm d/MS-2.0.xml
	sed -i 's/coexistent/in-place/' d/MS-3.0.xml
	commpkg upgrade -q -y -R "$ROOT" -d d MS
	commpkg install -q -y --allow-downgrade -R "$ROOT" -d d MS=1.0 # it has no table
	commpkg upgrade -q -y -R "$ROOT" -d d MS
	sed -i 's|<data|<path from="2.0" strategy="in-place"/><data|' d/MS-1.0.xml
	must_fail_cleanly 1 commpkg install -y --allow-downgrade -R "$ROOT" -d d MS=1.0
	[[ $output == *"MS 3.0 can't become 1.0 in place"* ]]
}

@test "--strategy: what is named, and what another host is for" {
	rm d/MS-3.0.xml
	must_fail_cleanly 2 commpkg upgrade -y --strategy side-by-side -R "$ROOT" -d d
	[[ $output == *'wants components'*--advise* ]]
	must_fail_cleanly 1 commpkg upgrade -y --strategy side-by-side -R "$ROOT" -d d XX
	must_fail_cleanly 1 commpkg upgrade -y --strategy coexistent -R "$ROOT" -d d MS
	[[ $output == *'another host'*'info --state'* ]]
	run commpkg upgrade -y --strategy side-by-side -R "$ROOT" -d d MS
	[ "$status" -eq 0 ]
	[[ $output == *'then: commpkg migrate'* ]]
	[[ $(commpkg info -R "$ROOT") == *'2.0 (beside)'* ]]
	commpkg uninstall -qy MS=2.0 -R "$ROOT"
	must_fail_cleanly 2 commpkg upgrade -y --strategy quick -R "$ROOT" -d d
	commpkg upgrade -q -n --strategy in-place -R "$ROOT" -d d
}

@test "going back over data that the older version can't read: refused, or by its own migration" {
	rm d/MS-3.0.xml
	mkdir -p "$ROOT/opt/commpkg/ms/store"
	(cd d && mkpkg ms 2.0 'f bin/ms' 'e ms.cnf <a=1\nb=1\nc=2\n' "f lib/migrate 0755 root root <echo 2 >\"\$2/store/index\"\n" 'f bin/start' 'f bin/stop')
	(cd d && mkpkg ms 1.0 'f bin/ms' 'e ms.cnf <a=1\nb=1\nc=1\n' "f lib/back 0755 root root <grep -q 2 \"\$2/store/index\" || exit 1; echo 1 >\"\$2/store/index\"\n" 'f bin/start' 'f bin/stop')
	rm -rf d/src d/spool-*
	commpkg install -q -y --reinstall -R "$ROOT" -d d MS=1.0
	echo 1 >"$ROOT/opt/commpkg/ms/store/index"
	commpkg upgrade -q -y -R "$ROOT" -d d MS
	[ "$(cat "$ROOT/opt/commpkg/ms/store/index")" = 2 ]
	sed -i s/b=1/b=mine/ "$ROOT/opt/commpkg/ms/ms.cnf"
	tree_list >before
	must_fail_cleanly 1 commpkg install -y --allow-downgrade -R "$ROOT" -d d MS=1.0
	[[ $output == *"MS 1.0 can't read /opt/commpkg/ms/store, to which 2.0 gave format 2, and it has no migration from there"* ]]
	diff before <(tree_list)
	sed -i 's|<service|<path from="2.0" strategy="in-place"/><migrate from="2.0" exec="lib/back"/><service|' d/MS-1.0.xml
	commpkg install -q -y --allow-downgrade -R "$ROOT" -d d MS=1.0
	[ "$(cat "$ROOT/opt/commpkg/ms/store/index")" = 1 ]
	[ "$(cat "$ROOT/opt/commpkg/ms/ms.cnf")" = $'a=1\nb=mine\nc=1' ]
	commpkg info -R "$ROOT" | grep 'MS  *1.0'
	commpkg undo -q -y -R "$ROOT"
	diff before <(tree_list)
}

# ---- the tables of the upgrade guide: to 7 Update 2 in 32 bits (table 1), and in 64 (table 2)

# guide VERSION ARCH [PATH...]: MS of that version, its package for that architecture, in d-VERSION-ARCH.
guide()
{
	local d=d-$1-$2
	mkdir "$d"
	(
		cd "$d" || exit
		mkpkg ms "$1" "f version <$1-$2\n" -- "ARCH=$2"
		mkcomponent MS "$1" product '<base dir="ms"/>' '<package name="ms"/>' "${@:3}"
	)
}

@test "the guide's tables: 5.2 that is in no package, 6.x in 32 and 64 bits" {
	local old='coexistent side-by-side' each='coexistent side-by-side in-place' arch v to want
	guide 7.0.2 i386 "<path from=\"5.2\" strategy=\"$old\"/>" "<path from=\"&gt;= 6.0, &lt; 6.4\" arch=\"i386\" strategy=\"$each\"/>" \
		"<path from=\"6.3\" arch=\"amd64\" strategy=\"$old\"/>"
	guide 7.0.2 amd64 "<path from=\"6.3\" arch=\"i386\" strategy=\"$old\"/>" "<path from=\"6.3\" arch=\"amd64\" strategy=\"$each\"/>"
	guide 6.2 i386
	guide 6.3 i386
	guide 6.3 amd64
	commpkg inspect d-7.0.2-i386/MS-7.0.2.xml >out
	grep -q 'from >= 6.0, < 6.4 on i386: ' out
	while read -r v arch to want; do
		rm -rf "$ROOT"
		commpkg install -qy --OSversionOverride -R "$ROOT" -d "d-$v-$arch" MS
		commpkg upgrade --advise --json -R "$ROOT" -d "d-7.0.2-$to" >advice
		python3 -c '
import json, sys
a = json.load(open("advice"))["results"][0]["advice"][0]["strategies"]
assert ",".join(a) == sys.argv[1], (a, sys.argv)' "${want/none/}"
		run commpkg upgrade -y --OSversionOverride -R "$ROOT" -d "d-7.0.2-$to" MS=7.0.2
		if [[ $want == *in-place* ]]; then
			[ "$status" -eq 0 ]
			[ "$(cat "$ROOT/opt/commpkg/ms/version")" = "7.0.2-$to" ]
		else
			[ "$status" -ne 0 ]
			[ "$(cat "$ROOT/opt/commpkg/ms/version")" = "$v-$arch" ]
			run commpkg install -y --OSversionOverride -R "$ROOT" -d "d-7.0.2-$to" MS --beside "$v"
			[ "$want" = none ] && [ "$status" -ne 0 ] || [ "$(cat "$ROOT/opt/commpkg/ms7.0.2/version")" = "7.0.2-$to" ]
		fi
	done <<-'E'
		6.2 i386 i386 in-place,side-by-side,coexistent
		6.3 i386 i386 in-place,side-by-side,coexistent
		6.3 amd64 i386 side-by-side,coexistent
		6.2 i386 amd64 none
		6.3 i386 amd64 side-by-side,coexistent
		6.3 amd64 amd64 in-place,side-by-side,coexistent
	E
}

@test "5.2, which is in no package: a fresh install, and what it has is migrated from where it lies" {
	needs_root # a migration runs over the stage
	mkdir d5 server5 server5/store
	echo port=143 >server5/configur.ini
	echo mail >server5/store/bob
	(
		cd d5 || exit
		mkpkg ms 7.0 'f version' 'f lib/migrate 0755 root root <set -e
[ $COMMPKG_FROM,$COMMPKG_TO = 5.2,7.0 ]
(echo x >>"$1/configur.ini") 2>/dev/null && exit 1
mkdir -p "$2/etc"; sed "s/^port=/listen=/" "$1/configur.ini" >"$2/etc/ms.cnf"
cp -R "$1/store" "$2"
'
		mkcomponent MS 7.0 product '<base dir="ms"/>' '<package name="ms"/>' '<path from="5.2" strategy="coexistent side-by-side"/>' \
			'<migrate from="5.2" exec="lib/migrate"/>'
	)
	commpkg install -qy -R "$PWD/fresh" -d d5 MS
	must_fail_cleanly 1 commpkg migrate -y -R "$PWD/fresh" MS --from "$PWD/server5"
	[[ $output == *"no version of MS is installed in '$PWD/server5'"*'--from-version'* ]]
	must_fail_cleanly 1 commpkg migrate -y -R "$PWD/fresh" MS --from "$PWD/server5" --from-version 5.1
	[[ $output == *'MS 7.0 has no migration from 5.1'*'--advise'* ]]
	commpkg migrate -qy -R "$PWD/fresh" MS --from "$PWD/server5" --from-version 5.2
	[ "$(cat "$PWD/fresh/opt/commpkg/ms/etc/ms.cnf")" = listen=143 ]
	[ "$(cat "$PWD/fresh/opt/commpkg/ms/store/bob")" = mail ]
	[ "$(cat server5/configur.ini)" = port=143 ]
	commpkg migrate -qy --undo -R "$PWD/fresh" MS
	[ ! -e "$PWD/fresh/opt/commpkg/ms/store" ]
}
