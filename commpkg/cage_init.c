/*
 * The child: process 1 of the cage (or, without namespaces, the script's parent).
 *
 *	waits until the caller has mapped its ids
 *	builds what the script is to see
 *	takes the rights away, its own too
 *	starts the script, and buries what is left to it
 *	when the script has ended says so, and ends: the kernel ends all others
 */
#include "cage_internal.h"

#include <dirent.h>
#include <errno.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/cleanup.h"

#define FIRST_FREE_FD 3
#define PARKED 8	/* beyond what stays; low, because few may be allowed */
#define MOST_FDS 65536
#define MOST_PROCESSES 4096u	/* of a script, at once */

static void say(struct cage_plan *p, const struct cage_message *m)
{
	/* Less than PIPE_BUF: at once or not at all. Nobody to tell if it fails. */
	ssize_t n = TEMP_FAILURE_RETRY(write(p->result_fd, m, sizeof(*m)));

	(void)n;
}

static void say_failed(struct cage_plan *p, int rc)
{
	struct cage_message m = { .says = CAGE_SAYS_FAILED, .err = -rc, .layers = p->layers };

	(void)snprintf(m.what, sizeof(m.what), "%s", p->what);
	say(p, &m);
}

static __attribute__((noreturn)) void give_up(struct cage_plan *p, int rc)
{
	say_failed(p, rc);
	_exit(127);
}

int cage_wait_for_go(struct cage_plan *p)
{
	char c;

	p->what = "cannot hear from the caller";
	return TEMP_FAILURE_RETRY(read(p->go_fd, &c, 1)) == 1 ? 0 : -EPIPE;
}

static void close_range_of(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > MOST_FDS)
		limit.rlim_cur = MOST_FDS; /* a kernel before 5.9 */
	for (; first <= last && first < limit.rlim_cur; first++)
		(void)close((int)first);
}

/* Descriptors of the caller can lead around the cage: only ours stay. Before mounts are
 * made read-only, because one open for writing would forbid it. */
static int close_others(struct cage_plan *p)
{
	const struct cage *c = p->cage;
	int keep[] = { c->in_fd, c->out_fd, p->result_fd, p->go_fd };
	int fds[4];

	p->what = "cannot close descriptors";
	for (int i = 0; i < 4; i++) {
		fds[i] = fcntl(keep[i], F_DUPFD_CLOEXEC, PARKED);
		if (fds[i] < 0)
			return -errno;
	}
	close_range_of(0, PARKED - 1);
	if (dup2(fds[0], 0) < 0 || dup2(fds[1], 1) < 0 || dup2(fds[1], 2) < 0 ||
	    dup3(fds[2], FIRST_FREE_FD, O_CLOEXEC) < 0 ||
	    dup3(fds[3], FIRST_FREE_FD + 1, O_CLOEXEC) < 0)
		return -errno;
	p->result_fd = FIRST_FREE_FD;
	p->go_fd = FIRST_FREE_FD + 1;
	close_range_of(FIRST_FREE_FD + 2, ~0U);
	return 0;
}

/* When memory runs out, it is the script that ends, and not a service of this host. */
static void be_first_to_go(void)
{
	AUTO_FD int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "1000", 4); /* as good as it can be */
}

static int build(struct cage_plan *p)
{
	int rc = cage_host_private(p);

	if (rc == 0)
		rc = cage_host_hold(p);
	if (rc == 0)
		rc = p->probe ? cage_layers_try(p) : cage_layers_make(p);
	if (rc == 0 && !p->probe)
		rc = cage_layers_enter(p);
	if (rc == 0 && p->cage->policy == CAGE_OFF)
		return cage_layers_place(p);
	if (rc == 0)
		rc = cage_host_close(p);
	if (rc == 0)
		rc = cage_host_files(p);
	return rc < 0 || p->probe ? rc : cage_layers_place(p);
}

/* ---- the script */

static void default_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL); /* fails for KILL and STOP, which are so */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As the root would see it with itself as `/`: links in it lead nowhere else. */
static int enter_in_root(int tree, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, tree, path, &how, sizeof(how));
	int rc = fd < 0 ? -errno : 0;

	if (rc == 0 && fchdir(fd) < 0)
		rc = -errno;
	if (fd >= 0)
		(void)close(fd); /* a directory */
	return rc;
}

static int enter(struct cage_plan *p)
{
	const struct cage *c = p->cage;

	p->what = "cannot enter the script's directory";
	if (c->chroot && p->namespaces && (fchdir(p->tree_fd) < 0 || chroot(".") < 0))
		return -errno;
	if (c->cwd != NULL && !c->cwd_in_root && chdir(c->cwd) == 0)
		return 0;
	if (c->cwd != NULL && c->cwd_in_root && enter_in_root(p->tree_fd, c->cwd) == 0)
		return 0;
	return fchdir(p->tree_fd) < 0 ? -errno : 0;
}

static __attribute__((noreturn)) void run_script(struct cage_plan *p)
{
	int rc = enter(p);

	default_signals();
	(void)umask(022);
	if (rc == 0)
		rc = cage_limits_script(p);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* a signal's number is right */
	if (rc == 0) {
		p->what = "cannot run /bin/sh";
		(void)execve("/bin/sh", p->cage->argv, p->cage->envp);
		rc = -errno;
	}
	give_up(p, rc);
}

/* How many processes there are in the cage, ourselves included; 0: can't be told. */
static unsigned count_processes(const struct cage_plan *p)
{
	DIR *dir = (p->layers & CAGE_PROC) != 0 ? opendir("/proc") : NULL;
	struct dirent *d;
	unsigned n = 0;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		n += d->d_name[0] >= '1' && d->d_name[0] <= '9';
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

/* Too many at once take the whole host's numbers and memory. Asked cheaply: only when this
 * host has got many more since the script began is it looked at whose they are. */
static void end_bomb(const struct cage_plan *p, unsigned before)
{
	struct sysinfo now;

	if (p->namespaces && sysinfo(&now) == 0 &&
	    (unsigned)now.procs > before + MOST_PROCESSES / 2 && /* a short: it may wrap */
	    count_processes(p) > MOST_PROCESSES)
		(void)kill(-1, SIGKILL); /* all but us, in one go */
}

/* As process 1 it inherits all that lost their parent. SIGCHLD is blocked: it ends the wait. */
static int bury_until(const struct cage_plan *p, pid_t script, const sigset_t *child)
{
	const struct timespec often = { .tv_nsec = 100000000 };
	struct sysinfo before = { .procs = 0 };
	int status;

	(void)sysinfo(&before); /* can't fail with these */
	for (;;) {
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid == script)
			return status;
		if (pid < 0 && errno != EINTR)
			_exit(127); /* can't be: the script is ours */
		if (pid != 0)
			continue;
		if (sigtimedwait(child, NULL, &often) < 0)
			end_bomb(p, before.procs);
	}
}

/* ---- the response file */

static ssize_t read_response(const char *path, char *buf, size_t cap)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	while (len < cap) {
		ssize_t n = TEMP_FAILURE_RETRY(read(fd, buf + len, cap - len));

		if (n <= 0)
			return n < 0 ? -1 : (ssize_t)len;
		len += (size_t)n;
	}
	return -1; /* too large */
}

static void say_bytes(struct cage_plan *p, const char *buf, ssize_t len)
{
	size_t done = 0;

	while (len > 0 && done < (size_t)len) {
		ssize_t n = TEMP_FAILURE_RETRY(write(p->result_fd, buf + done,
						     (size_t)len - done));

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void say_done(struct cage_plan *p, int status)
{
	static char response[CAGE_RESPONSE_MAX + 1], requests[CAGE_REQUESTS_MAX + 1];
	struct cage_message m = { .says = CAGE_SAYS_DONE, .status = status,
				  .layers = p->layers, .response_len = UINT32_MAX,
				  .requests_len = UINT32_MAX };
	ssize_t len = -1, more = -1;

	if (p->cage->response && p->namespaces)
		len = read_response(CAGE_RESPONSE, response, sizeof(response));
	if (p->cage->tools && p->namespaces)
		more = read_response(CAGE_REQUESTS, requests, sizeof(requests));
	if (len >= 0)
		m.response_len = (uint32_t)len;
	if (more >= 0)
		m.requests_len = (uint32_t)more;
	say(p, &m);
	say_bytes(p, response, len);
	say_bytes(p, requests, more);
}

/* ---- all of it */

/* Becoming another user would forget it; and the caller may be gone already. */
static int end_with_caller(struct cage_plan *p)
{
	struct pollfd pfd = { .fd = p->result_fd };

	p->what = "cannot end with the caller";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	if (poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLERR) != 0)
		_exit(127);
	return 0;
}

/* The script has our user and our rights. It could trace us, which stops us, speak for us, or use
 * what we have open: the layers of the stage. It becomes traceable again itself by execve(). */
static int keep_to_ourselves(struct cage_plan *p)
{
	p->what = "cannot keep the script from tracing";
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

static int prepare(struct cage_plan *p)
{
	int rc = cage_wait_for_go(p);

	if (rc == 0)
		rc = close_others(p);
	(void)setsid(); /* fails only for who leads one */
	if (rc == 0)
		be_first_to_go();
	if (rc == 0 && p->namespaces)
		rc = build(p);
	if (rc == 0 && !p->namespaces) {
		p->tree_fd = cage_find(&p->root);
		rc = p->tree_fd < 0 ? p->tree_fd : 0;
	}
	if (rc == 0 && p->cage->policy != CAGE_OFF && (p->namespaces || !p->live))
		rc = cage_limits_take(p);
	if (rc == 0)
		rc = keep_to_ourselves(p);
	(void)close(p->go_fd); /* nothing more is heard or sent */
	return rc < 0 ? rc : end_with_caller(p);
}

void cage_init(struct cage_plan *p)
{
	struct cage_message ready = { .says = CAGE_SAYS_READY };
	int rc = prepare(p);
	sigset_t child;
	pid_t script;

	if (rc < 0)
		give_up(p, rc);
	ready.layers = p->layers;
	say(p, &ready);
	if (p->probe)
		_exit(0);
	p->what = "cannot start the script";
	(void)signal(SIGCHLD, SIG_DFL); /* can't fail; ignored, there would be no status */
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL); /* the script gets an empty mask */
	script = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (script < 0)
		give_up(p, -errno);
	if (script == 0)
		run_script(p);
	(void)close(0);
	(void)close(1);
	(void)close(2); /* the caller must see the end of the output */
	say_done(p, bury_until(p, script, &child));
	_exit(0);
}
