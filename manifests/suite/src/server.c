#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t children[SERVER_CHILDREN];
static size_t nchildren;
static volatile sig_atomic_t stopping;

const char *server_base(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);

	if (n < 0)
		return NULL;
	buf[n] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(buf, '/');

		if (slash == NULL)
			return NULL;
		*slash = '\0';
	}
	return buf;
}

static const char *join(char *buf, size_t size, const char *base, const char *a, const char *b,
			const char *c)
{
	int n = snprintf(buf, size, "%s/%s%s%s", base, a, b, c);

	if (n < 0 || (size_t)n >= size) {
		fprintf(stderr, "too long a path: '%s/%s%s%s'\n", base, a, b, c);
		exit(1);
	}
	return buf;
}

const char *server_path(const struct server_run *r, const char *relative, char *buf, size_t size)
{
	return join(buf, size, r->base, relative, "", "");
}

void server_log(const char *format, ...)
{
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	va_list ap;

	(void)gmtime_r(&now, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(stderr, "%s %ld ", when, (long)getpid());
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* ---- who runs: the lock on the pid file */

static void remove_pid_file(const char *base, const char *name)
{
	char path[SERVER_PATH_MAX];

	(void)unlink(join(path, sizeof(path), base, "var/run/", name, ".pid"));
}

static int open_pid_file(const char *base, const char *name, int flags)
{
	char path[SERVER_PATH_MAX];

	return open(join(path, sizeof(path), base, "var/run/", name, ".pid"),
		    flags | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static pid_t lock_holder(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &l) < 0)
		return -1;
	return l.l_type == F_UNLCK ? 0 : l.l_pid;
}

pid_t server_running(const char *base, const char *name)
{
	int fd = open_pid_file(base, name, O_RDONLY);
	pid_t pid;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	pid = lock_holder(fd);
	(void)close(fd);
	return pid;
}

int server_address(const char *base, const char *name, struct address *ret)
{
	int fd = open_pid_file(base, name, O_RDONLY);
	char text[64], *s;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	s = strchr(text, '\n');
	if (s == NULL)
		return -1;
	s[1 + strcspn(s + 1, "\n")] = '\0';
	return address_parse(ret, s + 1);
}

/* The descriptor stays open as long as we live: closing any of them would give the lock back. */
static int take_pid_file(const char *base, const char *name, const struct address *at)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st = { .st_nlink = 0 };
	int fd = -1;

	/* one that stops takes its file away, which we may just have opened */
	for (int i = 0; i < 3 && st.st_nlink == 0; i++) {
		fd = open_pid_file(base, name, O_RDWR | O_CREAT);
		if (fd < 0 || fcntl(fd, F_SETLK, &l) < 0 || fstat(fd, &st) < 0)
			return -1;
	}
	if (ftruncate(fd, 0) < 0 ||
	    dprintf(fd, "%ld\n%s:%u\n", (long)getpid(), at->host, at->port) < 0)
		return -1;
	return 0;
}

/* ---- the loop */

static void on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void on_child(int sig)
{
	(void)sig;	/* it wakes ppoll() */
}

static void handle_signals(sigset_t *ret_waiting)
{
	struct sigaction stop = { .sa_handler = on_stop }, child = { .sa_handler = on_child };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &blocked, ret_waiting);
	sigdelset(ret_waiting, SIGTERM);
	sigdelset(ret_waiting, SIGINT);
	sigdelset(ret_waiting, SIGCHLD);
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGCHLD, &child, NULL);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void reap(int options)
{
	pid_t pid;

	while (nchildren > 0 && (pid = waitpid(-1, NULL, options)) > 0)
		for (size_t i = 0; i < nchildren; i++)
			if (children[i] == pid) {
				children[i] = children[--nchildren];
				break;
			}
}

static void in_child(const struct server *s, struct server_run *r, int fd, const sigset_t *waiting)
{
	pid_t pid = fork();

	if (pid > 0)
		children[nchildren++] = pid;
	if (pid != 0)
		return;
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, waiting, NULL);
	if (fd < 0) {
		s->tick(r);
	} else {
		struct conn c;

		conn_init(&c, fd, SERVER_IDLE_MS);
		s->session(r, &c);
	}
	_exit(0);
}

static void serve(const struct server *s, struct server_run *r, int listener)
{
	long retry = s->tick == NULL ? 3600 : conf_number(&r->conf, "retry");
	struct timespec wait = { .tv_sec = retry > 0 ? retry : 1 };
	sigset_t waiting;

	handle_signals(&waiting);
	server_log("%s %s started", s->name, s->version);
	while (!stopping) {
		struct pollfd p = { .fd = nchildren < SERVER_CHILDREN - 1 ? listener : -1,
				    .events = POLLIN };
		int n = ppoll(&p, 1, &wait, &waiting);

		reap(WNOHANG);
		if (n == 0 && s->tick != NULL && nchildren < SERVER_CHILDREN)
			in_child(s, r, -1, &waiting);
		if (n <= 0)
			continue;
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		in_child(s, r, fd, &waiting);
		(void)close(fd);
	}
	for (size_t i = 0; i < nchildren; i++)
		(void)kill(children[i], SIGTERM);
	reap(0);
	remove_pid_file(r->base, s->name);
	server_log("%s stopped", s->name);
}

/* ---- starting */

static void make_directories(const char *base)
{
	static const char *const dirs[] = { "var", "var/run", "var/log" };
	char path[SERVER_PATH_MAX];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		(void)mkdir(join(path, sizeof(path), base, dirs[i], "", ""),
			    0755); /* open() says it */
}

/* Nothing of the caller's stays open: who waits for the end of its output is not kept waiting. */
static int to_background(const char *base, const char *name, int keep, int ready)
{
	char path[SERVER_PATH_MAX];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open(join(path, sizeof(path), base, "var/log/", name, ".log"),
		       O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (log < 0)
		fprintf(stderr, "cannot write '%s': %s\n", path, strerror(errno));
	if (null < 0 || log < 0 || setsid() < 0 || chdir("/") < 0 || dup2(null, 0) < 0 ||
	    dup2(log, 1) < 0 || dup2(log, 2) < 0)
		return -1;
	for (int fd = 3; fd < 1024; fd++)
		if (fd != keep && fd != ready)
			(void)close(fd);
	return 0;
}

static int background(const struct server *s, struct server_run *r, int listener,
		      const struct address *at)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		fprintf(stderr, "%s: cannot start: %s\n", s->name, strerror(errno));
		return 1;
	}
	if (pid == 0) {
		if (to_background(r->base, s->name, listener, ready[1]) < 0 ||
		    take_pid_file(r->base, s->name, at) < 0)
			_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		(void)close(ready[1]);
		serve(s, r, listener);
		_exit(0);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		return 0;
	fprintf(stderr, "%s: did not start: var/log/%s.log may say why\n", s->name, s->name);
	return 1;
}

static int start(const struct server *s, struct server_run *r, int foreground)
{
	struct address at = conf_listen(&r->conf);
	pid_t pid;
	int rc, fd;

	make_directories(r->base);
	pid = server_running(r->base, s->name);
	if (pid > 0) {
		printf("%s: runs already (%ld)\n", s->name, (long)pid);
		return 0;
	}
	rc = s->prepare == NULL ? 0 : s->prepare(r);
	if (rc != 0)
		return rc;
	fd = net_listen(&at);
	if (fd < 0) {
		fprintf(stderr, "%s: cannot listen on %s port %u: %s\n", s->name, at.host, at.port,
			strerror(errno));
		return 1;
	}
	if (!foreground) {
		rc = background(s, r, fd, &at);
		if (rc == 0)
			printf("%s: runs\n", s->name);
		return rc;
	}
	if (take_pid_file(r->base, s->name, &at) < 0) {
		fprintf(stderr, "%s: cannot take its pid file: %s\n", s->name, strerror(errno));
		return 1;
	}
	serve(s, r, fd);
	return 0;
}

int server_main(const struct server *s, int argc, char **argv)
{
	static struct server_run r;
	static char base[SERVER_PATH_MAX], file[SERVER_PATH_MAX];
	int test = 0, foreground = 0, other = 0, c;

	r.base = server_base(base, sizeof(base));
	if (r.base == NULL) {
		fprintf(stderr, "%s: cannot tell where it is: %s\n", s->name, strerror(errno));
		return 1;
	}
	join(file, sizeof(file), base, "etc/", s->name, ".cnf");
	while ((c = getopt(argc, argv, "c:ftvCR")) != -1) {
		if (c == 'c')
			(void)snprintf(file, sizeof(file), "%s", optarg);
		else if (c == 'f')
			foreground = 1;
		else if (c == 't')
			test = 1;
		else if (c == 'v')
			return printf("%s %s\n", s->name, s->version) < 0;
		else if (c != '?' && s->other != NULL)
			other = c;
		else
			return fprintf(stderr, "usage: %s [-c FILE] [-f | -t | -v]\n", s->name), 2;
	}
	umask(022);
	if (conf_load(&r.conf, file, s->keys) < 0)
		return 1;
	if (test)
		return 0;
	return other != 0 ? s->other(&r, other, argc - optind, argv + optind) :
			    start(s, &r, foreground);
}
