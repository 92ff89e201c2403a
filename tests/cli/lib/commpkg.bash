# For every bats file: `load lib/commpkg` (from tests/crash and tests/interop: ../cli/lib/commpkg).
#
# Each test starts in an empty directory of its own with
#
#	$ROOT			an empty alternate root
#	$COMMPKG_STATE		the host state (software list, cache), empty
#	$COMMPKG_LOGDIR		the logs
#	PATH			our programs first ($O/bin, $O is the build directory)
#
# A file that needs a setup() of its own calls commpkg_setup in it first.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
O=${O:-$TOP/build}
# A person at a terminal: "$PTY" 'y/N' $'y\n' -- commpkg install ...
export PTY=$TOP/tests/cli/lib/pty
bats_require_minimum_version 1.5.0

setup() { commpkg_setup; }

commpkg_setup()
{
	# What the terminal can do is what a test says, not what the caller has (CI: TERM=dumb).
	export PATH="$O/bin:$PATH" LC_ALL=C.UTF-8 TZ=UTC TERM=xterm HOME=$BATS_TEST_TMPDIR/home
	export ROOT=$BATS_TEST_TMPDIR/root
	export COMMPKG_STATE=$BATS_TEST_TMPDIR/state COMMPKG_LOGDIR=$BATS_TEST_TMPDIR/log
	unset COMMPKG_DISTRO NO_COLOR SOURCE_DATE_EPOCH XDG_CONFIG_HOME XDG_STATE_HOME \
		XDG_CACHE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR
	umask 022
	mkdir -p "$ROOT" "$COMMPKG_STATE" "$COMMPKG_LOGDIR" "$HOME"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# One distribution for all tests of a file, which only read it:
#
#	setup() { commpkg_setup_shared; }
#	setup_file()
#	{
#		shared_distribution || return 1
#		mkpkg ...
#		rm -rf src spool-*
#		mkcomponent ...
#	}
commpkg_setup_shared()
{
	commpkg_setup
	export COMMPKG_DISTRO=$BATS_FILE_TMPDIR/d
}

shared_distribution()
{
	mkdir -p "$BATS_FILE_TMPDIR/d"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR commpkg_setup
	cd "$BATS_FILE_TMPDIR/d" || return 1
}

# mkpkg NAME VERSION OBJECT... [-- PARAM=VALUE... DEPEND-LINE...]
#
# Makes NAME-VERSION.pkg here (a datastream; the package as a directory is spool-VERSION/NAME),
# with our own pkgmk and pkgtrans. OBJECT is the beginning of a prototype line, the class left out:
#
#	'f bin/demo'			0755 below a bin/ or sbin/, else 0644; owner root root
#	'f etc/x 0600 daemon sys'	as said
#	'e etc/demo.conf <a=1\nb=2\n'	what follows < is the text, \n and \t understood
#	'd var/x'	's a=b'	'l a=b'	'c dev/null 1 3 0666 root sys'
#	'e:sed etc/hosts <!install\n'	of a class; CLASSES is to be given then
#	'i postinstall <exit 0\n'	a script or information file
#
# Without a text a file says its own package, version and path (so a new version differs), an `e`
# its package only. A path may begin with / (then it is not relocatable). DEPEND-LINE is a line of
# depend(4): 'P OTHER Other'. An operand after -- with = before any blank is a parameter of
# pkginfo, and may replace one of ours.
mkpkg()
{
	local name=$1 version=$2 src p objects=() params=() depends=() made=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		objects+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	for p in "$@"; do
		if [[ $p =~ ^[A-Za-z_][A-Za-z0-9_]*= ]]; then
			params+=("$p")
		else
			depends+=("$p")
		fi
	done
	src=$PWD/src/$name-$version
	rm -rf "$src" "spool-$version/$name"
	mkdir -p "$src/reloc" "$src/info" "spool-$version"
	mkpkg_pkginfo "$name" "$version" "${params[@]}" >"$src/info/pkginfo"
	{
		echo "i pkginfo=$src/info/pkginfo"
		if [ ${#depends[@]} -gt 0 ]; then
			printf '%s\n' "${depends[@]}" >"$src/info/depend"
			echo "i depend=$src/info/depend"
		fi
		for p in "${objects[@]}"; do
			mkpkg_object "$name" "$version" "$src" "$p"
		done
	} >"$src/prototype"
	[ ${#made[@]} -eq 0 ] || touch -d '2024-02-29 12:00:00' "${made[@]}"
	mkpkg_run "$src/pkgmk.out" pkgmk -o -d "$PWD/spool-$version" -f "$src/prototype" -r "$src/reloc" &&
		mkpkg_run "$src/pkgtrans.out" \
			pkgtrans -o -s "$PWD/spool-$version" "$PWD/$name-$version.pkg" "$name"
}

# mkcomponent ID VERSION KIND ELEMENT...
#
# Writes ID-VERSION.xml here, the manifest of a component; KIND: product, shared, or l10n:OF.
mkcomponent()
{
	local id=$1 version=$2 kind=$3 more=
	shift 3
	case $kind in
	l10n:*)
		more=" translates=\"${kind#*:}\" languages=\"de\""
		kind=l10n
		;;
	esac
	{
		printf '<component xmlns="urn:commpkg:component:1" id="%s" version="%s" kind="%s"%s>\n' \
			"$id" "$version" "$kind" "$more"
		printf '<title>%s for a test</title>\n' "$id"
		[ $# -eq 0 ] || printf '%s\n' "$@"
		echo '</component>'
	} >"$id-$version.xml"
}

mkpkg_run()
{
	local out=$1
	shift
	"$@" >"$out" 2>&1 || {
		echo "mkpkg: $* failed:"
		cat "$out"
		return 1
	}
}

# Our parameters, unless the caller named the same.
mkpkg_pkginfo()
{
	local name=$1 version=$2 ours p
	shift 2
	for ours in PKG="$name" NAME="$name for a test" ARCH=all VERSION="$version" \
		CATEGORY=application BASEDIR=/ CLASSES=none PSTAMP=test VENDOR=test; do
		for p in "$@"; do
			[ "${p%%=*}" != "${ours%%=*}" ] || continue 2
		done
		printf '%s\n' "$ours"
	done
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

# One prototype line; the file it speaks of is made below $src, and noted in $made. Without a
# process of its own: a test makes dozens.
mkpkg_object()
{
	local name=$1 version=$2 src=$3 spec=$4 text type path rest mode=0644 class=none dir
	read -r type path rest <<<"${spec%% <*}"
	case $type in
	?:*)
		class=${type#?:}
		type=${type%%:*}
		;;
	esac
	case $spec in
	*' <'*) text=${spec#* <} ;;
	e*) text="$name\n" ;;
	*) text="$name $version $path\n" ;;
	esac
	case $type in
	i)
		printf %b "$text" >"$src/info/$path"
		echo "i $path=$src/info/$path"
		return
		;;
	s | l)
		echo "$type $class $path"
		return
		;;
	f | e | v)
		dir=$src/reloc/$path
		dir=${dir%/*}
		[ -d "$dir" ] || mkdir -p "$dir"
		printf %b "$text" >"$src/reloc/$path"
		made+=("$src/reloc/$path")
		[[ $path != *bin/* ]] || mode=0755
		;;
	d | x) mode=0755 ;;
	esac
	echo "$type $class $path ${rest:-$mode root root}"
}

# tree_list [ROOT]: what a root holds, a line for each path: type, mode, owner, group, path, and
# the digest of the content, the target, or the device numbers; hard links also by the first path
# of their inode. Without our own state (var/lib/commpkg, the SVR4 view in var/sadm), and without
# the directories var and var/lib when they hold nothing else; and without what we keep on other
# file systems (.commpkg at their tops).
tree_list()
{
	python3 -IS -c "$TREE_LIST" "${1:-$ROOT}"
}
TREE_LIST='
import hashlib, os, stat, sys
root, first, out = os.fsencode(sys.argv[1]), {}, {}
ours = (b"var/lib/commpkg", b"var/sadm")
def look(rel):
    full = os.path.join(root, rel)
    st = os.lstat(full)
    what = b""
    if stat.S_ISREG(st.st_mode):
        with open(full, "rb") as f:
            what = hashlib.sha256(f.read()).hexdigest().encode()
        if st.st_nlink > 1:
            what += b" =" + first.setdefault(st.st_ino, rel)
    elif stat.S_ISLNK(st.st_mode):
        what = b"-> " + os.readlink(full)
    elif not stat.S_ISDIR(st.st_mode):
        what = b"%d,%d" % (os.major(st.st_rdev), os.minor(st.st_rdev))
    out[rel] = b"%06o %d %d %s %s\n" % (st.st_mode, st.st_uid, st.st_gid, rel, what)
    if stat.S_ISDIR(st.st_mode):
        for name in sorted(os.listdir(full)):
            sub = os.path.join(rel, name)
            if sub not in ours and name != b".commpkg":
                look(sub)
for name in sorted(os.listdir(root)):
    if name != b".commpkg":
        look(name)
for made, for_what in ((b"var/lib", ours[:1]), (b"var", ours)):
    if made in out and not any(p.startswith(made + b"/") for p in out) and \
       any(os.path.lexists(os.path.join(root, p)) for p in for_what):
        del out[made]
sys.stdout.buffer.write(b"".join(out.values()))
'

tree_digest()
{
	tree_list "$@" | sha256sum | cut -d ' ' -f 1
}

# The root has nothing, or the empty SVR4 database that a package leaves that pkgadd refused.
nothing_installed()
{
	[ ! -e "$ROOT" ] || [ -z "$(cd "$ROOT" && find . -mindepth 1 ! -path ./var ! -path ./var/sadm \
		! -path './var/sadm/install*' ! -path ./var/sadm/pkg -o -type f -size +0)" ]
}

# must_fail_cleanly CODE COMMAND...: it ends with CODE, says why, and did not crash. What it said
# is in $output (both streams).
must_fail_cleanly()
{
	local code=$1
	shift
	run "$@"
	case $output in
	*AddressSanitizer* | *LeakSanitizer* | *'runtime error:'*)
		printf 'sanitizer report from: %s\n%s\n' "$*" "$output"
		return 1
		;;
	esac
	# shellcheck disable=SC2154	# run sets it
	if [ "$status" -ne "$code" ]; then
		printf 'exit %s instead of %s: %s\n%s\n' "$status" "$code" "$*" "$output"
		return 1
	fi
	if [ -z "$output" ]; then
		printf 'failed without a word: %s\n' "$*"
		return 1
	fi
}

# wait_for TEXT FILE: until a job in the background has printed it; a minute at most.
wait_for()
{
	local i
	for ((i = 0; i < 600; i++)); do
		! grep -qF -- "$1" "$2" 2>/dev/null || return 0
		sleep 0.1
	done
	echo "'$1' never came in $2"
	return 1
}

# in_mounts COMMANDS: as root of a mount namespace of its own.
in_mounts()
{
	if [ "$(id -u)" -eq 0 ]; then
		unshare --mount bash -euc "$1"
	else
		needs_userns
		unshare --user --map-root-user --mount bash -euc "$1"
	fi
}

needs_root()
{
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
}

needs_userns()
{
	unshare --user --map-root-user --mount true 2>/dev/null || skip 'needs user namespaces'
}
