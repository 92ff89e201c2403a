/*
 * The calendar server.
 *
 *	GET /NAME	the calendar, as iCalendar (RFC 5545)
 *	POST /NAME	a body "YYYY-MM-DD TITLE" adds an event
 *	GET /.status	plain text
 *
 * On disk a calendar is calendars/NAME, a line "YYYY-MM-DD TITLE" for each event, in both releases.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <commldap.h>
#include <commnss.h>
#include "http.h"
#include "server.h"

#define EVENT_MAX 200

static const struct conf_key keys[] = {
	{ "bind", CONF_HOST, "127.0.0.1" }, { "port", CONF_PORT, "10008" },
	{ "calendars", CONF_PATH, "calendars" },
	{ "directory", CONF_PATH, "" },
	{ "productid", CONF_TEXT, "-//commpkg//calendar//EN" },
	{ 0 }
};

static const char *calendar_path(const struct server_run *r, const char *name, char *buf)
{
	char relative[1024];

	snprintf(relative, sizeof(relative), "%s/%s", conf_text(&r->conf, "calendars"), name);
	return server_path(r, relative, buf, SERVER_PATH_MAX);
}

static int prepare(struct server_run *r)
{
	char path[SERVER_PATH_MAX];

	if (mkdir(calendar_path(r, "", path), 0700) == 0 || errno == EEXIST)
		return 0;
	fprintf(stderr, "cannot make '%s': %s\n", path, strerror(errno));
	return 1;
}

static int is_user(const struct server_run *r, const char *name)
{
	const char *directory = conf_text(&r->conf, "directory");
	char path[SERVER_PATH_MAX];
	size_t n = strlen(name);

	if (n == 0 || n > 64 || strchr("._-", *name) != NULL ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") < n)
		return 0;
	if (*directory == '\0')
		return 1;
	server_path(r, directory, path, sizeof(path));
#if SUITE_RELEASE < 70
	return commldap_has_user(path, name) == 1;
#else
	return commldap_find_user(path, name) == COMMLDAP_ACTIVE;
#endif
}

/* "2009-02-10 Title", one line */
static int is_event(const char *s)
{
	unsigned year, month, day;
	int end = 0;

	return sscanf(s, "%4u-%2u-%2u %n", &year, &month, &day, &end) == 3 && end == 11 &&
	       month >= 1 && month <= 12 && day >= 1 && day <= 31 && s[end] != '\0' &&
	       strlen(s) <= EVENT_MAX;
}

static void add_event(struct page *p, const char *name, const char *line)
{
	page_add(p,
		 "BEGIN:VEVENT\r\nUID:%08x@%s\r\nDTSTAMP:20090101T000000Z\r\n"
		 "DTSTART;VALUE=DATE:%.4s%.2s%.2s\r\nSUMMARY:",
		 commnss_sum(line, strlen(line)), name, line, line + 5, line + 8);
	for (line += 11; *line != '\0'; line++)
		page_add(p, "%s%c", strchr(",;\\", *line) != NULL ? "\\" : "", *line);
	page_add(p, "\r\nEND:VEVENT\r\n");
}

static int show(struct server_run *r, const char *name, struct page *p)
{
	char path[SERVER_PATH_MAX], line[EVENT_MAX + 2];
	FILE *f = fopen(calendar_path(r, name, path), "re");

	if (f == NULL && errno != ENOENT)
		return 503;
	page_add(p, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:%s\r\n",
		 conf_text(&r->conf, "productid"));
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (is_event(line))
			add_event(p, name, line);
	}
	page_add(p, "END:VCALENDAR\r\n");
	if (f != NULL)
		(void)fclose(f);
	return 200;
}

static int add(struct server_run *r, const char *name, char *body, size_t n)
{
	char path[SERVER_PATH_MAX];
	int fd, rc;

	body[n] = '\0';
	body[strcspn(body, "\r\n")] = '\0';
	for (char *s = body; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return 400;
	if (!is_event(body))
		return 400;
	fd = open(calendar_path(r, name, path),
		  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return 503;
	rc = dprintf(fd, "%s\n", body) > 0 && fsync(fd) == 0 ? 201 : 503;
	(void)close(fd);
	server_log("%s: an event, %d", name, rc);
	return rc;
}

static int answer(struct server_run *r, struct conn *c, struct http_request *q, struct page *p)
{
	char *body;
	int rc;

	if (strcmp(q->path, "/.status") == 0) {
		page_add(p, "cald %s\n", SUITE_CAL_VERSION);
		return 200;
	}
	if (!is_user(r, q->path + 1))
		return 404;
	if (strcmp(q->method, "GET") == 0)
		return show(r, q->path + 1, p);
	if (strcmp(q->method, "POST") != 0)
		return 405;
	body = malloc(q->length + 1);
	rc = body == NULL || conn_bytes(c, body, q->length) < 0 ?
		     400 :
		     add(r, q->path + 1, body, q->length);
	free(body);
	return rc;
}

static void session(struct server_run *r, struct conn *c)
{
	struct http_request q;
	struct page p = { 0 };
	int status;

	if (http_read(c, &q) < 0)
		return;
	status = answer(r, c, &q, &p);
	if (status == 200) {
		http_answer(c, 200, *p.text == 'B' ? "text/calendar" : "text/plain", &p);
		return;
	}
	free(p.text);
	http_answer(c, status, NULL, NULL);
}

int main(int argc, char **argv)
{
	static const struct server me = {
		"cald", SUITE_CAL_VERSION, keys, prepare, session, NULL, NULL,
	};

	return server_main(&me, argc, argv);
}
