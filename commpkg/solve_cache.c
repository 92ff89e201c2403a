/* The .solv file, read and believed: from libsolv's terms back to packages. */
#include "commpkg/solve_cache.h"

#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_solv.h>
#include <stdio.h>

#include "commpkg/cache.h"
#include "commpkg/solve_cache_format.h"
#include "formats/catalog_package.h"
#include "formats/cleanup.h"

struct solve_cache {
	struct arena *a;
	Pool *pool;
};

struct loading {
	struct arena *a;
	Pool *pool;
	Repo *repo;
	char *own;		/* our part, as far as it is not read yet */
	struct catalog *c;
	VEC(struct depend) depends;
	VEC(struct relation) relations;
};

void solve_cache_free(struct solve_cache *c)
{
	if (c == NULL)
		return;
	pool_free(c->pool);
	arena_free(c->a);
}

/* ---- fields of our own strings; they are ours, and cut up in place */

static char *field(char **rest, char end)
{
	char *s = *rest, *p = strchr(s, end);

	if (p == NULL)
		return NULL;
	*p = '\0';
	*rest = p + 1;
	return s;
}

static bool number_field(char **rest, uint64_t max, uint64_t *ret)
{
	const char *s = field(rest, FIELD_END);

	return s != NULL && str_to_u64(s, strlen(s), 10, max, ret);
}

static bool digest_field(char **rest, struct sha256 *ret, bool *ret_has)
{
	const char *s = field(rest, FIELD_END);

	*ret_has = s != NULL && *s != '\0';
	return s != NULL && (*s == '\0' || sha256_from_hex(s, ret) == 0);
}

static bool read_medium(char **rest, struct catalog_medium *m, size_t *packages)
{
	uint64_t tree, n;
	bool has;

	m->file.path = field(rest, FIELD_END);
	if (m->file.path == NULL || !catalog_path_ok(m->file.path) ||
	    !number_field(rest, 1, &tree) || !number_field(rest, CATALOG_MAX_FILE, &m->file.size) ||
	    !number_field(rest, CATALOG_MAX_PACKAGES, &n) ||
	    !digest_field(rest, &m->file.sha, &has) || !has)
		return false;
	m->tree = tree == 1;
	m->first = *packages;
	m->npackages = (size_t)n;
	*packages += m->npackages;
	return true;
}

static bool read_component(char **rest, struct catalog_component *c)
{
	bool has;

	c->id = field(rest, FIELD_END);
	c->version = field(rest, FIELD_END);
	c->file.path = field(rest, FIELD_END);
	return c->file.path != NULL && catalog_path_ok(c->file.path) &&
	       number_field(rest, CATALOG_MAX_FILE, &c->file.size) &&
	       digest_field(rest, &c->file.sha, &has) && has;
}

static bool read_media(struct loading *l, size_t *ret_packages)
{
	uint64_t n, i;

	*ret_packages = 0;
	if (!number_field(&l->own, CATALOG_MAX_PACKAGES, &n))
		return false;
	l->c->media = arena_calloc(l->a, (size_t)n, sizeof(*l->c->media));
	l->c->nmedia = (size_t)n;
	for (i = 0; i < n; i++)
		if (!read_medium(&l->own, &l->c->media[i], ret_packages))
			return false;
	return true;
}

static bool read_components(struct loading *l)
{
	uint64_t n, i;

	if (!number_field(&l->own, CATALOG_MAX_PACKAGES, &n))
		return false;
	l->c->components = arena_calloc(l->a, (size_t)n, sizeof(*l->c->components));
	l->c->ncomponents = (size_t)n;
	for (i = 0; i < n; i++)
		if (!read_component(&l->own, &l->c->components[i]))
			return false;
	return true;
}

static bool read_files(struct loading *l)
{
	uint64_t n, i;
	bool has;

	if (!number_field(&l->own, CATALOG_MAX_PACKAGES, &n))
		return false;
	l->c->files = arena_calloc(l->a, (size_t)n, sizeof(*l->c->files));
	l->c->nfiles = (size_t)n;
	for (i = 0; i < n; i++) {
		struct catalog_file *f = &l->c->files[i];

		f->path = field(&l->own, FIELD_END);
		if (f->path == NULL || !catalog_path_ok(f->path) ||
		    !number_field(&l->own, CATALOG_MAX_FILE, &f->size) ||
		    !digest_field(&l->own, &f->sha, &has) || !has)
			return false;
	}
	return true;
}

/* ---- dependencies */

static const char *text(const struct loading *l, Id id)
{
	return pool_id2str(l->pool, id);
}

/* NAME, NAME OP VERSION; with the architecture around it. */
static void read_term(const struct loading *l, Id id, struct relation_alt *alt,
		      const char **ret_arch)
{
	*ret_arch = NULL;
	*alt = (struct relation_alt){ .op = CMP_ANY };
	while (ISRELDEP(id)) {
		const Reldep *r = GETRELDEP(l->pool, id);

		if (r->flags == REL_ARCH) {
			*ret_arch = text(l, r->evr);
		} else {
			alt->op = cache_op(r->flags);
			alt->version = text(l, r->evr);
		}
		id = r->name;
	}
	alt->name = text(l, id);
}

static size_t count_terms(const struct loading *l, Id id)
{
	size_t n = 1;

	for (; ISRELDEP(id) && GETRELDEP(l->pool, id)->flags == REL_OR; n++)
		id = GETRELDEP(l->pool, id)->evr;
	return n;
}

/* The next of `A | (B | C)`. */
static Id next_term(const struct loading *l, Id *rest)
{
	Id id = *rest;
	const Reldep *r = ISRELDEP(id) ? GETRELDEP(l->pool, id) : NULL;

	if (r == NULL || r->flags != REL_OR)
		return id;
	*rest = r->evr;
	return r->name;
}

static void read_depend(struct loading *l, char type, Id id)
{
	struct depend *d = VEC_PUSH(&l->depends);
	size_t n = count_terms(l, id), i;
	struct relation_alt alt;
	const char *arch;

	d->type = type;
	d->name = "";
	d->alts = arena_calloc(l->a, n, sizeof(*d->alts));
	for (i = 0; i < n; i++) {
		read_term(l, next_term(l, &id), &alt, &arch);
		d->pkg = alt.name;
		if (arch != NULL || alt.version != NULL)
			d->alts[d->n++] = (struct depend_alt){ arch, alt.version };
	}
}

static void read_relation(struct loading *l, enum relation_kind kind, Id id)
{
	struct relation *r = VEC_PUSH(&l->relations);
	const char *arch;
	size_t i;

	r->kind = kind;
	r->n = count_terms(l, id);
	r->alts = arena_calloc(l->a, r->n, sizeof(*r->alts));
	for (i = 0; i < r->n; i++)
		read_term(l, next_term(l, &id), &r->alts[i], &arch);
}

static void each_depend(struct loading *l, char type, Offset from)
{
	const Id *p = from != 0 ? l->repo->idarraydata + from : NULL;

	for (; p != NULL && *p != 0; p++)
		read_depend(l, type, *p);
}

static void each_relation(struct loading *l, enum relation_kind kind, Offset from)
{
	const Id *p = from != 0 ? l->repo->idarraydata + from : NULL;

	for (; p != NULL && *p != 0; p++)
		read_relation(l, kind, *p);
}

static void read_depends(struct loading *l, const Solvable *s, struct package *p)
{
	l->depends.n = 0;
	each_depend(l, 'P', s->requires);
	each_depend(l, 'I', s->conflicts);
	each_depend(l, 'R', s->enhances);
	p->depend.v = arena_memdup(l->a, l->depends.v, l->depends.n, sizeof(*p->depend.v));
	p->depend.n = l->depends.n;
}

static void read_relations(struct loading *l, const Solvable *s, struct package *p)
{
	l->relations.n = 0;
	each_relation(l, REL_PROVIDES, s->provides);
	each_relation(l, REL_REQUIRES, s->requires);
	each_relation(l, REL_RECOMMENDS, s->recommends);
	each_relation(l, REL_CONFLICTS, s->conflicts);
	each_relation(l, REL_REPLACES, s->obsoletes);
	p->relations = (struct relations){
		.present = true,
		.scheme = str_eq(text(l, s->vendor), SCHEME_WORD_DEB) ? SCHEME_DEB : SCHEME_SVR4,
		.v = arena_memdup(l->a, l->relations.v, l->relations.n, sizeof(*l->relations.v)),
		.n = l->relations.n,
	};
}

static void read_compver(struct loading *l, const Solvable *s, struct package *p)
{
	const Id *from = s->suggests != 0 ? l->repo->idarraydata + s->suggests : NULL;
	size_t n = 0;

	while (from != NULL && from[n] != 0)
		n++;
	p->compver.versions = arena_calloc(l->a, n, sizeof(*p->compver.versions));
	for (p->compver.n = 0; p->compver.n < n; p->compver.n++)
		p->compver.versions[p->compver.n] = text(l, from[p->compver.n]);
}

/* ---- packages */

static bool read_about(struct loading *l, struct catalog_package *cp)
{
	struct package *p = &cp->package;
	const char *basedir, *title;
	uint64_t priority;

	if (!number_field(&l->own, INT64_MAX, &p->payload_bytes) ||
	    !number_field(&l->own, CATALOG_MAX_PRIORITY, &priority) ||
	    !digest_field(&l->own, &cp->files, &cp->has_files))
		return false;
	p->category = field(&l->own, FIELD_END);
	basedir = field(&l->own, FIELD_END);
	title = field(&l->own, FIELD_END);
	if (title == NULL)
		return false;
	p->priority = (unsigned)priority;
	p->basedir = *basedir == '=' ? basedir + 1 : NULL;
	p->title = *title != '\0' ? title : p->pkg;
	return true;
}

static bool read_package(struct loading *l, const Solvable *s, struct catalog_package *cp)
{
	struct package *p = &cp->package;

	p->pkg = p->dirname = text(l, s->name);
	p->version = text(l, s->evr);
	p->arch = text(l, s->arch);
	if (s->vendor != 0)
		read_relations(l, s, p);
	else
		read_depends(l, s, p);
	read_compver(l, s, p);
	catalog_package_sort(cp);
	return read_about(l, cp);
}

static bool read_packages(struct loading *l, size_t n)
{
	size_t medium = 0, i = 0;
	const Solvable *s;
	Id id;

	if ((size_t)l->repo->nsolvables != n)
		return false;
	l->c->packages = arena_calloc(l->a, n, sizeof(*l->c->packages));
	l->c->npackages = n;
	FOR_REPO_SOLVABLES(l->repo, id, s) {
		while (i >= l->c->media[medium].first + l->c->media[medium].npackages)
			medium++; /* their sum is n */
		l->c->packages[i].medium = medium;
		if (!read_package(l, s, &l->c->packages[i++]))
			return false;
	}
	return true;
}

/* bytes are the arena's: fields are used where they lie. */
static bool load(struct solve_cache *held, char *bytes, size_t solv, size_t len,
		 struct catalog *ret)
{
	AUTO_FILE FILE *f = fmemopen(bytes, solv, "r");
	struct loading l = { .a = held->a, .pool = held->pool, .c = ret, .own = bytes + solv };
	size_t n = 0;
	bool right;

	if (f == NULL)
		return false;
	bytes[len] = '\0'; /* of the seal, which is known */
	(void)setvbuf(f, NULL, _IOFBF, 1 << 16); /* speed alone */
	l.repo = repo_create(l.pool, "catalog");
	right = repo_add_solv(l.repo, f, 0) == 0 && read_media(&l, &n) && read_components(&l) &&
		read_files(&l) &&
		read_packages(&l, n);
	VEC_FREE(&l.depends);
	VEC_FREE(&l.relations);
	return right;
}

static char *read_cached(struct arena *a, const struct sha256 *catalog, size_t *ret_len)
{
	struct cache *cache;
	char *bytes = NULL;
	int rc;

	if (cache_open(CACHE_PART, &cache, NULL) < 0)
		return NULL;
	rc = cache_read(cache, a, cache_name(a, catalog), CATALOG_MAX_BYTES, &bytes, ret_len, NULL);
	cache_close(cache);
	return rc == 0 ? bytes : NULL;
}

bool solve_cache_load(const struct sha256 *catalog, struct catalog *ret,
		      struct solve_cache **ret_held)
{
	struct arena *a = arena_new();
	struct solve_cache *held = arena_calloc(a, 1, sizeof(*held));
	struct catalog c = { .nmedia = 0 };
	size_t len = 0, solv, body;
	char *bytes = read_cached(a, catalog, &len);

	held->a = a;
	held->pool = pool_create();
	if (bytes == NULL || !cache_parts(bytes, len, catalog, &solv, &body) ||
	    !load(held, bytes, solv, body, &c)) {
		solve_cache_free(held);
		return false;
	}
	*ret = c;
	*ret_held = held;
	return true;
}
