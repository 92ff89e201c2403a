#!/usr/bin/env bats
# What goes wrong is said as `commpkg: WHAT: WHY`, with what to type next on the following line.
load lib/commpkg

# For tests that go on as another user: the directories of this run can be entered.
open_directories()
{
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" || true
}

@test "the form: program, what, why, a hint of its own" {
	run --separate-stderr commpkg info @nowhere
	# shellcheck disable=SC2154
	[[ $stderr == "commpkg: no root is called 'nowhere'"$'\n'"  "* ]]
	[ -z "$output" ]
}

@test "a missing distribution, an empty one, none" {
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" -d nowhere demo
	[[ $output == *"nowhere"*"COMMPKG_DISTRO"* ]]
	mkdir empty
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" -d empty demo
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" demo
	[[ $output == *"no distribution"*"--distro"* ]]
}

@test "an unknown package: the close name" {
	mkdir distro
	mkpkg SUNWfoo 1.0 'f bin/foo'
	mv ./*.pkg distro
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" -d distro SUNWfo
	[[ $output == *"SUNWfoo"* ]]
}

@test "a root that is a file, a root without permission" {
	echo x >file
	mkpkg demo 1.0 'f bin/demo'
	must_fail_cleanly 1 commpkg info -R ./file
	must_fail_cleanly 1 commpkg install -y -R ./file demo-1.0.pkg
	needs_root
	open_directories
	mkdir -m 700 closed
	setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$PWD/demo-1.0.pkg" || skip 'directories above are closed'
	must_fail_cleanly 1 setpriv --reuid 65534 --regid 65534 --clear-groups \
		env COMMPKG_STATE=/nonexistent/x COMMPKG_LOGDIR=/nonexistent/y \
		commpkg install -y -R ./closed ./demo-1.0.pkg
	[[ $output == *'Permission denied'* ]]
	[ -z "$(ls -A closed)" ]
}

@test "a log that can't be written is a warning" {
	mkpkg demo 1.0 'f bin/demo'
	echo x >file
	run commpkg install -y --logdir "$PWD/file/log" -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 0 ]
	[[ $output == *'warning: no log is written'* ]]
}

@test "a damaged database is named" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	head -c 4096 /dev/zero >"$ROOT/var/lib/commpkg/pkgdb.sqlite"
	must_fail_cleanly 1 commpkg info -R "$ROOT"
	[[ $output == *"$ROOT"* ]]
}

@test "escapes of a package never reach the terminal" {
	mkpkg demo 1.0 'f bin/demo' 'i postinstall <#!/bin/sh \033[31m\n'
	run commpkg inspect demo-1.0.pkg
	[[ $output == *'/bin/sh \x1b[31m'* && $output != *$'\033'* ]]
	must_fail_cleanly 1 commpkg info -R "$ROOT" "$(printf 'x\033[31m')"
	[[ $output == *'\x1b[31m'* && $output != *$'\033'* ]]
}

@test "state variables must be absolute" {
	COMMPKG_STATE=relative must_fail_cleanly 2 commpkg root list
}
