/*
 * Layers in memory, for a root on a file system that can't hold them (cage.h), from outside.
 *
 * The child makes the file system, because as an ordinary user only it may; it is mounted in its
 * namespace alone. It hands a descriptor of it to the caller, who fills it through root.h as
 * any other directory, and reads there afterwards what the script did.
 */
#include "cage_internal.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "formats/cleanup.h"

const char *cage_cannot_catch(const struct tree *t)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} table[] = {
		{ OVERLAYFS_SUPER_MAGIC, "overlayfs" }, { NFS_SUPER_MAGIC, "NFS" },
		{ CIFS_SUPER_MAGIC, "CIFS" }, { SMB2_SUPER_MAGIC, "SMB" },
		{ MSDOS_SUPER_MAGIC, "FAT" }, { EXFAT_SUPER_MAGIC, "exFAT" },
		{ V9FS_MAGIC, "9p" }, { ECRYPTFS_SUPER_MAGIC, "eCryptfs" },
	};
	struct statfs st;

	if (fstatfs(tree_fd(t), &st) < 0)
		return NULL; /* then the attempt itself will tell */
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if ((uint32_t)st.f_type == table[i].magic)
			return table[i].name;
	return NULL;
}

/* ---- how much */

/* "MemAvailable:   123 kB", in bytes. */
static uint64_t available(void)
{
	AUTO_FILE FILE *f = fopen("/proc/meminfo", "re");
	struct sysinfo info;
	unsigned long long kib;
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			return kib * 1024;
	if (sysinfo(&info) < 0)
		return 0;
	return ((uint64_t)info.freeram + info.bufferram) * info.mem_unit;
}

/* The number in a file of a control group; UINT64_MAX: "max", or there is none. */
static uint64_t limit_in(const char *group, const char *name)
{
	char path[PATH_MAX + 64];
	AUTO_FILE FILE *f = NULL;
	unsigned long long n;

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", group, name);
	f = fopen(path, "re");
	return f != NULL && fscanf(f, "%llu", &n) == 1 ? n : UINT64_MAX;
}

static uint64_t left_in(const char *group, const char *max, const char *used)
{
	uint64_t most = limit_in(group, max), now = limit_in(group, used);

	if (most == UINT64_MAX || now == UINT64_MAX)
		return UINT64_MAX;
	return most > now ? most - now : 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Of the groups that this process is in, and those above them. A container sees its own at the
 * top. */
static uint64_t left_in_groups(void)
{
	AUTO_FILE FILE *f = fopen("/proc/self/cgroup", "re");
	uint64_t left = smaller(left_in("", "memory.max", "memory.current"),
				left_in("/memory", "memory.limit_in_bytes",
					"memory.usage_in_bytes"));
	char line[PATH_MAX], *end;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *group = line + strlen("0::");

		if (!str_has_prefix(line, "0::/"))
			continue;
		group[strcspn(group, "\n")] = '\0';
		for (; (end = strrchr(group, '/')) != NULL; *end = '\0')
			left = smaller(left, left_in(group, "memory.max", "memory.current"));
	}
	return left;
}

uint64_t cage_memory_usual(void)
{
	return smaller(available(), left_in_groups()) / 2;
}

/* ---- taken and filled */

bool cage_in_memory(const struct cage *c)
{
	return c->stage != NULL && c->stage->memory != 0;
}

/* -EPIPE: none came. */
static int receive_fd(int from)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char c;
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head;
	int fd;

	if (TEMP_FAILURE_RETRY(recvmsg(from, &m, MSG_CMSG_CLOEXEC)) != 1)
		return -EPIPE;
	head = CMSG_FIRSTHDR(&m);
	if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return -EMFILE; /* it was sent, and we had no place for it */
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

int cage_memory_take(const struct cage *c, int from, struct error *e)
{
	struct tree *memory;
	char path[64];
	int rc, fd = receive_fd(from);

	if (fd < 0)
		return fd == -EPIPE ? 0 : error_errno(e, -fd, "cannot take the memory for what a "
						      "script writes");
	c->stage->memory_fd = fd;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = tree_open(path, &memory, e);
	if (rc < 0)
		return rc;
	rc = c->stage->fill(c->stage, c->root, memory, e);
	tree_close(memory);
	if (rc == 0)
		(void)send(from, "g", 1, MSG_NOSIGNAL); /* if it is gone we hear that */
	return rc;
}
