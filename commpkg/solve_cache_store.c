/* The .solv file, written: from packages to libsolv's terms. */
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_write.h>
#include <solv/solvversion.h>
#include <stdio.h>

#include "commpkg/cache.h"
#include "commpkg/solve_cache.h"
#include "commpkg/solve_cache_format.h"

const char *cache_name(struct arena *a, const struct sha256 *catalog)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(catalog, hex);
	return arena_printf(a, "%s.solv", hex);
}

const char *cache_seal(struct arena *a, const char *bytes, size_t len, size_t solv,
		       const struct sha256 *catalog)
{
	char hex[SHA256_HEX_SIZE], body[SHA256_HEX_SIZE];
	struct sha256 sha;

	sha256_of(bytes, len, &sha);
	sha256_hex(&sha, body);
	sha256_hex(catalog, hex);
	return arena_printf(a, "\ncommpkg " CACHE_VERSION " libsolv %s %s %s %zu\n", solv_version,
			    hex, body, solv);
}

bool cache_parts(const char *bytes, size_t len, const struct sha256 *catalog, size_t *ret_solv,
		 size_t *ret_len)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *p = len > 1 ? memrchr(bytes, '\n', len - 1) : NULL, *blank, *seal;
	size_t body = p != NULL ? (size_t)(p - bytes) : 0;
	uint64_t solv;

	if (p == NULL || bytes[len - 1] != '\n')
		return false;
	blank = memrchr(p, ' ', len - body);
	if (blank == NULL || !str_to_u64(blank + 1, (size_t)(bytes + len - 1 - (blank + 1)), 10,
					 body, &solv))
		return false;
	seal = cache_seal(a, bytes, body, (size_t)solv, catalog);
	if (strlen(seal) != len - body || memcmp(seal, p, strlen(seal)) != 0)
		return false;
	*ret_solv = (size_t)solv;
	*ret_len = body;
	return true;
}

struct storing {
	const struct catalog *c;
	Pool *pool;
	Repo *repo;
	struct strbuf text;	/* our own part */
};

static Id id_of(struct storing *s, const char *text)
{
	return pool_str2id(s->pool, text, 1);
}

static Id depend_term(struct storing *s, const struct depend *d, const struct depend_alt *alt)
{
	Id id = id_of(s, d->pkg);

	if (alt->version != NULL)
		id = pool_rel2id(s->pool, id, id_of(s, alt->version), REL_EQ, 1);
	if (alt->arch != NULL)
		id = pool_rel2id(s->pool, id, id_of(s, alt->arch), REL_ARCH, 1);
	return id;
}

static Id relation_term(struct storing *s, const struct relation_alt *alt)
{
	Id id = id_of(s, alt->name);

	if (alt->op == CMP_ANY)
		return id;
	return pool_rel2id(s->pool, id, id_of(s, alt->version), cache_flags(alt->op), 1);
}

/* All alternatives in one: `A | (B | C)`. */
static Id depend_id(struct storing *s, const struct depend *d)
{
	size_t i = d->n;
	Id id;

	if (i == 0)
		return id_of(s, d->pkg);
	id = depend_term(s, d, &d->alts[--i]);
	while (i > 0)
		id = pool_rel2id(s->pool, depend_term(s, d, &d->alts[--i]), id, REL_OR, 1);
	return id;
}

static Id relation_id(struct storing *s, const struct relation *r)
{
	size_t i = r->n - 1;
	Id id = relation_term(s, &r->alts[i]);

	while (i > 0)
		id = pool_rel2id(s->pool, relation_term(s, &r->alts[--i]), id, REL_OR, 1);
	return id;
}

/* libsolv keeps a list cheaply only while it is the last one that was begun: so each is
 * filled in one go. */
static void put_depends(struct storing *s, Offset *where, const struct package *p, char type)
{
	size_t i;

	for (i = 0; i < p->depend.n; i++)
		if (p->depend.v[i].type == type)
			*where = repo_addid(s->repo, *where, depend_id(s, &p->depend.v[i]));
}

static void put_relations(struct storing *s, Offset *where, const struct package *p,
			  enum relation_kind kind)
{
	size_t i;

	for (i = 0; i < p->relations.n; i++)
		if (p->relations.v[i].kind == kind)
			*where = repo_addid(s->repo, *where,
					    relation_id(s, &p->relations.v[i]));
}

static void put_dependencies(struct storing *s, Solvable *so, const struct package *p)
{
	size_t i;

	if (p->relations.present) {
		so->vendor = id_of(s, p->relations.scheme == SCHEME_DEB ? SCHEME_WORD_DEB :
								       SCHEME_WORD_SVR4);
		put_relations(s, &so->provides, p, REL_PROVIDES);
		put_relations(s, &so->requires, p, REL_REQUIRES);
		put_relations(s, &so->recommends, p, REL_RECOMMENDS);
		put_relations(s, &so->conflicts, p, REL_CONFLICTS);
		put_relations(s, &so->obsoletes, p, REL_REPLACES);
	} else {
		put_depends(s, &so->requires, p, 'P');
		put_depends(s, &so->conflicts, p, 'I');
		put_depends(s, &so->enhances, p, 'R');
	}
	for (i = 0; i < p->compver.n; i++)
		so->suggests = repo_addid(s->repo, so->suggests,
					  id_of(s, p->compver.versions[i]));
}

static void put_field(struct storing *s, const char *text)
{
	strbuf_addf(&s->text, "%s" FIELD_END_TEXT, text);
}

static void put_number(struct storing *s, uint64_t n)
{
	strbuf_addf(&s->text, "%llu" FIELD_END_TEXT, (unsigned long long)n);
}

static void put_digest(struct storing *s, const struct sha256 *sha)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(sha, hex);
	put_field(s, hex);
}

static void put_package(struct storing *s, const struct catalog_package *cp)
{
	const struct package *p = &cp->package;
	Id id = repo_add_solvable(s->repo);
	Solvable *so = pool_id2solvable(s->pool, id);

	so->name = id_of(s, p->pkg);
	so->evr = id_of(s, p->version);
	so->arch = id_of(s, p->arch);
	put_dependencies(s, so, p);
}

static void put_about(struct storing *s, const struct catalog_package *cp)
{
	const struct package *p = &cp->package;

	put_number(s, p->payload_bytes);
	put_number(s, p->priority);
	if (cp->has_files)
		put_digest(s, &cp->files);
	else
		put_field(s, "");
	put_field(s, p->category);
	strbuf_addf(&s->text, "%s%s" FIELD_END_TEXT, p->basedir != NULL ? "=" : "",
		    p->basedir != NULL ? p->basedir : "");
	put_field(s, str_eq(p->title, p->pkg) ? "" : p->title);
}

static void put_media(struct storing *s)
{
	size_t i;

	put_number(s, s->c->nmedia);
	for (i = 0; i < s->c->nmedia; i++) {
		const struct catalog_medium *m = &s->c->media[i];

		put_field(s, m->file.path);
		put_number(s, m->tree);
		put_number(s, m->file.size);
		put_number(s, m->npackages);
		put_digest(s, &m->file.sha);
	}
}

static void put_components(struct storing *s)
{
	size_t i;

	put_number(s, s->c->ncomponents);
	for (i = 0; i < s->c->ncomponents; i++) {
		const struct catalog_component *c = &s->c->components[i];

		put_field(s, c->id);
		put_field(s, c->version);
		put_field(s, c->file.path);
		put_number(s, c->file.size);
		put_digest(s, &c->file.sha);
	}
}

static void put_files(struct storing *s)
{
	size_t i;

	put_number(s, s->c->nfiles);
	for (i = 0; i < s->c->nfiles; i++) {
		put_field(s, s->c->files[i].path);
		put_number(s, s->c->files[i].size);
		put_digest(s, &s->c->files[i].sha);
	}
}

static bool make_solv(struct storing *s, char **ret, size_t *ret_len)
{
	FILE *f = open_memstream(ret, ret_len);
	size_t i;
	bool done;

	if (f == NULL)
		return false;
	for (i = 0; i < s->c->npackages; i++)
		put_package(s, &s->c->packages[i]);
	done = repo_write(s->repo, f) == 0;
	return fclose(f) == 0 && done;
}

static void make_own(struct storing *s)
{
	size_t i;

	put_media(s);
	put_components(s);
	put_files(s);
	for (i = 0; i < s->c->npackages; i++)
		put_about(s, &s->c->packages[i]);
}

static void store(const struct strbuf *all, const struct sha256 *sha)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct cache *cache;

	if (cache_open(CACHE_PART, &cache, NULL) < 0)
		return;
	(void)cache_write(cache, cache_name(a, sha), all->p, all->len, NULL);
	cache_close(cache);
}

void solve_cache_store(const struct sha256 *sha, const struct catalog *c)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct storing s = { .c = c, .pool = pool_create() };
	char *solv = NULL;
	size_t len = 0;

	s.repo = repo_create(s.pool, "catalog");
	if (make_solv(&s, &solv, &len)) {
		strbuf_add(&s.text, solv, len);
		make_own(&s);
		strbuf_adds(&s.text, cache_seal(a, s.text.p, s.text.len, len, sha));
		store(&s.text, sha);
	}
	free(solv);
	strbuf_free(&s.text);
	pool_free(s.pool);
}
