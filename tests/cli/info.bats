#!/usr/bin/env bats
# info: the root, its packages, their files.
load lib/commpkg

# For tests that go on as another user: the directories of this run can be entered.
open_directories()
{
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" || true
}

setup()
{
	commpkg_setup
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf' -- DESC='What it is' VENDOR=Somebody
	mkpkg other 2.0 'f bin/other'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg other-2.0.pkg
}

@test "the root with its packages" {
	run commpkg info "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *"Root  "*"$ROOT"* ]]
	[[ $output == *'Packages     2'* ]]
	[[ $output == *'demo     1.0'*'demo for a test'* ]]
}

@test "--listPackages: one a line, nothing else" {
	[ "$(commpkg info --listPackages "$ROOT")" = $'demo 1.0\nother 2.0' ]
}

@test "one package in full" {
	run commpkg info -R "$ROOT" demo
	[[ $output == *'Package          demo'* ]]
	[[ $output == *'Vendor           Somebody'* ]]
	[[ $output == *'Description      What it is'* ]]
	[[ $output == *'Named by a user  yes'* ]]
}

@test "--files: paths, with -v what they are" {
	[ "$(commpkg info --files -R "$ROOT" demo | grep -v '^/bin$\|^/etc$')" = $'/bin/demo\n/etc/demo.conf' ]
	commpkg info --files -v -R "$ROOT" demo | grep -q '/etc/demo.conf  *e  *0644  *root  *root'
	must_fail_cleanly 2 commpkg info --files -R "$ROOT"
}

@test "unknown packages and roots" {
	must_fail_cleanly 1 commpkg info -R "$ROOT" demi
	[[ $output == *"did you mean 'demo'?"* ]]
	must_fail_cleanly 1 commpkg info -R "$PWD/nowhere"
	[[ $output == *"there is no root '$PWD/nowhere'"* ]]
	must_fail_cleanly 1 commpkg info @nowhere
	[[ $output == *"no root is called 'nowhere'"* ]]
	must_fail_cleanly 1 commpkg info -R root
	[[ $output == *"-R ./root"* ]]
}

@test "a root that is not ours to write can be looked at" {
	needs_root
	open_directories
	setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$ROOT/bin/demo" || skip 'directories above are closed'
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		env COMMPKG_STATE="$PWD/other" commpkg info --listPackages "$ROOT" | grep -q '^demo 1.0'
}

@test "--clean drops the entry, or those whose directory is gone" {
	mkdir a b
	commpkg root add a "$PWD/a"
	commpkg root add b "$PWD/b"
	rmdir b
	commpkg info --clean
	run commpkg root list
	[[ $output == *"$PWD/a"* && $output != *"$PWD/b"* ]]
	commpkg info --clean @a
	run commpkg root list
	[[ $output != *"$PWD/a"* ]]
	[ -d a ]
}
