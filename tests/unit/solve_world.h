/*
 * A small world for the solver: what is installed, what can be had, what is wished.
 *
 *	struct world *w = world_new();
 *	installed(w, "A", "1.0", .depend = "P B\n");
 *	available(w, "A", "2.0");
 *	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "^A 2.0");
 *
 * Steps read: +install ^upgrade vdowngrade =reinstall -remove.
 */
#ifndef TESTS_SOLVE_WORLD_H
#define TESTS_SOLVE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commpkg/solve_pool.h"

struct about {
	const char *depend, *compver, *relations, *arch;
	bool manual;
	char state;
	const char *instance;
};

struct world {
	struct arena *a;
	struct dist *dist;
	struct dist *other;	/* the same in the other order: solutions refer to it */
	VEC(struct solve_installed) installed;
	VEC(struct pkgdb_component) components; /* installed */
	VEC(struct wish) wishes;
	const char *arches;
	struct solve_options options;
	struct solution solution;
	struct error e;
	int rc;
	bool reversed;		/* hand the inputs over in the other order */
};

static inline struct world *world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->a = arena_new();
	w->dist = dist_new();
	return w;
}

static inline void world_free(struct world *w)
{
	VEC_FREE(&w->installed);
	VEC_FREE(&w->components);
	VEC_FREE(&w->wishes);
	dist_free(w->dist);
	dist_free(w->other);
	arena_free(w->a);
	free(w);
}

static inline void parse_about(struct world *w, const struct about *x, struct depends *depend,
			       struct compver *compver, struct relations *relations)
{
	if (x->depend != NULL)
		assert_int_equal(depend_parse(w->a, x->depend, strlen(x->depend), "depend",
					      depend, &w->e), 0);
	if (x->compver != NULL)
		assert_int_equal(compver_parse(w->a, x->compver, strlen(x->compver), "compver",
					       compver, &w->e), 0);
	if (x->relations != NULL)
		assert_int_equal(relations_parse(w->a, x->relations, strlen(x->relations),
						 "relations", relations, &w->e), 0);
}

static inline struct pkgdb_package *installed_as(struct world *w, const char *pkg,
						 const char *version, struct about x)
{
	struct pkgdb_package *row = arena_alloc(w->a, sizeof(*row));
	struct solve_installed *in = VEC_PUSH(&w->installed);

	*row = (struct pkgdb_package){
		.id = (int64_t)w->installed.n, .pkg = pkg, .version = version,
		.instance = x.instance != NULL ? x.instance : pkg,
		.arch = x.arch != NULL ? x.arch : "i386", .manual = x.manual,
		.state = x.state, .added = (int64_t)w->installed.n,
	};
	in->row = row;
	parse_about(w, &x, &in->depend, &in->compver, &in->relations);
	return row;
}
#define installed(w, pkg, version, ...) \
	installed_as(w, pkg, version, (struct about){ __VA_ARGS__ })

static inline struct package *package_as(struct world *w, const char *pkg,
					 const char *version, struct about x)
{
	struct package *p = arena_alloc(w->a, sizeof(*p));

	p->pkg = p->dirname = pkg;
	p->version = version;
	p->arch = x.arch != NULL ? x.arch : "i386";
	parse_about(w, &x, &p->depend, &p->compver, &p->relations);
	return p;
}

static inline struct package *available_as(struct world *w, const char *pkg,
					   const char *version, struct about x)
{
	struct package *p = package_as(w, pkg, version, x);

	dist_add_package(w->dist, p, arena_printf(w->a, "/dist/%s-%s.pkg", pkg, version), false);
	return p;
}
#define available(w, pkg, version, ...) \
	available_as(w, pkg, version, (struct about){ __VA_ARGS__ })

/* A package file on the command line. */
static inline struct package *given_as(struct world *w, const char *pkg, const char *version,
				       struct about x)
{
	struct package *p = package_as(w, pkg, version, x);

	dist_add_package(w->dist, p, arena_printf(w->a, "./%s-%s.pkg", pkg, version), true);
	*VEC_PUSH(&w->wishes) = (struct wish){ .kind = WISH_INSTALL, .package = p };
	return p;
}
#define given(w, pkg, version, ...) given_as(w, pkg, version, (struct about){ __VA_ARGS__ })

static inline void wish(struct world *w, enum wish_kind kind, const char *name)
{
	*VEC_PUSH(&w->wishes) = (struct wish){ .kind = kind, .name = name };
}

static inline const char *steps_text(struct world *w)
{
	struct strbuf b = STRBUF_INIT;
	const char *r;

	for (size_t i = 0; i < w->solution.nsteps; i++) {
		const struct step *s = &w->solution.steps[i];
		const char *name = s->package != NULL ? s->package->pkg : s->installed->instance;

		strbuf_addf(&b, "%s%c%s %s", i > 0 ? ", " : "", "+^v=-"[s->kind], name,
			    s->package != NULL ? s->package->version : s->installed->version);
	}
	r = arena_strdup(w->a, strbuf_str(&b));
	strbuf_free(&b);
	return r;
}

/* The same inputs in the other order. */
static inline void reverse(struct world *w, struct solve_ask *ask)
{
	struct solve_installed *in = arena_calloc(w->a, ask->ninstalled + 1, sizeof(*in));
	struct wish *wishes = arena_calloc(w->a, ask->nwishes + 1, sizeof(*wishes));

	for (size_t i = 0; i < ask->ninstalled; i++)
		in[i] = ask->installed[ask->ninstalled - 1 - i];
	for (size_t i = 0; i < ask->nwishes; i++)
		wishes[i] = ask->wishes[ask->nwishes - 1 - i];
	dist_free(w->other);
	w->other = dist_new();
	for (size_t i = dist_count(ask->dist); i-- > 0;) {
		const struct dist_package *d = dist_package(ask->dist, i);

		dist_add_package(w->other, d->package, d->origin, d->named);
	}
	for (size_t i = dist_component_count(ask->dist); i-- > 0;) {
		const struct dist_component *c = dist_component(ask->dist, i);

		dist_add_component(w->other, c->bytes, c->len, c->origin);
	}
	ask->installed = in;
	ask->wishes = wishes;
	ask->dist = w->other;
}

/* Solves; "!" when there is no solution, "?" when a name is unknown. */
static inline const char *solved(struct world *w)
{
	struct solve_ask ask = {
		.installed = w->installed.v, .ninstalled = w->installed.n,
		.components = w->components.v, .ncomponents = w->components.n,
		.arches = w->arches, .dist = w->dist, .wishes = w->wishes.v,
		.nwishes = w->wishes.n, .options = &w->options,
	};

	error_clear(&w->e);
	if (w->reversed)
		reverse(w, &ask);
	w->rc = solve_ask(w->a, &ask, &w->solution, &w->e);
	if (w->rc == -E_NOT_FOUND)
		return "?";
	if (w->rc == -E_NO_SOLUTION)
		return "!";
	assert_int_equal(w->rc, 0);
	return steps_text(w);
}

static inline const char *outcome(struct world *w, enum wish_kind kind, const char *name)
{
	wish(w, kind, name);
	return solved(w);
}

static inline bool has_line(const char *const *lines, size_t n, const char *part)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(lines[i], part) != NULL)
			return true;
	return false;
}

static inline void print_problems(const struct world *w)
{
	for (size_t i = 0; i < w->solution.nproblems; i++) {
		const struct solve_problem *p = &w->solution.problems[i];

		for (size_t k = 0; k < p->nchain; k++)
			print_message("#   %s\n", p->chain[k]);
		for (size_t k = 0; k < p->nfixes; k++)
			print_message("#   %zu) commpkg %s\n", k + 1, p->fixes[k]);
	}
}

/* Each problem has a chain of two lines and a fix at least. */
static inline void assert_explained(const struct world *w, const char *line, const char *fix)
{
	bool lines = false, fixes = false;

	print_problems(w);
	assert_int_equal(w->rc, -E_NO_SOLUTION);
	assert_true(w->solution.nproblems > 0);
	for (size_t i = 0; i < w->solution.nproblems; i++) {
		const struct solve_problem *p = &w->solution.problems[i];

		assert_true(p->nchain >= 2);
		assert_true(p->nfixes >= 1);
		lines = lines || has_line(p->chain, p->nchain, line);
		for (size_t k = 0; k < p->nfixes; k++)
			fixes = fixes || str_eq(p->fixes[k], fix);
	}
	if (!lines)
		print_error("no line with '%s'\n", line);
	if (!fixes)
		print_error("no fix '%s'\n", fix);
	assert_true(lines);
	assert_true(fixes);
}

static inline void assert_note(const struct world *w, const char *part)
{
	if (!has_line(w->solution.notes, w->solution.nnotes, part))
		for (size_t i = 0; i < w->solution.nnotes; i++)
			print_error("note: %s\n", w->solution.notes[i]);
	assert_true(has_line(w->solution.notes, w->solution.nnotes, part));
}

static inline const char *why(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->solution.nsteps; i++) {
		const struct step *s = &w->solution.steps[i];

		if (str_eq(s->package != NULL ? s->package->pkg : s->installed->instance, name))
			return s->why;
	}
	return "not a step";
}

#define WORLD struct world *w = world_new(); (void)state
#define WORLD_END world_free(w)

#endif
