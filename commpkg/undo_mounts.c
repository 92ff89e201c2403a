/*
 * On which file systems does what comes back belong?
 *
 * What N changed on one of them is taken back there, or not at all: a path that lies on another
 * one now is not the path that N changed.
 */
#include "formats/cleanup.h"
#include "undo_look.h"
#include "volumes_find.h"

static int moved(const struct undo *u, const char *path, const char *then, const char *now,
		 struct error *e)
{
	const struct root *root = u->session->root;
	bool more = strlen(now) > strlen(then);
	const char *at = more ? now : then;

	(void)error_set(e, E_CONFLICT, "'/%s' can't be taken back: '/%s' %s when transaction %lld "
			"changed it, and %s now", path, at,
			more ? "was not mounted" : "was mounted", (long long)u->txn.n,
			more ? "is" : "is not");
	return error_hint(e, "%s %s for the while, then type the same again",
			  more ? "unmount" : "mount what was at", root_host_path(u->a, root, at));
}

static int look_at(struct undo *u, struct volumes_found *found, const struct undo_action *act,
		   struct error *e)
{
	const char *then = volumes_of(&u->then, act->path)->row.path, *now;

	now = found->v.v[volumes_find_add(found, dirs_parent(u->dirs, act->path))].path;
	return str_eq(then, now) ? 0 : moved(u, act->path, then, now, e);
}

int undo_mounts(struct undo *u, struct error *e)
{
	struct session *s = u->session;
	struct volumes_found found;
	size_t i;
	int rc = volumes_find_begin(u->a, s->root, u->dirs, s->db, &found, e);

	for (i = 0; rc == 0 && i < u->actions.n; i++)
		rc = look_at(u, &found, &u->actions.v[i], e);
	VEC_FREE(&found.v);
	return rc;
}

int undo_volumes(struct undo *u, struct error *e)
{
	struct session *s = u->session;
	struct volumes_found found;
	size_t i;
	int rc = volumes_find_begin(u->a, s->root, u->dirs, s->db, &found, e);

	for (i = 0; rc == 0 && i < u->actions.n; i++)
		(void)volumes_find_add(&found, dirs_parent(u->dirs, u->actions.v[i].path));
	if (rc == 0)
		(void)volumes_find_add(&found, dirs_parent(u->dirs, u->contents));
	if (rc == 0 && found.v.n > 1) {
		u->volumes = arena_memdup(u->a, found.v.v, found.v.n, sizeof(*u->volumes));
		u->nvolumes = found.v.n;
	}
	VEC_FREE(&found.v);
	return rc;
}
