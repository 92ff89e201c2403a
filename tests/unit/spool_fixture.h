/*
 * A temporary directory, and package directories made in it.
 *
 *	struct tempdir t = tempdir_new();
 *	spool_package(&t, "SUNWa", "SUNWa", "1.0", "depend", "P SUNWb b\n");
 *	... t.path ...
 *	tempdir_free(&t);
 */
#ifndef TESTS_SPOOL_FIXTURE_H
#define TESTS_SPOOL_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "formats/arena.h"
#include "formats/digest.h"
#include "formats/str.h"

struct tempdir {
	struct arena *a;
	const char *path;
};

static inline struct tempdir tempdir_new(void)
{
	struct tempdir t = { .a = arena_new() };
	const char *tmp = getenv("TMPDIR");
	char *path = arena_printf(t.a, "%s/commpkg-unit-XXXXXX", tmp != NULL ? tmp : "/tmp");

	assert_non_null(mkdtemp(path));
	t.path = path;
	return t;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static inline void tempdir_free(struct tempdir *t)
{
	(void)nftw(t->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(t->a);
}

/* Writes a file below, and the directories it needs. */
static inline void put_file(struct tempdir *t, const char *name, const char *bytes)
{
	char *path = arena_printf(t->a, "%s/%s", t->path, name);
	FILE *f;

	for (char *p = path + strlen(t->path) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(path, 0755);
		*p = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(bytes, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline const char *map_line(struct tempdir *t, const char *name, const char *bytes)
{
	size_t len = strlen(bytes);

	return arena_printf(t->a, "1 i %s %zu %u 1000000000\n", name, len,
			    svr4_sum_fold(svr4_sum_add(0, bytes, len)));
}

/* A package directory `where` (below t) without payload, with one install file or NULL. */
static inline void spool_package(struct tempdir *t, const char *where, const char *pkg,
				 const char *version, const char *infofile, const char *bytes)
{
	const char *info = arena_printf(t->a, "PKG=%s\nNAME=a test\nARCH=all\nVERSION=%s\n"
					"CATEGORY=application\n", pkg, version);
	const char *map = arena_printf(t->a, ": 1 2\n%s%s",
				       infofile != NULL ? map_line(t, infofile, bytes) : "",
				       map_line(t, "pkginfo", info));

	put_file(t, arena_printf(t->a, "%s/pkginfo", where), info);
	put_file(t, arena_printf(t->a, "%s/pkgmap", where), map);
	if (infofile != NULL)
		put_file(t, arena_printf(t->a, "%s/install/%s", where, infofile), bytes);
}

#endif
