/*
 * A state directory in a fresh place, and short words for packages and files.
 *
 *	f->dir		its path, f->fd its descriptor
 *	f->db		NULL until fixture_write() or fixture_read()
 *
 * Everything a test needs from the database it asks through the handle; what it forges
 * it writes with fixture_sql(), which is SQLite without any of our checks.
 */
#ifndef TESTS_UNIT_PKGDB_FIXTURE_H
#define TESTS_UNIT_PKGDB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/pkgmap.h"
#include "pkgdb/journal.h"
#include "pkgdb/pkgdb.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

struct fixture {
	char dir[PATH_MAX];
	int fd;
	struct pkgdb *db;
	struct arena *a;
	struct error e;
};

static inline const char *in_dir(struct fixture *f, const char *name)
{
	return arena_printf(f->a, "%s/%s", f->dir, name);
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(f->dir, sizeof(f->dir), "%s/pkgdb-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	f->a = arena_new();
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	DIR *d;
	const struct dirent *de;

	pkgdb_close(f->db);
	(void)chmod(f->dir, 0700);
	d = opendir(f->dir);
	while (d != NULL && (de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			assert_int_equal(unlinkat(f->fd, de->d_name, 0), 0);
	(void)closedir(d);
	(void)close(f->fd);
	assert_int_equal(rmdir(f->dir), 0);
	arena_free(f->a);
	free(f);
	return 0;
}

/* 0, or the words, so that a failing test shows them. */
#define assert_ok(f, rc) \
	do { \
		if ((rc) < 0) \
			fail_msg("%s: %d: %s", #rc, (f)->e.code, (f)->e.text); \
	} while (0)

#define assert_refused(f, expr, want, words) \
	do { \
		int refused_ = (expr); \
		assert_int_equal(refused_, -(want)); \
		assert_int_equal((f)->e.code, (want)); \
		if (strstr((f)->e.text, (words)) == NULL) \
			fail_msg("'%s' does not say '%s'", (f)->e.text, (words)); \
	} while (0)

static inline void fixture_open(struct fixture *f, enum pkgdb_mode mode)
{
	pkgdb_close(f->db);
	f->db = NULL;
	assert_ok(f, pkgdb_open(f->fd, mode, &f->db, &f->e));
}

static inline void fixture_begin(struct fixture *f)
{
	if (f->db == NULL)
		fixture_open(f, PKGDB_WRITE);
	assert_ok(f, pkgdb_begin(f->db, &f->e));
}

static inline void fixture_commit(struct fixture *f)
{
	assert_ok(f, pkgdb_commit(f->db, &f->e));
}

static inline void put_bytes(const char *path, const void *bytes, size_t len)
{
	FILE *s = fopen(path, "we");

	assert_non_null(s);
	assert_int_equal(fwrite(bytes, 1, len, s), len);
	assert_int_equal(fclose(s), 0);
}

static inline int fixture_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db;
	int rc = sqlite3_open_v2(in_dir(f, "pkgdb.sqlite"), &db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	assert_int_equal(rc, SQLITE_OK);
	rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		print_message("# %s\n", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
	return rc;
}

/* ---- packages and files */

static inline struct pkgdb_package a_package(const char *instance, const char *version,
					     int64_t added)
{
	return (struct pkgdb_package){
		.instance = instance, .pkg = instance, .title = "A package", .arch = "i386",
		.version = version, .category = "application", .added = added,
	};
}

static inline int64_t add_package(struct fixture *f, const char *instance, const char *version,
				  int64_t added, int64_t first)
{
	struct pkgdb_package p = a_package(instance, version, added);

	p.first = first;
	assert_ok(f, pkgdb_package_add(f->db, &p, NULL, NULL, 0, &f->e));
	return p.id;
}

static inline struct pkgdb_file a_file(int64_t package, const char *path, int64_t added)
{
	return (struct pkgdb_file){
		.package = package, .path = path, .ftype = 'f', .class = "none", .mode = 0644,
		.owner = "root", .group = "bin", .size = 10, .sum = 953, .mtime = 1000000000,
		.major = NUM_UNSET, .minor = NUM_UNSET, .ruling = true, .added = added,
	};
}

static inline void add_file(struct fixture *f, int64_t package, const char *path, int64_t added)
{
	struct pkgdb_file row = a_file(package, path, added);

	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
}

static inline void add_txn(struct fixture *f, int64_t n)
{
	struct txn t = { .n = n, .state = TXN_SEALED, .verb = "install", .command = "test",
			 .who = "tester", .stage = "1-a", .summary = "", .keeps = true };

	assert_ok(f, txn_add(f->db, &t, &f->e));
}

static inline void settle(struct fixture *f, int64_t n)
{
	assert_ok(f, txn_set_state(f->db, n, TXN_SETTLED, &f->e));
}

#endif
