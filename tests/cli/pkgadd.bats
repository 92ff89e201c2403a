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

@test "scripts run in their cage; one that fails leaves nothing" {
	mkpkg scripted 1.0 'f a' 'i postinstall <echo it says >$PKG_INSTALL_ROOT/said; echo aloud\n'
	run add -d scripted-1.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *aloud* ]]
	[ "$(cat "$ROOT/said")" = "it says" ]
	rm_ scripted
	mkpkg fails 1.0 'f a' 'i postinstall <exit 4\n'
	run add -d fails-1.0.pkg all
	[ "$status" -eq 4 ]
	diff - <(echo "$output") <<-END
	pkgadd: ERROR: postinstall script did not complete successfully

	Installation of <fails> was suspended (administration).
	No changes were made to the system.
	END
	run pkginfo -q -R "$ROOT" fails
	[ "$status" -eq 1 ]
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
