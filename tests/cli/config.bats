#!/usr/bin/env bats
# config: decisions about editable files that wait, shown, made, and taken back.
load lib/commpkg

# Two files of nobody's mind: one edited in the place that changed, one removed.
setup()
{
	commpkg_setup
	mkpkg demo 1.0 'e etc/demo.conf <one\nsame\n' 'e etc/gone.conf <g1\n' 'e etc/quiet.conf'
	mkpkg demo 2.0 'e etc/demo.conf <two\nsame\n' 'e etc/gone.conf <g2\n' 'e etc/quiet.conf'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	conf=$ROOT/etc/demo.conf
}

edit_and_upgrade()
{
	local status=0
	printf 'mine\nsame\n' >"$conf"
	rm "$ROOT/etc/gone.conf"
	tree_list >edited
	commpkg upgrade -q -y -R "$ROOT" demo-2.0.pkg || status=$?
	[ "$status" -eq 101 ]
	tree_list >pending
}

# resolve ARGUMENT...
resolve() { commpkg config resolve -q -y -R "$ROOT" "$@"; }

@test "nothing is pending: said, and exit 0" {
	run commpkg config -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'no decision is pending'* ]]
	printf 'mine\n' >"$conf"
	commpkg config list "$ROOT"
	commpkg config list --json -R "$ROOT" | python3 -c '
import json, sys
assert json.load(sys.stdin)["results"][0]["pending"] == []'
	must_fail_cleanly 1 resolve /etc/demo.conf --keep
	[[ $output == *"no decision about '/etc/demo.conf' is pending"*'config restore'* ]]
}

@test "list: which file, whose, since when, why, and where the new text is; exit 101" {
	edit_and_upgrade
	run commpkg config list "$ROOT"
	[ "$status" -eq 101 ]
	[[ $output == *'/etc/demo.conf '*demo*2.0*2*conflict*'/etc/demo.conf.new'*'in the same place (line 1)'* ]]
	[[ $output == *'/etc/gone.conf '*removed*'/etc/gone.conf.new'* ]]
	[[ $output != *quiet.conf* ]]
	commpkg config list --json -R "$ROOT" >list.json || [ $? -eq 101 ]
	python3 -c '
import json
a, b = json.load(open("list.json"))["results"][0]["pending"]
assert a["pending"] == "conflict" and a["transaction"] == 2 and a["package"] == "demo"
assert b["pending"] == "removed" and b["path"] == "/etc/gone.conf"'
	run commpkg info -R "$ROOT"
	[[ $output == *'2 decisions about configuration are pending'* ]]
	run commpkg verify -R "$ROOT"
	[[ $output == *'2 decisions about configuration are pending'* ]]
	commpkg root add web "$ROOT"
	run commpkg config list web
	[ "$status" -eq 101 ]
}

@test "diff: what is there against what came, and both against what was accepted" {
	edit_and_upgrade
	commpkg config diff -R "$ROOT" /etc/demo.conf >diff
	cp "$conf" copy
	patch -s copy diff
	cmp copy "$conf.new"
	commpkg config diff --pristine -R "$ROOT" "$conf" >diff
	[ "$(grep -c '^-one' diff)" -eq 2 ]
	grep -q '^+mine' diff
	grep -q '^+two' diff
	commpkg config diff --marked -R "$ROOT" /etc/demo.conf >marked
	diff marked - <<-'TEXT'
		<<<<<<< live
		mine
		||||||| packaged before
		one
		=======
		two
		>>>>>>> packaged now
		same
	TEXT
	commpkg config diff --json -R "$ROOT" /etc/gone.conf >out
	grep -q '+g2' out
	must_fail_cleanly 1 commpkg config diff -R "$ROOT" /etc/other
	[[ $output == *"no package of '$ROOT' has '/etc/other' as an editable file"* ]]
}

@test "keep: what is there stays, is accepted, and the next upgrade merges against it" {
	edit_and_upgrade
	resolve --all --keep
	diff edited <(tree_list)
	commpkg config list -R "$ROOT"
	mkpkg demo 3.0 'e etc/demo.conf <two\nsame\nmore\n' 'e etc/gone.conf <g2\n' 'e etc/quiet.conf'
	commpkg upgrade -q -y -R "$ROOT" demo-3.0.pkg
	[ "$(cat "$conf")" = $'mine\nsame\nmore' ]
	[ ! -e "$ROOT/etc/gone.conf" ]
	commpkg config list -R "$ROOT"
}

@test "take-new: the packaged text and its attributes; the edit is kept beside; undo and redo" {
	edit_and_upgrade
	chmod 600 "$conf"
	tree_list >pending
	resolve /etc/demo.conf --take-new
	[ "$(cat "$conf")" = $'two\nsame' ]
	[ "$(stat -c %a "$conf")" = 644 ]
	[ "$(cat "$conf.saved")" = $'mine\nsame' ]
	[ "$(stat -c %a "$conf.saved")" = 600 ]
	[ ! -e "$conf.new" ]
	tree_list >taken
	run commpkg config list -R "$ROOT"
	[[ $output != *demo.conf* ]]
	commpkg undo -q -y -R "$ROOT"
	diff pending <(tree_list)
	run commpkg config list -R "$ROOT"
	[[ $output == *demo.conf* ]]
	commpkg undo 4 -q -y -R "$ROOT"
	diff taken <(tree_list)
	commpkg verify --database -R "$ROOT"
}

@test "take-new of what was removed puts it there again" {
	edit_and_upgrade
	resolve gone.conf --take-new && return 1
	(cd "$ROOT/etc" && resolve gone.conf --take-new)
	[ "$(cat "$ROOT/etc/gone.conf")" = g2 ]
	[ ! -e "$ROOT/etc/gone.conf.saved" ]
	commpkg undo -q -y -R "$ROOT"
	diff pending <(tree_list)
}

@test "merged: a text from elsewhere, with the attributes of what was there; no markers" {
	edit_and_upgrade
	chmod 640 "$conf"
	commpkg config diff --marked -R "$ROOT" /etc/demo.conf >text
	must_fail_cleanly 1 resolve /etc/demo.conf --merged text
	[[ $output == *'has conflict markers in it still'* ]]
	[ "$(cat "$conf")" = $'mine\nsame' ]
	printf 'both\nsame\n' >text
	resolve /etc/demo.conf --merged text
	[ "$(cat "$conf")" = $'both\nsame' ]
	[ "$(stat -c %a "$conf")" = 640 ]
	commpkg undo -q -y -R "$ROOT"
	[ "$(cat "$conf")" = $'mine\nsame' ]
	resolve /etc/demo.conf --merged - <text
	[ "$(cat "$conf")" = $'both\nsame' ]
	must_fail_cleanly 1 resolve /etc/gone.conf --merged nowhere
}

@test "edit: the editor gets a copy with markers; what it leaves is kept when it can't be taken" {
	edit_and_upgrade
	export TMPDIR=$PWD/tmp
	mkdir tmp
	cat >ed <<-'TEXT'
		grep -q '^<<<<<<< live' "$1" && sed -i '/^[|=<>]/d;s/^one/edited/' "$1"
	TEXT
	printf 'sed -i s/one/edited/ "$1"\n' >halfway
	EDITOR="sh $PWD/halfway" must_fail_cleanly 1 resolve /etc/demo.conf --edit
	[[ $output == *'conflict markers'*'your text is kept'*"--merged $PWD/tmp/commpkg-config-"* ]]
	grep -q edited tmp/commpkg-config-*/demo.conf
	rm -r tmp/commpkg-config-*
	EDITOR=false must_fail_cleanly 1 resolve /etc/demo.conf --edit
	diff pending <(tree_list)
	EDITOR=false VISUAL="sh $PWD/ed" resolve /etc/demo.conf --edit
	[ "$(cat "$conf")" = $'mine\nedited\ntwo\nsame' ]
	[ -z "$(ls tmp)" ]
}

@test "edit: without an editor and without a terminal the exit status says so" {
	edit_and_upgrade
	unset EDITOR VISUAL
	must_fail_cleanly 8 resolve /etc/demo.conf --edit </dev/null
	[[ $output == *'--merged PATH'* ]]
}

@test "edit: somebody else edits meanwhile: refused, and the text is kept" {
	edit_and_upgrade
	export TMPDIR=$PWD/tmp
	mkdir tmp
	printf 'echo ok >"$1"; echo other >%s\n' "$conf" >ed
	EDITOR="sh $PWD/ed" must_fail_cleanly 9 resolve /etc/demo.conf --edit
	[ "$(cat "$conf")" = other ]
	[ "$(cat tmp/commpkg-config-*/demo.conf)" = ok ]
}

@test "restore: back to the packaged text, whatever was edited; the edit is kept" {
	printf 'mine\n' >"$ROOT/etc/quiet.conf"
	rm "$ROOT/etc/gone.conf"
	commpkg config restore -n -R "$ROOT" /etc/quiet.conf >plan
	grep -q '/etc/quiet.conf: the packaged text is put there, the edit is kept as /etc/quiet.conf.saved' plan
	[ "$(cat "$ROOT/etc/quiet.conf")" = mine ]
	commpkg config restore -q -y -R "$ROOT" /etc/quiet.conf /etc/gone.conf "$conf"
	[ "$(cat "$ROOT/etc/quiet.conf")" = demo ]
	[ "$(cat "$ROOT/etc/gone.conf")" = g1 ]
	[ "$(cat "$ROOT/etc/quiet.conf.saved")" = mine ]
	commpkg verify -R "$ROOT"
	printf 'again\n' >"$ROOT/etc/quiet.conf"
	commpkg config restore -q -y -R "$ROOT" /etc/quiet.conf
	[ "$(cat "$ROOT/etc/quiet.conf.saved")" = mine ]
	[ "$(cat "$ROOT/etc/quiet.conf.saved-3")" = again ]
	run commpkg config restore -y -R "$ROOT" /etc/quiet.conf
	[ "$status" -eq 0 ]
	[[ $output == *'nothing to do'* ]]
}

@test "a file that was there before the package" {
	mkdir new
	ROOT=$PWD/new
	mkdir "$ROOT/etc"
	echo theirs >"$ROOT/etc/demo.conf"
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg || [ $? -eq 101 ]
	run commpkg config list -R "$ROOT"
	[[ $output == *'/etc/demo.conf '*foreign*'another file was there before'* ]]
	resolve /etc/demo.conf --keep
	commpkg config list -R "$ROOT"
	echo new line >>"$ROOT/etc/demo.conf"
	commpkg upgrade -q -y -R "$ROOT" demo-2.0.pkg || [ $? -eq 101 ]
	run commpkg config list -R "$ROOT"
	[[ $output == *conflict* ]]
}

@test "the new text put there by hand is no edit, and nothing waits any more" {
	edit_and_upgrade
	mv "$conf.new" "$conf"
	run commpkg config list -R "$ROOT"
	[[ $output != *demo.conf* ]]
	mkpkg demo 3.0 'e etc/demo.conf <three\nsame\n' 'e etc/gone.conf <g2\n' 'e etc/quiet.conf'
	commpkg upgrade -q -y -R "$ROOT" demo-3.0.pkg
	[ "$(cat "$conf")" = $'three\nsame' ]
}

@test "NAME.new that somebody changed stays; without it the text comes from save/pspool" {
	edit_and_upgrade
	echo note >>"$conf.new"
	rm "$ROOT/etc/gone.conf.new"
	resolve --all --take-new
	[ "$(cat "$conf")" = $'two\nsame' ]
	grep -q note "$conf.new"
	[ "$(cat "$ROOT/etc/gone.conf")" = g2 ]
}

@test "no copy of the packaged text is left: said, with what to type" {
	edit_and_upgrade
	rm -r "$conf.new" "$ROOT/var/sadm/pkg/demo/save"
	must_fail_cleanly 1 resolve /etc/demo.conf --keep
	[[ $output == *'is not kept any more'*'--reinstall'* ]]
}

@test "undo of the upgrade alone is refused while a decision stands on it" {
	edit_and_upgrade
	resolve /etc/demo.conf --keep
	must_fail_cleanly 1 commpkg undo 2 -y -R "$ROOT"
	[[ $output == *'transaction 3 (keep /etc/demo.conf) came after 2'* ]]
	commpkg undo --to 1 -q -y -R "$ROOT"
	diff edited <(tree_list)
	commpkg config list -R "$ROOT"
}

@test "wrong words: each is told what is missing" {
	must_fail_cleanly 2 commpkg config lst -R "$ROOT"
	[[ $output == *"did you mean 'config list'?"* ]]
	must_fail_cleanly 2 commpkg config resolve -R "$ROOT" /etc/demo.conf
	[[ $output == *'--take-new, --keep, --edit or --merged PATH'* ]]
	must_fail_cleanly 2 commpkg config resolve --keep --take-new -R "$ROOT" /etc/demo.conf
	must_fail_cleanly 2 commpkg config resolve --keep -R "$ROOT"
	must_fail_cleanly 2 commpkg config resolve --all --edit -R "$ROOT"
	must_fail_cleanly 2 commpkg config diff -R "$ROOT"
	must_fail_cleanly 2 commpkg config restore --keep -R "$ROOT" /etc/demo.conf
	[[ $output == *"'--keep' is for 'config resolve'"* ]]
	mkdir "$PWD/empty"
	must_fail_cleanly 1 commpkg config resolve --keep -R "$PWD/empty" /etc/demo.conf
}

@test "a link, and a text that a class action script makes, are refused" {
	ln -sf /etc/passwd "$conf"
	must_fail_cleanly 1 commpkg config restore -y -R "$ROOT" /etc/demo.conf
	[[ $output == *'is no regular file'* ]]
	[ -L "$conf" ]
	mkpkg cls 1.0 'e:build etc/built <echo made\n' -- 'CLASSES=none build'
	commpkg install -q -y -R "$ROOT" cls-1.0.pkg
	must_fail_cleanly 1 commpkg config restore -y -R "$ROOT" /etc/built
	[[ $output == *'script i.build'* ]]
	commpkg config list -R "$ROOT"
}

@test "NAME.new goes with the decision: a later version merges, or the package goes; an edit of it stays" {
	for v in 1 2 3; do
		mkpkg cnf $v.0 "e etc/cnf <a=$v\n"
	done
	commpkg install -qy -R "$ROOT" ./cnf-1.0.pkg
	echo a=mine >"$ROOT/etc/cnf"
	run commpkg upgrade -y -R "$ROOT" ./cnf-2.0.pkg
	[ "$status" -eq 101 ]
	[ "$(cat "$ROOT/etc/cnf.new")" = a=2 ]
	tree_list >waits
	echo a=3 >"$ROOT/etc/cnf" # by hand, what 3.0 has
	cp -p "$ROOT/etc/cnf" by-hand
	commpkg upgrade -n -v -R "$ROOT" ./cnf-3.0.pkg >plan
	grep -q 'cnf.new' plan
	commpkg upgrade -qy -R "$ROOT" ./cnf-3.0.pkg
	[ ! -e "$ROOT/etc/cnf.new" ]
	commpkg config list -R "$ROOT"
	commpkg verify --database -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	[ "$(cat "$ROOT/etc/cnf.new")" = a=2 ]
	commpkg uninstall -qy -R "$ROOT" cnf
	[ ! -e "$ROOT/etc/cnf.new" ]
	commpkg undo -qy -R "$ROOT"
	echo more >>"$ROOT/etc/cnf.new"
	commpkg upgrade -qy -R "$ROOT" ./cnf-3.0.pkg
	[ "$(tail -n 1 "$ROOT/etc/cnf.new")" = more ]
}
