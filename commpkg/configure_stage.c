/* What a decision puts into the root, made beside it. */
#include <errno.h>
#include <unistd.h>

#include "configure_internal.h"
#include "contents.h"
#include "formats/cleanup.h"
#include "formats/fd.h"
#include "overlay.h"
#include "volumes_find.h"

/* ---- where */

static int check_volume(struct configure *c, struct volumes_found *found, const char *path,
			struct error *e)
{
	size_t at = volumes_find_add(found, dirs_parent(c->dirs, path));
	struct rpath top;
	int rc;

	if (at == 0)
		return 0;
	rc = volumes_place(c->a, found->v.v[at].path, &top, e);
	if (rc == 0)
		rc = volumes_may_make(c->session->root, top, e);
	return rc < 0 ? error_prefix(e, "what is mounted at '/%s' can't be changed",
				     found->v.v[at].path) : 0;
}

static int check_way(struct configure *c, const char *path, struct error *e)
{
	const char *way = dirs_in_the_way(c->dirs, dirs_parent(c->dirs, path));

	if (way == NULL)
		return 0;
	(void)error_set(e, E_CONFLICT, "'/%s' is in the way of '/%s', and is no directory", way,
			path);
	return error_hint(e, "move it away, then type the same again");
}

int configure_volumes(struct configure *c, struct error *e)
{
	struct volumes_found found;
	size_t i;
	int rc = volumes_find_begin(c->a, c->session->root, c->dirs, c->session->db, &found, e);

	for (i = 0; rc == 0 && i < c->choices.n; i++) {
		const struct choice *x = &c->choices.v[i];

		if (x->puts)
			rc = check_way(c, rpath_str(x->ed.real), e);
		if (rc == 0 && (x->puts || x->ed.queued))
			rc = check_volume(c, &found, rpath_str(x->ed.real), e);
	}
	if (rc == 0 && found.v.n > 1) {
		c->volumes = arena_memdup(c->a, found.v.v, found.v.n, sizeof(*c->volumes));
		c->nvolumes = found.v.n;
	}
	VEC_FREE(&found.v);
	return rc;
}

/* ---- the stage */

static int write_text(struct configure *c, const struct choice *x, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = tree_create(c->stage.new, x->ed.real, &fd, e);

	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, x->text.bytes, x->text.len);
	return rc < 0 ? error_errno(e, -rc, "cannot write '/%s' in the stage", x->item.real) : 0;
}

static int dress(struct configure *c, const struct choice *x, struct error *e)
{
	struct tree *new = c->stage.new;
	int rc = x->like_live ? overlay_copy_xattrs(c->view.root->tree, new, x->ed.real, e) : 0;

	if (rc == 0 && c->view.root->owners)
		rc = tree_chown(new, x->ed.real, x->uid, x->gid, e);
	if (rc == 0)
		rc = tree_chmod(new, x->ed.real, x->mode, e);
	return rc == 0 ? tree_utime(new, x->ed.real, x->mtime, 0, e) : rc;
}

/* The edit as NAME.saved, with all that it has: copied under its own name, then renamed. */
static int save_edit(struct configure *c, const struct choice *x, struct error *e)
{
	struct tree *new = c->stage.new;
	int rc = contents_copy_file(c->view.root->tree, new, x->ed.real, c->view.root->owners, NULL,
				    e);

	return rc == 0 ? tree_rename(new, x->ed.real, new, x->saved, 0, e) : rc;
}

/* Directories that are not there yet are plain ones; those that are, are only passed. */
static int make_parents(struct configure *c, const char *dir, struct error *e)
{
	struct rpath p;
	int rc;

	if (dir[0] == '\0')
		return 0;
	rc = make_parents(c, dirs_parent(c->dirs, dir), e);
	if (rc == 0)
		rc = rpath_parse(c->a, dir, &p, e);
	if (rc == 0)
		rc = tree_mkdirs(c->stage.new, p, 0755, e);
	return rc;
}

int configure_stage(struct configure *c, struct error *e)
{
	const struct stagedir_place place = {
		.root = c->session->root, .state = c->session->state, .db = c->session->db,
		.volumes = c->volumes, .nvolumes = c->nvolumes,
	};
	size_t i;
	int rc = stagedir_make(c->a, &place, c->n, &c->stage, e);

	for (i = 0; rc == 0 && i < c->choices.n; i++) {
		const struct choice *x = &c->choices.v[i];

		if (!x->puts)
			continue;
		rc = make_parents(c, dirs_parent(c->dirs, x->item.real), e);
		if (rc == 0 && x->saves)
			rc = save_edit(c, x, e);
		if (rc == 0)
			rc = write_text(c, x, e);
		if (rc == 0)
			rc = dress(c, x, e);
	}
	return rc;
}
