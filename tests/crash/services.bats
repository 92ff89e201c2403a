#!/usr/bin/env bats
# Services around an upgrade: stopped at mutating system calls, or with one that fails. See
# lib/crash.bash and lib/server.bash.

load lib/crash
load lib/server

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
	crash_everywhere no 7
}

@test "services: recovery killed, too" {
	crash_recovery_everywhere 11
}

@test "services: taken back after an error, and killed while it is" {
	crash_reversal_everywhere 13
}

@test "services: an error at any call is told" {
	fail_at EIO 1 9
}
