#!/usr/bin/env bats
# pkgproto | pkgmk | pkgtrans | pkgadd -R | pkgchk -R | pkgrm -R: what goes in comes out, byte for
# byte, and goes without a rest.
load ../cli/lib/commpkg

setup() {
	commpkg_setup
	printf '%s\n' mail= instance=overwrite partial=nocheck runlevel=nocheck idepend=nocheck \
		rdepend=nocheck space=nocheck setuid=nocheck conflict=nocheck action=nocheck \
		basedir=default >admin
	printf '%s\n' PKG=round NAME=Round ARCH=all VERSION=1 CATEGORY=application BASEDIR=/opt/r \
		>pkginfo
	mkdir tree spool
}

# Type, mode, size, links, target and contents of everything below a directory.
described() {
	(cd "$1" && find . -mindepth 1 ! -type d ! -type l -printf '%p %y %m %s %n\n' -o \
		-mindepth 1 -type l -printf '%p l %l\n' -o -mindepth 1 -printf '%p %y %m\n' | sort
	find . -type f -size -100000k -exec cksum {} + | sort)
}

build() {
	{
		echo "i pkginfo=$PWD/pkginfo"
		(cd tree && find . -print | LC_ALL=C sort | pkgproto) || return
	} >prototype
	pkgmk -o -d "$PWD/spool" -r "$PWD/tree" -f prototype >out 2>&1 || { cat out; return 1; }
}

round() {
	build
	pkgtrans -s ./spool round.pkg round 2>/dev/null
	before=$(cd "$ROOT" && find . | sort)
	pkgadd -n -a "$PWD/admin" -d "$PWD/round.pkg" -R "$ROOT" round >out 2>&1 || { cat out; return 1; }
	diff <(described tree) <(described "$ROOT/opt/r")
	run pkgchk -R "$ROOT" round
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	mkdir again
	pkgtrans round.pkg again round 2>/dev/null
	diff -r spool/round again/round
	pkgrm -n -a "$PWD/admin" -R "$ROOT" round >out 2>&1 || { cat out; return 1; }
	# the base directory stays, as in SVR4; nothing else does
	diff <(echo "$before") <(cd "$ROOT" && find . ! -path './var/*' ! -path ./var ! -path ./opt ! -path ./opt/r | sort)
}

@test "every type of file" {
	mkdir -p tree/d/empty tree/x
	echo one >tree/d/one
	ln tree/d/one tree/d/two
	ln tree/d/one tree/x/three
	ln -s one tree/d/rel
	ln -s /usr/bin/true tree/d/abs
	ln -s ../nowhere tree/d/dangling
	mkfifo tree/d/fifo
	: >tree/d/empty-file
	chmod 4755 tree/d/one
	chmod 1777 tree/d/empty
	chmod 0500 tree/x
	head -c 100000 /dev/urandom >tree/d/random
	if [ "$(id -u)" -eq 0 ] && mknod tree/d/null c 13 2 2>/dev/null; then
		mknod tree/d/disk b 7 99
	fi
	round
}

@test "odd names" {
	local long component
	component=$(printf 'n%.0s' {1..255})
	long=tree/$component/$component/$component
	mkdir -p "$long" 'tree/-dash' tree/...
	echo 1 >"$long/$(printf 'f%.0s' {1..230})"
	echo 2 >'tree/-dash/-rf'
	echo 3 >tree/--
	echo 4 >'tree/Grüße-日本-файл'
	printf '5\n' >$'tree/latin-\xe4\xf6'
	echo 6 >'tree/~='
	echo 7 >'tree/Foo$Bar.class'
	echo 8 >'tree/$HOME'
	echo 9 >'tree/#hash'
	echo 10 >'tree/!bang'
	echo 11 >'tree/:colon'
	echo 12 >"tree/quo'te\"\\back"
	echo 13 >'tree/*?[x]'
	echo 14 >tree/.../.hidden
	echo 15 >'tree/a,b;c&d|e(f)'
	echo 16 >tree/pkginfo
	echo 17 >'tree/$'
	ln -s 'a=b' tree/plain
	rm tree/plain
	ln -s '~' tree/link
	round
}

@test "names that no prototype can hold are refused, each by name" {
	touch 'tree/with blank' tree/a=b $'tree/tab\there' 'tree/$small' tree/fine
	ln -s 'to a blank' tree/link
	run --separate-stderr pkgproto tree=
	[ "$status" -eq 1 ]
	[[ $output == *"f none fine="* ]]
	[ "$(grep -c '^ERROR: tree/' <<<"$stderr")" -eq 5 ]
	run build
	[ "$status" -ne 0 ]
	[ -z "$(ls -A spool)" ]
}

@test "a path that is too long for SVR4 is refused by name" {
	local component
	component=$(printf 'n%.0s' {1..200})
	mkdir -p "tree/$component/$component/$component/$component/$component"
	touch "tree/$component/$component/$component/$component/$component/$component"
	run --separate-stderr pkgproto tree=
	[ "$status" -eq 1 ]
	[[ $stderr == *"ERROR: tree/$component"* ]]
}

@test "holes, nothing, and much" {
	truncate -s 20M tree/sparse
	printf x | dd of=tree/hole bs=1 seek=5000000 status=none
	: >tree/nothing
	mkdir tree/many
	(cd tree/many && seq 1 400 | xargs touch)
	round
	[ "$(stat -c %b spool/round/reloc/sparse)" -lt 1000 ]
}

@test "a stream holds files below 4 GB, and says so of others" {
	echo x >tree/big
	build
	sed -i 's/\(big [0-9]* [a-z]* [a-z]*\) 2 130 /\1 4294967296 0 /' spool/round/pkgmap
	truncate -s 4294967296 spool/round/reloc/big
	run pkgtrans -s ./spool round.pkg round
	[ "$status" -eq 1 ]
	[[ $output == *big* ]]
	[ ! -e round.pkg ]
}

# long_stream FILE: packages `big`, whose one file is 2 GB and 1 byte of hole, and `small` behind it
long_stream() {
	perl -e '
		my ($file) = @ARGV; open(my $out, "+>", $file) or die; binmode $out;
		sub sum { my $s = unpack("%32C*", $_[0]); $s = ($s & 0xffff) + ($s >> 16); return ($s & 0xffff) + ($s >> 16); }
		sub pad { my $at = tell $out; seek($out, ($at + $_[0] - 1) & ~($_[0] - 1), 0); }
		my $ino = 1;
		sub member {
			my ($name, $size, $text) = @_;
			print $out "070701", (map { sprintf "%08X", $_ } $ino++, 0100644, 0, 0, 1, 1000000000, $size, 0, 0, 0, 0,
				length($name) + 1, 0), $name, "\0";
			pad(4);
			print $out $text if defined $text;
			seek($out, $size, 1) if !defined $text;
			pad(4);
		}
		sub trailer { member("TRAILER!!!", 0, ""); pad(512); }
		my %size = (big => 2147483649, small => 6);
		my (%info, %map);
		for my $p (qw(big small)) {
			$info{$p} = "PKG=$p\nNAME=n\nARCH=all\nVERSION=1\nCATEGORY=application\nBASEDIR=/\n";
			my $s = $p eq "big" ? 0 : sum("small\n");
			$map{$p} = ": 1 10\n1 f none $p 0644 root root $size{$p} $s 1000000000\n" .
				"1 i pkginfo " . length($info{$p}) . " " . sum($info{$p}) . " 1000000000\n";
		}
		print $out "# PaCkAgE DaTaStReAm\nbig 1 10\nsmall 1 10\n# end of header\n"; pad(512);
		for my $p (qw(big small)) { member("$p/pkginfo", length $info{$p}, $info{$p}); member("$p/pkgmap", length $map{$p}, $map{$p}); }
		trailer();
		for my $p (qw(big small)) {
			member("pkginfo", length $info{$p}, $info{$p}); member("pkgmap", length $map{$p}, $map{$p});
			member("reloc/$p", $size{$p}, $p eq "big" ? undef : "small\n");
			trailer();
		}
		truncate($out, tell $out);' "$1"
}

@test "a file over 2 GB in a stream, and what lies behind it" {
	long_stream long.pkg
	[ "$(stat -c %s long.pkg)" -gt 2147483649 ]
	[ "$(pkginfo -d long.pkg | awk '{ print $2 }' | xargs)" = "big small" ]
	pkgadd -n -a "$PWD/admin" -d "$PWD/long.pkg" -R "$ROOT" small
	[ "$(cat "$ROOT/small")" = small ]
	[[ $(pkgchk -l -d "$PWD/long.pkg" big) == *"Expected file size (bytes): 2147483649"* ]]
	# every byte takes minutes on a busy machine
	[ -n "${COMMPKG_TEST_LARGE:-}" ] || return 0
	run -0 pkgchk -d "$PWD/long.pkg" big
	[[ $output == *"Checking is complete"* ]]
}

@test "3 GB" {
	[ -n "${COMMPKG_TEST_LARGE:-}" ] || skip "takes minutes and 10 GB: set COMMPKG_TEST_LARGE"
	truncate -s 3G tree/large
	printf 'at the end' | dd of=tree/large bs=1 seek=3221225000 conv=notrunc status=none
	round
}
