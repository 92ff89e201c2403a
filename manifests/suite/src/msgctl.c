/*
 * Starts, stops and looks after servers of the suite, for the scripts in sbin/.
 *
 *	msgctl start NAME	0: it runs (and did before, or not)
 *	msgctl stop NAME	0: it does not run
 *	msgctl status NAME	0: it runs; 1: it does not
 *	msgctl check NAME	0: it runs, and answers where it listens
 *	msgctl ask HOST:PORT	what is on standard input goes there, what comes back is printed
 *
 * Nothing sleeps: a server that starts returns when it takes connections, one that stops is waited
 * for by its descriptor, and a connection has a limit in time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server.h"

#define STOP_MS 15000
#define ANSWER_MS 5000

static char base[SERVER_PATH_MAX];

static int say(const char *name, const char *what, long pid, int rc)
{
	if (pid > 0)
		printf("%s: %s (%ld)\n", name, what, pid);
	else
		printf("%s: %s\n", name, what);
	return rc;
}

static pid_t running(const char *name)
{
	pid_t pid = server_running(base, name);

	if (pid < 0) {
		fprintf(stderr, "%s: cannot look at its pid file: %s\n", name, strerror(errno));
		exit(1);
	}
	return pid;
}

static int start(const char *name)
{
	char path[SERVER_PATH_MAX + 80];

	(void)snprintf(path, sizeof(path), "%s/lib/%s", base, name);
	(void)execl(path, name, (char *)NULL);
	fprintf(stderr, "cannot run '%s': %s\n", path, strerror(errno));
	return 1;
}

static int gone(int pidfd, int sig)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int rc;

	if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0)
		return errno == ESRCH;
	do
		rc = poll(&p, 1, STOP_MS);
	while (rc < 0 && errno == EINTR);
	return rc > 0;
}

/* The number is taken from its lock, and looked at again when the process is held: it can't be
 * another's. */
static int stop(const char *name)
{
	pid_t pid = running(name);
	int pidfd;

	if (pid == 0)
		return say(name, "does not run", 0, 0);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (running(name) != pid)
		return say(name, "stopped", pid, 0);
	if (pidfd < 0 || !(gone(pidfd, SIGTERM) || gone(pidfd, SIGKILL))) {
		fprintf(stderr, "%s: cannot stop process %ld: %s\n", name, (long)pid,
			strerror(errno));
		return 1;
	}
	return say(name, "stopped", pid, 0);
}

/* The store and the relay greet; the web servers wait to be asked. */
static int answers(const char *name, int fd)
{
	int web = strcmp(name, "webmail") == 0 || strcmp(name, "cald") == 0;
	char line[256];
	struct conn c;

	conn_init(&c, fd, ANSWER_MS);
	if (web && conn_printf(&c, "GET /.status HTTP/1.0\r\n\r\n") < 0)
		return 0;
	if (conn_line(&c, line, sizeof(line)) < 0)
		return 0;
	printf("%s: answers: %s\n", name, line);
	return web ? strncmp(line, "HTTP/1.0 200", 12) == 0 :
		     strncmp(line, "+OK", 3) == 0 || strncmp(line, "220", 3) == 0;
}

static int check(const char *name)
{
	struct address at = { .port = 0 };
	int fd, ok;

	if (running(name) == 0)
		return say(name, "does not run", 0, 1);
	if (server_address(base, name, &at) < 0) {
		fprintf(stderr, "%s: no address in its pid file\n", name);
		return 1;
	}
	fd = net_connect(&at, ANSWER_MS);
	ok = fd >= 0 && answers(name, fd);
	if (!ok)
		fprintf(stderr, "%s: does not answer as it should on %s port %u\n", name, at.host,
			at.port);
	return !ok;
}

static int ask(const char *where)
{
	struct address at;
	struct conn c;
	char text[4096];
	ssize_t n;
	int some;

	if (address_parse(&at, where) < 0) {
		fprintf(stderr, "no address: '%s' (127.0.0.1:10143)\n", where);
		return 2;
	}
	conn_init(&c, net_connect(&at, ANSWER_MS), 2 * ANSWER_MS);
	if (c.fd < 0) {
		fprintf(stderr, "cannot connect to %s: %s\n", where, strerror(errno));
		return 1;
	}
	while ((n = read(STDIN_FILENO, text, sizeof(text))) > 0)
		if (conn_write(&c, text, (size_t)n) < 0)
			break;
	(void)shutdown(c.fd, SHUT_WR);
	while ((some = conn_some(&c, text, sizeof(text))) > 0)
		if (fwrite(text, 1, (size_t)some, stdout) != (size_t)some)
			return 1;
	return fflush(stdout) != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 3 ? argv[1] : "", *name = argc == 3 ? argv[2] : "";

	if (strcmp(what, "ask") == 0)
		return ask(name);
	if (server_base(base, sizeof(base)) == NULL) {
		fprintf(stderr, "msgctl: cannot tell where it is: %s\n", strerror(errno));
		return 1;
	}
	if (*name == '\0' || strlen(name) > 32 || strchr(name, '/') != NULL) {
		fprintf(stderr,
			"usage: msgctl start|stop|status|check NAME, msgctl ask HOST:PORT\n");
		return 2;
	}
	if (strcmp(what, "start") == 0)
		return start(name);
	if (strcmp(what, "stop") == 0)
		return stop(name);
	if (strcmp(what, "status") == 0) {
		pid_t pid = running(name);

		return say(name, pid > 0 ? "runs" : "does not run", pid, pid == 0);
	}
	if (strcmp(what, "check") == 0)
		return check(name);
	fprintf(stderr, "msgctl: no such command '%s'\n", what);
	return 2;
}
