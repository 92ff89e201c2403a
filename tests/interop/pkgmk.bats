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
		pkg=$(sed -n 's/^PKG="*\([^"]*\)"*$/\1/p' "$src/pkginfo")
		golden=$TOP/tests/corpus/svr4/packages/dir/$name/$pkg
		diff "$golden/pkginfo" "spool-$name/$pkg/pkginfo"
		diff <(map_of "$golden/pkgmap") <(map_of "spool-$name/$pkg/pkgmap")
		for area in install reloc root reloc.1 root.1 reloc.2 reloc.3 reloc.4 reloc.5; do
			[ ! -e "$golden/$area" ] || diff -r "$golden/$area" "spool-$name/$pkg/$area"
		done
	done
}
