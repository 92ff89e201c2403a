#!/usr/bin/env bats
# tools/install-deps, with a dpkg and an apt of our own.
load lib/commpkg

setup()
{
	commpkg_setup
	unset O
	mkdir bin
	touch installed known archive calls
	tool dpkg-query 'sed "s/^/ii  /" "$T/installed"'
	tool apt-cache 'for p; do :; done; grep -qx -e "$p" "$T/known"'
	tool apt-get '
		echo "apt-get $*" >>"$T/calls"
		case " $* " in
		*" update "*) cat "$T/archive" >>"$T/known"; exit ;;
		esac
		while [ "$1" != --no-install-recommends ]; do shift; done
		shift
		for p; do
			grep -qx -e "$p" "$T/known" || { echo "E: no $p" >&2; exit 100; }
			echo "$p" >>"$T/installed"
		done'
	tool sudo 'echo sudo >>"$T/calls"; exec "$@"'
	tool id 'echo 0'
	# What it wants: all that it misses when there is nothing.
	deps || :
	sed -n 's/.*--no-install-recommends //p' calls | tail -n 1 | tr ' ' '\n' >archive
	[ "$(wc -l <archive)" -gt 8 ]
	: >installed
	: >known
	: >calls
}

tool() # NAME SCRIPT
{
	printf '#!/bin/sh\nT=%s\n%s\n' "$PWD" "$2" >"bin/$1"
	chmod +x "bin/$1"
}

deps()
{
	PATH=$PWD/bin:$PATH "$TOP/tools/install-deps"
}

# With nothing but our tools and the plainest others.
deps_alone()
{
	for t in sh sed awk grep cat env dirname; do
		[ -e bin/$t ] || ln -s "$(command -v $t)" bin/
	done
	PATH=$PWD/bin "$TOP/tools/install-deps"
}

@test "when nothing is missing it says and does nothing" {
	cp archive installed
	run deps
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ ! -s calls ]
}

@test "what is missing is installed, and no more" {
	cp archive known
	grep -v -x -e zstd -e libsolv-dev archive >installed
	run deps
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'apt-get' calls)" -eq 1 ]
	grep -q 'install.* libsolv-dev zstd$' calls
}

@test "package lists are fetched first when a name is unknown" {
	run deps
	[ "$status" -eq 0 ]
	[[ $(sed -n 1p calls) == *update* ]]
	[[ $(sed -n 2p calls) == *install* ]]
	run deps
	[ -z "$output" ]
}

@test "an ordinary user goes through sudo, or is told what to type" {
	cp archive known
	tool id 'echo 1000'
	run deps
	[ "$status" -eq 0 ]
	grep -q sudo calls
	: >installed
	rm bin/sudo
	run deps_alone
	[ "$status" -eq 1 ]
	[[ $output == *'not root, and there is no sudo; as root: apt-get install '*gcc* ]]
}

@test "what apt cannot install is named" {
	cp archive known
	sed -i '/libsolv-dev/d' known archive
	run deps
	[ "$status" -eq 1 ]
	[[ $output == *'could not install: '*libsolv-dev* ]]
}

@test "elsewhere than on Debian it names what is missing" {
	rm bin/dpkg-query bin/apt-get
	tool pkg-config '[ "$2" != libsolv ]'
	tool make :
	tool zstd :
	run deps_alone
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'missing: gcc libsolv.pc '* ]]
	tool gcc :
	tool pkg-config :
	run deps_alone
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "an unknown set is an error" {
	must_fail_cleanly 1 "$TOP/tools/install-deps" cheese
	[[ $output == *"unknown set 'cheese'"* ]]
}
