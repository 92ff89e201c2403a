#!/usr/bin/env bats
# Components: products, shared components and translations, from manifests beside packages.
load lib/commpkg

setup()
{
	commpkg_setup
	cd "$BATS_FILE_TMPDIR" || return 1
	export COMMPKG_DISTRO=$BATS_FILE_TMPDIR/d
}

# One distribution for all tests; they only read it.
setup_file()
{
	mkdir -p "$BATS_FILE_TMPDIR/d"
	cd "$BATS_FILE_TMPDIR/d" || return 1
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR commpkg_setup
	cd "$BATS_FILE_TMPDIR/d" || return 1
	mkpkg COMMms 6.3 'f bin/ms' 'e etc/ms.conf <a=1\n'
	mkpkg COMMms 7.0 'f bin/ms' 'e etc/ms.conf <a=1\n'
	mkpkg COMMold 6.3 'f bin/old'
	mkpkg COMMutil 1 'f bin/util'
	mkpkg COMMlang 7.0 'f share/de'
	mkpkg SUNWtls 3.11 'f /usr/lib/libtls.so'
	mkpkg SUNWtls 3.12 'f /usr/lib/libtls.so'
	rm -rf src spool-*
	mkcomponent MS 6.3 product '<base dir="messaging"/>' '<package name="COMMms" version="6.3"/>' \
		'<package name="COMMold"/>' '<package name="COMMutil"/>' '<requires component="NSS"/>'
	mkcomponent MS 7.0 product '<base dir="messaging"/>' '<package name="COMMms" version="7.0"/>' \
		'<package name="COMMutil"/>' '<package name="COMMlang" when="l10n"/>' \
		'<requires component="NSS" version="&gt;= 3.12"/>' \
		'<requires component="DSSETUP" scope="remote"/>' \
		'<path from="&gt;= 6.0" strategy="in-place"/>'
	mkcomponent MS_L10N 7.0 l10n:MS
	mkcomponent NSS 3.11 shared '<package name="SUNWtls" version="3.11"/>'
	mkcomponent NSS 3.12 shared '<package name="SUNWtls" version="3.12"/>'
	mkcomponent CS 1.0 product '<package name="COMMutil"/>' '<os name="solaris" version="&gt;= 10"/>'
	echo '<?xml version="1.0"?><notes>other XML is nobody'"'"'s business</notes>' >notes.xml
	echo '<component xmlns="urn:commpkg:component:1" id="BAD" version="1"/>' >bad.xml
}

install() { commpkg install -y --allow-unsigned -R "$ROOT" "$@"; }
uninstall() { commpkg uninstall -y -R "$ROOT" "$@"; }
components() { commpkg info --json -R "$ROOT" | python3 -c '
import json, sys
print(" ".join("%s=%s" % (c["component"], c["version"]) for c in json.load(sys.stdin)["results"][0]["components"]))'; }
packages() { commpkg info --list-packages -R "$ROOT" | tr '\n' ';'; }

@test "a component brings its packages and what it needs, below its base" {
	install MS >out 2>&1
	grep -E '^  MS +install +7.0 +2 .*named' out
	grep -E '^  NSS +install +3.12 +1 .*needed by MS' out
	grep -F '! MS 7.0 needs DSSETUP, here or on another host' out
	grep -F 'MS 7.0 (3 packages): installed in' out
	[ "$(components)" = 'MS=7.0 NSS=3.12' ]
	[ "$(packages)" = 'COMMms 7.0 MS;COMMutil 1 MS;SUNWtls 3.12 NSS;' ]
	[ -x "$ROOT/opt/commpkg/messaging/bin/ms" ]
	[ -x "$ROOT/opt/commpkg/messaging/bin/util" ]
	[ -f "$ROOT/usr/lib/libtls.so" ] # not relocatable
	commpkg verify -R "$ROOT"
	commpkg verify --database -R "$ROOT"
}

@test "a dry run shows them, as text and as JSON, and does nothing" {
	commpkg install -n --json --allow-unsigned -R "$ROOT" MS_L10N | python3 -c '
import json, sys
d = json.load(sys.stdin)["results"][0]
got = [(c["component"], c["change"], c["to"], c["packages"], c["base"], c["manual"]) for c in d["components"]]
assert got == [("NSS", "install", "3.12", ["SUNWtls"], None, False),
	("MS", "install", "7.0", ["COMMms", "COMMutil"], "/opt/commpkg/messaging", False),
	("MS_L10N", "install", "7.0", ["COMMlang"], "/opt/commpkg/messaging", True)], got
assert [s["package"] for s in d["steps"]] == ["SUNWtls", "COMMms", "COMMutil", "COMMlang"], d["steps"]'
	[ ! -e "$ROOT/var" ]
}

@test "an upgrade takes what the new version has no more, and undo brings it back" {
	install MS=6.3 NSS=3.11
	tree_list >before
	commpkg info --dump -R "$ROOT" | grep "^id=.*name='MS'" >row
	echo mine >>"$ROOT/opt/commpkg/messaging/etc/ms.conf"
	run commpkg upgrade -y --allow-unsigned -R "$ROOT" MS
	[ "$status" -eq 3 ]
	[[ $output == *"NSS 3.11 (installed, transaction 1) stays: a shared component is upgraded only with --upgradeSC y"* ]]
	[[ $output == *"1) commpkg upgrade -R $ROOT --allow-unsigned --upgradeSC y MS"* ]]
	commpkg upgrade -y -R "$ROOT" --allow-unsigned --upgradeSC y MS >out
	grep -E '^  COMMold +remove +6.3 .*belonged to MS 6.3' out
	[ "$(components)" = 'MS=7.0 NSS=3.12' ]
	[ ! -e "$ROOT/opt/commpkg/messaging/bin/old" ]
	grep -q mine "$ROOT/opt/commpkg/messaging/etc/ms.conf"
	commpkg history -R "$ROOT" | grep -F 'upgrade NSS 3.12, upgrade MS 7.0 (3 packages)'
	commpkg history 2 -R "$ROOT" | grep -E '^  MS +6.3 +7.0$'
	commpkg undo -y -R "$ROOT" >out
	grep -E '^  MS +7.0 +6.3$' out
	[ "$(components)" = 'MS=6.3 NSS=3.11' ]
	sed -i '$d' "$ROOT/opt/commpkg/messaging/etc/ms.conf"
	touch -d '2024-02-29 12:00:00' "$ROOT/opt/commpkg/messaging/etc/ms.conf"
	tree_list | diff before -
	commpkg info --dump -R "$ROOT" | grep "^id=.*name='MS'.*removed=0" | sed 's/^id=[0-9]*//; s/added=[0-9]*//' >row2
	sed 's/^id=[0-9]*//; s/added=[0-9]*//' row | diff - row2
	commpkg verify --database -R "$ROOT"
}

@test "a package of two components goes with the last" {
	install MS CS
	[ "$(packages)" = 'COMMms 7.0 MS;COMMutil 1 CS,MS;SUNWtls 3.12 NSS;' ]
	commpkg owns -R "$ROOT" /opt/commpkg/messaging/bin/util | grep -E ' CS, MS$'
	uninstall MS
	[ "$(packages)" = 'COMMutil 1 CS;SUNWtls 3.12 NSS;' ]
	uninstall CS --autoremove
	[ "$(packages)" = 'SUNWtls 3.12 NSS;' ]
	uninstall --autoremove NSS
	[ "$(components)" = '' ]
	[ "$(packages)" = '' ]
}

@test "a component without a new package is a transaction; what it is made of can't be undone before it" {
	install MS
	install CS >out 2>&1
	grep -F 'CS 1.0 (0 packages): installed in' out
	run commpkg undo -y -R "$ROOT" 1
	[ "$status" -ne 0 ]
	[[ $output == *'transaction 2 (install CS 1.0 (0 packages)) came after 1'* ]]
	commpkg undo -y -R "$ROOT"
	[ "$(components)" = 'MS=7.0 NSS=3.12' ]
	install CS
	commpkg undo -y --to 0 -R "$ROOT"
	[ "$(components)" = '' ]
	[ "$(packages)" = '' ]
	commpkg verify --database -R "$ROOT"
}

@test "what others need is refused, with commands that work" {
	install MS_L10N
	run uninstall MS
	[ "$status" -eq 3 ]
	[[ $output == *'MS_L10N 7.0 (installed, transaction 1) needs MS: only MS 7.0'* ]]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) commpkg //p')
	[ "$fix" = "uninstall -R $ROOT MS MS_L10N" ]
	eval "commpkg $fix -y"
	[ "$(components)" = 'NSS=3.12' ]
	run uninstall NSS
	[ "$status" -eq 3 ]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) commpkg //p')
	[ "$fix" = "uninstall -R $ROOT --autoremove NSS" ]
	eval "commpkg $fix -y"
	[ "$(components)" = '' ]
}

@test "the system of the root counts, not the host's" {
	mkdir -p "$ROOT/etc" "$ROOT/usr/lib"
	install CS >out
	grep -F 'this root does not say which system it is (etc/os-release): whether CS 1.0 runs on it was not checked' out
	uninstall CS
	ln -s ../usr/lib/os-release "$ROOT/etc/os-release"
	printf 'ID=debian\nVERSION_ID="12"\n' >"$ROOT/usr/lib/os-release"
	run install CS
	[ "$status" -eq 3 ]
	[[ $output == *'CS 1.0 (from '*'/CS-1.0.xml) runs on solaris >= 10'* ]]
	[[ $output == *'this root is debian 12 (etc/os-release)'* ]]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) commpkg //p')
	[ "$fix" = "install -R $ROOT --allow-unsigned --OSversionOverride CS" ]
	eval "commpkg $fix -n"
	printf 'ID=solaris\nVERSION_ID=11.4\n' >"$ROOT/usr/lib/os-release"
	install CS >out
	run ! grep -F 'was not checked' out
}

# elf ORDER MACHINE: the first twenty bytes of a program
elf() { printf '\177ELF\2%b\1\0\0\0\0\0\0\0\0\0\2\0%b' "$1" "$2"; }

@test "the machine of an alternate root is the one its programs are made for" {
	mkdir -p "$BATS_TEST_TMPDIR/a" "$ROOT/etc" "$ROOT/usr/bin"
	cd "$BATS_TEST_TMPDIR/a"
	mkcomponent ARM 1 product '<os name="debian" arch="aarch64"/>'
	mkcomponent SPARC 1 product '<os name="debian" arch="sparcv9"/>'
	mkpkg any 1 'f bin/any'
	export COMMPKG_DISTRO=$PWD
	printf 'ID=debian\nVERSION_ID=12\n' >"$ROOT/etc/os-release"
	commpkg install -n -R "$ROOT" ARM # an empty root may become anything
	elf '\1' '\076\0' >"$ROOT/usr/bin/env"
	run -3 commpkg install -n -R "$ROOT" ARM
	[[ $output == *'this root is debian 12 on x86_64'* ]]
	elf '\1' '\0267\0' >"$ROOT/usr/bin/env"
	commpkg install -n -R "$ROOT" ARM
	run -3 commpkg install -n -R "$ROOT" SPARC
	[[ $output == *'on aarch64'* ]]
	elf '\2' '\0\053' >"$ROOT/usr/bin/env"
	commpkg install -n -R "$ROOT" SPARC
	# no link is followed out of it, and what is no program says nothing
	rm "$ROOT/usr/bin/env"
	ln -s "$(command -v env)" "$ROOT/usr/bin/env"
	echo '#!/bin/sh' >"$ROOT/usr/bin/ls"
	commpkg install -n -R "$ROOT" SPARC
}

@test "two components on one port: said beforehand, with where another number goes" {
	mkdir -p "$BATS_TEST_TMPDIR/p"
	cd "$BATS_TEST_TMPDIR/p"
	export COMMPKG_DISTRO=$PWD
	mkpkg ims 1 'f bin/ims' 'e etc/ims.conf <port=143\n'
	mkcomponent IMS 1 product '<base dir="ims"/>' '<package name="ims"/>' \
		'<port default="143" file="etc/ims.conf" key="port"/>' '<port default="53"/>'
	mkcomponent OTHER 1 product '<base dir="other"/>' '<port default="143" file="etc/o.conf" key="port"/>' \
		'<port default="53" protocol="udp"/>'
	run -0 install -n IMS OTHER
	[[ $output == *'! OTHER 1 has port 143 (tcp) as IMS 1 does: another number goes into /opt/commpkg/other/etc/o.conf'* ]]
	[[ $output != *'port 53'* ]]
	install -q IMS
	run -0 install -n OTHER
	[[ $output == *'! OTHER 1 has port 143 (tcp) as IMS 1 does'* ]]
	echo port=1143 >"$ROOT/opt/commpkg/ims/etc/ims.conf"
	run -0 install -n OTHER
	[[ $output != *'has port'* ]]
	run -0 install -n IMS --reinstall
	[[ $output != *'has port'* ]]
}

@test "names: --components, ~NAME, and a broken manifest" {
	commpkg install -y --allow-unsigned -R "$ROOT" --components "MS=6.3 CS"
	[[ $(components) == 'CS=1.0 MS=6.3 NSS='* ]]
	uninstall --all
	[ "$(components)" = '' ]
	[ "$(packages)" = '' ]
	install '~MS=7.0'
	[ "$(components)" = 'NSS=3.12' ]
	must_fail_cleanly 1 install BAD
	[[ $output == *"/bad.xml:1: <component> lacks the element <title>"* ]] || [[ $output == *"/bad.xml:1: "* ]]
	[[ $output == *"commpkg inspect "*"/bad.xml"* ]]
	must_fail_cleanly 1 install MSX
	[[ $output == *"did you mean 'MS'"* ]]
	must_fail_cleanly 2 install --nodeps MS
	[[ $output == *"'MS' is a component: '--nodeps' is for packages"* ]]
}

@test "--installroot is where components go in the default root" {
	commpkg install -n --json --allow-unsigned --installroot /srv/comms MS >out || true
	python3 - out <<-'E'
	import json, sys
	c = json.load(open(sys.argv[1]))["results"][0]["components"]
	assert c[1]["base"] == "/srv/comms/messaging", c
	E
}

@test "info of one" {
	install MS_L10N
	commpkg info -R "$ROOT" MS >out
	grep -E '^  Installed in +/opt/commpkg/messaging$' out
	grep -E '^  Needs +NSS >= 3.12, DSSETUP \(may be on another host\)$' out
	grep -E '^  Needed by +MS_L10N$' out
	commpkg info -R "$ROOT" --files MS | grep -x /opt/commpkg/messaging/bin/ms
	[ "$(commpkg info -R "$ROOT" --listPackages MS_L10N)" = 'COMMlang 7.0 MS_L10N' ]
	must_fail_cleanly 1 commpkg info -R "$ROOT" component:COMMms
}

@test "verify of a component: its packages, and which are not there" {
	install MS CS
	echo x >>"$ROOT/usr/lib/libtls.so"
	commpkg verify -R "$ROOT" MS
	must_fail_cleanly 5 commpkg verify -R "$ROOT" NSS
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	commpkg verify -R "$ROOT" --excludeSC
	pkgrm -n -R "$ROOT" COMMutil
	must_fail_cleanly 5 commpkg verify -R "$ROOT" --components CS
	[[ $output == *"component CS 1.0: package 'COMMutil' is not installed"* ]]
	commpkg info -R "$ROOT" CS | grep -E '^  Missing packages +COMMutil$'
}

@test "repair of a component: its packages, and no others" {
	install MS=6.3 CS --OSversionOverride
	rm "$ROOT/opt/commpkg/messaging/bin/ms" "$ROOT/usr/lib/libtls.so"
	commpkg repair -y -R "$ROOT" MS
	[ -e "$ROOT/opt/commpkg/messaging/bin/ms" ]
	[ ! -e "$ROOT/usr/lib/libtls.so" ]
	commpkg repair -y -R "$ROOT" component:NSS
	[ -e "$ROOT/usr/lib/libtls.so" ]
	commpkg verify -R "$ROOT"
	must_fail_cleanly 1 commpkg repair -y -R "$ROOT" component:MSX
	[[ $output == *"component 'MSX' is not installed"* ]]
}

@test "--reinstall of a component: its packages come again, in the version that it names, and nothing else does" {
	install -q MS=6.3
	echo damaged >"$ROOT/opt/commpkg/messaging/bin/ms"
	rm "$ROOT/opt/commpkg/messaging/bin/util"
	echo b=2 >>"$ROOT/opt/commpkg/messaging/etc/ms.conf"
	echo 'damaged, too' >"$ROOT/usr/lib/libtls.so"
	install --reinstall MS=6.3 >out 2>&1
	grep -E '^  MS +reinstall +6.3 → 6.3 +3 ' out
	grep -E '^  COMMms +reinstall +6.3 → 6.3' out
	run ! grep SUNWtls out
	grep -qx 'b=2' "$ROOT/opt/commpkg/messaging/etc/ms.conf"
	run -5 commpkg verify -R "$ROOT"
	[[ $output == *libtls.so* && $output == *' 1 damaged, 1 edited'* ]]
	install --reinstall NSS
	commpkg verify -R "$ROOT"
	[ "$(packages)" = 'COMMms 6.3 MS;COMMold 6.3 MS;COMMutil 1 MS;SUNWtls 3.12 NSS;' ]
	# a bare name means the newest, and that one again once it is there
	install -q --reinstall MS
	[ "$(components)" = 'MS=7.0 NSS=3.12' ]
	rm "$ROOT/opt/commpkg/messaging/bin/ms"
	install -q --reinstall MS
	commpkg verify -R "$ROOT"
	commpkg hold -R "$ROOT" COMMutil
	run -3 install --reinstall MS
	[[ $output == *'COMMutil 1 (from '*') comes again with it (--reinstall)'*'it is held'* ]]
	[[ $output == *"1) commpkg hold -R $ROOT --remove COMMutil"* ]]
	commpkg hold -R "$ROOT" --remove COMMutil
	mkdir -p "$BATS_TEST_TMPDIR/less"
	cp d/MS-7.0.xml d/NSS-3.12.xml d/COMMms-7.0.pkg "$BATS_TEST_TMPDIR/less/"
	run -0 commpkg install -n --reinstall --allow-unsigned -R "$ROOT" -d "$BATS_TEST_TMPDIR/less" MS
	[[ $output == *'! COMMutil 1 (installed, transaction '*') is left as it is: the distribution does not have it'* ]]
	rm "$BATS_TEST_TMPDIR/less/MS-7.0.xml"
	run -3 commpkg install -n --reinstall --allow-unsigned -R "$ROOT" -d "$BATS_TEST_TMPDIR/less" MS
	[[ $output == *'MS 7.0 (installed, transaction '*') is to come again'*'the distribution does not have it'* ]]
}
