#include "audit.h"

#include "formats/manifest.h"
#include "places.h"
#include "published.h"
#include "root.h"

void audit_add(struct audit *au, const char *file, const struct error *why, bool remark)
{
	struct audit_finding *more = arena_calloc(au->a, au->n + 1, sizeof(*more));

	if (au->n > 0)
		memcpy(more, au->findings, au->n * sizeof(*more));
	more[au->n++] = (struct audit_finding){
		.file = arena_strdup(au->a, file), .problem = arena_strdup(au->a, why->text),
		.code = why->code, .remark = remark,
	};
	au->findings = more;
}

static void add_words(struct audit *au, const char *file, int code, bool remark,
		      const char *words)
{
	struct error why = ERROR_INIT;

	(void)error_set(&why, code, "%s", words);
	audit_add(au, file, &why, remark);
}

size_t audit_problems(const struct audit *au)
{
	size_t i, n = 0;

	for (i = 0; i < au->n; i++)
		n += !au->findings[i].remark;
	return n;
}

/* ---- the catalog itself */

static void check_schema(struct audit *au, struct published *p)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	char *bytes;
	int rc = catalog_validate(p->bytes, p->len, REPO_NAME, &e);

	if (rc < 0)
		audit_add(au, REPO_NAME, &e, false);
	error_clear(&e);
	rc = published_read(p, a, &p->repo.catalog, CATALOG_MAX_BYTES, &bytes, &e);
	if (rc == 0)
		rc = catalog_validate(bytes, (size_t)p->repo.catalog.size, p->repo.catalog.path,
				      &e);
	if (rc < 0)
		audit_add(au, p->repo.catalog.path, &e, false);
}

/* ---- media and manifests */

static bool was_stopped(int rc)
{
	return rc == -E_INTERRUPTED;
}

static int check_media(struct audit *au, struct published *p, struct error *e)
{
	size_t i;

	for (i = 0; i < p->catalog.nmedia; i++) {
		struct error why = ERROR_INIT;
		struct medium *m;
		int rc = published_take(p, i, au->watch, au->ctx, &m, &why);

		if (was_stopped(rc)) {
			*e = why;
			return rc;
		}
		if (rc < 0)
			audit_add(au, p->catalog.media[i].file.path, &why, false);
		au->nmedia++;
		au->npackages += p->catalog.media[i].npackages;
	}
	return 0;
}

static void check_manifest(struct audit *au, struct published *p,
			   const struct catalog_component *c)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error why = ERROR_INIT;
	struct manifest m;
	char *bytes;
	int rc = published_read(p, a, &c->file, MANIFEST_MAX_BYTES, &bytes, &why);

	if (rc == 0)
		rc = manifest_parse(a, bytes, (size_t)c->file.size, c->file.path, &m, &why);
	if (rc == 0 && (!str_eq(m.id, c->id) || !str_eq(m.version, c->version)))
		rc = error_set(&why, E_DIGEST, "it is %s %s, and the catalog says %s %s", m.id,
			       m.version, c->id, c->version);
	if (rc < 0)
		audit_add(au, c->file.path, &why, false);
	au->nmanifests++;
}

/* ---- what else lies there */

static struct strmap *known_files(struct published *p)
{
	struct strmap *known = strmap_new(p->catalog.nmedia + p->catalog.ncomponents + 8);
	static const char *const ours[] = { REPO_NAME, REPO_SIGNATURE_NAME };
	size_t i;

	for (i = 0; i < 2; i++)
		(void)strmap_put(known, ours[i], p);
	(void)strmap_put(known, p->repo.catalog.path, p);
	if (p->repo.certificates.path != NULL)
		(void)strmap_put(known, p->repo.certificates.path, p);
	for (i = 0; i < p->catalog.nmedia; i++)
		(void)strmap_put(known, p->catalog.media[i].file.path, p);
	for (i = 0; i < p->catalog.nfiles; i++)
		(void)strmap_put(known, p->catalog.files[i].path, p);
	for (i = 0; i < p->catalog.ncomponents; i++)
		(void)strmap_put(known, p->catalog.components[i].file.path, p);
	return known;
}

/* A directory that has something of the catalog in it is looked into, one level. */
static void look_around(struct audit *au, struct tree *t, struct rpath dir,
			const struct strmap *known, unsigned depth)
{
	const char **names;
	size_t n, i;

	if (tree_list(t, au->a, dir, &names, &n, NULL) < 0)
		return;
	for (i = 0; i < n; i++) {
		struct rpath p;
		struct stat st;

		if (names[i][0] == '.' || rpath_join(au->a, dir, names[i], &p, NULL) < 0 ||
		    strmap_find(known, rpath_str(p)) != NULL || tree_stat(t, p, &st, NULL) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth > 0)
			look_around(au, t, p, known, depth - 1);
		else if (medium_probe(tree_fd(t), rpath_str(p), NULL) > 0)
			add_words(au, rpath_str(p), E_NOT_FOUND, true,
				  "packages that are not in the catalog: nobody gets them");
	}
}

static void check_strangers(struct audit *au, struct published *p)
{
	struct strmap *known;
	struct tree *t;

	if (tree_open(p->place, &t, NULL) < 0)
		return; /* not a directory of this host */
	known = known_files(p);
	look_around(au, t, rpath_root(), known, 1);
	strmap_free(known);
	tree_close(t);
}

int audit_published(struct audit *au, struct published *p, struct error *e)
{
	size_t i;
	int rc;

	if (p->foreign == FOREIGN_NONE)
		check_schema(au, p);
	rc = check_media(au, p, e);
	for (i = 0; rc == 0 && i < p->catalog.ncomponents; i++)
		check_manifest(au, p, &p->catalog.components[i]);
	if (rc == 0 && p->foreign == FOREIGN_NONE)
		check_strangers(au, p);
	return rc;
}

int audit_verdict(const struct audit *au, const char *place, bool all, struct error *e)
{
	size_t i, n = audit_problems(au);

	if (n == 0)
		return 0;
	for (i = 0; au->findings[i].remark; i++)
		;
	error_set(e, E_DIGEST, "the distribution '%s' is not whole: %zu problem%s, the first: %s: "
		  "%s", place, n, n == 1 ? "" : "s", au->findings[i].file,
		  au->findings[i].problem);
	return all ? -E_DIGEST : error_hint(e, "commpkg repo check '%s' shows all", place);
}
