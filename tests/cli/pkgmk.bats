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
	[[ $output == *"cannot open 'prototype'"* ]]
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
	[[ $output == *"package instance <demo> already exists"* ]]
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
	[[ $output == *"does not fit into a part of 20 blocks"* ]]
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
