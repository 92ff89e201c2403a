#!/usr/bin/env bats
# Scripts that run on the root itself, after the commit: stopped at mutating system calls. See
# lib/crash.bash. Such scripts may be begun again, so these can be: no half a file, and no name that
# another run would not use again.

load lib/crash
load ../cli/lib/late

# rootstate, which recovers, does not lie beside installf: so it is named where it is. (Where that is
# built with sanitizers: a search for leaks does not work under stopat.)
# With $TAME what they change is only what can be taken back.
late_scripts()
{
	local old='touch -d "2020-02-02 02:02:02"' in="${TAME:+exit 0; }"'cd $PKG_INSTALL_ROOT'
	mkpkg demo "$1" 'd opt/demo' 'f opt/demo/a' 'f opt/demo/b 4755 root root' \
		"i preinstall <$in/etc && { grep -q $1 users || echo $1 >>users; } && $old users || exit 1\n" \
		"i postinstall <$in/opt/demo && grep -q $1 a && echo $1 >made && $old made && rm -f link && ln -s a link && PATH=\$PATH:$O/bin && export ASAN_OPTIONS=detect_leaks=0 && installf \$PKGINST /opt/demo/made f && installf -f \$PKGINST || exit 1\n" \
		"i preremove <$in/opt/demo && rm -f made link || exit 1\n" \
		"i postremove <$in/etc && sed /$1/d users >users.x && $old users.x && mv users.x users || exit 1\n" \
		"i i.table <while read src dest; do { { grep -v packaged \$dest || [ \$? -eq 1 ]; } && cat \$src; } >\$dest.x && mv \$dest.x \$dest || { rm -f \$dest.x; exit 1; }; done; exit 0\n" \
		"i r.table <while read dest; do sed /packaged/d \$dest >\$dest.x && $old \$dest.x && mv \$dest.x \$dest || exit 1; done; exit 0\n" \
		-- 'CLASSES=none table'
	mkdir -p "src/demo-$1/reloc/etc"
	echo "packaged $1" >"src/demo-$1/reloc/etc/table"
	touch -d '2024-02-29 12:00:00' "src/demo-$1/reloc/etc/table"
	echo 'e table etc/table 0644 root root' >>"src/demo-$1/prototype"
	pkgmk -o -d "$PWD/spool-$1" -f "src/demo-$1/prototype" -r "src/demo-$1/reloc" >/dev/null 2>&1
}

prepare()
{
	needs_late
	case $O in
	/tmp/*) skip 'the cage of a recovery hides /tmp, and there is installf' ;;
	esac
	# In a user namespace of its own, in which nobody may make mounts.
	cat >"$PLACE/stopat" <<-EOT
		#!/bin/sh
		exec unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_mnt_namespaces; exec "\$@"' sh "$STOPAT" "\$@"
	EOT
	chmod +x "$PLACE/stopat"
	STOPAT=$PLACE/stopat
	late_scripts 1.0
	late_scripts 2.0
	mkdir "$BEFORE/etc"
	echo root >"$BEFORE/etc/users"
	echo 'of the site' >"$BEFORE/etc/table"
	commpkg -y -R "$BEFORE" install ./spool-1.0/demo
}

setup() { :; }

@test "late scripts of an upgrade: killed at any call, the root is old or new" {
	crash_setup upgrade ./spool-2.0/demo
	grep -q '2.0' "$AFTER/etc/users" "$AFTER/etc/table"
	crash_everywhere no 9
}

@test "late scripts of an uninstallation: killed at any call, the root is old or new" {
	crash_setup uninstall demo
	run ! grep -q packaged "$AFTER/etc/table"
	crash_everywhere no 11
}

@test "late scripts: an error at any call is told, and the root is old or new" {
	TAME=1
	crash_setup upgrade ./spool-2.0/demo
	fail_at EIO 1 17
	fail_at ENOSPC 5 29
}

# Where SQLite's journal is gone the commit has happened; only the directory could not be synced.
@test "late scripts: an error after a commit of theirs takes nothing back" {
	local n
	TAME=1
	crash_setup upgrade ./spool-2.0/demo
	mapfile -t SAMPLE < <(awk '
		gone && /sync/ { print NR }
		{ gone = /unlink.*pkgdb.sqlite-journal/ }' "$PLACE/calls")
	# the seal, two for each of three scripts and one for each of the phases, the settling
	[ ${#SAMPLE[@]} -ge 9 ]
	for n in "${SAMPLE[@]}"; do
		try "$n" --error "$n" EIO -- "${CHANGE[@]}"
	done
	look
	for n in "${!roots[@]}"; do
		[ "${statuses[n]}" -eq 0 ] || tell "$n" 'an error that is none'
		is_new "$n" || tell "$n" 'not the new one'
	done
}
