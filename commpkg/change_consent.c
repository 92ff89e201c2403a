/* Licences, and shared components. */
#include "change_consent.h"

#include "pkgdb/journal.h"

#define MAX_TEXT ((size_t)1 << 20)

struct consent {
	struct arena *a;
	const struct change_request *req;
	const struct change_watch *watch;
	struct pkgdb *db;
	VEC(struct plan_licence) v;
};

static const char *key_of(struct arena *a, const struct plan_licence *l)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(&l->digest, hex);
	return arena_printf(a, "licence.%s", hex);
}

static int is_known(struct consent *c, const struct plan_licence *l, bool *ret, struct error *e)
{
	const char *value = NULL;
	int rc = c->db != NULL ? pkgdb_setting_get(c->db, c->a, key_of(c->a, l), &value, e) : 0;

	*ret = value != NULL;
	return rc;
}

/* The same text is one licence, whoever has it. */
static struct plan_licence *same(struct consent *c, const struct plan_licence *l)
{
	for (size_t i = 0; i < c->v.n; i++)
		if (sha256_equal(&c->v.v[i].digest, &l->digest))
			return &c->v.v[i];
	return NULL;
}

static int add_licence(struct consent *c, const struct component_step *cs,
		       const struct manifest_license *m, struct error *e)
{
	const char *who = arena_printf(c->a, "%s %s", cs->name, cs->version);
	struct plan_licence l = { .name = m->name != NULL ? m->name : m->file, .components = who };
	struct plan_licence *there;
	char *text;
	size_t len;
	int rc = 0;

	if (m->file != NULL)
		rc = dist_read_beside(c->a, cs->comes, m->file, MAX_TEXT, &l.file, &text, &len, e);
	if (rc < 0)
		return rc;
	if (l.file != NULL)
		sha256_of(text, len, &l.digest);
	else
		sha256_of(l.name, strlen(l.name), &l.digest);
	there = same(c, &l);
	if (there != NULL) {
		there->components = arena_printf(c->a, "%s, %s", there->components, who);
		if (m->name != NULL && m->file != NULL && str_eq(there->name, m->file))
			there->name = m->name;
		return 0;
	}
	rc = is_known(c, &l, &l.known, e);
	if (rc == 0)
		*VEC_PUSH(&c->v) = l;
	return rc;
}

static int collect(struct consent *c, const struct solution *s, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < s->ncomponents; i++) {
		const struct component_step *cs = &s->components[i];

		for (size_t k = 0; rc == 0 && cs->comes != NULL && k < cs->manifest->nlicenses;
		     k++)
			rc = add_licence(c, cs, &cs->manifest->licenses[k], e);
	}
	return rc;
}

static int ask(struct consent *c, struct plan_licence *l, struct error *e)
{
	int rc;

	if (l->known || c->req->dry_run)
		return 1;
	if (c->req->accept_licences) {
		l->accepted = true;
		return 1;
	}
	if (c->watch->licence == NULL) {
		(void)error_set(e, E_NEEDS_ANSWER, "the licence '%s' has to be accepted", l->name);
		return error_hint(e, "--acceptLicense accepts it");
	}
	rc = c->watch->licence(c->watch->ctx, l, e);
	l->accepted = rc > 0;
	return rc;
}

int change_licences(struct arena *a, const struct change_request *req,
		    const struct change_watch *watch, struct pkgdb *db,
		    const struct solution *solution, struct plan_options *o, struct error *e)
{
	struct consent c = { .a = a, .req = req, .watch = watch, .db = db };
	int rc = collect(&c, solution, e);

	if (rc == 0)
		rc = 1;
	for (size_t i = 0; rc > 0 && i < c.v.n; i++)
		rc = ask(&c, &c.v.v[i], e);
	o->licences = arena_memdup(a, c.v.v, c.v.n, sizeof(*c.v.v));
	o->nlicences = c.v.n;
	VEC_FREE(&c.v);
	return rc;
}

static bool is_shared_upgrade(const struct component_step *cs)
{
	return cs->manifest->kind == COMPONENT_SHARED && cs->kind == STEP_UPGRADE;
}

int change_shared(const struct change_watch *watch, const struct solution *solution,
		  struct error *e)
{
	int rc = 1;

	for (size_t i = 0; rc > 0 && i < solution->ncomponents; i++)
		if (is_shared_upgrade(&solution->components[i]))
			rc = watch->shared(watch->ctx, &solution->components[i], e);
	return rc;
}

int change_shared_each(const struct change_watch *watch, const struct solution *solution,
		       const char **ret_yes, size_t *ret_nyes, size_t *ret_asked, struct error *e)
{
	size_t nyes = 0, asked = 0;

	for (size_t i = 0; i < solution->ncomponents; i++) {
		const struct component_step *cs = &solution->components[i];
		int rc;

		if (!is_shared_upgrade(cs))
			continue;
		rc = watch->shared(watch->ctx, cs, e);
		if (rc < 0)
			return rc;
		asked++;
		if (rc > 0)
			ret_yes[nyes++] = cs->name;
	}
	*ret_nyes = nyes;
	*ret_asked = asked;
	return 0;
}

int change_licences_record(struct pkgdb *db, struct arena *a, int64_t txn,
			   const struct plan_options *o, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < o->nlicences; i++) {
		const struct plan_licence *l = &o->licences[i];
		const char *key = key_of(a, l);

		if (!l->accepted)
			continue;
		rc = pkgdb_setting_set(db, key, arena_printf(a, "accepted in transaction %lld",
							     (long long)txn), e);
		if (rc == 0)
			rc = txn_note_add(db, txn, "licence", l->name,
					  arena_printf(a, "accepted for %s (sha256 %s)",
						       l->components, strchr(key, '.') + 1), e);
	}
	return rc;
}
