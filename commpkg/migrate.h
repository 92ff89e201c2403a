/*
 * Data and configuration of a component, brought to another version in place (commpkg-hooks(7)).
 *
 * When its services are stopped and its packages are the new ones, the manifest's `migrate` runs in
 * the cage over the root: what it writes is caught, and becomes ops of the transaction, in a phase
 * of their own (pkgdb/journal.h). So one that fails has everything taken back, the root as before,
 * and undo brings back what it changed, whether or not it has an undo of its own.
 *
 * Where the format of stored data changes, the files that the manifest names to be saved are kept,
 * too (OP_COPY), because what starts afterwards may change them.
 */
#ifndef COMMPKG_MIGRATE_H
#define COMMPKG_MIGRATE_H

#include "root.h"
#include "services.h"

/* What a hook said that it would do (dryrun.h). */
struct dry_run {
	bool known;			/* it knows dry runs */
	const char **lines;		/* NULL: it was not asked, or said nothing */
	size_t n;
};

struct migration {
	const char *component, *from, *to;
	const char *base, *old_base;	/* of what comes, and of what was there; client paths, no
					 * leading slash */
	const char *exec;
	bool carried;			/* nothing was there: the configuration that comes is of
					 * that version, and of another host */
	struct dry_run dry;
};

struct data_save {
	const char *component;
	const char *path;		/* client path of what the manifest names */
	const char *from, *to;		/* formats; from NULL: not said */
	bool oneway;
	const char *const *save;	/* client paths, NULL-terminated */
	uint64_t bytes, files;		/* regular files at and below them */
};

/* The first of its migrations that fits that version, or NULL. */
const struct manifest_migrate *migrate_from(const struct manifest *to, const char *from);
void migrations_find(struct arena *a, const struct service_change *changes, size_t n,
		     struct migration **ret, size_t *ret_n);
/* Data of another format than before; not measured. */
void data_saves_find(struct arena *a, const struct service_change *changes, size_t n,
		     struct data_save **ret, size_t *ret_n);
/* Data that the version that goes made one way, in a format that the older one that comes does not
 * have, and that no migration of it brings back: the path, or NULL. */
const char *data_strands(struct arena *a, const struct service_change *c,
			 const char **ret_format);
/* Each regular file at and below the paths to save; a negative result ends it. */
int data_save_each(struct arena *a, struct tree *root, const struct data_save *d,
		   int (*each)(struct rpath real, const struct stat *st, void *ctx,
			       struct error *e), void *ctx, struct error *e);

/* Their rows, of that phase, without seq. */
struct txn_script *migrations_rows(struct arena *a, const struct migration *v, size_t n,
				   int64_t phase, int policy, const char *answers);

#endif
