#!/usr/bin/env bats
# A migration in place, with a service: stopped at mutating system calls, or with one that fails.
# What the server and the hook write has a fixed time. See lib/crash.bash.

load lib/crash

server()
{
	local v=$1 d=$2 run='$COMMPKG_ROOT/run' at='touch -d 2020-02-02'
	mkpkg demo "$v" "f sbin/start <echo $v >\"$run\" && $at \"$run\"\n" "f sbin/stop <rm -f \"$run\"\n" \
		"f sbin/check <grep -qx $v \"$run\"\n" "f version <$v\n" 'f lib/migrate 0755 root root <set -e
cd "$2/store"
sed s/format1/format2/ index >index.x; '"$at"' index.x; mv index.x index
rm -f old
mkdir -p made; echo new >made/x; '"$at"' made/x
'
	mkdir -p "$d"
	mv "demo-$v.pkg" "$d"
	(cd "$d" && mkcomponent SRV "$v" product '<base dir="srv"/>' '<package name="demo"/>' \
		'<path from="&gt;= 0" strategy="in-place"/>' \
		"<data path=\"store\" format=\"${v%.0}\" save=\"index list\"/>" \
		'<migrate from="1.0" exec="lib/migrate"/>' \
		'<service name="srv" stop="sbin/stop" start="sbin/start" check="sbin/check"/>')
}

prepare()
{
	local f store=$BEFORE/opt/commpkg/srv/store
	needs_userns
	server 1.0 old
	server 2.0 new
	commpkg -y -R "$BEFORE" install -d old SRV
	mkdir "$store"
	for f in index list mail old; do
		echo format1 $f >"$store/$f"
	done
	echo 1.0 >"$BEFORE/run"
	touch -d 2020-02-02 "$BEFORE/run" "$store"/*
	[ -z "${MIGRATED:-}" ] || commpkg -y -R "$BEFORE" upgrade --services=yes -d new SRV
}

upgrade()
{
	crash_setup upgrade --services=yes -d new SRV
	grep -q format2 "$AFTER/opt/commpkg/srv/store/index"
	[ "$(cat "$AFTER/run")" = 2.0 ]
}

@test "a migration: killed at any call, data, files and server are of one version" {
	upgrade
	crash_everywhere no 11
}

@test "a migration: recovery killed, too" {
	upgrade
	crash_recovery_everywhere 17
}

@test "a migration: taken back after an error, and killed while it is" {
	upgrade
	crash_reversal_everywhere 19
}

@test "a migration: an error at any call is told" {
	upgrade
	fail_at EIO 2 13
}

@test "undo of a migration: killed at any call, the old data, files and server, or the new ones" {
	MIGRATED=1 crash_setup undo --services=yes
	grep -q format1 "$AFTER/opt/commpkg/srv/store/index"
	[ -e "$AFTER/opt/commpkg/srv/store/old" ]
	[ "$(cat "$AFTER/run")" = 1.0 ]
	crash_everywhere no 13
}
