#!/usr/bin/env bats
# Class action scripts: those every SVR4 system has, and the contract of those a package brings.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT/etc"
}

# add PKG-VERSION: as pkgadd does it, without questions.
add()
{
	printf 'mail=\ninstance=overwrite\npartial=nocheck\nrunlevel=nocheck\nidepend=nocheck\nrdepend=nocheck\nspace=nocheck\nsetuid=nocheck\nconflict=nocheck\naction=nocheck\nbasedir=default\n' >admin
	pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/$1.pkg" all
}

remove()
{
	pkgrm -n -a "$PWD/admin" -R "$ROOT" "$1"
}

SED='# how to edit it\n!install\n/^key=/d\n$a\\\nkey=added\n!remove\n/^key=/d\n'
AWK='!install\n{ print }\nEND { print "awk added" }\n!remove\n/awk added/ { next }\n{ print }\n'

@test "what a class action script made has the owner and mode of the package, and verifies" {
	mkpkg made 1.0 'd opt' 'v:build opt/tab 0600 daemon sys <[ "$1" = install ] && echo built\nexit 0\n' \
		-- 'CLASSES=none build'
	commpkg -y -R "$ROOT" install ./made-1.0.pkg
	[ "$(stat -c %a "$ROOT/opt/tab")" = 600 ]
	[ "$(cat "$ROOT/opt/tab")" = built ]
	run -0 commpkg verify -R "$ROOT"
	[[ $output == *"0 damaged, 0 edited"* ]]
	# and is seen when it changes
	echo more >>"$ROOT/opt/tab"
	chmod 0666 "$ROOT/opt/tab"
	run -5 commpkg verify -R "$ROOT"
	[[ $output == *"mode 0666, should be 0600"* ]]
	[[ $output == *"changed since i.build of made made it"* ]]
}

@test "sed and awk edit what is there, and take their edits back" {
	printf 'one\nkey=old\nthree\n' >"$ROOT/etc/s"
	printf 'first\n' >"$ROOT/etc/a"
	mkpkg edits 1.0 "e:sed etc/s <$SED" "e:awk etc/a <$AWK" -- 'CLASSES=sed none awk'
	run -0 add edits-1.0
	[[ $output == *"Modifying $ROOT/etc/s"* ]]
	[ "$(cat "$ROOT/etc/s")" = "$(printf 'one\nthree\nkey=added')" ]
	[ "$(cat "$ROOT/etc/a")" = "$(printf 'first\nawk added')" ]
	grep -q '^!install' "$ROOT/var/sadm/pkg/edits/save/sed/etc/s"
	# size and sum of the database are those of the package, as SVR4 has it
	run -1 pkgchk -R "$ROOT" edits
	pkgchk -n -R "$ROOT" edits
	echo 'of the site' >>"$ROOT/etc/s"
	run -0 remove edits
	[ "$(cat "$ROOT/etc/s")" = "$(printf 'one\nthree\nof the site')" ]
	[ "$(cat "$ROOT/etc/a")" = first ]
	[ ! -e "$ROOT/var/sadm/pkg/edits" ]
}

@test "of several that go at once, each takes its own edits out of a shared file" {
	local p
	mkdir -p "$ROOT/etc"
	printf 'before\nlast\n' >"$ROOT/etc/s"
	for p in one two; do
		mkpkg "edits$p" 1.0 "e:sed etc/s <!install\n/^last/i\\\\\n$p line\n!remove\n/^$p line/d\n" \
			-- 'CLASSES=none sed'
		commpkg install -qy -R "$ROOT" "./edits$p-1.0.pkg"
	done
	[ "$(tr '\n' , <"$ROOT/etc/s")" = 'before,one line,two line,last,' ]
	commpkg uninstall -qy -R "$ROOT" editsone editstwo
	[ "$(tr '\n' , <"$ROOT/etc/s")" = 'before,last,' ]
}

@test "sed without anything to edit fails, and nothing is changed" {
	mkpkg edits 1.0 "e:sed etc/s <$SED" 'f opt/x' -- 'CLASSES=none sed'
	run add edits-1.0
	[[ $output == *"there is no $ROOT/etc/s to edit"* ]]
	[ ! -e "$ROOT/etc/s" ]
}

@test "build: what the program prints; at removal what it leaves" {
	mkpkg built 1.0 'd etc' 'e:build etc/b <case $1 in install) echo made;; esac\n' \
		'e:build etc/c <case $1 in install) echo made; echo site;; remove) echo site;; esac\n' \
		-- 'CLASSES=none build'
	run -0 add built-1.0
	[ "$(cat "$ROOT/etc/b")" = made ]
	run -0 remove built
	[ ! -e "$ROOT/etc/b" ]
	[ "$(cat "$ROOT/etc/c")" = site ]
}

@test "preserve and renamenew leave what is there; renameold keeps it as .old" {
	local f
	for f in p n o same; do
		echo mine >"$ROOT/etc/$f"
	done
	mkpkg keep 1.0 'e:preserve etc/p' 'e:preserve etc/p2' 'e:renamenew etc/n' \
		'e:renamenew etc/n2' 'e:renameold etc/o' 'e:renameold etc/o2' \
		'e:renamenew etc/same <mine\n' -- 'CLASSES=none preserve renamenew renameold'
	run -0 commpkg -y -R "$ROOT" install ./keep-1.0.pkg
	[ "$(cat "$ROOT/etc/p" "$ROOT/etc/n" "$ROOT/etc/o.old")" = "$(printf 'mine\nmine\nmine')" ]
	[ "$(cat "$ROOT/etc/n.new" "$ROOT/etc/o" "$ROOT/etc/p2" "$ROOT/etc/n2" "$ROOT/etc/o2" | sort -u)" = keep ]
	[ ! -e "$ROOT/etc/same.new" ] && [ ! -e "$ROOT/etc/o2.old" ]
	commpkg -y -R "$ROOT" undo
	[ "$(cat "$ROOT"/etc/* | sort -u)" = mine ]
	[ ! -e "$ROOT/etc/o.old" ] && [ ! -e "$ROOT/etc/p2" ]
}

@test "what a site had before preserve came is kept beside when the package goes" {
	echo mine >"$ROOT/etc/p"
	mkpkg keep 1.0 'd etc' 'e:preserve etc/p' 'e:preserve etc/q' -- 'CLASSES=none preserve'
	commpkg -y -R "$ROOT" install ./keep-1.0.pkg
	commpkg -y -R "$ROOT" uninstall keep
	[ ! -e "$ROOT/etc/p" ] && [ ! -e "$ROOT/etc/q" ] && [ ! -e "$ROOT/etc/q.saved" ]
	[ "$(cat "$ROOT/etc/p.saved")" = mine ]
}

@test "what a class script made of an object is no edit of the administrator" {
	mkpkg klass 1.0 'd etc' 'e:mine etc/f' \
		'i i.mine <while read s d; do cp $s $d; echo more >>$d; done\n' -- 'CLASSES=none mine'
	commpkg -y -R "$ROOT" install ./klass-1.0.pkg
	[ "$(cat "$ROOT/etc/f")" = "$(printf 'klass\nmore')" ]
	commpkg -y -R "$ROOT" uninstall klass
	[ ! -e "$ROOT/etc" ] || [ -z "$(ls "$ROOT/etc")" ]
}

@test "rbac merges by key, and takes back what it brought and nobody changed" {
	mkdir -p "$ROOT/etc/security"
	printf '# site\nold.auth:::Old::\nsite.auth:::Site::\n' >"$ROOT/etc/security/auth_attr"
	printf 'Media:solaris:cmd:::/usr/bin/eject:euid=0\nMedia:solaris:cmd:::/usr/bin/x:euid=0\n' \
		>"$ROOT/etc/security/exec_attr"
	printf 'root::::profiles=All;site=1\n' >"$ROOT/etc/user_attr"
	mkpkg roles 1.0 'e:rbac etc/security/auth_attr <# ours\nold.auth:::New::\nnew.auth:::New::\n' \
		'e:rbac etc/security/exec_attr <Media:solaris:cmd:::/usr/bin/x:uid=0\nMedia:solaris:cmd:::/usr/bin/y:uid=0\n' \
		'e:rbac etc/user_attr <root::::profiles=All\ndemo::::type=role\n' \
		'e:rbac etc/security/prof_attr <# ours\nDemo:::A profile:\n' -- 'CLASSES=none rbac'
	run -0 add roles-1.0
	[ "$(cat "$ROOT/etc/security/auth_attr")" = "$(printf '# site\nold.auth:::New::\nsite.auth:::Site::\nnew.auth:::New::')" ]
	[ "$(cat "$ROOT/etc/security/exec_attr")" = "$(printf 'Media:solaris:cmd:::/usr/bin/eject:euid=0\nMedia:solaris:cmd:::/usr/bin/x:uid=0\nMedia:solaris:cmd:::/usr/bin/y:uid=0')" ]
	[ "$(cat "$ROOT/etc/user_attr")" = "$(printf 'root::::profiles=All;site=1\ndemo::::type=role')" ]
	run -0 remove roles
	[ "$(cat "$ROOT/etc/security/auth_attr")" = "$(printf '# site\nsite.auth:::Site::')" ]
	[ "$(cat "$ROOT/etc/user_attr")" = 'root::::profiles=All;site=1' ]
	[ ! -e "$ROOT/etc/security/prof_attr" ]
}

@test "an empty rbac table of a package empties no other" {
	echo 'site.auth:::Site::' >"$ROOT/etc/auth_attr"
	mkpkg roles 1.0 'e:rbac etc/auth_attr <' -- 'CLASSES=none rbac'
	add roles-1.0
	[ "$(cat "$ROOT/etc/auth_attr")" = 'site.auth:::Site::' ]
	remove roles
	[ "$(cat "$ROOT/etc/auth_attr")" = 'site.auth:::Site::' ]
}

@test "initd: an edited start script is kept as .old; links of before that are no more go" {
	mkpkg demo 1.0 'e:initd etc/init.d/demo <one\n' 'd:none etc/rc2.d' \
		'l:initd etc/rc2.d/S40demo=../init.d/demo' \
		'l:initd etc/rc2.d/K10demo=../init.d/demo' -- 'CLASSES=none initd'
	mkpkg demo 1.1 'e:initd etc/init.d/demo <two\n' 'd:none etc/rc2.d' \
		'l:initd etc/rc2.d/S41demo=../init.d/demo' \
		'l:initd etc/rc2.d/K10demo=../init.d/demo' -- 'CLASSES=none initd'
	add demo-1.0
	[ "$(cat "$ROOT/etc/rc2.d/S40demo")" = one ]
	pkgchk -R "$ROOT" demo
	echo 'of the site' >>"$ROOT/etc/init.d/demo"
	ln "$ROOT/etc/init.d/demo" "$ROOT/etc/rc2.d/S99mine"
	run -0 add demo-1.1
	[[ $output == *"etc/init.d/demo is replaced; what it was is"* ]]
	[ "$(cat "$ROOT/etc/init.d/demo.old")" = "$(printf 'one\nof the site')" ]
	[ "$(cat "$ROOT/etc/rc2.d/S41demo" "$ROOT/etc/rc2.d/K10demo")" = "$(printf 'two\ntwo')" ]
	[ "$ROOT/etc/rc2.d/K10demo" -ef "$ROOT/etc/init.d/demo" ]
	[ ! -e "$ROOT/etc/rc2.d/S40demo" ]
	[ -e "$ROOT/etc/rc2.d/S99mine" ]
	run -1 grep S40demo "$ROOT/var/sadm/install/contents"
	pkgchk -R "$ROOT" demo
	add demo-1.1 # nobody has changed it since
	[ "$(ls "$ROOT/etc/init.d" | xargs)" = "demo demo.old" ]
	remove demo
	[ "$(find "$ROOT/etc" -name '*demo*')" = "$ROOT/etc/init.d/demo.old" ]
}

@test "cronroot: jobs come and go, those of the site stay as they are" {
	mkdir -p "$ROOT/var/spool/cron/crontabs"
	cron=$ROOT/var/spool/cron/crontabs/root
	printf '%s\n' '#ident "@(#)root 1.1"' '5 5 * * * /site/job' '#9 9 * * * /usr/sbin/logadm' \
		'1 1 * * * [ -x /usr/lib/moved ] && /usr/lib/moved -v' '' >"$cron"
	mkpkg jobs 1.0 'e:cronroot var/spool/cron/crontabs/root <#ident "@(#)root 1.2"\n#\n10 3 * * * /usr/sbin/logadm\n2 2 * * * [ -x /usr/lib/moved ] && /usr/lib/moved\n30 3 * * * [ -x /usr/lib/gss ] && /usr/lib/gss >/dev/null 2>&1\n' -- 'CLASSES=none cronroot'
	add jobs-1.0
	diff "$cron" - <<-'EOF'
	#ident "@(#)root 1.2"
	5 5 * * * /site/job
	#9 9 * * * /usr/sbin/logadm
	1 1 * * * [ -x /usr/lib/moved ] && /usr/lib/moved -v
	30 3 * * * [ -x /usr/lib/gss ] && /usr/lib/gss >/dev/null 2>&1
	EOF
	add jobs-1.0 # the same again brings nothing twice
	[ "$(grep -c gss "$cron")" -eq 1 ]
	remove jobs
	diff "$cron" - <<-'EOF'
	#ident "@(#)root 1.2"
	5 5 * * * /site/job
	#9 9 * * * /usr/sbin/logadm
	1 1 * * * [ -x /usr/lib/moved ] && /usr/lib/moved -v
	EOF
	rm "$cron"
	add jobs-1.0
	[ "$(wc -l <"$cron")" -eq 5 ]
	remove jobs
	[ ! -e "$cron" ]
}

@test "manifest puts manifests in place and takes them away" {
	mkpkg svc 1.0 'd var' 'd var/svc' 'f:manifest var/svc/demo.xml <<service/>\n' \
		-- 'CLASSES=none manifest'
	add svc-1.0
	[ "$(cat "$ROOT/var/svc/demo.xml")" = '<service/>' ]
	pkgchk -R "$ROOT" svc
	remove svc
	[ ! -e "$ROOT/var/svc" ]
}

@test "a script of the package goes before ours; a class nobody has a script for is like none" {
	mkpkg own 1.0 'e:sed etc/s <plain\n' 'e:nobody etc/n <plain\n' \
		'i i.sed <while read s d; do cp $s $d; done\n' 'i r.sed <while read d; do rm $d; done\n' \
		-- 'CLASSES=none sed nobody'
	add own-1.0
	[ "$(cat "$ROOT/etc/s" "$ROOT/etc/n")" = "$(printf 'plain\nplain')" ]
	remove own
	[ ! -e "$ROOT/etc/s" ] && [ ! -e "$ROOT/etc/n" ]
}

# ---- the contract

# What a class script saw, one line a call.
SAW='echo "$0 <$*> $(pwd) $(cat | tr "\\n" "|")" | sed "s,[^ ]*/\\([ir]\\.\\),\\1," >>$PKG_INSTALL_ROOT/saw\n'

@test "one call for each part and class, ENDOFCLASS at the last, in the package's directory" {
	local d=$ROOT/var/sadm/pkg/parts/install
	mkpkg parts 1.0 'f:a opt/1' 'f:a opt/2' 'd:b opt/d' 'f:c opt/3' \
		"i i.a <$SAW" "i i.b <$SAW" "i i.c <$SAW" 'i postinstall <pwd >$PKG_INSTALL_ROOT/post\n' \
		-- 'CLASSES=c a none b unused'
	sed -i 's,^f a opt/2,2 &,' src/parts-1.0/prototype
	pkgmk -o -d "$PWD/spool-1.0" -f src/parts-1.0/prototype -r src/parts-1.0/reloc >/dev/null 2>&1
	pkgtrans -o -s spool-1.0 "$PWD/parts-1.0.pkg" parts
	run -0 add parts-1.0
	[ "$(cat "$ROOT/saw" | sed 's,/run/commpkg/data/[^ ]*/,,g')" = "$(printf '%s\n' \
		"i.c <ENDOFCLASS> $d 3 $ROOT/opt/3|" "i.a <> $d 1 $ROOT/opt/1|" \
		"i.b <ENDOFCLASS> $d " "i.a <ENDOFCLASS> $d 2 $ROOT/opt/2|")" ]
	[ "$(cat "$ROOT/post")" = "$d" ]
}

@test "PKG_CAS_PASSRELATIVE: the package's directory, then paths as pkgmap has them" {
	mkpkg rel 1.0 'f:a opt/1' \
		'i i.a <read dir; while read p; do cp $dir/reloc/$p $PKG_INSTALL_ROOT/$p; done\n' \
		-- 'CLASSES=none a' 'PKG_CAS_PASSRELATIVE=b a'
	add rel-1.0
	[ "$(cat "$ROOT/opt/1")" = 'rel 1.0 opt/1' ]
	pkgchk -R "$ROOT" rel
}

@test "attributes and time are the package's after the script, whatever it did" {
	mkpkg attr 1.0 'f:a opt/1 0640 root root' 'f:a opt/2' \
		'i i.a <while read s d; do cat $s >$d; chmod 777 $d; done\n' -- 'CLASSES=none a'
	add attr-1.0
	pkgchk -R "$ROOT" attr
	[ "$(stat -c %a "$ROOT/opt/1")" = 640 ]
}

@test "hard links of a class come when its script is done" {
	mkpkg links 1.0 'f:a opt/1' 'l:a opt/2=1' 'l opt/3=2' \
		'i i.a <while read s d; do cp $s $d; done; ls $BASEDIR/opt/2 2>/dev/null && exit 1; exit 0\n' \
		'i postinstall <[ $BASEDIR/opt/1 -ef $BASEDIR/opt/3 ]\n' -- 'CLASSES=none a'
	add links-1.0
	[ "$ROOT/opt/1" -ef "$ROOT/opt/2" ]
	[ "$ROOT/opt/1" -ef "$ROOT/opt/3" ]
	pkgchk -R "$ROOT" links
	remove links
	[ ! -e "$ROOT/opt/1" ] && [ ! -e "$ROOT/opt/2" ] && [ ! -e "$ROOT/opt/3" ]
}

@test "an object the script did not make is told, and is marked in the database" {
	mkpkg lazy 1.0 'f:a opt/1' 'f opt/2' 'i i.a <exit 0\n' -- 'CLASSES=none a'
	run add lazy-1.0
	[[ $output == *"the script did not make '/opt/1'"* ]]
	grep -q '^/opt/1 f a .* !lazy$' "$ROOT/var/sadm/install/contents"
}

@test "removal: backwards, of every type, shared e too, classes outside CLASSES last" {
	mkpkg one 1.0 'e:a etc/shared <one\n' 'd:a opt/d' 's:a opt/d/s=x' 'f:z opt/d/z' \
		'i i.a <while read s d; do cat $s >>$d; done\n' \
		"i r.a <echo a >>\$PKG_INSTALL_ROOT/saw; while read d; do echo \$d >>\$PKG_INSTALL_ROOT/saw; case \$d in */shared) sed -i /\$PKGINST/d \$d;; *) rm -df \$d;; esac; done\n" \
		'i r.z <echo z >>$PKG_INSTALL_ROOT/saw; while read d; do rm $d; done\n' -- 'CLASSES=none a z'
	mkpkg two 1.0 'e:a etc/shared <two\n' 'i i.a <while read s d; do cat $s >>$d; done\n' -- 'CLASSES=none a'
	add one-1.0
	add two-1.0
	[ "$(cat "$ROOT/etc/shared")" = "$(printf 'one\ntwo')" ]
	run -0 remove one
	[ "$(cat "$ROOT/etc/shared")" = two ]
	[ "$(sed "s,$ROOT,," "$ROOT/saw" | tr '\n' ' ')" = 'z a /opt/d/s /opt/d /etc/shared ' ]
	[ ! -e "$ROOT/opt/d" ]
}

@test "what scripts keep in PKGSAV outlives an upgrade; information files of before do not" {
	mkpkg saves 1.0 'f opt/x' 'i postinstall <mkdir -p $PKGSAV/mine; echo kept >$PKGSAV/mine/f\n' \
		'i preremove <exit 0\n' 'i note <old\n'
	mkpkg saves 2.0 'f opt/x' 'i postinstall <grep -q kept $PKGSAV/mine/f\n'
	add saves-1.0
	[ -f "$ROOT/var/sadm/pkg/saves/install/note" ]
	run -0 add saves-2.0
	[ "$(cat "$ROOT/var/sadm/pkg/saves/save/mine/f")" = kept ]
	[ ! -e "$ROOT/var/sadm/pkg/saves/install/note" ]
	[ ! -e "$ROOT/var/sadm/pkg/saves/install/preremove" ]
	remove saves
	[ ! -e "$ROOT/var/sadm/pkg/saves" ]
}

@test "PKG_SRC_NOVERIFY: the source of a class is not compared with pkgmap" {
	mkpkg raw 1.0 'f:a opt/1 <abc\n' 'f opt/2' 'i i.a <while read s d; do cp $s $d; done\n' \
		-- 'CLASSES=none a' 'PKG_SRC_NOVERIFY=a'
	echo 'something longer' >spool-1.0/raw/reloc/opt/1
	mkdir bad && cp -r spool-1.0/raw bad/raw
	echo 'something longer' >bad/raw/reloc/opt/2
	run ! commpkg -y -R "$ROOT" install ./bad/raw
	[[ $output == *"'opt/2' has 17 bytes"* ]]
	run -0 commpkg -y -R "$ROOT" install ./spool-1.0/raw
	[ "$(cat "$ROOT/opt/1")" = 'something longer' ]
}

@test "a class script hands removef paths with the root in front, and announces links to installf" {
	script='while read src dst; do
	echo $PKG_INSTALL_ROOT/etc/rc2.d/S[0-9][0-9]`basename $dst` | xargs removef $PKGINST | xargs rm -f
	cp $src $dst
done
removef -f $PKGINST || exit 2
awk "\\$2 == \"l\" { print \"/\" \\$4, \\$2 }" $INST_DATADIR/$PKG/pkgmap | installf -c links $PKGINST - || exit 2
'
	for v in 1 2; do
		mkpkg linked "$v.0" "e:links etc/init.d/demo <$v" "l:links etc/rc2.d/S7${v}demo=../init.d/demo" \
			"i i.links <${script//$'\n'/\\n}" -- 'CLASSES=none links'
		add "linked-$v.0"
		pkgchk -R "$ROOT" linked
		[ "$(ls "$ROOT/etc/rc2.d")" = "S7${v}demo" ]
		[ "$(cat "$ROOT/etc/rc2.d/S7${v}demo")" = "$v" ]
		# no `+` of installf is left: pkgadd knows its own links
		[ "$(grep -c 'links.* linked$' "$ROOT/var/sadm/install/contents")" -eq 2 ]
	done
	remove linked
	[ -z "$(find "$ROOT/etc" -name "*demo*")" ]
}
