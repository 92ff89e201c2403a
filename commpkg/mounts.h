/*
 * What is mounted at and below a root, as the kernel tells it (mountinfo of proc(5)), and what this
 * host swaps to there.
 */
#ifndef COMMPKG_MOUNTS_H
#define COMMPKG_MOUNTS_H

#include "root.h"

struct mount {
	uint64_t id;		/* as tree_look() gives it, where the kernel tells it */
	const char *path;	/* below the root, "" for what the root itself lies on */
	const char *type;	/* "ext4" */
	const char *what;	/* "/dev/sdb1 (ext4)"; for people */
};

/* In the order of mounting. Where several are mounted on each other, all; what a later one
 * hides, too. Without /proc: none. Results live in a. -E_LIMIT: more than anybody has. */
int mounts_list(struct arena *a, const struct tree *root, struct mount **ret, size_t *ret_n,
		struct error *e);
/* Paths below the root of files that this host swaps to: they can't be renamed over, removed or
 * given another name until swapoff(8). Without /proc: none. */
int mounts_swaps(struct arena *a, const struct tree *root, struct strmap **ret, struct error *e);
/* The one with that number, or NULL. */
const struct mount *mounts_find(const struct mount *v, size_t n, uint64_t id);

#endif
