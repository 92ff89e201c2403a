#include "deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "compress.h"
#include "pkgmap.h"
#include "str.h"

#define READ_BLOCK ((size_t)128 << 10)

struct deb {
	struct arena *a;
	struct arena *entry;	/* strings of the entry at hand */
	char *path;
	int fd;
	uint64_t stored;	/* size of the file */
	uint64_t unpacked;	/* bytes that came out of it so far */
	struct archive *ar, *tar;
	bool failed_below;	/* ar failed while tar was reading: its words count */
	const char *member;	/* at hand, for messages */
	struct deb_control control;
	int64_t mtime;
	VEC(const char *) conffiles;
	VEC(const char *) scripts;
	uint64_t size, at;	/* of the entry at hand */
	uint64_t entries;
	bool in_data;		/* data.tar is at hand */
	bool ended;
};

/* ---- the outer archive */

static int fail(struct deb *d, struct archive *from, struct error *e)
{
	const char *why = archive_error_string(d->failed_below ? d->ar : from);

	return error_set(e, E_FORMAT, "'%s': %s: %s", d->path,
			 d->member != NULL ? d->member : "the archive",
			 why != NULL ? why : "broken or cut off");
}

static int refuse(struct deb *d, struct error *e, int code, const char *what)
{
	return error_set(e, code, "'%s': %s: %s", d->path, d->member, what);
}

/* The next member that is no comment. 1, or 0 at the end. */
static int next_member(struct deb *d, struct archive_entry **ret, struct error *e)
{
	for (;;) {
		int rc = archive_read_next_header(d->ar, ret);

		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK)
			return fail(d, d->ar, e);
		d->member = arena_strdup(d->a, archive_entry_pathname(*ret));
		/* ar -D writes a mode without type bits */
		if (archive_entry_filetype(*ret) != AE_IFREG && archive_entry_filetype(*ret) != 0)
			return refuse(d, e, E_FORMAT, "not a plain member");
		if (d->member[0] != '_')
			return 1;
	}
}

static int open_ar(struct deb *d, struct error *e)
{
	d->ar = archive_read_new();
	if (d->ar == NULL)
		abort();
	if (archive_read_support_format_ar(d->ar) != ARCHIVE_OK ||
	    archive_read_open_fd(d->ar, d->fd, READ_BLOCK) != ARCHIVE_OK)
		return fail(d, d->ar, e);
	return 0;
}

/* "2.x\n"; dpkg accepts any minor number. */
static int read_version(struct deb *d, struct error *e)
{
	struct archive_entry *entry;
	char text[16] = "";
	int rc = next_member(d, &entry, e);

	if (rc < 0)
		return rc;
	if (rc == 0 || !str_eq(d->member, "debian-binary"))
		return error_set(e, E_FORMAT, "'%s' is no Debian package: it does not begin with "
				 "debian-binary", d->path);
	if (archive_read_data(d->ar, text, sizeof(text) - 1) < 0)
		return fail(d, d->ar, e);
	if (!str_has_prefix(text, "2."))
		return refuse(d, e, E_UNSUPPORTED, "only version 2 is known");
	return 0;
}

/* ---- a tar in it */

static la_ssize_t read_below(struct archive *tar, void *ctx, const void **ret)
{
	struct deb *d = ctx;
	la_int64_t offset;
	size_t len;
	int rc = archive_read_data_block(d->ar, ret, &len, &offset);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK) {
		d->failed_below = true;
		archive_set_error(tar, EIO, "read");
		return -1;
	}
	return (la_ssize_t)len;
}

/* The filter that the rest of a member's name says; -1 for an unknown one. */
static int add_filter(struct archive *tar, const char *suffix)
{
	static const struct {
		const char *suffix;
		int (*support)(struct archive *);
	} filters[] = {
		{ ".gz", archive_read_support_filter_gzip },
		{ ".xz", archive_read_support_filter_xz },
		{ ".zst", archive_read_support_filter_zstd },
		{ ".bz2", archive_read_support_filter_bzip2 },
		{ ".lzma", archive_read_support_filter_lzma },
	};

	if (*suffix == '\0')
		return ARCHIVE_OK;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		if (str_eq(suffix, filters[i].suffix))
			return filters[i].support(tar);
	return -1;
}

static int open_tar(struct deb *d, const char *name, struct error *e)
{
	struct archive_entry *entry;
	int rc = next_member(d, &entry, e);

	if (rc < 0)
		return rc;
	if (rc == 0 || !str_has_prefix(d->member, name))
		return error_set(e, E_FORMAT, "'%s': %s where %s should be", d->path,
				 rc == 0 ? "the end" : d->member, name);
	if (d->tar != NULL)
		(void)archive_read_free(d->tar); /* only frees */
	d->tar = archive_read_new();
	if (d->tar == NULL)
		abort();
	rc = add_filter(d->tar, d->member + strlen(name));
	if (rc < 0)
		return refuse(d, e, E_UNSUPPORTED, "unknown compression");
	if (archive_read_support_format_tar(d->tar) != ARCHIVE_OK ||
	    archive_read_open(d->tar, d, NULL, read_below, NULL) != ARCHIVE_OK)
		return fail(d, d->tar, e);
	return 0;
}

/* The limits of compressed media, for what claims to be larger than it can be. */
static int count(struct deb *d, uint64_t n, struct error *e)
{
	const struct source_limits *l = &source_limits_default;

	if (n > l->total - d->unpacked)
		return refuse(d, e, E_LIMIT, "too large when unpacked");
	d->unpacked += n;
	if (d->unpacked > l->slack && d->unpacked / l->ratio > d->stored)
		return refuse(d, e, E_LIMIT, "unpacks to far more than it is");
	return 0;
}

static const char *utf8_or_bytes(const char *bytes, const char *utf8)
{
	return bytes != NULL ? bytes : utf8;
}

/* Below the root: "./usr/bin/x" is usr/bin/x; "" is the root itself. */
static int take_path(struct deb *d, const char *path, const char **ret, struct error *e)
{
	int rc;

	if (path == NULL || path[0] == '\0')
		return refuse(d, e, E_FORMAT, "an entry without a name");
	if (path[0] == '/')
		return error_set(e, E_FORMAT, "'%s': absolute path '%.1023s'", d->path, path);
	rc = path_canonical(d->entry, path, ret, e);
	if (rc < 0)
		return error_prefix(e, "'%s'", d->path);
	if (str_eq(*ret, "."))
		*ret = "";
	return 0;
}

static char type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL)
		return 'l';
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return 'f';
	case AE_IFDIR:
		return 'd';
	case AE_IFLNK:
		return 's';
	case AE_IFCHR:
		return 'c';
	case AE_IFBLK:
		return 'b';
	case AE_IFIFO:
		return 'p';
	default:
		return 0;
	}
}

static const char *account(struct deb *d, const char *name, int64_t id)
{
	if (name != NULL && name[0] != '\0')
		return arena_strdup(d->entry, name);
	return id == 0 ? "root" : arena_printf(d->entry, "%" PRId64, id);
}

static int take_links(struct deb *d, struct archive_entry *entry, struct deb_entry *ret,
		      struct error *e)
{
	const char *target;

	if (ret->type == 'l')
		return take_path(d, archive_entry_hardlink(entry), &ret->target, e);
	if (ret->type != 's')
		return 0;
	target = utf8_or_bytes(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
	if (target == NULL || target[0] == '\0')
		return error_set(e, E_FORMAT, "'%s': symbolic link '%.1023s' leads nowhere",
				 d->path, ret->path);
	ret->target = arena_strdup(d->entry, target);
	return 0;
}

static int take_entry(struct deb *d, struct archive_entry *entry, struct deb_entry *ret,
		      struct error *e)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = take_path(d, utf8_or_bytes(archive_entry_pathname(entry),
					archive_entry_pathname_utf8(entry)), &ret->path, e);
	if (rc < 0)
		return rc;
	ret->type = type_of(entry);
	if (ret->type == 0)
		return error_set(e, E_UNSUPPORTED, "'%s': '%.1023s' is of a type that no package "
				 "has", d->path, ret->path);
	ret->mode = (uint32_t)archive_entry_perm(entry) & 07777;
	ret->owner = account(d, archive_entry_uname(entry), archive_entry_uid(entry));
	ret->group = account(d, archive_entry_gname(entry), archive_entry_gid(entry));
	ret->mtime = archive_entry_mtime(entry) > 0 ? archive_entry_mtime(entry) : 0;
	ret->major = (uint32_t)archive_entry_rdevmajor(entry);
	ret->minor = (uint32_t)archive_entry_rdevminor(entry);
	if (ret->type == 'f' && archive_entry_size(entry) < 0)
		return refuse(d, e, E_FORMAT, "a negative size");
	ret->size = ret->type == 'f' ? (uint64_t)archive_entry_size(entry) : 0;
	return take_links(d, entry, ret, e);
}

/* Nothing but comments may follow data.tar. */
static int end_tar(struct deb *d, struct error *e)
{
	struct archive_entry *entry;
	int rc;

	d->ended = true;
	if (!d->in_data)
		return 0;
	rc = next_member(d, &entry, e);
	return rc > 0 ? refuse(d, e, E_FORMAT, "a member that no Debian package has") : rc;
}

int deb_next(struct deb *d, struct deb_entry *ret, struct error *e)
{
	struct archive_entry *entry;
	int rc;

	do {
		if (d->ended)
			return 0;
		arena_free(d->entry);
		d->entry = arena_new();
		rc = archive_read_next_header(d->tar, &entry);
		if (rc == ARCHIVE_EOF)
			return end_tar(d, e);
		/* a warning is about a name in another character set: bytes are fine */
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return fail(d, d->tar, e);
		if (++d->entries > PKGMAP_MAX_ENTRIES)
			return refuse(d, e, E_LIMIT, "too many entries");
		rc = take_entry(d, entry, ret, e);
		if (rc == 0)
			rc = count(d, 512, e);
		if (rc < 0)
			return rc;
		d->size = ret->size;
		d->at = 0;
	} while (ret->path[0] == '\0');
	return 1;
}

/* dpkg has no sparse files, so bytes come without gaps and as many as were said. */
int deb_read(struct deb *d, const void **ret_bytes, size_t *ret_len, struct error *e)
{
	la_int64_t offset;
	int rc;

	do {
		rc = archive_read_data_block(d->tar, ret_bytes, ret_len, &offset);
		if (rc == ARCHIVE_EOF)
			return d->at == d->size ? 0 :
			       refuse(d, e, E_UNSUPPORTED, "a file that is sparse or cut off");
		if (rc != ARCHIVE_OK)
			return fail(d, d->tar, e);
		if (offset < 0 || (uint64_t)offset != d->at || *ret_len > d->size - d->at)
			return refuse(d, e, E_UNSUPPORTED, "a sparse file");
		rc = count(d, *ret_len, e);
		if (rc < 0)
			return rc;
	} while (*ret_len == 0);
	d->at += *ret_len;
	return 1;
}

/* ---- control.tar */

static int read_whole(struct deb *d, const struct deb_entry *entry, const char **ret,
		      struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const void *bytes;
	size_t len;
	int rc;

	if (entry->size > DEB_MAX_CONTROL_BYTES)
		return error_set(e, E_LIMIT, "'%s': %s: '%.80s' is too large", d->path, d->member,
				 entry->path);
	while ((rc = deb_read(d, &bytes, &len, e)) > 0)
		strbuf_add(&b, bytes, len);
	if (rc == 0)
		*ret = arena_strndup(d->a, strbuf_str(&b), b.len);
	return rc;
}

/* deb-conffiles(5): one absolute path a line; a flag may stand before it. */
static void take_conffiles(struct deb *d, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n"), len = n;

		while (len > 1 && strchr(" \t\r", text[len - 1]) != NULL)
			len--;
		if (len > 1 && text[0] == '/')
			*VEC_PUSH(&d->conffiles) = arena_strndup(d->a, text + 1, len - 1);
		text += n + (text[n] == '\n');
	}
}

static int take_control_file(struct deb *d, const struct deb_entry *entry, struct error *e)
{
	static const char *const scripts[] = {
		"preinst", "postinst", "prerm", "postrm", "config",
	};
	const char *text = "";
	int rc;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		if (str_eq(entry->path, scripts[i]))
			*VEC_PUSH(&d->scripts) = scripts[i];
	if (!str_eq(entry->path, "control") && !str_eq(entry->path, "conffiles"))
		return 0;
	rc = read_whole(d, entry, &text, e);
	if (rc < 0)
		return rc;
	if (str_eq(entry->path, "conffiles")) {
		take_conffiles(d, text);
		return 0;
	}
	if (d->control.n > 0)
		return refuse(d, e, E_FORMAT, "control is there twice");
	d->mtime = entry->mtime;
	return deb_control_parse(d->a, text, (size_t)entry->size,
				 arena_printf(d->a, "%s: control", d->path), &d->control, e);
}

static int read_control(struct deb *d, struct error *e)
{
	struct deb_entry entry;
	unsigned n = 0;
	int rc = open_tar(d, "control.tar", e);

	if (rc < 0)
		return rc;
	while ((rc = deb_next(d, &entry, e)) > 0) {
		if (n++ == DEB_MAX_CONTROL_FILES)
			return refuse(d, e, E_LIMIT, "too many files");
		rc = entry.type == 'f' ? take_control_file(d, &entry, e) : 0;
		if (rc < 0)
			return rc;
	}
	if (rc == 0 && d->control.n == 0)
		return refuse(d, e, E_FORMAT, "there is no control file");
	d->ended = false;
	d->entries = 0;
	return rc;
}

/* ---- the door */

static int open_file(struct deb *d, int dirfd, struct error *e)
{
	struct stat st;

	d->fd = openat(dirfd, d->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->fd < 0 || fstat(d->fd, &st) < 0)
		return error_errno(e, errno, "cannot open '%s'", d->path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_FORMAT, "'%s' is no file", d->path);
	d->stored = (uint64_t)st.st_size;
	return 0;
}

int deb_open(int dirfd, const char *path, struct deb **ret, struct error *e)
{
	struct deb *d = xcalloc(1, sizeof(*d));
	int rc;

	d->a = arena_new();
	d->entry = arena_new();
	d->path = arena_strdup(d->a, path);
	d->fd = -EBADF;
	rc = open_file(d, dirfd, e);
	if (rc == 0)
		rc = open_ar(d, e);
	if (rc == 0)
		rc = read_version(d, e);
	if (rc == 0)
		rc = read_control(d, e);
	if (rc == 0)
		rc = deb_control_check(&d->control, d->path, e);
	if (rc == 0)
		rc = open_tar(d, "data.tar", e);
	if (rc < 0) {
		deb_close(d);
		return rc;
	}
	d->in_data = true;
	*ret = d;
	return 0;
}

void deb_close(struct deb *d)
{
	if (d == NULL)
		return;
	if (d->tar != NULL)
		(void)archive_read_free(d->tar); /* both only free what they hold */
	if (d->ar != NULL)
		(void)archive_read_free(d->ar);
	cleanup_fd(&d->fd);
	VEC_FREE(&d->conffiles);
	VEC_FREE(&d->scripts);
	arena_free(d->entry);
	arena_free(d->a);
	free(d);
}

const char *deb_field(const struct deb *d, const char *name)
{
	return deb_control_get(&d->control, name);
}

const struct deb_control *deb_fields(const struct deb *d)
{
	return &d->control;
}

const char *const *deb_conffiles(const struct deb *d, size_t *ret_n)
{
	*ret_n = d->conffiles.n;
	return d->conffiles.v;
}

const char *const *deb_scripts(const struct deb *d, size_t *ret_n)
{
	*ret_n = d->scripts.n;
	return d->scripts.v;
}

int64_t deb_mtime(const struct deb *d)
{
	return d->mtime;
}
