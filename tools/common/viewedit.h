/*
 * The SVR4 view of a root, edited by installf and removef in the cage of a script: what they
 * change shows at once in `contents`, and what they ask for waits in the request file
 * (commpkg/requests.h).
 *
 *	rc = viewedit_open(root_path, instance, &v, e);
 *	rc = viewedit_request(&v, &request, e);		and svr4edit_*(v.ed, ...)
 *	rc = viewedit_write(&v, "installf", e);
 *	viewedit_close(&v);
 */
#ifndef TOOLS_COMMON_VIEWEDIT_H
#define TOOLS_COMMON_VIEWEDIT_H

#include "commpkg/owners.h"
#include "commpkg/requests.h"
#include "commpkg/root.h"
#include "pkgdb/svr4edit.h"

struct viewedit {
	struct arena *a;
	struct root *root;
	struct owners *owners;
	struct svr4edit *ed;
	const char *instance, *prefix;	/* "" or /altroot */
	struct strbuf requests;
};

/* Where the script that we run in wants requests (commpkg/requests.h). NULL: in none. */
const char *viewedit_requests(void);
/* -E_NOT_FOUND: the instance is not there. */
int viewedit_open(const char *root_path, const char *instance, struct viewedit *ret,
		  struct error *e);
int viewedit_request(struct viewedit *v, const struct request *q, struct error *e);
/* `contents`, then the requests. */
int viewedit_write(struct viewedit *v, const char *program, struct error *e);
void viewedit_close(struct viewedit *v);
/* The entry of the instance, or NULL. */
const struct pkgdb_file *viewedit_row(struct viewedit *v, const char *path);
/* A client path as the database has it: absolute, canonical, without its slash. The root may
 * stand in front of it. */
int viewedit_path(struct viewedit *v, const char *text, const char **ret, struct error *e);

/* Outside of a cage: the same command line in one, as a transaction of its own. Its exit
 * status. `input`: standard input is read. */
int viewedit_transaction(const char *program, const char *root_path, int argc, char **argv,
			 bool input);

#endif
