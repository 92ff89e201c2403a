#!/usr/bin/env bats
# Options of the SVR4 commands and keywords of admin files that no other file here is about.
load lib/commpkg

setup() {
	commpkg_setup
	admin
	mkpkg demo 1.0 'd bin' 'f bin/demo' 'e etc/demo.conf' -- BASEDIR=/opt/demo
}

# admin [KEYWORD=VALUE...]: ./admin that nothing stops, with these before
admin() {
	printf '%s\n' "$@" mail= instance=overwrite basedir=default >admin
	printf '%s=nocheck\n' partial runlevel idepend rdepend space setuid conflict action >>admin
}

# What comes by mail is in ./letters
stub_sendmail() {
	mkdir -p stub
	printf '#!/bin/sh\n{ echo "args: $*"; cat; } >>%s/letters\n%s\n' "$PWD" "${1:-exit 0}" >stub/sendmail
	chmod +x stub/sendmail
	PATH=$PWD/stub:$PATH
	: >letters
}

@test "mail: who is named is told of what came, went, or stopped half-way, and nobody else" {
	stub_sendmail
	admin 'mail=adm ops@example.invalid -Cevil a;b'
	run -0 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg demo
	[[ $output == *"WARNING: <-Cevil> is not told by mail"*"<a;b> is not told"* ]]
	[ "$(head -1 letters)" = "args: -i -- adm ops@example.invalid" ]
	grep -qx 'To: adm, ops@example.invalid' letters
	grep -q '^Subject: .*: Installation of <demo> was successful$' letters
	grep -q "in the root $ROOT\.$" letters
	: >letters
	pkgrm -n -a "$PWD/admin" -R "$ROOT" demo
	grep -q '^Subject: .*: Removal of <demo> was successful$' letters
	# nothing had begun
	: >letters
	run ! pkgrm -n -a "$PWD/admin" -R "$ROOT" demo
	[ ! -s letters ]
	# what a root says of this host's people is not heeded; nor is nobody
	mkdir -p "$ROOT/var/sadm/install/admin"
	cp admin "$ROOT/var/sadm/install/admin/default"
	pkgadd -n -R "$ROOT" -d demo-1.0.pkg demo
	admin
	pkgrm -n -a "$PWD/admin" -R "$ROOT" demo
	[ ! -s letters ]
	# and what is no address by its length is none: a letter fits into a pipe
	long=$(printf '%0255d' 0)
	admin "mail=$(for _ in {1..64}; do printf '%s ' "$long$long$long$long$long"; done) $long ${long#0}"
	run -0 timeout 60 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg demo
	[[ $output == *"WARNING: <$long> is not told by mail: it is no address"* ]]
	[ "$(head -1 letters)" = "args: -i -- ${long#0}" ]
	admin
	pkgrm -n -a "$PWD/admin" -R "$ROOT" demo
	# and a mail server that does not work is no failure of the package
	stub_sendmail 'exit 75'
	admin mail=adm
	run -0 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg demo
	[[ $output == *"was successful."*"WARNING: unable to send mail to <adm>: sendmail failed"* ]]
}

@test "keywords of the network are accepted without a word; others are told" {
	admin networktimeout=60 networkretries=3 authentication=quit keystore=/var/sadm/security \
		proxy=http://example.invalid rscriptalt=noaccess
	run -0 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg demo
	[ "$output" = "
Installation of <demo> was successful." ]
	admin colour=blue
	run -0 pkgrm -n -a "$PWD/admin" -R "$ROOT" demo
	[[ $output == *"WARNING: unknown admin parameter <colour> in <$PWD/admin>"* ]]
	admin rscriptalt=me
	run -99 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d demo-1.0.pkg demo
	[[ $output == *"<me> is no value of admin parameter <rscriptalt>"* ]]
}

@test "rscriptalt: request runs as nobody, or as root where the administrator says so" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare -m true 2>/dev/null || skip "no namespaces here, so scripts can't be caged"
	mkpkg asks 1.0 'f a' 'i request <echo "WHO=$(id -u)" >$1\n'
	for who in noaccess root; do
		admin "rscriptalt=$who"
		pkgadd -a "$PWD/admin" -R "$ROOT" -d "$PWD/asks-1.0.pkg" asks </dev/null
		pkgparam -R "$ROOT" asks WHO >>who
		pkgrm -n -a "$PWD/admin" -R "$ROOT" asks
	done
	[ "$(sed -n 1p who)" -ne 0 ]
	[ "$(sed -n 2p who)" -eq 0 ]
}

@test "pkgadd -G, -M, -S, -t, -I, -O, -V; pkgrm -A, -M, -V, -v: accepted, and done where there is something to do" {
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkpkg loud 1.0 'f a' 'i copyright <all rights\n' 'i postinstall <echo "unified $PKG_NO_UNIFIED init $PKG_INIT_INSTALL"\n' \
		'i preremove <true here\n' -- VENDOR=us
	run -0 pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/loud-1.0.pkg" loud
	[[ $output == *"all rights"* ]]
	pkgrm -n -a "$PWD/admin" -R "$ROOT" loud
	run -0 pkgadd -S -G -M -I -V /dev/null -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/loud-1.0.pkg" loud
	[[ $output != *"all rights"* ]]
	[[ $output == *"unified TRUE init TRUE"* ]]
	# -v shows the commands of scripts
	run -0 pkgrm -A -M -V /dev/null -v -n -a "$PWD/admin" -R "$ROOT" loud
	[[ $output == *"+ true here"* ]]
}

@test "paths on file servers are left where they are, but for -A" {
	mkdir -p "$ROOT/var/sadm/install" "$ROOT/var/sadm/pkg/far" "$ROOT/usr"
	printf 'PKG=far\nNAME=Far\nARCH=all\nVERSION=1\nCATEGORY=application\nCLASSES=none\nPKGINST=far\n' \
		>"$ROOT/var/sadm/pkg/far/pkginfo"
	echo far >"$ROOT/usr/there"
	echo near >"$ROOT/usr/here"
	touch -d @1000000000 "$ROOT/usr/there" "$ROOT/usr/here"
	{
		printf '/usr/here f none 0644 root root 5 432 1000000000 far\n'
		printf '/usr/there f none 0644 root root 4 323 1000000000 %%far\n'
	} >"$ROOT/var/sadm/install/contents"
	cp -a "$ROOT" "$ROOT.2"
	for r in "$ROOT" "$ROOT.2"; do
		commpkg -y -R "$r" adopt
		grep -q '^/usr/there .* %far$' "$r/var/sadm/install/contents"
	done
	pkgrm -n -a "$PWD/admin" -R "$ROOT" far
	[ ! -e "$ROOT/usr/here" ]
	[ "$(cat "$ROOT/usr/there")" = far ]
	run ! grep '^/' "$ROOT/var/sadm/install/contents"
	pkgrm -A -n -a "$PWD/admin" -R "$ROOT.2" far
	[ ! -e "$ROOT.2/usr/there" ]
}
