/*
 * One log for each run that writes: LOGDIR/commpkg_VERB_YYYYMMDDHHMMSS.log.
 *
 * First the command line, who ran it and when; then every line the run said or would have
 * said with -v, in order, each with its time; last the exit status. A line is escaped,
 * so a log can be shown on a terminal. Files are made 0640 and are never overwritten.
 *
 *	log_open(logdir, "install", command, &log, e);
 *	log_line(log, REPORT_NOTE, text, NULL);		from a report_sink
 *	log_close(log, status);
 */
#ifndef COMMPKG_LOG_H
#define COMMPKG_LOG_H

#include <limits.h>
#include <stdbool.h>

#include "formats/error.h"
#include "report.h"

#define LOG_STAMP 32
/* Now, local time: 20260102030405 for names, 2026-01-02 03:04:05 for people. */
void log_stamp(bool for_name, char ret[LOG_STAMP]);
/* A new file DIR/STEM_YYYYMMDDHHMMSS with suffix, for writing; the directory is made when
 * it is missing. path: what it is called. */
int log_create(const char *dir, const char *stem, const char *suffix, char path[PATH_MAX],
	       int *ret_fd, struct error *e);

struct log;

/* Makes the directory when it is missing. */
int log_open(const char *logdir, const char *verb, const char *command, struct log **ret,
	     struct error *e);
void log_line(struct log *l, enum report_kind kind, const char *text, const char *hint);
const char *log_path(const struct log *l);
/* Takes NULL. status: the exit status of the run. */
void log_close(struct log *l, int status);

#endif
