#!/usr/bin/env bats
# uninstall: what is named, what only it needed, what needs it, everything.
load lib/commpkg

@test "the root is afterwards what it was before" {
	mkdir -p "$ROOT/etc"
	echo mine >"$ROOT/etc/motd"
	before=$(tree_digest)
	mkpkg demo 1.0 'd bin' 'f bin/demo' 'e etc/demo.conf' 'd var/demo'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	commpkg uninstall -y -R "$ROOT" demo
	[ "$(tree_digest)" = "$before" ]
}

@test "a package that is not there: exit 1 and the close name" {
	mkpkg SUNWdemo 1.0 'f bin/demo'
	commpkg install -y -R "$ROOT" SUNWdemo-1.0.pkg
	must_fail_cleanly 1 commpkg uninstall -y -R "$ROOT" SUNWdem
	[[ $output == *"'SUNWdem' is not installed"*"did you mean 'SUNWdemo'?"* ]]
}

@test "what others need stays, unless --dependents" {
	mkpkg base 1.0 'f lib/base'
	mkpkg app 1.0 'f bin/app' -- 'P base Base'
	commpkg install -y -R "$ROOT" base-1.0.pkg app-1.0.pkg
	must_fail_cleanly 3 commpkg uninstall -y -R "$ROOT" base
	[ -f "$ROOT/lib/base" ]
	commpkg uninstall -y --dependents -R "$ROOT" base
	[ -z "$(commpkg info --listPackages -R "$ROOT")" ]
}

@test "--autoremove takes along what only they needed" {
	mkdir distro
	mkpkg base 1.0 'f lib/base'
	mkpkg app 1.0 'f bin/app' -- 'P base Base'
	mv ./*.pkg distro
	commpkg install -y -d distro -R "$ROOT" app
	commpkg uninstall -y --autoremove -R "$ROOT" app
	[ -z "$(commpkg info --listPackages -R "$ROOT")" ]
}

@test "--all empties the root; names beside it are refused" {
	mkpkg a 1.0 'd bin' 'f bin/a'
	mkpkg b 1.0 'd bin' 'f bin/b' -- 'P a A'
	commpkg install -y -R "$ROOT" a-1.0.pkg b-1.0.pkg
	must_fail_cleanly 2 commpkg uninstall -y --all -R "$ROOT" a
	commpkg uninstall -y --all -R "$ROOT"
	[ ! -e "$ROOT/bin" ]
	run commpkg uninstall -y --all -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
	must_fail_cleanly 2 commpkg uninstall -y -R "$ROOT"
}

@test "an edited configuration file is kept" {
	mkpkg demo 1.0 'e etc/demo.conf'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	echo mine >>"$ROOT/etc/demo.conf"
	run commpkg uninstall -y -R "$ROOT" demo
	grep -rq mine "$ROOT/etc"
}
