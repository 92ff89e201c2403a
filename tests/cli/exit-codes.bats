#!/usr/bin/env bats
# The exit statuses of CLI.md, one test each.
load lib/commpkg

@test "0: done, nothing to do, the plan can be carried out" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -n -R "$ROOT" demo-1.0.pkg
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	commpkg install -y -R "$ROOT" demo-1.0.pkg
}

@test "1: failed, and the root as it was" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir "$ROOT/bin"
	echo mine >"$ROOT/bin/demo"
	before=$(tree_digest)
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" demo-1.0.pkg
	[ "$(tree_digest)" = "$before" ]
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" ./missing.pkg
}

@test "2: usage" {
	must_fail_cleanly 2 commpkg install -y -R "$ROOT"
	must_fail_cleanly 2 commpkg --nonsense
}

@test "3: no solution" {
	mkpkg needy 1.0 'f bin/needy' -- 'P missing Missing'
	must_fail_cleanly 3 commpkg install -y -R "$ROOT" needy-1.0.pkg
	[[ $output == *missing* ]]
}

@test "5: verify found differences" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	rm "$ROOT/bin/demo"
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
}

@test "6: a digest is wrong" {
	mkpkg demo 1.0 'f bin/demo <0123456789abcdef\n'
	sed -i 's/0123456789abcdef/X123456789abcdef/' demo-1.0.pkg
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" demo-1.0.pkg
	[ ! -e "$ROOT/bin" ]
}

@test "7: locked by another, who is named" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg other 1.0 'f bin/other'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	exec 8<>"$ROOT/var/lib/commpkg/lock"
	flock 8
	must_fail_cleanly 7 commpkg install -y --lock-wait 0 -R "$ROOT" other-1.0.pkg
	commpkg info -R "$ROOT"
	commpkg install -n -R "$ROOT" other-1.0.pkg
	exec 8>&-
}

@test "7: the holder is another commpkg that waits for an answer" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg other 1.0 'f bin/other'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	"$PTY" 'y/N' '' @go $'y\n' -- commpkg install -R "$ROOT" other-1.0.pkg >first 2>&1 3>&- &
	wait_for 'y/N' first
	must_fail_cleanly 7 commpkg install -y --lock-wait 0 -R "$ROOT" other-1.0.pkg
	[[ $output == *"commpkg install -R $ROOT other-1.0.pkg"* ]]
	touch go
	wait $!
	[ -e "$ROOT/bin/other" ]
}

@test "8: an answer is needed and nobody can be asked" {
	mkpkg demo 1.0 'f bin/demo'
	must_fail_cleanly 8 commpkg install -R "$ROOT" demo-1.0.pkg </dev/null
	[[ $output == *"'-y'"* ]]
	[ ! -e "$ROOT/bin" ]
}

@test "the question on a terminal: yes, no" {
	mkpkg demo 1.0 'f bin/demo'
	run "$PTY" 'y/N' $'n\n' -- commpkg install -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 1 ]
	[[ $output == *'[y/N]'*'nothing was done'* ]]
	[ ! -e "$ROOT/bin" ]
	run "$PTY" 'y/N' $'y\n' -- commpkg install -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 0 ]
	[ -e "$ROOT/bin/demo" ]
}

@test "ctrl-C and ctrl-D at the question: nothing was done" {
	mkpkg demo 1.0 'f bin/demo'
	run "$PTY" 'y/N' $'\003' -- commpkg install -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 1 ]
	[[ $output == *'interrupted'* ]]
	[ ! -e "$ROOT/bin" ]
	# while the plan is still being shown: the question does not wait for another one
	run "$PTY" 'Install into' $'\003' -- commpkg install -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 1 ]
	[[ $output == *'interrupted'* ]]
	run "$PTY" 'y/N' $'\004' -- commpkg install -R "$ROOT" demo-1.0.pkg
	[ "$status" -eq 1 ]
	[[ $output == *'nothing was done'* ]]
	[ ! -e "$ROOT/bin" ]
}

@test "11: several roots, some failed" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir z1
	commpkg root add z1 "$PWD/z1"
	commpkg root add z2 "$PWD/no/such"
	must_fail_cleanly 11 commpkg install -y demo-1.0.pkg @z1 @z2
	[ -e z1/bin/demo ]
}

@test "101: configuration decisions are pending" {
	mkpkg demo 1.0 'e etc/demo.conf <one\n'
	mkpkg demo 2.0 'e etc/demo.conf <two\n'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	echo mine >"$ROOT/etc/demo.conf"
	run commpkg upgrade -y -R "$ROOT" demo-2.0.pkg
	[ "$status" -eq 101 ]
}

@test "standard output that can't be written" {
	[ -w /dev/full ] || skip 'no /dev/full'
	run bash -c 'commpkg --help >/dev/full'
	[ "$status" -eq 1 ]
	[[ $output == *'cannot write to standard output'* ]]
}

@test "a limit on the size of files: an error with words, and nothing is left" {
	local blocks failed=0
	mkpkg demo 1.0 'f bin/demo'
	mkpkg more 1.0 'f bin/more' 'i postinstall <exit 0\n'
	commpkg -qy -R "$ROOT" install ./demo-1.0.pkg
	for blocks in 0 1 10 50; do
		before=$(tree_list)
		run bash -c "ulimit -f $blocks; commpkg -y -R $ROOT install ./more-1.0.pkg"
		[ "$status" -ne 0 ] || break
		failed=$((failed + 1))
		# 10: the database itself can't be put back under this limit.
		[ "$status" -eq 1 ] || [[ $status/$output == 10/*'commpkg recover'* ]]
		[[ $output == *commpkg:\ * ]]
		commpkg -R "$ROOT" recover
		diff <(echo "$before") <(tree_list)
		[ -z "$(ls -A "$ROOT/var/lib/commpkg/txn")" ]
		commpkg -R "$ROOT" verify --database
	done
	[ "$failed" -gt 1 ]
}
