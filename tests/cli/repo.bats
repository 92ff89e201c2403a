#!/usr/bin/env bats
# Published distributions: made, signed, checked; refused when they are not what was signed, not of
# today, or not of somebody who is trusted.
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p dist "$COMMPKG_STATE/keys.d"
	mkpkg SUNWa 1.0 'f bin/a' -- 'P SUNWb Bee'
	mkpkg SUNWb 1.0 'f bin/b'
	mv SUNWa-1.0.pkg SUNWb-1.0.pkg dist/
	mv spool-1.0 src "$BATS_TEST_TMPDIR/home/"
}

# self NAME: NAME.key, NAME.crt
self() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-out "$1.crt" -days 3650 -subj "/O=Acme/CN=$1" 2>/dev/null
}

# issue NAME CA: NAME.key, NAME.crt
issue() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" \
		-subj "/O=Acme/CN=$1" 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 400 \
		-out "$1.crt" 2>/dev/null
}

trust() { cp "$1.crt" "$COMMPKG_STATE/keys.d/"; }
sign() { commpkg repo sign dist --key "$1.key" --cert "$1.crt" "${@:2}"; }
offer() { commpkg install -y -R "$ROOT" -d dist SUNWa "$@"; }
published() {
	commpkg repo create dist --id suite && self me && trust me && sign me
}
# refused STATUS WORDS...: by install, and nothing is installed
refused() {
	local wanted=$1 w
	shift
	run offer
	[ "$status" -eq "$wanted" ] || return 1
	for w in "$@"; do
		[[ $output == *"$w"* ]] || {
			printf 'not said: %s\n%s\n' "$w" "$output"
			return 1
		}
	done
	[ ! -e "$ROOT/bin" ]
}

@test "made, signed, checked, installed from" {
	published
	run commpkg repo check dist
	[ "$status" -eq 0 ]
	[[ $output == *"'dist' is whole: distribution suite, serial 1, 2 packages"* ]]
	offer
	[ -f "$ROOT/bin/a" ] && [ -f "$ROOT/bin/b" ]
	commpkg info --dump -R "$ROOT" >dump
	grep -q "key='distribution.suite.serial' value='1'" dump
}

@test "the same files and the same time give the same bytes; the serial grows by itself" {
	export SOURCE_DATE_EPOCH=1790000000
	cp -r dist other
	commpkg repo create dist --id suite --name 'A "suite"'
	commpkg repo create other --id suite --name 'A "suite"'
	diff -r dist other
	cp dist/catalog.xml before
	commpkg repo create dist
	cmp before dist/catalog.xml
	grep -q 'id="suite" serial="2" issued="2026-09-21T14:13:20Z" expires="2026-12-20T14:13:20Z" name="A &quot;suite&quot;"' dist/repo.xml
	commpkg repo create dist --serial 9 --expires 1
	grep -q 'serial="9" issued="2026-09-21T14:13:20Z" expires="2026-09-22' dist/repo.xml
}

@test "what can't be published is said" {
	run commpkg repo create empty
	[ "$status" -eq 1 ]
	mkdir empty
	run commpkg repo create empty
	[ "$status" -eq 1 ] && [[ $output == *"no packages in 'empty'"* ]]
	cp dist/SUNWa-1.0.pkg dist/again.pkg
	run commpkg repo create dist
	[ "$status" -eq 1 ]
	[[ $output == *"package SUNWa 1.0 (all) is in 'SUNWa-1.0.pkg' and in 'again.pkg'"* ]]
	[ ! -e dist/repo.xml ]
	rm dist/again.pkg
	run commpkg repo create dist --id 'no good'
	[ "$status" -eq 2 ]
	echo '<component xmlns="urn:commpkg:component:1"/>' >dist/BAD.xml
	run commpkg repo create dist
	[ "$status" -eq 1 ] && [[ $output == *BAD.xml:1:* ]]
	run commpkg repo sign dist --key nokey
	[ "$status" -eq 1 ] && [[ $output == *"commpkg repo create"* ]]
	run commpkg repo
	[ "$status" -eq 2 ]
	run commpkg repo chek dist
	[ "$status" -eq 2 ] && [[ $output == *"did you mean 'repo check'"* ]]
	run commpkg repo check empty
	[ "$status" -eq 1 ] && [[ $output == *"no repo.xml"* ]]
}

@test "a package directory is published as a tree" {
	rm dist/*.pkg
	mv home/spool-1.0/SUNWa home/spool-1.0/SUNWb dist/
	published
	grep -q '<medium path="SUNWa" form="tree"' dist/catalog.xml
	echo x >dist/SUNWb/extra
	refused 6 "'dist/SUNWb' is not what the catalog says"
	rm dist/SUNWb/extra
	offer
	[ -f "$ROOT/bin/b" ]
}

@test "unsigned: refused, unless allowed in words or by the host's policy" {
	commpkg repo create dist
	run offer
	[ "$status" -eq 6 ]
	[[ $output == *"the distribution 'dist' is not signed"* && $output == *--allow-unsigned* ]]
	mkdir -p "$ROOT/etc/commpkg"
	echo 'unsigned-distributions = accept' >"$ROOT/etc/commpkg/commpkg.conf"
	run offer -n
	[ "$status" -eq 6 ] # a root can't ask for less
	run offer -n --allow-unsigned
	[ "$status" -eq 0 ] && [[ $output == *"is not signed; it is taken all the same (--allow-unsigned)"* ]]
	echo 'unsigned-distributions = accept' >"$COMMPKG_STATE/commpkg.conf"
	run offer -n
	[ "$status" -eq 0 ] && [[ $output == *"taken all the same ($COMMPKG_STATE/commpkg.conf)"* ]]
	echo 'unsigned-distributions = refuse' >"$ROOT/etc/commpkg/commpkg.conf"
	run offer -n
	[ "$status" -eq 6 ]
}

@test "a signer that nobody knows is refused; the root's own keys count" {
	commpkg repo create dist
	self me
	sign me
	run offer
	[ "$status" -eq 6 ] && [[ $output == *"is not among the keys"* ]]
	[ ! -e "$ROOT/bin" ]
	mkdir -p "$ROOT/etc/commpkg/keys.d"
	cp me.crt "$ROOT/etc/commpkg/keys.d/"
	offer
}

@test "a root certificate lets the signing key change" {
	self rootcert
	self stranger
	issue one rootcert
	issue two rootcert
	issue three stranger
	trust rootcert
	commpkg repo create dist --id suite
	sign one --root-cert rootcert.crt
	[ "$(grep -c BEGIN dist/repo.certs)" -eq 2 ]
	grep -q PRIVATE dist/repo.certs && return 1
	offer
	commpkg repo create dist
	[ ! -e dist/repo.certs ] && [ ! -e dist/repo.xml.p7s ]
	sign two --root-cert rootcert.crt
	commpkg install -y -R "$PWD/root2" -d dist SUNWa
	sign three --root-cert stranger.crt
	run commpkg install -y -R "$PWD/root3" -d dist SUNWa
	[ "$status" -eq 6 ]
	[[ $output == *"its root certificate is in 'dist/repo.certs': CN=stranger,O=Acme, SHA-256 "* ]]
	fingerprint=$(openssl x509 -in stranger.crt -outform DER | sha256sum | cut -c 1-64)
	[[ $output == *"$fingerprint"* ]]
}

@test "certificates beside the signature are trusted for nothing" {
	self stranger
	issue mine stranger
	self me
	trust me
	commpkg repo create dist
	sign mine --root-cert stranger.crt
	run offer
	[ "$status" -eq 6 ]
}

@test "a serial lower than what the root has seen is refused" {
	published
	cp -r dist old
	commpkg repo create dist
	sign me
	offer
	mkpkg SUNWc 1.0 'f bin/c'
	run commpkg install -y -R "$ROOT" -d old SUNWa --reinstall
	[ "$status" -eq 6 ]
	[[ $output == *"older than what this root has seen: serial 1, and 2 was there before"* ]]
	run commpkg upgrade -y -R "$ROOT" -d old --allow-older
	[ "$status" -eq 0 ] && [[ $output == *"taken all the same (--allow-older)"* ]]
	# another root has seen nothing
	commpkg install -y -R "$PWD/root2" -d old SUNWa
	# and what is taken back stays seen
	commpkg undo -y -R "$ROOT"
	run commpkg install -y -R "$ROOT" -d old SUNWa
	[ "$status" -eq 6 ]
}

@test "one that has expired is refused" {
	SOURCE_DATE_EPOCH=1700000000 commpkg repo create dist --expires 30
	self me
	trust me
	sign me
	run offer
	[ "$status" -eq 6 ] && [[ $output == *"expired on 2023-12-14T22:13:20Z"* ]]
	run commpkg repo check dist
	[ "$status" -eq 6 ]
	run offer -n --allow-older
	[ "$status" -eq 0 ]
}

# Every byte is tried by tests/unit/published_test.c; here the words.
@test "what was changed is refused before anything is" {
	published
	cp -r dist good
	sed -i 's/serial="1"/serial="3"/' dist/repo.xml
	refused 6 "does not verify" "what was signed is not what is here"
	cp good/repo.xml dist/
	sed -i 's/title="SUNWa for/title="SUNWx for/' dist/catalog.xml
	refused 6 "'dist/catalog.xml' is not what repo.xml says: its SHA-256 differs" "repo check"
	cp good/catalog.xml dist/
	printf x | dd of=dist/SUNWb-1.0.pkg bs=1 seek=2000 conv=notrunc status=none
	refused 6 "'dist/SUNWb-1.0.pkg' is not what the catalog says: its SHA-256 differs"
	mv dist/SUNWa-1.0.pkg x && mv dist/SUNWb-1.0.pkg dist/SUNWa-1.0.pkg && mv x dist/SUNWb-1.0.pkg
	refused 6 "is not what the catalog says"
	cp good/SUNWa-1.0.pkg dist/
	rm dist/SUNWb-1.0.pkg
	refused 1 "'dist/SUNWb-1.0.pkg' is missing: the catalog names it"
	cp good/*.pkg dist/
	offer
}

# Of each file twelve bytes, the first and the last among them.
@test "a byte of any file, through the command: refused, and the root is as it was" {
	mv home/spool-1.0/SUNWb dist/ && rm dist/SUNWb-1.0.pkg
	echo 'Do what you like.' >dist/LICENCE.txt
	cat >dist/Z.xml <<-'X'
	<component xmlns="urn:commpkg:component:1" id="Z" version="1" kind="product">
	  <title>Zed</title><license file="LICENCE.txt"/><package name="SUNWa"/>
	</component>
	X
	self rootcert
	issue me rootcert
	trust rootcert
	commpkg repo create -q dist --id suite --key me.key --cert me.crt --root-cert rootcert.crt
	cat >flip.py <<-'P'
	import subprocess, os, sys
	tried = 0
	for top, dirs, files in os.walk("dist"):
	    for name in sorted(files):
	        path = os.path.join(top, name)
	        good = open(path, "rb").read()
	        for i in sorted({len(good) * k // 11 - (k == 11) for k in range(12)}):
	            bad = bytearray(good)
	            bad[i] ^= 1 << (i % 8)
	            open(path, "wb").write(bad)
	            r = subprocess.run(sys.argv[1:], capture_output=True, text=True, stdin=subprocess.DEVNULL)
	            tried += 1
	            if r.returncode not in (1, 6) or os.listdir(os.environ["ROOT"]):
	                sys.exit("byte %d of %s: %d\n%s%s" % (i, path, r.returncode, r.stdout, r.stderr))
	        open(path, "wb").write(good)
	print(tried)
	P
	run -0 python3 flip.py commpkg install -y --acceptLicense -R "$ROOT" -d dist Z
	[ "$output" -ge 100 ]
	commpkg install -y --acceptLicense -R "$ROOT" -d dist Z
	commpkg verify -R "$ROOT"
}

@test "check and --auditDistro find all that is wrong, also what is not wanted" {
	mkpkg SUNWz 1.0 'f bin/z'
	mv SUNWz-1.0.pkg dist/
	cat >dist/Z.xml <<-'X'
	<component xmlns="urn:commpkg:component:1" id="Z" version="1" kind="product">
	  <title>Zed</title><package name="SUNWz" version="1.0"/>
	</component>
	X
	published
	run offer -n --auditDistro
	[ "$status" -eq 0 ] && [[ $output == *"is whole: 3 packages, 1 manifest"* ]]
	echo x >>dist/SUNWz-1.0.pkg
	sed -i s/Zed/Yed/ dist/Z.xml
	cp home/spool-1.0/SUNWa/pkginfo dist/not-a-package
	cp dist/SUNWa-1.0.pkg dist/new.pkg
	run commpkg repo check dist
	[ "$status" -eq 6 ]
	[[ $output == *"SUNWz-1.0.pkg"*"its size differs"* && $output == *"Z.xml"*"its SHA-256 differs"* ]]
	[[ $output == *"'new.pkg': packages that are not in the catalog"* ]]
	run offer -n
	[ "$status" -eq 6 ] && [[ $output == *"'dist/Z.xml' is not what the catalog says: its SHA-256 differs"* ]]
	sed -i s/Yed/Zed/ dist/Z.xml
	run offer -n -auditDistro
	[ "$status" -eq 6 ] && [[ $output == *"is not whole: 1 problem, the first: SUNWz-1.0.pkg"* ]]
	offer -n
	sed -i s/Zed/Yed/ dist/Z.xml
	commpkg repo check dist --json >out.json || [ $? -eq 6 ]
	python3 - <<-'P'
	import json
	d = json.load(open("out.json"))
	assert d["distribution"]["id"] == "suite" and d["distribution"]["packages"] == 3, d
	assert [p["file"] for p in d["problems"]] == ["SUNWz-1.0.pkg", "Z.xml"], d
	assert d["remarks"][0]["file"] == "new.pkg" and d["exit"] == 6, d
	assert d["signatures"][0]["state"] == "trusted", d
	P
}

@test "a key in a passphrase" {
	commpkg repo create dist
	self me
	openssl pkcs12 -export -in me.crt -inkey me.key -passout pass:secret -out me.p12
	run commpkg repo sign dist --key me.p12
	[ "$status" -eq 8 ] && [[ $output == *--passphrase-file* ]]
	echo secret >pass
	commpkg repo sign dist --key me.p12 --passphrase-file pass
	trust me
	commpkg repo check dist
}

@test "the catalog is cached by its digest; a damaged cache is made anew, and hides nothing" {
	published
	offer -n
	cached=$COMMPKG_STATE/cache/catalogs/$(sha256sum dist/catalog.xml | cut -c 1-64).solv
	[ "$(head -c 4 "$cached")" = SOLV ]
	cp "$cached" whole
	printf x | dd of="$cached" bs=1 seek=100 conv=notrunc status=none
	offer -n
	cmp "$cached" whole
	sed -i 's/title="SUNWa for/title="SUNWx for/' dist/catalog.xml
	refused 6 "'dist/catalog.xml' is not what repo.xml says"
}

@test "created and signed at once; a certificate without a key is refused" {
	self me
	trust me
	run commpkg repo create dist --id suite --key me.key --cert me.crt
	[ "$status" -eq 0 ]
	[[ $output == *"'dist' is distribution suite, serial 1: 2 packages"*"'dist' is signed"* ]]
	commpkg repo check dist
	offer -n
	cp -r dist before
	# a key that can't be used leaves all as it was
	run -1 commpkg repo create dist --key me.crt
	run -1 commpkg repo create dist --key nowhere
	run -2 commpkg repo create dist --cert me.crt
	# and is found out before packages are read
	openssl pkcs12 -export -in me.crt -inkey me.key -passout pass:secret -out me.p12
	echo '# PaCkAgE DaTaStReAm' >dist/broken.pkg
	run -1 commpkg repo create dist --key nowhere
	[[ $output == *nowhere* && $output != *broken.pkg* ]]
	run -8 commpkg repo create dist --key me.p12
	[[ $output == *--passphrase-file* && $output != *broken.pkg* ]]
	run -1 commpkg repo create dist --key me.key --cert me.crt
	[[ $output == *broken.pkg* ]]
	rm dist/broken.pkg
	diff -r before dist
	self rootcert
	issue one rootcert
	commpkg repo create dist --key one.key --cert one.crt --root-cert rootcert.crt
	[ "$(grep -c BEGIN dist/repo.certs)" -eq 2 ]
	commpkg repo create dist --key me.key --cert me.crt
	[ ! -e dist/repo.certs ]
	offer
}

@test "published anew while somebody reads it: readers and publishers on one host wait for each other" {
	published
	exec 9<dist
	flock 9
	mv dist/repo.xml.p7s aside
	{
		sleep 0.5
		mv aside dist/repo.xml.p7s
		flock -u 9
	} 3>&- &
	offer -n 9<&- # it would be refused as not signed
	wait
	flock -s 9
	cp dist/repo.xml.p7s before
	sign me 9<&- 3>&- &
	sleep 0.5
	cmp dist/repo.xml.p7s before
	[ -z "$(find dist -name '.repo.xml.p7s.*' -size 0)" ]
	flock -u 9
	wait $!
	run ! cmp dist/repo.xml.p7s before
	exec 9<&-
	# and as it really happens
	for _ in 1 2 3 4 5 6 7 8; do
		commpkg repo create -q dist --key me.key --cert me.crt || echo bad >>wrong
	done 3>&- &
	for _ in 1 2 3 4 5 6 7 8; do
		offer -q -n
	done
	wait
	[ ! -e wrong ]
	commpkg repo check dist
	[ -z "$(find dist -name '.*' -type f)" ]
}

@test "who publishes at the same time gets the next serial" {
	commpkg repo create dist --id suite
	exec 9<dist
	flock 9
	commpkg repo create -q dist 9<&- 3>&- &
	sleep 1
	sed -i 's/serial="1"/serial="41"/' dist/repo.xml # the other one
	exec 9<&-
	wait $!
	grep -q 'serial="42"' dist/repo.xml
}

@test "the text of a licence is signed, too" {
	echo 'Do what you like.' >dist/LICENCE.txt
	cat >dist/Z.xml <<-'X'
	<component xmlns="urn:commpkg:component:1" id="Z" version="1" kind="product">
	  <title>Zed</title><license file="LICENCE.txt"/><package name="SUNWb" version="1.0"/>
	</component>
	X
	published
	grep -q '<file path="LICENCE.txt"' dist/catalog.xml
	commpkg install -y -R "$ROOT" -d dist Z --accept-license
	echo 'Pay.' >dist/LICENCE.txt
	run commpkg install -y -R "$PWD/root2" -d dist Z --accept-license
	[ "$status" -eq 6 ] && [[ $output == *"'dist/LICENCE.txt' is not what the catalog says"* ]]
	run commpkg repo check dist
	[ "$status" -eq 6 ]
}

@test "repair takes contents from a published distribution, by their digests" {
	published
	commpkg install -y --no-keep -R "$ROOT" -d dist SUNWa
	cp "$ROOT/bin/b" good
	echo damaged >"$ROOT/bin/b"
	run commpkg repair -y -R "$ROOT" -d dist
	[ "$status" -eq 0 ]
	cmp "$ROOT/bin/b" good
}
