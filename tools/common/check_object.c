/* One object as it should be against what is there. */
#include "tools/common/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "formats/digest.h"
#include "tools/common/say.h"

/* The sticky bit is not compared, as elsewhere. */
#define MODE_COMPARED 06777u

static bool is_file(char ftype)
{
	return ftype == 'f' || ftype == 'e' || ftype == 'v';
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 's';
	case S_IFIFO: return 'p';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	default: return '?';
	}
}

/* A hard link is of the type of what it is linked to, and that may be a device or a pipe. */
static bool type_fits(char want, char have)
{
	if (is_file(want))
		return have == 'f';
	if (want == 'l')
		return have != 'd';
	return want == 'x' ? have == 'd' : want == have;
}

int check_look(struct check *c, const struct check_object *o, struct check_seen *ret,
	       struct error *e)
{
	struct rpath path;
	int rc = rpath_parse(c->a, o->path, &path, e);

	if (rc == 0)
		rc = tree_canonical(c->root->tree, c->a, path, &ret->real, e);
	if (rc < 0)
		return rc;
	rc = tree_stat(c->root->tree, ret->real, &ret->st, e);
	ret->exists = rc == 0;
	return rc == -ENOENT || rc == -ENOTDIR ? 0 : rc;
}

int check_sum(struct check *c, struct rpath path, uint64_t *ret_size, uint32_t *ret_sum,
	      struct error *e)
{
	AUTO_FD int fd = -EBADF;
	char buf[65536];
	uint32_t sum = 0;
	ssize_t n;
	int rc = tree_open_file(c->root->tree, path, &fd, e);

	*ret_size = 0;
	if (rc < 0)
		return rc;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '/%s'", rpath_str(path));
		sum = svr4_sum_add(sum, buf, (size_t)n);
		*ret_size += (uint64_t)n;
	}
	*ret_sum = svr4_sum_fold(sum);
	return 0;
}

static void fault(struct strbuf *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct strbuf *to, const char *fmt, ...)
{
	char buf[RPATH_MAX + 256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	strbuf_addf(to, "    %s\n", buf);
}

/* ---- attributes */

static const char *user_name(struct check *c, uid_t uid)
{
	const char *name = owners_user_name(c->owners, uid);

	return name != NULL ? name : arena_printf(c->a, "%u", uid);
}

static const char *group_name(struct check *c, gid_t gid)
{
	const char *name = owners_group_name(c->owners, gid);

	return name != NULL ? name : arena_printf(c->a, "%u", gid);
}

static bool same_user(struct check *c, const char *want, uid_t have)
{
	uid_t uid;

	return owners_uid(c->owners, want, &uid) > 0 ? uid == have
						     : str_eq(want, user_name(c, have));
}

static bool same_group(struct check *c, const char *want, gid_t have)
{
	gid_t gid;

	return owners_gid(c->owners, want, &gid) > 0 ? gid == have
						     : str_eq(want, group_name(c, have));
}

static void compare_attributes(struct check *c, const struct check_object *o,
			       const struct stat *st, struct strbuf *to)
{
	unsigned mode = st->st_mode & 07777;

	if ((o->ftype == 'c' || o->ftype == 'b') && o->major != NUM_UNSET &&
	    o->minor != NUM_UNSET && st->st_rdev != makedev(o->major, o->minor))
		fault(to, "major/minor device <%u, %u> expected <%u, %u> actual", o->major,
		      o->minor, major(st->st_rdev), minor(st->st_rdev));
	if (o->mode != MODE_UNSET && ((o->mode ^ mode) & MODE_COMPARED) != 0)
		fault(to, "permissions <%04o> expected <%04o> actual", o->mode, mode);
	/* a root made without the right to set owners has its user's everywhere */
	if (!c->root->owners)
		return;
	if (o->owner != NULL && !same_user(c, o->owner, st->st_uid))
		fault(to, "owner name <%s> expected <%s> actual", o->owner,
		      user_name(c, st->st_uid));
	if (o->group != NULL && !same_group(c, o->group, st->st_gid))
		fault(to, "group name <%s> expected <%s> actual", o->group,
		      group_name(c, st->st_gid));
}

/* ---- contents */

const char *check_time_text(struct check *c, int64_t when)
{
	char buf[32] = "";
	time_t t = (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return "?";
	(void)strftime(buf, sizeof(buf), "%I:%M:%S %p", &tm);
	return arena_printf(c->a, "%02d/%02d/%02d %s", tm.tm_mon + 1, tm.tm_mday,
			    tm.tm_year % 100, buf); /* two digits of the year, as ever */
}

static int compare_contents(struct check *c, const struct check_object *o,
			    const struct check_seen *seen, struct strbuf *to, struct error *e)
{
	uint64_t size;
	uint32_t sum;
	int rc = check_sum(c, seen->real, &size, &sum, e);

	if (rc < 0)
		return rc;
	if (o->mtime != seen->st.st_mtim.tv_sec)
		fault(to, "modtime <%s> expected <%s> actual", check_time_text(c, o->mtime),
		      check_time_text(c, seen->st.st_mtim.tv_sec));
	if (o->size != size)
		fault(to, "file size <%llu> expected <%llu> actual",
		      (unsigned long long)o->size, (unsigned long long)size);
	if (o->sum != sum)
		fault(to, "file cksum <%u> expected <%u> actual", o->sum, sum);
	return 0;
}

/* ---- links */

int check_link_target(struct check *c, const struct check_object *o, struct rpath *ret,
		      struct error *e)
{
	const char *slash = strrchr(o->path, '/'), *text = o->target;
	AUTO_STRBUF struct strbuf joined = STRBUF_INIT;
	struct rpath path;
	int rc;

	if (text[0] != '/' && slash != NULL)
		strbuf_add(&joined, o->path, (size_t)(slash - o->path));
	while (*text != '\0') {
		size_t n;

		text += strspn(text, "/");
		n = strcspn(text, "/");
		if (n == 2 && text[0] == '.' && text[1] == '.') {
			char *up = joined.len > 0 ? strrchr(joined.p, '/') : NULL;

			joined.len = up != NULL ? (size_t)(up - joined.p) : 0;
			if (joined.p != NULL)
				joined.p[joined.len] = '\0';
		} else if (n > 0 && !(n == 1 && text[0] == '.')) {
			if (joined.len > 0)
				strbuf_addch(&joined, '/');
			strbuf_add(&joined, text, n);
		}
		text += n;
	}
	rc = rpath_parse(c->a, strbuf_str(&joined), &path, e);
	return rc < 0 ? rc : tree_canonical(c->root->tree, c->a, path, ret, e);
}

int check_is_linked(struct check *c, const struct check_object *o,
		    const struct check_seen *seen, bool *ret, struct error *e)
{
	struct rpath target;
	struct stat st;
	int rc = check_link_target(c, o, &target, e);

	if (rc < 0)
		return rc;
	*ret = seen->exists && tree_stat(c->root->tree, target, &st, NULL) == 0 &&
	       st.st_dev == seen->st.st_dev && st.st_ino == seen->st.st_ino &&
	       st.st_nlink >= 2;
	return 0;
}

static int compare_link(struct check *c, const struct check_object *o,
			const struct check_seen *seen, struct strbuf *to, struct error *e)
{
	bool linked;
	int rc = check_is_linked(c, o, seen, &linked, e);

	if (rc == 0 && !linked)
		fault(to, "pathname not properly linked to <%s>", o->target);
	return rc;
}

static int compare_symlink(struct check *c, const struct check_object *o,
			   const struct check_seen *seen, struct strbuf *to, struct error *e)
{
	const char *text;
	int rc = tree_readlink(c->root->tree, c->a, seen->real, &text, e);

	if (rc == 0 && !str_eq(text, o->target))
		fault(to, "pathname not symbolically linked to <%s>", o->target);
	return rc;
}

/* ---- the whole */

static bool is_looked_at(const struct check *c, const struct check_object *o)
{
	return c->attributes || is_file(o->ftype);
}

static int compare_missing(struct check *c, const struct check_object *o,
			   const struct check_seen *seen, struct strbuf *to, struct error *e)
{
	if (c->quiet && is_file(o->ftype))
		return 0;
	fault(to, "pathname does not exist");
	return o->ftype == 'l' ? compare_link(c, o, seen, to, e) : 0;
}

int check_compare(struct check *c, const struct check_object *o, struct strbuf *faults,
		  struct error *e)
{
	struct check_seen seen;
	bool edited = c->skip_edited && o->ftype != 'f';
	char have;
	int rc;

	if (!is_looked_at(c, o))
		return 0;
	rc = check_look(c, o, &seen, e);
	if (rc < 0)
		return rc;
	if (!seen.exists)
		return compare_missing(c, o, &seen, faults, e);
	have = type_of(seen.st.st_mode);
	if (!type_fits(o->ftype, have)) {
		fault(faults, "file type <%c> expected <%c> actual", o->ftype, have);
		return 0;
	}
	if (o->ftype == 's')
		return compare_symlink(c, o, &seen, faults, e);
	if (o->ftype == 'l')
		return compare_link(c, o, &seen, faults, e);
	if (c->attributes)
		compare_attributes(c, o, &seen.st, faults);
	if (c->contents && is_file(o->ftype) && o->has_content && !edited)
		return compare_contents(c, o, &seen, faults, e);
	return 0;
}

/* What is wrong, after what could be was put right. */
static void find_faults(struct check *c, const struct check_object *o, struct strbuf *faults)
{
	struct error why = ERROR_INIT;
	struct arena *outer = c->a;
	int rc = 0;

	c->a = arena_new(); /* nothing of one object is needed for the next */
	if (c->fix)
		rc = check_fix_time(c, o, &why);
	if (rc == 0)
		rc = check_compare(c, o, faults, &why);
	if (rc < 0) /* of this object alone: the others are looked at all the same */
		strbuf_addf(faults, "    %s\n", why.text);
	arena_free(c->a);
	c->a = outer;
}

int check_one(struct check *c, const struct check_object *o, struct error *e)
{
	AUTO_STRBUF struct strbuf faults = STRBUF_INIT;
	int rc = signals_check(e);

	if (rc < 0)
		return rc;
	if (c->list) {
		check_list(c, o);
		return 0;
	}
	if (c->verbose)
		say_err("%s/%s\n", c->prefix, o->path);
	find_faults(c, o, &faults);
	if (faults.len > 0) {
		c->faults++;
		say_err("ERROR: %s/%s\n%s", c->prefix, o->path, faults.p);
	}
	return 0;
}
