/*
 * What goes: files first, then the directories that are empty once they are gone.
 *
 * A directory goes only when everything in it is known to go: an object no package owns
 * keeps it. It is then moved away whole, in one rename, however much is in it.
 *
 * Packages need not have the directories above their objects. Such a one goes too when a
 * transaction has made it for what goes now; one that was there before stays, and so does the
 * base directory of a package, as in SVR4.
 */
#include "planner.h"

#include "config.h"
#include "pkgdb/journal.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/cleanup.h"

/* What the plan does inside of one directory. */
struct inside {
	size_t going, coming;
	size_t scripts;		/* that scripts may take away */
	size_t last_step;	/* that takes something out of it */
};

/* A directory that no package of the plan has, above something that goes. */
struct implied {
	struct rpath real;
	size_t step;
};

struct removals {
	struct planner *p;
	struct strmap **mapped;	/* [step]: what the installed version's pkgmap has */
	bool *looked;		/* [step] */
	struct strmap *inside;	/* canonical directory -> struct inside */
	struct strmap *counted;	/* canonical paths that are counted there */
	struct strmap *above;	/* canonical directories above what goes */
	VEC(struct implied) implied;
	struct strmap *coming;	/* canonical directories above what comes; NULL: not wanted yet */
	struct strmap *owned;	/* canonical directories of packages, with names of implied ones;
				 * NULL: not wanted yet */
};

static struct inside *inside_of(struct removals *r, const char *dir)
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
	return inside_of(r, dirs_parent(r->p->plan->dirs, path));
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

static void goes_from_parent(struct removals *r, struct rpath real, size_t step)
{
	struct inside *in = inside_parent(r, rpath_str(real));

	in->going += is_first_there(r, real);
	takes_from(in, step);
}

static void may_go_from_parent(struct removals *r, struct rpath real, size_t step)
{
	struct inside *in = inside_parent(r, rpath_str(real));

	in->scripts += is_first_there(r, real);
	takes_from(in, step);
}

/* The directories above what goes, or may go, with a step. */
static void note_above(struct removals *r, const struct claim *c)
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
		may_go_from_parent(r, c->real, last->step);
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
	goes_from_parent(r, c->real, last->step);
	return last->row->ftype == 'e' && !p->options->svr4_upgrade ? save_edited(r, c, e) : 0;
}

/* Is all that is in the directory known to go, and nothing known to come? */
static int becomes_empty(struct removals *r, struct rpath real, bool *ret, struct error *e)
{
	const struct inside *in = inside_of(r, rpath_str(real));
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

static void leave_to_scripts(struct planner *p, struct rpath real, size_t step)
{
	struct plan_directory *d;

	if (!p->plan->scripted)
		return;
	d = VEC_PUSH(&p->directories);
	d->step = p->plan->steps[step].step;
	d->real = real;
}

/* With the last of its owners, and not before the last of what is in it: scripts of a later step
 * find what is theirs. */
static size_t last_step_of(struct removals *r, struct rpath real, size_t own)
{
	size_t inside = inside_of(r, rpath_str(real))->last_step;

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
	step = last_step_of(r, c->real, plan_going_last(c)->step);
	rc = becomes_empty(r, c->real, &empty, e);
	if (rc == 0 && !empty)
		leave_to_scripts(r->p, c->real, step);
	if (rc < 0 || !empty)
		return rc;
	remove_item(r->p, c, step);
	goes_from_parent(r, c->real, step);
	return 0;
}

/* ---- directories that no package has */

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

static int remove_implied(struct removals *r, const struct implied *m, struct error *e)
{
	struct planner *p = r->p;
	const struct inside *in = inside_of(r, rpath_str(m->real));
	uint64_t above;
	struct tree_look now;
	size_t names, step = last_step_of(r, m->real, m->step);
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
		leave_to_scripts(p, m->real, step);
		may_go_from_parent(r, m->real, step);
		return 0;
	}
	(void)plan_claim_removal(p, m->real, step, &now);
	goes_from_parent(r, m->real, step);
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

static int implied_backwards(const void *a, const void *b)
{
	const struct implied *x = a, *y = b;

	return -strcmp(rpath_str(x->real), rpath_str(y->real));
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

	if (r->implied.n > 0)
		qsort(r->implied.v, r->implied.n, sizeof(*r->implied.v), implied_backwards);
	for (i = 0; rc == 0 && (i < n || k < r->implied.n);) {
		if (k < r->implied.n && comes_first(&r->implied.v[k], i < n ? dirs[i] : NULL)) {
			rc = remove_implied(r, &r->implied.v[k++], e);
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
			goes_from_parent(r, c->real, c->item.step_index);
		if (c->news == NULL && c->exists &&
		    (c->going != NULL || c->item.kind == CHANGE_REMOVE))
			note_above(r, c);
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
