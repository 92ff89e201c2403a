/*
 * What the root*.c files share and nobody else sees.
 *
 *	root_walk.c	a directory's path to its descriptor and its canonical text
 *	root_cache.c	the last few parents, and when they are not to be believed any more
 *	root_tree.c	trees: open, below, dup
 *	root_graft.c	trees of several parts
 *	root_name.c	what is done to a name: make, rename, link, unlink, attributes
 *	root_read.c	what is only looked at
 *	root_remove.c	whole trees removed
 *	root_xattr.c	extended attributes
 *	root.c		the root
 *
 * Functions here return 0 or -errno and fill no words: the caller knows what it wanted.
 */
#ifndef COMMPKG_ROOT_INTERNAL_H
#define COMMPKG_ROOT_INTERNAL_H

#include "formats/cleanup.h"
#include "root.h"

#define DIRCACHE_SLOTS 4

struct dircache_slot {
	char *dir;		/* NULL: empty */
	size_t len;
	int fd;
	bool plain;		/* no component was a link */
	char *canon;		/* without links; NULL: not asked yet, or plain */
	uint64_t used;		/* by the tree's clock; least goes first */
};

/* Shared by a tree and all that were opened from it; see tree_trouble(). */
struct trouble {
	unsigned users;		/* atomic */
	int err;		/* atomic; 0: none yet */
	char words[512];	/* written by who set err */
};

/* Another tree, of its own, for all at and below `at`. */
struct graft {
	char *at;
	size_t len;
	struct tree *tree;
};

struct tree {
	struct trouble *trouble;
	int fd;
	char *path, *label;
	dev_t dev;
	uint64_t clock;
	struct dircache_slot slots[DIRCACHE_SLOTS];
	struct graft *grafts;
	size_t ngrafts;
};

/* ---- root_graft.c */

/* The part of t that *p lies in; *p is then below that part's top. */
struct tree *graft_find(struct tree *t, struct rpath *p);
int graft_dup(struct tree *from, struct tree *to, struct error *e);
void graft_drop(struct tree *t);

/* ---- root_walk.c */

/* O_PATH descriptor of directory `dir` ("" = root) as seen with root as `/`. *ret_plain:
 * no component is a link, so that the text is where it lies. */
int walk_open(int root, const char *dir, int *ret_fd, bool *ret_plain);
/* The text of `dir` without links; what does not exist is kept. Heap. */
int walk_canonical(int root, const char *dir, char **ret);
/* Is openat2() (and the other newer calls) not to be used? */
bool walk_is_forced(void);

/* ---- root_cache.c */

/* Where a path's last component is: a borrowed descriptor, good until the next but one
 * place_find() on that tree, and a name in it ("." for the root itself). */
struct place {
	int fd;
	const char *name;
	bool plain;
};
int place_find(struct tree *t, struct rpath p, struct place *ret);
/* A directory itself, by the same cache; "" is the root. */
int place_dir(struct tree *t, const char *dir, size_t len, struct dircache_slot **ret);
/* The name p is not, or may not be, what it was: drop all that was reached through it. */
void dircache_forget(struct tree *t, struct rpath p, bool plain);
void dircache_drop(struct tree *t);

/* ---- root_tree.c */

/* "what 'label/p': words of err". rc is -errno; it is returned. */
int tree_fail(const struct tree *t, struct rpath p, int rc, const char *what,
	      struct error *e);
/* Remembers rc, if it says nothing of what is there but that the system failed. */
void tree_note(const struct tree *t, struct rpath p, int rc, const char *what);
/* Takes fd over. `from`: whose trouble it shares; NULL for a tree of its own. */
int tree_make(int fd, const char *path, const char *label, const struct tree *from,
	      struct tree **ret);
/* The umask of this process, without touching it. */
mode_t process_umask(void);

/* ---- root_name.c */

/* chmod that follows nothing, opens nothing for reading and never waits. */
int chmod_name(int dirfd, const char *name, mode_t mode);
/* mkdir with exactly that mode, whatever the umask. */
int mkdir_name(int dirfd, const char *name, mode_t mode);

#endif
