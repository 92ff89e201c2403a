#!/usr/bin/env bats
# root: the software list, and the table of CLI.md by which words become roots.
load lib/commpkg

# For tests that go on as another user: the directories of this run can be entered.
open_directories()
{
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" || true
}

@test "add, list, rename, remove" {
	commpkg root add z1 "$ROOT"
	commpkg root list | grep -q "z1  *$ROOT  *0  *empty"
	commpkg root rename z1 zone-1
	commpkg root | grep -q "zone-1  *$ROOT"
	commpkg root remove zone-1
	run commpkg root list
	[[ $output == *'software list is empty'* ]]
	[ -d "$ROOT" ]
}

@test "a relative path and a trailing slash name the same root" {
	commpkg root add z1 ./root/
	commpkg root list | grep -q "z1  *$ROOT  "
}

@test "refused: names and paths that are taken or no good" {
	mkdir other
	commpkg root add z1 "$ROOT"
	must_fail_cleanly 2 commpkg root add z1 "$PWD/other"
	must_fail_cleanly 2 commpkg root add z2 "$ROOT"
	must_fail_cleanly 2 commpkg root add z2 "$ROOT/inside"
	must_fail_cleanly 2 commpkg root add z2 /
	run commpkg root add 2z "$PWD/other"
	[ "$status" -ne 0 ]
	[ "$(commpkg root list | grep -c "$PWD")" -eq 1 ]
}

@test "groups" {
	mkdir z1 z2
	commpkg root add z1 "$PWD/z1"
	commpkg root add z2 "$PWD/z2"
	commpkg root group front z1 @z2
	commpkg root list | grep -q 'front  *z1, z2'
	run commpkg info --listPackages @front
	[ "$status" -eq 0 ]
	run commpkg root group back z1 z3
	[ "$status" -ne 0 ]
}

@test "usage" {
	must_fail_cleanly 2 commpkg root add z1
	must_fail_cleanly 2 commpkg root lst
	[[ $output == *"did you mean 'root list'?"* ]]
	must_fail_cleanly 2 commpkg root remove
}

@test "an ordinary user has a list and logs of his own" {
	needs_root
	open_directories
	mkdir -m 777 xdg
	mkdir -m 700 mine
	chown 65534 mine
	mkpkg demo 1.0 'f bin/demo'
	as() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
	as test -r "$PWD/demo-1.0.pkg" || skip 'directories above are closed'
	as env -u COMMPKG_STATE -u COMMPKG_LOGDIR XDG_STATE_HOME="$PWD/xdg" commpkg root add m "$PWD/mine"
	as env -u COMMPKG_STATE -u COMMPKG_LOGDIR XDG_STATE_HOME="$PWD/xdg" \
		commpkg install -q -y demo-1.0.pkg @m
	[ -f xdg/commpkg/softlist ]
	ls xdg/commpkg/log/commpkg_install_*.log
	[ -x mine/bin/demo ]
	run as env -u COMMPKG_STATE XDG_STATE_HOME="$PWD/xdg" commpkg verify @m
	[ "$status" -eq 0 ]
	[[ $output == *'owners were not compared'* ]]
}

# ---- the table: what is given, --installroot, result

@test "nothing and --installroot: components only" {
	must_fail_cleanly 2 commpkg info --installroot "$ROOT"
	[[ $output == *"-R $ROOT"* ]]
}

@test "path and --installroot: the same, or an error with both" {
	commpkg info --installroot "$ROOT" "$ROOT"
	commpkg info --installroot "$ROOT/" "$ROOT"
	must_fail_cleanly 2 commpkg info --installroot "$PWD/other" "$ROOT"
	[[ $output == *"$ROOT"*"$PWD/other"* ]]
}

@test "known name and --installroot: the same, or an error with both" {
	commpkg root add z1 "$ROOT"
	commpkg info @z1
	commpkg info z1
	commpkg info --altroot z1
	commpkg info --altroot=z1 --installroot "$ROOT"
	must_fail_cleanly 2 commpkg info @z1 --installroot "$PWD/other"
	[[ $output == *"$ROOT"*"$PWD/other"* ]]
}

@test "unknown name: the close one; with a path only install registers it" {
	commpkg root add zone1 "$ROOT"
	must_fail_cleanly 1 commpkg info @zone2
	[[ $output == *"did you mean '@zone1'?"* ]]
	must_fail_cleanly 1 commpkg info --altroot other --installroot "$PWD/other"
	must_fail_cleanly 2 commpkg info --altroot
	must_fail_cleanly 2 commpkg info @9z --installroot "$PWD/other"
}

@test "a root given twice" {
	must_fail_cleanly 2 commpkg info -R "$ROOT" "$PWD/other"
	[[ $output == *'given twice'* ]]
	must_fail_cleanly 2 commpkg info --altroot z1 "$ROOT"
}
