#include "change_dist.h"

#include <time.h>

#include "published.h"

/* The highest serial that this root has seen of a distribution. */
#define SERIAL_KEY "distribution.%s.serial"

/* A root's database comes from strangers: what is no number there is damage. */
static int read_seen(struct arena *a, struct pkgdb *db, const char *key, uint64_t *ret,
		     struct error *e)
{
	const char *text = NULL;
	int rc = db != NULL ? pkgdb_setting_get(db, a, key, &text, e) : 0;

	*ret = 0;
	if (rc < 0 || text == NULL)
		return rc < 0 ? rc : 0;
	if (!str_to_u64(text, strlen(text), 10, UINT64_MAX, ret))
		return error_set(e, E_DB, "cannot read setting '%s': '%.64s' is no number", key,
				 text);
	return 0;
}

static void remember(struct arena *a, const char *key, uint64_t serial, struct plan_options *o)
{
	struct plan_setting *more = arena_calloc(a, o->nremember + 1, sizeof(*more));

	if (o->nremember > 0)
		memcpy(more, o->remember, o->nremember * sizeof(*more));
	more[o->nremember++] = (struct plan_setting){
		.key = key, .value = arena_printf(a, "%llu", (unsigned long long)serial),
	};
	o->remember = more;
}

static int believe(struct arena *a, struct published *p, struct trust *t, struct pkgdb *db,
		   const struct change_watch *watch, struct plan_options *o, struct error *e)
{
	const char *key = p->repo.id != NULL ? arena_printf(a, SERIAL_KEY, p->repo.id) : NULL;
	struct trust_published f;
	uint64_t seen = 0;
	int rc = key != NULL ? read_seen(a, db, key, &seen, e) : 0;

	p->vouched = false;
	if (rc == 0)
		rc = trust_published(t, p, seen, (int64_t)time(NULL), a, &f, e);
	if (rc < 0)
		return rc;
	p->vouched = f.is_signed && f.verdict.state == SIGNER_TRUSTED;
	if (p->repo.serial > seen && p->vouched)
		remember(a, key, p->repo.serial, o);
	if (watch->published != NULL)
		watch->published(watch->ctx, p, &f);
	return 0;
}

int change_dist_believe(struct arena *a, const struct dist *d, struct trust *t,
			struct pkgdb *db, const struct change_watch *watch,
			struct plan_options *o, struct error *e)
{
	size_t i, n = d != NULL ? dist_published_count(d) : 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		rc = believe(a, dist_published(d, i), t, db, watch, o, e);
	return rc;
}

bool change_dist_vouches(const struct dist *d, const struct medium *m)
{
	size_t i, k, n = d != NULL ? dist_published_count(d) : 0;

	for (i = 0; i < n; i++) {
		const struct published *p = dist_published(d, i);

		for (k = 0; p->vouched && k < p->catalog.nmedia; k++)
			if (p->taken[k].medium == m)
				return true;
	}
	return false;
}

int change_dist_untouched(const struct dist *d, struct error *e)
{
	size_t i, n = d != NULL ? dist_published_count(d) : 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		rc = published_untouched(dist_published(d, i), e);
	return rc;
}
