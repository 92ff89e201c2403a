#!/usr/bin/env bats
# Packages in other wrappings: zips of package directories (.zap), compress(1), archived payload.
load lib/commpkg

setup() {
	commpkg_setup
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf' 's bin/d=demo' 'i postinstall <echo ran >$PKG_INSTALL_ROOT/ran\n'
}

zap() { # OUT DIRECTORY [ENTRY...]: python's zipfile, as a stranger writes it
	python3 - "$@" <<'PY'
import os, sys, zipfile
out, top, *more = sys.argv[1:]
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
    for at, dirs, files in os.walk(top):
        for f in sorted(files):
            z.write(os.path.join(at, f), os.path.relpath(os.path.join(at, f), os.path.dirname(top)))
    for m in more:
        name, _, text = m.partition('=')
        i = zipfile.ZipInfo(name)
        i.external_attr = (0o120777 if text.startswith('->') else 0o100644) << 16
        z.writestr(i, text.removeprefix('->'))
PY
}

@test "a .zap is inspected, installed, found in a distribution, turned into other forms" {
	zap demo.zap "$PWD/spool-1.0/demo"
	run commpkg inspect demo.zap
	[ "$status" -eq 0 ]
	[[ $output == *"Kind         zip archive"* ]]
	[[ $output == *"2 files, each with the size and sum"* ]]
	mkdir dist out
	cp demo.zap dist
	echo 'no package' >dist/text
	zap dist/other.zip "$PWD/src"
	commpkg install -y --distro dist -R "$ROOT" demo
	[ -x "$ROOT/bin/demo" ]
	[ "$(cat "$ROOT/ran")" = ran ]
	commpkg verify -R "$ROOT"
	pkgtrans demo.zap out demo
	diff -r out/demo spool-1.0/demo
	printf 'basedir=default\naction=nocheck\n' >admin
	pkgadd -n -a "$PWD/admin" -R "$PWD/second" -d "$PWD/demo.zap" demo
	pkginfo -d "$PWD/demo.zap" | grep -q demo
}

@test "a .zap with names that lead elsewhere, links, strangers or a cut end is refused" {
	touch canary
	for entry in "demo/reloc/../../canary=x" "../canary=x" "/$PWD/canary=x" "demo/reloc/bin/l=->/etc" \
		"demo/install/preinstall=x" "README=x" "demo/archive/none=x"; do
		rm -f bad.zap
		zap bad.zap "$PWD/spool-1.0/demo" "$entry"
		must_fail_cleanly 1 commpkg install -y -R "$ROOT" ./bad.zap
	done
	zap demo.zap "$PWD/spool-1.0/demo"
	head -c "$(($(stat -c %s demo.zap) - 30))" demo.zap >cut.zap
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" ./cut.zap
	[ ! -s canary ]
	[ -z "$(tree_list)" ]
	# payload that nobody asked for stays where it is
	rm -f bad.zap
	zap bad.zap "$PWD/spool-1.0/demo" "demo/reloc/bin/more=x"
	commpkg install -y -R "$ROOT" ./bad.zap
	[ ! -e "$ROOT/bin/more" ]
}

@test "an encrypted .zap, and the zip variant of datastreams, are refused by name" {
	python3 - <<'PY'
import zipfile
z = zipfile.ZipFile('demo.zap', 'w')
z.writestr('demo/pkginfo', 'x' * 20)
z.close()
d = bytearray(open('demo.zap', 'rb').read())
d[6] |= 1
d[d.index(b'PK\1\2') + 8] |= 1
open('demo.zap', 'wb').write(d)
PY
	must_fail_cleanly 1 commpkg inspect demo.zap
	[[ $output == *"is encrypted"* ]]
	{ printf '# PaCkAgE DaTaStReAm:zip\ndemo 1 10\n# end of header\n'; head -c 600 /dev/zero; } >zip.pkg
	must_fail_cleanly 1 commpkg inspect zip.pkg
	[[ $output == *"is a zip datastream, which can't be read"* ]]
}

@test "archived payload of an old medium is read where it lies" {
	mkdir -p old out
	cp -r spool-1.0/demo old
	(cd old/demo/reloc && find . -type f | cpio -o -H odc 2>/dev/null >../reloc.cpio)
	rm -r old/demo/reloc
	commpkg install -y -R "$ROOT" ./old/demo
	[ -x "$ROOT/bin/demo" ]
	commpkg verify -R "$ROOT"
	pkgtrans "$PWD/old" "$PWD/out" demo
	diff -r out/demo spool-1.0/demo
	pkgtrans -s "$PWD/old" "$PWD/new.pkg" demo
	commpkg inspect new.pkg
	echo garbage >old/demo/reloc.cpio
	must_fail_cleanly 1 commpkg install -y -R "$PWD/third" ./old/demo
	[[ $output == *"archived payload"* ]]
}
