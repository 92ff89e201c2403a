/*
 * The contents file: whole from the database, or merged from the one that is there.
 *
 * The lines of our own file are sorted by path (strcmp), so the few that a transaction
 * touches are found by bisection, and everything between them is copied.
 */
#include "svr4view.h"

#include <time.h>

#include "internal.h"

/* Beyond this share of the lines the whole is made anew, which costs less per line. */
#define MERGE_SHARE 8
#define LINE_GUESS 80

/* %c of the C locale: "Thu Jan  1 00:00:00 1970", in the zone of TZ. */
static void add_date(struct strbuf *out, int64_t when)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm)); /* a year that int can't hold */
	strbuf_addf(out, "%.3s %.3s %2d %02d:%02d:%02d %lld", days + 3 * tm.tm_wday,
		    months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		    1900LL + tm.tm_year);
}

void svr4view_closing(struct strbuf *out, const char *program, const char *instance,
		      int64_t when)
{
	strbuf_adds(out, "# Last modified by ");
	strbuf_add_escaped(out, program);
	strbuf_adds(out, " for ");
	strbuf_add_escaped(out, instance);
	strbuf_adds(out, " package\n# ");
	add_date(out, when);
	strbuf_addch(out, '\n');
}

#define FEW 16

static void add_group(struct strbuf *out, const struct file_group *g)
{
	const struct pkgdb_file *few[FEW] = { NULL }, **rows = few;
	size_t i;

	if (g->n == 0)
		return;
	if (g->n > FEW)
		rows = xcalloc(g->n, sizeof(*rows));
	for (i = 0; i < g->n; i++)
		rows[i] = &g->rows[i];
	svr4view_line(rows, g->instances, g->n, out);
	if (rows != few)
		free(rows);
}

static int contents_each(const struct file_group *g, void *ctx, struct error *e)
{
	(void)e;
	add_group(ctx, g);
	return 0;
}

int svr4view_contents(struct pkgdb *db, const char *program, const char *instance, int64_t when,
		      struct strbuf *out, struct error *e)
{
	size_t before = out->len;
	int rc = file_walk(db, PKGDB_NOW, contents_each, out, e);

	if (rc == 0)
		svr4view_closing(out, program, instance, when);
	else
		out->len = before;
	return rc;
}

/* ---- merging */

struct body {
	const char *p;
	size_t len;	/* without the closing comment lines */
};

static size_t line_begin(const struct body *b, size_t at)
{
	const char *nl = at > 0 ? memrchr(b->p, '\n', at) : NULL;

	return nl != NULL ? (size_t)(nl - b->p) + 1 : 0;
}

static size_t line_next(const struct body *b, size_t at)
{
	const char *nl = memchr(b->p + at, '\n', b->len - at);

	return nl != NULL ? (size_t)(nl - b->p) + 1 : b->len;
}

/* The path of the line at `at`, without its slash. False when the line does not say
 * clearly where that ends: links with '=' in path or target. */
static bool line_path(const struct body *b, size_t at, const char **ret, size_t *ret_len)
{
	const char *line = b->p + at, *end, *eq;
	size_t len = line_next(b, at) - at;
	char ftype;

	end = memchr(line, ' ', len);
	if (line[0] != '/' || end == NULL || (size_t)(end - line) + 2 > len)
		return false;
	ftype = end[1];
	if (ftype == 's' || ftype == 'l') {
		eq = memchr(line, '=', (size_t)(end - line));
		if (eq == NULL || memchr(eq + 1, '=', (size_t)(end - eq - 1)) != NULL)
			return false;
		end = eq;
	}
	*ret = line + 1;
	*ret_len = (size_t)(end - line) - 1;
	return true;
}

/* As strcmp would say. */
static int compare_path(const char *line, size_t len, const char *path)
{
	size_t n = strlen(path);
	int c = memcmp(line, path, len < n ? len : n);

	if (c != 0)
		return c;
	return len < n ? -1 : len > n;
}

/* The first line not before `path`, from `lo` on; *ret_same: it is that path's. */
static bool line_find(const struct body *b, size_t lo, const char *path, size_t *ret,
		      bool *ret_same)
{
	size_t hi = b->len, len;
	const char *line;

	*ret_same = false;
	while (lo < hi) {
		size_t mid = line_begin(b, lo + (hi - lo) / 2);
		int c;

		if (mid < lo)
			mid = lo;
		if (!line_path(b, mid, &line, &len))
			return false;
		c = compare_path(line, len, path);
		if (c < 0) {
			lo = line_next(b, mid);
			continue;
		}
		hi = mid;
		*ret_same = c == 0;
	}
	*ret = lo;
	return true;
}

static void body_find(struct body *b, const char *old, size_t len)
{
	*b = (struct body){ .p = old, .len = len };
	while (b->len > 0 && b->p[b->len - 1] == '\n') {
		size_t last = line_begin(b, b->len - 1);

		if (b->p[last] != '#')
			return;
		b->len = last;
	}
}

/* Is this the file that we wrote? */
static int body_is_ours(struct pkgdb *db, const char *old, size_t len, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct sha256 recorded, found;
	const char *hex;
	int rc = pkgdb_setting_get(db, a, SVR4VIEW_DIGEST, &hex, e);

	if (rc < 0 || hex == NULL || sha256_from_hex(hex, &recorded) < 0)
		return rc < 0 ? rc : 0;
	if (len == 0 || old[len - 1] != '\n')
		return 0;
	sha256_of(old, len, &found);
	return sha256_equal(&recorded, &found) != 0;
}

/* 1 done, 0 a line is not clear. */
static int merge_paths(struct pkgdb *db, struct arena *a, const struct body *b,
		       const char *const *paths, size_t n, struct strbuf *out, struct error *e)
{
	size_t at = 0, found, i;
	bool same;

	for (i = 0; i < n; i++) {
		struct file_group g;
		int rc = file_group_of(db, a, paths[i], PKGDB_NOW, &g, e);

		if (rc < 0)
			return rc;
		if (!line_find(b, at, paths[i], &found, &same))
			return 0;
		strbuf_add(out, b->p + at, found - at);
		add_group(out, &g);
		at = same ? line_next(b, found) : found;
	}
	strbuf_add(out, b->p + at, b->len - at);
	return 1;
}

int svr4view_contents_merge(struct pkgdb *db, const char *old, size_t old_len, int64_t txn,
			    const char *program, const char *instance, int64_t when,
			    struct strbuf *out, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	size_t before = out->len, most, n;
	const char **paths;
	struct body b;
	bool over;
	int rc;

	body_find(&b, old, old_len);
	most = b.len / LINE_GUESS / MERGE_SHARE + FEW;
	rc = file_over(db, txn, most, &over, e);
	if (rc < 0 || over)
		return rc;
	rc = body_is_ours(db, old, old_len, e);
	if (rc <= 0)
		return rc;
	rc = file_paths_of(db, a, txn, &paths, &n, e);
	if (rc < 0)
		return rc;
	rc = n > most ? 0 : merge_paths(db, a, &b, paths, n, out, e);
	if (rc > 0)
		svr4view_closing(out, program, instance, when);
	else
		out->len = before;
	return rc;
}
