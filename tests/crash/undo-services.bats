#!/usr/bin/env bats
# Undo of an upgrade with services, stopped at mutating system calls, or with one that fails: the
# server of one version runs, and its files are there. See lib/crash.bash and lib/server.bash.

load lib/crash
load lib/server

prepare()
{
	server 1.0 old
	server 2.0 new
	commpkg -y -R "$BEFORE" install -d old SRV
	echo 1.0 >"$BEFORE/run"
	touch -d '2020-02-02' "$BEFORE/run"
	commpkg -y -R "$BEFORE" upgrade --services=yes -d new SRV
	[ "$(cat "$BEFORE/run")" = 2.0 ]
}

setup()
{
	crash_setup undo --services=yes
	[ "$(cat "$AFTER/run")" = 1.0 ]
}

@test "undo with services: killed at any call, what runs is what is there" {
	crash_everywhere no 7
}

@test "undo with services: recovery killed, too" {
	crash_recovery_everywhere 11
}

@test "undo with services: taken back after an error, and killed while it is" {
	crash_reversal_everywhere 13
}

@test "undo with services: an error at any call is told" {
	fail_at EIO 1 9
}
