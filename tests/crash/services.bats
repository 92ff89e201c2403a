#!/usr/bin/env bats
# Services around an upgrade: stopped at mutating system calls, or with one that fails. The server is
# a file in the root with the version that runs, so each state has that of its files, or it is
# neither old nor new. See lib/crash.bash.

load lib/crash

# server VERSION
server()
{
	local v=$1 d=$2 run='$COMMPKG_ROOT/run'
	mkpkg demo "$v" "f sbin/start <echo $v >\"$run\" && touch -d 2020-02-02 \"$run\"\n" "f sbin/stop <rm -f \"$run\"\n" \
		"f sbin/check <grep -qx $v \"$run\"\n" "f version <$v\n"
	mkdir -p $d
	mv "demo-$v.pkg" $d
	(cd $d && mkcomponent SRV "$v" product '<base dir="srv"/>' '<package name="demo"/>' \
		'<path from="&gt;= 0" strategy="in-place"/>' \
		'<service name="srv" stop="sbin/stop" start="sbin/start" check="sbin/check"/>')
}

prepare()
{
	server 1.0 old
	server 2.0 new
	commpkg -y -R "$BEFORE" install -d old SRV
	echo 1.0 >"$BEFORE/run"
	touch -d '2020-02-02' "$BEFORE/run"
}

setup()
{
	crash_setup upgrade --services=yes -d new SRV
	[ "$(cat "$AFTER/run")" = 2.0 ]
}

@test "services: killed at any call, what runs is what is there" {
	crash_everywhere no 3
}

@test "services: recovery killed, too" {
	crash_recovery_everywhere 7
}

@test "services: taken back after an error, and killed while it is" {
	crash_reversal_everywhere 5
}

@test "services: an error at any call is told" {
	fail_at EIO 1 4
}
