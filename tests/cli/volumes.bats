#!/usr/bin/env bats
# Other file systems are mounted below the root: a transaction has a part on each that it changes.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg web 1.0 'd opt/web' 'f opt/web/f' 'f opt/web/goes' 'e opt/web/c <a=1\n' 'f opt/web/suid 4755 root root' \
		'f etc/web' 'd opt/web/turns' 'f opt/web/turns/in'
	mkpkg web 2.0 'd opt/web' 'f opt/web/f' 'e opt/web/c <a=2\n' 'f opt/web/g' 'f opt/web/suid 4755 root root' \
		'f etc/web' 'f opt/web/turns' 's opt/web/l=f' 'l opt/web/hard=f'
	# Functions for the namespaces.
	export -f tree_list
	export TREE_LIST
}

# What every test does once something is mounted: there and back.
ROUND='
	mkdir -p "$ROOT/etc" "$ROOT/opt" "$ROOT/var/lib/keep"
	before=$(tree_list)
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	one=$(tree_list)
	commpkg verify -q -R "$ROOT"
	commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
	two=$(tree_list)
	[ "$one" != "$two" ]
	commpkg verify -q -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	[ "$(tree_list)" = "$one" ]
	commpkg undo 3 -qy -R "$ROOT"
	[ "$(tree_list)" = "$two" ]
	commpkg uninstall -qy web -R "$ROOT"
	[ "$(tree_list)" = "$before" ] || diff <(echo "$before") <(tree_list)
	commpkg undo --to 1 -qy -R "$ROOT"
	[ "$(tree_list)" = "$one" ]
	commpkg undo --to 0 -qy -R "$ROOT"
	[ "$(tree_list)" = "$before" ] || diff <(echo "$before") <(tree_list)
'

# No stage, and none of our directories where nothing is kept.
NO_LEAVINGS='
	[ -z "$(find "$ROOT" -path "*/.commpkg/*/txn/*" -o -path "*/var/lib/commpkg/txn/*")" ]
'

@test "a file system below the root: install, upgrade, undo, redo, uninstall and all the way back" {
	mkdir -p "$ROOT/opt"
	in_mounts "mount -t tmpfs none \"\$ROOT/opt\"; $ROUND $NO_LEAVINGS"
}

@test "a directory that is bound from the same file system" {
	mkdir -p "$ROOT/opt" elsewhere
	in_mounts "mount --bind elsewhere \"\$ROOT/opt\"; $ROUND $NO_LEAVINGS"
}

@test "the state directory lies on another file system than the root" {
	mkdir -p "$ROOT/var"
	in_mounts "mount -t tmpfs none \"\$ROOT/var\"; $ROUND $NO_LEAVINGS"
}

@test "three file systems, one in another one" {
	mkdir -p "$ROOT/opt" "$ROOT/var/lib/commpkg"
	in_mounts "mount -t tmpfs none \"\$ROOT/opt\"; mkdir \"\$ROOT/opt/web\"
		mount -t tmpfs -o mode=0755 none \"\$ROOT/opt/web\"; mount -t tmpfs -o mode=0755 none \"\$ROOT/var/lib/commpkg\"
		$ROUND $NO_LEAVINGS"
}

@test "what is kept lies on the file system that it was on, for us alone, and without set-id bits" {
	mkdir -p "$ROOT/opt"
	in_mounts 'mount -t tmpfs none "$ROOT/opt"
		commpkg install -qy ./web-1.0.pkg -R "$ROOT"
		commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
		[ "$(stat -c %a:%u "$ROOT/opt/.commpkg")" = 700:0 ]
		cd "$ROOT"/opt/.commpkg/*/undo/2.1/old/web
		[ "$(stat -c %a suid)" = 755 ]; grep -q "1.0" f; [ -f turns/in ]; [ -f goes ]'
}

@test "nothing is left when a plan is not carried out" {
	mkdir -p "$ROOT/opt"
	mkpkg bad 1.0 'd opt/bad' 'f opt/bad/f' 'i postinstall <echo x >$PKG_INSTALL_ROOT/opt/x; exit 1\n'
	head -c -600 web-1.0.pkg >cut.pkg
	in_mounts 'mount -t tmpfs none "$ROOT/opt"
		commpkg install -qy ./cut.pkg -R "$ROOT" && exit 1
		[ -z "$(ls -A "$ROOT/opt")" ]
		commpkg install -qy ./bad-1.0.pkg -R "$ROOT" && exit 1
		[ -z "$(ls -A "$ROOT/opt")" ]
		commpkg install -n ./web-1.0.pkg -R "$ROOT"
		[ -z "$(ls -A "$ROOT/opt")" ]
		commpkg install -qy --no-keep ./web-1.0.pkg -R "$ROOT"
		[ "$(ls -A "$ROOT/opt")" = web ]'
}

@test "scripts see, and change, all file systems of the root that can be written to" {
	mkdir -p "$ROOT/opt" "$ROOT/srv" "$ROOT/ro"
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/f' 'i postinstall <cd $PKG_INSTALL_ROOT && cat opt/demo/f && ls -A opt/.commpkg srv/.commpkg && echo a >opt/demo/made && mkdir srv/demo && echo b >srv/demo/made && ln srv/demo/made srv/demo/hard && rm srv/old && chmod 0711 srv && chown 7 srv/mine && echo c >top && ! touch ro/x && ! touch opt/.commpkg/x\n'
	mkpkg demo 2.0 'd opt/demo' 'f opt/demo/f' 'i postinstall <cd $PKG_INSTALL_ROOT && rm -r srv/demo opt/demo/made top && mkdir top && echo d >srv/demo\n'
	in_mounts "mount -t tmpfs none \"\$ROOT/opt\"; mount -t tmpfs -o mode=0755 none \"\$ROOT/srv\"
		mount -t tmpfs -o ro none \"\$ROOT/ro\"
		echo old >\$ROOT/srv/old; echo mine >\$ROOT/srv/mine; old=\$(stat -c %u \$ROOT/srv/mine)
		before=\$(tree_list)
		commpkg install -qy ./demo-1.0.pkg -R \"\$ROOT\"
		one=\$(tree_list)
		cd \$ROOT
		[ \$(cat opt/demo/made) = a ]; [ \$(stat -c %h srv/demo/hard) = 2 ]; [ ! -e srv/old ]
		[ \$(stat -c %a srv) = 711 ]; [ \$(cat top) = c ]
		cd - >/dev/null
		commpkg upgrade -qy ./demo-2.0.pkg -R \"\$ROOT\"
		[ \$(cat \$ROOT/srv/demo) = d ]; [ -d \$ROOT/top ]; [ ! -e \$ROOT/opt/demo/made ]
		commpkg undo -qy -R \"\$ROOT\"
		[ \"\$(tree_list)\" = \"\$one\" ]
		commpkg undo --to 0 -qy -R \"\$ROOT\"
		[ \"\$(tree_list)\" = \"\$before\" ] || diff <(echo \"\$before\") <(tree_list)
		$NO_LEAVINGS"
}

@test "a hard link to another file system is a problem of the plan" {
	mkdir -p "$ROOT/opt"
	mkpkg link 1.0 'd opt/link' 'f opt/link/f' 'd usr' 'l usr/f=../opt/link/f'
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -y ./link-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/usr/f' can't be a hard link to '/opt/link/f', which is on another file system"* ]]
}

@test "a file system that can't be written to is a problem of the plan" {
	mkdir -p "$ROOT/opt"
	run in_mounts 'mount -t tmpfs -o ro none "$ROOT/opt"; commpkg install -n ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"what is mounted at '/opt' can't be changed: "*"Read-only file system"* ]]
	[[ $output == *"1 problem"* ]]
}

@test "room is counted on each file system" {
	mkdir -p "$ROOT/opt"
	run in_mounts 'mount -t tmpfs -o size=64k none "$ROOT/opt"; commpkg install -n ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'$ROOT/opt' needs "*" KiB of free space, and has 64 KiB"* ]]
	run in_mounts 'mount -t tmpfs -o size=1m none "$ROOT/opt"; commpkg install -n ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 0 ]
	[[ $output == *"KiB of 1.0 MiB at $ROOT/opt"* ]]
	in_mounts 'mount -t tmpfs -o size=1m none "$ROOT/opt"; commpkg install -n --json ./web-1.0.pkg -R "$ROOT"' |
		python3 -c 'import json, sys
v = json.load(sys.stdin)["results"][0]["volumes"]
assert [x["path"] for x in v] == [sys.argv[1], sys.argv[1] + "/opt"], v
assert v[1]["have_bytes"] == 1 << 20 and v[1]["mounted"] == "none (tmpfs)", v
assert all(x["need_bytes"] > 70000 for x in v), v' "$ROOT"
}

@test "repair looks for room on each file system that it puts something on" {
	mkdir -p "$ROOT/opt"
	mkpkg big 1.0 'd opt/big' "f opt/big/x <$(printf %0100000d 0)\n"
	run in_mounts 'mount -t tmpfs -o size=2m none "$ROOT/opt"
		commpkg install -qy ./big-1.0.pkg -R "$ROOT"
		: >"$ROOT/opt/big/x"
		head -c 1500000 /dev/zero >"$ROOT/opt/full"
		commpkg repair -y ./big-1.0.pkg -R "$ROOT" || echo "exit $?"
		[ ! -s "$ROOT/opt/big/x" ] && rm "$ROOT/opt/full"
		commpkg repair -qy ./big-1.0.pkg -R "$ROOT" && [ -s "$ROOT/opt/big/x" ] && echo mended'
	[[ $output == *"/opt' needs "*" KiB of free space, and has "*'exit 1'*mended ]]
}

@test "what is not ours at the top of a file system is not used, nor followed" {
	mkdir -p "$ROOT/opt" canary
	local make
	for make in 'ln -s "$PWD/canary" .commpkg' 'mkdir -m 777 .commpkg' 'touch .commpkg' \
		'mkdir -m 700 .commpkg; mount -t tmpfs none .commpkg; chmod 700 .commpkg'; do
		run in_mounts "mount -t tmpfs none \"\$ROOT/opt\"; here=\$PWD; cd \$ROOT/opt; eval '$make'; cd \$here
			commpkg install -y ./web-1.0.pkg -R \"\$ROOT\""
		[ "$status" -eq 1 ]
		[[ $output == *"what is mounted at '/opt' can't be changed: "*"/opt/.commpkg"* ]]
		[ -z "$(ls -A canary)" ]
	done
	[ ! -e "$ROOT/etc/web" ]
}

@test "somebody else's directory at the top of a file system is not used" {
	needs_root
	mkdir -p "$ROOT/opt"
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; mkdir -m 700 "$ROOT/opt/.commpkg"
		chown 65534 "$ROOT/opt/.commpkg"; commpkg install -y ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"it belongs to somebody else"* ]]
}

@test "a package that delivers what is ours there is a problem" {
	mkdir -p "$ROOT/opt"
	mkpkg evil 1.0 'd opt/.commpkg' 'f opt/.commpkg/x'
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -y ./evil-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/.commpkg/x' is where commpkg keeps its own"* ]]
}

@test "a root that is itself a mount point is no volume of its own" {
	run in_mounts "mount -t tmpfs none \"\$ROOT\"; $ROUND
		[ ! -e \"\$ROOT/.commpkg\" ]"
	[ "$status" -eq 0 ]
}

@test "a mount point that a package owns gets its attributes, and stays when the package goes" {
	mkdir -p "$ROOT/opt/web"
	run in_mounts 'mount -t tmpfs -o mode=0700 none "$ROOT/opt/web"
		commpkg install -qy ./web-1.0.pkg -R "$ROOT"
		[ "$(stat -c %a "$ROOT/opt/web")" = 755 ]
		commpkg uninstall -y web -R "$ROOT"; [ -d "$ROOT/opt/web" ]'
	[ "$status" -eq 0 ]
	[[ $output == *"'/opt/web' is a mount point and stays"* ]]
}

@test "what something is mounted on is neither replaced nor removed, and the plan says so" {
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	touch other
	run in_mounts 'mount --bind other "$ROOT/opt/web/f"; commpkg upgrade -y ./web-2.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web/f' can't be replaced: something is mounted there"* ]]
	run in_mounts 'mount --bind other "$ROOT/opt/web/goes"; commpkg uninstall -y web -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt/web/goes' can't be removed: something is mounted there"* ]]
	commpkg verify -q -R "$ROOT"
}

@test "undo where something is mounted that was not, or is not that was" {
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
	run in_mounts 'mount --bind "$ROOT/opt" "$ROOT/opt"; commpkg undo -y -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt' was not mounted when transaction 2 changed it, and is now"* ]]
	[[ $output == *"unmount $ROOT/opt for the while"* ]]
	commpkg verify -q -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	commpkg verify -q -R "$ROOT"
	mkpkg other 1.0 'd opt/other' 'f opt/other/f'
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -qy ./other-1.0.pkg -R "$ROOT"
		umount "$ROOT/opt"; commpkg undo -y -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"none (tmpfs) is not mounted at '$ROOT/opt'"* ]]
	[[ $output == *"mount it at $ROOT/opt, then type the same again"* ]]
}

@test "two roots with one file system in both: each has its own there" {
	mkdir -p "$ROOT/opt" two/opt shared
	mkpkg other 1.0 'd opt/other' 'f opt/other/f'
	mkpkg other 2.0 'd opt/other' 'f opt/other/f'
	in_mounts 'mount -t tmpfs none shared; mount --bind shared "$ROOT/opt"; mount --bind shared two/opt
		commpkg install -qy ./web-1.0.pkg -R "$ROOT"; commpkg install -qy ./other-1.0.pkg -R "$PWD/two"
		commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"; commpkg upgrade -qy ./other-2.0.pkg -R "$PWD/two"
		[ "$(ls shared/.commpkg | wc -l)" -eq 2 ]
		commpkg recover -R "$ROOT"; commpkg recover -R "$PWD/two"
		commpkg undo -qy -R "$ROOT"; commpkg undo -qy -R "$PWD/two"
		commpkg verify -q -R "$ROOT"; commpkg verify -q -R "$PWD/two"'
}

@test "one directory mounted twice below a root" {
	mkdir -p "$ROOT/opt" "$ROOT/srv" shared
	mkpkg both 1.0 'd opt/both' 'f opt/both/f' 'd srv/too' 'f srv/too/f'
	in_mounts 'mount --bind shared "$ROOT/opt"; mount --bind shared "$ROOT/srv"
		commpkg install -qy ./both-1.0.pkg -R "$ROOT"; commpkg verify -q -R "$ROOT"
		commpkg uninstall -qy both -R "$ROOT"; commpkg undo -qy -R "$ROOT"; commpkg verify -q -R "$ROOT"'
}

@test "what is given up is deleted on every file system" {
	mkdir -p "$ROOT/opt"
	in_mounts 'mount -t tmpfs none "$ROOT/opt"
		commpkg install -qy ./web-1.0.pkg -R "$ROOT"
		commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
		[ -d "$ROOT"/opt/.commpkg/*/undo/2.1 ]
		commpkg history --prune 0 -qy -R "$ROOT"
		[ ! -e "$ROOT/opt/.commpkg" ]
		commpkg history --keep 1 -qy -R "$ROOT"
		commpkg uninstall -qy web -R "$ROOT"
		commpkg install -qy ./web-1.0.pkg -R "$ROOT"
		[ "$(ls "$ROOT"/opt/.commpkg/*/undo)" = 5.1 ] || [ "$(ls "$ROOT"/opt/.commpkg/*/undo)" = 4.1 ]'
}

@test "the stores there are checked, and what is not mounted is named" {
	mkdir -p "$ROOT/opt"
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -qy ./web-1.0.pkg -R "$ROOT"
		commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"; commpkg verify --database -R "$ROOT"
		rm "$ROOT"/opt/.commpkg/*/undo/2.1/old/web/f; ! commpkg verify --database -R "$ROOT" || exit 99
		umount "$ROOT/opt"; ! commpkg verify --database -R "$ROOT" || exit 99'
	[ "$status" -eq 0 ]
	[[ $output == *"undo store of transaction 2: the kept '/opt/web/f' is gone"* ]]
	[[ $output == *"undo store of transaction 2: none (tmpfs) is not mounted at '$ROOT/opt'"* ]]
}

@test "what we have there is no unowned file" {
	mkdir -p "$ROOT/opt/web"
	run in_mounts 'mount -t tmpfs none "$ROOT/opt/web"; commpkg install -qy ./web-1.0.pkg -R "$ROOT"
		commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"; touch "$ROOT/opt/web/strange"
		commpkg verify --unowned -R "$ROOT"'
	[[ $output == *strange* ]]
	[[ $output != *.commpkg* ]]
}

@test "repair puts back what lies on another file system" {
	mkdir -p "$ROOT/opt" distro
	mv web-1.0.pkg distro
	in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -qy -d distro web -R "$ROOT"
		good=$(tree_list)
		echo bad >"$ROOT/opt/web/f"; rm -r "$ROOT/opt/web/turns"; chmod 0700 "$ROOT/opt/web/suid"
		commpkg verify -q -R "$ROOT" && exit 1
		commpkg repair -qy -d distro -R "$ROOT"
		commpkg verify -q -R "$ROOT"
		[ "$(tree_list)" = "$good" ]
		commpkg undo -qy -R "$ROOT"
		grep -q bad "$ROOT/opt/web/f"'
}
