/* The log of a run, on the host. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "formats/arena.h"
#include "formats/cleanup.h"
#include "formats/str.h"
#include "places.h"

#define LOG_MODE 0640
#define LOG_SAME_SECOND 100 /* runs that began in one second */

struct log {
	FILE *file;
	char path[PATH_MAX];
};

void log_stamp(bool for_name, char ret[LOG_STAMP])
{
	const size_t size = LOG_STAMP;
	time_t now = time(NULL);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&now, &tm) != NULL)
		n = for_name ? strftime(ret, size, "%Y%m%d%H%M%S", &tm) :
			       strftime(ret, size, "%F %T", &tm);
	if (n == 0)
		(void)snprintf(ret, size, "%lld", (long long)now);
}

static int elsewhere(int rc, struct error *e)
{
	(void)error_hint(e, "--logdir DIR or COMMPKG_LOGDIR names another place");
	return rc;
}

int log_create(const char *dir, const char *stem, const char *suffix, char path[PATH_MAX],
	       int *ret_fd, struct error *e)
{
	char when[LOG_STAMP], again[8] = "";
	int i, fd = -1, rc = places_make_directories(dir, "log directory", e);

	if (rc < 0)
		return elsewhere(rc, e);
	log_stamp(true, when);
	for (i = 0; i < LOG_SAME_SECOND && fd < 0; i++) {
		if (i > 0)
			(void)snprintf(again, sizeof(again), "_%d", i);
		if (snprintf(path, PATH_MAX, "%s/%s_%s%s%s", dir, stem, when, again, suffix) >=
		    PATH_MAX)
			return error_set(e, ENAMETOOLONG, "the path of the log directory is too "
					 "long");
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, LOG_MODE);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return elsewhere(error_errno(e, errno, "cannot make '%s'", path), e);
	*ret_fd = fd;
	return 0;
}

int log_open(const char *logdir, const char *verb, const char *command, struct log **ret,
	     struct error *e)
{
	AUTO_FREE struct log *l = xcalloc(1, sizeof(*l));
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_STRBUF struct strbuf stem = STRBUF_INIT;
	int fd = -1, rc;

	strbuf_addf(&stem, "commpkg_%s", verb);
	rc = log_create(logdir, strbuf_str(&stem), ".log", l->path, &fd, e);
	if (rc < 0)
		return rc;
	l->file = fdopen(fd, "w");
	if (l->file == NULL) {
		rc = error_errno(e, errno, "cannot open the log '%s'", l->path);
		(void)close(fd);
		return rc;
	}
	strbuf_addf(&text, "commpkg %s, uid %u, process %ld: ", COMMPKG_VERSION,
		    (unsigned)geteuid(), (long)getpid());
	strbuf_add_escaped(&text, command);
	*ret = TAKE_PTR(l);
	log_line(*ret, REPORT_LINE, strbuf_str(&text), NULL);
	return 0;
}

void log_line(struct log *l, enum report_kind kind, const char *text, const char *hint)
{
	static const char *const kinds[] = {
		[REPORT_LINE] = "", [REPORT_NOTE] = "", [REPORT_DETAIL] = "",
		[REPORT_WARNING] = "warning: ", [REPORT_ERROR] = "error: ",
	};
	char when[LOG_STAMP];

	log_stamp(false, when);
	fprintf(l->file, "%s %s%s\n", when, kinds[kind], text);
	if (hint != NULL)
		fprintf(l->file, "%s   %s\n", when, hint);
	(void)fflush(l->file); /* a killed run leaves what it said; a full disk is no reason
				* to fail the change itself */
}

const char *log_path(const struct log *l)
{
	return l->path;
}

void log_close(struct log *l, int status)
{
	char line[32];

	if (l == NULL)
		return;
	(void)snprintf(line, sizeof(line), "exit %d", status);
	log_line(l, REPORT_LINE, line, NULL);
	(void)fclose(l->file);
	free(l);
}
