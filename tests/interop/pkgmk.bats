#!/usr/bin/env bats
# Our pkgmk against packages made by another implementation (tests/corpus/svr4).
load ../cli/lib/commpkg

@test "the 36 pkgmk cases end as elsewhere" {
	mkdir cases
	run "$TOP/tests/interop/pkgmk-cases" "$TOP/tests/corpus/svr4/pkgmk-cases.txt" "$PWD/cases"
	echo "$output"
	[ "$status" -eq 0 ]
}

# The second number of the ':' line depends on file systems; times of pkginfo on the clock.
map_of() { sed -e 's/^\(: [0-9]*\) .*/\1/' -e 's/ [0-9]*$//' "$1"; }

# The sizes of parts too; an order of names where others have that of a directory.
said_of() { sed -e "s|^$1/|spool/|" -e 's/^\(part *[0-9]*\) -- .*/\1/'; }

@test "each golden source becomes the package it became elsewhere" {
	for src in "$TOP"/tests/corpus/svr4/src/*; do
		name=${src##*/}
		cp -r "$src" "$name"
		find "$name" -exec touch -h -d @1000000000 {} +
		limit=()
		[ "$name" != part ] || limit=(-l 120)
		mkdir "spool-$name"
		(cd "$name" && pkgmk -o -d "$BATS_TEST_TMPDIR/spool-$name" -r "$PWD/root" -f prototype \
			-p golden20010909014640 "${limit[@]}") >out 2>&1 || { cat out; return 1; }
		diff <(sed -n '/^--- stderr/,$p' "$TOP/tests/corpus/svr4/expected/build/$name.pkgmk" |
			sed -e 1d | said_of /tmp/gold/spool) <(said_of "$PWD/spool-$name" <out)
		pkg=$(sed -n 's/^PKG="*\([^"]*\)"*$/\1/p' "$src/pkginfo")
		golden=$TOP/tests/corpus/svr4/packages/dir/$name/$pkg
		diff "$golden/pkginfo" "spool-$name/$pkg/pkginfo"
		diff <(map_of "$golden/pkgmap") <(map_of "spool-$name/$pkg/pkgmap")
		for area in install reloc root reloc.1 root.1 reloc.2 reloc.3 reloc.4 reloc.5; do
			[ ! -e "$golden/$area" ] || diff -r "$golden/$area" "spool-$name/$pkg/$area"
		done
	done
}

@test "what pkgmk makes goes through a stream and back, byte for byte" {
	mkdir spool back
	for src in "$TOP"/tests/corpus/svr4/src/{abs,basic,class,depA,part,req,up10}; do
		limit=()
		[ "${src##*/}" != part ] || limit=(-l 120)
		cp -r "$src" .
		(cd "${src##*/}" && pkgmk -o -d "$BATS_TEST_TMPDIR/spool" -r "$PWD/root" -f prototype \
			-p x "${limit[@]}") >out 2>&1 || { cat out; return 1; }
	done
	pkgtrans -s ./spool all.pkg all
	pkgtrans all.pkg back all
	diff -r ./spool back
	# order of time and mode too, so that the second stream is the first one again
	pkgtrans -s back again.pkg all
	cmp all.pkg again.pkg
}

@test "golden streams become the golden directories, and streams again" {
	for stream in "$TOP"/tests/corpus/svr4/packages/stream/*.pkg; do
		name=${stream##*/}
		name=${name%.pkg}
		mkdir "out-$name"
		pkgtrans "$stream" "out-$name" all
		if [ -d "$TOP/tests/corpus/svr4/packages/dir/$name" ]; then
			# git keeps no empty directories
			find "out-$name" -type d -empty -delete
			diff -r "$TOP/tests/corpus/svr4/packages/dir/$name" "out-$name"
		fi
		pkgtrans -s "out-$name" "$name.pkg" all
		mkdir "again-$name"
		pkgtrans "$name.pkg" "again-$name" all
		diff -r "out-$name" "again-$name"
	done
}

@test "another cpio reads the archives we write" {
	command -v cpio >/dev/null || skip "no cpio here"
	pkgtrans "$TOP/tests/corpus/svr4/packages/stream/basic.pkg" . GLDbasic
	pkgtrans -s . basic.pkg GLDbasic
	mkdir theirs
	[ "$(head -c 20 basic.pkg)" = "# PaCkAgE DaTaStReAm" ]
	dd if=basic.pkg bs=512 skip=1 2>/dev/null | (cd theirs && cpio -idum -H newc --quiet)
	diff GLDbasic/pkginfo theirs/GLDbasic/pkginfo
	diff GLDbasic/pkgmap theirs/GLDbasic/pkgmap
}
