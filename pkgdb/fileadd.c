/* Writing file rows: one statement each, made for a hundred thousand calls. */
#include "internal.h"

#include "formats/pkgmap.h"

static bool has_content(char ftype)
{
	return ftype == 'f' || ftype == 'e' || ftype == 'v';
}

static int file_check_row(const struct pkgdb_file *f, struct error *e)
{
	int rc = path_check(f->path, e);

	if (rc < 0)
		return rc;
	if (f->ftype == 0 || strchr("fevdxpcbsl", f->ftype) == NULL || f->class == NULL ||
	    f->added < 1 || f->arrival < 0 || (f->mode != MODE_UNSET && f->mode > 07777) ||
	    (f->status != 0 && strchr("+-*~!%", f->status) == NULL) ||
	    f->size > INT64_MAX)
		return error_set(e, EINVAL, "cannot record '/%s': its row has a value that "
				 "is none", f->path);
	rc = text_check(f->class, DB_MAX_WORD, "a class", e);
	if (rc == 0)
		rc = text_check(f->target, DB_MAX_PATH, "the target of a link", e);
	if (rc == 0)
		rc = text_check(f->owner, DB_MAX_WORD, "an owner", e);
	return rc < 0 ? rc : text_check(f->group, DB_MAX_WORD, "a group", e);
}

/* Payloads come package by package, so the last is remembered. */
static int package_remember(struct pkgdb *db, int64_t package, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int64_t added, removed, first;
	int rc;

	if (package == db->last.id && package != 0)
		return 0;
	rc = query_begin(db, Q_PACKAGE_DATES, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	added = rc > 0 ? query_int(&q, 1, INT64_MAX) : 0;
	removed = rc > 0 ? query_int(&q, 0, INT64_MAX) : 0;
	first = rc > 0 ? query_int(&q, 1, INT64_MAX) : 0;
	rc = query_check(&q, e);
	if (rc < 0)
		return rc;
	if (added == 0 || removed != 0)
		return error_set(e, E_NOT_FOUND, "cannot record files of package row %lld: it is "
				 "not installed", (long long)package);
	db->last.id = package;
	db->last.added = added;
	db->last.first = first;
	return 0;
}

static void put_u32_or_unset(struct query *q, uint32_t v)
{
	if (v == UINT32_MAX)
		query_put_null(q);
	else
		query_put_int(q, v);
}

static void file_put_content(struct query *q, const struct pkgdb_file *f)
{
	if (has_content(f->ftype) && !f->content_unknown) {
		query_put_int(q, (int64_t)f->size);
		query_put_int(q, f->sum);
		query_put_int(q, f->mtime);
	} else {
		query_put_null(q);
		query_put_null(q);
		query_put_null(q);
	}
	if (f->has_sha256)
		query_put_blob(q, f->sha256.bytes, SHA256_SIZE);
	else
		query_put_null(q);
}

static int64_t file_bytes(const struct pkgdb_file *f)
{
	return has_content(f->ftype) && !f->content_unknown ? (int64_t)f->size : 0;
}

static int file_insert(struct pkgdb *db, const struct pkgdb_file *f, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_FILE_ADD, &q, e);

	if (rc < 0)
		return rc;
	query_put_text(&q, f->path);
	query_put_int(&q, f->package);
	query_put_int(&q, f->added == db->last.added ? 0 : f->added);
	query_put_char(&q, f->ftype);
	query_put_text(&q, f->class);
	query_put_text(&q, f->target);
	put_u32_or_unset(&q, f->major);
	put_u32_or_unset(&q, f->minor);
	put_u32_or_unset(&q, f->mode);
	query_put_text(&q, f->owner);
	query_put_text(&q, f->group);
	file_put_content(&q, f);
	query_put_char(&q, f->status);
	query_put_int(&q, f->ruling);
	if (f->arrival == 0 || f->arrival == db->last.first)
		query_put_null(&q);
	else
		query_put_int(&q, f->arrival);
	rc = query_run(&q, e);
	if (rc == -EEXIST)
		return error_set(e, EEXIST, "cannot record '/%s': package row %lld has it already",
				 f->path, (long long)f->package);
	if (rc == 0)
		counter_add(db, f->package, 1, file_bytes(f));
	return rc;
}

int pkgdb_file_add(struct pkgdb *db, const struct pkgdb_file *f, struct error *e)
{
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = file_check_row(f, e);
	if (rc == 0)
		rc = package_remember(db, f->package, e);
	if (rc < 0)
		return rc;
	if (f->added < db->last.added)
		return error_set(e, EINVAL, "cannot record '/%s' in transaction %lld: its package "
				 "came later", f->path, (long long)f->added);
	return file_insert(db, f, e);
}

/* What the live row has: when it came, and the bytes it counts for. */
static int file_live(struct pkgdb *db, int64_t package, const char *path, int64_t *ret_added,
		     int64_t *ret_bytes, struct error *e)
{
	AUTO_QUERY struct query q;
	char ftype;
	int rc = query_begin(db, Q_FILE_LIVE, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	query_put_text(&q, path);
	rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return error_set(e, E_NOT_FOUND, "cannot end the record of '/%s': package row "
				 "%lld does not have it", path, (long long)package);
	*ret_added = query_int(&q, 1, INT64_MAX);
	ftype = query_char(&q, "fevdxpcbsl");
	*ret_bytes = query_is_null(&q) || !has_content(ftype) ? 0 : query_int(&q, 0, INT64_MAX);
	return query_check(&q, e);
}

/* A row that came and goes in one transaction never was. */
int pkgdb_file_end(struct pkgdb *db, int64_t package, const char *path, int64_t txn,
		   struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int64_t added = 0, bytes = 0;
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = path_check(path, e);
	if (rc == 0)
		rc = file_live(db, package, path, &added, &bytes, e);
	if (rc == 0 && txn < added)
		rc = error_set(e, EINVAL, "cannot end the record of '/%s' in transaction %lld: it "
			       "came later", path, (long long)txn);
	if (rc == 0)
		rc = query_begin(db, added == txn ? Q_FILE_DELETE : Q_FILE_END, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	query_put_text(&q, path);
	if (added != txn)
		query_put_int(&q, txn);
	rc = query_run(&q, e);
	if (rc == 0)
		counter_add(db, package, -1, -bytes);
	return rc;
}

int pkgdb_file_replace(struct pkgdb *db, const struct pkgdb_file *f, int64_t txn,
		       struct error *e)
{
	struct pkgdb_file now = *f;
	int rc = pkgdb_file_end(db, f->package, f->path, txn, e);

	now.added = txn;
	return rc < 0 ? rc : pkgdb_file_add(db, &now, e);
}
