/*
 * Random sequences of installations, upgrades, removals and undos, against two rules:
 *
 *  - what is installed is there, with its type, mode and contents, and what is not is not;
 *  - an undo leaves the tree, and the answers of the database, as they were before.
 *
 * Types change between versions at one path on purpose: a file becomes a directory, a link
 * becomes a file. The seed is printed when a run fails; CHANGE_SEED repeats it.
 */
#include "change_fixture.h"

#include "pkgdb/svr4view.h"

#define NPACKAGES 4
#define NVERSIONS 3
#define NOBJECTS 12
#define NOPERATIONS 50
#define NRUNS 6

static unsigned long random_state;

static unsigned pick(unsigned n)
{
	random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(random_state >> 33) % n;
}

struct version {
	struct object objects[NOBJECTS];
	size_t n;
	char *dir;
};

static struct version versions[NPACKAGES][NVERSIONS];

static void add_object(struct version *v, char type, char *path, unsigned mode, char *text)
{
	v->objects[v->n++] = (struct object){ .type = type, .path = path, .mode = mode,
					      .text = text };
}

/* Directories that all packages share, one of their own, and in it a few names whose type
 * is drawn anew for every version. */
static void draw_version(struct world *w, unsigned p, unsigned ver)
{
	static const char types[] = "ffeevdspl";
	struct version *v = &versions[p][ver];
	AUTO_FREE char *name = fixture_format("TSTp%u", p);
	AUTO_FREE char *number = fixture_format("%u.0", ver + 1);
	unsigned i, count = 3 + pick(5);
	bool target = false;

	v->n = 0;
	add_object(v, 'd', fixture_format("opt"), 0755, NULL);
	add_object(v, 'd', fixture_format("opt/p%u", p), 0750 + (pick(2) ? 5 : 0), NULL);
	for (i = 0; i < count; i++) {
		char type = types[pick(sizeof(types) - 1)];
		char *path = fixture_format("opt/p%u/n%u", p, i);
		unsigned mode = pick(3) == 0 ? 0600 : pick(8) == 0 ? 04755 : 0644;

		if (type == 'l' && !target)
			type = 'f';
		if (type == 's')
			add_object(v, type, path, 0, fixture_format("to%u", pick(3)));
		else if (type == 'l')
			add_object(v, type, path, 0, xstrdup("t"));
		else if (type == 'd' || type == 'p')
			add_object(v, type, path, type == 'd' ? 0755 : 0600, NULL);
		else
			add_object(v, type, path, mode, fixture_format("%c%u %u\n", type, i, pick(3)));
		if (type == 'd')
			add_object(v, 'f', fixture_format("%s/in", path), 0644,
				   fixture_format("in %u\n", pick(2)));
		if (v->n >= NOBJECTS - 3)
			break;
		if (!target && pick(3) == 0) {
			add_object(v, 'f', fixture_format("opt/p%u/t", p), 0755,
				   fixture_format("target %u\n", pick(2)));
			target = true;
		}
	}
	v->dir = world_package(w, name, number, v->objects, v->n);
}

static void free_versions(void)
{
	unsigned p, ver;
	size_t i;

	for (p = 0; p < NPACKAGES; p++)
		for (ver = 0; ver < NVERSIONS; ver++) {
			struct version *v = &versions[p][ver];

			for (i = 0; i < v->n; i++) {
				free((char *)v->objects[i].path);
				free((char *)v->objects[i].text);
			}
			free(v->dir);
		}
}

/* ---- the first rule */

static void check_object(const struct world *w, const struct object *o)
{
	AUTO_FREE char *path = fixture_format("%s/%s", w->root, o->path);
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	char link[256] = "";
	struct stat st;

	if (lstat(path, &st) < 0)
		fail_msg("'/%s' is not there", o->path);
	if (o->type == 's') {
		assert_true(readlink(path, link, sizeof(link) - 1) > 0);
		assert_string_equal(link, o->text);
		return;
	}
	if (S_ISDIR(st.st_mode) != (o->type == 'd'))
		fail_msg("'/%s' is of mode %o, and should be a '%c'", o->path, st.st_mode, o->type);
	assert_int_equal(!!S_ISFIFO(st.st_mode), o->type == 'p');
	if (o->type == 'l') {
		assert_true(st.st_nlink > 1);
		return;
	}
	if ((st.st_mode & 07777) != o->mode)
		fail_msg("'/%s' (%c) is of mode %o, and should be %o", o->path, o->type, st.st_mode, o->mode);
	if (o->text == NULL)
		return;
	tree_text_file(&text, path, &st);
	assert_true(str_has_suffix(strbuf_str(&text), o->text));
}

static void check_installed(const struct world *w, const int installed[NPACKAGES])
{
	unsigned p;
	size_t i;

	for (p = 0; p < NPACKAGES; p++) {
		AUTO_FREE char *dir = fixture_format("%s/opt/p%u", w->root, p);

		if (installed[p] < 0) {
			assert_int_equal(access(dir, F_OK), -1);
			continue;
		}
		for (i = 0; i < versions[p][installed[p]].n; i++)
			check_object(w, &versions[p][installed[p]].objects[i]);
	}
}

/* ---- what the database says, as text: the contents file, its closing comments left out */

static void database_text(const struct world *w, struct strbuf *out)
{
	AUTO_FREE char *path = fixture_format("%s/" ROOT_STATE_DIR, w->root);
	AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY);
	AUTO_STRBUF struct strbuf all = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct pkgdb *db;

	if (fd < 0 || pkgdb_open(fd, PKGDB_READ, &db, &e) < 0)
		return;
	assert_int_equal(svr4view_contents(db, "x", "x", 0, &all, &e), 0);
	pkgdb_close(db);
	if (all.len > 0 && strstr(all.p, "# Last") != NULL)
		strbuf_add(out, all.p, (size_t)(strstr(all.p, "# Last") - all.p));
}

/* The file in the root, made by merging, is what the rows say. */
static void check_contents(const struct world *w)
{
	AUTO_FREE char *path = fixture_format("%s/var/sadm/install/contents", w->root);
	AUTO_STRBUF struct strbuf rows = STRBUF_INIT, file = STRBUF_INIT;
	char buf[4096];
	FILE *f = fopen(path, "r");
	char *comment;
	size_t n;

	database_text(w, &rows);
	while (f != NULL && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(&file, buf, n);
	if (f != NULL)
		(void)fclose(f);
	comment = file.len > 0 ? strstr(file.p, "# Last") : NULL;
	if (comment != NULL)
		*comment = '\0';
	assert_string_equal(strbuf_str(&file), strbuf_str(&rows));
}

static char *snapshot(const struct world *w)
{
	struct strbuf out = STRBUF_INIT;

	tree_text(&out, w->root, "");
	strbuf_adds(&out, "----\n");
	database_text(w, &out);
	return out.p;
}

/* ---- a run */

struct past {
	char *before;			/* snapshot */
	int installed[NPACKAGES];
};

static void must(int rc, const struct error *e, const char *what)
{
	if (rc < 0)
		fail_msg("%s: %s", what, e->text);
}

static void operate(struct world *w, int installed[NPACKAGES])
{
	struct error e = ERROR_INIT;
	unsigned p = pick(NPACKAGES), ver = pick(NVERSIONS);
	int rc;
	AUTO_FREE char *name = fixture_format("TSTp%u", p);

	if (installed[p] >= 0 && (pick(4) == 0 || installed[p] == (int)ver)) {
		print_message("# remove %s %d.0\n", name, installed[p] + 1);
		must(world_remove(w, name, &e), &e, "remove");
		installed[p] = -1;
		return;
	}
	print_message("# %s %d.0 to %u.0\n", name, installed[p] + 1, ver + 1);
	rc = world_install(w, versions[p][ver].dir, &e);
	must(rc, &e, w->problem);
	installed[p] = (int)ver;
}

static void run(struct world *w)
{
	int installed[NPACKAGES] = { -1, -1, -1, -1 };
	struct past past[NOPERATIONS];
	struct error e = ERROR_INIT;
	size_t depth = 0, i;

	for (i = 0; i < NOPERATIONS; i++) {
		if (depth > 0 && pick(3) == 0) {
			AUTO_FREE char *now = NULL;

			print_message("# undo\n");
			must(world_undo(w, 0, &e), &e, "undo");
			depth--;
			now = snapshot(w);
			assert_string_equal(now, past[depth].before);
			free(past[depth].before);
			memcpy(installed, past[depth].installed, sizeof(past[depth].installed));
		} else {
			past[depth].before = snapshot(w);
			memcpy(past[depth].installed, installed, sizeof(past[depth].installed));
			depth++;
			operate(w, installed);
		}
		check_installed(w, installed);
		check_contents(w);
	}
	while (depth > 0)
		free(past[--depth].before);
}

static void one_run(struct world *w, unsigned long seed)
{
	unsigned p, ver;

	random_state = seed;
	print_message("# seed %lu\n", seed);
	for (p = 0; p < NPACKAGES; p++)
		for (ver = 0; ver < NVERSIONS; ver++)
			draw_version(w, p, ver);
	run(w);
	free_versions();
}

static void test_random(void **unused)
{
	const char *fixed = getenv("CHANGE_SEED");
	unsigned long seed;

	(void)unused;
	for (seed = 1; seed <= NRUNS; seed++) {
		void *state;

		(void)world_setup(&state);
		one_run(state, fixed != NULL ? strtoul(fixed, NULL, 10) : seed * 7919);
		(void)world_teardown(&state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };

	return cmocka_run_group_tests_name("change_random", tests, NULL, NULL);
}
