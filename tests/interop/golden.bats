#!/usr/bin/env bats
# The golden scenarios with our tools: exit status, messages, file tree, database, var/sadm, all
# as recorded with another implementation, but for what tests/interop/DIFFERENCES lists.
load ../cli/lib/commpkg

replay() {
	[ "$(id -u)" -eq 0 ] || skip "needs root: owners and devices are compared"
	run "$TOP/tests/interop/replay" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "basic: every type of object" { replay basic; }
@test "abs: absolute and parametric paths" { replay abs; }
@test "part: several parts" { replay part; }
@test "shared: objects of two packages" { replay shared; }
@test "instances: PKG.2 and MAXINST" { replay instances; }
@test "multi: one stream, four packages" { replay multi; }
@test "dep: prerequisites and incompatible packages" { replay dep; }
@test "installf: installf and removef in scripts" { replay installf; }
@test "misc: base directory, set-id, a damaged installation, pkgproto" { replay misc; }

@test "req: request, checkinstall, pkgask, response files" { replay req; }
@test "class: class action scripts and all procedure scripts" { replay class; }
@test "upgrade: each instance policy, then the upgrade, then the same again" { replay upgrade; }
@test "damaged: broken packages and streams" { replay damaged; }
@test "inway: links, files and directories where objects go" { replay inway; }

@test "the replay sees a difference that is not listed" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	mkdir bin
	printf '#!/bin/sh\nexec "%s/bin/pkgrm" "$@" 2>/dev/null\n' "$O" >bin/pkgrm
	chmod +x bin/pkgrm
	PATH=$PWD/bin:$PATH run "$TOP/tests/interop/replay" basic
	[ "$status" -eq 1 ]
	[[ $output == *"basic/13-pkgrm-n.stderr -Removal of <GLDbasic> was successful."* ]]
}

@test "adopt takes over each root that the other implementation left, and pkgrm empties it" {
	replay -a basic abs class part shared instances dep installf req upgrade inway
	[[ $output == *"comparisons, 0 differences"* ]]
}
