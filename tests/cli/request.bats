#!/usr/bin/env bats
# request and checkinstall scripts: what a package asks before its plan is made, and who answers.
load lib/commpkg

setup() {
	commpkg_setup
	printf '%s\n' mail= instance=overwrite partial=nocheck runlevel=nocheck idepend=nocheck \
		rdepend=nocheck space=nocheck setuid=nocheck conflict=nocheck action=nocheck \
		basedir=default >admin
	mkpkg asks 1.0 'f bin/always' 'i request <echo "Which site? \\\\c"\nread s || s=none\necho SITE=$s >$1\necho "CLASSES=none $s" >>$1\nexit 0\n' \
		-- BASEDIR=/opt/asks SITE=unset
	mkpkg plain 1.0 'f plain'
}

add() { pkgadd -n -a "$PWD/admin" -R "$ROOT" "$@"; }
askadd() { pkgadd -a "$PWD/admin" -R "$ROOT" "$@"; }

# mkchk TEXT [PARAM...]: a package whose checkinstall is TEXT
mkchk() {
	local text=$1
	shift
	mkpkg checks 1.0 'f bin/x' "i checkinstall <$text" -- BASEDIR=/opt/checks "$@"
}

@test "with -n a request script ends the package, and nothing was installed" {
	run add -d asks-1.0.pkg all
	[ "$status" -eq 5 ]
	diff - <(echo "$output") <<-END
	Interactive request script supplied by package
	pkgadd: ERROR: request script did not complete successfully

	Installation of <asks> was suspended (interaction required).
	No changes were made to the system.
	END
	nothing_installed
}

@test "a response file answers; its answers end in pkginfo, in SVR4's order" {
	printf "SITE='london'\nEXTRA='two words'\nNAME='no'\n" >answers
	run add -r "$PWD/answers" -d asks-1.0.pkg all
	[ "$status" -eq 0 ]
	[[ $output == *"<NAME> cannot be changed"* ]]
	run sed -n '/^SITE/p;/^PKGINST/,/^INSTDATE/s/=.*//p' "$ROOT/var/sadm/pkg/asks/pkginfo"
	[ "$(xargs <<<"$output")" = "SITE=london PKGINST PKGSAV EXTRA INSTDATE" ]
	[ "$(pkgparam -R "$ROOT" asks EXTRA NAME)" = "two words
asks for a test" ]
	mkdir dir
	echo SITE=paris >dir/asks
	add -r "$PWD/dir" -d asks-1.0.pkg all
	[ "$(pkgparam -R "$ROOT" asks SITE)" = paris ]
	# a directory without a file for it: as without -r
	rm dir/asks
	run add -r "$PWD/dir" -d asks-1.0.pkg all
	[ "$status" -eq 5 ]
	run add -r "$PWD/none" -d asks-1.0.pkg all
	[ "$status" -eq 1 ]
}

@test "somebody at a terminal is asked, and sees the question before it is answered" {
	run "$TOP/tests/cli/lib/pty" 'Which site? ' $'oslo\n' 'created now' $'y\n' -- \
		pkgadd -a "$PWD/admin" -R "$ROOT" -d asks-1.0.pkg asks
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(pkgparam -R "$ROOT" asks SITE CLASSES)" = "oslo
none oslo" ]
}

@test "what standard input still holds is the script's; our own questions read no further" {
	printf '%s\n' bergen y >answers
	run askadd -d asks-1.0.pkg asks <answers
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"Do you want this directory created now [y,n,?,q]"* ]]
	[ "$(pkgparam -R "$ROOT" asks SITE)" = bergen ]
	printf '%s\n' rome | askadd -d asks-1.0.pkg asks
	[ "$(pkgparam -R "$ROOT" asks SITE)" = rome ]
	askadd -d asks-1.0.pkg asks </
	[ "$(pkgparam -R "$ROOT" asks SITE)" = none ]
}

@test "checkinstall chooses classes, parameters and the base directory" {
	mkchk 'echo "BASEDIR=/srv/c" >>$1\necho "SAW=$SITE$UPDATE" >>$1\n' SITE=here
	add -d checks-1.0.pkg all
	[ -f "$ROOT/srv/c/bin/x" ]
	[ "$(pkgparam -R "$ROOT" checks BASEDIR SAW)" = "/srv/c
here" ]
	# an update may not move it
	mkchk 'echo "BASEDIR=/srv/d" >>$1\n'
	run add -d checks-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"/srv/c"*"failed (internal error)"* ]]
	[ -f "$ROOT/srv/c/bin/x" ]
	mkchk 'echo "SAW=$SITE$UPDATE" >>$1\n' SITE=here
	echo BASEDIR=/srv/c >same
	add -r "$PWD/same" -d checks-1.0.pkg all
	[ "$(pkgparam -R "$ROOT" checks SAW)" = hereyes ]
}

@test "a class that nobody chose is left out" {
	mkpkg classy 1.0 'f one' 'i request <exit 9\n'
	mkdir spool
	sed -i 's/ f none one / f extra one /' spool-1.0/classy/pkgmap
	echo CLASSES=none >answers
	add -r "$PWD/answers" -d spool-1.0 classy
	[ ! -e "$ROOT/one" ]
	echo "CLASSES='none extra'" >answers
	add -r "$PWD/answers" -d spool-1.0 classy
	[ -e "$ROOT/one" ]
}

@test "a script may refuse: 3 of checkinstall is the administrator's" {
	local want
	for want in '1 1' '2 2' '3 4' '4 4' '5 5' '10 10' '12 12' '20 20' '23 23' '77 1' '99 1'; do
		mkchk "exit ${want% *}\n"
		run add -d checks-1.0.pkg all
		echo "$want: $status $output"
		[ "$status" -eq "${want#* }" ]
		rm -rf "$ROOT"
		mkdir "$ROOT"
	done
	mkchk 'exit 3\n'
	run add -d checks-1.0.pkg all
	[ "$output" = "
Installation of <checks> was suspended (administration).
No changes were made to the system." ]
	nothing_installed
}

@test "they only look: neither root nor host changes, and they see no more than a stranger" {
	mkdir -p "$ROOT/etc" "$ROOT/tmp"
	chmod 1777 "$ROOT/tmp"
	echo secret >"$ROOT/etc/secret"
	chmod 600 "$ROOT/etc/secret"
	touch canary
	chmod 666 canary
	before=$(tree_digest)
	mkchk "mkdir \$PKG_INSTALL_ROOT/tmp/d && echo scratch >\$PKG_INSTALL_ROOT/tmp/d/x\ncat \$PKG_INSTALL_ROOT/tmp/d/x\necho bad >$PWD/canary\nexec 2>/dev/null\ncat \$PKG_INSTALL_ROOT/etc/secret\nexit 3\n"
	run add -d checks-1.0.pkg all
	[ "$status" -eq 4 ]
	[ "$(tree_digest)" = "$before" ]
	[ ! -s canary ]
	[[ $output == *scratch* ]]
	[ "$(id -u)" -ne 0 ] || [[ $output != *secret* ]]
}

@test "environment and directory are SVR4's" {
	mkdir -p "$ROOT/var/sadm/system/admin" "$ROOT/var/sadm/install"
	printf 'OS=Solaris\nVERSION=10\nREV=0\n' >"$ROOT/var/sadm/system/admin/INST_RELEASE"
	mkchk 'env | sort\necho "args $#"\npwd\numask\ncat $INST_DATADIR/$PKG/install/depend\n' ULIMIT=1000 \
		'P nothing Nothing'
	run add -I -M -d checks-1.0.pkg all
	echo "$output"
	[ "$status" -eq 0 ]
	for line in BASEDIR=/opt/checks "PKG_INSTALL_ROOT=$ROOT" PKGINST=checks \
		"PKGSAV=$ROOT/var/sadm/pkg/checks/save" 'CLASSES=none' PKG_CLIENT_OS=Solaris \
		PKG_CLIENT_VERSION=10 PKG_CLIENT_REVISION=0 PKG_ULIMIT=TRUE PKG_INIT_INSTALL=TRUE \
		PKG_NO_UNIFIED=TRUE OAMBASE=/usr/sadm/sysadm TZ=UTC LC_ALL=C.UTF-8 'args 1' \
		"$ROOT/var/sadm/install" 0022 'P nothing Nothing'; do
		grep -qxF "$line" <<<"$output" || { echo "no $line"; false; }
	done
	run ! grep -qE '^(HOME|COMMPKG_STATE|INSTDATE|UPDATE|CLIENT_BASEDIR|TMPDIR)=' <<<"$output"
}

@test "pkgask writes a response file, and installs nothing" {
	run pkgask -r "$PWD/resp" -d asks-1.0.pkg -R "$ROOT" asks <<<athens
	[ "$status" -eq 0 ]
	[ "$(cat resp)" = "SITE=athens
CLASSES=none athens" ]
	[[ $output == "
Processing package instance <asks> from <asks-1.0.pkg>

asks for a test(all) 1.0
Which site? "*"
Response file <$PWD/resp> was created.

Processing of request script was successful." ]]
	[ -z "$(ls -A "$ROOT")" ]
	add -r "$PWD/resp" -d asks-1.0.pkg all
	[ "$(pkgparam -R "$ROOT" asks SITE)" = athens ]
	run pkgask -r "$PWD/resp" -d asks-1.0.pkg -R "$ROOT" asks
	[ "$status" -eq 1 ]
	[[ $output == *"<$PWD/resp> must not exist"* ]]
	run pkgask -r "$PWD/other" -d plain-1.0.pkg -R "$ROOT" plain
	[ "$status" -eq 1 ]
	[[ $output == *"package does not contain an interactive request script"* ]]
	[ ! -e other ]
	mkdir answers
	pkgask -r "$PWD/answers" -d asks-1.0.pkg -R "$ROOT" asks <<<delhi
	grep -q '^SITE=delhi$' answers/asks
	run pkgask -d asks-1.0.pkg
	[ "$status" -eq 1 ]
}

@test "INTONLY refuses silence" {
	mkpkg only 1.0 'f x' -- INTONLY=yes
	run add -d only-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"can be installed interactively only"* ]]
	askadd -d only-1.0.pkg all </dev/null
}

@test "commpkg asks too, takes answers from files, and says which option would have" {
	run commpkg install ./asks-1.0.pkg -R "$ROOT" -y
	[ "$status" -eq 8 ]
	[[ $output == *"--response FILE|DIR"* ]]
	run commpkg install ./asks-1.0.pkg -R "$ROOT" -n </dev/null
	[ "$status" -eq 8 ]
	mkdir answers
	run "$TOP/tests/cli/lib/pty" 'Which site? ' $'cairo\n' '[y/N]' $'y\n' -- \
		commpkg install ./asks-1.0.pkg ./plain-1.0.pkg -R "$ROOT" --save-response answers
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(pkgparam -R "$ROOT" asks SITE)" = cairo ]
	[ "$(ls answers)" = asks ]
	mkdir two
	run commpkg install ./asks-1.0.pkg -R "$PWD/two" --response answers -n
	[ "$status" -eq 0 ]
	[ -z "$(ls -A two)" ]
	commpkg install ./asks-1.0.pkg -R "$PWD/two" --response answers/asks -y
	[ "$(pkgparam -R "$PWD/two" asks SITE)" = cairo ]
}

@test "the same version again inherits what was answered, a new one does not" {
	printf 'SITE=london\nKEPT=yes\n' >answers
	add -r "$PWD/answers" -d asks-1.0.pkg all
	echo SITE=paris >answers
	add -r "$PWD/answers" -d asks-1.0.pkg all
	[ "$(pkgparam -R "$ROOT" asks KEPT SITE | xargs)" = "yes paris" ]
	mkpkg asks 2.0 'f bin/always' -- BASEDIR=/opt/asks
	add -d asks-2.0.pkg all
	[ -z "$(pkgparam -R "$ROOT" asks KEPT)" ]
}

@test "ctrl-C at the question is no answer" {
	run "$TOP/tests/cli/lib/pty" 'Which site? ' $'\003' -- \
		pkgadd -a "$PWD/admin" -R "$ROOT" -d asks-1.0.pkg asks
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"was terminated due to user request."* ]]
	nothing_installed
}

@test "scripts find their package in INST_DATADIR: pkginfo, pkgmap, install/, and what class scripts get" {
	mkpkg data 1.0 'f a' 'i helper <HELPED=yes\n' \
		'i preinstall <. $INST_DATADIR/$PKG/install/helper\ngrep -c . $INST_DATADIR/$PKG/pkgmap >/dev/null || exit 1\necho $HELPED\n' \
		'i checkinstall <. $INST_DATADIR/$PKG/install/helper\necho checked $HELPED\n' \
		'i postinstall <sed -n s/^NAME=//p $INST_DATADIR/$PKG/pkginfo\n'
	run add -d data-1.0.pkg all
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"checked yes"*"yes"*"data for a test"* ]]
	run add -d spool-1.0 data
	[ "$status" -eq 0 ]
	# other packages of the same run have theirs
	mkpkg data2 1.0 'f b' 'i postinstall <ls $INST_DATADIR/data2\n'
	run commpkg install -v -y -R "$ROOT" --reinstall ./data-1.0.pkg ./data2-1.0.pkg
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "odd answers: names that are none, several lines, too much, nothing, a script that is killed" {
	mkchk 'printf "A B=1\nlower=1\nX-Y=2\nGOOD=%cone\\\\\\\\\n  two%c\n#C=1\n" "\\047" "\\047" >>$1\n'
	run add -d checks-1.0.pkg all
	echo "$output"
	[ "$status" -eq 0 ]
	cat "$ROOT/var/sadm/pkg/checks/pkginfo"
	run ! grep -qE '^(A B|lower|X-Y)' "$ROOT/var/sadm/pkg/checks/pkginfo"
	pkginfo -l -R "$ROOT" checks
	mkchk 'head -c 3000000 /dev/zero | tr "\\000" x >$1\n'
	run add -d checks-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"can't be read"* ]]
	mkchk 'rm -f $1; exit 0\n'
	run add -d checks-1.0.pkg all
	echo "$output"
	[ "$status" -le 1 ]
	mkchk 'kill -9 $$\n'
	run add -d checks-1.0.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"failed (internal error)"* ]]
	mkchk 'echo "UNTERMINATED=%s" | tr %s \\042 >>$1\n'
	run add -d checks-1.0.pkg all
	echo "$output"
	[ "$status" -le 1 ]
}

@test "a root that is not there yet is made by the installation, not by the question" {
	mkchk '[ -d "$PKG_INSTALL_ROOT/etc" ] && exit 1\necho "SEEN=$PKG_INSTALL_ROOT" >>$1\n'
	pkgadd -n -a "$PWD/admin" -R "$PWD/fresh" -d checks-1.0.pkg all
	[ "$(pkgparam -R "$PWD/fresh" checks SEEN)" = "$PWD/fresh" ]
	mkchk 'exit 3\n'
	run pkgadd -n -a "$PWD/admin" -R "$PWD/other" -d checks-1.0.pkg all
	[ "$status" -eq 4 ]
	[ ! -e other ]
}
