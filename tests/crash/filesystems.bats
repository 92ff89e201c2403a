#!/usr/bin/env bats
# A root on the file systems that there are: there and back, and stopped on the way. And on one that
# becomes full, at every moment at which it can.

load ../cli/lib/commpkg

PATH=$O/tests:$PATH

setup()
{
	commpkg_setup
	export SOURCE_DATE_EPOCH=1000000000
	export -f tree_list
	export TREE_LIST
}

# packages [SCRIPT]: what the script writes has the time of now, and is given one that stays. With
# LINKS= there are no hard links.
packages()
{
	local links1=('l opt/web/two=one') links2=('l opt/web/one=f') script=()
	[ -n "${LINKS-yes}" ] || links1=('f opt/web/two') links2=('f opt/web/one')
	[ -z "${1:-}" ] || script=("i $1 <cd \$PKG_INSTALL_ROOT/opt/web && rm -f made && echo \$VERSION >made && touch -d '2020-02-02 02:02:02' made || exit 1\n"
		'i preremove <rm $PKG_INSTALL_ROOT/opt/web/made\n')
	mkpkg web 1.0 'd opt/web' 'f opt/web/f' 'f opt/web/goes' 'e opt/web/c <a=1\n' 'd opt/web/turns' \
		'f opt/web/turns/in' 'd opt/web/turns/deep 0700' 'f opt/web/turns/deep/x' 'f opt/web/one' \
		"${links1[@]}" "${script[@]}"
	mkpkg web 2.0 'd opt/web' 'f opt/web/f' 'e opt/web/c <a=2\n' 'f opt/web/turns' 'f opt/web/two' \
		"${links2[@]}" 's opt/web/s=f' "${script[@]}"
}

# There and back, with what was before exactly; then killed here and there.
ROUND='
	mkdir -p "$ROOT/etc" "$ROOT/opt" "$ROOT/var/lib/keep"
	before=$(tree_list)
	[ -n "${IMAGE:-}" ] || commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	one=$(tree_list)
	commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
	two=$(tree_list)
	[ "$one" != "$two" ]
	commpkg verify -q -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	[ "$(tree_list)" = "$one" ]
	n=7 rc=137 old=0 new=0
	while [ $rc -eq 137 ]; do
		rc=0
		stopat --kill $n -- commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT" >said 2>&1 || rc=$?
		commpkg recover -q -R "$ROOT"
		commpkg verify -q -R "$ROOT"
		case $(tree_list) in
		"$one") old=$((old + 1)) ;;
		"$two") new=$((new + 1)); commpkg undo -qy -R "$ROOT"; [ "$(tree_list)" = "$one" ] ;;
		*) echo "at $n: neither old nor new"; cat said; exit 1 ;;
		esac
		n=$((n + ${STEP:-61}))
	done
	cat said
	[ $rc -eq 0 ]; [ $old -gt 0 ]; [ $new -gt 0 ]
	commpkg uninstall -qy web -R "$ROOT"
	[ -n "${IMAGE:-}" ] || [ "$(tree_list)" = "$before" ]
	[ ! -e "$ROOT/opt/web" ]
'

# on_image TYPE SIZE: the root on a file system in a file.
on_image()
{
	needs_root
	command -v "mkfs.$1" >/dev/null || skip "no mkfs.$1 here"
	truncate -s "$2" image
	"mkfs.$1" -q image >/dev/null 2>&1 || skip "mkfs.$1 does not make one"
	unshare --mount mount -o loop image "$ROOT" 2>/dev/null || skip "no $1 here, or no loop devices"
	packages postinstall
	in_mounts "mount -o loop image \"\$ROOT\"; $ROUND"
}

@test "ext4" {
	on_image ext4 24M
}

@test "xfs" {
	on_image xfs 320M
}

@test "btrfs" {
	on_image btrfs 128M
}

@test "memory" {
	packages postinstall
	in_mounts "mount -t tmpfs none \"\$ROOT\"; $ROUND"
}

# on_overlay [BETWEEN]: over ./lower.
on_overlay()
{
	mkdir -p lower/opt upper
	in_mounts "mount -t tmpfs none upper; mkdir upper/up upper/work
		mount -t overlay -o lowerdir=lower,upperdir=upper/up,workdir=upper/work$([ "$(id -u)" -eq 0 ] || echo ,userxattr) none \"\$ROOT\" || exit 99
		${1:-}
		$ROUND" || [ $? -eq 99 ]
}

@test "an overlay, as in a container" {
	packages
	on_overlay
}

@test "an overlay, with scripts, which are caught in memory" {
	packages postinstall
	on_overlay 'commpkg -n -R "$ROOT" install ./web-1.0.pkg | grep -q "1, caged over the stage"'
}

@test "an overlay over an image that has the package: directories are moved name by name" {
	# The kernel takes hard links of an image apart when one is touched.
	LINKS='' packages postinstall
	ROOT=$PWD/lower commpkg install -qy ./web-1.0.pkg -R "$PWD/lower"
	export IMAGE=1
	on_overlay
}

@test "ext4 below a root on memory" {
	needs_root
	command -v mkfs.ext4 >/dev/null || skip 'no mkfs.ext4 here'
	truncate -s 24M image
	mkfs.ext4 -q image
	unshare --mount mount -o loop image "$ROOT" 2>/dev/null || skip 'no loop devices'
	packages postinstall
	in_mounts "mount -t tmpfs none \"\$ROOT\"; mkdir \"\$ROOT/opt\"; mount -o loop image \"\$ROOT/opt\"; $ROUND"
}

# full MOUNT LEFT...: a script fills what is mounted there (or all of the root) but for so many KiB.
# Then: done, or as before; or, when not even that can be written, recovery does it once there is room.
full()
{
	local at=$1 left
	shift
	for left in "$@"; do
		mkpkg "fill$left" 1.0 "d opt/fill" "f opt/fill/f$left" "f opt/web/g$left" 'f opt/web/f' \
			"i postinstall <cd \$PKG_INSTALL_ROOT/$at && dd if=/dev/zero of=fill bs=4k; truncate -s -${left}k fill; exit 0\n"
	done
	mkpkg web 1.0 'd opt/web' 'f opt/web/f'
	in_mounts "mount -t tmpfs -o size=4m none \"\$ROOT\"; mkdir \"\$ROOT/opt\" \"\$ROOT/var\"
		[ $at = . ] || mount -t tmpfs -o size=1m none \"\$ROOT/$at\"
		commpkg install -qy ./web-1.0.pkg -R \"\$ROOT\"
		before=\$(tree_list)
		done=0 back=0
		for left in $*; do
			rc=0
			commpkg install -qy --pkgOverwrite ./fill\$left-1.0.pkg -R \"\$ROOT\" >said 2>&1 || rc=\$?
			if [ \$rc -eq 10 ]; then
				grep -q 'commpkg recover' said
				rm \"\$ROOT/$at/fill\" 2>/dev/null || mount -o remount,size=8m \"\$ROOT/$at\"
				commpkg recover -q -R \"\$ROOT\"
				rc=1
				[ \"\$before\" = \"\$(tree_list)\" ] || rc=0
			fi
			if [ \$rc -eq 0 ]; then
				done=\$((done + 1))
				[ -f \"\$ROOT/opt/fill/f\$left\" ] || { cat said; exit 1; }
				commpkg undo -qy -R \"\$ROOT\" >said 2>&1 || { rm \"\$ROOT/$at/fill\"; commpkg recover -q -R \"\$ROOT\"; commpkg undo -qy -R \"\$ROOT\"; }
			else
				back=\$((back + 1))
			fi
			[ \"\$before\" = \"\$(tree_list)\" ] || { echo \"left \$left:\"; cat said; diff <(echo \"\$before\") <(tree_list); exit 1; }
			commpkg verify -q -R \"\$ROOT\"
		done
		echo \$done done, \$back back
		[ \$done -gt 0 ] && [ \$((\$back + $BACK)) -gt 0 ]"
}

@test "the root's file system becomes full" {
	BACK=0 full . 0 8 32 64 128 192 400
}

@test "another file system becomes full" {
	# After the scripts nothing more is needed there: so it may be done in any case.
	BACK=1 full opt 0 4 16 64
}

@test "the file system of the state directory becomes full" {
	BACK=0 full var 0 8 32 64 128 256
}
