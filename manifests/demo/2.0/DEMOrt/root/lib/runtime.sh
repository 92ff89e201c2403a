# Shared by the programs of the suite; each reads the settings it is asked for.
top=$(cd "$(dirname "$0")/.." && pwd)

# setting NAME DEFAULT: from etc/post.conf
setting()
{
	value=$(sed -n "s/^$1=//p" "$top/etc/post.conf" 2>/dev/null | tail -n 1)
	printf '%s\n' "${value:-$2}"
}

# say WORDS...: as loud as the settings have it
say()
{
	if [ "$(setting loud no)" = yes ]; then
		printf '%s!\n' "$*" | tr a-z A-Z
	else
		printf '%s\n' "$*"
	fi
}
