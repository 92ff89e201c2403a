#include "mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <commnss.h>
#include "mailbox_index.h"

int mailbox_name_ok(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= MAILBOX_NAME_MAX && strchr("._-", *name) == NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

int mailbox_path(char *buf, size_t size, const char *dir, const char *what, const char *name)
{
	int n = snprintf(buf, size, "%s/%s%s%s", dir, what, *name ? "/" : "", name);

	if (n >= 0 && (size_t)n < size)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* The format stands on the first line of mboxlist, from 7 on. */
int mailbox_format(const char *dir)
{
	char path[MAILBOX_PATH_MAX], line[MAILBOX_NAME_MAX + 16] = "";
	int format = 0;
	FILE *f;

	if (mailbox_path(path, sizeof(path), dir, "mboxlist", "") < 0)
		return -1;
	f = fopen(path, "re");
	if (f == NULL && errno == ENOENT)
		return 0;
	if (f == NULL) {
		fprintf(stderr, "cannot read '%s': %s\n", path, strerror(errno));
		return -1;
	}
	format = fgets(line, sizeof(line), f) == NULL || *line != '#' ? 6 : 0;
	if (format == 0 && sscanf(line, "#format %d", &format) != 1)
		format = -1;
	(void)fclose(f);
	if (format < 0)
		fprintf(stderr, "'%s' is no list of mailboxes\n", path);
	return format;
}

static int begin_store(const char *dir)
{
	static const char *const sub[] = { "", "index", "msgs" };
	char path[MAILBOX_PATH_MAX];
	FILE *f;

	for (size_t i = 0; i < sizeof(sub) / sizeof(*sub); i++)
		if (mailbox_path(path, sizeof(path), dir, sub[i], "") < 0 ||
		    (mkdir(path, 0700) < 0 && errno != EEXIST))
			return -1;
	if (mailbox_path(path, sizeof(path), dir, "mboxlist", "") < 0)
		return -1;
	f = fopen(path, "wxe");
	if (f == NULL)
		return -1;
	(void)fputs(MAILBOX_HEADER, f);
	return fclose(f);
}

int mailbox_open(const char *dir)
{
	int format = mailbox_format(dir);

	if (format < 0)
		return -1;
	if (format == 0 && begin_store(dir) < 0) {
		fprintf(stderr, "cannot begin a store in '%s': %s\n", dir, strerror(errno));
		return -1;
	}
	if (format == 0 || format == MAILBOX_FORMAT)
		return 0;
	fprintf(stderr, "the store '%s' is in format %d, and this release reads format %d%s\n", dir,
		format, MAILBOX_FORMAT,
		format < MAILBOX_FORMAT ? ": convert it with lib/migrate-config" : " only");
	return -1;
}

/* ---- reading */

int mailbox_names(const char *dir, mailbox_each *each, void *arg)
{
	char path[MAILBOX_PATH_MAX], line[MAILBOX_NAME_MAX + 16];
	FILE *f;
	int rc = 0;

	if (mailbox_path(path, sizeof(path), dir, "mboxlist", "") < 0)
		return -1;
	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 0 : -1;
	while (rc == 0 && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (mailbox_name_ok(line))
			rc = each(arg, line, NULL);
	}
	(void)fclose(f);
	return rc;
}

int mailbox_list(const char *dir, const char *name, mailbox_each *each, void *arg)
{
	char path[MAILBOX_PATH_MAX], line[INDEX_LINE_MAX];
	struct message m;
	FILE *f;
	int rc = 0;

	if (mailbox_path(path, sizeof(path), dir, "index", name) < 0)
		return -1;
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (rc == 0 && fgets(line, sizeof(line), f) != NULL)
		if (index_parse(line, &m) > 0)
			rc = each(arg, name, &m);
	(void)fclose(f);
	return rc;
}

struct wanted {
	unsigned long uid;
	struct message *m;
};

static int take_wanted(void *arg, const char *name, const struct message *m)
{
	struct wanted *w = arg;

	(void)name;
	if (m->uid != w->uid)
		return 0;
	*w->m = *m;
	return 1;
}

int mailbox_find(const char *dir, const char *name, unsigned long uid, struct message *ret)
{
	struct wanted w = { uid, ret };
	int rc = mailbox_list(dir, name, take_wanted, &w);

	if (rc == 0)
		errno = ENOENT;
	return rc == 1 ? 0 : -1;
}

char *mailbox_read(const char *dir, const char *name, unsigned long uid, size_t *ret_size)
{
	char path[MAILBOX_PATH_MAX], file[MAILBOX_NAME_MAX + 32], *text = NULL;
	struct stat st;
	FILE *f = NULL;

	(void)snprintf(file, sizeof(file), "%s/%lu", name, uid);
	if (mailbox_path(path, sizeof(path), dir, "msgs", file) == 0)
		f = fopen(path, "re");
	if (f == NULL)
		return NULL;
	if (fstat(fileno(f), &st) == 0 && st.st_size <= MAILBOX_MESSAGE_MAX)
		text = malloc((size_t)st.st_size + 1);
	if (text != NULL && fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size) {
		free(text);
		text = NULL;
		errno = EBADMSG;
	}
	if (text != NULL)
		*ret_size = (size_t)st.st_size;
	(void)fclose(f);
	return text;
}

char *mailbox_fetch(const char *dir, const char *name, const struct message *m)
{
	size_t n = 0;
	char *text = mailbox_read(dir, name, m->uid, &n), digest[MAILBOX_DIGEST_SIZE];

	if (text == NULL)
		return NULL;
	index_digest(text, n, digest);
	if (n == m->size && (strcmp(m->digest, "-") == 0 || strcmp(m->digest, digest) == 0))
		return text;
	free(text);
	errno = EBADMSG;
	return NULL;
}

/* ---- delivering */

/* In a directory of its own name; synced, then linked, so that no name is ever taken twice. */
static int write_message(const char *dir, const char *name, const void *text, size_t n,
			 unsigned long *uid)
{
	char part[MAILBOX_PATH_MAX], path[MAILBOX_PATH_MAX], file[MAILBOX_NAME_MAX + 32];
	int fd, rc = -1;

	if (mailbox_path(path, sizeof(path), dir, "msgs", name) < 0 ||
	    (mkdir(path, 0700) < 0 && errno != EEXIST))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/.%ld", name, (long)getpid());
	if (mailbox_path(part, sizeof(part), dir, "msgs", file) < 0)
		return -1;
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (write(fd, text, n) == (ssize_t)n && fsync(fd) == 0)
		do {
			(void)snprintf(file, sizeof(file), "%s/%lu", name, ++*uid);
			rc = mailbox_path(path, sizeof(path), dir, "msgs", file);
			rc = rc < 0 ? rc : link(part, path);
		} while (rc < 0 && errno == EEXIST);
	(void)close(fd);
	(void)unlink(part);
	return rc;
}

static int take_last(void *arg, const char *name, const struct message *m)
{
	(void)name;
	*(unsigned long *)arg = m->uid;
	return 0;
}

int mailbox_lock(const char *dir, const char *what, const char *name, int flags)
{
	char path[MAILBOX_PATH_MAX];
	int fd;

	if (mailbox_path(path, sizeof(path), dir, what, name) < 0)
		return -1;
	fd = open(path, flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int same_name(void *arg, const char *name, const struct message *m)
{
	(void)m;
	return strcmp(arg, name) == 0;
}

int mailbox_has(const char *dir, const char *name)
{
	return mailbox_names(dir, same_name, (void *)name);
}

int mailbox_add_name(const char *dir, const char *name)
{
	char path[MAILBOX_PATH_MAX];
	int lock = mailbox_lock(dir, "lock", "", O_CREAT), rc;
	FILE *f;

	if (lock < 0)
		return -1;
	rc = mailbox_has(dir, name);
	if (rc == 0 && mailbox_path(path, sizeof(path), dir, "mboxlist", "") == 0) {
		f = fopen(path, "ae");
		rc = f == NULL || fprintf(f, "%s\n", name) < 0 ? -1 : 0;
		if (f != NULL && fclose(f) != 0)
			rc = -1;
	}
	(void)close(lock);
	return rc < 0 ? -1 : 0;
}

int mailbox_deliver(const char *dir, const char *name, const void *text, size_t n, int digest,
		    unsigned long *ret_uid)
{
	struct message m = { .size = n, .digest = "-", .arrival = (long)time(NULL) };
	char line[INDEX_LINE_MAX];
	int fd, len, rc = -1;

	if (mailbox_add_name(dir, name) < 0)
		return -1;
	fd = mailbox_lock(dir, "index", name, O_CREAT | O_APPEND);
	if (fd < 0)
		return -1;
	if (mailbox_list(dir, name, take_last, &m.uid) == 0 &&
	    write_message(dir, name, text, n, &m.uid) == 0) {
		if (digest)
			index_digest(text, n, m.digest);
		len = index_print(line, sizeof(line), &m);
		rc = write(fd, line, (size_t)len) == len && fsync(fd) == 0 ? 0 : -1;
	}
	(void)close(fd);
	*ret_uid = m.uid;
	return rc;
}
