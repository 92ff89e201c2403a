/*
 * `contents` as scripts see it: current up to the running package (DESIGN.md 4, svr4.md 8.1,
 * 8.7, 10.3).
 *
 *	comes	to-do entries have `*` (contents to come) or `~` (attributes); before
 *		postinstall the final state
 *	goes	all entries have `-`; afterwards they are gone
 *
 * It is written into the stage before scripts of a package run, and thrown away: what the
 * root gets is made from the rows at the seal.
 */
#include "procedures_internal.h"

#include <errno.h>

#include "commit.h"
#include "formats/cleanup.h"
#include "formats/fd.h"
#include "history_words.h"

/* The file that is there, if it is ours, else the rows. */
static int present_text(struct procedure_run *r, struct strbuf *out, struct error *e)
{
	const struct plan *plan = r->s->plan;
	char *old;
	size_t len;
	int rc = tree_read(plan->root->tree, r->s->a, plan->contents, SVR4EDIT_MAX_BYTES, &old,
			   &len, NULL);

	if (rc == 0)
		rc = svr4view_contents_merge(r->db, old, len, plan->txn, "commpkg", "none", 0, out,
					     e);
	else
		rc = 0;
	return rc != 0 ? (rc < 0 ? rc : 0) :
			 svr4view_contents(r->db, "commpkg", "none", 0, out, e);
}

int procedure_view_open(struct procedure_run *r, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	int rc = present_text(r, &text, e);

	if (rc == 0)
		r->view = svr4edit_open(r->s->a, strbuf_str(&text), text.len);
	return rc;
}

char procedures_to_come(const struct change_item *it)
{
	switch (it->kind) {
	case CHANGE_CREATE: case CHANGE_REPLACE: case CHANGE_SCRIPT:
		return '*';
	case CHANGE_ATTR:
		return '~';
	default:
		return 0;
	}
}

static char to_come(const struct procedure_run *r, const struct mapped *m)
{
	const struct change_item *it = strmap_find(r->s->items, rpath_str(m->path));

	return it != NULL && it->what == m ? procedures_to_come(it) : 0;
}

/* Rows of the version before that this one no more has; those it carries stay. */
static void drop_old(struct procedure_run *r)
{
	size_t i;

	for (i = 0; i < r->ps->nrows; i++)
		svr4edit_drop(r->view, r->ps->rows[i].path, r->ps->instance);
	for (i = 0; i < r->ps->ncarried; i++)
		svr4edit_put(r->view, r->ps->carried[i], r->ps->instance);
}

void procedure_view_comes(struct procedure_run *r, bool done)
{
	size_t i;

	if (!done)
		drop_old(r);
	for (i = 0; i < r->ps->mapping.n; i++) {
		const struct mapped *m = &r->ps->mapping.v[i];
		struct pkgdb_file f;

		commit_row(r->s, r->step, m, 0, &f);
		if (!done)
			f.status = to_come(r, m);
		svr4edit_put(r->view, &f, r->ps->instance);
	}
}

void procedure_view_goes(struct procedure_run *r, bool done)
{
	size_t i;

	for (i = 0; i < r->ps->nrows; i++)
		if (done)
			svr4edit_drop(r->view, r->ps->rows[i].path, r->ps->instance);
		else
			svr4edit_status(r->view, r->ps->rows[i].path, r->ps->instance, '-');
}

/* ---- into the stage */

static int write_all(int fd, const char *s, size_t len, struct error *e)
{
	int rc = fd_write_all(fd, s, len);

	return rc < 0 ? error_errno(e, -rc, "cannot write 'contents' in the stage") : 0;
}

int procedure_view_write(struct procedure_run *r, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	struct rpath path = r->s->plan->contents;
	const char *program = r->s->plan->options->program;
	int rc = procedure_clear(r, path, e);

	svr4edit_render(r->view, program != NULL ? program : "commpkg", r->ps->instance,
			history_now(), &text);
	if (rc == 0)
		rc = procedure_parent(r, path, e);
	if (rc == 0)
		rc = tree_create(r->s->new, path, &fd, e);
	if (rc == 0)
		rc = write_all(fd, strbuf_str(&text), text.len, e);
	return rc < 0 ? rc : tree_chmod(r->s->new, path, 0644, e);
}

bool procedure_view_owns(const struct procedure_run *r, const char *path)
{
	const char *contents = rpath_str(r->s->plan->contents);
	size_t dir = (size_t)(rpath_name(r->s->plan->contents) - contents);

	return str_eq(path, contents) ||
	       (strncmp(path, contents, dir) == 0 && str_eq(path + dir, "t.contents"));
}
