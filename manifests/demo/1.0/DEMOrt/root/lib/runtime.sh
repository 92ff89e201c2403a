# Shared by the programs of the suite; each reads the settings it is asked for.
top=$(cd "$(dirname "$0")/.." && pwd)

# setting NAME DEFAULT: from etc/post.conf
setting()
{
	value=$(sed -n "s/^$1=//p" "$top/etc/post.conf" 2>/dev/null | tail -n 1)
	printf '%s\n' "${value:-$2}"
}
