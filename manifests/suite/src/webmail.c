/*
 * The web front end: reads mail from the store, shows it.
 *
 *	/		the mailboxes		/NAME		what is in one
 *	/NAME/UID	a message		/.status	does the store answer? (plain text)
 *
 * Its words come from locale/LANGUAGE/webmail.cat where that is installed (the translations are a
 * component of their own): the first language of Accept-Language that is there, else `language`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "server.h"
#include "store_client.h"

static const struct conf_key keys[] = {
	CONF_LISTEN_KEYS("10080"),
	CONF_STORE_KEYS,
	{ "title", CONF_TEXT, "Webmail" },
	{ "language", CONF_WORD, "en" },
	{ 0 }
};

static struct conf words;

static int load_words(const struct server_run *r, const char *language, size_t n)
{
	static char path[SERVER_PATH_MAX];
	char relative[64];

	if (n == 0 || n > 8 || strspn(language, "abcdefghijklmnopqrstuvwxyz") < n)
		return -1;
	snprintf(relative, sizeof(relative), "locale/%.*s/webmail.cat", (int)n, language);
	server_path(r, relative, path, sizeof(path));
	return access(path, R_OK) == 0 ? conf_load(&words, path, NULL) : -1;
}

static void choose_words(const struct server_run *r, const char *wanted)
{
	const char *own = conf_text(&r->conf, "language");

	for (const char *p = wanted; *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
		size_t n;

		p += strspn(p, " ");
		n = strcspn(p, "-;, ");
		if (n == 2 && strncmp(p, "en", 2) == 0)
			return;
		if (load_words(r, p, n) == 0)
			return;
	}
	(void)load_words(r, own, strlen(own));
}

static const char *word(const char *key, const char *english)
{
	const char *s = conf_text(&words, key);

	return s != NULL ? s : english;
}

static void add_text(struct page *p, const char *text)
{
	page_escape(p, text, strlen(text));
}

/* What the administrator put into htdocs/banner.html, as it is. */
static void add_banner(const struct server_run *r, struct page *p)
{
	char path[SERVER_PATH_MAX], line[512];
	FILE *f = fopen(server_path(r, "htdocs/banner.html", path, sizeof(path)), "re");

	while (f != NULL && p->n < HTTP_BODY_MAX && fgets(line, sizeof(line), f) != NULL)
		page_add(p, "%s", line);
	if (f != NULL)
		(void)fclose(f);
}

static void begin(const struct server_run *r, struct page *p, const char *heading)
{
	page_add(p, "<!DOCTYPE html>\n<title>");
	add_text(p, conf_text(&r->conf, "title"));
	page_add(p, "</title>\n");
	add_banner(r, p);
	page_add(p, "<h1>");
	add_text(p, heading);
	page_add(p, "</h1>\n");
}

static int front_page(struct server_run *r, struct store_client *s, struct page *p)
{
	char line[256];

	if (store_client_ask(s, "MAILBOXES") != 0)
		return 503;
	begin(r, p, word("mailboxes", "Mailboxes"));
	page_add(p, "<ul>\n");
	while (store_client_next(s, line, sizeof(line)) == 1)
		page_add(p, "<li><a href=\"/%s\">%s</a>\n", line,
			 line); /* names need no escaping */
	page_add(p, "</ul>\n");
	return 200;
}

static int mailbox_page(struct server_run *r, struct store_client *s, const char *name,
			struct page *p)
{
	char line[256];
	unsigned n = 0;

	if (store_client_ask(s, "LIST %s", name) != 0)
		return 404;
	begin(r, p, name);
	page_add(p, "<ul>\n");
	while (store_client_next(s, line, sizeof(line)) == 1) {
		unsigned long uid, size;
		int at = 0;

		if (sscanf(line, "%lu %lu %n", &uid, &size, &at) < 2 || at == 0)
			continue;
		page_add(p, "<li><a href=\"/%s/%lu\">", name, uid);
		add_text(p, line + at);
		page_add(p, "</a>\n");
		n++;
	}
	page_add(p, "</ul>\n<p>%s: %u\n", word("messages", "Messages"), n);
	return 200;
}

static int message_page(struct server_run *r, struct store_client *s, const char *name,
			const char *uid, struct page *p)
{
	size_t size;
	char *text;
	int rc;

	if (uid[strspn(uid, "0123456789")] != '\0' ||
	    store_client_ask(s, "FETCH %s %s", name, uid) != 0)
		return 404;
	if (sscanf(s->answer, "+OK %zu", &size) != 1 || size > (64 << 20))
		return 503;
	text = malloc(size + 1);
	rc = text == NULL || conn_bytes(&s->c, text, size) < 0 ? 503 : 200;
	if (rc == 200) {
		begin(r, p, word("message", "Message"));
		page_add(p, "<pre>");
		page_escape(p, text, size);
		page_add(p, "</pre>\n<p><a href=\"/%s\">%s</a>\n", name, word("back", "Back"));
	}
	free(text);
	return rc;
}

static int status_page(struct store_client *s, struct page *p)
{
	page_add(p, "webmail %s\nstore %s\n", SUITE_VERSION,
		 store_client_ask(s, "NOOP") == 0 ? "answers" : "does not answer");
	return 200;
}

static int make_page(struct server_run *r, struct store_client *s, char *path, struct page *p)
{
	char *save, *name = strtok_r(path, "/", &save), *uid;

	if (name == NULL)
		return front_page(r, s, p);
	if (strcmp(name, ".status") == 0)
		return status_page(s, p);
	/* it goes into a line of the store's protocol, and into addresses */
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-")] != '\0')
		return 404;
	uid = strtok_r(NULL, "/", &save);
	return uid == NULL ? mailbox_page(r, s, name, p) : message_page(r, s, name, uid, p);
}

static void session(struct server_run *r, struct conn *c)
{
	struct address at = conf_store(&r->conf);
	struct http_request q;
	struct store_client s;
	struct page p = { 0 };
	int status;

	if (http_read(c, &q) < 0)
		return;
	if (strcmp(q.method, "GET") != 0) {
		http_answer(c, 405, NULL, NULL);
		return;
	}
	choose_words(r, q.languages);
	if (store_client_open(&s, &at) < 0) {
		server_log("%s", s.answer);
		http_answer(c, 503, NULL, NULL);
		return;
	}
	status = make_page(r, &s, q.path, &p);
	store_client_close(&s);
	if (status != 200) {
		free(p.text);
		http_answer(c, status, NULL, NULL);
		return;
	}
	http_answer(c, 200, *p.text == '<' ? "text/html" : "text/plain", &p);
}

int main(int argc, char **argv)
{
	static const struct server me = {
		"webmail", SUITE_VERSION, keys, NULL, session, NULL, NULL,
	};

	return server_main(&me, argc, argv);
}
