/* Objects to check: out of the database, path by path, or out of a pkgmap. */
#include "tools/common/check.h"

#include <stdlib.h>

#include "commpkg/mapping.h"
#include "formats/prototype.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

struct walk {
	struct check *c;
	const struct installed *in;
	const struct check_filter *f;
	bool *package_seen, *path_seen;	/* of the filter */
	struct arena *a;		/* of the path at hand */
	VEC(struct pkgdb_file) rows;	/* its owners, the ruling one first */
};

static const char *instance_of(const struct walk *w, int64_t package)
{
	size_t i;

	for (i = 0; i < w->in->n; i++)
		if (w->in->v[i].id == package)
			return w->in->v[i].instance;
	return "?";
}

bool check_path_matches(const struct check_filter *f, size_t i, const char *client_path,
			const char *target)
{
	const char *p = f->paths[i];
	size_t n;

	if (f->partial)
		return strstr(client_path, p) != NULL ||
		       (target != NULL && strstr(target, p) != NULL);
	client_path += client_path[0] == '/';
	p += p[0] == '/';
	n = strlen(p);
	if (n > 0 && p[n - 1] == '*')
		return strncmp(p, client_path, n - 1) == 0;
	return str_eq(p, client_path);
}

static bool path_wanted(const struct walk *w, const char *path, const char *target)
{
	const char *client = arena_printf(w->a, "/%s", path);
	bool wanted = w->f->npaths == 0;
	size_t i;

	for (i = 0; i < w->f->npaths; i++) {
		bool hit = check_path_matches(w->f, i, client, target);

		w->path_seen[i] = w->path_seen[i] || hit;
		wanted = wanted || hit;
	}
	return wanted;
}

static const struct pkgdb_package *package_of(const struct walk *w, const char *instance)
{
	return installed_find(w->in, instance);
}

static bool category_fits(const struct walk *w, const char *instance)
{
	const struct pkgdb_package *p = package_of(w, instance);

	return p != NULL && categories_meet(w->f->category, p->category);
}

static bool owner_wanted(const struct walk *w, const struct check_object *o)
{
	bool wanted = w->f->npackages == 0 && w->f->category == NULL;
	size_t i, k;

	for (k = 0; k < o->n; k++) {
		for (i = 0; i < w->f->npackages; i++)
			if (operand_matches(w->f->packages[i], o->instances[k]))
				wanted = w->package_seen[i] = true;
		if (w->f->category != NULL && category_fits(w, o->instances[k]))
			wanted = true;
	}
	return wanted;
}

static int by_arrival(const void *x, const void *y)
{
	const struct pkgdb_file *a = x, *b = y;

	return (a->arrival > b->arrival) - (a->arrival < b->arrival);
}

static void fill_object(struct walk *w, struct check_object *o)
{
	const struct pkgdb_file *r = &w->rows.v[0];
	const char **instances = arena_calloc(w->a, w->rows.n, sizeof(*instances));
	char *statuses = arena_alloc(w->a, w->rows.n + 1);
	size_t i;

	*o = (struct check_object){ .path = r->path, .ftype = r->ftype, .target = r->target,
		.major = r->major, .minor = r->minor, .mode = r->mode, .owner = r->owner,
		.group = r->group, .has_content = !r->content_unknown, .size = r->size,
		.sum = r->sum,
		.mtime = r->mtime, .n = w->rows.n, .instances = instances,
		.statuses = statuses };
	qsort(w->rows.v, w->rows.n, sizeof(*w->rows.v), by_arrival);
	for (i = 0; i < w->rows.n; i++) {
		instances[i] = instance_of(w, w->rows.v[i].package);
		statuses[i] = w->rows.v[i].status != '\0' ? w->rows.v[i].status : ' ';
	}
}

/* The rows of one path are complete. */
static int flush(struct walk *w, struct error *e)
{
	struct check_object o;
	int rc = 0;

	if (w->rows.n == 0)
		return 0;
	if (path_wanted(w, w->rows.v[0].path, w->rows.v[0].target)) {
		fill_object(w, &o);
		if (owner_wanted(w, &o))
			rc = check_one(w->c, &o, e);
	}
	w->rows.n = 0;
	arena_free(w->a);
	w->a = arena_new();
	return rc;
}

static const char *kept(struct walk *w, const char *s)
{
	return s != NULL ? arena_strdup(w->a, s) : NULL;
}

static int on_row(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct walk *w = ctx;
	struct pkgdb_file *row;
	int rc;

	if (w->rows.n > 0 && !str_eq(w->rows.v[0].path, f->path)) {
		rc = flush(w, e);
		if (rc < 0)
			return rc;
	}
	row = VEC_PUSH(&w->rows);
	*row = *f;
	row->path = kept(w, f->path);
	row->class = kept(w, f->class);
	row->target = kept(w, f->target);
	row->owner = kept(w, f->owner);
	row->group = kept(w, f->group);
	return 0;
}

static void tell_unmatched(const struct walk *w)
{
	size_t i;

	for (i = 0; i < w->f->npackages; i++)
		if (!w->package_seen[i])
			say_warning(package_of(w, w->f->packages[i]) != NULL ?
				    "Package <%s> is installed but empty" :
				    "no pathnames were associated with <%s>",
				    w->f->packages[i]);
	for (i = 0; i < w->f->npaths && !w->f->quiet; i++)
		if (!w->path_seen[i])
			say_warning("no information associated with pathname <%s>",
				    w->f->paths[i]);
}

static bool any_in_category(const struct walk *w)
{
	size_t i;

	for (i = 0; i < w->in->n; i++)
		if (category_fits(w, w->in->v[i].instance))
			return true;
	return false;
}

int check_installed(struct check *c, const struct installed *in,
		    const struct check_filter *f, struct error *e)
{
	struct walk w = { .c = c, .in = in, .f = f, .a = arena_new() };
	int rc = 0;

	if (f->category != NULL && !any_in_category(&w)) {
		arena_free(w.a);
		return error_set(e, E_NOT_FOUND, "Category argument <%s> cannot be found.",
				 f->category);
	}
	w.package_seen = xcalloc(f->npackages + 1, sizeof(bool));
	w.path_seen = xcalloc(f->npaths + 1, sizeof(bool));
	if (in->db != NULL) {
		rc = pkgdb_walk(in->db, PKGDB_NOW, on_row, &w, e);
		if (rc >= 0)
			rc = flush(&w, e);
	}
	if (rc >= 0)
		tell_unmatched(&w);
	VEC_FREE(&w.rows);
	arena_free(w.a);
	free(w.package_seen);
	free(w.path_seen);
	return rc < 0 ? rc : 0;
}

/* ---- a pkgmap */

static int read_map(struct check *c, const char *map_file, const char *env_file,
		    struct package *p, struct error *e)
{
	const char *bytes;
	size_t len;
	int rc = proto_files_disk.read(NULL, c->a, map_file, &bytes, &len, e);

	if (rc == 0)
		rc = pkgmap_parse(c->a, bytes, len, map_file, &p->map, e);
	if (rc < 0 || env_file == NULL)
		return rc;
	rc = proto_files_disk.read(NULL, c->a, env_file, &bytes, &len, e);
	return rc < 0 ? rc : pkginfo_parse(c->a, bytes, len, env_file, &p->info, e);
}

int check_pkgmap(struct check *c, const char *map_file, const char *env_file, struct error *e)
{
	struct package p = { .pkg = "pkgmap", .dirname = "pkgmap" };
	struct mapping map;
	size_t i;
	int rc = read_map(c, map_file, env_file, &p, e);

	if (rc == 0)
		rc = mapping_build(c->a, &p, &p.info, NULL, &map, e);
	for (i = 0; rc == 0 && i < map.n; i++) {
		const struct mapped *m = &map.v[i];
		const struct entry *en = m->entry;
		struct check_object o = { .path = rpath_str(m->path), .ftype = en->ftype,
			.target = m->target, .major = en->major, .minor = en->minor,
			.mode = en->mode, .owner = m->owner, .group = m->group,
			.has_content = en->has_content, .size = en->size, .sum = en->sum,
			.mtime = en->mtime };

		rc = check_one(c, &o, e);
	}
	return rc;
}
