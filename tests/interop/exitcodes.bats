#!/usr/bin/env bats
# Every kind of script with every exit code, and runs of several packages of which one does not end
# well: what pkgadd and pkgrm return and say, and what they leave, as recorded with another
# implementation (tests/corpus/svr4/exitcodes.txt, several-packages.txt), but for what
# tests/interop/DIFFERENCES lists.
load ../cli/lib/commpkg

setup() {
	commpkg_setup
	[ "$(id -u)" -eq 0 ] || skip "needs root: owners are compared"
	CORPUS=$TOP/tests/corpus/svr4
	cp "$CORPUS/seed/admin" admin
	fresh
}

fresh() {
	rm -rf "$ROOT"
	mkdir -p "$ROOT/etc"
	cp "$CORPUS"/seed/etc/* "$ROOT/etc/"
}

# same NAME WANT GOT: two files of "KEY TEXT" lines; what differs must be in DIFFERENCES as
# "NAME/KEY -TEXT" and "NAME/KEY +TEXT", and what is there must occur.
same() {
	diff "$2" "$3" | sed -nE 's|^< ([^ ]*) (.*)|'"$1"'/\1 -\2|p; s|^> ([^ ]*) (.*)|'"$1"'/\1 +\2|p' |
		sort >found
	grep "^$1/" "$TOP/tests/interop/DIFFERENCES" | sort >listed
	diff listed found
}

# exgld KIND: the package GLDex, whose script of that kind ends with the number in /code
exgld() {
	local end='exit `cat $PKG_INSTALL_ROOT/code`'
	mkdir -p "src/$1" "spool/$1"
	printf '%s\n' PKG=GLDex NAME=ex ARCH=all VERSION=1.0 CATEGORY=application BASEDIR=/ \
		'CLASSES=none c' >"src/$1/pkginfo"
	echo f >"src/$1/f"
	touch -d @1000000000 "src/$1/f"
	case $1 in
	i.c) printf 'while read s d; do cp $s $d; done\n%s\n' "$end" ;;
	r.c) printf 'while read p; do rm -f $p; done\n%s\n' "$end" ;;
	*) echo "$end" ;;
	esac >"src/$1/$1"
	printf 'i pkginfo\ni %s\nf c f 0644 root bin\n' "$1" >"src/$1/prototype"
	pkgmk -o -d "$PWD/spool/$1" -f "src/$1/prototype" >pkgmk.out 2>&1
}

state() {
	local entry
	printf 'file=%s ' "$([ -e "$ROOT/f" ] && echo yes || echo no)"
	printf 'db=%s ' "$([ -d "$ROOT/var/sadm/pkg/GLDex" ] && echo yes || echo no)"
	printf 'ilock=%s ' "$([ -e "$ROOT/var/sadm/pkg/GLDex/!I-Lock!" ] && echo yes || echo no)"
	printf 'rlock=%s ' "$([ -e "$ROOT/var/sadm/pkg/GLDex/!R-Lock!" ] && echo yes || echo no)"
	entry=$(sed -n 's|^/f ||p' "$ROOT/var/sadm/install/contents" 2>/dev/null) || :
	if [ -n "$entry" ]; then
		echo "contents='$entry'"
	else
		echo contents=-
	fi
}

# The recording, two lines for each case: KIND-CODE.said, what was returned and said, and
# KIND-CODE.state, what is left
recorded() {
	sed -nE "s/^($1) +exit ([0-9]+) +-> +(.*) \| (.*)/\1-\2.said \3\n\1-\2.state \4/p" \
		"$CORPUS/exitcodes.txt"
}

# one TOOL KIND CODE OPERAND...
one() {
	local tool=$1 kind=$2 code=$3 status=0
	shift 3
	echo "$code" >"$ROOT/code"
	"$tool" -a "$PWD/admin" -R "$ROOT" "$@" >out 2>&1 </dev/null || status=$?
	echo "$kind-$code.said $tool exits $status $(grep -E '^(Installation|Removal) of' out)"
	echo "$kind-$code.state $(state)"
}

codes() { recorded "$1" | sed -nE 's/^[^ ]*-([0-9]+)[.]said .*/\1/p'; }

additions() {
	local kind code n=''
	for kind in "$@"; do
		exgld "$kind"
		[ "$kind" = request ] || n=-n
		for code in $(codes "$kind"); do
			fresh
			# shellcheck disable=SC2086	# nothing, or an option
			one pkgadd "$kind" "$code" $n -d "$PWD/spool/$kind" GLDex
		done
	done
}

removals() {
	local kind code
	for kind in "$@"; do
		exgld "$kind"
		fresh
		pkgadd -n -a "$PWD/admin" -R "$ROOT" -d "$PWD/spool/$kind" GLDex >out 2>&1
		rm -rf before
		cp -a "$ROOT" before
		for code in $(codes "$kind"); do
			rm -rf "$ROOT"
			cp -a before "$ROOT"
			one pkgrm "$kind" "$code" -n GLDex
		done
	done
}

# As the recording breaks its lines: words, single blanks.
compare() {
	for kind in $1; do recorded "$kind"; done | sed -E 's/ +/ /g' | sort >want
	sed -E 's/ +/ /g' got | sort >got.sorted
	same "$2" want got.sorted
}

@test "scripts before the installation" {
	additions request checkinstall >got
	compare 'request checkinstall' exitcodes-before
}

@test "scripts of the installation" {
	additions preinstall i.c postinstall >got
	compare 'preinstall i.c postinstall' exitcodes-add
}

@test "scripts of the removal" {
	removals preremove r.c postremove >got
	compare 'preremove r.c postremove' exitcodes-remove
}

# several NAME KIND: packages NAME1, NAME2 ... whose script of that kind ends with their number
several() {
	local n
	for n in 1 2 3 4 5 10 20; do
		mkpkg "$1$n" 1.0 "f payload/$1$n" "i $2 <exit $n\n"
	done
}

# The recording, a line for each line: NN-COMMAND text, without empty ones
sections() {
	awk '/^====/ { n++; key = $2; for (i = 4; i <= NF; i++) key = key "-" $i; sub(/^pkg/, "", key); next }
		n > 0 && NF > 0 { print key " " $0 }' "$CORPUS/several-packages.txt"
}

run_several() {
	local tool status=0
	tool=$1
	shift
	fresh
	if [ "$tool" = pkgrm ]; then
		pkgadd -n -a "$PWD/admin" -R "$ROOT" -d spool-1.0 "$@" >out 2>&1
	fi
	if [ "$tool" = pkgadd ]; then
		pkgadd -n -a "$PWD/admin" -R "$ROOT" -d spool-1.0 "$@" >out 2>&1 </dev/null || status=$?
		word=installed
	else
		pkgrm -n -a "$PWD/admin" -R "$ROOT" "$@" >out 2>&1 </dev/null || status=$?
		word=remaining
	fi
	{
		echo "exit $status"
		left=$(cd "$ROOT/payload" 2>/dev/null && for p in "$@"; do [ -e "$p" ] && echo "$p"; done | xargs) || :
		echo "$word payload: ${left:-(none)}"
		cat out
	} | grep . | sed "s/^/${tool#pkg}-$(echo "$@" | tr ' ' -) /"
}

@test "several packages: what is done with the others" {
	several GLDa postinstall
	several GLDr preremove
	mkpkg GLDok 1.0 'f payload/GLDok'
	while read -r line; do
		# shellcheck disable=SC2086	# words
		run_several $line
	done < <(sed -nE 's/^==== (pkg[a-z]+) -n /\1 /p' "$CORPUS/several-packages.txt") >got
	sections >want
	sed -E 's/[ \t]+/ /g' want >want.words
	sed -E 's/[ \t]+/ /g' got >got.words
	same several want.words got.words
}
