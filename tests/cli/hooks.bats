#!/usr/bin/env bats
# What hooks of components are told, keep, and say: commpkg-hooks(7).
load lib/commpkg

# component VERSION TEXT-OF-MIGRATE: MS, whose hooks write down what they get.
component()
{
	local v=$1 more='' tell
	tell="{ echo \"$v \$COMMPKG_HOOK \$COMMPKG_FROM>\$COMMPKG_TO \$COMMPKG_DIRECTION\"; cat \"\$COMMPKG_ANSWERS\"; } >>$RUN/told"
	mkdir -p "d$v"
	mkpkg ms "$v" "f version <$v\n" "f lib/migrate 0755 root root <$2\n" "f sbin/start <$tell\n" \
		"f sbin/stop <$tell\n" "f sbin/check <$tell\n"
	mv "ms-$v.pkg" "d$v"
	[ "$v" = 1.0 ] || more="<migrate from=\"&gt;= 1\" exec=\"lib/migrate\"/>"
	(cd "d$v" && mkcomponent MS "$v" product '<base dir="ms"/>' '<package name="ms"/>' \
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
[ $COMMPKG_HOOK,$COMMPKG_DIRECTION,$COMMPKG_DRYRUN,$COMMPKG_ONLY = migrate,forward,no, ]
[ "$1,$2" = "$COMMPKG_OLD,$COMMPKG_BASE" ]
[ $(cat $COMMPKG_REPLACED/opt/commpkg/ms/version) = 1.0 ]
(echo x >>$COMMPKG_REPLACED/opt/commpkg/ms/version) 2>/dev/null && exit 1
sleep 0.3
echo @progress 10 mailbox 1 of 3
sleep 0.2
echo @progress 70 mailbox 2 of 3
echo "@progress much"
grep "^MS[.]" $COMMPKG_ANSWERS
grep ^COMPONENTS= $COMMPKG_ANSWERS || true
mkdir -p $COMMPKG_STATE
echo "$COMMPKG_FROM to $COMMPKG_TO" >>$COMMPKG_STATE/done
sleep 0.2
echo @progress 100'
	printf 'VERB=install\nCOMPONENTS=MS\nMS.host=mail.example.com\nMS.port=143\n' >answers
	commpkg install -q --silent answers -R "$ROOT" -d d1.0
	state=$ROOT/var/opt/commpkg/hooks/MS
}

upgrade() { commpkg upgrade --services=yes -R "$ROOT" "$@"; }

@test "answers, of this run and of earlier ones; what is kept between runs, and undone" {
	printf 'VERB=upgrade\nMS.port=993\nOTHER.x=\n' >more
	tree_list >before
	upgrade --silent more -d d2.0 --record recorded
	commpkg history 2 -R "$ROOT" >history
	grep -qF 'MS.host=mail.example.com' history
	grep -qF 'MS.port=993' history
	run ! grep -qF 'port=143' history
	grep -q '^OTHER.x=$' recorded
	[ "$(cat "$state/done")" = '1.0 to 2.0' ]
	# services: the same answers, and the run's own keys; on the way back it is said
	grep -q '^1.0 stop 1.0>2.0 forward$' "$RUN/told"
	grep -q '^2.0 start 1.0>2.0 forward$' "$RUN/told"
	grep -q '^VERB=upgrade$' "$RUN/told"
	grep -q '^MS.host=mail.example.com$' "$RUN/told"
	# the next hook finds what this one kept
	component 3.0 'cat $COMMPKG_STATE/done; echo "$COMMPKG_FROM to $COMMPKG_TO" >>$COMMPKG_STATE/done'
	tree_list >between
	upgrade -y -d d3.0 -v >out 2>&1
	grep -qF 'MS migrate: 1.0 to 2.0' out
	[ "$(wc -l <"$state/done")" = 2 ]
	rm "$RUN/told"
	commpkg undo -q -y --services=yes -R "$ROOT"
	grep -q '^3.0 stop 3.0>2.0 back$' "$RUN/told"
	grep -q '^MS.port=993$' "$RUN/told"
	tree_list | diff between -
	commpkg undo 2 -q -y --services=yes -R "$ROOT"
	tree_list | diff before -
	[ ! -e "$state" ]
}

@test "one that fails has kept nothing" {
	component 2.0 'mkdir -p $COMMPKG_STATE; echo half >$COMMPKG_STATE/done; exit 1'
	must_fail_cleanly 1 upgrade -y -d d2.0
	[ ! -e "$state" ]
}

@test "progress: for who looks on, not for the log and the history" {
	upgrade -y -v -d d2.0 >out 2>&1
	grep -qF 'MS migrate: @progress much' out # nothing that we understand is a line like others
	run ! grep -F 'mailbox' out
	commpkg history 2 -R "$ROOT" >history
	run ! grep -F mailbox history
	run ! grep -rF mailbox "$COMMPKG_LOGDIR"
	commpkg undo -q -y -R "$ROOT"
	"$PTY" -- commpkg upgrade -y -R "$ROOT" -d d2.0 >out
	# one that follows another at once is passed over
	grep -qE 'migrate of MS:  (10%  mailbox 1|70%  mailbox 2) of 3' out
}

@test "answers that are none, or are there twice" {
	printf 'VERB=upgrade\nMS.port=1\nMS.port=2\n' >twice
	must_fail_cleanly 1 upgrade --silent twice -d d2.0
	[[ $output == *"twice:3: 'MS.port' is there twice"* ]]
	printf 'VERB=upgrade\n.port=1\n' >none
	must_fail_cleanly 1 upgrade --silent none -d d2.0
	[[ $output == *"unknown key '.port'"* ]]
}
