/* Bump allocation in chunks that double up to a megabyte. */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)
#define ALIGN _Alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct chunk *head;
	size_t next_size;
	size_t used;
};

static void *no_memory(size_t size)
{
	fprintf(stderr, "commpkg: out of memory (%zu bytes wanted)\n", size);
	abort();
}

void *xmalloc(size_t size)
{
	void *p = malloc(size != 0 ? size : 1);

	return p != NULL ? p : no_memory(size);
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size != 0 ? size : 1);
	return p != NULL ? p : no_memory(size);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);

	return p != NULL ? p : no_memory(n * size);
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	return p != NULL ? p : no_memory(strlen(s) + 1);
}

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->next_size = CHUNK_MIN;
	return a;
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (c = a->head; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *arena_grow(struct arena *a, size_t size)
{
	size_t want = size > a->next_size ? size : a->next_size;
	struct chunk *c = xmalloc(sizeof(*c) + want);

	c->size = want;
	c->used = 0;
	c->next = a->head;
	a->head = c;
	if (a->next_size < CHUNK_MAX)
		a->next_size *= 2;
	return c;
}

static void *arena_take(struct arena *a, size_t size, size_t align)
{
	struct chunk *c = a->head;
	size_t at = c != NULL ? (c->used + align - 1) & ~(align - 1) : 0;

	if (size > SIZE_MAX - 2 * ALIGN - sizeof(*c))
		return no_memory(size);
	if (c == NULL || at > c->size || c->size - at < size) {
		c = arena_grow(a, size);
		at = 0;
	}
	a->used += at - c->used + size;
	c->used = at + size;
	return c->bytes + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size += size == 0;
	return memset(arena_take(a, size, ALIGN), 0, size);
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return no_memory(SIZE_MAX);
	return arena_alloc(a, total);
}

void *arena_memdup(struct arena *a, const void *p, size_t n, size_t size)
{
	void *copy = arena_calloc(a, n, size);

	return n > 0 ? memcpy(copy, p, n * size) : copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = len < SIZE_MAX ? arena_take(a, len + 1, 1) : no_memory(len);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_join(struct arena *a, const char *s, char between, const char *t)
{
	size_t n = strlen(s), m = strlen(t);
	char *all = arena_alloc(a, n + m + 2);

	memcpy(all, s, n);
	all[n] = between;
	memcpy(all + n + 1, t, m);
	return all;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int len;
	char *p;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return no_memory(0);
	p = arena_take(a, (size_t)len + 1, 1);
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
