/*
 * What the files of the store on disk (mailbox.h) share: the line of an index in the format of
 * this release, and paths.
 */
#ifndef SUITE_MAILBOX_INDEX_H
#define SUITE_MAILBOX_INDEX_H

#include "mailbox.h"

#define MAILBOX_PATH_MAX 4096
#define MAILBOX_MESSAGE_MAX (64 << 20)
#define INDEX_LINE_MAX 160
#define MAILBOX_HEADER (SUITE_RELEASE < 70 ? "" : "#format 7\n")

/* How many numbers and words it has: 2 in format 6, 4 in format 7; 0: it is no line of an index.
 * What it lacks is set to nothing. */
int index_parse(const char *line, struct message *ret);
int index_print(char *line, size_t size, const struct message *m);
/* "-" in format 6 */
void index_digest(const void *text, size_t n, char digest[MAILBOX_DIGEST_SIZE]);

/* DIR/WHAT or DIR/WHAT/NAME; -1 with errno when it does not fit */
int mailbox_path(char *buf, size_t size, const char *dir, const char *what, const char *name);
/* Opened and locked; released by close(). */
int mailbox_lock(const char *dir, const char *what, const char *name, int flags);
int mailbox_add_name(const char *dir, const char *name);
char *mailbox_read(const char *dir, const char *name, unsigned long uid, size_t *ret_size);

#endif
