/*
 * How much processor time one solve takes with many packages. Not a test: it has no opinion.
 *
 *	make build/tests/solve_scale && build/tests/solve_scale [PACKAGES] [INSTALLED]
 *
 * Packages in layers, five dependencies each, two versions of every fourth; measures
 * an install, an upgrade of everything, a removal and a wish that can't be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "commpkg/solve_pool.h"

struct scale {
	struct arena *a;
	struct dist *dist;
	struct solve_installed *installed;
	size_t n, ninstalled;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *name_of(struct scale *s, size_t i)
{
	return arena_printf(s->a, "PKG%zu", i);
}

/* What package i needs: only packages of higher numbers, so there is no cycle. */
static void needs_of(struct scale *s, size_t i, struct relations *ret)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t k = 1; k <= 5; k++) {
		size_t to = i + 1 + (i * 2654435761u + k * 40503u) % 997;

		if (to < s->n)
			strbuf_addf(&b, "requires PKG%zu (>= 1.0)%s\n", to,
				    k == 5 ? " | NOBODY" : "");
	}
	if (i == 3)
		strbuf_adds(&b, "requires NOBODY\n");
	if (relations_parse(s->a, strbuf_str(&b), b.len, "relations", ret, NULL) < 0)
		abort();
}

static void make_world(struct scale *s)
{
	s->installed = arena_calloc(s->a, s->ninstalled, sizeof(*s->installed));
	for (size_t i = 0; i < s->n; i++) {
		for (int v = 1; v <= (i % 4 == 0 ? 2 : 1); v++) {
			struct package *p = arena_alloc(s->a, sizeof(*p));

			p->pkg = name_of(s, i);
			p->version = v == 1 ? "1.0" : "2.0";
			p->arch = "all";
			needs_of(s, i, &p->relations);
			dist_add_package(s->dist, p, "dist", false);
		}
	}
	/* the last ones, whose needs are all there */
	for (size_t i = 0; i < s->ninstalled; i++) {
		struct pkgdb_package *row = arena_alloc(s->a, sizeof(*row));
		size_t which = s->n - s->ninstalled + i;

		row->pkg = row->instance = name_of(s, which);
		row->version = "1.0";
		row->arch = "all";
		row->added = 1;
		s->installed[i].row = row;
		needs_of(s, which, &s->installed[i].relations);
	}
}

static void measure(struct scale *s, const char *what, enum wish_kind kind, const char *name)
{
	struct solve_options options = { .dependents = kind == WISH_REMOVE };
	struct wish w = { .kind = kind, .name = name };
	struct solve_ask ask = {
		.installed = s->installed, .ninstalled = s->ninstalled, .dist = s->dist,
		.wishes = &w, .nwishes = 1, .options = &options,
	};
	AUTO_ARENA struct arena *a = arena_new();
	struct solution r;
	double start = now();
	int rc = solve_ask(a, &ask, &r, NULL);

	printf("%-28s %8.3f s  %6zu steps, %zu problems%s\n", what, now() - start, r.nsteps,
	       r.nproblems, rc < 0 && rc != -E_NO_SOLUTION ? " (failed)" : "");
}

int main(int argc, char **argv)
{
	struct scale s = { .a = arena_new(), .dist = dist_new() };

	s.n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	s.ninstalled = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
	s.ninstalled = s.ninstalled < s.n ? s.ninstalled : s.n;
	make_world(&s);
	measure(&s, "install, few needs", WISH_INSTALL, name_of(&s, s.n - s.ninstalled - 1));
	measure(&s, "install, all needs", WISH_INSTALL, "PKG5");
	measure(&s, "upgrade everything", WISH_UPGRADE, NULL);
	measure(&s, "remove with dependents", WISH_REMOVE, name_of(&s, s.n - 1));
	measure(&s, "what can't be", WISH_INSTALL, "PKG3");
	dist_free(s.dist);
	arena_free(s.a);
	return 0;
}
