#!/usr/bin/env bats
# A package with scripts, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

# A script writes to one name of a file that has three.
prepare_linked()
{
	local v objects=('d opt/demo' 'f opt/demo/one <old\n' 'l opt/demo/two=one' 'l opt/demo/three=one')
	for v in 1.0 2.0; do
		mkpkg demo $v "${objects[@]}" \
			"i postinstall <cd \$PKG_INSTALL_ROOT/opt/demo && echo $v >>two && touch -d '2020-02-02 02:02:02' one || exit 1\n"
	done
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg
}

prepare()
{
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	[ -z "${LINKED:-}" ] || {
		prepare_linked
		return
	}
	crash_scripted 1.0
	crash_scripted 2.0
	mkdir "$BEFORE/etc"
	echo root >"$BEFORE/etc/users"
	${EMPTY:+return 0}
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg
	[ -z "${UPGRADED:-}" ] || commpkg -y -R "$BEFORE" upgrade ./demo-2.0.pkg
}

setup() { :; }

@test "scripts of an installation: killed at any call, the root is old or new" {
	EMPTY=1 crash_setup install ./demo-1.0.pkg
	grep -q "^1.0$" "$AFTER/etc/users"
	crash_everywhere back 13
}

@test "scripts of an upgrade: killed at any call, the root is old or new" {
	crash_setup upgrade ./demo-2.0.pkg
	grep -q "^2.0$" "$AFTER/etc/users"
	crash_everywhere back 4
}

@test "scripts of an upgrade: an error at any call is told, and the root is old or new" {
	crash_setup upgrade ./demo-2.0.pkg
	fail_everywhere 1 6
}

@test "scripts of an uninstallation: killed at any call, the root is old or new" {
	crash_setup uninstall demo
	[ "$(cat "$AFTER/etc/users")" = root ]
	crash_everywhere back 5
}

@test "scripts of an uninstallation: an error at any call is told, and the root is old or new" {
	crash_setup uninstall demo
	fail_everywhere 3 11
}

@test "what scripts did is undone: killed at any call, the root is old or new" {
	UPGRADED=1 crash_setup undo
	grep -q "^1.0$" "$AFTER/etc/users"
	crash_everywhere no 4
}

@test "what scripts did is undone: an error at any call is told, and the root is old or new" {
	UPGRADED=1 crash_setup undo
	fail_everywhere 2 7
}

@test "a script that writes to one of a file's names: killed at any call, all have it or none" {
	LINKED=1 crash_setup upgrade ./demo-2.0.pkg
	[ "$(tail -n 1 "$AFTER/opt/demo/one")" = 2.0 ]
	[ "$AFTER/opt/demo/one" -ef "$AFTER/opt/demo/three" ]
	crash_everywhere back 5
}

@test "a script that writes to one of a file's names: with an error at any call, all have it or none" {
	LINKED=1 crash_setup upgrade ./demo-2.0.pkg
	fail_everywhere 2 9
}

@test "a signal while scripts run: as before" {
	local n i
	crash_setup upgrade ./demo-2.0.pkg
	for ((n = 5; n < SEAL - 5; n += 7)); do
		try "$n TERM" --signal "$n" TERM -- "${CHANGE[@]}"
		[ ${#points[@]} -lt $BATCH ] || break
	done
	look
	for i in "${!roots[@]}"; do
		[ "${statuses[i]}" -eq 1 ] || tell "$i" 'not interrupted'
		is_old "$i" || tell "$i" 'not the old one'
	done
}
