#!/usr/bin/env bats
# The command lines of the original's documentation, each as it is written there (the 2007 note, Suite
# 6, Suite 7 and later), on a suite of two releases: they work, or say why not.
load lib/commpkg

setup()
{
	commpkg_setup
	cp "$O/bin/commpkg" . # "./commpkg", as the zip was unpacked
	export COMMPKG_DISTRO=$BATS_FILE_TMPDIR/d
	R=$PWD/default
}

setup_file()
{
	mkdir -p "$BATS_FILE_TMPDIR/d" "$BATS_FILE_TMPDIR/d2"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR commpkg_setup
	cd "$BATS_FILE_TMPDIR/d" || return 1
	mkpkg ms 6.3 'f bin/ms'
	mkpkg ms 7.0 'f bin/ms'
	mkpkg cs 1 'f bin/cs'
	mkpkg tls 3 'f lib/tls'
	mkpkg tls 4 'f lib/tls'
	rm -rf src spool-*
	echo 'Do as you like.' >LICENSE.txt
	mkcomponent NSS 3 shared '<package name="tls" version="3"/>'
	mkcomponent NSS 4 shared '<package name="tls" version="4"/>'
	mkcomponent MS 6.3 product '<license file="LICENSE.txt"/>' '<package name="ms" version="6.3"/>' \
		'<requires component="NSS"/>'
	mkcomponent MS 7.0 product '<license file="LICENSE.txt"/>' '<package name="ms" version="7.0"/>' \
		'<requires component="NSS" version="&gt;= 4"/>' '<os name="solaris"/>'
	mkcomponent CS 1 product '<package name="cs"/>' '<requires component="NSS"/>'
	mv ms-7.0.pkg MS-7.0.xml NSS-4.xml tls-4.pkg ../d2/
	cp LICENSE.txt ../d2/
}

there() { commpkg info --json "$@" | python3 -c '
import json, sys
print(*["%s=%s" % (c["component"], c["version"]) for c in json.load(sys.stdin)["results"][0]["components"]])'; }

@test "general options before the verb and behind it, one dash or two" {
	./commpkg '-?' | grep -q '^usage: commpkg'
	./commpkg --help | grep -q '^usage: commpkg'
	./commpkg -V | grep -q '^commpkg '
	./commpkg --version | grep -q '^commpkg '
	for line in '-OSversionOverride install' '--OSversionOverride install' 'install -OSversionOverride' \
		'--fixEntsys y install' 'install --fixEntsys y' 'install -fixEntsys n' 'install --skipOSLevelCheck'; do
		# shellcheck disable=SC2086	# words
		./commpkg $line -n --acceptLicense -R "$R" CS
	done
	run ./commpkg install -n --fixEntsys y -R "$R" CS
	[[ $output == *'--fixEntsys: nothing to mend: there is no /usr/jdk/entsys-j2se on this platform'* ]]
	must_fail_cleanly 2 ./commpkg install --fixEntsys=maybe -R "$R" CS
}

@test "the operating system's version, and the option that skips the check" {
	mkdir -p "$R/etc"
	printf 'ID=debian\nVERSION_ID=12\n' >"$R/etc/os-release"
	export COMMPKG_DISTRO=$BATS_FILE_TMPDIR/d2
	must_fail_cleanly 3 ./commpkg install -y --acceptLicense -R "$R" MS
	[[ $output == *'MS 7.0 '*' runs on solaris'* && $output == *'OSversionOverride'* ]]
	./commpkg -OSversionOverride install -qy --acceptLicense -R "$R" MS
	[ "$(there -R "$R")" = 'MS=7.0 NSS=4' ]
}

@test "2007: --altroot with --installroot; --rootdir when it goes" {
	must_fail_cleanly 2 ./commpkg install --altroot -y CS
	[[ $output == *"'--altroot' without a name wants '--installroot PATH'"* ]]
	./commpkg install --altroot --installroot "$PWD/comms2" -qy CS
	[ "$(there "$PWD/comms2")" = 'CS=1 NSS=3' ]
	./commpkg uninstall --rootdir "$PWD/comms2" -n --components CS
	./commpkg uninstall --rootdir "$PWD/comms2" -qy CS
	[ "$(there "$PWD/comms2")" = 'NSS=3' ]
}

@test "Suite 6: a name in the software list, given by --altroot or alone" {
	./commpkg install --altroot comms2 --installroot "$PWD/comms2" -qy --acceptLicense --components "MS CS"
	[ "$(there comms2)" = 'CS=1 MS=6.3 NSS=3' ]
	must_fail_cleanly 1 ./commpkg upgrade -y comms3
	for form in '@comms3' '--altroot comms3' '-R comms3'; do
		# shellcheck disable=SC2086	# words
		must_fail_cleanly 1 ./commpkg upgrade -y $form
		[[ $output == *"no root is called 'comms3'"*"did you mean '@comms2'?"* ]]
	done
	./commpkg upgrade -n --acceptLicense --altroot comms2
	./commpkg upgrade -n --acceptLicense "$PWD/comms2"
	./commpkg upgrade -n --acceptLicense comms2
	./commpkg uninstall -qy --components "CS" comms2
	[ "$(there comms2)" = 'MS=6.3 NSS=3' ]
}

@test "Suite 7: ALTROOT or a name at the end; info in its forms" {
	./commpkg install -qy --acceptLicense MS "$PWD/one"
	./commpkg install -qy --acceptLicense --installroot "$PWD/two" MS @two
	for form in 'info' 'info --verbose' 'info -verbose' 'info --listPackages' 'info -listPackages'; do
		# shellcheck disable=SC2086	# words
		./commpkg $form two
		./commpkg ${form#info} info "$PWD/one" >/dev/null
	done
	./commpkg info --listPackages two | grep -qx 'ms 6.3 MS'
	./commpkg info --components "MS NSS" two | grep -q 'Component  *MS'
	./commpkg verify two
	./commpkg verify --excludeOS --excludeSC --components "MS" two
	./commpkg verify "$PWD/one"
	./commpkg info --clean two
	run ./commpkg root list
	[[ $output != *two* ]]
}

@test "shared components: --upgradeSC y or n, -upgradeSC, --excludeSC wins" {
	./commpkg install -qy --acceptLicense MS -R "$R"
	export COMMPKG_DISTRO=$BATS_FILE_TMPDIR/d2
	must_fail_cleanly 3 ./commpkg upgrade -y --acceptLicense -OSversionOverride --upgradeSC n -R "$R" MS
	must_fail_cleanly 3 ./commpkg upgrade -y --acceptLicense -OSversionOverride -R "$R" MS
	run ./commpkg upgrade -n --acceptLicense -OSversionOverride --excludeSC --upgradeSC y -R "$R" MS
	[ "$status" -eq 0 ]
	[[ $output != *'tls'* ]]
	./commpkg upgrade -qy --acceptLicense -OSversionOverride -upgradeSC y --usePkgUpgrade -R "$R" MS
	[ "$(there -R "$R")" = 'MS=7.0 NSS=4' ]
}

@test "~N in the menu: what it needs and not it itself" {
	run "$PTY" 'Which?' $'~2\n' "Install into '$R'?" $'y\n' -- ./commpkg install --acceptLicense -R "$R"
	[ "$status" -eq 0 ]
	[ "$(there -R "$R")" = 'NSS=3' ]
	run "$PTY" 'Which?' $'1 2\n' "Accept the licence" $'y\n' "Install into '$R'?" $'y\n' -- ./commpkg install -R "$R"
	[ "$status" -eq 0 ]
	[ "$(there -R "$R")" = 'CS=1 MS=6.3 NSS=3' ]
}

@test "a dry run in its three spellings writes a state file; --silent takes it, and the command line wins" {
	for n in -n --dry-run --dryrun; do
		./commpkg install "$n" --acceptLicense --record answers -R "$R" MS
		[ ! -e "$R" ]
	done
	grep -q '^VERB=install$' answers
	./commpkg install --acceptLicense --silent answers -q
	[ "$(there -R "$R")" = 'MS=6.3 NSS=3' ]
	./commpkg install --fixEntsys y --silent answers -R "$PWD/other" -q
	[ "$(there -R "$PWD/other")" = 'MS=6.3 NSS=3' ]
	./commpkg uninstall --dry-run --silent NONE -R "$R" MS
	./commpkg install --silent NONE -q -R "$R" CS
	[ "$(there -R "$R")" = 'CS=1 MS=6.3 NSS=3' ]
}

@test "state files of the original: install of 2007, uninstall of 2007, every key" {
	cat >install.state <<-S
	# Silent file, CommsInstaller 5.0-1.03
	VERB=install
	ALTDISTROPATH=$BATS_FILE_TMPDIR/d
	PKGOVERWRITE=YES
	INSTALLROOT=$PWD/comms
	ALTROOT=yes
	EXCLUDEOS=YES
	EXCLUDESC=no
	COMPONENTS=MS CS
	ACCEPTLICENSE=yes
	UPGRADESC=No
	INSTALLNAME=comms
	S
	env -u COMMPKG_DISTRO ./commpkg install --silent install.state -q
	[ "$(there comms)" = 'CS=1 MS=6.3 NSS=3' ]
	cat >uninstall.state <<-S
	# Silent file, CommsInstaller 5.0-1.03
	# Generated on 20070604120325
	VERB=uninstall
	ROOTDIR=$PWD/comms
	COMPONENTS=MS CS
	INSTALLNAME=comms
	COMPONENT_VERSIONS=
	S
	./commpkg uninstall --silent uninstall.state -q
	[ "$(there comms)" = 'NSS=3' ]
	echo 'USEPKGUPGRADEX=yes' >>install.state
	must_fail_cleanly 1 ./commpkg install --silent install.state
	[[ $output == *"install.state:13: unknown key 'USEPKGUPGRADEX'"* ]]
}

# Each option of the reference on each verb that it is listed for (2.4 to 2.8), with one dash and with
# two; those with a value also with '='. All of it dry.
@test "every option on every verb that the reference lists it for" {
	D=$BATS_FILE_TMPDIR/d
	./commpkg install -qy --acceptLicense --installroot "$PWD/one" MS @one
	forms() { # VERB OPTIONS... -- OPERANDS...
		local verb=$1 option options=()
		shift
		while [ "$1" != -- ]; do
			options+=("$1")
			shift
		done
		shift
		for option in "${options[@]}"; do
			for dash in - --; do
				# shellcheck disable=SC2086	# words
				./commpkg "$verb" $dash$option "$@" >out 2>&1 || {
					echo "commpkg $verb $dash$option $*: $?"
					cat out
					return 1
				}
			done
		done
	}
	forms install 'altroot one' "installroot $PWD/one --altroot" -- -n --acceptLicense CS
	forms upgrade 'altroot one' "installroot $PWD/one --altroot" -- -n MS
	forms install excludeOS excludeSC "distro $D" "distro=$D" 'silent NONE' \
		dry-run dryrun upgradeSC 'upgradeSC y' 'upgradeSC n' upgradeSC=y auditDistro pkgOverwrite 'components CS' \
		components=CS skipOSLevelCheck OSversionOverride 'fixEntsys y' 'fixEntsys n' -- -n --acceptLicense CS @one
	forms upgrade excludeOS excludeSC acceptLicense "distro $D" 'silent NONE' \
		dry-run dryrun 'upgradeSC y' upgradeSC pkgOverwrite 'components MS' usePkgUpgrade OSversionOverride \
		'fixEntsys y' -- -n MS one
	forms uninstall "rootdir $PWD/one" 'altroot one' -- -n MS
	forms uninstall 'silent NONE' dry-run dryrun 'components MS' -- -n MS @one
	forms verify excludeOS excludeSC 'components MS' components=NSS -- one
	forms info verbose listPackages 'components MS' -- one
	./commpkg -n install --acceptLicense CS one
	for form in '-?' --help; do
		for verb in install uninstall upgrade verify info; do
			./commpkg "$verb" "$form" | grep -q "^usage: commpkg $verb"
		done
	done
	[ "$(there one)" = 'MS=6.3 NSS=3' ]
}

@test "without --distro: the directory of the command" {
	cp "$BATS_FILE_TMPDIR"/d/* .
	env -u COMMPKG_DISTRO ./commpkg install -qy --acceptLicense -R "$R" CS
	[ "$(there -R "$R")" = 'CS=1 NSS=3' ]
	cd /
	env -u COMMPKG_DISTRO "$OLDPWD/commpkg" install -n --acceptLicense -R "$R" MS
}

@test "--installroot in the default root's database: files move, and no root is registered" {
	./commpkg install -n --acceptLicense --installroot "$PWD/comms" MS >out 2>&1 || true
	run ./commpkg root list
	[[ $output != *comms* ]]
	must_fail_cleanly 2 ./commpkg install -y --installroot "$PWD/a" CS "$PWD/b"
	[[ $output == *"$PWD/a"*"$PWD/b"* || $output == *"$PWD/b"*"$PWD/a"* ]]
	must_fail_cleanly 2 ./commpkg install -y --altroot x --installroot / CS
}

@test "info: install roots with their names; one whose directory is deleted is stale until --clean" {
	./commpkg install -qy --installroot "$PWD/one" CS @one
	./commpkg install -qy --installroot "$PWD/two" CS @two
	run ./commpkg info
	[[ $output == *one*"$PWD/one"*two*"$PWD/two"* ]]
	run ./commpkg info --verbose
	[[ $output == *one*"$PWD/one"*'CS 1'*two*"$PWD/two"*'CS 1'* ]]
	rm -rf two # the shortcut of the documentation
	run ./commpkg info
	[[ $output == *two*"$PWD/two"*gone* ]]
	./commpkg info --clean
	run ./commpkg info
	[[ $output == *"$PWD/one"* && $output != *two* ]]
	./commpkg info one --clean
	run ./commpkg root list
	[[ $output != *"$PWD/one"* ]]
	[ -e one/bin/cs ]
}

@test "state files: keys and booleans in any case, a relative distribution, blanks, comments" {
	cat >mixed.state <<-S
	# Blank lines begin with a number sign
	#

	verb = install
	AltDistroPath=$(realpath --relative-to=. "$BATS_FILE_TMPDIR/d")
	  InstallRoot=$PWD/comms
	ALTROOT=YES
	INSTALLNAME=
	Components=  MS   CS
	ACCEPTLICENSE=Yes
	EXCLUDESC=NO
	UPGRADESC=no
	S
	env -u COMMPKG_DISTRO ./commpkg install --silent mixed.state -q
	[ "$(there "$PWD/comms")" = 'CS=1 MS=6.3 NSS=3' ]
	for line in 'ALTROOT=perhaps' 'COMPONENTS=CS' 'DRYRUN=yes' 'nothing'; do
		(cat mixed.state && echo "$line") >bad.state
		must_fail_cleanly 1 ./commpkg install --silent bad.state -q
		[[ $output == *"bad.state:13: "* ]]
	done
	must_fail_cleanly 2 ./commpkg uninstall --silent mixed.state
	[[ $output == *"is of 'install', not of 'uninstall'"* ]]
}

@test "a dry run of uninstall writes its state file where the others are, and nothing to /tmp" {
	./commpkg install -qy CS "$PWD/one"
	before=$(find /tmp -maxdepth 1 -name 'silent_*' | wc -l)
	./commpkg uninstall -n CS "$PWD/one"
	[ "$(find /tmp -maxdepth 1 -name 'silent_*' | wc -l)" -eq "$before" ]
	state=$(find "$COMMPKG_LOGDIR" -name 'silent_CommsInstaller_uninstall_*')
	grep -qx 'VERB=uninstall' "$state"
	grep -qx 'COMPONENTS=CS' "$state"
	./commpkg uninstall --silent "$state" -q
	[ "$(there "$PWD/one")" = 'NSS=3' ]
}
