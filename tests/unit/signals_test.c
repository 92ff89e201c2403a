/* Signals are noted and told between steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "commpkg/signals.h"

static int reset(void **state)
{
	(void)state;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	return 0;
}

static void nothing_is_told_without_a_signal(void **state)
{
	struct error e = ERROR_INIT;

	(void)state;
	signals_install();
	assert_int_equal(signals_check(&e), 0);
	assert_int_equal(e.code, 0);
}

static void each_signal_is_told_until_the_next_run(void **state)
{
	static const struct { int number; const char *words; } rows[] = {
		{ SIGINT, "interrupted by SIGINT" },
		{ SIGTERM, "interrupted by SIGTERM" },
		{ SIGHUP, "interrupted by SIGHUP" },
	};
	struct error e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		signals_install();
		raise(rows[i].number);
		assert_int_equal(signals_check(&e), -E_INTERRUPTED);
		assert_string_equal(e.text, rows[i].words);
		assert_int_equal(signals_check(NULL), -E_INTERRUPTED);
	}
	signals_install();
	assert_int_equal(signals_check(&e), 0);
}

static void what_was_ignored_stays_ignored(void **state)
{
	struct error e;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	signals_install();
	raise(SIGHUP);
	assert_int_equal(signals_check(&e), 0);
}

static void a_closed_pipe_is_no_signal(void **state)
{
	int fds[2];

	(void)state;
	signals_install();
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(write(fds[1], "x", 1), -1);
	close(fds[1]);
}

static void a_wait_is_cut_short(void **state)
{
	const struct timespec soon = { .tv_nsec = 20000000 };
	pid_t parent = getpid(), child;
	struct error e;
	char c;
	int fds[2];

	(void)state;
	signals_install();
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		nanosleep(&soon, NULL);
		while (kill(parent, SIGTERM) == 0)
			nanosleep(&soon, NULL);
		_exit(0);
	}
	assert_int_equal(read(fds[0], &c, 1), -1); /* for ever, with SA_RESTART */
	kill(child, SIGKILL);
	assert_int_equal(signals_check(&e), -E_INTERRUPTED);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_is_told_without_a_signal, reset),
		cmocka_unit_test_setup(each_signal_is_told_until_the_next_run, reset),
		cmocka_unit_test_setup(what_was_ignored_stays_ignored, reset),
		cmocka_unit_test_setup(a_closed_pipe_is_no_signal, reset),
		cmocka_unit_test_setup(a_wait_is_cut_short, reset),
	};

	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
