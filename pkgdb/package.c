/* Package rows, with their parameters and install/ files. */
#include "internal.h"

#define STATES "IR"

static int package_read(struct query *q, struct arena *a, struct pkgdb_package *ret,
			struct error *e)
{
	struct pkgdb_package p = { .id = query_int(q, 1, INT64_MAX) };

	p.instance = query_dup(q, a, DB_MAX_WORD);
	p.pkg = query_dup(q, a, DB_MAX_WORD);
	p.title = query_dup(q, a, DB_MAX_TEXT);
	p.arch = query_dup(q, a, DB_MAX_TEXT);
	p.version = query_dup(q, a, DB_MAX_TEXT);
	p.category = query_dup(q, a, DB_MAX_TEXT);
	p.basedir = query_dup_or_null(q, a, DB_MAX_PATH);
	p.added = query_int(q, 1, INT64_MAX);
	p.removed = query_int(q, 0, INT64_MAX);
	p.first = query_int(q, 1, INT64_MAX);
	p.manual = query_int(q, 0, 1) != 0;
	p.state = query_char(q, STATES);
	p.payload_bytes = (uint64_t)query_int(q, 0, INT64_MAX);
	p.nfiles = (uint64_t)query_int(q, 0, INT64_MAX);
	*ret = p;
	return query_check(q, e);
}

int pkgdb_packages(struct pkgdb *db, struct arena *a, int64_t at, struct pkgdb_package **ret,
		   size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	VEC(struct pkgdb_package) found = VEC_INIT;
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = counter_flush(db, e);
	if (rc == 0)
		rc = query_begin(db, Q_PACKAGES, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, at);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		if (found.n == DB_MAX_PACKAGES)
			rc = error_set(e, E_LIMIT, "cannot read packages: more than %u",
				       DB_MAX_PACKAGES);
		else
			rc = package_read(&q, a, VEC_PUSH(&found), e);
	}
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

int pkgdb_package_find(struct pkgdb *db, struct arena *a, const char *instance, int64_t at,
		       struct pkgdb_package *ret, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = counter_flush(db, e);
	if (rc == 0)
		rc = query_begin(db, Q_PACKAGE_FIND, &q, e);
	if (rc < 0)
		return rc;
	query_put_text(&q, instance);
	query_put_int(&q, at);
	rc = query_step(&q, e);
	if (rc <= 0)
		return rc;
	rc = package_read(&q, a, ret, e);
	return rc < 0 ? rc : 1;
}

int pkgdb_params(struct pkgdb *db, struct arena *a, int64_t package, struct pkginfo *ret,
		 struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct param) found = VEC_INIT;
	int rc = query_begin(db, Q_PARAMS, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		struct param *p = VEC_PUSH(&found);

		p->name = query_dup(&q, a, DB_MAX_WORD);
		p->value = query_dup(&q, a, DB_MAX_TEXT);
		rc = found.n <= PKGINFO_MAX_PARAMS ? query_check(&q, e) :
		     error_set(e, E_LIMIT, "cannot read the parameters of a package: more than "
			       "%d", PKGINFO_MAX_PARAMS);
	}
	if (rc == 0) {
		ret->params = arena_calloc(a, found.n, sizeof(*ret->params));
		memcpy(ret->params, found.n > 0 ? found.v : ret->params,
		       found.n * sizeof(*ret->params));
		ret->n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

#define MAX_INFOFILES 4096
#define MAX_INFOFILE_BYTES ((size_t)256 << 20)

static int infofile_read(struct query *q, struct arena *a, struct infofile *ret, size_t *total,
			 struct error *e)
{
	const void *bytes;

	ret->name = query_dup(q, a, DB_MAX_WORD);
	ret->mtime = query_int(q, INT64_MIN, INT64_MAX);
	bytes = query_blob(q, INFOFILE_MAX_BYTES, &ret->len);
	*total += ret->len;
	if (*total > MAX_INFOFILE_BYTES)
		return error_set(e, E_LIMIT, "cannot read the install files of a package: "
				 "larger than %zu bytes", MAX_INFOFILE_BYTES);
	ret->bytes = arena_strndup(a, bytes, ret->len);
	if (ret->name[0] == '\0' || strchr(ret->name, '/') != NULL || str_eq(ret->name, ".") ||
	    str_eq(ret->name, ".."))
		return error_set(e, E_DB, "cannot read the install files of a package: a name "
				 "is not one of ours");
	return query_check(q, e);
}

int pkgdb_infofiles(struct pkgdb *db, struct arena *a, int64_t package, struct infofile **ret,
		    size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct infofile) found = VEC_INIT;
	size_t total = 0;
	int rc = query_begin(db, Q_INFOFILES, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		if (found.n == MAX_INFOFILES)
			rc = error_set(e, E_LIMIT, "cannot read the install files of a package: "
				       "more than %d", MAX_INFOFILES);
		else
			rc = infofile_read(&q, a, VEC_PUSH(&found), &total, e);
	}
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

/* ---- writing */

static int package_check(const struct pkgdb_package *p, size_t nparams, size_t ninfofiles,
			 struct error *e)
{
	int rc = 0;

	if (p->instance == NULL || p->instance[0] == '\0' || p->pkg == NULL ||
	    p->title == NULL || p->arch == NULL || p->version == NULL || p->category == NULL ||
	    p->added < 1 || p->first < 0 || (p->state != 0 && strchr(STATES, p->state) == NULL))
		return error_set(e, EINVAL, "cannot record package '%s': its row is not whole",
				 p->instance != NULL ? p->instance : "");
	if (nparams > PKGINFO_MAX_PARAMS || ninfofiles > MAX_INFOFILES)
		return error_set(e, E_LIMIT, "cannot record package '%.64s': too many parameters "
				 "or install files", p->instance);
	rc = text_check(p->instance, DB_MAX_WORD, "the name of an instance", e);
	if (rc == 0)
		rc = text_check(p->pkg, DB_MAX_WORD, "the name of a package", e);
	if (rc == 0)
		rc = text_check(p->title, DB_MAX_TEXT, "a title", e);
	if (rc == 0)
		rc = text_check(p->arch, DB_MAX_TEXT, "an architecture", e);
	if (rc == 0)
		rc = text_check(p->version, DB_MAX_TEXT, "a version", e);
	if (rc == 0)
		rc = text_check(p->category, DB_MAX_TEXT, "a category", e);
	return rc < 0 ? rc : text_check(p->basedir, DB_MAX_PATH, "a base directory", e);
}

static int package_insert(struct pkgdb *db, const struct pkgdb_package *p, int64_t *ret_id,
			  struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_PACKAGE_ADD, &q, e);

	if (rc < 0)
		return rc;
	query_put_text(&q, p->instance);
	query_put_text(&q, p->pkg);
	query_put_text(&q, p->title);
	query_put_text(&q, p->arch);
	query_put_text(&q, p->version);
	query_put_text(&q, p->category);
	query_put_text(&q, p->basedir);
	query_put_int(&q, p->added);
	query_put_int(&q, p->first);
	query_put_int(&q, p->manual);
	query_put_char(&q, p->state);
	rc = query_run(&q, e);
	if (rc == 0)
		*ret_id = sqlite3_last_insert_rowid(db->sql);
	return rc;
}

/* Runs a statement of one package and at most one number. */
static int package_run(struct pkgdb *db, enum statement_id id, int64_t package, int64_t value,
		       struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, id, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	if (sqlite3_bind_parameter_count(q.s) > 1)
		query_put_int(&q, value);
	rc = query_run(&q, e);
	return rc < 0 ? rc : (int)(query_changes(&q) > 0);
}

static int param_add(struct pkgdb *db, int64_t package, size_t seq, const struct param *p,
		     struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = text_check(p->name, DB_MAX_WORD, "the name of a parameter", e);

	if (rc == 0)
		rc = text_check(p->value, DB_MAX_TEXT, "a parameter", e);
	if (rc == 0)
		rc = query_begin(db, Q_PARAM_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	query_put_int(&q, (int64_t)seq);
	query_put_text(&q, p->name);
	query_put_text(&q, p->value);
	return query_run(&q, e);
}

static int infofile_add(struct pkgdb *db, int64_t package, size_t seq, const struct infofile *f,
			struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = text_check(f->name, DB_MAX_WORD, "the name of an install file", e);

	if (rc == 0 && f->len > INFOFILE_MAX_BYTES)
		rc = error_set(e, E_LIMIT, "cannot record install file '%s': larger than %zu "
			       "bytes", f->name, INFOFILE_MAX_BYTES);
	if (rc == 0)
		rc = query_begin(db, Q_INFOFILE_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	query_put_int(&q, (int64_t)seq);
	query_put_text(&q, f->name);
	query_put_int(&q, f->mtime);
	query_put_blob(&q, f->bytes, f->len);
	return query_run(&q, e);
}

int pkgdb_package_add(struct pkgdb *db, struct pkgdb_package *p, const struct pkginfo *params,
		      const struct infofile *infofiles, size_t ninfofiles, struct error *e)
{
	size_t nparams = params != NULL ? params->n : 0, i;
	int64_t id = 0;
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = package_check(p, nparams, ninfofiles, e);
	if (rc == 0)
		rc = package_insert(db, p, &id, e);
	if (rc == 0 && p->first == 0)
		rc = package_run(db, Q_PACKAGE_FIRST, id, 0, e);
	for (i = 0; i < nparams && rc >= 0; i++)
		rc = param_add(db, id, i, &params->params[i], e);
	for (i = 0; i < ninfofiles && rc >= 0; i++)
		rc = infofile_add(db, id, i, &infofiles[i], e);
	if (rc < 0)
		return rc;
	p->id = id;
	if (p->first == 0)
		p->first = id;
	return 0;
}

/* In an upgrade either may come first, the new row or the end of the old one. */
int package_check_twice(struct pkgdb *db, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_PACKAGE_TWICE, &q, e);

	if (rc == 0)
		rc = query_step(&q, e);
	if (rc <= 0)
		return rc;
	return error_set(e, EEXIST, "cannot record package '%s': it is installed already",
			 query_text(&q, DB_MAX_WORD));
}

static int package_not_found(int64_t package, struct error *e)
{
	return error_set(e, E_NOT_FOUND, "cannot change package row %lld: it is not there, or "
			 "was ended before", (long long)package);
}

static int package_dates(struct pkgdb *db, int64_t package, int64_t *ret_added, struct error *e)
{
	AUTO_QUERY struct query q;
	int64_t removed;
	int rc = query_begin(db, Q_PACKAGE_DATES, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return package_not_found(package, e);
	*ret_added = query_int(&q, 1, INT64_MAX);
	removed = query_int(&q, 0, INT64_MAX);
	rc = query_check(&q, e);
	return rc == 0 && removed != 0 ? package_not_found(package, e) : rc;
}

/* A package that came and goes in one transaction never was. */
int pkgdb_package_end(struct pkgdb *db, int64_t package, int64_t txn, struct error *e)
{
	int64_t added = 0;
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = counter_flush(db, e);
	if (rc == 0)
		rc = package_dates(db, package, &added, e);
	if (rc < 0)
		return rc;
	if (txn < added)
		return error_set(e, EINVAL, "cannot end package row %lld in transaction %lld: it "
				 "came later", (long long)package, (long long)txn);
	db->last.id = 0;
	rc = package_run(db, added == txn ? Q_PACKAGE_DELETE : Q_PACKAGE_END, package, txn, e);
	return rc < 0 ? rc : 0;
}

/* The flags as they were before this transaction are kept for pkgdb_reverse(). */
static int package_set(struct pkgdb *db, enum statement_id id, int64_t package, int64_t number,
		       char letter, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = package_run(db, Q_PACKAGE_FLAGS_KEEP, package, db->now, e);

	if (rc >= 0)
		rc = query_begin(db, id, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	if (id == Q_PACKAGE_SET_STATE)
		query_put_char(&q, letter);
	else
		query_put_int(&q, number);
	rc = query_run(&q, e);
	if (rc == 0 && query_changes(&q) == 0)
		return package_not_found(package, e);
	return rc;
}

int pkgdb_package_set_state(struct pkgdb *db, int64_t package, char state, struct error *e)
{
	bool own;
	int rc = 0;

	if (state != 0 && strchr(STATES, state) == NULL)
		return error_set(e, EINVAL, "cannot set a package to state '%c'", state);
	rc = db_begin_own(db, &own, e);
	if (rc < 0)
		return rc;
	rc = package_set(db, Q_PACKAGE_SET_STATE, package, 0, state, e);
	return db_end_own(db, own, rc, e);
}

int pkgdb_package_set_manual(struct pkgdb *db, int64_t package, bool manual, struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	if (rc < 0)
		return rc;
	rc = package_set(db, Q_PACKAGE_SET_MANUAL, package, manual, 0, e);
	return db_end_own(db, own, rc, e);
}
