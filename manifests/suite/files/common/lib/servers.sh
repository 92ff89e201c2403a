# For the scripts in sbin/: where they are, and which servers are meant.
base=$(cd "$(dirname "$0")/.." && pwd) || exit 1
me=${0##*/}

# The named ones, or all that are installed here, in the order in which they start.
servers()
{
	[ $# -gt 0 ] || set -- store relay webmail
	for name; do
		case $name in
		store | relay | webmail) ;;
		*)
			echo "$me: no server is called '$name' (store, relay, webmail)" >&2
			return 2
			;;
		esac
		[ ! -x "$base/lib/$name" ] || echo "$name"
	done
}
