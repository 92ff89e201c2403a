/* File rows: reading one, those of a package, of a path, below a directory. */
#include "internal.h"

#include "formats/pkgmap.h"

#define FTYPES "fevdxpcbsl"
#define STATUSES "+-*~!%"

/* NUM_UNSET, MODE_UNSET */
static uint32_t read_u32_or_unset(struct query *q, uint32_t max)
{
	return (uint32_t)query_int_or(q, 0, max, UINT32_MAX);
}

static void read_sha256(struct query *q, struct pkgdb_file *f)
{
	size_t len;
	const void *bytes = query_blob_or_null(q, SHA256_SIZE, &len);

	f->has_sha256 = bytes != NULL;
	if (len == SHA256_SIZE)
		memcpy(f->sha256.bytes, bytes, SHA256_SIZE);
	else if (bytes != NULL)
		query_refuse(q);
}

/* -1 is no size: a file whose contents were never known. */
static void read_content(struct query *q, struct pkgdb_file *f)
{
	int64_t size = query_int_or(q, 0, INT64_MAX, -1);

	f->content_unknown = size < 0 && ftype_has_payload(f->ftype);
	f->size = size < 0 ? 0 : (uint64_t)size;
	f->sum = (uint32_t)query_int_or(q, 0, UINT32_MAX, 0);
	f->mtime = query_int_or(q, INT64_MIN, INT64_MAX, 0);
	read_sha256(q, f);
}

int file_read(struct query *q, struct pkgdb_file *f, const char **ret_instance, struct error *e)
{
	*f = (struct pkgdb_file){ .package = query_int(q, 1, INT64_MAX) };
	f->path = query_text(q, DB_MAX_PATH);
	if (!path_ok(f->path))
		query_refuse(q);
	f->ftype = query_char(q, FTYPES);
	if (f->ftype == 0)
		query_refuse(q);
	f->class = query_text(q, DB_MAX_WORD);
	f->target = query_text_or_null(q, DB_MAX_PATH);
	f->major = read_u32_or_unset(q, NUM_UNSET - 1);
	f->minor = read_u32_or_unset(q, NUM_UNSET - 1);
	f->mode = read_u32_or_unset(q, 07777);
	f->owner = query_text_or_null(q, DB_MAX_WORD);
	f->group = query_text_or_null(q, DB_MAX_WORD);
	read_content(q, f);
	f->status = query_char(q, STATUSES);
	f->ruling = query_int(q, 0, 1) != 0;
	f->added = query_int(q, 1, INT64_MAX);
	f->removed = query_int(q, 0, INT64_MAX);
	f->arrival = query_int(q, 1, INT64_MAX);
	*ret_instance = query_text(q, DB_MAX_WORD);
	return query_check(q, e);
}

/* The strings of a package's rows repeat: owner, group and class are stored once. */
static const char *dup_like(struct arena *a, const char *text, const char *last)
{
	if (text == NULL)
		return NULL;
	return last != NULL && str_eq(text, last) ? last : arena_strdup(a, text);
}

static void file_keep(struct arena *a, struct pkgdb_file *f, const struct pkgdb_file *last)
{
	f->path = arena_strdup(a, f->path);
	f->target = dup_like(a, f->target, NULL);
	f->class = dup_like(a, f->class, last != NULL ? last->class : NULL);
	f->owner = dup_like(a, f->owner, last != NULL ? last->owner : NULL);
	f->group = dup_like(a, f->group, last != NULL ? last->group : NULL);
}

struct file_list {
	VEC(struct pkgdb_file) rows;
	VEC(const char *) instances;
};

static int file_list_read(struct query *q, struct arena *a, struct file_list *l, struct error *e)
{
	const char *instance, *last = NULL;
	int rc;

	while ((rc = query_step(q, e)) > 0) {
		struct pkgdb_file *f = VEC_PUSH(&l->rows);

		rc = file_read(q, f, &instance, e);
		if (rc < 0)
			return rc;
		file_keep(a, f, l->rows.n > 1 ? f - 1 : NULL);
		instance = dup_like(a, instance, last);
		*VEC_PUSH(&l->instances) = last = instance;
	}
	return rc;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct pkgdb_file *)a)->path, ((const struct pkgdb_file *)b)->path);
}

static void file_list_give(struct file_list *l, struct arena *a, struct pkgdb_file **ret,
			   size_t *ret_n)
{
	*ret = arena_calloc(a, l->rows.n, sizeof(**ret));
	memcpy(*ret, l->rows.n > 0 ? l->rows.v : *ret, l->rows.n * sizeof(**ret));
	*ret_n = l->rows.n;
}

static void file_list_free(struct file_list *l)
{
	VEC_FREE(&l->rows);
	VEC_FREE(&l->instances);
}

int pkgdb_files(struct pkgdb *db, struct arena *a, int64_t package, int64_t at,
		struct pkgdb_file **ret, size_t *ret_n, struct error *e)
{
	__attribute__((cleanup(file_list_free))) struct file_list l = { .rows = VEC_INIT };
	AUTO_QUERY struct query q = { .s = NULL };
	size_t i;
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = query_begin(db, Q_FILES, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	query_put_int(&q, at);
	rc = file_list_read(&q, a, &l, e);
	if (rc < 0)
		return rc;
	for (i = 1; i < l.rows.n; i++) /* rows ended since come after the live ones */
		if (strcmp(l.rows.v[i - 1].path, l.rows.v[i].path) > 0)
			break;
	if (i < l.rows.n)
		qsort(l.rows.v, l.rows.n, sizeof(*l.rows.v), compare_paths);
	file_list_give(&l, a, ret, ret_n);
	return 0;
}

static bool file_before(const struct pkgdb_file *a, const struct pkgdb_file *b)
{
	if (a->ruling != b->ruling)
		return a->ruling;
	return a->arrival != b->arrival ? a->arrival < b->arrival : a->package < b->package;
}

/* Insertion: a path has few owners, mostly one. */
void file_group_sort(struct pkgdb_file *rows, const char **instances, size_t n)
{
	size_t i, k;

	for (i = 1; i < n; i++) {
		struct pkgdb_file row = rows[i];
		const char *instance = instances[i];

		for (k = i; k > 0 && file_before(&row, &rows[k - 1]); k--) {
			rows[k] = rows[k - 1];
			instances[k] = instances[k - 1];
		}
		rows[k] = row;
		instances[k] = instance;
	}
}

int file_group_of(struct pkgdb *db, struct arena *a, const char *path, int64_t at,
		  struct file_group *ret, struct error *e)
{
	__attribute__((cleanup(file_list_free))) struct file_list l = { .rows = VEC_INIT };
	AUTO_QUERY struct query q = { .s = NULL };
	struct pkgdb_file *rows;
	const char **instances;
	size_t n;
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = query_begin(db, Q_OWNERS, &q, e);
	if (rc < 0)
		return rc;
	query_put_text(&q, path);
	query_put_int(&q, at);
	rc = file_list_read(&q, a, &l, e);
	if (rc < 0)
		return rc;
	file_group_sort(l.rows.v, l.instances.v, l.rows.n);
	file_list_give(&l, a, &rows, &n);
	instances = arena_calloc(a, n, sizeof(*instances));
	memcpy(instances, n > 0 ? l.instances.v : instances, n * sizeof(*instances));
	*ret = (struct file_group){ .rows = rows, .instances = instances, .n = n };
	return 0;
}

int pkgdb_owners(struct pkgdb *db, struct arena *a, const char *path, int64_t at,
		 struct pkgdb_file **ret, size_t *ret_n, struct error *e)
{
	struct file_group g;
	int rc = file_group_of(db, a, path, at, &g, e);

	if (rc < 0)
		return rc;
	*ret = (struct pkgdb_file *)g.rows; /* made by us just now */
	*ret_n = g.n;
	return 0;
}

/* ---- paths alone */

static int paths_read(struct query *q, struct arena *a, const char ***ret, size_t *ret_n,
		      struct error *e)
{
	VEC(const char *) found = VEC_INIT;
	int rc = 0;

	while (rc >= 0 && (rc = query_step(q, e)) > 0) {
		const char *path = query_text(q, DB_MAX_PATH);

		if (!path_ok(path))
			query_refuse(q);
		rc = query_check(q, e);
		if (rc == 0 && (found.n == 0 || !str_eq(found.v[found.n - 1], path)))
			*VEC_PUSH(&found) = arena_strdup(a, path);
	}
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

int pkgdb_below(struct pkgdb *db, struct arena *a, const char *dir, const char ***ret,
		size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_BELOW, &q, e);

	if (rc < 0)
		return rc;
	if (dir[0] != '\0') { /* all that begins with "dir/": '0' is the byte after '/' */
		query_put_text(&q, arena_printf(a, "%s/", dir));
		query_put_text(&q, arena_printf(a, "%s0", dir));
	} else {
		query_put_text(&q, "");
		query_put_blob(&q, "", 0); /* any text comes before any blob */
	}
	return paths_read(&q, a, ret, ret_n, e);
}

int pkgdb_editable(struct pkgdb *db, struct arena *a, const char ***ret, size_t *ret_n,
		   struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_EDITABLE, &q, e);

	return rc < 0 ? rc : paths_read(&q, a, ret, ret_n, e);
}

int pkgdb_directories(struct pkgdb *db, struct arena *a, const char ***ret, size_t *ret_n,
		      struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_DIRECTORIES, &q, e);

	return rc < 0 ? rc : paths_read(&q, a, ret, ret_n, e);
}

int file_paths_of(struct pkgdb *db, struct arena *a, int64_t txn, const char ***ret,
		  size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_FILE_PATHS_OF, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, txn);
	return paths_read(&q, a, ret, ret_n, e);
}

int file_over(struct pkgdb *db, int64_t txn, size_t most, bool *ret, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = counter_flush(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_FILES_OVER, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, txn);
	query_put_int(&q, (int64_t)most);
	rc = query_step(&q, e);
	if (rc > 0) {
		*ret = query_int(&q, 0, 1) != 0;
		rc = query_check(&q, e);
	}
	return rc;
}

int pkgdb_count_files(struct pkgdb *db, uint64_t *ret, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int64_t n = 0;
	int rc = counter_flush(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_COUNT_FILES, &q, e);
	if (rc == 0)
		rc = query_step(&q, e);
	if (rc > 0) {
		n = query_int(&q, 0, INT64_MAX);
		rc = query_check(&q, e);
	}
	if (rc == 0)
		*ret = (uint64_t)n;
	return rc;
}
