#!/usr/bin/env bats
# Configuration of one host carried to another: info --state there, install --silent here.
load lib/commpkg

# release VERSION BASE: MS, with texts that change from 1.0 to 2.0, or not.
release()
{
	local v=$1 base=$2 b=1
	[ "$v" = 1.0 ] || b=2
	mkdir -p "d$v"
	(
		cd "d$v" || exit
		mkpkg ms "$v" "f version <$v\n" 'e etc/kept.conf 0640 root sys <a=1\nb=1\n' \
			"e etc/merged.conf <a=1\nb=1\nc=1\nd=$b\n" "e etc/clash.conf <a=$b\n" \
			'e etc/gone.conf <a=1\n' "e etc/wanted.conf <a=$b\n" "e etc/same.conf <a=$b\n" \
			"e etc/plain.conf <a=$b\n" "f sbin/test <grep -q ^c=9 \"\$1\" && exit 1; exit 0\n"
		mkcomponent MS "$v" product "<base dir=\"$base\"/>" '<package name="ms"/>' \
			'<config file="etc/merged.conf" merge="keys" validate="sbin/test"/>'
	)
}

setup()
{
	commpkg_setup
	release 1.0 ms
	release 2.0 ms
	commpkg install -qy -d d1.0 MS -R "$ROOT"
	NEW=$BATS_TEST_TMPDIR/new
	mkdir "$NEW"
	old=$ROOT/opt/commpkg/ms/etc
	etc=$NEW/opt/commpkg/ms/etc
	printf 'a=1\nb=mine' >"$old/kept.conf" # no newline at the end
	chmod 600 "$old/kept.conf"
	sed -i s/a=1/a=mine/ "$old/merged.conf"
	echo a=mine >"$old/clash.conf"
	echo a=2 >"$old/same.conf"
	rm "$old/gone.conf" "$old/wanted.conf"
	commpkg info --state -R "$ROOT" >st
}

carry() { commpkg install --silent "${STATE:-st}" -R "$NEW" "$@"; }
newer() { STATE=newest; grep -v ^COMPONENT_VERSIONS st >newest; }

@test "the same release: the same, down to the byte and the mode, and the same state again" {
	carry -d d1.0 >out
	grep -q '/opt/commpkg/ms/etc/kept.conf: as edited elsewhere' out
	tree_digest "$NEW" >digest
	diff -r "$old" "$etc"
	[ "$(stat -c %a "$etc/kept.conf")" = 600 ]
	[ ! -e "$etc/gone.conf" ]
	commpkg config list -R "$NEW" # nothing waits
	commpkg info --state -R "$NEW" | sed "s|$NEW|$ROOT|" | diff st -
	commpkg verify --database -R "$NEW"
	commpkg undo -qy -R "$NEW"
	[ ! -e "$NEW/opt" ]
	commpkg undo 2 -qy -R "$NEW"
	[ "$(tree_digest "$NEW")" = "$(cat digest)" ]
}

@test "what is written can be read, and is what patch wants" {
	grep -qx -e "--- /opt/commpkg/ms/etc/kept.conf	MS=1.0:etc/kept.conf" st
	grep -qx -e "+++ /opt/commpkg/ms/etc/kept.conf	0600 - -" st
	grep -qx -- '-b=1' st
	grep -qx -- '+b=mine' st
	grep -qx -F '\ No newline at end of file' st
	run ! grep plain.conf st
	commpkg install -qy -d d1.0 MS -R "$NEW"
	sed -n '/^---/,$p' st | patch -s -d "$NEW" -p1
	cmp "$old/kept.conf" "$etc/kept.conf"
	cmp "$old/merged.conf" "$etc/merged.conf"
	[ ! -e "$etc/gone.conf" ]
}

@test "a newer release: merged, or a decision that waits, never lost" {
	newer
	run carry -n -d d2.0
	[ "$status" -eq 0 ]
	plan=$output
	[ ! -e "$NEW/opt" ]
	run carry -d d2.0
	echo "$output"
	[ "$status" -eq 101 ]
	[[ $plan == *'merged.conf: merged'*'clash.conf'* || $plan == *'clash.conf'*'merged.conf: merged'* ]]
	[ "$(cat "$etc/kept.conf")" = $'a=1\nb=mine' ]
	[ "$(cat "$etc/merged.conf")" = $'a=mine\nb=1\nc=1\nd=2' ]
	[ "$(cat "$etc/clash.conf")" = a=mine ]
	[ "$(cat "$etc/clash.conf.new")" = a=2 ]
	[ "$(cat "$etc/same.conf")" = a=2 ]
	[ ! -e "$etc/gone.conf" ]
	[ ! -e "$etc/wanted.conf" ]
	[ "$(cat "$etc/wanted.conf.new")" = a=2 ]
	commpkg config list -R "$NEW" >waiting || true
	[ "$(grep -cE 'clash|wanted' waiting)" = 2 ]
	commpkg verify --database -R "$NEW"
	# decided, with the text of then as the common one
	commpkg config diff --marked -R "$NEW" /opt/commpkg/ms/etc/clash.conf >marked || true
	grep -qx a=1 marked
	commpkg config resolve -qy --keep -R "$NEW" /opt/commpkg/ms/etc/clash.conf
	commpkg config resolve -qy --take-new -R "$NEW" /opt/commpkg/ms/etc/wanted.conf
	commpkg config list -R "$NEW"
	[ ! -e "$etc/clash.conf.new" ]
	[ "$(cat "$etc/wanted.conf")" = a=2 ]
	# it is what an upgrade of the old host would have made
	run commpkg upgrade -y -d d2.0 -R "$ROOT"
	[ "$status" -eq 101 ]
	commpkg config resolve -qy --keep -R "$ROOT" /opt/commpkg/ms/etc/clash.conf
	commpkg config resolve -qy --take-new -R "$ROOT" /opt/commpkg/ms/etc/wanted.conf
	diff -r "$old" "$etc"
}

@test "what its component does not accept is as edited, and waits" {
	echo c=9 >>"$old/kept.conf"
	sed -i 's/c=1/c=9/' "$old/merged.conf"
	commpkg info --state -R "$ROOT" >st
	newer
	run carry -d d2.0
	echo "$output"
	[ "$status" -eq 101 ]
	[[ $output == *"the merged text is not accepted by 'sbin/test' of MS"* ]]
	[ "$(cat "$etc/merged.conf")" = $'a=mine\nb=1\nc=9\nd=1' ]
	[ "$(cat "$etc/merged.conf.new")" = $'a=1\nb=1\nc=1\nd=2' ]
	commpkg config list -R "$NEW" >waiting || true
	grep -q merged.conf waiting
}

@test "with scripts that are staged the same" {
	(cd d2.0 && mkpkg more 1.0 'i postinstall <cat $PKG_INSTALL_ROOT/opt/commpkg/ms/etc/clash.conf >$PKG_INSTALL_ROOT/seen\n' 'f more' -- 'P ms ms')
	sed -i 's|<package name="ms"/>|<package name="ms"/><package name="more"/>|' d2.0/*.xml
	newer
	run carry -d d2.0
	[ "$status" -eq 101 ]
	[ "$(cat "$etc/clash.conf")" = a=mine ]
	[ "$(cat "$etc/clash.conf.new")" = a=2 ]
	[ -s "$NEW/seen" ]
}

@test "the component lies elsewhere here: below its own base" {
	release 2.0 messaging
	newer
	run carry -d d2.0
	[ "$status" -eq 101 ]
	[ "$(tail -n 1 "$NEW/opt/commpkg/messaging/etc/kept.conf")" = b=mine ]
}

@test "what has no place here is said, and stays in the state file" {
	(cd d2.0 && mkpkg ms 2.0 'e etc/kept.conf <a=1\nb=1\n' 'e etc/clash.conf <a=2\n' 'f etc/merged.conf')
	mkdir -p "$etc"
	echo there >"$etc/clash.conf"
	newer
	run carry -d d2.0 --record again
	[[ $output == *'the edit of /opt/commpkg/ms/etc/merged.conf is left in the state file: nothing that comes has it as an editable file'* ]]
	[[ $output == *'the edit of /opt/commpkg/ms/etc/clash.conf is left in the state file: /opt/commpkg/ms/etc/clash.conf is there already'* ]]
	[ "$(cat "$etc/clash.conf")" = there ]
	diff <(sed -n '/^---/,$p' st | grep -v '^#') <(sed -n '/^---/,$p' again | grep -v '^#')
}

@test "what is no text is named" {
	printf 'a\0b' >"$old/kept.conf"
	commpkg info --state -R "$ROOT" >st
	grep -q '^#   /opt/commpkg/ms/etc/kept.conf: not text' st
	run ! grep -e '^--- .*kept' st
}

@test "a state file that is damaged" {
	sed 's/^-b=1$/xb=1/' st >bad
	STATE=bad must_fail_cleanly 1 carry -d d1.0
	[[ $output == *"bad:"*": neither ' ', '-' nor '+' as many times as said"* ]]
	sed '/^--- /s|/opt|/../opt|; /^+++ /s|/opt|/../opt|' st >bad
	STATE=bad must_fail_cleanly 1 carry -d d1.0
	[ ! -e "$NEW/opt" ]
}

# What an upgrade in place would have made of it: the hook knows that keys have new names.
@test "a release with other keys: the migration of the component makes of it what is wanted" {
	needs_root # it is caught
	(
		cd d2.0 || exit
		mkpkg ms 2.0 'f version <2.0\n' 'e etc/kept.conf 0640 root sys <a=1\nbb=1\n' 'e etc/clash.conf <aa=2\n' \
			"f lib/migrate 0755 root root <[ \$COMMPKG_FROM,\$COMMPKG_TO,\$1 = 1.0,2.0,\$2 ] || exit 9
grep -q ^doomed= \"\$2/etc/clash.conf\" && { echo it is doomed; exit 3; }
[ \$COMMPKG_DRYRUN = no ] || { echo would rename a in \$2; exit; }
sed -i s/^a=/aa=/ \"\$2/etc/clash.conf\"; sed -i s/^b=/bb=/ \"\$2/etc/kept.conf\"
echo \$COMMPKG_HOOK >\"\$2/ran\"\n"
		mkcomponent MS 2.0 product '<base dir="ms"/>' '<package name="ms"/>' '<migrate from="1.0" exec="lib/migrate" dryrun="yes"/>'
	)
	newer
	grep -q "	MS=1.0:etc/clash.conf" newest
	rmdir "$NEW"
	run carry -n -d d2.0 # of a root that is not there yet
	[ "$status" -eq 0 ]
	[[ $output == *'Migrate    MS from 1.0 to 2.0: lib/migrate'*"would rename a in $NEW/opt/commpkg/ms"* ]]
	[ ! -e "$NEW" ]
	said=$(sed -n '/Migrate/,$p' <<<"$output" | grep -v 'dry run')
	run carry -d d2.0
	[ "$status" -eq 0 ] # nothing waits
	[[ $output == *"$said"* ]]
	[ "$(cat "$etc/clash.conf")" = aa=mine ]
	[ "$(cat "$etc/kept.conf")" = $'a=1\nbb=mine' ]
	[ ! -e "$etc/clash.conf.new" ]
	commpkg config list -R "$NEW"
	commpkg verify --database -R "$NEW"
	# the text of 2.0 is the accepted one
	commpkg info --state -R "$NEW" | grep -A6 "MS=2.0:etc/clash.conf" | grep -qx -e '-aa=2'
	tree_digest "$NEW" >digest
	commpkg undo -qy -R "$NEW"
	[ ! -e "$NEW/opt" ]
	commpkg undo 2 -qy -R "$NEW"
	[ "$(tree_digest "$NEW")" = "$(cat digest)" ]
	commpkg undo -qy -R "$NEW"
	# one that can't be migrated is said beforehand; without a version, or from another, it is merged
	echo doomed=1 >>"$old/clash.conf"
	commpkg info --state -R "$ROOT" >st
	newer
	must_fail_cleanly 1 carry -d d2.0
	[[ $output == *'would fail: exit code 3'*'take the configuration of MS out of the state file'* ]]
	[ ! -e "$NEW/opt" ]
	for other in MS MS=0.9; do
		sed "s/MS=1.0:/$other:/" newest >older
		STATE=older run carry -d d2.0
		[ "$status" -eq 101 ]
		[[ $output != *Migrate* ]]
		[ -e "$etc/clash.conf.new" ]
		commpkg undo -qy -R "$NEW"
	done
}
