#!/usr/bin/env bats
# A script ends its package half-way, and pkgadd or pkgrm keeps what is there by then, marked, as
# SVR4 does: killed at any call of it the root is as before, or as they leave it. See lib/crash.bash.

load lib/crash

prepare()
{
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	printf '%s=nocheck\n' partial runlevel idepend rdepend space setuid conflict action >"$PLACE/admin"
	printf '%s\n' mail= instance=overwrite basedir=default >>"$PLACE/admin"
	mkpkg half 1.0 'd opt' 'd opt/half' 'f opt/half/f' 's opt/half/s=f' 'e opt/half/e <e\n' \
		'f:table opt/half/t' 'l:table opt/half/tl=t' 'f:late opt/half/l' \
		'i i.table <while read s d; do cp -p $s $d; done\nexit 1\n' \
		'i i.late <while read s d; do cp -p $s $d; done\n' -- 'CLASSES=none table late'
	mkpkg gone 1.0 'd opt' 'd opt/gone' 'f opt/gone/f' 'e opt/gone/e <e\n' 'f:table opt/gone/t' \
		'i r.table <while read d; do rm -f $d; done\nexit 1\n' -- 'CLASSES=none table'
	commpkg -y -R "$BEFORE" install ./gone-1.0.pkg
	wrap
}

# What crash.bash runs: `commpkg -y -R ROOT stopped-add` is a pkgadd that ends as it should, with 1.
wrap()
{
	cat >"$PLACE/commpkg" <<-END
	#!/bin/sh
	case \$4 in
	stopped-add)
		"$O/bin/pkgadd" -n -a "$PLACE/admin" -R "\$3" -d "$PWD/half-1.0.pkg" half ;;
	stopped-rm)
		"$O/bin/pkgrm" -n -a "$PLACE/admin" -R "\$3" gone ;;
	*)
		exec "$O/bin/commpkg" "\$@" ;;
	esac
	[ \$? -eq 1 ]
	END
	chmod +x "$PLACE/commpkg"
	# shellcheck disable=SC2034	# lib/crash.bash uses it
	COMMPKG=$PLACE/commpkg
}

setup() { :; }

@test "an installation that its class action script stops: killed at any call, nothing or the marked state" {
	crash_setup stopped-add
	[ "$(pkginfo -p -R "$AFTER" | awk '{ print $2 }')" = half ]
	[ -e "$AFTER/var/sadm/pkg/half/!I-Lock!" ]
	[ -f "$AFTER/opt/half/f" ]
	[ ! -e "$AFTER/opt/half/l" ]
	crash_everywhere back 20
}

@test "a removal that its class action script stops: the same" {
	crash_setup stopped-rm
	[ "$(pkginfo -p -R "$AFTER" | awk '{ print $2 }')" = gone ]
	[ -e "$AFTER/var/sadm/pkg/gone/!R-Lock!" ]
	[ ! -e "$AFTER/opt/gone/t" ]
	crash_everywhere back 20
}

@test "and the next command that writes goes on from it" {
	crash_setup stopped-add
	crash_then_write $((SEAL - 1)) 12
}
