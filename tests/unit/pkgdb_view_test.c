/*
 * contents: golden files go into rows and come out the same, byte for byte; merging
 * gives what making it anew gives.
 */
#include "pkgdb_fixture.h"

#include <time.h>

#include "pkgdb/svr4view.h"

#define WHEN 1000000000 /* Sun Sep  9 01:46:40 2001, UTC */

/* ---- lines to rows */

static const char *const golden[] = {
	"basic", "removed", "abs", "shared-A", "shared-AB", "shared-AB-nochange", "shared-B",
	"shared-A-again", "installf", "installf-between", "missing", "upgrade", "instances",
	"multi", "part", "class",
};

static char *slurp(struct arena *a, const char *path, size_t *ret_len)
{
	FILE *s = fopen(path, "re");
	char *text = arena_alloc(a, 1 << 20);

	if (s == NULL)
		fail_msg("cannot open %s (tests run in the top directory)", path);
	*ret_len = fread(text, 1, (1 << 20) - 1, s);
	(void)fclose(s);
	return text;
}

/* The id of an instance, added when it was not there. */
static int64_t package_of(struct fixture *f, const char *instance)
{
	struct pkgdb_package p;

	if (pkgdb_package_find(f->db, f->a, instance, PKGDB_NOW, &p, &f->e) > 0)
		return p.id;
	return add_package(f, arena_strdup(f->a, instance), "1.0", 1, 0);
}

static uint32_t number(const char *word, int base)
{
	return word[0] == '?' ? UINT32_MAX : (uint32_t)strtoul(word, NULL, base);
}

static const char *word_or_null(const char *word)
{
	return word[0] == '?' ? NULL : word;
}

/* Only the last owner rules; the others say something else, which must not show. */
static void put_owner(struct fixture *f, struct pkgdb_file row, char *word, bool last)
{
	char *class = strchr(word, ':');

	if (strchr("+-*~!%", word[0]) != NULL)
		row.status = *word++;
	if (class != NULL) {
		*class = '\0';
		row.class = class + 1;
	}
	row.package = package_of(f, word);
	row.ruling = last;
	if (!last) {
		row.mode = 0;
		row.size += 1;
		row.owner = "nobody";
		if (row.target != NULL)
			row.target = "elsewhere";
	}
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
}

static void put_line(struct fixture *f, char *line)
{
	char *w[32], *save, *eq;
	size_t n = 0, at = 3;
	struct pkgdb_file row;

	for (w[n] = strtok_r(line, " ", &save); w[n] != NULL; w[n] = strtok_r(NULL, " ", &save))
		n++;
	row = a_file(0, w[0] + 1, 1);
	row.ftype = w[1][0];
	row.class = w[2];
	eq = strchr(w[0], '=');
	if (row.ftype == 's' || row.ftype == 'l') {
		*eq = '\0';
		row.target = eq + 1;
	}
	if (row.ftype == 'c' || row.ftype == 'b') {
		row.major = number(w[at++], 10);
		row.minor = number(w[at++], 10);
	}
	if (row.target == NULL) {
		row.mode = number(w[at++], 8);
		row.owner = word_or_null(w[at++]);
		row.group = word_or_null(w[at++]);
	}
	if (ftype_has_payload(row.ftype)) {
		row.content_unknown = w[at][0] == '?';
		row.size = number(w[at++], 10);
		row.sum = number(w[at++], 10);
		row.mtime = number(w[at++], 10);
	}
	for (; at < n; at++)
		put_owner(f, row, w[at], at == n - 1);
}

/* *ret_program and *ret_instance from "# Last modified by PROGRAM for INST package" */
static void put_contents(struct fixture *f, char *text, char **ret_program, char **ret_instance)
{
	char *line, *save;

	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "# Last", 6) == 0)
			assert_int_equal(sscanf(line, "# Last modified by %ms for %ms", ret_program,
						ret_instance), 2);
		else if (line[0] != '#')
			put_line(f, line);
	}
}

static void golden_files_come_out_the_same(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		AUTO_FREE char *program = NULL, *instance = NULL;
		struct fixture *f;
		void *own;
		char *want, *text;
		size_t len;

		assert_int_equal(fixture_setup(&own), 0);
		f = own;
		fixture_begin(f);
		want = slurp(f->a, arena_printf(f->a, "tests/corpus/svr4/contents/%s.contents",
						golden[i]), &len);
		text = arena_strndup(f->a, want, len);
		put_contents(f, text, &program, &instance);
		assert_ok(f, svr4view_contents(f->db, program, instance, WHEN, &out, &f->e));
		assert_string_equal(strbuf_str(&out), want);
		fixture_commit(f);
		assert_int_equal(fixture_teardown(&own), 0);
	}
}

/* ---- single lines */

static void assert_line(struct fixture *f, const struct pkgdb_file *rows,
			const char *const *instances, size_t n, const char *want)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	const struct pkgdb_file *p[8];
	size_t i;

	(void)f;
	for (i = 0; i < n; i++)
		p[i] = &rows[i];
	svr4view_line(p, instances, n, &out);
	assert_string_equal(strbuf_str(&out), want);
}

static void every_field(void **state)
{
	static const char *const names[] = { "SUNWa", "SUNWb", "SUNWc" };
	struct fixture *f = *state;
	struct pkgdb_file r[3] = { a_file(1, "a/b", 1), a_file(2, "a/b", 1), a_file(3, "a/b", 1) };

	r[0].arrival = 2;
	r[1].arrival = 1;
	r[2].arrival = 3;
	r[1].class = "sed";
	r[2].status = '!';
	assert_line(f, r, names, 1, "/a/b f none 0644 root bin 10 953 1000000000 SUNWa\n");
	/* The class of whoever came first is in front, others behind their names. */
	assert_line(f, r, names, 3, "/a/b f sed 0644 root bin 10 953 1000000000 SUNWb "
		    "SUNWa:none !SUNWc:none\n");
	r[0].mode = 07;
	r[0].owner = NULL;
	r[0].content_unknown = true;
	assert_line(f, r, names, 1, "/a/b f none 0007 ? bin ? ? ? SUNWa\n");
	r[0].content_unknown = false;
	r[0].mode = MODE_UNSET;
	r[0].owner = "root";
	r[0].size = INT64_MAX;
	r[0].sum = UINT32_MAX - 1;
	r[0].mtime = -5;
	assert_line(f, r, names, 1, "/a/b f none ? root bin 9223372036854775807 4294967294 -5 "
		    "SUNWa\n");
	r[0].ftype = 'c';
	r[0].major = 13;
	r[0].mode = 0666;
	assert_line(f, r, names, 1, "/a/b c none 13 ? 0666 root bin SUNWa\n");
	r[0].ftype = 'd';
	r[0].path = "";
	assert_line(f, r, names, 1, "/ d none 0666 root bin SUNWa\n");
}

static void what_the_format_cannot_hold(void **state)
{
	static const char *const names[] = { "SUNWa" }, *const odd[] = { "SUNWa x\n/etc f" };
	struct fixture *f = *state;
	struct pkgdb_file r = a_file(1, "a b", 1);

	assert_line(f, &r, names, 1, "");
	r = a_file(1, "ab", 1);
	r.class = "no\nne";
	assert_line(f, &r, names, 1, "");
	r.class = "none";
	assert_line(f, &r, odd, 1, "");
	r.owner = "ro ot"; /* an attribute can be unknown */
	assert_line(f, &r, names, 1, "/ab f none 0644 ? bin 10 953 1000000000 SUNWa\n");
	r.ftype = 's';
	assert_line(f, &r, names, 1, "");
	r.target = "x y";
	assert_line(f, &r, names, 1, "");
	r.target = "x=y";
	assert_line(f, &r, names, 1, "/ab=x=y s none SUNWa\n");
}

/* ---- merging */

static void record(struct fixture *f, const struct strbuf *text)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sum;

	sha256_of(strbuf_str(text), text->len, &sum);
	sha256_hex(&sum, hex);
	assert_ok(f, pkgdb_setting_set(f->db, SVR4VIEW_DIGEST, hex, &f->e));
}

static int merge(struct fixture *f, const struct strbuf *old, int64_t txn, struct strbuf *out)
{
	return svr4view_contents_merge(f->db, strbuf_str(old), old->len, txn, "pkgadd", "SUNWx",
				       WHEN, out, &f->e);
}

static void anew(struct fixture *f, struct strbuf *out)
{
	assert_ok(f, svr4view_contents(f->db, "pkgadd", "SUNWx", WHEN, out, &f->e));
}

/* A base of lines, so that a change of a few is worth a merge. */
static void begin_with_base(struct fixture *f, struct strbuf *text)
{
	int64_t id;
	int i;

	fixture_begin(f);
	id = add_package(f, "SUNWbase", "1", 1, 0);
	for (i = 0; i < 600; i++)
		add_file(f, id, arena_printf(f->a, "base/%c/%03d", 'a' + i % 7, i), 1);
	add_txn(f, 1);
	anew(f, text);
	record(f, text);
	fixture_commit(f);
	settle(f, 1);
}

static void merging_gives_the_same(void **state)
{
	struct fixture *f = *state;
	struct strbuf text[2] = { STRBUF_INIT, STRBUF_INIT };
	AUTO_STRBUF struct strbuf want = STRBUF_INIT;
	int64_t package = 0, base;
	unsigned seed = 1, i;
	int64_t n;

	begin_with_base(f, &text[0]);
	base = package_of(f, "SUNWbase");
	for (n = 2; n < 60; n++) {
		struct strbuf *old = &text[n % 2], *new = &text[(n + 1) % 2];

		fixture_begin(f);
		if (package != 0)
			assert_ok(f, pkgdb_package_end(f->db, package, n, &f->e));
		package = n % 4 == 0 ? 0 : add_package(f, "SUNWx", "1", n, 0);
		for (i = 0; i < 20 && package != 0; i++) {
			static const char *const dirs[] = { "", "base/", "base/c/", "zz/", "base/h/" };
			const char *path = arena_printf(f->a, "%s%03d", dirs[rand_r(&seed) % 5],
							rand_r(&seed) % 600);
			struct pkgdb_file row = a_file(package, path, n);

			row.ruling = rand_r(&seed) % 2 != 0;
			if (rand_r(&seed) % 4 == 0) {
				row.ftype = 's';
				row.target = "t";
			}
			(void)pkgdb_file_add(f->db, &row, NULL); /* twice the same: once */
		}
		(void)pkgdb_file_end(f->db, base, arena_printf(f->a, "base/%c/%03d", 'a' +
					(int)n % 7, (int)n), n, NULL);
		add_txn(f, n);
		strbuf_reset(new);
		strbuf_reset(&want);
		assert_int_equal(merge(f, old, n, new), 1);
		anew(f, &want);
		assert_string_equal(strbuf_str(new), strbuf_str(&want));
		record(f, new);
		fixture_commit(f);
		settle(f, n);
	}
	strbuf_free(&text[0]);
	strbuf_free(&text[1]);
}

static void an_old_file_of_others_is_not_used(void **state)
{
	struct fixture *f = *state;
	AUTO_STRBUF struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;

	begin_with_base(f, &text);
	fixture_begin(f);
	add_file(f, add_package(f, "SUNWx", "1", 2, 0), "base/x", 2);
	text.p[10] ^= 1;
	assert_int_equal(merge(f, &text, 2, &out), 0);
	text.p[10] ^= 1;
	assert_int_equal(merge(f, &text, 2, &out), 1);
	assert_ok(f, pkgdb_setting_set(f->db, SVR4VIEW_DIGEST, NULL, &f->e));
	strbuf_reset(&out);
	assert_int_equal(merge(f, &text, 2, &out), 0);
	assert_int_equal(out.len, 0);
	/* Recorded, but not of our making: no path where one should be. */
	strbuf_reset(&text);
	strbuf_adds(&text, "garbage\n# x\n");
	record(f, &text);
	assert_int_equal(merge(f, &text, 2, &out), 0);
	assert_int_equal(out.len, 0);
	strbuf_reset(&text);
	record(f, &text);
	assert_int_equal(merge(f, &text, 2, &out), 0);
}

static void a_line_that_is_not_clear(void **state)
{
	struct fixture *f = *state;
	AUTO_STRBUF struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	struct pkgdb_file row;
	int64_t id;

	fixture_begin(f);
	id = add_package(f, "SUNWx", "1", 1, 0);
	row = a_file(id, "a=b", 1);
	row.ftype = 's';
	row.target = "c";
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
	add_txn(f, 1);
	anew(f, &text);
	record(f, &text);
	fixture_commit(f);
	settle(f, 1);
	fixture_begin(f);
	add_file(f, id, "a", 2);
	assert_int_equal(merge(f, &text, 2, &out), 0);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(golden_files_come_out_the_same), TEST(every_field),
		TEST(what_the_format_cannot_hold), TEST(merging_gives_the_same),
		TEST(an_old_file_of_others_is_not_used), TEST(a_line_that_is_not_clear),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
