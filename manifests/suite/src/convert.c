/* From a store in format 6 or 7 into this one, in format 7. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailbox_index.h"

struct convert {
	const char *from, *dir;
	char *const *only;
	int same;		/* from is dir */
	FILE *out;		/* the new index, when it is the same store */
	unsigned long brought, done;	/* another store: of the mailbox at hand */
};

static int is_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int fill_in(struct convert *c, const char *name, struct message *m)
{
	char *text = mailbox_read(c->from, name, m->uid, &m->size);

	if (text == NULL)
		return -1;
	if (strcmp(m->digest, "-") == 0)
		index_digest(text, m->size, m->digest);
	free(text);
	return 0;
}

/* ---- the same store: an index beside the old one, then in its place */

static int rewrite_line(void *arg, const char *name, const struct message *m)
{
	struct convert *c = arg;
	char line[INDEX_LINE_MAX];
	struct message new = *m;

	if (new.arrival == 0 && fill_in(c, name, &new) < 0)
		return -1;
	(void)index_print(line, sizeof(line), &new);
	return fputs(line, c->out) < 0 ? -1 : 0;
}

static int rewrite_index(struct convert *c, const char *name)
{
	char part[MAILBOX_PATH_MAX], path[MAILBOX_PATH_MAX];
	int lock, rc = -1;

	if (mailbox_path(path, sizeof(path), c->dir, "index", name) < 0 ||
	    mailbox_path(part, sizeof(part), c->dir, "index/.part", "") < 0)
		return -1;
	lock = mailbox_lock(c->dir, "index", name, 0);
	if (lock < 0)
		return -1;
	c->out = fopen(part, "we");
	if (c->out != NULL) {
		rc = mailbox_list(c->dir, name, rewrite_line, c);
		if (fflush(c->out) != 0 || fsync(fileno(c->out)) < 0)
			rc = -1;
		if (fclose(c->out) != 0)
			rc = -1;
	}
	if (rc == 0)
		rc = rename(part, path);
	(void)close(lock);
	return rc;
}

/* ---- another store: what is not here yet is delivered here */

/* DIR/converted/NAME: the last UID that was brought. -1 with errno, 0 when there is none. */
static long brought(const char *dir, const char *name)
{
	char path[MAILBOX_PATH_MAX];
	long uid = 0;
	FILE *f;

	if (mailbox_path(path, sizeof(path), dir, "converted", name) < 0)
		return -1;
	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 0 : -1;
	if (fscanf(f, "%ld", &uid) != 1)
		uid = 0;
	(void)fclose(f);
	return uid;
}

static int note_brought(const char *dir, const char *name, unsigned long uid)
{
	char path[MAILBOX_PATH_MAX], part[MAILBOX_PATH_MAX];
	FILE *f;
	int rc;

	if (mailbox_path(path, sizeof(path), dir, "converted", "") < 0 ||
	    (mkdir(path, 0700) < 0 && errno != EEXIST) ||
	    mailbox_path(part, sizeof(part), dir, "converted", ".part") < 0 ||
	    mailbox_path(path, sizeof(path), dir, "converted", name) < 0)
		return -1;
	f = fopen(part, "we");
	if (f == NULL)
		return -1;
	rc = fprintf(f, "%lu\n", uid) < 0 ? -1 : 0;
	if (fclose(f) != 0 || rc < 0)
		return -1;
	return rename(part, path);
}

static int take_last(void *arg, const char *name, const struct message *m)
{
	(void)name;
	*(struct message *)arg = *m;
	return 0;
}

/* Delivered, and not noted: we were interrupted between the two. */
static int is_last(struct convert *c, const char *name, const struct message *new)
{
	struct message last = { .digest = "" };

	(void)mailbox_list(c->dir, name, take_last, &last);
	return last.size == new->size && strcmp(last.digest, new->digest) == 0;
}

static int bring_message(void *arg, const char *name, const struct message *m)
{
	struct convert *c = arg;
	struct message new = *m;
	unsigned long uid;
	char *text;
	int rc = 0;

	if (m->uid <= c->brought)
		return 0;
	text = mailbox_read(c->from, name, m->uid, &new.size);
	if (text == NULL)
		return -1;
	index_digest(text, new.size, new.digest);
	if (c->done > 0 || !is_last(c, name, &new))
		rc = mailbox_deliver(c->dir, name, text, new.size, 1, &uid);
	free(text);
	c->done++;
	return rc < 0 ? rc : note_brought(c->dir, name, m->uid);
}

static int bring_mailbox(struct convert *c, const char *name)
{
	long uid = brought(c->dir, name);

	if (uid < 0)
		return -1;
	c->brought = (unsigned long)uid;
	c->done = 0;
	return mailbox_list(c->from, name, bring_message, c);
}

static int is_wanted(const struct convert *c, const char *name)
{
	if (c->only == NULL || *c->only == NULL)
		return 1;
	for (size_t i = 0; c->only[i] != NULL; i++)
		if (strcmp(c->only[i], name) == 0)
			return 1;
	return 0;
}

static int one_mailbox(void *arg, const char *name, const struct message *none)
{
	struct convert *c = arg;
	int rc;

	(void)none;
	if (!is_wanted(c, name))
		return 0;
	rc = c->same ? rewrite_index(c, name) : bring_mailbox(c, name);
	if (rc < 0 && errno == ENOENT)
		rc = 0;		/* named, and never written to */
	if (rc < 0)
		fprintf(stderr, "cannot convert the mailbox '%s' of '%s': %s\n", name, c->from,
			strerror(errno));
	else
		printf("%s\n", name);
	return rc;
}

/* Until this line is there the store is in format 6, and the conversion can be repeated. */
static int write_format(const char *dir)
{
	char part[MAILBOX_PATH_MAX], path[MAILBOX_PATH_MAX];
	char text[4096];
	FILE *in, *out;
	size_t n;
	int rc;

	if (mailbox_path(path, sizeof(path), dir, "mboxlist", "") < 0 ||
	    mailbox_path(part, sizeof(part), dir, ".mboxlist", "") < 0)
		return -1;
	in = fopen(path, "re");
	out = fopen(part, "we");
	rc = in == NULL || out == NULL || fputs(MAILBOX_HEADER, out) < 0 ? -1 : 0;
	while (rc == 0 && (n = fread(text, 1, sizeof(text), in)) > 0)
		rc = fwrite(text, 1, n, out) == n ? 0 : -1;
	if (in != NULL)
		(void)fclose(in);
	if (out != NULL && (fflush(out) != 0 || fsync(fileno(out)) < 0))
		rc = -1;
	if (out != NULL && fclose(out) != 0)
		rc = -1;
	return rc < 0 ? rc : rename(part, path);
}

int mailbox_convert(const char *from, const char *dir, char *const *only)
{
	struct convert c = { .from = from, .dir = dir, .only = only, .same = is_same(from, dir) };
	int format = mailbox_format(from);

	if (format < 0 || format > MAILBOX_FORMAT)
		return -1;
	if (format == 0 || (c.same && format == MAILBOX_FORMAT))
		return 0;
	if (c.same && only != NULL && *only != NULL) {
		fprintf(stderr, "a store is converted in place as a whole, not by mailbox\n");
		return -1;
	}
	if (!c.same && mailbox_open(dir) < 0)
		return -1;
	if (mailbox_names(from, one_mailbox, &c) < 0)
		return -1;
	return c.same ? write_format(dir) : 0;
}
