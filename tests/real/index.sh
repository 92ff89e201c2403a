#!/bin/sh
# The index of a real Debian release as a catalog: is what our solver chooses for an empty root the
# same as what apt chooses? A closure within apt's is as good when apt, asked for all of it by name,
# adds nothing: apt takes a first alternative before it comes to what needs the second one anyway, so
# its answer depends on the order of its walk. Not part of `make check`: it needs apt's lists of this machine (apt-get
# update) and a minute.
#
#	tests/real/index.sh [PACKAGE...]		each alone, then all together
set -eu
cd "$(dirname "$0")/../.."
export O=${O:-$PWD/build} # of make, too
${MAKE:-make} --no-print-directory -s "$O/tests/closure" "$O/bin/deb2pkg"
[ $# -gt 0 ] || set -- bash perl git python3 nginx-full gcc vim openssh-server postfix apache2 postgresql \
	php-cli ruby gnome-core texlive-latex-extra libreoffice default-jdk
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/dist"
export COMMPKG_STATE="$work/state"
list=$(find /var/lib/apt/lists -name '*_dists_*_main_binary-*_Packages*' |
	grep -v -e security -e updates -e backports | head -n 1)
[ -n "$list" ] || { echo "index.sh: apt has no lists here (apt-get update)" >&2; exit 1; }
/usr/lib/apt/apt-helper cat-file "$list" >"$work/Packages"
"$O/bin/deb2pkg" --index "$work/Packages" -o "$work/dist"
# apt, with this index alone and nothing installed
: >"$work/status"
mkdir -p "$work/lists/partial" "$work/apt/archives/partial" "$work/repo"
cp "$work/Packages" "$work/repo/Packages"
echo "deb [trusted=yes] copy:$work/repo ./" >"$work/sources.list"
apt() {
	apt-get -o Dir::State::status="$work/status" -o Dir::State::Lists="$work/lists" \
		-o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Cache="$work/apt" -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
		-o APT::Install-Recommends=0 "$@"
}
apt -qq update >"$work/update" 2>&1 || { cat "$work/update"; exit 1; }
failed=0
# shellcheck disable=SC2046	# words
is_whole() {
	[ -z "$(LC_ALL=C comm -13 "$work/theirs.pkg" "$work/ours")" ] || return 1
	# by their names in Debian: the lines of theirs and theirs.pkg are the same ones
	LC_ALL=C sort "$work/pairs" | LC_ALL=C join -t '	' - "$work/ours" | cut -f 2 >"$work/asked"
	apt -s install $(cat "$work/asked") 2>"$work/err" | sed -n 's/^Inst \([^ ]*\) .*/\1/p' |
		sed 's/:[a-z0-9]*$//' | LC_ALL=C sort >"$work/again"
	LC_ALL=C sort "$work/asked" | cmp -s - "$work/again"
}
compare() {
	apt -s install "$@" 2>"$work/err" | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\).*/\1 \2/p' |
		sed 's/:[a-z0-9]* / /' | LC_ALL=C sort >"$work/theirs"
	names=$("$O/bin/deb2pkg" --name "$@")
	# shellcheck disable=SC2086	# words
	"$O/tests/closure" "$work/dist" $names 2>"$work/time" >"$work/chosen" || cat "$work/time"
	cut -d ' ' -f 1 "$work/theirs" | xargs "$O/bin/deb2pkg" --name >"$work/names"
	cut -d ' ' -f 2 "$work/theirs" | paste -d ' ' "$work/names" - >"$work/lines"
	cut -d ' ' -f 1 "$work/theirs" | paste "$work/lines" - >"$work/pairs"
	LC_ALL=C sort "$work/lines" >"$work/theirs.pkg"
	LC_ALL=C sort "$work/chosen" >"$work/ours"
	if cmp -s "$work/ours" "$work/theirs.pkg"; then
		echo "same: $(wc -l <"$work/ours") packages for $*  ($(cut -d ';' -f 2 <"$work/time"))"
	elif is_whole; then
		echo "smaller: $(wc -l <"$work/ours") packages for $*  ($(cut -d ';' -f 2 <"$work/time")):" \
			"apt takes also $(LC_ALL=C comm -13 "$work/ours" "$work/theirs.pkg" |
				cut -d ' ' -f 1 | paste -sd ' '), and would do without"
	else
		failed=$((failed + 1))
		echo "DIFFERENT for $* (ours $(wc -l <"$work/ours"), apt's $(wc -l <"$work/theirs.pkg")):"
		diff "$work/ours" "$work/theirs.pkg" | grep '^[<>]' | head -n 20
	fi
}
for p in "$@"; do
	compare "$p"
done
compare "$@"
echo "$failed different"
[ "$failed" -eq 0 ]
