/* The cage, from outside: started, heard, waited for. */
#include "cage_internal.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/cleanup.h"

/* What it takes to stage at all: the overlay, and to end all that a script started. */
#define STAGE_SPACES (CLONE_NEWNS | CLONE_NEWPID)
#define SPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

const char *cage_words(struct arena *a, unsigned layers)
{
	static const struct {
		unsigned layer;
		const char *words;
	} table[] = {
		{ CAGE_NAMESPACES, "namespaces" }, { CAGE_USER, "user namespace" },
		{ CAGE_OVERLAY, "overlay" }, { CAGE_HOST_READ_ONLY, "host read-only" },
		{ CAGE_PROC, "own /proc" },
		{ CAGE_NO_NETWORK, "no network" }, { CAGE_CAPABILITIES, "few capabilities" },
		{ CAGE_NO_NEW_PRIVILEGES, "no new privileges" },
		{ CAGE_SECCOMP, "system call filter" }, { CAGE_LANDLOCK, "Landlock" },
		{ CAGE_OWNERS_IGNORED, "owners ignored" },
	};
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if ((layers & table[i].layer) != 0)
			strbuf_addf(&b, "%s%s", b.len > 0 ? ", " : "", table[i].words);
	return b.len > 0 ? arena_strdup(a, strbuf_str(&b)) : "none";
}

/* ---- start */

/* Like fork, but by the system call, for its flags: see cage_internal.h on what the child
 * may do. Its process id, or -errno. */
static long clone_child(uint64_t flags, int *pidfd)
{
	struct clone_args args = { .flags = flags | CLONE_PIDFD, .exit_signal = SIGCHLD,
				   .pidfd = (uintptr_t)pidfd };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0 && errno == ENOSYS) /* Docker's filter */
		pid = syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
	return pid < 0 ? -errno : pid;
}

static int write_text(pid_t pid, const char *name, const char *text)
{
	AUTO_FD int fd = -EBADF;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* "0 0 65536" lines of our own map: the child sees the ids that we see. */
static int copy_map(pid_t pid, const char *name)
{
	AUTO_FILE FILE *f = fopen(str_eq(name, "uid_map") ? "/proc/self/uid_map" :
							    "/proc/self/gid_map", "re");
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	unsigned long inside, outside, n;

	if (f == NULL)
		return -errno;
	while (fscanf(f, "%lu %lu %lu", &inside, &outside, &n) == 3)
		strbuf_addf(&b, "%lu %lu %lu\n", inside, inside, n);
	return write_text(pid, name, strbuf_str(&b));
}

static int map_ids(pid_t pid)
{
	char uid[32], gid[32];
	int rc;

	if (geteuid() == 0) {
		rc = copy_map(pid, "uid_map");
		return rc < 0 ? rc : copy_map(pid, "gid_map");
	}
	(void)snprintf(uid, sizeof(uid), "0 %u 1", (unsigned)geteuid());
	(void)snprintf(gid, sizeof(gid), "0 %u 1", (unsigned)getegid());
	rc = write_text(pid, "setgroups", "deny");
	if (rc == 0)
		rc = write_text(pid, "uid_map", uid);
	return rc < 0 ? rc : write_text(pid, "gid_map", gid);
}

/* go: the child has [0], and sends what it makes in memory through it. */
struct pipes {
	int go[2], result[2];
};

static void pipes_close(struct pipes *p)
{
	int *fds[] = { &p->go[0], &p->go[1], &p->result[0], &p->result[1] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]); /* pipes, done with */
		*fds[i] = -EBADF;
	}
}

/* PROC_USER_INIT_INO of linux/proc_ns.h. Elsewhere trusted.* attributes are not for us,
 * whatever capabilities we have. */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDu

static bool in_first_user_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino == FIRST_USER_NAMESPACE;
}

/* The child, or in it: cage_init(). */
static int try_start(struct cage_plan *plan, const struct pipes *io, uint64_t flags,
		     struct cage_process *ret)
{
	int pidfd = -EBADF, rc = 0;
	long pid;

	plan->namespaces = (flags & CLONE_NEWNS) != 0;
	plan->userns = (flags & CLONE_NEWUSER) != 0;
	plan->inner = plan->userns || !in_first_user_namespace();
	plan->layers = (plan->namespaces ? CAGE_NAMESPACES : 0) |
		       (plan->namespaces && plan->inner ? CAGE_USER : 0) |
		       ((flags & CLONE_NEWNET) != 0 ? CAGE_NO_NETWORK : 0);
	plan->go_fd = io->go[0];
	plan->result_fd = io->result[1];
	pid = clone_child(flags, &pidfd);
	if (pid == 0) {
		(void)close(io->go[1]); /* or it would wait for itself */
		cage_init(plan);
	}
	if (pid < 0)
		return (int)pid;
	if (plan->userns)
		rc = map_ids((pid_t)pid);
	*ret = (struct cage_process){ .pid = (pid_t)pid, .pidfd = pidfd,
				      .namespaces = plan->namespaces };
	if (rc < 0) {
		cage_kill(ret);
		(void)waitpid(ret->pid, NULL, 0); /* killed just now */
		(void)close(pidfd);
	}
	return rc;
}

#define NAMESPACE_HINT "see user.max_user_namespaces, kernel.unprivileged_userns_clone and " \
	"kernel.apparmor_restrict_unprivileged_userns"

static bool is_refusal(int rc)
{
	return rc == -EPERM || rc == -EACCES || rc == -ENOSYS || rc == -EINVAL ||
	       rc == -ENOSPC || rc == -EUSERS;
}

static int no_namespaces(int rc, struct error *e)
{
	error_errno(e, -rc, "cannot make namespaces for a script");
	(void)error_hint(e, NAMESPACE_HINT);
	if (e != NULL && is_refusal(rc))
		e->code = E_UNSUPPORTED;
	return is_refusal(rc) ? -E_UNSUPPORTED : rc;
}

static bool is_plain(const struct cage *c)
{
	return c->plain || (c->policy == CAGE_OFF && c->stage == NULL) ||
	       (c->root->live && c->stage == NULL && !c->read_only);
}

/* With the rights of root, else in a user namespace. */
static int start(struct cage_plan *plan, const struct pipes *io, struct cage_process *ret,
		 struct error *e)
{
	bool off = plan->cage->policy == CAGE_OFF;
	uint64_t flags = off ? STAGE_SPACES : SPACES | (plan->cage->network ? 0 : CLONE_NEWNET);
	int rc = -EPERM;

	if (is_plain(plan->cage)) {
		rc = try_start(plan, io, 0, ret);
		return rc < 0 ? error_errno(e, -rc, "cannot make a process") : 0;
	}
	if (geteuid() == 0)
		rc = try_start(plan, io, flags, ret);
	if (is_refusal(rc))
		rc = try_start(plan, io, flags | CLONE_NEWUSER, ret);
	return rc < 0 ? no_namespaces(rc, e) : 0;
}

static int refuse_early(const struct cage *c, struct error *e)
{
	if (c->stage != NULL && is_plain(c))
		return error_set(e, E_UNSUPPORTED, "scripts can't be staged without the cage");
	if (c->chroot && (is_plain(c) || c->policy == CAGE_OFF))
		return error_set(e, E_UNSUPPORTED, "scripts can't have the root as theirs without "
				 "the cage");
	return 0;
}

/* Before anybody has heard of it. */
static void give_up(struct cage_process *p)
{
	cage_kill(p);
	(void)TEMP_FAILURE_RETRY(waitpid(p->pid, NULL, 0)); /* killed just now */
	(void)close(p->pidfd);
	(void)close(p->result_fd);
}

/* What has layers in memory waits until they are filled. */
static int let_go(struct cage_plan *plan, struct pipes *io, struct error *e)
{
	(void)!write(io->go[1], "g", 1); /* if it is gone already we hear that */
	if (plan->probe || !plan->in_memory)
		return 0;
	(void)close(io->go[0]); /* the child's, whose end is to be seen */
	io->go[0] = -EBADF;
	return cage_memory_take(plan->cage, io->go[1], e);
}

int cage_start_plan(struct cage_plan *plan, struct cage_process *ret, struct error *e)
{
	struct pipes io = { { -EBADF, -EBADF }, { -EBADF, -EBADF } };
	struct cage_process process = { .pid = -1 };
	int rc = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, io.go) < 0 ||
	    pipe2(io.result, O_CLOEXEC) < 0 ||
	    fcntl(io.result[0], F_SETFL, O_NONBLOCK) < 0)
		rc = error_errno(e, errno, "cannot make a pipe");
	if (rc == 0)
		rc = start(plan, &io, &process, e);
	if (rc == 0) {
		process.result_fd = TAKE_FD(io.result[0]);
		rc = let_go(plan, &io, e);
		if (rc < 0)
			give_up(&process);
		else
			*ret = process;
	}
	pipes_close(&io);
	return rc;
}

int cage_start(struct arena *a, const struct cage *c, struct cage_process *ret,
	       struct error *e)
{
	struct cage_plan plan;
	int rc = refuse_early(c, e);

	if (rc == 0)
		rc = cage_plan_make(a, c, &plan, e);
	return rc < 0 ? rc : cage_start_plan(&plan, ret, e);
}

/* ---- end */

void cage_kill(struct cage_process *p)
{
	if (!p->namespaces && p->pid > 0)
		(void)kill(-p->pid, SIGKILL); /* its session's first group */
	(void)syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0); /* may have ended */
}

#define SAID_MAX (CAGE_RESPONSE_MAX + CAGE_REQUESTS_MAX + 4 * sizeof(struct cage_message))

/* What is too much is read, so that it does not wait for us, and forgotten. */
bool cage_hear(struct cage_process *p)
{
	char buf[8192];
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(read(p->result_fd, buf, sizeof(buf)))) > 0)
		if (p->said.len <= SAID_MAX)
			strbuf_add(&p->said, buf, (size_t)n);
	return n < 0 && errno == EAGAIN;
}

/* To the end of the pipe. */
static void hear_out(struct cage_process *p)
{
	struct pollfd pfd = { .fd = p->result_fd, .events = POLLIN };

	while (cage_hear(p))
		(void)poll(&pfd, 1, -1); /* interrupted: reads again */
}

/* What this host does not allow shows before the script is started. */
static int failed(const struct cage_message *m, bool ready, struct error *e)
{
	int err = m->err > 0 && m->err < E_FORMAT ? m->err : EIO;

	error_errno(e, err, "%.*s", (int)strnlen(m->what, sizeof(m->what)), m->what);
	if (err == EACCES || err == EPERM)
		(void)error_hint(e, NAMESPACE_HINT);
	if (ready || (!is_refusal(-err) && err != ENODEV && err != EOPNOTSUPP && err != ELOOP))
		return -err;
	if (e != NULL)
		e->code = E_UNSUPPORTED;
	return -E_UNSUPPORTED;
}

static void take_files(struct arena *a, const struct cage_message *m, const char *bytes,
		       size_t len, struct cage_end *end)
{
	if (m->response_len != UINT32_MAX && m->response_len <= len) {
		end->response = arena_strndup(a, bytes, m->response_len);
		end->response_len = m->response_len;
		bytes += m->response_len;
		len -= m->response_len;
	}
	if (m->requests_len != UINT32_MAX && m->requests_len <= len) {
		end->requests = arena_strndup(a, bytes, m->requests_len);
		end->requests_len = m->requests_len;
	}
}

/* The script may have got hold of the pipe: nothing in it is believed beyond its limits. */
static int understand(struct arena *a, const struct strbuf *said, struct cage_end *end,
		      struct error *e)
{
	bool ready = false;
	size_t at = 0;

	while (said->len - at >= sizeof(struct cage_message)) {
		struct cage_message m;

		memcpy(&m, said->p + at, sizeof(m));
		at += sizeof(m);
		end->layers = m.layers;
		if (m.says == CAGE_SAYS_FAILED)
			return failed(&m, ready, e);
		ready = true;
		if (m.says == CAGE_SAYS_DONE) {
			end->ended = true;
			end->status = m.status;
			take_files(a, &m, said->p + at, said->len - at, end);
			return 0;
		}
	}
	return 0;
}

int cage_finish(struct arena *a, struct cage_process *p, struct cage_end *ret,
		struct error *e)
{
	struct cage_end end = { .status = 0 };
	siginfo_t info;
	int rc;

	hear_out(p);
	(void)TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT));
	if (!p->namespaces)
		(void)kill(-p->pid, SIGKILL); /* its group; not buried, its number is its own */
	(void)TEMP_FAILURE_RETRY(waitpid(p->pid, NULL, 0)); /* with namespaces: all are gone */
	(void)close(p->pidfd);
	(void)close(p->result_fd);
	rc = understand(a, &p->said, &end, e);
	strbuf_free(&p->said);
	if (rc == 0)
		*ret = end;
	return rc;
}
