#include "zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

#define ZIP_BLOCK ((size_t)128 << 10)

struct zip {
	int fd;
	char *name;
	struct archive *a;
	struct archive_entry *entry;
	uint64_t size, at;		/* of the file */
	uint64_t made;			/* bytes given out so far */
	uint64_t got;			/* of this member */
	char member[ZIP_MAX_NAME];
	unsigned char *block;
	struct error read_error;
};

/* Names in zips may be UTF-8, which libarchive turns into what the locale of the thread
 * has; in "C" there is nothing to turn them into. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t utf8;

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static locale_t enter_utf8(void)
{
	(void)pthread_once(&once, make_locale); /* can't fail with a valid argument */
	return utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
}

static void leave_utf8(locale_t was)
{
	if (was != (locale_t)0)
		(void)uselocale(was);
}

/* ---- the file, by offset */

static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret)
{
	struct zip *z = ctx;
	ssize_t n;

	do
		n = pread(z->fd, z->block, ZIP_BLOCK, (off_t)z->at);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		error_errno(&z->read_error, errno, "cannot read '%s'", z->name);
		archive_set_error(a, EIO, "read");
		return -1;
	}
	z->at += (uint64_t)n;
	*ret = z->block;
	return n;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct zip *z = ctx;
	int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)z->at :
								     (int64_t)z->size;
	int64_t to;

	if (__builtin_add_overflow(from, offset, &to) || to < 0 || (uint64_t)to > z->size) {
		archive_set_error(a, EINVAL, "it points behind its end");
		return ARCHIVE_FATAL;
	}
	z->at = (uint64_t)to;
	return to;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t n)
{
	struct zip *z = ctx;

	(void)a;
	if (n <= 0 || (uint64_t)n > z->size - z->at)
		return 0;
	z->at += (uint64_t)n;
	return n;
}

static int zip_fail(struct zip *z, const char *what, struct error *e)
{
	const char *why = archive_error_string(z->a);

	if (z->read_error.code != 0) {
		if (e != NULL)
			*e = z->read_error;
		return -z->read_error.code;
	}
	return error_cut_off(e, "zip archive '%s' is cut off or broken: %s%s%s", z->name,
			 what, why != NULL ? ": " : "", why != NULL ? why : "");
}

int zip_open(int fd, const char *name, struct zip **ret, struct error *e)
{
	struct zip *z;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot read '%s'", name);
	z = xcalloc(1, sizeof(*z));
	z->fd = fd;
	z->name = xstrdup(name);
	z->size = (uint64_t)st.st_size;
	z->block = xmalloc(ZIP_BLOCK);
	z->a = archive_read_new();
	if (z->a == NULL)
		abort();
	if (archive_read_support_format_zip_seekable(z->a) != ARCHIVE_OK ||
	    archive_read_set_read_callback(z->a, on_read) != ARCHIVE_OK ||
	    archive_read_set_seek_callback(z->a, on_seek) != ARCHIVE_OK ||
	    archive_read_set_skip_callback(z->a, on_skip) != ARCHIVE_OK ||
	    archive_read_set_callback_data(z->a, z) != ARCHIVE_OK ||
	    archive_read_open1(z->a) != ARCHIVE_OK) {
		rc = zip_fail(z, "it can't be opened", e);
		zip_close(z);
		return rc;
	}
	*ret = z;
	return 0;
}

void zip_close(struct zip *z)
{
	if (z == NULL)
		return;
	archive_read_free(z->a);
	free(z->block);
	free(z->name);
	free(z);
}

static int take_name(struct zip *z, struct error *e)
{
	const char *name = archive_entry_pathname_utf8(z->entry);
	size_t len;

	if (name == NULL)
		name = archive_entry_pathname(z->entry);
	if (name == NULL)
		return zip_fail(z, "a member has no name that can be read", e);
	while (name[0] == '.' && name[1] == '/')
		name += 2;
	len = strlen(name);
	while (len > 1 && name[len - 1] == '/')
		len--;
	if (len >= sizeof(z->member))
		return error_set(e, E_LIMIT, "zip archive '%s' has a name of %zu bytes", z->name,
				 len);
	memcpy(z->member, name, len);
	z->member[len] = '\0';
	return 0;
}

int zip_next(struct zip *z, struct zip_member *ret, struct error *e)
{
	locale_t was = enter_utf8();
	int got = archive_read_next_header(z->a, &z->entry), rc;

	if (got == ARCHIVE_EOF)
		rc = 0;
	else if (got != ARCHIVE_OK)
		rc = zip_fail(z, "its directory", e);
	else
		rc = take_name(z, e);
	leave_utf8(was);
	if (rc < 0 || got == ARCHIVE_EOF)
		return rc;
	if (archive_entry_is_encrypted(z->entry))
		return error_set(e, E_UNSUPPORTED, "'%s' in zip archive '%s' is encrypted",
				 z->member, z->name);
	z->got = 0;
	*ret = (struct zip_member){
		.name = z->member, .mode = archive_entry_mode(z->entry),
		.size = (uint64_t)archive_entry_size(z->entry),
	};
	return 1;
}

/* As source_limits_default says for compressed files. */
static int check_limits(const struct zip *z, struct error *e)
{
	const struct source_limits *l = &source_limits_default;

	if (z->made <= l->slack || z->made / l->ratio <= z->size)
		return 0;
	return error_set(e, E_LIMIT, "zip archive '%s' becomes more than %u times its size "
			 "(%llu bytes from %llu)", z->name, l->ratio,
			 (unsigned long long)z->made, (unsigned long long)z->size);
}

int zip_read(struct zip *z, const void **ret, size_t *ret_len, struct error *e)
{
	la_int64_t offset = 0;
	int got;

	do
		got = archive_read_data_block(z->a, ret, ret_len, &offset);
	while (got == ARCHIVE_OK && *ret_len == 0);
	if (got == ARCHIVE_EOF)
		return 0;
	if (got != ARCHIVE_OK || (uint64_t)offset != z->got)
		return zip_fail(z, z->member, e);
	z->got += *ret_len;
	z->made += *ret_len;
	return check_limits(z, e) < 0 ? -E_LIMIT : 1;
}
