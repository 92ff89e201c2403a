/* What the user should know besides the steps. */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

#include "formats/version.h"

struct notes {
	struct attempt *t;
	struct solve_pool *sp;
	VEC(const char *) v;
};

static void note_reverse(struct notes *b, const struct member *m)
{
	const struct depends *d = member_depend(m);

	for (size_t i = 0; i < d->n; i++) {
		const struct member *other;

		if (d->v[i].type != 'R')
			continue;
		other = solve_pool_find_installed(b->sp, d->v[i].pkg);
		if (other != NULL && attempt_stays(b->t, other))
			*VEC_PUSH(&b->v) = arena_printf(b->sp->a,
				"%s goes, and says that %s needs it",
				member_text(b->sp->a, m), member_text(b->sp->a, other));
	}
}

static bool recommended_there(struct notes *b, const struct relation *r)
{
	for (size_t k = 0; k < r->n; k++) {
		Id id = pool_str2id(b->sp->pool, r->alts[k].name, 0);
		const Id *p;

		if (id == 0)
			continue;
		for (p = pool_whatprovides_ptr(b->sp->pool, id); *p != 0; p++)
			if (MAPTST(&b->t->result, *p))
				return true;
	}
	return false;
}

static void note_recommended(struct notes *b, const struct member *m)
{
	const struct relations *r = member_relations(m);
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	unsigned n = 0;

	for (size_t i = 0; r->present && i < r->n; i++) {
		if (r->v[i].kind != REL_RECOMMENDS || recommended_there(b, &r->v[i]))
			continue;
		if (n++ < 6)
			strbuf_addf(&out, "%s%s", n > 1 ? ", " : "",
				    solve_plain(r->v[i].alts[0].name));
	}
	if (n > 0)
		*VEC_PUSH(&b->v) = arena_printf(b->sp->a, "%s recommends %s%s",
			solve_plain(m->name), strbuf_str(&out), n > 6 ? ", ..." : "");
}

/* Last: what sums up does so after what it sums up. */
static void note_passed_over(struct notes *b)
{
	const struct dist *d = b->t->ask->dist;
	size_t n = d != NULL ? dist_note_count(d) : 0;

	for (size_t i = 0; i < n && i < 3; i++)
		*VEC_PUSH(&b->v) = dist_note(d, i);
	if (n > 3)
		*VEC_PUSH(&b->v) = arena_printf(b->sp->a, "and %zu more packages of the "
			"distribution are passed over", n - 3);
}

static bool upgrades_all(const struct attempt *t)
{
	for (size_t i = 0; i < t->ngoals; i++)
		if (t->goals[i].name == NULL)
			return true;
	return false;
}

/* A package of a component: of that one it is said. */
static bool is_part(const struct notes *b, const struct member *m)
{
	for (size_t i = 0; m->component == NULL && i < b->sp->ninstalled; i++) {
		const struct member *c = &b->sp->members[i];

		if (c->component != NULL &&
		    pkgdb_component_has(c->component->row, m->installed->row->instance))
			return true;
	}
	return false;
}

/* Side by side: is it said of the current version, or to be said of it? */
static bool tell_beside(struct notes *b, const struct member *m)
{
	const struct member *other = m->component != NULL ? beside_of(b->t, m) : NULL;

	if (other != NULL && !pkgdb_component_beside(m->component->row->name))
		*VEC_PUSH(&b->v) = arena_printf(b->sp->a, "%s stays: %s is beside it",
						member_text(b->sp->a, m),
						member_text(b->sp->a, other));
	return other != NULL;
}

/* " -R /x", or "". */
static const char *with_value(struct arena *a, const char *option, const char *value)
{
	return value != NULL ? arena_printf(a, " %s %s", option, str_shell(a, value)) : "";
}

static void note_held(struct notes *b, const struct member *m, const struct member *newer)
{
	struct arena *a = b->sp->a;

	*VEC_PUSH(&b->v) = arena_printf(a, "%s stays: it is held, and %s is there "
		"('commpkg hold%s --remove %s' lifts it)", member_text(a, m),
		member_text_origin(a, newer), with_value(a, "-R", b->t->ask->options->root),
		solve_plain(m->name));
}

static void note_newer(struct notes *b, const struct member *m, const struct member *newer)
{
	const struct solve_options *o = b->t->ask->options;
	struct arena *a = b->sp->a;
	const char *why = member_shared(m) && !o->upgrade_shared ?
		"would come with --upgradeSC y" :
		arena_printf(a, "does not go together with the rest ('commpkg why-not%s%s %s=%s' "
			     "says why)", with_value(a, "-R", o->root),
			     with_value(a, "-d", o->distro), solve_plain(m->name),
			     newer->version);

	*VEC_PUSH(&b->v) = arena_printf(a, "%s stays: %s %s", member_text(a, m),
					member_text_origin(a, newer), why);
}

/* What an upgrade of everything passes over. */
static void note_left(struct notes *b)
{
	struct strbuf absent = STRBUF_INIT;
	unsigned nabsent = 0;

	for (size_t i = 0; i < b->sp->ninstalled; i++) {
		const struct member *m = &b->sp->members[i], *last;
		size_t n;

		if (!attempt_stays(b->t, m) || is_part(b, m) || tell_beside(b, m))
			continue;
		last = solve_pool_available(b->sp, m->name, &n);
		if (n == 0) {
			if (nabsent++ < 6)
				strbuf_addf(&absent, "%s%s", nabsent > 1 ? ", " : "",
					    solve_plain(m->name));
		} else if (last[n - 1].rank > m->rank && m->held) {
			note_held(b, m, &last[n - 1]);
		} else if (last[n - 1].rank > m->rank && last[n - 1].id != 0) {
			note_newer(b, m, &last[n - 1]);
		} else if (last[n - 1].barred != NULL) {
			*VEC_PUSH(&b->v) = last[n - 1].barred;
		}
	}
	if (nabsent > 0)
		*VEC_PUSH(&b->v) = arena_printf(b->sp->a,
			"not in the distribution, left alone: %s%s", strbuf_str(&absent),
			nabsent > 6 ? ", ..." : "");
	strbuf_free(&absent);
}

/* ---- components */

static bool component_there(struct notes *b, const struct manifest_relation *r)
{
	for (size_t i = 0; i < b->sp->n; i++) {
		const struct member *m = &b->sp->members[i];

		if (m->component != NULL && attempt_stays(b->t, m) &&
		    str_eq(m->component->manifest->id, r->component) &&
		    version_range_holds(&r->range, m->version))
			return true;
	}
	return false;
}

static void note_system(struct notes *b, const struct member *m)
{
	const struct manifest *x = m->component->manifest;

	if (x->nos == 0 || b->sp->system == NULL || b->sp->system->name != NULL)
		return;
	*VEC_PUSH(&b->v) = arena_printf(b->sp->a, "this root does not say which system it is "
		"(etc/os-release): whether %s runs on it was not checked",
		member_text(b->sp->a, m));
}

/* An older version can't read what a newer one has stored. */
static void note_oneway(struct notes *b, const struct member *m)
{
	const struct member *there = solve_pool_find_installed(b->sp, m->name);
	const struct manifest *x = there != NULL ? there->component->manifest : NULL;

	for (size_t i = 0; x != NULL && i < x->ndata; i++)
		if (x->data[i].oneway)
			*VEC_PUSH(&b->v) = arena_printf(b->sp->a,
				"%s can't read '%s' as %s stores it%s%s", member_text(b->sp->a, m),
				x->data[i].path, member_text(b->sp->a, there),
				x->data[i].format != NULL ? ", format " : "",
				x->data[i].format != NULL ? x->data[i].format : "");
}

/* What may be on another host can't be known from here. */
static void note_remote(struct notes *b, const struct member *m,
			const struct manifest_relation *r)
{
	struct arena *a = b->sp->a;
	bool any = r->range.n == 0;

	if (!r->remote || component_there(b, r))
		return;
	*VEC_PUSH(&b->v) = arena_printf(a, "%s %s %s%s%s, here or on another host",
		member_text(a, m), r->soft ? "can use" : "needs", r->component,
		any ? "" : " ", any ? "" : version_range_text(a, &r->range));
}

static void note_component(struct notes *b, const struct step *s, const struct member *m)
{
	const struct manifest *x = m->component->manifest;

	for (size_t i = 0; i < x->nrequires; i++)
		note_remote(b, m, &x->requires[i]);
	note_system(b, m);
	if (s->kind == STEP_DOWNGRADE)
		note_oneway(b, m);
}

static int compare_notes(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void step_notes(struct notes *b, const struct step *s, const struct member *m)
{
	if (s->kind == STEP_REMOVE) {
		note_reverse(b, m);
		return;
	}
	if (m->component != NULL)
		note_component(b, s, m);
	if (attempt_goal_of(b->t, m) != NULL)
		note_recommended(b, m); /* of others: too much */
	if (s->kind == STEP_DOWNGRADE)
		*VEC_PUSH(&b->v) = arena_printf(b->sp->a, "%s goes back from %s to %s",
						solve_plain(m->name), s->installed->version,
						m->version);
}

void notes_make(struct attempt *t, const struct step *steps,
		const struct member *const *members, size_t n, struct solution *ret)
{
	struct notes b = { .t = t, .sp = t->sp };
	size_t i;

	for (i = 0; i < t->notes.n; i++)
		*VEC_PUSH(&b.v) = t->notes.v[i];
	for (i = 0; i < n; i++)
		step_notes(&b, &steps[i], members[i]);
	if (upgrades_all(t))
		note_left(&b);
	if (b.v.n > 1)
		qsort(b.v.v, b.v.n, sizeof(*b.v.v), compare_notes);
	note_passed_over(&b);
	ret->notes = arena_calloc(t->a, b.v.n, sizeof(*ret->notes));
	for (i = 0; i < b.v.n; i++)
		if (i == 0 || !str_eq(b.v.v[i], b.v.v[i - 1]))
			ret->notes[ret->nnotes++] = str_escaped(t->a, b.v.v[i]);
	VEC_FREE(&b.v);
}
