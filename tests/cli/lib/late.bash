# Where scripts can't be staged; and a system to be the live one. After lib/commpkg.

# late COMMAND...: where nobody may make a mount namespace, so that scripts run after the commit.
# (A limit of the user namespace, which is gone with it.)
late()
{
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_mnt_namespaces; exec "$@"' sh "$@"
}

needs_late()
{
	late true 2>/dev/null || skip 'needs user namespaces'
}

# live_setup: $LIVE, a small system of links into /usr of this host.
live_setup()
{
	local d
	LIVE=$BATS_TEST_TMPDIR/live
	unshare -Urm true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip 'needs mount namespaces'
	mkdir -p "$LIVE"/{usr,dev,proc,run,tmp,etc,commpkg,packages,state,log,old}
	for d in bin sbin lib lib32 lib64 libx32; do
		[ ! -L "/$d" ] || ln -s "usr/$d" "$LIVE/$d"
	done
	[ -L /bin ] || skip '/bin is a directory of its own here'
	for d in null zero full random urandom; do
		touch "$LIVE/dev/$d"
	done
	echo root >"$LIVE/etc/users"
}

# live COMMAND...: with $LIVE as `/`, in a mount namespace that ends with it; as root, if we are,
# else as root of a user namespace. The host is bound read-only, and gone from sight.
live()
{
	local how=-Urm
	[ "$(id -u)" -ne 0 ] || how=-m
	[ -z "${LIVE_USER:-}" ] || how=-Urm
	BIN=$O/bin unshare $how --propagation private sh -c "$LIVE_IN" sh "$LIVE" "$@"
}
LIVE_IN='set -e
cd "$1"
shift
mount --bind . .
cd "$PWD"
mount --rbind /usr usr
mount -o remount,bind,ro usr
mount --rbind /proc proc
for d in null zero full random urandom; do mount --bind /dev/$d dev/$d; done
mount -t tmpfs none run
mount --bind "$BIN" commpkg
mount -o remount,bind,ro commpkg
pivot_root . old
cd /
umount -l old
exec env PATH=/commpkg:/usr/bin:/usr/sbin COMMPKG_STATE=/state COMMPKG_LOGDIR=/log "$@"'
