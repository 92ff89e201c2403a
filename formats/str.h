/*
 * The few words about text that every room speaks: a growing buffer, strict
 * numbers, escaping for print, a growing array and a map from strings.
 */
#ifndef FORMATS_STR_H
#define FORMATS_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}
/* Is word one of the words of a list, separated by blanks or tabs (NULL: none)? */
bool str_has_word(const char *words, const char *word);

bool str_has_suffix(const char *s, const char *suffix);

/*
 * Strict numbers: only digits of the base (8 or 10), at least one, the whole of
 * s[0..len). No sign, no blank, no wrap: a value over max is refused.
 * False leaves *ret alone.
 */
bool str_to_u64(const char *s, size_t len, unsigned base, uint64_t max, uint64_t *ret);
/* The same with one optional leading '-', for times before 1970. */
bool str_to_i64(const char *s, size_t len, int64_t *ret);
/* Bytes: a number of base 10, and maybe one of K, M, G and T behind it, powers of 1024. */
bool str_to_size(const char *s, uint64_t max, uint64_t *ret);

/* A growing buffer. `p` is NUL terminated whenever len > 0; NULL when never used. */
struct strbuf {
	char *p;
	size_t len, cap;
};
#define STRBUF_INIT { .p = NULL }

void strbuf_add(struct strbuf *b, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addch(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_reset(struct strbuf *b); /* empties, keeps the memory */
void strbuf_free(struct strbuf *b);
static inline const char *strbuf_str(const struct strbuf *b)
{
	return b->p != NULL ? b->p : "";
}
#define AUTO_STRBUF __attribute__((cleanup(strbuf_free)))

/*
 * Appends text from outside so that it can't drive a terminal: C0 and C1
 * controls, DEL, bidirectional overrides and bytes that are not UTF-8 become
 * \xNN (of each byte); a backslash stays a backslash. Everything that is
 * printed passes here.
 */
void strbuf_add_escaped(struct strbuf *b, const char *s);
/* The same as a string of the arena (s itself when nothing needs escaping). */
const char *str_escaped(struct arena *a, const char *s);

/* A word as a shell takes it, for commands that are shown: s itself, or quoted. */
const char *str_shell(struct arena *a, const char *s);

/*
 * A growing array on the heap:
 *
 *	VEC(struct step) steps = VEC_INIT;
 *	*VEC_PUSH(&steps) = (struct step){ ... };
 *	for (i = 0; i < steps.n; i++) use(&steps.v[i]);
 *	VEC_FREE(&steps);
 *
 * VEC_PUSH yields a pointer to a zeroed new element; older pointers may move.
 */
#define VEC(type) struct { type *v; size_t n, cap; }
#define VEC_INIT { .v = NULL }
#define VEC_PUSH(vec) \
	(vec_reserve((void **)&(vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v)), \
	 memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v)), &(vec)->v[(vec)->n++])
#define VEC_FREE(vec) \
	(free((vec)->v), (vec)->v = NULL, (vec)->n = (vec)->cap = 0)
void vec_reserve(void **v, size_t n, size_t *cap, size_t size);

/*
 * A map from strings (borrowed: they must outlive the map) to pointers.
 * Seeded per process, so that crafted names can't make it slow.
 */
struct strmap;
struct strmap *strmap_new(size_t expected);
void strmap_free(struct strmap *m);
/* The value, or NULL. */
void *strmap_find(const struct strmap *m, const char *key);
/* The same of the first len bytes of a text. */
void *strmap_find_part(const struct strmap *m, const char *key, size_t len);
/* Adds or replaces; returns the value that was there before, or NULL. */
void *strmap_put(struct strmap *m, const char *key, void *value);
size_t strmap_count(const struct strmap *m);
/* The slots in no useful order: *i starts at 0; NULL at the end. */
void *strmap_next(const struct strmap *m, size_t *i, const char **ret_key);

#endif
