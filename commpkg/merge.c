/*
 * As diff3: the two edit scripts base->live and base->new are laid side by side, and hunks that
 * touch the same or adjacent lines of base are one block. A block in which only one side has
 * hunks is that side's; one in which both have is a conflict, unless both made it the same.
 */
#include "merge.h"

#include "diff.h"

enum { LIVE, NEW };

struct block {
	size_t base_from, base_to;
	size_t from[2], to[2];		/* lines of live and new */
	bool conflict;
	int side;			/* whose lines stand there, when no conflict */
};

struct three {
	struct diff_text base, side[2];
	struct diff diff[2];
	VEC(struct block) blocks;
	size_t conflicts;
};

static bool is_binary(struct text t)
{
	return t.len > 0 && memchr(t.bytes, '\0', t.len) != NULL;
}

/* ---- blocks */

static bool same_lines(const struct three *t, const struct block *b)
{
	size_t i, n = b->to[LIVE] - b->from[LIVE];

	if (b->to[NEW] - b->from[NEW] != n)
		return false;
	for (i = 0; i < n; i++)
		if (t->side[LIVE].v[b->from[LIVE] + i].id != t->side[NEW].v[b->from[NEW] + i].id)
			return false;
	return true;
}

/* Takes hunks of both sides as long as they touch; `next` are the first ones that don't. */
static size_t block_end(const struct three *t, size_t from, size_t next[2])
{
	size_t to = from;
	bool more = true;

	while (more) {
		int s;

		more = false;
		for (s = LIVE; s <= NEW; s++) {
			const struct diff *d = &t->diff[s];

			while (next[s] < d->n && d->v[next[s]].a_from <= to) {
				if (d->v[next[s]].a_to > to)
					to = d->v[next[s]].a_to;
				next[s]++;
				more = true;
			}
		}
	}
	return to;
}

/* `shift`: how far the side is ahead of base after the last block. */
static void block_side(const struct three *t, struct block *b, int s, size_t first, size_t next,
		       ptrdiff_t *shift)
{
	const struct diff *d = &t->diff[s];

	b->from[s] = (size_t)((ptrdiff_t)b->base_from + *shift);
	if (next > first)
		*shift = (ptrdiff_t)d->v[next - 1].b_to - (ptrdiff_t)d->v[next - 1].a_to;
	b->to[s] = (size_t)((ptrdiff_t)b->base_to + *shift);
}

static void add_block(struct three *t, size_t from, size_t next[2], ptrdiff_t shift[2])
{
	size_t first[2] = { next[LIVE], next[NEW] };
	struct block *b = VEC_PUSH(&t->blocks);
	bool live, new;

	b->base_from = from;
	b->base_to = block_end(t, from, next);
	block_side(t, b, LIVE, first[LIVE], next[LIVE], &shift[LIVE]);
	block_side(t, b, NEW, first[NEW], next[NEW], &shift[NEW]);
	live = next[LIVE] > first[LIVE];
	new = next[NEW] > first[NEW];
	b->side = new && !live ? NEW : LIVE;
	b->conflict = live && new && !same_lines(t, b);
	t->conflicts += b->conflict;
}

/* Of several shortest scripts the one that diff3 works with: it looks from the side to base. */
static void diff_to_side(struct arena *a, const struct three *t, int s, struct diff *ret)
{
	size_t i;

	diff_lines(a, &t->side[s], &t->base, ret);
	for (i = 0; i < ret->n; i++) {
		struct hunk h = ret->v[i];

		ret->v[i] = (struct hunk){ h.b_from, h.b_to, h.a_from, h.a_to };
	}
}

static void three_ways(struct arena *a, struct text base, struct text live, struct text new,
		       struct three *t)
{
	size_t next[2] = { 0, 0 };
	ptrdiff_t shift[2] = { 0, 0 };

	diff_split(a, base.bytes, base.len, &t->base);
	diff_split(a, live.bytes, live.len, &t->side[LIVE]);
	diff_split(a, new.bytes, new.len, &t->side[NEW]);
	diff_number(a, (struct diff_text *[]){ &t->base, &t->side[LIVE], &t->side[NEW] }, 3);
	diff_to_side(a, t, LIVE, &t->diff[LIVE]);
	diff_to_side(a, t, NEW, &t->diff[NEW]);
	while (next[LIVE] < t->diff[LIVE].n || next[NEW] < t->diff[NEW].n) {
		size_t from = SIZE_MAX;
		int s;

		for (s = LIVE; s <= NEW; s++)
			if (next[s] < t->diff[s].n && t->diff[s].v[next[s]].a_from < from)
				from = t->diff[s].v[next[s]].a_from;
		add_block(t, from, next, shift);
	}
}

/* ---- the text */

static void add_lines(struct strbuf *out, const struct diff_text *l, size_t from, size_t to)
{
	for (; from < to; from++)
		strbuf_add(out, l->v[from].s, l->v[from].len);
}

static void end_line(struct strbuf *out)
{
	if (out->len > 0 && out->p[out->len - 1] != '\n')
		strbuf_addch(out, '\n');
}

static void add_mark(struct strbuf *out, const char *mark)
{
	end_line(out);
	strbuf_adds(out, mark);
}

static void add_conflict(struct strbuf *out, const struct three *t, const struct block *b)
{
	add_mark(out, "<<<<<<< live\n");
	add_lines(out, &t->side[LIVE], b->from[LIVE], b->to[LIVE]);
	add_mark(out, "||||||| packaged before\n");
	add_lines(out, &t->base, b->base_from, b->base_to);
	add_mark(out, "=======\n");
	add_lines(out, &t->side[NEW], b->from[NEW], b->to[NEW]);
	add_mark(out, ">>>>>>> packaged now\n");
}

static void write_out(struct arena *a, const struct three *t, struct text *ret)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	size_t at = 0, i;

	for (i = 0; i < t->blocks.n; i++) {
		const struct block *b = &t->blocks.v[i];

		add_lines(&out, &t->base, at, b->base_from);
		if (b->conflict)
			add_conflict(&out, t, b);
		else
			add_lines(&out, &t->side[b->side], b->from[b->side], b->to[b->side]);
		at = b->base_to;
	}
	add_lines(&out, &t->base, at, t->base.n);
	ret->len = out.len;
	ret->bytes = arena_strndup(a, strbuf_str(&out), out.len);
}

void merge_lines(struct arena *a, struct text base, struct text live, struct text new,
		 struct merge_result *ret)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	struct three t = { .conflicts = 0 };
	size_t i;

	*ret = (struct merge_result){ .outcome = MERGE_BINARY };
	if (is_binary(base) || is_binary(live) || is_binary(new))
		return;
	three_ways(scratch, base, live, new, &t);
	ret->conflicts = t.conflicts;
	ret->outcome = t.conflicts > 0 ? MERGE_CONFLICT : MERGE_CLEAN;
	for (i = 0; i < t.blocks.n && ret->line == 0; i++)
		if (t.blocks.v[i].conflict)
			ret->line = t.blocks.v[i].from[LIVE] + 1;
	if (t.conflicts == 0)
		write_out(a, &t, &ret->text);
	VEC_FREE(&t.blocks);
}

void merge_marked(struct arena *a, struct text base, struct text live, struct text new,
		  struct text *ret)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	struct three t = { .conflicts = 0 };

	three_ways(scratch, base, live, new, &t);
	write_out(a, &t, ret);
	VEC_FREE(&t.blocks);
}

bool merge_has_marks(struct text t)
{
	static const char *const marks[] = { "<<<<<<< ", "||||||| ", ">>>>>>> " };
	const char *at = t.bytes, *end = t.bytes + t.len, *nl;
	size_t i;

	for (; at < end; at = nl + 1) {
		for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if ((size_t)(end - at) >= 8 && memcmp(at, marks[i], 8) == 0)
				return true;
		nl = memchr(at, '\n', (size_t)(end - at));
		if (nl == NULL)
			return false;
	}
	return false;
}
