/* Trees: a directory that is a border, its name for people, its cache of parents. */
#include "root_internal.h"

#include <limits.h>
#include <pthread.h>

#define TREE_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define WORDS_MAX 1500	/* of a path in a message, so that the reason fits behind it */

static mode_t saved_umask;
static pthread_once_t saved_umask_once = PTHREAD_ONCE_INIT;

/* umask(2) can only be read by setting it, which other threads would see. Unknown: take
 * the mode for masked, which costs a chmod. */
static void read_umask(void)
{
	AUTO_FILE FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	unsigned mask;

	saved_umask = 0777;
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Umask: %o", &mask) == 1)
			saved_umask = mask & 0777;
}

mode_t process_umask(void)
{
	(void)pthread_once(&saved_umask_once, read_umask); /* can't fail with these */
	return saved_umask;
}

static bool is_trouble(int err)
{
	static const int troubles[] = { EIO, ENOMEM, EMFILE, ENFILE, EINTR, ESTALE, ETIMEDOUT,
					EUCLEAN, EBADMSG };

	for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++)
		if (err == troubles[i])
			return true;
	return false;
}

void tree_note(const struct tree *t, struct rpath p, int rc, const char *what)
{
	struct trouble *tr = t->trouble;
	int none = 0;

	if (is_trouble(-rc) && __atomic_compare_exchange_n(&tr->err, &none, -rc, false,
							   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		(void)snprintf(tr->words, sizeof(tr->words), "%s '%s/%.300s'", what, t->label,
			       p.s);
}

int tree_trouble(const struct tree *t, struct error *e)
{
	int err = __atomic_load_n(&t->trouble->err, __ATOMIC_SEQ_CST);

	return err == 0 ? 0 : error_errno(e, err, "%s", t->trouble->words);
}

static struct trouble *trouble_share(const struct tree *from)
{
	struct trouble *tr = from != NULL ? from->trouble : xcalloc(1, sizeof(*tr));

	(void)__atomic_add_fetch(&tr->users, 1, __ATOMIC_SEQ_CST);
	return tr;
}

static void trouble_drop(struct trouble *tr)
{
	if (__atomic_sub_fetch(&tr->users, 1, __ATOMIC_SEQ_CST) == 0)
		free(tr);
}

int tree_fail(const struct tree *t, struct rpath p, int rc, const char *what,
	      struct error *e)
{
	tree_note(t, p, rc, what);
	t = graft_find((struct tree *)t, &p);
	return error_errno(e, -rc, "%s '%s/%.*s'", what, t->label, WORDS_MAX, p.s);
}

int tree_make(int fd, const char *path, const char *label, const struct tree *from,
	      struct tree **ret)
{
	struct tree *t;
	struct stat st;

	if (fstat(fd, &st) < 0) {
		int rc = -errno;

		(void)close(fd); /* nothing was written */
		return rc;
	}
	t = xcalloc(1, sizeof(*t));
	t->trouble = trouble_share(from);
	t->fd = fd;
	t->path = xstrdup(path);
	t->label = xstrdup(label);
	t->dev = st.st_dev;
	*ret = t;
	return 0;
}

/* path without slashes at its end; "/" becomes "". */
static char *trimmed(const char *path)
{
	char *s = xstrdup(path);
	size_t len = strlen(s);

	while (len > 0 && s[len - 1] == '/')
		s[--len] = '\0';
	return s;
}

int tree_open(const char *path, struct tree **ret, struct error *e)
{
	AUTO_FREE char *label = NULL;
	int fd, rc;

	fd = TEMP_FAILURE_RETRY(open(path, TREE_FLAGS));
	if (fd < 0)
		return error_errno(e, errno, "cannot open directory '%.*s'", WORDS_MAX, path);
	label = trimmed(path);
	rc = tree_make(fd, label[0] != '\0' ? label : "/", label, NULL, ret);
	if (rc < 0)
		return error_errno(e, -rc, "cannot stat '%.*s'", WORDS_MAX, path);
	return 0;
}

static bool is_link(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* Opens the directory `name` in *fd (replacing it), making it if need be. *made tells. */
static int step_below(int *fd, const char *name, mode_t mode, int flags, bool *made)
{
	int child, rc;

	*made = false;
	child = openat(*fd, name, flags | O_NOFOLLOW);
	if (child < 0 && errno == ENOENT && mode != 0) {
		rc = mkdir_name(*fd, name, mode);
		if (rc < 0 && rc != -EEXIST)
			return rc;
		*made = rc == 0;
		child = openat(*fd, name, flags | O_NOFOLLOW);
	}
	if (child < 0)
		return errno == ENOTDIR && is_link(*fd, name) ? -ELOOP : -errno;
	(void)close(*fd); /* nothing was written through it */
	*fd = child;
	return 0;
}

/* Component by component, which is RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS on any kernel. */
static int open_below(struct tree *t, struct rpath dir, mode_t mode, bool exclusive,
		      int *ret_fd)
{
	AUTO_FD int fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	char name[NAME_MAX + 1];
	const char *s = dir.s;
	bool made = false;
	int rc;

	if (fd < 0)
		return -errno;
	while (*s != '\0') {
		size_t len = strcspn(s, "/");
		bool last = s[len] == '\0';

		memcpy(name, s, len);
		name[len] = '\0';
		rc = step_below(&fd, name, mode, last ? TREE_FLAGS : O_PATH | TREE_FLAGS, &made);
		if (rc < 0)
			return rc;
		s += len + !last;
	}
	if (exclusive && !made)
		return -EEXIST;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int tree_open_below(struct tree *t, struct rpath dir, mode_t mode, bool exclusive,
		    struct tree **ret, struct error *e)
{
	AUTO_FREE char *path = NULL, *label = NULL;
	int fd, rc;

	rc = open_below(t, dir, mode, exclusive, &fd);
	if (rc == -ELOOP)
		return error_set(e, ELOOP, "cannot open directory '%s/%.*s': there is a symbolic "
				 "link in its path", t->label, WORDS_MAX, dir.s);
	if (rc < 0)
		return tree_fail(t, dir, rc, "cannot open directory", e);
	if (asprintf(&path, "%s/%s", str_eq(t->path, "/") ? "" : t->path, dir.s) < 0 ||
	    asprintf(&label, "%s/%s", t->label, dir.s) < 0)
		abort(); /* out of memory, as the arena does */
	rc = tree_make(fd, path, label, t, ret);
	if (rc < 0)
		return tree_fail(t, dir, rc, "cannot stat", e);
	return 0;
}

void tree_close(struct tree *t)
{
	if (t == NULL)
		return;
	graft_drop(t);
	dircache_drop(t);
	(void)close(t->fd); /* a directory: nothing was written through it */
	trouble_drop(t->trouble);
	free(t->path);
	free(t->label);
	free(t);
}

int tree_fd(const struct tree *t)
{
	return t->fd;
}

const char *tree_path(const struct tree *t)
{
	return t->path;
}

dev_t tree_dev(const struct tree *t)
{
	return t->dev;
}

int tree_dup(struct tree *t, struct tree **ret, struct error *e)
{
	int fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return tree_fail(t, rpath_root(), -errno, "cannot open again", e);
	rc = tree_make(fd, t->path, t->label, t, ret);
	if (rc < 0)
		return tree_fail(t, rpath_root(), rc, "cannot stat", e);
	rc = graft_dup(t, *ret, e);
	if (rc < 0)
		tree_close(*ret);
	return rc;
}

int tree_sync(struct tree *t, struct error *e)
{
	int rc = 0;

	if (syncfs(t->fd) < 0)
		return tree_fail(t, rpath_root(), -errno, "cannot sync the file system of", e);
	for (size_t i = 0; rc == 0 && i < t->ngrafts; i++)
		rc = tree_sync(t->grafts[i].tree, e);
	return rc;
}
