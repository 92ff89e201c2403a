/*
 * What installf and removef ask for (svr4.md 11.4).
 *
 * In the cage of a script they append lines to CAGE_REQUESTS (cage.h), which is there in a
 * cage only, or to the file named by REQUESTS_ENV where that is called otherwise; when the
 * script has ended they are taken up, so that they become rows of packages with the
 * transaction. On the command line they are a transaction of their own (register.h). In both
 * cases a registry makes rows of them:
 *
 *	add	the path belongs to the instance, its state is `+`
 *	finish	the entries with `+` are looked at, and get their final state
 *	drop	the state of the path is `-`
 *	forget	the entries with `-` go
 *
 * The file was written by a script: everything in it has limits, and paths are parsed by
 * whoever uses them.
 */
#ifndef COMMPKG_REQUESTS_H
#define COMMPKG_REQUESTS_H

#include "owners.h"
#include "pkgdb/pkgdb.h"
#include "root.h"

#define REQUESTS_ENV "COMMPKG_REQUESTS"
#define REQUESTS_MAX_BYTES ((size_t)16 << 20)

enum request_kind { REQUEST_ADD = 1, REQUEST_FINISH, REQUEST_DROP, REQUEST_FORGET };

struct request {
	enum request_kind kind;
	const char *instance;
	struct pkgdb_file row;		/* ADD: the object; DROP: its path */
};

/* One line. False: the format can't hold it (blanks, control bytes). */
bool request_render(const struct request *q, struct strbuf *out);
int requests_parse(struct arena *a, const char *bytes, size_t len, struct request **ret,
		   size_t *ret_n, struct error *e);

/* ---- rows of them */

struct registered {
	const char *instance;
	struct pkgdb_file row;		/* without package */
	bool gone;
};

struct registry {
	struct arena *a;
	VEC(struct registered *) v;	/* in the order they came */
	struct strmap *by_key;
};

struct registry_ops {
	void *ctx;
	/* The instance's present row of a path: 1 and *ret, 0 none. */
	int (*find)(void *ctx, const char *instance, const char *path, struct pkgdb_file *ret,
		    struct error *e);
	/* Fills in what the object is now: what was `?`, contents. 1 it is there, 0 not. */
	int (*look)(void *ctx, struct pkgdb_file *row, struct error *e);
	/* An entry is new or other than before; may be NULL. */
	void (*changed)(void *ctx, const struct registered *r);
};

void registry_open(struct arena *a, struct registry *ret);
void registry_close(struct registry *r);
struct registered *registry_find(const struct registry *r, const char *instance,
				 const char *path);
/* An entry of the database that an earlier run left unfinished. Copied. */
void registry_load(struct registry *r, const char *instance, const struct pkgdb_file *row);
int registry_apply(struct registry *r, const struct request *q, const struct registry_ops *ops,
		   struct error *e);

/* ---- requests_rows.c: what they look at, and what they write */

/* The root, with a stage over it (`new`) or without (NULL). */
struct request_place {
	struct arena *a;
	const struct root *root;
	struct tree *new;
	const struct owners *owners;
};

/* For registry_ops.look. */
int request_look(const struct request_place *place, struct pkgdb_file *row, struct error *e);
/* The script of a class has announced a link that the package brings itself, and the class has
 * ended: SVR4's pkgadd, which knows its state, takes the `+` away. `f` is the package's row. */
bool registered_is_known(const struct registered *it, const struct pkgdb_file *f);
/* The entry into *f, whose package, path, arrival and transaction stay. */
void registered_fill(const struct registered *it, struct pkgdb_file *f);
/* What a transaction says of paths whose rows are not the package's word any more: "by installf for
 * PKG", "by removef for PKG". */
#define REGISTERED_NOTE "registered"
int registered_note(struct pkgdb *db, struct arena *a, const struct registered *it, int64_t txn,
		    struct error *e);
/* The row of a package that is installed, in transaction txn, which is open: added, replaced or
 * ended. -E_NOT_FOUND: the package is not installed. */
int registered_write(struct pkgdb *db, struct arena *a, const struct registered *it, int64_t txn,
		     struct error *e);

#endif
