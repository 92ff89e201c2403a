/*
 * Landlock: a second fence around writing, made of another material than mounts, and the
 * only one where nobody may mount: in a container without rights a script for the root itself
 * is kept to that root, /tmp and /dev at least, and can't signal what is not its own.
 *
 * Reading is not restricted. Interface 2 (Linux 5.19) is asked for, because without its
 * REFER nothing could be renamed from one directory to another.
 *
 * Numbers here that the system's headers may be too old for: linux/landlock.h.
 */
#include "cage_internal.h"

#include <linux/landlock.h>
#include <sys/syscall.h>

#include "formats/cleanup.h"

#define FS_TRUNCATE (1ull << 14)		/* interface 3 */
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ull << 0)	/* interface 6 */
#define SCOPE_SIGNAL (1ull << 1)

#define WRITING (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
		 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
		 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
		 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
		 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | \
		 LANDLOCK_ACCESS_FS_REFER)

/* As of interface 6. */
struct ruleset {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

static int make_ruleset(long interface, uint64_t *ret_access)
{
	struct ruleset r = { .handled_access_fs = WRITING };
	size_t size = interface >= 6 ? sizeof(r) : sizeof(r.handled_access_fs);
	long fd;

	if (interface >= 3)
		r.handled_access_fs |= FS_TRUNCATE;
	if (interface >= 6)
		r.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	*ret_access = r.handled_access_fs;
	fd = syscall(SYS_landlock_create_ruleset, &r, size, 0);
	return fd < 0 ? -errno : (int)fd;
}

static int allow_fd(int ruleset, int dir, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = dir };

	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return -errno;
	return 0;
}

static int allow(int ruleset, const char *path, uint64_t access)
{
	AUTO_FD int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	return allow_fd(ruleset, dir, access);
}

static int restrict_self(struct cage_plan *p, int ruleset, uint64_t access)
{
	static const char *const dirs[] = { "/tmp", "/var/tmp", "/dev" };
	int rc = p->cage->read_only || p->probe ? 0 : allow_fd(ruleset, p->tree_fd, access);

	for (size_t i = 0; rc == 0 && i < sizeof(dirs) / sizeof(*dirs); i++)
		rc = allow(ruleset, dirs[i], access);
	if (rc == 0 && p->namespaces)
		rc = allow(ruleset, "/run", access);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		rc = -errno;
	return rc;
}

int cage_landlock(struct cage_plan *p)
{
	long interface = syscall(SYS_landlock_create_ruleset, NULL, 0,
				 LANDLOCK_CREATE_RULESET_VERSION);
	AUTO_FD int ruleset = -EBADF;
	uint64_t access;
	int rc;

	if (interface < 2)
		return 0; /* not in this kernel, or switched off: one layer less */
	p->what = "cannot restrict writing";
	ruleset = make_ruleset(interface, &access);
	if (ruleset < 0)
		return ruleset;
	rc = restrict_self(p, ruleset, access);
	if (rc == 0)
		p->layers |= CAGE_LANDLOCK;
	return rc;
}
