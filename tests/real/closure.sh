#!/bin/sh
# Real payloads: the closure of some Debian packages becomes a distribution, goes into a root in one
# transaction, runs, and goes again. Not part of `make check`: it needs the network, apt and some
# hundreds of megabytes. Root rights are used for chroot; without them programs are not run.
#
#	tests/real/closure.sh [-k] [-w DIRECTORY] [PACKAGE...]
#
# -k keeps the working directory, -w names it (what was downloaded there is used again). Without
# PACKAGEs a set of more than 150.
set -eu
cd "$(dirname "$0")/../.."
bin=${O:-$PWD/build}/bin
keep='' work=''
while getopts kw: c; do
	case $c in
	k) keep=1 ;;
	w) work=$OPTARG keep=1 ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- bash base-passwd coreutils dash nginx-full python3 python3-setuptools git perl vim openssh-server \
	openssh-client rsync sudo gnupg curl apache2 postfix sqlite3 tmux less man-db gcc make
work=${work:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
[ -n "$keep" ] || trap 'rm -rf "$work"' EXIT
say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# ---- the packages: an empty status, so that this machine has no part in it
say "download the closure of: $*"
mkdir -p "$work/archives/partial"
: >"$work/status"
apt-get -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/archives" \
	-o Debug::NoLocking=1 -o APT::Install-Recommends=0 -o APT::Sandbox::User=root \
	-qq -y --download-only install "$@" >"$work/apt.out" 2>&1 || {
	tail -n 20 "$work/apt.out"
	fail apt-get
}
ndebs=$(find "$work/archives" -name '*.deb' | wc -l)
echo "$ndebs packages, $(du -sh "$work/archives" | cut -f 1)"

say "deb2pkg"
rm -rf "$work/dist" "$work/root"
mkdir "$work/dist" "$work/root"
"$bin/deb2pkg" -z --skip-unsayable -o "$work/dist" "$work"/archives/*.deb \
	>"$work/made" 2>"$work/notes" || {
	grep -v 'left out' "$work/notes"
	fail deb2pkg
}
[ "$(wc -l <"$work/made")" -eq "$ndebs" ] || fail "not every package was made"
echo "$(grep -c "left out '" "$work/notes" || :) files left out, $(du -sh "$work/dist" | cut -f 1)"

# ---- in
export COMMPKG_STATE="$work/state" COMMPKG_LOGDIR="$work/log"
root=$work/root
names=$(sed 's|.*/||; s|[.]pkg$||' "$work/made")

# Owners are looked up in the root's own files, which a postinst of Debian would have made.
mkdir "$root/etc"
base=$(find "$work/archives" -name 'base-passwd_*.deb')
for f in passwd group; do
	dpkg-deb --fsys-tarfile "$base" | tar -xOf - "./usr/share/base-passwd/$f.master" >"$root/etc/$f"
done

say "install all in one transaction"
# shellcheck disable=SC2086	# names have no blanks
"$bin/commpkg" install -y -q -R "$root" -d "$work/dist" $names || fail install
[ "$("$bin/commpkg" history -R "$root" -q | grep -c '^ *[0-9]')" -le 1 ] || fail "more than one transaction"
say "verify"
"$bin/commpkg" verify -R "$root" || fail "verify finds differences"

# Every file of every .deb is there with its contents (what was left out apart).
say "compare with dpkg-deb"
python3 - "$work" <<'PY' || fail "contents differ"
import hashlib, os, subprocess, sys, tarfile, glob
work = sys.argv[1]
skipped = set()
for line in open(work + "/notes", encoding="utf-8", errors="surrogateescape"):
    if ": left out '" in line:
        skipped.add(line.split(": left out '", 1)[1].rsplit("': ", 1)[0])
bad = n = 0
for deb in sorted(glob.glob(work + "/archives/*.deb")):
    p = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=p.stdout, mode="r|", errors="surrogateescape") as t:
        for m in t:
            path = os.path.normpath(m.name)
            real = os.path.join(work, "root", path)
            if path == "." or path in skipped:
                continue
            n += 1
            if not os.path.lexists(real):
                why = "missing"
            elif m.isfile() and os.path.getsize(real) != m.size:
                why = "size"
            elif m.isfile() and hashlib.sha256(t.extractfile(m).read()).digest() != \
                    hashlib.sha256(open(real, "rb").read()).digest():
                why = "contents"
            elif m.issym() and os.readlink(real) != m.linkname:
                why = "target"
            elif m.islnk() and os.stat(real).st_ino != \
                    os.stat(os.path.join(work, "root", os.path.normpath(m.linkname))).st_ino:
                why = "not linked"
            elif not m.issym() and os.getuid() == 0 and \
                    os.lstat(real).st_mode & 0o7777 != m.mode & 0o7777:
                why = "mode %o, not %o" % (os.lstat(real).st_mode & 0o7777, m.mode)
            else:
                continue
            bad += 1
            if bad <= 20:
                print(os.path.basename(deb), path, why)
    p.wait()
print("%d entries compared, %d differ" % (n, bad))
sys.exit(bad > 0)
PY

# ---- does it run
run()
{
	printf '%-40s ' "$*"
	chroot "$root" /usr/bin/env -i PYTHONDONTWRITEBYTECODE=1 \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ "$@" \
		>"$work/run.out" 2>&1 </dev/null || {
		tail -n 5 "$work/run.out"
		fail "$*"
	}
	head -n 1 "$work/run.out"
}
if [ "$(id -u)" -eq 0 ] && [ -x "$root/usr/sbin/nginx" ]; then
	say "run"
	mknod "$root/dev/null" c 1 3 # which no package has
	run bash -c 'echo bash $BASH_VERSION'
	run ls /
	run nginx -v
	run python3 -c 'import ssl, sqlite3, json; print("python", ssl.OPENSSL_VERSION)'
	run perl -MPOSIX -e 'print "perl $]\n"'
	run git --version
	run vim.basic --version
	run ssh -V
	run sqlite3 :memory: 'select sqlite_version()'
	run curl --version
	run gcc --version
	rm "$root/dev/null"
fi

# ---- out
say "why not"
"$bin/commpkg" uninstall -y -R "$root" libc6 >"$work/why" 2>&1 && fail "libc6 went"
head -n 6 "$work/why"

say "uninstall all"
"$bin/commpkg" uninstall -y -q -R "$root" --all || fail uninstall
left=$(cd "$root" && find . -mindepth 1 ! -path './var/lib/commpkg*' ! -path './var/sadm*' \
	! -path ./var ! -path ./var/lib ! -path ./etc ! -path ./etc/passwd ! -path ./etc/group)
[ -z "$left" ] || {
	echo "$left" | head -n 20
	fail "something was left behind"
}
say "undo brings it back"
"$bin/commpkg" undo -y -q -R "$root" || fail undo
"$bin/commpkg" verify -R "$root" || fail "verify finds differences after undo"
say "done: $ndebs packages"
