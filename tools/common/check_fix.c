/*
 * pkgchk -f. What can be put right without contents is a repair like commpkg's own: a
 * transaction, which keeps what stood there and can be undone. The times of files, which
 * no other tool of ours minds, are set where they stand.
 */
#include "tools/common/check.h"

#include <errno.h>

#include "commpkg/repair.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

static bool is_file(char ftype)
{
	return ftype == 'f' || ftype == 'e' || ftype == 'v';
}

int check_fix_time(struct check *c, const struct check_object *o, struct error *e)
{
	struct check_seen seen;
	int rc;

	if (!is_file(o->ftype) || !o->has_content)
		return 0;
	rc = check_look(c, o, &seen, e);
	if (rc < 0 || !seen.exists || !S_ISREG(seen.st.st_mode) ||
	    seen.st.st_mtim.tv_sec == o->mtime)
		return rc;
	return tree_utime(c->root->tree, seen.real, o->mtime, 0, e);
}

static bool wanted(void *ctx, const char *path)
{
	const struct check_repair *how = ctx;
	const struct check_filter *f = how->f;
	char client[RPATH_MAX + 2];
	size_t i;

	client[0] = '/';
	(void)stpncpy(client + 1, path, RPATH_MAX);
	client[RPATH_MAX + 1] = '\0';
	if (!how->attributes)
		return false;
	for (i = 0; i < f->npaths; i++)
		if (check_path_matches(f, i, client, NULL))
			return true;
	return f->npaths == 0;
}

static void told(void *ctx, const char *words)
{
	(void)ctx;
	say_warning("%s", words);
}

/* What is left is said by the comparison that follows. */
static int go_on(void *ctx, const struct repair_plan *plan, struct error *e)
{
	(void)ctx;
	(void)e;
	if (plan->warning != NULL)
		say_warning("%s", plan->warning);
	return 1;
}

static bool named(const struct check_filter *f, const char *instance)
{
	size_t i;

	for (i = 0; i < f->npackages; i++)
		if (operand_matches(f->packages[i], instance))
			return true;
	return f->npackages == 0;
}

int check_repair(const char *root_path, const struct check_repair *how, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct installed *in = how->in;
	const char **names = arena_calloc(a, in->n + 1, sizeof(*names));
	struct repair_request req = { .root_path = root_path, .command = "pkgchk -f",
		.names = names, .lock_wait = how->lock_wait, .attributes = true,
		.wants = wanted, .ctx = (void *)how, .gone = how->gone, .ngone = how->ngone };
	struct repair_watch watch = { .recovered = told, .plan = go_on };
	struct repair_result done;
	size_t i;

	for (i = 0; i < in->n; i++)
		if (named(how->f, in->v[i].instance) && (how->f->category == NULL ||
		    categories_meet(how->f->category, in->v[i].category)))
			names[req.n++] = in->v[i].instance;
	return req.n > 0 ? repair_run(&req, &watch, &done, e) : 0;
}
