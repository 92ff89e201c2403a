/* What no package brings (plan.h, struct plan_put), in the stage. */
#include "stage.h"

#include <errno.h>

#include "history_words.h"
#include "overlay.h"

static int put_text(struct stage *s, const struct plan_put *put, struct error *e)
{
	const struct stat as = { .st_mode = put->mode, .st_uid = put->uid, .st_gid = put->gid,
				 .st_mtim.tv_sec = history_now() };
	int rc = stage_parent(s, put->path, e);

	if (rc == 0)
		rc = stage_file(s, put->path, put->text.bytes, put->text.len, &as, e);
	if (rc == 0)
		*VEC_PUSH(&s->views) = put->path;
	return rc;
}

static int put_link(struct stage *s, const struct plan_put *put, struct error *e)
{
	int rc = stage_parent(s, put->path, e);

	if (rc == 0)
		rc = tree_symlink(s->new, put->target, put->path, e);
	if (rc == 0)
		*VEC_PUSH(&s->views) = put->path;
	return rc;
}

int stage_note(struct stage *s, struct pkgdb *db, const char *path, struct error *e)
{
	return txn_note_add(db, s->plan->txn, "effect", path, "- added by commpkg", e);
}

int stage_puts_notes(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan *plan = s->plan;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->nputs; i++) {
		const char *path = rpath_str(plan->puts[i].path);
		const char *dir = dirs_parent(plan->dirs, path);

		if (plan->puts[i].type != 's')
			continue;
		if (plan->puts[i].place != NULL)
			rc = pkgdb_setting_set(db, arena_printf(s->a, PLACE_KEY "%s",
								plan->puts[i].component),
					       plan->puts[i].place, e);
		if (rc < 0)
			break;
		if (!dirs_exists(plan->dirs, dir))
			rc = stage_note(s, db, dir, e);
		if (rc == 0)
			rc = stage_note(s, db, path, e);
	}
	return rc;
}

int stage_puts(struct stage *s, struct error *e)
{
	const struct plan *plan = s->plan;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->nputs; i++) {
		const struct plan_put *put = &plan->puts[i];

		if (put->type == 'f')
			rc = put_text(s, put, e);
		else if (put->type == 's')
			rc = put_link(s, put, e);
		else if (plan->scripted && !plan->late)
			rc = overlay_whiteout(plan->root, s->new, put->path, e);
	}
	return rc;
}
