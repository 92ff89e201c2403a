#!/usr/bin/env bats
# The manual lists the options that the program knows, no more and no less.
load lib/commpkg

# Long names in --help of a verb, without those of every verb.
help_options()
{
	commpkg "$1" --help | sed '/^Options of every verb/,$d' |
		sed -nE 's/^  (-., )*--([a-z-]+).*/\2/p' | sort -u
}

general_options()
{
	commpkg --help | sed -nE 's/^  (-., )*--([a-z-]+).*/\2/p' | sort -u
}

# Long names in the .It lines of a page.
page_options()
{
	sed -nE 's/^\.It .*Fl -([a-z-]+).*/\1/p' "$1" | sort -u
}

@test "each verb has a page with its options, and no others" {
	for verb in $(commpkg --help | sed -nE '/^Verbs/,/^$/s/^  ([a-z-]+) .*/\1/p'); do
		case $verb in
		help | completion) continue ;;
		esac
		page=$TOP/man/commpkg-$verb.8
		diff <(help_options "$verb") <(page_options "$page") || {
			echo "--help (<) and $page (>) differ"
			return 1
		}
	done
}

@test "commpkg(8) has the options of every verb" {
	page_options "$TOP/man/commpkg.8" >page
	general_options >general
	[ -z "$(comm -13 page general)" ]
}

@test "each key of the JSON tables is in commpkg-json(5)" {
	tr -sc 'a-z0-9_' '\n' <"$TOP/man/commpkg-json.5" | sort -u >words
	sed -nE 's/^\t\{ "([a-z_0-9]+)", (NULL|"[^"]*"), COLUMN_.*/\1/p' "$TOP"/commpkg/*.c | sort -u >keys
	[ "$(wc -l <keys)" -gt 50 ]
	[ -z "$(comm -13 words keys)" ] || {
		comm -13 words keys
		return 1
	}
}

# Letters that the program takes, from its getopt(); -? is nobody's.
tool_letters()
{
	sed -nE 's/.*getopt(_long)?\(argc, argv, "\+?([^"]*)".*/\2/p' "$TOP/tools/$1.c" |
		tr -d ':?' | grep -o . | sort -u
}

page_letters()
{
	sed -nE 's/^\.It (Fl .*)/\1/p' "$1" | grep -oE 'Fl [A-Za-z]( |$)' | cut -c4 | sort -u
}

@test "the SVR4 commands have pages with their letters, and no others" {
	for tool in pkginfo pkgparam pkgchk pkgproto pkgmk pkgtrans; do
		page=$(echo "$TOP"/man/"$tool".[18])
		[ "$(tool_letters "$tool" | wc -l)" -ge 2 ]
		diff <(tool_letters "$tool") <(page_letters "$page") || {
			echo "getopt of $tool (<) and $page (>) differ"
			return 1
		}
	done
}
