/* installf and removef of scripts on the root itself: rows, script by script (requests.h). */
#include "late.h"

#include "formats/cleanup.h"

struct taking {
	struct late *l;
	struct owners *owners;
	struct registry registry;
	struct strmap *loaded;		/* instances */
	VEC(const struct registered *) changed;
};

/* The instance's present row: 1, 0. */
static int find(void *ctx, const char *instance, const char *path, struct pkgdb_file *ret,
		struct error *e)
{
	const struct taking *t = ctx;
	struct pkgdb_file *rows;
	struct pkgdb_package p;
	size_t n = 0, i;
	int rc = pkgdb_package_find(t->l->db, t->l->a, instance, PKGDB_NOW, &p, e);

	if (rc > 0)
		rc = pkgdb_owners(t->l->db, t->l->a, path, PKGDB_NOW, &rows, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (rows[i].package == p.id) {
			*ret = rows[i];
			return 1;
		}
	return rc;
}

static int look(void *ctx, struct pkgdb_file *row, struct error *e)
{
	const struct taking *t = ctx;
	const struct request_place place = { .a = t->l->a, .root = t->l->root,
					     .owners = t->owners };

	return request_look(&place, row, e);
}

/* Its last word counts. */
static void changed(void *ctx, const struct registered *it)
{
	struct taking *t = ctx;
	size_t i;

	for (i = 0; i < t->changed.n; i++)
		if (t->changed.v[i] == it)
			return;
	*VEC_PUSH(&t->changed) = it;
}

/* What earlier scripts left unfinished, of an instance that is asked for. 0: it is not there. */
static int load(struct taking *t, const char *instance, struct error *e)
{
	struct late *l = t->l;
	struct pkgdb_file *rows;
	struct pkgdb_package p;
	size_t n = 0, i;
	int rc = pkgdb_package_find(l->db, l->a, instance, PKGDB_NOW, &p, e);

	if (rc <= 0 || strmap_put(t->loaded, instance, t) != NULL)
		return rc;
	rc = pkgdb_files(l->db, l->a, p.id, PKGDB_NOW, &rows, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (rows[i].status == '+' || rows[i].status == '-')
			registry_load(&t->registry, instance, &rows[i]);
	return rc < 0 ? rc : 1;
}

/* Of a package that this transaction takes away nothing is to be kept. */
static int check_gone(struct late *l, const char *instance, struct error *e)
{
	struct pkgdb_package p;
	int rc = pkgdb_package_find(l->db, l->a, instance, l->txn->n - 1, &p, e);

	return rc != 0 ? (rc < 0 ? rc : 0) :
	       error_set(e, E_NOT_FOUND, "installf or removef for package '%s', which is not "
			 "installed", instance);
}

static int take(struct taking *t, const struct request *q, struct error *e)
{
	const struct registry_ops ops = { .ctx = t, .find = find, .look = look,
					  .changed = changed };
	int rc = load(t, q->instance, e);

	if (rc <= 0)
		return rc < 0 ? rc : check_gone(t->l, q->instance, e);
	return registry_apply(&t->registry, q, &ops, e);
}

static int take_all(struct taking *t, const struct request *v, size_t n, struct error *e)
{
	size_t i;
	int rc = owners_load(t->l->root, &t->owners, e);

	for (i = 0; rc == 0 && i < n; i++)
		rc = take(t, &v[i], e);
	for (i = 0; rc == 0 && i < t->changed.n; i++)
		rc = registered_write(t->l->db, t->l->a, t->changed.v[i], t->l->txn->n, e);
	return rc;
}

static int take_up(struct late *l, const struct txn_script *s, const struct script_result *result,
		   struct error *e)
{
	struct taking t = { .l = l };
	struct pkgdb_package own;
	struct request *v;
	size_t n = 0;
	int rc = requests_parse(l->a, result->requests, result->requests_len, &v, &n, e);

	if (rc == 0)
		rc = pkgdb_package_find(l->db, l->a, s->instance, PKGDB_NOW, &own, e);
	if (rc <= 0 || n == 0) /* its package goes */
		return rc < 0 ? rc : 0;
	registry_open(l->a, &t.registry);
	t.loaded = strmap_new(4);
	rc = take_all(&t, v, n, e);
	strmap_free(t.loaded);
	registry_close(&t.registry);
	owners_free(t.owners);
	VEC_FREE(&t.changed);
	return rc;
}

int late_requests(struct late *l, const struct txn_script *s, const struct script_result *result,
		  struct error *e)
{
	int rc = take_up(l, s, result, e);

	return rc < 0 ? error_prefix(e, "package '%s', script '%s'", s->instance, s->name) : 0;
}
