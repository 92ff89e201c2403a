/*
 * The message store on disk.
 *
 *	DIR/mboxlist		the mailboxes, one name a line; from format 7 on its first line is
 *				"#format 7"
 *	DIR/index/NAME		a line for each message: "UID SIZE", from format 7 on
 *				"UID SIZE DIGEST ARRIVAL" (hex SHA-256 or -, seconds since 1970)
 *	DIR/msgs/NAME/UID	the messages: one file each, never changed, in both formats
 *	DIR/lock		locked by who changes mboxlist; an index, by who changes that
 *
 * So what a change of format rewrites is mboxlist and index/, and they are all that needs to be
 * saved before it. A release reads its own format alone: 6.3 refuses format 7, 7.0 refuses format
 * 6 until it is converted (mailbox_convert()).
 *
 * A message whose file is there counts from the moment its line is in the index. A name that is
 * taken in msgs/ is never used again, whatever the index says: messages that came before an index
 * was put back wait there for mailbox_reconstruct().
 */
#ifndef SUITE_MAILBOX_H
#define SUITE_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

#define MAILBOX_FORMAT (SUITE_RELEASE < 70 ? 6 : 7)
#define MAILBOX_NAME_MAX 64
#define MAILBOX_DIGEST_SIZE 65

struct message {
	unsigned long uid;
	size_t size;
	char digest[MAILBOX_DIGEST_SIZE];	/* "-": none (always so in format 6) */
	long arrival;				/* 0 in format 6 */
};

/* a-z, 0-9, and ._- not first */
int mailbox_name_ok(const char *name);
/* The format found in a store, 0: an empty one, -1: none that can be read, the reason printed. */
int mailbox_format(const char *dir);
/* Ready for this release; an empty one is begun. -1, the reason printed. */
int mailbox_open(const char *dir);

/* Below: 0, or -1 with errno. */
int mailbox_deliver(const char *dir, const char *name, const void *text, size_t n, int digest,
		    unsigned long *ret_uid);
typedef int mailbox_each(void *arg, const char *name, const struct message *m);
int mailbox_list(const char *dir, const char *name, mailbox_each *each, void *arg);
int mailbox_names(const char *dir, mailbox_each *each, void *arg);	/* m is NULL */
int mailbox_has(const char *dir, const char *name);	/* 1, 0 */
int mailbox_find(const char *dir, const char *name, unsigned long uid, struct message *ret);
/* A malloc()ed text of m->size bytes; NULL with errno, EBADMSG when it is not what arrived. */
char *mailbox_fetch(const char *dir, const char *name, const struct message *m);

/* Lines for messages that are in msgs/ and in no index; *ret_found counts them. */
int mailbox_reconstruct(const char *dir, unsigned long *ret_found);
#if SUITE_RELEASE >= 70
/* From a store in format 6 or 7, which may be the same one, into this one: all mailboxes, or those
 * of the NULL-terminated list. May be repeated, and goes on where it was interrupted. */
int mailbox_convert(const char *from, const char *dir, char *const *only);
#endif

#endif
