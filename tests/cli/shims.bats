#!/usr/bin/env bats
# What scripts of real packages call and Linux lacks or names otherwise: commpkg-shims(7).

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT/etc" "$ROOT/tmp"
	printf 'root:x:0:0::/:/bin/sh\ndaemon:x:1:1::/:\n' >"$ROOT/etc/passwd"
	printf 'root::0:\nbin::2:root,daemon\n' >"$ROOT/etc/group"
}

# script LINE...: a package whose postinstall they are; what they say is in ./said.
script()
{
	mkpkg shim 1.0 'f opt/shim' "i postinstall <exec >\$PKG_INSTALL_ROOT/tmp/said 2>&1
R=\$PKG_INSTALL_ROOT
$(printf '%s\n' "$@")
exit 0\n"
	commpkg -y -R "$ROOT" install ./shim-1.0.pkg || { cat "$COMMPKG_LOGDIR"/*; return 1; }
	cp "$ROOT/tmp/said" said
	cat said
}

# No other file systems below the host's /usr, else names are found by the PATH only.
needs_layers()
{
	! grep -q ' /usr/' /proc/self/mountinfo || skip "something is mounted below /usr"
}

@test "by name: nawk, ksh, isainfo, mach, zonename, uname, pkgname" {
	script 'nawk "BEGIN { print 1 + 1 }"' 'ksh -c "echo ksh"' 'isainfo -k; isainfo -b; mach' 'zonename' \
		'uname -p; uname -i; uname -X | head -1; uname -s; uname -S x || echo refused' \
		'pkgname SUNWfoo && echo ok; pkgname 9bad || echo bad' 'catman -w; echo $?' 'crle -u || echo $?'
	[ "$(sed -n 1,2p said)" = "$(printf '2\nksh')" ]
	grep -qx global said
	case $(uname -m) in
	x86_64) [ "$(sed -n 3,5p said)" = "$(printf 'amd64\n64\ni386')" ] && grep -qx i86pc said ;;
	esac
	grep -q '^System = Linux' said && grep -qx Linux said && grep -qx refused said
	grep -qx ok said && grep -qx bad said
	grep -q "^crle: the runtime linker's configuration" said
}

@test "at their places: /usr/xpg4/bin, /usr/ucb, /usr/sadm, /sbin/sh, /usr/bin/nawk" {
	needs_layers
	script 'echo a | /usr/xpg4/bin/grep a' '/usr/xpg4/bin/id -u' '/usr/ucb/whoami' '/sbin/sh -c "echo sh"' \
		'/usr/bin/nawk "BEGIN { print 3 }"' 'ls /usr/sadm/install/scripts | head -1' '/usr/bin/zonename' \
		'/usr/sbin/installf 2>&1 | head -1' '. /lib/svc/share/smf_include.sh; smf_present || echo none; echo $SMF_EXIT_OK'
	[ "$(cat said)" = "$(printf '%s\n' a 0 root sh 3 i.awk global usage: none 0)" ]
}

@test "useradd, groupadd, usermod, userdel, groupdel: the root's own tables only" {
	local before
	before=$(cat /etc/passwd /etc/group | cksum)
	script 'groupadd -g 90 demo; echo $?' 'groupadd demo; echo $?' 'groupadd -g 90 other; echo $?' \
		'useradd -R $R -u 91 -g demo -G bin -c "A demo" -d /opt/demo -s /bin/false demo; echo $?' \
		'useradd demo; echo $?' 'useradd -g nogroup x; echo $?' 'useradd "a:b"; echo $?' \
		'usermod -s /bin/sh demo; grep ^demo: $R/etc/passwd; grep ^bin: $R/etc/group' \
		'/usr/sbin/useradd -o -u 0 auto; tail -1 $R/etc/passwd' 'userdel auto' \
		'userdel demo; groupdel demo; echo $?; userdel demo; echo $?'
	[ "$(grep -x '[0-9]*' said | tr '\n' ' ')" = '0 9 4 0 9 6 3 0 6 ' ]
	grep -qx 'demo:x:91:90:A demo:/opt/demo:/bin/sh' said
	grep -qx 'bin::2:root,daemon,demo' said
	grep -qx 'auto:x:0:1::/home/auto:/bin/sh' said
	[ "$(cat "$ROOT/etc/passwd")" = "$(printf 'root:x:0:0::/:/bin/sh\ndaemon:x:1:1::/:')" ]
	[ "$(cat "$ROOT/etc/group")" = "$(printf 'root::0:\nbin::2:root,daemon')" ]
	[ "$(cat /etc/passwd /etc/group | cksum)" = "$before" ]
}

@test "add_drv, update_drv, rem_drv: the tables of the root" {
	printf 'cn 0\nsd 32\n' >"$ROOT/etc/name_to_major"
	script "add_drv -b \$R -m '* 0666 root sys' -i '\"pci1,2\" \"pci3,4\"' -c scsi demo; echo \$?" \
		"add_drv demo; echo \$?" "update_drv -a -i '\"pci5,6\"' demo; update_drv -d -m '* 0666 root sys' demo" \
		'cat $R/etc/name_to_major $R/etc/driver_aliases $R/etc/minor_perm $R/etc/driver_classes' \
		'rem_drv demo; echo $?; rem_drv demo; echo $?' 'devfsadm; /usr/sbin/drvconfig -r $R'
	[ "$(head -12 said)" = "$(printf '%s\n' 0 'Driver (demo) is already installed.' 1 'cn 0' 'sd 32' 'demo 33' \
		'demo "pci1,2"' 'demo "pci3,4"' 'demo "pci5,6"' 'demo	scsi' 0 'rem_drv: driver (demo) not installed.')" ]
	[ "$(cat "$ROOT/etc/name_to_major")" = "$(printf 'cn 0\nsd 32')" ]
	[ ! -s "$ROOT/etc/driver_aliases" ]
	[ -e "$ROOT/reconfigure" ]
}

@test "svccfg, svcadm, svcs, svcprop: what waits for the root's own system, and what can't be" {
	mkdir -p "$ROOT/var/svc/profile"
	cat >"$ROOT/var/svc/demo.xml" <<-'X'
	<?xml version="1.0"?>
	<service_bundle type='manifest' name='demo'>
	<!-- <service name='not/this'> -->
	<service name='site/demo' type='service' version='1'>
	<create_default_instance enabled='false'/><instance name="two"
	 enabled='false'/></service></service_bundle>
	X
	script 'svccfg inventory $R/var/svc/demo.xml' 'svccfg import $R/var/svc/demo.xml && echo imported' \
		'svccfg import /nowhere || echo $?' 'svccfg -s demo setprop a=b || echo $?' 'svccfg delete demo || echo $?' \
		'svcadm enable -r site/demo && echo enabled; svcadm restart x && echo restarted; svcadm milestone all || echo no' \
		'svcs demo || echo $?; svcs && echo none' 'svcprop demo || echo $?' 'inetadm || echo $?'
	[ "$(head -3 said)" = "$(printf 'svc:/site/demo\nsvc:/site/demo:default\nsvc:/site/demo:two')" ]
	grep -qx imported said && grep -qx enabled said && grep -qx restarted said && grep -qx no said
	[ "$(grep -cx 1 said)" = 6 ]
	grep -q "^svccfg: delete: the service repository of an alternate root can't be changed" said
	[ "$(cat "$ROOT/var/svc/profile/upgrade")" = 'svcadm enable -r site/demo' ]
}

@test "pkgcond, bootadm, logger, modload, prtconf" {
	script 'pkgcond is_alternative_root && echo alt; pkgcond -n is_global_zone && echo notglobal; pkgcond can_add_driver $R && echo drv' \
		'pkgcond is_what | head -1; pkgcond nonsense || echo $?; pkgcond is_path_writable $R && echo w' \
		'bootadm update-archive -R $R && echo boot; bootadm set-menu x || echo $?' 'logger -p daemon.notice -t x hello; echo piped | logger' \
		'modload x || echo $?' 'prtconf || echo $?'
	[ "$(grep -v : said | tr '\n' ' ')" = 'alt notglobal drv is_alternative_root 2 w boot 1 hello piped 1 1 ' ]
}

# asks TOOL-AND-OPTIONS ANSWER...: what it takes, and its status, or all it says with `said`
asks() {
	local tool=$1
	shift
	printf '%s\n' "$@" | (PATH=$TOP/tools/shims/under/usr/bin:$PATH PKG_INSTALL_ROOT=$ROOT; export PATH PKG_INSTALL_ROOT
		eval "$tool" 2>said; echo "$?")
}

@test "questions: ckyorn, ckstr, ckint, ckrange, ckpath, ckitem, ckkeywd, ckuid, ckgid, ckdate, cktime, puttext" {
	[ "$(asks "ckyorn -p 'Go on?'" maybe Y | xargs)" = "Y 0" ]
	[ "$(sed -n 1p said)" = "Go on? [y,n,?,q] ERROR: Enter y or yes if your answer is yes; n or no if your answer is no." ]
	[ "$(asks 'ckyorn -d n' '' | xargs)" = "n 0" ]
	[[ $(cat said) == "Yes or No (default: n) [y,n,?,q] " ]]
	[ "$(asks ckyorn q | xargs)" = "q 3" ]
	[ "$(asks 'ckyorn -Q' q yes | xargs)" = "yes 0" ]
	[ "$(asks "ckyorn -h 'Say something. ~' -e 'No: ~'" '?' x n | xargs)" = "n 0" ]
	[[ $(cat said) == *"Say something. Enter y or yes"*"ERROR: No: Enter y"* ]]
	[ "$(asks ckint '' | xargs)" = 1 ]
	[ "$(asks 'ckint -b 8' 9 017 | xargs)" = "15 0" ]
	[ "$(asks ckint 4x -007 | xargs)" = "-7 0" ]
	[ "$(asks 'ckrange -l 1 -u 5' 0 6 5 | xargs)" = "5 0" ]
	[ "$(asks 'ckrange -l 5 -u 1' | xargs)" = 2 ]
	[ "$(asks "ckstr -r '^ab' -r '^[*]' -l 4" b abcde '*' | tr '\n' ' ')" = "* 0 " ]
	[ "$(asks 'ckpath -a' rel /abs | xargs)" = "/abs 0" ]
	[ "$(asks 'ckpath -y -o' "$ROOT/none" "$ROOT/etc/passwd" "$ROOT/etc" | xargs)" = "$ROOT/etc 0" ]
	[ "$(asks 'ckitem -l Colours: red green blue' 7 2 | xargs)" = "green 0" ]
	[[ $(cat said) == *"Colours:"*"1  red"*"Enter selection [?,q] "* ]]
	[ "$(asks 'ckitem red green' 0 00 007 2 | xargs)" = "green 0" ]
	[ "$(grep -o 'ERROR: Enter' said | wc -l)" -eq 3 ]
	run ! grep sed said
	[ "$(asks 'ckpath -y' "$ROOT/etc/passwd" "$ROOT/none" | xargs)" = "$ROOT/none 0" ] # as SVR4 does, without -o
	[ "$(asks 'ckitem -m 2 -i all red green' '1 all' | xargs)" = "red all 0" ]
	[ "$(asks 'ckkeywd start stop' st sto | xargs)" = "stop 0" ]
	[ "$(asks ckuid nobody daemon | xargs)" = "daemon 0" ]
	[ "$(asks ckgid '.*' bin | xargs)" = "bin 0" ]
	[ "$(asks ckdate 13/01/99 02/28/99 | xargs)" = "02/28/99 0" ]
	[ "$(asks "ckdate -f '%d.%b %Y'" '1.x 99' '1.May 1999' | xargs)" = "1.May 1999 0" ]
	[ "$(asks "ckdate -f %j" 5 | xargs)" = 4 ]
	[ "$(asks cktime 24:00 23:59 | xargs)" = "23:59 0" ]
	[ "$(asks 'ckyorn -Z' y | xargs)" = 2 ]
	[ "$(asks "puttext -l 2 -r 12 'some words here'" | head -2 | tr '\n' '|')" = "  some |  words here|" ]
}

@test "a request script with the questions of SVR4's systems" {
	printf '%s\n' mail= instance=overwrite basedir=default >admin
	printf '%s=nocheck\n' partial runlevel idepend rdepend space setuid conflict action >>admin
	mkpkg asking 1.0 'f a' 'i request <ans=`ckyorn -d y -p "All of it?" -h "If not, some."` || exit $?\nport=`ckrange -l 1 -u 65535 -p "Port"` || exit $?\necho "ALL=$ans\\nPORT=$port" >$1\n'
	printf '%s\n' '' 99999 143 >answers
	run -0 pkgadd -a "$PWD/admin" -R "$ROOT" -d "$PWD/asking-1.0.pkg" asking <answers
	[[ $output == *"All of it? (default: y) [y,n,?,q] "*"Port [?,q] ERROR: Enter an integer in base 10 from 1 to 65535."* ]]
	[ "$(pkgparam -R "$ROOT" asking ALL PORT | xargs)" = "y 143" ]
	echo q | run -3 pkgask -r "$PWD/resp" -d "$PWD/asking-1.0.pkg" -R "$ROOT" asking
}

@test "the manual has every shim" {
	local f
	for f in $(cd "$TOP/tools/shims" && find . \( -type f -o -type l \) ! -path '*/usr/xpg*' ! -path '*/usr/ucb/*' ! -path '*/usr/ccs/*' -printf '%f\n'); do
		grep -qw -- "$f" "$TOP/man/commpkg-shims.7" || { echo "$f is not in commpkg-shims(7)"; return 1; }
	done
}
