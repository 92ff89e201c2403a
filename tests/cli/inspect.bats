#!/usr/bin/env bats
# inspect: a package is looked into, and nothing of it is run or unpacked.
load lib/commpkg

@test "what it is, what it holds, what it needs" {
	mkpkg demo 1.0 'f bin/demo' 'f sbin/su 4755 root bin' 'e etc/demo.conf' 's bin/x=demo' \
		'd var/demo' -- 'P base Base' 'I old Old'
	run commpkg inspect demo-1.0.pkg
	[ "$status" -eq 0 ]
	[[ $output == *'datastream'* ]]
	[[ $output == *"SHA-256      "*"$(sha256sum demo-1.0.pkg | cut -d ' ' -f 1)"* ]]
	[[ $output == *'Package           demo'* ]]
	[[ $output == *'Editable          1'* ]]
	[[ $output == *'sbin/su (4755 root)'* ]]
	[[ $output == *'Requires          base'* ]]
	[[ $output == *'Conflicts         old'* ]]
	[ -z "$(ls -A "$ROOT")" ]
}

@test "scripts: names and first lines, the text with --script, escaped" {
	mkpkg demo 1.0 'f bin/demo' 'i postinstall <#!/bin/sh\ntouch '"$PWD"'/ran\nprintf "\033[31mred"\n'
	run commpkg inspect demo-1.0.pkg
	[[ $output == *'postinstall'*'#!/bin/sh'* ]]
	run commpkg inspect --script postinstall demo-1.0.pkg
	[[ $output == *'touch '* ]]
	[[ $output == *'\x1b[31mred'* ]]
	[[ $output != *$'\033'* ]]
	[ ! -e ran ]
	must_fail_cleanly 1 commpkg inspect --script preremove demo-1.0.pkg
}

@test "--files: every object" {
	mkpkg demo 1.0 'f bin/demo' 's bin/x=demo'
	commpkg inspect --files demo-1.0.pkg >out
	grep -q 'f  *none  *0755  *root  *root  *[0-9][0-9]*  *bin/demo' out
	grep -q 's  *none .* bin/x  *demo' out
}

@test "compression, directories, what is no package" {
	mkpkg demo 1.0 'f bin/demo'
	gzip -k demo-1.0.pkg
	commpkg inspect demo-1.0.pkg.gz | grep -q 'Compression  gzip'
	commpkg inspect spool-1.0/demo | grep -q 'package directory'
	echo no >text
	must_fail_cleanly 1 commpkg inspect text
	must_fail_cleanly 1 commpkg inspect missing.pkg
	must_fail_cleanly 2 commpkg inspect
}

@test "contents are compared with what the package says" {
	mkpkg demo 1.0 'f bin/demo <some text\n' 'f bin/more'
	run commpkg inspect demo-1.0.pkg
	[ "$status" -eq 0 ]
	[[ $output == *'2 files, each with the size and sum'* ]]
	sed 's/some text/same text/' demo-1.0.pkg >flipped.pkg
	must_fail_cleanly 6 commpkg inspect flipped.pkg
	[[ $output == *"the contents are damaged"*"'bin/demo' has the sum"* ]]
	head -c 2500 demo-1.0.pkg >cut.pkg
	must_fail_cleanly 1 commpkg inspect cut.pkg
	[[ $output == *"the contents are damaged"*"cut off"* ]]
	run commpkg inspect --json flipped.pkg
	[[ $output == *'"right": false'* ]]
}

@test "a short file that is no package is no cut datastream" {
	echo hello >hello.pkg
	must_fail_cleanly 1 commpkg inspect hello.pkg
	[[ $output == *"'hello.pkg' is not a datastream"* ]]
}
