/* Component rows, with the packages that belong to them. */
#include "component.h"

#include "formats/manifest.h"
#include "internal.h"

#define KINDS "PSL"
#define MAX_MEMBERS 4096u

const char *pkgdb_component_plain(struct arena *a, const char *name)
{
	return pkgdb_component_beside(name) ? arena_strndup(a, name, strcspn(name, "+")) : name;
}

bool pkgdb_component_is(const struct pkgdb_component *c, const char *word)
{
	size_t n = strcspn(c->name, "+");

	return strncmp(word, c->name, n) == 0 && word[n] == '=' && str_eq(word + n + 1, c->version);
}

bool pkgdb_component_has(const struct pkgdb_component *c, const char *instance)
{
	for (size_t i = 0; i < c->npackages; i++)
		if (str_eq(c->packages[i], instance))
			return true;
	return false;
}

const struct pkgdb_component *pkgdb_component_named(const struct pkgdb_component *v, size_t n,
						    const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].name, name))
			return &v[i];
	return NULL;
}

int pkgdb_component_manifest(struct arena *a, const struct pkgdb_component *c,
			     struct manifest *ret, struct error *e)
{
	const char *what = arena_printf(a, "the manifest of %s %s",
					pkgdb_component_plain(a, c->name), c->version);

	return manifest_parse(a, c->manifest, c->manifest_len, what, ret, e);
}

static int component_read(struct query *q, struct arena *a, struct pkgdb_component *ret,
			  struct error *e)
{
	struct pkgdb_component c = { .id = query_int(q, 1, INT64_MAX) };
	const void *bytes;

	c.name = query_dup(q, a, DB_MAX_WORD);
	c.version = query_dup(q, a, DB_MAX_TEXT);
	c.kind = query_char(q, KINDS);
	if (c.kind == 0)
		query_refuse(q);
	c.title = query_dup(q, a, DB_MAX_TEXT);
	c.base = query_dup_or_null(q, a, DB_MAX_PATH);
	c.manual = query_int(q, 0, 1) != 0;
	c.added = query_int(q, 1, INT64_MAX);
	c.removed = query_int(q, 0, INT64_MAX);
	bytes = query_blob(q, PKGDB_MAX_MANIFEST, &c.manifest_len);
	c.manifest = arena_strndup(a, bytes != NULL ? bytes : "", c.manifest_len);
	*ret = c;
	return query_check(q, e);
}

static int read_members(struct pkgdb *db, struct arena *a, struct pkgdb_component *c,
			struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(const char *) v = VEC_INIT;
	int rc = query_begin(db, Q_COMPONENT_PACKAGES, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, c->id);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		*VEC_PUSH(&v) = query_dup(&q, a, DB_MAX_WORD);
		rc = v.n <= MAX_MEMBERS ? query_check(&q, e) :
		     error_set(e, E_LIMIT, "cannot read component '%s': more than %u packages",
			       c->name, MAX_MEMBERS);
	}
	if (rc == 0) {
		c->packages = arena_memdup(a, v.v, v.n, sizeof(*v.v));
		c->npackages = v.n;
	}
	VEC_FREE(&v);
	return rc;
}

int pkgdb_components(struct pkgdb *db, struct arena *a, int64_t at,
		     struct pkgdb_component **ret, size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	VEC(struct pkgdb_component) found = VEC_INIT;
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = query_begin(db, Q_COMPONENTS, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, at);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0)
		rc = found.n == DB_MAX_PACKAGES ?
		     error_set(e, E_LIMIT, "cannot read components: more than %u",
			       DB_MAX_PACKAGES) :
		     component_read(&q, a, VEC_PUSH(&found), e);
	for (size_t i = 0; rc == 0 && i < found.n; i++)
		rc = read_members(db, a, &found.v[i], e);
	if (rc == 0) {
		*ret = arena_memdup(a, found.v, found.n, sizeof(*found.v));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

int pkgdb_component_find(struct pkgdb *db, struct arena *a, const char *name, int64_t at,
			 struct pkgdb_component *ret, struct error *e)
{
	const struct pkgdb_component *found;
	struct pkgdb_component *v;
	size_t n;
	int rc = pkgdb_components(db, a, at, &v, &n, e);

	found = rc == 0 ? pkgdb_component_named(v, n, name) : NULL;
	if (found == NULL)
		return rc;
	*ret = *found;
	return 1;
}

/* ---- writing */

static int component_check(const struct pkgdb_component *c, struct error *e)
{
	int rc = 0;

	if (c->name == NULL || c->name[0] == '\0' || c->version == NULL || c->title == NULL ||
	    c->kind == 0 || strchr(KINDS, c->kind) == NULL || c->added < 1)
		return error_set(e, EINVAL, "cannot record component '%s': its row is not whole",
				 c->name != NULL ? c->name : "");
	if (c->manifest_len > PKGDB_MAX_MANIFEST || c->npackages > MAX_MEMBERS)
		return error_set(e, E_LIMIT, "cannot record component '%.64s': its manifest is "
				 "larger than %zu bytes, or has more than %u packages", c->name,
				 PKGDB_MAX_MANIFEST, MAX_MEMBERS);
	rc = text_check(c->name, DB_MAX_WORD, "the name of a component", e);
	if (rc == 0)
		rc = text_check(c->version, DB_MAX_TEXT, "a version", e);
	if (rc == 0)
		rc = text_check(c->title, DB_MAX_TEXT, "a title", e);
	return rc < 0 ? rc : text_check(c->base, DB_MAX_PATH, "a base directory", e);
}

static int component_insert(struct pkgdb *db, const struct pkgdb_component *c, int64_t *ret_id,
			    struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_COMPONENT_ADD, &q, e);

	if (rc < 0)
		return rc;
	query_put_text(&q, c->name);
	query_put_text(&q, c->version);
	query_put_char(&q, c->kind);
	query_put_text(&q, c->title);
	query_put_text(&q, c->base);
	query_put_int(&q, c->manual);
	query_put_int(&q, c->added);
	query_put_blob(&q, c->manifest, c->manifest_len);
	rc = query_run(&q, e);
	if (rc == 0)
		*ret_id = sqlite3_last_insert_rowid(db->sql);
	return rc;
}

static int member_add(struct pkgdb *db, int64_t component, const char *instance,
		      struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = text_check(instance, DB_MAX_WORD, "the name of an instance", e);

	if (rc == 0)
		rc = query_begin(db, Q_COMPONENT_PACKAGE_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, component);
	query_put_text(&q, instance);
	return query_run(&q, e);
}

int pkgdb_component_add(struct pkgdb *db, struct pkgdb_component *c, struct error *e)
{
	int64_t id = 0;
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = component_check(c, e);
	if (rc == 0)
		rc = component_insert(db, c, &id, e);
	for (size_t i = 0; rc == 0 && i < c->npackages; i++)
		rc = member_add(db, id, c->packages[i], e);
	if (rc == 0)
		c->id = id;
	return rc;
}

int component_check_twice(struct pkgdb *db, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_COMPONENT_TWICE, &q, e);

	if (rc == 0)
		rc = query_step(&q, e);
	if (rc <= 0)
		return rc;
	return error_set(e, EEXIST, "cannot record component '%s': it is installed already",
			 query_text(&q, DB_MAX_WORD));
}

static int component_run(struct pkgdb *db, enum statement_id id, int64_t component, int64_t txn,
			 struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, id, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, component);
	query_put_int(&q, txn);
	rc = query_run(&q, e);
	return rc < 0 ? rc : (int)(query_changes(&q) > 0);
}

int pkgdb_component_end(struct pkgdb *db, int64_t component, int64_t txn, struct error *e)
{
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = component_run(db, Q_COMPONENT_DELETE, component, txn, e);
	if (rc == 0)
		rc = component_run(db, Q_COMPONENT_END, component, txn, e);
	if (rc == 0)
		return error_set(e, E_NOT_FOUND, "cannot end component row %lld: it is not there, "
				 "or was ended before", (long long)component);
	return rc < 0 ? rc : 0;
}

int txn_component_changes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_change **ret,
			  size_t *ret_n, struct error *e)
{
	return txn_changes_by(db, a, Q_TXN_COMPONENTS, n, ret, ret_n, e);
}
