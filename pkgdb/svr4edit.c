/* Lines of contents, found by path, changed, and written again. */
#include "svr4edit.h"

#include <stdlib.h>

#include "formats/filedb.h"
#include "internal.h"

#define PATH_TEXT_MAX 4097	/* longer ones are not looked for */

struct line {
	const char *path;	/* into the text, without its slash */
	size_t path_len;
	const char *text;	/* the whole line, without its newline */
	size_t len;
};

struct svr4edit {
	struct arena *a;
	struct line *lines;	/* by path */
	size_t n;
	struct strmap *changed;	/* path -> struct svr4_group */
};

/* ---- one line */

static struct pkgdb_file row_of(const struct filedb_entry *en, size_t i)
{
	return (struct pkgdb_file){
		.path = en->path, .ftype = en->ftype, .class = en->owners[i].class,
		.target = en->target, .major = en->major, .minor = en->minor, .mode = en->mode,
		.owner = en->owner, .group = en->group, .size = en->size, .sum = en->sum,
		.mtime = en->mtime, .content_unknown = !en->has_content,
		.status = en->owners[i].status, .arrival = (int64_t)i + 1, .ruling = i == 0,
	};
}

static bool parse_line(struct svr4edit *ed, const struct line *l, struct svr4_group *ret)
{
	const char *path = arena_strndup(ed->a, l->path, l->path_len);
	struct filedb db = { .n = 0 };
	size_t i;

	*ret = (struct svr4_group){ .n = 0 };
	if (filedb_parse(ed->a, l->text, l->len, "contents", &db, NULL) < 0 || db.n != 1)
		return false;
	ret->n = db.v[0].nowners;
	ret->rows = arena_calloc(ed->a, ret->n, sizeof(*ret->rows));
	ret->instances = arena_calloc(ed->a, ret->n, sizeof(*ret->instances));
	for (i = 0; i < ret->n; i++) {
		ret->rows[i] = row_of(&db.v[0], i);
		ret->rows[i].path = path; /* as it is found by */
		ret->instances[i] = db.v[0].owners[i].instance;
	}
	return true;
}

/* ---- all of them */

/* Where the path ends: at the blank, of links at the first '='. */
static bool find_path(struct line *l)
{
	const char *end = l->text + strcspn(l->text, " \t\n"), *eq;
	const char *type = end;

	while (*type == ' ' || *type == '\t')
		type++;
	if (l->text[0] != '/' || *end == '\n' || *end == '\0')
		return false;
	eq = memchr(l->text, '=', (size_t)(end - l->text));
	if ((*type == 's' || *type == 'l') && eq != NULL)
		end = eq;
	l->path = l->text + 1;
	l->path_len = (size_t)(end - l->path);
	return true;
}

static int compare_bytes(const char *a, size_t an, const char *b, size_t bn)
{
	int c = memcmp(a, b, an < bn ? an : bn);

	return c != 0 ? c : an < bn ? -1 : an > bn;
}

static int by_path(const void *x, const void *y)
{
	const struct line *a = x, *b = y;
	int c = compare_bytes(a->path, a->path_len, b->path, b->path_len);

	return c != 0 ? c : (a->text > b->text) - (a->text < b->text);
}

struct svr4edit *svr4edit_open(struct arena *a, const char *text, size_t len)
{
	struct svr4edit *ed = arena_alloc(a, sizeof(*ed));
	const char *s = arena_strndup(a, text, len), *end = s + len;
	VEC(struct line) lines = VEC_INIT;

	ed->a = a;
	ed->changed = strmap_new(64);
	while (s < end) {
		struct line l = { .text = s, .len = strcspn(s, "\n") };

		if (find_path(&l))
			*VEC_PUSH(&lines) = l;
		s += l.len + 1;
	}
	ed->lines = arena_memdup(a, lines.v, lines.n, sizeof(*lines.v));
	ed->n = lines.n;
	if (ed->n > 0)
		qsort(ed->lines, ed->n, sizeof(*ed->lines), by_path);
	VEC_FREE(&lines);
	return ed;
}

void svr4edit_close(struct svr4edit *ed)
{
	if (ed != NULL)
		strmap_free(ed->changed);
}

static const struct line *find_line(const struct svr4edit *ed, const char *path)
{
	size_t low = 0, high = ed->n, len = strlen(path);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct line *l = &ed->lines[mid];
		int c = compare_bytes(l->path, l->path_len, path, len);

		if (c == 0)
			return l;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

struct svr4_group svr4edit_find(struct svr4edit *ed, const char *path)
{
	struct svr4_group *g = strmap_find(ed->changed, path), parsed = { .n = 0 };
	const struct line *l;

	if (g != NULL)
		return *g;
	l = find_line(ed, path);
	if (l != NULL && !parse_line(ed, l, &parsed))
		parsed.n = 0;
	return parsed;
}

/* ---- changes */

/* Room for one more; what is there is copied. */
static struct svr4_group *change(struct svr4edit *ed, const char *path)
{
	struct svr4_group old = svr4edit_find(ed, path), *g = arena_alloc(ed->a, sizeof(*g));

	g->n = old.n;
	g->rows = arena_calloc(ed->a, old.n + 1, sizeof(*g->rows));
	g->instances = arena_calloc(ed->a, old.n + 1, sizeof(*g->instances));
	for (size_t i = 0; i < old.n; i++) {
		g->rows[i] = old.rows[i];
		g->instances[i] = old.instances[i];
	}
	(void)strmap_put(ed->changed, arena_strdup(ed->a, path), g);
	return g;
}

static void take_out(struct svr4_group *g, const char *instance)
{
	for (size_t i = 0; i < g->n; i++) {
		if (!str_eq(g->instances[i], instance))
			continue;
		g->n--;
		for (; i < g->n; i++) {
			g->rows[i] = g->rows[i + 1];
			g->instances[i] = g->instances[i + 1];
		}
	}
	if (g->n > 0)
		g->rows[0].ruling = true;
}

void svr4edit_drop(struct svr4edit *ed, const char *path, const char *instance)
{
	take_out(change(ed, path), instance);
}

static int64_t arrival_of(const struct svr4_group *g, const char *instance)
{
	int64_t last = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (str_eq(g->instances[i], instance))
			return g->rows[i].arrival;
		last = g->rows[i].arrival > last ? g->rows[i].arrival : last;
	}
	return last + 1;
}

void svr4edit_put(struct svr4edit *ed, const struct pkgdb_file *row, const char *instance)
{
	struct svr4_group *g = change(ed, row->path);
	int64_t arrival = arrival_of(g, instance);
	bool rules;
	size_t at;

	take_out(g, instance);
	rules = row->ruling || g->n == 0;
	at = rules ? 0 : g->n;
	if (rules)
		for (size_t i = g->n; i-- > 0;) {
			g->rows[i + 1] = g->rows[i];
			g->instances[i + 1] = g->instances[i];
			g->rows[i + 1].ruling = false;
		}
	g->rows[at] = *row;
	g->rows[at].arrival = arrival;
	g->rows[at].ruling = rules;
	g->instances[at] = arena_strdup(ed->a, instance);
	g->n++;
}

void svr4edit_status(struct svr4edit *ed, const char *path, const char *instance, char status)
{
	struct svr4_group *g = change(ed, path);

	for (size_t i = 0; i < g->n; i++)
		if (str_eq(g->instances[i], instance))
			g->rows[i].status = status;
}

/* ---- reading all, writing all */

static bool is_changed(const struct svr4edit *ed, const struct line *l)
{
	char path[PATH_TEXT_MAX];

	if (strmap_count(ed->changed) == 0 || l->path_len >= sizeof(path))
		return false;
	memcpy(path, l->path, l->path_len);
	path[l->path_len] = '\0';
	return strmap_find(ed->changed, path) != NULL;
}

int svr4edit_each(struct svr4edit *ed,
		  int (*each)(const struct svr4_group *g, void *ctx, struct error *e),
		  void *ctx, struct error *e)
{
	struct svr4_group g, *changed;
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ed->n; i++)
		if (!is_changed(ed, &ed->lines[i]) && parse_line(ed, &ed->lines[i], &g) && g.n > 0)
			rc = each(&g, ctx, e);
	while (rc >= 0 && (changed = strmap_next(ed->changed, &at, NULL)) != NULL)
		if (changed->n > 0)
			rc = each(changed, ctx, e);
	return rc < 0 ? rc : 0;
}

static void add_changed(struct svr4edit *ed, const char *path, struct strbuf *out)
{
	const struct svr4_group *g = strmap_find(ed->changed, path);
	const struct pkgdb_file **rows;

	if (g->n == 0)
		return;
	rows = xcalloc(g->n, sizeof(*rows));
	for (size_t i = 0; i < g->n; i++)
		rows[i] = &g->rows[i];
	svr4view_line(rows, g->instances, g->n, out);
	free(rows);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **changed_paths(const struct svr4edit *ed, size_t *ret_n)
{
	size_t n = strmap_count(ed->changed), at = 0, i = 0;
	const char **paths = xcalloc(n + 1, sizeof(*paths));

	while (i < n && strmap_next(ed->changed, &at, &paths[i]) != NULL)
		i++;
	if (n > 0)
		qsort(paths, n, sizeof(*paths), by_text);
	*ret_n = n;
	return paths;
}

void svr4edit_render(struct svr4edit *ed, const char *program, const char *instance,
		     int64_t when, struct strbuf *out)
{
	size_t n, i = 0, k = 0;
	const char **paths = changed_paths(ed, &n);

	while (i < ed->n || k < n) {
		const struct line *l = i < ed->n ? &ed->lines[i] : NULL;
		int c = l == NULL ? 1 : k == n ? -1 :
			compare_bytes(l->path, l->path_len, paths[k], strlen(paths[k]));

		if (c < 0) {
			strbuf_add(out, l->text, l->len);
			strbuf_addch(out, '\n');
		} else {
			add_changed(ed, paths[k++], out);
			/* Twice in a file of others: once is enough. */
			while (c == 0 && i + 1 < ed->n &&
			       by_path(&ed->lines[i + 1], l) > 0 &&
			       ed->lines[i + 1].path_len == l->path_len &&
			       memcmp(ed->lines[i + 1].path, l->path, l->path_len) == 0)
				i++;
		}
		i += c <= 0;
	}
	svr4view_closing(out, program, instance, when);
	free(paths);
}
