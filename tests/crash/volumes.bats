#!/usr/bin/env bats
# Something is mounted below the root, and a transaction that covers both file systems is stopped
# before every mutating system call. See lib/crash.bash.
#
# What is mounted is the directory itself, bound: nothing is renamed across that either, and roots
# can be copied as ever. The programs run in a mount namespace in which it is so, each in its own.

load lib/crash

setup() { :; }

# mounted DIRECTORY...: the programs that the harness starts, each behind a script that mounts.
mounted()
{
	local name
	MOUNTS=$*
	needs_root
	unshare --mount true 2>/dev/null || skip 'no mount namespaces here'
	mkdir -p "$BATS_TEST_TMPDIR/mounted"
	for name in STOPAT ROOTSTATE COMMPKG; do
		cat >"$BATS_TEST_TMPDIR/mounted/$name" <<-END
			#!/bin/bash
			# Roots are operands of rootstate, and stand behind -R elsewhere.
			roots=() last=
			for word in "\$@"; do
				if [ "$name" = ROOTSTATE ] || [ "\$last" = -R ]; then roots+=("\$word"); fi
				last=\$word
			done
			exec unshare --mount bash -c '
				n=\$1
				shift
				for root in "\${@:1:n}"; do
					for dir in $MOUNTS; do
						[ ! -d "\$root/\$dir" ] || mount --bind "\$root/\$dir" "\$root/\$dir"
					done
				done
				shift "\$n"
				exec "\$@"' mounted "\${#roots[@]}" "\${roots[@]}" "${!name}" "\$@"
		END
		chmod +x "$BATS_TEST_TMPDIR/mounted/$name"
	done
	# What runs under stopat is the program itself.
	MOUNTED_COMMPKG=$BATS_TEST_TMPDIR/mounted/COMMPKG
	# shellcheck disable=SC2034	# the harness uses them
	STOPAT=$BATS_TEST_TMPDIR/mounted/STOPAT ROOTSTATE=$BATS_TEST_TMPDIR/mounted/ROOTSTATE
}

# What a script writes has the time of now: it is given one that stays.
SCRIPT='i postinstall <cd $PKG_INSTALL_ROOT && rm -rf opt/made var/made etc/made && for d in opt var etc; do mkdir $d/made && echo $VERSION >$d/made/x && touch -d "2020-02-02 02:02:02" $d/made/x || exit 1; done\n'

prepare()
{
	mkdir -p "$BEFORE/opt" "$BEFORE/var" "$BEFORE/etc"
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/a' 'f opt/demo/suid 4755 root root' 'e opt/demo/conf <x=1\n' \
		'f opt/demo/turns' 'd opt/demo/old' 'f opt/demo/old/x' 'f etc/demo' 'f etc/old' "$@"
	mkpkg demo 2.0 'd opt/demo' 'f opt/demo/a' 'f opt/demo/suid 4755 root root' 'e opt/demo/conf <x=2\n' \
		'd opt/demo/turns' 'f opt/demo/turns/in' 'f etc/demo' 'd etc/new' 'f etc/new/x' "$@"
	"$MOUNTED_COMMPKG" -y -R "$BEFORE" install ./demo-1.0.pkg
}

@test "two file systems: killed at any call, the root is old or new" {
	mounted opt
	crash_setup upgrade ./demo-2.0.pkg
	compgen -G "$AFTER/opt/.commpkg/*/undo/2.1"
	crash_everywhere no 3
}

@test "two file systems: an error at any call is told, and the root is old or new" {
	mounted opt
	crash_setup upgrade ./demo-2.0.pkg
	fail_everywhere 1 5
}

@test "two file systems: recovery is killed, and recovers" {
	mounted opt
	crash_setup upgrade ./demo-2.0.pkg
	crash_recovery_everywhere 3
}

@test "the state directory apart: killed at any call, the root is old or new" {
	mounted var
	crash_setup uninstall demo
	compgen -G "$AFTER/.commpkg/*/undo/2.1"
	crash_everywhere no 5
}

@test "two file systems: an undo killed at any call" {
	mounted opt
	eval "$(declare -f prepare | sed '1s/prepare/prepare_one/')"
	prepare() { prepare_one && "$MOUNTED_COMMPKG" -y -R "$BEFORE" upgrade ./demo-2.0.pkg; }
	crash_setup undo
	crash_everywhere no 5
}

@test "scripts over three file systems: killed at any call, the root is old or new" {
	mounted opt var
	eval "$(declare -f prepare | sed '1s/prepare/prepare_one/')"
	prepare() { prepare_one "$SCRIPT"; }
	crash_setup upgrade ./demo-2.0.pkg
	[ "$(cat "$AFTER/opt/made/x" "$AFTER/var/made/x" "$AFTER/etc/made/x")" = "$(printf '2.0\n2.0\n2.0')" ]
	crash_everywhere no 11
}

# The root of a transaction that was killed in its middle, without its mounts.
@test "what is not mounted is named by recovery, nothing is done; and then it goes on" {
	mounted opt
	crash_setup upgrade ./demo-2.0.pkg
	local root=$PLACE/batch/0 half
	"$STOPAT" --kill $(((SEAL + SETTLE) / 2)) -- "$COMMPKG" -y -R "$root" "${CHANGE[@]}" >/dev/null 2>&1 || :
	half=$(tree_list "$root")
	mv "$root/opt" "$PLACE/opt"
	mkdir "$root/opt"
	run "$COMMPKG" recover -R "$root"
	[ "$status" -eq 10 ]
	[[ $output == *"is not mounted at '$root/opt'"*"mount it at $root/opt"* ]]
	run "$COMMPKG" -y -R "$root" install ./third-1.0.pkg
	[ "$status" -eq 10 ]
	run "$COMMPKG" info -R "$root"
	[ "$status" -eq 0 ]
	rmdir "$root/opt"
	mv "$PLACE/opt" "$root/opt"
	[ "$(tree_list "$root")" = "$half" ]
	"$COMMPKG" recover -R "$root"
	[ "$(state_of "$root")" = "$NEW" ]
}
