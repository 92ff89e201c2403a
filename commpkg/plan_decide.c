/*
 * What comes, path by path.
 *
 *	on disk          whose                     outcome
 *	nothing          -                         create (an `e` that was removed: config)
 *	as wanted        anybody's                 same, or attributes only
 *	other contents   of what this plan ends    replace
 *	other contents   of who stays, or nobody's conflict: refuse, overwrite or skip
 *	`e`, other       edited                    config: keep, queue the new beside
 *	a link to a      nobody's                  same: the link stays, and is followed
 *	directory, want `d`
 *	a directory,     ours or made by us, and   replace
 *	want a file      empty by then
 *	                 anything in it            conflict
 */
#include "planner.h"

#include "pkgdb/journal.h"

#include <sys/sysmacros.h>

#include "formats/cleanup.h"

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 's';
	case S_IFIFO: return 'p';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	default: return '?';
	}
}

/* The type an object of this ftype has on disk. */
static char disk_type(char ftype)
{
	switch (ftype) {
	case 'x': return 'd';
	case 'e': case 'v': case 'l': return 'f';
	default: return ftype;
	}
}

static bool is_regular(char ftype)
{
	return ftype == 'f' || ftype == 'e' || ftype == 'v';
}

/* ---- several packages of this plan for one path */

static bool same_object(const struct mapped *a, const struct mapped *b)
{
	const struct entry *x = a->entry, *y = b->entry;

	if (disk_type(x->ftype) != disk_type(y->ftype))
		return false;
	if (ftype_is_dir(x->ftype) || x->ftype == 'p')
		return true;
	if (x->ftype == 's' || x->ftype == 'l')
		return y->ftype == x->ftype && str_eq(a->target, b->target);
	if (x->ftype == 'c' || x->ftype == 'b')
		return x->major == y->major && x->minor == y->minor;
	return x->size == y->size && x->sum == y->sum && x->mode == y->mode;
}

static bool relations_replace(const struct relations *r, const char *pkg)
{
	size_t i, k;

	for (i = 0; i < r->n; i++)
		for (k = 0; r->v[i].kind == REL_REPLACES && k < r->v[i].n; k++)
			if (str_eq(r->v[i].alts[k].name, pkg))
				return true;
	return false;
}

static const char *deb_name(struct planner *p, const struct pkginfo *info)
{
	const char *name = pkginfo_get(info, "DEB_PACKAGE");

	return name != NULL ? arena_printf(p->a, "deb:%s", name) : NULL;
}

/* May `by` take paths of `from` over, because its relations say it replaces it? */
static bool may_replace(struct planner *p, const struct package *by, const struct package *from)
{
	const char *deb = deb_name(p, &from->info);

	return relations_replace(&by->relations, from->pkg) ||
	       (deb != NULL && relations_replace(&by->relations, deb));
}

static const struct package *package_of(const struct planner *p, const struct claim_new *n)
{
	return p->plan->steps[n->step].step->package;
}

/* Which of several wins; others of the same contents just own the path too. */
static void choose_winner(struct planner *p, struct claim *c)
{
	struct claim_new *n;

	c->winner = c->news;
	for (n = c->news->next; n != NULL; n = n->next) {
		const char *old = p->plan->steps[c->winner->step].instance;
		const char *new = p->plan->steps[n->step].instance;

		if (same_object(c->winner->what, n->what))
			continue;
		if (may_replace(p, package_of(p, c->winner), package_of(p, n)))
			continue;
		if (p->options->conflict == CONFLICT_OVERWRITE ||
		    may_replace(p, package_of(p, n), package_of(p, c->winner)))
			c->winner = n;
		else if (p->options->conflict == CONFLICT_REFUSE)
			plan_problem(p, c, new, "--pkgOverwrite lets the later one win",
				     "packages '%s' and '%s' both bring '/%s', and differ",
				     old, new, c->path);
	}
}

/* ---- attributes */

static void want_mode(const struct planner *p, const struct claim *c, struct change_item *it)
{
	const struct entry *en = c->winner->what->entry;

	if (en->mode != MODE_UNSET)
		it->mode = en->mode;
	else if (c->exists && !S_ISLNK(c->st.st_mode))
		it->mode = c->st.st_mode & 07777;
	else
		it->mode = ftype_is_dir(en->ftype) ? 0755 : 0644;
	if (p->options->strip_setid && !ftype_is_dir(en->ftype))
		it->mode &= ~06000u;
}

static void want_owner(struct planner *p, const struct claim *c, struct change_item *it)
{
	const struct mapped *m = c->winner->what;
	const char *instance = p->plan->steps[c->winner->step].instance;

	it->owner = m->owner;
	it->uid = c->exists ? c->st.st_uid : 0;
	if (m->owner == NULL && c->exists)
		it->owner = owners_user_name(p->owners, c->st.st_uid);
	else if (m->owner != NULL && owners_uid(p->owners, m->owner, &it->uid) == 0)
		plan_problem(p, c, instance,
			     arena_printf(p->a, "add the user to %s",
					  root_host_path(p->a, p->root, "etc/passwd")),
			     "owner '%s' of '/%s' is not known in the root", m->owner, c->path);
}

static void want_group(struct planner *p, const struct claim *c, struct change_item *it)
{
	const struct mapped *m = c->winner->what;
	const char *instance = p->plan->steps[c->winner->step].instance;

	it->group = m->group;
	it->gid = c->exists ? c->st.st_gid : 0;
	if (m->group == NULL && c->exists)
		it->group = owners_group_name(p->owners, c->st.st_gid);
	else if (m->group != NULL && owners_gid(p->owners, m->group, &it->gid) == 0)
		plan_problem(p, c, instance,
			     arena_printf(p->a, "add the group to %s",
					  root_host_path(p->a, p->root, "etc/group")),
			     "group '%s' of '/%s' is not known in the root", m->group, c->path);
}

static bool attrs_differ(const struct planner *p, const struct claim *c)
{
	const struct change_item *it = &c->item;

	if ((c->st.st_mode & 07777) != it->mode)
		return true;
	return p->root->owners && (c->st.st_uid != it->uid || c->st.st_gid != it->gid);
}

/* ---- outcomes */

/* Did a version that goes decide what is there, of several owners? */
static bool ruler_goes(const struct claim *c)
{
	const struct claim_row *r;

	for (r = c->going; r != NULL; r = r->next)
		if (r->row->ruling)
			return true;
	return false;
}

static void same_or_attr(const struct planner *p, struct claim *c)
{
	c->item.kind = attrs_differ(p, c) ? CHANGE_ATTR : CHANGE_SAME;
	c->item.rules = c->item.kind == CHANGE_ATTR;
}

/* Refused: whose is it? */
static void conflict_problem(struct planner *p, struct claim *c, const struct alias *alias,
			     const char *what)
{
	const char *instance = p->plan->steps[c->winner->step].instance, *whose;

	if (c->staying != NULL)
		whose = arena_printf(p->a, "belongs to '%s'", c->staying->package->instance);
	else if (alias->package != NULL)
		whose = arena_printf(p->a, "belongs to '%s' as '/%s'", alias->package->instance,
				     alias->path);
	else
		whose = "is there, belongs to no package";
	plan_problem(p, c, instance, "--pkgOverwrite takes it over; the old one is kept",
		     "package '%s' brings '/%s', which %s and %s", instance, c->path, whose, what);
}

/* Something else is there, and it is not ours to replace without asking. */
static void conflict(struct planner *p, struct claim *c, const struct alias *alias,
		     const char *what)
{
	switch (p->options->conflict) {
	case CONFLICT_OVERWRITE:
		c->item.kind = CHANGE_REPLACE;
		c->item.rules = true;
		return;
	case CONFLICT_SKIP:
		c->item.kind = CHANGE_SKIP;
		c->item.note = "left as it is";
		/* The record has where SVR4's pkgadd wants it to lead, so that pkgchk tells. */
		c->item.rules = p->options->svr4_upgrade && c->item.ftype == 's' &&
				c->staying != NULL;
		return;
	case CONFLICT_REFUSE:
		break;
	}
	c->item.kind = CHANGE_SKIP;
	conflict_problem(p, c, alias, what);
}

static bool may_replace_installed(struct planner *p, const struct claim *c)
{
	const struct package *by = package_of(p, c->winner);
	const struct claim_row *r;

	for (r = c->staying; r != NULL; r = r->next) {
		struct pkginfo info = { 0 };
		const char *deb;

		if (relations_replace(&by->relations, r->package->pkg))
			continue;
		if (pkgdb_params(p->db, p->a, r->package->id, &info, NULL) < 0)
			return false;
		deb = deb_name(p, &info);
		if (deb == NULL || !relations_replace(&by->relations, deb))
			return false;
	}
	return true;
}

/* A directory that no package lists, and that was made for what they have in it? Whether that goes
 * is asked later (plan_removals.c). */
static int is_implied(struct planner *p, const struct claim *c, bool *ret, struct error *e)
{
	*ret = false;
	if (p->db == NULL || p->options->svr4_upgrade || !S_ISDIR(c->st.st_mode))
		return 0;
	return txn_made_directory(p->db, rpath_str(c->real), ret, e);
}

static int replace_or_conflict(struct planner *p, struct claim *c, const char *what,
			       struct error *e)
{
	const struct alias *alias;
	int rc = plan_alias(p, c, &alias, e);
	bool ours = false;

	if (rc == 0 && c->staying == NULL && alias->package == NULL) {
		ours = c->going != NULL || plan_twin_goes(c);
		if (!ours)
			rc = is_implied(p, c, &ours, e);
	}
	if (rc < 0)
		return rc;
	if (ours || (c->staying != NULL && may_replace_installed(p, c))) {
		c->item.kind = CHANGE_REPLACE;
		c->item.rules = true;
		return 0;
	}
	conflict(p, c, alias, what);
	return 0;
}

/* ---- types other than regular files */

static int decide_other_type(struct planner *p, struct claim *c, struct error *e)
{
	char want = disk_type(c->item.ftype);
	int rc;

	if (want == 'd' && S_ISLNK(c->st.st_mode) &&
	    (c->going == NULL || c->going->row->ftype != 's')) {
		/* plan_real() follows it for what lies below. */
		c->item.kind = CHANGE_SAME;
		c->item.note = "a link that stays";
		return 0;
	}
	rc = replace_or_conflict(p, c, "is of another type", e);
	if (rc == 0 && c->item.kind == CHANGE_REPLACE && want == 'd')
		dirs_replace(p->plan->dirs, rpath_str(c->real));
	return rc;
}

static int decide_symlink(struct planner *p, struct claim *c, struct error *e)
{
	const char *text;
	int rc = tree_readlink(p->root->tree, p->a, c->real, &text, e);

	if (rc < 0)
		return rc;
	c->item.kind = CHANGE_SAME;
	if (str_eq(text, c->winner->what->target))
		return 0;
	return replace_or_conflict(p, c, "is a link to another place", e);
}

static int decide_device(struct planner *p, struct claim *c, struct error *e)
{
	const struct entry *en = c->winner->what->entry;

	if (c->st.st_rdev != makedev(en->major, en->minor))
		return replace_or_conflict(p, c, "has other device numbers", e);
	same_or_attr(p, c);
	return 0;
}

/* Directories that packages share are nobody's conflict; one that stays with others
 * keeps its attributes, unless taking over was asked for, or who gave them changes them. */
static void decide_directory(struct planner *p, struct claim *c)
{
	same_or_attr(p, c);
	if (c->item.kind == CHANGE_ATTR && c->staying != NULL && !ruler_goes(c) &&
	    p->options->conflict != CONFLICT_OVERWRITE) {
		c->item.kind = CHANGE_SAME;
		c->item.rules = false;
	}
}

/* ---- regular files */

bool plan_row_says_same(const struct pkgdb_file *row, const struct entry *en)
{
	return row != NULL && is_regular(row->ftype) && row->size == en->size &&
	       row->sum == en->sum;
}

static bool disk_untouched(const struct pkgdb_file *row, const struct stat *st)
{
	return row != NULL && row->has_sha256 && is_regular(row->ftype) &&
	       (uint64_t)st->st_size == row->size && st->st_mtim.tv_sec == row->mtime;
}

/* The contents are right by record; what was digested is verified again when the
 * payload is read. Time alone may differ. */
void plan_contents_same(struct planner *p, struct claim *c, const struct sha256 *expect)
{
	same_or_attr(p, c);
	if (c->winner->what->entry->mtime != c->st.st_mtim.tv_sec && c->staying == NULL &&
	    c->going != NULL && c->going->row->mtime != c->winner->what->entry->mtime) {
		c->item.kind = CHANGE_ATTR;
		c->item.rules = true;
	}
	c->item.expect = expect;
}

static int decide_regular(struct planner *p, struct claim *c, struct error *e)
{
	const struct pkgdb_file *row = plan_ruling_row(c);
	const struct entry *en = c->winner->what->entry;
	struct sha256 *live;
	uint32_t sum;
	int rc;

	/* To install the same again is asked for when the disk is not trusted. */
	if (plan_row_says_same(row, en) && disk_untouched(row, &c->st) &&
	    c->item.step->kind != STEP_REINSTALL) {
		plan_contents_same(p, c, &row->sha256);
		return 0;
	}
	if ((row != NULL && !plan_row_says_same(row, en) && c->staying == NULL) ||
	    (uint64_t)c->st.st_size != en->size)
		return replace_or_conflict(p, c, "has other contents", e);
	live = arena_alloc(p->a, sizeof(*live));
	rc = plan_digest_live(p, c, live, &sum, e);
	if (rc < 0)
		return rc;
	if (sum != en->sum || (row != NULL && row->has_sha256 && plan_row_says_same(row, en) &&
			       !sha256_equal(live, &row->sha256)))
		return replace_or_conflict(p, c, "has other contents", e);
	plan_contents_same(p, c, live);
	c->item.foreign = row == NULL && !plan_twin_goes(c) &&
			  p->options->conflict != CONFLICT_OVERWRITE;
	return 0;
}

/* ---- one claim */

static int decide_present(struct planner *p, struct claim *c, struct error *e)
{
	char have = type_of(c->st.st_mode), want = disk_type(c->item.ftype);
	const struct pkgdb_file *row = plan_ruling_row(c);

	if (c->item.ftype == 'l')
		return 0; /* after all others: decide_link() */
	if (c->item.ftype == 'e' && have != 'f' && have != 'd' && !p->options->svr4_upgrade &&
	    (row == NULL || disk_type(row->ftype) != have)) {
		plan_config_queue(p, c, "something else was put in its place");
		return 0;
	}
	if (have != want)
		return decide_other_type(p, c, e);
	switch (c->item.ftype) {
	case 'd':
	case 'x':
		decide_directory(p, c);
		return 0;
	case 's':
		return decide_symlink(p, c, e);
	case 'c':
	case 'b':
		return decide_device(p, c, e);
	case 'p':
		same_or_attr(p, c);
		return 0;
	case 'e':
		/* What was a link by record holds no text that anybody edited as ours. */
		if (row == NULL || is_regular(row->ftype))
			return plan_config_present(p, c, e);
		return decide_regular(p, c, e);
	default:
		return decide_regular(p, c, e);
	}
}

static void decide_absent(struct planner *p, struct claim *c)
{
	const char *above = dirs_parent(p->plan->dirs, rpath_str(c->real));
	const char *way = dirs_in_the_way(p->plan->dirs, above);
	const struct pkgdb_file *row = plan_ruling_row(c);

	if (c->item.ftype == 'e' && row != NULL && row->ftype == 'e' &&
	    !p->options->svr4_upgrade && row->has_sha256) {
		plan_config_absent(c);
		return;
	}
	if (c->item.ftype == 'e' && c->carried != NULL && way == NULL) {
		plan_config_absent(c);
		return;
	}
	c->item.kind = CHANGE_CREATE;
	c->item.rules = true;
	if (c->item.ftype == 'e') {
		(void)plan_decision(p, DECISION_NEW, c, "new");
		c->item.accepted = true;
	}
	if (way != NULL)
		plan_problem(p, c, p->plan->steps[c->winner->step].instance,
			     arena_printf(p->a, "move %s elsewhere, then type the same again",
					  root_host_path(p->a, p->root, way)),
			     "'/%s' can't be made: '/%s' is not a directory", c->path, way);
}

static void item_begin(struct planner *p, struct claim *c)
{
	const struct pkgdb_file *row = plan_ruling_row(c);
	struct change_item *it = &c->item;

	it->path = c->client;
	it->real = c->real;
	it->what = c->winner->what;
	it->step_index = c->winner->step;
	it->step = p->plan->steps[c->winner->step].step;
	it->ftype = it->what->entry->ftype;
	it->shared = c->staying != NULL;
	it->was_editable = row != NULL && row->ftype == 'e' && it->ftype != 'e';
	if (c->exists) {
		op_attr_of(&c->st, &it->was);
		it->was_type = type_of(c->st.st_mode);
		it->was_ctime = c->st.st_ctim;
	}
	if (it->ftype == 's' || it->ftype == 'l')
		return;
	want_mode(p, c, it);
	want_owner(p, c, it);
	want_group(p, c, it);
}

/* Regular files of a class with a script are the script's to put there (svr4.md 8.4): all
 * `e`, and what is not right already. */
static bool decided_by_script(struct planner *p, struct claim *c)
{
	const struct plan_step *ps = &p->plan->steps[c->winner->step];
	const struct entry *en = c->winner->what->entry;
	const struct pkgdb_file *row = plan_ruling_row(c);

	if (!is_regular(en->ftype) || plan_class_script(ps, 'i', en->class) == NULL)
		return false;
	if (en->ftype != 'e' && c->exists && S_ISREG(c->st.st_mode) &&
	    plan_row_says_same(row, en) && disk_untouched(row, &c->st))
		return false;
	c->item.kind = CHANGE_SCRIPT;
	c->item.rules = true;
	return true;
}

static int decide_one(struct planner *p, struct claim *c, struct error *e)
{
	int rc = 0;

	choose_winner(p, c);
	item_begin(p, c);
	if (decided_by_script(p, c))
		return 0;
	if (c->exists)
		rc = decide_present(p, c, e);
	else
		decide_absent(p, c);
	if (c->item.kind == CHANGE_REPLACE && c->item.ftype == 'e')
		c->item.accepted = true;
	if (c->item.kind == CHANGE_SAME && ruler_goes(c))
		c->item.rules = true; /* in its place: others may say something else */
	return rc < 0 ? error_prefix(e, "planning '/%s'", c->path) : 0;
}

void plan_lose(struct claim *c, const char *why)
{
	c->item.kind = CHANGE_SKIP;
	c->item.lost = c->item.note = why;
	c->item.rules = false;
}

/* ---- hard links: right when both names are one file that stays */

static void link_to_nothing(struct planner *p, struct claim *c, const struct mapped *m)
{
	plan_problem(p, c, p->plan->steps[c->winner->step].instance, NULL,
		     "'/%s' is a hard link to '/%s', which is not there and does not "
		     "come with this plan", c->path, rpath_str(m->link));
}

static int decide_link(struct planner *p, struct claim *c, struct error *e)
{
	const struct mapped *m = c->winner->what;
	const struct claim *to;
	struct rpath real;
	struct stat st;
	int rc = plan_real(p, m->link, &real, e);

	if (rc < 0)
		return rc;
	c->item.link = real;
	to = plan_claim_real(p, rpath_str(real));
	if ((to == NULL || to->item.kind == 0) &&
	    (tree_stat(p->root->tree, real, &st, NULL) < 0 || S_ISDIR(st.st_mode))) {
		if (p->options->svr4_upgrade) {
			plan_lose(c, "what it links to is not there");
			return 0;
		}
		link_to_nothing(p, c, m);
	}
	if (!c->exists) {
		c->item.kind = CHANGE_CREATE;
		c->item.rules = true;
		return 0;
	}
	if (tree_stat(p->root->tree, real, &st, NULL) == 0 && st.st_ino == c->st.st_ino &&
	    st.st_dev == c->st.st_dev && to != NULL &&
	    (to->item.kind == CHANGE_SAME || to->item.kind == CHANGE_ATTR)) {
		c->item.kind = CHANGE_SAME;
		return 0;
	}
	if (S_ISDIR(c->st.st_mode))
		return decide_other_type(p, c, e);
	return replace_or_conflict(p, c, "is not the same file", e);
}

int plan_decide(struct planner *p, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->claims.n; i++)
		if (p->claims.v[i]->news != NULL)
			rc = decide_one(p, p->claims.v[i], e);
	for (i = 0; rc == 0 && i < p->claims.n; i++)
		if (p->claims.v[i]->news != NULL && p->claims.v[i]->item.ftype == 'l')
			rc = decide_link(p, p->claims.v[i], e);
	return rc;
}
