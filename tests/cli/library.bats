#!/usr/bin/env bats
# The library that the other files here stand on.
load lib/commpkg

@test "mkpkg makes a datastream of what it was told" {
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf <a=1\nb=2\n' 'd var/x 0700 daemon sys' 's a=b' \
		'i copyright <Hands off\n' -- ARCH=i386 'P other Other = package' '	1.0'
	[ "$(head -n 1 demo-1.0.pkg)" = '# PaCkAgE DaTaStReAm' ]
	grep -qx '1 d none var/x 0700 daemon sys' spool-1.0/demo/pkgmap
	grep -q '1 e none etc/demo.conf 0644 root root 8 ' spool-1.0/demo/pkgmap
	grep -q '1 f none bin/demo 0755 root root ' spool-1.0/demo/pkgmap
	grep -qx ARCH=i386 spool-1.0/demo/pkginfo
	[ "$(grep -c '^ARCH=' spool-1.0/demo/pkginfo)" -eq 1 ]
	[ "$(cat spool-1.0/demo/install/depend)" = $'P other Other = package\n\t1.0' ]
	[ "$(cat spool-1.0/demo/install/copyright)" = 'Hands off' ]
}

@test "mkpkg fails when pkgmk does" {
	run mkpkg demo 1.0 'f bin/demo' -- PKG=-
	[ "$status" -ne 0 ]
}

@test "tree_digest sees what differs, and not our own state" {
	mkdir -p root/etc
	echo a >root/etc/a
	one=$(tree_digest)
	mkdir -p root/var/lib/commpkg/txn root/var/sadm
	[ "$(tree_digest)" = "$one" ]
	for change in 'echo b >root/etc/a' 'chmod 600 root/etc/a' 'mv root/etc/a root/etc/b' \
		'ln -s a root/etc/l' 'ln root/etc/a root/etc/h' 'mkdir root/d' 'mkdir root/var/log'; do
		cp -a root saved
		eval "$change"
		[ "$(tree_digest)" != "$one" ]
		rm -rf root
		mv saved root
	done
	[ "$(tree_digest)" = "$one" ]
}

@test "must_fail_cleanly tells a refusal from another, from a crash and from silence" {
	must_fail_cleanly 3 sh -c 'echo no; exit 3'
	run must_fail_cleanly 3 sh -c 'echo no; exit 4'
	[ "$status" -eq 1 ]
	run must_fail_cleanly 1 sh -c 'echo ERROR: AddressSanitizer: x; exit 1'
	[ "$status" -eq 1 ]
	run must_fail_cleanly 1 sh -c 'exit 1'
	[ "$status" -eq 1 ]
}
