/*
 * For the tests of the text formats: an arena `a` and an error `e` per test, long
 * strings, and the files of tests/corpus/svr4/text (tests run in the top directory).
 */
#ifndef TESTS_UNIT_TEXT_FIXTURE_H
#define TESTS_UNIT_TEXT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "formats/arena.h"
#include "formats/cleanup.h"
#include "formats/error.h"
#include "formats/str.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define TEST(f) cmocka_unit_test_setup_teardown(f, text_setup, text_teardown)

static struct arena *a;
static struct error e;

static int text_setup(void **state)
{
	(void)state;
	a = arena_new();
	error_clear(&e);
	return 0;
}

static int text_teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static inline char *repeated(const char *s, size_t n)
{
	size_t len = strlen(s), i;
	char *out = arena_alloc(a, n * len + 1);

	for (i = 0; i < n; i++)
		memcpy(out + i * len, s, len);
	return out;
}

/* The whole file, with a NUL behind it. */
static inline char *read_corpus(const char *name, size_t *ret_len)
{
	const char *path = arena_printf(a, "tests/corpus/%s", name);
	char *text = arena_alloc(a, 65536);
	FILE *f = fopen(path, "rb");

	*ret_len = 0;
	if (f == NULL) {
		fail_msg("cannot open '%s'", path);
		return text;
	}
	*ret_len = fread(text, 1, 65535, f);
	(void)fclose(f);
	return text;
}

/* All golden packages that have pkginfo and pkgmap there. */
static const char *const golden[] = {
	"abs", "bad", "basic", "class", "depA", "depB", "depC", "depR", "inst1", "inst2",
	"inst3", "instf", "part", "req", "shrA", "shrB", "up10", "up11",
};

#endif
