#!/usr/bin/env bats
# pkgchk. Its plain output is compared with another implementation in tests/interop/golden.bats.
load lib/commpkg

setup() {
	commpkg_setup
	printf '%s\n' mail= instance=overwrite basedir=default partial=nocheck runlevel=nocheck \
		idepend=nocheck rdepend=nocheck space=nocheck setuid=nocheck conflict=nocheck \
		action=nocheck >admin
	mkpkg demo 1.0 'd bin' 'f bin/demo' 'e etc/demo.conf' 'v var/log' 's bin/ln=demo' \
		'l bin/hard=demo' 'x only' 'f only/mine' 'p var/pipe 0600 root root' -- BASEDIR=/opt
	pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg all
	cd "$ROOT/opt"
}

chk() { pkgchk -R "$ROOT" "$@"; }

@test "a hard link is of the type of what it is linked to" {
	mkpkg linked 1.0 'd opt' 'd opt/l' 'p opt/l/pipe' 'l opt/l/other=pipe' 'f opt/l/f' 'l opt/l/g=f'
	commpkg -y -R "$ROOT" install ./linked-1.0.pkg
	pkgchk -R "$ROOT" linked
	rm "$ROOT/opt/l/other"
	mkdir "$ROOT/opt/l/other"
	run -1 pkgchk -R "$ROOT" linked
	[[ $output == *"/opt/l/other"*"file type <l> expected <d> actual"* ]]
}

@test "a sound installation has no faults" {
	run chk demo
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run chk
	[ "$status" -eq 0 ]
	run chk -v demo
	[ "$status" -eq 0 ]
	[ "$(grep -c . <<<"$output")" -eq 9 ]
}

@test "each kind of damage is named" {
	chmod 0700 bin
	rm bin/hard bin/demo
	ln -sf other bin/ln
	rm var/pipe && mkdir var/pipe
	echo more >>etc/demo.conf
	run chk demo
	[ "$status" -eq 1 ]
	[[ $output == *"ERROR: $ROOT/opt/bin
    permissions <0755> expected <0700> actual"* ]]
	[[ $output == *"opt/bin/demo
    pathname does not exist"* ]]
	[[ $output == *"opt/bin/hard
    pathname does not exist
    pathname not properly linked to <demo>"* ]]
	[[ $output == *"not symbolically linked to <demo>"* ]]
	[[ $output == *"file type <p> expected <d> actual"* ]]
	[[ $output == *"opt/etc/demo.conf
    modtime <"*"    file size <5> expected <10> actual
    file cksum <"* ]]
}

@test "-a looks at attributes, -c at contents, -n not at edited files, -q not for missing ones" {
	echo edited >etc/demo.conf
	chmod 0700 bin
	rm var/log
	run chk -a demo
	[ "$status" -eq 1 ]
	[[ $output == *permissions* && $output == *"does not exist"* && $output != *demo.conf* ]]
	run chk -c demo
	[[ $output != *permissions* && $output == *demo.conf* ]]
	run chk -n demo
	[[ $output == *permissions* && $output != *demo.conf* ]]
	run chk -q -c -n demo
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "-p names paths, -P parts of them, -i a file of them" {
	rm bin/demo var/log
	run chk -p /opt/bin/demo,/opt/bin
	[ "$status" -eq 1 ]
	[[ $output == *bin/demo* && $output != *var/log* ]]
	run chk -P /log
	[[ $output != *bin/demo* && $output == *var/log* ]]
	printf '/opt/var/log\n/nowhere\n' >"$BATS_TEST_TMPDIR/list"
	run chk -i "$BATS_TEST_TMPDIR/list"
	[ "$status" -eq 1 ]
	[[ $output == *var/log* ]]
	[[ $output == *"WARNING: no information associated with pathname </nowhere>"* ]]
	run chk none
	[ "$status" -eq 0 ]
	[ "$output" = "WARNING: no pathnames were associated with <none>" ]
}

@test "-f puts right what can be, and keeps what holds something" {
	chmod 0700 bin
	rm bin/hard var/pipe
	ln -sf other bin/ln
	touch bin/demo
	echo edited >etc/demo.conf
	run chk -f demo
	[ "$status" -eq 1 ]
	[[ $output == *demo.conf* && $output != *bin* && $output != *pipe* ]]
	[ "$(cat etc/demo.conf)" = edited ]
	[ "$(readlink bin/ln)" = demo ]
	[ bin/hard -ef bin/demo ]
	[ -p var/pipe ]
	run chk -n demo
	[ "$status" -eq 0 ]
}

@test "-f is a transaction: what stood there comes back with undo" {
	rm var/pipe
	echo precious >var/pipe
	rm bin/hard
	echo other >bin/hard
	ln -sf elsewhere bin/ln
	chmod 0700 bin
	chk -f demo
	[ -p var/pipe ]
	[ bin/hard -ef bin/demo ]
	[ "$(readlink bin/ln)" = demo ]
	[ "$(stat -c %a bin)" = 755 ]
	chk demo
	commpkg history -R "$ROOT" | grep -q 'pkgchk -f\|repair'
	commpkg undo -y -R "$ROOT"
	[ "$(timeout 5 cat var/pipe)" = precious ]
	[ "$(cat bin/hard)" = other ]
	[ "$(readlink bin/ln)" = elsewhere ]
	[ "$(stat -c %a bin)" = 700 ]
}

@test "-f repairs what it is asked for, and nothing else" {
	before=$(stat -c %a only)
	chmod 0700 bin
	chmod 0711 only
	rm bin/ln
	chk -f -a -p /opt/bin
	[ "$(stat -c %a bin)" = 755 ]
	[ "$(stat -c %a only)" = 711 ]
	[ ! -L bin/ln ]
	mkpkg other 1.0 'd share 0755 root root' -- BASEDIR=/opt
	pkgadd -n -a "$BATS_TEST_TMPDIR/admin" -R "$ROOT" -d other-1.0.pkg all
	chmod 0700 share
	chk -f -a demo
	[ "$(stat -c %a share)" = 700 ]
	[ "$(stat -c %a only)" = "$before" ]
	# nothing to do is no transaction
	n=$(commpkg history -R "$ROOT" | wc -l)
	chk -f demo
	[ "$(commpkg history -R "$ROOT" | wc -l)" -eq "$n" ]
}

@test "-x finds foreign files in exclusive directories, and -xf deletes them" {
	echo foreign >only/foreign
	mkdir only/dir && touch only/dir/in
	run chk -x demo
	[ "$status" -eq 1 ]
	[[ $output == *"ERROR: $ROOT/opt/only/foreign
ERROR: hidden file in exclusive directory"* ]]
	[[ $output != *only/mine* ]]
	run chk -xf demo
	[ "$status" -eq 1 ]
	[ "$output" = "ERROR: $ROOT/opt/only/dir
ERROR: unable to remove hidden file" ]
	[ ! -e only/foreign ]
	[ -f only/mine ]
	[ -f only/dir/in ]
	rm -r only/dir
	run chk -x demo
	[ "$status" -eq 0 ]
	# it only took away what undo can bring back, and touched nothing else
	mkdir only/empty
	ln -s /etc/passwd only/link
	chmod 0700 bin
	chk -xf demo
	[ "$(stat -c %a bin)" = 700 ]
	[ "$(ls only)" = mine ]
	commpkg undo -y -R "$ROOT"
	[ -d only/empty ]
	[ "$(readlink only/link)" = /etc/passwd ]
	commpkg undo -y -R "$ROOT" --to 1
	[ "$(cat only/foreign)" = foreign ]
}

@test "links in the root are followed inside it only" {
	mkdir -p "$BATS_TEST_TMPDIR/outside"
	mv bin "$BATS_TEST_TMPDIR/outside/bin"
	ln -s "$BATS_TEST_TMPDIR/outside/bin" bin
	run chk demo
	[ "$status" -eq 1 ]
	[[ $output == *"opt/bin/demo
    pathname does not exist"* ]]
	chmod 0600 "$BATS_TEST_TMPDIR/outside/bin/demo"
	run chk -f demo
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/outside/bin/demo")" = 600 ]
}

@test "-m checks against a pkgmap, with parameters of -e" {
	map=$BATS_TEST_TMPDIR/spool-1.0/demo/pkgmap env=$BATS_TEST_TMPDIR/spool-1.0/demo/pkginfo
	run chk -m "$map" -e "$env"
	[ "$status" -eq 0 ]
	chmod 0700 bin
	run chk -m "$map" -e "$env"
	[ "$status" -eq 1 ]
	[[ $output == *"permissions <0755> expected <0700> actual"* ]]
}

@test "-d checks media" {
	run pkgchk -d "$BATS_TEST_TMPDIR/demo-1.0.pkg" demo
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "Checking uninstalled stream format package <demo> from <$BATS_TEST_TMPDIR/demo-1.0.pkg>" ]
	echo more >>"$BATS_TEST_TMPDIR/spool-1.0/demo/reloc/bin/demo"
	run pkgchk -d "$BATS_TEST_TMPDIR/spool-1.0" demo
	[ "$status" -eq 1 ]
	[[ $output == *bin/demo* ]]
	run pkgchk -d "$BATS_TEST_TMPDIR/demo-1.0.pkg" other
	[ "$status" -eq 1 ]
}

@test "wrong usage, and a root without a database" {
	for args in -Q '-l -a' '-m x demo' '-e x' '-d x -c' '-p a -P b' '-l -v' '-Y system demo' '-m x -d y'; do
		# shellcheck disable=SC2086
		run chk $args
		[ "$status" -eq 1 ]
		[[ $output == *usage* ]]
	done
	mkdir "$BATS_TEST_TMPDIR/empty"
	run pkgchk -R "$BATS_TEST_TMPDIR/empty"
	[ "$status" -eq 0 ]
	echo no database >"$ROOT/var/lib/commpkg/pkgdb.sqlite"
	run chk
	[ "$status" -eq 99 ]
}

@test "-d lists, chooses paths, tells every fault and goes on" {
	cp -r "$BATS_TEST_TMPDIR/spool-1.0" sp
	run pkgchk -l -d "$PWD/sp" demo
	[ "$status" -eq 0 ]
	[[ $output == *"Pathname: bin/demo"$'\n'"Type: regular file"* ]]
	[[ $output == *"Pathname: pkginfo"$'\n'"Type: installation file"* ]]
	run pkgchk -l -d "$PWD/sp" -p bin/ln demo
	[[ $output != *bin/demo$'\n'* ]]
	[[ $output == *"Source of link: demo"* ]]
	echo more >>sp/demo/reloc/bin/demo
	rm sp/demo/reloc/var/log
	run pkgchk -d "$PWD/sp" demo
	[ "$status" -eq 1 ]
	[[ $output == *"ERROR: $PWD/sp/demo/bin/demo"*"    file size <"*"    file cksum <"* ]]
	[[ $output == *"ERROR: unable to locate spooled object <"*var/log* ]]
	[[ $output == *"## Checking is complete."* ]]
	pkgchk -d "$PWD/sp" -p bin/ln demo
	cp -a "$BATS_TEST_TMPDIR/spool-1.0" times
	pkgchk -d times demo
	touch -d @1500000000 times/demo/reloc/bin/demo
	TZ=UTC run -1 pkgchk -d times demo
	[[ $output == *"times/demo/bin/demo"*"    modtime <"*"> expected <07/14/17 02:40:00 AM> actual"* ]]
	[[ $output != *cksum* ]]
	TZ=UTC run -1 pkgchk -d times/demo demo
	run pkgchk -f -d "$BATS_TEST_TMPDIR/demo-1.0.pkg" demo
	[ "$status" -eq 0 ]
	[[ $output == *'WARNING: demo is spooled. Ignoring "f" argument'* ]]
}

@test "-p takes a star, -P looks at what links lead to, -i at words" {
	run chk -v -p '/opt/bin/*'
	[[ $output == *bin/demo* ]]
	[[ $output != *etc/demo.conf* ]]
	printf '/opt/bin/demo /opt/etc/demo.conf\n' >list
	run chk -v -i list
	[[ $output == *etc/demo.conf* ]]
	run chk -v -i - <list
	[[ $output == *etc/demo.conf* ]]
	: >empty
	run chk -i empty
	[ "$status" -eq 1 ]
	[[ $output == *"no pathnames in file specified by -i option"* ]]
	run chk -p ,
	[ "$status" -eq 1 ]
	[[ $output == *"no pathname included with -p option"* ]]
	run chk -q -p /nowhere
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "-Y chooses by category; what clients of file servers need is accepted" {
	chk -Y application -M -V /etc/vfstab
	run chk -Y games
	[ "$status" -eq 1 ]
	[[ $output == *"Category argument <games> cannot be found."* ]]
	run pkgchk -d "$BATS_TEST_TMPDIR/demo-1.0.pkg" -Y games
	[ "$status" -eq 1 ]
}
