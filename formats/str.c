/* Buffers, strict numbers, escaping. */
#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool str_has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && memcmp(s + n - k, suffix, k) == 0;
}

bool str_to_u64(const char *s, size_t len, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	if (len == 0)
		return false;
	for (i = 0; i < len; i++) {
		unsigned digit = (unsigned)(unsigned char)s[i] - '0';

		if (digit >= base)
			return false;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit, &v) || v > max)
			return false;
	}
	*ret = v;
	return true;
}

bool str_to_i64(const char *s, size_t len, int64_t *ret)
{
	bool minus = len > 0 && s[0] == '-';
	uint64_t v;

	if (!str_to_u64(s + minus, len - minus, 10, INT64_MAX, &v))
		return false;
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

bool str_to_size(const char *s, uint64_t max, uint64_t *ret)
{
	static const char units[] = "KMGT";
	size_t len = strlen(s);
	const char *unit = len > 0 ? strchr(units, s[len - 1]) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	if (!str_to_u64(s, len - (unit != NULL), 10, max >> shift, &n))
		return false;
	*ret = n << shift;
	return true;
}

static void strbuf_grow(struct strbuf *b, size_t more)
{
	size_t need = b->len + more + 1;

	if (need <= b->cap)
		return;
	b->cap = need > 2 * b->cap ? need : 2 * b->cap;
	b->p = xrealloc(b->p, b->cap);
}

void strbuf_add(struct strbuf *b, const void *bytes, size_t len)
{
	strbuf_grow(b, len);
	if (len > 0)
		memcpy(b->p + b->len, bytes, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addch(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

/* What fits is formatted once; only what does not is measured first. */
void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	size_t room;
	va_list ap;
	int len;

	strbuf_grow(b, 0);
	room = b->cap - b->len;
	va_start(ap, fmt);
	len = vsnprintf(b->p + b->len, room, fmt, ap);
	va_end(ap);
	if (len < 0) {
		b->p[b->len] = '\0';
		return;
	}
	if ((size_t)len >= room) {
		strbuf_grow(b, (size_t)len);
		va_start(ap, fmt);
		(void)vsnprintf(b->p + b->len, (size_t)len + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)len;
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void strbuf_free(struct strbuf *b)
{
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}

/* Length of the well-formed UTF-8 sequence at s, 0 when there is none
 * (RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF). */
static size_t utf8_length(const unsigned char *s, uint32_t *ret_rune)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 :
		   (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	uint32_t rune;
	size_t i;

	if (n == 0)
		return 0;
	rune = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (s[i] & 0x3f);
	}
	if (rune < least[n] || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		return 0;
	*ret_rune = rune;
	return n;
}

/* Controls, and the characters that reorder or hide the text around them. */
static bool rune_is_unsafe(uint32_t r)
{
	return r < 0x20 || (r >= 0x7f && r < 0xa0) || r == 0x061c ||
	       (r >= 0x200b && r <= 0x200f) || (r >= 0x2028 && r <= 0x202e) ||
	       (r >= 0x2060 && r <= 0x206f) || r == 0xfeff;
}

void strbuf_add_escaped(struct strbuf *b, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s != '\0') {
		uint32_t rune = 0;
		size_t n = utf8_length(s, &rune), i;

		if (n > 0 && !rune_is_unsafe(rune)) {
			strbuf_add(b, s, n);
			s += n;
			continue;
		}
		for (i = 0; i < (n > 0 ? n : 1); i++)
			strbuf_addf(b, "\\x%02x", s[i]);
		s += n > 0 ? n : 1;
	}
}

const char *str_escaped(struct arena *a, const char *s)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	strbuf_add_escaped(&b, s);
	return str_eq(strbuf_str(&b), s) ? s : arena_strdup(a, strbuf_str(&b));
}

const char *str_shell(struct arena *a, const char *s)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	if (*s != '\0' && *s != '~' &&
	    s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789%+,-./:=@^_~")] == '\0')
		return s;
	strbuf_addch(&b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			strbuf_adds(&b, "'\\''");
		else
			strbuf_addch(&b, *s);
	}
	strbuf_addch(&b, '\'');
	return arena_strdup(a, strbuf_str(&b));
}

void vec_reserve(void **v, size_t n, size_t *cap, size_t size)
{
	size_t bytes;

	if (n < *cap)
		return;
	*cap = *cap == 0 ? 8 : *cap * 2;
	if (__builtin_mul_overflow(*cap, size, &bytes))
		bytes = SIZE_MAX;
	*v = xrealloc(*v, bytes);
}

bool str_has_word(const char *words, const char *word)
{
	size_t len;

	while (words != NULL && *(words += strspn(words, " \t")) != '\0') {
		len = strcspn(words, " \t");
		if (strlen(word) == len && memcmp(word, words, len) == 0)
			return true;
		words += len;
	}
	return false;
}
