#!/usr/bin/env bats
# uninstall, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg ./other-1.0.pkg
	echo y=1 >>"$BEFORE/opt/demo/etc/conf"
}

setup() { crash_setup uninstall demo; }

# Once to plan, and once more before the seal: the time a large removal takes is that of its looks.
@test "uninstall: each path that goes is looked at twice" {
	local i n objects=('d opt/wide')
	for ((i = 0; i < 40; i++)); do
		objects+=("f opt/wide/file$i")
	done
	mkpkg wide 1.0 "${objects[@]}"
	commpkg -qy -R "$BEFORE" install ./wide-1.0.pkg
	"$STOPAT" --reads --log "$PLACE/looks" -- "$COMMPKG" -qy -R "$BEFORE" uninstall wide
	n=$(grep -cE "(statx|fstatat).*/opt/wide/file" "$PLACE/looks")
	echo "$n looks at 40 paths"
	[ "$n" -eq 80 ]
	[ ! -e "$BEFORE/opt/wide" ]
}

@test "uninstall: killed at any call, the root is old or new" {
	crash_everywhere back 2
}

@test "uninstall: after a kill, the next command that writes recovers" {
	crash_then_write 3 9
}

@test "uninstall: an error at any call is told, and the root is old or new" {
	fail_everywhere 1 2
}

@test "uninstall: a disk that fails for good is told, and the root is old or new" {
	fail_everywhere 2 5 --errors
}

@test "uninstall: what can't be looked at is told, and the root is old or new" {
	fail_looking 15 37
}

@test "uninstall: killed while it is taken back, the root is old or new" {
	crash_reversal_everywhere 3
}

@test "uninstall: recovery killed at any call can be repeated" {
	crash_recovery_everywhere 3
}
