#include "cpio_write.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cpio.h"

#define NEWC_ALIGN 4u
#define NEWC_DEV 255u	/* as the golden streams have it; nobody reads it */

int cpio_pad(struct sink *k, unsigned unit, struct error *e)
{
	static const char nul[CPIO_BLOCK];

	return sink_write(k, nul, (size_t)(-sink_offset(k) % unit), e);
}

void cpio_writer_begin(struct cpio_writer *w, struct sink *k)
{
	*w = (struct cpio_writer){ .k = k, .ino = UINT32_MAX };
}

/* The archive begins at a multiple of 512, so offsets of the sink align its members. */
int cpio_writer_member(struct cpio_writer *w, const char *name, uint32_t mode, uint64_t size,
		       int64_t mtime, struct error *e)
{
	size_t namesize = strlen(name) + 1;
	char header[128];
	int n, rc;

	if (size > CPIO_MAX_SIZE)
		return error_set(e, E_UNSUPPORTED,
				 "'%s' is too large for a datastream: %llu bytes, "
				 "at most %llu",
				 name, (unsigned long long)size, (unsigned long long)CPIO_MAX_SIZE);
	mtime = mtime < 0 ? 0 : mtime > UINT32_MAX ? UINT32_MAX : mtime;
	n = snprintf(header, sizeof(header),
		     "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", w->ino--, mode,
		     0u, 0u, S_ISDIR(mode) ? 2u : 1u, (uint32_t)mtime, (uint32_t)size, NEWC_DEV,
		     NEWC_DEV, 0u, 0u, (uint32_t)namesize, 0u);
	rc = sink_write(w->k, header, (size_t)n, e);
	if (rc == 0)
		rc = sink_write(w->k, name, namesize, e);
	if (rc == 0)
		rc = cpio_pad(w->k, NEWC_ALIGN, e);
	w->left = size;
	return rc;
}

int cpio_writer_data(struct cpio_writer *w, const void *bytes, size_t len, struct error *e)
{
	int rc;

	if (len > w->left)
		return error_set(e, E_FORMAT, "a member grew while it was written");
	rc = sink_write(w->k, bytes, len, e);
	w->left -= len;
	return rc < 0 || w->left > 0 ? rc : cpio_pad(w->k, NEWC_ALIGN, e);
}

int cpio_writer_end(struct cpio_writer *w, struct error *e)
{
	int rc;

	rc = cpio_writer_member(w, "TRAILER!!!", 0, 0, 0, e);
	return rc < 0 ? rc : cpio_pad(w->k, CPIO_BLOCK, e);
}
