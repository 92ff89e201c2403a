/* The writers' lock: one at a time, who has it, waiting, signals, and odd files. */
#include "pkgdb_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static struct pkgdb_lock *must_lock(struct fixture *f, const char *who)
{
	struct pkgdb_lock *l;

	assert_ok(f, pkgdb_lock(f->fd, who, 0, NULL, NULL, &l, &f->e));
	return l;
}

/* flock belongs to the open file, so a second lock in one process is refused too. */
static void one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_lock *l = must_lock(f, "commpkg install"), *m;
	struct stat st;

	assert_refused(f, pkgdb_lock(f->fd, "x", 0, NULL, NULL, &m, &f->e), E_LOCKED,
		       "locked by commpkg install (process ");
	assert_non_null(strstr(f->e.text, arena_printf(f->a, "process %d, since 2", getpid())));
	assert_int_equal(stat(in_dir(f, "lock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600); /* who can open it can hold it */
	pkgdb_unlock(l);
	l = must_lock(f, "commpkg remove");
	assert_refused(f, pkgdb_lock(f->fd, "x", 0, NULL, NULL, &m, &f->e), E_LOCKED,
		       "commpkg remove");
	pkgdb_unlock(l);
	pkgdb_unlock(NULL);
}

/* Holds the lock in another process until it is killed. */
static pid_t holder(struct fixture *f)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct pkgdb_lock *l;

		if (pkgdb_lock(f->fd, "the other", 0, NULL, NULL, &l, NULL) < 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

struct waited {
	pid_t kill;
	int calls;
	char text[256];
};

static void waiting(const char *who, void *ctx)
{
	struct waited *w = ctx;

	w->calls++;
	(void)snprintf(w->text, sizeof(w->text), "%s", who);
	if (w->kill != 0)
		end(w->kill);
}

static void waits_until_the_holder_dies(void **state)
{
	struct fixture *f = *state;
	struct waited w = { .kill = holder(f) };
	struct pkgdb_lock *l;

	assert_ok(f, pkgdb_lock(f->fd, "us", 60, waiting, &w, &l, &f->e));
	assert_int_equal(w.calls, 1);
	assert_non_null(strstr(w.text, "the other (process"));
	pkgdb_unlock(l);
}

static void the_wait_runs_out(void **state)
{
	struct fixture *f = *state;
	struct waited w = { .kill = 0 };
	struct pkgdb_lock *l = NULL;
	pid_t pid = holder(f);

	assert_refused(f, pkgdb_lock(f->fd, "us", 1, waiting, &w, &l, &f->e), E_LOCKED,
		       "the other");
	assert_int_equal(w.calls, 1);
	assert_null(l);
	end(pid);
}

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

/* Also with a handler that restarts system calls. */
static void a_signal_ends_the_wait(void **state)
{
	struct fixture *f = *state;
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;
	struct pkgdb_lock *l;
	pid_t pid = holder(f), killer;

	assert_int_equal(sigaction(SIGUSR1, &sa, &old), 0);
	killer = fork();
	if (killer == 0) {
		struct timespec ts = { .tv_nsec = 200000000 };

		(void)nanosleep(&ts, NULL);
		(void)kill(getppid(), SIGUSR1);
		_exit(0);
	}
	assert_refused(f, pkgdb_lock(f->fd, "us", -1, NULL, NULL, &l, &f->e), E_INTERRUPTED,
		       "interrupted");
	assert_int_equal(signalled, SIGUSR1);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
	assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
	end(pid);
}

static void assert_odd(struct fixture *f, const char *words)
{
	struct pkgdb_lock *l;

	assert_refused(f, pkgdb_lock(f->fd, "us", 0, NULL, NULL, &l, &f->e), E_DB, words);
	assert_int_equal(unlinkat(f->fd, "lock", 0), 0);
}

static void odd_files(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_lock *l;

	put_bytes(in_dir(f, "victim"), "precious", 8);
	assert_int_equal(symlinkat("victim", f->fd, "lock"), 0);
	assert_odd(f, "a symbolic link");
	assert_int_equal(linkat(f->fd, "victim", f->fd, "lock", 0), 0);
	assert_odd(f, "2 hard links");
	assert_int_equal(mkfifoat(f->fd, "lock", 0600), 0);
	assert_odd(f, "not a regular file");
	assert_int_equal(mkdirat(f->fd, "lock", 0700), 0);
	assert_int_equal(pkgdb_lock(f->fd, "us", 0, NULL, NULL, &l, &f->e), -EISDIR);
	assert_int_equal(unlinkat(f->fd, "lock", AT_REMOVEDIR), 0);
	assert_int_equal(pkgdb_lock(-1, "us", 0, NULL, NULL, &l, &f->e), -EBADF);
}

static void a_holder_of_garbage(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_lock *l = must_lock(f, "us"), *m;

	put_bytes(in_dir(f, "lock"), "\x1b]0;x\x07 no tabs", 14);
	assert_refused(f, pkgdb_lock(f->fd, "x", 0, NULL, NULL, &m, &f->e), E_LOCKED,
		       "another process");
	put_bytes(in_dir(f, "lock"), "\x1b[31m\t12\t0\n", 11);
	assert_refused(f, pkgdb_lock(f->fd, "x", 0, NULL, NULL, &m, &f->e), E_LOCKED,
		       "\\x1b[31m (process 12, since ");
	pkgdb_unlock(l);
}

/* Somebody deletes the file while we wait for it: the new one counts. */
static void unlink_and_kill(const char *who, void *ctx)
{
	struct waited *w = ctx;

	(void)unlink(w->text);
	waiting(who, ctx);
}

static void a_lock_file_replaced_in_the_wait(void **state)
{
	struct fixture *f = *state;
	struct waited w = { .kill = holder(f) };
	struct pkgdb_lock *l, *m;

	(void)snprintf(w.text, sizeof(w.text), "%s", in_dir(f, "lock"));
	assert_ok(f, pkgdb_lock(f->fd, "us", 60, unlink_and_kill, &w, &l, &f->e));
	assert_refused(f, pkgdb_lock(f->fd, "x", 0, NULL, NULL, &m, &f->e), E_LOCKED, "us (");
	pkgdb_unlock(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_at_a_time), TEST(waits_until_the_holder_dies), TEST(the_wait_runs_out),
		TEST(a_signal_ends_the_wait), TEST(odd_files), TEST(a_holder_of_garbage),
		TEST(a_lock_file_replaced_in_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
