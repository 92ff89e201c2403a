#!/usr/bin/env bats
# deb2pkg: what becomes of a Debian package. The packages are made here, with ar and tar.
load lib/commpkg

setup()
{
	commpkg_setup
	command -v ar >/dev/null && command -v bsdtar >/dev/null || skip "no ar or bsdtar"
	mkdir -p c d out
}

# tarball DIR NAME.tar.COMPRESSION: the directory, owned by root
tarball()
{
	local filter=
	case $2 in
	*.gz) filter=--gzip ;;
	*.xz) filter=--xz ;;
	*.zst) filter=--zstd ;;
	*.bz2) filter=--bzip2 ;;
	esac
	(cd "$1" && find . | LC_ALL=C sort) >names
	bsdtar --format=gnutar --uid 0 --gid 0 --uname root --gname root $filter -n -T names \
		-cf "$2" -C "$1"
}

# control FIELD... after the required ones
control()
{
	printf '%s\n' 'Package: demo' 'Version: 1:1.0-2' 'Architecture: amd64' \
		'Maintainer: A. U. Thor <a@example.org>' 'Section: non-free/libs' \
		'Description: a demo' ' with more lines' ' .' ' to it' "$@" >c/control
}

# mkdeb [CONTROL-SUFFIX [DATA-SUFFIX]] makes demo.deb of c/ and d/
mkdeb()
{
	[ -e c/control ] || control
	echo 2.0 >debian-binary
	rm -f demo.deb control.tar* data.tar*
	tarball c "control.tar${1-.xz}"
	tarball d "data.tar${2-.xz}"
	ar -qcD demo.deb debian-binary "control.tar${1-.xz}" "data.tar${2-.xz}"
}

# unpack: the package as a directory below spool/
unpack()
{
	rm -rf spool
	mkdir spool
	pkgtrans -o "$PWD/out/demo.pkg" "$PWD/spool" all >/dev/null 2>&1
}

line() { grep -qxF -e "$1" "spool/demo/$2" || { cat "spool/demo/$2"; return 1; }; }

@test "metadata, contents, links and modes come over" {
	mkdir -p d/usr/bin d/etc
	echo conf >d/etc/demo.conf
	echo '#!/bin/sh' >d/usr/bin/demo
	chmod 4755 d/usr/bin/demo
	ln d/usr/bin/demo d/usr/bin/demo2
	mkdir d/usr/lib
	ln d/usr/bin/demo d/usr/lib/zdemo
	ln -s ../bin/demo d/usr/lib/link
	touch -d @1000000000 d/usr/bin/demo d/etc/demo.conf
	echo /etc/demo.conf >c/conffiles
	mkdeb
	run deb2pkg -o out demo.deb
	[ "$status" -eq 0 ]
	[ "$output" = out/demo.pkg ]
	unpack
	line PKG=demo pkginfo
	line 'NAME=a demo' pkginfo
	line ARCH=x86_64 pkginfo
	line VERSION=1:1.0-2 pkginfo
	line CATEGORY=application,libs pkginfo
	line 'VENDOR=A. U. Thor <a@example.org>' pkginfo
	line BASEDIR=/ pkginfo
	line CLASSES=none pkginfo
	line DEB_PACKAGE=demo pkginfo
	sum=$(sum -s <d/usr/bin/demo | cut -d ' ' -f 1)
	line "1 f none usr/bin/demo 4755 root root 10 $sum 1000000000" pkgmap
	line '1 l none usr/bin/demo2=demo' pkgmap
	line '1 l none usr/lib/zdemo=../bin/demo' pkgmap
	line '1 s none usr/lib/link=../bin/demo' pkgmap
	grep -q '^1 e none etc/demo.conf 0644 root root 5 ' spool/demo/pkgmap
	line '1 d none usr/lib 0755 root root' pkgmap
	cmp d/usr/bin/demo spool/demo/reloc/usr/bin/demo
	cmp d/etc/demo.conf spool/demo/reloc/etc/demo.conf
	[ "$(ls -A out)" = demo.pkg ]
}

@test "every compression that dpkg has" {
	echo x >d/x
	for s in '.gz .gz' '.xz .xz' '.zst .zst' ' ' '.xz .bz2'; do
		read -r c d_ <<<"$s"
		mkdeb "$c" "$d_"
		deb2pkg -q -o out demo.deb
		unpack
		cmp d/x spool/demo/reloc/x
	done
}

@test "-z compresses, and the package is the same" {
	echo x >d/x
	mkdeb
	deb2pkg -q -z -o out demo.deb
	[ "$(head -c 4 out/demo.pkg | od -An -tx1 | tr -d ' ')" = 28b52ffd ]
	unpack
	cmp d/x spool/demo/reloc/x
}

@test "the same package gives the same bytes" {
	echo x >d/x
	mkdeb
	deb2pkg -q -o out demo.deb
	cp out/demo.pkg first
	sleep 1
	deb2pkg -q -o out demo.deb
	cmp first out/demo.pkg
}

@test "relations are kept whole, and depend says what it can" {
	control 'Pre-Depends: libc6 (>= 2.34)' \
		'Depends: python3.11:any, a | b (<< 2~),' ' zz (= 1.0-1)' \
		'Recommends: r1, r2' 'Suggests: s' \
		'Conflicts: mta, old' 'Breaks: lib (<< 3)' 'Replaces: old, lib (<< 3)' \
		'Provides: mta, demo-abi (= 7)'
	mkdeb
	deb2pkg -q -o out demo.deb
	unpack
	cat >want <<-'END'
		scheme deb
		provides deb:demo = 1:1.0-2
		provides deb:mta
		provides deb:demo-abi = 7
		requires deb:libc6 (>= 2.34)
		requires deb:python3.11
		requires deb:a | deb:b (<< 2~)
		requires deb:zz (= 1.0-1)
		recommends deb:r1
		recommends deb:r2
		conflicts deb:mta
		conflicts deb:old
		conflicts deb:lib (<< 3)
		replaces deb:old
		replaces deb:lib (<< 3)
	END
	diff want spool/demo/install/relations
	grep -q '^P libc6 libc6$' spool/demo/install/depend
	grep -q '^P python3-11-........ python3.11$' spool/demo/install/depend
	grep -A1 '^P zz zz$' spool/demo/install/depend | grep -qx '[[:space:]]*1.0-1'
	grep -q '^I old old$' spool/demo/install/depend
	! grep -qE ' (a|b|mta|lib) ' spool/demo/install/depend
}

@test "names that are no PKG are changed, and differ" {
	control
	for n in python3.11 python3-11 0ad a-name-that-is-much-longer-than-thirty-two; do
		sed -i "1s/.*/Package: $n/" c/control
		mkdeb
		deb2pkg -q -o out demo.deb
	done
	ls out >list
	[ "$(wc -l <list)" -eq 4 ]
	grep -qx 'python3-11.pkg' list
	grep -qxE 'python3-11-[0-9a-f]{8}.pkg' list
	grep -qxE 'd0ad-[0-9a-f]{8}.pkg' list
	grep -qxE 'a-name-that-is-much-lon-[0-9a-f]{8}.pkg' list
}

@test "maintainer scripts are left out with a note" {
	echo 'exit 0' | tee c/postinst >c/prerm
	mkdeb
	deb2pkg -o out demo.deb 2>notes
	grep -q '^deb2pkg: demo: maintainer scripts left out: .*postinst' notes
	unpack
	[ ! -e spool/demo/install/postinst ]
	grep -q '^DEB_SCRIPTS=.*prerm' spool/demo/pkginfo
}

@test "names that a pkgmap can't say are refused, or left out with a note" {
	echo x >'d/a b'
	ln 'd/a b' d/z
	echo y >'d/c=d'
	echo w >d/good
	mkdeb
	run deb2pkg -o out demo.deb
	[ "$status" -eq 1 ]
	[[ $output == *"a pkgmap can't say '"*"--skip-unsayable"* ]]
	[ ! -e out/demo.pkg ]
	run deb2pkg --skip-unsayable -o out demo.deb
	[ "$status" -eq 0 ]
	[[ $output == *"left out 'a b': a blank"* ]]
	[[ $output == *"left out 'z': a hard link to what was left out"* ]]
	[[ $output == *"left out 'c=d': '='"* ]]
	unpack
	[ "$(ls spool/demo/reloc)" = good ]
}

@test "pipes are kept, device 0,0 is refused" {
	mkfifo d/pipe
	mkdeb
	deb2pkg -q -o out demo.deb
	unpack
	grep -q '^1 p none pipe 0644 root root$' spool/demo/pkgmap
	printf '#mtree\n./null type=char device=linux,0,0 mode=0666 uname=root gname=root\n' >m
	bsdtar --format=gnutar -cf data.tar @m
	ar -qcD dev.deb debian-binary control.tar.xz data.tar
	run deb2pkg -o out dev.deb
	[ "$status" -eq 1 ]
	[[ $output == *"device 0,0"* ]]
}

@test "several at once: one that fails does not stop the rest" {
	mkdeb
	echo garbage >bad.deb
	run deb2pkg -q -o out bad.deb demo.deb
	[ "$status" -eq 1 ]
	[[ $output == *"'bad.deb'"* ]]
	[ -e out/demo.pkg ]
}

@test "two that become one package are refused" {
	mkdeb
	cp demo.deb again.deb
	run deb2pkg -q -o out demo.deb again.deb
	[ "$status" -eq 1 ]
	[[ $output == *"are both package demo"* ]]
}

# refused FILE WORDS
refused()
{
	run deb2pkg -o out "$1"
	[ "$status" -eq 1 ] && [[ $output == *"$2"* ]] && [ -z "$(ls -A out)" ] || {
		printf '%s\n' "$output"
		return 1
	}
}

@test "archives that are no Debian package are refused" {
	echo x >d/x
	mkdeb
	echo odd >odd
	echo 3.0 >v3 && cp v3 debian-binary
	ar -qcD version.deb debian-binary control.tar.xz data.tar.xz
	refused version.deb "only version 2 is known"
	echo 2.0 >debian-binary
	ar -qcD order.deb debian-binary data.tar.xz control.tar.xz
	refused order.deb "data.tar.xz where control.tar should be"
	ar -qcD first.deb control.tar.xz data.tar.xz
	refused first.deb "does not begin with debian-binary"
	ar -qcD more.deb debian-binary control.tar.xz data.tar.xz odd
	refused more.deb "odd: a member that no Debian package has"
	ar -qcD twice.deb debian-binary control.tar.xz control.tar.xz
	refused twice.deb "where data.tar should be"
	ar -qcD none.deb debian-binary control.tar.xz
	refused none.deb "the end where data.tar should be"
	cp data.tar.xz data.tar.Z
	ar -qcD comp.deb debian-binary control.tar.xz data.tar.Z
	refused comp.deb "unknown compression"
	echo sig >_gpgorigin
	ar -qcD signed.deb debian-binary control.tar.xz data.tar.xz _gpgorigin
	deb2pkg -q -o out signed.deb
}

@test "cut off anywhere, it is refused" {
	head -c 3000 /dev/urandom >d/x
	mkdeb
	size=$(stat -c %s demo.deb)
	for n in 0 7 8 40 68 $((size / 3)) $((size / 2)) $((size - 200)) $((size - 8)); do
		head -c "$n" demo.deb >cut.deb
		run deb2pkg -o out cut.deb
		[ "$status" -eq 1 ] || { echo "at $n of $size"; false; }
		[ -z "$(ls -A out)" ]
	done
}

@test "paths that lead elsewhere are refused" {
	mkdeb
	for p in ../../etc/passwd /etc/passwd usr/../../x; do
		printf '#mtree\n%s type=file size=0 mode=0644\n' "$p" >m
		printf 'x' >x
		bsdtar --format=gnutar -P -s ",^x\$,$p," -cf data.tar x
		ar -qcD bad.deb debian-binary control.tar.xz data.tar
		refused bad.deb "path '"
		rm bad.deb
	done
}

@test "a control file that is none is refused" {
	for text in 'no field here' 'Package: UPPER' 'Package: x' "Package: demo
Package: demo" ; do
		printf '%s\n' "$text" >c/control
		mkdeb
		refused demo.deb control
	done
	control 'Depends: a b'
	mkdeb
	refused demo.deb "Depends: no ',' or '|'"
	rm c/control
	mkdir -p c2 && echo x >c2/postinst
	tarball c2 control.tar.gz
	tarball d data.tar.gz
	rm -f none.deb
	ar -qcD none.deb debian-binary control.tar.gz data.tar.gz
	refused none.deb "there is no control file"
}

@test "what unpacks to far more than it is, is refused" {
	truncate -s 300M d/zeros
	echo 2.0 >debian-binary
	control
	tarball c control.tar.gz
	bsdtar --format=ustar --zstd --options zstd:compression-level=19 -cf data.tar.zst -C d zeros
	ar -qcD bomb.deb debian-binary control.tar.gz data.tar.zst
	refused bomb.deb "unpacks to far more than it is"
}

@test "usage" {
	run deb2pkg
	[ "$status" -eq 2 ]
	run deb2pkg --help
	[ "$status" -eq 0 ]
	[[ $output == *--skip-unsayable* ]]
	run deb2pkg nonexistent.deb
	[ "$status" -eq 1 ]
	[[ $output == *"cannot open 'nonexistent.deb'"* ]]
}

@test "an index becomes a catalog; among providers the priority decides" {
	cat >Packages <<-'P'
	Package: base
	Version: 1:12.4
	Architecture: amd64
	Installed-Size: 300
	Pre-Depends: awk
	Priority: required
	Filename: pool/b/base_12.4_amd64.deb
	Size: 70
	SHA256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	Package: gawk
	Version: 5
	Architecture: amd64
	Provides: awk
	Priority: optional
	Filename: ./gawk.deb
	Size: 90
	SHA256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	Package: mawk
	Version: 1
	Architecture: amd64
	Provides: awk
	Priority: required
	Filename: mawk.deb
	Size: 90
	SHA256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	P
	mkdir index
	run deb2pkg --index Packages -o index
	[ "$status" -eq 0 ] && [ "$output" = "index/repo.xml: 3 packages" ]
	grep -q '<medium path="gawk.deb" size="90"' index/catalog.xml
	grep -q 'name="base" arch="x86_64" version="1:12.4" .*payload="307200" priority="4"' index/catalog.xml
	run commpkg install -n -R "$ROOT" -d index base --allow-unsigned
	[ "$status" -eq 1 ] && [[ $output == *"'index/mawk.deb' is missing"* ]] # the largest is wanted first
	sed -i '/^SHA256/d' Packages
	run deb2pkg --index Packages -o index
	[ "$status" -eq 1 ] && [[ $output == *"Packages:1: a package without Filename, Size or SHA256"* ]]
	run deb2pkg --name python3.11 mawk
	[ "$output" = "python3-11-72e78dda"$'\n'"mawk" ]
}
