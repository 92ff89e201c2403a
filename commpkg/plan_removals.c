/*
 * What goes: files first, then the directories that are empty once they are gone.
 *
 * A directory goes only when everything in it is known to go: an object no package owns
 * keeps it. It is then moved away whole, in one rename, however much is in it.
 */
#include "plan_removals.h"

#include "config.h"

#include <stdlib.h>

#include "formats/cleanup.h"

struct inside *removals_inside(struct removals *r, const char *dir)
{
	struct inside *in = strmap_find(r->inside, dir);

	if (in == NULL) {
		in = arena_alloc(r->p->a, sizeof(*in));
		(void)strmap_put(r->inside, arena_strdup(r->p->a, dir), in);
	}
	return in;
}

static struct inside *inside_parent(struct removals *r, const char *path)
{
	return removals_inside(r, dirs_parent(r->p->plan->dirs, path));
}

static void takes_from(struct inside *in, size_t step)
{
	in->last_step = step > in->last_step ? step : in->last_step;
}

/* Where a directory above is a link, several client paths are one name in it. */
static bool is_first_there(struct removals *r, struct rpath real)
{
	return strmap_put(r->counted, rpath_str(real), r) == NULL;
}

void removals_goes(struct removals *r, struct rpath real, size_t step)
{
	struct inside *in = inside_parent(r, rpath_str(real));

	in->going += is_first_there(r, real);
	takes_from(in, step);
}

void removals_may_go(struct removals *r, struct rpath real, size_t step)
{
	struct inside *in = inside_parent(r, rpath_str(real));

	in->scripts += is_first_there(r, real);
	takes_from(in, step);
}

static void remove_item(struct planner *p, struct claim *c, size_t step)
{
	struct change_item *it = &c->item;
	const struct pkgdb_file *row = plan_going_last(c)->row;

	it->kind = CHANGE_REMOVE;
	it->path = c->client;
	it->real = c->real;
	it->step = p->plan->steps[step].step;
	it->step_index = step;
	it->ftype = row->ftype;
	it->class = row->class;
	it->was_editable = it->ftype == 'e';
	if (!c->exists)
		return;
	op_attr_of(&c->st, &it->was);
	it->was_ctime = c->st.st_ctim;
	it->was_type = S_ISDIR(c->st.st_mode) ? 'd' : S_ISREG(c->st.st_mode) ? 'f' : 's';
}

/* Did a script register it, so that the new version can't have dropped it? */
static bool is_registered(struct removals *r, const struct claim *c, size_t step)
{
	if (!r->looked[step])
		(void)plan_registered(r->p, &r->p->plan->steps[step], &r->mapped[step], NULL);
	r->looked[step] = true;
	return r->mapped[step] != NULL && strmap_find(r->mapped[step], c->path) == NULL;
}

/* SVR4's pkgadd leaves what the new version dropped, and keeps owning it. */
static bool is_carried(struct removals *r, const struct claim *c, size_t step)
{
	if (r->p->plan->steps[step].step->package == NULL)
		return false;
	return r->p->options->svr4_upgrade || is_registered(r, c, step);
}

static void carry(struct planner *p, const struct claim_row *row)
{
	struct plan_step *ps = &p->plan->steps[row->step];
	const struct pkgdb_file **more = arena_calloc(p->a, ps->ncarried + 1, sizeof(*more));

	if (ps->ncarried > 0)
		memcpy(more, ps->carried, ps->ncarried * sizeof(*more));
	more[ps->ncarried++] = row->row;
	ps->carried = more;
}

/* Does one of those that had it keep it? */
static bool carry_all(struct removals *r, const struct claim *c)
{
	const struct claim_row *row;
	bool any = false;

	for (row = c->going; row != NULL; row = row->next) {
		if (!is_carried(r, c, row->step))
			continue;
		carry(r->p, row);
		any = true;
	}
	return any;
}

static bool is_carried_by_any(struct removals *r, const struct claim *c)
{
	const struct claim_row *row;

	for (row = c->going; row != NULL; row = row->next)
		if (is_carried(r, c, row->step))
			return true;
	return false;
}

/* Is the live `e` something else than what we put there? */
static int is_edited(struct planner *p, const struct claim *c, bool *ret, struct error *e)
{
	const struct pkgdb_file *row = plan_going_last(c)->row;
	struct sha256 live, pristine = row->sha256;
	const char *text;
	uint32_t sum;
	size_t len;
	int rc;

	*ret = false;
	if (!S_ISREG(c->st.st_mode) || !row->has_sha256)
		return 0;
	rc = pkgdb_pristine_get(p->db, p->a, c->path, &text, &len, e);
	if (rc < 0)
		return rc;
	if (rc > 0)
		sha256_of(text, len, &pristine);
	rc = plan_digest_live(p, c, &live, &sum, e);
	if (rc < 0 || sha256_equal(&live, &pristine) || sha256_equal(&live, &row->sha256))
		return rc;
	rc = plan_port_ours(p, c, &pristine, ret, e);
	*ret = !*ret;
	return rc;
}

static int save_edited(struct removals *r, struct claim *c, struct error *e)
{
	struct config_facts f = { .ours = true, .there = true, .going = true };
	struct planner *p = r->p;
	struct decision *d;
	int rc = is_edited(p, c, &f.edited, e);

	if (rc < 0 || config_decide(&f) != CONFIG_SAVE)
		return rc;
	d = plan_decision(p, DECISION_SAVE, c, "edited");
	rc = rpath_parse(p->a, arena_printf(p->a, "%s.saved", rpath_str(c->real)),
			 &d->beside, e);
	if (rc < 0)
		return rc;
	c->item.beside = d->beside;
	inside_parent(r, rpath_str(c->real))->coming++;
	return 0;
}

/* Objects of a class with an r-script are the script's to remove: all types, and an `e`
 * even when others share it, because it holds a part of each (svr4.md 8.7). */
static bool removed_by_script(struct removals *r, struct claim *c, bool stays)
{
	const struct claim_row *last = plan_going_last(c);
	const struct plan_step *ps = &r->p->plan->steps[last->step];

	if (ps->step->package != NULL || (stays && last->row->ftype != 'e') ||
	    plan_class_script(ps, 'r', last->row->class) == NULL)
		return false;
	remove_item(r->p, c, last->step);
	c->item.kind = CHANGE_SCRIPT;
	if (c->exists)
		removals_may_go(r, c->real, last->step);
	return true;
}

/* It lies on a file server, which has it for others too (svr4.md 8.7, 10.3). */
static bool is_remote(const struct removals *r, const struct claim *c)
{
	return plan_going_last(c)->row->status == '%' && !r->p->options->from_servers;
}

/* Does who stays have it, under this name or another? */
static int is_anothers(struct removals *r, struct claim *c, bool *ret, struct error *e)
{
	const struct alias *alias;
	int rc = 0;

	*ret = c->staying != NULL;
	if (*ret || !c->exists)
		return 0;
	rc = plan_alias(r->p, c, &alias, e);
	if (rc < 0 || alias->package == NULL)
		return rc;
	if (!ftype_is_dir(plan_going_last(c)->row->ftype))
		plan_note(r->p, "'/%s' stays: it is '/%s' of '%s'", c->path, alias->path,
			  alias->package->instance);
	*ret = true;
	return 0;
}

static int remove_file(struct removals *r, struct claim *c, struct error *e)
{
	const struct claim_row *last = plan_going_last(c);
	struct planner *p = r->p;
	bool stays;
	int rc;

	if (carry_all(r, c) || is_remote(r, c) || plan_twin_comes(c))
		return 0;
	rc = is_anothers(r, c, &stays, e);
	if (rc < 0 || removed_by_script(r, c, stays))
		return rc;
	if (!c->exists || stays || ftype_is_dir(last->row->ftype))
		return 0;
	if (S_ISDIR(c->st.st_mode)) {
		plan_note(p, "'/%s' is a directory now and stays", c->path);
		return 0;
	}
	remove_item(p, c, last->step);
	removals_goes(r, c->real, last->step);
	return last->row->ftype == 'e' && !p->options->svr4_upgrade ? save_edited(r, c, e) : 0;
}

/* Is all that is in the directory known to go, and nothing known to come? */
static int becomes_empty(struct removals *r, struct rpath real, bool *ret, struct error *e)
{
	const struct inside *in = removals_inside(r, rpath_str(real));
	size_t names;
	int rc;

	*ret = false;
	if (in->coming > 0)
		return 0;
	rc = tree_count(r->p->root->tree, real, &names, e);
	if (rc == 0)
		*ret = names == in->going;
	return rc;
}

void removals_leave(struct planner *p, struct rpath real, size_t step)
{
	struct plan_directory *d;

	if (!p->plan->scripted)
		return;
	d = VEC_PUSH(&p->directories);
	d->step = p->plan->steps[step].step;
	d->real = real;
}

size_t removals_last_step(struct removals *r, struct rpath real, size_t own)
{
	size_t inside = removals_inside(r, rpath_str(real))->last_step;

	return inside > own ? inside : own;
}

static int remove_directory(struct removals *r, struct claim *c, struct error *e)
{
	bool empty, stays;
	size_t step;
	int rc;

	if (c->item.kind == CHANGE_SCRIPT)
		return 0;
	if (c->news != NULL || c->going == NULL || plan_twin_comes(c) ||
	    !ftype_is_dir(plan_going_last(c)->row->ftype) || is_carried_by_any(r, c) ||
	    is_remote(r, c))
		return 0;
	rc = is_anothers(r, c, &stays, e);
	if (rc < 0 || stays)
		return rc;
	if (plan_is_mount(r->p, c)) {
		plan_note(r->p, "'/%s' is a mount point and stays", c->path);
		return 0;
	}
	step = removals_last_step(r, c->real, plan_going_last(c)->step);
	rc = becomes_empty(r, c->real, &empty, e);
	if (rc == 0 && !empty)
		removals_leave(r->p, c->real, step);
	if (rc < 0 || !empty)
		return rc;
	remove_item(r->p, c, step);
	removals_goes(r, c->real, step);
	return 0;
}

/* A directory that is to become something else must be empty by then. */
static int check_replaced_directory(struct removals *r, struct claim *c, struct error *e)
{
	bool empty;
	int rc;

	if (c->item.kind != CHANGE_REPLACE || c->item.was_type != 'd' ||
	    ftype_is_dir(c->item.ftype))
		return 0;
	rc = becomes_empty(r, c->real, &empty, e);
	/* SVR4 copies into an empty one, which fails; nobody's is left as it is here. */
	if (rc == 0 && empty && c->going == NULL && r->p->options->svr4_upgrade &&
	    ftype_has_payload(c->item.ftype))
		plan_lose(c, "an empty directory is in its way");
	if (rc < 0 || empty)
		return rc;
	if (r->p->options->svr4_upgrade) {
		plan_lose(c, "a directory with things in it is in its way");
		return 0;
	}
	plan_problem(r->p, c, NULL, "move what is in it elsewhere and try again",
		     "directory '/%s' is to become a file, and has things in it that no "
		     "package takes away", c->path);
	return 0;
}

/* The object on disk stays as it is when one of its owners goes; who is left gets the
 * attributes of the one that ruled (svr4.md 12.2). And when what comes rules, nobody
 * else does. */
static void pass_on_ruling(struct planner *p, const struct claim *c)
{
	const struct pkgdb_file *ruled = plan_ruling_row(c);
	const struct claim_row *r = c->staying;
	struct pkgdb_file *row;

	if (r == NULL || (c->news != NULL && !c->item.rules))
		return;
	if (c->news != NULL && r->row->ruling) {
		row = VEC_PUSH(&p->rows);
		*row = *r->row;
		row->ruling = false;
	} else if (c->news == NULL && ruled != NULL && !r->row->ruling) {
		row = VEC_PUSH(&p->rows);
		*row = *ruled;
		row->package = r->row->package;
		row->class = r->row->class;
		row->arrival = r->row->arrival;
		row->status = r->row->status;
		row->ruling = true;
	}
}

static void count_coming(struct removals *r, const struct claim *c)
{
	if (c->item.kind == CHANGE_CREATE)
		inside_parent(r, rpath_str(c->real))->coming++;
	else if (c->item.kind == CHANGE_KEEP && !rpath_is_root(c->item.beside))
		inside_parent(r, rpath_str(c->real))->coming++;
}

static int by_real_backwards(const void *a, const void *b)
{
	return -strcmp(rpath_str((*(struct claim *const *)a)->real),
		       rpath_str((*(struct claim *const *)b)->real));
}

/* What is a directory now: children before parents ("a/b" comes after "a" in any order by
 * bytes). */
static struct claim **directories(struct planner *p, size_t *ret_n)
{
	struct claim **dirs = arena_calloc(p->scratch, p->claims.n, sizeof(*dirs));
	size_t n = 0, i;

	for (i = 0; i < p->claims.n; i++)
		if (p->claims.v[i]->exists && S_ISDIR(p->claims.v[i]->st.st_mode))
			dirs[n++] = p->claims.v[i];
	if (n > 0)
		qsort(dirs, n, sizeof(*dirs), by_real_backwards);
	*ret_n = n;
	return dirs;
}

static bool comes_first(const struct implied *m, const struct claim *c)
{
	return c == NULL || strcmp(rpath_str(m->real), rpath_str(c->real)) > 0;
}

/* Both kinds, children before parents. */
static int remove_directories(struct removals *r, struct error *e)
{
	size_t n, i, k = 0;
	struct claim **dirs = directories(r->p, &n);
	int rc = 0;

	implied_sort(r);
	for (i = 0; rc == 0 && (i < n || k < r->implied.n);) {
		if (k < r->implied.n && comes_first(&r->implied.v[k], i < n ? dirs[i] : NULL)) {
			rc = implied_remove(r, &r->implied.v[k++], e);
			continue;
		}
		rc = remove_directory(r, dirs[i], e);
		if (rc == 0)
			rc = check_replaced_directory(r, dirs[i], e);
		i++;
	}
	return rc;
}

static int removals_run(struct removals *r, struct error *e)
{
	struct planner *p = r->p;
	size_t n = p->claims.n, i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->claims.n; i++) {
		struct claim *c = p->claims.v[i];

		count_coming(r, c);
		pass_on_ruling(p, c);
		if (c->news == NULL && c->going != NULL)
			rc = remove_file(r, c, e);
		else if (c->news == NULL && c->item.kind == CHANGE_REMOVE) /* plan_stale() */
			removals_goes(r, c->real, c->item.step_index);
		if (c->news == NULL && c->exists &&
		    (c->going != NULL || c->item.kind == CHANGE_REMOVE))
			implied_note(r, c);
	}
	if (rc == 0)
		rc = remove_directories(r, e);
	plan_claims_sort(p, n);
	return rc;
}

/* Hard links to what is lost, links to these, and so on. */
static void lose_links(struct planner *p)
{
	bool more = true;
	size_t i;

	while (more) {
		more = false;
		for (i = 0; i < p->claims.n; i++) {
			struct claim *c = p->claims.v[i];
			const struct claim *to = c->news != NULL && c->item.ftype == 'l' &&
				c->item.lost == NULL ?
				plan_claim_real(p, rpath_str(c->item.link)) : NULL;

			if (to == NULL || to->item.lost == NULL)
				continue;
			plan_lose(c, "what it links to can't be made");
			more = true;
		}
	}
}

int plan_removals(struct planner *p, struct error *e)
{
	struct removals r = { .p = p, .inside = strmap_new(1024), .counted = strmap_new(1024),
			      .above = strmap_new(64) };
	size_t i;
	int rc;

	r.mapped = arena_calloc(p->scratch, p->plan->nsteps, sizeof(struct strmap *));
	r.looked = arena_calloc(p->scratch, p->plan->nsteps, sizeof(bool));
	rc = removals_run(&r, e);
	if (rc == 0 && p->options->svr4_upgrade)
		lose_links(p);
	for (i = 0; i < p->plan->nsteps; i++)
		strmap_free(r.mapped[i]);
	VEC_FREE(&r.implied);
	strmap_free(r.owned);
	strmap_free(r.coming);
	strmap_free(r.above);
	strmap_free(r.counted);
	strmap_free(r.inside);
	return rc;
}
