/* Everything that is made anew, in a stage; and what stands in the way of that. */
#include <errno.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "contents.h"
#include "formats/cleanup.h"
#include "formats/fd.h"
#include "xattrs.h"
#include "repair_look.h"
#include "signals.h"
#include "volumes_find.h"

/* ---- what stands in the way in the root */

static bool links_nowhere(struct repair *r, const struct mend *m)
{
	const struct mend *file;
	struct stat st;

	if (m->item.kind != REPAIR_PUT || m->ftype != 'l')
		return false;
	file = repair_find(r, rpath_str(m->from));
	if (file != NULL && mend_makes(file))
		return false;
	return tree_stat(r->root, m->from, &st, NULL) < 0 || S_ISDIR(st.st_mode);
}

/* Where names change, there is a part of the stage; a hard link has both names on it. */
static void check_volume(struct repair *r, struct volumes_found *found, struct mend *m)
{
	struct error why = ERROR_INIT;
	const char *dir = dirs_parent(r->dirs, rpath_str(m->real));
	size_t at = volumes_find_add(found, dir);
	struct rpath top;
	int rc = volumes_place(r->a, found->v.v[at].path, &top, &why);

	if (rc == 0 && at > 0)
		rc = volumes_may_make(r->session->root, top, &why);
	if (rc < 0)
		mend_cannot(m, arena_printf(r->a, "what is mounted at /%s can't be changed: %s",
					    found->v.v[at].path, why.text), NULL);
	else if (m->item.kind == REPAIR_PUT && m->ftype == 'l' &&
		 volumes_find_add(found, dirs_parent(r->dirs, rpath_str(m->from))) != at)
		mend_cannot(m, arena_printf(r->a, "/%s, which it is a name of, is on another file "
					    "system", rpath_str(m->from)), NULL);
}

static void check_way(struct repair *r, struct volumes_found *found, struct mend *m)
{
	const char *dir = dirs_parent(r->dirs, rpath_str(m->real));
	const char *way = dirs_in_the_way(r->dirs, dir);

	if (way != NULL)
		mend_cannot(m, arena_printf(r->a, "/%s is in the way, and is no directory", way),
			    arena_printf(r->a, "move %s away, then type the same again",
					 root_host_path(r->a, r->session->root, way)));
	else if (links_nowhere(r, m))
		mend_cannot(m, arena_printf(r->a, "/%s, which it is a name of, is not there",
					    rpath_str(m->from)),
			    "repair that first, then type the same again");
	else
		check_volume(r, found, m);
}

static void check_ways(struct repair *r, struct volumes_found *found)
{
	size_t i;

	for (i = 0; i < r->mends.n; i++)
		if (mend_makes(&r->mends.v[i]) || r->mends.v[i].item.kind == REPAIR_GONE)
			check_way(r, found, &r->mends.v[i]);
	for (i = 0; i < r->mends.n; i++) /* files may have fallen away just now */
		if (r->mends.v[i].ftype == 'l' && mend_makes(&r->mends.v[i]))
			check_way(r, found, &r->mends.v[i]);
	if (found->v.n < 2)
		return;
	r->volumes = arena_memdup(r->a, found->v.v, found->v.n, sizeof(*r->volumes));
	r->nvolumes = found->v.n;
}

int repair_ways(struct repair *r, struct error *e)
{
	struct volumes_found found;
	size_t i;
	int rc;

	for (i = 0; i < r->mends.n; i++) {
		struct mend *m = &r->mends.v[i];

		if (m->item.kind == REPAIR_DIRECTORY && m->makes_way)
			dirs_replace(r->dirs, rpath_str(m->real));
	}
	rc = volumes_find_begin(r->a, r->session->root, r->dirs, r->session->db, &found, e);
	if (rc == 0)
		check_ways(r, &found);
	VEC_FREE(&found.v);
	return rc == 0 ? signals_check(e) : rc;
}

/* ---- the stage */

static int make_dirs(struct repair *r, const char *dir, struct error *e)
{
	struct rpath p;
	int rc;

	if (dir[0] == '\0' || strmap_find(r->made, dir) != NULL)
		return 0;
	rc = make_dirs(r, dirs_parent(r->dirs, dir), e);
	if (rc == 0)
		rc = rpath_parse(r->a, dir, &p, e);
	if (rc == 0)
		rc = tree_mkdirs(r->stage.new, p, 0700, e); /* a mount's place is there */
	if (rc == 0) {
		(void)strmap_put(r->made, rpath_str(p), (void *)rpath_str(p));
		*VEC_PUSH(&r->made_order) = rpath_str(p);
	}
	return rc;
}

static int own(struct repair *r, struct rpath p, uid_t uid, gid_t gid, uint32_t mode,
	       struct error *e)
{
	int rc = r->session->root->owners ? tree_chown(r->stage.new, p, uid, gid, e) : 0;

	return rc == 0 ? tree_chmod(r->stage.new, p, mode, e) : rc;
}

static int give_xattrs(struct repair *r, const struct mend *m, struct error *e)
{
	return m->row == NULL || m->row->xattrs == NULL ? 0 :
	       xattrs_set(r->a, r->stage.new, m->real, m->row->xattrs, e);
}

static int dress_directory(struct repair *r, const struct mend *m, struct rpath p,
			   struct error *e)
{
	int rc = own(r, p, m->uid, m->gid, m->mode, e);

	return rc == 0 ? give_xattrs(r, m, e) : rc;
}

static int write_text(struct repair *r, const struct mend *m, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = tree_create(r->stage.new, m->real, &fd, e);

	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, m->bytes, m->len);
	return rc < 0 ? error_errno(e, -rc, "cannot write '/%s' in the stage",
				    rpath_str(m->real)) : 0;
}

static int copy_tree(struct repair *r, const struct mend *m, struct error *e)
{
	AUTO_FD int from = -EBADF;
	AUTO_FD int to = -EBADF;
	int rc = tree_open_file(m->tree, m->from, &from, e);

	if (rc == 0)
		rc = tree_create(r->stage.new, m->real, &to, e);
	return rc == 0 ? contents_copy(from, to, rpath_str(m->real), NULL, e) : rc;
}

/* The source may have changed since it was looked at. */
static int check_staged(struct repair *r, const struct mend *m, struct error *e)
{
	struct sha256 sha;
	int rc;

	if (!m->has_sha)
		return 0;
	rc = contents_digest(r->stage.new, m->real, &sha, NULL, e);
	if (rc < 0 || sha256_equal(&sha, &m->sha))
		return rc;
	(void)error_set(e, E_STALE, "the contents for '/%s' changed while they were copied",
			rpath_str(m->client));
	return error_hint(e, "type the same again");
}

static int finish_file(struct repair *r, const struct mend *m, struct error *e)
{
	int rc = check_staged(r, m, e);

	if (rc == 0)
		rc = m->row != NULL ? own(r, m->real, m->uid, m->gid, m->mode, e) :
				      tree_chmod(r->stage.new, m->real, m->mode, e);
	if (rc == 0)
		rc = give_xattrs(r, m, e);
	if (rc == 0 && m->row != NULL && m->row->content)
		rc = tree_utime(r->stage.new, m->real, m->row->mtime, 0, e);
	return rc;
}

/* A file, when its bytes are in the stage or can be copied there. */
static int make_file(struct repair *r, const struct mend *m, struct error *e)
{
	int rc = 0;

	if (m->source == SOURCE_TEXT)
		rc = write_text(r, m, e);
	else if (m->source == SOURCE_TREE)
		rc = copy_tree(r, m, e);
	else if (m->source == SOURCE_LINK)
		return tree_link(r->root, m->from, r->stage.new, m->real, e);
	return rc == 0 ? finish_file(r, m, e) : rc;
}

static int make_special(struct repair *r, const struct mend *m, struct error *e)
{
	mode_t type = m->ftype == 'p' ? S_IFIFO : m->ftype == 'c' ? S_IFCHR : S_IFBLK;
	dev_t dev = m->ftype == 'p' ? 0 : makedev(m->row->major, m->row->minor);
	int rc = tree_mknod(r->stage.new, m->real, type | 0600, dev, e);

	return rc == 0 ? own(r, m->real, m->uid, m->gid, m->mode, e) : rc;
}

static int make_link(struct repair *r, const struct mend *m, struct error *e)
{
	const struct mend *file = repair_find(r, rpath_str(m->from));
	bool staged = file != NULL && mend_makes(file);

	return tree_link(staged ? r->stage.new : r->root, m->from, r->stage.new, m->real, e);
}

static int make_object(struct repair *r, const struct mend *m, struct error *e)
{
	switch (m->ftype) {
	case 'f':
	case 'e':
	case 'v':
		return make_file(r, m, e);
	case 's':
		return tree_symlink(r->stage.new, m->row->target, m->real, e);
	case 'l':
		return 0; /* when all files are there */
	default:
		return make_special(r, m, e);
	}
}

/* A directory that is new has the attributes of its row, or those of any other directory. */
static int dress_directories(struct repair *r, struct error *e)
{
	size_t i = r->made_order.n;
	int rc = 0;

	while (rc == 0 && i-- > 0) {
		const struct mend *m = repair_find(r, r->made_order.v[i]);
		struct rpath p;

		if (dirs_exists(r->dirs, r->made_order.v[i]))
			continue;
		rc = rpath_parse(r->a, r->made_order.v[i], &p, e);
		if (rc == 0 && m != NULL && m->item.kind == REPAIR_DIRECTORY)
			rc = dress_directory(r, m, p, e);
		else if (rc == 0)
			rc = tree_chmod(r->stage.new, p, 0755, e);
	}
	return rc;
}

static int make_places(struct repair *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->mends.n; i++) {
		const struct mend *m = &r->mends.v[i];

		if (m->item.kind == REPAIR_DIRECTORY)
			rc = make_dirs(r, rpath_str(m->real), e);
		else if (m->item.kind == REPAIR_PUT)
			rc = make_dirs(r, dirs_parent(r->dirs, rpath_str(m->real)), e);
	}
	return rc;
}

int repair_stage(struct repair *r, struct error *e)
{
	size_t i;
	const struct stagedir_place place = {
		.root = r->session->root, .state = r->session->state, .db = r->session->db,
		.volumes = r->volumes, .nvolumes = r->nvolumes,
	};
	int rc = stagedir_make(r->a, &place, r->n, &r->stage, e);

	if (rc == 0)
		rc = make_places(r, e);
	if (rc == 0)
		rc = repair_from_packages(r, r->stage.new, e);
	for (i = 0; rc == 0 && i < r->mends.n; i++) {
		const struct mend *m = &r->mends.v[i];

		if (m->item.kind == REPAIR_PUT)
			rc = make_object(r, m, e);
		if (rc == 0)
			rc = signals_check(e);
		else
			(void)error_prefix(e, "repairing '/%s'", rpath_str(m->client));
	}
	for (i = 0; rc == 0 && i < r->mends.n; i++) {
		const struct mend *m = &r->mends.v[i];

		if (m->item.kind == REPAIR_PUT && m->ftype == 'l')
			rc = make_link(r, m, e);
	}
	return rc == 0 ? dress_directories(r, e) : rc;
}
