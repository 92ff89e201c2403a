#!/usr/bin/env bats
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p src spool
	printf 'PKG=demo\nNAME=Demo\nARCH=all\nVERSION=1\nCATEGORY=application\n' >src/pkginfo
	printf 'i pkginfo\nf none a 0644 root bin\n' >src/prototype
	echo a >src/a
}

make_it() { (cd src && pkgmk -d "$BATS_TEST_TMPDIR/spool" "$@"); }

@test "pkgmk without a prototype says which file it looked for" {
	rm src/prototype
	run make_it
	[ "$status" -eq 1 ]
	[[ $output == *"pkgmk: ERROR: unable to locate prototype file"*"'prototype'"* ]]
	[[ $output == *"## Packaging was not successful."* ]]
}

@test "pkgmk with a wrong option shows usage and ends with 1" {
	run make_it -Q
	[ "$status" -eq 1 ]
	[[ $output == *usage:* ]]
	run make_it demo more
	[ "$status" -eq 1 ]
	run make_it -l 0
	[ "$status" -eq 1 ]
}

@test "an instance that is there is only replaced with -o" {
	make_it -p one
	echo b >src/a
	run make_it -p two
	[ "$status" -eq 1 ]
	[[ $output == *"must use -o option to overwrite <"*"/spool/demo>"* ]]
	grep -q PSTAMP=one spool/demo/pkginfo
	make_it -o -p two
	grep -q PSTAMP=two spool/demo/pkginfo
	[ "$(cat spool/demo/reloc/a)" = b ]
	[ "$(ls -A spool)" = demo ]
}

@test "a failure leaves nothing behind" {
	echo 'f none gone 0644 root bin' >>src/prototype
	run make_it
	[ "$status" -eq 1 ]
	[ -z "$(ls -A spool)" ]
	sed -i '$d' src/prototype
	run make_it -d "$BATS_TEST_TMPDIR/none"
	[ "$status" -eq 1 ]
	[[ $output == *"/none"* ]]
}

@test "options beat pkginfo, operands beat options, prototype variables come last" {
	printf '!VENDOR=proto\n!NAME=proto\n!low=proto\n' >>src/prototype
	make_it -a sparc -v 2 -p stamp VERSION=3 EXTRA=yes small=no demo.2
	diff - spool/demo.2/pkginfo <<-END
	ARCH=sparc
	VERSION=3
	PSTAMP=stamp
	PKG=demo
	NAME=Demo
	CATEGORY=application
	EXTRA=yes
	VENDOR=proto
	CLASSES=none
	END
}

@test "the instance must be of the package" {
	run make_it demo2
	[ "$status" -eq 1 ]
	[[ $output == *"PKG parameter <demo> does not match instance <demo2>"* ]]
}

@test "-n prints the map and writes nothing" {
	touch -d @1000000000 src/a
	run --separate-stderr make_it -n
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = ": 1 28" ]
	[ "${lines[1]}" = "1 f none a 0644 root bin 2 107 1000000000" ]
	[ -z "$(ls -A spool)" ]
}

@test "the same input gives the same bytes with SOURCE_DATE_EPOCH" {
	export SOURCE_DATE_EPOCH=1000000000
	make_it
	cp -a spool first
	sleep 1
	touch src/a
	make_it -o
	diff -r first spool
	grep -q '^PSTAMP=commpkg20010909014640$' spool/demo/pkginfo
	[ "$(stat -c %Y spool/demo/reloc/a)" = 1000000000 ]
	SOURCE_DATE_EPOCH=x run make_it -o
	[ "$status" -eq 1 ]
}

@test "-l splits, and refuses what is too large for a part" {
	for i in 1 2 3; do
		head -c 10000 /dev/zero >"src/f$i"
		echo "f none f$i 0644 root bin" >>src/prototype
	done
	make_it -l 50
	[ "$(head -c 4 spool/demo/pkgmap)" = ": 3 " ]
	[ -f spool/demo/reloc.3/f3 ]
	run make_it -o -l 20
	[ "$status" -eq 1 ]
	[[ $output == *"f1 (24 blocks) does not fit on a volume"* ]]
	[ -f spool/demo/reloc.3/f3 ]
}

@test "modes in the spool let everybody read, whatever pkgmap says" {
	sed -i 's/0644/4700/' src/prototype
	make_it
	[ "$(stat -c %a spool/demo/reloc/a)" = 744 ]
	grep -q 'a 4700 root bin' spool/demo/pkgmap
}

@test "contents and names come from where the prototype says" {
	mkdir -p src/x/y roots/one/bin
	echo found >src/x/y/deep
	echo one >roots/one/bin/tool
	printf 'i pkginfo\n!search x/y\nf none lib/deep 0644 root bin\nf none null=/dev/null 0644 root bin\n' >src/prototype
	make_it
	[ "$(cat spool/demo/reloc/lib/deep)" = found ]
	[ ! -s spool/demo/reloc/null ]
	printf 'i pkginfo\nf none bin/tool 0755 root bin\n' >src/prototype
	make_it -o -r "$PWD/roots/none,$PWD/roots/one"
	[ "$(cat spool/demo/reloc/bin/tool)" = one ]
}

@test "all that is missing is told at once, by file" {
	mkdir src/sub
	printf 'f none gone2=x/gone2\nc none nul ? ? 0666 root sys\n' >src/sub/more
	printf 'f none gone1\n!include sub/more\n' >>src/prototype
	run make_it
	[ "$status" -eq 1 ]
	diff - <(printf '%s\n' "$output") <<-END
	## Building pkgmap from package prototype file.
	ERROR in prototype:
	    no object for <gone1> found in search path
	ERROR in sub/more:
	    no object for <gone2> found in local path
	    device numbers cannot be determined for <nul>
	pkgmk: ERROR: unable to build pkgmap from prototype file
	## Packaging was not successful.
	END
}

@test "a line that cannot be read is shown as SVR4 shows it" {
	printf 'f none b 0644 root bin\nf none c 0x44 root bin\n' >>src/prototype
	run make_it
	[ "$status" -eq 1 ]
	[[ $output == *"ERROR in prototype:"$'\n'"    garbled entry"$'\n'"    - pathname: c"$'\n'"    - problem: mode is not numeric."* ]]
}

@test "what SVR4's pkgmk keeps to itself is noted on stdout: lines, open quotes, lost lines" {
	printf 'DESC=one \\\n  two\nVENDOR="open\nEMAIL=lost\n' >>src/pkginfo
	run --separate-stderr make_it
	[ "$status" -eq 0 ]
	[[ $output == *"NOTE: pkginfo:8: a quote is not closed on its line"* ]]
	[[ $output == *"NOTE: parameter <DESC> goes over several lines"* ]]
	[[ $stderr != *NOTE* ]]
	run ! grep -e VENDOR -e EMAIL spool/demo/pkginfo
	run -0 pkgparam -d "$PWD/spool" demo DESC
	[ "$output" = one ]
	# the pkgmap of -n is a prototype all the same
	make_it -n >map 2>err
	grep -q '^# NOTE: pkginfo:8: ' map
	grep -q '^1 f none a 0644 root bin 2 107 ' map
	sed 's/^\(1 i pkginfo\).*/\1/' map >src/prototype
	make_it -o
	printf '\nz none d 0755 root bin\n' >src/prototype
	run --separate-stderr make_it
	[ "$status" -eq 1 ]
	[ "$output" = "NOTE: the garbled entry is at prototype:2" ]
}

@test "attributes may be left out one by one, and a pkgmap is a prototype too" {
	printf ': 1 100\n1 i pkginfo 1 2 3\n1 f none a 0644 root bin 9 9 9\n%s' \
		$'0 d none d 0755\nd none e 0700 adm # ours\ns none l=a 0777 root other\n' >src/prototype
	run make_it
	[ "$status" -eq 0 ]
	[[ $output == *"WARNING: attributes set to 0755 ? ? for <d>"* ]]
	[[ $output == *"WARNING: attributes set to 0700 adm ? for <e>"* ]]
	[[ $output != *extra* ]]
	grep -q '^1 f none a 0644 root bin 2 107 ' spool/demo/pkgmap
	grep -q '^1 s none l=a$' spool/demo/pkgmap
}

@test "-s links to the payload; such a directory is no medium" {
	make_it -s
	[ "$(readlink spool/demo/reloc/a)" = "$(realpath src/a)" ]
	[ -f spool/demo/pkginfo ]
	run pkgtrans -s spool x.pkg demo
	[ "$status" -eq 1 ]
	[ ! -e x.pkg ]
}

@test "zone parameters that exclude each other are refused" {
	printf 'SUNW_PKG_ALLZONES=true\nSUNW_PKG_HOLLOW=true\n' >>src/pkginfo
	make_it
	echo 'exit 0' >src/request
	echo 'i request' >>src/prototype
	run make_it -o
	[ "$status" -eq 1 ]
	[[ $output == *"The package <demo> has <SUNW_PKG_ALLZONES> = true and <SUNW_PKG_THISZONE> = true"* ]]
	[[ $output == *"pkgmk: ERROR: Invalid combinations of zone parameters in pkginfo file"* ]]
	sed -i '/ALLZONES/d' src/pkginfo
	run make_it -o
	[ "$status" -eq 1 ]
	[[ $output == *"a hollow package must also be set to install in all zones"* ]]
}

@test "scripts are looked at, and nothing more" {
	printf 'i preinstall\ni postinstall\ni i.cfg\n' >>src/prototype
	printf '#!/bin/sh\n# pkgadd here says nothing\necho "pkgrm x"\npkgadd -d x y\nread answer\n' >src/preinstall
	printf 'cat x | while read a; do echo $a; done\nread b\ninstallf $PKGINST /x\n' >src/postinstall
	printf 'while read src dst; do cp $src $dst; done\necho $2\n' >src/i.cfg
	run make_it
	[ "$status" -eq 0 ]
	diff - <(printf '%s\n' "$output" | grep script) <<-END
	## Validating control scripts.
	ERROR: script <preinstall> attempts to modify locked package database at line <4>.
	WARNING: script <preinstall> may require user interaction at line <5>.
	WARNING: not sure where script <i.cfg> gets the parameter at line <2>.
	WARNING: script <postinstall> may require user interaction at line <2>.
	WARNING: script <postinstall> uses installf but no installf -f was detected.
	WARNING: script <postinstall> updates the package database but provides no space file to account for the additional package object.
	END
}

@test "devices, and information files of later parts, are refused by name" {
	touch file
	run make_it -d "$PWD/file"
	[ "$status" -eq 1 ]
	[[ $output == *"invalid device specified (datastream) <"*"/file>"* ]]
	run make_it -d "$PWD/none"
	[ "$status" -eq 1 ]
	[[ $output == *"unknown or invalid device specified <"*"/none>"* ]]
	echo '2 i depend' >>src/prototype
	touch src/depend
	run make_it
	[ "$status" -eq 1 ]
	[[ $output == *"information file <depend> must appear on first part"* ]]
}

@test "commands: commas, comments, variables anywhere, lists taken back" {
	mkdir -p src/s1 src/s2
	echo 1 >src/s1/x
	echo 2 >src/s2/y
	printf '%s\n' '!n=1' '!dir=s$n' '!search $dir, s2' 'i pkginfo' 'f none q/x 644 root bin' \
		'f none q/y 644 root bin' '!search' '!default 0600 root bin # from here on' \
		'f none z=a' 'd none q' >src/prototype
	make_it
	[ "$(cat spool/demo/reloc/q/x spool/demo/reloc/q/y)" = $'1\n2' ]
	grep -q '^1 f none z 0600 root bin ' spool/demo/pkgmap
}

@test "holes stay holes" {
	truncate -s 64M src/a
	make_it
	[ "$(stat -c %s spool/demo/reloc/a)" -eq 67108864 ]
	[ "$(stat -c %b spool/demo/reloc/a)" -lt 1000 ]
	cmp src/a spool/demo/reloc/a
}

@test "PKG_ABI_NAMELENGTH: nine characters" {
	sed -i s/PKG=demo/PKG=demo567890/ src/pkginfo
	make_it
	PKG_ABI_NAMELENGTH=TRUE run make_it -o
	[ "$status" -eq 1 ]
	[[ $output == *"invalid package abbreviation <demo567890>"* ]]
	sed -i s/PKG=demo567890/PKG=demo56789/ src/pkginfo
	PKG_ABI_NAMELENGTH=TRUE make_it -o
}
