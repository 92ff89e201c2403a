#include "mailbox_index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <commnss.h>

int index_parse(const char *line, struct message *ret)
{
	int n, end = 0;

	*ret = (struct message){ .digest = "-" };
	if (strchr(line, '\n') == NULL)	/* cut off by a crash */
		return 0;
	n = sscanf(line, "%lu %zu%n %64[0-9a-f-] %ld%n", &ret->uid, &ret->size, &end, ret->digest,
		   &ret->arrival, &end);
	return (n == 2 || n == 4) && line[end] == '\n' ? n : 0;
}

#if SUITE_RELEASE < 70
int index_print(char *line, size_t size, const struct message *m)
{
	return snprintf(line, size, "%lu %zu\n", m->uid, m->size);
}

void index_digest(const void *text, size_t n, char digest[MAILBOX_DIGEST_SIZE])
{
	(void)text;
	(void)n;
	memcpy(digest, "-", 2);
}
#else
int index_print(char *line, size_t size, const struct message *m)
{
	return snprintf(line, size, "%lu %zu %s %ld\n", m->uid, m->size, m->digest, m->arrival);
}

void index_digest(const void *text, size_t n, char digest[MAILBOX_DIGEST_SIZE])
{
	commnss_sha256(text, n, digest);
}
#endif

/* ---- what is in msgs/ and in no index */

static int add_line(const char *dir, const char *name, const struct message *m)
{
	char line[INDEX_LINE_MAX];
	int fd = mailbox_lock(dir, "index", name, O_CREAT | O_APPEND);
	int len = index_print(line, sizeof(line), m), rc;

	if (fd < 0)
		return -1;
	rc = write(fd, line, (size_t)len) == len && fsync(fd) == 0 ? 0 : -1;
	(void)close(fd);
	return rc;
}

static int take_in(const char *dir, const char *name, unsigned long uid, unsigned long *found)
{
	struct message m = { .uid = 0 };
	char *text;

	if (mailbox_find(dir, name, uid, &m) == 0)
		return 0;
	m = (struct message){ .uid = uid, .digest = "-" };
	text = mailbox_read(dir, name, uid, &m.size);
	if (text == NULL)
		return -1;
	index_digest(text, m.size, m.digest);
	free(text);
	if (mailbox_add_name(dir, name) < 0 || add_line(dir, name, &m) < 0)
		return -1;
	++*found;
	return 0;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	unsigned long x = strtoul((*a)->d_name, NULL, 10), y = strtoul((*b)->d_name, NULL, 10);

	return x < y ? -1 : x > y;
}

static int is_number(const struct dirent *d)
{
	return *d->d_name != '\0' && d->d_name[strspn(d->d_name, "0123456789")] == '\0' &&
	       strlen(d->d_name) < 10;
}

static int is_mailbox(const struct dirent *d)
{
	return mailbox_name_ok(d->d_name);
}

static int reconstruct_one(const char *dir, const char *name, unsigned long *found)
{
	char path[MAILBOX_PATH_MAX];
	struct dirent **list = NULL;
	int n = mailbox_path(path, sizeof(path), dir, "msgs", name) < 0 ? -1 :
		scandir(path, &list, is_number, by_number);
	int rc = n < 0 ? -1 : 0;

	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = take_in(dir, name, strtoul(list[i]->d_name, NULL, 10), found);
		free(list[i]);
	}
	free(list);
	return rc;
}

int mailbox_reconstruct(const char *dir, unsigned long *ret_found)
{
	char path[MAILBOX_PATH_MAX];
	struct dirent **list = NULL;
	int n = mailbox_path(path, sizeof(path), dir, "msgs", "") < 0 ? -1 :
		scandir(path, &list, is_mailbox, alphasort);
	int rc = n < 0 ? -1 : 0;

	*ret_found = 0;
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = reconstruct_one(dir, list[i]->d_name, ret_found);
		free(list[i]);
	}
	free(list);
	return rc;
}
