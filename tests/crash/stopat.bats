#!/usr/bin/env bats
# The harness that the other files here rely on: it must stop where it says it does.
load ../cli/lib/commpkg

setup() {
	commpkg_setup
	mkdir here
	cd here
	PATH=$O/tests:$PATH
	stopat -- true 2>/dev/null || skip "no ptrace or seccomp here"
}

nfiles() { ls | wc -l; }

@test "the exit status is the command's" {
	run stopat -- sh -c 'exit 3'
	[ "$status" -eq 3 ]
	run stopat -- sh -c 'kill -TERM $$'
	[ "$status" -eq 143 ]
	run -127 stopat -- ./no-such-command
}

@test "a wrong option is refused" {
	for options in "" "--" "--kill" "--kill x --" "--error 1 ENOSUCH -- true" "--what 1 -- true" \
		"--signal 1 -- true" "--kill -1 -- true"; do
		run stopat $options
		[ "$status" -eq 125 ]
	done
}

@test "every mutating call counts" {
	run stopat --count --log ../calls -- victim calls
	[ "$status" -eq 0 ]
	[ "${lines[0]}" -gt 40 ]
	[ "${lines[0]}" -eq "${lines[1]}" ]
	[ "$(wc -l <../calls)" -eq "${lines[1]}" ]
}

@test "what changes nothing does not count" {
	run stopat --count -- victim quiet
	[ "$output" = $'hello\n0' ]
}

@test "with --reads what only looks counts too, in the program itself" {
	run stopat --reads --count -- victim quiet
	[ "$output" = $'hello\n0' ]
	run stopat --reads --count --log ../calls -- victim looks
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "${lines[1]}" ]
	run stopat --reads --error 3 EIO -- victim looks
	[[ $output == *'read: EIO'* ]]
	run stopat --reads --count -- sh -c ': >a; cat a; cat a; ls /'
	[ "${lines[-1]}" -lt 40 ]
}

@test "what is printed to our own output does not count" {
	stopat --count -- sh -c 'echo out; echo err >&2' >../out 2>../err
	[ "$(cat ../out)" = $'out\n0' ]
	echo x >../other
	run stopat --count -- sh -c 'echo a >>../other'
	[ "$output" = 2 ]
}

@test "killed before the n-th call, n - 1 were made" {
	for n in 1 2 3 4 5; do
		rm -f *
		run stopat --kill $n -- victim files 5
		[ "$status" -eq 137 ]
		[ "$(nfiles)" -eq $((n - 1)) ]
	done
	rm -f *
	run stopat --kill 6 -- victim files 5
	[ "$status" -eq 0 ]
	[ "$(nfiles)" -eq 5 ]
}

@test "a call that fails is not made, and the others are" {
	run stopat --error 2 ENOSPC -- victim files 3
	[ "$status" -eq 0 ]
	[ "$output" = "2: ENOSPC" ]
	[ "$(echo *)" = "1 3" ]
	run stopat --error 1 5 -- victim files 1
	[ "$output" = "1: EIO" ]
}

@test "a signal comes before the n-th call" {
	run stopat --signal 3 TERM -- victim files 5
	[ "$status" -eq 143 ]
	[ "$(nfiles)" -le 3 ]
	run stopat --signal 3 SIGINT -- sh -c 'trap "mkdir caught" INT; mkdir a; mkdir b; mkdir c; :'
	[ -d caught ]
	[ -d c ]
}

@test "threads are counted and killed together" {
	run stopat --count -- victim threads 8 50
	[ "$output" = 400 ]
	[ "$(nfiles)" -eq 400 ]
	for n in 1 100 399; do
		rm -f *
		run stopat --kill $n -- victim threads 8 50
		[ "$status" -eq 137 ]
		[ "$(nfiles)" -lt $n ]
		[ "$(nfiles)" -ge $((n - 8)) ]
	done
}

@test "children are counted, waited for and killed" {
	run stopat --count -- victim fork 3
	[ "$output" = 3 ]
	[ "$(nfiles)" -eq 3 ]
	rm -f *
	run stopat --kill 3 -- victim fork 3
	[ "$(nfiles)" -eq 2 ]
	rm -f *
	run stopat --kill 2 -- sh -c '(sleep 0.2; mkdir late) & (mkdir one; mkdir two); wait'
	[ "$status" -eq 137 ]
	sleep 0.4
	[ "$(echo *)" = one ]
}

@test "killing stopat takes the command along" {
	stopat -- sh -c 'sleep 0.3; mkdir late' 3>&- &
	sleep 0.1
	kill -KILL $!
	wait $! || true
	sleep 0.4
	[ "$(nfiles)" -eq 0 ]
}

@test "the log names calls and paths" {
	mkdir d
	run stopat --log ../calls -- sh -c 'cd d; mkdir x; mv x y; echo z >z; rmdir y'
	[ "$status" -eq 0 ]
	grep -q "^1 [0-9]* mkdir 'x'$" ../calls
	grep -q "^2 [0-9]* renameat.* 'x' 'y'$" ../calls
	grep -q "^4 [0-9]* write '.*/d/z'$" ../calls
	grep -q "^5 [0-9]* \(rmdir\|unlinkat\) 'y'$" ../calls
}

@test "from the n-th call on all fail" {
	run stopat --errors 2 EROFS -- victim files 4
	[ "${lines[*]}" = '2: EROFS 3: EROFS 4: EROFS' ]
	[ "$(echo *)" = 1 ]
}

@test "one call fails, and a later one kills" {
	run stopat --error 2 EIO --kill 4 -- victim files 5
	[ "$status" -eq 137 ]
	[ "$(echo *)" = '1 3' ]
	run stopat --kill 1 --kill 2 --kill 3 --kill 4 --kill 5 -- victim files 5
	[ "$status" -eq 125 ]
}

@test "a short write is what every write may be" {
	stopat --short --log calls -- sh -c 'printf 12345678 >f'
	[ "$(cat f)" = 12345678 ]
	[ "$(grep -c ' write ' calls)" -gt 1 ]
	run victim files 3
	[ "$status" -eq 0 ]
}
