/*
 * disklog: a disk that remembers in which order it was written, and what the power cut makes
 * of it. For tests/crash/power.
 *
 *	disklog record IMAGE LOG DIR
 *		DIR/disk is a file (by FUSE) with the contents of IMAGE, for a loop device. What is
 *		written to it, and each flush, is appended to LOG; IMAGE follows. Until DIR is
 *		unmounted. As root.
 *	disklog flushes LOG [BYTES]
 *		how many flushes are in LOG, or in its first BYTES
 *	disklog cut BASE LOG OUT FLUSHES HOW SEED [BYTES]
 *		OUT: BASE (the image before LOG began) after a power cut. All that was written
 *		before the flush of that number is there (0: before any), and of what was written
 *		from there to the next flush (or to BYTES of the log), HOW:
 *
 *			none	nothing
 *			all	all
 *			prefix	the first few, in order
 *			some	some, whichever, as a disk with a cache of its own writes them
 *			torn	some, and of each of those some of its sectors of 512 bytes
 *
 *		Prints how many writes there were to choose from.
 *
 * This is what a disk promises: what was written before a flush, and nothing about the rest.
 * All writes go through here, because the loop device sends each that the file system above it
 * sends to its device; nothing that is only in memory of the file system ever arrives.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512u
#define WRITE_MAX (1u << 20)
#define DISK_NODE 2u		/* FUSE_ROOT_ID is 1 */

struct record {
	uint64_t offset, len;	/* len 0: a flush */
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	fputs("disklog: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

static void write_all(int fd, const void *from, size_t len)
{
	const char *p = from;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n < 0)
			die("cannot write");
	}
}

/* ---- record: one directory, one file */

static struct {
	int fuse, log;
	char *image;
	uint64_t size;
} disk;

static void reply(uint64_t unique, int err, const void *bytes, size_t len)
{
	struct fuse_out_header h = { .len = (uint32_t)(sizeof(h) + len), .error = -err,
				     .unique = unique };
	struct iovec v[2] = { { &h, sizeof(h) }, { (void *)bytes, len } };

	if (writev(disk.fuse, v, len > 0 ? 2 : 1) < 0 && errno != ENOENT) /* interrupted */
		die("cannot answer");
}

static void attributes(uint64_t node, struct fuse_attr *a)
{
	*a = (struct fuse_attr){
		.ino = node, .nlink = 1, .blksize = 4096,
		.mode = node == DISK_NODE ? S_IFREG | 0600 : S_IFDIR | 0700,
		.size = node == DISK_NODE ? disk.size : 0,
		.blocks = node == DISK_NODE ? disk.size / SECTOR : 0,
	};
}

static void on_init(const struct fuse_in_header *in, const struct fuse_init_in *init)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = init->max_readahead, .max_write = WRITE_MAX,
		.flags = init->flags & (FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ),
		.max_pages = WRITE_MAX / 4096, .max_background = 16, .congestion_threshold = 12,
	};

	reply(in->unique, 0, &out, sizeof(out));
}

static void on_lookup(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = { .nodeid = DISK_NODE, .entry_valid = 3600,
				      .attr_valid = 3600 };

	if (strcmp(name, "disk") != 0) {
		reply(in->unique, ENOENT, NULL, 0);
		return;
	}
	attributes(DISK_NODE, &out.attr);
	reply(in->unique, 0, &out, sizeof(out));
}

static void on_getattr(const struct fuse_in_header *in)
{
	struct fuse_attr_out out = { .attr_valid = 3600 };

	attributes(in->nodeid, &out.attr);
	reply(in->unique, 0, &out, sizeof(out));
}

static void on_read(const struct fuse_in_header *in, const struct fuse_read_in *r)
{
	uint64_t len = r->offset >= disk.size ? 0 : disk.size - r->offset;

	reply(in->unique, 0, disk.image + r->offset, len < r->size ? len : r->size);
}

static void on_write(const struct fuse_in_header *in, const struct fuse_write_in *w)
{
	struct record rec = { .offset = w->offset, .len = w->size };
	struct fuse_write_out out = { .size = w->size };

	if (w->offset > disk.size || w->size > disk.size - w->offset) {
		reply(in->unique, ENOSPC, NULL, 0);
		return;
	}
	write_all(disk.log, &rec, sizeof(rec));
	write_all(disk.log, w + 1, w->size);
	memcpy(disk.image + w->offset, w + 1, w->size);
	reply(in->unique, 0, &out, sizeof(out));
}

static void on_fsync(const struct fuse_in_header *in)
{
	const struct record rec = { .len = 0 };

	write_all(disk.log, &rec, sizeof(rec));
	reply(in->unique, 0, NULL, 0);
}

static void on_request(const struct fuse_in_header *in)
{
	const struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };
	const struct fuse_statfs_out space = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		on_init(in, (const void *)(in + 1));
		break;
	case FUSE_LOOKUP:
		on_lookup(in, (const void *)(in + 1));
		break;
	case FUSE_GETATTR:
		on_getattr(in);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply(in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		on_read(in, (const void *)(in + 1));
		break;
	case FUSE_WRITE:
		on_write(in, (const void *)(in + 1));
		break;
	case FUSE_FSYNC:
		on_fsync(in);
		break;
	case FUSE_STATFS:
		reply(in->unique, 0, &space, sizeof(space));
		break;
	case FUSE_FLUSH:	/* of a descriptor: it says nothing of the disk */
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_ACCESS:
		reply(in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(in->unique, ENOSYS, NULL, 0);
	}
}

static void map_image(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		die("cannot open '%s'", path);
	disk.size = (uint64_t)st.st_size;
	disk.image = mmap(NULL, disk.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (disk.image == MAP_FAILED)
		die("cannot map '%s'", path);
	(void)close(fd);
}

static int record(const char *image, const char *log, const char *dir)
{
	static _Alignas(16) char buf[WRITE_MAX + 65536];
	char options[64];
	ssize_t n;

	map_image(image);
	disk.log = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	disk.fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (disk.log < 0 || disk.fuse < 0)
		die("cannot open '%s' or /dev/fuse", log);
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0",
		       disk.fuse);
	if (mount("disklog", dir, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		die("cannot mount on '%s'", dir);
	while ((n = read(disk.fuse, buf, sizeof(buf))) > 0 || errno == EINTR || errno == ENOENT)
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			on_request((const void *)buf);
	return errno == ENODEV ? 0 : 1; /* unmounted */
}

/* ---- the log, read */

struct log {
	const char *p;
	uint64_t len, at;
};

static void log_open(const char *path, const char *bytes, struct log *l)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		die("cannot open '%s'", path);
	l->len = (uint64_t)st.st_size;
	l->p = mmap(NULL, l->len + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	if (l->p == MAP_FAILED)
		die("cannot map '%s'", path);
	if (bytes != NULL && strtoull(bytes, NULL, 10) < l->len)
		l->len = strtoull(bytes, NULL, 10);
	l->at = 0;
	(void)close(fd);
}

/* The data of a write, and a flush as true without. */
static bool log_next(struct log *l, struct record *rec, const char **data)
{
	if (l->len - l->at < sizeof(*rec))
		return false;
	memcpy(rec, l->p + l->at, sizeof(*rec));
	if (l->len - l->at - sizeof(*rec) < rec->len)
		return false;
	*data = l->p + l->at + sizeof(*rec);
	l->at += sizeof(*rec) + rec->len;
	return true;
}

static int flushes(const char *log, const char *bytes)
{
	struct record rec;
	const char *data;
	struct log l;
	unsigned n = 0;

	log_open(log, bytes, &l);
	while (log_next(&l, &rec, &data))
		n += rec.len == 0;
	printf("%u\n", n);
	return 0;
}

/* ---- the cut */

static uint64_t random_state;

static unsigned pick(unsigned n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}

/* Holes stay holes: images are sparse, and there are thousands of them. */
static void copy_sparse(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	off_t at = 0, end, size = lseek(in, 0, SEEK_END);

	if (in < 0 || out < 0 || size < 0 || ftruncate(out, size) < 0)
		die("cannot copy '%s' to '%s'", from, to);
	while (at < size && (at = lseek(in, at, SEEK_DATA)) >= 0) {
		end = lseek(in, at, SEEK_HOLE);
		while (at < end) {
			loff_t a = at, b = at;
			ssize_t n = copy_file_range(in, &a, out, &b, (size_t)(end - at), 0);

			if (n <= 0)
				die("cannot copy '%s'", from);
			at += n;
		}
	}
	(void)close(in);
	if (close(out) < 0)
		die("cannot write '%s'", to);
}

static void put(const struct record *rec, const char *data, bool torn)
{
	uint64_t i;

	for (i = 0; i < rec->len; i += SECTOR)
		if (!torn || pick(2) == 0)
			memcpy(disk.image + rec->offset + i, data + i,
			       rec->len - i < SECTOR ? rec->len - i : SECTOR);
}

/* How many writes there are from here to the next flush. */
static unsigned count_writes(struct log l)
{
	struct record rec;
	const char *data;
	unsigned n = 0;

	while (log_next(&l, &rec, &data) && rec.len > 0)
		n++;
	return n;
}

static int cut(char **argv, const char *bytes)
{
	unsigned long after = strtoul(argv[3], NULL, 10), seen = 0;
	const char *how = argv[4], *data;
	unsigned n, most, i = 0;
	struct record rec;
	struct log l;

	random_state = strtoull(argv[5], NULL, 10) * 2654435761u + after;
	copy_sparse(argv[0], argv[2]);
	map_image(argv[2]);
	log_open(argv[1], bytes, &l);
	while (seen < after && log_next(&l, &rec, &data)) {
		seen += rec.len == 0;
		put(&rec, data, false);
	}
	n = count_writes(l);
	most = strcmp(how, "all") == 0 ? n : strcmp(how, "prefix") == 0 && n > 0 ? pick(n) : 0;
	for (; log_next(&l, &rec, &data) && rec.len > 0; i++)
		if (how[0] == 's' || how[0] == 't' ? pick(2) == 0 : i < most)
			put(&rec, data, how[0] == 't');
	printf("%u\n", n);
	return msync(disk.image, disk.size, MS_SYNC) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "record") == 0)
		return record(argv[2], argv[3], argv[4]);
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "flushes") == 0)
		return flushes(argv[2], argv[3]);
	if ((argc == 8 || argc == 9) && strcmp(argv[1], "cut") == 0)
		return cut(argv + 2, argv[8]);
	fputs("usage: disklog record IMAGE LOG DIR | flushes LOG [BYTES] |\n"
	      "       cut BASE LOG OUT FLUSHES HOW SEED [BYTES]\n", stderr);
	return 1;
}
