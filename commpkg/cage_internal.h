/*
 * What the cage_*.c files share and nobody else sees.
 *
 *	cage.c		in the caller: starts it, hears what it says, waits
 *	cage_plan.c	in the caller: what the child will need, prepared
 *	cage_probe.c	in the caller: what would be in force
 *	cage_memory.c	in the caller: layers in memory
 *	cage_init.c	in the child: process 1 of the cage, in order
 *	cage_layers.c	in the child: the root as the script is to see it
 *	cage_mounts.c	in the child: the host as the script is to see it
 *	cage_limits.c	in the child: rights and limits
 *	cage_landlock.c	in the child: where it may write, once more
 *
 * The child is made by clone without exec, perhaps beside other threads: it allocates
 * nothing and takes no lock. Its functions return 0 or -errno; `what` says what it was
 * about. Path system calls here are made in the child's own mount namespace, on the host's
 * paths, which is why they do not go through root.h; directories of the root are compared
 * with what the caller has open.
 */
#ifndef COMMPKG_CAGE_INTERNAL_H
#define COMMPKG_CAGE_INTERNAL_H

#include <limits.h>

#include "cage.h"

#define CAGE_DEVICES 5

/* A directory to be found again, by path and inode. */
struct cage_spot {
	const char *path;
	dev_t dev;
	ino_t ino;
};

/* A file system that is to be seen through a stage: the root's own, or one mounted below. */
struct cage_layers {
	struct cage_spot at, new, fx, work[2];
	size_t part;			/* in memory: its directory there */
};

/* What is mounted below the root: seen through the stage, or else (NULL) as it is, read-only
 * and with all that is mounted below it. */
struct cage_mount {
	const char *path;		/* relative to the root */
	const struct cage_layers *layers;
};

struct cage_plan {
	const struct cage *cage;
	struct cage_spot root;
	struct cage_layers base;	/* with a stage: of the root; at = root */
	struct cage_spot txn;		/* with layers in memory, which have no other spots */
	struct cage_spot *binds;	/* as cage->binds */
	struct cage_mount *mounts;	/* what is below another one comes after it */
	size_t nmounts;
	bool live;			/* the root is the host's own */
	bool lay_tools;			/* nothing else is mounted below /usr */
	bool probe;			/* build it, with an overlay in memory, and end */
	bool in_memory;			/* all layers lie there */
	bool namespaces, userns;
	bool inner;			/* not in the first user namespace, this one or ours */
	bool ordinary;			/* the caller is not root */
	int go_fd, result_fd;		/* the child's */
	unsigned layers;
	/* of the child */
	const char *what;		/* is being done */
	int tree_fd;			/* the root as it will be seen */
	int memory_fd;			/* its top */
	int *bind_fds, *mount_fds;
	int device_fds[CAGE_DEVICES];
};

enum cage_says { CAGE_SAYS_FAILED = 1, CAGE_SAYS_READY, CAGE_SAYS_DONE };

/* On the result pipe; bytes of the response follow CAGE_SAYS_DONE. */
struct cage_message {
	uint32_t says;			/* enum cage_says */
	int32_t err;			/* errno */
	uint32_t layers;
	int32_t status;
	uint32_t response_len;		/* UINT32_MAX: none; the bytes of both follow */
	uint32_t requests_len;
	char what[104];
};

/* ---- cage_plan.c */

int cage_plan_make(struct arena *a, const struct cage *c, struct cage_plan *ret,
		   struct error *e);

/* ---- cage.c */

int cage_start_plan(struct cage_plan *plan, struct cage_process *ret, struct error *e);

/* ---- cage_memory.c */

/* Is it in memory that the layers of a stage are? */
bool cage_in_memory(const struct cage *c);
/* Takes the memory that the child sends, and fills it. 0 also when the child sends none, which
 * has failed then and says so itself. */
int cage_memory_take(const struct cage *c, int from, struct error *e);

/* ---- cage_init.c: never returns */

void cage_init(struct cage_plan *p) __attribute__((noreturn));
/* Until the caller has done its part. */
int cage_wait_for_go(struct cage_plan *p);

/* ---- cage_layers.c */

/* Opens a directory of the plan in this namespace, and looks that it is the same. */
int cage_find(const struct cage_spot *s);
/* Stage and root become one tree, not yet seen by anybody: p->tree_fd. */
int cage_layers_make(struct cage_plan *p);
/* The live root: it becomes `/`. */
int cage_layers_enter(struct cage_plan *p);
/* An overlay over the root with nothing but memory, for a probe. That there is none is no
 * failure. */
int cage_layers_try(struct cage_plan *p);
/* Our commands before those of the host's /usr, shims behind them. Where the kernel does not
 * do it they are on the PATH only. */
void cage_layers_tools(struct cage_plan *p);
/* Puts it where the root is, and hides our state in it. */
int cage_layers_place(struct cage_plan *p);

/* ---- cage_mounts.c */

int cage_host_private(struct cage_plan *p);	/* what is mounted here stays here */
int cage_host_hold(struct cage_plan *p);	/* takes hold of what is needed of it later */
int cage_host_close(struct cage_plan *p);	/* all of it read-only, parts replaced */
int cage_host_files(struct cage_plan *p);	/* CAGE_DIR */
/* The same at a directory, and a /proc for its processes; of the host nothing else changes. */
int cage_host_files_at(struct cage_plan *p, int dirfd);
/* A file system of its own type in memory, mounted nowhere yet. */
int cage_tmpfs(const char *mode, const char *size, unsigned attributes);
/* A directory in which nothing can be made. It takes another mode and owner, and forgets it. */
int cage_blank(void);
int cage_put(int mount_fd, int dirfd, const char *path);

/* ---- cage_limits.c */

int cage_limits_take(struct cage_plan *p);	/* capabilities, system calls */
int cage_limits_script(struct cage_plan *p);	/* rlimits, ids */

/* ---- cage_landlock.c */

int cage_landlock(struct cage_plan *p);		/* after no_new_privs */

#endif
