#!/usr/bin/env bats
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p a/b
	printf one >a/f1
	chmod 640 a/f1
	ln a/f1 a/hard
	ln a/f1 a/b/hard
	ln -s f1 a/soft
	ln -s /nowhere a/broken
	mkfifo -m 0644 a/pipe
	chmod 700 a/b
	me=$(id -un) us=$(id -gn)
}

@test "each type has its line, in the order of names" {
	run --separate-stderr pkgproto a
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	diff - <(echo "$output") <<-END
	d none a 0755 $me $us
	d none a/b 0700 $me $us
	f none a/b/hard 0640 $me $us
	s none a/broken=/nowhere
	l none a/f1=b/hard
	l none a/hard=b/hard
	p none a/pipe 0644 $me $us
	s none a/soft=f1
	END
}

@test "path=path describes files as if they lay elsewhere" {
	run pkgproto -c own a/b=usr/x/
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "d own usr/x 0700 $me $us" ]
	[ "${lines[1]}" = "f own usr/x/hard=a/b/hard 0640 $me $us" ]
	run --separate-stderr pkgproto a=
	[ "${lines[0]}" = "d none b 0700 $me $us" ]
	[ "${lines[1]}" = "f none b/hard=a/b/hard 0640 $me $us" ]
}

@test "names on standard input are described alone" {
	run pkgproto <<<$'a\na/soft\na/f1=x'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "d none a 0755 $me $us" ]
	[ "${lines[1]}" = "s none a/soft=f1" ]
	[ "${lines[2]}" = "f none x=a/f1 0640 $me $us" ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "-i looks through symbolic links, and a broken one is an error" {
	run --separate-stderr pkgproto -i a
	[ "$status" -eq 1 ]
	[[ $output == *"f none a/soft 0640"* ]]
	[[ $stderr == *"ERROR: a/broken"*"pathname does not exist"* ]]
}

@test "names of find(1) are shown as they will be installed" {
	run pkgproto <<<$'.\n./a\n./a/b/\n./a//soft'
	[ "$output" = "d none a 0755 $me $us"$'\n'"d none a/b 0700 $me $us"$'\n'"s none a/soft=f1" ]
	(cd a && pkgproto ./b) | grep -q '^f none b/hard 0640 '
	pkgproto ./a/b= | grep -q '^f none hard=./a/b/hard 0640 '
}

@test "names that no prototype can hold are errors" {
	touch 'a/with blank' 'a/with=equals'
	run --separate-stderr pkgproto a
	[ "$status" -eq 1 ]
	[[ $stderr == *"a/with blank"* && $stderr == *"a/with=equals"* ]]
	[[ $output != *with* ]]
}

@test "wrong usage" {
	run pkgproto -Q
	[ "$status" -eq 1 ]
	[[ $output == *usage* ]]
	run pkgproto -c 'x/y' a
	[ "$status" -eq 1 ]
}

@test "what pkgproto writes pkgmk reads" {
	printf 'PKG=demo\nNAME=Demo\nARCH=all\nVERSION=1\nCATEGORY=application\n' >pkginfo
	{ echo 'i pkginfo'; pkgproto a=; } >prototype
	mkdir spool
	pkgmk -d ./spool -p x
	[ "$(cat spool/demo/reloc/b/hard)" = one ]
}
