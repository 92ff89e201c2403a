#!/usr/bin/env bats
# Side by side: install --beside, migrate, switch and their ways back, stopped at mutating system
# calls or with one that fails. Each version's server is a file in its own base with the version
# that runs. The migration knows dry runs, which are stopped as all else. See lib/crash.bash and
# services.bats.

load lib/crash

# server VERSION DIRECTORY
server()
{
	local v=$1 d=$2 run='$COMMPKG_BASE/run'
	mkpkg demo "$v" "f sbin/start <echo $v >\"$run\" && touch -d 2020-02-02 \"$run\" \"\$COMMPKG_BASE\"\n" \
		"f sbin/stop <rm -f \"$run\" && touch -d 2020-02-02 \"\$COMMPKG_BASE\"\n" \
		"f sbin/check <grep -qx $v \"$run\"\n" "f version <$v\n" "e etc/conf <port=2000\n" \
		"f sbin/migrate <[ \$COMMPKG_DRYRUN = no ] || { touch \"\$2/never\"; exit; }
mkdir -p \"\$2/data\" && cp -p \"\$1/data/\"* \"\$2/data/\" && touch -d 2020-02-02 \"\$2/data\"\n"
	mkdir -p $d
	mv "demo-$v.pkg" $d
	(cd $d && mkcomponent SRV "$v" product '<base dir="srv"/>' '<package name="demo"/>' \
		'<path from="&gt;= 0" strategy="side-by-side in-place"/>' \
		'<port default="2000" file="etc/conf" key="port" beside="3000"/>' \
		'<service name="srv" stop="sbin/stop" start="sbin/start" check="sbin/check"/>' \
		"$([ $v = 1.0 ] || echo '<migrate from="&lt; 2.0" exec="sbin/migrate" again="sbin/migrate" dryrun="yes"/>')")
}

prepare()
{
	export TMPDIR=$PLACE/tmp # of dry runs
	mkdir "$TMPDIR"
	server 1.0 old
	server 2.0 new
	commpkg -y -R "$BEFORE" install -d old SRV
	SRV=$BEFORE/opt/commpkg/srv
	mkdir "$SRV/data"
	echo a letter >"$SRV/data/one"
	echo 1.0 >"$SRV/run"
	touch -d '2020-02-02' "$SRV/run" "$SRV/data/one" "$SRV/data"
	[ "$STEP" = beside ] || commpkg -y -R "$BEFORE" install -d new SRV --beside 1.0
	[ "$STEP" = beside ] || [[ $STEP == *migrate ]] || commpkg -y -R "$BEFORE" migrate SRV
	[ "$STEP" != unmigrate ] || commpkg -y -R "$BEFORE" migrate SRV
	[ "$STEP" != back ] || commpkg -y -R "$BEFORE" switch --services=yes SRV
	[ "$STEP" != undo ] || commpkg -y -R "$BEFORE" switch --services=yes SRV
	touch -d '2020-02-02' "$SRV" "$SRV"*
}

@test "install --beside: killed at any call" {
	STEP=beside crash_setup install -d new SRV --beside 1.0
	crash_everywhere no 17
}

@test "migrate: killed at any call" {
	needs_root
	STEP=migrate crash_setup migrate SRV
	[ -f "$AFTER/opt/commpkg/srv2.0/data/one" ]
	crash_everywhere no 13
}

@test "migrate: an error at any call is told" {
	needs_root
	STEP=migrate crash_setup migrate SRV
	fail_at EIO 1 17
}

@test "migrate --undo: killed at any call" {
	needs_root
	STEP=unmigrate crash_setup migrate --undo SRV
	[ ! -e "$AFTER/opt/commpkg/srv2.0/data" ]
	crash_everywhere no 13
}

@test "switch: killed at any call, one of both runs" {
	needs_root
	STEP=switch crash_setup switch --services=yes SRV
	[ "$(cat "$AFTER/opt/commpkg/srv2.0/run")" = 2.0 ]
	[ ! -e "$AFTER/opt/commpkg/srv/run" ]
	crash_everywhere no 11
}

@test "switch: recovery killed, too" {
	needs_root
	STEP=switch crash_setup switch --services=yes SRV
	crash_recovery_everywhere 19
}

@test "switch: taken back after an error, and killed while it is" {
	needs_root
	STEP=switch crash_setup switch --services=yes SRV
	crash_reversal_everywhere 23
}

@test "switch back: killed at any call" {
	needs_root
	STEP=back crash_setup switch --services=yes SRV=1.0
	[ "$(cat "$AFTER/opt/commpkg/srv/run")" = 1.0 ]
	crash_everywhere no 17
}

@test "undo of a switch: killed at any call" {
	needs_root
	STEP=undo crash_setup undo --services=yes
	[ "$(cat "$AFTER/opt/commpkg/srv/run")" = 1.0 ]
	crash_everywhere no 17
}
