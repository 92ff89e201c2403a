#include "queue.h"

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

#include "server.h"
#include "store_client.h"

#define QUEUE_PATH_MAX (SERVER_PATH_MAX + QUEUE_ID_SIZE + 16)
#define QUEUE_FILE_MAX (80 << 20)

static void path_of(char *buf, const char *dir, const char *id, const char *suffix)
{
	snprintf(buf, QUEUE_PATH_MAX, "%s/%s%s", dir, id, suffix);
}

int queue_put(const char *dir, const struct envelope *e, const char *text, size_t n,
	      char id[QUEUE_ID_SIZE])
{
	static unsigned count;
	char part[QUEUE_PATH_MAX], path[QUEUE_PATH_MAX];
	struct timespec now;
	FILE *f;
	int rc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	snprintf(id, QUEUE_ID_SIZE, "%llx-%lx-%x", (unsigned long long)now.tv_sec, (long)getpid(),
		 ++count);
	path_of(part, dir, id, ".part");
	path_of(path, dir, id, "");
	f = fopen(part, "wxe");
	if (f == NULL)
		return -1;
	for (size_t i = 0; i < e->n; i++)
		fprintf(f, "%s\n", e->to[i]);
	fputc('\n', f);
	rc = fwrite(text, 1, n, f) == n && fflush(f) == 0 && fsync(fileno(f)) == 0 ? 0 : -1;
	if (fclose(f) != 0 || rc < 0 || rename(part, path) < 0) {
		int error = errno;

		(void)unlink(part);
		errno = error;
		return -1;
	}
	return 0;
}

static char *read_all(int fd, size_t *ret_size)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) < 0 || st.st_size > QUEUE_FILE_MAX)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (text == NULL || pread(fd, text, (size_t)st.st_size, 0) != st.st_size) {
		free(text);
		return NULL;
	}
	text[st.st_size] = '\0';
	*ret_size = (size_t)st.st_size;
	return text;
}

/* As queue_try(). Recipients that have it are delivered to again when a later one waits: at least
 * once. */
static int deliver(char *text, size_t size, const char *id, struct store_client *s)
{
	char *body = strstr(text, "\n\n"), *save, *to;
	int rc, refused = 0;

	if (body == NULL)
		return -1;
	*body = '\0';
	body += 2;
	for (to = strtok_r(text, "\n", &save); to != NULL; to = strtok_r(NULL, "\n", &save)) {
		rc = store_client_deliver(s, to, body, size - (size_t)(body - text));
		if (rc < 0)
			return 0;
		if (rc == 1)
			server_log("%s for %s: refused: %s", id, to, s->answer);
		refused |= rc;
	}
	return refused ? -1 : 1;
}

int queue_try(const char *dir, const char *id, const struct address *store)
{
	char path[QUEUE_PATH_MAX], failed[QUEUE_PATH_MAX], *text = NULL;
	struct store_client s;
	size_t size = 0;
	int fd, rc = 0;

	path_of(path, dir, id, "");
	path_of(failed, dir, id, ".failed");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 1 : 0;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && access(path, F_OK) == 0)
		text = read_all(fd, &size);
	if (text != NULL && store_client_open(&s, store) < 0) {
		server_log("%s waits: %s", id, s.answer);
	} else if (text != NULL) {
		rc = deliver(text, size, id, &s);
		store_client_close(&s);
		if (rc > 0)
			(void)unlink(path);	/* or it is delivered again */
		else if (rc < 0)
			(void)rename(path, failed);
		server_log("%s %s", id, rc > 0 ? "delivered" : rc < 0 ? "refused" : s.answer);
	}
	free(text);
	(void)close(fd);
	return rc;
}

static int is_waiting(const struct dirent *d)
{
	return *d->d_name != '\0' && d->d_name[strspn(d->d_name, "0123456789abcdef-")] == '\0';
}

unsigned queue_run(const char *dir, const struct address *store)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_waiting, alphasort);
	unsigned waiting = 0;

	for (int i = 0; i < n; i++) {
		waiting += queue_try(dir, list[i]->d_name, store) == 0;
		free(list[i]);
	}
	free(list);
	return waiting;
}
