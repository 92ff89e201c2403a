#!/usr/bin/env bats
# adopt: a root that SVR4 tools made becomes ours without a byte of it changing.
load lib/commpkg

GOLDEN=$TOP/tests/corpus/svr4

setup()
{
	commpkg_setup
	CONTENTS=$ROOT/var/sadm/install/contents
}

# svr4 PACKAGE-FILE...: installed as pkgadd does; what only commpkg has is taken away again.
svr4()
{
	local p
	mkdir -p "$ROOT/etc"
	cp "$GOLDEN/seed/etc/"* "$ROOT/etc/"
	for p; do
		pkgadd -n -a "$GOLDEN/seed/admin" -R "$ROOT" -d "$p" all >/dev/null 2>&1 || return 1
	done
	rm -r "$ROOT/var/lib/commpkg"
}

golden()
{
	needs_root
	svr4 "${@/#/$GOLDEN/packages/stream/}"
}

# Everything but our own state.
everything() { (cd "$ROOT" && find . -path ./var/lib -prune -o -printf '%p %y %m %U %G %s %T@ %l\n' | sort &&
	find . -path ./var/lib -prune -o -type f -exec sha256sum {} + | sort); }

demo()
{
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/a' 'f opt/demo/b' 'e opt/demo/conf <one\n' 'v opt/demo/log' \
		's opt/demo/s=a' 'l opt/demo/h=a' \
		'i preremove <echo bye >>$PKG_INSTALL_ROOT/gone\n' 'i depend <# none\n'
	svr4 "$PWD/demo-1.0.pkg"
}

@test "the golden roots: not a byte changes, the record is the same, all of it checks" {
	local n
	golden basic.pkg
	for n in basic missing; do
		cp "$GOLDEN/contents/$n.contents" "$CONTENTS"
		touch -d 2001-01-01 "$CONTENTS"
		everything >before
		commpkg adopt -y -v -R "$ROOT" >out 2>&1
		grep -q 'to the byte' out
		everything | diff before -
		commpkg verify -R "$ROOT"
		commpkg verify --database -R "$ROOT"
		pkgchk -R "$ROOT" GLDbasic
		everything | diff before -
		rm -r "$ROOT/var/lib/commpkg"
	done
	commpkg adopt -q -y -R "$ROOT"
	pkginfo -R "$ROOT" -l GLDbasic | grep -q 'VERSION'
	[ "$(commpkg info --dump -R "$ROOT" | grep -c "status='!'")" -eq 3 ]
	commpkg uninstall -q -y -R "$ROOT" GLDbasic
	[ ! -e "$ROOT/opt/gldbasic/bin" ]
}

@test "shared paths: owners, classes and who came first stay" {
	golden shrA.pkg shrB.pkg
	cp "$GOLDEN/contents/shared-AB.contents" "$CONTENTS"
	commpkg adopt -y -v -R "$ROOT" >out 2>&1
	grep -q 'to the byte' out
	commpkg verify -R "$ROOT"
	rm -r "$ROOT/var/lib/commpkg"
	sed -i 's/ GLDshrA GLDshrB$/ GLDshrB !GLDshrA:odd/; s,^/opt/gldshr/share d none,/opt/gldshr/share d none,' "$CONTENTS"
	commpkg adopt -y -v -R "$ROOT" >out 2>&1
	grep -q 'to the byte' out
	commpkg verify --database -R "$ROOT"
	commpkg owns -R "$ROOT" /opt/gldshr/share/same | grep -q GLDshrB
	commpkg uninstall -q -y -R "$ROOT" GLDshrB
	grep -q '^/opt/gldshr/share/same f odd 0644 root bin 10 951 1000000000 !GLDshrA$' "$CONTENTS"
	[ -e "$ROOT/opt/gldshr/share/same" ]
}

@test "after it: verify, upgrade, configuration kept, uninstall with the package's own script, undo" {
	demo
	echo mine >>"$ROOT/opt/demo/conf"
	everything >before
	run commpkg adopt -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'/opt/demo/conf: edited (allowed)'*'0 differ from the record, 1 edited'* ]]
	everything | diff before -
	commpkg history -R "$ROOT" | grep -q 'adopt 1 packages'
	run commpkg verify -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'1 edited'* ]]
	commpkg info --dump -R "$ROOT" | grep "^path='opt/demo/conf' package" | grep -q sha256
	mkpkg demo 2.0 'd opt/demo' 'f opt/demo/a' 'f opt/demo/b' 'e opt/demo/conf <two\n' 'v opt/demo/log'
	run commpkg upgrade -y -R "$ROOT" demo-2.0.pkg
	[ "$status" -eq 101 ]
	grep -q mine "$ROOT/opt/demo/conf"
	[ "$(cat "$ROOT/opt/demo/conf.new")" = two ]
	commpkg undo -q -y -R "$ROOT"
	commpkg verify -R "$ROOT"
	run commpkg uninstall -y -R "$ROOT" demo
	[ "$status" -eq 0 ] || skip 'no scripts here'
	[ "$(cat "$ROOT/gone")" = bye ]
}

@test "undo forgets the database and nothing else; then it can be taken over again" {
	demo
	everything >before
	commpkg adopt -q -y -R "$ROOT"
	must_fail_cleanly 1 commpkg adopt -y -R "$ROOT"
	[[ $output == *'has a package database of commpkg already, with 1 package'* ]]
	commpkg undo -q -y -R "$ROOT"
	everything | diff before -
	[ -z "$(commpkg info --listPackages -R "$ROOT")" ]
	commpkg adopt -q -y -R "$ROOT"
	commpkg verify -R "$ROOT"
}

@test "what differs is shown, stays named by verify, and repair takes it from the package" {
	demo
	echo broken >>"$ROOT/opt/demo/a"
	rm "$ROOT/opt/demo/s" "$ROOT/opt/demo/log"
	everything >before
	run commpkg adopt -n -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'/opt/demo/a: content differs'*'/opt/demo/s: missing'*'3 differ'* ]]
	[ ! -e "$ROOT/var/lib/commpkg" ]
	commpkg adopt -q -y -R "$ROOT"
	everything | diff before -
	must_fail_cleanly 5 commpkg verify -R "$ROOT"
	[[ $output == *'/opt/demo/a: content differs'* ]]
	commpkg history 1 -R "$ROOT" | grep -q 'opt/demo/a'
	must_fail_cleanly 5 commpkg repair -y -R "$ROOT"
	[ -e "$ROOT/opt/demo/log" ]
	commpkg repair -y -R "$ROOT" demo-1.0.pkg >out
	grep -q "by its sum" out
	commpkg verify -R "$ROOT"
	commpkg verify --database -R "$ROOT"
}

@test "unsorted lines, lines twice, comments anywhere: accepted, and said" {
	demo
	{ echo '# mine'; sort -r "$CONTENTS"; grep demo/a "$CONTENTS"; } >x
	cp x "$CONTENTS"
	run commpkg adopt -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'1 lines of contents are there twice'*'the next transaction writes it in our order'* ]]
	cmp x "$CONTENTS"
	commpkg verify --database -R "$ROOT" || [ $? -eq 5 ]
	mkpkg second 1.0 'f opt/second'
	commpkg install -q -y -R "$ROOT" second-1.0.pkg
	commpkg verify --database -R "$ROOT"
	[ "$(grep -c demo/a "$CONTENTS")" -eq 1 ]
}

@test "packages in part keep their state; other names in var/sadm/pkg are told of" {
	demo
	touch "$ROOT/var/sadm/pkg/demo/!I-Lock!"
	sed -i 's/ demo$/ *demo/' "$CONTENTS"
	mkdir "$ROOT/var/sadm/pkg/.save.old" "$ROOT/var/sadm/pkg/stray"
	run commpkg adopt -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'.save.old is left of an update'*'stray is no package'*'1 of them only in part'* ]]
	commpkg info -R "$ROOT" demo | grep -q 'partially installed'
	pkginfo -p -R "$ROOT" | grep -q demo
	commpkg info --dump -R "$ROOT" | grep -q "status='\*'"
	commpkg verify --database -R "$ROOT"
}

@test "damaged and hostile records: refused with the line, and nothing is made" {
	demo
	cp "$CONTENTS" good
	while IFS='|' read -r line want; do
		cp good "$CONTENTS"
		printf '%b\n' "$line" >>"$CONTENTS"
		must_fail_cleanly 1 commpkg adopt -y -R "$ROOT"
		[[ $output == *"/var/sadm/install/contents:"*"$want"* ]] || { echo "$line: $output"; return 1; }
		[ ! -e "$ROOT/var/lib/commpkg" ]
	done <<-'END'
		/../etc/passwd f none 0644 root root 1 2 3 demo|leads out of its place
		/opt/demo/a f none 0600 root root 1 2 3 demo|is another object in line
		/x q none demo|unknown file type
		/x d none 0755 root sys nobody|there is no /var/sadm/pkg/nobody/pkginfo
		/x d none 0755 root sys ../../etc|bad package
		/x\x1b[2J d none 0755 root sys demo|bad path
		/x c none 0 0 0666 root sys demo|whiteout
	END
	cp good "$CONTENTS"
	echo PKG=other >"$ROOT/var/sadm/pkg/demo/pkginfo"
	must_fail_cleanly 1 commpkg adopt -y -R "$ROOT"
	[[ $output == *"/var/sadm/pkg/demo/pkginfo: PKG is 'other'"* ]]
	[ ! -e "$ROOT/var/lib/commpkg" ]
}

@test "links in the record's place are not followed out of the root" {
	demo
	mv "$CONTENTS" outside
	ln -s "$PWD/outside" "$CONTENTS"
	must_fail_cleanly 1 commpkg adopt -y -R "$ROOT"
	rm "$CONTENTS"
	cp outside "$CONTENTS"
	rm "$ROOT/var/sadm/pkg/demo/install/depend"
	ln -s /etc/passwd "$ROOT/var/sadm/pkg/demo/install/depend"
	run commpkg adopt -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *'install/depend is no file'* ]]
}

@test "a record that pkgserv has not written out, no record, no root, nobody to ask" {
	demo
	echo x >"$ROOT/var/sadm/install/pkglog"
	must_fail_cleanly 1 commpkg adopt -y -R "$ROOT"
	[[ $output == *'pkglog'*'pkgadm sync'* ]]
	: >"$ROOT/var/sadm/install/pkglog"
	must_fail_cleanly 8 commpkg adopt -R "$ROOT" </dev/null
	[ ! -e "$ROOT/var/lib/commpkg" ]
	mkdir none
	must_fail_cleanly 1 commpkg adopt -y -R "$PWD/none"
	[[ $output == *'has no var/sadm/install/contents'* ]]
	[ -z "$(ls none)" ]
	must_fail_cleanly 1 commpkg adopt -y -R "$PWD/nowhere"
	[ ! -e nowhere ]
}

@test "a root that commpkg made is not taken over" {
	mkpkg demo 1.0 'f opt/demo'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	must_fail_cleanly 1 commpkg adopt -y -R "$ROOT"
	[[ $output == *'already'*'--database'* ]]
}

@test "a lost database is made anew from the SVR4 view" {
	mkpkg demo 1.0 'f opt/demo/a' 'e opt/demo/conf <one\n'
	mkpkg other 1.0 'f opt/other'
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg other-1.0.pkg
	commpkg info --listPackages -R "$ROOT" >before
	mv "$ROOT/var/lib/commpkg" damaged
	commpkg adopt -q -y -R "$ROOT"
	commpkg info --listPackages -R "$ROOT" | diff before -
	commpkg verify -R "$ROOT"
	commpkg verify --database -R "$ROOT"
}

@test "JSON: what is taken over, and what differs" {
	demo
	rm "$ROOT/opt/demo/b"
	commpkg adopt -y --json -R "$ROOT" | python3 -c 'import json, sys
r = json.load(sys.stdin)["results"][0]
assert r["plan"]["packages"] == 1 and r["plan"]["damaged"] == 1, r
assert r["findings"][0]["path"] == "/opt/demo/b" and r["result"]["transaction"] == 1'
}

@test "what other tools installed is not lost by an installation beside it: adopt comes first" {
	demo
	mkpkg other 1.0 'f opt/other'
	everything >before
	printf '%s\n' mail= instance=overwrite basedir=default conflict=nocheck >admin
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" ./other-1.0.pkg
	[[ $output == *"were installed by other tools"*"commpkg adopt -R $ROOT"* ]]
	must_fail_cleanly 1 commpkg install -n -R "$ROOT" ./other-1.0.pkg
	must_fail_cleanly 1 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d other-1.0.pkg all
	[[ $output == *"commpkg adopt -R $ROOT"*"No changes were made"* ]]
	must_fail_cleanly 1 pkgrm -n -a "$PWD/admin" -R "$ROOT" demo
	[[ $output == *"commpkg adopt -R $ROOT"* ]]
	everything | diff before -
	commpkg adopt -q -y -R "$ROOT"
	commpkg install -q -y -R "$ROOT" ./other-1.0.pkg
	grep -q ' demo$' "$ROOT/var/sadm/install/contents"
	grep -q ' other$' "$ROOT/var/sadm/install/contents"
	# undone, it is theirs again
	commpkg undo -q -y -R "$ROOT"
	commpkg undo -q -y 1 -R "$ROOT"
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" ./other-1.0.pkg
}

@test "an empty database of other tools: nothing to take over, and no error" {
	mkdir -p "$ROOT/var/sadm/install" "$ROOT/var/sadm/pkg"
	: >"$ROOT/var/sadm/install/contents"
	run commpkg adopt -y -R "$ROOT"
	[ "$status" -eq 0 ]
	[[ $output == *"nothing to do"* ]]
	[ ! -e "$ROOT/var/lib/commpkg" ]
	mkpkg other 1.0 'f opt/other'
	commpkg install -q -y -R "$ROOT" ./other-1.0.pkg
	commpkg verify --database -R "$ROOT"
}
