#!/usr/bin/env bats
# What else changes a root, or the software list, stopped at a sample of its calls (at all of them
# with CRASH_ALL=1). See lib/crash.bash.
# shellcheck disable=SC2034	# lib/crash.bash uses them

load lib/crash

setup() { :; }

# sweep ARGUMENT...: of commpkg. Killed, failing once, failing for good.
sweep()
{
	crash_setup "$@" || return 1
	crash_everywhere "$BACK" 11 || return 1
	fail_everywhere 1 17 || return 1
	fail_everywhere 3 41 --errors
}
BACK=back

in_before() { commpkg -qy -R "$BEFORE" "$@"; }

@test "a downgrade" {
	prepare()
	{
		crash_packages
		in_before install ./demo-2.0.pkg ./other-1.0.pkg
	}
	sweep install --allow-downgrade ./demo-1.0.pkg
}

@test "an installation over what nobody owns" {
	prepare()
	{
		crash_packages
		mkdir -p "$BEFORE/opt/demo/bin" "$BEFORE/opt/demo/mode"
		echo mine | tee "$BEFORE/opt/demo/bin/a" "$BEFORE/opt/demo/turns" >"$BEFORE/opt/demo/link"
		ln "$BEFORE/opt/demo/bin/a" "$BEFORE/opt/demo/hard"
		ln -s nowhere "$BEFORE/opt/demo/bin/suid"
		rmdir "$BEFORE/opt/demo/mode"
	}
	sweep install --pkgOverwrite ./demo-1.0.pkg
}

@test "an installation with all that it needs, from a distribution, some of it scripted" {
	local made='touch -d @1000000000'
	prepare()
	{
		mkdir dist
		cd dist
		mkpkg app 1.0 'd opt/app' 'f opt/app/bin/app' -- 'P libone Lib' 'P tools Tools'
		mkpkg libone 1.0 'd opt/lib' 'f opt/lib/one' 's opt/lib/link=one' -- 'P base Base'
		mkpkg tools 1.0 'd opt/tools' 'f opt/tools/t' -- 'P base Base' 'P data Data'
		mkpkg data 1.0 'd opt/data' 'e opt/data/conf <a\n' \
			"i postinstall <cd \$PKG_INSTALL_ROOT/opt/data && echo list >list && $made list && $made . || exit 1\n"
		mkpkg base 1.0 'd opt/base' 'f opt/base/b 4755 root root' \
			"i postinstall <cd \$PKG_INSTALL_ROOT && ln -s base opt/current || exit 1\n"
		rm -rf src spool-*
		cd ..
	}
	sweep install --distro "$BATS_TEST_TMPDIR/dist" app
	[ "$(cat "$AFTER/opt/data/list")" = list ]
}

@test "all packages of a root, taken away" {
	prepare()
	{
		crash_packages
		in_before install ./demo-1.0.pkg ./other-1.0.pkg
		rm "$BEFORE/opt/demo/bin/a"
		echo y=1 >>"$BEFORE/opt/demo/etc/conf"
	}
	sweep uninstall --all
}

@test "undo of an undo, with an edit in between" {
	prepare()
	{
		crash_packages
		in_before install ./demo-1.0.pkg ./other-1.0.pkg
		in_before upgrade ./demo-2.0.pkg
		in_before undo
		echo y=1 >>"$BEFORE/opt/demo/etc/conf"
	}
	BACK=no sweep undo 3
}

@test "the way back is given up: what was given up is gone, or all is still there" {
	prepare()
	{
		crash_packages
		in_before install ./demo-1.0.pkg ./other-1.0.pkg
		in_before upgrade ./demo-2.0.pkg
		in_before uninstall other
	}
	STATE_OPTIONS=(-k) LEAST=15 BACK=no
	crash_setup history --prune 1
	crash_everywhere no 2
	fail_everywhere 1 4
	fail_everywhere 2 7 --errors
	crash_setup history --keep 2 --keep-bytes 10M
	crash_everywhere no 4
	fail_everywhere 1 7
}

@test "SVR4's commands" {
	local admin=$BATS_TEST_TMPDIR/admin
	cd "$BATS_TEST_TMPDIR"
	prepare()
	{
		crash_packages
		"$O/bin/commpkg" -qy -R "$BEFORE" install ./other-1.0.pkg
		# An empty list that pkgadd makes first of all, and leaves also when it then refuses.
		touch "$BEFORE/var/sadm/install/gz-only-packages"
		printf '%s=nocheck\n' setuid conflict action partial idepend rdepend space runlevel >"$admin"
		printf 'mail=\ninstance=unique\nbasedir=default\n' >>"$admin"
	}
	# The harness says: COMMPKG -y -R ROOT ...
	printf '#!/bin/sh\nexec pkgadd -n -a %s -R "$3" -d ./demo-1.0.pkg all\n' "$admin" >tool
	chmod +x tool
	COMMPKG=$PWD/tool WORDS=ERROR:
	crash_setup pkgadd
	crash_everywhere no 23
	fail_everywhere 1 29
	mv "$AFTER" installed
	rm -rf "$PLACE"
	prepare()
	{
		rmdir "$BEFORE"
		cp -a installed "$BEFORE"
	}
	printf '#!/bin/sh\nexec pkgrm -n -a %s -R "$3" demo\n' "$admin" >tool
	crash_setup pkgrm
	crash_everywhere no 23
	fail_everywhere 1 29
}

# ---- the software list

list_setup()
{
	commpkg_setup
	PLACE=$BATS_TEST_TMPDIR
	rm -rf before "$COMMPKG_STATE"
	for n in a b; do
		commpkg root add "$n" "/srv/$n" >/dev/null
	done
	commpkg root group g a b >/dev/null
	cp -a "$COMMPKG_STATE" before
	commpkg "$@" >/dev/null
	cp "$COMMPKG_STATE/softlist" new
	! cmp -s before/softlist new
}

# list_try ACTION... -- ARGUMENT...: sets rc; the list is the old or the new one, and the next edit
# leaves nothing behind.
list_try()
{
	local actions=()
	while [ "$1" != -- ]; do
		actions+=("$1")
		shift
	done
	shift
	rm -rf "$COMMPKG_STATE"
	cp -a before "$COMMPKG_STATE"
	rc=0
	"$STOPAT" "${actions[@]}" -- "$COMMPKG" "$@" >said 2>&1 || rc=$?
	is=
	cmp -s "$COMMPKG_STATE/softlist" new && is=new
	cmp -s "$COMMPKG_STATE/softlist" before/softlist && is=old
	[ -n "$is" ]
	commpkg root add later /srv/later >/dev/null
	commpkg root list | grep -q later
	[ -z "$(find "$COMMPKG_STATE" -name '.softlist-*')" ]
}

list_everywhere()
{
	local n errno
	list_setup "$@"
	for ((n = 1, rc = 137; rc == 137; n++)); do
		list_try --kill "$n" -- "$@"
	done
	[ $rc -eq 0 ]
	[ "$n" -gt 5 ]
	for ((n = 1, rc = 1; rc != 0; n++)); do
		for errno in $(errnos_at "$n"); do
			list_try --error "$n" "$errno" -- "$@"
			[ $rc -le 1 ]
			[ $rc -ne 0 ] || [ "$is" = new ]
			[ $rc -ne 1 ] || [ "$is" = old ]
			[ $rc -eq 0 ] || grep -q 'commpkg:' said
		done
	done
}

@test "the software list: killed or failing at any call, it is the old one or the new one" {
	list_everywhere root add new /srv/new
	list_everywhere root remove b
	list_everywhere root rename a c
}
