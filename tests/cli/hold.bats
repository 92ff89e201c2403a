#!/usr/bin/env bats
# hold: what is installed stays as it is, until it is lifted.
load lib/commpkg

setup() { commpkg_setup_shared; }

setup_file()
{
	shared_distribution || return 1
	mkpkg ms 6 'f bin/ms'
	mkpkg ms 7 'f bin/ms'
	mkpkg cs 1 'f bin/cs'
	mkpkg cs 2 'f bin/cs' -- 'P lib a library' $'\t2'
	mkpkg lib 1 'f lib/one'
	mkpkg lib 2 'f lib/one'
	rm -rf src spool-*
	mkcomponent MS 6 product '<package name="ms" version="6"/>'
	mkcomponent MS 7 product '<package name="ms" version="7"/>'
}

install() { commpkg install -qy --allow-unsigned -R "$ROOT" "$@"; }
upgrade() { commpkg upgrade -y --allow-unsigned -R "$ROOT" "$@"; }
there() { commpkg info --json -R "$ROOT" | python3 -c '
import json, sys
d = json.load(sys.stdin)["results"][0]
print(*["%s=%s%s" % (c.get("component", c.get("instance")), c["version"], "!" * c["held"])
	for c in d["components"] + d["packages"]])'; }
hold() { commpkg hold -R "$ROOT" "$@"; }
# The command that the hint or the fix names, typed as it was printed.
type_fix()
{
	local fix
	fix=$(printf '%s\n' "$output" | grep -o 'commpkg hold[^'"'"']*--remove [A-Za-z]*' | head -n 1)
	[ -n "$fix" ] || return 1
	eval "$fix"
}

@test "an upgrade of everything passes over what is held, and says so" {
	install MS=6 cs=1 lib=1
	run hold MS
	[ "$status" -eq 0 ]
	[[ $output == *"'MS' is held in '$ROOT': it stays as it is"* ]]
	[ "$(there)" = 'MS=6! cs=1 lib=1 ms=6' ]
	run upgrade
	[ "$status" -eq 0 ]
	[[ $output == *"MS 6 stays: it is held, and MS 7 (from $COMMPKG_DISTRO/MS-7.xml) is there ('commpkg hold -R $ROOT --remove MS' lifts it)"* ]]
	[ "$(there)" = 'MS=6! cs=2 lib=2 ms=6' ]
	# also where that is all there is to do
	run upgrade
	[[ $output == *'MS 6 stays: it is held'*'nothing to do'* ]]
	type_fix
	upgrade
	[ "$(there)" = 'MS=7 cs=2 lib=2 ms=7' ]
}

@test "what is asked for against a hold is refused, with the command that lifts it" {
	install MS=6 cs=1 lib=1
	hold MS lib
	for wish in 'upgrade MS' 'install MS=7' 'install MS=7 cs' 'upgrade ms'; do
		# shellcheck disable=SC2086	# words
		must_fail_cleanly 3 commpkg $wish --allow-unsigned -R "$ROOT"
		[[ $output == *'6 (installed, transaction 1) stays: it '* ]]
		[[ $output == *"commpkg hold -R $ROOT --remove MS"* ]]
	done
	must_fail_cleanly 3 commpkg upgrade -R "$ROOT" --allow-unsigned cs
	[[ $output == *'lib 1 (installed, transaction 1) stays: it is held'* ]]
	[[ $output == *"commpkg hold -R $ROOT --remove lib"* ]]
	for name in MS ms lib; do
		must_fail_cleanly 3 commpkg uninstall -R "$ROOT" "$name"
		[[ $output == *'stays: it '*'held'* ]]
	done
	must_fail_cleanly 3 commpkg uninstall --all -R "$ROOT"
	must_fail_cleanly 1 commpkg install --nodeps --allow-unsigned -R "$ROOT" lib=2
	[[ $output == *"'lib' is held"*"'commpkg hold -R $ROOT --remove lib' lifts it"* ]]
	must_fail_cleanly 1 commpkg install --nodeps --allow-unsigned -R "$ROOT" ms=7
	[[ $output == *"'ms' belongs to 'MS', which is held"* ]]
	type_fix
	upgrade MS
	[ "$(there)" = 'MS=7 cs=1 lib=1! ms=7' ]
}

@test "the fixes of a chain, typed as they are printed, help" {
	install cs=1 lib=1
	hold lib
	run upgrade cs
	[ "$status" -eq 3 ]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) //p')
	[ "$fix" = "commpkg hold -R $ROOT --remove lib" ]
	eval "$fix"
	upgrade cs
	[ "$(there)" = 'cs=2 lib=2' ]
}

@test "what is held is needed: autoremove leaves it" {
	install cs=2
	hold lib
	commpkg uninstall -y --autoremove -R "$ROOT" cs
	[ "$(there)" = 'lib=2!' ]
	hold --remove lib
	commpkg uninstall -y --autoremove -R "$ROOT" lib
	[ "$(there)" = '' ]
}

@test "an undo does not lift a hold, and does not go against one" {
	install MS=6
	upgrade MS
	hold MS
	must_fail_cleanly 1 commpkg undo -y -R "$ROOT"
	[[ $output == *"'MS' is held, and that would change MS 7 to 6"* ]]
	must_fail_cleanly 1 commpkg undo -y --to 0 -R "$ROOT"
	[[ $output == *"that would remove MS 7"* ]]
	install cs=1
	commpkg undo -y -R "$ROOT"
	[ "$(there)" = 'MS=7! ms=7' ]
	hold --remove MS
	commpkg undo -y -R "$ROOT" 2
	[ "$(there)" = 'MS=6 ms=6' ]
	hold ms
	must_fail_cleanly 1 commpkg undo -y -R "$ROOT" 5
	[[ $output == *"'ms' is held"* ]]
	type_fix
	commpkg undo -y -R "$ROOT" 5
}

@test "holding, lifting and listing: text and JSON" {
	install MS=6 cs=1
	commpkg hold -R "$ROOT" | grep -q "nothing is held" || commpkg hold -R "$ROOT" 2>&1 | grep -q 'nothing is held'
	run hold -n MS
	[[ $output == *"'MS' would be held in '$ROOT'"* ]]
	[ "$(there)" = 'MS=6 cs=1 ms=6' ]
	hold cs component:MS
	commpkg hold -R "$ROOT" >list
	[ "$(wc -l <list)" -eq 3 ]
	grep -E '^  MS +component +6 ' list
	grep -E '^  cs +package +1 ' list
	run hold MS
	[[ $status -eq 0 && $output == *"'MS' is held already"* ]]
	hold --json MS | python3 -c '
import json, sys
h = json.load(sys.stdin)["results"][0]["held"]
assert h == [{"name": "MS", "kind": "component", "held": True, "changed": False}], h'
	commpkg hold --json "$ROOT" | python3 -c '
import json, sys
h = json.load(sys.stdin)["results"][0]["holds"]
assert [(x["name"], x["kind"], x["version"]) for x in h] == [("MS", "component", "6"), ("cs", "package", "1")], h'
	commpkg info -R "$ROOT" | grep -E '^  Held +MS, cs$'
	commpkg info -R "$ROOT" MS | grep -E '^  Held +yes$'
	commpkg info -R "$ROOT" ms | grep -E '^  Held +no$'
	hold --remove MS cs
	run hold --remove cs
	[ "$status" -eq 1 ] || [[ $output == *"'cs' is not held"* ]]
	must_fail_cleanly 1 commpkg hold -R "$ROOT" mss
	[[ $output == *"'mss' is not installed"*"did you mean 'ms'?"* ]]
	must_fail_cleanly 2 commpkg hold -R "$ROOT" --remove
	[ "$(there)" = 'MS=6 cs=1 ms=6' ]
}

@test "two roots at once; the SVR4 commands know of no holds" {
	install cs=1
	commpkg root add two "$PWD/two"
	commpkg install -qy --allow-unsigned @two cs=1
	commpkg hold -R "$ROOT" cs
	commpkg hold @two cs
	must_fail_cleanly 3 commpkg uninstall @two cs
	pkgrm -n -R "$PWD/two" cs
	commpkg hold @two | grep -E '^  cs +package +- +not installed any more$'
	commpkg hold --remove @two cs
	[ "$(there)" = 'cs=1!' ]
}
