/* var/sadm of SVR4's own tools, into a database. */
#include "sadm.h"

#include <errno.h>
#include <stdio.h>

#include "formats/contents.h"

#define CONTENTS "var/sadm/install/contents"
#define PACKAGES "var/sadm/pkg"
#define MAX_PACKAGES 100000u

struct loader {
	const struct root *root;
	struct pkgdb *db;
	struct arena *a;
	struct strmap *ids;	/* instance to its package row */
	void (*told)(void *ctx, const char *text);
	void *ctx;
};

static struct rpath known(struct arena *a, const char *path)
{
	struct rpath p = rpath_root();

	(void)rpath_parse(a, path, &p, NULL); /* can't fail for our own texts */
	return p;
}

bool sadm_exists(const struct root *root)
{
	AUTO_ARENA struct arena *a = arena_new();

	return tree_exists(root->tree, known(a, CONTENTS)) ||
	       tree_exists(root->tree, known(a, PACKAGES));
}

static bool has_entries(const struct root *root, struct arena *a)
{
	char *bytes, *at;
	size_t len;

	if (tree_read(root->tree, a, known(a, CONTENTS), CONTENTS_MAX_BYTES, &bytes, &len,
		      NULL) < 0)
		return false;
	for (at = bytes; at < bytes + len; at++) {
		if (*at != '#' && *at != '\n')
			return true;
		at = memchr(at, '\n', (size_t)(bytes + len - at));
		if (at == NULL)
			break;
	}
	return false;
}

bool sadm_in_use(const struct root *root)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;

	if (has_entries(root, a))
		return true;
	if (tree_list(root->tree, a, known(a, PACKAGES), &names, &n, NULL) < 0)
		return false;
	for (i = 0; i < n; i++) {
		struct rpath path;

		if (rpath_parse(a, arena_printf(a, PACKAGES "/%s/pkginfo", names[i]), &path,
				NULL) == 0 && tree_exists(root->tree, path))
			return true;
	}
	return false;
}

static void tell(const struct loader *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(const struct loader *l, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list ap;

	if (l->told == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->told(l->ctx, text);
}

static int64_t *add_row(struct loader *l, struct pkgdb_package *p, const struct pkginfo *params,
			const struct infofile *files, size_t n, struct error *e)
{
	int64_t *id;

	p->added = 1;
	if (pkgdb_package_add(l->db, p, params, files, n, e) < 0)
		return NULL;
	id = arena_alloc(l->a, sizeof(*id));
	*id = p->id;
	strmap_put(l->ids, arena_strdup(l->a, p->instance), id);
	return id;
}

static const char *param(const struct pkginfo *info, const char *name)
{
	const char *value = pkginfo_get(info, name);

	return value != NULL ? value : "";
}

static int read_below(struct loader *l, struct arena *a, const char *dir, const char *name,
		      char **ret, size_t *ret_len, struct error *e)
{
	struct rpath path;
	int rc = rpath_parse(a, arena_printf(a, "%s/%s", dir, name), &path, e);

	return rc < 0 ? rc : tree_read(l->root->tree, a, path, INFOFILE_MAX_BYTES, ret, ret_len, e);
}

/* install/: what can't be read is as if it were not there. */
static size_t read_infofiles(struct loader *l, struct arena *a, const char *dir,
			     struct infofile **ret)
{
	const char *install = arena_printf(a, "%s/install", dir), **names;
	struct rpath path;
	size_t n, i, k = 0;

	if (rpath_parse(a, install, &path, NULL) < 0 ||
	    tree_list(l->root->tree, a, path, &names, &n, NULL) < 0)
		return 0;
	*ret = arena_calloc(a, n, sizeof(**ret));
	for (i = 0; i < n; i++) {
		char *bytes;
		size_t len;

		if (read_below(l, a, install, names[i], &bytes, &len, NULL) < 0)
			continue;
		(*ret)[k++] = (struct infofile){ .name = names[i], .bytes = bytes, .len = len };
	}
	return k;
}

static char lock_state(struct loader *l, struct arena *a, const char *dir)
{
	if (tree_exists(l->root->tree, known(a, arena_printf(a, "%s/!I-Lock!", dir))))
		return 'I';
	return tree_exists(l->root->tree, known(a, arena_printf(a, "%s/!R-Lock!", dir))) ? 'R' : 0;
}

static int load_package(struct loader *l, const char *instance, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *dir = arena_printf(a, PACKAGES "/%s", instance);
	struct error why = ERROR_INIT;
	struct infofile *files = NULL;
	struct pkgdb_package p;
	struct pkginfo info;
	char *bytes;
	size_t len, n;
	int rc = read_below(l, a, dir, "pkginfo", &bytes, &len, &why);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return 0; /* no package */
	if (rc == 0)
		rc = pkginfo_parse(a, bytes, len, arena_printf(a, "%s/pkginfo", dir), &info, &why);
	if (rc < 0) {
		tell(l, "package '%.80s' is left out: %.1800s", instance, why.text);
		return 0;
	}
	n = read_infofiles(l, a, dir, &files);
	p = (struct pkgdb_package){ .instance = instance, .pkg = param(&info, "PKG"),
		.title = param(&info, "NAME"), .arch = param(&info, "ARCH"),
		.version = param(&info, "VERSION"), .category = param(&info, "CATEGORY"),
		.basedir = pkginfo_get(&info, "BASEDIR"), .state = lock_state(l, a, dir),
		.manual = true };
	return add_row(l, &p, &info, files, n, e) != NULL ? 0 : -e->code;
}

static int load_packages(struct loader *l, struct error *e)
{
	const char **names;
	size_t n, i;
	int rc = tree_list(l->root->tree, l->a, known(l->a, PACKAGES), &names, &n, e);

	if (rc == -ENOENT)
		return 0;
	if (rc == 0 && n > MAX_PACKAGES)
		return error_set(e, E_LIMIT, "more than %u packages in '/" PACKAGES "'",
				 MAX_PACKAGES);
	for (i = 0; rc == 0 && i < n; i++)
		if (names[i][0] != '.' && strlen(names[i]) <= CONTENTS_MAX_INSTANCE)
			rc = load_package(l, names[i], e);
	return rc;
}

/* ---- contents */

/* The row of an instance; one that has no directory gets one without a title. */
static const int64_t *row_of(struct loader *l, const char *instance, struct error *e)
{
	const int64_t *id = strmap_find(l->ids, instance);
	struct pkgdb_package p = { .instance = instance, .pkg = instance, .title = "",
		.arch = "", .version = "", .category = "" };

	return id != NULL ? id : add_row(l, &p, NULL, NULL, 0, e);
}

static bool can_be_held(const struct loader *l, struct arena *a, const struct entry *en,
			const char **ret_path)
{
	struct rpath path;

	if (en->ftype == '?' || (en->ftype == 'c' && en->major == 0 && en->minor == 0)) {
		tell(l, "line %u of contents is left out: '%.1023s' is of a type that is none",
		     en->line, en->path);
		return false;
	}
	if (str_eq(en->path, "/")) {
		*ret_path = "";
		return true;
	}
	if (rpath_parse(a, en->path, &path, NULL) < 0) {
		tell(l, "line %u of contents is left out: '%.1023s' is no clean path below the "
		     "root", en->line, en->path);
		return false;
	}
	*ret_path = rpath_str(path);
	return true;
}

static int load_line(struct loader *l, const struct contents_line *c, struct strmap *seen,
		     struct error *e)
{
	const struct entry *en = &c->entry;
	const char *path = NULL;
	size_t i;
	int rc = 0;

	if (!can_be_held(l, l->a, en, &path))
		return 0;
	if (strmap_put(seen, path, (void *)(uintptr_t)1) != NULL) {
		tell(l, "line %u of contents is left out: '%.1023s' stands there twice", en->line,
		     en->path);
		return 0;
	}
	for (i = 0; rc == 0 && i < c->n; i++) {
		const struct contents_owner *o = &c->owners[i];
		const int64_t *id = row_of(l, o->instance, e);
		struct pkgdb_file f = { .path = path, .ftype = en->ftype,
			.class = o->class != NULL ? o->class : en->class, .target = en->target,
			.major = en->major, .minor = en->minor, .mode = en->mode,
			.owner = en->owner, .group = en->group, .size = en->size, .sum = en->sum,
			.mtime = en->mtime, .status = o->status, .added = 1, .ruling = i == 0,
			.arrival = (int64_t)i + 1,
			.content_unknown = ftype_has_payload(en->ftype) && !en->has_content };

		if (id == NULL)
			return -e->code;
		f.package = *id;
		rc = pkgdb_file_add(l->db, &f, e);
		if (rc == -EEXIST)
			rc = 0; /* an instance named twice in a line is one owner */
	}
	return rc;
}

static int load_contents(struct loader *l, struct error *e)
{
	struct strmap *seen = strmap_new(1024);
	struct contents c = { .n = 0 };
	char *bytes;
	size_t len, i;
	int rc = tree_read(l->root->tree, l->a, known(l->a, CONTENTS), CONTENTS_MAX_BYTES, &bytes,
			   &len, e);

	if (rc == 0 && contents_parse(l->a, bytes, len, "/" CONTENTS, &c, e) < 0)
		rc = e != NULL ? error_set(e, E_DB, "bad entry read in contents file: %s",
					   arena_strdup(l->a, e->text)) : -E_DB;
	for (i = 0; rc == 0 && i < c.n; i++)
		rc = load_line(l, &c.v[i], seen, e);
	strmap_free(seen);
	return rc == -ENOENT ? 0 : rc;
}

static int load(struct loader *l, enum sadm_what what, struct error *e)
{
	int rc = load_packages(l, e);

	return rc == 0 && what == SADM_ALL ? load_contents(l, e) : rc;
}

int sadm_load(const struct root *root, struct pkgdb *db, enum sadm_what what,
	      void (*told)(void *ctx, const char *text), void *ctx, struct error *e)
{
	struct loader l = { .root = root, .db = db, .a = arena_new(), .ids = strmap_new(64),
			    .told = told, .ctx = ctx };
	struct error own = ERROR_INIT;
	int rc;

	e = e != NULL ? e : &own;
	rc = pkgdb_begin(db, e);
	if (rc == 0) {
		rc = load(&l, what, e);
		if (rc == 0)
			rc = pkgdb_commit(db, e);
		else
			pkgdb_abort(db);
	}
	strmap_free(l.ids);
	arena_free(l.a);
	return rc;
}
