#!/usr/bin/env bats
# A script that fails, of any kind and in any way, leaves the root as it was; the codes that say
# "go on" (svr4.md 8.5) do not.

load lib/commpkg

# Each kind of script makes a mess; then the one that $ROOT/etc/end names ends as it says there.
kinds()
{
	local kind mess='cd $PKG_INSTALL_ROOT || exit 98; echo $0 >>etc/users; chmod 600 etc/users; rm -rf srv/gone; mkdir -p srv/new/$0; ln -sf users etc/link; [ ! -e opt/kinds/x ] || echo $0 >>opt/kinds/x; while read a b; do :; done; read kind end <etc/end; [ ${0##*/} = $kind ] || exit 0; case $end in [0-9]*) exit $end;; *) kill -$end $$;; esac\n'
	local scripts=()
	for kind in preinstall postinstall preremove postremove i.table r.table; do
		scripts+=("i $kind <$mess")
	done
	mkpkg kinds 1.0 'd opt/kinds' 'f opt/kinds/x' 'f opt/kinds/run 4755 root root' "${scripts[@]}" \
		-- 'CLASSES=none table'
	echo data >src/kinds-1.0/reloc/opt/kinds/t
	echo 'f table opt/kinds/t 0644 root root' >>src/kinds-1.0/prototype
	pkgmk -o -d "$PWD/spool-1.0" -f src/kinds-1.0/prototype -r src/kinds-1.0/reloc >/dev/null
}

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	kinds
	mkdir -p "$ROOT/etc" "$ROOT/srv/gone"
	echo root >"$ROOT/etc/users"
	echo 'none 0' >"$ROOT/etc/end"
}

# fails KIND END ARGUMENT...: of commpkg.
fails()
{
	local before kind=$1 end=$2
	shift 2
	echo "$kind $end" >"$ROOT/etc/end"
	before=$(tree_digest)
	run commpkg -y -R "$ROOT" "$@"
	[ "$status" -eq 1 ] || { echo "$kind $end: exit $status: $output"; return 1; }
	[[ $output == *"script '$kind' of package 'kinds' failed"* ]]
	[ "$(tree_digest)" = "$before" ] || { echo "$kind $end: not as before"; return 1; }
	[ -z "$(ls -A "$ROOT/var/lib/commpkg/txn" 2>/dev/null)" ]
}

@test "an installation, stopped by each of its scripts, by each code" {
	local end
	for end in 1 3 4 5 11 99 255 KILL SEGV; do
		fails postinstall "$end" install ./spool-1.0/kinds
	done
	for end in 1 13 TERM; do
		fails preinstall "$end" install ./spool-1.0/kinds
	done
	for end in 6 30 KILL; do
		fails i.table "$end" install ./spool-1.0/kinds
	done
	[ -z "$(commpkg -q -R "$ROOT" info --listPackages)" ]
}

@test "a removal, stopped by each of its scripts" {
	local end
	commpkg -qy -R "$ROOT" install ./spool-1.0/kinds
	for end in 1 25 KILL; do
		fails preremove "$end" uninstall kinds
	done
	for end in 3 255; do
		fails r.table "$end" uninstall kinds
	done
	for end in 5 98 SEGV; do
		fails postremove "$end" uninstall kinds
	done
	[[ $(commpkg -q -R "$ROOT" info --listPackages) == *kinds* ]]
}

@test "the codes of what goes on: fine, warning, and a restart later or at once" {
	local how
	for how in 'postinstall 0' 'i.table 2' 'postinstall 10' 'preinstall 12' 'i.table 20' 'postinstall 22'; do
		echo "$how" >"$ROOT/etc/end"
		run commpkg -y -R "$ROOT" install ./spool-1.0/kinds
		case ${how#* } in
		0 | 2) [ "$status" -eq 0 ] ;;
		*) [ "$status" -eq 100 ] ;;
		esac
		[ -f "$ROOT/opt/kinds/x" ]
		commpkg -qy -R "$ROOT" undo
		[ ! -e "$ROOT/opt/kinds" ]
	done
}
