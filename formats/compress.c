#include "compress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "decode.h"
#include "readahead.h"

const struct source_limits source_limits_default = {
	.total = (uint64_t)4 << 40,
	.slack = (uint64_t)64 << 20,
	.ratio = 1500,
};

struct source {
	struct input in;
	char *name;
	enum compression comp;
	struct source_limits limits;

	const struct decoder *decoder;	/* NULL when plain */
	void *d;
	uint64_t made;			/* decompressed bytes so far */
	struct readahead *ahead;	/* then its thread owns d, in and made */

	unsigned char *block;		/* without ahead */
	const unsigned char *left;	/* what is not taken */
	size_t nleft;
	uint64_t offset;		/* of left */
	bool ended;
	struct error error;		/* the first one stays, for those who ask again */
};

static const struct {
	const char *name;
	const char *magic;
	size_t len;
} kinds[] = {
	[COMPRESSION_ZSTD] = { "zstd", "\x28\xb5\x2f\xfd", 4 },
	[COMPRESSION_GZIP] = { "gzip", "\x1f\x8b", 2 },
	[COMPRESSION_BZIP2] = { "bzip2", "BZh", 3 },
	[COMPRESSION_XZ] = { "xz", "\xfd" "7zXZ\0", 6 },
	[COMPRESSION_COMPRESS] = { "compress", "\x1f\x9d", 2 },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *compression_name(enum compression c)
{
	return (size_t)c < NKINDS ? kinds[c].name : NULL;
}

bool compression_from_name(const char *name, enum compression *ret)
{
	size_t i;

	if (strcmp(name, "none") == 0) {
		*ret = COMPRESSION_NONE;
		return true;
	}
	for (i = COMPRESSION_NONE + 1; i < NKINDS; i++)
		if (strcmp(name, kinds[i].name) == 0) {
			*ret = (enum compression)i;
			return true;
		}
	return false;
}

/* RFC 8878 3.1.2: a file may begin with a skippable frame. */
static bool zstd_skippable(const unsigned char *p, size_t len)
{
	return len >= 4 && (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0;
}

enum compression compression_detect(const void *bytes, size_t len)
{
	size_t i;

	for (i = COMPRESSION_NONE + 1; i < NKINDS; i++)
		if (len >= kinds[i].len && memcmp(bytes, kinds[i].magic, kinds[i].len) == 0)
			return (enum compression)i;
	return zstd_skippable(bytes, len) ? COMPRESSION_ZSTD : COMPRESSION_NONE;
}

int input_read(struct input *in, void *buf, size_t cap, size_t *ret_len, struct error *e)
{
	size_t have = 0;
	ssize_t n;

	while (have < cap) {
		n = pread(in->fd, (char *)buf + have, cap - have, (off_t)in->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s' at byte %llu", in->name,
					   (unsigned long long)in->at);
		if (n == 0)
			break;
		have += (size_t)n;
		in->at += (uint64_t)n;
	}
	*ret_len = have;
	return 0;
}

static int limits_check(const struct source *s, struct error *e)
{
	if (s->made > s->limits.total)
		return error_set(e, E_LIMIT, "'%s' decompresses to more than %llu bytes", s->name,
				 (unsigned long long)s->limits.total);
	if (s->made > s->limits.slack && s->made / s->limits.ratio > s->in.at)
		return error_set(e, E_LIMIT, "'%s' decompresses to more than %u times its size "
				 "(%llu bytes from %llu)", s->name, s->limits.ratio,
				 (unsigned long long)s->made, (unsigned long long)s->in.at);
	return 0;
}

/* One block of decompressed bytes; runs in the thread when there is one. */
static int source_make(void *ctx, void *buf, size_t cap, size_t *ret_len, struct error *e)
{
	struct source *s = ctx;
	int rc;

	if (s->decoder == NULL)
		return input_read(&s->in, buf, cap, ret_len, e);
	rc = s->decoder->fill(s->d, buf, cap, ret_len, e);
	if (rc < 0)
		return rc;
	s->made += *ret_len;
	return limits_check(s, e);
}

static int source_detect(struct source *s, struct error *e)
{
	unsigned char magic[COMPRESSION_MAGIC_LEN];
	struct input head = s->in;
	size_t len;
	int rc;

	rc = input_read(&head, magic, sizeof(magic), &len, e);
	if (rc == 0)
		s->comp = compression_detect(magic, len);
	return rc;
}

int source_open(int fd, const char *name, unsigned flags, const struct source_limits *limits,
		struct source **ret, struct error *e)
{
	struct source *s;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot read '%s'", name);
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_FORMAT, "'%s' is not a regular file", name);
	s = xcalloc(1, sizeof(*s));
	s->name = xstrdup(name);
	s->limits = limits != NULL ? *limits : source_limits_default;
	s->in = (struct input){ .fd = fd, .name = s->name, .size = (uint64_t)st.st_size };
	rc = source_detect(s, e);
	if (rc < 0) {
		source_close(s);
		return rc;
	}
	if (s->comp != COMPRESSION_NONE) {
		s->decoder = s->comp == COMPRESSION_ZSTD ? &decoder_zstd : &decoder_archive;
		s->d = s->decoder->open(&s->in, s->comp);
		if ((flags & SOURCE_AHEAD) != 0 && s->in.size > SOURCE_AHEAD_MIN)
			s->ahead = readahead_new(source_make, s, SOURCE_BLOCK, SOURCE_RING);
	}
	*ret = s;
	return 0;
}

void source_close(struct source *s)
{
	if (s == NULL)
		return;
	readahead_free(s->ahead); /* first: its thread uses the rest */
	if (s->decoder != NULL)
		s->decoder->close(s->d);
	free(s->block);
	free(s->name);
	free(s);
}

enum compression source_compression(const struct source *s)
{
	return s->comp;
}

uint64_t source_stored_bytes(const struct source *s)
{
	return s->in.size;
}

uint64_t source_offset(const struct source *s)
{
	return s->offset;
}

/* The next block, in place of one that is all taken; or s->error. */
static void source_next(struct source *s)
{
	int rc;

	if (s->ahead != NULL) {
		rc = readahead_next(s->ahead, &s->left, &s->nleft, &s->error);
	} else {
		if (s->block == NULL)
			s->block = xmalloc(SOURCE_BLOCK);
		s->left = s->block;
		rc = source_make(s, s->block, SOURCE_BLOCK, &s->nleft, &s->error);
	}
	if (rc < 0)
		s->nleft = 0;
	s->ended = s->nleft == 0;
}

int source_fill(struct source *s, const unsigned char **ret_bytes, size_t *ret_len,
		struct error *e)
{
	if (s->nleft == 0 && !s->ended)
		source_next(s);
	if (s->error.code != 0) {
		if (e != NULL)
			*e = s->error;
		return -s->error.code;
	}
	*ret_bytes = s->left;
	*ret_len = s->nleft;
	return s->nleft > 0;
}

void source_take(struct source *s, size_t n)
{
	if (n == 0)
		return; /* there may be no block yet */
	s->left += n;
	s->nleft -= n;
	s->offset += n;
}

/* Moves the file offset; no further than the end of the file. */
static void source_seek_ahead(struct source *s, uint64_t n)
{
	uint64_t rest = s->in.size > s->in.at ? s->in.size - s->in.at : 0;

	n = n < rest ? n : rest;
	s->in.at += n;
	s->offset += n;
}

int source_skip(struct source *s, uint64_t n, struct error *e)
{
	const unsigned char *bytes;
	size_t len;
	int rc;

	for (;;) {
		len = s->nleft < n ? s->nleft : (size_t)n;
		source_take(s, len);
		n -= len;
		if (n == 0)
			return 0;
		if (s->decoder == NULL) {
			source_seek_ahead(s, n);
			return 0;
		}
		rc = source_fill(s, &bytes, &len, e);
		if (rc <= 0)
			return rc;
	}
}

int source_read(struct source *s, void *buf, size_t len, struct error *e)
{
	const unsigned char *bytes;
	size_t have;
	int rc;

	while (len > 0) {
		rc = source_fill(s, &bytes, &have, e);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return error_cut_off(e, "'%s' is cut off at byte %llu", s->name,
					 (unsigned long long)s->offset);
		have = have < len ? have : len;
		memcpy(buf, bytes, have);
		source_take(s, have);
		buf = (char *)buf + have;
		len -= have;
	}
	return 0;
}
