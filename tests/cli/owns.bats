#!/usr/bin/env bats
# owns: which package a path belongs to.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg a 1.0 'd opt/x' 'f opt/x/a'
	mkpkg b 1.0 'd opt/x' 'f opt/x/b'
	commpkg install -q -y -R "$ROOT" a-1.0.pkg b-1.0.pkg
}

@test "as seen from inside, with the root in front, relative" {
	commpkg owns -R "$ROOT" /opt/x/a | grep -q '/opt/x/a  *a  *1.0'
	commpkg owns -R "$ROOT" "$ROOT/opt/x/b" | grep -q '/opt/x/b  *b  *1.0'
	commpkg owns -R "$ROOT" opt/x/a | grep -q '/opt/x/a  *a'
	cd "$ROOT/opt"
	commpkg owns -R "$ROOT" x/a | grep -q '/opt/x/a  *a'
}

@test "several owners" {
	[ "$(commpkg owns -R "$ROOT" /opt/x | grep -c '/opt/x  *[ab] ')" -eq 2 ]
}

@test "nobody: exit 1" {
	must_fail_cleanly 1 commpkg owns -R "$ROOT" /opt/x/c
	[[ $output == *'/opt/x/c: nobody'* ]]
	must_fail_cleanly 1 commpkg owns -R "$ROOT" /opt/x/a /nothing
	[[ $output == *'/nothing: nobody'*'/opt/x/a'* ]]
	must_fail_cleanly 2 commpkg owns -R "$ROOT"
	must_fail_cleanly 2 commpkg owns -R "$ROOT" /opt/../etc
}

@test "the same place by another name" {
	mv "$ROOT/opt" "$ROOT/export"
	ln -s export "$ROOT/opt"
	commpkg owns -R "$ROOT" /export/x/a | grep -q '/opt/x/a  *a'
	commpkg owns -R "$ROOT" "$ROOT/export/x/a" | grep -q '/opt/x/a  *a'
}

@test "an empty root" {
	mkdir empty
	must_fail_cleanly 1 commpkg owns -R ./empty /bin/sh
}
