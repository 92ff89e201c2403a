#!/usr/bin/env bats
# What the manifest of a component says of its configuration files: how they are merged, and who
# looks at the outcome before it is put there.
load lib/commpkg

# component RULE: MS 1.0 in old/, 2.0 in new/. A text with `bad` in it is not accepted.
component()
{
	local v d text
	for v in 1.0 2.0; do
		d=old text='a=1\nb=1\nc=1\n'
		[ $v = 1.0 ] || d=new text='a=1\nb=1\nc=2\n'
		mkdir -p $d
		mkpkg ms $v "e etc/ms.cnf <$text" "f sbin/test <[ \$# = 2 ] && [ \$1 = store ] && [ \"\$(cat)\" = \"\$(cat \"\$2\")\" ] || exit 9
touch \"\$COMMPKG_BASE/scribble\" || exit 8
echo looked at \$COMMPKG_HOOK \$2
echo for \$COMMPKG_COMPONENT
! grep bad \"\$2\"\n"
		mv ms-$v.pkg $d
		(cd $d && mkcomponent MS $v product '<base dir="ms"/>' '<package name="ms"/>' \
			'<path from="&gt;= 0" strategy="in-place"/>' "<config file=\"etc/ms.cnf\" $1/>")
	done
	commpkg install -q -y -R "$ROOT" -d old MS
	conf=$ROOT/opt/commpkg/ms/etc/ms.cnf
}

upgrade() { commpkg upgrade -y -R "$ROOT" -d new; }

@test "a merged text that is accepted is put there, and the plan says who decides" {
	component 'validate="sbin/test store"'
	sed -i s/a=1/a=mine/ "$conf"
	commpkg upgrade -n --json -R "$ROOT" -d new >plan
	grep -q "if 'sbin/test store' of MS accepts it" plan
	commpkg upgrade -v -y -R "$ROOT" -d new >out 2>&1
	grep -q "MS sbin/test store: looked at validate $conf" out
	[ "$(cat "$conf")" = $'a=mine\nb=1\nc=2' ]
	[ ! -e "$ROOT/opt/commpkg/ms/scribble" ]
	commpkg config list -R "$ROOT"
}

@test "one that is not accepted is a conflict: what is there stays, the new text lies beside" {
	component 'validate="sbin/test store"'
	sed -i s/a=1/a=bad/ "$conf"
	cp "$conf" mine
	tree_list >before
	run upgrade
	[ "$status" -eq 101 ]
	[[ $output == *"/opt/commpkg/ms/etc/ms.cnf stays as it is: edited, and the merged text is not accepted by 'sbin/test store' of MS (exit code 1)"* ]]
	cmp mine "$conf"
	[ "$(cat "$conf.new")" = $'a=1\nb=1\nc=2' ]
	[ "$(stat -c %a "$conf.new")" = 644 ]
	run commpkg config list -R "$ROOT"
	[ "$status" -eq 101 ]
	[[ $output == *"is not accepted by 'sbin/test store' of MS"* ]]
	commpkg undo -q -y -R "$ROOT"
	diff before <(tree_list)
}

@test "the same with scripts of packages in the plan" {
	component 'validate="sbin/test store"'
	mkpkg other 1.0 'f bin/other' 'i postinstall <exit 0\n'
	mv other-1.0.pkg new
	sed -i 's|<package name="ms"/>|<package name="ms"/><package name="other"/>|' new/MS-2.0.xml
	sed -i s/a=1/a=bad/ "$conf"
	cp "$conf" mine
	run upgrade
	[ "$status" -eq 101 ]
	cmp mine "$conf"
	[ "$(cat "$conf.new")" = $'a=1\nb=1\nc=2' ]
	commpkg verify -R "$ROOT"
}

@test "where nothing can be staged nobody looks, and that is said" {
	load lib/late
	needs_late
	component 'validate="sbin/test store"'
	sed -i s/a=1/a=bad/ "$conf"
	run late commpkg upgrade -y -R "$ROOT" -d new
	[ "$status" -eq 0 ]
	[[ $output == *'merged configuration is not looked at'* ]]
	[ "$(cat "$conf")" = $'a=bad\nb=1\nc=2' ]
}

@test "merge none: edits and changes are never put together" {
	component 'merge="none"'
	sed -i s/a=1/a=mine/ "$conf"
	run upgrade
	[ "$status" -eq 101 ]
	[[ $output == *'kept as edited, new one beside'* ]]
	run commpkg config list -R "$ROOT"
	[[ $output == *'MS wants it merged by hand'* ]]
}

@test "merge keys: by key first, so that neighbours and order don't matter" {
	component 'merge="keys"'
	printf 'b=1\nc=1\na=mine\n' >"$conf"
	upgrade
	[ "$(cat "$conf")" = $'b=1\nc=2\na=mine' ]
}

@test "the rules of an installed component count when only its package is upgraded" {
	component 'merge="none"'
	sed -i s/a=1/a=mine/ "$conf"
	rm new/*.xml
	run commpkg upgrade -y -R "$ROOT" ./new/ms-2.0.pkg
	[ "$status" -eq 101 ]
}

@test "resolve: a merged text that is not accepted is not put there" {
	component 'validate="sbin/test store"'
	sed -i 's/c=1/c=mine/' "$conf"
	run upgrade
	[ "$status" -eq 101 ]
	tree_list >before
	printf 'a=1\nb=bad\nc=2\n' >merged
	must_fail_cleanly 1 commpkg config resolve -y -R "$ROOT" --merged merged "$conf"
	[[ $output == *"looked at validate $conf"*"the text for '/opt/commpkg/ms/etc/ms.cnf' is not accepted by 'sbin/test store' of MS: exit code 1"* ]]
	diff before <(tree_list)
	sed -i s/bad/good/ merged
	commpkg config resolve -q -y -R "$ROOT" --merged merged "$conf"
	cmp merged "$conf"
	[ ! -e "$ROOT/opt/commpkg/ms/scribble" ]
	commpkg undo -qy -R "$ROOT"
	diff before <(tree_list)
}

@test "resolve: of a version that has another one beside it, by its component's name" {
	component 'validate="sbin/test store"'
	sed -i 's/c=1/c=mine/' "$conf"
	run upgrade
	[ "$status" -eq 101 ]
	mkdir newest
	(cd newest && mkpkg ms 3.0 'e etc/ms.cnf <a=1\n' && mkcomponent MS 3.0 product '<base dir="ms"/>' '<package name="ms"/>' \
		'<path from="&gt;= 0" strategy="side-by-side"/>')
	commpkg install -qy -R "$ROOT" -d newest MS --beside 2.0
	commpkg switch -qy -R "$ROOT" MS
	printf 'a=1\nb=bad\nc=2\n' >merged
	must_fail_cleanly 1 commpkg config resolve -y -R "$ROOT" --merged merged "$conf"
	[[ $output == *$'for MS\n'*"is not accepted by 'sbin/test store' of MS: exit code 1"* ]]
}
