#!/usr/bin/env bats
# Scripts that attack: what is outside of the root stays, they end, and what is refused leaves the
# root as it was. Only canaries are attacked; unit/cage_test.c has what needs a look from inside.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT/etc" "$ROOT/srv" canary/dir
	echo root >"$ROOT/etc/users"
	echo safe | tee canary/file >canary/dir/file
	CANARY=$BATS_TEST_TMPDIR/canary
	mkpkg good 1.0 'f opt/good'
	commpkg -qy -R "$ROOT" install ./good-1.0.pkg
	BEFORE=$(tree_list) OUTSIDE=$(tree_list "$CANARY")
}

teardown()
{
	[ "$(tree_list "$CANARY")" = "$OUTSIDE" ]
}

# evil SCRIPT TEXT [OBJECT...]: a package whose SCRIPT is TEXT.
evil()
{
	local name=$1 text=$2
	shift 2
	mkpkg evil 1.0 "i $name <$text" 'f opt/evil/x' "$@"
}

# The root is whole, can be used, and nothing is left to recover.
sound()
{
	run -0 commpkg -R "$ROOT" recover
	[[ $output == *'nothing to recover'* ]]
	commpkg -q -R "$ROOT" verify good
	[ -z "$(ls -A "$ROOT/var/lib/commpkg/txn" 2>/dev/null)" ]
}

refused()
{
	run -1 commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[[ $output == *commpkg:\ * ]]
	diff <(echo "$BEFORE") <(tree_list)
	sound
}

# It may do what it did in the root: undo takes it back.
taken_back()
{
	commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	sound
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$BEFORE") <(tree_list)
}

@test "a link in place of a directory that the package fills leads nowhere" {
	evil preinstall "mkdir -p \$PKG_INSTALL_ROOT/opt; ln -s $CANARY/dir \$PKG_INSTALL_ROOT/opt/evil; ln -s $CANARY \$PKG_INSTALL_ROOT/opt/up\n" \
		'f opt/evil/file' 'f opt/up/file'
	run commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[ "$status" -le 1 ]
	[ "$status" -eq 0 ] || diff <(echo "$BEFORE") <(tree_list)
	sound
}

@test "a link in place of what the package has, and of the view of SVR4, leads nowhere" {
	evil postinstall "cd \$PKG_INSTALL_ROOT; rm -rf opt/evil; ln -s $CANARY/dir opt/evil; rm -rf var/sadm/install; ln -s $CANARY var/sadm/install\n" 'f opt/evil/file'
	run commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[ "$status" -le 1 ]
	[ "$status" -eq 0 ] || diff <(echo "$BEFORE") <(tree_list)
	run -0 commpkg -R "$ROOT" recover
	commpkg -q -R "$ROOT" verify good
}

@test "our own state can't be moved, replaced or forged" {
	local text
	for text in 'rm -rf var/lib/commpkg var/lib var' \
		'mv var/lib/commpkg var/lib/old; mkdir -p var/lib/commpkg; echo forged >var/lib/commpkg/pkgdb.sqlite' \
		'mv var/lib var/lib.old; mkdir -p var/lib/commpkg/undo; echo forged >var/lib/commpkg/pkgdb.sqlite' \
		'mv var v; mkdir -p var/lib/commpkg; echo forged >var/lib/commpkg/lock' \
		"mv var v; mkdir -p var; ln -s $CANARY var/lib" 'chmod 777 var/lib/commpkg; chmod 0 var'; do
		evil postinstall "cd \$PKG_INSTALL_ROOT || exit 1; $text\nexit 0\n"
		run commpkg -y -R "$ROOT" install ./evil-1.0.pkg
		[ "$status" -le 1 ]
		run -0 commpkg -R "$ROOT" recover
		[[ $output == *'nothing to recover'* ]]
		[ "$(head -c 15 "$ROOT/var/lib/commpkg/pkgdb.sqlite")" = 'SQLite format 3' ]
		[ ! -s "$ROOT/var/lib/commpkg/lock" ] || run ! grep -q forged "$ROOT/var/lib/commpkg/lock"
		commpkg -R "$ROOT" info good >/dev/null
		[ ! -e "$ROOT/opt/evil/x" ] || commpkg -qy -R "$ROOT" undo
		diff <(echo "$BEFORE") <(tree_list)
	done
}

@test "the top of the root keeps its mode and owner, and the history says so" {
	local top
	top=$(stat -c '%a %u %g' "$ROOT")
	evil postinstall 'chmod 0700 $PKG_INSTALL_ROOT; chown 5:5 $PKG_INSTALL_ROOT 2>/dev/null; exit 0\n'
	commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[ "$(stat -c '%a %u %g' "$ROOT")" = "$top" ]
	commpkg history 2 -R "$ROOT" | grep -q 'the root itself keeps its mode, owner and attributes'
	commpkg verify -R "$ROOT"
	commpkg -qy -R "$ROOT" undo
	[ "$(stat -c '%a %u %g' "$ROOT")" = "$top" ]
	sound
}

@test "names that nobody can keep are refused: control bytes, and deeper than a path may be" {
	evil postinstall 'cd $PKG_INSTALL_ROOT/srv; : >"$(printf "a\\\\nb")"\n'
	refused
	evil postinstall 'cd $PKG_INSTALL_ROOT/srv || exit 1; n=$(printf %0200d 1); i=0; while [ $i -lt 30 ]; do mkdir $n; cd $n || exit 1; i=$((i+1)); done\n'
	refused
}

@test "many long names, and deep ones that a path may be, come back" {
	evil postinstall 'cd $PKG_INSTALL_ROOT/srv || exit 1; i=100; while [ $i -lt 300 ]; do : >$(printf %0255d $i); i=$((i+1)); done; i=0; while [ $i -lt 200 ]; do mkdir d; cd d || exit 1; i=$((i+1)); done; echo x >end\n'
	taken_back
}

@test "a hole of a petabyte, and a file that grows without end, end" {
	evil postinstall 'truncate -s 1P $PKG_INSTALL_ROOT/srv/huge || exit 1\n'
	refused
	[ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null || return 0
	# A small root of its own: the script fills it.
	evil postinstall 'cat /dev/zero >$PKG_INSTALL_ROOT/srv/big; exit 0\n'
	unshare -m bash -ec '
		mkdir small && mount -t tmpfs -o size=8M none small
		mkdir small/root
		commpkg -qy -R "$PWD/small/root" install ./good-1.0.pkg
		before=$(find small/root -path "*/lib/commpkg" -prune -o -printf "%p %m %s\n" | sort)
		rc=0
		commpkg -y -R "$PWD/small/root" install ./evil-1.0.pkg >said 2>&1 || rc=$?
		cat said
		[ $rc -le 1 ]
		[ $rc -eq 0 ] || [ "$(find small/root -path "*/lib/commpkg" -prune -o -printf "%p %m %s\n" | sort)" = "$before" ]
		[ $rc -ne 0 ] || commpkg -qy -R "$PWD/small/root" undo
		commpkg -q -R "$PWD/small/root" verify good'
}

@test "forged whiteouts, opaque directories and overlay attributes delete nothing" {
	local name
	evil postinstall 'mknod $PKG_INSTALL_ROOT/etc/users2 c 0 0 && exit 0; rm $PKG_INSTALL_ROOT/etc/users; mknod $PKG_INSTALL_ROOT/etc/users c 0 0; exit 1\n'
	refused
	for name in trusted.overlay.opaque user.overlay.opaque user.overlay.redirect; do
		evil postinstall "cd \$PKG_INSTALL_ROOT/etc && python3 -c 'import os; os.setxattr(\".\", \"$name\", b\"y\"); os.setxattr(\"users\", \"$name\", b\"y\")' 2>/dev/null; exit 0\n"
		run commpkg -y -R "$ROOT" install ./evil-1.0.pkg
		[ "$status" -le 1 ]
		[ "$(cat "$ROOT/etc/users")" = root ]
		[ "$status" -eq 1 ] || commpkg -qy -R "$ROOT" undo
		diff <(echo "$BEFORE") <(tree_list)
	done
}

@test "links to the host from the root, of both kinds, and set-id programs: only links, undone" {
	evil postinstall "cd \$PKG_INSTALL_ROOT/srv; ln -s $CANARY/file l; echo x >>l; chmod 4755 l; ln $CANARY/file h; cp /bin/sh sh 2>/dev/null; chmod 6755 sh; rm -rf l/ $CANARY/*; exit 0\n" 2>/dev/null
	taken_back
}

@test "what it started and left behind writes nothing later" {
	evil postinstall 'cd $PKG_INSTALL_ROOT/srv; (setsid sh -c "trap : HUP TERM INT; sleep 1; echo late >late" & ) ; sh -c "sleep 1; echo late >late2" & exec >&- 2>&-; exit 0\n'
	commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	sleep 1.5
	[ ! -e "$ROOT/srv/late" ] && [ ! -e "$ROOT/srv/late2" ]
	sound
}

@test "it writes while it ends, closes its output, and fills it" {
	evil postinstall 'cd $PKG_INSTALL_ROOT/srv; i=0; while [ $i -lt 20 ]; do (while :; do echo $i >>log; done) & i=$((i+1)); done; head -c 5000000 /dev/zero; exec >&- 2>&- <&-; exit 0\n'
	run commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[ "$status" -eq 0 ]
	[ "${#output}" -lt 3000000 ]
	run -0 commpkg -R "$ROOT" verify evil good
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$BEFORE") <(tree_list)
}

@test "signals to whoever is there reach nobody outside" {
	evil postinstall '[ $$ -lt 100 ] || exit 0; kill -9 $PPID; kill -STOP $PPID; kill -INT 0; kill -9 -1; kill -9 $$\n'
	run commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[ "$status" -eq 1 ]
	[[ $output == *"postinstall"*"killed by SIG"* || $output == *lost* ]]
	diff <(echo "$BEFORE") <(tree_list)
	sound
}

@test "too many processes at once are ended" {
	# sleepers, not a bomb: bounded even where the bound is broken
	evil postinstall 'i=0; while [ $i -lt 4600 ]; do sleep 3000 & i=$((i+1)); done; wait\n'
	[ "$(id -u)" -eq 0 ] || skip "the limits of an ordinary user come first"
	run -1 commpkg -y -R "$ROOT" install ./evil-1.0.pkg
	[[ $output == *"killed by SIGKILL"* ]]
	diff <(echo "$BEFORE") <(tree_list)
	sound
}

@test "when memory runs out, the script goes first" {
	evil postinstall 'cat /proc/self/oom_score_adj\n'
	commpkg -v -y -R "$ROOT" install ./evil-1.0.pkg >said 2>&1
	grep -q '1000' said || grep -rq 1000 "$COMMPKG_LOGDIR"
}

# The host's: in a directory that the script sees, as it does not see those of this test. Of a pair of
# sockets for datagrams each sends wherever it is told to.
@test "what it sends reaches no socket and no pipe of the host" {
	perl -MSocket -e 1 2>/dev/null || skip 'no perl here'
	cat >send.pl <<-'E'
		use Socket;
		my $log = sockaddr_un('/mnt/log');
		for my $type (SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM) {
			my ($one, $other, $pipe);
			socketpair($one, $other, AF_UNIX, $type, 0) or next;
			send($one, "$type", 0, $log);
			connect($other, $log) and send($other, "connected $type", 0);
			print 'a pair' if $type == SOCK_STREAM;
			sysopen($pipe, '/mnt/pipe', 2048 | 1) and syswrite($pipe, 'x');
		}
		print 'seen' if -S '/mnt/log' && -p '/mnt/pipe';
	E
	cat >listen.pl <<-'E'
		use Socket;
		my ($log, $pipe, $m);
		socket($log, AF_UNIX, SOCK_DGRAM, 0) && bind($log, sockaddr_un('/mnt/log')) or die;
		system('mkfifo', '/mnt/pipe') == 0 && sysopen($pipe, '/mnt/pipe', 2048 | 2) or die;
		system(@ARGV) == 0 or die;
		print "got $m" if defined(recv($log, $m, 99, 64));
		print "read $m" if sysread($pipe, $m, 99);
	E
	evil postinstall "perl -l <<'E'\n$(cat send.pl)\nE\nexit 0\n"
	in_mounts "cd $PWD; mount -t tmpfs none /mnt"'
		perl -l listen.pl commpkg -v -y -R "$ROOT" install ./evil-1.0.pkg' >said 2>&1 ||
		{ cat said; false; }
	cat said
	grep -q 'a pair' said
	grep -q ' seen' said
	run ! grep '^got' said
	[ -z "$(sed -n '/in force:.*Landlock/p' said)" ] || run ! grep '^read' said
}
