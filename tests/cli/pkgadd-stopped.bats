#!/usr/bin/env bats
# A script ends its package half-way: pkgadd and pkgrm keep what is there by then, marked, as SVR4
# does (svr4.md 8.5, 10.3); in one transaction, which undo takes back. commpkg does not: see
# scripts-fail.bats.
load lib/commpkg

setup() {
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	printf '%s=nocheck\n' partial runlevel idepend rdepend space setuid conflict action >admin
	printf '%s\n' mail= instance=overwrite basedir=default >>admin
	half 1.0
	mkdir -p "$ROOT/etc"
	echo none 0 >"$ROOT/etc/end"
}

# half VERSION: each script notes that it ran; the one that etc/end names ends as it says there
half() {
	local kind objects=() note='echo '$1' ${0##*/} >>$PKG_INSTALL_ROOT/etc/ran; read kind end <$PKG_INSTALL_ROOT/etc/end; ending() { [ ${0##*/} = $kind ] || exit 0; exit $end; }\n'
	for kind in preinstall postinstall preremove postremove; do
		objects+=("i $kind <${note}ending\n")
	done
	mkpkg half "$1" 'd opt/half' "f opt/half/f <f of $1\n" 'd opt/half/same' "s opt/half/s=$1" \
		"e opt/half/e <e of $1\n" "f:table opt/half/t <t of $1\n" 'l:table opt/half/tl=t' \
		"f:late opt/half/l <l of $1\n" "${objects[@]}" \
		"i i.table <${note}while read s d; do cp \$s \$d; done\nending\n" \
		"i i.late <${note}while read s d; do cp \$s \$d; done\nending\n" \
		"i r.table <${note}while read d; do rm -f \$d; done\nending\n" \
		-- 'CLASSES=none table late'
}

add() { pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/half-$1.pkg" half; }
rm_() { pkgrm -n -a "$PWD/admin" -R "$ROOT" half; }

# ends KIND CODE STATUS COMMAND...
ends() {
	local status_wanted=$3
	echo "$1 $2" >"$ROOT/etc/end"
	shift 3
	run "$@"
	echo "$output"
	[ "$status" -eq "$status_wanted" ]
}

# marks: one for each path of the package, in the order of contents
marks() { sed -nE 's/^([^ =]*).* ([-*~!+]?)half$/\1\2/p' "$ROOT/var/sadm/install/contents" | sed 's|^/opt/half||' | xargs; }

sound() {
	commpkg -R "$ROOT" verify --database
	[ -z "$(ls -A "$ROOT/var/lib/commpkg/txn" 2>/dev/null)" ]
}

partial() {
	[ "$(pkginfo -p -R "$ROOT" | awk '{ print $2 }')" = half ]
	[[ $(pkginfo -l -R "$ROOT" half) == *"STATUS:  partially installed"* ]]
	run ! grep -q half <(pkginfo -i -R "$ROOT" 2>&1)
	sound
}

# back N: undo of it makes the root what it was before, but for what the state directory holds
back() {
	commpkg -y -R "$ROOT" undo "$1"
	sound
	diff <(cd before && tree .) <(cd "$ROOT" && tree .)
	commpkg -R "$ROOT" info --listPackages | sed 's/transaction.*//' | diff listed -
}

tree() {
	find . -path ./var/lib/commpkg -prune -o -path ./var/sadm/install/contents -prune -o \
		-printf '%y %m %p %l\n' | sort
	find . -path ./var/lib/commpkg -prune -o -path ./var/sadm/install/contents -prune -o \
		-path ./var/sadm/pkg/half/pkginfo -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
	grep -v '^#' ./var/sadm/install/contents || :
}

remember() {
	rm -rf before
	cp -a "$ROOT" before
	commpkg -R "$ROOT" info --listPackages | sed 's/transaction.*//' >listed
}

@test "preinstall ends it: entries with what is to come, no payload, and what it did is there" {
	ends preinstall 1 1 add 1.0
	[ "$output" = "pkgadd: ERROR: preinstall script did not complete successfully

Installation of <half> failed." ]
	partial
	[ "$(marks)" = "* /e* /f* /l* /s* /same* /t* /tl*" ]
	[ ! -e "$ROOT/opt" ]
	[ "$(cat "$ROOT/etc/ran")" = "1.0 preinstall" ]
	[ -e "$ROOT/var/sadm/pkg/half/!I-Lock!" ]
	# the history has it
	commpkg -R "$ROOT" history | grep -q 'install half 1.0 (stopped by its preinstall)'
	commpkg -R "$ROOT" history 1 | grep -q 'preinstall of half: exit 1'
}

@test "a class action script ends it: what came before is settled, the rest waits" {
	ends i.table 3 3 add 1.0
	[ "$output" = "
Installation of <half> was terminated due to user request." ]
	partial
	[ "$(marks)" = "/e /f /l* /s /same /t* /tl*" ]
	[ "$(cat "$ROOT/opt/half/t")" = "t of 1.0" ]	# it made it, and then said no
	[ ! -e "$ROOT/opt/half/l" ]
	[ ! -e "$ROOT/opt/half/tl" ]
	run pkgchk -R "$ROOT" half
	[ "$status" -eq 1 ]
	[[ $output == *"$ROOT/opt/half/l"*"pathname does not exist"* ]]
}

@test "postinstall ends it: all is there, and none of it counts as installed" {
	ends postinstall 99 1 add 1.0
	[ "$output" = "pkgadd: ERROR: postinstall script did not complete successfully

Installation of <half> failed (internal error) - package partially
installed." ]
	partial
	[ "$(marks | tr -d ' ')" = /e/f/l/s/same/t/tl ]
	[ "$(stat -c %h "$ROOT/opt/half/t")" -eq 2 ]
	# no prerequisite of another
	mkpkg other 1.0 'f o' -- 'P half Half'
	sed 's/^idepend=.*/idepend=quit/' admin >admin.quit
	run pkgadd -n -a "$PWD/admin.quit" -R "$ROOT" -d other-1.0.pkg all
	[ "$status" -eq 4 ]
}

@test "the next pkgadd obeys partial=, and installs the rest" {
	ends i.table 1 1 add 1.0
	echo none 0 >"$ROOT/etc/end"
	sed 's/^partial=.*/partial=quit/' admin >admin.quit
	run pkgadd -n -a "$PWD/admin.quit" -R "$ROOT" -d half-1.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"previously terminated"* ]]
	run add 1.0
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/var/sadm/pkg/half/!I-Lock!" ]
	[ "$(pkginfo -i -R "$ROOT" | wc -l)" -eq 1 ]
	pkgchk -R "$ROOT" half
	sound
	run rm_
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/opt/half" ]
	[ -z "$(marks)" ]
}

@test "pkgrm takes away what is there" {
	local kind
	for kind in preinstall i.table i.late postinstall; do
		ends "$kind" 4 4 add 1.0
		ends none 0 0 rm_
		[ ! -e "$ROOT/opt/half" ]
		[ ! -e "$ROOT/var/sadm/pkg/half" ]
		[ -z "$(marks)" ]
		sound
	done
}

@test "undo takes back an installation that was ended anywhere, and an upgrade" {
	local kind n=0
	mkdir -p "$ROOT/var/sadm/install"
	mkpkg other 1.0 'f o'
	pkgadd -n -a "$PWD/admin" -R "$ROOT" -d other-1.0.pkg all
	echo none 0 >"$ROOT/etc/end"
	for kind in preinstall i.table i.late postinstall; do
		echo "$kind 1" >"$ROOT/etc/end"
		remember
		ends "$kind" 1 1 add 1.0
		back $((n += 2))
	done
	ends none 0 0 add 1.0
	((n += 2))
	half 2.0
	for kind in preinstall i.table i.late postinstall; do
		echo "$kind 1" >"$ROOT/etc/end"
		remember
		ends "$kind" 1 1 add 2.0
		partial
		[[ $(pkgparam -R "$ROOT" half VERSION) == 2.0 ]]
		back $((n += (n == 10) ? 1 : 2))
		[[ $(pkgparam -R "$ROOT" half VERSION) == 1.0 ]]
		pkgchk -n -R "$ROOT" half
	done
}

@test "an upgrade that preinstall ends: the old files are there, and are no edits of the new ones" {
	ends none 0 0 add 1.0
	half 2.0
	ends preinstall 1 1 add 2.0
	[ "$(marks)" = "/e* /f* /l* /s* /same /t* /tl*" ]
	[ "$(cat "$ROOT/opt/half/f" "$ROOT/opt/half/e" "$ROOT/opt/half/t")" = "f of 1.0
e of 1.0
t of 1.0" ]
	[ "$(readlink "$ROOT/opt/half/s")" = 1.0 ]
	# commpkg knows what is packaged text and what is not
	echo none 0 >"$ROOT/etc/end"
	commpkg -y -R "$ROOT" install --reinstall ./half-2.0.pkg
	[ "$(cat "$ROOT/opt/half/f" "$ROOT/opt/half/e" "$ROOT/opt/half/t")" = "f of 2.0
e of 2.0
t of 2.0" ]
	[ ! -e "$ROOT/opt/half/e.new" ]
	commpkg -R "$ROOT" verify half
	sound
}

@test "an edit before that is still one" {
	ends none 0 0 add 1.0
	half 2.0
	echo edited >"$ROOT/opt/half/e"
	ends preinstall 1 1 add 2.0
	echo none 0 >"$ROOT/etc/end"
	run commpkg -y -R "$ROOT" install --reinstall ./half-2.0.pkg
	[ "$status" -eq 101 ]
	[ "$(cat "$ROOT/opt/half/e")" = edited ]
}

@test "a removal is ended: entries are marked, the directory says so, another goes on" {
	local kind
	for kind in preremove r.table postremove; do
		ends none 0 0 add 1.0
		ends "$kind" 1 1 rm_
		[ "$output" = "pkgrm: ERROR: $kind script did not complete successfully

Removal of <half> failed." ]
		partial
		[ "$(marks)" = "- /e- /f- /l- /s- /same- /t- /tl-" ]
		[ -e "$ROOT/var/sadm/pkg/half/!R-Lock!" ]
		[ -e "$ROOT/opt/half/f" ] || [ "$kind" = postremove ]
		[ ! -e "$ROOT/opt/half/t" ] || [ "$kind" = preremove ]
		ends none 0 0 rm_
		[ ! -e "$ROOT/opt/half" ]
		[ ! -e "$ROOT/var/sadm/pkg/half" ]
		sound
	done
}

@test "a removal that was ended: undo, and pkgadd instead of another pkgrm" {
	local kind n=1
	ends none 0 0 add 1.0
	for kind in preremove r.table postremove; do
		echo "$kind 5" >"$ROOT/etc/end"
		remember
		ends "$kind" 5 5 rm_
		back $((n += (n == 1) ? 1 : 2))
		pkgchk -n -R "$ROOT" half
	done
	ends postremove 1 1 rm_
	echo none 0 >"$ROOT/etc/end"
	sed 's/^partial=.*/partial=quit/' admin >admin.quit
	run pkgadd -n -a "$PWD/admin.quit" -R "$ROOT" -d half-1.0.pkg all
	[ "$status" -eq 4 ]
	[[ $output == *"removal was only partially completed"* ]]
	ends none 0 0 add 1.0
	pkgchk -R "$ROOT" half
	[ ! -e "$ROOT/var/sadm/pkg/half/!R-Lock!" ]
	sound
}

@test "a removal that warned: the paths are gone, the package says that something was the matter" {
	ends none 0 0 add 1.0
	echo postremove 2 >"$ROOT/etc/end"
	remember
	ends postremove 2 2 rm_
	[ ! -e "$ROOT/opt/half" ]
	[ -z "$(marks)" ]
	[ -e "$ROOT/var/sadm/pkg/half/!R-Lock!" ]
	partial
	back 2
	ends postremove 2 2 rm_
	ends none 0 0 rm_
	[ ! -e "$ROOT/var/sadm/pkg/half" ]
	run pkginfo -q -R "$ROOT" half
	[ "$status" -eq 1 ]
	sound
}

@test "what another package has too stays its own while the removal is not finished" {
	mkpkg other 1.0 'd opt/half' "f opt/half/f <f of 1.0\n"
	ends none 0 0 add 1.0
	pkgadd -n -a "$PWD/admin" -R "$ROOT" -d other-1.0.pkg all
	ends postremove 1 1 rm_
	grep -q '^/opt/half/f f none .* -half other$' "$ROOT/var/sadm/install/contents"
	[ -e "$ROOT/opt/half/f" ]
	sound
	ends none 0 0 rm_
	cat "$ROOT/var/sadm/install/contents"
	grep -q '^/opt/half/f f none .* other$' "$ROOT/var/sadm/install/contents"
	pkgchk -R "$ROOT" other
	sound
}

@test "what the script that ended it asked of installf and removef is kept" {
	mkpkg regs 1.0 'f a' 'i postinstall <echo made >$PKG_INSTALL_ROOT/made; installf regs /made f; installf -f regs; exit 1\n' \
		'i preremove <removef regs /made; rm -f $PKG_INSTALL_ROOT/made; removef -f regs; exit 1\n'
	run pkgadd -n -a "$PWD/admin" -R "$ROOT" -d regs-1.0.pkg all
	[ "$status" -eq 1 ]
	grep -q '^/made f none .* regs$' "$ROOT/var/sadm/install/contents"
	run pkgrm -n -a "$PWD/admin" -R "$ROOT" regs
	[ "$status" -eq 1 ]
	grep '^/a f none .* -regs$' "$ROOT/var/sadm/install/contents"
	cat "$ROOT/var/sadm/install/contents"
	run ! grep '^/made' "$ROOT/var/sadm/install/contents"
	sound
}

@test "a script killed by a signal: the same; pkgadd told to stop: nothing happened" {
	mkpkg killed 1.0 'f a' 'i postinstall <kill -9 $$\n'
	run pkgadd -n -a "$PWD/admin" -R "$ROOT" -d killed-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"package partially"* ]]
	[ -e "$ROOT/a" ]
	mkpkg waits 1.0 'f b' 'i postinstall <echo here; sleep 30\n'
	pkgadd -n -a "$PWD/admin" -R "$ROOT" -d waits-1.0.pkg all >said 2>&1 &
	for ((i = 0; i < 200; i++)); do
		! grep -qs here said || break
		sleep .1
	done
	kill -TERM $!
	wait $! && false || i=$?
	cat said
	[ "$i" -eq 3 ]
	grep -q 'No changes were made' said
	[ ! -e "$ROOT/b" ]
	[ ! -e "$ROOT/var/sadm/pkg/waits" ]
	sound
}

@test "a person is told what to type" {
	echo postinstall 1 >"$ROOT/etc/end"
	run "$PTY" -- pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/half-1.0.pkg" half
	[[ $output == *"<half> is partially installed, as pkginfo -p -R $ROOT shows."* ]]
	[[ $output == *"pkgrm -R $ROOT half removes what is there."* ]]
	[[ $output == *"commpkg undo 1 -R $ROOT brings back what was before."* ]]
	commpkg -y undo 1 -R "$ROOT"
	[ ! -e "$ROOT/opt/half" ]
}
