/*
 * Wishes become goals: which package, exactly, is to be there or to go. What can be
 * refused without a search is refused here, in plain words.
 */
#include "commpkg/solve_pool.h"

#include "formats/debversion.h"

/* ---- names nobody knows */

/* Levenshtein distance, or 3 when it is more than two. */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned row[64];

	if (n >= 64 || m >= 64 || n > m + 2 || m > n + 2)
		return 3;
	for (size_t k = 0; k <= m; k++)
		row[k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= m; k++) {
			unsigned best = diagonal + (a[i - 1] != b[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[m] < 3 ? row[m] : 3;
}

/* 0 is closest; 9 is not close. SUNWfoo is close to foo. */
static unsigned closeness(const char *asked, const char *name)
{
	size_t n = strlen(asked), m = strlen(name);
	unsigned d;

	if (strcasecmp(asked, name) == 0)
		return 0;
	d = distance(asked, name);
	if (d < 3 && 2 * d <= n) /* 'tls' is not 'abs' */
		return d;
	if (n >= 3 && m > n && strcasecmp(name + m - n, asked) == 0)
		return 3;
	if (n >= 3 && m > n && strncasecmp(name, asked, n) == 0)
		return 4;
	return 9;
}

/* A name as it is typed; the one that was typed says what it is, as it was taken for the other. */
static const char *sure_name(struct attempt *t, const char *asked, const char *name)
{
	if (!str_eq(solve_plain(name), asked))
		return solve_plain(name);
	return str_has_prefix(name, COMPONENT_PREFIX) ? name :
	       arena_printf(t->a, PACKAGE_PREFIX "%s", name);
}

/* Up to three known names, closest first: "'SUNWa', 'SUNWb'"; NULL when none. */
static const char *close_names(struct attempt *t, const char *asked, bool available)
{
	const struct member *all = t->sp->members;
	size_t n = available ? t->sp->n : t->sp->ninstalled;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	unsigned shown = 0;

	for (unsigned c = 0; c < 9; c++) {
		const char *last = "", *quoted;

		for (size_t i = 0; i < n && shown < 3; i++) {
			if (str_eq(all[i].name, last) ||
			    closeness(asked, solve_plain(all[i].name)) != c)
				continue;
			last = all[i].name;
			quoted = arena_printf(t->a, "'%s'", sure_name(t, asked, last));
			if (strstr(strbuf_str(&b), quoted) == NULL)
				strbuf_addf(&b, "%s%s", shown++ > 0 ? ", " : "", quoted);
		}
	}
	return shown > 0 ? arena_strdup(t->a, strbuf_str(&b)) : NULL;
}

/* What is there, but can't be read, may be what was meant. */
static int unreadable(struct attempt *t, const char *name, struct error *e)
{
	const struct dist *dist = t->ask->dist;
	struct error manifest;
	const char *broken;

	if (dist == NULL)
		return 0;
	if (dist_component_broken(dist, name, &manifest)) {
		if (e != NULL)
			*e = manifest;
		return -manifest.code;
	}
	broken = dist_broken(dist, name);
	if (broken == NULL)
		return 0;
	(void)error_set(e, E_NOT_FOUND, "'%s' is not in the distribution", name);
	return error_hint(e, "%.900s", broken);
}

static int unknown(struct attempt *t, const struct goal *g, struct error *e)
{
	bool available = g->wish->kind == WISH_INSTALL;
	const char *plain = solve_plain(g->name);
	const char *names = close_names(t, plain, available);
	const char *where = available ? "in the distribution" : "installed";
	int rc = available ? unreadable(t, plain, e) : 0;
	size_t n;

	if (rc < 0)
		return rc;
	(void)error_set(e, E_NOT_FOUND, "'%s' is not %s", plain, where);
	if (g->wish->kind == WISH_UPGRADE &&
	    (names == NULL || solve_pool_available(t->sp, g->name, &n) != NULL))
		return error_hint(e, "'commpkg install' brings what is not there yet");
	if (names != NULL)
		return error_hint(e, "did you mean %s?", names);
	return -E_NOT_FOUND;
}

/* ---- goals */

static void refuse(struct attempt *t, const struct goal *g, const char *line,
		   const char *reason, bool foreign)
{
	*VEC_PUSH(&t->refusals) = (struct refusal){
		.goal = g, .chain = { line, reason }, .foreign = foreign,
	};
}

static void note(struct attempt *t, const char *text)
{
	*VEC_PUSH(&t->notes) = text;
}

static bool version_is(const struct member *m, const char *version)
{
	if (member_scheme(m) == SCHEME_DEB)
		return debversion_compare(m->version, version) == 0;
	return depend_version_equal(m->version, version);
}

static bool same_arch(const struct member *a, const struct member *b)
{
	return str_eq(a->arch, b->arch);
}

/* The newest of that name that the root takes. */
static struct member *choose(struct attempt *t, const struct goal *g)
{
	size_t n;
	struct member *m = solve_pool_available(t->sp, g->name, &n), *best = NULL;

	for (size_t i = 0; i < n; i++, m++) {
		if (m->foreign || m->shadowed || m->barred != NULL ||
		    (g->version != NULL && !version_is(m, g->version)))
			continue;
		if (best == NULL || m->rank > best->rank)
			best = m;
	}
	return best;
}

/* "there are 1.0, 2.0" */
static const char *versions_text(struct attempt *t, const char *name)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t n;
	const struct member *m = solve_pool_available(t->sp, name, &n);

	for (size_t i = 0; i < n && i < 8; i++)
		strbuf_addf(&b, "%s%s%s", i > 0 ? ", " : "", m[n - 1 - i].version,
			    m[n - 1 - i].foreign ? " (another architecture)" : "");
	return arena_printf(t->a, "%s %s%s", n == 1 ? "there is" : "there are",
			    strbuf_str(&b), n > 8 ? ", ..." : "");
}

static void refuse_foreign(struct attempt *t, const struct goal *g, const struct member *m)
{
	if (m->barred != NULL) {
		refuse(t, g, arena_printf(t->a, "%s is what you asked for",
					  member_text_origin(t->a, m)), m->barred, false);
		t->refusals.v[t->refusals.n - 1].there =
			solve_pool_find_installed(t->sp, m->name);
		return;
	}
	refuse(t, g, arena_printf(t->a, "%s is what you asked for",
				  member_text_origin(t->a, m)),
	       arena_printf(t->a, "it is for '%s'; this root takes '%s' only", m->arch,
			    t->ask->arches), true);
}

/* Nothing of that name and version can be had. */
static int none_fits(struct attempt *t, struct goal *g, struct member *there, struct error *e)
{
	size_t n;
	struct member *m = solve_pool_available(t->sp, g->name, &n);

	if (there != NULL && t->ask->options->reinstall &&
	    (g->version == NULL || version_is(there, g->version))) {
		refuse(t, g, arena_printf(t->a, "%s is to come again",
					  member_text_origin(t->a, there)),
		       "the distribution does not have it", false);
		return 0;
	}
	if (there != NULL && (g->version == NULL || version_is(there, g->version))) {
		g->target = there;
		g->nothing = true;
		return 0;
	}
	if (n == 0 && there == NULL)
		return unknown(t, g, e);
	if (n > 0 && g->version == NULL) {
		refuse_foreign(t, g, &m[n - 1]);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		if (version_is(&m[i], g->version)) {
			refuse_foreign(t, g, &m[i]);
			return 0;
		}
	refuse(t, g, arena_printf(t->a, "%s %s is what you asked for", solve_plain(g->name),
				  g->version),
	       n > 0 ? arena_printf(t->a, "the distribution has no such version: %s",
				    versions_text(t, g->name)) :
		       arena_printf(t->a, "the distribution has no '%s'; %s",
				    solve_plain(g->name),
				    member_text_origin(t->a, there)), false);
	return 0;
}

static void refuse_held(struct attempt *t, const struct goal *g, const struct member *there,
			const char *line)
{
	refuse(t, g, line, arena_printf(t->a, "%s stays: %s", member_text_origin(t->a, there),
					hold_reason(t->a, there)), false);
	t->refusals.v[t->refusals.n - 1].held = there;
}

/* Newer ones that can't take the place of what is there: why nothing is done. */
static void note_barred(struct attempt *t, const struct member *there)
{
	size_t n;
	const struct member *m = solve_pool_available(t->sp, there->name, &n);

	for (size_t i = 0; i < n; i++)
		if (m[i].barred != NULL && m[i].rank > there->rank)
			note(t, m[i].barred);
}

/* target is what should come; there is what is installed, or NULL. */
static void settle_target(struct attempt *t, struct goal *g, struct member *there)
{
	bool exact = g->version != NULL || g->wish->package != NULL;

	if (there == NULL || g->target->rank > there->rank)
		return;
	if (g->target->rank == there->rank) {
		if (same_arch(g->target, there) || !exact) {
			g->again = t->ask->options->reinstall && same_arch(g->target, there);
			g->nothing = !g->again && !(t->ask->options->reinstall && exact);
			g->target = g->nothing ? there : g->target;
			if (g->nothing && !exact)
				note_barred(t, there);
		}
		return;
	}
	if (t->ask->options->allow_downgrade)
		return;
	if (exact) {
		refuse(t, g, arena_printf(t->a, "%s is what you asked for",
					  member_text_origin(t->a, g->target)),
		       arena_printf(t->a, "%s is newer",
				    member_text_origin(t->a, there)), false);
		return;
	}
	note(t, arena_printf(t->a, "%s stays: %s is older",
			     member_text_origin(t->a, there),
			     member_text_origin(t->a, g->target)));
	g->target = there;
	g->nothing = true;
}

static bool provided(const struct solve_pool *sp, const char *name)
{
	Id id = pool_str2id(sp->pool, name, 0);

	return id != 0 && pool_whatprovides_ptr(sp->pool, id)[0] != 0;
}

static int goal_install(struct attempt *t, struct goal *g, struct error *e)
{
	const struct package *p = g->wish->package;
	const char *name = p != NULL ? p->pkg : g->name;
	struct member *there = solve_pool_find_installed(t->sp, name);

	if (g->wish->kind == WISH_UPGRADE && there == NULL)
		return unknown(t, g, e);
	g->target = p != NULL ? solve_pool_find(t->sp, p) : choose(t, g);
	if (p != NULL && g->target->foreign) {
		refuse_foreign(t, g, g->target);
		return 0;
	}
	if (g->target == NULL && there == NULL && g->version == NULL &&
	    provided(t->sp, g->name))
		return 0; /* a virtual name: whoever provides it */
	if (g->target == NULL)
		return none_fits(t, g, there, e);
	settle_target(t, g, there);
	if (!g->nothing && there != NULL && beside_of(t, there) != NULL)
		refuse(t, g, arena_printf(t->a, "%s is what you asked for",
					  member_text_origin(t->a, g->target)),
		       arena_printf(t->a, "%s is beside %s: 'switch', and uninstall one of them "
				    "first", member_text(t->a, beside_of(t, there)),
				    member_text(t->a, there)), false);
	if (there != NULL && g->target != there && hold_reason(t->a, there) != NULL)
		refuse_held(t, g, there, arena_printf(t->a, "%s is what you asked for",
						      member_text_origin(t->a, g->target)));
	return 0;
}

static const struct pkgdb_package *find_row(const struct solve_ask *ask, const char *instance)
{
	for (size_t i = 0; i < ask->ninstalled; i++)
		if (str_eq(ask->installed[i].row->instance, instance))
			return ask->installed[i].row;
	return NULL;
}

/* Removing the current version is no way to switch. */
static bool is_current(struct attempt *t, const struct goal *g)
{
	const struct member *m = g->target;
	const struct member *other = m != NULL && m->component != NULL && !member_shared(m) &&
				     !pkgdb_component_beside(m->component->row->name) ?
				     beside_of(t, m) : NULL;

	if (other == NULL)
		return false;
	refuse(t, g, arena_printf(t->a, "%s is to be removed", member_text_origin(t->a, m)),
	       arena_printf(t->a, "it is the current version, and %s is beside it: 'switch' first",
			    member_text(t->a, other)), false);
	return true;
}

static int goal_remove(struct attempt *t, struct goal *g, struct error *e)
{
	const struct solve_options *o = t->ask->options;

	g->target = solve_pool_find_instance(t->sp, g->name);
	if (g->target != NULL && member_shared(g->target) && !o->remove_shared &&
	    !o->autoremove) {
		refuse(t, g, arena_printf(t->a, "%s is to be removed",
					  member_text_origin(t->a, g->target)),
		       "it is a shared component, which goes when nothing needs it any more",
		       false);
		t->refusals.v[t->refusals.n - 1].shared = true;
		return 0;
	}
	if (is_current(t, g))
		return 0;
	if (g->target == NULL && find_row(t->ask, g->name) == NULL)
		return unknown(t, g, e);
	if (g->target != NULL && hold_reason(t->a, g->target) != NULL)
		refuse_held(t, g, g->target, arena_printf(t->a, "you asked to remove %s",
						member_text_origin(t->a, g->target)));
	return 0; /* no target: installed in part only, and nobody's requirement */
}

static void split_name(struct attempt *t, struct goal *g)
{
	const char *name = g->wish->name, *eq;

	if (g->wish->package != NULL) {
		g->name = g->wish->package->pkg;
		return;
	}
	g->name = name;
	eq = name != NULL && g->wish->kind != WISH_REMOVE ? strchr(name, '=') : NULL;
	if (eq == NULL)
		return;
	g->name = arena_strndup(t->a, name, (size_t)(eq - name));
	g->version = arena_strdup(t->a, eq + 1);
}

int goals_make(struct attempt *t, struct error *e)
{
	int rc = 0;

	t->ngoals = t->ask->nwishes;
	t->goals = arena_calloc(t->a, t->ngoals, sizeof(*t->goals));
	for (size_t i = 0; i < t->ngoals && rc == 0; i++) {
		struct goal *g = &t->goals[i];

		g->wish = &t->ask->wishes[i];
		split_name(t, g);
		if (g->name == NULL)
			continue; /* upgrade all */
		rc = g->wish->kind == WISH_REMOVE ? goal_remove(t, g, e) :
						    goal_install(t, g, e);
	}
	return rc;
}
