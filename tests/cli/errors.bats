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

@test "done is done, also when nobody can be told" {
	[ -c /dev/full ] || skip 'no /dev/full'
	mkpkg demo 1.0 'f bin/demo'
	run bash -c 'commpkg install -y -R "$ROOT" demo-1.0.pkg >/dev/full'
	[ "$status" -eq 0 ]
	[[ $output == *'warning: cannot write to standard output: No space left'* ]]
	run bash -c 'commpkg info -R "$ROOT" >/dev/full'
	[ "$status" -eq 1 ]
	run bash -c 'commpkg install -y -v --reinstall -R "$ROOT" demo-1.0.pkg | true; exit ${PIPESTATUS[0]}'
	[ "$status" -eq 0 ]
	run bash -c 'commpkg install -y --json=lines --reinstall -R "$ROOT" demo-1.0.pkg | true; exit ${PIPESTATUS[0]}'
	[ "$status" -eq 0 ]
}

@test "a root that nobody named is not made" {
	mkpkg demo 1.0 'f bin/demo'
	[ ! -e /var/lib/commpkg/pkgdb.sqlite ] || skip 'this system has packages of commpkg'
	must_fail_cleanly 1 commpkg install -y demo-1.0.pkg
	[[ $output == *"'/' has no package database"*"-R PATH or @NAME"*"commpkg install -R / "* ]]
	must_fail_cleanly 1 commpkg upgrade -d "$PWD" msg1
	[[ $output == *"'/' has no package database"*"'msg1' is no name of a root; another root: -R PATH or @NAME"* ]]
}

@test "which root: messages about its state directory say it" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir -p "$ROOT/var/lib/commpkg"
	chmod 777 "$ROOT/var/lib/commpkg"
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" demo-1.0.pkg
	[[ $output == *"root '$ROOT': '/var/lib/commpkg' can be written by others"* ]]
	must_fail_cleanly 1 commpkg install -n -R "$ROOT" demo-1.0.pkg
	[[ $output == *"root '$ROOT': '/var/lib/commpkg' can be written by others"* ]]
}

@test "a state directory that others can write in is used by no verb that writes" {
	local before verb
	mkpkg demo 1.0 'f bin/demo'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	before=$(tree_list)
	rm "$ROOT/bin/demo"
	chmod 775 "$ROOT/var/lib/commpkg"
	for verb in undo 'uninstall demo' 'repair ./demo-1.0.pkg' recover 'history --prune' \
		'install --reinstall ./demo-1.0.pkg'; do
		# shellcheck disable=SC2086	# words
		must_fail_cleanly 1 commpkg -y -R "$ROOT" $verb
		[[ $output == *'can be written by others (mode 0775)'*"chmod go-w $ROOT/var/lib/commpkg"* ]]
	done
	commpkg -R "$ROOT" info
	chmod 755 "$ROOT/var/lib/commpkg"
	commpkg -qy -R "$ROOT" repair ./demo-1.0.pkg
	diff <(echo "$before") <(tree_list)
}

@test "a damaged database: what to do is said, and works" {
	local db=$ROOT/var/lib/commpkg/pkgdb.sqlite verb
	mkpkg demo 1.0 'f bin/demo'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	truncate -s 4096 "$db"
	for verb in info recover 'uninstall demo'; do
		# shellcheck disable=SC2086	# words
		must_fail_cleanly 1 commpkg -y -R "$ROOT" $verb
		[[ $output == *'back from a backup; or move pkgdb.sqlite away'*"commpkg adopt -R $ROOT"* ]]
	done
	mv "$db" .
	commpkg -y -R "$ROOT" adopt
	commpkg -R "$ROOT" verify
}

@test "the database is lost: repair does not make the view of SVR4 anew from nothing" {
	local contents=$ROOT/var/sadm/install/contents
	mkpkg demo 1.0 'f bin/demo'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	cp "$contents" before
	rm "$ROOT/var/lib/commpkg/pkgdb.sqlite"
	must_fail_cleanly 1 commpkg -y -R "$ROOT" repair
	[[ $output == *"first: commpkg adopt -R $ROOT"* ]]
	cmp before "$contents"
	commpkg -y -R "$ROOT" adopt
	commpkg -R "$ROOT" verify demo
}

@test "words that are nearly right, and words that are not" {
	must_fail_cleanly 2 commpkg instll
	[[ $output == *"did you mean 'install'?"* ]]
	must_fail_cleanly 2 commpkg foo
	[[ $output != *"did you mean"* ]]
	must_fail_cleanly 2 commpkg info --color=red
	[[ $output == *"'auto', 'always', 'never'"* ]]
	mkdir distro
	mkpkg SUNWfoo 1.0 'f bin/foo'
	mv ./*.pkg distro
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" -d distro SUNWfo
	[ "$(grep -o SUNWfoo <<<"$output" | wc -l)" -eq 1 ]
	commpkg install -qy -R "$ROOT" -d distro SUNWfoo
	must_fail_cleanly 1 commpkg upgrade -y -R "$ROOT" -d distro other
	[[ $output == *"'commpkg install' brings what is not there yet"* ]]
}

@test "a conflict is not counted as the same" {
	mkpkg demo 1.0 'f bin/demo' 'f bin/x'
	mkdir -p "$ROOT/bin"
	echo mine >"$ROOT/bin/demo"
	run commpkg install -n -R "$ROOT" demo-1.0.pkg
	[[ $output == *'Objects    1 new'* && $output != *'the same'* ]]
}
