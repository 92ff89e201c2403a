/*
 * What an installation into an empty root would bring, by the catalog alone: nothing is opened.
 *
 *	make build/tests/closure && build/tests/closure DISTRIBUTION NAME...
 *
 * One package a line, as the catalog has it; the time goes to standard error. For comparing with
 * other solvers (tests/real/index.sh).
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "commpkg/published.h"
#include "commpkg/solve_pool.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct solve_options options = { .autoremove = false };
	struct arena *a = arena_new();
	struct wish *w = arena_calloc(a, (size_t)argc, sizeof(*w));
	struct dist *d = dist_new();
	struct solve_ask ask = { .dist = d, .wishes = w, .options = &options };
	struct error e = ERROR_INIT;
	struct solution s;
	double begin = now(), loaded;
	int i;

	if (argc < 3 || dist_add_published(d, argv[1], &e) < 0) {
		fprintf(stderr, "closure: %s\n", argc < 3 ? "DISTRIBUTION NAME..." : e.text);
		return 2;
	}
	loaded = now();
	for (i = 2; i < argc; i++)
		w[ask.nwishes++] = (struct wish){ .kind = WISH_INSTALL, .name = argv[i] };
	if (solve_ask(a, &ask, &s, &e) < 0) {
		fprintf(stderr, "closure: %s\n", e.text);
		for (size_t k = 0; k < s.nproblems; k++)
			for (size_t n = 0; n < s.problems[k].nchain; n++)
				fprintf(stderr, "  %s\n", s.problems[k].chain[n]);
		return 1;
	}
	fprintf(stderr, "%zu packages known, read in %.0f ms; %zu chosen in %.0f ms\n",
		dist_count(d), (loaded - begin) * 1e3, s.nsteps, (now() - loaded) * 1e3);
	for (size_t k = 0; k < s.nsteps; k++)
		printf("%s %s\n", s.steps[k].package->pkg, s.steps[k].package->version);
	dist_free(d);
	arena_free(a);
	return 0;
}
