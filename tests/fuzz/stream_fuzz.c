/* Datastreams as a whole, and one after the other the layers below: header, cpio. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/cpio.h"
#include "formats/stream.h"
#include "formats/stream_write.h"
#include "fuzz.h"

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0, "memfd");
	must(write(fd, data, size) == (ssize_t)size, "write");
	return fd;
}

static int open_fd(int fd, struct medium **ret, struct error *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return medium_open(AT_FDCWD, path, MEDIUM_ALL, ret, e);
}

/* What payload_read() calls good has the size that pkgmap says. */
static int read_all(const struct medium *m, struct error *e)
{
	const struct entry *en;
	struct payload *p;
	const void *bytes;
	size_t len, i;
	uint64_t got;
	int rc;

	rc = payload_open(m, NULL, &p, e);
	while (rc >= 0 && (rc = payload_next_package(p, &i, e)) > 0) {
		while (rc >= 0 && (rc = payload_next(p, &en, e)) > 0) {
			for (got = 0; (rc = payload_read(p, &bytes, &len, e)) > 0; got += len)
				must(len > 0, "never an empty piece");
			must(rc < 0 || got == en->size, "the size of pkgmap");
		}
	}
	payload_close(p);
	return rc;
}

/* A stream that reads well can be written, and reads well again. */
static void write_again(const struct medium *m)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_FD int fd = memfd_create("again", MFD_CLOEXEC);
	struct stream_item *items = arena_calloc(a, medium_count(m), sizeof(*items));
	struct error e = ERROR_INIT;
	struct medium *again;
	size_t i;

	for (i = 0; i < medium_count(m); i++)
		items[i] = (struct stream_item){ m, i, NULL };
	must(stream_write(fd, "again", items, medium_count(m), NULL, &e) == 0, e.text);
	must(open_fd(fd, &again, &e) == 0, e.text);
	must(medium_count(again) == medium_count(m), "as many packages");
	must(read_all(again, &e) == 0, e.text);
	medium_close(again);
}

static void fuzz_medium(int fd)
{
	struct error e = ERROR_INIT;
	struct medium *m;
	int rc;

	rc = open_fd(fd, &m, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return;
	}
	rc = read_all(m, &e);
	if (rc < 0)
		must_explain(rc, &e);
	else
		write_again(m);
	medium_close(m);
}

static void fuzz_cpio(int fd)
{
	struct error e = ERROR_INIT;
	struct cpio_member m;
	const void *bytes;
	struct source *s;
	struct cpio *c;
	size_t len;
	int rc;

	rc = source_open(fd, "fuzz", 0, NULL, &s, &e);
	must(rc == 0, "a memfd is a regular file");
	(void)source_skip(s, STREAM_BLOCK, NULL); /* past the header of most */
	while ((rc = cpio_open(s, "fuzz", &c, &e)) > 0) {
		while ((rc = cpio_next(c, &m, &e)) > 0) {
			must(strlen(m.name) <= CPIO_MAX_NAME, "names are bounded");
			while (rc > 0 && m.size % 2 == 0)
				rc = cpio_read(c, &bytes, &len, &e);
			if (rc < 0)
				break;
		}
		cpio_close(c);
		if (rc < 0)
			break;
	}
	if (rc < 0)
		must_explain(rc, &e);
	source_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FD int fd = file_of(data, size);

	fuzz_medium(fd);
	fuzz_cpio(fd);
	return 0;
}
