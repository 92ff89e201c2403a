/*
 * The root as the script is to see it.
 *
 *	M1	read-only	lower ROOT, upper new/
 *	M2			lower M1, upper fx/
 *
 * One overlay with lowerdir=new:ROOT would do, but the kernel refuses layers that lie below
 * one another ("overlapping lowerdir path"); an upper layer below the lower one is allowed.
 * M1 is mounted onto ROOT only because older kernels take no layer that is mounted nowhere.
 *
 * Of a ROOT that is an overlay itself two more are one too many, and it can't be an upper layer.
 * There new/ is copied into memory, and beside ROOT a lower layer:
 *
 *	M2			lower MEMORY/0/new and ROOT, upper MEMORY/0/fx
 *
 * Of the live root M2 becomes `/`, and what is mounted on the host is mounted on it again.
 *
 * With CAP_SYS_ADMIN of the host the kernel marks its layers in trusted.overlay.*, in a user
 * namespace (also one that we were started in) in user.overlay.* (`userxattr`, Linux 5.11).
 * In both cases nothing in a layer that came from a package may lead elsewhere:
 * redirect_dir=nofollow, which `userxattr` implies and does not let us say.
 */
#include "cage_internal.h"

#include <errno.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "volumes.h"

/* A directory that every host has: where the outcome of the live root is for a moment,
 * before it becomes `/`. */
#define LIVE_PLACE "/tmp"
#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* A path that an overlay is told: a descriptor, because a name may hold its separators. */
struct fd_path {
	char s[32];
};

static struct fd_path fd_path(int fd)
{
	struct fd_path p;

	(void)snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

int cage_find(const struct cage_spot *s)
{
	int fd = open(s->path, DIR_FLAGS);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_dev != s->dev || st.st_ino != s->ino) {
		(void)close(fd); /* a directory */
		return -ESTALE;
	}
	return fd;
}

static int set_string(int fs, const char *key, const char *value)
{
	return fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

static int set_flag(int fs, const char *key)
{
	return fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno : 0;
}

/* What has a meaning only where it is known: an older kernel does not know it. */
static void set_if_known(int fs, const char *key, const char *value)
{
	(void)fsconfig(fs, value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value,
		       0);
}

static int configure(int fs, const struct cage_plan *p, const char *lower, int upper, int work)
{
	int rc = set_string(fs, "source", "commpkg");

	if (rc == 0)
		rc = set_string(fs, "lowerdir", lower);
	if (rc == 0)
		rc = set_string(fs, "upperdir", fd_path(upper).s);
	if (rc == 0)
		rc = set_string(fs, "workdir", fd_path(work).s);
	if (rc == 0 && p->inner)
		rc = set_flag(fs, "userxattr");
	if (rc == 0 && !p->inner)
		rc = set_string(fs, "redirect_dir", "nofollow");
	if (rc == 0 && !p->inner)
		rc = set_string(fs, "metacopy", "off");
	set_if_known(fs, "index", "off");
	set_if_known(fs, "xino", "off");
	return rc;
}

/* The descriptor of a mount that is mounted nowhere, or -errno. */
static int overlay_make(const struct cage_plan *p, const char *lower, int upper, int work,
			bool ro)
{
	AUTO_FD int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	int rc, fd;

	if (fs < 0)
		return -errno;
	rc = configure(fs, p, lower, upper, work);
	if (rc == 0 && ro)
		rc = set_flag(fs, "ro");
	if (rc == 0 && !ro) /* the caller syncs before it seals: not once per script */
		set_if_known(fs, "volatile", NULL);
	if (rc == 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		rc = -errno;
	if (rc < 0)
		return rc;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID |
		     (ro ? MOUNT_ATTR_RDONLY : 0));
	return fd < 0 ? -errno : fd;
}

/* A read-only overlay of nothing but lower layers, the first before the others. */
static int overlay_of(const struct cage_plan *p, const int *fds, size_t n)
{
	AUTO_FD int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	char lower[4 * sizeof(struct fd_path)] = "";
	size_t at = 0;
	int rc, fd;

	if (fs < 0)
		return -errno;
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(lower + at, sizeof(lower) - at, "%s%s", i > 0 ? ":" : "",
				       fd_path(fds[i]).s);
	rc = set_string(fs, "source", "commpkg");
	if (rc == 0)
		rc = set_string(fs, "lowerdir", lower);
	if (rc == 0 && p->inner)
		rc = set_flag(fs, "userxattr");
	if (rc < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return rc < 0 ? rc : -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC,
		     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
	return fd < 0 ? -errno : fd;
}

/* What of ours there is for `below` (of /usr) around the host's directory `host`. */
static void lay_around(struct cage_plan *p, const char *host, const char *below)
{
	static const char *const ours[] = { "tools", "over", NULL, "under" };
	int fds[4], m;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), CAGE_DIR "/%s/usr%s",
			       ours[i] != NULL ? ours[i] : "", below);
		fds[n] = open(ours[i] != NULL ? path : host, DIR_FLAGS);
		if (fds[n] >= 0)
			n++;
	}
	m = n > 1 ? overlay_of(p, fds, n) : -ENOENT;
	if (m >= 0)
		(void)cage_put(m, AT_FDCWD, host); /* else the PATH has them */
}

static bool is_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void cage_layers_tools(struct cage_plan *p)
{
	lay_around(p, "/usr", "");
	if (is_directory("/bin"))
		lay_around(p, "/bin", "/bin");
	if (is_directory("/sbin"))
		lay_around(p, "/sbin", "/sbin");
}

struct found {
	int at, new, fx, work[2];
};

static int find_all(struct cage_plan *p, const struct cage_layers *l, struct found *f)
{
	p->what = "cannot find the stage again";
	f->at = cage_find(&l->at);
	f->new = cage_find(&l->new);
	f->fx = cage_find(&l->fx);
	f->work[0] = cage_find(&l->work[0]);
	f->work[1] = cage_find(&l->work[1]);
	if (f->at < 0 || f->new < 0 || f->fx < 0)
		return f->at < 0 ? f->at : f->new < 0 ? f->new : f->fx;
	return f->work[0] < 0 ? f->work[0] : f->work[1] < 0 ? f->work[1] : 0;
}

/* M2 of one file system. No descriptor stays open: the caller's are closed when the script is
 * started. */
static int lay(struct cage_plan *p, const struct cage_layers *l, const char *place)
{
	struct found f;
	int m1, m2, rc = find_all(p, l, &f);

	if (rc < 0)
		return rc;
	p->what = "cannot lay the stage over the root";
	m1 = overlay_make(p, fd_path(f.at).s, f.new, f.work[0], true);
	if (m1 < 0)
		return m1;
	rc = place != NULL ? cage_put(m1, AT_FDCWD, place) : cage_put(m1, f.at, "");
	if (rc < 0)
		return rc;
	p->what = "cannot lay a catching layer over the stage";
	m2 = overlay_make(p, fd_path(m1).s, f.fx, f.work[1], false);
	if (m2 >= 0)
		p->layers |= CAGE_OVERLAY;
	return m2;
}

/* ---- in memory */

static int send_fd(int to, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = "" };
	struct iovec iov = { .iov_base = (char[]){ 'm' }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&m);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return TEMP_FAILURE_RETRY(sendmsg(to, &m, MSG_NOSIGNAL)) == 1 ? 0 : -EPIPE;
}

/* It is mounted onto our directory of the transaction, in nobody's way. The caller has a mount
 * of its own of it, which stays writable when all of this host becomes read-only. */
static int make_memory(struct cage_plan *p)
{
	AUTO_FD int place = -EBADF;
	AUTO_FD int theirs = -EBADF;
	char size[32];
	int rc;

	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)p->cage->stage->memory);
	p->what = "cannot find the stage again";
	place = cage_find(&p->txn);
	if (place < 0)
		return place;
	p->what = "cannot keep in memory what a script writes";
	p->memory_fd = cage_tmpfs("0755", size, 0);
	rc = p->memory_fd < 0 ? p->memory_fd : cage_put(p->memory_fd, place, "");
	if (rc < 0)
		return rc;
	theirs = open_tree(p->memory_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	rc = theirs < 0 ? -errno : send_fd(p->go_fd, theirs);
	return rc < 0 ? rc : cage_wait_for_go(p);
}

static int open_layer(const struct cage_plan *p, size_t part, const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%zu/%s", part, name);
	fd = openat(p->memory_fd, path, DIR_FLAGS);
	return fd < 0 ? -errno : fd;
}

static int lay_in_memory(struct cage_plan *p, const struct cage_layers *l)
{
	char lower[2 * sizeof(struct fd_path)];
	int at, new, fx, work, m2;

	p->what = "cannot find the stage again";
	at = cage_find(&l->at);
	new = open_layer(p, l->part, "new");
	fx = open_layer(p, l->part, "fx");
	work = open_layer(p, l->part, "work");
	if (at < 0 || new < 0 || fx < 0 || work < 0)
		return at < 0 ? at : -ENOENT;
	p->what = "cannot lay a catching layer over the root";
	(void)snprintf(lower, sizeof(lower), "%s:%s", fd_path(new).s, fd_path(at).s);
	m2 = overlay_make(p, lower, fx, work, false);
	if (m2 >= 0)
		p->layers |= CAGE_OVERLAY;
	return m2;
}

static int lay_part(struct cage_plan *p, const struct cage_layers *l, const char *place)
{
	return p->in_memory ? lay_in_memory(p, l) : lay(p, l, place);
}

/* What is mounted below first: M1 of the root hides it from the paths that it is found by. Of
 * those, the deeper ones first. */
static int make_staged(struct cage_plan *p)
{
	size_t i = p->nmounts;
	int rc = p->in_memory ? make_memory(p) : 0;

	if (rc < 0)
		return rc;
	while (i-- > 0) {
		if (p->mounts[i].layers == NULL)
			continue;
		p->mount_fds[i] = lay_part(p, p->mounts[i].layers, NULL);
		if (p->mount_fds[i] < 0)
			return p->mount_fds[i];
	}
	p->tree_fd = lay_part(p, &p->base, p->live ? LIVE_PLACE : NULL);
	return p->tree_fd < 0 ? p->tree_fd : 0;
}

/* The root itself, with what is mounted below it. The live one is the host. */
static int make_direct(struct cage_plan *p)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID |
				   (p->cage->read_only ? MOUNT_ATTR_RDONLY : 0) };
	int root;

	p->what = "cannot find the root again";
	root = cage_find(&p->root);
	if (root < 0)
		return root;
	if (p->live) {
		p->tree_fd = root;
		return 0;
	}
	p->what = "cannot mount the root";
	p->tree_fd = open_tree(root, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			       AT_RECURSIVE);
	if (p->tree_fd < 0 || mount_setattr(p->tree_fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
					    sizeof(attr)) < 0)
		return -errno;
	return 0;
}

/* Of the kernel's marks none is missed before a script needs it. Memory has those of user.*
 * since Linux 6.6. */
static int mark(const char *path, bool inner)
{
	const char *name = inner ? "user.overlay.impure" : "trusted.overlay.impure";

	return setxattr(path, name, "y", 1, 0) < 0 ? -errno : 0;
}

int cage_layers_try(struct cage_plan *p)
{
	static const char *const names[] = { "upper", "work" };
	AUTO_FD int fs = cage_tmpfs("0755", "64k", 0);
	int root = cage_find(&p->root), fds[2], m; /* before /tmp is hidden */

	p->what = "cannot mount an overlay";
	if (fs < 0)
		return fs;
	m = cage_put(fs, AT_FDCWD, "/tmp"); /* older kernels take no layer that is nowhere */
	if (m == 0 && root < 0)
		m = root;
	for (int i = 0; m == 0 && i < 2; i++) {
		if (mkdirat(fs, names[i], 0755) < 0)
			return -errno;
		fds[i] = openat(fs, names[i], DIR_FLAGS);
		m = fds[i] < 0 ? -errno : 0;
	}
	if (m == 0)
		m = overlay_make(p, fd_path(root).s, fds[0], fds[1], false);
	if (m >= 0 && p->in_memory)
		m = mark("/tmp/upper", p->inner);
	if (m < 0) /* one layer less; what is still there is looked at */
		return 0;
	p->layers |= CAGE_OVERLAY;
	return 0;
}

int cage_layers_make(struct cage_plan *p)
{
	return p->cage->stage != NULL ? make_staged(p) : make_direct(p);
}

/* ---- into its place */

/* Makes the directories of path that are not there: in our own /tmp and the like, which
 * have just hidden those of the host. Elsewhere mkdir fails, as all is read-only. */
static int mkdir_all(const char *path)
{
	char text[PATH_MAX];
	size_t len = strnlen(path, sizeof(text) - 1);

	memcpy(text, path, len);
	text[len] = '\0';
	for (char *s = text + 1; *s != '\0'; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(text, 0755) < 0 && errno != EEXIST && errno != EROFS)
			return -errno;
		*s = '/';
	}
	return mkdir(text, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int place_root(struct cage_plan *p)
{
	const char *path = p->cage->root->path;
	int fd;

	p->what = "cannot mount the outcome onto the root";
	fd = open(path, DIR_FLAGS);
	if (fd < 0 && errno == ENOENT) {
		int rc = mkdir_all(path);

		if (rc < 0)
			return rc;
		fd = open(path, DIR_FLAGS);
	}
	return fd < 0 ? -errno : cage_put(p->tree_fd, fd, "");
}

/* Beneath the tree, through no link. */
static int open_beneath(int dirfd, const char *path)
{
	struct open_how how = {
		.flags = DIR_FLAGS | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static bool is_gone(int rc)
{
	return rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP;
}

/* Not read-only: `chown -R` of what it lies in, as many a postinstall has it, would fail. */
static int hide(int dir)
{
	int fd = cage_blank();

	return fd < 0 ? fd : cage_put(fd, dir, "");
}

/* Without a cage there is no directory of our own but that for the script's files. */
static int hide_state(struct cage_plan *p)
{
	int dir = open_beneath(p->tree_fd, ROOT_STATE_DIR);

	p->what = "cannot hide the state directory";
	if (dir >= 0 && p->cage->policy == CAGE_OFF)
		return cage_host_files_at(p, dir);
	if (dir < 0)
		return is_gone(dir) && p->cage->policy != CAGE_OFF ? 0 : dir;
	return hide(dir);
}

static int hide_volume(struct cage_plan *p, const char *path)
{
	int dir = open_beneath(p->tree_fd, path);

	p->what = "cannot hide what is ours on another file system";
	if (dir < 0)
		return is_gone(dir) ? 0 : dir;
	return hide(dir);
}

/* What we have on other file systems than that of our state directory. */
static int hide_volumes(struct cage_plan *p)
{
	char path[PATH_MAX];
	bool any = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->nmounts; i++) {
		if (p->mounts[i].layers == NULL)
			continue;
		any = true;
		(void)snprintf(path, sizeof(path), "%s/" VOLUME_DIR, p->mounts[i].path);
		rc = hide_volume(p, path);
	}
	return rc == 0 && any ? hide_volume(p, VOLUME_DIR) : rc;
}

/* Other file systems below the root: an overlay does not show them. */
static int place_mounts(struct cage_plan *p)
{
	size_t i;
	int rc = 0;

	p->what = "cannot mount again what is mounted below the root";
	for (i = 0; rc == 0 && i < p->nmounts; i++) {
		int dir = open_beneath(p->tree_fd, p->mounts[i].path);

		if (dir < 0)
			rc = is_gone(dir) ? 0 : dir;
		else
			rc = cage_put(p->mount_fds[i], dir, "");
	}
	return rc;
}

/* M2 becomes `/`; the host's own and all that was on it goes. */
static int become_root(struct cage_plan *p)
{
	int rc = cage_put(p->tree_fd, AT_FDCWD, LIVE_PLACE);

	p->what = "cannot make the outcome the root";
	if (rc < 0)
		return rc;
	if (fchdir(p->tree_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return place_mounts(p);
}

int cage_layers_enter(struct cage_plan *p)
{
	return p->live && p->cage->stage != NULL ? become_root(p) : 0;
}

/* What the host's directory of that name is by now, in the root too, if it has one. */
static int place_inside(struct cage_plan *p, const char *from, const char *to, unsigned how)
{
	AUTO_FD int dir = open_beneath(p->tree_fd, to);
	AUTO_FD int fd = -EBADF;

	if (dir < 0)
		return is_gone(dir) ? 0 : dir;
	fd = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | how);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return cage_put(fd, dir, "");
}

static int furnish(struct cage_plan *p)
{
	static const char *const dirs[] = { "/dev", "/proc", "/tmp", "/var/tmp", "/run" };
	int rc = place_inside(p, CAGE_DIR, ROOT_STATE_DIR, AT_RECURSIVE);

	p->what = "cannot furnish the root";
	for (size_t i = 0; rc == 0 && i < sizeof(dirs) / sizeof(*dirs); i++)
		rc = place_inside(p, dirs[i], dirs[i] + 1, AT_RECURSIVE);
	return rc;
}

/* A script that only looks may still need a place for what it thinks, and looks for it
 * below the root. The private /tmp itself: the root may lie below it, hence not recursive. */
static int place_scratch(struct cage_plan *p)
{
	int rc = place_inside(p, "/tmp", "tmp", 0);

	p->what = "cannot mount private directories in the root";
	return rc == 0 ? place_inside(p, "/var/tmp", "var/tmp", 0) : rc;
}

int cage_layers_place(struct cage_plan *p)
{
	int rc = p->live ? 0 : place_root(p);

	if (rc == 0 && p->cage->stage != NULL && !p->live)
		rc = place_mounts(p);
	if (rc == 0 && p->cage->read_only && !p->live && !p->cage->chroot)
		rc = place_scratch(p);
	if (rc < 0)
		return rc;
	rc = hide_volumes(p);
	if (rc < 0)
		return rc;
	return p->cage->chroot ? furnish(p) : hide_state(p);
}
