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

# Cuts a datastream into its archives, knowing nothing but newc headers: out.0, out.1, ...
cut_stream() {
	perl -e '
		local $/; binmode STDIN; my $s = <STDIN>; my $at = index($s, "# end of header\n") + 16;
		my $k = 0;
		while (1) {
			$at = ($at + 511) & ~511;
			last if $at >= length $s;
			my ($begin, $name) = ($at, "");
			while ($name ne "TRAILER!!!") {
				substr($s, $at, 6) eq "070701" or die "no header at $at\n";
				my @f = map { hex } unpack("x6 (A8)13", substr($s, $at, 110));
				$name = substr($s, $at + 110, $f[11] - 1);
				$at = ($at + 110 + $f[11] + 3) & ~3;
				$at = ($at + $f[6] + 3) & ~3;
			}
			open(my $h, ">", "$ARGV[0]." . $k++) or die; binmode $h;
			print $h substr($s, $begin, (($at + 511) & ~511) - $begin);
			close $h;
		}
		print "$k\n";' "$1"
}

@test "other cpios read the archives we write, and what they make is the package" {
	for name in basic abs part class up10; do
		pkg=GLD$name
		[ "$name" != up10 ] || pkg=GLDup
		mkdir "$name"
		pkgtrans "$TOP/tests/corpus/svr4/packages/stream/$name.pkg" "$name" "$pkg"
		pkgtrans -s "$PWD/$name" "$name.pkg" "$pkg"
		[ "$(head -c 20 "$name.pkg")" = "# PaCkAgE DaTaStReAm" ]
		[ $(($(stat -c %s "$name.pkg") % 512)) -eq 0 ]
		n=$(cut_stream "$name.ar" <"$name.pkg")
		[ "$n" -ge 2 ]
		for tool in 'cpio -idum --quiet' 'bsdcpio -idum'; do
			command -v "${tool%% *}" >/dev/null || continue
			rm -rf theirs
			mkdir -p theirs/parts
			(cd theirs && $tool <"../$name.ar.0") 2>/dev/null
			diff "$name/$pkg/pkginfo" "theirs/$pkg/pkginfo"
			diff "$name/$pkg/pkgmap" "theirs/$pkg/pkgmap"
			for ((i = 1; i < n; i++)); do
				(cd theirs/parts && $tool <"../../$name.ar.$i") 2>/dev/null
			done
			diff -r "$name/$pkg" theirs/parts
			# times and modes too
			diff <(cd "$name/$pkg" && find . -type f -printf '%p %m %T@\n' | sort) \
				<(cd theirs/parts && find . -type f -printf '%p %m %T@\n' | sort)
		done
	done
}

@test "streams that other cpios wrote are read" {
	command -v cpio >/dev/null || skip "no cpio here"
	pkgtrans "$TOP/tests/corpus/svr4/packages/stream/basic.pkg" . GLDbasic
	for form in newc crc odc; do
		{
			printf '# PaCkAgE DaTaStReAm\nGLDbasic 1 200\n# end of header\n' | dd bs=512 conv=sync
			printf '%s\n' GLDbasic/pkginfo GLDbasic/pkgmap | cpio -o -H "$form" -C 512
			cd GLDbasic
			find pkginfo pkgmap install reloc root -print 2>/dev/null | cpio -o -H "$form" -C 512
			cd ..
		} >"$form.pkg" 2>/dev/null
		mkdir "from-$form"
		pkgtrans "$form.pkg" "from-$form" all
		diff -r GLDbasic "from-$form/GLDbasic"
	done
}
