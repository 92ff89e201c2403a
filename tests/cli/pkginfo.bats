#!/usr/bin/env bats
load lib/commpkg

setup() {
	commpkg_setup
	golden=$TOP/tests/corpus/svr4/packages
}

@test "the short form shows category, name and title, by name" {
	run pkginfo -d "$golden/stream/multi.pkg"
	[ "$status" -eq 0 ]
	diff - <(echo "$output") <<-END
	application GLDbad  Golden bad
	application GLDdepA Golden depA
	application GLDdepB Golden depB
	application GLDdepR Golden depR
	END
}

@test "the extracted form adds architecture and version" {
	run pkginfo -x -d "$golden/dir/depA"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "GLDdepA  Golden depA" ]
	[ "${lines[1]}" = "         (all) 2.0" ]
}

@test "the long form counts" {
	run pkginfo -l -d "$golden/stream/basic.pkg"
	[ "$status" -eq 0 ]
	diff - <(echo "$output") <<-END
	   PKGINST:  GLDbasic
	      NAME:  Golden basic package
	  CATEGORY:  application,golden
	      ARCH:  all
	   VERSION:  1.0
	   BASEDIR:  /opt/gldbasic
	    VENDOR:  Golden Test Makers
	      DESC:  Every file type, relocatable, one part
	    PSTAMP:  golden20010909014640
	   HOTLINE:  none
	    STATUS:  spooled
	     FILES:       27 spooled pathnames
	                   2 linked files
	                   7 directories
	                   3 executables
	                   2 setuid/setgid executables
	                   3 package information files
	                  26 blocks used (approx)
	END
}

@test "packages are chosen by category, architecture and version" {
	d=$golden/stream/multi.pkg
	run pkginfo -d "$d" -c SYSTEM,Application -a all -v 2.0
	[ "$output" = "application GLDdepA Golden depA" ]
	run pkginfo -d "$d" -c system
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	run pkginfo -d "$d" -v '2.0  '
	[ "$status" -eq 0 ]
	# the compver of GLDdepA names it
	[ "$(pkginfo -d "$d" -v 1.5)" = "application GLDdepA Golden depA" ]
	run pkginfo -d "$d" 'GLDdep.*'
	[ "$status" -eq 1 ]
}

@test "a name that is not there is an error, the others are shown" {
	run --separate-stderr pkginfo -d "$golden/stream/multi.pkg" GLDdepA GLDzzz
	[ "$status" -eq 1 ]
	[ "$output" = "application GLDdepA Golden depA" ]
	[ "$stderr" = 'ERROR: information for "GLDzzz" was not found' ]
	run pkginfo -q -d "$golden/stream/multi.pkg" GLDzzz
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	run pkginfo -q -d "$golden/stream/multi.pkg" GLDdepA
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a root without a database has no packages" {
	run pkginfo -R "$ROOT"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	run pkginfo -R "$ROOT" demo
	[ "$status" -eq 1 ]
	[[ $output == *'"demo" was not found'* ]]
	[ -z "$(ls -A "$ROOT")" ]
}

@test "wrong usage, wrong roots" {
	for args in '-x -l' '-Q' '-r -x' '-l -r' '-p -i'; do
		# shellcheck disable=SC2086
		run pkginfo $args
		[ "$status" -eq 1 ]
		[[ $output == *usage* ]]
	done
	run pkginfo -R relative
	[ "$status" -eq 1 ]
	[[ $output == *"requires an absolute pathname"* ]]
	PKG_INSTALL_ROOT=/other run pkginfo -R "$ROOT"
	[ "$status" -eq 1 ]
	[[ $output == *"contends with environment"* ]]
	run pkginfo -d "$TOP/LICENSE"
	[ "$status" -eq 1 ]
}

@test "text of a package does not drive the terminal" {
	mkpkg demo 1.0 'f a' -- "$(printf 'DESC=red \033[31m')"
	run pkginfo -l -d demo-1.0.pkg
	[[ $output == *'red \x1b[31m'* ]]
}

@test "pkgparam shows values, or NAME='value', for a shell" {
	mkpkg demo 1.0 'f a' -- "DESC=it's \"so\"" HOTLINE=none
	run pkgparam -d demo-1.0.pkg demo VERSION NONE HOTLINE
	[ "$status" -eq 0 ]
	[ "${lines[0]} ${lines[1]}" = "1.0 none" ]
	run pkgparam -v -d demo-1.0.pkg demo
	[ "$status" -eq 0 ]
	eval "$(grep '^DESC=' <<<"$output")"
	[ "$DESC" = "it's \"so\"" ]
	run pkgparam -d demo-1.0.pkg other
	[ "$status" -eq 1 ]
	[[ $output == *'unable to locate parameter information for "other"'* ]]
	printf 'A="x y"\nB:z\n' >file
	[ "$(pkgparam -f file B A | xargs)" = "z x y" ]
	run pkgparam
	[ "$status" -eq 1 ]
}

@test "columns, kinds and names that only others have" {
	mkpkg demo 1.0 'f a' -- CATEGORY=system ARCH=i386 BASEDIR=/opt/demo
	mkpkg longername 1.0 'f b' -- CATEGORY=application BASEDIR=
	pkgtrans -s spool-1.0 both.pkg all
	# as wide as the longest that was asked for, whether it is shown or not
	[ "$(pkginfo -d both.pkg -c system)" = "system      demo       demo for a test" ]
	[ "$(pkginfo -d both.pkg -c system demo)" = "system      demo demo for a test" ]
	# what lies in a medium is neither partial nor complete
	[ "$(pkginfo -d both.pkg -p | wc -l)" -eq 2 ]
	[ "$(pkginfo -d both.pkg -i -R /nowhere | wc -l)" -eq 2 ]
	[ "$(pkginfo -r -d both.pkg demo)" = /opt/demo ]
	run pkginfo -r -d both.pkg all
	[ "${lines[1]}" = none ]
	# one that is there and not of the kind was not found
	run --separate-stderr pkginfo -a sparc -d both.pkg demo longername
	[ "$status" -eq 1 ]
	[[ $stderr == *'information for "demo" was not found'* ]]
	run pkginfo -q -a sparc -d both.pkg demo
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "modes that are left open have all bits; directories can be set-id" {
	mkpkg demo 1.0 'f a ? ? ?' 'd open ? ? ?' 'd grp 2775 root sys' 'f plain 0644 root root'
	run pkginfo -l -d demo-1.0.pkg demo
	[[ $output == *"   1 executables"* ]]
	[[ $output == *"   3 setuid/setgid executables"* ]]
}
