#!/usr/bin/env bats
# Few descriptors are allowed: done, or the root as it was, with words; never half.
load lib/commpkg

@test "with 64 descriptors all works, scripts too; with fewer nothing is half done" {
	local n rc p
	mkpkg plain 1.0 'd opt/plain' 'f opt/plain/f' 'd opt/plain/d' 'f opt/plain/d/g'
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/f' 'i postinstall <echo x >$PKG_INSTALL_ROOT/opt/demo/made\n'
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null || skip "no namespaces here"
	for n in 8 11 14 17 20 23 26 29 32 40 64; do
		for p in plain demo; do
			mkdir "r$n$p" && mkdir "r$n$p/opt"
			rc=0
			(ulimit -n $n && exec commpkg install -qy ./$p-1.0.pkg -R "$PWD/r$n$p") >said 2>&1 || rc=$?
			case $rc in
			0) [ -f "r$n$p/opt/$p/f" ] ;;
			1) [ -z "$(ls -A "r$n$p/opt")" ] && grep -q 'Too many open files' said ;;
			*) cat said && return 1 ;;
			esac
		done
	done
	[ $rc -eq 0 ]
	commpkg recover -R "$PWD/r20demo"
	commpkg verify -q -R "$PWD/r64demo"
}
