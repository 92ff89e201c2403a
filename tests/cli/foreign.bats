#!/usr/bin/env bats
# Catalogs of others: OpenCSW's, and Tribblix's with its overlays.
load lib/commpkg

md5_of() { md5sum "$1" | cut -c 1-32; }
size_of() { stat -c %s "$1"; }

# entry COMMON VERSION PACKAGE FILE DEPENDS
csw() { echo "$1 $2 $3 $4 $(md5_of "csw/$4") $(size_of "csw/$4") $5 net none"; }

opencsw() {
	local v='9.4.2,REV=2008.07.09_rev=p1'
	mkdir csw
	mkpkg CSWbind 9 'f bin/named' -- ARCH=sparc "VERSION=$v"
	mkpkg CSWcommon 1.5 'f bin/common' -- ARCH=all
	gzip -c CSWbind-9.pkg >"csw/bind-$v-SunOS5.8-sparc-CSW.pkg.gz"
	gzip -c CSWcommon-1.5.pkg >csw/common-1.5-SunOS5.8-all-CSW.pkg.gz
	cp CSWcommon-1.5.pkg csw/not-in-the-catalog.pkg
	{
		echo '# CREATIONDATE 2014-03-16T08:39:58Z'
		csw bind "$v" CSWbind "bind-$v-SunOS5.8-sparc-CSW.pkg.gz" 'CSWcommon'
		csw common 1.5 CSWcommon common-1.5-SunOS5.8-all-CSW.pkg.gz none
	} >csw/catalog
}

zap() { # OUT DIRECTORY NAME
	python3 - "$@" <<-'P'
	import os, sys, zipfile
	out, top, name = sys.argv[1:]
	with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
	    for d, _, files in os.walk(os.path.join(top, name)):
	        for f in files:
	            p = os.path.join(d, f)
	            z.write(p, os.path.relpath(p, top))
	P
}

tribblix() {
	local p
	mkdir -p trib/overlays
	mkpkg TRIBa 1.0 'f bin/a'
	mkpkg TRIBb 1.0.1 'f bin/b'
	mkpkg TRIBc 2 'f bin/c'
	zap trib/TRIBa.1.0.zap spool-1.0 TRIBa
	zap trib/TRIBb.1.0.1.zap spool-1.0.1 TRIBb
	zap trib/TRIBc.2.zap spool-2 TRIBc
	for p in 'TRIBa|1.0|TRIBb' 'TRIBb|1.0.1|' 'TRIBc|2|'; do
		IFS='|' read -r name version deps <<<"$p"
		f=trib/$name.$version.zap
		echo "$name|$version|$deps|$(size_of "$f")|$(md5_of "$f")|"
	done >trib/catalog
	printf 'VERSION=6\nNAME=Tools & <more>\nREQUIRES=low\n' >trib/overlays/tools.ovl
	echo TRIBa >trib/overlays/tools.pkgs
	printf 'VERSION=35\nNAME=Low\n' >trib/low.ovl
	echo TRIBc >trib/low.pkgs
}

@test "OpenCSW: by its catalog, signed or not, and nothing that is not in it" {
	opencsw
	commpkg install -y -R "$ROOT" -d csw CSWbind
	[ -f "$ROOT/bin/named" ] && [ -f "$ROOT/bin/common" ]
	{
		printf -- '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n'
		sed 's/^# /- # /' csw/catalog
		printf -- '-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n'
	} >signed
	mv signed csw/catalog
	commpkg install -y -R "$PWD/root2" -d csw CSWbind
	[ -f "$PWD/root2/bin/common" ]
}

@test "what does not have its size or sum is refused; a broken catalog has its line" {
	opencsw
	f=csw/common-1.5-SunOS5.8-all-CSW.pkg.gz
	printf x | dd of="$f" bs=1 seek=60 conv=notrunc status=none
	run commpkg install -y -R "$ROOT" -d csw CSWbind
	[ "$status" -eq 6 ] && [[ $output == *"'$f' is not what the catalog says: its MD5 sum differs"* ]]
	echo x >>"$f"
	run commpkg install -y -R "$ROOT" -d csw CSWbind
	[ "$status" -eq 6 ] && [[ $output == *"its size differs"* ]]
	[ ! -e "$ROOT/bin" ]
	echo 'short 1.0 CSWshort' >>csw/catalog
	run commpkg install -y -R "$ROOT" -d csw CSWbind
	[ "$status" -eq 1 ] && [[ $output == *"csw/catalog:4: 3 fields, where OpenCSW has 9"* ]]
	sed -i '$s/.*/x 1 CSWx ..\/x 0123456789abcdef0123456789abcdef 1 none net none/' csw/catalog
	run commpkg install -y -R "$ROOT" -d csw CSWbind
	[ "$status" -eq 1 ] && [[ $output == *"'../x' is no path in a distribution"* ]]
}

@test "Tribblix: packages by the catalog, overlays as components" {
	tribblix
	commpkg install -y -R "$ROOT" -d trib TRIBa
	[ -f "$ROOT/bin/a" ] && [ -f "$ROOT/bin/b" ] && [ ! -e "$ROOT/bin/c" ]
	commpkg install -y -R "$PWD/root2" -d trib tools
	[ -f root2/bin/a ] && [ -f root2/bin/b ] && [ -f root2/bin/c ]
	run commpkg info -R "$PWD/root2"
	[[ $output == *tools*6* && $output == *low*35* ]]
	run commpkg repo check trib
	[ "$status" -eq 1 ] && [[ $output == *"a catalog of Tribblix, which says too little"* ]]
}

@test "another file called catalog is no catalog" {
	mkdir plain
	mkpkg demo 1.0 'f bin/demo'
	cp demo-1.0.pkg plain/
	echo "shoes and ships and sealing wax" >plain/catalog
	commpkg install -y -R "$ROOT" -d plain demo
}
