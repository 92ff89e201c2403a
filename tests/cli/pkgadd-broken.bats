#!/usr/bin/env bats
# Packages that can't be read, in a directory, a datastream or a zip archive: what each command says
# of them, and that the others beside them can be used (svr4.md 8.9).
load lib/commpkg

setup() {
	commpkg_setup
	printf '%s=nocheck\n' partial runlevel idepend rdepend space setuid conflict action >admin
	printf '%s\n' mail= instance=overwrite basedir=default >>admin
	mkpkg demo 1.0 'd bin' 'f bin/demo' 'e etc/demo.conf' -- BASEDIR=/opt/demo
}

add() { pkgadd -n -a "$PWD/admin" -R "$ROOT" "$@"; }

@test "what is cut off is no matter of words: a package may call itself so" {
	mkdir all
	pkgtrans demo-1.0.pkg "$PWD/all" demo
	sed -i 's/^PKG=.*/PKG=a is cut off b/' all/demo/pkginfo
	run add -d "$PWD/all" demo
	[ "$status" -eq 1 ]
	[[ $output == *'PKG parameter <a is cut off b> does not match'* && $output != *'unable to unpack'* ]]
}

@test "a broken package of a spool does not stand in the way of the others" {
	mkdir all
	mkpkg other 1.0 'f o' 'i copyright <ours\n'
	for p in demo other; do pkgtrans "$p-1.0.pkg" all all; done
	echo more >>all/other/install/copyright
	run add -d all demo
	[ "$status" -eq 0 ]
	run add -d all other
	[ "$status" -eq 1 ]
	[[ $output == *"copyright"*"Installation of <other> failed (internal error)."*"No changes"* ]]
	mkdir spool
	pkgadd -s "$PWD/spool" -d all demo
	run pkgadd -s "$PWD/spool" -d all other
	[ "$status" -eq 1 ]
	[[ $output == *"package <other> can't be read and is left out"* ]]
	[ "$(ls spool)" = demo ]
}

# damaged_spool: good, badmap (a pkgmap nobody can read), badinfo (the same of pkginfo)
damaged_spool() {
	local p
	rm -rf spool-1.0
	for p in good badmap badinfo; do mkpkg "$p" 1.0 "f $p"; done
	echo '1 q none x 0644 root bin 1 1 1' >>spool-1.0/badmap/pkgmap
	sed -i '/^NAME=/d' spool-1.0/badinfo/pkginfo
}

@test "pkginfo or pkgmap that can't be read: only that package is refused, by each command" {
	damaged_spool
	run add -d spool-1.0 badinfo good
	[ "$status" -eq 1 ]
	[[ $output == *"ERROR: NAME parameter is not defined in <"*"/badinfo/pkginfo>"* ]]
	run add -d spool-1.0 badmap
	[ "$status" -eq 1 ]
	[[ $output == *"bad entry read in pkgmap"*"problem=unknown ftype"*"No changes"* ]]
	nothing_installed
	add -d spool-1.0 good
	run --separate-stderr pkginfo -d spool-1.0
	[ "$status" -eq 0 ]
	[ "$(awk '{ print $2 }' <<<"$output")" = good ]
	[[ $stderr == *"WARNING: package <badinfo> is left out: badinfo/pkginfo: parameter NAME"* ]]
	[[ $stderr == *"WARNING: package <badmap> is left out: badmap/pkgmap:4: unknown"* ]]
	run pkginfo -d spool-1.0 badmap
	[ "$status" -eq 1 ]
	run -1 commpkg inspect spool-1.0
	[[ $output == *good*"each with the size and sum"* ]]
	[[ $output == *"package 'badinfo' can't be read"*"package 'badmap' can't be read: badmap/pkgmap:4"* ]]
	[ "$(pkgparam -d spool-1.0 good VERSION)" = 1.0 ]
	[ "$(pkgparam -d spool-1.0 badmap VERSION)" = 1.0 ]
	run pkgchk -d spool-1.0 all
	[ "$status" -eq 1 ]
	[[ $output == *"<badmap> can't be read"*"package <good> from"*"complete"* ]]
	mkdir out
	run pkgtrans spool-1.0 out all
	[ "$status" -eq 1 ]
	[ "$(ls out)" = good ]
	run pkgtrans -s spool-1.0 out.pkg badmap
	[ "$status" -eq 1 ]
	[ ! -e out.pkg ]
	pkgtrans -s spool-1.0 out.pkg good
	commpkg -y -R "$PWD/other" --distro spool-1.0 install good
	[ -f other/good ]
	run -1 commpkg -y -R "$PWD/other" --distro spool-1.0 install badmap
	[[ $output == *"'badmap' is not in the distribution"*"badmap/pkgmap:4: unknown"* ]]
}

@test "payload that no pkgmap lists is passed over, and inspect tells" {
	mkdir all
	pkgtrans demo-1.0.pkg all demo
	echo more >all/demo/reloc/bin/more
	add -d all demo
	[ -e "$ROOT/opt/demo/bin/demo" ]
	[ ! -e "$ROOT/opt/demo/bin/more" ]
	run commpkg inspect all
	[ "$status" -eq 0 ]
	[[ $output == *"'reloc/bin/more' is in no line of its pkgmap"* ]]
	mkdir copy
	pkgtrans all copy all
	[ ! -e copy/demo/reloc/bin/more ]
	# a script that nobody vouches for is another matter
	mkdir all/demo/install
	echo 'touch $PKG_INSTALL_ROOT/ran' >all/demo/install/postinstall
	run add -d all demo
	[ "$status" -eq 1 ]
	[[ $output == *"'install/postinstall' is not listed in pkgmap"* ]]
	[ ! -e "$ROOT/ran" ]
}

# damaged_stream: all.pkg with good, badinfo, badmap, badpart and zlast, in that order
damaged_stream() {
	local p
	rm -rf spool-1.0
	for p in good zlast; do mkpkg "$p" 1.0 "f $p"; done
	for p in badinfo badmap badpart; do
		mkpkg "$p" 1.0 "f $p" "i copyright <words of $p\n"
	done
	pkgtrans -o -s "$PWD/spool-1.0" "$PWD/all.pkg" good badinfo badmap badpart zlast
	LC_ALL=C sed -i -e 's/^NAME=badinfo/NOME=badinfo/' -e 's/^1 f none badmap/1 q none badmap/' \
		-e 's/words of badpart/Words of badpart/' all.pkg
}

@test "broken packages of a stream do not keep the sound ones from it, by each command" {
	damaged_stream
	run add -d all.pkg badinfo
	[ "$status" -eq 1 ]
	[[ $output == *"ERROR: NAME parameter is not defined in <"*"/badinfo/pkginfo>"*"No changes"* ]]
	run add -d all.pkg badmap
	[ "$status" -eq 1 ]
	[[ $output == *"bad entry read in pkgmap"*"problem=unknown ftype"*"No changes"* ]]
	run add -d all.pkg badpart
	[ "$status" -eq 1 ]
	[[ $output == *"'copyright' has the sum"*"Installation of <badpart> failed"*"No changes"* ]]
	nothing_installed
	# and with all of them the run ends at the first that is broken, as SVR4's does
	run add -d all.pkg
	[ "$status" -eq 1 ]
	[ -e "$ROOT/good" ]
	[ ! -e "$ROOT/zlast" ]
	gzip -k all.pkg
	add -d all.pkg.gz zlast
	[ -e "$ROOT/zlast" ]
	pkgchk -R "$ROOT" good zlast

	run --separate-stderr pkginfo -d all.pkg
	[ "$status" -eq 0 ]
	[ "$(awk '{ print $2 }' <<<"$output" | xargs)" = "badpart good zlast" ]
	[[ $stderr == *"<badinfo> is left out"*"<badmap> is left out"* ]]
	run -6 commpkg inspect all.pkg
	[[ $output == *zlast*"each with the size and sum"*"'badpart' can't be read"* ]]
	[ "$(pkgparam -d all.pkg zlast VERSION)" = 1.0 ]
	run pkgchk -d all.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"<badpart> can't be read"*"package <good> from"*"package <zlast> from"* ]]
	mkdir out
	run pkgtrans all.pkg out all
	[ "$status" -eq 1 ]
	[ "$(ls out | xargs)" = "good zlast" ]
	diff -r spool-1.0/zlast out/zlast
	# commpkg takes a stream as a whole, and says why it does not
	run -1 commpkg install -y -R "$ROOT" ./all.pkg
	[[ $output == *badinfo* ]]
}

@test "where a stream is no archive any more: what is before can be used, what is behind is named" {
	local at
	damaged_stream
	# the header of the member that comes behind this one
	at=$(LC_ALL=C grep -abo 'Words of badpart' all.pkg | head -1 | cut -d: -f1)
	printf 'garbage' | dd of=all.pkg bs=1 seek=$((at + 20)) conv=notrunc status=none
	add -d all.pkg good
	[ -e "$ROOT/good" ]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d "$PWD/all.pkg" zlast </dev/null
	[ "$status" -eq 1 ]
	[[ $output == *"unable to unpack datastream"*"broken at byte"* ]]
	[ ! -e "$ROOT/zlast" ]
	run pkgchk -d all.pkg good
	[ "$status" -eq 0 ]
}

@test "a broken package of a zip archive does not keep the others from it" {
	command -v python3 >/dev/null || skip "no python3 here"
	damaged_spool
	(cd spool-1.0 && python3 -m zipfile -c ../all.zap good badmap badinfo)
	add -d "$PWD/all.zap" good
	[ -e "$ROOT/good" ]
	run add -d "$PWD/all.zap" badmap
	[ "$status" -eq 1 ]
	[[ $output == *"bad entry read in pkgmap"*"No changes"* ]]
	run add -d "$PWD/all.zap" badinfo
	[[ $output == *"ERROR: NAME parameter is not defined in <"*"/badinfo/pkginfo>"* ]]
}

@test "a stream that ends too early is said before anything else" {
	mkpkg legal 1.0 "f l <$(printf 'x%.0s' {1..3000})" 'i copyright <ours\n'
	head -c 4500 legal-1.0.pkg >cut.pkg
	run --separate-stderr add -d cut.pkg all
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == "pkgadd: ERROR: unable to unpack datastream"* ]]
	run pkgadd -a "$PWD/admin" -R "$ROOT" -d cut.pkg legal </dev/null
	[[ $output == *"is cut off or broken at byte"* ]]
}
