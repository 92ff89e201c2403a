#!/usr/bin/env bats
# Services of components: stopped and started around a change, and on the way back.
load lib/commpkg

# A server is a file $RUN/NAME with the version in it; what happens to it is a line in $RUN/log.
# $RUN/fail has the words of those that are to fail: "start-2.0".
setup()
{
	commpkg_setup
	export RUN=$BATS_TEST_TMPDIR/run
	mkdir "$RUN"
	for v in 1.0 2.0; do
		mkserver MS $v
	done
	cp old/MS-1.0.xml old/COMMMS-1.0.pkg .
	commpkg install -q -y -R "$ROOT" -d old MS
	[ ! -e "$RUN/log" ]
	echo 1.0 >"$RUN/MS"
	tree_list >before
}

# mkserver NAME VERSION [PACKAGE-OBJECT...]: a component with a server, in old/ (1.0) or new/.
mkserver()
{
	local name=$1 v=$2 d=old
	[ "$v" = 1.0 ] || d=new
	shift 2
	mkdir -p $d
	hook() { printf '%s' "i=$1-$v; echo \$i \"\$(cat version)\" \$COMMPKG_COMPONENT \$COMMPKG_HOOK >>$RUN/log
grep -qx \$i $RUN/fail 2>/dev/null && exit 4
$2
"; }
	mkpkg "COMM$name" "$v" "f sbin/start <$(hook start "echo $v >$RUN/$name")" \
		"f sbin/stop <$(hook stop "rm -f $RUN/$name")" \
		"f sbin/check <$(hook check "[ -e $RUN/$name ]")" "f version <$v\n" "$@"
	mv "COMM$name-$v.pkg" $d
	(cd $d && mkcomponent "$name" "$v" product "<base dir=\"$name\"/>" "<package name=\"COMM$name\"/>" \
		'<path from="&gt;= 0" strategy="in-place"/>' \
		'<service name="srv" stop="sbin/stop now" start="sbin/start" check="sbin/check"/>')
}

upgrade() { commpkg upgrade -y --services=yes -R "$ROOT" -d new; }
log() { cat "$RUN/log"; }

@test "an upgrade stops the old version, and starts and checks the new one" {
	commpkg upgrade -n --services=yes -R "$ROOT" -d new >plan
	grep -q 'Services   1, if it runs:' plan
	grep -q 'srv of MS: stopped, then started and checked' plan
	upgrade
	log | diff - <(printf '%s\n' 'check-1.0 1.0 MS was' 'stop-1.0 1.0 MS stop' \
		'start-2.0 2.0 MS start' 'check-2.0 2.0 MS check')
	[ "$(cat "$RUN/MS")" = 2.0 ]
	commpkg history 2 -R "$ROOT" >out
	grep -q 'stop srv of MS: exit 0, on the root' out
	commpkg history 2 --json -R "$ROOT" >out
	grep -q '"script": "check srv"' out
	run commpkg verify --database -R "$ROOT"
	[ "$status" -eq 0 ]
}

@test "services of an alternate root are left alone unless somebody says so, and the plan does" {
	commpkg upgrade -y -R "$ROOT" -d new >out
	grep -q 'Services   1, left alone: the root is not the live system: --services=yes' out
	[ ! -e "$RUN/log" ]
	[ "$(cat "$RUN/MS")" = 1.0 ]
	commpkg undo -q -y -R "$ROOT"
	commpkg upgrade -n --services=no --json -R "$ROOT" -d new | python3 -c '
import json, sys
s = json.load(sys.stdin)["results"][0]["services"]
assert s == [{"component": "MS", "service": "srv", "stop": "sbin/stop now", "start": "sbin/start",
	"check": "sbin/check", "run": False, "why": "--services=no"}], s'
}

@test "what does not run is not started" {
	rm "$RUN/MS"
	upgrade
	[ "$(log)" = 'check-1.0 1.0 MS was' ]
	[ ! -e "$RUN/MS" ]
	commpkg history 2 -R "$ROOT" >out
	grep -q 'stop srv of MS: did not run' out
}

@test "a stop that fails: the root was not touched, and the server runs as it did" {
	echo stop-1.0 >"$RUN/fail"
	must_fail_cleanly 1 upgrade
	[[ $output == *"service 'srv' of 'MS' could not be stopped: exit code 4"* ]]
	[[ $output == *"service 'srv' of 'MS' is started again"* ]]
	diff before <(tree_list)
	[ "$(cat "$RUN/MS")" = 1.0 ]
	[ "$(commpkg info --listPackages -R "$ROOT")" = 'COMMMS 1.0 MS' ]
}

@test "a start or a check that fails: all is taken back, and the old server runs again" {
	for what in start check; do
		rm -f "$RUN/log"
		echo $what-2.0 >"$RUN/fail"
		must_fail_cleanly 1 upgrade
		[[ $output == *'was taken back and the root is as it was'*"service 'srv' of 'MS'"*'exit code 4'* ]]
		diff before <(tree_list)
		[ "$(cat "$RUN/MS")" = 1.0 ]
		[ "$(log | tail -n 2 | cut -d ' ' -f 1,2 | tr '\n' ' ')" = 'stop-2.0 2.0 start-1.0 1.0 ' ]
	done
	rm "$RUN/fail"
	upgrade
	[ "$(cat "$RUN/MS")" = 2.0 ]
}

@test "the old server can't be started again: said, with what to type" {
	printf 'start-2.0\nstart-1.0\n' >"$RUN/fail"
	must_fail_cleanly 1 upgrade
	[[ $output == *"could not be started again: exit code 4; by hand: cd $ROOT/opt/commpkg/MS && ./sbin/start"* ]]
	diff before <(tree_list)
}

@test "uninstall stops; install starts nothing" {
	commpkg uninstall -y --services=yes -R "$ROOT" MS >out
	grep -q 'srv of MS: stopped$' out
	[ "$(log | tail -n 1)" = 'stop-1.0 1.0 MS stop' ]
	[ ! -e "$RUN/MS" ]
	rm "$RUN/log"
	commpkg install -q -y --services=yes -R "$ROOT" -d new MS
	[ ! -e "$RUN/log" ]
}

@test "scripts of packages between them: staged ones before, and what fails is taken back" {
	mkserver MS 2.0 "i postinstall <echo post >>$RUN/never; echo x >\$PKG_INSTALL_ROOT/etc-made\n"
	echo check-2.0 >"$RUN/fail"
	must_fail_cleanly 1 upgrade
	diff before <(tree_list)
	rm "$RUN/fail"
	upgrade
	[ "$(cat "$ROOT/etc-made")" = x ]
	[ ! -e "$RUN/never" ]
	[ "$(cat "$RUN/MS")" = 2.0 ]
}

@test "a server that lives on in a session of its own" {
	rm -r old new
	mkserver MS 3.0 "f sbin/serve <setsid sleep 60 >/dev/null 2>&1 </dev/null & echo \$! >$RUN/pid\n"
	sed -i 's|start="sbin/start"|start="sbin/serve"|; s| check="sbin/check"||' new/MS-3.0.xml
	upgrade
	kill -0 "$(cat "$RUN/pid")"
	kill "$(cat "$RUN/pid")"
}

@test "several: what others need is stopped last and started first" {
	mkserver DB 1.0
	mkserver DB 2.0
	for d in old new; do
		sed -i 's|<service|<requires component="DB"/><service|' $d/MS-*.xml
	done
	commpkg install -q -y -R "$ROOT" -d old DB
	echo 1.0 >"$RUN/DB"
	upgrade
	[ "$(log | grep -v check | cut -d ' ' -f 1,3 | tr '\n' ' ')" = \
		'stop-1.0 MS stop-1.0 DB start-2.0 DB start-2.0 MS ' ]
}

@test "undo stops the version that goes and starts the one that comes back" {
	upgrade
	rm "$RUN/log"
	commpkg undo -n -R "$ROOT" >plan
	grep -q 'Services   1, left alone: the root is not the live system' plan
	commpkg undo -y --services=yes -R "$ROOT"
	log | diff - <(printf '%s\n' 'check-2.0 2.0 MS was' 'stop-2.0 2.0 MS stop' \
		'start-1.0 1.0 MS start' 'check-1.0 1.0 MS check')
	diff before <(tree_list)
	[ "$(cat "$RUN/MS")" = 1.0 ]
	echo start-2.0 >"$RUN/fail"
	must_fail_cleanly 1 commpkg undo 3 -y --services=yes -R "$ROOT"
	[[ $output == *"service 'srv' of 'MS' could not be started: exit code 4"*"service 'srv' of 'MS' is started again"* ||
		$output == *"is started again"*"could not be started"* ]]
	diff before <(tree_list)
	[ "$(cat "$RUN/MS")" = 1.0 ]
}

@test "a service that only the new version has is started where others ran; and goes by undo" {
	mkserver MS 2.0 "f sbin/start2 <echo 2.0 >$RUN/MS2; echo start2 >>$RUN/log\n" \
		"f sbin/stop2 <rm -f $RUN/MS2; echo stop2 >>$RUN/log\n"
	sed -i 's|<service|<service name="more" stop="sbin/stop2" start="sbin/start2"/><service|' new/MS-2.0.xml
	commpkg upgrade -n --services=yes -R "$ROOT" -d new >plan
	grep -q 'more of MS: new, started if another of MS was stopped' plan
	echo check-2.0 >"$RUN/fail" # after both were started
	must_fail_cleanly 1 upgrade
	[ ! -e "$RUN/MS2" ]
	[ "$(cat "$RUN/MS")" = 1.0 ]
	rm "$RUN/fail"
	upgrade
	[ "$(cat "$RUN/MS2")" = 2.0 ]
	commpkg undo -qy --services=yes -R "$ROOT"
	[ ! -e "$RUN/MS2" ]
	[ "$(cat "$RUN/MS")" = 1.0 ]
	# nothing of it runs: nothing is started
	rm "$RUN/MS" "$RUN/log"
	upgrade
	[ ! -e "$RUN/MS2" ]
	[ "$(log)" = 'check-1.0 1.0 MS was' ]
}
