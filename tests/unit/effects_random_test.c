/*
 * Effects as a property: whatever scripts do, the list of effects is the difference between
 * what was seen before and after, the next script sees what the last one left, and in the end
 * the cleaned stage and the removals, applied to the root, make it the outcome.
 *
 * Random scripts from fixed seeds; a failure prints the script.
 */
#include "tests/unit/script_fixture.h"

#define SCRIPTS 12
#define OPS 8

/* path TAB type TAB mode TAB target; and path TAB sum, for files. The top's own mode, too. */
static const char listing[] =
	"cd $PKG_INSTALL_ROOT && find . -path ./var -prune -o -type d -printf '%P\\t%y\\t%m\\n' -o -type l "
	"-printf '%P\\t%y\\t-\\t%l\\t%T@\\n' -o -printf '%P\\t%y\\t%m\\t%T@\\n' | LC_ALL=C sort\n"
	"echo ==; find . -path ./var -prune -o -type f -exec cksum {} + | "
	"sed 's/\\([0-9]* [0-9]*\\) ..\\(.*\\)/\\2\\t\\1/' | LC_ALL=C sort\n"
	"echo =; find . -path ./var -prune -o -type f -links +1 -printf '%P\\n'\n";

struct seen {
	const char *path, *rest, *sum;
	char type;
	bool linked;
};

struct view {
	struct seen *v;
	size_t n;
	struct strmap *by_path;
	const char *text;
};

/* How many names a file has is for the checks only: it may change when another is removed. */
static const char *without_links(struct world *w)
{
	const char *all = strbuf_str(&w->out), *end = strstr(all, "\n=\n");

	assert_non_null(end);
	return arena_strndup(w->a, all, (size_t)(end - all) + 1);
}

static void same_text(const char *is, const char *must, const char *script)
{
	while (*is != '\0' && *is == *must) {
		is++;
		must++;
	}
	if (*is != *must)
		fail_msg("after\n%s\nseen: %.200s\n\nmust be: %.200s", script, is, must);
}

static struct view take_view(struct world *w)
{
	struct view view = { .by_path = strmap_new(64) };
	char *text, *line, *save = NULL;
	int part = 0;

	run_for(w, listing, 0);
	view.text = without_links(w);
	text = arena_strdup(w->a, strbuf_str(&w->out));
	view.v = arena_calloc(w->a, strlen(text), sizeof(*view.v));
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char *tab = strchr(line, '\t');

		if (line[0] == '=') {
			part++;
			continue;
		}
		if (part == 2) {
			((struct seen *)strmap_find(view.by_path, line))->linked = true;
			continue;
		}
		assert_non_null(tab);
		*tab = '\0';
		if (part == 1) {
			((struct seen *)strmap_find(view.by_path, line))->sum = tab + 1;
			continue;
		}
		view.v[view.n] = (struct seen){ .path = line, .rest = tab + 1, .type = tab[1], .sum = "" };
		(void)strmap_put(view.by_path, line, &view.v[view.n]);
		view.n++;
	}
	return view;
}

/* What the effect of a path must be; -1: none; -2: none, or that it has new links. */
static int expected(const struct seen *before, const struct seen *after)
{
	if (before == NULL)
		return EFFECT_ADDED;
	if (after == NULL)
		return EFFECT_REMOVED;
	if (before->type != after->type || !str_eq(before->sum, after->sum))
		return EFFECT_CHANGED;
	if (!str_eq(before->rest, after->rest))
		return before->type == 'l' ? -3 : EFFECT_ATTRIBUTES; /* -3: target or time */
	return after->linked ? -2 : -1;
}

static void check_path(struct world *w, const struct view *before, const struct view *after,
		       const char *path, const char *script)
{
	const struct effect *ef = find_effect(w, path);
	int want = expected(strmap_find(before->by_path, path), strmap_find(after->by_path, path));
	int is = ef != NULL ? (int)ef->kind : -1;
	bool ok = is == want || (want == -2 && (is == -1 || is == EFFECT_ATTRIBUTES)) ||
		  (want == -3 && (is == EFFECT_CHANGED || is == EFFECT_ATTRIBUTES)) ||
		  (want == EFFECT_ATTRIBUTES && is == -1 && ((struct seen *)strmap_find(
			  after->by_path, path))->linked);

	if (!ok)
		fail_msg("'%s' is %d, must be %d, after:\n%s", path, is, want, script);
}

static void check_effects(struct world *w, const struct view *before, const struct view *after,
			  const char *script)
{
	for (size_t i = 0; i < before->n; i++)
		check_path(w, before, after, before->v[i].path, script);
	for (size_t i = 0; i < after->n; i++)
		check_path(w, before, after, after->v[i].path, script);
	for (size_t i = 0; i < w->effects.n; i++) {
		const char *path = w->effects.v[i].path;

		if (strmap_find(before->by_path, path) == NULL &&
		    strmap_find(after->by_path, path) == NULL)
			fail_msg("effect on '%s', which never was, after:\n%s", path, script);
	}
}

/* ---- scripts */

static uint64_t state;

static unsigned dice(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static const char *some_path(struct world *w)
{
	static const char *const tops[] = { "etc", "opt", "opt/app", "dir0", "link", "." };
	static const char *const names[] = { "a", "b", "lib", "app", "motd" };
	const char *p = tops[dice(6)];

	for (unsigned depth = dice(3); depth > 0 || str_eq(p, "."); depth -= depth > 0)
		p = arena_printf(w->a, "%s/%s", p, names[dice(5)]);
	return p;
}

static const char *random_script(struct world *w)
{
	static const char *const ops[] = {
		"[ -p %2$s ] || echo %s >%2$s", "mkdir -p %2$s", "rm -rf %2$s", "mv %s %s", "ln -s %s %s", "ln %s %s",
		"chmod 7%3$o %2$s", "touch -d @86400 %2$s", "rm -rf %2$s && mkdir %2$s",
		"cp -rp --remove-destination %s %s",
		"rm -rf %2$s && mkdir -p %2$s/lib && echo %s >%2$s/lib/a", "mv -T %s %s", "mkfifo %2$s",
		"mv %s x.tmp && mv x.tmp %1$s", "[ -p %s ] || echo >>%1$s",
	};
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, "cd $PKG_INSTALL_ROOT || exit 1; exec 2>/dev/null\n");
	for (int i = 0; i < OPS; i++) {
		const char *op = ops[dice(sizeof(ops) / sizeof(*ops))], *s;
		const char *p = some_path(w), *q = some_path(w);

		/* %s twice or %1$s is p then q; %2$s is q; %3$o a mode */
		for (s = op; *s != '\0'; s++) {
			if (*s != '%') {
				strbuf_addch(&b, *s);
			} else if (str_has_prefix(s, "%1$s")) {
				strbuf_adds(&b, p);
				s += 3;
			} else if (str_has_prefix(s, "%2$s")) {
				strbuf_adds(&b, q);
				s += 3;
			} else if (str_has_prefix(s, "%3$o")) {
				strbuf_addf(&b, "%o", 040 + dice(32));
				s += 3;
			} else {
				strbuf_adds(&b, strchr(op, '%') == s ? p : q);
				s++;
			}
		}
		strbuf_adds(&b, "\n");
	}
	strbuf_adds(&b, "rm -rf x.tmp; true\n");
	return arena_strdup(w->a, strbuf_str(&b));
}

/* ---- applied */

/* Removals, deepest first as they are listed, then what the stage holds. */
static void apply_by_hand(struct world *w, const struct view *last)
{
	const char *new = at(w, "root/var/lib/commpkg/txn/1-x/new");
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct view is;

	OK(overlay_clean(w->new, &w->e));
	strbuf_addf(&b, "set -e; cd '%s'; mkdir copy; chmod --reference=root copy; cp -a '%s' applied; cd root; "
		    "find . -mindepth 1 -maxdepth 1 ! -name var -exec cp -a -t ../copy {} +; cd ../copy; ",
		    w->top, new);
	/* what is not in the outcome goes, and what has another type */
	strbuf_adds(&b, "find . -mindepth 1 -printf '%P %y\\n' | LC_ALL=C sort -r | while read p t; do "
			"grep -qxF \"$p $t\" ../last || rm -rf \"$p\"; done; "
			"cp -a ../applied/. .; rm -rf var; cd ..; mv copy root2");
	{
		FILE *f = fopen(at(w, "last"), "we");

		assert_non_null(f);
		for (size_t i = 0; i < last->n; i++)
			fprintf(f, "%s %c\n", last->v[i].path, last->v[i].type);
		assert_int_equal(fclose(f), 0);
	}
	assert_int_equal(system(strbuf_str(&b)), 0);
	root_close(w->root);
	OK(root_open(at(w, "root2"), false, &w->root, &w->e));
	tree_close(w->new);
	OK(tree_open_below(w->txn, P(w, "empty"), 0700, true, &w->new, &w->e));
	is = take_view(w);
	same_text(is.text, last->text, "all was applied");
	strmap_free(is.by_path);
}

static void one_seed(struct world *w, uint64_t seed)
{
	struct view before, after;

	skip_if_uncaged(w);
	state = seed;
	before = take_view(w);
	for (int i = 0; i < SCRIPTS; i++) {
		const char *script = random_script(w);

		run_for(w, arena_printf(w->a, "(%s)\n%s", script, listing), 0);
		OK(read_effects(w));
		OK(effects_fold(&w->effects, w->root, w->new, w->stage.fx, &w->e));
		/* what it saw itself, and what the next one sees */
		{
			const char *own = without_links(w);

			after = take_view(w);
			same_text(after.text, own, script);
		}
		check_effects(w, &before, &after, script);
		strmap_free(before.by_path);
		before = after;
	}
	apply_by_hand(w, &before);
	strmap_free(before.by_path);
}

#define SEED(n) \
	static void seed_##n(void **state_) \
	{ \
		one_seed(*state_, n); \
	}

SEED(1) SEED(2) SEED(3) SEED(4) SEED(5) SEED(6)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WORLD(seed_1), WORLD(seed_2), WORLD(seed_3), WORLD(seed_4), WORLD(seed_5), WORLD(seed_6),
		WORLD_OTHERS,
	};

	if (argc > 1) { /* a seed of one's own */
		struct world *w;
		void *s;

		(void)world_setup(&s);
		w = s;
		one_seed(w, strtoull(argv[1], NULL, 10));
		return world_teardown(&s);
	}
	return world_main("effects at random", tests, sizeof(tests) / sizeof(*tests));
}
