#!/usr/bin/env bats
# The cache has a limit, and can be given up; what somebody uses stays.
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p www/d
	text=$(head -c 60000 /dev/zero | tr '\0' x)
	for p in one two three; do
		mkpkg "$p" 1 "f share/$p <$text$p"
	done
	mv ./*.pkg www/d/
	rm -rf src spool-*
	commpkg repo create -q www/d
	cache=$COMMPKG_STATE/cache
	(cd www && exec python3 -u -m http.server --bind 127.0.0.1 0) >port 2>/dev/null 3>&- &
	server=$!
	until grep -q port port; do sleep 0.05; done
	url=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' port)/d
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
}

teardown() { [ -z "$server" ] || kill "$server"; }

# shellcheck disable=SC2086	# words
fetch() { commpkg install -y -q --allow-unsigned -R "$ROOT" -d "$url" $1; }
file_of() { echo "$cache/files/$(sha256sum "www/d/$1-1.pkg" | cut -c 1-64)"; }
age() { find "$cache" -type f -exec touch -d "$1" {} +; } # as if it had not been used since

@test "down to the limit after a run: what was not used for the longest time goes, and is fetched again" {
	fetch one
	age '3 days ago'
	fetch two
	age '2 days ago'
	[ -e "$(file_of one)" ] && [ -e "$(file_of two)" ]
	echo 'cache-size = 100K' >"$COMMPKG_STATE/commpkg.conf"
	fetch three
	[ ! -e "$(file_of one)" ] && [ ! -e "$(file_of two)" ] && [ -e "$(file_of three)" ]
	[ "$(du -sk --apparent-size "$cache/files" | cut -f 1)" -le 100 ]
	rm "$COMMPKG_STATE/commpkg.conf"
	fetch 'one --reinstall'
	cmp "$(file_of one)" www/d/one-1.pkg
}

@test "a run may take more than the limit; it is given up afterwards" {
	echo 'cache-size = 1' >"$COMMPKG_STATE/commpkg.conf"
	fetch one
	[ -e "$ROOT/share/one" ]
	[ -z "$(find "$cache" -type f)" ]
	echo 'cache-size = all' >"$COMMPKG_STATE/commpkg.conf"
	fetch two
	[ -e "$(file_of two)" ]
}

@test "while another run uses it nothing goes" {
	fetch one
	exec 9<"$cache"
	flock -s 9
	run -7 commpkg cache --clean 9<&-
	[[ $output == *"another run uses the cache '$cache'"* ]]
	echo 'cache-size = 1' >"$COMMPKG_STATE/commpkg.conf"
	fetch two 9<&-
	[ -e "$(file_of one)" ] && [ -e "$(file_of two)" ]
	exec 9<&-
	# and a run that installs is such a one: a script of it looks
	mkpkg looks 1 'f share/looks' 'i preinstall <exec sleep 2\n'
	commpkg install -y -q --allow-unsigned --no-keep -R "$ROOT" -d "$url" two --reinstall ./looks-1.pkg 9<&- 3>&- &
	for _ in $(seq 100); do
		flock -n -x "$cache" true || break
		sleep 0.05
	done
	run -7 commpkg cache --clean
	wait $!
	commpkg cache --clean
}

@test "shown, cleaned, brought down to a size: text and JSON" {
	run -0 commpkg cache
	[[ $output == *"Cache  $cache"*'Files  0'*'Limit  2.0 GiB'* ]]
	fetch one
	run -0 commpkg cache
	for part in 'catalogs +1' 'distributions +1' 'files +2'; do # its catalog.xml, too
		grep -qE "^  $part " <<<"$output"
	done
	run -0 commpkg cache --clean -n
	[[ $output == *'4 files would go, '*'(dry run)'* ]]
	[ -e "$(file_of one)" ]
	commpkg cache --limit 10M --json >out
	python3 -c 'import json; d = json.load(open("out"))["cache"]; assert d["gone"] == 0 and d["files"] == 4 and d["limit"] == 10 << 20, d'
	age '1 day ago'
	touch "$(file_of one)"
	commpkg cache --limit 73K --json >out
	python3 -c 'import json; d = json.load(open("out"))["cache"]; assert d["gone"] == 1 and d["files"] == 3 and d["bytes"] <= 73 << 10, d'
	[ -e "$(file_of one)" ]
	run -0 commpkg cache --clean
	[[ $output == *"files removed from '$cache'"* ]]
	[ -z "$(find "$cache" -type f)" ]
	run -0 commpkg cache --clean
	[[ $output == *'nothing to give up'* ]]
	fetch one
}

@test "all of it is also what takes no space: an empty file" {
	fetch one
	commpkg cache --clean
	: >"$cache/files/.part"
	run -0 commpkg cache --clean -n
	[[ $output == '1 file would go, '* ]] && [ -e "$cache/files/.part" ]
	run -0 commpkg cache --clean
	[[ $output == *"1 file removed from '$cache'"* ]]
	[ -z "$(find "$cache" -type f)" ]
	fetch two
	: >"$cache/files/.part"
	touch -d tomorrow "$cache/files/.part" # the last one that would go
	commpkg cache --clean
	[ -z "$(find "$cache" -type f)" ]
}

@test "what stayed because another run used the cache goes when the next one that uses it ends" {
	offers() { commpkg install -y -q -n --allow-unsigned -R "$ROOT" -d www/d one; }
	offers
	[ -n "$(find "$cache" -type f)" ]
	echo 'cache-size = 1' >"$COMMPKG_STATE/commpkg.conf"
	exec 9<"$cache"
	flock -s 9
	offers 9<&-
	[ -n "$(find "$cache" -type f)" ]
	exec 9<&-
	offers
	[ -z "$(find "$cache" -type f)" ]
}

@test "what is refused: sizes that are none, words, a setting that is wrong; a root has no say" {
	run -2 commpkg cache --limit much
	[[ $output == *"'--limit' wants a size, not 'much'"* ]]
	run -2 commpkg cache --clean --limit 1
	[[ $output == *"'--clean' leaves nothing, and '--limit' something"* ]]
	run -2 commpkg cache everything
	for size in 0 x 5X '' 99999999T; do
		echo "cache-size = $size" >"$COMMPKG_STATE/commpkg.conf"
		run -1 commpkg cache
		[[ $output == *"commpkg.conf:1: 'cache-size' is a size, as 500M or 2G, or all, not '$size'"* ]]
	done
	rm "$COMMPKG_STATE/commpkg.conf"
	mkdir -p "$ROOT/etc/commpkg"
	echo 'cache-size = 1' >"$ROOT/etc/commpkg/commpkg.conf"
	fetch one
	[ -e "$(file_of one)" ]
}
