#!/usr/bin/env bats
# What SVR4's pkgadd and pkgrm ask, refuse and say. What they do is in tests/interop/golden.bats.
load lib/commpkg

setup() {
	commpkg_setup
	admin nocheck
	mkpkg demo 1.0 'd bin' 'f bin/demo' 'e etc/demo.conf' -- BASEDIR=/opt/demo
}

# admin POLICY [KEYWORD=VALUE...]: ./admin with that policy for everything
admin() {
	{
		printf '%s\n' mail= instance=overwrite basedir=default
		for k in partial runlevel idepend rdepend space setuid conflict action; do
			echo "$k=$1"
		done
		shift
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >admin.all
	# the last of a keyword counts here, the first elsewhere
	tac admin.all | awk -F= '!seen[$1]++' >admin
}

add() { pkgadd -n -a "$PWD/admin" -R "$ROOT" "$@"; }
rm_() { pkgrm -n -a "$PWD/admin" -R "$ROOT" "$@"; }

@test "a package is installed and removed, with SVR4's words" {
	run add -d demo-1.0.pkg all
	[ "$status" -eq 0 ]
	[ "$output" = "
Installation of <demo> was successful." ]
	[ -x "$ROOT/opt/demo/bin/demo" ]
	run pkginfo -R "$ROOT"
	[ "$output" = "application demo demo for a test" ]
	[ "$(pkgparam -R "$ROOT" demo BASEDIR PKGINST | xargs)" = "/opt/demo demo" ]
	run rm_ demo
	[ "$status" -eq 0 ]
	[ "$output" = "
Removal of <demo> was successful." ]
	[ ! -e "$ROOT/opt/demo/bin" ]
	run pkginfo -q -R "$ROOT" demo
	[ "$status" -eq 1 ]
}

@test "what is not there" {
	run add -d demo-1.0.pkg other
	[ "$status" -eq 1 ]
	[[ $output == *"pkgadd: ERROR: no package associated with <other>"* ]]
	run add -d none.pkg all
	[ "$status" -ne 0 ]
	run rm_ other
	[ "$status" -eq 1 ]
	[ "$output" = "pkgrm: ERROR: no package associated with <other>" ]
	run pkgadd -n -a none.admin -R "$ROOT" -d demo-1.0.pkg all
	[ "$status" -eq 99 ]
	[[ $output == *"unable to open admin file <none.admin>"* ]]
	run pkgadd -n -R relative -d demo-1.0.pkg all
	[ "$status" -eq 1 ]
	run pkgadd -Q
	[ "$status" -eq 1 ]
	[[ $output == *usage* ]]
	run pkgrm -n
	[ "$status" -eq 1 ]
	[ -z "$(ls -A "$ROOT")" ]
}

@test "admin files are read from the root first, and refused when wrong" {
	mkdir -p "$ROOT/var/sadm/install/admin"
	admin nocheck basedir=/srv/demo
	mv admin "$ROOT/var/sadm/install/admin/mine"
	pkgadd -n -a mine -R "$ROOT" -d demo-1.0.pkg all
	[ -f "$ROOT/srv/demo/bin/demo" ]
	[ "$(pkginfo -r -R "$ROOT" demo)" = /srv/demo ]
	admin nocheck setuid=unique
	run add -d demo-1.0.pkg all
	[ "$status" -eq 99 ]
	[[ $output == *"<unique> is no value of admin parameter <setuid>"* ]]
	admin nocheck strange=1
	run add -d demo-1.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *"unknown admin parameter <strange>"* ]]
}

@test "admin basedir may name parameters; -n can't be asked for one" {
	admin nocheck 'basedir=/srv/$PKGINST/$VENDOR'
	add -d demo-1.0.pkg all
	[ -f "$ROOT/srv/demo/test/bin/demo" ]
	admin nocheck basedir=ask
	run add -d demo-1.0.pkg all
	[ "$status" -eq 5 ]
	[[ $output == *"was suspended (interaction required)."*"No changes were made to the system."* ]]
	admin nocheck basedir=relative
	run add -d demo-1.0.pkg all
	[ "$status" -eq 1 ]
}

@test "conflicts are listed and obey the admin file" {
	mkpkg other 1.0 'f bin/demo' 'f bin/rogue' -- BASEDIR=/opt/demo
	add -d demo-1.0.pkg all
	echo rogue >"$ROOT/opt/demo/bin/rogue"
	admin nocheck conflict=quit
	run add -d other-1.0.pkg all
	[ "$status" -eq 4 ]
	diff - <(echo "$output") <<-END

	The following files are already installed on the system and are being
	used by another package:
	  $ROOT/opt/demo/bin/demo
	* $ROOT/opt/demo/bin/rogue

	* - conflict with a file which does not belong to any package.

	Installation of <other> was suspended (administration).
	No changes were made to the system.
	END
	admin nocheck conflict=ask
	run add -d other-1.0.pkg all
	[ "$status" -eq 5 ]
	admin nocheck conflict=nochange
	add -d other-1.0.pkg all
	[ "$(cat "$ROOT/opt/demo/bin/rogue")" = rogue ]
	grep -q '^demo 1.0' "$ROOT/opt/demo/bin/demo"
	grep -q '/opt/demo/bin/demo f none .* demo other$' "$ROOT/var/sadm/install/contents"
	rm_ other
	echo rogue >"$ROOT/opt/demo/bin/rogue"
	admin nocheck
	add -d other-1.0.pkg all
	grep -q '^other 1.0' "$ROOT/opt/demo/bin/demo"
	grep -q '^other 1.0' "$ROOT/opt/demo/bin/rogue"
}

@test "answers to questions are taken from standard input" {
	mkpkg other 1.0 'f bin/demo' -- BASEDIR=/opt/demo
	add -d demo-1.0.pkg all
	admin nocheck conflict=ask
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d other-1.0.pkg all <<<q
	[ "$status" -eq 3 ]
	[[ $output == *"Do you want to install these conflicting files [y,n,?,q]"* ]]
	[[ $output == *"was terminated due to user request."* ]]
	run pkginfo -q -R "$ROOT" other
	[ "$status" -eq 1 ]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d other-1.0.pkg all <<<n
	[ "$status" -eq 0 ]
	grep -q '^demo 1.0' "$ROOT/opt/demo/bin/demo"
	rm_ other
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d other-1.0.pkg all <<<$'?\ny'
	[ "$status" -eq 0 ]
	grep -q '^other 1.0' "$ROOT/opt/demo/bin/demo"
	run pkgrm -a "$PWD/admin" -R "$ROOT" other <<<n
	[ "$status" -eq 3 ]
	run pkgrm -a "$PWD/admin" -R "$ROOT" other <<<y
	[ "$status" -eq 0 ]
	[[ $output == *"Do you want to remove this package?"* ]]
	[[ $output == *"$ROOT/opt/demo/bin/demo <shared pathname not removed>"* ]]
}

@test "set-id objects are listed, refused, stripped or installed" {
	mkpkg suid 1.0 'f bin/s 4755 root root' 'f bin/g 2755 root bin'
	admin nocheck setuid=quit
	run add -d suid-1.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"$ROOT/bin/g <setgid bin>"*"$ROOT/bin/s <setuid root>"* ]]
	[ ! -e "$ROOT/bin" ]
	admin nocheck setuid=nochange
	add -d suid-1.0.pkg all
	[ "$(stat -c %a "$ROOT/bin/s")" = 755 ]
	grep -q '^/bin/s f none 0755' "$ROOT/var/sadm/install/contents"
	admin nocheck
	add -d suid-1.0.pkg all
	[ "$(stat -c %a "$ROOT/bin/s")" = 4755 ]
}

@test "missing prerequisites and incompatible packages warn, and obey the admin file" {
	mkpkg needy 1.0 'f n' -- 'P base Base' '  (all)2.0' '  1.9' 'I demo Demo'
	mkpkg base 1.0 'f b'
	mkpkg base 2.0 'f b'
	admin nocheck idepend=quit
	add -d demo-1.0.pkg all
	add -d base-1.0.pkg all
	run --separate-stderr add -d needy-1.0.pkg all
	[ "$status" -eq 4 ]
	diff - <(echo "$stderr") <<-END
	WARNING:
	    The <base> package "Base" is a prerequisite
	    package and should be installed. Allowable instances
	    include (in order of preference:) 
	WARNING:
	    A version of <demo> package "Demo" (which is
	    incompatible with the package that is being installed)
	    is currently installed and must be removed.

	Installation of <needy> was suspended (administration).
	No changes were made to the system.
	END
	[ "$output" = "          (all) 2.0
          1.9" ]
	rm_ demo
	add -d base-2.0.pkg all
	run add -d needy-1.0.pkg all
	[ "$status" -eq 0 ]
	# and on the way out
	admin nocheck rdepend=quit
	run rm_ base
	[ "$status" -eq 4 ]
	[[ $output == *"The <needy> package depends on the package currently"* ]]
	admin nocheck rdepend=ask
	run rm_ base
	[ "$status" -eq 5 ]
	admin nocheck
	run rm_ base
	[ "$status" -eq 0 ]
}

@test "instances: overwrite, unique, quit, ask, and the same version again" {
	mkpkg demo 2.0 'f bin/demo' -- BASEDIR=/opt/two MAXINST=2
	mkpkg demo 3.0 'f bin/demo' -- BASEDIR=/opt/three MAXINST=2
	add -d demo-1.0.pkg all
	admin nocheck instance=quit
	run add -d demo-2.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"nor existing instances to be"* ]]
	admin nocheck instance=ask
	run add -d demo-2.0.pkg all
	[ "$status" -eq 5 ]
	admin nocheck instance=unique
	run add -d demo-2.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *"Installation of <demo.2> was successful."* ]]
	run add -d demo-3.0.pkg all
	[ "$status" -eq 4 ]
	run add -d demo-2.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *"the same architecture and"*"<demo.2> was successful"* ]]
	run pkginfo -x -R "$ROOT" 'demo.*'
	[[ $output == *"demo.2  "*"(all) 2.0"* ]]
	rm_ 'demo.*'
	run pkginfo -q -R "$ROOT" 'demo.*'
	[ "$status" -eq 1 ]
}

@test "an upgrade keeps what the new version dropped, as SVR4 does" {
	mkpkg demo 2.0 'd bin' 'f bin/new' -- BASEDIR=/opt/demo
	add -d demo-1.0.pkg all
	echo edited >"$ROOT/opt/demo/etc/demo.conf"
	add -d demo-2.0.pkg all
	[ -f "$ROOT/opt/demo/bin/demo" ]
	[ -f "$ROOT/opt/demo/bin/new" ]
	[ "$(pkgparam -R "$ROOT" demo VERSION UPDATE | xargs)" = "2.0 yes" ]
	rm_ demo
	[ ! -e "$ROOT/opt/demo/bin" ]
}

@test "scripts run in their cage" {
	mkpkg scripted 1.0 'f a' 'i postinstall <echo it says >$PKG_INSTALL_ROOT/said; echo aloud\n'
	run add -d scripted-1.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *aloud* ]]
	[ "$(cat "$ROOT/said")" = "it says" ]
	rm_ scripted
	admin nocheck action=quit
	run add -d scripted-1.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"This package contains scripts which will be executed"* ]]
	mkpkg asks 1.0 'f a' 'i request <exit 0\n'
	admin nocheck
	run add -d asks-1.0.pkg all
	[ "$status" -eq 5 ]
}

@test "several packages: one that fails ends a run with -n, one refused by policy does not" {
	mkpkg bad 1.0 'f a' 'i preinstall <exit 1\n'
	mkpkg zlast 1.0 'f z'
	mkdir all
	for p in demo bad zlast; do pkgtrans "$p-1.0.pkg" all all; done
	admin nocheck action=quit
	run add -d all all
	[ "$status" -eq 4 ]
	pkginfo -q -R "$ROOT" demo
	pkginfo -q -R "$ROOT" zlast
	rm_ demo
	rm_ zlast
	admin nocheck
	run add -d all all
	[ "$status" -eq 1 ]
	run pkginfo -q -R "$ROOT" zlast
	[ "$status" -eq 1 ]
	# the order of the operands counts for a directory
	run add -d all zlast demo
	[[ $output == *zlast*demo* ]]
}

@test "a stream is taken in its own order, and by category" {
	mkpkg apple 1.0 'f apple' -- CATEGORY=fruit,red
	mkdir both
	pkgtrans apple-1.0.pkg both all
	pkgtrans demo-1.0.pkg both all
	pkgtrans -s both both.pkg demo apple
	run add -d both.pkg apple demo
	[[ $output == *"<demo>"*"<apple>"* ]]
	rm_ -Y RED
	run pkginfo -R "$ROOT"
	[ "$output" = "application demo demo for a test" ]
	add -d both.pkg -Y red
	pkginfo -q -R "$ROOT" apple
	run add -d both.pkg -Y red demo
	[ "$status" -eq 1 ]
}

@test "-s only spools; pkgrm -s takes packages out of a spool" {
	mkdir spool
	run pkgadd -s "$PWD/spool" -d demo-1.0.pkg demo
	[ "$status" -eq 0 ]
	[ "$output" = "Transferring <demo> package instance" ]
	[ -f spool/demo/pkgmap ]
	touch spool/other
	run pkgrm -n -s "$PWD/spool" none
	[ "$status" -eq 1 ]
	pkgrm -n -s "$PWD/spool" demo
	[ "$(ls -A spool)" = other ]
	run pkgadd -n -s "$PWD/spool" -d demo-1.0.pkg demo
	[ "$status" -eq 1 ]
}

@test "a response file answers; names that are fixed stay" {
	mkpkg answered 1.0 'f x' -- 'BASEDIR=/opt/a' SITE=unset
	printf "SITE='here'\nVERSION='9'\nlower='x'\n" >answers
	run add -r "$PWD/answers" -d answered-1.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *"<VERSION> cannot be changed"* ]]
	[ "$(pkgparam -R "$ROOT" answered SITE VERSION lower | xargs)" = "here 1.0" ]
	mkdir dir
	echo "SITE='there'" >dir/answered
	add -r "$PWD/dir" -d answered-1.0.pkg all
	[ "$(pkgparam -R "$ROOT" answered SITE)" = there ]
}

@test "a copyright is shown on stdout, unless -S" {
	mkpkg legal 1.0 'f l' 'i copyright <ours\nall ours\n'
	run --separate-stderr add -d legal-1.0.pkg all
	[ "$output" = "ours
all ours" ]
	run --separate-stderr add -S -d legal-1.0.pkg all
	[ -z "$output" ]
}

@test "PKG_INSTALL_ROOT names the root; the root is made" {
	export PKG_INSTALL_ROOT=$PWD/newroot
	pkgadd -n -a "$PWD/admin" -d demo-1.0.pkg all
	[ -f newroot/opt/demo/bin/demo ]
	pkginfo -q demo
	run pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"contends with environment"* ]]
	pkgrm -n -a "$PWD/admin" demo
	[ ! -e newroot/opt/demo/bin ]
}

@test "a damaged package is refused, and the root stays as it was" {
	mkdir broken
	pkgtrans demo-1.0.pkg broken all
	echo more >>broken/demo/reloc/bin/demo
	run add -d broken all
	[ "$status" -ne 0 ]
	[ ! -e "$ROOT/opt" ]
}

@test "a warning leaves the package partially installed; admin partial decides what is next" {
	mkpkg warns 1.0 'f a' 'i postinstall <exit `cat $PKG_INSTALL_ROOT/code`\n'
	echo 2 >"$ROOT/code"
	run add -d warns-1.0.pkg all
	[ "$status" -eq 2 ]
	[ -e "$ROOT/var/sadm/pkg/warns/!I-Lock!" ]
	run pkginfo -l -R "$ROOT" warns
	[[ $output == *"STATUS:  partially installed"* ]]
	echo 0 >"$ROOT/code"
	admin nocheck partial=quit
	run add -d warns-1.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"previously terminated"* ]]
	admin nocheck partial=ask
	run add -d warns-1.0.pkg all
	[ "$status" -eq 5 ]
	admin nocheck
	run add -d warns-1.0.pkg all
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/var/sadm/pkg/warns/!I-Lock!" ]
	# what another implementation left in the root counts too
	touch "$ROOT/var/sadm/pkg/warns/!R-Lock!"
	admin nocheck partial=quit
	run add -d warns-1.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"removal was only partially completed"* ]]
	# commpkg only says that a script warned
	echo 2 >"$ROOT/code"
	commpkg install -y --reinstall -R "$ROOT" ./warns-1.0.pkg
	[ ! -e "$ROOT/var/sadm/pkg/warns/!I-Lock!" ]
}

@test "zone attributes may not change, nor contradict each other; ULIMIT is a number" {
	mkpkg zone 1.0 'f a' -- SUNW_PKG_ALLZONES=true
	add -d zone-1.0.pkg all
	mkpkg zone 2.0 'f a'
	run add -d zone-2.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *SUNW_PKG_ALLZONES* ]]
	[ "$(pkgparam -R "$ROOT" zone VERSION)" = 1.0 ]
	mkpkg ulimit 1.0 'f a' -- ULIMIT=many
	run add -d ulimit-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"failed (internal error)"* ]]
	sed -i 's/^ULIMIT=.*/SUNW_PKG_HOLLOW=true/' src/ulimit-1.0/info/pkginfo
	pkgmk -o -d "$PWD/spool-1.0" -f src/ulimit-1.0/prototype -r src/ulimit-1.0/reloc >out 2>&1 ||
		skip "pkgmk refuses it already"
	run add -d spool-1.0 ulimit
	[ "$status" -eq 1 ]
}

@test "scripts are limited by ULIMIT, and traced with -v" {
	mkpkg big 1.0 'f a' 'i postinstall <dd if=/dev/zero of=$PKG_INSTALL_ROOT/big bs=1024 count=8 || exit 1\n' \
		-- ULIMIT=4
	run add -v -d big-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"+ dd if=/dev/zero"* ]]
	[ "$(stat -c %s "$ROOT/big")" -le 2048 ]
}

PTY=$TOP/tests/cli/lib/pty

@test "menus: numbers, names, their beginnings, ?, ??, all and q" {
	mkpkg dental 1.0 'f d'
	mkpkg other 1.0 'f o'
	mkdir all
	for p in demo dental other; do pkgtrans "$p-1.0.pkg" all all; done
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d all <<<$'??\n?\nde\nnone\n4\nq'
	[ "$status" -eq 3 ]
	[[ $output == *"The following packages are available:
  1  demo         demo for a test
                  (all) 1.0
  2  dental       dental for a test"*"
Select package(s) you wish to process (or 'all' to process
all packages). (default: all) [?,??,q]: "*"The following packages are available:"*"Please enter the package"* ]]
	[ "$(grep -c "does not match" <<<"$output")" -eq 3 ]
	[ -z "$(ls -A "$ROOT")" ]
	run "$PTY" '[?,??,q]: ' $'den, 3\n' -- pkgadd -a "$PWD/admin" -R "$ROOT" -d "$PWD/all"
	[ "$status" -eq 0 ]
	[ "$(pkginfo -R "$ROOT" | awk '{ print $2 }' | xargs)" = "dental other" ]
	run "$PTY" '[?,??,q]: ' $'\n' 'created now' $'y\n' -- \
		pkgadd -a "$PWD/admin" -R "$ROOT" -d "$PWD/all"
	echo "$output"
	[ "$status" -eq 0 ]
	pkginfo -q -R "$ROOT" demo
	# and what goes
	run "$PTY" '[?,??,q]: ' $'1 2\n' 'remove this package' $'y\n' 'remove this package' $'y\n' -- \
		pkgrm -a "$PWD/admin" -R "$ROOT"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(pkginfo -R "$ROOT" | awk '{ print $2 }')" = other ]
}

@test "instances are asked about: a new one, this one, or one of several" {
	mkpkg demo 2.0 'f two' -- BASEDIR=/ MAXINST=2
	mkpkg demo 3.0 'f three' -- BASEDIR=/ MAXINST=2
	mkdir -p "$ROOT/opt/demo"
	add -d demo-1.0.pkg all
	admin nocheck instance=ask
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d demo-2.0.pkg all <<<$'n\nn'
	[ "$status" -eq 3 ]
	[[ $output == *"Do you want to create a new instance of this package [y,n,?,q]"*"already installed"*"Do you want to overwrite this installed instance [y,n,?,q]"* ]]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d demo-2.0.pkg all <<<y
	[ "$status" -eq 0 ]
	[ "$(pkgparam -R "$ROOT" demo.2 VERSION)" = 2.0 ]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d demo-3.0.pkg all <<<q
	[ "$status" -eq 3 ]
	[[ $output == *"Enter the identifier for the instance that you want to overwrite [?,??,q]"* ]]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d demo-3.0.pkg all <<<demo.2
	[ "$status" -eq 0 ]
	[ "$(pkgparam -R "$ROOT" demo.2 VERSION)" = 3.0 ]
}

@test "yes and no are whole words; what is not understood is asked again" {
	mkpkg suid 1.0 'f bin/s 4755 root root'
	admin nocheck setuid=ask
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d suid-1.0.pkg all <<<$'yes please\n?\nNO'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"ERROR: Please enter yes or no."*"enter y, yes, Y, or YES"* ]]
	[ "$(stat -c %a "$ROOT/bin/s")" = 755 ]
}

@test "a package that failed: the interactive run asks whether to go on" {
	mkpkg afails 1.0 'f a' 'i preinstall <exit 1\n'
	mkdir all
	pkgtrans afails-1.0.pkg all all
	mkpkg zlast 1.0 'f z'
	pkgtrans zlast-1.0.pkg all all
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d all afails zlast <<<n
	[ "$status" -eq 1 ]
	[[ $output == *"Do you want to continue with installation?"* ]]
	run pkginfo -q -R "$ROOT" zlast
	[ "$status" -eq 1 ]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d all afails zlast <<<y
	[ "$status" -eq 1 ]
	pkginfo -q -R "$ROOT" zlast
}

@test "the list of packages of the global zone is there where SVR4's is, and empty" {
	add -d demo-1.0.pkg all
	list=$ROOT/var/sadm/install/gz-only-packages
	[ ! -e "$list" ]
	mkpkg other 1.0 'f o'
	add -d other-1.0.pkg all
	[ -e "$list" ]
	[ ! -s "$list" ]
	rm -rf "$ROOT"
	mkpkg asks 1.0 'f a' 'i request <exit 0\n'
	touch answers
	add -r "$PWD/answers" -d asks-1.0.pkg all
	[ -e "$list" ]
}

# only KEY=VALUE: the admin file with this one changed
only() { sed "s/^${1%%=*}=.*/$1/" admin; }

@test "-a: the working directory, then the root, then the host" {
	only conflict=quit >quits
	mkdir -p "$ROOT/opt/demo/bin" "$ROOT/var/sadm/install/admin" dir
	echo foreign >"$ROOT/opt/demo/bin/demo"
	run -4 pkgadd -n -a ./quits -R "$ROOT" -d demo-1.0.pkg all
	run -4 pkgadd -n -a quits -R "$ROOT" -d demo-1.0.pkg all
	cd dir
	run -4 pkgadd -n -a ../quits -R "$ROOT" -d ../demo-1.0.pkg all
	run -99 pkgadd -n -a quits -R "$ROOT" -d ../demo-1.0.pkg all
	cp ../admin "$ROOT/var/sadm/install/admin/quits" # says nocheck
	mkdir quits
	pkgadd -n -a quits -R "$ROOT" -d ../demo-1.0.pkg all
}

@test "admin space: quit, ask and nocheck, which tries" {
	mkpkg large 1.0 'f l' 'i space <opt 999999999999 1\n'
	add -d large-1.0.pkg all
	rm_ large
	only space=quit >a
	run -4 pkgadd -n -a a -R "$ROOT" -d large-1.0.pkg all
	[[ $output == *"KiB of free space"*"No changes were made"* ]]
	only space=ask >a
	run -5 pkgadd -n -a a -R "$ROOT" -d large-1.0.pkg all
	run -3 pkgadd -a a -R "$ROOT" -d large-1.0.pkg all <<<n
	[ ! -e "$ROOT/l" ]
	run -0 pkgadd -a a -R "$ROOT" -d large-1.0.pkg all <<<y
	[ -e "$ROOT/l" ]
}

@test "what can't be made is marked as missing, and the rest comes" {
	mkpkg links 1.0 'f a' 'l b=nowhere' 'l c=b' 'l d=a'
	run -2 add -d links-1.0.pkg all
	[[ $output == *"verification of <$ROOT/b> failed"*"unable to create link to <nowhere>"* ]]
	[[ $output == *"verification of <$ROOT/c> failed"*"Installation of <links> partially failed."* ]]
	[ "$ROOT/a" -ef "$ROOT/d" ]
	[ "$(grep '!' "$ROOT/var/sadm/install/contents")" = '/b=nowhere l none !links
/c=b l none !links' ]
	[[ $(pkginfo -l -R "$ROOT" links) == *"partially installed"* ]]
	rm_ links
	[ "$(ls "$ROOT")" = var ]
	# commpkg refuses it as a whole
	run -1 commpkg -y -R "$ROOT" install ./links-1.0.pkg
	[[ $output == *"'/b' is a hard link to '/nowhere', which is not there"* ]]
	mkdir -p "$ROOT/opt/demo/bin/demo"
	echo site >"$ROOT/opt/demo/bin/demo/file"
	run -2 add -d demo-1.0.pkg all
	[[ $output == *"unable to remove existing directory at <$ROOT/opt/demo/bin/demo>"* ]]
	[ "$(cat "$ROOT/opt/demo/bin/demo/file")" = site ]
	run -1 pkgchk -R "$ROOT" demo
	[[ $output == *"ERROR: $ROOT/opt/demo/bin/demo"* ]]
	run commpkg -R "$ROOT" verify
	[ "$status" -eq 5 ]
	commpkg verify --database -R "$ROOT"
	# when it is out of the way, the same again puts it right
	mv "$ROOT/opt/demo/bin/demo" "$ROOT/elsewhere"
	add -d demo-1.0.pkg all
	pkgchk -R "$ROOT" demo
	rm_ demo
	[ "$(cat "$ROOT/elsewhere/file")" = site ]
}

@test "a package that is refused leaves an empty database, as SVR4's pkgadd does, and nothing else" {
	mkpkg asks 1.0 'f a' 'i request <echo x\n'
	run add -d asks-1.0.pkg all
	[ "$status" -eq 5 ]
	[ "$(cd "$ROOT" && find . -type f -path './var/sadm/*' | sort | xargs)" = \
		"./var/sadm/install/.lockfile ./var/sadm/install/contents" ]
	[ "$(stat -c '%a %s' "$ROOT/var/sadm/install/contents")" = '644 0' ]
	[ -d "$ROOT/var/sadm/pkg" ]
	# to the next one it is a root without packages
	[ -z "$(pkginfo -R "$ROOT" 2>/dev/null)" ]
	pkgchk -R "$ROOT"
	add -d demo-1.0.pkg all
	commpkg verify --database -R "$ROOT"
	# a root that is not there is not made
	run pkgadd -n -a "$PWD/admin" -R "$PWD/none" -d asks-1.0.pkg all
	[ "$status" -eq 5 ]
	[ ! -e none ]
	# commpkg leaves nothing
	mkdir other
	mkpkg needs 1.0 'f n' -- 'P nobody Nobody'
	run commpkg install -y -R "$PWD/other" ./needs-1.0.pkg
	[ "$status" -ne 0 ]
	[ ! -e other/var/sadm ]
}

@test "an empty directory where a file goes: it stays, the file is missing, the rest comes" {
	mkpkg files 1.0 'f a' 'f b' 'l c=a'
	mkdir "$ROOT/a"
	run add -d files-1.0.pkg all
	[ "$status" -eq 2 ]
	[[ $output == *"error while writing file <$ROOT/a>"*"unable to create link to <a>"* ]]
	[ -d "$ROOT/a" ]
	[ -f "$ROOT/b" ]
	grep -q '^/a f .* !files$' "$ROOT/var/sadm/install/contents"
	rmdir "$ROOT/a"
	add -d files-1.0.pkg all
	pkgchk -R "$ROOT" files
	# commpkg puts the file there
	rm_ files
	mkdir "$ROOT/a"
	commpkg install -y --pkgOverwrite -R "$ROOT" ./files-1.0.pkg
	[ -f "$ROOT/a" ]
}
