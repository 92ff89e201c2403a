#!/usr/bin/env bats
# Scripts over a stage whose root can't hold layers itself: it is on overlayfs, as in a container. What
# they write is caught in memory (overlay.h).

load lib/commpkg

# In a user namespace an overlay keeps its marks elsewhere.
MARKS=
[ "$(id -u)" -eq 0 ] || MARKS=,userxattr

# on_overlay COMMANDS: with an overlay at $ROOT, which has what $PWD/lower has.
on_overlay()
{
	mkdir -p lower upper
	in_mounts "set -o pipefail
		mount -t tmpfs none upper; mkdir upper/up upper/work
		mount -t overlay -o lowerdir=lower,upperdir=upper/up,workdir=upper/work$MARKS none \"\$ROOT\" || exit 99
		$(declare -f tree_list outcome); TREE_LIST='${TREE_LIST:-}'
		$1" || {
		local rc=$?
		[ $rc -ne 99 ] || skip 'no overlay over an overlay here'
		return $rc
	}
}

# A file with what it holds, or what it leads to.
outcome()
{
	(cd "$ROOT/$1" && find . -path ./var -prune -o -type f -printf '%P %m %n ' -exec head -c 40 {} \; -o -printf '%P %m %y %l\n')
}

@test "the plan says that they are caged over the stage, and that it is in memory" {
	mkpkg one 1.0 'd opt/one' 'i postinstall <exit 0\n'
	on_overlay 'commpkg -n -v -R "$ROOT" install ./one-1.0.pkg
		commpkg -n --json -R "$ROOT" install ./one-1.0.pkg >plan.json
		commpkg -n -v --script-memory 300M -R "$ROOT" install ./one-1.0.pkg' >said
	grep -q '1, caged over the stage' said
	run ! grep -q 'after the commit' said
	grep -q 'in memory: what they write, at most [0-9.]* [MGT]iB, as the root is on overlayfs' said
	grep -q 'in memory: what they write, at most 300 MiB, ' said
	python3 -c 'import json
c = json.load(open("plan.json"))["results"][0]["cage"]
print(c["staged"], c["in_memory"], c["memory"] > 1 << 20, "overlay" in c["layers"])' | grep -qx 'True overlayfs True True'
}

@test "all that a script can do to a root: folded, verified, undone" {
	mkdir -p lower/opt/old/sub lower/etc
	echo a >lower/opt/old/a
	echo b >lower/opt/old/sub/b
	echo motd >lower/etc/motd
	echo keep >lower/etc/keep
	mkpkg every 1.0 'd opt/every' 'f opt/every/f <one\n' 'f opt/every/g' 'l opt/every/h=g' 'd opt/every/d 0555' 'f opt/every/d/x' \
		'i preinstall <cd $PKG_INSTALL_ROOT && rm -r opt/old && mkdir opt/old && echo new >opt/old/n && mkdir -m 700 opt/pre && echo p >opt/pre/p || exit 1\n' \
		'i postinstall <cd $PKG_INSTALL_ROOT && test "$(cat opt/pre/p)" = p && test "$(ls opt/old)" = n && test opt/every/h -ef opt/every/g && test "$(cat opt/every/f)" = one && echo two >>opt/every/f && chmod 600 etc/motd && rm opt/pre/p && mv opt/pre opt/post && ln -s motd etc/l && mkfifo opt/post/fifo && echo 1 >opt/post/1 && ln opt/post/1 opt/post/2 && dd if=/dev/zero of=opt/post/big bs=1M count=8 2>/dev/null && chmod 000 opt/post/1 && rm etc/keep && mkdir etc/keep && touch -d @86400 opt/every/d || exit 1\n'
	on_overlay 'before=$(tree_list)
		commpkg install -qy ./every-1.0.pkg -R "$ROOT"
		outcome .
		commpkg verify -q -R "$ROOT"
		[ "$(stat -c %s "$ROOT/opt/post/big")" -eq 8388608 ]
		[ "$(stat -c %h "$ROOT/opt/post/1")" -eq 2 ]
		[ "$ROOT/opt/post/1" -ef "$ROOT/opt/post/2" ]
		commpkg undo -qy -R "$ROOT"
		[ "$before" = "$(tree_list)" ] || { diff <(echo "$before") <(tree_list); exit 1; }' >said
	grep -qx 'opt/old/n 644 1 new' said
	run ! grep -q '^opt/old/\(a\|sub\)' said
	grep -qx 'etc/motd 600 1 motd' said
	grep -qx 'etc/l 777 l motd' said
	grep -qx 'opt/post 700 d ' said
	grep -qx 'opt/post/fifo 644 p ' said
	grep -qx 'etc/keep 755 d ' said
	grep -qx 'two' said
	run ! grep -q '^opt/pre' said
}

@test "several scripts, one after the other: each sees what those before it did" {
	mkpkg one 1.0 'd opt/one' 'f opt/one/f' 'i postinstall <cd $PKG_INSTALL_ROOT && echo one >>etc/list && rm etc/goes && mkdir -p opt/x/y && echo 1 >opt/x/y/f\n'
	mkpkg two 1.0 'f opt/two' 'i preinstall <cd $PKG_INSTALL_ROOT && test -f opt/one/f && test ! -e etc/goes && test ! -e opt/two && echo two >>etc/list && mv opt/x/y/f opt/x/f || exit 1\n' \
		'i postinstall <cd $PKG_INSTALL_ROOT && test -f opt/two && test "$(cat etc/list)" = "$(printf "one\\ntwo")" && test -d opt/x/y && test "$(ls opt/x)" = "$(printf "f\\ny")" && chmod 700 opt/x && echo three >>etc/list || exit 1\n'
	mkdir -p lower/etc
	touch lower/etc/goes
	on_overlay 'before=$(tree_list)
		commpkg install -qy ./one-1.0.pkg ./two-1.0.pkg -R "$ROOT"
		outcome .
		commpkg verify -q -R "$ROOT"
		commpkg undo -qy -R "$ROOT"
		[ "$before" = "$(tree_list)" ]' >said
	[ "$(sed -n '/^etc\/list/,/three/p' said)" = "$(printf 'etc/list 644 1 one\ntwo\nthree')" ]
	grep -qx 'opt/x 700 d ' said
	grep -qx 'opt/x/f 644 1 1' said
	run ! grep -q etc/goes said
}

@test "a script that fails: nothing has changed, and nothing is left" {
	mkdir -p lower/etc
	echo a >lower/etc/a
	mkpkg bad 1.0 'f opt/bad' 'i postinstall <echo x >$PKG_INSTALL_ROOT/etc/a; exit 1\n'
	on_overlay 'before=$(tree_list)
		rc=0; commpkg install -qy ./bad-1.0.pkg -R "$ROOT" 2>said || rc=$?
		[ $rc -eq 1 ]
		[ "$before" = "$(tree_list)" ]
		[ -z "$(ls -A "$ROOT/var/lib/commpkg/txn" 2>/dev/null)" ]'
	grep -q "script 'postinstall' of package 'bad' failed: exit code 1" said
}

@test "a script that writes more than there is memory for fails, whatever it says, and the words say what to type" {
	local end
	for end in 'exit 1' 'exit 0'; do
		mkpkg big 1.0 'f opt/big' "i postinstall <dd if=/dev/zero of=\$PKG_INSTALL_ROOT/full bs=64k count=64 2>/dev/null; $end\n"
		on_overlay 'before=$(tree_list)
			rc=0; commpkg install -qy --script-memory 2M ./big-1.0.pkg -R "$ROOT" >said 2>&1 || rc=$?
			[ $rc -eq 1 ]
			[ "$before" = "$(tree_list)" ]
			[ "'"$end"'" = "exit 1" ] || commpkg install -qy --script-memory 8M ./big-1.0.pkg -R "$ROOT"'
		grep -q "had no space left: on a root like this one what scripts write is caught in memory, and the 2.0 MiB it may take are full" said
		grep -q -- '--script-memory SIZE gives it more; with --script-memory none' said
	done
}

@test "what comes does not fit into memory, or none is to be used: the plan says that scripts run late" {
	head -c 3000000 /dev/zero >zeros
	mkpkg big 1.0 'd opt/big' "f opt/big/f" 'i postinstall <echo late >$PKG_INSTALL_ROOT/opt/big/made\n'
	cp zeros src/big-1.0/reloc/opt/big/f
	pkgmk -o -d "$PWD/spool-1.0" -f src/big-1.0/prototype -r src/big-1.0/reloc >/dev/null 2>&1
	on_overlay 'commpkg -n --script-memory 3M -R "$ROOT" install ./spool-1.0/big >few
		commpkg -n --script-memory none -R "$ROOT" install ./spool-1.0/big >none
		commpkg -n --script-memory 6M -R "$ROOT" install ./spool-1.0/big >enough
		commpkg install -qy --script-memory none -R "$ROOT" ./spool-1.0/big
		[ "$(cat "$ROOT/opt/big/made")" = late ]'
	grep -q '1, on the root itself after the commit' few
	grep -q "the root is on overlayfs, which can't catch writes, and what comes needs 3.8 MiB of memory to be caught there, where 3.0 MiB may be used" few
	grep -q "the root is on overlayfs, which can't catch writes, and --script-memory is none" none
	grep -q 'caged over the stage' enough
	run -2 commpkg -n --script-memory lots install ./spool-1.0/big -R "$ROOT"
	[[ $output == *"'--script-memory' wants a size, not 'lots'"* ]]
}

@test "an overlay over an overlay: nothing can be laid over that, and the plan says so" {
	mkdir -p lower
	mkpkg one 1.0 'f opt/one' 'i postinstall <exit 0\n'
	on_overlay 'mkdir upper/up2 upper/work2
		mount -t overlay -o lowerdir="$ROOT",upperdir=upper/up2,workdir=upper/work2'$MARKS' none "$ROOT" || exit 99
		commpkg -n -R "$ROOT" install ./one-1.0.pkg >said
		commpkg install -qy ./one-1.0.pkg -R "$ROOT"'
	grep -q "the root is on overlayfs, which can't catch writes, and this kernel catches them nowhere else" said
}

@test "other file systems below a root on an overlay, and an overlay below a root that is on none" {
	mkdir -p lower/opt
	mkpkg one 1.0 'd opt/one' 'f opt/one/f' \
		'i postinstall <cd $PKG_INSTALL_ROOT && echo o >opt/one/made && echo e >etc/made && rm opt/goes && chmod 700 opt/stays || exit 1\n'
	local round='mkdir -p "$ROOT/etc" "$ROOT/opt/stays"; touch "$ROOT/opt/goes"
		before=$(tree_list)
		commpkg install -qy ./one-1.0.pkg -R "$ROOT"
		commpkg verify -q -R "$ROOT"
		[ "$(cat "$ROOT/opt/one/made" "$ROOT/etc/made")" = "$(printf "o\ne")" ]
		[ ! -e "$ROOT/opt/goes" ]; [ "$(stat -c %a "$ROOT/opt/stays")" -eq 700 ]
		commpkg undo -qy -R "$ROOT"
		[ "$before" = "$(tree_list)" ]'
	on_overlay "mount -t tmpfs none \"\$ROOT/opt\"; $round"
	mkdir -p "$ROOT/opt"
	in_mounts "$(declare -f tree_list); TREE_LIST='${TREE_LIST:-}'
		mkdir low2; mount -t tmpfs none upper; mkdir upper/up upper/work
		mount -t overlay -o lowerdir=low2,upperdir=upper/up,workdir=upper/work$MARKS none \"\$ROOT/opt\"; $round"
}

@test "a directory that a script takes away was in an image: moved name by name, and back" {
	mkdir -p lower/opt/old/a/b lower/etc
	echo x >lower/opt/old/a/b/x
	chmod 750 lower/opt/old/a
	mkpkg one 1.0 'f opt/one' 'i postinstall <rm -r $PKG_INSTALL_ROOT/opt/old\n'
	on_overlay 'before=$(tree_list)
		commpkg install -qy ./one-1.0.pkg -R "$ROOT"
		[ ! -e "$ROOT/opt/old" ]
		commpkg verify --database -q -R "$ROOT"
		commpkg undo -qy -R "$ROOT"
		[ "$before" = "$(tree_list)" ]'
}

@test "files with several names, in the image too: what a script writes to one of them all have" {
	mkpkg web 1.0 'd opt/web' 'f opt/web/one <old\n' 'l opt/web/two=one' 'i postinstall <echo new >>$PKG_INSTALL_ROOT/opt/web/two\n'
	mkpkg web 2.0 'd opt/web' 'f opt/web/one <old\n' 'l opt/web/two=one' 'i postinstall <echo newer >>$PKG_INSTALL_ROOT/opt/web/two\n'
	mkdir lower
	commpkg install -qy ./web-1.0.pkg -R "$PWD/lower"
	on_overlay '[ "$(cat "$ROOT/opt/web/one")" = "$(printf "old\nnew")" ]
		commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
		tail -n 1 "$ROOT/opt/web/one" | grep -qx newer
		[ "$ROOT/opt/web/one" -ef "$ROOT/opt/web/two" ]
		commpkg verify -q -R "$ROOT"'
}
