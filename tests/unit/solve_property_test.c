/*
 * Random small worlds, where every answer can be found by trying all of them: what the
 * solver says has to be right, and "no solution" has to be true.
 */
#include "solve_world.h"

#define NAMES 6
#define VERSIONS 2
#define ABSENT 0

static const char *const names[NAMES] = { "A", "B", "C", "D", "E", "F" };
static const char *const versions[VERSIONS + 1] = { NULL, "1", "2" };

struct need {
	int name, version;	/* 0 = any */
};
struct kind { /* one version of one package */
	int nrequires, nconflicts;
	struct need requires[3][2];	/* alternatives; the second one may be the first again */
	struct need conflicts[2];
	const char *text;
};
struct rules {
	struct kind v[NAMES][VERSIONS + 1];
};
/* The version that is there of each. */
struct state {
	int v[NAMES];
	bool manual[NAMES];
};

static uint64_t seed;

static int below(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int)(seed % (uint64_t)n);
}

static struct need some_need(void)
{
	return (struct need){ below(NAMES), below(3) == 0 ? 1 + below(VERSIONS) : 0 };
}

static const char *need_text(struct arena *a, struct need n)
{
	return n.version == 0 ? names[n.name] :
	       arena_printf(a, "%s (= %s)", names[n.name], versions[n.version]);
}

static void make_kind(struct arena *a, int self, struct kind *k)
{
	const char *text = "";

	k->nrequires = below(3);
	for (int i = 0; i < k->nrequires; i++) {
		k->requires[i][0] = some_need();
		k->requires[i][1] = below(3) == 0 ? some_need() : k->requires[i][0];
		text = arena_printf(a, "%srequires %s | %s\n", text,
				    need_text(a, k->requires[i][0]),
				    need_text(a, k->requires[i][1]));
	}
	for (int i = below(5) == 0 ? 1 : 0; i > 0; i--) {
		struct need n = some_need();

		if (n.name == self)
			continue;
		k->conflicts[k->nconflicts++] = n;
		text = arena_printf(a, "%sconflicts %s\n", text, need_text(a, n));
	}
	k->text = text;
}

/* ---- what is right */

static bool there(const struct state *s, struct need n)
{
	return s->v[n.name] != ABSENT && (n.version == 0 || n.version == s->v[n.name]);
}

static bool fits(const struct rules *r, const struct state *s, int name)
{
	const struct kind *k = &r->v[name][s->v[name]];

	for (int i = 0; i < k->nrequires; i++)
		if (!there(s, k->requires[i][0]) && !there(s, k->requires[i][1]))
			return false;
	for (int i = 0; i < k->nconflicts; i++)
		if (there(s, k->conflicts[i]))
			return false;
	return true;
}

static bool consistent(const struct rules *r, const struct state *s)
{
	for (int i = 0; i < NAMES; i++)
		if (s->v[i] != ABSENT && !fits(r, s, i))
			return false;
	return true;
}

/* Is there any state with that version, in which all that is there stays or is newer? */
static bool possible(const struct rules *r, const struct state *from, int name, int version)
{
	struct state s = *from;
	int total = 1;

	for (int i = 0; i < NAMES; i++)
		total *= VERSIONS + 1;
	for (int code = 0; code < total; code++) {
		bool ok = true;

		for (int i = 0, c = code; i < NAMES; i++, c /= VERSIONS + 1) {
			s.v[i] = c % (VERSIONS + 1);
			ok = ok && s.v[i] >= from->v[i];
		}
		if (ok && s.v[name] == version && consistent(r, &s))
			return true;
	}
	return false;
}

/* Whatever lacks something goes, until nothing lacks anything. */
static void settle(const struct rules *r, struct state *s)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (int i = 0; i < NAMES; i++) {
			if (s->v[i] == ABSENT || fits(r, s, i))
				continue;
			s->v[i] = ABSENT;
			changed = true;
		}
	}
}

/* What is needed by something manual, directly or not, stays. */
static void sweep(const struct rules *r, struct state *s)
{
	bool keep[NAMES];
	bool changed = true;

	for (int i = 0; i < NAMES; i++)
		keep[i] = s->v[i] != ABSENT && s->manual[i];
	while (changed) {
		changed = false;
		for (int i = 0; i < NAMES; i++) {
			const struct kind *k = &r->v[i][s->v[i]];

			for (int q = 0; keep[i] && q < 2 * k->nrequires; q++) {
				struct need n = k->requires[q / 2][q % 2];

				changed = changed || (there(s, n) && !keep[n.name]);
				keep[n.name] = keep[n.name] || there(s, n);
			}
		}
	}
	for (int i = 0; i < NAMES; i++)
		s->v[i] = keep[i] ? s->v[i] : ABSENT;
}

/* ---- the solver on a state */

static struct world *world_of(const struct rules *r, const struct state *s)
{
	struct world *w = world_new();

	for (int i = 0; i < NAMES; i++) {
		if (s->v[i] != ABSENT)
			installed(w, names[i], versions[s->v[i]],
				  .relations = r->v[i][s->v[i]].text, .manual = s->manual[i]);
		for (int v = 1; v <= VERSIONS; v++)
			available(w, names[i], versions[v], .relations = r->v[i][v].text);
	}
	return w;
}

static int index_of(const char *name)
{
	int i = 0;

	while (!str_eq(names[i], name))
		i++;
	return i;
}

static struct state after(const struct world *w, struct state s)
{
	for (size_t i = 0; i < w->solution.nsteps; i++) {
		const struct step *x = &w->solution.steps[i];
		const char *name = x->package != NULL ? x->package->pkg : x->installed->pkg;
		int n = index_of(name);

		s.v[n] = x->package != NULL ? x->package->version[0] - '0' : ABSENT;
		s.manual[n] = x->package != NULL && x->manual;
	}
	return s;
}

/* Nothing comes that nothing needs. */
static void assert_called_for(const struct rules *r, const struct state *from,
			      const struct state *to)
{
	struct state s = *to;

	for (int i = 0; i < NAMES; i++)
		s.manual[i] = to->manual[i] || from->v[i] != ABSENT;
	sweep(r, &s);
	assert_memory_equal(s.v, to->v, sizeof(s.v));
}

static bool deterministic(struct world *w, const char *one)
{
	bool same;

	w->reversed = true;
	same = str_eq(solved(w), one);
	w->reversed = false;
	return same;
}

static void try_install(const struct rules *r, struct state *s, int name, int version)
{
	struct world *w = world_of(r, s);
	int target = version != 0 ? version : VERSIONS;
	const char *what = version != 0 ?
		arena_printf(w->a, "%s=%s", names[name], versions[version]) : names[name];
	const char *text = outcome(w, WISH_INSTALL, what);
	bool solvable = w->rc == 0;
	struct state t;

	if (solvable != possible(r, s, name, target))
		print_problems(w);
	assert_int_equal(solvable, possible(r, s, name, target));
	if (solvable) {
		t = after(w, *s);
		assert_true(consistent(r, &t));
		assert_int_equal(t.v[name], target);
		for (int i = 0; i < NAMES; i++)
			assert_true(t.v[i] >= s->v[i]);
		t.manual[name] = true; /* also where it was there already */
		assert_called_for(r, s, &t);
		assert_true(deterministic(w, text));
		*s = t;
	} else {
		for (size_t i = 0; i < w->solution.nproblems; i++) {
			assert_true(w->solution.problems[i].nchain >= 2);
			assert_true(w->solution.problems[i].nfixes >= 1);
		}
	}
	world_free(w);
}

static void try_remove(const struct rules *r, struct state *s, int name, bool dependents)
{
	struct world *w = world_of(r, s);
	struct state want = *s, t;

	w->options.dependents = dependents;
	want.v[name] = ABSENT;
	(void)outcome(w, WISH_REMOVE, names[name]);
	if (!dependents && !consistent(r, &want)) {
		assert_int_equal(w->rc, -E_NO_SOLUTION);
		assert_true(w->solution.problems[0].nchain >= 2);
		assert_true(w->solution.problems[0].nfixes >= 1);
	} else {
		settle(r, &want);
		assert_int_equal(w->rc, 0);
		t = after(w, *s);
		assert_memory_equal(t.v, want.v, sizeof(t.v));
		*s = t;
	}
	world_free(w);
}

static void try_autoremove(const struct rules *r, struct state *s)
{
	struct world *w = world_of(r, s);
	struct state want = *s, t;

	sweep(r, &want);
	w->options.autoremove = true;
	(void)solved(w);
	assert_int_equal(w->rc, 0);
	t = after(w, *s);
	assert_memory_equal(t.v, want.v, sizeof(t.v));
	*s = t;
	world_free(w);
}

/* Everything that could go one by one, given the rest, may stay behind: only that the
 * outcome is right is looked at. */
static void try_upgrade(const struct rules *r, struct state *s)
{
	struct world *w = world_of(r, s);
	struct state t;

	(void)outcome(w, WISH_UPGRADE, NULL);
	assert_int_equal(w->rc, 0);
	t = after(w, *s);
	assert_true(consistent(r, &t));
	for (int i = 0; i < NAMES; i++)
		assert_true(t.v[i] >= s->v[i]);
	*s = t;
	world_free(w);
}

static void one_step(const struct rules *r, struct state *s)
{
	int name = below(NAMES);

	switch (below(8)) {
	case 0:
		try_upgrade(r, s);
		break;
	case 1:
		try_autoremove(r, s);
		break;
	case 2:
	case 3:
		if (s->v[name] != ABSENT)
			try_remove(r, s, name, below(2) == 0);
		break;
	default:
		try_install(r, s, name, below(2) == 0 ? 0 : 1 + below(VERSIONS));
	}
}

static void random_worlds(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 250; n++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct rules r = { .v = { { { .text = NULL } } } };
		struct state s = { .v = { ABSENT } };

		seed = n * 0x9e3779b97f4a7c15u;
		for (int i = 0; i < NAMES; i++)
			for (int v = 1; v <= VERSIONS; v++)
				make_kind(a, i, &r.v[i][v]);
		for (int i = 0; i < 16; i++)
			one_step(&r, &s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_worlds) };

	return cmocka_run_group_tests_name("solve_property", tests, NULL, NULL);
}
