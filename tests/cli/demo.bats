#!/usr/bin/env bats
# `make demo` shows what it says it shows, and leaves nothing behind.
load lib/commpkg

@test "the demonstration runs through, and cleans up" {
	mkdir tmp
	TMPDIR=$PWD/tmp run "$TOP/tools/demo" "$O/bin"
	echo "$output"
	[ "$status" -eq 0 ]
	if [[ $output == *'Refused: on this host'* ]]; then
		[[ $output == *'The tree is what it was before the installation'*'Hello from 6.3'* ]]
	else
		[[ $output == *'+OK store 7.0 at your service, format 7'*'Hello from 6.3'* ]]
		[[ $output == *'The tree is what it was before the upgrade'* ]]
	fi
	[ -z "$(ls -A tmp)" ]
}

@test "the demonstration runs as an ordinary user" {
	needs_root
	if ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$O/bin/commpkg" -a -r "$TOP/tools/demo"; then
		skip 'nobody may not read this tree'
	fi
	mkdir tmp nobody # a compiler may have a cache at home
	chmod 777 tmp nobody
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR" 2>/dev/null || :
	TMPDIR=$PWD/tmp HOME=$PWD/nobody run setpriv --reuid 65534 --regid 65534 --clear-groups "$TOP/tools/demo" "$O/bin"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$(ls -A tmp)" ]
}

@test "a demonstration that breaks a promise fails" {
	mkdir bin
	for f in "$O"/bin/*; do ln -s "$f" bin/; done
	rm bin/commpkg
	# An undo that does nothing.
	cat >bin/commpkg <<-END
		#!/bin/sh
		[ "\$1" = undo ] || exec "$O/bin/commpkg" "\$@"
	END
	chmod +x bin/commpkg
	run "$TOP/tools/demo" bin "$O/suite"
	[ "$status" -eq 1 ]
	[[ $output == *'demo: the tree is not what it was'* ]]
}
