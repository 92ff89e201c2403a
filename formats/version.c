/*
 * The order of SVR4 versions. This must agree, string by string, with libsolv on
 * what version_evr() makes of them, or a plan would call an upgrade what the
 * solver chose as a downgrade; tests/unit/version_test.c compares the two.
 */
#include "version.h"

#include <stdbool.h>
#include <string.h>

#include "lines.h"

struct evr {
	struct span version, release;
	bool has_release;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
	return is_digit(c) || is_alpha(c) || c == '~';
}

/* Sun wrote 7.0-3.01: the only dash stands between two digits, a release follows. */
static const char *find_release_dash(const char *s)
{
	const char *dash = strchr(s, '-');

	if (dash == NULL || dash == s || strchr(dash + 1, '-') != NULL)
		return NULL;
	return is_digit(dash[-1]) && is_digit(dash[1]) ? dash : NULL;
}

static const char *find_last(const char *s, const char *what)
{
	const char *last = NULL;

	for (s = strstr(s, what); s != NULL; s = strstr(s + 1, what))
		last = s;
	return last;
}

static struct evr evr_split(const char *s)
{
	const char *cut = find_last(s, ",REV=");
	size_t skip = 5;
	struct evr v = { .version = { s, strlen(s) } };

	if (cut == NULL) {
		cut = find_release_dash(s);
		skip = 1;
	}
	if (cut != NULL) {
		v.version.len = (size_t)(cut - s);
		v.release = (struct span){ cut + skip, strlen(cut + skip) };
		v.has_release = v.release.len > 0;
	}
	if (v.version.len == 0) /* the empty version means "none" to libsolv */
		v.version = (struct span){ "0", 1 };
	return v;
}

/* Cuts a run of digits or of letters. */
static struct span cut_segment(struct span *s, bool (*is)(char))
{
	struct span seg = { s->p, 0 };

	while (seg.len < s->len && is(s->p[seg.len]))
		seg.len++;
	s->p += seg.len;
	s->len -= seg.len;
	return seg;
}

static void skip_while(struct span *s, bool (*is)(char), bool want)
{
	while (s->len > 0 && is(s->p[0]) == want) {
		s->p++;
		s->len--;
	}
}

static bool is_zero(char c)
{
	return c == '0';
}

static int compare_bytes(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int rc = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return rc != 0 ? rc : (a.len > b.len) - (a.len < b.len);
}

/* Numbers of any length, so without arithmetic: the longer one is greater. */
static int compare_digits(struct span *a, struct span *b)
{
	struct span x, y;

	skip_while(a, is_zero, true);
	skip_while(b, is_zero, true);
	x = cut_segment(a, is_digit);
	y = cut_segment(b, is_digit);
	if (x.len != y.len)
		return x.len > y.len ? 1 : -1;
	return compare_bytes(x, y);
}

/* One side has a '~' next: it is older, unless both have. 0 = go on. */
static int compare_tildes(struct span *a, struct span *b)
{
	bool in_a = a->len > 0 && a->p[0] == '~', in_b = b->len > 0 && b->p[0] == '~';

	if (in_a && in_b) {
		a->p++, a->len--;
		b->p++, b->len--;
	}
	return in_b - in_a;
}

static int compare_segments(struct span *a, struct span *b)
{
	bool digit_a = is_digit(a->p[0]), digit_b = is_digit(b->p[0]);
	struct span x, y;

	if (digit_a != digit_b)
		return digit_a ? 1 : -1;
	if (digit_a)
		return compare_digits(a, b);
	x = cut_segment(a, is_alpha);
	y = cut_segment(b, is_alpha);
	return compare_bytes(x, y);
}

static int compare_part(struct span a, struct span b)
{
	int rc;

	for (;;) {
		skip_while(&a, is_word, false);
		skip_while(&b, is_word, false);
		if ((a.len > 0 && a.p[0] == '~') || (b.len > 0 && b.p[0] == '~')) {
			rc = compare_tildes(&a, &b);
			if (rc != 0)
				return rc;
			continue;
		}
		if (a.len == 0 || b.len == 0)
			return (a.len > 0) - (b.len > 0);
		rc = compare_segments(&a, &b);
		if (rc != 0)
			return rc;
	}
}

int version_compare(const char *a, const char *b)
{
	struct evr x = evr_split(a), y = evr_split(b);
	int rc = compare_part(x.version, y.version);

	if (rc != 0)
		return rc;
	if (!x.has_release || !y.has_release)
		return x.has_release - y.has_release;
	return compare_part(x.release, y.release);
}

/* All but words, and signs that mean nothing to libsolv, become '.': a '-' would
 * begin a release, a ':' end an epoch, a '^' and a blank have meanings too. */
static char *put_part(char *out, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		*out++ = is_word(s.p[i]) || memchr("._+=,", s.p[i], 5) ? s.p[i] : '.';
	return out;
}

const char *version_evr(struct arena *a, const char *version)
{
	struct evr v = evr_split(version);
	char *evr = arena_alloc(a, v.version.len + v.release.len + 2), *p;

	p = put_part(evr, v.version);
	if (v.has_release) {
		*p++ = '-';
		p = put_part(p, v.release);
	}
	*p = '\0';
	return evr;
}
