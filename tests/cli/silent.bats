#!/usr/bin/env bats
# State files: written by every run, taken by --silent; and the menu that spares naming things.
load lib/commpkg
load lib/suite

setup() { suite_setup; }

tree() { tree_list "$1" | grep -v ' \?var/lib/commpkg' | sha256sum; }

@test "by names, by the menu, by the state file that was written: three equal roots" {
	run -0 commpkg install -y --acceptLicense --distro "$D63" MS CAL @msg1 --installroot "$PWD/one" --record first
	# every step of it: what it needs, the plan, room, progress, the record and the log
	[[ $output == *'NSS '*'needed by'*'Space '*'Conflicts  none'*'installed in'*"(transaction 1,"* ]]
	grep -qx 'INSTALLNAME=msg1' first
	[ -s "$(find "$COMMPKG_LOGDIR" -name 'commpkg_install_*.log')" ]
	cmp <(grep -v '^# gen' first) <(grep -v '^# gen' "$COMMPKG_LOGDIR"/silent_CommsInstaller_install_*)
	commpkg root list | grep -w msg1
	"$PTY" 'none)' $'1 3\n' 'licence' $'y\n' 'y/N' $'y\n' -- \
		commpkg install --distro "$D63" @msg2 --installroot "$PWD/two" --record answers
	grep -qx 'COMPONENTS=CAL MS' answers
	grep -qx 'ACCEPTLICENSE=yes' answers
	grep -qx 'COMPONENT_VERSIONS=LDAPSDK=5.17 NSS=3.11.7 CAL=6.3 MS=6.3' answers
	sed -i "s,$PWD/two,$PWD/three,g; s,msg2,msg3,g" answers
	commpkg install --silent answers </dev/null
	[ "$(tree one)" = "$(tree two)" ]
	[ "$(tree one)" = "$(tree three)" ]
	commpkg info @msg3 | grep -w CAL
}

@test "each run writes one beside its log, dry runs too" {
	commpkg install -n --acceptLicense --distro "$D63" MS -R "$ROOT"
	set -- "$COMMPKG_LOGDIR"/silent_CommsInstaller_install_*
	[ $# -eq 1 ]
	grep -qx "INSTALLROOT=$ROOT" "$1"
	grep -qx 'ALTROOT=yes' "$1"
	[ -z "$(ls -A "$ROOT")" ]
	commpkg install -q --silent "$1"
	commpkg uninstall -y -q MS -R "$ROOT" --autoremove
	set -- "$COMMPKG_LOGDIR"/silent_CommsInstaller_uninstall_*
	grep -qx 'VERB=uninstall' "$1"
	grep -qx 'AUTOREMOVE=yes' "$1"
	commpkg undo -y -q -R "$ROOT"
	commpkg uninstall --silent - <"$1"
	[ -z "$(commpkg info --listPackages -R "$ROOT")" ]
	run commpkg uninstall --silent - <"$1"
	[ "$status" -eq 1 ]
}

@test "the versions it says are taken, though newer ones are there; without that line the newest" {
	mkdir d
	cp "$D63"/* d/
	commpkg install -n -q --acceptLicense --distro d MS -R "$ROOT" --record answers
	for f in "$D70"/*.xml; do cp "$f" "d/7-${f##*/}"; done
	for f in "$D70"/*.pkg; do cp "$f" "d/7-${f##*/}"; done
	commpkg install -q --silent answers
	commpkg info -R "$ROOT" | grep -w 'MS  *6.3'
	commpkg undo -q -y -R "$ROOT"
	sed -i '/^COMPONENT_VERSIONS/d' answers
	commpkg install -q --silent answers
	commpkg info -R "$ROOT" | grep -w 'MS  *7.0'
}

@test "the command line beats the file" {
	cat >answers <<-END
	verb=INSTALL
	END
	run commpkg install --silent answers
	[ "$status" -eq 2 ]
	cat >answers <<-END
	VERB=install
	AltDistroPath=/nowhere
	AcceptLicense=YES
	INSTALLROOT=$PWD/other
	ALTROOT=Yes
	COMPONENTS=CAL MTA
	END
	commpkg install -q --silent answers --distro "$D63" -R "$ROOT" DSSETUP
	[ ! -e other ]
	commpkg info -R "$ROOT" | grep -w DSSETUP
	commpkg info -R "$ROOT" >said
	run ! grep -w MTA said
	commpkg install -q --silent answers --distro "$D63"
	commpkg info -R "$PWD/other" | grep -w CAL
	commpkg info -R "$PWD/other" | grep -w MTA
}

@test "a file of the original, with a name for the root" {
	cat >answers <<-END
	# silent file, CommsInstaller 5.0-1.03
	VERB=install
	# distribution
	ALTDISTROPATH=$D63
	PKGOVERWRITE=YES
	INSTALLROOT=$PWD/msg1
	ALTROOT=yes
	INSTALLNAME=msg1
	EXCLUDEOS=YES
	COMPONENTS=MS MS_L10N
	ACCEPTLICENSE=yes
	UPGRADESC=no
	END
	commpkg install -q --silent answers
	commpkg root list | grep "msg1  *$PWD/msg1"
	printf 'VERB=uninstall\nROOTDIR=/\nCOMPONENTS=MS MS_L10N\nINSTALLNAME=msg1\n' >answers
	commpkg uninstall -q --silent answers
	commpkg info -R msg1 >said
	run ! grep -w MS said
}

@test "package files, and packages by name" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -q -y -R "$ROOT" ./demo-1.0.pkg --record answers
	grep -qx "COMPONENTS=$PWD/demo-1.0.pkg" answers
	sed -i "s,$ROOT,$PWD/again,g" answers
	commpkg install -q --silent answers
	find again -path '*/bin/demo' | grep .
	mv demo-1.0.pkg away
	run -1 commpkg install --silent answers
	[[ $output == *"demo-1.0.pkg', which is not there"* ]]
}

@test "what is refused: with file and line, and nothing done" {
	printf 'VERB=install\nALTROOT=%s\n' "$ROOT" >bad
	run -1 commpkg install --silent bad --distro "$D63" MS -R "$ROOT"
	[[ $output == *"bad:2: ALTROOT wants yes or no"* ]]
	printf 'COMPONENTS=MS\nUPGRADESCS=no\n' >bad
	run -1 commpkg install --silent bad --distro "$D63" MS -R "$ROOT"
	[[ $output == *"bad:2: unknown key 'UPGRADESCS'"* ]]
	printf 'VERB=uninstall\nCOMPONENTS=MS\n' >bad
	run -2 commpkg install --silent bad --distro "$D63" -R "$ROOT"
	[[ $output == *"of 'uninstall', not of 'install'"* ]]
	printf 'COMPONENTS=MS --allow-unsigned\n' >bad
	run -2 commpkg install --silent bad --distro "$D63" -R "$ROOT"
	printf 'COMPONENTS=MS @other\n' >bad
	run -2 commpkg install --silent bad --distro "$D63" -R "$ROOT"
	run -1 commpkg install --silent nowhere --distro "$D63" -R "$ROOT"
	[ -z "$(ls -A "$ROOT")" ]
	run -1 commpkg install --distro "$D63" -y --acceptLicense MS -R "$ROOT" --record /nowhere/answers
	[[ $output == *"cannot write '/nowhere/answers'"* ]]
	[ ! -e "$ROOT/opt" ]
}

@test "NONE: the defaults, and no question" {
	commpkg install --silent NONE --acceptLicense --distro "$D63" MS -R "$PWD/other" </dev/null
	run -8 commpkg install --silent NONE --distro "$D63" MS -R "$ROOT" </dev/null
	[[ $output == *acceptLicense* ]]
	run -8 "$PTY" -- commpkg install --silent NONE --distro "$D63" MS -R "$ROOT"
	run commpkg install --silent NONE --distro "$D63" -R "$ROOT" </dev/null
	[ "$status" -eq 8 ]
	[[ $output == *"name components"* ]]
}

@test "the menu: asked again after a slip, left by q, by enter and by the end of the input" {
	for typed in $'q\n' $'\n' $'\004'; do
		run -1 "$PTY" 'none)' $'7\n' 'none)' $'1 ~1\n' 'none)' "$typed" -- \
			commpkg install --distro "$D63" -R "$ROOT"
		[[ $output == *"'7' is no choice: numbers are 1 to 6"* ]]
		[[ $output == *"1 and ~1 exclude each other"* ]]
		[[ $output == *'nothing was done'* ]]
	done
	[ -z "$(ls -A "$ROOT")" ]
	run -8 commpkg install --distro "$D63" -R "$ROOT" </dev/null
	[[ $output == *'commpkg install NAME'* ]]
}
