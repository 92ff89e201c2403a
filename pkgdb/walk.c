/* All live rows, in the order of their paths: one pass over the table. */
#include "internal.h"

/* One path's rows. The strings of a row are SQLite's until the next step, so they are
 * copied behind each other; `text` may move, so the rows hold offsets until flushed. */
struct walk {
	VEC(struct pkgdb_file) rows;
	VEC(const char *) instances;
	struct strbuf text;
	int (*each)(const struct file_group *g, void *ctx, struct error *e);
	void *ctx;
};

#define OFFSET(n) ((const char *)(uintptr_t)(n))

static const char *walk_store(struct walk *w, const char *text)
{
	size_t offset = w->text.len + 1; /* 0 is NULL */

	if (text == NULL)
		return NULL;
	strbuf_add(&w->text, text, strlen(text) + 1);
	return OFFSET(offset);
}

static const char *walk_load(const struct walk *w, const char *offset)
{
	return offset != NULL ? w->text.p + ((uintptr_t)offset - 1) : NULL;
}

static void walk_push(struct walk *w, const struct pkgdb_file *row, const char *instance)
{
	struct pkgdb_file *f = VEC_PUSH(&w->rows);

	*f = *row;
	f->path = walk_store(w, row->path);
	f->class = walk_store(w, row->class);
	f->target = walk_store(w, row->target);
	f->owner = walk_store(w, row->owner);
	f->group = walk_store(w, row->group);
	instance = walk_store(w, instance);
	*VEC_PUSH(&w->instances) = instance;
}

static int walk_flush(struct walk *w, struct error *e)
{
	struct file_group g = { .n = w->rows.n };
	size_t i;
	int rc;

	if (g.n == 0)
		return 0;
	for (i = 0; i < g.n; i++) {
		struct pkgdb_file *f = &w->rows.v[i];

		f->path = walk_load(w, f->path);
		f->class = walk_load(w, f->class);
		f->target = walk_load(w, f->target);
		f->owner = walk_load(w, f->owner);
		f->group = walk_load(w, f->group);
		w->instances.v[i] = walk_load(w, w->instances.v[i]);
	}
	file_group_sort(w->rows.v, w->instances.v, g.n);
	g.rows = w->rows.v;
	g.instances = w->instances.v;
	rc = w->each(&g, w->ctx, e);
	w->rows.n = w->instances.n = 0;
	strbuf_reset(&w->text);
	return rc;
}

static int walk_run(struct query *q, struct walk *w, struct error *e)
{
	struct pkgdb_file row;
	const char *instance;
	int rc;

	while ((rc = query_step(q, e)) > 0) {
		rc = file_read(q, &row, &instance, e);
		if (rc == 0 && w->rows.n > 0 && !str_eq(row.path, w->text.p))
			rc = walk_flush(w, e);
		if (rc < 0)
			return rc;
		walk_push(w, &row, instance);
	}
	return rc < 0 ? rc : walk_flush(w, e);
}

#define WALK(tables) \
	"SELECT " FILE_COLUMNS " FROM " tables " WHERE f.added <= ?1 " \
	"AND (f.removed = 0 OR f.removed > ?1) AND p.added <= ?1 " \
	"AND (p.removed = 0 OR p.removed > ?1) ORDER BY f.path"

/* In a table that is mostly history, the rows of the packages that are left are looked for
 * package by package, and sorted. */
static int walk_sql(struct pkgdb *db, int64_t at, const char **ret, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	bool old = false;
	int rc = counter_flush(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_FILES_MOSTLY_OLD, &q, e);
	if (rc == 0)
		rc = query_step(&q, e);
	if (rc > 0) {
		old = query_int(&q, 0, 1) != 0;
		rc = query_check(&q, e);
	}
	*ret = at == PKGDB_NOW && old ?
	       WALK("package p CROSS JOIN file f ON f.package = p.id") :
	       WALK("file f CROSS JOIN package p ON p.id = f.package");
	return rc;
}

/* A statement of its own, because `each` may ask the database again. */
int file_walk(struct pkgdb *db, int64_t at,
	      int (*each)(const struct file_group *g, void *ctx, struct error *e), void *ctx,
	      struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	struct walk w = { .each = each, .ctx = ctx };
	const char *sql;
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = walk_sql(db, at, &sql, e);
	if (rc == 0)
		rc = query_begin_sql(db, sql, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, at);
	rc = walk_run(&q, &w, e);
	VEC_FREE(&w.rows);
	VEC_FREE(&w.instances);
	strbuf_free(&w.text);
	return rc;
}

struct each_row {
	int (*each)(const struct pkgdb_file *f, void *ctx, struct error *e);
	void *ctx;
};

static int walk_rows(const struct file_group *g, void *ctx, struct error *e)
{
	const struct each_row *r = ctx;
	size_t i;
	int rc = 0;

	for (i = 0; i < g->n && rc >= 0; i++)
		rc = r->each(&g->rows[i], r->ctx, e);
	return rc;
}

int pkgdb_walk(struct pkgdb *db, int64_t at,
	       int (*each)(const struct pkgdb_file *f, void *ctx, struct error *e), void *ctx,
	       struct error *e)
{
	struct each_row r = { .each = each, .ctx = ctx };
	int rc = file_walk(db, at, walk_rows, &r, e);

	return rc < 0 ? rc : 0;
}
