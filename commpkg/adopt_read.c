/* The record of other SVR4 tools, read and checked. */
#include "adopt_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/pkginfo.h"

#define CONTENTS "var/sadm/install/contents"
#define PKGLOG "var/sadm/install/pkglog"
#define PKG "var/sadm/pkg"
#define MAX_PACKAGES 100000u
#define MAX_FILES 1000u		/* of one install/ */

void adopt_note(struct adopt *d, const char *text)
{
	*VEC_PUSH(&d->notes) = text;
}

static int path_of(struct adopt *d, const char *text, struct rpath *ret, struct error *e)
{
	return rpath_parse(d->a, text, ret, e);
}

static bool exists(struct adopt *d, const char *text)
{
	struct rpath p;

	return path_of(d, text, &p, NULL) == 0 && tree_exists(d->root->tree, p);
}

/* ---- contents */

int adopt_contents(struct arena *a, struct root *root, char **ret, size_t *ret_len,
		   struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(a, CONTENTS, &p, e);

	if (rc == 0)
		rc = tree_read(root->tree, a, p, FILEDB_MAX_BYTES, ret, ret_len, e);
	if (rc != -ENOENT && rc != -ENOTDIR)
		return rc;
	(void)error_set(e, E_NOT_FOUND, "'%s' has no " CONTENTS ": nothing that SVR4 tools "
			"installed is there", root->path);
	return error_hint(e, "'commpkg install -R %s ...' begins a root of its own", root->path);
}

/* Lines that the daemon has not written yet would be missed. */
static int check_pkgserv(struct adopt *d, struct error *e)
{
	struct rpath p;
	struct stat st;
	int rc = path_of(d, PKGLOG, &p, e);

	if (rc < 0 || tree_stat(d->root->tree, p, &st, NULL) < 0 ||
	    (S_ISREG(st.st_mode) && st.st_size == 0))
		return rc;
	(void)error_set(e, E_CONFLICT, "/" PKGLOG " has changes that are not in " CONTENTS " yet "
			"(pkgserv keeps them)");
	return error_hint(e, "on the system it comes from: pkgadm sync -R %s; then type the same "
			  "again", d->root->path);
}

static int read_contents(struct adopt *d, struct error *e)
{
	char *bytes;
	size_t len;
	int rc = adopt_contents(d->a, d->root, &bytes, &len, e);

	if (rc == 0)
		rc = filedb_parse(d->a, bytes, len, "/" CONTENTS, &d->db, e);
	if (rc < 0)
		return rc;
	d->bytes = bytes;
	d->len = len;
	if (d->db.twice > 0)
		adopt_note(d, arena_printf(d->a, "%zu lines of contents are there twice, and count "
					   "once", d->db.twice));
	if (d->db.edited > 0)
		adopt_note(d, arena_printf(d->a, "%zu marks of edited entries ('\\') in contents "
					   "have no meaning here, and are dropped",
					   d->db.edited));
	return 0;
}

/* ---- packages */

/* "Nov 27 2026 06:18" as a number that grows with time. */
static int64_t date_of(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char name[4];
	unsigned day, year, hour, minute;
	const char *at;

	if (text == NULL || sscanf(text, "%3s %2u %4u %2u:%2u", name, &day, &year, &hour,
				   &minute) != 5)
		return 0;
	at = strstr(months, name);
	if (at == NULL || strlen(name) != 3)
		return 0;
	return ((((int64_t)year * 12 + (at - months) / 3) * 31 + day) * 24 + hour) * 60 + minute;
}

static int read_text(struct adopt *d, const char *path, size_t max, char **ret, size_t *ret_len,
		     struct error *e)
{
	struct rpath p;
	int rc = path_of(d, path, &p, e);

	return rc < 0 ? rc : tree_read(d->root->tree, d->a, p, max, ret, ret_len, e);
}

/* PKG is the directory's name, without the suffix of an instance. */
static int check_name(struct adopt_package *p, const char *path, struct error *e)
{
	size_t n;

	p->pkg = pkginfo_get(&p->params, "PKG");
	if (p->pkg == NULL)
		return error_set(e, E_FORMAT, "/%s: PKG is missing", path);
	n = strlen(p->pkg);
	if (strncmp(p->instance, p->pkg, n) != 0 ||
	    (p->instance[n] != '\0' && p->instance[n] != '.'))
		return error_set(e, E_FORMAT, "/%s: PKG is '%.80s', and the directory is '%s'",
				 path, p->pkg, p->instance);
	return 0;
}

static int read_pkginfo(struct adopt *d, struct adopt_package *p, const char *path,
			struct error *e)
{
	char *bytes;
	size_t len;
	int rc = read_text(d, path, PKGINFO_MAX_BYTES, &bytes, &len, e);

	if (rc == 0)
		rc = pkginfo_parse(d->a, bytes, len, arena_printf(d->a, "/%s", path), &p->params,
				   e);
	if (rc == 0)
		rc = check_name(p, path, e);
	if (rc == 0)
		p->when = date_of(pkginfo_get(&p->params, "INSTDATE"));
	return rc;
}

static bool name_ok(const char *name)
{
	for (; *name != '\0'; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f)
			return false;
	return true;
}

static int read_install(struct adopt *d, struct adopt_package *p, struct error *e)
{
	const char *dir = arena_printf(d->a, PKG "/%s/install", p->instance);
	const char **names;
	struct rpath path;
	struct stat st;
	size_t n, i;
	int rc = path_of(d, dir, &path, e);

	if (rc == 0)
		rc = tree_list(d->root->tree, d->a, path, &names, &n, e);
	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	if (rc == 0 && n > MAX_FILES)
		rc = error_set(e, E_LIMIT, "/%s has more than %u files", dir, MAX_FILES);
	if (rc < 0)
		return rc;
	p->files = arena_calloc(d->a, n + 1, sizeof(*p->files));
	for (i = 0; rc == 0 && i < n; i++) {
		struct infofile *f = &p->files[p->nfiles];
		char *bytes;

		rc = rpath_join(d->a, path, names[i], &path, e);
		if (rc < 0)
			break;
		if (tree_stat(d->root->tree, path, &st, NULL) == 0 && S_ISREG(st.st_mode) &&
		    name_ok(names[i])) {
			rc = tree_read(d->root->tree, d->a, path, INFOFILE_MAX_BYTES, &bytes,
				       &f->len, e);
			f->name = names[i];
			f->bytes = bytes;
			f->mtime = st.st_mtim.tv_sec;
			p->nfiles += rc == 0;
		} else {
			adopt_note(d, arena_printf(d->a, "/%s/%s is no file, and is left out", dir,
						   names[i]));
		}
		path = rpath_parent(d->a, path);
	}
	return rc;
}

static int read_package(struct adopt *d, const char *name, struct adopt_package *p,
			struct error *e)
{
	const char *dir = arena_printf(d->a, PKG "/%s", name);
	int rc;

	*p = (struct adopt_package){ .instance = name };
	rc = read_pkginfo(d, p, arena_printf(d->a, "%s/pkginfo", dir), e);
	if (rc == 0)
		rc = read_install(d, p, e);
	if (exists(d, arena_printf(d->a, "%s/!R-Lock!", dir)))
		p->state = 'R';
	else if (exists(d, arena_printf(d->a, "%s/!I-Lock!", dir)))
		p->state = 'I';
	return rc;
}

/* Not every name in var/sadm/pkg is a package. */
static bool is_package(struct adopt *d, const char *name)
{
	if (str_has_prefix(name, ".save.")) {
		adopt_note(d, arena_printf(d->a, "/" PKG "/%s is left of an update that was "
					   "interrupted; it stays where it is", name));
		return false;
	}
	if (exists(d, arena_printf(d->a, PKG "/%s/pkginfo", name)) && pkginfo_instance_ok(name))
		return true;
	if (name[0] != '.')
		adopt_note(d, arena_printf(d->a, "/" PKG "/%s is no package (no pkginfo, or no "
					   "name of one); it is left out", name));
	return false;
}

static int by_arrival(const void *a, const void *b)
{
	const struct adopt_package *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return strcmp(x->instance, y->instance);
}

static int read_packages(struct adopt *d, struct error *e)
{
	const char **names;
	struct rpath dir;
	size_t n = 0, i;
	int rc = path_of(d, PKG, &dir, e);

	if (rc == 0)
		rc = tree_list(d->root->tree, d->a, dir, &names, &n, e);
	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = (error_clear(e), 0);
	if (rc == 0 && n > MAX_PACKAGES)
		rc = error_set(e, E_LIMIT, "/" PKG " has more than %u names", MAX_PACKAGES);
	if (rc < 0)
		return rc;
	d->packages = arena_calloc(d->a, n + 1, sizeof(*d->packages));
	for (i = 0; rc == 0 && i < n; i++)
		if (is_package(d, names[i]))
			rc = read_package(d, names[i], &d->packages[d->npackages++], e);
	if (rc == 0 && d->npackages > 0)
		qsort(d->packages, d->npackages, sizeof(*d->packages), by_arrival);
	for (i = 0; rc == 0 && i < d->npackages; i++) {
		(void)strmap_put(d->by_instance, d->packages[i].instance, &d->packages[i]);
		d->plan.partial += d->packages[i].state != 0;
	}
	return rc;
}

/* ---- do they fit? */

static int unknown_owner(const struct adopt *d, const struct filedb_entry *en,
			 const char *instance, struct error *e)
{
	(void)error_set(e, E_FORMAT, "/" CONTENTS ":%u: '/%.200s' belongs to package '%s', and "
			"there is no /" PKG "/%s/pkginfo", en->line, en->path, instance,
			instance);
	return error_hint(e, "put that directory back from a backup of '%s', or take the package "
			  "out of contents (keep a copy); then type the same again",
			  d->root->path);
}

static int check_owners(struct adopt *d, struct error *e)
{
	size_t i, k;

	for (i = 0; i < d->db.n; i++) {
		const struct filedb_entry *en = &d->db.v[i];

		d->plan.shared += en->nowners > 1;
		for (k = 0; k < en->nowners; k++)
			if (strmap_find(d->by_instance, en->owners[k].instance) == NULL)
				return unknown_owner(d, en, en->owners[k].instance, e);
	}
	return 0;
}

int adopt_read(struct adopt *d, struct error *e)
{
	int rc = check_pkgserv(d, e);

	if (rc == 0)
		rc = read_contents(d, e);
	if (rc == 0)
		rc = read_packages(d, e);
	if (rc == 0)
		rc = check_owners(d, e);
	return rc;
}

/* ---- against the disk */

static void expect(struct adopt *d, size_t i)
{
	const struct filedb_entry *en = &d->db.v[i];

	d->expected[i] = (struct expected){
		.path = en->path, .ftype = en->ftype, .target = en->target, .major = en->major,
		.minor = en->minor, .mode = en->mode, .owner = en->owner, .group = en->group,
		.size = en->size, .sum = en->sum, .mtime = en->mtime,
		.content = ftype_has_payload(en->ftype) && en->has_content,
		.volatile_ = en->ftype == 'e' || en->ftype == 'v',
		.instance = en->owners[en->nowners - 1].instance, .seen = &d->seen[i],
	};
}

int adopt_compare(struct adopt *d, const struct owners *owners, struct error *e)
{
	struct verify_options o = { .threads = d->req->threads, .progress = d->watch->progress,
				    .ctx = d->watch->ctx };
	size_t i;

	d->expected = arena_calloc(d->a, d->db.n + 1, sizeof(*d->expected));
	d->seen = arena_calloc(d->a, d->db.n + 1, sizeof(*d->seen));
	for (i = 0; i < d->db.n; i++)
		expect(d, i);
	return verify_list(d->a, d->root, owners, d->expected, d->db.n, &o, &d->found, e);
}
