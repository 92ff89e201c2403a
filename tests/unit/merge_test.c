/*
 * The merge: its laws over random edits of configuration text, what diff3(1) and diff(1) say of
 * the same edits, and the rows of the key by key merge by hand. MERGE_SEED and MERGE_RUNS repeat and
 * prolong the random part.
 */
#include "text_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commpkg/diff.h"
#include "commpkg/merge.h"

static unsigned long random_state, seed;

static unsigned pick(unsigned n)
{
	random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(random_state >> 33) % n;
}

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static void assert_text(struct text got, struct text want)
{
	if (got.len != want.len || memcmp(got.bytes, want.bytes, got.len) != 0)
		fail_msg("seed %lu: got\n%.*s---- instead of\n%.*s----", seed, (int)got.len,
			 got.bytes, (int)want.len, want.bytes);
}

/* ---- texts like those of real configuration files: comments, blanks and repeated lines */

static const char *const usual[] = {
	"\n", "\n", "#\n", "# The default is right for most.\n", "}\n", "\t}\n", "[mail]\n", "end\n",
	"};\n", "server {\n",
};

static void add_random_line(struct strbuf *b, const char *tag)
{
	if (pick(3) == 0)
		strbuf_adds(b, usual[pick(COUNT(usual))]);
	else if (pick(4) == 0)
		strbuf_addf(b, "# %s comment %u\n", tag, pick(6));
	else
		strbuf_addf(b, "%s.key%u = %u\n", tag, pick(30), pick(5));
}

static struct text random_base(void)
{
	struct strbuf b = STRBUF_INIT;
	unsigned n = pick(40), i;
	struct text t;

	for (i = 0; i < n; i++)
		add_random_line(&b, "base");
	if (n > 0 && pick(6) == 0)
		b.len--;	/* no newline at the end */
	t = (struct text){ arena_strndup(a, strbuf_str(&b), b.len), b.len };
	strbuf_free(&b);
	return t;
}

/* Lines changed, removed, added, doubled and moved, in a few places. */
static struct text random_edit(struct text base, const char *tag)
{
	struct diff_text l;
	struct strbuf b = STRBUF_INIT;
	unsigned rate = 4 + pick(20);
	struct text t;
	size_t i;

	diff_split(a, base.bytes, base.len, &l);
	for (i = 0; i <= l.n; i++) {
		unsigned what = pick(rate);

		if (what == 0)
			add_random_line(&b, tag);
		if (i == l.n)
			break;
		if (what == 1)
			continue;
		if (what == 2)
			add_random_line(&b, tag);
		else
			strbuf_add(&b, l.v[i].s, l.v[i].len);
		if (what == 3) {
			const struct diff_line *other = &l.v[pick((unsigned)l.n)];

			strbuf_add(&b, other->s, other->len);
		}
	}
	t = (struct text){ arena_strndup(a, strbuf_str(&b), b.len), b.len };
	strbuf_free(&b);
	return t;
}

static unsigned runs(unsigned usual_runs)
{
	const char *s = getenv("MERGE_RUNS");

	return s != NULL ? (unsigned)strtoul(s, NULL, 10) : usual_runs;
}

static void start(unsigned i)
{
	const char *s = getenv("MERGE_SEED");

	seed = s != NULL ? strtoul(s, NULL, 10) : i;
	random_state = seed * 7919 + 1;
}

/* ---- laws */

static void the_laws_hold(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < runs(2000); i++) {
		struct merge_result r, back;
		struct text b, x, y;

		start(i);
		b = random_base();
		x = random_edit(b, "live");
		y = random_edit(b, "new");
		merge_lines(a, b, b, x, &r);
		assert_int_equal(r.outcome, MERGE_CLEAN);
		assert_text(r.text, x);
		merge_lines(a, b, x, b, &r);
		assert_text(r.text, x);
		merge_lines(a, b, x, x, &r);
		assert_text(r.text, x);
		merge_lines(a, b, x, y, &r);
		merge_lines(a, b, y, x, &back);
		assert_int_equal(r.outcome, back.outcome);
		assert_int_equal(r.conflicts, back.conflicts);
		if (r.outcome == MERGE_CLEAN)
			assert_text(r.text, back.text);
		arena_free(a);
		a = arena_new();
	}
}

/* A script that is applied to x gives y: whatever was cut short or slid. */
static void apply(const struct diff_text *x, const struct diff_text *y, const struct diff *d,
		  struct strbuf *out)
{
	size_t at = 0, i, k;

	for (i = 0; i < d->n; i++) {
		for (; at < d->v[i].a_from; at++)
			strbuf_add(out, x->v[at].s, x->v[at].len);
		for (k = d->v[i].b_from; k < d->v[i].b_to; k++)
			strbuf_add(out, y->v[k].s, y->v[k].len);
		at = d->v[i].a_to;
	}
	for (; at < x->n; at++)
		strbuf_add(out, x->v[at].s, x->v[at].len);
}

static void assert_script(struct text x, struct text y)
{
	struct strbuf out = STRBUF_INIT;
	struct diff_text lx, ly;
	struct diff d;

	diff_split(a, x.bytes, x.len, &lx);
	diff_split(a, y.bytes, y.len, &ly);
	diff_number(a, (struct diff_text *[]){ &lx, &ly }, 2);
	diff_lines(a, &lx, &ly, &d);
	apply(&lx, &ly, &d, &out);
	assert_text((struct text){ strbuf_str(&out), out.len }, y);
	strbuf_free(&out);
}

static void scripts_lead_from_one_to_the_other(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < runs(2000); i++) {
		start(i);
		assert_script(random_base(), random_base());
		arena_free(a);
		a = arena_new();
	}
}

/* Shuffled lines, tens of thousands of edits: the search is cut short, and right all the same. */
static void hopeless_texts_end_soon(void **state)
{
	struct strbuf x = STRBUF_INIT, y = STRBUF_INIT;
	unsigned i;

	(void)state;
	start(1);
	for (i = 0; i < 60000; i++) {
		strbuf_addf(&x, "%u\n", pick(500));
		strbuf_addf(&y, "%u\n", pick(500));
	}
	assert_script((struct text){ x.p, x.len }, (struct text){ y.p, y.len });
	strbuf_free(&x);
	strbuf_free(&y);
}

/* ---- beside GNU diff3 and diff */

static void write_text(const char *dir, const char *name, struct text t)
{
	const char *path = arena_printf(a, "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(t.bytes, 1, t.len, f), t.len);
	assert_int_equal(fclose(f), 0);
}

static int run_tool(const char *const *argv, struct strbuf *out)
{
	char buffer[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(fds[1], 1);
		(void)close(fds[0]);
		(void)close(fds[1]);
		(void)execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	(void)close(fds[1]);
	while ((n = read(fds[0], buffer, sizeof(buffer))) > 0)
		strbuf_add(out, buffer, (size_t)n);
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static size_t count_marks(const struct strbuf *b, const char *mark)
{
	const char *at = strbuf_str(b);
	size_t n = 0;

	for (; (at = strstr(at, mark)) != NULL; at++)
		n += at == b->p || at[-1] == '\n';
	return n;
}

/* Many texts in one run of diff3, and as one text of ours, with lines between them that are the same in
 * all three and nowhere else. (Which lines are looked at first depends on how often they are in all
 * of the text, so one by one would not be the same.) */
#define BATCH 20
#define BETWEEN_LINES 5

struct batch {
	const char *dir;
	struct text b[BATCH], x[BATCH], y[BATCH];
	unsigned long seeds[BATCH];
	unsigned n;
};

static const char *between(unsigned i, unsigned line)
{
	return arena_printf(a, "==== between one text and the next, of %u: line %u\n", i, line);
}

static struct text all_of(const struct batch *k, const struct text *v)
{
	struct strbuf all = STRBUF_INIT;
	struct text t;

	for (unsigned i = 0; i < k->n; i++) {
		strbuf_add(&all, v[i].bytes, v[i].len);
		for (unsigned n = 0; n < BETWEEN_LINES; n++)
			strbuf_adds(&all, between(i, n));
	}
	t = (struct text){ arena_strndup(a, strbuf_str(&all), all.len), all.len };
	strbuf_free(&all);
	return t;
}

/* The outcome for one of them; *at goes on behind it. */
static void take_one(const char **at, unsigned i, struct strbuf *ret)
{
	const char *end = strstr(*at, between(i, 0));

	assert_non_null(end);
	strbuf_reset(ret);
	strbuf_add(ret, *at, (size_t)(end - *at));
	*at = end;
	for (unsigned n = 0; n < BETWEEN_LINES; n++)
		*at += strlen(between(i, n));
}

static void compare_one(const struct strbuf *ours, const struct strbuf *theirs)
{
	size_t marks = count_marks(theirs, "<<<<<<<");

	if (count_marks(ours, "<<<<<<<") != marks)
		fail_msg("seed %lu: %zu conflicts, diff3 has %zu:\n%s", seed,
			 count_marks(ours, "<<<<<<<"), marks, strbuf_str(theirs));
	if (marks == 0)
		assert_text((struct text){ strbuf_str(ours), ours->len },
			    (struct text){ strbuf_str(theirs), theirs->len });
}

/* -E: conflicts are marked, what both made the same is taken. */
static void compare_with_diff3(struct batch *k)
{
	const char *const argv[] = { "diff3", "-m", "-E", arena_printf(a, "%s/live", k->dir),
				     arena_printf(a, "%s/base", k->dir),
				     arena_printf(a, "%s/new", k->dir), NULL };
	struct text b = all_of(k, k->b), x = all_of(k, k->x), y = all_of(k, k->y), marked;
	struct strbuf theirs = STRBUF_INIT, one = STRBUF_INIT, other = STRBUF_INIT;
	const char *at, *there;

	write_text(k->dir, "base", b);
	write_text(k->dir, "live", x);
	write_text(k->dir, "new", y);
	assert_in_range(run_tool(argv, &theirs), 0, 1);
	merge_marked(a, b, x, y, &marked);
	at = arena_strndup(a, marked.bytes, marked.len);
	there = strbuf_str(&theirs);
	for (unsigned i = 0; i < k->n; i++) {
		take_one(&at, i, &one);
		take_one(&there, i, &other);
		seed = k->seeds[i];
		compare_one(&one, &other);
	}
	strbuf_free(&theirs);
	strbuf_free(&one);
	strbuf_free(&other);
	k->n = 0;
	arena_free(a);
	a = arena_new();
}

/* diff3 can't tell a last line without newline from one with. */
static struct text ended(struct text t)
{
	if (t.len == 0 || t.bytes[t.len - 1] == '\n')
		return t;
	t.bytes = arena_printf(a, "%.*s\n", (int)t.len, t.bytes);
	t.len++;
	return t;
}

static void add_to_batch(struct batch *k, struct text b, struct text x, struct text y)
{
	k->b[k->n] = ended(b);
	k->x[k->n] = ended(x);
	k->y[k->n] = ended(y);
	k->seeds[k->n] = seed;
	if (++k->n == BATCH)
		compare_with_diff3(k);
}

static void with_diff3(void (*run)(struct batch *k))
{
	char dir[] = "/tmp/commpkg-merge.XXXXXX";
	struct batch k = { .dir = dir };

	if (system("diff3 --version >/dev/null 2>&1") != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	run(&k);
	if (k.n > 0)
		compare_with_diff3(&k);
	(void)run_tool((const char *const[]){ "rm", "-rf", dir, NULL },
		       &(struct strbuf)STRBUF_INIT);
}

static void merge_generated(struct batch *k)
{
	for (unsigned i = 0; i < runs(4000); i++) {
		struct text b;

		start(i);
		b = random_base();
		add_to_batch(k, b, random_edit(b, "live"), random_edit(b, "new"));
	}
}

static void conflicts_are_those_of_diff3(void **state)
{
	(void)state;
	with_diff3(merge_generated);
}

/* Configuration of the suite, and manifests: what their releases changed, and an edit of the old
 * one. */
static const char *const real[] = {
	"etc/store.cnf", "etc/relay.cnf", "etc/webmail.cnf",
	"MS.xml", "MTA.xml", "WEBMAIL.xml", "CAL.xml", "MS_L10N.xml",
};

static struct text real_text(const char *name, const char *release)
{
	bool manifest = strstr(name, ".xml") != NULL;
	struct text t;

	t.bytes = read_corpus(arena_printf(a, "../../manifests/suite/%s%s/%s",
					   manifest ? "" : "files/", release, name), &t.len);
	return t;
}

static void merge_real(struct batch *k)
{
	for (unsigned i = 0; i < runs(2000); i++) {
		const char *name = real[i % COUNT(real)];
		struct text old = real_text(name, "6.3"), new = real_text(name, "7.0");

		start(i);
		if (pick(8) == 0)
			new = random_edit(old, "new");
		add_to_batch(k, old, random_edit(old, "live"), new);
	}
}

static void conflicts_in_real_texts_are_those_of_diff3(void **state)
{
	(void)state;
	with_diff3(merge_real);
}

/* What we print is what diff -u prints, but for the names. */
static void unified_diffs_are_those_of_diff(void **state)
{
	char dir[] = "/tmp/commpkg-merge.XXXXXX";
	unsigned i;

	(void)state;
	if (system("diff --version >/dev/null 2>&1") != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < runs(150); i++) {
		struct strbuf theirs = STRBUF_INIT, ours = STRBUF_INIT;
		struct diff_text lx, ly;
		struct text x, y;
		const char *argv[] = { "diff", "-u", "--horizon-lines=100", "--label", "x",
				       "--label", "y", NULL, NULL, NULL };

		start(i);
		x = random_base();
		y = random_edit(x, "new");
		write_text(dir, "x", x);
		write_text(dir, "y", y);
		argv[7] = arena_printf(a, "%s/x", dir);
		argv[8] = arena_printf(a, "%s/y", dir);
		(void)run_tool(argv, &theirs);
		diff_split(a, x.bytes, x.len, &lx);
		diff_split(a, y.bytes, y.len, &ly);
		diff_number(a, (struct diff_text *[]){ &lx, &ly }, 2);
		diff_unified(a, &lx, &ly, "x", "y", &ours);
		assert_text((struct text){ strbuf_str(&ours), ours.len },
			    (struct text){ strbuf_str(&theirs), theirs.len });
		strbuf_free(&theirs);
		strbuf_free(&ours);
		arena_free(a);
		a = arena_new();
	}
	(void)run_tool((const char *const[]){ "rm", "-rf", dir, NULL },
		       &(struct strbuf)STRBUF_INIT);
}

/* ---- by hand */

static void lines_by_hand(void **state)
{
	static const struct {
		const char *base, *live, *new, *want;	/* NULL: conflict */
	} rows[] = {
		{ "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n" },
		{ "a\nb\n", "A\nb\n", "a\nB\n", NULL },		/* neighbours */
		{ "a\nb\n", "x\na\nb\n", "a\nb\ny\n", "x\na\nb\ny\n" },
		{ "a\n", "a\nx\n", "a\ny\n", NULL },		/* both at the end */
		{ "a\n", "a\nx\n", "a\nx\n", "a\nx\n" },
		{ "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", NULL },	/* removed, changed */
		{ "a\nb\nc\n", "a\nc\n", "a\nb\nC\n", NULL },
		{ "", "x\n", "", "x\n" },
		{ "", "x\n", "y\n", NULL },
		{ "a", "a\n", "a", "a\n" },			/* a newline is an edit */
		{ "a\r\nb\r\nc\r\n", "a\r\nb\r\nX\r\n", "Y\r\nb\r\nc\r\n", "Y\r\nb\r\nX\r\n" },
	};
	struct merge_result r;
	size_t i;

	(void)state;
	seed = 0;
	for (i = 0; i < COUNT(rows); i++) {
		merge_lines(a, text_of(rows[i].base), text_of(rows[i].live), text_of(rows[i].new),
			    &r);
		assert_int_equal(r.outcome, rows[i].want != NULL ? MERGE_CLEAN : MERGE_CONFLICT);
		if (rows[i].want != NULL)
			assert_text(r.text, text_of(rows[i].want));
	}
}

static void binary_is_never_merged(void **state)
{
	struct text b = text_of("a\n"), bin = { "a\0b\n", 4 };
	struct merge_result r;

	(void)state;
	merge_lines(a, b, bin, b, &r);
	assert_int_equal(r.outcome, MERGE_BINARY);
	merge_lines(a, bin, b, b, &r);
	assert_int_equal(r.outcome, MERGE_BINARY);
	merge_lines(a, b, b, bin, &r);
	assert_int_equal(r.outcome, MERGE_BINARY);
	merge_keys(a, b, bin, b, &r);
	assert_int_equal(r.outcome, MERGE_UNFIT);
}

static void marked_copies_say_all_three(void **state)
{
	struct text t;

	(void)state;
	merge_marked(a, text_of("1\na\n2\n3\n"), text_of("1\nL\n2\n3\n"),
		     text_of("1\nN\n2\n3\n4\n"), &t);
	assert_text(t, text_of("1\n<<<<<<< live\nL\n||||||| packaged before\na\n=======\nN\n"
			       ">>>>>>> packaged now\n2\n3\n4\n"));
	assert_true(merge_has_marks(t));
	assert_false(merge_has_marks(text_of("a <<<<<<< live\n=======\n")));
	assert_true(merge_has_marks(text_of(">>>>>>> packaged now")));
}

static void the_first_conflict_has_its_line(void **state)
{
	struct merge_result r;

	(void)state;
	merge_lines(a, text_of("1\n2\n3\na\n"), text_of("0\n1\n2\n3\nL\n"),
		    text_of("1\n2\n3\nN\n"), &r);
	assert_int_equal(r.outcome, MERGE_CONFLICT);
	assert_int_equal(r.conflicts, 1);
	assert_int_equal(r.line, 5);
}

static void keys_by_hand(void **state)
{
	static const struct {
		const char *base, *live, *new, *want;	/* NULL: conflict; "?": unfit */
	} rows[] = {
		/* neighbours, which lines can't merge */
		{ "a=1\nb=2\n", "a=9\nb=2\n", "a=1\nb=3\n", "a=9\nb=3\n" },
		{ "a=1\n", "a=9\n", "a=2\n", NULL },
		{ "a=1\n", "a=2\n", "a = 1\nb=2\n", NULL },
		{ "a=1\n", "a=2\n", "a=2\nb=2\n", "a=2\nb=2\n" },
		/* a new key goes behind its neighbour, with its comment */
		{ "a=1\nz=1\n", "a=9\nz=1\n", "a=1\n\n# new\nb=2\nz=1\n",
		  "a=9\n\n# new\nb=2\nz=1\n" },
		{ "a=1\n", "x=5\na=9\n", "b=2\na=1\n", "x=5\na=9\nb=2\n" },
		/* the same new key, alike and not */
		{ "", "b=2\n", "b=2\n", "b=2\n" },
		{ "", "b=2\n", "b=3\n", NULL },
		/* removed here, there, and changed meanwhile */
		{ "a=1\nb=2\n", "a=9\n", "a=1\nb=2\n", "a=9\n" },
		{ "a=1\nb=2\n", "a=9\nb=2\n", "a=1\n", "a=9\n" },
		{ "a=1\nb=2\n", "a=1\nb=9\n", "a=1\n", NULL },
		{ "a=1\nb=2\n", "a=1\n", "a=1\nb=3\n", NULL },
		/* sections */
		{ "[p]\na=1\n[q]\na=1\n", "[p]\na=9\n[q]\na=1\n", "[p]\na=1\n[q]\na=2\nb=3\n",
		  "[p]\na=9\n[q]\na=2\nb=3\n" },
		{ "[p]\na=1\n", "[p]\na=9\n", "[p]\na=1\n[n]\n# of n\nx=1\ny=2\n",
		  "[p]\na=9\n[n]\n# of n\nx=1\ny=2\n" },
		/* a last line without newline */
		{ "a=1\nb=1", "a=9\nb=1", "a=1\nb=1\nc=3", "a=9\nb=1\nc=3" },
		/* not files of unique keys */
		{ "a=1\na=2\n", "a=1\na=2\n", "a=1\n", "?" },
		{ "a=1\n", "server {\n", "a=1\n", "?" },
		{ "a=1\n", "a=1 \\\n 2\n", "a=1\n", "?" },
		{ "[p]\n[p]\n", "a=1\n", "a=1\n", "?" },
		{ "a b=1\n", "a=1\n", "a=1\n", "?" },
	};
	struct merge_result r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		enum merge_outcome want = rows[i].want == NULL ? MERGE_CONFLICT :
					  str_eq(rows[i].want, "?") ? MERGE_UNFIT : MERGE_CLEAN;

		seed = i;
		merge_keys(a, text_of(rows[i].base), text_of(rows[i].live), text_of(rows[i].new),
			   &r);
		if (r.outcome != want)
			fail_msg("row %zu: outcome %d instead of %d", i, r.outcome, want);
		if (want == MERGE_CLEAN)
			assert_text(r.text, text_of(rows[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_laws_hold),
		TEST(scripts_lead_from_one_to_the_other),
		TEST(hopeless_texts_end_soon),
		TEST(conflicts_are_those_of_diff3),
		TEST(conflicts_in_real_texts_are_those_of_diff3),
		TEST(unified_diffs_are_those_of_diff),
		TEST(lines_by_hand),
		TEST(binary_is_never_merged),
		TEST(marked_copies_say_all_three),
		TEST(the_first_conflict_has_its_line),
		TEST(keys_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
