#!/usr/bin/env bats
# Signed datastreams: written, read, refused. Certificates are made by openssl at test time.
load lib/commpkg

setup() {
	commpkg_setup
	mkdir -p "$COMMPKG_STATE/keys.d"
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf'
}

EC='ec -pkeyopt ec_paramgen_curve:P-256'

# self NAME [rsa:2048]: NAME.key, NAME.crt, NAME.pem (both)
self() {
	local name=$1
	# shellcheck disable=SC2086	# words, on purpose
	openssl req -x509 -newkey ${2:-$EC} -nodes -keyout "$name.key" -out "$name.crt" -days 3650 \
		-subj "/O=Acme/CN=$name" 2>/dev/null
	cat "$name.key" "$name.crt" >"$name.pem"
}

# issue NAME CA FROM TO [EXTENSION...]: by CA, times as YYYYMMDDHHMMSSZ
issue() {
	local name=$1 ca=$2 from=$3 to=$4
	shift 4
	[ -d ca ] || { mkdir ca && : >ca/index; }
	{
		printf '[ca]\ndefault_ca=c\n[c]\ndatabase=ca/index\nnew_certs_dir=ca\npolicy=p\n'
		printf 'rand_serial=yes\ndefault_md=sha256\nunique_subject=no\n'
		printf '[p]\ncommonName=supplied\n[ext]\nsubjectKeyIdentifier=hash\n'
		printf '%s\n' "$@"
	} >ca.cnf
	# shellcheck disable=SC2086
	openssl req -newkey $EC -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
	openssl ca -batch -notext -config ca.cnf -extensions ext -cert "$ca.crt" -keyfile "$ca.key" \
		-startdate "$from" -enddate "$to" -in "$name.csr" -out "$name.crt" 2>/dev/null
	cat "$name.key" "$name.crt" >"$name.pem"
}

trust() { cp "$1.crt" "$COMMPKG_STATE/keys.d/"; }
sign() { pkgtrans -g -k "$1.pem" -s "$PWD/spool-1.0" "$PWD/signed.pkg" demo 2>sign.err; }
offer() { commpkg install -y -R "$ROOT" ./signed.pkg; }

# The signature and the signed octets of a stream, as svr4.md 2.4 says.
take_apart() {
	python3 - "$1" <<'PY'
import sys
d = open(sys.argv[1], 'rb').read()
block = lambda n: (n + 511) // 512 * 512
header = block(d.index(b'# end of header'))
begin = d.index(b'-----BEGIN PKCS7-----')
end = d.index(b'-----END PKCS7-----\n') + 20
parts = block(d.index(b'TRAILER!!!', end))
open('sig.pem', 'wb').write(d[begin:end])
open('octets', 'wb').write(d[:header] + d[parts:])
PY
}

# put_together STREAM SIGNATURE: the stream with that as the last member of its head
put_together() {
	python3 - "$1" "$2" <<'PY'
import sys
d, sig = open(sys.argv[1], 'rb').read(), open(sys.argv[2], 'rb').read()
block = lambda n: (n + 511) // 512 * 512
pad = lambda b, n: b + b'\0' * (-len(b) % n)
header = block(d.index(b'# end of header'))
trailer = d.index(b'TRAILER!!!', header) - 110
parts = block(trailer + 110)
field = lambda *v: b'070701' + b''.join(b'%08x' % x for x in v)
m = pad(field(77, 0o100644, 0, 0, 1, 5, len(sig), 1, 1, 0, 0, 10, 0) + b'signature\0', 4) + pad(sig, 4)
open('theirs.pkg', 'wb').write(pad(d[:trailer] + m + d[trailer:trailer + 124], 512) + d[parts:])
PY
}

@test "ours: openssl verifies them, and so do we" {
	self me rsa:2048
	sign me
	take_apart signed.pkg
	openssl smime -verify -inform PEM -in sig.pem -content octets -binary -purpose any -CAfile me.crt >/dev/null
	openssl cms -verify -inform PEM -in sig.pem -content octets -binary -purpose any -CAfile me.crt -out /dev/null
	trust me
	offer
	[ -x "$ROOT/bin/demo" ]
	run commpkg inspect signed.pkg
	[ "$status" -eq 0 ]
	[[ $output == *"Signed by      CN=me,O=Acme"* ]]
	[[ $output == *"RSA 2048"* && $output == *"SHA-256"* ]]
	[[ $output == *"signed by 'CN=me,O=Acme', who is trusted"* ]]
	[[ $output != *egacy* ]]
	# whose word it was stays in the history
	run commpkg history 1 -R "$ROOT"
	[[ $output == *signed*demo*"by CN=me,O=Acme (certificate "* ]]
}

@test "theirs: what openssl smime and cms sign verifies; SHA-1 and MD5 are named legacy" {
	self me rsa:2048
	trust me
	sign me
	take_apart signed.pkg
	openssl smime -sign -binary -in octets -signer me.crt -inkey me.key -outform PEM -md sha1 -out smime.pem
	openssl cms -sign -binary -in octets -signer me.crt -inkey me.key -outform PEM -md sha256 -noattr -out cms.pem
	openssl smime -sign -binary -in octets -signer me.crt -inkey me.key -outform PEM -md md5 -out md5.pem
	put_together demo-1.0.pkg cms.pem
	run commpkg install -n -R "$ROOT" ./theirs.pkg
	[ "$status" -eq 0 ]
	[[ $output != *egacy* ]]
	put_together demo-1.0.pkg smime.pem
	run commpkg install -n -R "$ROOT" ./theirs.pkg
	[ "$status" -eq 0 ]
	[[ $output == *"'./theirs.pkg' has a legacy signature, which is weak: SHA-1 digest"* ]]
	run commpkg inspect theirs.pkg
	[[ $output == *"Legacy, weak   SHA-1 digest"* ]]
	put_together demo-1.0.pkg md5.pem
	run commpkg inspect --json theirs.pkg
	[ "$status" -eq 0 ]
	[[ $output == *'"legacy": ['*'"MD5 digest"'* ]]
	[[ $output == *'"intact": true'* ]]
	# of another stream
	echo more >>octets
	openssl cms -sign -binary -in octets -signer me.crt -inkey me.key -outform PEM -out wrong.pem
	put_together demo-1.0.pkg wrong.pem
	must_fail_cleanly 6 commpkg install -n -R "$ROOT" ./theirs.pkg
	[[ $output == *"does not verify: what was signed is not what is here"* ]]
}

@test "who is not trusted is refused before anything is unpacked; --allow-unsigned takes it" {
	self me
	self other
	trust other
	sign me
	must_fail_cleanly 6 offer
	[[ $output == *"self-signed certificate of 'CN=me,O=Acme' is not among the keys"* ]]
	[[ $output == *"--allow-unsigned"* ]]
	[ -z "$(tree_list)" ]
	must_fail_cleanly 6 commpkg install -n -R "$ROOT" ./signed.pkg
	run commpkg install -y --allow-unsigned -R "$ROOT" ./signed.pkg
	[ "$status" -eq 0 ]
	[[ $output == *"counts for nothing"*"(--allow-unsigned)"* ]]
	grep -q 'counts for nothing' "$COMMPKG_LOGDIR"/*install*
	run commpkg history 1 -R "$ROOT"
	[[ $output != *signed* || $output != *'by CN='* ]]
}

@test "a root has keys of its own; another root does not" {
	self me
	sign me
	mkdir -p "$ROOT/etc/commpkg/keys.d" other
	cp me.crt "$ROOT/etc/commpkg/keys.d/me.pem"
	must_fail_cleanly 6 commpkg install -y -R "$PWD/other" ./signed.pkg
	offer
	[ -x "$ROOT/bin/demo" ]
}

@test "expired, not yet valid, made for something else: each in its words" {
	self root
	trust root
	issue old root 20090101000000Z 20090630000000Z
	issue young root 20500101000000Z 20510101000000Z
	issue server root 20200101000000Z 20491231000000Z extendedKeyUsage=serverAuth
	issue code root 20200101000000Z 20491231000000Z extendedKeyUsage=codeSigning
	sign old
	grep -q "WARNING: the certificate of 'CN=old' expired on 2009-06-30" sign.err
	must_fail_cleanly 6 offer
	[[ $output == *"the certificate of 'CN=old' expired on 2009-06-30"* ]]
	SOURCE_DATE_EPOCH=1240000000 sign old
	must_fail_cleanly 6 offer
	[[ $output == *"(the signature says that it was made on 2009-04-17, when it was valid)"* ]]
	run commpkg inspect signed.pkg
	[ "$status" -eq 0 ]
	[[ $output == *"Signer is      expired"* ]]
	sign young
	must_fail_cleanly 6 offer
	[[ $output == *"is valid only from 2050-01-01 on"* ]]
	sign server
	must_fail_cleanly 6 offer
	[[ $output == *"made for other purposes than to sign packages"* ]]
	sign code
	offer
}

@test "a chain with a certificate in between comes along" {
	self root
	trust root
	issue mid root 20200101000000Z 20491231000000Z basicConstraints=critical,CA:TRUE
	issue leaf mid 20200101000000Z 20491231000000Z
	sign leaf
	must_fail_cleanly 6 offer
	[[ $output == *"issued by 'CN=mid', which is not among the keys"* ]]
	cat mid.crt >>leaf.pem
	sign leaf
	offer
}

@test "what was changed is refused, whatever is allowed" {
	self me
	trust me
	sign me
	# the sum of pkgmap does not see an exchange of two bytes
	python3 -c "
d = open('signed.pkg', 'rb').read()
assert d.count(b'demo 1.0 bin/demo') == 1
open('signed.pkg', 'wb').write(d.replace(b'demo 1.0 bin/demo', b'dmeo 1.0 bin/demo'))"
	must_fail_cleanly 6 offer
	[[ $output == *"does not verify: what was signed is not what is here"* ]]
	must_fail_cleanly 6 commpkg install -y --allow-unsigned -R "$ROOT" ./signed.pkg
	must_fail_cleanly 6 commpkg inspect signed.pkg
	[[ $output == *"Package           demo"*"does not verify"* ]]
	mkdir out
	must_fail_cleanly 1 pkgtrans signed.pkg out demo
	[ -z "$(ls out)" ]
	[ -z "$(tree_list)" ]
}

@test "a signature that is cut, empty or nonsense is refused" {
	self me
	trust me
	sign me
	take_apart signed.pkg
	head -c 700 sig.pem >cut.pem
	: >empty.pem
	echo hello >nonsense.pem
	for f in cut empty nonsense; do
		put_together demo-1.0.pkg $f.pem
		must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./theirs.pkg
		[[ $output == *"the signature of './theirs.pkg' can't be read"* ]]
		must_fail_cleanly 6 commpkg inspect theirs.pkg
	done
	[ -z "$(tree_list)" ]
}

@test "require-signature: of the host and of a root; a legacy one does not count" {
	self me rsa:2048
	trust me
	echo 'require-signature = yes' >"$COMMPKG_STATE/commpkg.conf"
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./demo-1.0.pkg
	[[ $output == *"'./demo-1.0.pkg' is not signed, and '$COMMPKG_STATE/commpkg.conf' requires a signature"* ]]
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./spool-1.0/demo
	pkgtrans -g -H sha1 -k me.pem -s "$PWD/spool-1.0" "$PWD/weak.pkg" demo
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./weak.pkg
	[[ $output == *"has a legacy signature, which is weak (SHA-1 digest), and"* ]]
	sign me
	commpkg install -n -R "$ROOT" ./signed.pkg
	run commpkg install -n --allow-unsigned -R "$ROOT" ./demo-1.0.pkg
	[ "$status" -eq 0 ]
	[[ $output == *"is not signed; it is taken all the same"* ]]
	# a root can ask for more, never for less
	mkdir -p "$ROOT/etc/commpkg"
	echo 'require-signature = no' >"$ROOT/etc/commpkg/commpkg.conf"
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./demo-1.0.pkg
	echo 'require-signature = no' >"$COMMPKG_STATE/commpkg.conf"
	echo 'require-signature = yes' >"$ROOT/etc/commpkg/commpkg.conf"
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./demo-1.0.pkg
	echo 'require-signatures = yes' >"$COMMPKG_STATE/commpkg.conf"
	must_fail_cleanly 1 commpkg install -y -R "$ROOT" ./demo-1.0.pkg
	[[ $output == *"commpkg.conf:1: unknown setting 'require-signatures'"* ]]
}

@test "keys that anybody may write are nobody's; a root's links lead nowhere" {
	self me
	trust me
	sign me
	chmod o+w "$COMMPKG_STATE/keys.d/me.crt"
	must_fail_cleanly 6 offer
	[[ $output == *"can be written by anybody"* ]]
	rm "$COMMPKG_STATE/keys.d/me.crt"
	mkdir -p "$ROOT/etc/commpkg/keys.d"
	ln -s "$PWD/me.crt" "$ROOT/etc/commpkg/keys.d/me.crt"
	must_fail_cleanly 1 offer
	[[ $output != *installed* ]]
}

@test "key stores: PKCS#12 (old ones too), a directory, an alias, passphrases in four ways" {
	self me rsa:2048
	self you
	openssl pkcs12 -export -in me.pem -name ich -passout pass:geheim -out me.p12
	openssl pkcs12 -export -legacy -in me.pem -name alt -passout pass:geheim -out old.p12
	spool=$PWD/spool-1.0
	pkgtrans -g -k me.p12 -P pass:geheim -s "$spool" "$PWD/a.pkg" demo
	pkgtrans -g -k old.p12 -a alt -P geheim -s "$spool" "$PWD/a.pkg" demo
	P=geheim pkgtrans -g -k me.p12 -P env:P -s "$spool" "$PWD/a.pkg" demo
	echo geheim >word
	pkgtrans -g -k me.p12 -P file:word -s "$spool" "$PWD/a.pkg" demo
	rm a.pkg
	must_fail_cleanly 1 pkgtrans -g -k me.p12 -P pass:falsch -s "$spool" "$PWD/a.pkg" demo
	[[ $output == *"does not open with this passphrase"* ]]
	must_fail_cleanly 1 setsid pkgtrans -g -k me.p12 -s "$spool" "$PWD/a.pkg" demo
	[[ $output == *"needs a passphrase"* ]]
	mkdir store
	cp me.pem you.pem store
	must_fail_cleanly 1 pkgtrans -g -k store -s "$spool" "$PWD/a.pkg" demo
	[[ $output == *"several keys: 'me', 'you'"* ]]
	must_fail_cleanly 1 pkgtrans -g -k store -a they -s "$spool" "$PWD/a.pkg" demo
	[ ! -e a.pkg ]
	pkgtrans -g -k store -a you -s "$spool" "$PWD/a.pkg" demo
	commpkg inspect a.pkg | grep -q "Signed by      CN=you"
	must_fail_cleanly 1 pkgtrans -g -s "$spool" "$PWD/b.pkg" demo
	must_fail_cleanly 1 pkgtrans -g -k nowhere -s "$spool" "$PWD/b.pkg" demo
	# a stream can be signed later, and compressed; the same time gives the same bytes
	SOURCE_DATE_EPOCH=1700000000 pkgtrans -g -k me.pem demo-1.0.pkg one.pkg demo
	SOURCE_DATE_EPOCH=1700000000 pkgtrans -g -k me.pem demo-1.0.pkg two.pkg demo
	cmp one.pkg two.pkg
	pkgtrans -gz -k me.pem demo-1.0.pkg z.pkg.zst demo
	trust me
	commpkg install -n -R "$ROOT" ./z.pkg.zst
}

@test "pkgadd: key store, admin file, and nothing unpacked from what is refused" {
	self me
	sign me
	printf 'basedir=default\nkeystore=%s\nauthentication=quit\n' "$PWD/store" >quit
	printf 'basedir=default\nauthentication=nocheck\n' >nocheck
	must_fail_cleanly 1 pkgadd -n -R "$ROOT" -d "$PWD/signed.pkg" demo
	[[ $output == *"ERROR: the signature of"*"is not among the keys"* ]]
	[ -z "$(tree_list)" ]
	must_fail_cleanly 1 pkgadd -s "$PWD/out" -d "$PWD/signed.pkg" demo
	must_fail_cleanly 1 pkgadd -n -a "$PWD/quit" -R "$ROOT" -d "$PWD/signed.pkg" demo
	mkdir store
	cp me.crt store/truststore
	pkgadd -n -a "$PWD/quit" -R "$ROOT" -d "$PWD/signed.pkg" demo
	pkgrm -n -R "$ROOT" demo
	pkgadd -n -k me.crt -R "$ROOT" -d "$PWD/signed.pkg" demo
	pkgrm -n -R "$ROOT" demo
	sed 's/demo 1.0 bin/dmeo 1.0 bin/' signed.pkg >bad.pkg
	must_fail_cleanly 1 pkgadd -n -k me.crt -R "$ROOT" -d "$PWD/bad.pkg" demo
	[[ $output == *"does not verify"* ]]
	pkgadd -n -a "$PWD/nocheck" -R "$ROOT" -d "$PWD/bad.pkg" demo
	[ "$(cat "$ROOT/bin/demo")" = 'dmeo 1.0 bin/demo' ]
}

@test "pkgask runs no script of a package whose signature is refused" {
	self me
	mkpkg demo 1.0 'f bin/demo' 'i request <touch '"$PWD"'/ran\necho A=b >$1\n'
	sign me
	must_fail_cleanly 1 pkgask -r "$PWD/answers" -R "$ROOT" -d "$PWD/signed.pkg" demo
	[[ $output == *"is not among the keys"* ]]
	must_fail_cleanly 1 pkgadd -R "$ROOT" -d "$PWD/signed.pkg" demo </dev/null
	must_fail_cleanly 6 commpkg install -y -R "$ROOT" ./signed.pkg
	[ ! -e ran ]
}

@test "a signed stream is a stream like any other for who reads it" {
	self me
	sign me
	mkdir out
	pkgtrans signed.pkg out demo
	diff -r out/demo spool-1.0/demo
	pkgtrans -s out "$PWD/plain.pkg" demo
	cmp plain.pkg demo-1.0.pkg
	[ "$(pkginfo -d "$PWD/signed.pkg" | wc -l)" -eq 1 ]
	pkgchk -d "$PWD/signed.pkg" demo
}
