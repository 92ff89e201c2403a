/*
 * The relay: takes mail for its own domain by a subset of SMTP (HELO EHLO MAIL RCPT DATA RSET NOOP
 * VRFY QUIT), and brings it to the store. What it accepted is in its queue until the store has it:
 * while the store is down for an upgrade, no mail is lost. "250 2.0.0 delivered ID" says that the
 * store has it, "250 2.0.0 queued ID" that it waits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "queue.h"
#include "server.h"

static const struct conf_key keys[] = {
	CONF_LISTEN_KEYS("10025"),
	CONF_STORE_KEYS,
	{ "hostname", CONF_WORD, "localhost" },
#if SUITE_RELEASE < 70
	{ "queuedir", CONF_PATH, "queue" },
#else
	{ "queue", CONF_PATH, "queue" },
#endif
	{ "maxsize", CONF_NUMBER, "1048576" },
	{ "retry", CONF_NUMBER, "5" },
	{ 0 }
};

static const char *queue_dir(const struct server_run *r)
{
	static char dir[SERVER_PATH_MAX];

	return server_path(r, conf_text(&r->conf, SUITE_RELEASE < 70 ? "queuedir" : "queue"), dir,
			   sizeof(dir));
}

static int prepare(struct server_run *r)
{
	if (mkdir(queue_dir(r), 0700) == 0 || errno == EEXIST)
		return 0;
	fprintf(stderr, "cannot make '%s': %s\n", queue_dir(r), strerror(errno));
	return 1;
}

static void tick(struct server_run *r)
{
	struct address store = conf_store(&r->conf);
	unsigned n = queue_run(queue_dir(r), &store);

	if (n > 0)
		server_log("%u messages wait", n);
}

struct mail {
	int from;		/* MAIL was given */
	struct envelope to;
	char *text;
	size_t n, room;
};

static void forget(struct mail *m)
{
	free(m->text);
	*m = (struct mail){ 0 };
}

/* The local part of <NAME@DOMAIN>, when it is one of ours. What to answer, or NULL. */
static const char *take_recipient(const struct server_run *r, struct mail *m, const char *arg)
{
	const char *host = conf_text(&r->conf, "hostname"), *at;
	char *to = m->to.to[m->to.n < QUEUE_RECIPIENTS ? m->to.n : 0];
	size_t n;

	if (m->to.n == QUEUE_RECIPIENTS)
		return "452 4.5.3 too many recipients";
	if (*arg++ != '<' || (at = strpbrk(arg, "@>")) == NULL)
		return "501 5.1.3 no address: <NAME@DOMAIN>";
	n = (size_t)(at - arg);
	if (n == 0 || n >= sizeof(m->to.to[0]) ||
	    strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") < n)
		return "553 5.1.3 no such name here";
	if (*at == '@' &&
	    !(strncasecmp(at + 1, host, strlen(host)) == 0 && at[1 + strlen(host)] == '>'))
		return "550 5.7.1 not my domain, and this is no open relay";
	memcpy(to, arg, n);
	to[n] = '\0';
	for (char *p = to; *p != '\0'; p++)
		*p = *p >= 'A' && *p <= 'Z' ? *p + 32 : *p;
	m->to.n++;
	return NULL;
}

static int add_text(struct mail *m, const char *line, size_t n, size_t most)
{
	char *text;

	if (m->n + n + 2 > most)
		return -1;
	if (m->n + n + 2 > m->room) {
		m->room = 2 * (m->n + n + 2);
		text = realloc(m->text, m->room);
		if (text == NULL)
			return -1;
		m->text = text;
	}
	memcpy(m->text + m->n, line, n);
	m->n += n;
	m->text[m->n++] = '\n';
	return 0;
}

/* Up to the line with the dot, however much it is. 0, CONN_CLOSED, or 1: too much. */
static int read_data(struct server_run *r, struct conn *c, struct mail *m)
{
	size_t most = (size_t)conf_number(&r->conf, "maxsize");
	char line[1100];
	int too_much = 0;

	(void)snprintf(line, sizeof(line), "Received: by %.200s (MTA %s)",
		       conf_text(&r->conf, "hostname"), SUITE_VERSION);
	(void)add_text(m, line, strlen(line), most);
	for (;;) {
		int n = conn_line(c, line, sizeof(line));

		if (n == CONN_CLOSED)
			return CONN_CLOSED;
		if (n == 1 && *line == '.')
			return too_much;
		if (n == CONN_LONG)
			too_much = 1;
		else if (!too_much &&
			 add_text(m, line + (*line == '.'), (size_t)n - (*line == '.'), most) < 0)
			too_much = 1;
	}
}

static int data(struct server_run *r, struct conn *c, struct mail *m)
{
	struct address store = conf_store(&r->conf);
	char id[QUEUE_ID_SIZE];
	int rc;

	if (m->to.n == 0)
		return conn_printf(c, "503 5.5.1 no recipient yet\r\n");
	if (conn_printf(c, "354 end with a line that is a dot\r\n") < 0)
		return -1;
	rc = read_data(r, c, m);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return conn_printf(c, "552 5.3.4 too large a message, or line\r\n");
	if (queue_put(queue_dir(r), &m->to, m->text, m->n, id) < 0) {
		server_log("cannot write to the queue: %s", strerror(errno));
		return conn_printf(c, "451 4.3.0 cannot write to the queue\r\n");
	}
	rc = queue_try(queue_dir(r), id, &store);
	if (rc < 0)
		return conn_printf(c, "550 5.1.1 the store refuses it (%s)\r\n", id);
	return conn_printf(c, "250 2.0.0 %s %s\r\n", rc > 0 ? "delivered" : "queued", id);
}

static int command(struct server_run *r, struct conn *c, struct mail *m, char *line)
{
	const char *why;

	if (strncasecmp(line, "HELO", 4) == 0 || strncasecmp(line, "EHLO", 4) == 0)
		return conn_printf(c, "250 %s\r\n", conf_text(&r->conf, "hostname"));
	if (strncasecmp(line, "MAIL FROM:", 10) == 0) {
		forget(m);
		m->from = 1;
		return conn_printf(c, "250 2.1.0 fine\r\n");
	}
	if (strncasecmp(line, "RCPT TO:", 8) == 0) {
		why = m->from ? take_recipient(r, m, line + 8 + strspn(line + 8, " ")) :
				"503 5.5.1 MAIL first";
		return conn_printf(c, "%s\r\n", why != NULL ? why : "250 2.1.5 fine");
	}
	if (strcasecmp(line, "DATA") == 0) {
		int rc = data(r, c, m);

		forget(m);
		return rc;
	}
	if (strcasecmp(line, "RSET") == 0) {
		forget(m);
		return conn_printf(c, "250 2.0.0 fine\r\n");
	}
	if (strcasecmp(line, "NOOP") == 0)
		return conn_printf(c, "250 2.0.0 fine\r\n");
	if (strncasecmp(line, "VRFY", 4) == 0)
		return conn_printf(c, "252 2.1.5 send it and see\r\n");
	if (strcasecmp(line, "QUIT") == 0)
		return conn_printf(c, "221 2.0.0 bye\r\n"), -1;
	return conn_printf(c, "500 5.5.2 no such command\r\n");
}

static void session(struct server_run *r, struct conn *c)
{
	struct mail m = { 0 };
	char line[600];
	int rc = conn_printf(c, "220 %s relay %s\r\n", conf_text(&r->conf, "hostname"),
			     SUITE_VERSION);

	while (rc >= 0) {
		rc = conn_line(c, line, sizeof(line));
		if (rc == CONN_LONG)
			rc = conn_printf(c, "500 5.5.2 too long a line\r\n");
		else if (rc >= 0)
			rc = command(r, c, &m, line);
	}
	forget(&m);
}

int main(int argc, char **argv)
{
	static const struct server me = {
		"relay", SUITE_VERSION, keys, prepare, session, tick, NULL,
	};

	return server_main(&me, argc, argv);
}
