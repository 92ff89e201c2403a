/*
 * Vocabulary of the paper: a path through the grid of x against y is on diagonal k = i - j;
 * `forward[k]` is how far right a path with so many edits comes there from the top left,
 * `backward[k]` how far left one comes from the bottom right. Where they meet is a point of a
 * shortest path, and both halves are solved alone.
 */
#include "diff.h"

/* Above so many edits on the way to the middle the rest counts as replaced: as long as a
 * second on a text of a megabyte, instead of minutes. */
#define MAX_EDITS 2000

/* ---- lines */

void diff_split(struct arena *a, const char *text, size_t len, struct diff_text *ret)
{
	const char *end = text + len, *at, *nl;
	size_t n = 0;

	for (at = text; at < end; at = nl + 1) {
		n++;
		nl = memchr(at, '\n', (size_t)(end - at));
		if (nl == NULL)
			break;
	}
	ret->v = arena_calloc(a, n, sizeof(*ret->v));
	ret->n = n;
	for (at = text, n = 0; n < ret->n; n++) {
		nl = memchr(at, '\n', (size_t)(end - at));
		ret->v[n].s = at;
		ret->v[n].len = nl != NULL ? (size_t)(nl + 1 - at) : (size_t)(end - at);
		at += ret->v[n].len;
	}
}

static int by_text(const void *p, const void *q)
{
	const struct diff_line *x = *(struct diff_line *const *)p;
	const struct diff_line *y = *(struct diff_line *const *)q;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->s, y->s, x->len);
}

void diff_number(struct arena *a, struct diff_text *const *texts, size_t n)
{
	struct diff_line **all;
	size_t i, k, total = 0;

	for (i = 0; i < n; i++)
		total += texts[i]->n;
	all = arena_calloc(a, total, sizeof(*all));
	for (total = 0, i = 0; i < n; i++)
		for (k = 0; k < texts[i]->n; k++)
			all[total++] = &texts[i]->v[k];
	if (total > 0)
		qsort(all, total, sizeof(*all), by_text);
	for (i = 0; i < total; i++)
		all[i]->id = i > 0 && by_text(&all[i - 1], &all[i]) != 0 ? all[i - 1]->id + 1 :
			     i > 0 ? all[i - 1]->id : 0;
}

/* ---- the shortest path */

/* One side without the lines that the other has nowhere: those are changed for certain. */
struct side {
	uint32_t *id;
	size_t *line;		/* where it stands in the text */
	size_t n;
	bool *changed;		/* of the whole text */
};

struct search {
	struct side x, y;
	ptrdiff_t *forward, *backward;	/* by diagonal; may be indexed from -y.n - 1 to x.n + 1 */
};

struct box {
	ptrdiff_t x0, x1, y0, y1;
};

struct meeting {
	ptrdiff_t x, y;
};

static void replaced(struct search *s, struct box b)
{
	ptrdiff_t i;

	for (i = b.x0; i < b.x1; i++)
		s->x.changed[s->x.line[i]] = true;
	for (i = b.y0; i < b.y1; i++)
		s->y.changed[s->y.line[i]] = true;
}

/* The diagonals that are still inside the box; they begin as one and grow by one each step. */
struct band {
	ptrdiff_t low, high;
};

static void widen(struct band *band, ptrdiff_t *furthest, ptrdiff_t least, ptrdiff_t most,
		  ptrdiff_t outside)
{
	if (band->low > least)
		furthest[--band->low - 1] = outside;
	else
		band->low++;
	if (band->high < most)
		furthest[++band->high + 1] = outside;
	else
		band->high--;
}

static bool step_forward(struct search *s, struct box b, struct band *fw, struct band bw,
			 bool odd, struct meeting *ret)
{
	ptrdiff_t k;

	widen(fw, s->forward, b.x0 - b.y1, b.x1 - b.y0, -1);
	for (k = fw->high; k >= fw->low; k -= 2) {
		ptrdiff_t below = s->forward[k - 1], above = s->forward[k + 1];
		ptrdiff_t x = below < above ? above : below + 1, y = x - k;

		while (x < b.x1 && y < b.y1 && s->x.id[x] == s->y.id[y]) {
			x++;
			y++;
		}
		s->forward[k] = x;
		if (odd && bw.low <= k && k <= bw.high && s->backward[k] <= x) {
			*ret = (struct meeting){ x, y };
			return true;
		}
	}
	return false;
}

static bool step_backward(struct search *s, struct box b, struct band fw, struct band *bw,
			  bool odd, struct meeting *ret)
{
	ptrdiff_t k;

	widen(bw, s->backward, b.x0 - b.y1, b.x1 - b.y0, PTRDIFF_MAX);
	for (k = bw->high; k >= bw->low; k -= 2) {
		ptrdiff_t below = s->backward[k - 1], above = s->backward[k + 1];
		ptrdiff_t x = below < above ? below : above - 1, y = x - k;

		while (b.x0 < x && b.y0 < y && s->x.id[x - 1] == s->y.id[y - 1]) {
			x--;
			y--;
		}
		s->backward[k] = x;
		if (!odd && fw.low <= k && k <= fw.high && x <= s->forward[k]) {
			*ret = (struct meeting){ x, y };
			return true;
		}
	}
	return false;
}

/* False: too many edits. */
static bool meet(struct search *s, struct box b, struct meeting *ret)
{
	ptrdiff_t first = b.x0 - b.y0, last = b.x1 - b.y1;
	struct band fw = { first, first }, bw = { last, last };
	bool odd = ((first - last) & 1) != 0;
	int edits;

	s->forward[first] = b.x0;
	s->backward[last] = b.x1;
	for (edits = 0; edits < MAX_EDITS; edits++)
		if (step_forward(s, b, &fw, bw, odd, ret) ||
		    step_backward(s, b, fw, &bw, odd, ret))
			return true;
	return false;
}

static void compare(struct search *s, struct box b)
{
	struct meeting m;

	for (;;) {
		while (b.x0 < b.x1 && b.y0 < b.y1 && s->x.id[b.x0] == s->y.id[b.y0]) {
			b.x0++;
			b.y0++;
		}
		while (b.x0 < b.x1 && b.y0 < b.y1 && s->x.id[b.x1 - 1] == s->y.id[b.y1 - 1]) {
			b.x1--;
			b.y1--;
		}
		if (b.x0 == b.x1 || b.y0 == b.y1 || !meet(s, b, &m)) {
			replaced(s, b);
			return;
		}
		/* The second half is this loop's: the depth stays logarithmic in practice. */
		compare(s, (struct box){ b.x0, m.x, b.y0, m.y });
		b.x0 = m.x;
		b.y0 = m.y;
	}
}

static void side_of(struct arena *a, const struct diff_text *own, const struct diff_text *other,
		    uint32_t ids, struct side *ret)
{
	bool *there = arena_calloc(a, ids, sizeof(*there));
	size_t i;

	for (i = 0; i < other->n; i++)
		there[other->v[i].id] = true;
	ret->id = arena_calloc(a, own->n, sizeof(*ret->id));
	ret->line = arena_calloc(a, own->n, sizeof(*ret->line));
	ret->changed = arena_calloc(a, own->n + 2, sizeof(*ret->changed));
	ret->changed++; /* so that -1 and n may be asked */
	for (i = 0; i < own->n; i++) {
		if (!there[own->v[i].id]) {
			ret->changed[i] = true;
			continue;
		}
		ret->id[ret->n] = own->v[i].id;
		ret->line[ret->n++] = i;
	}
}

/* ---- hunks slid down
 *
 * Of `A [B A] B` and `A B [A B]` only one can be printed. Each run of changed lines goes
 * up as long as that makes it touch the run above, then down as far as it goes, and back up to
 * the last place at which the other side has a change as well, so that the two become one hunk. */

struct slide {
	const struct diff_text *own;
	bool *changed, *other;
	size_t from, to;	/* the run */
	size_t at;		/* the line of the other side beside `to` */
};

static bool line_same(const struct slide *s, size_t i, size_t k)
{
	return s->own->v[i].id == s->own->v[k].id;
}

static void slide_up(struct slide *s)
{
	while (s->from > 0 && line_same(s, s->from - 1, s->to - 1)) {
		s->changed[--s->from] = true;
		s->changed[--s->to] = false;
		while (s->from > 0 && s->changed[s->from - 1])
			s->from--;
		do
			s->at--;
		while (s->other[s->at]);
	}
}

/* Remembers in *beside where the other side had a change beside the end of the run. */
static void slide_down(struct slide *s, size_t *beside)
{
	while (s->to < s->own->n && line_same(s, s->from, s->to)) {
		s->changed[s->from++] = false;
		s->changed[s->to++] = true;
		while (s->to < s->own->n && s->changed[s->to])
			s->to++;
		do
			s->at++;
		while (s->other[s->at]);
		if (s->other[s->at - 1])
			*beside = s->to;
	}
}

static void slide_back(struct slide *s, size_t beside)
{
	while (beside < s->to) {
		s->changed[--s->from] = true;
		s->changed[--s->to] = false;
		do
			s->at--;
		while (s->other[s->at]);
	}
}

static void slide_run(struct slide *s)
{
	size_t length, beside;

	do {
		length = s->to - s->from;
		slide_up(s);
		beside = s->at > 0 && s->other[s->at - 1] ? s->to : s->own->n + 1;
		slide_down(s, &beside);
	} while (s->to - s->from != length);
	if (beside <= s->own->n)
		slide_back(s, beside);
}

/* `other_n` lines on the other side, whose flags may be asked one beyond. */
static void slide_all(const struct diff_text *own, bool *changed, bool *other)
{
	struct slide s = { .own = own, .changed = changed, .other = other };
	size_t i = 0;

	for (;;) {
		while (i < own->n && !changed[i]) {
			while (other[s.at])
				s.at++;
			s.at++;
			i++;
		}
		if (i == own->n)
			return;
		s.from = i;
		while (i < own->n && changed[i])
			i++;
		while (other[s.at])
			s.at++;
		s.to = i;
		slide_run(&s);
		i = s.to;
	}
}

/* ---- the script */

static void script(struct arena *a, const struct search *s, size_t xn, size_t yn,
		   struct diff *ret)
{
	VEC(struct hunk) hunks = VEC_INIT;
	size_t i = 0, k = 0;

	while (i < xn || k < yn) {
		struct hunk h = { .a_from = i, .b_from = k };

		while (i < xn && s->x.changed[i])
			i++;
		while (k < yn && s->y.changed[k])
			k++;
		h.a_to = i;
		h.b_to = k;
		if (h.a_from < i || h.b_from < k)
			*VEC_PUSH(&hunks) = h;
		if (i < xn)
			i++;
		if (k < yn)
			k++;
	}
	ret->v = arena_memdup(a, hunks.v, hunks.n, sizeof(*hunks.v));
	ret->n = hunks.n;
	VEC_FREE(&hunks);
}

static uint32_t highest(const struct diff_text *l, uint32_t so_far)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].id >= so_far)
			so_far = l->v[i].id + 1;
	return so_far;
}

void diff_lines(struct arena *a, const struct diff_text *x, const struct diff_text *y,
		struct diff *ret)
{
	uint32_t ids = highest(y, highest(x, 1));
	struct search s = { .forward = NULL };
	AUTO_ARENA struct arena *scratch = arena_new();
	size_t diagonals;

	side_of(scratch, x, y, ids, &s.x);
	side_of(scratch, y, x, ids, &s.y);
	diagonals = s.x.n + s.y.n + 3;
	s.forward = (ptrdiff_t *)arena_calloc(scratch, diagonals, sizeof(ptrdiff_t)) + s.y.n + 1;
	s.backward = (ptrdiff_t *)arena_calloc(scratch, diagonals, sizeof(ptrdiff_t)) + s.y.n + 1;
	compare(&s, (struct box){ 0, (ptrdiff_t)s.x.n, 0, (ptrdiff_t)s.y.n });
	slide_all(x, s.x.changed, s.y.changed);
	slide_all(y, s.y.changed, s.x.changed);
	script(a, &s, x->n, y->n, ret);
}

/* ---- for people */

#define CONTEXT 3

static void unified_line(struct strbuf *ret, char mark, const struct diff_line *l)
{
	strbuf_addch(ret, mark);
	strbuf_add(ret, l->s, l->len);
	if (l->len == 0 || l->s[l->len - 1] != '\n')
		strbuf_adds(ret, "\n\\ No newline at end of file\n");
}

static void unified_range(struct strbuf *ret, char mark, size_t from, size_t to)
{
	if (to - from == 1)
		strbuf_addf(ret, "%c%zu", mark, from + 1);
	else
		strbuf_addf(ret, "%c%zu,%zu", mark, to == from ? from : from + 1, to - from);
}

/* Hunks first..last, which are so near that their context is one. */
static void unified_group(struct strbuf *ret, const struct diff_text *x, const struct diff_text *y,
			  const struct diff *d, size_t first, size_t last, size_t context)
{
	size_t above = d->v[first].a_from < context ? d->v[first].a_from : context;
	size_t left = x->n - d->v[last].a_to, below = left < context ? left : context;
	size_t at = d->v[first].a_from - above, i, k;

	strbuf_adds(ret, "@@ ");
	unified_range(ret, '-', at, d->v[last].a_to + below);
	strbuf_addch(ret, ' ');
	unified_range(ret, '+', d->v[first].b_from - above, d->v[last].b_to + below);
	strbuf_adds(ret, " @@\n");
	for (i = first; i <= last; i++) {
		for (; at < d->v[i].a_from; at++)
			unified_line(ret, ' ', &x->v[at]);
		for (; at < d->v[i].a_to; at++)
			unified_line(ret, '-', &x->v[at]);
		for (k = d->v[i].b_from; k < d->v[i].b_to; k++)
			unified_line(ret, '+', &y->v[k]);
	}
	for (k = 0; k < below; k++, at++)
		unified_line(ret, ' ', &x->v[at]);
}

void diff_unified(struct arena *a, const struct diff_text *x, const struct diff_text *y,
		  const char *x_name, const char *y_name, struct strbuf *ret)
{
	struct diff d;
	size_t i, last;

	diff_lines(a, x, y, &d);
	if (d.n == 0)
		return;
	strbuf_addf(ret, "--- %s\n+++ %s\n", x_name, y_name);
	for (i = 0; i < d.n; i = last + 1) {
		last = i;
		while (last + 1 < d.n && d.v[last + 1].a_from - d.v[last].a_to <= 2 * CONTEXT)
			last++;
		unified_group(ret, x, y, &d, i, last, CONTEXT);
	}
}

void diff_whole(struct arena *a, const struct diff_text *x, const struct diff_text *y,
		struct strbuf *ret)
{
	struct diff d;

	diff_lines(a, x, y, &d);
	if (d.n > 0)
		unified_group(ret, x, y, &d, 0, d.n - 1, SIZE_MAX);
}
