/*
 * Directories that no package has, above objects that go: packages need not have them.
 *
 * Such a one goes too when a transaction has made it for what goes now; one that was there before
 * stays, and so does the base directory of a package, as in SVR4.
 */
#include "plan_removals.h"

#include "pkgdb/journal.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/cleanup.h"

/* The directories above what goes, or may go, with a step. */
void implied_note(struct removals *r, const struct claim *c)
{
	struct dirs *d = r->p->plan->dirs;
	const char *dir = dirs_parent(d, rpath_str(c->real));
	size_t step = c->going != NULL ? plan_going_last(c)->step : c->item.step_index;
	struct rpath path;

	for (; dir[0] != '\0' && strmap_find(r->above, dir) == NULL; dir = dirs_parent(d, dir)) {
		(void)strmap_put(r->above, dir, (void *)dir);
		if (plan_claim_real(r->p, dir) == NULL && plan_claim(r->p, dir, false) == NULL &&
		    rpath_parse(r->p->a, dir, &path, NULL) == 0)
			*VEC_PUSH(&r->implied) = (struct implied){ path, step };
	}
}

static int implied_backwards(const void *a, const void *b)
{
	const struct implied *x = a, *y = b;

	return -strcmp(rpath_str(x->real), rpath_str(y->real));
}

void implied_sort(struct removals *r)
{
	if (r->implied.n > 0)
		qsort(r->implied.v, r->implied.n, sizeof(*r->implied.v), implied_backwards);
}

/* The base directory of a package, that goes or stays, or one above it. */
static bool holds_base(const struct removals *r, const struct implied *m)
{
	const char *dir = rpath_str(m->real);
	size_t len = strlen(dir), i;

	for (i = 0; i < r->p->ninstalled; i++) {
		const char *base = r->p->installed[i].basedir;

		if (base == NULL)
			continue;
		base += strspn(base, "/");
		if (strncmp(base, dir, len) == 0 && (base[len] == '/' || base[len] == '\0'))
			return true;
	}
	return false;
}

static void note_coming(struct removals *r)
{
	struct planner *p = r->p;
	size_t i;

	r->coming = strmap_new(64);
	for (i = 0; i < p->claims.n; i++) {
		const struct claim *c = p->claims.v[i];
		const char *dir = dirs_parent(p->plan->dirs, rpath_str(c->real));

		for (; c->item.kind == CHANGE_CREATE && dir[0] != '\0' &&
		       strmap_find(r->coming, dir) == NULL; dir = dirs_parent(p->plan->dirs, dir))
			(void)strmap_put(r->coming, dir, (void *)dir);
	}
}

/* Does something come to a place below it? */
static bool is_wanted(struct removals *r, const struct implied *m)
{
	if (r->coming == NULL)
		note_coming(r);
	return strmap_find(r->coming, rpath_str(m->real)) != NULL;
}

/* Where a client path with one of these names lies now; nowhere, when it can't be followed. */
static int note_owned(struct removals *r, const struct strmap *names, const char *path,
		      struct error *e)
{
	struct rpath client, real;
	int rc = rpath_borrow(path, &client, e);

	if (rc < 0 || strmap_find(names, rpath_name(client)) == NULL)
		return rc;
	if (plan_real_now(r->p, client, &real, NULL) == 0)
		(void)strmap_put(r->owned, rpath_str(real), r);
	return 0;
}

/* A link above it may lead from the path that a package has to the directory, so the last name is
 * all that is known of that path. */
static int note_all_owned(struct removals *r, struct error *e)
{
	struct strmap *names = strmap_new(r->implied.n);
	const char **paths;
	size_t n, i;
	int rc = pkgdb_directories(r->p->db, r->p->scratch, &paths, &n, e);

	r->owned = strmap_new(64);
	for (i = 0; i < r->implied.n; i++)
		(void)strmap_put(names, rpath_name(r->implied.v[i].real), r);
	for (i = 0; rc == 0 && i < n; i++)
		rc = note_owned(r, names, paths[i], e);
	strmap_free(names);
	return rc;
}

/* Nobody's, and of our making? */
static int is_ours(struct removals *r, const struct implied *m, bool *ret, struct error *e)
{
	const char *dir = rpath_str(m->real);
	struct pkgdb_file *rows;
	size_t n;
	int rc = pkgdb_owners(r->p->db, r->p->scratch, dir, PKGDB_NOW, &rows, &n, e);

	*ret = false;
	if (rc == 0 && n == 0)
		rc = txn_made_directory(r->p->db, dir, ret, e);
	if (rc == 0 && *ret && r->owned == NULL)
		rc = note_all_owned(r, e);
	*ret = rc == 0 && *ret && strmap_find(r->owned, dir) == NULL;
	return rc;
}

int implied_remove(struct removals *r, const struct implied *m, struct error *e)
{
	struct planner *p = r->p;
	const struct inside *in = removals_inside(r, rpath_str(m->real));
	uint64_t above;
	struct tree_look now;
	size_t names, step = removals_last_step(r, m->real, m->step);
	bool ours;
	int rc;

	if (in->coming > 0 || holds_base(r, m))
		return 0;
	rc = tree_look(p->root->tree, m->real, &now, e);
	if (rc < 0 || !S_ISDIR(now.st.st_mode))
		return rc == -ENOENT || rc == -ENOTDIR ? error_clear(e), 0 : rc;
	rc = tree_count(p->root->tree, m->real, &names, e);
	if (rc < 0 || names > in->going + in->scripts || is_wanted(r, m))
		return rc;
	(void)dirs_mount(p->plan->dirs, dirs_parent(p->plan->dirs, rpath_str(m->real)), &above);
	rc = is_ours(r, m, &ours, e);
	if (rc < 0 || !ours || now.mount != above)
		return rc;
	if (names > in->going) {
		removals_leave(p, m->real, step);
		removals_may_go(r, m->real, step);
		return 0;
	}
	(void)plan_claim_removal(p, m->real, step, &now);
	removals_goes(r, m->real, step);
	return 0;
}
