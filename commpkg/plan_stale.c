/*
 * NAME.new of a decision that nobody has to make any more goes: the text that comes was merged, or
 * is the one that is there, or the file goes. Only the packaged text that we put there, as its
 * record has it; what somebody made of it stays.
 */
#include "planner.h"

#include <errno.h>

#include "contents.h"

static bool is_over(const struct planner *p, const struct claim *c)
{
	const struct pkgdb_file *row = plan_ruling_row(c);

	if (p->options->svr4_upgrade || row == NULL || row->ftype != 'e' || !row->has_sha256)
		return false;
	if (c->news != NULL)
		return c->item.ftype == 'e' && c->item.accepted && rpath_is_root(c->item.beside);
	return c->going != NULL && c->staying == NULL;
}

/* 1: it is there, as we put it. */
static int look(struct planner *p, const struct claim *c, struct rpath beside,
		struct tree_look *ret, struct error *e)
{
	struct sha256 sha;
	int rc = tree_look(p->root->tree, beside, ret, e);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	if (rc < 0 || !S_ISREG(ret->st.st_mode) ||
	    (uint64_t)ret->st.st_size != plan_ruling_row(c)->size)
		return rc < 0 ? rc : 0;
	rc = contents_digest(p->root->tree, beside, &sha, NULL, e);
	return rc < 0 ? rc : sha256_equal(&sha, &plan_ruling_row(c)->sha256);
}

static void remove_beside(struct planner *p, const struct claim *c, struct rpath beside,
			  const struct tree_look *now)
{
	size_t step = c->news != NULL ? c->winner->step : plan_going_last(c)->step;

	plan_claim_removal(p, beside, step, now)->item.note =
		"nothing is to be decided about it any more";
}

int plan_stale(struct planner *p, struct error *e)
{
	size_t n = p->claims.n, i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < n; i++) {
		const struct claim *c = p->claims.v[i];
		struct rpath beside;
		struct tree_look now;

		if (!is_over(p, c))
			continue;
		rc = rpath_parse(p->a, arena_printf(p->a, "%s.new", rpath_str(c->real)), &beside,
				 e);
		if (rc == 0 && plan_claim(p, rpath_str(beside), false) != NULL)
			continue; /* a package's */
		if (rc == 0)
			rc = look(p, c, beside, &now, e);
		if (rc > 0)
			remove_beside(p, c, beside, &now);
	}
	plan_claims_sort(p, n);
	return rc < 0 ? rc : 0;
}
