#!/usr/bin/env bats
# Packages in the manner of Solaris: their class scripts, drivers, services, accounts, crontabs.
# All text is ours. What they leave behind when they are gone: nothing.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT"/dev "$ROOT"/etc/{init.d,rc2.d} "$ROOT"/var/spool/cron/crontabs "$ROOT"/var/svc/{manifest,profile}
	printf 'root:x:0:0::/:/bin/sh\nbin:x:2:2::/:\n' >"$ROOT/etc/passwd"
	printf 'root::0:\nsys::3:\nbin::2:\n' >"$ROOT/etc/group"
	touch "$ROOT/etc/init.d/README" "$ROOT/var/svc/manifest/README"
	printf 'sd 32\n' >"$ROOT/etc/name_to_major"
	: >"$ROOT/etc/driver_aliases"
	: >"$ROOT/etc/minor_perm"
	printf '# services\ntime stream tcp nowait root internal\n' >"$ROOT/etc/inetd.conf"
	printf '10 3 * * * /usr/sbin/logadm\n' >"$ROOT/var/spool/cron/crontabs/root"
	printf 'mail=\ninstance=overwrite\npartial=nocheck\nrunlevel=nocheck\nidepend=nocheck\nrdepend=nocheck\nspace=nocheck\nsetuid=nocheck\nconflict=nocheck\naction=nocheck\nbasedir=default\n' >admin
}

add() { pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/$1.pkg" all; }
remove() { pkgrm -n -a "$PWD/admin" -R "$ROOT" "$1"; }

PRESERVE='PATH=/usr/bin:/usr/sbin:$PATH; export PATH
CLEANUP_FILE=/tmp/CLEANUP
while read src dest; do
	if [ -f $dest ]; then
		if cmp -s $src $dest; then :; else
			echo "EXISTING FILE PRESERVED: ${dest#$PKG_INSTALL_ROOT}" >> $CLEANUP_FILE
		fi
	else
		cp -p $src $dest
	fi
done
[ "$1" = ENDOFCLASS ] && [ -f $CLEANUP_FILE ] && cat $CLEANUP_FILE
exit 0
'
RENAMENEW='while read src dest
do
	if [ "$dest" = /dev/null ]; then continue; fi
	if [ ! -f $dest ]; then
		cp $src $dest
	else
		cmp -s $src $dest
		if [ $? != 0 ]; then
			cp $src $dest.new
			echo "EXISTING FILE PRESERVED: ${dest} ${dest}.new" >>/tmp/CLEANUP
		fi
	fi
done
exit 0
'
MANIFEST='PATH=/usr/bin:/usr/sbin:/sbin
smf_alive() { [ -r /etc/svc/volatile/repository_door ] && [ "${PKG_INSTALL_ROOT:-/}" = / ]; }
mktmp() { mktemp /tmp/manifest.XXXXXX; }
while read src dest; do
	new=`mktmp` || exit 2
	sed "s:@PKG@:$PKGINST:" $src >$new
	if [ -f $dest ] && /usr/bin/cmp -s $new $dest; then rm -f $new; continue; fi
	/usr/bin/cp $new $dest || exit 2
	chmod 444 $dest
	rm -f $new
	smf_alive || /usr/sbin/svccfg inventory $dest | while read fmri; do echo "new service $fmri"; done
	/usr/sbin/svccfg import $dest || exit 2
done
exit 0
'
R_MANIFEST='while read dest; do
	[ "$PKG_INSTALL_ROOT" = "" -o "$PKG_INSTALL_ROOT" = "/" ] && /usr/sbin/svccfg delete -f `/usr/sbin/svccfg inventory $dest`
	/usr/bin/rm -f $dest
done
exit 0
'

# driver VERSION [FURTHER OBJECT]...
driver()
{
	local version=$1
	shift
	mkpkg SUNWdemod "$version" 'd none' 'd kernel' 'd kernel/drv' 'f kernel/drv/demo' \
		'e:preserve kernel/drv/demo.conf <# settings\nmode=1;\n' "i i.preserve <$PRESERVE" "$@" \
		'i postinstall <PATH=/usr/bin:/usr/sbin:${PATH}
DRV=demo
BD=${BASEDIR:-/}
if [ "$BD" = "/" ]; then ADD="add_drv"; else ADD="add_drv -b ${BASEDIR}"; fi
grep "^$DRV[ 	]" $BD/etc/name_to_major >/dev/null 2>&1 && exit 0
/usr/sbin/$ADD -m "* 0600 bin sys" -i "\\"pci108e,1\\"" $DRV || exit 1
/usr/sbin/devfsadm -r $BD >/dev/null
mkdir -p $BD/dev/demo.d
rm -f $BD/dev/demo
ln -s ../devices/pseudo/demo@0:0 $BD/dev/demo
/usr/sbin/installf -R ${PKG_INSTALL_ROOT:-/} $PKGINST /dev/demo=../devices/pseudo/demo@0:0 s || exit 2
installf -R ${PKG_INSTALL_ROOT:-/} $PKGINST /dev/demo.d d 0755 root sys
/usr/sbin/installf -R ${PKG_INSTALL_ROOT:-/} -f $PKGINST || exit 2
pkgcond is_alternative_root $PKG_INSTALL_ROOT && echo "not loaded"
exit 0\n' \
		'i preremove <BD=${BASEDIR:-/}
/usr/sbin/rem_drv -b $BD demo || exit 2
rm -f $BD/reconfigure
exit 0\n' -- 'CLASSES=none preserve'
	sed -i '/^d none none/d' "src/SUNWdemod-$version/prototype"
}

@test "a driver: i.preserve, add_drv, installf, upgrade; pkgrm leaves nothing" {
	local before
	before=$(tree_list "$ROOT")
	driver 1.0
	driver 1.1 'f kernel/drv/demo2'
	run -0 add SUNWdemod-1.0
	[[ $output == *'not loaded'* ]]
	grep -qx 'demo 33' "$ROOT/etc/name_to_major"
	grep -qx 'demo "pci108e,1"' "$ROOT/etc/driver_aliases"
	[ "$(readlink "$ROOT/dev/demo")" = ../devices/pseudo/demo@0:0 ]
	pkgchk -n -R "$ROOT" SUNWdemod
	echo 'mode=2;' >"$ROOT/kernel/drv/demo.conf"
	run -0 add SUNWdemod-1.1
	[[ $output == *'EXISTING FILE PRESERVED: /kernel/drv/demo.conf'* ]]
	[ "$(cat "$ROOT/kernel/drv/demo.conf")" = 'mode=2;' ]
	[ -e "$ROOT/kernel/drv/demo2" ]
	pkgchk -n -R "$ROOT" SUNWdemod
	run -0 remove SUNWdemod
	diff <(echo "$before") <(tree_list "$ROOT")
	[ -z "$(grep -v '^#' "$ROOT/var/sadm/install/contents")" ]
}

@test "the same by commpkg: what the site edited is kept beside when the package goes" {
	local before
	before=$(tree_list "$ROOT")
	driver 1.0
	driver 1.1 'f kernel/drv/demo2'
	commpkg -y -R "$ROOT" install ./SUNWdemod-1.0.pkg
	echo 'mode=2;' >"$ROOT/kernel/drv/demo.conf"
	commpkg -y -R "$ROOT" upgrade ./SUNWdemod-1.1.pkg
	[ "$(readlink "$ROOT/dev/demo")" = ../devices/pseudo/demo@0:0 ]
	commpkg -y -R "$ROOT" uninstall SUNWdemod
	[ "$(cat "$ROOT/kernel/drv/demo.conf.saved")" = 'mode=2;' ]
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT/kernel/drv/demo.conf")" = 'mode=2;' ]
	pkgchk -n -R "$ROOT" SUNWdemod
	commpkg -y -R "$ROOT" undo --to 0
	[ "$(cat "$ROOT/kernel/drv/demo.conf.after-1")" = 'mode=2;' ]
	rm -r "$ROOT/kernel"
	diff <(echo "$before") <(tree_list "$ROOT")
}

service()
{
	mkpkg SUNWdemos "$1" 'd var' 'd var/svc' 'd var/svc/manifest' 'd var/svc/manifest/site' \
		"f:manifest var/svc/manifest/site/demo.xml 0444 root sys <<!-- @PKG@ $1 -->\n<service name=\"site/demo\"><instance name=\"default\"/></service>\n" \
		'd etc' 'd etc/init.d' 'f etc/init.d/demo 0744 root sys' 'l etc/rc2.d/S99demo=../init.d/demo' \
		'e:sed etc/inetd.conf <# how\n!install\n$a\\\ndemo stream tcp nowait root /usr/sbin/demod demod\n/^demo[ 	]/d\n!remove\n/^demo[ 	]/d\n' \
		'e:renamenew etc/demo.conf <port=1\n' "i i.renamenew <$RENAMENEW" \
		"i i.manifest <$MANIFEST" "i r.manifest <$R_MANIFEST" \
		'i preinstall <
grep "^demo:" $PKG_INSTALL_ROOT/etc/group >/dev/null || /usr/sbin/groupadd -R $PKG_INSTALL_ROOT -g 95 demo || exit 1
grep "^demo:" $PKG_INSTALL_ROOT/etc/passwd >/dev/null || /usr/sbin/useradd -R $PKG_INSTALL_ROOT -u 95 -g demo -d / -s /bin/false demo || exit 1
exit 0\n' \
		'i postinstall <
C=$PKG_INSTALL_ROOT/var/spool/cron/crontabs/root
if grep demod $C >/dev/null; then :; else
	nawk "{ print } END { print \\"0 4 * * * /usr/sbin/demod -r\\" }" $C >/tmp/c.$$ && cp /tmp/c.$$ $C
fi
/usr/sbin/svcadm enable svc:/site/demo:default
[ `pkgparam $PKGINST VERSION` = '"$1"' ] || exit 1
exit 0\n' \
		'i postremove <
C=$PKG_INSTALL_ROOT/var/spool/cron/crontabs/root
grep -v demod $C >/tmp/c.$$; cp /tmp/c.$$ $C; rm /tmp/c.$$
/usr/sbin/userdel -R $PKG_INSTALL_ROOT demo; /usr/sbin/groupdel -R $PKG_INSTALL_ROOT demo
rm -f $PKG_INSTALL_ROOT/var/svc/profile/upgrade
exit 0\n' -- 'CLASSES=none sed renamenew manifest'
}

@test "a service: i.manifest, sed, renamenew, accounts, crontab, rc links; pkgrm leaves nothing" {
	local before
	before=$(tree_list "$ROOT")
	service 1.0
	service 2.0
	run -0 add SUNWdemos-1.0
	[[ $output == *'new service svc:/site/demo:default'* ]]
	grep -q '^<!-- SUNWdemos 1.0 -->' "$ROOT/var/svc/manifest/site/demo.xml"
	[ "$(tail -1 "$ROOT/etc/inetd.conf")" = 'demo stream tcp nowait root /usr/sbin/demod demod' ]
	grep -qx 'demo:x:95:95::/:/bin/false' "$ROOT/etc/passwd"
	[ "$(grep -c demod "$ROOT/var/spool/cron/crontabs/root")" = 1 ]
	[ "$ROOT/etc/init.d/demo" -ef "$ROOT/etc/rc2.d/S99demo" ]
	echo port=2 >"$ROOT/etc/demo.conf"
	run -0 add SUNWdemos-2.0
	grep -q '^<!-- SUNWdemos 2.0 -->' "$ROOT/var/svc/manifest/site/demo.xml"
	[ "$(cat "$ROOT/etc/demo.conf" "$ROOT/etc/demo.conf.new")" = "$(printf 'port=2\nport=1')" ]
	[ "$(grep -c demod "$ROOT/etc/inetd.conf")" = 1 ]
	[ "$(grep -c demod "$ROOT/var/spool/cron/crontabs/root")" = 1 ]
	pkgchk -n -R "$ROOT" -a SUNWdemos
	echo '# of the site' >>"$ROOT/etc/inetd.conf"
	rm "$ROOT/etc/demo.conf.new"
	run -0 remove SUNWdemos
	sed -i '/of the site/d' "$ROOT/etc/inetd.conf"
	diff <(echo "$before") <(tree_list "$ROOT")
}
