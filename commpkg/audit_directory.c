/*
 * A directory as it is has no catalog: its manifests say what has to be there, and each pkgmap what
 * size and sum its contents have.
 */
#include "audit.h"

#include "dist.h"
#include "formats/str.h"

#define MAX_TEXT ((size_t)1 << 20)	/* of a licence */

struct auditing {
	struct audit *au;
	const struct dist *d;
	struct error *e;
};

static void add(struct auditing *g, const char *file, int code, const char *words)
{
	struct error why = ERROR_INIT;

	(void)error_set(&why, code, "%s", words);
	audit_add(g->au, file, &why, false);
}

/* ---- media */

/* Negative, with *why: the first of a medium that is wrong. */
static int read_all(struct payload *p, struct error *why)
{
	const struct entry *entry;
	const void *bytes;
	size_t i, len;
	int rc;

	while ((rc = payload_next_package(p, &i, why)) > 0) {
		while ((rc = payload_next(p, &entry, why)) > 0) {
			while ((rc = payload_read(p, &bytes, &len, why)) > 0)
				;
			if (rc < 0)
				return rc;
		}
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int check_medium(struct auditing *g, const struct medium *m, uint64_t done, uint64_t total)
{
	struct error why = ERROR_INIT;
	struct payload *p;
	int rc = g->au->watch != NULL ? g->au->watch(g->au->ctx, done, total, g->e) : 0;

	if (rc < 0)
		return rc;
	rc = payload_open(m, NULL, &p, &why);
	if (rc == 0) {
		rc = read_all(p, &why);
		payload_close(p);
	}
	if (rc < 0)
		audit_add(g->au, medium_path(m), &why, false);
	g->au->nmedia++;
	g->au->npackages += medium_count(m);
	return 0;
}

static const struct medium *medium_of(const struct auditing *g, size_t i)
{
	return dist_package(g->d, i)->package->medium;
}

static int check_media(struct auditing *g)
{
	size_t n = dist_count(g->d);

	for (size_t i = 0; i < n; i++) {
		int rc;

		if (medium_of(g, i) == NULL || (i > 0 && medium_of(g, i) == medium_of(g, i - 1)))
			continue; /* those of one medium stand together */
		rc = check_medium(g, medium_of(g, i), i, n);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- what manifests name */

static bool is_meant(const struct manifest_package *w, const struct package *p)
{
	return str_eq(w->name, p->pkg) &&
	       (w->version == NULL || depend_version_equal(p->version, w->version)) &&
	       (w->arch == NULL || str_eq(w->arch, p->arch) || str_has_word(p->arch, w->arch));
}

/* "; there is COMMms 6.3, 7.0" */
static const char *others(const struct auditing *g, const struct manifest_package *w)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < dist_count(g->d); i++) {
		const struct package *p = dist_package(g->d, i)->package;

		if (str_eq(w->name, p->pkg))
			strbuf_addf(&b, "%s%s", b.len > 0 ? ", " : "; there is ", p->version);
	}
	return arena_strdup(g->au->a, strbuf_str(&b));
}

static void check_named(struct auditing *g, const struct dist_component *c,
			const struct manifest_package *w)
{
	struct arena *a = g->au->a;

	for (size_t i = 0; i < dist_count(g->d); i++)
		if (is_meant(w, dist_package(g->d, i)->package))
			return;
	add(g, c->origin, E_NOT_FOUND,
	    arena_printf(a, "line %u: package '%s%s%s'%s%s is not there%s", w->line, w->name,
			 w->version != NULL ? " " : "", w->version != NULL ? w->version : "",
			 w->arch != NULL ? " for " : "", w->arch != NULL ? w->arch : "",
			 others(g, w)));
}

static void check_licence(struct auditing *g, const struct dist_component *c,
			  const struct manifest_license *l)
{
	struct error why = ERROR_INIT;
	const char *path;
	char *bytes;
	size_t len;
	int rc;

	if (l->file == NULL)
		return;
	rc = dist_read_beside(g->au->a, c, l->file, MAX_TEXT, &path, &bytes, &len, &why);
	if (rc < 0)
		audit_add(g->au, c->origin, &why, false);
	else if (path == NULL)
		add(g, c->origin, E_NOT_FOUND,
		    arena_printf(g->au->a, "line %u: the licence '%s' is not there", l->line,
				 l->file));
}

static void check_component(struct auditing *g, const struct dist_component *c)
{
	const struct manifest *m = c->manifest;

	if (c->published != NULL)
		return;
	for (size_t i = 0; i < m->npackages; i++)
		check_named(g, c, &m->packages[i]);
	for (size_t i = 0; i < m->nlicenses; i++)
		check_licence(g, c, &m->licenses[i]);
	g->au->nmanifests++;
}

int audit_directory(struct audit *au, const struct dist *d, struct error *e)
{
	struct auditing g = { .au = au, .d = d, .e = e };

	for (size_t i = 0; i < dist_unread_count(d); i++) {
		const char *file, *why = dist_unread(d, i, &file);

		add(&g, file, E_FORMAT, why);
	}
	for (size_t i = 0; i < dist_component_count(d); i++)
		check_component(&g, dist_component(d, i));
	return check_media(&g);
}
