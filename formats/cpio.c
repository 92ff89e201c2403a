#include "cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

struct cpio {
	struct source *s;
	const char *name;
	struct archive *a;
	uint64_t start;		/* offset of the archive in the source */
	const unsigned char *bytes; /* of the source that libarchive is looking at */
	size_t lent;
	bool odc;		/* 070707, to the end of the archive */
	bool in_member;
	bool in_header;
	size_t header_bytes;	/* given to libarchive for the header it is reading */
	struct error source_error;
};

/* Between two members libarchive needs a header, a name and perhaps a link's target. */
#define HEADER_MAX (4 * SOURCE_BLOCK)
#define MAGIC_LEN 6
#define NEWC_HEADER 110
#define NEWC_NAMESIZE 94	/* eight hexadecimal digits */
#define ODC_HEADER 76
#define ODC_NAMESIZE 59		/* six octal digits */

/*
 * What was lent is taken only when libarchive asks for more: whatever it has not
 * used of the last block when the archive ends stays with the source.
 */
static la_ssize_t cpio_input(struct archive *a, void *ctx, const void **ret)
{
	struct cpio *c = ctx;
	const unsigned char *bytes;
	size_t len;
	int rc;

	source_take(c->s, c->lent);
	c->lent = 0;
	rc = source_fill(c->s, &bytes, &len, &c->source_error);
	if (rc < 0) {
		archive_set_error(a, EIO, "read");
		return -1;
	}
	c->header_bytes += len;
	if (c->in_header && c->header_bytes > HEADER_MAX) {
		archive_set_error(a, E2BIG, "its header is too long");
		return -1;
	}
	c->bytes = bytes;
	c->lent = len;
	*ret = bytes;
	return (la_ssize_t)len;
}

/* Only asked when libarchive has used up what was lent. */
static la_int64_t cpio_skip(struct archive *a, void *ctx, la_int64_t n)
{
	struct cpio *c = ctx;
	uint64_t from;

	(void)a;
	if (n <= 0 || source_compression(c->s) != COMPRESSION_NONE)
		return 0;
	source_take(c->s, c->lent);
	c->lent = 0;
	from = source_offset(c->s);
	if (source_skip(c->s, (uint64_t)n, &c->source_error) < 0)
		return -1;
	return (la_int64_t)(source_offset(c->s) - from);
}

static bool all_nul(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* To the next multiple of 512 that does not begin a block of NUL. 1, or 0 at the end. */
static int skip_padding(struct source *s, struct error *e)
{
	const unsigned char *bytes;
	size_t len, rest;
	int rc;

	rc = source_skip(s, -source_offset(s) % CPIO_BLOCK, e);
	if (rc < 0)
		return rc;
	while ((rc = source_fill(s, &bytes, &len, e)) > 0) {
		/* what the source shows may end anywhere, also inside a block of 512 */
		rest = CPIO_BLOCK - (size_t)(source_offset(s) % CPIO_BLOCK);
		len = len < rest ? len : rest;
		if (!all_nul(bytes, len))
			return 1;
		source_take(s, len);
	}
	return rc;
}

static int cpio_fail(struct cpio *c, const char *what, struct error *e)
{
	const char *why = archive_error_string(c->a);
	uint64_t at = c->start + (uint64_t)archive_filter_bytes(c->a, 0);

	if (c->source_error.code != 0) {
		if (e != NULL)
			*e = c->source_error;
		return -c->source_error.code;
	}
	return error_cut_off(e, "'%s' is cut off or broken at byte %llu, %s%s%s", c->name,
			 (unsigned long long)at, what, why != NULL ? ": " : "",
			 why != NULL ? why : "");
}

static bool is_magic(const unsigned char *p)
{
	return memcmp(p, "070701", 6) == 0 || memcmp(p, "070702", 6) == 0 ||
	       memcmp(p, "070707", 6) == 0;
}

/* The magic of the three we read; libarchive would take binary and afio ones too. */
static int check_magic(struct source *s, const char *name, bool *ret_odc, struct error *e)
{
	const unsigned char *bytes;
	size_t len;
	int rc;

	rc = source_fill(s, &bytes, &len, e);
	if (rc < 0)
		return rc;
	/* a magic cut by the end of a block is left to libarchive */
	*ret_odc = len >= MAGIC_LEN && bytes[5] == '7';
	if (len >= MAGIC_LEN && !is_magic(bytes))
		return error_set(e, E_FORMAT, "'%s' has no cpio archive at byte %llu", name,
				 (unsigned long long)source_offset(s));
	return 0;
}

int cpio_open(struct source *s, const char *name, struct cpio **ret, struct error *e)
{
	struct cpio *c;
	bool odc;
	int rc;

	rc = skip_padding(s, e);
	if (rc <= 0)
		return rc;
	rc = check_magic(s, name, &odc, e);
	if (rc < 0)
		return rc;
	c = xcalloc(1, sizeof(*c));
	c->s = s;
	c->name = name;
	c->start = source_offset(s);
	c->odc = odc;
	c->a = archive_read_new();
	if (c->a == NULL)
		abort();
	archive_read_support_format_cpio(c->a);
	archive_read_set_read_callback(c->a, cpio_input);
	archive_read_set_skip_callback(c->a, cpio_skip);
	archive_read_set_callback_data(c->a, c);
	if (archive_read_open1(c->a) != ARCHIVE_OK) {
		rc = cpio_fail(c, "where a cpio archive should be", e);
		cpio_close(c);
		return rc;
	}
	*ret = c;
	return 1;
}

void cpio_close(struct cpio *c)
{
	if (c == NULL)
		return;
	archive_read_free(c->a);
	free(c);
}

/* Behind the archive: what libarchive has consumed, and no more, is taken. */
static int cpio_end(struct cpio *c, struct error *e)
{
	uint64_t end = c->start + (uint64_t)archive_filter_bytes(c->a, 0);
	uint64_t at = source_offset(c->s);

	if (end < at || end - at > c->lent)
		return error_set(e, E_FORMAT, "'%s': the cpio archive at byte %llu has no end",
				 c->name, (unsigned long long)c->start);
	source_take(c->s, (size_t)(end - at));
	c->lent = 0;
	return 0;
}

static const char *strip_dots(const char *name)
{
	while (name[0] == '.' && name[1] == '/') {
		name += 2;
		while (name[0] == '/')
			name++;
	}
	return name;
}

static int check_member(struct cpio *c, struct archive_entry *entry, struct error *e)
{
	const char *name = archive_entry_pathname(entry);
	int format = archive_format(c->a);

	if (format != ARCHIVE_FORMAT_CPIO_SVR4_NOCRC && format != ARCHIVE_FORMAT_CPIO_SVR4_CRC &&
	    format != ARCHIVE_FORMAT_CPIO_POSIX)
		return cpio_fail(c, "in a cpio archive of a kind that datastreams don't have", e);
	if (name == NULL || name[0] == '\0')
		return cpio_fail(c, "at a member without a name", e);
	if (strlen(name) > CPIO_MAX_NAME)
		return cpio_fail(c, "at a member with a name too long", e);
	if (archive_entry_size(entry) < 0)
		return cpio_fail(c, "at a member with a negative size", e);
	return 0;
}

static bool all_digits(const unsigned char *p, size_t n, bool octal)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (octal ? p[i] < '0' || p[i] > '7' : !isxdigit(p[i]))
			return false;
	return true;
}

/*
 * libarchive (3.6.2) searches on where a header has not the digits it should have, and
 * takes any size of a name, up to 4 GiB, and allocates it first. So we look before it
 * does, wherever the header lies in what it was lent; one across two blocks of the source
 * is bounded by HEADER_MAX.
 */
static int check_header(struct cpio *c, struct error *e)
{
	uint64_t at = c->start + (uint64_t)archive_filter_bytes(c->a, 0);
	uint64_t from = source_offset(c->s);
	size_t visible = at >= from && at - from <= c->lent ? c->lent - (size_t)(at - from) : 0;
	size_t size = c->odc ? ODC_HEADER : NEWC_HEADER;
	const unsigned char *header;
	char digits[9] = "";

	if (visible < size)
		return 0;
	header = c->bytes + (at - from);
	if (!is_magic(header) || (header[MAGIC_LEN - 1] == '7') != c->odc ||
	    !all_digits(header, size, c->odc))
		return cpio_fail(c, "where a member should be", e);
	memcpy(digits, header + (c->odc ? ODC_NAMESIZE : NEWC_NAMESIZE), c->odc ? 6 : 8);
	if (strtoul(digits, NULL, c->odc ? 8 : 16) > CPIO_MAX_NAME)
		return cpio_fail(c, "at a member with a name too long", e);
	return 0;
}

static int next_header(struct cpio *c, struct archive_entry **ret, struct error *e)
{
	int rc;

	if (c->in_member && archive_read_data_skip(c->a) != ARCHIVE_OK)
		return cpio_fail(c, "inside a member", e);
	c->in_member = false;
	rc = check_header(c, e);
	if (rc < 0)
		return rc;
	c->in_header = true;
	c->header_bytes = 0;
	rc = archive_read_next_header(c->a, ret);
	c->in_header = false;
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return cpio_fail(c, "where a member should be", e);
	c->in_member = true;
	return 1;
}

int cpio_next(struct cpio *c, struct cpio_member *ret, struct error *e)
{
	struct archive_entry *entry;
	int rc;

	rc = next_header(c, &entry, e);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return cpio_end(c, e);
	rc = check_member(c, entry, e);
	if (rc < 0)
		return rc;
	*ret = (struct cpio_member){
		.name = strip_dots(archive_entry_pathname(entry)),
		.mode = (uint32_t)archive_entry_mode(entry),
		.nlink = archive_entry_nlink(entry),
		.dev = (uint64_t)archive_entry_dev(entry),
		.ino = (uint64_t)archive_entry_ino64(entry),
		.size = (uint64_t)archive_entry_size(entry),
		.mtime = archive_entry_mtime(entry),
		.offset = c->start + (uint64_t)archive_read_header_position(c->a),
	};
	return 1;
}

int cpio_read(struct cpio *c, const void **ret, size_t *ret_len, struct error *e)
{
	la_int64_t offset;
	size_t len = 0;
	int rc;

	do {
		rc = archive_read_data_block(c->a, ret, &len, &offset);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK)
			return cpio_fail(c, "inside a member", e);
	} while (len == 0);
	*ret_len = len;
	return 1;
}
