#!/usr/bin/env bats
# Definitions as old systems shipped them: they parse, build, install below a root, check clean,
# and go without a rest.
load ../cli/lib/commpkg

setup() {
	commpkg_setup
	printf '%s\n' mail= instance=overwrite partial=nocheck runlevel=nocheck idepend=nocheck \
		rdepend=nocheck space=nocheck setuid=nocheck conflict=nocheck action=nocheck \
		basedir=default >admin
	mkdir defs spool
	"$TOP/tests/interop/prototypes" defs
	mkdir -p "$ROOT/etc"
	cp "$TOP"/tests/corpus/svr4/seed/etc/{passwd,group} "$ROOT/etc"
}

make_it() {
	local words
	read -r -a words <defs/"$1"/make
	(cd defs/"$1" && pkgmk -o -d "$BATS_TEST_TMPDIR/spool" -a i386 "${words[@]}") >out 2>&1 ||
		{ cat out; return 1; }
}

outside_var() { (cd "$ROOT" && find . ! -path './var' ! -path './var/*' | sort); }

life() {
	[ "$(id -u)" -eq 0 ] || skip "needs root: owners of old systems"
	pkgtrans -s ./spool "$1.pkg" "$1" 2>/dev/null
	pkgchk -d "$PWD/$1.pkg" "$1" >out 2>&1 || { cat out; return 1; }
	outside_var >before
	pkgadd -n -a "$PWD/admin" -d "$PWD/$1.pkg" -R "$ROOT" "$1" >out 2>&1 || { cat out; return 1; }
	pkginfo -q -i -R "$ROOT" "$1"
	pkgchk -n -R "$ROOT" "$1" >out 2>&1 || { cat out; return 1; }
	commpkg verify -R "$ROOT" >out 2>&1 || { cat out; return 1; }
	run ! grep -e ✗ -e '!' out
	# all of it, but for classes that CLASSES does not name
	[ "$(pkgchk -l -R "$ROOT" "$1" | grep -c ^Pathname:)" -eq \
		"$(grep -vc -e '^: ' -e '^[0-9]* i ' -e '^[0-9]* . absent ' "spool/$1/pkgmap")" ]
	pkgrm -n -a "$PWD/admin" -R "$ROOT" "$1" >out 2>&1 || { cat out; return 1; }
	# the base directory stays, as in SVR4
	diff before <(outside_var | grep -vx -F "${2:-none}")
	run ! pkginfo -q -R "$ROOT" "$1"
}

@test "a consolidation: includes, hundreds of entries in no order, classes" {
	make_it SUNWaa
	run ! grep -q 'WARNING: missing' out
	life SUNWaa
	make_it SUNWbbr
	[ "$(grep -c . spool/SUNWbbr/pkgmap)" -gt 150 ]
	life SUNWbbr
}

@test "a community's: absolute paths, contents named by a variable" {
	make_it CSWtool
	[ -f spool/CSWtool/root/opt/csw/bin/tool ]
	life CSWtool
}

@test "a distribution's: a pkgmap as a prototype" {
	make_it TRIBlib-one
	grep -q 'attributes set to 0644 ? ? for <usr/share/readme>' out
	life TRIBlib-one
}

@test "of the first days: defaults, search lists, variables, parts" {
	make_it ftools
	[ "$(head -c 4 spool/ftools/pkgmap)" = ': 2 ' ]
	grep -q '^1 f none lib/secret 0600 adm sys ' spool/ftools/pkgmap
	grep -q '^1 f none lib/sub 0640 root sys ' spool/ftools/pkgmap
	grep -q '^1 f none lib/after 0600 adm sys ' spool/ftools/pkgmap
	grep -q '^1 s none lib/current=4.0$' spool/ftools/pkgmap
	grep -q '^1 f none lib/4.0/x 0644 bin bin ' spool/ftools/pkgmap
	life ftools "$(printf './usr/add-on/ftools\n./usr/add-on\n./usr\n')"
}

@test "of the second release: levels and privileges, devices, a database that it writes into" {
	mknod probe c 1 3 2>/dev/null || skip "no devices can be made here"
	make_it drvs
	[ ! -e spool/drvs/install/drvs ]
	[ -f spool/drvs/install/menu.drvs ]
	grep -q '^1 f none \$PATCH/etc/inet/hosts 0644 root sys ' spool/drvs/pkgmap
	grep -q '^1 d none /tmp/drvs 0775 root sys$' spool/drvs/pkgmap
	grep -q '^1 v build /etc/cron/sys 0600 sys sys ' spool/drvs/pkgmap
	# no base directory is asked for: the variable stands for an absolute path
	run ! grep BASEDIR spool/drvs/pkginfo
	life drvs
	[ -z "$(ls -A "$ROOT/var/sadm/pkg")" ]
	run ! grep -v '^#' "$ROOT/var/sadm/install/contents"
}
