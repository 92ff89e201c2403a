#!/usr/bin/env bats
# Files and directories that can't be changed: a problem of the plan, or all is taken back.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg web 1.0 'd opt/web' 'f opt/web/f' 'd opt/web/d' 'f opt/web/d/goes' 'f opt/web/z'
	mkpkg web 2.0 'd opt/web' 'f opt/web/f' 'd opt/web/d' 'f opt/web/z' 'f opt/web/new'
}

# fixed COMMANDS: with web 1.0 in a root on memory, where chattr works and nothing outlives it.
fixed()
{
	needs_root
	in_mounts "mount -t tmpfs none \"\$ROOT\"; touch \"\$ROOT/x\"; chattr +i \"\$ROOT/x\"" 2>/dev/null ||
		skip 'no immutable files here'
	run in_mounts "mount -t tmpfs none \"\$ROOT\"; cd \"\$BATS_TEST_TMPDIR\"
		commpkg install -qy ./web-1.0.pkg -R \"\$ROOT\"
		$1"
}

@test "an immutable file is a problem of the plan, with what to type" {
	fixed 'chattr +i "$ROOT/opt/web/f"; commpkg upgrade -n ./web-2.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web/f' can't be changed: it is immutable"* ]]
	[[ $output == *"chattr -i $ROOT/opt/web/f, then type the same again"* ]]
	[[ $output == *"1 problem"* ]]
	fixed 'chattr +a "$ROOT/opt/web/d/goes"; commpkg uninstall -y web -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web/d/goes' can't be changed: it is append-only"* ]]
}

@test "an immutable directory is one problem, however much is to change in it" {
	fixed 'chattr +i "$ROOT/opt/web"; commpkg upgrade -n ./web-2.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web' can't be changed: it is immutable"* ]]
	[[ $output == *"1 problem"* ]]
}

@test "undo, repair and decisions: said before anything is changed, and the root stays" {
	local before='before=$(cd "$ROOT" && find opt -type f -exec sha256sum {} + | sort)'
	local same='[ "$before" = "$(cd "$ROOT" && find opt -type f -exec sha256sum {} + | sort)" ] && commpkg recover -R "$ROOT"'
	fixed "commpkg upgrade -qy ./web-2.0.pkg -R \"\$ROOT\"; chattr +i \"\$ROOT/opt/web/f\"; $before
		rc=0; commpkg undo -y -R \"\$ROOT\" || rc=\$?; $same; exit \$rc"
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web/f' can't be changed: it is immutable"* ]]
	[[ $output == *"chattr -i $ROOT/opt/web/f, then type the same again"* ]]
	[[ $output == *"nothing to recover"* ]]
	fixed "commpkg upgrade -qy ./web-2.0.pkg -R \"\$ROOT\"; chattr +i \"\$ROOT/opt/web\"; $before
		rc=0; commpkg undo -y -R \"\$ROOT\" || rc=\$?; $same; exit \$rc"
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web' can't be changed: it is immutable"* ]]
	fixed "chmod 600 \"\$ROOT/opt/web/f\"; chattr +i \"\$ROOT/opt/web/f\"; $before
		rc=0; commpkg repair -y -R \"\$ROOT\" || rc=\$?; $same; exit \$rc"
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web/f' can't be changed: it is immutable"* ]]
	[[ $output == *"nothing to recover"* ]]
}

@test "what only the end of the scripts shows: said before anything is changed" {
	unshare -m true 2>/dev/null || skip "no namespaces here, so scripts can't be caged"
	mkpkg web 3.0 'd opt/web 0700 root root' 'f opt/web/f' 'f opt/web/z' 'i postinstall <exit 0\n'
	fixed 'chattr +i "$ROOT/var/sadm/install/contents"; commpkg upgrade -y ./web-3.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/var/sadm/install/contents' can't be changed: it is immutable"*'chattr -i '* ]]
	[[ $output != *'taken back'* ]]
	fixed 'chattr +i "$ROOT/opt/web"; commpkg upgrade -n ./web-3.0.pkg -R "$ROOT"'
	[[ $output == *"'/opt/web' can't be changed"*'1 problem'* ]]
}

@test "what does not change may be immutable" {
	fixed 'chattr +i "$ROOT/opt/web/f"; commpkg install -qy ./web-1.0.pkg -R "$ROOT" || :
		chattr +i "$ROOT/opt"; chattr +i "$ROOT/etc" 2>/dev/null || :
		chattr -i "$ROOT/opt/web/f"; commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"'
	[ "$status" -eq 0 ]
}

@test "a directory that we may not write to is a problem of the plan" {
	needs_root
	local weak='setpriv --bounding-set=-dac_override,-dac_read_search'
	$weak true 2>/dev/null || skip 'setpriv does not do it'
	mkdir -p "$ROOT/opt"
	chown 65534 "$ROOT/opt"
	run $weak commpkg install -y ./web-1.0.pkg -R "$ROOT"
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt' can't be changed: cannot write to '/opt': Permission denied"* ]]
	[ -z "$(ls -A "$ROOT/opt")" ]
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
}

# Of all that is busy only this can't be renamed over: programs that run, and open files, can.
@test "a file that this host swaps to is a problem of the plan; a program that runs is none" {
	needs_root
	mkpkg web 1.0 'd opt/web' 'f opt/web/bin/run' 'f opt/web/swap 0600'
	mkpkg web 2.0 'd opt/web' 'f opt/web/bin/run' 'f opt/web/swap 0600'
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	cp "$(command -v sleep)" "$ROOT/opt/web/bin/run"
	"$ROOT/opt/web/bin/run" 100 3>&- &
	commpkg upgrade -qy ./web-2.0.pkg --pkgOverwrite -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	kill %1
	head -c 1048576 /dev/zero >"$ROOT/opt/web/swap"
	mkswap "$ROOT/opt/web/swap" >/dev/null 2>&1 && swapon "$ROOT/opt/web/swap" 2>/dev/null ||
		skip 'no swap file can be had here'
	run commpkg upgrade -y ./web-2.0.pkg -R "$ROOT"
	run -1 commpkg uninstall -n web -R "$ROOT"
	swapoff "$ROOT/opt/web/swap"
	[[ $output == *"'/opt/web/swap' can't be changed: this host swaps to it"* ]]
	[[ $output == *"swapoff $ROOT/opt/web/swap, then type the same again"* ]]
	run -0 commpkg upgrade -y ./web-2.0.pkg -R "$ROOT"
}
