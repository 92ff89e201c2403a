#!/usr/bin/env bats
# Roots that only SVR4's own tools made: pkginfo, pkgparam and pkgchk look, and change nothing.
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p "$ROOT"/var/sadm/{install,pkg} "$ROOT/opt/x"
	CONTENTS=$ROOT/var/sadm/install/contents
	echo one >"$ROOT/opt/x/one"
	touch -d @1000000000 "$ROOT/opt/x/one"
	chmod 644 "$ROOT/opt/x/one"
	sadm X 'NAME=The X' 'CATEGORY=system,graphics' 'BASEDIR=/opt/x' VERSION=1.0
	sadm Y.2 'NAME=The Y' CATEGORY=application VERSION=2.0,REV=9
}

# A package as pkgadd leaves it below var/sadm/pkg.
sadm() {
	local inst=$1 dir=$ROOT/var/sadm/pkg/$1
	shift
	mkdir -p "$dir/install"
	printf '%s\n' 'CLASSES=none' "PKG=${inst%.*}" ARCH=sparc "PKGINST=$inst" "$@" >"$dir/pkginfo"
}

contents() { printf '%s\n' "$@" '# Last modified by pkgadd for X package' '# Thu Jan  1' >"$CONTENTS"; }

@test "what pkgadd of ours made looks the same without our database" {
	mkpkg demo 1.0 'd bin' 'f bin/demo 755 root bin demo' 'e etc/demo.conf' 's bin/ln=demo' \
		'l bin/hard=demo' 'p fifo' -- BASEDIR=/opt/demo VERSION=1.0
	root=$BATS_TEST_TMPDIR/other
	mkdir "$root"
	printf '%s\n' mail= basedir=default >admin
	pkgadd -n -a "$PWD/admin" -d "$PWD/demo-1.0.pkg" -R "$root" demo
	rm "$root/opt/demo/bin/ln"
	for i in ours theirs; do
		{
			pkginfo -R "$root"
			pkginfo -x -R "$root"
			pkginfo -l -R "$root" demo
			pkginfo -r -R "$root" demo
			pkgparam -v -R "$root" demo
			pkgchk -R "$root" || echo "status $?"
			pkgchk -l -R "$root"
			pkgchk -n -v -R "$root" -p /opt/demo/bin/demo
		} >"$i" 2>&1
		rm -rf "$root/var/lib/commpkg"
	done
	diff ours theirs
	grep -q 'pathname does not exist' theirs
	[ ! -e "$root/var/lib/commpkg" ]
}

@test "short, long and selected, from contents that real tools could have written" {
	contents '/opt/x d none 0755 root bin X' \
		'/opt/x/one f none 0644 root bin 4 332 1000000000 X Y.2:other' \
		'/opt/x/two f none 0755 root bin 9 9 9 !X *GONE\:cls' \
		'/dev/z c none 13 ? 0666 root sys ~Y.2\' \
		'/opt/x/ln=one s none +X'
	run pkginfo -R "$ROOT"
	[ "${lines[0]}" = "system      X   The X" ]
	[ "${lines[1]}" = "application Y.2 The Y" ]
	[ "${#lines[@]}" -eq 2 ]
	run pkginfo -l -R "$ROOT" X
	[[ $output == *"STATUS:  completely installed"* ]]
	[[ $output == *"FILES:        3 installed pathnames"* ]]
	[[ $output == *"1 partially installed pathnames"* ]]
	[[ $output == *"2 shared pathnames"* ]]
	touch "$ROOT/var/sadm/pkg/Y.2/!I-Lock!"
	run pkginfo -p -R "$ROOT"
	[ "$output" = "application Y.2 The Y" ]
	run pkginfo -i -q -R "$ROOT" Y.2
	[ "$status" -eq 1 ]
	run pkginfo -p -R "$ROOT" X
	[ "$status" -eq 1 ]
	[ "$output" = 'ERROR: No partial information for "X" was found' ]
	[ "$(pkgparam -R "$ROOT" Y.2 VERSION)" = "2.0,REV=9" ]
}

@test "pkgchk compares with what contents says, in any form and order" {
	contents '/opt/x/one f none 0600 root bin 4 332 1000000000 X' \
		': ignored' ' ignored too' \
		'/opt/x/none 1 d none ? ? ? GONE' \
		'd none /opt/x ? ? ? X' \
		'f none /opt/x/one2 X' \
		'v none /opt/x/one3=src/one3 0644 root bin ? ? ? X'
	cp "$ROOT/opt/x/one" "$ROOT/opt/x/one2"
	cp "$ROOT/opt/x/one" "$ROOT/opt/x/one3"
	run pkgchk -c -R "$ROOT"
	[ "$status" -eq 0 ]
	run pkgchk -a -R "$ROOT" X
	[ "$status" -eq 1 ]
	[[ $output == *"permissions <0600> expected <0644> actual"* ]]
	[[ $output != *none* ]]
	run pkgchk -R "$ROOT" GONE
	[[ $output == *"ERROR: $ROOT/opt/x/none"*"pathname does not exist"* ]]
	run pkgchk -l -R "$ROOT" -p /opt/x/none
	[[ $output == *GONE* ]]
}

@test "a garbled contents file ends with 99, and names the line" {
	for bad in '/opt/x f none 0644 root' '/opt/x q none X' '/a=b' '/opt/x s none X' \
		'i none /opt/x X' '/opt/x d none 09 root bin X' '/opt/x f none 0644 root bin 1 x 2 X' \
		'/opt/x d none ? ? ? ../X'; do
		contents '/ok d none ? ? ? X' "$bad"
		run pkgchk -R "$ROOT"
		[ "$status" -eq 99 ]
		[[ $output == *"bad entry read in contents file"*":2: "* ]]
		# the packages themselves are shown all the same
		pkginfo -q -R "$ROOT" X
	done
}

@test "lines that lead elsewhere are left out, and said" {
	contents '/opt/x d none ? ? ? X' '/opt/x/../../../etc/passwd f none 0644 root root 1 1 1 X' \
		'/opt/x d none ? ? ? X' '/dev/w c none 0 0 0666 root sys X'
	run pkgchk -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *"line 2 of contents is left out"*"no clean path"* ]]
	[[ $output == *"line 3 of contents is left out"*"twice"* ]]
	[[ $output == *"line 4 of contents is left out"* ]]
	[[ $output != *ERROR* ]]
}

@test "links in such a root lead nowhere else" {
	mkdir -p "$BATS_TEST_TMPDIR/host/pkg/EVIL"
	cp "$ROOT/var/sadm/pkg/X/pkginfo" "$BATS_TEST_TMPDIR/host/pkg/EVIL"
	rm -rf "$ROOT/var/sadm/pkg"
	ln -s "$BATS_TEST_TMPDIR/host/pkg" "$ROOT/var/sadm/pkg"
	run pkginfo -R "$ROOT"
	[[ $output != *EVIL* ]]
	rm "$ROOT/var/sadm/pkg"
	mkdir -p "$ROOT/var/sadm/pkg/P"
	ln -s "$BATS_TEST_TMPDIR/host/pkg/EVIL/pkginfo" "$ROOT/var/sadm/pkg/P/pkginfo"
	run pkginfo -R "$ROOT"
	[ "$status" -eq 1 ]
	[[ $output != *"The X"* ]]
}

@test "damaged packages don't hide the others; nothing is repaired" {
	echo 'NAME="open' >>"$ROOT/var/sadm/pkg/Y.2/pkginfo"
	sadm Z 'NAME=' CATEGORY=system VERSION=1
	contents '/opt/x d none 0700 root bin X'
	run pkginfo -R "$ROOT"
	[ "$status" -eq 1 ]
	[[ $output == *"package 'Y.2' is left out"*"quote"* ]]
	[[ $output == *"pkginfo file is corrupt or missing"*"<Z>"* ]]
	[[ $output == *"The X"* ]]
	run pkgchk -f -R "$ROOT"
	[ "$status" -eq 1 ]
	[[ $output == *"made by other tools"*"commpkg adopt"* ]]
	[ "$(stat -c %a "$ROOT/opt/x")" = 755 ]
}

@test "pkgrm and pkgadd know only what is ours" {
	contents '/opt/x d none ? ? ? X'
	run pkgrm -n -R "$ROOT" X
	[ "$status" -ne 0 ]
	[ -e "$ROOT/opt/x/one" ]
	[ -e "$ROOT/var/sadm/pkg/X/pkginfo" ]
}
