/*
 * A server of the suite: what its main() does but the protocol.
 *
 *	int main(int argc, char **argv)
 *	{
 *		static const struct server me = { "store", SUITE_VERSION, keys, prepare, session };
 *		return server_main(&me, argc, argv);
 *	}
 *
 *	NAME [-c FILE] [-f]	serve; returns when connections are taken, or with why not (-f:
 *				stays)
 *	NAME -t [-c FILE]	only look at the configuration
 *	NAME -v			its version
 *
 * The base is the directory above the program's own; etc/NAME.cnf is its configuration,
 * var/run/NAME.pid its pid file, var/log/NAME.log its log, and every path of the configuration
 * begins there, so a server runs from whatever root its base lies in.
 *
 * A running server holds a lock on its pid file: who wants to know whether it runs, and as which
 * process, asks for the lock (server_running()), not for the number in the file. Its second line is
 * the address it listens on.
 *
 * Each connection is a child of its own, at most SERVER_CHILDREN of them. SIGTERM ends all.
 */
#ifndef SUITE_SERVER_H
#define SUITE_SERVER_H

#include <sys/types.h>

#include "conf.h"

#define SERVER_CHILDREN 32
#define SERVER_IDLE_MS 30000

struct server_run {
	const char *base;
	struct conf conf;
};
struct server {
	const char *name, *version;
	const struct conf_key *keys;
	/* Before it listens: 0, or an exit status, the reason printed. May be NULL. */
	int (*prepare)(struct server_run *r);
	void (*session)(struct server_run *r, struct conn *c);
	/* In a child, every conf_number("retry") seconds. May be NULL. */
	void (*tick)(struct server_run *r);
	/* Options of its own (other than c, f, t, v): an exit status. May be NULL. */
	int (*other)(struct server_run *r, int option, int argc, char **argv);
};
int server_main(const struct server *s, int argc, char **argv);

/* A path of the configuration: below the base. Ends the program when it is too long. */
const char *server_path(const struct server_run *r, const char *relative, char *buf, size_t size);
#define SERVER_PATH_MAX 4096
/* The base of the running program, or NULL. */
const char *server_base(char *buf, size_t size);
/* The process that serves NAME below base; 0 when there is none; -1 with errno. */
pid_t server_running(const char *base, const char *name);
/* Where it said it listens, when it started. */
int server_address(const char *base, const char *name, struct address *ret);
/* A line in the log, with the time. */
void server_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
