/*
 * The writers' lock of one root: flock on a file of the state directory.
 *
 * It goes with the process, however that ends. The file says who holds it; it is 0600,
 * because whoever can open it can hold it. Waiting is by looking again, with signals
 * let in only while asleep, so that none is missed between a look and a sleep.
 */
#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "formats/cleanup.h"

#define LOCK_NAME "lock"
#define HOLDER_MAX 256
#define LOOK_MS_FIRST 10
#define LOOK_MS_MOST 100

struct pkgdb_lock {
	int fd;
};

static int lock_check(int fd, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot look at '" LOCK_NAME "'");
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_DB, "cannot use '" LOCK_NAME "': not a regular file");
	if (st.st_nlink != 1) /* 0: gone meanwhile, which lock_is_named() tells */
		return st.st_nlink == 0 ? 0 :
		       error_set(e, E_DB, "cannot use '" LOCK_NAME "': it has %lu hard links, "
				 "not one", (unsigned long)st.st_nlink);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(e, E_DB, "cannot use '" LOCK_NAME "': it belongs to user %u, "
				 "neither to us nor to root", (unsigned)st.st_uid);
	return 0;
}

static int lock_open(int statefd, int *ret_fd, struct error *e)
{
	AUTO_FD int fd = openat(statefd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
				O_NOCTTY | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0 && errno == ELOOP)
		return error_set(e, E_DB, "cannot use '" LOCK_NAME "': it is a symbolic link");
	if (fd < 0)
		return error_errno(e, errno, "cannot open '" LOCK_NAME "'");
	rc = lock_check(fd, e);
	if (rc == 0)
		*ret_fd = TAKE_FD(fd);
	return rc;
}

/* Is what we hold still what the name means? */
static bool lock_is_named(int statefd, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 &&
	       fstatat(statefd, LOCK_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* "WHO (process PID, since TIME)", or "another process" when nothing sensible is there. */
static void lock_holder(int fd, struct strbuf *out)
{
	char text[HOLDER_MAX + 1], *pid, *since, when[64];
	ssize_t n = pread(fd, text, HOLDER_MAX, 0);
	int64_t t = 0;
	struct tm tm;
	time_t clock;

	text[n > 0 ? n : 0] = '\0';
	pid = strchr(text, '\t');
	since = pid != NULL ? strchr(pid + 1, '\t') : NULL;
	if (since == NULL || !str_to_i64(since + 1, strcspn(since + 1, "\n"), &t)) {
		strbuf_adds(out, "another process");
		return;
	}
	*pid++ = '\0';
	*since = '\0';
	clock = (time_t)t;
	if (localtime_r(&clock, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)snprintf(when, sizeof(when), "%lld", (long long)t);
	strbuf_add_escaped(out, text);
	strbuf_adds(out, " (process ");
	strbuf_add_escaped(out, pid);
	strbuf_addf(out, ", since %s)", when);
}

/* For people only, so a failure (a full disk) does not matter. */
static void lock_write(int fd, const char *text, size_t len)
{
	if (pwrite(fd, text, len, 0) < 0 || ftruncate(fd, (off_t)len) < 0)
		return;
}

static void lock_sign(int fd, const char *who)
{
	char text[HOLDER_MAX];
	int len = snprintf(text, sizeof(text), "%.200s\t%ld\t%lld\n", who, (long)getpid(),
			   (long long)time(NULL));

	lock_write(fd, text, (size_t)len);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* can't fail on Linux */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 1 locked, 0 somebody else has it. */
static int lock_try(int fd, struct error *e)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 1;
	if (errno == EWOULDBLOCK || errno == EINTR)
		return 0;
	return error_errno(e, errno, "cannot lock '" LOCK_NAME "'");
}

static int lock_sleep(int64_t ms, const sigset_t *awake, struct error *e)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ppoll(NULL, 0, &ts, awake) < 0 && errno == EINTR)
		return error_set(e, E_INTERRUPTED, "interrupted while waiting for the lock");
	return 0;
}

static int lock_held(int fd, struct error *e)
{
	AUTO_STRBUF struct strbuf who = STRBUF_INIT;

	lock_holder(fd, &who);
	return error_set(e, E_LOCKED, "the root is locked by %s", strbuf_str(&who));
}

/* seconds < 0: for ever. Signals are blocked but for the sleep. */
static int lock_wait(int fd, int seconds, const sigset_t *awake, struct error *e)
{
	int64_t end = now_ms() + (int64_t)seconds * 1000, sleep = LOOK_MS_FIRST, left;
	int rc;

	while ((rc = lock_try(fd, e)) == 0) {
		left = seconds < 0 ? LOOK_MS_MOST : end - now_ms();
		if (left <= 0)
			return lock_held(fd, e);
		rc = lock_sleep(sleep < left ? sleep : left, awake, e);
		if (rc < 0)
			return rc;
		sleep = sleep < LOOK_MS_MOST ? sleep * 2 : LOOK_MS_MOST;
	}
	return rc < 0 ? rc : 0;
}

struct waiter {
	void (*waiting)(const char *holder, void *ctx);
	void *ctx;
};

static int lock_take(int fd, int seconds, const struct waiter *w, struct error *e)
{
	AUTO_STRBUF struct strbuf who = STRBUF_INIT;
	sigset_t all, awake;
	int rc = lock_try(fd, e);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (seconds == 0)
		return lock_held(fd, e);
	if (w->waiting != NULL) {
		lock_holder(fd, &who);
		w->waiting(strbuf_str(&who), w->ctx);
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &awake);
	rc = lock_wait(fd, seconds, &awake, e);
	(void)pthread_sigmask(SIG_SETMASK, &awake, NULL);
	return rc;
}

int pkgdb_lock(int statefd, const char *who, int seconds,
	       void (*waiting)(const char *holder, void *ctx), void *ctx,
	       struct pkgdb_lock **ret, struct error *e)
{
	struct waiter w = { .waiting = waiting, .ctx = ctx };

	for (;;) {
		AUTO_FD int fd = -EBADF;
		int rc = lock_open(statefd, &fd, e);

		if (rc == 0)
			rc = lock_take(fd, seconds, &w, e);
		if (rc < 0)
			return rc;
		if (!lock_is_named(statefd, fd))
			continue; /* removed and made anew while we waited */
		lock_sign(fd, who);
		*ret = xcalloc(1, sizeof(**ret));
		(*ret)->fd = TAKE_FD(fd);
		return 0;
	}
}

void pkgdb_unlock(struct pkgdb_lock *l)
{
	if (l == NULL)
		return;
	lock_write(l->fd, "", 0);
	(void)close(l->fd);
	free(l);
}
