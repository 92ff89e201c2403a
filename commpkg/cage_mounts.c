/*
 * The host as the script is to see it.
 *
 * Read-only keeps files from being written. It does not keep a script that is root from
 * connecting to a socket or opening a device: so no device file works but ours (nodev
 * everywhere), and /run, /tmp and /var/tmp, where sockets are, are empty. System calls that
 * make sockets of that kind are refused besides (cage_limits.c).
 */
#include "cage_internal.h"

#include "formats/cleanup.h"
#include "formats/fd.h"

#include <sys/mount.h>

#define NO_DEVICES (MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID)

int cage_put(int mount_fd, int dirfd, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (path[0] == '\0')
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	else
		flags |= MOVE_MOUNT_T_SYMLINKS;
	return move_mount(mount_fd, "", dirfd, path, flags) < 0 ? -errno : 0;
}

struct memory {
	const char *type;
	const char *mode, *size, *inodes;	/* NULL: as it comes */
	unsigned attributes;
};

static int set_string(int fs, const char *key, const char *value)
{
	if (value == NULL)
		return 0;
	return fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

static int memory_make(const struct memory *m)
{
	AUTO_FD int fs = fsopen(m->type, FSOPEN_CLOEXEC);
	int fd, rc;

	if (fs < 0)
		return -errno;
	rc = set_string(fs, "mode", m->mode);
	if (rc == 0)
		rc = set_string(fs, "size", m->size);
	if (rc == 0)
		rc = set_string(fs, "nr_inodes", m->inodes);
	if (rc < 0)
		return rc;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, m->attributes | NO_DEVICES);
	return fd < 0 ? -errno : fd;
}

int cage_tmpfs(const char *mode, const char *size, unsigned attributes)
{
	const struct memory m = { .type = "tmpfs", .mode = mode, .size = size,
				  .attributes = attributes };

	return memory_make(&m);
}

/* Its own inode is the only one that there may be. */
int cage_blank(void)
{
	const struct memory m = { .type = "tmpfs", .mode = "0555", .size = "4k", .inodes = "1" };

	return memory_make(&m);
}

int cage_host_private(struct cage_plan *p)
{
	p->what = "cannot make a mount namespace private";
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

static int set_attr(int dirfd, const char *path, uint64_t attrs, unsigned flags)
{
	struct mount_attr attr = { .attr_set = attrs };

	if (mount_setattr(dirfd, path, flags | (path[0] == '\0' ? AT_EMPTY_PATH : 0), &attr,
			  sizeof(attr)) < 0)
		return -errno;
	return 0;
}

/* A copy of what is mounted at an open directory, mounted nowhere. */
static int hold(int dirfd, const char *path, uint64_t attrs)
{
	int fd = open_tree(dirfd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
			   (path[0] == '\0' ? AT_EMPTY_PATH : 0));
	int rc;

	if (fd < 0)
		return -errno;
	rc = attrs != 0 ? set_attr(fd, "", attrs, AT_RECURSIVE) : 0;
	return rc < 0 ? rc : fd;
}

static const char *const devices[CAGE_DEVICES] = { "null", "zero", "full", "random", "urandom" };

/* The files of the host, read-only (which keeps their mode and owner) and in force. */
static int hold_device(const char *name)
{
	char path[32];
	int fd, rc;

	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = set_attr(fd, "", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0);
	return rc < 0 ? rc : fd;
}

/* Before `nodev` is set on all that is mounted. */
static int hold_devices(struct cage_plan *p)
{
	p->what = "cannot find the devices that every script needs";
	for (size_t i = 0; i < CAGE_DEVICES; i++) {
		p->device_fds[i] = hold_device(devices[i]);
		if (p->device_fds[i] < 0 && p->device_fds[i] != -ENOENT)
			return p->device_fds[i];
	}
	return 0;
}

int cage_host_hold(struct cage_plan *p)
{
	AUTO_FD int root = -EBADF;
	uint64_t attrs = p->cage->policy == CAGE_OFF ? 0 : MOUNT_ATTR_RDONLY | NO_DEVICES;
	size_t i;

	p->what = "cannot find again what the script is to read";
	for (i = 0; i < p->cage->nbinds; i++) {
		AUTO_FD int dir = cage_find(&p->binds[i]);

		p->bind_fds[i] = dir < 0 ? dir : hold(dir, "", MOUNT_ATTR_RDONLY | NO_DEVICES);
		if (p->bind_fds[i] < 0)
			return p->bind_fds[i];
	}
	p->what = "cannot find again what is mounted below the root";
	root = p->nmounts > 0 ? cage_find(&p->root) : -EBADF;
	for (i = 0; i < p->nmounts; i++) {
		if (p->mounts[i].layers != NULL)
			continue;
		p->mount_fds[i] = root < 0 ? root : hold(root, p->mounts[i].path, attrs);
		if (p->mount_fds[i] < 0)
			return p->mount_fds[i];
	}
	return hold_devices(p);
}

/* ---- /dev */

static int put_device(int dev, const char *name, int mount_fd)
{
	int fd = openat(dev, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0)
		return -errno;
	(void)close(fd); /* empty: a place to mount on */
	return cage_put(mount_fd, dev, name);
}

static int put_links(int dev)
{
	static const struct {
		const char *name, *target;
	} links[] = {
		{ "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return -errno;
	return 0;
}

static int put_shm(int dev)
{
	int fd = cage_tmpfs("1777", "64m", 0);

	if (fd < 0)
		return fd;
	return mkdirat(dev, "shm", 0755) < 0 ? -errno : cage_put(fd, dev, "shm");
}

static int replace_dev(struct cage_plan *p)
{
	int dev = cage_tmpfs("0755", "64k", 0), rc;
	size_t i;

	p->what = "cannot make a small /dev";
	if (dev < 0)
		return dev;
	rc = cage_put(dev, AT_FDCWD, "/dev");
	for (i = 0; rc == 0 && i < CAGE_DEVICES; i++)
		if (p->device_fds[i] >= 0)
			rc = put_device(dev, devices[i], p->device_fds[i]);
	if (rc == 0)
		rc = put_links(dev);
	if (rc == 0)
		rc = put_shm(dev);
	return rc < 0 ? rc : set_attr(dev, "", MOUNT_ATTR_RDONLY, 0);
}

/* ---- the rest */

static int replace_directory(struct cage_plan *p, const char *path, const char *mode,
			     const char *size)
{
	int fd = cage_tmpfs(mode, size, 0), rc;

	p->what = "cannot mount private directories";
	if (fd < 0)
		return fd;
	rc = cage_put(fd, AT_FDCWD, path);
	return rc == -ENOENT ? 0 : rc;
}

/* Where parts of /proc are covered (a container), the kernel gives out no whole one. */
static int replace_proc(struct cage_plan *p)
{
	const struct memory m = { .type = "proc",
				  .attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC };
	int fd = memory_make(&m);

	p->what = "cannot mount /proc";
	if (fd >= 0)
		p->layers |= CAGE_PROC;
	else if (p->cage->policy == CAGE_REQUIRE)
		return fd;
	else
		fd = cage_tmpfs("0555", "4k", MOUNT_ATTR_RDONLY);
	return fd < 0 ? fd : cage_put(fd, AT_FDCWD, "/proc");
}

static int set_writable(int mount_fd)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	return mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* Those that are not the host's. */
static int open_layers(struct cage_plan *p)
{
	int rc = set_writable(p->tree_fd);
	size_t i;

	for (i = 0; rc == 0 && i < p->nmounts; i++)
		if (p->mounts[i].layers != NULL)
			rc = set_writable(p->mount_fds[i]);
	return rc;
}

int cage_host_close(struct cage_plan *p)
{
	int rc;

	p->what = "cannot make the host's file systems read-only";
	rc = set_attr(AT_FDCWD, "/", MOUNT_ATTR_RDONLY | NO_DEVICES, AT_RECURSIVE);
	if (rc == 0)
		p->layers |= CAGE_HOST_READ_ONLY;
	if (rc == 0 && p->live && p->cage->stage != NULL)
		rc = open_layers(p);
	if (rc == 0)
		rc = replace_directory(p, "/tmp", "1777", "512m");
	if (rc == 0)
		rc = replace_directory(p, "/var/tmp", "1777", "512m");
	if (rc == 0)
		rc = replace_directory(p, "/run", "0755", "64m");
	return rc;
}

/* ---- CAGE_DIR */

/* The directories of a name, those that are there too. */
static int make_parents(int dir, const char *name)
{
	char path[PATH_MAX];
	const char *slash;

	for (slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - name);

		if (len >= sizeof(path))
			return -ENAMETOOLONG;
		memcpy(path, name, len);
		path[len] = '\0';
		if (mkdirat(dir, path, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int write_file(int dir, const char *name, const void *bytes, size_t len, mode_t mode)
{
	AUTO_FD int fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return -errno;
	rc = fd_write_all(fd, bytes, len);
	if (rc < 0)
		return rc;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

static int make_file(int dir, const struct cage_file *f)
{
	if (f->bytes == NULL && f->target != NULL)
		return symlinkat(f->target, dir, f->name) < 0 ? -errno : 0;
	return write_file(dir, f->name, f->bytes, f->len, f->mode);
}

/* The directories are mostly there: they come one file after the other. */
static int put_file(int dir, const struct cage_file *f)
{
	int rc = make_file(dir, f);

	if (rc == -ENOENT)
		rc = make_parents(dir, f->name);
	else
		return rc;
	return rc < 0 ? rc : make_file(dir, f);
}

/* Of the user that writes it; if that one is not mapped, it is us. */
static int put_response(const struct cage_plan *p, int dir)
{
	const struct cage *c = p->cage;
	int rc = write_file(dir, "response", c->response_bytes, c->response_len, 0644);

	if (rc < 0 || fchownat(dir, "response", c->uid, c->gid, AT_SYMLINK_NOFOLLOW) == 0)
		return rc;
	return errno == EINVAL && p->inner ? 0 : -errno;
}

static int put_binds(struct cage_plan *p, int dir)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->cage->nbinds; i++) {
		const char *name = p->cage->binds[i].name;

		rc = make_parents(dir, name);
		if (rc == 0 && mkdirat(dir, name, 0755) < 0)
			rc = -errno;
		if (rc == 0)
			rc = cage_put(p->bind_fds[i], dir, name);
	}
	return rc;
}

static int put_files(struct cage_plan *p, int dir)
{
	const struct cage *c = p->cage;
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < c->nfiles; i++)
		rc = put_file(dir, &c->files[i]);
	if (rc == 0 && c->response)
		rc = put_response(p, dir);
	if (rc == 0 && c->tools) /* by this installf and removef know that they are in a cage */
		rc = write_file(dir, "requests", "", 0, 0600);
	return rc < 0 ? rc : put_binds(p, dir);
}

int cage_host_files(struct cage_plan *p)
{
	int dir = cage_tmpfs("0755", "64m", 0), rc;

	p->what = "cannot make " CAGE_DIR;
	if (dir < 0)
		return dir;
	if (mkdir(CAGE_DIR, 0755) < 0)
		return -errno;
	rc = cage_put(dir, AT_FDCWD, CAGE_DIR);
	if (rc == 0)
		rc = put_files(p, dir);
	if (rc == 0 && p->lay_tools)
		cage_layers_tools(p);
	if (rc == 0)
		rc = replace_dev(p);
	return rc < 0 ? rc : replace_proc(p);
}

int cage_host_files_at(struct cage_plan *p, int dirfd)
{
	int dir = cage_tmpfs("0755", "64m", 0), rc;

	p->what = "cannot make a directory for a script's files";
	if (dir < 0)
		return dir;
	rc = cage_put(dir, dirfd, "");
	if (rc == 0)
		rc = put_files(p, dir);
	return rc < 0 ? rc : replace_proc(p);
}
