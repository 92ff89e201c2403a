/*
 * A root, and paths below it. The only room that makes path system calls for what
 * lies under a root; `make check` greps for others.
 *
 * `struct rpath` is a checked relative path: no empty, `.` or `..` component, no
 * leading or trailing slash, no NUL or control bytes, components up to 255 bytes,
 * whole up to RPATH_MAX. It is made only by rpath_parse(), rpath_borrow() and
 * rpath_join(). The empty path (rpath_root()) is the root itself.
 *
 * Parents are opened with openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS): links in
 * the root lead where they would lead with the root as `/`, never out. The last
 * component is handled by *at calls that do not follow. Without openat2 (ENOSYS, or
 * EPERM from seccomp) a walk by component does the same in this file, and passes the
 * same tests (root_force_walk()).
 *
 * The last few parents' descriptors are cached in each tree, because payloads come sorted
 * by directory. What this handle renames and removes is heeded; what another handle or
 * process does is not: a directory that was moved away is then still used, and one that
 * was removed gives -ENOENT. So a tree is for one thread (tree_dup() for others), and
 * whoever moves directories uses the handle that works below them.
 *
 * All functions return 0 or a negative code with words. "No such path" is -ENOENT.
 */
#ifndef COMMPKG_ROOT_H
#define COMMPKG_ROOT_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/str.h"

#define RPATH_MAX 4095

struct rpath {
	const char *s;		/* private; see rpath_str() */
};

/* Accepts an optional leading slash; "//" and "./" are not forgiven: callers
 * canonicalise with path_canonical() first. The text is copied into the arena. */
int rpath_parse(struct arena *a, const char *text, struct rpath *ret, struct error *e);
/* The same of a text that outlives the path: nothing is copied. */
int rpath_borrow(const char *text, struct rpath *ret, struct error *e);
struct rpath rpath_root(void);
static inline const char *rpath_str(struct rpath p) { return p.s; }
static inline bool rpath_is_root(struct rpath p) { return p.s[0] == '\0'; }
int rpath_join(struct arena *a, struct rpath dir, const char *name, struct rpath *ret,
	       struct error *e);
struct rpath rpath_parent(struct arena *a, struct rpath p);
const char *rpath_name(struct rpath p);	/* the last component */
/* Is p below dir (strictly)? */
bool rpath_below(struct rpath p, struct rpath dir);

/* ---- a directory tree with a border: the root itself, a stage, an undo store */

struct tree;
/* Opens an existing directory (following links: a user named it). -ENOTDIR, -ENOENT
 * with words. `label` is put before paths in messages ("" for the root: '/opt/x'). */
int tree_open(const char *path, struct tree **ret, struct error *e);
/* A directory inside another tree, reached beneath it without following any link;
 * made with mode when it is not there and mode != 0 (and so are directories above it). The
 * tree is then a border of its own. With `exclusive` it must not exist. -ELOOP: a link. */
int tree_open_below(struct tree *t, struct rpath dir, mode_t mode, bool exclusive,
		    struct tree **ret, struct error *e);
void tree_close(struct tree *t);		/* takes NULL */
int tree_fd(const struct tree *t);		/* borrowed */
const char *tree_path(const struct tree *t);	/* for people */
dev_t tree_dev(const struct tree *t);
/* Did a call on this tree, or on one that was opened from it or dup'ed, fail because the
 * system did (EIO, no memory, no descriptors), whether or not whoever made it heeded that? "It
 * can't be looked at" must not have passed for "it is not there": ask before what was
 * concluded is made true. Negative, with the words of the first; 0: never. */
int tree_trouble(const struct tree *t, struct error *e);
/* A second handle with a cache of its own, for another thread. */
int tree_dup(struct tree *t, struct tree **ret, struct error *e);
/* Somebody else may have moved or removed directories in it (a script that ran): parents are
 * looked for anew. */
void tree_forget(struct tree *t);

/* ---- a tree of several parts
 *
 * Of a root in which other file systems are mounted, a stage has one part on each. They are
 * one tree for all functions on paths: what is at and below `at` is in that part, whose top is
 * `at` (as with a mount). Trees that are opened below a tree have no parts, but for: */

/* `part` is the tree's from now on. Longer paths last; at is not the top. */
void tree_graft(struct tree *t, struct rpath at, struct tree *part);
/* Directory `dir` of the tree's own directory and of each part's, as one tree of parts again.
 * With mode, directories at the places of the parts are made as well, so that they are listed.
 * Otherwise as tree_open_below(). */
int tree_open_each(struct tree *t, struct rpath dir, mode_t mode, bool exclusive,
		   struct tree **ret, struct error *e);
/* tree_remove_all() of the same name in each. */
int tree_remove_each(struct tree *t, struct rpath p, struct error *e);
size_t tree_parts(const struct tree *t);	/* besides its own directory */
struct tree *tree_part(const struct tree *t, size_t i, struct rpath *ret_at); /* borrowed */

/* Tests: use the walk by component from now on in this process. */
void root_force_walk(bool walk);

/* Where does the parent of p really lie? Resolves links in the parent within the tree
 * and returns the canonical rpath: with `opt -> export/opt`, opt/x/y gives
 * export/opt/x/y. Components that do not exist are kept as they are. The last component
 * is not followed. */
int tree_canonical(struct tree *t, struct arena *a, struct rpath p, struct rpath *ret,
		   struct error *e);

/* ---- on the last component, never following it */

int tree_stat(struct tree *t, struct rpath p, struct stat *ret, struct error *e); /* lstat */
bool tree_exists(struct tree *t, struct rpath p);
/* All that is to be known of a name, in one call. */
enum tree_fixed { TREE_FREE, TREE_IMMUTABLE, TREE_APPEND_ONLY };
struct tree_look {
	struct stat st;
	/* A number for the mount that p lies on (a mount point lies on what is mounted there):
	 * a rename between two of them gives -EXDEV, also where both show one file system. */
	uint64_t mount;
	/* Does the file system let nobody change it (chattr(1))? Where that can't be told: no. */
	enum tree_fixed fixed;
};
int tree_look(struct tree *t, struct rpath p, struct tree_look *ret, struct error *e);
/* With exactly that mode, whatever the umask. */
int tree_mkdir(struct tree *t, struct rpath p, mode_t mode, struct error *e);
/* All missing directories of p, and p itself; existing ones are left as they are. */
int tree_mkdirs(struct tree *t, struct rpath p, mode_t mode, struct error *e);
/* O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0600. The caller closes. */
int tree_create(struct tree *t, struct rpath p, int *ret_fd, struct error *e);
/* The same with a mode, less the umask of the process. For directories that are nobody
 * else's (a stage): the contents are not there yet. */
int tree_create_mode(struct tree *t, struct rpath p, mode_t mode, int *ret_fd,
		     struct error *e);
/* O_RDONLY | O_NOFOLLOW | O_NONBLOCK, and refuses what is not a regular file
 * (-E_UNSUPPORTED, says what it is) before it is opened. */
int tree_open_file(struct tree *t, struct rpath p, int *ret_fd, struct error *e);
/* The whole of a regular file up to max bytes (-E_LIMIT). NUL added after *ret_len. */
int tree_read(struct tree *t, struct arena *a, struct rpath p, size_t max, char **ret,
	      size_t *ret_len, struct error *e);
int tree_symlink(struct tree *t, const char *target, struct rpath p, struct error *e);
int tree_readlink(struct tree *t, struct arena *a, struct rpath p, const char **ret,
		  struct error *e);
/* Hard link; does not follow `from`. The trees may differ. */
int tree_link(struct tree *t, struct rpath from, struct tree *t2, struct rpath to,
	      struct error *e);
int tree_mknod(struct tree *t, struct rpath p, mode_t mode_and_type, dev_t dev,
	       struct error *e);
/* renameat2 with flags 0, RENAME_NOREPLACE or RENAME_EXCHANGE. The trees may differ. */
int tree_rename(struct tree *t, struct rpath from, struct tree *t2, struct rpath to,
		unsigned flags, struct error *e);
int tree_unlink(struct tree *t, struct rpath p, struct error *e);
int tree_rmdir(struct tree *t, struct rpath p, struct error *e);
/* Everything below p and p itself, by descriptor, following nothing. -ENOENT is fine.
 * Mount points are not entered (-EBUSY). Ours without rights (0555) are given them. */
int tree_remove_all(struct tree *t, struct rpath p, struct error *e);
/* -EOPNOTSUPP on links. Waits for nothing: FIFOs and devices are not opened. */
int tree_chmod(struct tree *t, struct rpath p, mode_t mode, struct error *e);
int tree_chown(struct tree *t, struct rpath p, uid_t uid, gid_t gid, struct error *e);
/* Of modification; that of access stays. */
int tree_utime(struct tree *t, struct rpath p, int64_t sec, int64_t nsec, struct error *e);
/* Could we make names in a directory? 0, -EROFS, -EACCES with words. Looks only. */
int tree_may_write(struct tree *t, struct rpath dir, struct error *e);
/* All names of a directory, sorted by strcmp, without . and .. */
int tree_list(struct tree *t, struct arena *a, struct rpath p, const char ***ret,
	      size_t *ret_n, struct error *e);
/* Those of them that are symbolic links. */
int tree_links(struct tree *t, struct arena *a, struct rpath p, const char ***ret,
	       size_t *ret_n, struct error *e);
/* How many names a directory has. */
int tree_count(struct tree *t, struct rpath p, size_t *ret, struct error *e);
/* Extended attributes. The names sorted; none where the file system knows none. */
int tree_xattr_list(struct tree *t, struct arena *a, struct rpath p, const char ***ret,
		    size_t *ret_n, struct error *e);
/* -ENODATA without. A NUL is added after *ret_len bytes. */
int tree_xattr_get(struct tree *t, struct arena *a, struct rpath p, const char *name,
		   const void **ret, size_t *ret_len, struct error *e);
int tree_xattr_set(struct tree *t, struct rpath p, const char *name, const void *value,
		   size_t len, struct error *e);
/* One that is not there is fine. */
int tree_xattr_remove(struct tree *t, struct rpath p, const char *name, struct error *e);
int tree_sync(struct tree *t, struct error *e);	/* syncfs, of each part */
/* Free space for us: bytes and inodes (UINT64_MAX when the file system has no limit),
 * and the block size files are rounded up to. p need not exist yet. */
struct tree_space {
	uint64_t bytes, inodes, block;
};
int tree_statfs(struct tree *t, struct rpath p, struct tree_space *ret, struct error *e);

/* ---- the root */

/* var/lib/commpkg below the root: reached beneath it, without links; 0755. */
#define ROOT_STATE_DIR "var/lib/commpkg"

struct root {
	struct tree *tree;	/* the root's own tree */
	const char *path;	/* as opened, absolute, for people */
	bool live;		/* it is "/" */
	bool owners;		/* set owners: we are root, or asked not to be */
};

/* Opens an existing directory as root; with `create` makes it (0755), parents not.
 * Refused: a relative path, a file, "" . */
int root_open(const char *path, bool create, struct root **ret, struct error *e);
void root_close(struct root *r);
/* Were owners set in this root, whoever asks now? Its state directory is root's then. */
int root_sets_owners(const struct tree *state, bool *ret, struct error *e);
/* As it is typed on this host; path is below the root, "" its top. */
const char *root_host_path(struct arena *a, const struct root *root, const char *path);
/* " -R ROOT" for a command to be typed, "" for /. */
const char *root_option(struct arena *a, const struct root *root);
/* Could root_open() and root_state(), both with `create`, be carried out by us and written to?
 * Looks only; fails with the words they would fail with. */
int root_may_write(const char *path, bool create, struct error *e);
/* The state directory as a tree; with `create` made as needed. -ENOENT without. */
int root_state(struct root *r, bool create, struct tree **ret, struct error *e);
/* Is the state directory ours alone to write in? With `create` root_state() has asked. -EPERM. */
int root_check_state(const struct tree *state, struct error *e);

#endif
