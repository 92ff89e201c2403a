/*
 * The cage: what a script of a package sees of this host, and may do to it.
 *
 *	the root	at its usual path: the stage laid over it, what is written caught (with
 *			`stage`), or the root itself, writable (without). The live root too,
 *			with a stage. With `chroot` it is all that the script sees
 *	our state	in the root: empty, read-only
 *	the host	read-only, without device files and without sockets to talk to
 *	/tmp /var/tmp	private, empty, gone afterwards; so are /run and /dev/shm, and those of
 *			a root that is only looked at
 *	/proc		of the script's own processes only, read-only
 *	/dev		null zero full random urandom
 *	the network	none, unless asked for
 *	processes	its own; when the script ends, so do all that it started
 *	rights		capabilities for work on files and owners, none to be gained, and no
 *			system calls that mount, load modules, set clocks or trace the kernel
 *
 *	owners		changed, if the root has owners (struct root); else chown is ignored, as
 *			it is for files of packages
 *
 * By namespaces; as an ordinary user in a user namespace, in which the caller is uid 0 and
 * nobody else is. script.h drives it; nobody else needs more than the policy and
 * cage_probe().
 *
 * What a script writes is caught on the file system of the root. On one that can't (overlayfs, as
 * in a container; NFS) it is caught in memory, where the kernel lays something over it at all.
 *
 *	CAGE_REQUIRE	all of it, or -E_UNSUPPORTED with words
 *	CAGE_TRY	what there is; where there are no namespaces, a script for the root
 *			itself runs with the rest (rights, system calls, Landlock); a staged
 *			one is -E_UNSUPPORTED
 *	CAGE_OFF	none but what any script gets: environment, descriptors, session,
 *			limits; with a stage also what catches its writes to the root, and a
 *			process namespace, while the host is writable. Scripts of the live root
 *			that are not staged run with no cage, whatever the policy
 *
 * In a user namespace the kernel lays nothing over a root below which other file systems are
 * mounted: that would show what they hide. So is the live root, for an ordinary user.
 *
 * -E_UNSUPPORTED: this kernel, container or file system does not allow it (the script was
 * not started): the caller may run the script after the commit instead.
 */
#ifndef COMMPKG_CAGE_H
#define COMMPKG_CAGE_H

#include "root.h"

/* Private directory of the cage: the script, its files and what is bound for it. */
#define CAGE_DIR "/run/commpkg"
/* The same for a script that has the root as its `/`: our state directory, which is hidden
 * from it anyway, and is always there. */
#define CAGE_DIR_INSIDE "/" ROOT_STATE_DIR
/* The response file, if asked for. */
#define CAGE_RESPONSE CAGE_DIR "/response"
#define CAGE_RESPONSE_MAX ((size_t)1 << 20)
/* What installf and removef of the script ask for (requests.h). */
#define CAGE_REQUESTS CAGE_DIR "/requests"
#define CAGE_REQUESTS_MAX ((size_t)4 << 20)

enum cage_policy { CAGE_TRY, CAGE_REQUIRE, CAGE_OFF };

enum cage_layer {
	CAGE_NAMESPACES = 1 << 0,	/* mounts, processes, IPC, host name */
	CAGE_USER = 1 << 1,		/* ... in a user namespace; marks are user.overlay.* */
	CAGE_OVERLAY = 1 << 2,		/* writes are caught */
	CAGE_PROC = 1 << 3,		/* a /proc of its own; without: none */
	CAGE_NO_NETWORK = 1 << 4,
	CAGE_CAPABILITIES = 1 << 5,
	CAGE_SECCOMP = 1 << 6,
	CAGE_OWNERS_IGNORED = 1 << 7,	/* chown does nothing, and succeeds */
	CAGE_LANDLOCK = 1 << 8,
	CAGE_HOST_READ_ONLY = 1 << 9,
	CAGE_NO_NEW_PRIVILEGES = 1 << 10,
};

/* What `require` requires: all that can be missing. */
#define CAGE_WANTED (CAGE_NAMESPACES | CAGE_OVERLAY | CAGE_HOST_READ_ONLY | CAGE_PROC | \
		     CAGE_NO_NETWORK | CAGE_CAPABILITIES | CAGE_NO_NEW_PRIVILEGES | \
		     CAGE_SECCOMP | CAGE_LANDLOCK)

struct cage_file {
	const char *name;		/* a path in CAGE_DIR; directories are made */
	const void *bytes;		/* NULL with a target: a symbolic link */
	size_t len;
	mode_t mode;
	const char *target;
};

/* A directory of the host, or of a stage, that the script may read at CAGE_DIR/name; directories
 * above it are made. */
struct cage_bind {
	struct tree *tree;
	const char *name;
};

struct overlay_wish;

/* The layers of overlay.h. Where they can't lie beside the root, the cage has them in memory of
 * its own, which goes when it does and the caller has closed what it holds of it. */
struct cage_stage {
	struct tree *txn, *new;
	struct tree *fx;		/* with memory: NULL until cage_start() */
	uint64_t memory;		/* bytes it may take; 0: the layers lie in txn */
	int memory_fd;			/* keeps it there: the caller's to close; -EBADF */
	const struct overlay_wish *wish;	/* overlay.h */
	/* Makes K/new, K/fx and K/work in it (K: 0, and 1 + the number of each part of new), and
	 * sets fx. Called by cage_start(). */
	int (*fill)(struct cage_stage *s, struct root *root, struct tree *memory,
		    struct error *e);
};

struct cage {
	struct root *root;
	struct cage_stage *stage;	/* NULL: the root itself */
	enum cage_policy policy;
	bool plain;			/* no namespaces: CAGE_TRY was in vain */
	bool read_only;			/* without a stage: the root is only looked at */
	bool network;
	bool devices;			/* may make device files, if it is root */
	bool chroot;			/* its `/` is the root; CAGE_DIR is CAGE_DIR_INSIDE then */
	const struct cage_file *files;
	size_t nfiles;
	const struct cage_bind *binds;
	size_t nbinds;
	bool response;			/* there is a CAGE_RESPONSE, and it is read back */
	const void *response_bytes;
	size_t response_len;
	bool tools;			/* CAGE_REQUESTS is read back; what is in CAGE_DIR/tools,
					 * over and under is laid over /usr (script_tools.h) */
	char *const *argv, *const *envp;
	const char *cwd;		/* NULL or not there: the root's top */
	bool cwd_in_root;		/* cwd is below the root: without a leading slash */
	uid_t uid;
	gid_t gid;
	uint64_t file_limit;		/* bytes, RLIMIT_FSIZE; 0: none */
	int in_fd, out_fd;		/* borrowed */
};

/* ---- what this host allows */

struct cage_report {
	bool can_stage;			/* a script for this root can be staged */
	unsigned layers;		/* enum cage_layer */
	const char *words;		/* "namespaces, overlay, ..." */
	const char *why;		/* it can't be staged; NULL: it can */
	const char *in_memory;		/* staged, in memory: the root is on this ("overlayfs") */
};

/* Looks by trying, with an overlay over the root in memory; writes nothing. */
void cage_probe(struct arena *a, struct root *root, struct cage_report *ret);
/* The name of a file system that no script can be caught on (no whiteouts, or no attributes):
 * "overlayfs"; NULL: it can, as far as its type tells. */
const char *cage_cannot_catch(const struct tree *t);
/* How much of this host's memory a script's layers may take when nobody says: half of what is
 * free, also by the limits of our control group. */
uint64_t cage_memory_usual(void);
/* "namespaces, overlay, no network" */
const char *cage_words(struct arena *a, unsigned layers);

/* ---- for script*.c */

struct cage_process {
	pid_t pid;
	int pidfd;			/* readable when it has ended */
	int result_fd;			/* what it says; non-blocking */
	bool namespaces;		/* it is all of its processes */
	struct strbuf said;
};

struct cage_end {
	unsigned layers;
	bool ended;			/* by itself; else killed or lost */
	int status;			/* as waitpid() gives it */
	const char *response;		/* NUL added; NULL: not asked for, or unreadable */
	size_t response_len;
	const char *requests;		/* the same */
	size_t requests_len;
};

int cage_start(struct arena *a, const struct cage *c, struct cage_process *ret,
	       struct error *e);
/* Reads what it says, without waiting: call it when result_fd is readable, or it may wait
 * for us. False at the end. */
bool cage_hear(struct cage_process *p);
/* Kills it and all it started; cage_finish() is still to be called. */
void cage_kill(struct cage_process *p);
/* Waits until it and (with namespaces) all it started are gone. -E_UNSUPPORTED and others:
 * it could not be set up. */
int cage_finish(struct arena *a, struct cage_process *p, struct cage_end *ret,
		struct error *e);

#endif
