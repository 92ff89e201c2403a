/*
 * The software list as a file: read, lock, change, replace by rename. An edit that fails leaves
 * the old list.
 *
 * The lock is on a file beside, because the list itself is replaced.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "formats/cleanup.h"
#include "softlist_internal.h"

#define LIST_NAME "softlist"
#define LOCK_NAME "softlist.lock"
#define TEMP_PREFIX "." LIST_NAME "-"

static int read_all(int fd, const char *file, struct strbuf *out, struct error *e)
{
	char piece[65536];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", file);
		if (out->len + (size_t)n > SOFTLIST_MAX_BYTES)
			return error_set(e, E_LIMIT, "cannot read '%s': larger than %zu bytes",
					 file, SOFTLIST_MAX_BYTES);
		strbuf_add(out, piece, (size_t)n);
	}
	return 0;
}

/* Absent is empty. */
static int list_read(int dir, struct arena *a, const char *file, struct softlist *ret,
		     struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = openat(dir, LIST_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd < 0 && errno == ENOENT) {
		*ret = (struct softlist){ .roots = NULL };
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot open '%s'", file);
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_FORMAT, "cannot read '%s': not a regular file", file);
	rc = read_all(fd, file, &text, e);
	return rc < 0 ? rc : softlist_parse(a, strbuf_str(&text), text.len, file, ret, e);
}

int softlist_load(struct arena *a, const char *statedir, struct softlist *ret, struct error *e)
{
	AUTO_FD int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *file = arena_printf(a, "%s/" LIST_NAME, statedir);

	if (dir < 0 && errno == ENOENT) {
		*ret = (struct softlist){ .roots = NULL };
		return 0;
	}
	if (dir < 0)
		return error_errno(e, errno, "cannot open '%s'", statedir);
	return list_read(dir, a, file, ret, e);
}

/* ---- writing */

/* Each directory of the way that is missing, as mkdir -p. */
static int make_directories(const char *path, struct error *e)
{
	AUTO_FREE char *copy = xstrdup(path);
	char *slash = copy;

	do {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return error_errno(e, errno, "cannot create '%s'", copy);
		if (slash != NULL)
			*slash = '/';
	} while (slash != NULL);
	return 0;
}

static int list_lock(int dir, const char *statedir, int *ret_fd, struct error *e)
{
	AUTO_FD int fd = openat(dir, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
				O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot open '%s/" LOCK_NAME "'", statedir);
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_FORMAT, "cannot lock '%s/" LOCK_NAME "': not a regular "
				 "file", statedir);
	while (flock(fd, LOCK_EX) < 0) /* held for a rename's time */
		if (errno == EINTR)
			return error_set(e, E_INTERRUPTED, "interrupted while waiting for the "
					 "software list");
		else
			return error_errno(e, errno, "cannot lock '%s/" LOCK_NAME "'", statedir);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int write_all(int fd, const struct strbuf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->p + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd);
}

/* The new list takes the place of the old one, which is under `name` then, if there was one. */
static int list_swap(int dir, const char *name, bool *ret_swapped)
{
	if (renameat2(dir, name, dir, LIST_NAME, RENAME_EXCHANGE) == 0) {
		*ret_swapped = true;
		return 0;
	}
	if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
		return -errno;
	*ret_swapped = false; /* there was none; or this file system can't */
	return renameat(dir, name, dir, LIST_NAME) < 0 ? -errno : 0;
}

/* The list is there, and it can't be told for how long: back to the one before. */
static int list_swap_back(int dir, const char *name, bool swapped, bool existed)
{
	if (swapped)
		return renameat2(dir, name, dir, LIST_NAME, RENAME_EXCHANGE);
	errno = EIO;
	return existed ? -1 : unlinkat(dir, LIST_NAME, 0);
}

static int list_put(int dir, const char *file, const char *name, struct error *e)
{
	bool swapped, existed = faccessat(dir, LIST_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	int rc = list_swap(dir, name, &swapped);

	if (rc < 0)
		return error_errno(e, -rc, "cannot write '%s'", file);
	if (fsync(dir) == 0)
		return 0;
	rc = error_errno(e, errno, "cannot write '%s'", file);
	if (list_swap_back(dir, name, swapped, existed) < 0)
		(void)error_prefix(e, "the software list is changed, but may not outlast a power "
				   "cut");
	return rc;
}

static int list_write(int dir, const char *file, const struct softlist *l, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	char name[64];
	uint64_t id;
	int rc;

	softlist_render(l, &text);
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return error_errno(e, errno, "cannot write '%s'", file);
	(void)snprintf(name, sizeof(name), TEMP_PREFIX "%016llx", (unsigned long long)id);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_errno(e, errno, "cannot write '%s'", file);
	rc = write_all(fd, &text) == 0 ? list_put(dir, file, name, e) :
	     error_errno(e, errno, "cannot write '%s'", file);
	(void)unlinkat(dir, name, 0); /* the old one; or the new one, which did not get there */
	return rc;
}

/* What a run that was killed left behind: nobody else writes while we have the lock. */
static void list_sweep(const char *statedir)
{
	DIR *dir = opendir(statedir);
	struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (str_has_prefix(d->d_name, TEMP_PREFIX))
			(void)unlinkat(dirfd(dir), d->d_name, 0); /* it does no harm */
	if (dir != NULL)
		(void)closedir(dir);
}

struct edit {
	const char *name, *other;
	const char *const *roots;
	size_t n;
};
typedef int edit_function(struct arena *a, struct softlist *l, const struct edit *ed,
			  struct error *e);

static int list_edit(const char *statedir, edit_function *edit, const struct edit *ed,
		     struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *file = arena_printf(a, "%s/" LIST_NAME, statedir);
	AUTO_FD int dir = -EBADF;
	AUTO_FD int lock = -EBADF;
	struct softlist l;
	int rc = make_directories(statedir, e);

	if (rc < 0)
		return rc;
	dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return error_errno(e, errno, "cannot open '%s'", statedir);
	rc = list_lock(dir, statedir, &lock, e);
	if (rc == 0)
		list_sweep(statedir);
	if (rc == 0)
		rc = list_read(dir, a, file, &l, e);
	if (rc == 0)
		rc = edit(a, &l, ed, e);
	return rc < 0 ? rc : list_write(dir, file, &l, e);
}

/* ---- refusals */

static int check_name(const char *name, struct error *e)
{
	AUTO_STRBUF struct strbuf shown = STRBUF_INIT;

	if (softlist_name_ok(name))
		return 0;
	strbuf_add_escaped(&shown, name);
	(void)error_set(e, E_USAGE, "bad name '%.100s': a name begins with a letter, and has "
			"letters, digits, '.', '_' and '-' only, at most %d", strbuf_str(&shown),
			SOFTLIST_MAX_NAME);
	return error_hint(e, "choose a name like 'zone1'");
}

static int check_free(const struct softlist *l, const char *name, struct error *e)
{
	const struct softlist_root *r = softlist_find(l, name);

	if (r != NULL) {
		(void)error_set(e, E_USAGE, "the name '%s' is in use for '%s'", name, r->path);
		return error_hint(e, "commpkg root rename %s NEWNAME, or choose another name",
				  name);
	}
	if (softlist_find_group(l, name) != NULL) {
		(void)error_set(e, E_USAGE, "the name '%s' is in use for a group", name);
		return error_hint(e, "choose another name");
	}
	return 0;
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

static int check_path(const struct softlist *l, const char *path, struct error *e)
{
	size_t i;

	if (str_eq(path, "/")) {
		(void)error_set(e, E_USAGE, "'/' can't be an alternate root");
		return error_hint(e, "leave out -R to work on '/'");
	}
	for (i = 0; i < l->nroots; i++) {
		const struct softlist_root *r = &l->roots[i];

		if (str_eq(path, r->path)) {
			(void)error_set(e, E_USAGE, "'%s' has the name '%s' already", path,
					r->name);
			return error_hint(e, "commpkg root rename %s NEWNAME", r->name);
		}
		if (is_below(path, r->path) || is_below(r->path, path)) {
			(void)error_set(e, E_USAGE, "'%s' and the root '%s' ('%s') lie inside "
					"each other", path, r->name, r->path);
			return error_hint(e, "commpkg root remove %s, or choose another "
					  "directory", r->name);
		}
	}
	return 0;
}

static int not_found(const struct softlist *l, const char *name, struct error *e)
{
	AUTO_STRBUF struct strbuf shown = STRBUF_INIT;
	const char *close = softlist_close(l, name);

	strbuf_add_escaped(&shown, name);
	(void)error_set(e, E_NOT_FOUND, "'%.100s' is not in the software list",
			strbuf_str(&shown));
	if (close != NULL)
		return error_hint(e, "did you mean '%s'?", close);
	return error_hint(e, "commpkg root list");
}

/* `//`, `/./` and a trailing slash are forgiven; `..` is not, since what it means
 * depends on links. */
static int path_clean(struct arena *a, const char *path, const char **ret, struct error *e)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	const char *s = path;
	size_t n;

	for (; *s != '\0' && path[0] == '/'; s += n) {
		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n == 0 || (n == 1 && s[0] == '.'))
			continue;
		strbuf_addch(&out, '/');
		strbuf_add(&out, s, n);
	}
	if (out.len == 0 && path[0] == '/')
		strbuf_addch(&out, '/');
	if (out.len == 0 || !softlist_path_ok(out.p)) {
		(void)error_set(e, E_USAGE, "bad path '%.200s': a root is an absolute path "
				"without '..'", path);
		return error_hint(e, "give it as 'realpath DIR' prints it");
	}
	*ret = arena_strdup(a, out.p);
	return 0;
}

/* ---- changes */

static int full(struct error *e)
{
	return error_set(e, E_LIMIT, "the software list is full: %d entries",
			 SOFTLIST_MAX_ENTRIES);
}

static size_t root_place(const struct softlist *l, const char *name)
{
	size_t i = 0;

	while (i < l->nroots && strcmp(l->roots[i].name, name) < 0)
		i++;
	return i;
}

static void root_insert(struct arena *a, struct softlist *l, struct softlist_root r)
{
	struct softlist_root *roots = arena_calloc(a, l->nroots + 1, sizeof(*roots));
	size_t at = root_place(l, r.name), i;

	for (i = 0; i < l->nroots; i++)
		roots[i + (i >= at)] = l->roots[i];
	roots[at] = r;
	l->roots = roots;
	l->nroots++;
}

static void root_delete(struct softlist *l, size_t at)
{
	for (l->nroots--; at < l->nroots; at++)
		l->roots[at] = l->roots[at + 1];
}

static void group_insert(struct arena *a, struct softlist *l, struct softlist_group g)
{
	struct softlist_group *groups = arena_calloc(a, l->ngroups + 1, sizeof(*groups));
	size_t at = 0, i;

	while (at < l->ngroups && strcmp(l->groups[at].name, g.name) < 0)
		at++;
	for (i = 0; i < l->ngroups; i++)
		groups[i + (i >= at)] = l->groups[i];
	groups[at] = g;
	l->groups = groups;
	l->ngroups++;
}

static void group_delete(struct softlist *l, size_t at)
{
	for (l->ngroups--; at < l->ngroups; at++)
		l->groups[at] = l->groups[at + 1];
}

static int edit_add(struct arena *a, struct softlist *l, const struct edit *ed, struct error *e)
{
	const char *path = NULL;
	int rc = path_clean(a, ed->other, &path, e);

	if (rc == 0)
		rc = check_free(l, ed->name, e);
	if (rc == 0)
		rc = check_path(l, path, e);
	if (rc < 0)
		return rc;
	if (l->nroots == SOFTLIST_MAX_ENTRIES)
		return full(e);
	root_insert(a, l, (struct softlist_root){ .name = ed->name, .path = path });
	return 0;
}

/* In groups a root is left out; a group without roots goes. */
static void groups_forget(struct softlist *l, const char *root)
{
	size_t i, k, n;

	for (i = 0; i < l->ngroups;) {
		struct softlist_group *g = &l->groups[i];

		for (k = n = 0; k < g->n; k++)
			if (!str_eq(g->roots[k], root))
				g->roots[n++] = g->roots[k];
		g->n = n;
		if (n == 0)
			group_delete(l, i);
		else
			i++;
	}
}

static int edit_remove(struct arena *a, struct softlist *l, const struct edit *ed,
		       struct error *e)
{
	const struct softlist_root *r = softlist_find(l, ed->name);
	const struct softlist_group *g = softlist_find_group(l, ed->name);

	(void)a;
	if (r == NULL && g == NULL)
		return not_found(l, ed->name, e);
	if (g != NULL) {
		group_delete(l, (size_t)(g - l->groups));
		return 0;
	}
	groups_forget(l, ed->name);
	root_delete(l, (size_t)(r - l->roots));
	return 0;
}

static void groups_rename(struct softlist *l, const char *from, const char *to)
{
	size_t i, k;

	for (i = 0; i < l->ngroups; i++)
		for (k = 0; k < l->groups[i].n; k++)
			if (str_eq(l->groups[i].roots[k], from))
				l->groups[i].roots[k] = to;
}

static int edit_rename(struct arena *a, struct softlist *l, const struct edit *ed,
		       struct error *e)
{
	const struct softlist_root *r = softlist_find(l, ed->name);
	const struct softlist_group *g = softlist_find_group(l, ed->name);
	int rc = r == NULL && g == NULL ? not_found(l, ed->name, e) :
		 check_free(l, ed->other, e);

	if (rc < 0)
		return rc;
	if (g != NULL) {
		struct softlist_group renamed = { .name = ed->other, .roots = g->roots, .n = g->n };

		group_delete(l, (size_t)(g - l->groups));
		group_insert(a, l, renamed);
	} else {
		struct softlist_root renamed = { .name = ed->other, .path = r->path };

		groups_rename(l, ed->name, ed->other);
		root_delete(l, (size_t)(r - l->roots));
		root_insert(a, l, renamed);
	}
	return 0;
}

static int group_check(const struct softlist *l, const struct edit *ed, struct error *e)
{
	size_t i, k;

	if (softlist_find(l, ed->name) != NULL)
		return check_free(l, ed->name, e);
	for (i = 0; i < ed->n; i++) {
		if (softlist_find(l, ed->roots[i]) == NULL)
			return not_found(l, ed->roots[i], e);
		for (k = 0; k < i; k++)
			if (str_eq(ed->roots[k], ed->roots[i]))
				return error_set(e, E_USAGE, "'%s' is named twice", ed->roots[i]);
	}
	return 0;
}

static int edit_group(struct arena *a, struct softlist *l, const struct edit *ed,
		      struct error *e)
{
	const struct softlist_group *old = softlist_find_group(l, ed->name);
	struct softlist_group g = { .name = ed->name, .n = ed->n };
	int rc = group_check(l, ed, e);

	if (rc < 0)
		return rc;
	if (ed->n == 0 && old == NULL)
		return not_found(l, ed->name, e);
	if (old != NULL)
		group_delete(l, (size_t)(old - l->groups));
	if (ed->n == 0)
		return 0;
	if (l->ngroups == SOFTLIST_MAX_ENTRIES)
		return full(e);
	g.roots = arena_calloc(a, ed->n, sizeof(*g.roots));
	memcpy(g.roots, ed->roots, ed->n * sizeof(*g.roots));
	group_insert(a, l, g);
	return 0;
}

int softlist_add(const char *statedir, const char *name, const char *path, struct error *e)
{
	struct edit ed = { .name = name, .other = path };
	int rc = check_name(name, e);

	return rc < 0 ? rc : list_edit(statedir, edit_add, &ed, e);
}

int softlist_remove(const char *statedir, const char *name, struct error *e)
{
	struct edit ed = { .name = name };

	return list_edit(statedir, edit_remove, &ed, e);
}

int softlist_rename(const char *statedir, const char *from, const char *to, struct error *e)
{
	struct edit ed = { .name = from, .other = to };
	int rc = check_name(to, e);

	return rc < 0 ? rc : list_edit(statedir, edit_rename, &ed, e);
}

int softlist_group_set(const char *statedir, const char *name, const char *const *roots, size_t n,
		       struct error *e)
{
	struct edit ed = { .name = name, .roots = roots, .n = n };
	int rc = check_name(name, e);

	return rc < 0 ? rc : list_edit(statedir, edit_group, &ed, e);
}
