/*
 * What the files of adopt share; nobody else includes this.
 *
 *	adopt_read()	the record of the other tools, checked
 *	adopt_compare()	against what is on disk
 *	adopt_write()	rows, history and (empty) journal in one commit
 */
#ifndef COMMPKG_ADOPT_READ_H
#define COMMPKG_ADOPT_READ_H

#include "adopt.h"
#include "formats/filedb.h"
#include "formats/package.h"
#include "session.h"
#include "stagedir.h"

struct adopt_package {
	const char *instance, *pkg;
	struct pkginfo params;
	struct infofile *files;
	size_t nfiles;
	char state;			/* 0, 'I' or 'R' */
	int64_t when;			/* INSTDATE, to be compared only; 0: not known */
	int64_t id, first;		/* rows in the database, once written */
};

struct adopt {
	struct arena *a;
	const struct adopt_request *req;
	const struct adopt_watch *watch;
	struct root *root;		/* borrowed */
	const char *bytes;		/* of contents */
	size_t len;
	struct filedb db;
	struct adopt_package *packages;	/* in order of arrival, as far as known */
	size_t npackages;
	struct strmap *by_instance;
	struct expected *expected;	/* one for each path */
	struct seen *seen;
	struct verify_result found;
	VEC(const char *) notes;
	struct adopt_plan plan;
};

int adopt_read(struct adopt *d, struct error *e);
int adopt_compare(struct adopt *d, const struct owners *owners, struct error *e);
int adopt_write(struct adopt *d, struct session *s, struct stagedir *stage, int64_t *ret_txn,
		bool *ret_same_view, struct error *e);

/* The bytes of contents, as they are now. */
int adopt_contents(struct arena *a, struct root *root, char **ret, size_t *ret_len,
		   struct error *e);
void adopt_note(struct adopt *d, const char *text);

#endif
