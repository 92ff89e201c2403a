#!/usr/bin/env bats
# How long the way back is kept: settings of the root, --prune, and undo --to.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf <a=1\n'
	mkpkg demo 2.0 'f bin/demo' 'e etc/demo.conf <a=2\n' 'f bin/more'
}

# rounds N: N times install, upgrade, uninstall.
rounds()
{
	local i
	for ((i = 0; i < $1; i++)); do
		commpkg install -qy demo-1.0.pkg -R "$ROOT"
		commpkg upgrade -qy demo-2.0.pkg -R "$ROOT"
		commpkg uninstall -qy demo -R "$ROOT"
	done
}

stores() { find "$ROOT/var/lib/commpkg/undo" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | xargs; }

@test "the last twenty are kept, and a plan says what can't be undone after it" {
	rounds 6
	run commpkg install -n demo-1.0.pkg -R "$ROOT"
	[[ $output != *'Undo '* ]]
	rounds 1
	[ "$(stores)" = '2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21' ]
	run commpkg install -n demo-1.0.pkg -R "$ROOT"
	[[ $output == *'Undo       not possible any more for transactions up to 2'* ]]
	run commpkg install -n --json demo-1.0.pkg -R "$ROOT"
	[[ $output == *'"forgets": 2'* ]]
	must_fail_cleanly 1 commpkg undo 1 -y -R "$ROOT"
	[[ $output == *'not kept any more'* ]]
	must_fail_cleanly 1 commpkg undo --to 0 -y -R "$ROOT"
	[[ $output == *"transaction 1 can't be undone"* ]]
	# what is undone makes room: nothing is forgotten on the way back
	commpkg undo --to 1 -qy -R "$ROOT"
	commpkg verify -R "$ROOT"
	grep -q 'demo 1.0' "$ROOT/bin/demo"
	[ "$(stores)" = 22 ]
}

@test "--prune KEEP frees the oldest; -n says how much; nothing else is forgotten" {
	rounds 2
	run commpkg history --prune 2 -n -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'transactions up to 4'*'in 4 stores'* ]]
	[ "$(stores)" = '1 2 3 4 5 6' ]
	must_fail_cleanly 8 commpkg history --prune 2 -R "$ROOT" </dev/null
	commpkg history --prune 2 -y -R "$ROOT"
	[ "$(stores)" = '5 6' ]
	run commpkg history -R "$ROOT"
	[[ ${lines[3]} == *' 4 '*done*no* && ${lines[2]} == *' 5 '*done*yes* ]]
	run commpkg history --prune -R "$ROOT"
	[[ $output == *'nothing to give up'* ]]
	commpkg undo --to 4 -qy -R "$ROOT"
	commpkg verify -R "$ROOT"
	grep -q 'demo 1.0' "$ROOT/bin/demo"
}

@test "--keep stays with the root; 0 keeps nothing, and no way back is promised" {
	rounds 1
	commpkg history --keep 2 -y -R "$ROOT"
	[ "$(stores)" = '2 3' ]
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	[ "$(stores)" = '3 4' ]
	commpkg history --keep 0 -y -R "$ROOT"
	run commpkg upgrade -y demo-2.0.pkg -R "$ROOT"
	[[ $output == *'Undo       not possible: this root keeps nothing'* ]]
	[[ $output != *'to take it back'* ]]
	[ -z "$(stores)" ]
	must_fail_cleanly 1 commpkg undo -y -R "$ROOT"
	commpkg history --keep all -y -R "$ROOT"
	commpkg uninstall -qy demo -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	commpkg verify -R "$ROOT"
}

@test "--keep-bytes: the last is kept whatever it takes, earlier ones while there is room" {
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	commpkg history --keep-bytes 1M -y -R "$ROOT"
	head -c 700000 /dev/urandom >"$ROOT/bin/demo"
	commpkg uninstall -qy demo -R "$ROOT" # keeps 700 kB
	[ "$(stores)" = '1 2' ]
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	head -c 700000 /dev/urandom >"$ROOT/bin/demo"
	commpkg uninstall -qy demo -R "$ROOT" # 700 kB more, its own: nothing is forgotten for it
	[ "$(stores)" = '1 2 3 4' ]
	run commpkg install -y demo-1.0.pkg -R "$ROOT"
	[[ $output == *'transactions up to 2'* ]]
	[ "$(stores)" = '3 4 5' ]
	commpkg history --keep-bytes all -y -R "$ROOT"
}

@test "the store of an undo that is not the last is of no use, and goes" {
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	commpkg upgrade -qy demo-2.0.pkg -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	[ "$(stores)" = '1 3' ]
	commpkg undo 3 -qy -R "$ROOT" # a redo stands for transaction 2
	[ "$(stores)" = '1 4' ]
	commpkg undo -qy -R "$ROOT"
	commpkg upgrade -qy demo-2.0.pkg -R "$ROOT"
	[ "$(stores)" = '1 6' ]
	commpkg undo --to 0 -qy -R "$ROOT"
	[ ! -e "$ROOT/bin" ]
}

@test "undo --to: asked once, -n shows the list, wrong numbers say what is there" {
	rounds 1
	run commpkg undo --to 1 -n -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'as it was after transaction 1'*' 3 '*uninstall*' 2 '*upgrade* ]]
	must_fail_cleanly 8 commpkg undo --to 1 -R "$ROOT" </dev/null
	commpkg undo --to 1 -qy -R "$ROOT"
	commpkg verify -R "$ROOT"
	grep -q 'demo 1.0' "$ROOT/bin/demo"
	run commpkg undo --to 1 -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'is as it was after transaction 1'* ]]
	must_fail_cleanly 1 commpkg undo --to 2 -y -R "$ROOT"
	[[ $output == *"no way back to transaction 2"*"commpkg undo --to 1"* ]]
	must_fail_cleanly 1 commpkg undo --to 99 -y -R "$ROOT"
	must_fail_cleanly 2 commpkg undo --to one -y -R "$ROOT"
	must_fail_cleanly 2 commpkg undo --to 1 2 -y -R "$ROOT"
	must_fail_cleanly 1 commpkg undo --to 0 -y -R "$PWD/nowhere"
}

@test "an earlier one is taken back alone, when nothing that came later meets it" {
	mkpkg more 1.0 'd opt/more' 'f opt/more/x'
	mkpkg other 1.0 'd srv/other' 'f srv/other/x'
	commpkg install -qy more-1.0.pkg -R "$ROOT"
	commpkg install -qy other-1.0.pkg -R "$ROOT"
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	commpkg upgrade -qy demo-2.0.pkg -R "$ROOT"
	commpkg undo 2 -qy -R "$ROOT"
	[ ! -e "$ROOT/srv" ]
	commpkg verify --database -R "$ROOT"
	must_fail_cleanly 1 commpkg undo 3 -y -R "$ROOT"
	[[ $output == *'transaction 4 ('*') came after 3'*'commpkg undo 4'* ]]
}

@test "undo --to is one transaction: the plan says all of it, its undo brings all back" {
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	mkpkg more 1.0 'd opt/more' 'f opt/more/x' 'f opt/more/suid 4755 root root'
	commpkg install -qy more-1.0.pkg -R "$ROOT"
	commpkg upgrade -qy demo-2.0.pkg -R "$ROOT"
	echo b=1 >>"$ROOT/etc/demo.conf"
	commpkg uninstall -qy more -R "$ROOT"
	local before dry
	before=$(tree_digest "$ROOT")
	dry=$(commpkg undo --to 1 -n -R "$ROOT")
	[[ $dry == *'demo     2.0  1.0'*'/etc/demo.conf: changed since: saved as'* ]]
	[ "$(tree_digest "$ROOT")" = "$before" ]
	run commpkg undo --to 1 -y -R "$ROOT"
	[ "$status" -eq 0 ]
	# upgraded and removed: what there is now, and what there will be; more came and went
	[[ $output == *'demo     2.0  1.0'* && $output != *'more  '* ]]
	[[ $output == *'/etc/demo.conf: changed since: saved as /etc/demo.conf.after-3'* ]]
	[ ! -e "$ROOT/opt/more" ]
	[ "$(cat "$ROOT/etc/demo.conf")" = a=1 ]
	run commpkg history -R "$ROOT"
	[[ ${lines[1]} == *' 5 '*undo*yes*'undo 2 to 4 (3 transactions)'* ]]
	[[ ${lines[2]} == *' 4 '*undone*no* && ${lines[3]} == *' 3 '*undone*no* ]]
	run commpkg history 5 -R "$ROOT"
	[[ $output == *'Takes back     4'*'All from       2'* ]]
	[ "$(stores)" = '1 5' ]
	commpkg undo 5 -qy -R "$ROOT"
	[ "$(tree_digest "$ROOT")" = "$before" ]
	commpkg verify --database -R "$ROOT"
	run commpkg history -R "$ROOT"
	[[ ${lines[2]} == *' 5 '*undone*no* ]]
	# the redo stands for all three
	commpkg undo --to 0 -qy -R "$ROOT"
	[ ! -e "$ROOT/bin" ] && [ ! -e "$ROOT/opt" ]
}

@test "wrong words" {
	rounds 1
	must_fail_cleanly 2 commpkg history --prune many -R "$ROOT"
	must_fail_cleanly 2 commpkg history --keep -1 -R "$ROOT"
	must_fail_cleanly 2 commpkg history --keep-bytes 10x -R "$ROOT"
	must_fail_cleanly 2 commpkg history --keep-bytes 99999999999G -R "$ROOT"
	must_fail_cleanly 2 commpkg history 1 --keep 3 -R "$ROOT"
	must_fail_cleanly 1 commpkg history --prune -R "$PWD/nowhere"
	[ "$(stores)" = '1 2 3' ]
}

@test "a setting that can't be read is no reason to fail or to forget, and can be set anew" {
	rounds 1
	python3 - "$ROOT/var/lib/commpkg/pkgdb.sqlite" <<-'P' || skip 'no sqlite in python'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		db.execute("INSERT OR REPLACE INTO setting VALUES ('undo.keep', 'lots')")
		db.commit()
	P
	must_fail_cleanly 1 commpkg install -y demo-1.0.pkg -R "$ROOT"
	[[ $output == *"cannot read setting 'undo.keep'"* ]]
	commpkg history --keep 5 -y -R "$ROOT"
	commpkg install -qy demo-1.0.pkg -R "$ROOT"
	[ "$(stores)" = '1 2 3 4' ]
}
