#!/usr/bin/env bats
# The command line itself: where options may stand and how they may be spelt.
load lib/commpkg

@test "help names every verb, and every verb has help" {
	commpkg --help >all
	for verb in install upgrade uninstall hold verify info owns inspect history undo repair adopt recover root; do
		grep -q "^  $verb " all
		commpkg "$verb" --help | grep -q "^usage: commpkg $verb "
		commpkg help "$verb" | grep -q "^usage: commpkg $verb "
	done
}

@test "help by -?, -h, --help; version by -V, --version" {
	for word in '-?' -h --help -help; do
		commpkg "$word" | grep -q '^usage: commpkg'
	done
	[ "$(commpkg -V)" = "$(commpkg --version)" ]
	commpkg -V | grep -qE '^commpkg [0-9]'
}

@test "options may stand before and after the verb" {
	commpkg -R "$ROOT" info --listPackages
	commpkg info --listPackages -R "$ROOT"
	commpkg --list-packages -R "$ROOT" info
	commpkg -q info "$ROOT" -v
}

@test "original spellings, with one dash and with two" {
	mkpkg demo 1.0 'f bin/demo'
	for n in -n --dry-run --dryrun -dryrun -dry-run; do
		commpkg install "$n" -R "$ROOT" demo-1.0.pkg
	done
	for o in --pkgOverwrite -pkgOverwrite --pkg-overwrite --no-keep --allow-downgrade; do
		commpkg install -n "$o" -R "$ROOT" demo-1.0.pkg
	done
	[ -z "$(ls "$ROOT")" ]
}

@test "values: attached, separate, with an equals sign" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir distro
	mv demo-1.0.pkg distro
	for d in '-d distro' '-ddistro' '-d=distro' '--distro distro' '--distro=distro' '-distro distro'; do
		# shellcheck disable=SC2086	# words
		commpkg install -n $d --root="$ROOT" demo
	done
	COMMPKG_DISTRO=distro commpkg install -n --root "$ROOT" demo
}

@test "short options in one word" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -nqy -R "$ROOT" demo-1.0.pkg
	commpkg install -nj2 -R "$ROOT" demo-1.0.pkg
	must_fail_cleanly 2 commpkg install -nz -R "$ROOT" demo-1.0.pkg
	[[ $output == *"unknown option '-nz'"* ]]
}

@test "two dashes end the options" {
	must_fail_cleanly 1 commpkg info -R "$ROOT" -- -v
	[[ $output == *"package '-v' is not installed"* ]]
}

@test "unknown options and verbs: refused, with the close one" {
	must_fail_cleanly 2 commpkg install --dry-rn x
	[[ $output == *"unknown option '--dry-rn'"*"did you mean '--dry-run'?"* ]]
	must_fail_cleanly 2 commpkg instal x
	[[ $output == *"unknown verb 'instal'"*"did you mean 'install'?"* ]]
	must_fail_cleanly 2 commpkg frobnicate
	[[ $output == *"--help"* ]]
	must_fail_cleanly 2 commpkg
	[[ $output == *"no verb"* ]]
	must_fail_cleanly 2 commpkg verify --autoremove
	[[ $output == *"unknown option '--autoremove' for 'verify'"* ]]
}

@test "values that are missing or wrong" {
	must_fail_cleanly 2 commpkg install -R
	[[ $output == *"wants PATH|NAME"* ]]
	must_fail_cleanly 2 commpkg info -j x
	[[ $output == *"wants a number"* ]]
	must_fail_cleanly 2 commpkg info --lock-wait -1
	must_fail_cleanly 2 commpkg info --lock-wait 1000001
	must_fail_cleanly 2 commpkg info --color sometimes
	must_fail_cleanly 2 commpkg info --json=xml
	must_fail_cleanly 2 commpkg install --dry-run=yes x
	[[ $output == *"takes no value"* ]]
}

@test "completion: bash can read it, and it knows verbs and options" {
	commpkg completion >c
	bash -n c
	grep -q -- '--pkg-overwrite' c
	# shellcheck disable=SC1091,SC2016
	bash -c '. ./c; COMP_WORDS=(commpkg ver); COMP_CWORD=1; _commpkg; [ "${COMPREPLY[*]}" = verify ]'
	# shellcheck disable=SC1091,SC2016
	bash -c '. ./c; COMP_WORDS=(commpkg verify --un); COMP_CWORD=2; _commpkg; [ "${COMPREPLY[*]}" = --unowned ]'
}

@test "colour: only when asked for, or on a terminal without NO_COLOR" {
	commpkg info -R "$ROOT" >plain
	run ! grep -q $'\033' plain
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -y -q -R "$ROOT" demo-1.0.pkg
	commpkg info --color always -R "$ROOT" | grep -q $'\033\\[1m'
	commpkg info --color never -R "$ROOT" >plain
	run ! grep -q $'\033' plain
	"$PTY" -- commpkg info -R "$ROOT" | grep -q $'\033\\[1m'
	NO_COLOR=1 "$PTY" -- commpkg info -R "$ROOT" >plain
	run ! grep -q $'\033' plain
}

@test "marks fall back to ASCII where the locale is not UTF-8" {
	mkpkg demo 1.0 'f bin/demo'
	run --separate-stderr commpkg install -y -R "$ROOT" demo-1.0.pkg
	# shellcheck disable=SC2154
	[[ $stderr == *'✓ demo 1.0'* ]]
	LC_ALL=C run --separate-stderr commpkg undo -y -R "$ROOT"
	[[ $stderr == *'ok transaction 1'* ]]
}
