/* The number and the words of a failure; owners that clean up. */
#include "text_fixture.h"

#include <fcntl.h>

static void set_and_prefix(void **state)
{
	(void)state;
	assert_int_equal(error_set(&e, E_FORMAT, "bad '%s'", "x"), -E_FORMAT);
	assert_int_equal(e.code, E_FORMAT);
	assert_string_equal(e.text, "bad 'x'");
	assert_int_equal(error_prefix(&e, "reading %d", 7), -E_FORMAT);
	assert_string_equal(e.text, "reading 7: bad 'x'");
	assert_int_equal(error_hint(&e, "try %s", "this"), -E_FORMAT);
	assert_string_equal(e.hint, "try this");
	(void)error_set(&e, E_LIMIT, "other"); /* a hint belongs to its error */
	assert_string_equal(e.hint, "");
	error_clear(&e);
	assert_int_equal(e.code, 0);
	assert_string_equal(e.text, "");
}

static void the_system_has_words(void **state)
{
	(void)state;
	assert_int_equal(error_errno(&e, ENOENT, "cannot open '%s'", "/x"), -ENOENT);
	assert_int_equal(e.code, ENOENT);
	assert_string_equal(e.text, "cannot open '/x': No such file or directory");
}

static void long_texts_are_cut(void **state)
{
	const char *text = repeated("0123456789", 500);

	(void)state;
	(void)error_set(&e, E_FORMAT, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	(void)error_prefix(&e, "first");
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_true(str_has_prefix(e.text, "first: 0123"));
	(void)error_errno(&e, ENOENT, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	(void)error_prefix(&e, "%s", text);
	(void)error_hint(&e, "%s", text);
	assert_int_equal(strlen(e.hint), sizeof(e.hint) - 1);
}

static void nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, E_LIMIT, "x"), -E_LIMIT);
	assert_int_equal(error_errno(NULL, EIO, "x"), -EIO);
	assert_true(error_prefix(NULL, "x") < 0);
	assert_true(error_hint(NULL, "x") < 0);
	error_clear(NULL);
}

static int open_and_leave(int *ret_closed)
{
	AUTO_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD int none = -EBADF;
	AUTO_FREE char *p = xmalloc(10);

	(void)none;
	(void)p;
	*ret_closed = fd;
	errno = 77;
	return 0;
}

static int open_and_hand_on(void)
{
	AUTO_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return TAKE_FD(fd);
}

static void descriptors_close_themselves(void **state)
{
	int fd, kept;
	char *p = xmalloc(1), *q = TAKE_PTR(p);

	(void)state;
	assert_int_equal(open_and_leave(&fd), 0);
	assert_int_equal(errno, 77);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	kept = open_and_hand_on();
	assert_true(fcntl(kept, F_GETFD) >= 0);
	(void)close(kept);
	assert_null(p);
	free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(set_and_prefix),
		TEST(the_system_has_words),
		TEST(long_texts_are_cut),
		TEST(nobody_needs_to_listen),
		TEST(descriptors_close_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
