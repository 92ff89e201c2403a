/*
 * Roots and packages for tests of the corridor: packages as directories, made of a few
 * lines; a change run as the program runs it; a tree as text.
 */
#ifndef TESTS_UNIT_CHANGE_FIXTURE_H
#define TESTS_UNIT_CHANGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commpkg/change.h"
#include "commpkg/undo.h"
#include "formats/cleanup.h"

#define FIXTURE_MTIME 1000000000

struct world {
	char top[64];		/* a fresh directory below /tmp */
	char *root;
	size_t problems, queued, saved; /* of the last plan */
	char problem[1024];
};

static inline char *fixture_format(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&s, fmt, ap) >= 0);
	va_end(ap);
	return s;
}

static inline void fixture_mkdirs(const char *path)
{
	AUTO_FREE char *p = xstrdup(path);
	char *slash;

	for (slash = strchr(p + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(p, 0755);
		*slash = '/';
	}
}

static inline void fixture_write(const char *path, const char *text, size_t len)
{
	FILE *f;

	fixture_mkdirs(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline int world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	strcpy(w->top, "/tmp/commpkg-test-XXXXXX");
	assert_non_null(mkdtemp(w->top));
	w->root = fixture_format("%s/root", w->top);
	assert_int_equal(mkdir(w->root, 0755), 0);
	*state = w;
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *w = *state;
	struct tree *t;
	struct rpath p;
	struct arena *a = arena_new();

	if (tree_open("/tmp", &t, NULL) == 0) {
		if (rpath_parse(a, w->top + 5, &p, NULL) == 0)
			(void)tree_remove_all(t, p, NULL);
		tree_close(t);
	}
	arena_free(a);
	free(w->root);
	free(w);
	return 0;
}

/* One object of a package: "f path mode text", "d path mode", "s path target",
 * "l path target", "e path mode text", "v ...", "p path mode". */
struct object {
	char type;
	const char *path, *text;	/* s l: the target */
	unsigned mode;
};

static inline void package_line(struct strbuf *map, const struct object *o, const char *dir)
{
	AUTO_FREE char *file = fixture_format("%s/reloc/%s", dir, o->path);

	if (o->type == 's' || o->type == 'l') {
		strbuf_addf(map, "1 %c none %s=%s\n", o->type, o->path, o->text);
		return;
	}
	strbuf_addf(map, "1 %c none %s %04o root root", o->type, o->path, o->mode);
	if (ftype_has_payload(o->type)) {
		size_t len = strlen(o->text);

		fixture_write(file, o->text, len);
		strbuf_addf(map, " %zu %u %d", len,
			    svr4_sum_fold(svr4_sum_add(0, o->text, len)), FIXTURE_MTIME);
	}
	strbuf_addch(map, '\n');
}

/* Makes TOP/NAME-VERSION/NAME and returns its path (to be freed). */
static inline char *world_package(const struct world *w, const char *name, const char *version,
				  const struct object *objects, size_t n)
{
	char *dir = fixture_format("%s/%s-%s/%s", w->top, name, version, name);
	AUTO_FREE char *info = fixture_format("PKG=%s\nNAME=%s of the tests\nARCH=all\nVERSION=%s\n"
					      "CATEGORY=application\nBASEDIR=/\nCLASSES=none\n",
					      name, name, version);
	AUTO_FREE char *infofile = fixture_format("%s/pkginfo", dir);
	AUTO_FREE char *mapfile = fixture_format("%s/pkgmap", dir);
	AUTO_STRBUF struct strbuf map = STRBUF_INIT;
	size_t i;

	fixture_write(infofile, info, strlen(info));
	strbuf_addf(&map, ": 1 10\n1 i pkginfo %zu %u %d\n", strlen(info),
		    svr4_sum_fold(svr4_sum_add(0, info, strlen(info))), FIXTURE_MTIME);
	for (i = 0; i < n; i++)
		package_line(&map, &objects[i], dir);
	fixture_write(mapfile, strbuf_str(&map), map.len);
	return dir;
}

static inline int fixture_seen(void *ctx, const struct plan *plan, struct error *e)
{
	struct world *w = ctx;
	size_t i;

	(void)e;
	w->problems = plan->nproblems;
	w->queued = w->saved = 0;
	w->problem[0] = '\0';
	if (plan->nproblems > 0)
		(void)snprintf(w->problem, sizeof(w->problem), "%s", plan->problems[0].text);
	for (i = 0; i < plan->ndecisions; i++) {
		w->queued += plan->decisions[i].kind == DECISION_QUEUE_NEW;
		w->saved += plan->decisions[i].kind == DECISION_SAVE;
	}
	return 1;
}

static inline int fixture_change(struct world *w, const struct dist *d, struct wish *wishes,
				 size_t n, struct error *e)
{
	struct change_watch watch = { .ctx = w, .plan = fixture_seen };
	struct change_result result;
	struct change_request req = {
		.root_path = w->root, .create_root = true, .dist = d, .wishes = wishes,
		.nwishes = n,
		.solve = { .nodeps = true },
		.plan = { .verb = "test", .command = "a test", .program = "commpkg" },
		.threads = 2,
	};

	return change_run(&req, &watch, &result, e);
}

/* Installs, or changes to this version. 0 or negative. */
static inline int world_install(struct world *w, const char *package_dir, struct error *e)
{
	struct dist *d = dist_new();
	struct wish wish = { .kind = WISH_INSTALL };
	int rc = dist_add_medium(d, package_dir, e);

	if (rc == 0) {
		wish.package = dist_package(d, 0)->package;
		rc = fixture_change(w, d, &wish, 1, e);
	}
	dist_free(d);
	return rc;
}

/* Two packages in one plan. */
static inline int world_install_both(struct world *w, const char *one, const char *other,
				     struct error *e)
{
	struct dist *d = dist_new();
	struct wish wishes[2] = { { .kind = WISH_INSTALL }, { .kind = WISH_INSTALL } };
	int rc = dist_add_medium(d, one, e);

	if (rc == 0)
		rc = dist_add_medium(d, other, e);
	if (rc == 0) {
		wishes[0].package = dist_package(d, 0)->package;
		wishes[1].package = dist_package(d, 1)->package;
		rc = fixture_change(w, d, wishes, 2, e);
	}
	dist_free(d);
	return rc;
}

static inline int world_remove(struct world *w, const char *name, struct error *e)
{
	struct dist *d = dist_new();
	struct wish wish = { .kind = WISH_REMOVE, .name = name };
	int rc = fixture_change(w, d, &wish, 1, e);

	dist_free(d);
	return rc;
}

static inline int world_undo(struct world *w, int64_t n, struct error *e)
{
	struct undo_watch watch = { .ctx = w };
	struct undo_request req = { .root_path = w->root, .n = n, .command = "a test" };
	int64_t txn;

	return undo_run(&req, &watch, &txn, e);
}

/* ---- a tree as text: names, types, modes, links, contents; our own state left out */

static inline void tree_text_file(struct strbuf *out, const char *path, const struct stat *st)
{
	char buf[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	strbuf_addf(out, " %lld ", (long long)st->st_mtim.tv_sec);
	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(out, buf, n);
	(void)fclose(f);
}

static inline int fixture_by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static inline void tree_text(struct strbuf *out, const char *top, const char *below)
{
	AUTO_FREE char *dir = fixture_format("%s%s", top, below);
	struct dirent **names;
	int n = scandir(dir, &names, NULL, fixture_by_name), i;

	assert_true(n >= 0);
	for (i = 0; i < n; i++) {
		AUTO_FREE char *rel = fixture_format("%s/%s", below, names[i]->d_name);
		AUTO_FREE char *path = fixture_format("%s%s", top, rel);
		char link[256] = "";
		struct stat st;
		bool skip = str_eq(names[i]->d_name, ".") || str_eq(names[i]->d_name, "..") ||
			    str_eq(rel, "/var/lib") || str_eq(rel, "/var/sadm/install/contents");

		free(names[i]);
		if (skip)
			continue;
		assert_int_equal(lstat(path, &st), 0);
		if (!str_eq(rel, "/var")) /* our state makes it */
			strbuf_addf(out, "%s %o", rel, st.st_mode);
		if (S_ISLNK(st.st_mode) && readlink(path, link, sizeof(link) - 1) >= 0)
			strbuf_addf(out, " %s", link);
		if (S_ISREG(st.st_mode))
			tree_text_file(out, path, &st);
		if (!str_eq(rel, "/var"))
			strbuf_addch(out, '\n');
		if (S_ISDIR(st.st_mode))
			tree_text(out, top, rel);
	}
	free(names);
}

#endif
