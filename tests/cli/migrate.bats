#!/usr/bin/env bats
# Migration in place: run when the services are stopped and the packages are new, caught, and undone.
load lib/commpkg

# component VERSION TEXT-OF-MIGRATE [TEXT-OF-CHECK]: MS, with a store of two files, a server as in services.bats.
component()
{
	local v=$1 d=old more
	[ "$v" = 1.0 ] || d=new
	mkdir -p $d
	mkpkg ms "$v" "f version <$v\n" "f lib/migrate 0755 root root <$2\n" \
		"f sbin/start <echo start-$v \$(cat store/index) >>$RUN/log; echo used-$v >>store/list; echo $v >$RUN/MS\n" \
		"f sbin/stop <rm -f $RUN/MS; echo stopped >>store/mail\n" \
		"f sbin/check <${3:-[ -e $RUN/MS ]}\n"
	mv "ms-$v.pkg" $d
	more="<data path=\"store\" format=\"${v%.0}\" oneway=\"yes\" save=\"index list gone\"/>"
	[ "$v" = 1.0 ] || more="$more<migrate from=\"&gt;= 1, &lt; 2\" exec=\"lib/migrate -s store\"${DRYRUN:+ dryrun=\"yes\"}/>"
	(cd $d && mkcomponent MS "$v" product '<base dir="ms"/>' '<package name="ms"/>' \
		'<path from="&gt;= 0" strategy="in-place"/>' "$more" \
		'<service name="srv" stop="sbin/stop" start="sbin/start" check="sbin/check"/>')
}

setup()
{
	commpkg_setup
	export RUN=$BATS_TEST_TMPDIR/run
	mkdir "$RUN"
	component 1.0 'exit 1'
	component 2.0 'set -e
echo "migrate $# $1 $2 $COMMPKG_FROM $COMMPKG_TO $(cat "$3/version") $4"
[ -e /run/commpkg/replaced/opt/commpkg/ms/version ]
cd "$4/store"
sed s/format1/format2/ index >index.x && mv index.x index
mkdir made && echo new >made/x
rm old
touch /outside 2>/dev/null && exit 1
exit 0'
	commpkg install -q -y -R "$ROOT" -d old MS
	store=$ROOT/opt/commpkg/ms/store
	mkdir "$store"
	for f in index list mail old; do
		echo format1 $f >"$store/$f"
		chmod 640 "$store/$f"
	done
	echo 1.0 >"$RUN/MS"
	tree_list | grep -v store/mail >before
}

upgrade() { commpkg upgrade -y --services=yes -R "$ROOT" -d new "$@"; }
now() { tree_list | grep -v store/mail; } # to which the server writes to the last

@test "the plan says what is migrated, what is saved, and what is one way" {
	upgrade -n >plan
	grep -q 'Migrate    MS from 1.0 to 2.0: lib/migrate -s store' plan
	grep -q 'Data       /opt/commpkg/ms/store of MS: format 1 to 2, which is one way; 2 files (.*) saved for undo' plan
	grep -q "can't read /opt/commpkg/ms/store any more once it has format 2" plan
	commpkg upgrade -n --json -R "$ROOT" -d new >plan.json
	python3 -c '
import json
r = json.load(open("plan.json"))["results"][0]
assert r["migrations"] == [{"component": "MS", "from": "1.0", "to": "2.0", "exec": "lib/migrate -s store", "only": None, "says": []}]
d = r["data"][0]
assert d["oneway"] and d["files"] == 2 and d["saved"][0] == "/opt/commpkg/ms/store/index", d'
	now | diff before -
}

@test "between stop and start, over the new packages; undo brings everything back" {
	upgrade -v >out 2>&1
	grep -qF "MS migrate: migrate 4 -s store 1.0 2.0 2.0 $ROOT/opt/commpkg/ms" out
	[ "$(cat "$RUN/log")" = 'start-2.0 format2 index' ]
	[ "$(cat "$store/index")" = 'format2 index' ]
	[ "$(stat -c %a "$store/list")" = 640 ]
	[ "$(cat "$store/made/x")" = new ]
	[ ! -e "$store/old" ]
	commpkg history 2 -R "$ROOT" >history
	grep -q 'migrate of MS: exit 0' history
	commpkg verify --database -R "$ROOT"
	commpkg undo -q -y -R "$ROOT"
	rm -f "$store/list.after-2"
	now | diff before -
	commpkg undo 3 -q -y -R "$ROOT"
	[ "$(cat "$store/index")" = 'format2 index' ]
}

@test "what came into saved data since is kept beside by undo, and named" {
	upgrade -q
	echo arrived >>"$store/index"
	commpkg undo -y -R "$ROOT" >out
	grep -q '/opt/commpkg/ms/store/index: changed since: saved as /opt/commpkg/ms/store/index.after-2' out
	[ "$(cat "$store/index")" = 'format1 index' ]
	grep -q arrived "$store/index.after-2"
}

@test "one that fails has all taken back, and the old server runs again" {
	component 2.0 'echo half >"$4/store/index"; rm "$4/version"; exit 3'
	must_fail_cleanly 1 upgrade
	[[ $output == *"the migration of 'MS' failed: exit code 3"* ]]
	sed -i /used-1.0/d "$store/list"
	touch -r "$store/index" "$store/list"
	now | diff before -
	[ "$(cat "$RUN/MS")" = 1.0 ]
}

@test "a check that fails afterwards takes it back, too" {
	component 2.0 'echo format2 >"$4/store/index"' 'exit 1'
	must_fail_cleanly 1 upgrade
	[[ $output == *"service 'srv' of 'MS' does not answer"* ]]
	[ "$(cat "$store/index")" = 'format1 index' ]
}

@test "data of the same format is not saved, a version that has no migration has none" {
	sed -i 's/format="2"/format="1"/; s/&gt;= 1, &lt; 2/5.2/' new/MS-2.0.xml
	upgrade -n >plan
	run grep -E 'Migrate|Data|Services' plan
	[[ $output == *Services* ]]
	[[ $output != *Migrate* ]]
	[[ $output != *Data* ]]
}

@test "without services the same, and with scripts of packages that were staged" {
	mkpkg more 1.0 'i postinstall <echo x >$PKG_INSTALL_ROOT/made-by-script\n' 'f opt/more/x'
	mv more-1.0.pkg new
	sed -i 's|<package name="ms"/>|<package name="ms"/><package name="more"/>|' new/MS-2.0.xml
	commpkg upgrade -y -R "$ROOT" -d new
	[ ! -e "$RUN/log" ]
	[ "$(cat "$store/index")" = 'format2 index' ]
	[ -e "$ROOT/made-by-script" ]
	commpkg undo -q -y -R "$ROOT"
	now | diff before -
}

@test "where it can't be caught it is refused" {
	load lib/late
	needs_late
	must_fail_cleanly 1 late commpkg upgrade -y -R "$ROOT" -d new
	[[ $output == *"the migration of MS from 1.0 to 2.0 can't be caught on this host"* ]]
	now | diff before -
}

@test "what it makes of a file about which a decision would wait is the decision" {
	for v in 1.0 2.0; do
		mkpkg cnf $v "e ms.cnf <key$v=1\n"
		[ $v = 1.0 ] && mv cnf-$v.pkg old || mv cnf-$v.pkg new
	done
	sed -i 's|<package name="ms"/>|<package name="ms"/><package name="cnf"/>|' old/*.xml new/*.xml
	component 2.0 'sed s/mine/migrated/ "$4/ms.cnf" >"$4/x" && mv "$4/x" "$4/ms.cnf"'
	sed -i 's|<package name="ms"/>|<package name="ms"/><package name="cnf"/>|' new/*.xml
	commpkg uninstall -q -y -R "$ROOT" MS
	commpkg install -q -y -R "$ROOT" -d old MS
	cnf=$ROOT/opt/commpkg/ms/ms.cnf
	echo mine >"$cnf"
	touch -d 2020-01-01 "$cnf"
	now >edited
	commpkg upgrade -y -R "$ROOT" -d new >plan
	grep -q 'ms.cnf: kept as edited, new one beside' plan
	[ "$(cat "$cnf")" = migrated ]
	[ ! -e "$cnf.new" ]
	commpkg config list -R "$ROOT"
	commpkg undo -q -y -R "$ROOT"
	now | diff edited -
	commpkg undo 5 -q -y -R "$ROOT"
	mkpkg cnf 3.0 "e ms.cnf <key2.0=1\nmore=1\n"
	run commpkg upgrade -q -y -R "$ROOT" ./cnf-3.0.pkg
	[ "$(cat "$cnf.new")" = $'key2.0=1\nmore=1' ] # merged against the text of 2.0: both changed it
}

@test "it may not remove what the upgrade has just replaced" {
	component 2.0 'rm "$4/version"'
	must_fail_cleanly 1 upgrade
	[[ $output == *"the migration removed '/opt/commpkg/ms/version', and this transaction has just replaced"* ]]
	[ "$(cat "$ROOT/opt/commpkg/ms/version")" = 1.0 ]
	[ "$(cat "$RUN/MS")" = 1.0 ]
}

@test "what it writes into a directory that came with the upgrade goes with that" {
	mkpkg more 1.0 'd lib2' 'f lib2/x'
	mv more-1.0.pkg new
	component 2.0 'echo y >"$4/lib2/y"; echo z >>"$4/lib2/x"'
	sed -i 's|<package name="ms"/>|<package name="ms"/><package name="more"/>|' new/MS-2.0.xml
	upgrade -q
	[ "$(cat "$ROOT/opt/commpkg/ms/lib2/y")" = y ]
	commpkg undo -q -y -R "$ROOT"
	rm -f "$store/list.after-2"
	now | diff before -
}

@test "a file that is merged, or taken as it comes, and then rewritten by it comes back by undo" {
	mkpkg cnf 1.0 'e ms.cnf <a=1\nb=1\nc=1\n' 'e plain.cnf <x=1\n'
	mkpkg cnf 2.0 'e ms.cnf <a=1\nb=1\nc=2\n' 'e plain.cnf <x=2\n'
	mv cnf-1.0.pkg old
	mv cnf-2.0.pkg new
	for how in 'sed s/mine/migrated/ "$f" >"$f.x" \&\& mv "$f.x" "$f"' 'echo more >>"$f"'; do
		component 2.0 "cd \"\$4\"; for f in ms.cnf plain.cnf version; do ${how//\\/}; done"
		sed -i 's|<package name="ms"/><package name="cnf"/>|<package name="ms"/>|; s|<package name="ms"/>|<package name="ms"/><package name="cnf"/>|' old/*.xml new/*.xml
		rm -rf "$ROOT"
		mkdir "$ROOT"
		commpkg install -q -y -R "$ROOT" -d old MS
		mkdir -p "$store"
		echo format1 index >"$store/index"
		sed -i s/a=1/a=mine/ "$ROOT/opt/commpkg/ms/ms.cnf"
		tree_list >edited
		commpkg upgrade -y -R "$ROOT" -d new >plan
		grep 'ms.cnf: merged' plan
		grep -qE 'migrated|more' "$ROOT/opt/commpkg/ms/ms.cnf"
		grep -q c=2 "$ROOT/opt/commpkg/ms/ms.cnf"
		tree_list >upgraded
		commpkg undo -q -y -R "$ROOT"
		tree_list | diff edited -
		commpkg undo -q -y 3 -R "$ROOT"
		tree_list | diff upgraded -
	done
}

@test "what is to be saved and does not fit is refused beforehand" {
	truncate -s 8T "$store/index" 2>/dev/null || skip 'no file is that large here'
	must_fail_cleanly 1 upgrade
	[[ $output == *"needs 17179"*" KiB of free space, and has "* ]] # twice: kept, and copied
	[ "$(cat "$RUN/MS")" = 1.0 ]
	[ ! -e "$RUN/log" ]
}

# What a hook that knows dry runs is asked, before anything is done. @RUN@ is $RUN.
DRY='[ $COMMPKG_DRYRUN = no ] || {
	echo "would go from $(cat $COMMPKG_REPLACED/opt/commpkg/ms/version) to $(cat "$4/version"), index $(cat "$4/store/index")"
	echo @progress 50 half
	rm "$4/store/index"; echo x >"$4/made"; mkdir -p $COMMPKG_STATE
	(echo x >@RUN@/outside) 2>/dev/null && echo written
	(echo x >>$COMMPKG_REPLACED/opt/commpkg/ms/version) 2>/dev/null && echo written
	[ ! -e "$4/doomed" ] || { echo it is doomed; exit 3; }
	[ ! -e "$4/wordy" ] || seq 100
	exit 0
}
'

dry() # runs the plan and the real run: both show the same
{
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir -p "$TMPDIR"
	upgrade -n | grep -v '^  Space' >plan || true
	now | diff before -
	[ -z "$(ls -A "$TMPDIR")" ]
	run upgrade
	grep -v '^  Space\|would fail$\|^✓\|to take it back' <<<"$output" >real
	grep -A4 Migrate plan
}

@test "dry run: the hook is asked over what comes, and what it writes is thrown away" {
	DRYRUN=yes component 2.0 "${DRY//@RUN@/$RUN} echo format2 >\"\$4/store/index\""
	dry
	[ "$status" -eq 0 ]
	[ "$(sed -n '/Migrate/,/Data/p' plan)" = "$(sed -n '/Migrate/,/Data/p' real)" ]
	grep -qx '    would go from 1.0 to 2.0, index format1 index' plan
	run ! grep -E 'written|half' plan
	[ ! -e "$RUN/outside" ]
	[ "$(cat "$store/index")" = format2 ]
	[ ! -e "$ROOT/opt/commpkg/ms/made" ]
	commpkg undo -qy -R "$ROOT"
	rm -f "$store/list.after-2"
	now | diff before -
	upgrade -n --script-cage=off | grep -A1 'would go from' >plan
	run ! grep written plan
	[ ! -e "$RUN/outside" ]
	commpkg upgrade -n --json -R "$ROOT" -d new | python3 -c '
import json, sys
m = json.load(sys.stdin)["results"][0]["migrations"][0]
assert m["says"] == ["would go from 1.0 to 2.0, index format1 index"], m'
}

@test "dry run: one that would fail is a problem of the plan, and nothing is stopped" {
	DRYRUN=yes component 2.0 "${DRY//@RUN@/$RUN} echo format2 >\"\$4/store/index\""
	touch "$ROOT/opt/commpkg/ms/doomed"
	now >before
	dry
	[ "$status" -eq 1 ]
	[ "$(sed -n '/Migrate/,/would fail/p' plan)" = "$(sed -n '/Migrate/,/would fail/p' real)" ]
	grep -qx '    it is doomed' plan
	grep -q 'the migration of MS from 1.0 to 2.0 would fail: exit code 3' plan
	[ ! -e "$RUN/log" ] && [ "$(cat "$RUN/MS")" = 1.0 ]
	now | diff before -
}

@test "dry run: many lines are cut short but with -v; where it can't be asked a note says so" {
	DRYRUN=yes component 2.0 "${DRY//@RUN@/$RUN} echo format2 >\"\$4/store/index\""
	touch "$ROOT/opt/commpkg/ms/wordy"
	upgrade -n | grep -A1 '^    39$' | grep -qx '    and 61 lines more (-v shows them)'
	upgrade -n -v | grep -qx '    100'
	TMPDIR=$PWD/none run upgrade -n
	[ "$status" -eq 0 ]
	[[ $output == *"what the migrations would do is not known: "*"$PWD/none"* ]]
	TMPDIR=$PWD/none run upgrade
	[ "$status" -eq 0 ]
	[[ $output == *"what the migrations would do is not known: "*"$PWD/none"* ]]
	[ "$(cat "$store/index")" = format2 ]
}
