#!/usr/bin/env bats
# Saved plans: carried out as shown, or refused.
load lib/commpkg

setup()
{
	commpkg_setup
	mkdir d
	(cd d && mkpkg demo 1 'f bin/demo' 'e etc/demo.conf <a=1\n' && mkpkg demo 2 'f bin/demo' 'e etc/demo.conf <a=2\n' &&
		mkpkg other 1 'f bin/other' && rm -rf src spool-*)
	export COMMPKG_DISTRO=$PWD/d
}

install() { commpkg install -qy --allow-unsigned -R "$ROOT" "$@"; }
digest() { tree_list | sha256sum; }

@test "what was shown is done, from anywhere, once" {
	install demo=1
	unset COMMPKG_DISTRO
	commpkg upgrade -n --save up.plan --allow-unsigned -d d -R "$ROOT" demo | sed '/^$/d' >shown
	[ "$(commpkg info --list-packages -R "$ROOT")" = 'demo 1' ]
	python3 - <<-'E'
	import json
	p = json.load(open("up.plan"))
	assert p["commpkg_plan"] == 1 and p["generation"] == 1 and p["steps"][0]["to"] == "2", p
	assert len(p["media"]) == 1 and p["media"][0]["file"].startswith("/"), p
	E
	cd /
	commpkg apply -y "$BATS_TEST_TMPDIR/up.plan" | sed '/^$/d' >"$BATS_TEST_TMPDIR/carried"
	cd "$BATS_TEST_TMPDIR"
	diff shown carried
	[ "$(commpkg info --list-packages -R "$ROOT")" = 'demo 2' ]
	commpkg history --json -R "$ROOT" 2 | python3 -c '
import json, sys
t = json.load(sys.stdin)["results"][0]["transaction"]
assert t["verb"] == "upgrade" and t["command"].startswith("commpkg apply -y /"), t'
	digest >before
	must_fail_cleanly 9 commpkg apply -y up.plan
	[[ $output == *"it was made after transaction 1 of '$ROOT', which is at 2 now"* ]]
	digest | diff before -
}

@test "names with .. in them, -n, and another minute" {
	mkdir below
	unset COMMPKG_DISTRO
	(cd below && commpkg install -n --save up.plan --allow-unsigned -d ../d -R "$ROOT" demo)
	TZ=EST5 commpkg apply -n below/up.plan # INSTDATE is another one
	[ ! -e "$ROOT/bin" ]
	commpkg apply -y below/up.plan
	[ "$(commpkg info --list-packages -R "$ROOT")" = 'demo 2' ]
}

@test "refused: the root has changed" {
	install demo=1
	commpkg upgrade -n --save up.plan --allow-unsigned -R "$ROOT" demo
	install other
	must_fail_cleanly 9 commpkg apply -y up.plan
	commpkg upgrade -n --save up.plan --allow-unsigned -R "$ROOT" demo
	echo b=1 >>"$ROOT/etc/demo.conf"
	must_fail_cleanly 9 commpkg apply -y up.plan
	[[ $output == *'what it would do now is not what was shown'* ]]
	[ "$(commpkg info --list-packages -R "$ROOT" | head -n 1)" = 'demo 1' ]
}

@test "refused: a package has changed, or is gone" {
	install demo=1
	commpkg upgrade -n --save up.plan --allow-unsigned -R "$ROOT" demo
	cp d/demo-2.pkg kept
	(cd d && mkpkg demo 2 'f bin/demo <Demo 2 bin/demo\n' 'e etc/demo.conf <a=2\n' && rm -rf src spool-*)
	must_fail_cleanly 9 commpkg apply -y up.plan
	[[ $output == *"/d/demo-2.pkg' is not what it was"* ]]
	rm d/demo-2.pkg
	must_fail_cleanly 9 commpkg apply -y up.plan
	cp kept d/demo-2.pkg
	commpkg apply -y up.plan
}

@test "a new root, and an uninstallation of all" {
	commpkg install -n --save in.plan --allow-unsigned -R "$PWD/new" demo
	commpkg apply -qy in.plan
	[ -e new/bin/demo ]
	commpkg uninstall -n --save out.plan --all -R "$PWD/new"
	commpkg apply -qy out.plan
	[ ! -e new/bin/demo ]
}

@test "what can't be carried out is shown whole, and not saved" {
	mkdir "$ROOT/bin"
	echo mine >"$ROOT/bin/demo"
	run commpkg install -n --save x.plan --allow-unsigned -R "$ROOT" demo other
	[ "$status" -eq 1 ]
	[[ $output == *'demo     install  2'*'other    install  1'* ]]
	[[ $output == *"/bin/demo"*'the plan is not saved'* ]]
	[ ! -e x.plan ]
	must_fail_cleanly 2 commpkg install --save x.plan --allow-unsigned -R "$ROOT" demo
	[[ $output == *"'--save' wants '-n'"* ]]
	must_fail_cleanly 11 commpkg install -n --save x.plan --allow-unsigned other "$PWD/a" "$PWD/b"
	commpkg root add a "$PWD/a"
	commpkg root add b "$PWD/b"
	commpkg root group both a b
	must_fail_cleanly 11 commpkg install -n --save x.plan --allow-unsigned other @both
	[[ $output == *"'--save' is for one root: a plan is of one"* ]]
	[ ! -e x.plan ]
}

@test "files that are no plans" {
	must_fail_cleanly 1 commpkg apply none
	echo '{' >torn
	must_fail_cleanly 1 commpkg apply torn
	[[ $output == *"'torn' is no plan"* ]]
	echo '{"commpkg_plan": 1, "generation": 0, "root": "/", "digest": "", "media": [], "words": ["root", "remove", "x"]}' >other
	must_fail_cleanly 1 commpkg apply other
	[[ $output == *'its words make none'* ]]
	echo '{"commpkg_plan": 2}' >newer
	must_fail_cleanly 1 commpkg apply newer
	[[ $output == *"of another commpkg"* ]]
	must_fail_cleanly 2 commpkg apply
	install demo=1
	commpkg upgrade -n --save up.plan --allow-unsigned -R "$ROOT" demo
	sed -i 's/"upgrade",/"uninstall",/; /allow-unsigned/d; /--distro/d' up.plan
	must_fail_cleanly 9 commpkg apply -y up.plan # what its words do is not what was shown
	[ -e "$ROOT/bin/demo" ]
}
