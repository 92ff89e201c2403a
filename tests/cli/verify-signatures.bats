#!/usr/bin/env bats
# verify --signatures: who changes the database together with the root is found out by what was signed.
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p dist "$COMMPKG_STATE/keys.d"
	mkpkg SUNWa 1.0 'd opt/a' 'f opt/a/bin <echo hello\n>' 'f opt/a/suid 4755 root root' \
		'e opt/a/conf <x=1\n>' 's opt/a/link=bin' 'l opt/a/hard=bin' \
		'i preremove <exit 0\n' -- 'P SUNWb Bee'
	mkpkg SUNWb 1.0 'f opt/b'
	mkpkg SUNWplain 1.0 'f opt/plain'
}

# self NAME: NAME.key, NAME.crt, NAME.pem (both)
self() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-out "$1.crt" -days 3650 -subj "/O=Acme/CN=$1" 2>/dev/null
	cat "$1.key" "$1.crt" >"$1.pem"
}
trust() { cp "$1.crt" "$COMMPKG_STATE/keys.d/"; }
published() {
	mv SUNWa-1.0.pkg SUNWb-1.0.pkg dist/
	self me && trust me
	commpkg repo create dist --id suite
	commpkg repo sign dist --key me.key --cert me.crt
	commpkg install -qy -R "$ROOT" -d dist SUNWa
}
# forge SQL: what somebody who may write everything does to the database
forge() {
	python3 - "$ROOT/var/lib/commpkg/pkgdb.sqlite" "$1" <<'PY'
import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.create_function('sha', 1, lambda s: __import__('hashlib').sha256(s.encode()).digest())
assert d.execute(sys.argv[2]).rowcount > 0
d.commit()
PY
}
check() { run commpkg verify --signatures -R "$ROOT" "$@"; }
# told WORDS...
told() {
	local w
	for w in "$@"; do
		[[ $output == *"$w"* ]] || {
			printf 'not said: %s\n%s\n' "$w" "$output"
			return 1
		}
	done
}

@test "what a signed distribution brought is as signed, also when it has expired and its serial is old" {
	published
	check -d dist
	[ "$status" -eq 0 ]
	told 'signatures: 2 packages as signed, 0 differ, 0 not compared'
	check -v -d dist
	told "SUNWa 1.0: as 'CN=me,O=Acme" "6 objects"
	cp -a dist old
	commpkg repo create dist --id suite
	commpkg repo sign dist --key me.key --cert me.crt
	commpkg install -qy -R "$ROOT" -d dist --reinstall SUNWb
	check -d old
	[ "$status" -eq 0 ]
}

@test "a file changed together with its row: same size, same sum, same time" {
	published
	printf 'echo ehllo\n\n' >"$ROOT/opt/a/bin"
	touch -d @1000000000 "$ROOT/opt/a/bin"
	forge "UPDATE file SET sha256 = sha('echo ehllo' || char(10) || char(10)) WHERE path = 'opt/a/bin'"
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	check -d dist
	[ "$status" -eq 5 ]
	told "SUNWa 1.0: the database does not say what 'CN=me" \
		'/opt/a/bin: content is recorded as sha256 ' '1 package as signed, 1 differs'
	check -d dist SUNWb
	[ "$status" -eq 0 ]
	told '1 package as signed, 0 differ'
	commpkg verify --json --signatures -R "$ROOT" -d dist >json || [ $? -eq 5 ]
	python3 - <<'PY'
import json
r = json.load(open('json'))['results'][0]
assert [(p['package'], p['state']) for p in r['signed']] == [('SUNWa', 'differs'), ('SUNWb', 'as-signed')]
d, = r['signed_differences']
assert all(len(p['certificate']) == 64 for p in r['signed'])
assert d['what'] == '/opt/a/bin' and d['kind'] == 'content' and not d['allowed'], d
PY
}

@test "what else the database may have been made to say" {
	local what
	published
	cp -a "$ROOT" clean
	while IFS='|' read -r sql what; do
		rm -rf "$ROOT"
		cp -a clean "$ROOT"
		forge "$sql"
		check -d dist
		[ "$status" -eq 5 ] && told "$what"
	done <<-'SQL'
		UPDATE file SET mode = 2541 WHERE path = 'opt/a/bin'|/opt/a/bin: mode is recorded as 4755, signed was 0644
		UPDATE file SET owner = 'nobody' WHERE path = 'opt/a/bin'|/opt/a/bin: owner is recorded as nobody, signed was root
		UPDATE file SET grp = 'nobody' WHERE path = 'opt/a/bin'|/opt/a/bin: group is recorded as nobody, signed was root
		UPDATE file SET target = '/bin/sh' WHERE path = 'opt/a/link'|/opt/a/link: target is recorded as /bin/sh, signed was bin
		UPDATE file SET ftype = 'v' WHERE path = 'opt/a/bin'|/opt/a/bin: type is recorded as v, signed was f
		UPDATE file SET class = 'build' WHERE path = 'opt/a/conf'|/opt/a/conf: class is recorded as build, signed was none
		UPDATE file SET size = 5 WHERE path = 'opt/a/bin'|/opt/a/bin: size is recorded as 5, signed was 12
		UPDATE file SET sum = 5 WHERE path = 'opt/a/bin'|/opt/a/bin: sum is recorded as 5, signed was
		UPDATE file SET path = 'opt/a/other' WHERE path = 'opt/a/bin'|/opt/a/other: is not in the signed package
		UPDATE file SET path = 'opt/a/other' WHERE path = 'opt/a/bin'|/opt/a/bin: the database does not have it
		UPDATE infofile SET bytes = CAST('rm -rf /' AS BLOB) WHERE name = 'preremove'|install/preremove: content is recorded as sha256
		UPDATE infofile SET name = 'postremove' WHERE name = 'preremove'|install/postremove: is not in the signed package
	SQL
}

@test "a signed datastream is a witness; one that is not signed, broken or of a stranger is none" {
	self me && trust me
	self other
	pkgtrans -g -k me.pem -s "$PWD/spool-1.0" "$PWD/signed.pkg" SUNWb SUNWplain 2>err
	pkgtrans -g -k other.pem -s "$PWD/spool-1.0" "$PWD/strange.pkg" SUNWb 2>err
	commpkg install -qy -R "$ROOT" ./signed.pkg
	check ./signed.pkg
	[ "$status" -eq 0 ]
	told '2 packages as signed, 0 differ, 0 not compared'
	check ./SUNWb-1.0.pkg SUNWb
	[ "$status" -eq 5 ]
	told "not compared with a signed package: './SUNWb-1.0.pkg' is not signed" \
		"commpkg verify --signatures -R $ROOT ./SUNWb-1.0.pkg"
	check ./strange.pkg SUNWb
	[ "$status" -eq 5 ]
	told 'not compared with a signed package:' 'strange.pkg'
	check SUNWb
	[ "$status" -eq 5 ]
	told 'no package of that version is at hand'
	python3 - <<'PY'
b = bytearray(open('signed.pkg', 'rb').read())
b[b.rindex(b'bin/demo' if b'bin/demo' in b else b'opt/plain')] ^= 1
open('broken.pkg', 'wb').write(b)
PY
	check ./broken.pkg
	[ "$status" -ne 0 ]
	run ! grep -q 'as signed, 0 differ, 0 not' <<<"$output"
}

# Signed by somebody trusted, as signed.pkg.
signed() {
	self me && trust me
	pkgtrans -g -k me.pem -s "$PWD/spool-1.0" "$PWD/signed.pkg" "$1" 2>err
}

@test "what installf recorded is told, and allowed but for contents; set-id bits taken away as well" {
	mkpkg SUNWc 1.0 'f opt/c 4755 root root' 'f opt/d <one\n>' 'd opt/dir 0755 root root' \
		'i postinstall <cd $PKG_INSTALL_ROOT/opt; chmod 700 dir; echo n >new; installf -R $PKG_INSTALL_ROOT $PKGINST /opt/new; installf -R $PKG_INSTALL_ROOT $PKGINST /opt/dir d 0700 root root; installf -R $PKG_INSTALL_ROOT -f $PKGINST\n'
	signed SUNWc
	printf '%s=nocheck\n' conflict action partial idepend rdepend space runlevel >admin
	printf 'setuid=nochange\nmail=\ninstance=unique\nbasedir=default\n' >>admin
	pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/signed.pkg" all
	check ./signed.pkg
	[ "$status" -eq 0 ]
	told '/opt/new: is not in the signed package (by installf for SUNWc)' \
		'/opt/c: mode is recorded as 0755, signed was 4755 (allowed)' \
		'/opt/dir: mode is recorded as 0700, signed was 0755 (by installf for SUNWc)' \
		'1 package as signed'
	# The next version calls no installf: what was said of this one excuses nothing there.
	mkpkg SUNWc 2.0 'f opt/c 0755 root root' 'f opt/d <one\n>' 'd opt/dir 0755 root root'
	rm signed.pkg
	pkgtrans -g -k me.pem -s "$PWD/spool-2.0" "$PWD/signed.pkg" SUNWc 2>err
	commpkg upgrade -qy -R "$ROOT" ./signed.pkg
	forge "UPDATE file SET mode = 511 WHERE path = 'opt/dir' AND removed = 0"
	check ./signed.pkg
	[ "$status" -eq 5 ]
	told '/opt/dir: mode is recorded as 0777, signed was 0755'
	[[ $output != *'signed was 0755 (by installf'* ]]
}

@test "what a script made of a packaged file is not as signed, whatever the history says of it" {
	mkpkg SUNWd 1.0 'f opt/d <one\n>' 'f opt/x <two\n>' 'i postinstall <echo two >$PKG_INSTALL_ROOT/opt/d\n'
	signed SUNWd
	commpkg install -qy -R "$ROOT" ./signed.pkg
	commpkg verify -q -R "$ROOT"
	check ./signed.pkg
	[ "$status" -eq 5 ]
	told '/opt/d: its contents are sha256 '
	[[ $output != *'/opt/x: its'* ]]
	# A forged note, for a file whose row is left as it is.
	echo evil >"$ROOT/opt/x"
	forge "UPDATE note SET subject = 'opt/x', text = lower(hex(sha('evil' || char(10)))) || ' changed by postinstall of SUNWd (0644 0 0)' WHERE kind = 'effect' AND subject = 'opt/d'"
	commpkg verify -q -R "$ROOT" || [ $? -eq 5 ]
	check ./signed.pkg
	[ "$status" -eq 5 ]
	told '/opt/x: its contents are sha256 '
}

@test "contents that the database does not speak of any more are compared all the same" {
	mkpkg SUNWd 1.0 'd opt' 'f opt/d <one two\n>' 'i preremove <exit 0\n' 'f:more opt/m' \
		'i i.more <while read s d; do cp $s $d; done\n' -- 'CLASSES=none more'
	signed SUNWd
	commpkg install -qy -R "$ROOT" ./signed.pkg
	check ./signed.pkg
	[ "$status" -eq 0 ]
	cp -a "$ROOT" clean
	# The same size and the same sum.
	sed -i 's/one two/two one/' "$ROOT/opt/d"
	forge "UPDATE file SET sha256 = NULL WHERE path = 'opt/d'"
	check ./signed.pkg
	[ "$status" -eq 5 ] && told '/opt/d: its contents are sha256 '
	rm -rf "$ROOT" && cp -a clean "$ROOT"
	forge "UPDATE file SET size = NULL, sum = NULL, mtime = NULL WHERE path = 'opt/d'"
	check ./signed.pkg
	[ "$status" -eq 5 ] && told '/opt/d: size is recorded as ?, signed was '
	rm -rf "$ROOT" && cp -a clean "$ROOT"
	forge "DELETE FROM infofile WHERE name = 'preremove'"
	check ./signed.pkg
	[ "$status" -eq 5 ] && told 'install/preremove: the database does not have it'
	rm -rf "$ROOT" && cp -a clean "$ROOT"
	forge "UPDATE param SET value = 'none' WHERE name = 'CLASSES'"
	check ./signed.pkg
	[ "$status" -eq 5 ] && told "pkginfo CLASSES: value is recorded as none, signed was none more"
	rm -rf "$ROOT" && cp -a clean "$ROOT"
	rm -r "$ROOT/var/lib/commpkg"
	run -1 commpkg verify --signatures -R "$ROOT" ./signed.pkg
	told 'has no package database'
}

@test "options that do not go together" {
	commpkg install -qy -R "$ROOT" ./SUNWb-1.0.pkg
	run -0 commpkg verify -R "$ROOT" -d dist
	told "'--distro' counts with '--signatures'"
	run -2 commpkg verify -R "$ROOT" --database --signatures
	told "exclude each other"
}
