# For the scripts in sbin/ (behind servers.sh): is this one of commpkg's components, and in which root?
root=$base
while [ "$root" != / ] && [ ! -e "$root/var/lib/commpkg/pkgdb.sqlite" ]; do
	root=$(dirname "$root")
done

managed()
{
	[ -e "${root%/}/var/lib/commpkg/pkgdb.sqlite" ] && command -v commpkg >/dev/null 2>&1 &&
		commpkg info -R "$root" 2>/dev/null | grep -qF " ${base#"${root%/}"} "
}

# commpkg migrate of all that has its base here, with these options; does not return.
in_commpkg()
{
	exec commpkg migrate -y -R "$root" --base "$base" "$@"
}

# Nothing of ours may run when it is taken away.
stopped()
{
	for server in $(servers); do
		[ "$("$base/lib/msgctl" status "$server")" = "$server: does not run" ] || {
			echo "$me: the $server in '$base' runs: stop it first ($base/sbin/stop-msg $server)" >&2
			return 1
		}
	done
}
