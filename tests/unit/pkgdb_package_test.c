/*
 * Package rows; and history as a property: whatever was installed, upgraded, removed,
 * reinstalled and taken back, the state as of N is what a simple model says.
 */
#include "pkgdb_fixture.h"

static void every_field_comes_back(void **state)
{
	struct fixture *f = *state;
	struct param params[] = { { "CLASSES", "none", 1 }, { "BASEDIR", "", 2 },
				  { "CLASSES", "twice", 3 } };
	struct pkginfo info = { .params = params, .n = 3 }, got_info;
	struct infofile files[] = {
		{ .name = "depend", .bytes = "P x\n", .len = 4, .mtime = -1 },
		{ .name = "postinstall", .bytes = "a\0b", .len = 3, .mtime = 5 },
		{ .name = "empty", .bytes = "", .len = 0 },
	}, *got_files;
	struct pkgdb_package p = {
		.instance = "SUNWa.2", .pkg = "SUNWa", .title = "Tit\xff le", .arch = "i386,sparc",
		.version = "1.0,REV=2", .category = "system", .basedir = "/opt/a", .added = 3,
		.manual = true, .state = 'I',
	}, got;
	size_t n;

	fixture_begin(f);
	assert_ok(f, pkgdb_package_add(f->db, &p, &info, files, 3, &f->e));
	assert_int_equal(p.first, p.id);
	fixture_commit(f);
	assert_int_equal(pkgdb_package_find(f->db, f->a, "SUNWa.2", PKGDB_NOW, &got, &f->e), 1);
	assert_int_equal(got.id, p.id);
	assert_string_equal(got.pkg, p.pkg);
	assert_string_equal(got.title, p.title);
	assert_string_equal(got.arch, p.arch);
	assert_string_equal(got.version, p.version);
	assert_string_equal(got.category, p.category);
	assert_string_equal(got.basedir, p.basedir);
	assert_int_equal(got.added, 3);
	assert_int_equal(got.removed, 0);
	assert_int_equal(got.first, p.id);
	assert_true(got.manual);
	assert_int_equal(got.state, 'I');
	assert_ok(f, pkgdb_params(f->db, f->a, p.id, &got_info, &f->e));
	assert_int_equal(got_info.n, 3); /* in their order, also when a name is there twice */
	assert_string_equal(got_info.params[0].value, "none");
	assert_string_equal(got_info.params[1].value, "");
	assert_string_equal(got_info.params[2].value, "twice");
	assert_ok(f, pkgdb_infofiles(f->db, f->a, p.id, &got_files, &n, &f->e));
	assert_int_equal(n, 3);
	assert_string_equal(got_files[0].name, "depend");
	assert_int_equal(got_files[0].mtime, -1);
	assert_int_equal(got_files[1].len, 3);
	assert_memory_equal(got_files[1].bytes, "a\0b", 4);
	assert_int_equal(got_files[2].len, 0);
	assert_null(got_files[2].entry);
}

static void what_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_package p, *all;
	struct pkginfo info;
	struct infofile *files;
	struct pkgdb_file *rows;
	size_t n;

	fixture_begin(f);
	assert_int_equal(pkgdb_package_find(f->db, f->a, "SUNWa", PKGDB_NOW, &p, &f->e), 0);
	assert_ok(f, pkgdb_packages(f->db, f->a, PKGDB_NOW, &all, &n, &f->e));
	assert_int_equal(n, 0);
	assert_ok(f, pkgdb_params(f->db, f->a, 7, &info, &f->e));
	assert_int_equal(info.n, 0);
	assert_ok(f, pkgdb_infofiles(f->db, f->a, 7, &files, &n, &f->e));
	assert_int_equal(n, 0);
	assert_ok(f, pkgdb_files(f->db, f->a, 7, PKGDB_NOW, &rows, &n, &f->e));
	assert_int_equal(n, 0);
	assert_refused(f, pkgdb_package_end(f->db, 7, 1, &f->e), E_NOT_FOUND, "row 7");
	assert_refused(f, pkgdb_package_set_manual(f->db, 7, true, &f->e), E_NOT_FOUND, "row 7");
	assert_refused(f, pkgdb_package_set_state(f->db, 7, 'x', &f->e), EINVAL, "state 'x'");
}

static void limits(void **state)
{
	struct fixture *f = *state;
	size_t most = (size_t)16 << 20;
	char *much = xcalloc(1, most + 2);
	struct infofile file = { .name = "depend", .bytes = much, .len = most + 1 };
	struct pkgdb_package p = a_package("SUNWa", "1", 1);
	struct param param = { .name = "X", .value = much };
	struct pkginfo info = { .params = &param, .n = 1 };

	memset(much, 'x', most + 1);
	fixture_begin(f);
	assert_refused(f, pkgdb_package_add(f->db, &p, NULL, &file, 1, &f->e), E_LIMIT,
		       "install file 'depend'");
	assert_refused(f, pkgdb_package_add(f->db, &p, &info, NULL, 0, &f->e), E_LIMIT,
		       "a parameter");
	info.n = 4097;
	assert_refused(f, pkgdb_package_add(f->db, &p, &info, NULL, 0, &f->e), E_LIMIT,
		       "too many parameters");
	p.title = much;
	assert_refused(f, pkgdb_package_add(f->db, &p, NULL, NULL, 0, &f->e), E_LIMIT, "a title");
	p = a_package(much + most - 255, "1", 1);
	assert_refused(f, pkgdb_package_add(f->db, &p, NULL, NULL, 0, &f->e), E_LIMIT,
		       "an instance");
	p = a_package("SUNWa", NULL, 1);
	assert_refused(f, pkgdb_package_add(f->db, &p, NULL, NULL, 0, &f->e), EINVAL, "not whole");
	p = a_package("SUNWa", "1", 0);
	assert_refused(f, pkgdb_package_add(f->db, &p, NULL, NULL, 0, &f->e), EINVAL, "not whole");
	pkgdb_abort(f->db);
	fixture_begin(f);
	p = a_package("SUNWa", "1", 1);
	file.len = most; /* the largest that goes in comes out */
	assert_ok(f, pkgdb_package_add(f->db, &p, NULL, &file, 1, &f->e));
	fixture_commit(f);
	{
		struct infofile *got;
		size_t n;

		assert_ok(f, pkgdb_infofiles(f->db, f->a, p.id, &got, &n, &f->e));
		assert_int_equal(got[0].len, most);
	}
	free(much);
}

/* ---- history */

#define INSTANCES 4
#define PATHS 6
#define MOST 60

struct model {
	int version[INSTANCES];		/* 0 = not installed */
	int mode[INSTANCES][PATHS];	/* -1 = not its */
};

static const char *const names[INSTANCES] = { "SUNWa", "SUNWb", "SUNWc", "SUNWd" };
static const char *const paths[PATHS] = { "a", "a/b", "b", "c/d/e", "c-", "z" };

struct world {
	struct fixture *f;
	struct model now, at[MOST + 1];
	int64_t ids[INSTANCES];
	unsigned seed;
};

static int dice(struct world *w, int n)
{
	return (int)((unsigned)rand_r(&w->seed) % (unsigned)n);
}

static void put(struct world *w, int i, int path, int64_t txn)
{
	struct pkgdb_file row = a_file(w->ids[i], paths[path], txn);
	int mode = dice(w, 512);

	row.mode = (uint32_t)mode;
	row.ruling = i == 0;
	assert_ok(w->f, w->now.mode[i][path] < 0 ? pkgdb_file_add(w->f->db, &row, &w->f->e) :
		  pkgdb_file_replace(w->f->db, &row, txn, &w->f->e));
	w->now.mode[i][path] = mode;
}

static void take(struct world *w, int i, int path, int64_t txn)
{
	assert_ok(w->f, pkgdb_file_end(w->f->db, w->ids[i], paths[path], txn, &w->f->e));
	w->now.mode[i][path] = -1;
}

static void uninstall(struct world *w, int i, int64_t txn)
{
	int p;

	assert_ok(w->f, pkgdb_package_end(w->f->db, w->ids[i], txn, &w->f->e));
	w->now.version[i] = 0;
	for (p = 0; p < PATHS; p++)
		w->now.mode[i][p] = -1;
}

static void install(struct world *w, int i, int64_t txn, int64_t first)
{
	int version = 1 + dice(w, 9), p;

	w->ids[i] = add_package(w->f, names[i], arena_printf(w->f->a, "%d", version), txn, first);
	w->now.version[i] = version;
	for (p = 0; p < PATHS; p++)
		if (dice(w, 2) == 0)
			put(w, i, p, txn);
}

/* One thing that may happen to an instance; several may in one transaction. */
static void happen(struct world *w, int64_t txn)
{
	int i = dice(w, INSTANCES), path = dice(w, PATHS);
	int64_t old = w->ids[i];

	if (w->now.version[i] == 0) {
		install(w, i, txn, 0);
		return;
	}
	switch (dice(w, 4)) {
	case 0:
		uninstall(w, i, txn);
		break;
	case 1: /* upgrade, or the same again */
		uninstall(w, i, txn);
		install(w, i, txn, old);
		break;
	case 2:
		put(w, i, path, txn);
		break;
	default:
		if (w->now.mode[i][path] >= 0)
			take(w, i, path, txn);
	}
}

static void assert_packages(struct world *w, const struct model *m, int64_t at)
{
	struct pkgdb_package *p;
	struct pkgdb_file *rows;
	size_t n, nrows, found = 0, k;
	int i, path;

	assert_ok(w->f, pkgdb_packages(w->f->db, w->f->a, at, &p, &n, &w->f->e));
	for (i = 0; i < INSTANCES; i++) {
		if (m->version[i] == 0)
			continue;
		assert_true(found < n);
		assert_string_equal(p[found].instance, names[i]);
		assert_int_equal(atoi(p[found].version), m->version[i]);
		assert_ok(w->f, pkgdb_files(w->f->db, w->f->a, p[found].id, at, &rows, &nrows,
					    &w->f->e));
		for (k = 0, path = 0; path < PATHS; path++) {
			if (m->mode[i][path] < 0)
				continue;
			assert_true(k < nrows);
			k++;
		}
		assert_int_equal(k, nrows);
		if (at == PKGDB_NOW)
			assert_int_equal(p[found].nfiles, nrows);
		for (k = 1; k < nrows; k++)
			assert_true(strcmp(rows[k - 1].path, rows[k].path) < 0);
		found++;
	}
	assert_int_equal(found, n);
}

static void assert_owners(struct world *w, const struct model *m, int64_t at)
{
	int i, path;

	for (path = 0; path < PATHS; path++) {
		struct pkgdb_file *rows;
		struct pkgdb_package p;
		size_t n, want = 0, k;

		assert_ok(w->f, pkgdb_owners(w->f->db, w->f->a, paths[path], at, &rows, &n,
					     &w->f->e));
		for (i = 0; i < INSTANCES; i++) {
			if (m->mode[i][path] < 0)
				continue;
			want++;
			assert_int_equal(pkgdb_package_find(w->f->db, w->f->a, names[i], at, &p,
							    &w->f->e), 1);
			for (k = 0; k < n && rows[k].package != p.id; k++)
				;
			assert_true(k < n);
			assert_int_equal(rows[k].mode, m->mode[i][path]);
		}
		assert_int_equal(n, want);
	}
}

struct walked {
	size_t n;
};

static int count_each(const struct pkgdb_file *row, void *ctx, struct error *e)
{
	(void)row;
	(void)e;
	((struct walked *)ctx)->n++;
	return 0;
}

static void assert_world(struct world *w, const struct model *m, int64_t at)
{
	struct walked walked = { 0 };
	size_t want = 0;
	int i, path;

	assert_packages(w, m, at);
	assert_owners(w, m, at);
	for (i = 0; i < INSTANCES; i++)
		for (path = 0; path < PATHS; path++)
			want += m->mode[i][path] >= 0;
	assert_ok(w->f, pkgdb_walk(w->f->db, at, count_each, &walked, &w->f->e));
	assert_int_equal(walked.n, want);
}

static void transaction(struct world *w, int64_t n)
{
	int64_t ids[INSTANCES];
	int i;

	memcpy(ids, w->ids, sizeof(ids));
	assert_ok(w->f, pkgdb_begin(w->f->db, &w->f->e));
	for (i = dice(w, 5); i >= 0; i--)
		happen(w, n);
	add_txn(w->f, n);
	assert_world(w, &w->now, PKGDB_NOW); /* what is not committed counts for us */
	assert_ok(w->f, pkgdb_commit(w->f->db, &w->f->e));
	if (dice(w, 4) == 0) {
		assert_ok(w->f, pkgdb_begin(w->f->db, &w->f->e));
		assert_ok(w->f, pkgdb_reverse(w->f->db, n, &w->f->e));
		assert_ok(w->f, pkgdb_commit(w->f->db, &w->f->e));
		w->now = w->at[n - 1];
		memcpy(w->ids, ids, sizeof(ids));
	} else {
		settle(w->f, n);
	}
	w->at[n] = w->now;
}

static void history_is_as_the_model_says(void **state)
{
	struct fixture *f = *state;
	unsigned seed;

	(void)f;
	for (seed = 1; seed <= 4; seed++) {
		AUTO_STRBUF struct strbuf findings = STRBUF_INIT;
		struct world w = { .seed = seed };
		int64_t n, at, pruned = 0;
		void *own;

		assert_int_equal(fixture_setup(&own), 0);
		w.f = own;
		memset(w.now.mode, -1, sizeof(w.now.mode));
		w.at[0] = w.now;
		fixture_open(w.f, PKGDB_WRITE);
		for (n = 1; n <= MOST; n++) {
			transaction(&w, n);
			if (n % 20 != 0)
				continue;
			for (at = pruned; at <= n; at++)
				assert_world(&w, &w.at[at], at);
			assert_world(&w, &w.now, PKGDB_NOW);
			pruned = n - 10;
			fixture_begin(w.f);
			assert_ok(w.f, pkgdb_prune(w.f->db, pruned, &w.f->e));
			fixture_commit(w.f);
		}
		for (at = pruned; at <= MOST; at++)
			assert_world(&w, &w.at[at], at);
		assert_ok(w.f, pkgdb_check(w.f->db, &findings, &w.f->e));
		assert_string_equal(strbuf_str(&findings), "");
		assert_int_equal(fixture_teardown(&own), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_comes_back), TEST(what_is_not_there), TEST(limits),
		TEST(history_is_as_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
