/* What the files of configure share; nobody else includes this. */
#ifndef COMMPKG_CONFIGURE_INTERNAL_H
#define COMMPKG_CONFIGURE_INTERNAL_H

#include "configure.h"
#include "dirs.h"
#include "session.h"
#include "stagedir.h"

/* One file, and what becomes of it. */
struct choice {
	struct configure_item item;
	struct editable ed;
	struct text packaged;		/* the accepted text from now on */
	bool puts;			/* `text` is put there, with these attributes */
	struct text text;
	uint32_t mode;
	uid_t uid;
	gid_t gid;
	int64_t mtime;
	bool like_live;			/* extended attributes, too, are those of what is there */
	bool saves;			/* what is there is kept as `saved` */
	struct rpath saved;
};

struct configure {
	struct arena *a;
	const struct configure_request *req;
	const struct configure_watch *watch;
	struct session *session;
	struct view view;		/* of the session */
	struct dirs *dirs;
	int64_t n;			/* the number of the transaction */
	VEC(struct choice) choices;
	struct txn_volume *volumes;	/* that it changes; none when it is just one */
	size_t nvolumes;
	struct stagedir stage;
	struct configure_plan plan;
};

/* ---- configure_stage.c */

/* Which file systems it changes; -E_CONFLICT where one can't be. */
int configure_volumes(struct configure *c, struct error *e);
int configure_stage(struct configure *c, struct error *e);

/* ---- configure_validate.c: MERGED texts, over the stage. -E_CONFLICT: its component does not
 * accept one. */
int configure_validate(struct configure *c, struct error *e);

/* ---- configure_seal.c: pristine texts, history and journal in one commit */
int configure_seal(struct configure *c, struct error *e);

#endif
