#include "formats/debversion.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p, *end;
};

struct parts {
	struct span epoch, upstream, revision;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct parts split(const char *v)
{
	const char *end = v + strlen(v), *colon = v, *dash = end;
	struct parts r = { .epoch = { v, v } };

	while (is_digit(*colon))
		colon++;
	if (*colon == ':' && colon != v) {
		r.epoch.end = colon;
		v = colon + 1;
	}
	while (dash > v && dash[-1] != '-')
		dash--;
	if (dash == v)
		dash = end + 1; /* no revision */
	r.upstream = (struct span){ v, dash - 1 };
	r.revision = (struct span){ dash <= end ? dash : end, end };
	return r;
}

/* Rank of a character within a run of non-digits; the end and a digit are 0. */
static int order(const struct span *s)
{
	if (s->p == s->end || is_digit(*s->p))
		return 0;
	if (*s->p == '~')
		return -1;
	if (is_letter(*s->p))
		return *s->p;
	return (unsigned char)*s->p + 256;
}

static int compare_words(struct span *a, struct span *b)
{
	for (;;) {
		int x = order(a), y = order(b);

		if (x != y)
			return x - y;
		if (x == 0)
			return 0;
		a->p++;
		b->p++;
	}
}

static size_t digits(struct span *s)
{
	size_t n = 0;

	while (s->p < s->end && *s->p == '0')
		s->p++;
	while (s->p + n < s->end && is_digit(s->p[n]))
		n++;
	return n;
}

static int compare_numbers(struct span *a, struct span *b)
{
	size_t n = digits(a), m = digits(b);
	int c;

	if (n != m)
		return n < m ? -1 : 1;
	c = memcmp(a->p, b->p, n);
	a->p += n;
	b->p += n;
	return c;
}

static int compare_spans(struct span a, struct span b)
{
	int c;

	do {
		c = compare_words(&a, &b);
		if (c == 0)
			c = compare_numbers(&a, &b);
	} while (c == 0 && (a.p < a.end || b.p < b.end));
	return c;
}

int debversion_compare(const char *a, const char *b)
{
	struct parts x = split(a), y = split(b);
	int c = compare_numbers(&x.epoch, &y.epoch);

	if (c == 0)
		c = compare_spans(x.upstream, y.upstream);
	if (c == 0)
		c = compare_spans(x.revision, y.revision);
	return c;
}
