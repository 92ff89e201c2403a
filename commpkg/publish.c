/* repo create: what lies in a directory, as a catalog. */
#include "publish.h"

#include <errno.h>
#include <unistd.h>

#include "formats/catalog_package.h"
#include "formats/cleanup.h"
#include "formats/manifest.h"
#include "formats/medium_digest.h"
#include "publish_write.h"
#include "turns.h"

struct making {
	struct arena *a;
	struct tree *dir;
	struct strmap *seen;	/* "PKG\nARCH\nVERSION" to the path of its medium */
	VEC(struct catalog_medium) media;
	VEC(struct catalog_package) packages;
	VEC(struct catalog_component) components;
	VEC(struct catalog_file) files;
	struct sealer *sealer;	/* NULL: it is not signed */
	medium_watch *watch;
	void *ctx;
	struct error *e;
};

static int add_package(struct making *m, const struct package *p, const char *path)
{
	struct catalog_package *cp = VEC_PUSH(&m->packages);
	const char *key, *first;

	catalog_package_of(m->a, p, m->media.n - 1, cp);
	key = arena_printf(m->a, "%s\n%s\n%s", p->pkg, p->arch, p->version);
	first = strmap_put(m->seen, key, (void *)(uintptr_t)path);
	if (first == NULL)
		return 0;
	error_set(m->e, E_CONFLICT, "package %s %s (%s) is in '%s' and in '%s'", p->pkg,
		  p->version, p->arch, first, path);
	return error_hint(m->e, "a published distribution has each package once: remove one");
}

static int add_medium(struct making *m, const char *path)
{
	struct medium_stored stored;
	struct medium *medium;
	size_t i;
	int rc = medium_open(tree_fd(m->dir), path, MEDIUM_ALL, &medium, m->e);

	if (rc < 0)
		return rc;
	rc = medium_digest(medium, m->watch, m->ctx, &stored, m->e);
	if (rc == 0)
		*VEC_PUSH(&m->media) = (struct catalog_medium){
			.file = { .path = path, .size = stored.size, .sha = stored.sha },
			.tree = stored.tree,
		};
	for (i = 0; rc == 0 && i < medium_count(medium); i++)
		rc = add_package(m, medium_package(medium, i), path);
	medium_close(medium);
	return rc;
}

/* What a manifest names beside itself is signed, too; if it is there. */
static int add_beside(struct making *m, const char *manifest, const char *name)
{
	const char *slash = strrchr(manifest, '/');
	const char *path = arena_printf(m->a, "%.*s%s",
					slash != NULL ? (int)(slash + 1 - manifest) : 0, manifest,
					name);
	struct catalog_file f = { .path = path };
	struct rpath p;
	size_t len, i;
	char *bytes;
	int rc = rpath_parse(m->a, path, &p, m->e);

	for (i = 0; i < m->files.n; i++)
		if (str_eq(m->files.v[i].path, path))
			return 0;
	if (rc == 0)
		rc = tree_read(m->dir, m->a, p, CATALOG_MAX_TEXT, &bytes, &len, m->e);
	if (rc == -ENOENT) {
		error_clear(m->e);
		return 0;
	}
	if (rc < 0)
		return rc;
	f.size = len;
	sha256_of(bytes, len, &f.sha);
	*VEC_PUSH(&m->files) = f;
	return 0;
}

static int add_licences(struct making *m, const char *path, const struct manifest *manifest)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < manifest->nlicenses; i++)
		if (manifest->licenses[i].file != NULL)
			rc = add_beside(m, path, manifest->licenses[i].file);
	return rc;
}

static int add_manifest(struct making *m, const char *path, const char *bytes, size_t len)
{
	struct catalog_component *c = VEC_PUSH(&m->components);
	struct manifest manifest;
	int rc = manifest_parse(m->a, bytes, len, path, &manifest, m->e);

	if (rc < 0)
		return rc;
	*c = (struct catalog_component){
		.id = manifest.id, .version = manifest.version,
		.file = { .path = path, .size = len },
	};
	sha256_of(bytes, len, &c->file.sha);
	return add_licences(m, path, &manifest);
}

static bool is_ours(const char *path)
{
	return str_eq(path, CATALOG_NAME) || str_eq(path, REPO_NAME);
}

/* XML that is in our own language is a manifest; a broken one is refused, not left out. */
static int look_at_xml(struct making *m, struct rpath p)
{
	size_t len;
	char *bytes;
	int rc;

	if (is_ours(rpath_str(p)))
		return 0;
	rc = tree_read(m->dir, m->a, p, MANIFEST_MAX_BYTES, &bytes, &len, m->e);
	if (rc < 0 || !manifest_probe(bytes, len) ||
	    memmem(bytes, len, MANIFEST_NAMESPACE, strlen(MANIFEST_NAMESPACE)) == NULL)
		return rc; /* other programs write XML too */
	return add_manifest(m, rpath_str(p), bytes, len);
}

static int scan(struct making *m, struct rpath dir, unsigned depth);

static int look_at(struct making *m, struct rpath p, unsigned depth)
{
	struct stat st;
	int rc = tree_stat(m->dir, p, &st, m->e);

	if (rc < 0)
		return rc;
	if (!S_ISDIR(st.st_mode) && str_has_suffix(rpath_str(p), ".xml"))
		return look_at_xml(m, p);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode)) {
		struct rpath info, map;

		rc = rpath_join(m->a, p, "pkginfo", &info, m->e);
		if (rc == 0)
			rc = rpath_join(m->a, p, "pkgmap", &map, m->e);
		if (rc < 0)
			return rc;
		if (!tree_exists(m->dir, info) || !tree_exists(m->dir, map))
			return depth > 0 ? scan(m, p, depth - 1) : 0;
	}
	rc = medium_probe(tree_fd(m->dir), rpath_str(p), m->e);
	return rc > 0 ? add_medium(m, rpath_str(p)) : rc;
}

static int scan(struct making *m, struct rpath dir, unsigned depth)
{
	const char **names;
	struct rpath p;
	size_t n, i;
	int rc = tree_list(m->dir, m->a, dir, &names, &n, m->e);

	for (i = 0; rc == 0 && i < n; i++) {
		if (names[i][0] == '.')
			continue;
		rc = rpath_join(m->a, dir, names[i], &p, m->e);
		if (rc == 0)
			rc = look_at(m, p, depth);
	}
	return rc;
}

/* ---- repo.xml */

static const char *id_from_name(struct arena *a, const char *dir)
{
	char *id = arena_strdup(a, dir), *p, *slash;

	for (p = id + strlen(id); p > id && p[-1] == '/';)
		*--p = '\0';
	slash = strrchr(id, '/');
	if (slash != NULL)
		id = slash + 1;
	return repo_id_ok(id) ? id : NULL;
}

/* What is there goes on: its identity, its serial. */
static int fill_repo(struct making *m, const char *dir, const struct publish_options *o,
		     struct repo *r)
{
	struct repo old = { .serial = 0 };
	int rc = publish_read_repo(m->dir, m->a, &old, m->e);

	if (rc == -ENOENT) {
		error_clear(m->e);
		rc = 0;
	}
	if (rc < 0)
		return error_hint(m->e, "remove it to begin anew; roots remember the serial they "
				  "have seen: --serial gives the next one");
	r->id = o->id != NULL ? o->id : old.id != NULL ? old.id : id_from_name(m->a, dir);
	if (r->id == NULL) {
		error_set(m->e, E_USAGE, "the distribution has no name yet, and '%s' can't be one",
			  dir);
		return error_hint(m->e, "--id NAME: letters, digits, '.', '_' and '-'");
	}
	if (!repo_id_ok(r->id))
		return error_set(m->e, E_USAGE, "'%s' can't be the name of a distribution: "
				 "letters, digits, '.', '_' and '-', at most 64", r->id);
	r->name = o->name != NULL ? o->name : old.name;
	r->serial = o->serial != 0 ? o->serial : old.serial + 1;
	r->issued = o->now;
	r->expires = o->now + (int64_t)o->days * 86400;
	return 0;
}

static int render_unsigned(struct making *m, const struct repo *r, struct publication *ret)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	int rc = repo_render(r, &text, m->e);

	ret->repo = (struct publish_text){ arena_strndup(m->a, strbuf_str(&text), text.len),
					   text.len };
	return rc;
}

static int write_all(struct making *m, const char *dir, const struct publish_options *o,
		     struct repo *r, const char **ret_doubt)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct publication p = { .catalog = { NULL, 0 } };
	struct catalog c = {
		.media = m->media.v, .nmedia = m->media.n,
		.packages = m->packages.v, .npackages = m->packages.n,
		.components = m->components.v, .ncomponents = m->components.n,
		.files = m->files.v, .nfiles = m->files.n,
	};
	int rc = catalog_render(&c, &text, m->e);

	turn_take(tree_fd(m->dir), TURN_WRITE); /* two at once have two serials */
	if (rc == 0)
		rc = fill_repo(m, dir, o, r);
	if (rc < 0)
		return rc;
	r->catalog = (struct catalog_file){ .path = CATALOG_NAME, .size = text.len };
	sha256_of(strbuf_str(&text), text.len, &r->catalog.sha);
	p.catalog = (struct publish_text){ strbuf_str(&text), text.len };
	rc = m->sealer != NULL ? sealer_seal(m->sealer, r, &p, ret_doubt, m->e) :
				 render_unsigned(m, r, &p);
	return rc < 0 ? rc : publish_write(m->dir, m->a, &p, m->e);
}

int publish_create(const char *dir, const struct publish_options *o, medium_watch *watch,
		   void *ctx, struct arena *a, struct repo *ret, struct publish_counts *counts,
		   const char **ret_doubt, struct error *e)
{
	struct making m = { .a = a, .watch = watch, .ctx = ctx, .e = e };
	struct repo r = { .serial = 0 };
	int rc = tree_open(dir, &m.dir, e);

	if (rc < 0)
		return rc;
	*ret_doubt = NULL;
	m.seen = strmap_new(256);
	if (o->keys != NULL)
		rc = sealer_new(o->keys, a, &m.sealer, e);
	if (rc == 0)
		rc = scan(&m, rpath_root(), 1);
	if (rc == 0 && m.media.n + m.components.n == 0)
		rc = error_set(e, E_NOT_FOUND, "no packages in '%s'", dir);
	if (rc == 0)
		rc = write_all(&m, dir, o, &r, ret_doubt);
	*counts = (struct publish_counts){ m.media.n, m.packages.n, m.components.n };
	strmap_free(m.seen);
	sealer_free(m.sealer);
	tree_close(m.dir); /* and the turn ends */
	VEC_FREE(&m.media);
	VEC_FREE(&m.packages);
	VEC_FREE(&m.components);
	VEC_FREE(&m.files);
	if (rc == 0)
		*ret = r;
	return rc;
}
