#!/usr/bin/env bats
# What comes along, what is refused and why, and that the commands offered work when typed.
load lib/commpkg

setup()
{
	commpkg_setup
	mkdir dist
}

# have NAME VERSION ...: as mkpkg, into the distribution
have()
{
	mkpkg "$@" && mv "$1-$2.pkg" dist/
}

in_root() { commpkg install -y -q -R "$ROOT" -d dist "$@"; }

# versions: "A 1.0 B 2.0", by name
versions()
{
	local d
	for d in "$ROOT"/var/sadm/pkg/*/; do
		[ ! -e "$d/pkginfo" ] || printf '%s %s ' "$(basename "$d")" \
			"$(sed -n 's/^VERSION=//p' "$d/pkginfo")"
	done
}

# type_fix N: types the command that was offered (output is that of the refusal)
type_fix()
{
	local command
	command=$(printf '%s\n' "$output" | sed -n "s/^ *$1) commpkg /commpkg /p")
	[ -n "$command" ] || { echo "no fix $1 in:" "$output"; return 1; }
	echo "typed: $command"
	eval "$command -y -q"
}

@test "what is needed comes along, and is not manual" {
	have APP 1.0 'f bin/app' -- 'P LIB lib'
	have LIB 1.0 'f lib/lib' -- 'P BASE base'
	have BASE 1.0 'f lib/base'
	in_root APP
	[ "$(versions)" = 'APP 1.0 BASE 1.0 LIB 1.0 ' ]
	commpkg uninstall -y -q -R "$ROOT" --autoremove APP
	[ "$(versions)" = '' ]
}

@test "without --autoremove what came along stays, until it is swept" {
	have APP 1.0 'f bin/app' -- 'P LIB lib'
	have LIB 1.0 'f lib/lib'
	in_root APP
	commpkg uninstall -y -q -R "$ROOT" APP
	[ "$(versions)" = 'LIB 1.0 ' ]
}

@test "a removal that breaks another is refused, and the offered commands work" {
	have APP 1.0 'f bin/app' -- 'P LIB lib'
	have LIB 1.0 'f lib/lib'
	in_root APP LIB
	run commpkg uninstall -y -R "$ROOT" LIB
	[ "$status" -eq 3 ]
	[[ $output == *"APP 1.0 (installed, transaction 1) needs LIB"* ]]
	[ "$(versions)" = 'APP 1.0 LIB 1.0 ' ]
	type_fix 1
	[ "$(versions)" = '' ]
	in_root APP
	type_fix 2
	[ "$(versions)" = '' ]
}

@test "an incompatible package is named, and goes by the command offered" {
	have OLD 1.0 'f bin/old'
	have NEW 1.0 'f bin/new' -- 'I OLD old'
	in_root OLD
	run commpkg install -y -R "$ROOT" -d dist NEW
	[ "$status" -eq 3 ]
	[[ $output == *"OLD 1.0 (installed, transaction 1)"* ]]
	type_fix 1
	[ "$(versions)" = '' ]
	in_root NEW
	[ "$(versions)" = 'NEW 1.0 ' ]
}

@test "an older version that fits is offered" {
	have APP 2.0 'f bin/app' -- 'P GONE gone'
	have APP 1.0 'f bin/app'
	run commpkg install -y -R "$ROOT" -d dist APP
	[ "$status" -eq 3 ]
	[[ $output == *"needs GONE, which nothing here provides"* ]]
	type_fix 1
	[ "$(versions)" = 'APP 1.0 ' ]
}

@test "when nothing provides it, --nodeps is what is left" {
	have APP 2.0 'f bin/app' -- 'P GONE gone'
	run commpkg install -y -R "$ROOT" -d dist APP
	[ "$status" -eq 3 ]
	type_fix 1
	[ "$(versions)" = 'APP 2.0 ' ]
}

@test "an older file is refused, and goes back by the command offered" {
	have APP 1.0 'f bin/app'
	have APP 2.0 'f bin/app'
	in_root APP
	[ "$(versions)" = 'APP 2.0 ' ]
	run commpkg install -y -R "$ROOT" ./dist/APP-1.0.pkg
	[ "$status" -eq 3 ]
	[[ $output == *"APP 2.0 (installed, transaction 1) is newer"* ]]
	type_fix 1
	[ "$(versions)" = 'APP 1.0 ' ]
}

@test "upgrade takes the newest of all, and leaves alone what is not there" {
	have APP 1.0 'f bin/app'
	have LOCAL 1.0 'f bin/local'
	in_root APP LOCAL
	rm dist/LOCAL*
	have APP 1.9 'f bin/app'
	have APP 1.10 'f bin/app'
	run commpkg upgrade -y -R "$ROOT" -d dist
	[ "$status" -eq 0 ]
	[[ $output == *"left alone: LOCAL"* ]]
	[ "$(versions)" = 'APP 1.10 LOCAL 1.0 ' ]
}

@test "install/relations of an installed package counts" {
	have LIB 1.0 'f lib/lib'
	have LIB 2.0 'f lib/lib'
	have APP 1.0 'f bin/app' 'i relations <requires LIB (<< 2.0)\n'
	in_root APP
	[ "$(versions)" = 'APP 1.0 LIB 1.0 ' ]
	run commpkg install -y -R "$ROOT" -d dist LIB
	[ "$status" -eq 3 ]
	[[ $output == *"APP 1.0 (installed, transaction 1) needs LIB < 2.0"* ]]
	type_fix 1
	[[ "$(versions)" != *'LIB 2.0'* ]]
	type_fix 2
	in_root LIB
	[ "$(versions)" = 'LIB 2.0 ' ]
}

@test "compver and alternatives of depend" {
	have APP 1.0 'f bin/app' 'i depend <P LIB lib\n\t1.0\n\t1.1\n'
	have LIB 3.0 'f lib/lib' 'i compver <1.0\n'
	have LIB 4.0 'f lib/lib'
	in_root APP
	[ "$(versions)" = 'APP 1.0 LIB 3.0 ' ]
}

@test "a name nobody knows has close ones" {
	have SUNWmsg 1.0 'f bin/msg'
	run commpkg install -y -R "$ROOT" -d dist SUNWmgs
	[ "$status" -ne 0 ]
	[[ $output == *"'SUNWmsg'"* ]]
}

@test "the same package twice in a distribution: the first counts, and is noted" {
	have APP 1.0 'f bin/app'
	mkdir dist/z
	cp dist/APP-1.0.pkg dist/z/
	run commpkg install -y -R "$ROOT" -d dist APP
	[ "$status" -eq 0 ]
	[[ $output == *"z/APP-1.0.pkg is passed over"* ]]
}
