/* The stage: its directory, and every object that is no payload. */
#include "stage.h"

#include <sys/sysmacros.h>

#include "contents.h"
#include "formats/statefile.h"
#include "formats/cleanup.h"
#include "formats/fd.h"

static void index_items(struct stage *s)
{
	const struct plan *plan = s->plan;
	size_t i;

	s->by_entry = arena_calloc(s->a, plan->nsteps, sizeof(*s->by_entry));
	s->digests = arena_calloc(s->a, plan->nsteps, sizeof(*s->digests));
	s->digested = arena_calloc(s->a, plan->nsteps, sizeof(*s->digested));
	s->promoted = arena_calloc(s->a, plan->nitems, sizeof(*s->promoted));
	s->anew = arena_calloc(s->a, plan->nitems, sizeof(*s->anew));
	s->missing = arena_calloc(s->a, plan->nitems, sizeof(*s->missing));
	s->settled = arena_calloc(s->a, plan->nitems, sizeof(*s->settled));
	for (i = 0; i < plan->nsteps; i++) {
		const struct package *pkg = plan->steps[i].step->package;
		size_t n = pkg != NULL ? pkg->map.n : 0;

		s->by_entry[i] = arena_calloc(s->a, n, sizeof(**s->by_entry));
		s->digests[i] = arena_calloc(s->a, n, sizeof(**s->digests));
		s->digested[i] = arena_calloc(s->a, n, sizeof(**s->digested));
	}
	for (i = 0; i < plan->nitems; i++) {
		struct change_item *it = &plan->items[i];

		(void)strmap_put(s->items, rpath_str(it->path), it);
		if (it->what == NULL)
			continue;
		(void)strmap_put(s->coming, rpath_str(it->real), it);
		s->by_entry[it->step_index]
			   [it->what->entry - it->step->package->map.entries] = it;
	}
}

/* A preinstall on the root itself may clear away what is right as it is, and what then comes is
 * only what is staged: so all of its package is. */
static void stage_whole_packages(struct stage *s)
{
	const struct plan *plan = s->plan;

	for (size_t i = 0; plan->late && i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];

		if (it->kind == CHANGE_SAME && it->what != NULL && !it->foreign &&
		    strchr("fslp", it->ftype) != NULL &&
		    plan_script(&plan->steps[it->step_index], "preinstall") != NULL)
			s->anew[i] = true;
	}
}

int stage_open(struct arena *a, const struct plan *plan, struct tree *state,
	       struct stage **ret, struct error *e)
{
	const struct stagedir_place place = {
		.root = plan->root, .state = state, .db = plan->db,
		.volumes = plan->volumes, .nvolumes = plan->nvolumes,
	};
	struct stage *s = arena_alloc(a, sizeof(*s));
	int rc;

	s->a = a;
	s->plan = plan;
	s->state = state;
	s->made = strmap_new(1024);
	s->items = strmap_new(plan->nitems);
	s->coming = strmap_new(plan->nitems);
	index_items(s);
	stage_whole_packages(s);
	rc = stagedir_make(a, &place, plan->txn, &s->dir, e);
	if (rc < 0) {
		stage_close(s);
		return rc;
	}
	s->new = s->dir.new;
	if (plan->scripted) {
		rc = stagedir_add_scripts(&s->dir, e);
		if (rc < 0) {
			stage_discard(s);
			stage_close(s);
			return rc;
		}
		if (!plan->late)
			s->new = s->dir.pay;
	}
	*ret = s;
	return 0;
}

void stage_discard(struct stage *s)
{
	stagedir_discard(&s->dir);
}

void stage_close(struct stage *s)
{
	if (s == NULL)
		return;
	stagedir_close(&s->dir);
	strmap_free(s->made);
	strmap_free(s->items);
	strmap_free(s->coming);
	VEC_FREE(&s->texts);
	VEC_FREE(&s->views);
	VEC_FREE(&s->attrs);
}

/* A script may have made it before. */
static int make_directory(struct stage *s, struct rpath path, struct error *e)
{
	struct stat st;
	int rc = tree_mkdir(s->new, path, 0700, e);

	if (rc == -EEXIST && tree_stat(s->new, path, &st, NULL) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return rc;
}

int stage_mkdirs(struct stage *s, const char *dir, struct error *e)
{
	struct rpath path;
	int rc;

	if (dir[0] == '\0' || strmap_find(s->made, dir) != NULL)
		return 0;
	rc = stage_mkdirs(s, dirs_parent(s->plan->dirs, dir), e);
	if (rc == 0)
		rc = rpath_parse(s->a, dir, &path, e);
	if (rc == 0)
		rc = make_directory(s, path, e);
	if (rc == 0)
		(void)strmap_put(s->made, rpath_str(path), (void *)rpath_str(path));
	return rc;
}

int stage_parent(struct stage *s, struct rpath path, struct error *e)
{
	return stage_mkdirs(s, dirs_parent(s->plan->dirs, rpath_str(path)), e);
}

bool stage_writes(const struct stage *s, const struct change_item *it)
{
	return it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE ||
	       s->promoted[it - s->plan->items] || s->anew[it - s->plan->items];
}

static int set_owner(struct stage *s, const struct change_item *it, struct error *e)
{
	if (!s->plan->root->owners)
		return 0;
	return tree_chown(s->new, it->real, it->uid, it->gid, e);
}

/* Owner before mode: changing the owner clears set-id bits. */
int stage_dress(struct stage *s, const struct change_item *it, struct error *e)
{
	int rc = set_owner(s, it, e);

	return rc < 0 ? rc : tree_chmod(s->new, it->real, it->mode, e);
}

static int make_special(struct stage *s, const struct change_item *it, struct error *e)
{
	const struct entry *en = it->what->entry;
	mode_t type = en->ftype == 'p' ? S_IFIFO : en->ftype == 'c' ? S_IFCHR : S_IFBLK;
	dev_t dev = en->ftype == 'p' ? 0 : makedev(en->major, en->minor);
	int rc = tree_mknod(s->new, it->real, type | 0600, dev, e);

	return rc < 0 ? rc : stage_dress(s, it, e);
}

static int make_object(struct stage *s, const struct change_item *it, struct error *e)
{
	switch (it->ftype) {
	case 'd':
	case 'x':
		return stage_mkdirs(s, rpath_str(it->real), e);
	case 's':
		return tree_symlink(s->new, it->what->target, it->real, e);
	case 'p':
	case 'c':
	case 'b':
		return make_special(s, it, e);
	default:
		return 0;
	}
}

/* Directories, links and devices, and the parents of all payload. */
static int make_objects(struct stage *s, struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];

		if (it->what == NULL)
			continue;
		if (!rpath_is_root(it->beside))
			rc = stage_parent(s, it->beside, e);
		/* SAME may turn out to be other contents: then it needs a place. */
		if (rc == 0 && stage_writes(s, it))
			rc = stage_parent(s, it->real, e);
		if (rc == 0 && stage_writes(s, it))
			rc = make_object(s, it, e);
	}
	return rc;
}

/* ---- hard links, when everything they can point at is staged */

#define MOST_LINKS 40	/* one behind the other */

bool stage_link_waits(const struct stage *s, const struct change_item *it)
{
	for (int i = 0; it != NULL && i < MOST_LINKS; i++) {
		if (it->kind == CHANGE_SCRIPT)
			return true;
		if (it->ftype != 'l' || it->what == NULL)
			return false;
		it = strmap_find(s->coming, rpath_str(it->link));
	}
	return false;
}

static int make_link(struct stage *s, const struct change_item *it, unsigned depth,
		     struct error *e)
{
	const struct change_item *to = strmap_find(s->coming, rpath_str(it->link));
	int rc;

	if (tree_exists(s->new, it->real))
		return 0;
	if (depth > MOST_LINKS)
		return error_set(e, E_FORMAT, "'/%s' is a hard link in a circle",
				 rpath_str(it->path));
	if (to != NULL && stage_writes(s, to)) {
		rc = to->ftype == 'l' ? make_link(s, to, depth + 1, e) : 0;
		if (rc < 0)
			return rc;
		return tree_link(s->new, it->link, s->new, it->real, e);
	}
	return tree_link(s->plan->root->tree, it->link, s->new, it->real, e);
}

static int make_links(struct stage *s, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->nitems; i++) {
		const struct change_item *it = &s->plan->items[i];

		if (it->ftype == 'l' && it->what != NULL && stage_writes(s, it) &&
		    !stage_link_waits(s, it))
			rc = make_link(s, it, 0, e);
	}
	return rc;
}

/* ---- NAME.saved: what the administrator made of a file that goes */

static int save_copy(struct stage *s, const struct change_item *it, struct error *e)
{
	AUTO_FD int from = -EBADF;
	AUTO_FD int to = -EBADF;
	int rc = stage_parent(s, it->beside, e);

	if (rc == 0)
		rc = tree_open_file(s->plan->root->tree, it->real, &from, e);
	if (rc == 0)
		rc = tree_create(s->new, it->beside, &to, e);
	if (rc == 0)
		rc = contents_copy(from, to, rpath_str(it->real), NULL, e);
	if (rc == 0 && s->plan->root->owners)
		rc = tree_chown(s->new, it->beside, it->was.uid, it->was.gid, e);
	if (rc == 0)
		rc = tree_chmod(s->new, it->beside, it->was.mode & 07777, e);
	if (rc == 0)
		rc = tree_utime(s->new, it->beside, it->was.mtime, it->was.mtime_nsec, e);
	return rc;
}

static int save_copies(struct stage *s, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->nitems; i++) {
		const struct change_item *it = &s->plan->items[i];

		if (it->kind == CHANGE_REMOVE && !rpath_is_root(it->beside))
			rc = save_copy(s, it, e);
	}
	return rc;
}

int stage_put_merged(struct stage *s, const struct change_item *it, struct error *e)
{
	const struct plan_merged *m = it->merged;
	int rc = stage_text(s, it->real, m->text.bytes, m->text.len, 0600, e);

	if (rc == 0 && s->plan->root->owners)
		rc = tree_chown(s->new, it->real, m->uid, m->gid, e);
	return rc == 0 ? tree_chmod(s->new, it->real, m->mode, e) : rc;
}

/* Edits of another host about which somebody decides: what came lies beside by now. */
static int put_carried(struct stage *s, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->nitems; i++) {
		const struct change_item *it = &s->plan->items[i];

		if (it->carried == NULL || rpath_is_root(it->beside))
			continue;
		*VEC_PUSH(&s->texts) = (struct staged_text){
			.path = rpath_str(it->path), .bytes = it->carried->base,
			.len = it->carried->base_len,
		};
		if (it->merged != NULL)
			rc = stage_put_merged(s, it, e);
	}
	return rc;
}

int stage_fill(struct stage *s, unsigned threads, stage_progress progress, void *ctx,
	       struct error *e)
{
	int rc = make_objects(s, e);

	if (rc == 0)
		rc = stage_payload(s, threads, progress, ctx, e);
	if (rc == 0)
		rc = put_carried(s, e);
	if (rc == 0)
		rc = make_links(s, e);
	if (rc == 0)
		rc = save_copies(s, e);
	return rc;
}

/* Directories that no package names are plain ones of root's. */
static int dress_directory(struct stage *s, const char *dir, struct error *e)
{
	const struct change_item *it;
	struct rpath path;
	int rc = rpath_parse(s->a, dir, &path, e);

	if (rc < 0 || dirs_exists(s->plan->dirs, dir))
		return rc; /* only a scaffold: it never moves */
	it = strmap_find(s->coming, dir);
	if (it != NULL && ftype_is_dir(it->ftype))
		return stage_dress(s, it, e);
	return tree_chmod(s->new, path, 0755, e);
}

int stage_directories(struct stage *s, struct error *e)
{
	const char *dir;
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && strmap_next(s->made, &i, &dir) != NULL)
		rc = dress_directory(s, dir, e);
	return rc;
}

int stage_file(struct stage *s, struct rpath path, const void *bytes, size_t len,
	       const struct stat *as, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = tree_create(s->new, path, &fd, e), wrote;

	if (rc < 0)
		return rc;
	wrote = fd_write_all(fd, bytes, len);
	if (wrote < 0)
		return error_errno(e, -wrote, "cannot write '/%s' in the stage", rpath_str(path));
	if (s->plan->root->owners)
		rc = tree_chown(s->new, path, as->st_uid, as->st_gid, e);
	if (rc == 0) /* chown takes set-id bits */
		rc = tree_chmod(s->new, path, as->st_mode & 07777, e);
	return rc < 0 ? rc : tree_utime(s->new, path, as->st_mtim.tv_sec, as->st_mtim.tv_nsec, e);
}

int stage_text(struct stage *s, struct rpath path, const void *bytes, size_t len, mode_t mode,
	       struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = stage_parent(s, path, e);

	if (rc == 0)
		rc = tree_create(s->new, path, &fd, e);
	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, bytes, len);
	if (rc < 0)
		return error_errno(e, -rc, "cannot write '/%s' in the stage", rpath_str(path));
	if (fchmod(fd, mode) < 0)
		return error_errno(e, errno, "cannot set the mode of '/%s'", rpath_str(path));
	*VEC_PUSH(&s->views) = path;
	return 0;
}
