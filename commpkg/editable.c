/* Editable files as they are now. */
#include "editable.h"

#include <errno.h>

#include "builtin.h"
#include "contents.h"
#include "show.h"

const char *editable_pending_name(enum editable_pending p)
{
	static const char *const names[] = {
		[PENDING_CONFLICT] = "conflict", [PENDING_REMOVED] = "removed",
		[PENDING_FOREIGN] = "foreign",
	};

	return names[p];
}

/* ---- what is there */

static int stat_of(const struct view *v, struct rpath p, struct stat *ret, bool *ret_there,
		   struct error *e)
{
	int rc = tree_stat(v->root->tree, p, ret, e);

	*ret_there = rc == 0;
	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	return rc;
}

static int look_at_live(const struct view *v, struct arena *a, struct editable *ed,
			struct error *e)
{
	struct rpath client;
	int rc = rpath_parse(a, ed->path, &client, e);

	if (rc == 0)
		rc = tree_canonical(v->root->tree, a, client, &ed->real, e);
	if (rc == 0)
		rc = stat_of(v, ed->real, &ed->st, &ed->there, e);
	ed->regular = ed->there && S_ISREG(ed->st.st_mode);
	if (rc == 0 && ed->regular)
		rc = contents_digest(v->root->tree, ed->real, &ed->digest, NULL, e);
	ed->edited = ed->regular && !sha256_equal(&ed->digest, &ed->row.sha256);
	return rc;
}

/* NAME.new, if nobody has changed it. */
static int look_beside(const struct view *v, struct arena *a, struct editable *ed, struct error *e)
{
	struct sha256 sha;
	bool there = false;
	int rc = rpath_parse(a, arena_printf(a, "%s.new", rpath_str(ed->real)), &ed->beside, NULL);

	if (rc < 0) { /* a name too long has none beside it */
		ed->beside = rpath_root();
		return 0;
	}
	rc = stat_of(v, ed->beside, &ed->beside_st, &there, e);
	if (rc < 0 || !there || !S_ISREG(ed->beside_st.st_mode))
		return rc;
	rc = contents_digest(v->root->tree, ed->beside, &sha, NULL, e);
	ed->queued = rc == 0 && sha256_equal(&sha, &ed->row.sha256);
	return rc;
}

/* ---- does a decision wait? */

static enum editable_pending pending_of(const struct editable *ed)
{
	struct sha256 accepted;

	if ((ed->there && !ed->edited) || ed->scripted)
		return PENDING_NONE;
	if (!ed->has_pristine)
		return !ed->queued ? PENDING_NONE : ed->there ? PENDING_FOREIGN : PENDING_REMOVED;
	sha256_of(ed->pristine.bytes, ed->pristine.len, &accepted);
	if (sha256_equal(&accepted, &ed->row.sha256))
		return PENDING_NONE;
	return ed->there ? PENDING_CONFLICT : PENDING_REMOVED;
}

/* Scripts of that class are the package's own, or ours. */
static int look_at_class(const struct view *v, struct arena *a, struct editable *ed,
			 struct error *e)
{
	const char *name;
	struct infofile *files;
	size_t n, i;
	int rc;

	if (ed->row.class == NULL || str_eq(ed->row.class, "none"))
		return 0;
	name = arena_printf(a, "i.%s", ed->row.class);
	ed->scripted = builtin_class_script(a, name) != NULL;
	rc = ed->scripted ? 0 : pkgdb_infofiles(v->db, a, ed->row.package, &files, &n, e);
	for (i = 0; rc == 0 && !ed->scripted && i < n; i++)
		ed->scripted = str_eq(files[i].name, name);
	return rc;
}

/* 1: an `e` by the row that rules. */
static int look(const struct view *v, struct arena *a, const char *path, struct editable *ed,
		struct error *e)
{
	struct pkgdb_file *rows;
	size_t n;
	int rc = pkgdb_owners(v->db, a, path, PKGDB_NOW, &rows, &n, e);

	*ed = (struct editable){ .path = path, .beside = rpath_root() };
	if (rc < 0 || n == 0 || rows[0].ftype != 'e' || !rows[0].has_sha256)
		return rc;
	ed->row = rows[0];
	ed->path = ed->row.path;
	rc = pkgdb_pristine_get(v->db, a, path, &ed->pristine.bytes, &ed->pristine.len, e);
	ed->has_pristine = rc > 0;
	if (rc >= 0)
		rc = look_at_live(v, a, ed, e);
	if (rc == 0)
		rc = look_beside(v, a, ed, e);
	if (rc == 0)
		rc = look_at_class(v, a, ed, e);
	if (rc < 0)
		return error_prefix(e, "looking at '/%s'", path);
	ed->pending = pending_of(ed);
	return 1;
}

/* ---- in words */

static const char *words_of(enum editable_pending p)
{
	static const char *const words[] = {
		[PENDING_CONFLICT] = "edited, and the packaged text changed",
		[PENDING_REMOVED] = "removed by the administrator, and the packaged text changed",
		[PENDING_FOREIGN] = "another file was there before",
	};

	return words[p];
}

/* The transaction that queued it has said why, unless its history was pruned. */
static int find_why(const struct view *v, struct arena *a, struct editable *ed, struct error *e)
{
	static const char queued[] = "new one beside: ";
	struct txn_note *notes;
	size_t n, i;
	int rc = txn_notes(v->db, a, ed->txn, &notes, &n, e);

	ed->why = words_of(ed->pending);
	for (i = 0; rc == 0 && i < n; i++) {
		const char *at = strstr(notes[i].text, queued);

		if (str_eq(notes[i].kind, "config") && str_eq(notes[i].subject, ed->path) &&
		    at != NULL)
			ed->why = at + strlen(queued);
	}
	return rc;
}

static int describe(const struct view *v, struct arena *a, struct editable *ed, struct error *e)
{
	struct pkgdb_package *p;
	size_t n, i;
	int rc = pkgdb_packages(v->db, a, PKGDB_NOW, &p, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (p[i].id == ed->row.package) {
			ed->instance = p[i].instance;
			ed->version = p[i].version;
			ed->txn = p[i].added;
		}
	if (rc == 0 && ed->instance == NULL)
		rc = error_set(e, E_DB, "the owner of '/%s' is not in the database", ed->path);
	return rc == 0 && ed->pending != PENDING_NONE ? find_why(v, a, ed, e) : rc;
}

int editable_look(const struct view *v, struct arena *a, const char *path, struct editable *ret,
		  struct error *e)
{
	int rc = v->db != NULL ? look(v, a, path, ret, e) : 0;

	if (rc > 0)
		rc = describe(v, a, ret, e);
	else
		return rc;
	return rc < 0 ? rc : 1;
}

int editable_pending(const struct view *v, struct arena *a, struct editable **ret, size_t *ret_n,
		     struct error *e)
{
	VEC(struct editable) found = VEC_INIT;
	struct editable ed;
	const char **paths;
	size_t n = 0, i;
	int rc = v->db != NULL ? pkgdb_editable(v->db, a, &paths, &n, e) : 0;

	for (i = 0; rc >= 0 && i < n; i++) {
		rc = look(v, a, paths[i], &ed, e);
		if (rc <= 0 || ed.pending == PENDING_NONE)
			continue;
		rc = describe(v, a, &ed, e);
		*VEC_PUSH(&found) = ed;
	}
	*ret = arena_memdup(a, found.v, found.n, sizeof(**ret));
	*ret_n = found.n;
	VEC_FREE(&found);
	return rc < 0 ? rc : 0;
}

void editable_mention(const struct view *v, struct arena *a)
{
	struct editable *all;
	size_t n = 0;

	if (editable_pending(v, a, &all, &n, NULL) < 0)
		return;
	show_json_number("pending_config", n);
	if (n > 0)
		report_note("%zu decision%s about configuration %s pending: commpkg config list "
			    "-R %s", n, n == 1 ? "" : "s", n == 1 ? "is" : "are",
			    str_shell(a, v->root->path));
}

/* ---- texts */

int editable_live(const struct view *v, struct arena *a, const struct editable *ed,
		  struct text *ret, struct error *e)
{
	char *bytes;
	int rc = tree_read(v->root->tree, a, ed->real, EDITABLE_MAX, &bytes, &ret->len, e);

	if (rc == 0)
		ret->bytes = bytes;
	return rc;
}

/* 1: a file of the root at that path has the packaged text. */
static int try_copy(const struct view *v, struct arena *a, const struct editable *ed,
		    const char *path, struct text *ret)
{
	struct sha256 sha;
	struct rpath p;
	struct text t;
	char *bytes;

	if (rpath_parse(a, path, &p, NULL) < 0 ||
	    tree_read(v->root->tree, a, p, EDITABLE_MAX, &bytes, &t.len, NULL) < 0)
		return 0;
	t.bytes = bytes;
	sha256_of(t.bytes, t.len, &sha);
	if (!sha256_equal(&sha, &ed->row.sha256))
		return 0;
	*ret = t;
	return 1;
}

/* The path below save/pspool/INST: reloc/ and what is below BASEDIR, or root/ and all of it. */
static int try_spool(const struct view *v, struct arena *a, const struct editable *ed,
		     struct text *ret, struct error *e)
{
	const char *spool = arena_printf(a, "var/sadm/pkg/%s/save/pspool/%s", ed->instance,
					 ed->instance);
	const char *base = "";
	struct pkgdb_package p;
	size_t n;
	int rc = pkgdb_package_find(v->db, a, ed->instance, PKGDB_NOW, &p, e);

	if (rc < 0)
		return rc;
	if (rc > 0 && p.basedir != NULL)
		base = p.basedir + strspn(p.basedir, "/");
	for (n = strlen(base); n > 0 && base[n - 1] == '/';)
		n--;
	if (strncmp(ed->path, base, n) == 0 && (n == 0 || ed->path[n] == '/') &&
	    try_copy(v, a, ed, arena_printf(a, "%s/reloc/%s", spool, ed->path + n + (n > 0)),
		     ret) > 0)
		return 1;
	return try_copy(v, a, ed, arena_printf(a, "%s/root/%s", spool, ed->path), ret);
}

static int no_copy(const struct view *v, struct arena *a, const struct editable *ed,
		   struct error *e)
{
	const char *at = root_option(a, v->root);

	if (ed->row.size > EDITABLE_MAX)
		return error_set(e, E_LIMIT, "'/%s' is larger than %zu KiB as packaged: it is not "
				 "handled as a text", ed->path, EDITABLE_MAX / 1024);
	(void)error_set(e, E_NOT_FOUND, "the packaged text of '/%s' is not kept any more, neither "
			"below var/sadm/pkg/%s/save nor as '/%s'", ed->path, ed->instance,
			rpath_str(ed->beside));
	return error_hint(e, "with the package at hand: commpkg install --reinstall%s %s, then "
			  "type the same again", at, ed->instance);
}

int editable_packaged(const struct view *v, struct arena *a, const struct editable *ed,
		      struct text *ret, struct error *e)
{
	struct sha256 sha;
	int rc;

	if (ed->has_pristine) {
		sha256_of(ed->pristine.bytes, ed->pristine.len, &sha);
		if (sha256_equal(&sha, &ed->row.sha256)) {
			*ret = ed->pristine;
			return 0;
		}
	}
	rc = try_spool(v, a, ed, ret, e);
	if (rc == 0 && ed->queued)
		rc = try_copy(v, a, ed, rpath_str(ed->beside), ret);
	if (rc == 0 && ed->regular && !ed->edited)
		rc = try_copy(v, a, ed, rpath_str(ed->real), ret);
	return rc < 0 ? rc : rc > 0 ? 0 : no_copy(v, a, ed, e);
}
