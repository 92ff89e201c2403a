#!/usr/bin/env bats
load lib/commpkg

setup() {
	commpkg_setup
	multi=$TOP/tests/corpus/svr4/packages/stream/multi.pkg
	mkdir out
}

@test "chosen packages are unpacked, in the order of the stream" {
	run pkgtrans "$multi" out GLDbad GLDdepB
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "Transferring <GLDdepB> package instance" ]
	[ "${lines[1]}" = "Transferring <GLDbad> package instance" ]
	[ "$(ls -A out | xargs)" = "GLDbad GLDdepB" ]
}

@test "an identical version is refused, the others are done; the last one decides the status" {
	pkgtrans "$multi" out GLDdepR
	run pkgtrans "$multi" out all
	[ "$status" -eq 0 ]
	[[ $output == *"- identical version of <GLDdepR> already exists on destination device"* ]]
	[ "$(ls out | wc -l)" -eq 4 ]
	run pkgtrans -n "$multi" out GLDbad
	[ "$status" -eq 2 ]
	run pkgtrans -o "$multi" out all
	[ "$status" -eq 0 ]
	[[ $output != *ERROR* ]]
}

@test "-n gives the next free instance name" {
	mkpkg demo 1.0 'f a'
	mkpkg demo 2.0 'f a'
	mkpkg demo 3.0 'f a'
	pkgtrans demo-1.0.pkg out demo
	run pkgtrans demo-2.0.pkg out demo
	[ "$status" -eq 2 ]
	[[ $output == *"instance <demo> already exists"* ]]
	run pkgtrans -n demo-2.0.pkg out demo
	[ "$status" -eq 0 ]
	[[ $output == *"... instance renamed <demo.2> on destination"* ]]
	pkgtrans -n demo-3.0.pkg out demo
	[ "$(ls out | xargs)" = "demo demo.2 demo.3" ]
	run pkgtrans -n demo-2.0.pkg out demo
	[ "$status" -eq 2 ]
	# and they go into a stream under these names
	pkgtrans -s out three.pkg demo.3 demo demo.2
	[ "$(sed -n '2,4s/ .*//p' three.pkg | xargs)" = "demo.3 demo demo.2" ]
}

@test "-i copies pkginfo and pkgmap only" {
	pkgtrans -i "$multi" out GLDdepA
	[ "$(cd out && find . -type f | sort | xargs)" = "./GLDdepA/pkginfo ./GLDdepA/pkgmap" ]
}

@test "a package that is not there ends with 1 and changes nothing" {
	run pkgtrans "$multi" out GLDnone
	[ "$status" -eq 1 ]
	[[ $output == *"unable to complete package transfer"*"no packages were selected from"* ]]
	[ -z "$(ls -A out)" ]
}

@test "streams are compressed with -z, by suffix or zstd, and read again" {
	pkgtrans "$multi" out all
	for suffix in pkg.gz pkg.bz2 pkg.xz pkg.zst pkg; do
		pkgtrans -z out "m.$suffix" all
		mkdir "back-$suffix"
		pkgtrans "m.$suffix" "back-$suffix" all
		diff -r out "back-$suffix"
	done
	[ "$(head -c 4 m.pkg.zst | od -An -tx1 | tr -d ' ')" = 28b52ffd ]
	[ "$(head -c 2 m.pkg.gz | od -An -tx1 | tr -d ' ')" = 1f8b ]
	cmp m.pkg m.pkg.zst
	pkgtrans -z "$multi" whole.pkg.xz
}

@test "stream to stream, and a device to itself, are refused" {
	run pkgtrans -s "$multi" x.pkg all
	[ "$status" -eq 1 ]
	[[ $output == *"cannot be a datastream"* ]]
	[ ! -e x.pkg ]
	pkgtrans "$multi" out all
	run pkgtrans out out all
	[ "$status" -eq 1 ]
	[[ $output == *"same device"* ]]
	run pkgtrans -si out x.pkg all
	[ "$status" -eq 1 ]
	run pkgtrans "$multi"
	[ "$status" -eq 1 ]
	[[ $output == *usage* ]]
}

@test "of a stream that is cut off what is whole is written, and no half package or stream" {
	head -c 6000 "$multi" >cut.pkg
	run pkgtrans cut.pkg out all
	[ "$status" -eq 1 ]
	[[ $output == *"package <GLDdepR> can't be read and is left out"*"is cut off"* ]]
	mkdir whole
	pkgtrans "$multi" whole all
	[ -n "$(ls -A out)" ]
	for p in out/*; do diff -r "whole/${p#out/}" "$p"; done
	[ "$(ls out | wc -l)" -lt "$(ls whole | wc -l)" ]
	head -c 2000 "$multi" >cut.pkg
	rm -r out/*
	run pkgtrans cut.pkg out all
	[ "$status" -eq 1 ]
	[ -z "$(ls -A out)" ]
	pkgtrans "$multi" out GLDbad
	echo more >>out/GLDbad/reloc/f-bad
	run pkgtrans -s out x.pkg all
	[ "$status" -eq 1 ]
	[ "$(ls x.pkg* 2>/dev/null)" = "" ]
}
