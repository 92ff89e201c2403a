#!/usr/bin/env bats
# install: from files and from a distribution, into roots by path and by name.
load lib/commpkg

@test "a package file by path, without ./ and from elsewhere" {
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf'
	mkpkg other 1.0 'f bin/other'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	commpkg install -y -R "$ROOT" "$PWD/other-1.0.pkg"
	[ -x "$ROOT/bin/demo" ]
	[ -f "$ROOT/etc/demo.conf" ]
	[ -x "$ROOT/bin/other" ]
}

@test "a file whose name looks like an instance; a file that is not there" {
	mkpkg SUNWold 1.0 'f bin/old'
	mv SUNWold-1.0.pkg SUNWold.pkg
	commpkg install -y -R "$ROOT" SUNWold.pkg
	[ -x "$ROOT/bin/old" ]
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" SUNWnew.pkg
	[[ $output == *"SUNWnew.pkg"*"No such file"* ]]
}

@test "a package directory" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -y -R "$ROOT" ./spool-1.0/demo
	[ -x "$ROOT/bin/demo" ]
}

@test "a name from the distribution, with what it needs; a version" {
	mkdir distro
	mkpkg base 1.0 'f lib/base'
	mkpkg app 1.0 'f bin/app' -- 'P base Base'
	mkpkg app 2.0 'f bin/app' -- 'P base Base'
	mv ./*.pkg distro
	commpkg install -y -R "$ROOT" -d distro app=1.0
	[ "$(commpkg info --listPackages -R "$ROOT")" = $'app 1.0\nbase 1.0' ]
	commpkg install -y -R "$ROOT" -d distro app
	commpkg info --listPackages -R "$ROOT" | grep -q '^app '
}

@test "the root as an operand: a path, made when it is missing" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -y demo-1.0.pkg "$ROOT"
	[ -x "$ROOT/bin/demo" ]
	commpkg install -y demo-1.0.pkg "$PWD/new"
	[ -x new/bin/demo ]
	must_fail_cleanly 1 commpkg install -y demo-1.0.pkg "$PWD/no/such/parent"
	[ ! -e no ]
}

@test "the root by name: @NAME, -R NAME, a bare word" {
	mkpkg a 1.0 'f bin/a'
	mkpkg b 1.0 'f bin/b'
	mkpkg c 1.0 'f bin/c'
	commpkg root add z1 "$ROOT"
	commpkg install -y a-1.0.pkg @z1
	commpkg install -y b-1.0.pkg -R z1
	commpkg install -y c-1.0.pkg z1
	[ "$(commpkg info --listPackages z1)" = $'a 1.0\nb 1.0\nc 1.0' ]
}

@test "a bare word that is a root and a package is ambiguous" {
	mkdir distro
	mkpkg z1 1.0 'f bin/z1'
	mv z1-1.0.pkg distro
	commpkg root add z1 "$ROOT"
	must_fail_cleanly 2 commpkg install -y -d distro z1
	[[ $output == *"'z1' is ambiguous"*"@z1"*"-R / z1"* ]]
	commpkg install -y -d distro -R "$ROOT" z1
	[ -x "$ROOT/bin/z1" ]
}

@test "--altroot NAME --installroot PATH registers a root" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -n --altroot z9 --installroot "$ROOT" demo-1.0.pkg
	run commpkg root list
	[[ $output != *z9* ]]
	commpkg install -y --altroot z9 --installroot "$ROOT" demo-1.0.pkg
	commpkg root list | grep -q "z9  *$ROOT"
	[ -x "$ROOT/bin/demo" ]
}

@test "a registration is taken back when nothing was installed" {
	mkpkg demo 1.0 'f bin/demo' -- 'P missing Missing'
	must_fail_cleanly 3 commpkg install -y --altroot z9 --installroot "$ROOT" demo-1.0.pkg
	run commpkg root list
	[[ $output != *z9* ]]
}

@test "the 2007 form: --altroot without a name, --installroot PATH" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -y --altroot --installroot "$ROOT" demo-1.0.pkg
	[ -x "$ROOT/bin/demo" ]
}

@test "several roots and groups; one that fails does not stop the rest" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir z1 z2 z3
	for z in z1 z2 z3; do commpkg root add $z "$PWD/$z"; done
	commpkg root group front z1 z2 z3
	echo mine >z2/bin
	must_fail_cleanly 11 commpkg install -y demo-1.0.pkg @front
	[ -x z1/bin/demo ]
	[ -f z2/bin ]
	[ -x z3/bin/demo ]
}

@test "what is in the way is named, and --pkgOverwrite takes it over" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir -p "$ROOT/bin"
	echo mine >"$ROOT/bin/demo"
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" demo-1.0.pkg
	[[ $output == *bin/demo*--pkgOverwrite* ]]
	[ "$(cat "$ROOT/bin/demo")" = mine ]
	commpkg install -y --pkgOverwrite -R "$ROOT" demo-1.0.pkg
	grep -q 'demo 1.0' "$ROOT/bin/demo"
}

@test "twice is nothing to do" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	run commpkg install -y -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
}

@test "a log for each run that writes, none for a dry run" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -n -R "$ROOT" demo-1.0.pkg
	run ! compgen -G "$COMMPKG_LOGDIR/commpkg_*"
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	log=$(echo "$COMMPKG_LOGDIR"/commpkg_install_*.log)
	grep -q "commpkg install -q -y -R $ROOT demo-1.0.pkg" "$log"
	grep -q 'install  *1.0' "$log"
	grep -q 'exit 0$' "$log"
	commpkg uninstall -y --logdir "$PWD/elsewhere" -R "$ROOT" demo
	ls elsewhere/commpkg_uninstall_*.log
}

@test "-q says nothing" {
	mkpkg demo 1.0 'f bin/demo'
	run commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "--reinstall mends what is damaged, also of the same size and time" {
	mkpkg demo 1.0 'f bin/demo <right\n' 'e etc/demo.conf'
	commpkg install -qy -R "$ROOT" demo-1.0.pkg
	echo wrong >"$ROOT/bin/demo"
	touch -d '2024-02-29 12:00:00' "$ROOT/bin/demo"
	echo mine >>"$ROOT/etc/demo.conf"
	commpkg install -y --reinstall -R "$ROOT" demo-1.0.pkg
	[ "$(cat "$ROOT/bin/demo")" = right ]
	grep -q mine "$ROOT/etc/demo.conf"
	commpkg undo -qy -R "$ROOT"
	[ "$(cat "$ROOT/bin/demo")" = wrong ]
}

@test "a path that only begins like our own directory is anybody's" {
	mkpkg near 1.0 'd var/lib/commpkg-x' 'f var/lib/commpkg-x/f' 'f var/lib/commpkg.conf'
	commpkg install -qy near-1.0.pkg -R "$ROOT"
	[ -f "$ROOT/var/lib/commpkg-x/f" ]
	mkpkg inside 1.0 'f var/lib/commpkg/f'
	must_fail_cleanly 1 commpkg install -y inside-1.0.pkg -R "$ROOT"
	[[ $output == *"commpkg's own"* ]]
}

@test "a root whose etc is a file has no keys, and no settings" {
	mkpkg one 1.0 'f opt/one'
	mkdir -p "$ROOT"
	echo odd >"$ROOT/etc"
	commpkg install -qy one-1.0.pkg -R "$ROOT"
	[ -f "$ROOT/opt/one" ]
	[ "$(cat "$ROOT/etc")" = odd ]
	commpkg uninstall -qy one -R "$ROOT"
}

@test "what is refused leaves nothing in a root that had nothing, and no root that was not there" {
	mkpkg demo 1.0 'f bin/demo' -- 'P missing Missing'
	mkpkg fails 1.0 'f bin/fails' 'i postinstall <exit 1\n'
	mkpkg good 1.0 'f bin/good'
	must_fail_cleanly 3 commpkg install -y demo-1.0.pkg -R "$PWD/new"
	[ ! -e new ]
	must_fail_cleanly 3 commpkg install -y demo-1.0.pkg -R "$ROOT"
	must_fail_cleanly 1 commpkg install -y fails-1.0.pkg -R "$ROOT"
	[ -z "$(ls -A "$ROOT")" ]
	mkdir -p "$ROOT/var/lib"
	must_fail_cleanly 3 commpkg install -y demo-1.0.pkg -R "$ROOT"
	[ "$(cd "$ROOT" && find . | sort | tr '\n' ' ')" = '. ./var ./var/lib ' ]
	# What was there, or was recorded, stays.
	mkdir -m 755 "$ROOT/var/lib/commpkg"
	must_fail_cleanly 3 commpkg install -y demo-1.0.pkg -R "$ROOT"
	[ -d "$ROOT/var/lib/commpkg" ]
	commpkg install -qy good-1.0.pkg -R "$PWD/new"
	must_fail_cleanly 3 commpkg install -y demo-1.0.pkg -R "$PWD/new"
	[ "$(commpkg info --listPackages -R "$PWD/new")" = 'good 1.0' ]
}

@test "who waits for a root that is taken away again gets one of its own" {
	mkpkg good 1.0 'f bin/good'
	mkpkg slow 1.0 'f bin/slow' 'i postinstall <echo begun; sleep 2; exit 1\n'
	commpkg install -v -y slow-1.0.pkg -R "$PWD/new" >slow.out 2>&1 &
	until grep -q begun slow.out; do sleep 0.1; done
	for n in 1 2 3; do
		mkpkg "good$n" 1.0 "f bin/good$n"
		commpkg install -qy "good$n-1.0.pkg" -R "$PWD/new" --lock-wait 60 &
	done
	wait
	[ "$(commpkg info --listPackages -R "$PWD/new" | tr '\n' ' ')" = 'good1 1.0 good2 1.0 good3 1.0 ' ]
}
