#!/usr/bin/env bats
# history: what was done, newest first, and one transaction in full.
load lib/commpkg

@test "the list and one of it" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg demo 2.0 'f bin/demo'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	commpkg upgrade -q -y --no-keep -R "$ROOT" demo-2.0.pkg
	run commpkg history -R "$ROOT"
	[[ ${lines[1]} == *' 2 '*upgrade*done*' no '*demo* ]]
	[[ ${lines[2]} == *' 1 '*install*done*demo* ]]
	run commpkg history 2 -R "$ROOT"
	[[ $output == *'Transaction    2'* ]]
	[[ $output == *"Command        commpkg upgrade -q -y --no-keep -R $ROOT demo-2.0.pkg"* ]]
	[[ $output == *'demo     1.0   2.0'* ]]
}

@test "numbers that are none" {
	must_fail_cleanly 1 commpkg history 1 -R "$ROOT"
	[[ $output == *'has no transaction 1'* ]]
	must_fail_cleanly 2 commpkg history one -R "$ROOT"
	must_fail_cleanly 2 commpkg history 0 -R "$ROOT"
	must_fail_cleanly 2 commpkg history 1 2 -R "$ROOT"
	must_fail_cleanly 2 commpkg history 99999999999999999999 -R "$ROOT"
}

@test "an empty history" {
	run commpkg history -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing was ever done'* ]]
}

@test "undo by name, and undo of the undo" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	commpkg undo -q -y -R "$ROOT"
	[ ! -e "$ROOT/bin/demo" ]
	run commpkg history -R "$ROOT"
	[[ ${lines[1]} == *' 2 '*undo* ]]
	must_fail_cleanly 1 commpkg undo -y 7 -R "$ROOT"
}

@test "the root as a bare word" {
	commpkg root add z1 "$ROOT"
	run commpkg history z1
	[ "$status" -eq 0 ]
	commpkg recover z1
	must_fail_cleanly 2 commpkg recover z2
}

@test "recover has nothing to do where nothing happened" {
	run commpkg recover -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to recover'* ]]
}

@test "what was undone says so, and can't be undone again" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg demo 2.0 'f bin/demo'
	commpkg install -qy -R "$ROOT" demo-1.0.pkg
	commpkg upgrade -qy -R "$ROOT" demo-2.0.pkg
	run commpkg undo -y -R "$ROOT"
	[[ $output == *"to take it back: commpkg undo 3 -R $ROOT"* ]]
	run commpkg history -R "$ROOT"
	[[ ${lines[1]} == *' 3 '*undo*done*yes* ]]
	[[ ${lines[2]} == *' 2 '*upgrade*undone*no* ]]
	[[ ${lines[3]} == *' 1 '*install*done*yes* ]]
	run commpkg history 2 -R "$ROOT"
	[[ $output == *'State          undone'*'Can be undone  no'* ]]
	must_fail_cleanly 1 commpkg undo 2 -y -R "$ROOT"
	[[ $output == *'transaction 3 took it back'* ]]
	commpkg undo -qy -R "$ROOT"
	must_fail_cleanly 1 commpkg undo -y -R "$ROOT"
	[[ $output == *"nothing to undo in '$ROOT'"*'commpkg undo 4'* ]]
	commpkg undo 4 -qy -R "$ROOT"
	run commpkg history -R "$ROOT"
	[[ ${lines[1]} == *' 5 '*done*yes* ]]
	[[ ${lines[2]} == *' 4 '*undone*no* ]]
	[[ ${lines[5]} == *' 1 '*install*undone*no* ]]
}

@test "undo names what it saves, from the top" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg demo 2.0 'f bin/demo'
	commpkg install -qy -R "$ROOT" demo-1.0.pkg
	commpkg upgrade -qy -R "$ROOT" demo-2.0.pkg
	echo mine >>"$ROOT/bin/demo"
	run commpkg undo -y -R "$ROOT"
	[[ $output == *'/bin/demo: changed since: saved as /bin/demo.after-2'* ]]
	[ -e "$ROOT/bin/demo.after-2" ]
}

@test "commands that are shown can be pasted: a root with a blank" {
	mkpkg demo 1.0 'f bin/demo'
	run commpkg install -y -R "$PWD/two words" demo-1.0.pkg
	[[ $output == *"commpkg undo -R '$PWD/two words'"* ]]
	run commpkg history 1 -R "$PWD/two words"
	[[ $output == *"commpkg install -y -R '$PWD/two words' demo-1.0.pkg"* ]]
}

@test "names of one set-id file are one file again, also when the undo of their arrival is undone" {
	local inode
	mkpkg su 1.0 'd opt' 'd opt/su' 'f opt/su/one 4755 root root' 'l opt/su/two=one'
	commpkg install -qy -R "$ROOT" ./su-1.0.pkg
	for _ in 1 2; do
		commpkg undo -qy -R "$ROOT"
		[ ! -e "$ROOT/opt" ]
		commpkg undo -qy -R "$ROOT" "$(commpkg history -R "$ROOT" | awk 'NR == 2 { print $1 }')"
		inode=$(stat -c %i "$ROOT/opt/su/one")
		[ "$(stat -c '%i %h' "$ROOT/opt/su/two")" = "$inode 2" ]
		[ "$(id -u)" -ne 0 ] || [ "$(stat -c %a "$ROOT/opt/su/one")" = 4755 ]
		commpkg verify -q -R "$ROOT"
	done
}

@test "a set-id file of which one name goes keeps its bits under the other; with the last they go" {
	needs_root
	local su=$ROOT/opt/su
	mkpkg su 1.0 'd opt/su' 'f opt/su/one 4755 root root <same\n>' 'l opt/su/two=one'
	mkpkg su 2.0 'd opt/su' 'f opt/su/one 4755 root root <same\n>'
	mkpkg su 3.0 'd opt/su' 'f opt/su/one 0755 root root <same\n>' 'l opt/su/two=one'
	commpkg install -qy -R "$ROOT" ./su-1.0.pkg
	ln "$su/one" held # as somebody may, who may read it
	commpkg upgrade -qy -R "$ROOT" ./su-2.0.pkg
	[ "$(stat -c %a "$su/one")" = 4755 ]
	commpkg verify -q -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	[ "$(stat -c '%a %i' "$su/one")" = "$(stat -c '%a %i' "$su/two")" ]
	[ "$(stat -c %a "$su/one")" = 4755 ]
	commpkg undo -qy 3 -R "$ROOT"
	[ "$(stat -c %a "$su/one")" = 4755 ]
	commpkg verify -q -R "$ROOT"
	# Given up by the package, they are gone for whoever holds a name of it.
	commpkg upgrade -qy -R "$ROOT" ./su-3.0.pkg
	[ "$(stat -c %a "$su/one")" = 755 ]
	[ "$(stat -c %a held)" = 755 ]
	commpkg undo -qy -R "$ROOT"
	[ "$(stat -c %a "$su/one")" = 4755 ]
	commpkg verify -q -R "$ROOT"
	rm held
	ln "$su/one" held
	commpkg uninstall -qy -R "$ROOT" su
	[ "$(stat -c %a held)" = 755 ]
	commpkg undo -qy --to 0 -R "$ROOT"
}

@test "a file that somebody put where a script had made a link is kept beside by undo" {
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkpkg links 1.0 'f opt/l' 'i postinstall <ln -s nowhere $PKG_INSTALL_ROOT/srv/link\n'
	mkdir -p "$ROOT/srv"
	commpkg install -qy -R "$ROOT" ./links-1.0.pkg
	rm "$ROOT/srv/link"
	echo mine >"$ROOT/srv/link"
	run -0 commpkg undo -y -R "$ROOT"
	[[ $output == *'/srv/link'*'/srv/link.after-1'* ]]
	[ ! -e "$ROOT/srv/link" ]
	[ "$(cat "$ROOT/srv/link.after-1")" = mine ]
}

@test "nobody's file that several undone transactions brought back goes again when that is undone" {
	mkpkg over 1.0 'd opt' 'd opt/all' 'f opt/all/c <package\n>'
	mkdir -p "$ROOT/opt/all"
	echo nobody >"$ROOT/opt/all/c"
	commpkg install -qy --pkgOverwrite -R "$ROOT" ./over-1.0.pkg
	commpkg uninstall -qy -R "$ROOT" over
	[ ! -e "$ROOT/opt/all" ]
	commpkg undo -qy --to 0 -R "$ROOT"
	[ "$(cat "$ROOT/opt/all/c")" = nobody ]
	commpkg undo -qy 3 -R "$ROOT"
	[ ! -e "$ROOT/opt/all" ]
	commpkg undo -qy -R "$ROOT"
	[ "$(cat "$ROOT/opt/all/c")" = nobody ]
}

@test "undo is refused where what was kept has been lost: nothing is brought back by halves" {
	local before
	mkpkg demo 1.0 'f opt/demo/a' 'f opt/demo/b'
	mkpkg demo 2.0 'f opt/demo/a' 'f opt/demo/b'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	commpkg -qy -R "$ROOT" upgrade ./demo-2.0.pkg
	before=$(tree_list)
	rm "$ROOT/var/lib/commpkg/undo/2/old/opt/demo/a"
	must_fail_cleanly 1 commpkg -y -R "$ROOT" undo
	[[ $output == *"the kept '/opt/demo/a' is gone from undo/2"*'verify --database'* ]]
	diff <(echo "$before") <(tree_list)
	commpkg -R "$ROOT" verify
}

@test "undo is refused, with what to do, where a directory has become a link since" {
	local before
	mkpkg demo 1.0 'f opt/demo/a'
	mkpkg demo 2.0 'f opt/demo/a'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	before=$(tree_list)
	commpkg -qy -R "$ROOT" upgrade ./demo-2.0.pkg
	mkdir "$ROOT/srv"
	mv "$ROOT/opt/demo" "$ROOT/srv/demo"
	ln -s ../srv/demo "$ROOT/opt/demo"
	must_fail_cleanly 1 commpkg -y -R "$ROOT" undo
	[[ $output == *"'/opt/demo/a'"*"'/opt/demo', which was a directory then, is a link now"* ]]
	[[ $output == *'put the directory back'* ]]
	[ "$(cat "$ROOT/srv/demo/a")" = 'demo 2.0 opt/demo/a' ]
	rm "$ROOT/opt/demo"
	mv "$ROOT/srv/demo" "$ROOT/opt/demo"
	rmdir "$ROOT/srv"
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$before") <(tree_list)
}

@test "a directory that somebody removed since comes back with what it held, as the package has it" {
	local before
	mkpkg demo 1.0 'd opt/demo 0750 root root' 'f opt/demo/a' 'f opt/more/b'
	mkpkg demo 2.0 'd opt/demo 0750 root root' 'f opt/demo/a' 'f opt/more/b'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	before=$(tree_list)
	commpkg -qy -R "$ROOT" upgrade ./demo-2.0.pkg
	rm -r "$ROOT/opt"
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$before") <(tree_list)
	commpkg -R "$ROOT" verify
}
