/*
 * How long a large catalog takes: read as XML, read from the cache, and one install solved. Not a
 * test: it has no opinion.
 *
 *	make build/tests/catalog_scale && build/tests/catalog_scale [PACKAGES] [WISHED [cpu]]
 *
 * PACKAGES (20000) with four dependencies each, in groups of WISHED (2000); installing the first
 * of a group installs the group. Wall clock (or the
 * processor's), the best of five.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commpkg/published.h"
#include "commpkg/solve_pool.h"
#include "formats/cleanup.h"
#include "formats/spool_write.h"

#define ROUNDS 5

static clockid_t clock_id = CLOCK_MONOTONIC;

static double now(void)
{
	struct timespec t;

	clock_gettime(clock_id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_package(struct arena *a, size_t i, size_t n, size_t group,
			 struct catalog_package *cp)
{
	size_t end = i - i % group + group, k;
	struct package *p = &cp->package;

	end = end < n ? end : n;
	p->pkg = p->title = arena_printf(a, "PKG%zu", i);
	p->version = "1.0,REV=2026.11.27";
	p->arch = "i386";
	p->category = "system";
	p->depend.v = arena_calloc(a, 4, sizeof(*p->depend.v));
	for (k = 0; k < 4 && i + 1 < end; k++) {
		size_t far = (i * 2654435761u + k * 40503u) % (end - i - 1);

		p->depend.v[p->depend.n++] = (struct depend){
			.type = 'P', .pkg = arena_printf(a, "PKG%zu", i + 1 + (k == 0 ? 0 : far)),
			.name = "",
		};
	}
	cp->medium = i;
	cp->has_files = true;
	sha256_of(p->pkg, strlen(p->pkg), &cp->files);
}

static void write_file(const char *dir, const char *name, const struct strbuf *b)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_FILE FILE *f = fopen(arena_printf(a, "%s/%s", dir, name), "w");

	if (f == NULL || fwrite(b->p, 1, b->len, f) != b->len)
		abort();
}

static void make_distribution(const char *dir, size_t n, size_t group)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf text = STRBUF_INIT, repo = STRBUF_INIT;
	struct catalog c = { .nmedia = n, .npackages = n };
	struct repo r = { .id = "scale", .serial = 1, .issued = 1, .expires = 4000000000 };
	size_t i;

	c.media = arena_calloc(a, n, sizeof(*c.media));
	c.packages = arena_calloc(a, n, sizeof(*c.packages));
	for (i = 0; i < n; i++) {
		make_package(a, i, n, group, &c.packages[i]);
		c.media[i].file.path = arena_printf(a, "PKG%zu.pkg", i);
		c.media[i].file.sha = c.packages[i].files;
	}
	if (catalog_render(&c, &text, NULL) < 0)
		abort();
	r.catalog = (struct catalog_file){ .path = CATALOG_NAME, .size = text.len };
	sha256_of(text.p, text.len, &r.catalog.sha);
	if (repo_render(&r, &repo, NULL) < 0)
		abort();
	write_file(dir, CATALOG_NAME, &text);
	write_file(dir, REPO_NAME, &repo);
}

static size_t one_round(const char *dir, size_t group, double *load, double *answer)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct solve_options options = { .autoremove = false };
	struct wish w = { .kind = WISH_INSTALL, .name = arena_printf(a, "PKG%zu", 2 * group) };
	struct dist *d = dist_new();
	struct solve_ask ask = { .dist = d, .wishes = &w, .nwishes = 1, .options = &options };
	struct error e = ERROR_INIT;
	struct solution s;
	double begin = now();

	if (dist_add_published(d, dir, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	*load = now() - begin;
	begin = now();
	if (solve_ask(a, &ask, &s, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	*answer = now() - begin;
	dist_free(d);
	return s.nsteps;
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	size_t group = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000, steps;
	char dir[] = "/tmp/catalog-scale.XXXXXX";
	double load, answer, best_load = 1e9, best_answer = 1e9, best = 1e9;
	int i;

	if (argc > 3) /* processor time, for loaded machines */
		clock_id = CLOCK_PROCESS_CPUTIME_ID;
	if (mkdtemp(dir) == NULL || setenv("COMMPKG_STATE", dir, 1) < 0)
		return 1;
	make_distribution(dir, n, group);
	steps = one_round(dir, group, &load, &answer);
	printf("catalog of %zu packages, first read: %.0f ms, solved in %.0f ms (%zu steps)\n", n,
	       load * 1e3, answer * 1e3, steps);
	for (i = 0; i < ROUNDS; i++) {
		(void)one_round(dir, group, &load, &answer);
		best_load = load < best_load ? load : best_load;
		best_answer = answer < best_answer ? answer : best_answer;
		best = load + answer < best ? load + answer : best;
	}
	printf("from the cache: %.0f ms, solved in %.0f ms, together %.0f ms (aim: below 100)\n",
	       best_load * 1e3, best_answer * 1e3, best * 1e3);
	return spool_remove(AT_FDCWD, dir, NULL) < 0;
}
