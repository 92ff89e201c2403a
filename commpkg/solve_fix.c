/*
 * Ways out of a problem, as commands. Each one is tried before it is offered: what is
 * shown works when it is typed.
 */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

#define MAX_TRIES 24	/* each is a solve of its own */
#define MAX_FIXES 6
#define MAX_NAMES 8	/* in one command */

struct fixer {
	struct attempt *t;
	const struct blame *blame;
	struct arena *scratch;
	struct wish *wishes;	/* those that have a part in the problem */
	size_t nwishes;
	unsigned tries;
	VEC(const char *) fixes;
};

/* ---- commands */

/* A name in the pool as it is typed: a component's is plain, a package's says that it is one
 * where there is a component of the same name. */
static const char *word_of(struct fixer *f, const char *name)
{
	const struct solve_pool *sp = f->t->sp;
	size_t len = strcspn(name, "=");

	if (str_has_prefix(name, COMPONENT_PREFIX) && pkgdb_component_beside(name))
		return arena_printf(f->t->a, "%s=%s", solve_plain(pkgdb_component_plain(f->t->a,
				    name)), strchr(name, '+') + 1);
	if (str_has_prefix(name, COMPONENT_PREFIX))
		return solve_plain(name);
	for (size_t i = 0; i < sp->ncomponents; i++)
		if (strlen(sp->components[i].manifest->id) == len &&
		    strncmp(sp->components[i].manifest->id, name, len) == 0)
			return arena_printf(f->t->a, PACKAGE_PREFIX "%s", name);
	return name;
}

static const char *wish_word(struct fixer *f, const struct wish *w)
{
	const struct member *m = w->package != NULL ?
				 solve_pool_find(f->t->sp, w->package) : NULL;

	if (m != NULL && m->path != NULL)
		return str_shell(f->t->a, m->path);
	return str_shell(f->t->a, w->package != NULL ? w->package->pkg :
				   w->name != NULL ? word_of(f, w->name) : "");
}

static const char *verb(enum wish_kind kind)
{
	return kind == WISH_INSTALL ? "install" : kind == WISH_UPGRADE ? "upgrade" :
	       "uninstall";
}

static void begin_command(struct fixer *f, struct strbuf *b, const char *verb_text,
			  const char *option)
{
	const struct solve_options *o = f->t->ask->options;
	bool takes = str_eq(verb_text, "install") || str_eq(verb_text, "upgrade");

	strbuf_adds(b, verb_text);
	if (o->root != NULL)
		strbuf_addf(b, " -R %s", str_shell(f->t->a, o->root));
	if (o->distro != NULL && takes)
		strbuf_addf(b, " -d %s", str_shell(f->t->a, o->distro));
	if (o->typed != NULL && takes)
		strbuf_adds(b, o->typed);
	if (o->beside != NULL && str_eq(verb_text, "install"))
		strbuf_addf(b, " --beside %s", str_shell(f->t->a, o->beside));
	if (option != NULL)
		strbuf_addf(b, " %s", option);
}

static void offer(struct fixer *f, const char *command)
{
	command = str_escaped(f->t->a, command);
	for (size_t i = 0; i < f->fixes.n; i++)
		if (str_eq(f->fixes.v[i], command))
			return;
	if (f->fixes.n < MAX_FIXES)
		*VEC_PUSH(&f->fixes) = arena_strdup(f->t->a, command);
}

/* Wishes of one kind make one command. */
static bool one_kind(const struct wish *w, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (w[i].kind != w[0].kind)
			return false;
	return n > 0;
}

static void offer_wishes(struct fixer *f, const struct wish *w, size_t n, const char *option)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const struct solve_options *o = f->t->ask->options;

	begin_command(f, &b, verb(w[0].kind), option);
	if (o->allow_downgrade)
		strbuf_adds(&b, " --allow-downgrade");
	if (o->reinstall)
		strbuf_adds(&b, " --reinstall");
	for (size_t i = 0; i < n; i++) {
		const char *word = wish_word(f, &w[i]);

		if (*word != '\0')
			strbuf_addf(&b, " %s", word);
	}
	offer(f, strbuf_str(&b));
}

/* ---- trying */

/* What is there after an attempt, of what was installed. */
struct left {
	struct solve_installed *v;
	size_t n;
	struct pkgdb_component *components;
	size_t ncomponents;
};

static struct left left_new(struct fixer *f, const struct solve_ask *ask)
{
	return (struct left){
		.v = arena_calloc(f->scratch, ask->ninstalled, sizeof(struct solve_installed)),
		.components = arena_calloc(f->scratch, ask->ncomponents,
					   sizeof(struct pkgdb_component)),
	};
}

static void take_left(const struct attempt *t, struct left *ret)
{
	for (size_t i = 0; i < t->sp->ninstalled; i++) {
		const struct member *m = &t->sp->members[i];

		if (!attempt_stays(t, m))
			continue;
		if (m->component != NULL)
			ret->components[ret->ncomponents++] = *m->component->row;
		else
			ret->v[ret->n++] = *m->installed;
	}
}

static bool is_left(const struct left *left, const struct member *m)
{
	for (size_t i = 0; m->component == NULL && i < left->n; i++)
		if (left->v[i].row == m->installed->row)
			return true;
	for (size_t i = 0; m->component != NULL && i < left->ncomponents; i++)
		if (str_eq(left->components[i].name, m->component->row->name))
			return true;
	return false;
}

/* Would anything be done? `~ID` is nothing by itself. */
static bool changes(const struct attempt *t)
{
	for (size_t i = 0; i < t->sp->n; i++) {
		const struct member *m = &t->sp->members[i];

		if (attempt_stays(t, m) != (i < t->sp->ninstalled) &&
		    (m->component == NULL || !m->component->needs_only))
			return true;
	}
	return false;
}

/* With other wishes, options or installed packages: does it go? With ret_left, which of
 * the installed are there afterwards. What would do nothing is no way out. */
static bool goes(struct fixer *f, const struct solve_ask *ask, struct left *ret_left)
{
	struct attempt t;
	bool ok;

	if (f->tries++ >= MAX_TRIES)
		return false;
	ok = attempt_run(f->scratch, ask, &t, NULL) == 0 && attempt_solved(&t) &&
	     (ask->wishes[0].kind == WISH_REMOVE || changes(&t));
	if (ok && ret_left != NULL)
		take_left(&t, ret_left);
	attempt_close(&t);
	return ok;
}

static bool wishes_go(struct fixer *f, const struct wish *w, size_t n,
		      const struct solve_options *options)
{
	struct solve_ask ask = *f->t->ask;

	ask.wishes = w;
	ask.nwishes = n;
	ask.options = options;
	return one_kind(w, n) && goes(f, &ask, NULL);
}

/* ---- kinds of fixes */

static void try_downgrade(struct fixer *f)
{
	struct solve_options o = *f->t->ask->options;

	if (o.allow_downgrade || f->wishes[0].kind == WISH_REMOVE)
		return;
	o.allow_downgrade = true;
	if (wishes_go(f, f->wishes, f->nwishes, &o))
		offer_wishes(f, f->wishes, f->nwishes, "--allow-downgrade");
}

/* What belongs to components: shared ones, and the system. */
static void try_component_options(struct fixer *f)
{
	struct solve_options o = *f->t->ask->options;

	if (f->blame->locked && !o.exclude_shared && f->wishes[0].kind != WISH_REMOVE) {
		o.upgrade_shared = true;
		if (wishes_go(f, f->wishes, f->nwishes, &o))
			offer_wishes(f, f->wishes, f->nwishes, "--upgradeSC y");
	}
	o = *f->t->ask->options;
	if (f->blame->system) {
		o.system = NULL;
		if (wishes_go(f, f->wishes, f->nwishes, &o))
			offer_wishes(f, f->wishes, f->nwishes, "--OSversionOverride");
	}
	o = *f->t->ask->options;
	if (f->blame->shared) {
		o.autoremove = true;
		if (wishes_go(f, f->wishes, f->nwishes, &o)) {
			offer_wishes(f, f->wishes, f->nwishes, "--autoremove");
			return;
		}
		o.dependents = true;
		if (wishes_go(f, f->wishes, f->nwishes, &o))
			offer_wishes(f, f->wishes, f->nwishes, "--autoremove --dependents");
	}
}

/* The name of a hold, as it is typed. */
static const char *hold_word(struct fixer *f, const char *hold)
{
	if (str_has_prefix(hold, PACKAGE_PREFIX))
		return word_of(f, hold + strlen(PACKAGE_PREFIX));
	return word_of(f, hold);
}

/* Does it go when these are lifted? */
static bool goes_lifted(struct fixer *f, const bool *lifted)
{
	struct solve_ask ask = *f->t->ask;
	const char **holds = arena_calloc(f->scratch, ask.nholds, sizeof(*holds));

	ask.holds = holds;
	ask.nholds = 0;
	for (size_t i = 0; i < f->t->ask->nholds; i++)
		if (!lifted[i])
			holds[ask.nholds++] = f->t->ask->holds[i];
	ask.wishes = f->wishes;
	ask.nwishes = f->nwishes;
	return goes(f, &ask, NULL);
}

/* Those that have a part in it; or, as behind one problem there may be another, all but those that
 * may stay. */
static bool choose_lifted(struct fixer *f, bool *lifted)
{
	size_t n = f->t->ask->nholds;

	for (size_t i = 0; i < n; i++)
		lifted[i] = hold_is_to_blame(f->t->sp, &f->blame->held, f->t->ask->holds[i]);
	if (goes_lifted(f, lifted))
		return true;
	for (size_t i = 0; i < n; i++)
		lifted[i] = true;
	if (n > MAX_NAMES || !goes_lifted(f, lifted))
		return false;
	for (size_t i = 0; i < n; i++) {
		lifted[i] = false;
		lifted[i] = !goes_lifted(f, lifted);
	}
	return true;
}

static void try_holds(struct fixer *f)
{
	size_t n = f->t->ask->nholds, some = 0;
	bool *lifted = arena_calloc(f->scratch, n, sizeof(*lifted));
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		some += hold_is_to_blame(f->t->sp, &f->blame->held, f->t->ask->holds[i]);
	if (some == 0 || !choose_lifted(f, lifted))
		return;
	begin_command(f, &b, "hold", "--remove");
	for (size_t i = 0; i < n; i++)
		if (lifted[i])
			strbuf_addf(&b, " %s", str_shell(f->t->a,
							 hold_word(f, f->t->ask->holds[i])));
	offer(f, strbuf_str(&b));
}

static bool named_again(const struct fixer *f, size_t which, const char *name)
{
	for (size_t i = 0; i < f->nwishes; i++) {
		const char *other = f->wishes[i].package != NULL ?
				    f->wishes[i].package->pkg : f->wishes[i].name;

		if (i != which && other != NULL && strcspn(other, "=") == strlen(name) &&
		    str_has_prefix(other, name))
			return true;
	}
	return false;
}

/* The other versions of what was asked for, newest first. */
static void try_versions(struct fixer *f, size_t which)
{
	struct wish saved = f->wishes[which];
	const char *name = saved.package != NULL ? saved.package->pkg : saved.name;
	const struct member *there;
	struct member *m;
	size_t n;

	if (name == NULL || saved.kind == WISH_REMOVE)
		return;
	name = arena_strndup(f->t->a, name, strcspn(name, "="));
	if (named_again(f, which, name))
		return;
	there = solve_pool_find_installed(f->t->sp, name);
	m = solve_pool_available(f->t->sp, name, &n);
	for (size_t i = n; i-- > 0 && n - i <= 4;) {
		if (m[i].package == saved.package || m[i].id == 0)
			continue;
		if (there != NULL && there->rank == m[i].rank && !f->t->ask->options->reinstall)
			continue; /* nothing would be done */
		f->wishes[which].package = NULL;
		f->wishes[which].name = arena_printf(f->t->a, "%s=%s", name, m[i].version);
		if (wishes_go(f, f->wishes, f->nwishes, f->t->ask->options))
			offer_wishes(f, f->wishes, f->nwishes, NULL);
	}
	f->wishes[which] = saved;
}

static void try_without(struct fixer *f, size_t which)
{
	struct wish *rest = arena_calloc(f->t->a, f->nwishes, sizeof(*rest));
	size_t n = 0;

	for (size_t i = 0; i < f->nwishes; i++)
		if (i != which)
			rest[n++] = f->wishes[i];
	if (n > 0 && wishes_go(f, rest, n, f->t->ask->options))
		offer_wishes(f, rest, n, NULL);
}

/* Removing also what needs it, by option and, when they are few, by name. */
static void try_dependents(struct fixer *f)
{
	struct solve_options o = *f->t->ask->options;
	struct solve_ask ask = *f->t->ask;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct left left;
	size_t n = 0;

	if (f->wishes[0].kind != WISH_REMOVE || o.dependents)
		return;
	o.dependents = true;
	ask.options = &o;
	ask.wishes = f->wishes;
	ask.nwishes = f->nwishes;
	left = left_new(f, &ask);
	if (!one_kind(f->wishes, f->nwishes) || !goes(f, &ask, &left))
		return;
	begin_command(f, &b, "uninstall", NULL);
	for (size_t i = 0; i < f->t->sp->ninstalled; i++) {
		const struct member *m = &f->t->sp->members[i];

		if (!is_left(&left, m) && n++ < MAX_NAMES)
			strbuf_addf(&b, " %s", str_shell(f->t->a, word_of(f, m->name)));
	}
	if (n <= MAX_NAMES)
		offer(f, strbuf_str(&b));
	offer_wishes(f, f->wishes, f->nwishes, "--dependents");
}

/* An installed package with a part in it goes first; then it is tried again. */
static void try_removal(struct fixer *f, const struct member *m)
{
	struct solve_options o = { .dependents = false };
	struct wish w = { .kind = WISH_REMOVE, .name = m->name };
	struct solve_ask ask = *f->t->ask, then = *f->t->ask;
	struct left left = left_new(f, &ask);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	ask.wishes = &w;
	ask.nwishes = 1;
	ask.options = &o;
	if (!goes(f, &ask, &left)) {
		o.dependents = true;
		left.n = left.ncomponents = 0;
		if (!goes(f, &ask, &left))
			return;
	}
	then.installed = left.v;
	then.ninstalled = left.n;
	then.components = left.components;
	then.ncomponents = left.ncomponents;
	then.wishes = f->wishes;
	then.nwishes = f->nwishes;
	if (!goes(f, &then, NULL))
		return;
	begin_command(f, &b, "uninstall", o.dependents ? "--dependents" : NULL);
	strbuf_addf(&b, " %s", str_shell(f->t->a, word_of(f, m->name)));
	offer(f, strbuf_str(&b));
}

static void try_removals(struct fixer *f)
{
	const struct solve_pool *sp = f->t->sp;

	if (f->wishes[0].kind == WISH_REMOVE)
		return;
	for (size_t i = 0; i < sp->ninstalled; i++)
		if (sp->members[i].id != 0 && MAPTST(&f->blame->installed, sp->members[i].id))
			try_removal(f, &sp->members[i]);
}

/* What can't take the place of the installed version may come beside it. */
static void try_beside(struct fixer *f)
{
	struct solve_options o = *f->t->ask->options;
	struct solve_ask ask = *f->t->ask;
	struct wish w = f->wishes[0];
	const struct member *there, *m;
	bool barred = false;
	struct solution s;
	size_t n;

	if (f->nwishes != 1 || w.kind == WISH_REMOVE || w.name == NULL || o.beside != NULL)
		return;
	there = solve_pool_find_installed(f->t->sp, arena_strndup(f->scratch, w.name,
								  strcspn(w.name, "=")));
	if (there == NULL || there->component == NULL)
		return;
	m = solve_pool_available(f->t->sp, there->name, &n);
	for (size_t i = 0; i < n; i++)
		barred |= m[i].barred != NULL;
	w.kind = WISH_INSTALL;
	o.beside = there->version;
	ask.wishes = &w;
	ask.nwishes = 1;
	ask.options = &o;
	if (barred && f->tries++ < MAX_TRIES &&
	    solve_ask_beside(f->scratch, &ask, &s, NULL) == 0)
		offer_wishes(f, &w, 1, arena_printf(f->t->a, "--beside %s",
						    str_shell(f->t->a, there->version)));
}

static bool any_component(const struct fixer *f)
{
	for (size_t i = 0; i < f->nwishes; i++)
		if (f->wishes[i].name != NULL &&
		    str_has_prefix(f->wishes[i].name, COMPONENT_PREFIX))
			return true;
	return false;
}

/* The packages of the newest version that can be had, without the component. */
static size_t take_packages(struct fixer *f, const char *name, struct wish *ret)
{
	size_t n, k = 0;
	const struct member *m = solve_pool_available(f->t->sp,
			arena_strndup(f->t->a, name, strcspn(name, "=")), &n);

	for (size_t i = 0; n > 0 && i < m[n - 1].component->npackages; i++) {
		const char *package = m[n - 1].component->packages[i];
		size_t some;

		if (solve_pool_available(f->t->sp, package, &some) != NULL)
			ret[k++] = (struct wish){ .kind = WISH_INSTALL, .name = package };
	}
	return k;
}

/* A component that can't come: what it is made of may; if need be without regard to what that
 * needs. */
static void try_packages(struct fixer *f)
{
	struct wish *w = arena_calloc(f->t->a, f->t->sp->n, sizeof(*w));
	size_t n = take_packages(f, f->wishes[0].name, w);

	if (n == 0 || n > MAX_NAMES)
		return;
	if (wishes_go(f, w, n, f->t->ask->options)) {
		offer_wishes(f, w, n, NULL);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (solve_pool_find_installed(f->t->sp, w[i].name) != NULL)
			return;
	offer_wishes(f, w, n, "--nodeps");
}

/* What it needs of others, and not it itself. */
static void try_needs(struct fixer *f)
{
	const char *id = solve_plain(f->wishes[0].name);
	struct wish w = { .kind = WISH_INSTALL };

	if (id[0] == '~')
		return;
	w.name = arena_printf(f->t->a, COMPONENT_PREFIX "~%s", id);
	if (wishes_go(f, &w, 1, f->t->ask->options))
		offer_wishes(f, &w, 1, NULL);
}

/* The component itself, when it is a shared one that can't come for it. */
static bool try_without_shared(struct fixer *f)
{
	struct solve_options o = *f->t->ask->options;

	if (o.exclude_shared)
		return false;
	o.exclude_shared = true;
	if (!wishes_go(f, f->wishes, f->nwishes, &o))
		return false;
	offer_wishes(f, f->wishes, f->nwishes, "--excludeSC");
	return true;
}

/* When nothing can provide it, what is left is not to look. */
static void last_resort(struct fixer *f)
{
	if (f->fixes.n > 0 || f->wishes[0].kind == WISH_REMOVE ||
	    !one_kind(f->wishes, f->nwishes))
		return;
	if (!any_component(f)) {
		offer_wishes(f, f->wishes, f->nwishes, "--nodeps");
	} else if (!try_without_shared(f) && f->nwishes == 1 &&
		   f->wishes[0].kind == WISH_INSTALL) {
		try_packages(f);
		try_needs(f);
	}
}

static void choose_wishes(struct fixer *f)
{
	struct attempt *t = f->t;

	f->wishes = arena_calloc(t->a, t->ngoals + 1, sizeof(*f->wishes));
	for (size_t i = 0; i < t->ngoals; i++)
		if (f->blame->only || f->blame->goals[i])
			f->wishes[f->nwishes++] = *t->goals[i].wish;
	for (size_t i = 0; f->nwishes == 0 && i < t->ngoals; i++)
		f->wishes[i] = *t->goals[i].wish;
	f->nwishes = f->nwishes == 0 ? t->ngoals : f->nwishes;
}

void fixes_find(struct attempt *t, const struct blame *blame, struct solve_problem *p)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	struct fixer f = { .t = t, .blame = blame, .scratch = scratch };

	choose_wishes(&f);
	if (f.nwishes == 0)
		return;
	try_holds(&f);
	try_component_options(&f);
	for (size_t i = 0; i < f.nwishes; i++)
		if (f.nwishes == 1 || blame->only)
			try_versions(&f, i);
	try_beside(&f);
	try_downgrade(&f);
	try_dependents(&f);
	try_removals(&f);
	for (size_t i = 0; f.nwishes > 1 && i < f.nwishes; i++)
		try_without(&f, i);
	last_resort(&f);
	p->nfixes = f.fixes.n;
	p->fixes = arena_calloc(t->a, f.fixes.n, sizeof(*p->fixes));
	for (size_t i = 0; i < f.fixes.n; i++)
		p->fixes[i] = f.fixes.v[i];
	VEC_FREE(&f.fixes);
}
