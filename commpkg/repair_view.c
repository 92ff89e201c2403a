/* The SVR4 view, written anew where it is not what the database says. */
#include <errno.h>

#include "dbcheck.h"
#include "formats/cleanup.h"
#include "formats/pkginfo.h"
#include "pkgdb/svr4view.h"
#include "history_words.h"
#include "repair_look.h"

#define CONTENTS "var/sadm/install/contents"
#define PKG "var/sadm/pkg/"

static void take_text(struct mend *m, struct arena *a, const char *bytes, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	m->source = SOURCE_TEXT;
	m->bytes = copy;
	m->len = len;
	m->has_sha = true;
	sha256_of(copy, len, &m->sha);
}

static int text_of_contents(struct repair *r, struct mend *m, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	int rc = svr4view_contents(r->session->db, "commpkg", "no", history_now(), &text, e);

	if (rc == 0)
		take_text(m, r->a, strbuf_str(&text), text.len);
	return rc;
}

static int text_of_pkginfo(struct repair *r, struct mend *m, int64_t package, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct pkginfo params;
	int rc = pkgdb_params(r->session->db, r->a, package, &params, e);

	if (rc < 0)
		return rc;
	pkginfo_render(&params, &text);
	take_text(m, r->a, strbuf_str(&text), text.len);
	return 0;
}

static int text_of_infofile(struct repair *r, struct mend *m, int64_t package, const char *name,
			    struct error *e)
{
	struct infofile *v;
	size_t n, i;
	int rc = pkgdb_infofiles(r->session->db, r->a, package, &v, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (str_eq(v[i].name, name))
			take_text(m, r->a, v[i].bytes, v[i].len);
	return rc;
}

/* PKG INST/pkginfo or PKG INST/install/NAME */
static int text_of(struct repair *r, struct mend *m, const char *path, struct error *e)
{
	const char *inst = path + strlen(PKG), *slash;
	struct pkgdb_package p;
	int rc;

	if (str_eq(path, CONTENTS))
		return text_of_contents(r, m, e);
	if (!str_has_prefix(path, PKG) || (slash = strchr(inst, '/')) == NULL)
		return 0;
	inst = arena_strndup(r->a, inst, (size_t)(slash - inst));
	rc = pkgdb_package_find(r->session->db, r->a, inst, PKGDB_NOW, &p, e);
	if (rc <= 0)
		return rc;
	m->item.instance = p.instance;
	if (str_eq(slash, "/pkginfo"))
		return text_of_pkginfo(r, m, p.id, e);
	return str_has_prefix(slash, "/install/") ?
	       text_of_infofile(r, m, p.id, slash + strlen("/install/"), e) : 0;
}

static bool is_named(const struct repair *r, const char *path)
{
	size_t i;

	if (r->ninstances == 0)
		return true;
	for (i = 0; i < r->ninstances; i++) {
		size_t n = strlen(r->instances[i]);

		if (str_has_prefix(path, PKG) &&
		    strncmp(path + strlen(PKG), r->instances[i], n) == 0 &&
		    path[strlen(PKG) + n] == '/')
			return true;
	}
	return false;
}

static int take_problem(struct repair *r, const char *path, struct error *e)
{
	struct rpath client, real;
	struct mend *m;
	int rc = rpath_parse(r->a, path, &client, e);

	if (rc == 0)
		rc = tree_canonical(r->root, r->a, client, &real, e);
	if (rc < 0 || repair_find(r, rpath_str(real)) != NULL)
		return rc;
	m = repair_add(r, client, real);
	m->ftype = 'f';
	m->item.kind = REPAIR_PUT;
	m->item.damage = "SVR4 view";
	m->item.source = "written anew from the database";
	rc = tree_stat(r->root, real, &m->st, e);
	m->there = rc == 0;
	m->makes_way = m->there && S_ISDIR(m->st.st_mode);
	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = (error_clear(e), 0);
	if (rc == 0)
		rc = text_of(r, m, path, e);
	if (rc == 0 && m->source == SOURCE_NONE)
		mend_cannot(m, "the database does not have it", "commpkg verify --database");
	return rc;
}

int repair_view(struct repair *r, struct error *e)
{
	struct dbcheck_result c = { .n = 0 };
	size_t i;
	int rc = dbcheck_view_run(r->a, r->session->root, r->session->db, &c, e);

	for (i = 0; rc == 0 && i < c.n; i++)
		if (c.v[i].path != NULL && is_named(r, c.v[i].path))
			rc = take_problem(r, c.v[i].path, e);
	return rc;
}
