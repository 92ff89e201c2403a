#!/usr/bin/env bats
# why and why-not: who needs what is there, and what stands in the way of what is not.
load lib/commpkg

setup() { commpkg_setup_shared; }

setup_file()
{
	shared_distribution || return 1
	mkpkg lib 1 'f lib/one'
	mkpkg ms 7 'f bin/ms' -- 'P lib a library'
	mkpkg cs 1 'f bin/cs' -- 'P lib a library'
	mkpkg tls 3 'f lib/tls'
	rm -rf src spool-*
	mkcomponent NSS 3 shared '<package name="tls"/>'
	mkcomponent MS 7 product '<package name="ms"/>' '<requires component="NSS"/>'
	mkcomponent TOP 1 product '<requires component="MS"/>'
	mkcomponent CS 1 product '<package name="cs"/>' '<conflicts component="MS"/>'
}

install() { commpkg install -qy --allow-unsigned --no-keep -R "$ROOT" "$@"; }

@test "why: each way up to what a user named" {
	install MS cs
	[ "$(commpkg why -R "$ROOT" lib)" = '  lib 1 (package, transaction 1)
    needed by cs 1, which a user named (transaction 1)
    needed by ms 7, which is needed by MS 7, which a user named (transaction 1)' ]
	[ "$(commpkg why -R "$ROOT" NSS cs)" = '  NSS 3 (shared component, transaction 1)
    needed by MS 7, which a user named (transaction 1)

  cs 1 (package, transaction 1)
    a user named it' ]
	commpkg why --json -R "$ROOT" lib | python3 -c '
import json, sys
d = json.load(sys.stdin)["results"][0]
assert d["why"][0]["needed_by"] == ["cs 1", "ms 7"] and not d["why"][0]["manual"], d
assert [p["path"] for p in d["paths"]] == [["cs 1"], ["ms 7", "MS 7"]], d'
	commpkg uninstall -qy -R "$ROOT" MS
	[ "$(commpkg why -R "$ROOT" NSS)" = "  NSS 3 (shared component, transaction 1)
    nobody needs it any more ('commpkg uninstall --autoremove' removes such)" ]
}

@test "why: a way ends at what a user named, also where something else needs that" {
	install MS
	install TOP
	[ "$(commpkg why -R "$ROOT" tls)" = '  tls 3 (package, transaction 1)
    needed by NSS 3, which is needed by MS 7, which a user named (transaction 1)' ]
	[ "$(commpkg why -R "$ROOT" MS)" = '  MS 7 (component, transaction 1)
    a user named it
    needed by TOP 1, which a user named (transaction 2)' ]
}

@test "why: what is not there" {
	must_fail_cleanly 1 commpkg why -R "$ROOT" MS
	[[ $output == *"nothing is installed in '$ROOT'"* ]]
	install tls
	must_fail_cleanly 1 commpkg why -R "$ROOT" MS
	[[ $output == *"'MS' is not installed"*'commpkg why-not MS'* ]]
	must_fail_cleanly 2 commpkg why -R "$ROOT"
}

@test "why-not: a chain and commands that work, or the command that installs" {
	install MS
	must_fail_cleanly 3 commpkg why-not -R "$ROOT" CS
	[[ $output == *"CS 1 (from $COMMPKG_DISTRO/CS-1.xml) can't be together with MS 7 (installed, transaction 1): it says so of MS"* ]]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) commpkg //p')
	[ "$fix" = "uninstall -R $ROOT MS" ]
	commpkg why-not --json -R "$ROOT" CS | python3 -c '
import json, sys
d = json.load(sys.stdin)
r = d["results"][0]
assert d["exit"] == 3 and not r["why_not"][0]["possible"] and len(r["no_solution"][0]["fixes"]) >= 1, r'
	eval "commpkg $fix -qy"
	run commpkg why-not -R "$ROOT" CS=1
	[ "$status" -eq 0 ]
	[[ $output == *"  commpkg install -R $ROOT CS=1" ]]
	install CS
	run commpkg why-not -R "$ROOT" CS=1
	[ "$status" -eq 0 ]
	[[ $output == *"CS=1: installed as asked"*"commpkg why -R $ROOT CS" ]]
	must_fail_cleanly 1 commpkg why-not -R "$ROOT" nobody
}
