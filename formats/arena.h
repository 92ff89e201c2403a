/*
 * Memory that lives and dies together.
 *
 * Results are allocated from the arena passed first, and live until
 * arena_free(). Nothing is freed singly. Out of memory aborts with one line on
 * stderr, which is safe here because a transaction can be cut at any instant.
 * An arena is not for two threads at once.
 */
#ifndef FORMATS_ARENA_H
#define FORMATS_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* takes NULL */

/* Zeroed, aligned for any type. A size of 0 gives a unique pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* n * size with overflow check. */
void *arena_calloc(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
/* len bytes of s and a NUL; s may hold NUL bytes. */
char *arena_strndup(struct arena *a, const char *s, size_t len);
/* "%s%c%s", where printf would take too long. */
char *arena_join(struct arena *a, const char *s, char between, const char *t);
/* A copy of n elements of that size; p may be NULL when n is 0. */
void *arena_memdup(struct arena *a, const void *p, size_t n, size_t size);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Total bytes handed out, for tests of limits. */
size_t arena_used(const struct arena *a);

static inline void arena_cleanup(struct arena **a)
{
	arena_free(*a);
}
#define AUTO_ARENA __attribute__((cleanup(arena_cleanup)))

/* For memory outside of arenas: abort instead of NULL. */
void *xmalloc(size_t size);
void *xrealloc(void *p, size_t size);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);

#endif
