/*
 * What goes: files first, then the directories that are empty once they are gone.
 *
 * A directory goes only when everything in it is known to go: an object no package owns
 * keeps it. It is then moved away whole, in one rename, however much is in it.
 */
#include "planner.h"

#include "config.h"

#include <stdlib.h>

#include "formats/cleanup.h"

/* What the plan does inside of one directory. */
struct inside {
	size_t going, coming;
};

struct removals {
	struct planner *p;
	struct strmap **mapped;	/* [step]: what the installed version's pkgmap has */
	bool *looked;		/* [step] */
	struct strmap *inside;	/* canonical directory -> struct inside */
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

static void remove_item(struct claim *c, const struct step *step)
{
	struct change_item *it = &c->item;

	it->kind = CHANGE_REMOVE;
	it->path = c->client;
	it->real = c->real;
	it->step = step;
	it->ftype = c->going->row->ftype;
	it->class = c->going->row->class;
	it->was_editable = it->ftype == 'e';
	if (!c->exists)
		return;
	op_attr_of(&c->st, &it->was);
	it->was_ctime = c->st.st_ctim;
	it->was_type = S_ISDIR(c->st.st_mode) ? 'd' : S_ISREG(c->st.st_mode) ? 'f' : 's';
}

/* The step that takes away what goes. */
static struct plan_step *step_of(const struct planner *p, const struct claim *c)
{
	return &p->plan->steps[c->going->step];
}

/* Did a script register it, so that the new version can't have dropped it? */
static bool is_registered(struct removals *r, const struct claim *c)
{
	size_t i = c->going->step;

	if (!r->looked[i])
		(void)plan_registered(r->p, step_of(r->p, c), &r->mapped[i], NULL);
	r->looked[i] = true;
	return r->mapped[i] != NULL && strmap_find(r->mapped[i], c->path) == NULL;
}

/* SVR4's pkgadd leaves what the new version dropped, and keeps owning it. */
static bool is_carried(struct removals *r, const struct claim *c)
{
	if (step_of(r->p, c)->step->package == NULL)
		return false;
	return r->p->options->svr4_upgrade || is_registered(r, c);
}

static void carry(struct planner *p, const struct claim *c)
{
	struct plan_step *ps = step_of(p, c);
	const struct pkgdb_file **more = arena_calloc(p->a, ps->ncarried + 1, sizeof(*more));

	if (ps->ncarried > 0)
		memcpy(more, ps->carried, ps->ncarried * sizeof(*more));
	more[ps->ncarried++] = c->going->row;
	ps->carried = more;
}

/* Is the live `e` something else than what we put there? */
static int is_edited(struct planner *p, const struct claim *c, bool *ret, struct error *e)
{
	const struct pkgdb_file *row = c->going->row;
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
static bool removed_by_script(struct planner *p, struct claim *c)
{
	const struct plan_step *ps = step_of(p, c);
	const struct pkgdb_file *row = c->going->row;

	if (ps->step->package != NULL || (c->staying != NULL && row->ftype != 'e') ||
	    plan_class_script(ps, 'r', row->class) == NULL)
		return false;
	remove_item(c, ps->step);
	c->item.kind = CHANGE_SCRIPT;
	c->item.step_index = c->going->step;
	return true;
}

static int remove_file(struct removals *r, struct claim *c, struct error *e)
{
	struct planner *p = r->p;

	if (is_carried(r, c)) {
		carry(p, c);
		return 0;
	}
	if (removed_by_script(p, c))
		return 0;
	if (!c->exists || c->staying != NULL || ftype_is_dir(c->going->row->ftype))
		return 0;
	if (S_ISDIR(c->st.st_mode)) {
		plan_note(p, "'/%s' is a directory now and stays", c->path);
		return 0;
	}
	remove_item(c, step_of(p, c)->step);
	inside_parent(r, rpath_str(c->real))->going++;
	return c->going->row->ftype == 'e' && !p->options->svr4_upgrade ?
	       save_edited(r, c, e) : 0;
}

/* Is all that is in the directory known to go, and nothing known to come? */
static int becomes_empty(struct removals *r, const struct claim *c, bool *ret, struct error *e)
{
	const struct inside *in = inside_of(r, rpath_str(c->real));
	size_t names;
	int rc;

	*ret = false;
	if (in->coming > 0)
		return 0;
	rc = tree_count(r->p->root->tree, c->real, &names, e);
	if (rc == 0)
		*ret = names == in->going;
	return rc;
}

static void leave_to_scripts(struct planner *p, const struct claim *c, const struct step *s)
{
	struct plan_directory *d;

	if (!p->plan->scripted)
		return;
	d = VEC_PUSH(&p->directories);
	d->step = s;
	d->real = c->real;
}

static int remove_directory(struct removals *r, struct claim *c, struct error *e)
{
	const struct step *s;
	bool empty;
	int rc;

	if (c->item.kind == CHANGE_SCRIPT)
		return 0;
	if (c->news != NULL || c->staying != NULL || c->going == NULL ||
	    !ftype_is_dir(c->going->row->ftype))
		return 0;
	s = step_of(r->p, c)->step;
	if (is_carried(r, c))
		return 0;
	if (plan_is_mount(r->p, c)) {
		plan_note(r->p, "'/%s' is a mount point and stays", c->path);
		return 0;
	}
	rc = becomes_empty(r, c, &empty, e);
	if (rc == 0 && !empty)
		leave_to_scripts(r->p, c, s);
	if (rc < 0 || !empty)
		return rc;
	remove_item(c, s);
	inside_parent(r, rpath_str(c->real))->going++;
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
	rc = becomes_empty(r, c, &empty, e);
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

static int removals_run(struct removals *r, struct error *e)
{
	struct planner *p = r->p;
	struct claim **dirs;
	size_t n, i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->claims.n; i++) {
		struct claim *c = p->claims.v[i];

		count_coming(r, c);
		pass_on_ruling(p, c);
		if (c->news == NULL && c->going != NULL)
			rc = remove_file(r, c, e);
		else if (c->news == NULL && c->item.kind == CHANGE_REMOVE) /* plan_stale() */
			inside_parent(r, rpath_str(c->real))->going++;
	}
	dirs = directories(p, &n);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = remove_directory(r, dirs[i], e);
		if (rc == 0)
			rc = check_replaced_directory(r, dirs[i], e);
	}
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
	struct removals r = { .p = p, .inside = strmap_new(1024) };
	size_t i;
	int rc;

	r.mapped = arena_calloc(p->scratch, p->plan->nsteps, sizeof(struct strmap *));
	r.looked = arena_calloc(p->scratch, p->plan->nsteps, sizeof(bool));
	rc = removals_run(&r, e);
	if (rc == 0 && p->options->svr4_upgrade)
		lose_links(p);
	for (i = 0; i < p->plan->nsteps; i++)
		strmap_free(r.mapped[i]);
	strmap_free(r.inside);
	return rc;
}
