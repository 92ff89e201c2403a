/* Memory that lives and dies together. */
#include "text_fixture.h"

#include <sys/wait.h>

static void memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	for (size_t size = 0; size < 5000; size += 7) {
		unsigned char *p;

		(void)arena_strndup(a, "text", size % 5); /* of any length before it */
		p = arena_alloc(a, size);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
}

static void nothing_overlaps(void **state)
{
	char *p[500];

	(void)state;
	for (size_t i = 0; i < COUNT(p); i++)
		memset(p[i] = arena_alloc(a, i * 11 + 1), (int)i, i * 11 + 1);
	for (size_t i = 0; i < COUNT(p); i++)
		for (size_t k = 0; k < i * 11 + 1; k++)
			assert_int_equal((unsigned char)p[i][k], i & 0xff);
}

/* A plan holds hundreds of thousands. */
static void texts_are_packed(void **state)
{
	size_t before = arena_used(a);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_string_equal(arena_strdup(a, "ab"), "ab");
	assert_int_equal(arena_used(a) - before, 3000);
}

static void a_size_of_nothing_is_unique(void **state)
{
	(void)state;
	assert_ptr_not_equal(arena_alloc(a, 0), arena_alloc(a, 0));
}

static void large_ones_have_their_own_chunk(void **state)
{
	char *small = arena_strdup(a, "small");
	char *large = arena_alloc(a, (size_t)8 << 20);

	(void)state;
	memset(large, 1, (size_t)8 << 20);
	assert_string_equal(small, "small");
	assert_true(arena_used(a) >= (size_t)8 << 20);
}

static void copies(void **state)
{
	static const int numbers[] = { 1, 2, 3 };
	char *s = arena_strndup(a, "a\0b", 3);

	(void)state;
	assert_memory_equal(s, "a\0b", 4);
	assert_string_equal(arena_strdup(a, ""), "");
	assert_string_equal(arena_strndup(a, "abc", 0), "");
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	assert_int_equal(strlen(arena_printf(a, "%*s", 10000, "")), 10000);
	assert_memory_equal(arena_memdup(a, numbers, 3, sizeof(int)), numbers, sizeof(numbers));
	assert_non_null(arena_memdup(a, NULL, 0, sizeof(int)));
}

static void used_is_counted(void **state)
{
	size_t before = arena_used(a);

	(void)state;
	(void)arena_alloc(a, 100);
	assert_in_range(arena_used(a) - before, 100, 128);
}

/* An impossible size ends the process by SIGABRT, with a line on stderr. */
static void no_memory_aborts(void **state)
{
	int how, status;

	(void)state;
	for (how = 0; how < 3; how++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)!freopen("/dev/null", "w", stderr);
			if (how == 0)
				(void)arena_calloc(a, SIZE_MAX / 2 + 2, 2);
			else if (how == 1)
				(void)arena_alloc(a, SIZE_MAX);
			else
				(void)arena_alloc(a, SIZE_MAX - 200);
			_exit(0);
		}
		assert_true(waitpid(pid, &status, 0) == pid);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0); /* ASan exits */
	}
}

static void heap_words(void **state)
{
	char *p = xstrdup("x");
	int *n = xcalloc(4, sizeof(*n));

	(void)state;
	p = xrealloc(p, 1000);
	assert_string_equal(p, "x");
	assert_int_equal(n[3], 0);
	free(p);
	free(n);
	p = xmalloc(0);
	assert_non_null(p);
	free(p);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_zeroed_and_aligned),
		TEST(nothing_overlaps),
		TEST(texts_are_packed),
		TEST(a_size_of_nothing_is_unique),
		TEST(large_ones_have_their_own_chunk),
		TEST(copies),
		TEST(used_is_counted),
		TEST(no_memory_aborts),
		TEST(heap_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
