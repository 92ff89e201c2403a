/* Which version becomes the current one. */
#include "beside.h"

#include "formats/cleanup.h"
#include "formats/str.h"

struct switching {
	struct arena *a;
	struct pkgdb_component *rows;
	size_t n;
	VEC(struct component_step) v;
};

static const struct pkgdb_component *current_of(const struct switching *s, const char *id)
{
	return pkgdb_component_named(s->rows, s->n, id);
}

static bool is_beside(const struct switching *s, const struct pkgdb_component *row, const char *id)
{
	return pkgdb_component_beside(row->name) &&
	       str_eq(pkgdb_component_plain(s->a, row->name), id);
}

static int manifest_of(struct switching *s, const struct pkgdb_component *row,
		       struct manifest **ret, struct error *e)
{
	*ret = arena_alloc(s->a, sizeof(**ret));
	return pkgdb_component_manifest(s->a, row, *ret, e);
}

const char *beside_word(struct arena *a, const char *word, const char **ret_version)
{
	const char *equals;

	word += str_has_prefix(word, "component:") ? strlen("component:") : 0;
	equals = strchr(word, '=');
	*ret_version = equals != NULL ? equals + 1 : NULL;
	return equals == NULL ? word : arena_strndup(a, word, (size_t)(equals - word));
}

struct component_step beside_step(enum step_kind kind, const struct pkgdb_component *row,
				  const struct manifest *m, const char *why)
{
	return (struct component_step){
		.kind = kind, .manifest = m, .version = row->version, .base = row->base,
		.packages = row->packages, .npackages = row->npackages, .manual = row->manual,
		.why = why,
	};
}

static bool is_there(const struct switching *s, const char *id)
{
	for (size_t i = 0; i < s->v.n; i++)
		if (str_eq(s->v.v[i].name, id))
			return true;
	return false;
}

static int add_switch(struct switching *s, const char *id, const struct pkgdb_component *new,
		      const char *why, struct error *e)
{
	const struct pkgdb_component *old = current_of(s, id);
	struct component_step taken, gone, kept;
	struct manifest *to, *from = NULL;
	int rc;

	if (is_there(s, id))
		return 0;
	rc = manifest_of(s, new, &to, e);
	if (rc == 0 && old != NULL)
		rc = manifest_of(s, old, &from, e);
	if (rc < 0)
		return rc;
	taken = beside_step(STEP_SWITCH, new, to, why);
	taken.name = id;
	taken.installed = old;
	taken.takes = new;
	gone = beside_step(STEP_REMOVE, new, to, why);
	gone.name = new->name;
	gone.installed = new;
	gone.renames = true;
	*VEC_PUSH(&s->v) = taken;
	*VEC_PUSH(&s->v) = gone;
	if (old == NULL)
		return 0;
	kept = beside_step(STEP_INSTALL, old, from, why);
	kept.name = arena_printf(s->a, "%s+%s", id, old->version);
	kept.takes = old;
	kept.renames = true;
	*VEC_PUSH(&s->v) = kept;
	return 0;
}

/* ---- wishes */

static int nothing_beside(struct switching *s, const char *id, const char *version,
			  struct error *e)
{
	const struct pkgdb_component *old = current_of(s, id);

	if (old == NULL) {
		(void)error_set(e, E_NOT_FOUND, "component '%s' is not installed", id);
		return error_hint(e, "'commpkg info' shows what is");
	}
	if (version != NULL)
		(void)error_set(e, E_NOT_FOUND, "%s %s is not installed beside %s", id, version,
				old->version);
	else
		(void)error_set(e, E_NOT_FOUND, "no other version of %s is installed beside %s",
				id, old->version);
	return error_hint(e, "commpkg install %s%s%s --beside %s brings one", id,
			  version != NULL ? "=" : "", version != NULL ? version : "",
			  old->version);
}

/* The one of that version, or the only one. */
static int choose(struct switching *s, const char *id, const char *version,
		  const struct pkgdb_component **ret, struct error *e)
{
	AUTO_STRBUF struct strbuf all = STRBUF_INIT;
	const struct pkgdb_component *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct pkgdb_component *row = &s->rows[i];

		if (!is_beside(s, row, id) || (version != NULL && !str_eq(row->version, version)))
			continue;
		strbuf_addf(&all, "%s%s=%s", n++ > 0 ? ", " : "", id, row->version);
		found = row;
	}
	if (n == 0)
		return nothing_beside(s, id, version, e);
	if (n > 1) {
		(void)error_set(e, E_USAGE, "%zu other versions of %s are installed", n, id);
		return error_hint(e, "name one: %s", strbuf_str(&all));
	}
	*ret = found;
	return 0;
}

static int wish_one(struct switching *s, const char *word, struct error *e)
{
	const char *version, *id = beside_word(s->a, word, &version);
	const struct pkgdb_component *now = current_of(s, id), *new = NULL;
	int rc;

	if (now != NULL && version != NULL && str_eq(now->version, version))
		return 0;
	rc = choose(s, id, version, &new, e);
	return rc < 0 ? rc : add_switch(s, id, new, "named", e);
}

static int wish_all(struct switching *s, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++)
		if (pkgdb_component_beside(s->rows[i].name) && s->rows[i].kind != 'S')
			rc = wish_one(s, pkgdb_component_plain(s->a, s->rows[i].name), e);
	return rc;
}

/* Translations lie where what they translate does. */
static int follow(struct switching *s, struct error *e)
{
	size_t n = s->v.n;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		const struct pkgdb_component *row = &s->rows[i];
		struct manifest *m;

		if (row->kind != 'L' || !pkgdb_component_beside(row->name) || row->base == NULL)
			continue;
		rc = manifest_of(s, row, &m, e);
		for (size_t k = 0; rc == 0 && k < n; k++) {
			const struct component_step *cs = &s->v.v[k];

			if (cs->kind == STEP_SWITCH && m->translates != NULL && cs->base != NULL &&
			    str_eq(cs->name, m->translates) && str_eq(cs->base, row->base))
				rc = add_switch(s, m->id, row,
						arena_printf(s->a, "translates %s", cs->name), e);
		}
	}
	return rc;
}

int beside_switch(struct arena *a, struct pkgdb *db, const struct wish *wishes, size_t n,
		  struct solution *ret, struct error *e)
{
	struct switching s = { .a = a };
	int rc = 0;

	*ret = (struct solution){ .nsteps = 0 };
	if (db != NULL)
		rc = pkgdb_components(db, a, PKGDB_NOW, &s.rows, &s.n, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = wishes[i].name != NULL ? wish_one(&s, wishes[i].name, e) : wish_all(&s, e);
	if (rc == 0)
		rc = follow(&s, e);
	if (rc == 0) {
		ret->components = arena_memdup(a, s.v.v, s.v.n, sizeof(*s.v.v));
		ret->ncomponents = s.v.n;
	}
	VEC_FREE(&s.v);
	return rc;
}
