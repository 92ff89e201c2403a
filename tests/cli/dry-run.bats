#!/usr/bin/env bats
# -n: the plan, and nothing else.
load lib/commpkg

@test "exit 0 when the plan can be carried out; nothing is written, no root is made" {
	mkpkg demo 1.0 'f bin/demo'
	commpkg install -n -R "$ROOT" demo-1.0.pkg >plan
	grep -q 'demo  *install  *1.0' plan
	grep -q 'Objects  *1 new\|Objects  *2 new' plan
	[ -z "$(ls -A "$ROOT")" ]
	commpkg install -n -R "$PWD/new" demo-1.0.pkg
	[ ! -e new ]
}

@test "exit 1 with problems, each with what to do" {
	mkpkg demo 1.0 'f bin/demo'
	mkdir -p "$ROOT/bin"
	echo mine >"$ROOT/bin/demo"
	must_fail_cleanly 1 commpkg install -n -R "$ROOT" demo-1.0.pkg
	[[ $output == *bin/demo*--pkgOverwrite* ]]
}

@test "uninstall and upgrade" {
	mkpkg demo 1.0 'f bin/demo'
	mkpkg demo 2.0 'f bin/demo'
	commpkg install -y -R "$ROOT" demo-1.0.pkg
	before=$(tree_digest)
	commpkg upgrade -n -R "$ROOT" demo-2.0.pkg | grep -q 'demo  *upgrade  *1.0 → 2.0'
	commpkg uninstall -n -R "$ROOT" demo | grep -q 'demo  *remove  *1.0'
	commpkg undo -n -R "$ROOT" | grep -q 'demo  *1.0  *-'
	[ "$(tree_digest)" = "$before" ]
	[ "$(commpkg history --json -R "$ROOT" | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["results"][0]["transactions"]))')" = 1 ]
}

@test "-v lists every path" {
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf'
	commpkg install -n -v -R "$ROOT" demo-1.0.pkg >plan
	grep -q '/bin/demo  *create' plan
	grep -q '/etc/demo.conf  *create' plan
}
