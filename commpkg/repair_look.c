/* What verify found, turned into what each path needs. */
#include "repair_look.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "contents.h"
#include "formats/cleanup.h"
#include "xattrs.h"

#define BIT(kind) (1u << (kind))
#define ANEW (BIT(VERIFY_MISSING) | BIT(VERIFY_TYPE) | BIT(VERIFY_CONTENT) | \
	      BIT(VERIFY_TARGET) | BIT(VERIFY_LINK) | BIT(VERIFY_DEVICE))
#define ATTRS (BIT(VERIFY_MODE) | BIT(VERIFY_OWNER) | BIT(VERIFY_GROUP) | BIT(VERIFY_ATTRIBUTE))

struct mend *repair_find(const struct repair *r, const char *real)
{
	size_t i = (size_t)strmap_find(r->by_real, real);

	return i > 0 ? &r->mends.v[i - 1] : NULL;
}

struct mend *repair_add(struct repair *r, struct rpath client, struct rpath real)
{
	struct mend *m = VEC_PUSH(&r->mends);

	m->client = client;
	m->real = real;
	m->item.path = rpath_str(client);
	m->mode = 0644;
	(void)strmap_put(r->by_real, rpath_str(real), (void *)r->mends.n);
	return m;
}

void mend_cannot(struct mend *m, const char *why, const char *fix)
{
	m->item.kind = REPAIR_CANNOT;
	m->item.source = why;
	m->item.fix = fix;
}

/* ---- one path */

static int look_at(struct repair *r, struct mend *m, struct error *e)
{
	int rc = tree_stat(r->root, m->real, &m->st, e);

	m->there = rc == 0;
	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	return rc;
}

/* As the row says; what it leaves open stays as it is. */
static void dress(struct repair *r, struct mend *m)
{
	const struct expected *x = m->row;
	const struct owners *owners = r->session->owners;
	bool file = m->there && !S_ISLNK(m->st.st_mode);

	m->uid = m->there ? m->st.st_uid : 0;
	m->gid = m->there ? m->st.st_gid : 0;
	if (x->owner != NULL)
		(void)owners_uid(owners, x->owner, &m->uid); /* unknown: as it is */
	if (x->group != NULL)
		(void)owners_gid(owners, x->group, &m->gid);
	m->mode = x->mode != MODE_UNSET ? x->mode :
		  file ? m->st.st_mode & 07777 : ftype_is_dir(m->ftype) ? 0755 : 0644;
}

static const char *damage_words(struct repair *r, const struct finding *f, size_t n)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		if (f[i].kind != VERIFY_TIME)
			strbuf_addf(&b, "%s%s", b.len > 0 ? ", " : "",
				    verify_kind_name(f[i].kind));
	return arena_strdup(r->a, strbuf_str(&b));
}

/* A directory that an administrator has moved elsewhere, with a link in its place, is as good
 * as it was: what is in it is found through the link. */
static bool links_to_directory(struct repair *r, const struct mend *m)
{
	struct rpath inside, real;
	struct stat st;

	return S_ISLNK(m->st.st_mode) && rpath_join(r->a, m->real, "x", &inside, NULL) == 0 &&
	       tree_canonical(r->root, r->a, inside, &real, NULL) == 0 &&
	       tree_stat(r->root, rpath_parent(r->a, real), &st, NULL) == 0 &&
	       S_ISDIR(st.st_mode);
}

static void plan_directory(struct repair *r, struct mend *m)
{
	m->item.kind = REPAIR_DIRECTORY;
	m->item.source = "made anew";
	m->makes_way = m->there && !S_ISDIR(m->st.st_mode);
	if (m->makes_way && links_to_directory(r, m))
		mend_cannot(m, "a link to a directory is in its place: left alone",
			    "if it is not meant to be: remove the link, then type the same again");
}

static void plan_object(struct repair *r, struct mend *m)
{
	m->item.kind = REPAIR_PUT;
	m->makes_way = m->there && S_ISDIR(m->st.st_mode);
	switch (m->ftype) {
	case 'f':
	case 'e':
	case 'v':
		m->needs = true;
		m->has_sha = m->row->digest;
		m->sha = m->row->sha256;
		break;
	case 's':
	case 'l':
		m->item.source = m->row->target;
		if (m->row->target == NULL)
			mend_cannot(m, "where it led is not recorded", "commpkg verify --database");
		break;
	case 'p':
	case 'c':
	case 'b':
		m->item.source = "made anew";
		if (m->ftype != 'p' && (m->row->major == NUM_UNSET || m->row->minor == NUM_UNSET))
			mend_cannot(m, "its device number is not recorded", "make it with mknod");
		break;
	default:
		mend_cannot(m, "what it was is not recorded",
			    arena_printf(r->a, "the script makes it again: commpkg install "
					 "--reinstall %s%s", m->item.instance,
					 root_option(r->a, r->session->root)));
	}
}

/* A file whose contents are not to be touched: what else is wrong with it can be put right
 * as long as it is one. */
static void plan_attributes(struct mend *m, unsigned kinds)
{
	if ((kinds & (BIT(VERIFY_MISSING) | BIT(VERIFY_TYPE))) == 0 && (kinds & ATTRS) != 0)
		m->item.kind = REPAIR_ATTR;
	else
		mend_cannot(m, "contents are left alone", "commpkg repair");
}

/* Findings of one path. */
static int take_path(struct repair *r, const struct finding *f, size_t n, struct error *e)
{
	struct rpath client, real;
	struct mend *m;
	unsigned kinds = 0, allowed = 0;
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		kinds |= f[i].allowed ? 0 : BIT(f[i].kind);
		allowed |= f[i].allowed ? BIT(f[i].kind) : 0;
	}
	if (f[0].row == NULL || (kinds == 0 && (allowed & BIT(VERIFY_CONTENT)) == 0) ||
	    (r->req->wants != NULL && !r->req->wants(r->req->ctx, f[0].path)))
		return 0;
	rc = rpath_parse(r->a, f[0].path, &client, e);
	if (rc == 0)
		rc = tree_canonical(r->root, r->a, client, &real, e);
	if (rc < 0)
		return rc;
	if (repair_find(r, rpath_str(real)) != NULL)
		return 0; /* two names of one place: the first counts */
	m = repair_add(r, client, real);
	m->row = f[0].row;
	m->kinds = kinds;
	m->ftype = m->row->ftype;
	m->item.instance = m->row->instance;
	m->item.damage = damage_words(r, f, n);
	rc = look_at(r, m, e);
	if (rc < 0)
		return rc;
	dress(r, m);
	if (kinds & BIT(VERIFY_UNREADABLE))
		mend_cannot(m, f[n - 1].found != NULL ? f[n - 1].found : "it can't be read",
			    "mend the file system, then type the same again");
	else if ((kinds & BIT(VERIFY_ATTRIBUTE)) != 0 && m->row->xattrs != NULL &&
		 !xattrs_known(m->row->xattrs))
		mend_cannot(m, arena_printf(r->a, "%s of %s gave it an attribute that is too long "
					    "to be recorded", m->row->script, m->row->instance),
			    arena_printf(r->a, "run the script again: commpkg install --reinstall "
					 "%s%s", m->row->instance,
					 root_option(r->a, r->session->root)));
	else if ((kinds & ANEW) == 0)
		m->item.kind = (kinds & ATTRS) != 0 ? REPAIR_ATTR : REPAIR_EDITED;
	else if (r->req->attributes && ftype_has_payload(m->ftype))
		plan_attributes(m, kinds);
	else if (ftype_is_dir(m->ftype))
		plan_directory(r, m);
	else
		plan_object(r, m);
	return 0;
}

static int verify(struct repair *r, struct verify_result *ret, struct error *e)
{
	struct verify_options o = {
		.threads = r->req->threads, .instances = r->instances, .n = r->ninstances,
		.progress = r->watch->progress, .ctx = r->watch->ctx,
	};

	return verify_root(r->a, r->session->root, r->session->db, r->session->owners, &o, ret,
			   e);
}

/* ---- hard links: when a file is made anew, its other names have to follow */

struct link_row {
	const char *path, *other;	/* other: real path of the file itself */
	const struct expected *row;
};

struct link_list {
	struct repair *r;
	const char *last;		/* the path before: only the ruling row counts */
	VEC(struct link_row) v;
	struct strmap *by_path;		/* path -> path of the other */
};

static int take_link(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct link_list *l = ctx;
	struct repair *r = l->r;
	struct expected *x;
	struct rpath other;
	struct link_row *row;

	(void)e;
	if (l->last != NULL && str_eq(l->last, f->path))
		return 0;
	l->last = arena_strdup(r->a, f->path);
	if (f->ftype != 'l' || f->target == NULL ||
	    !verify_linked_to(r->a, f->path, f->target, &other))
		return 0;
	if (tree_canonical(r->root, r->a, other, &other, NULL) < 0)
		return 0;
	x = arena_alloc(r->a, sizeof(*x));
	*x = (struct expected){ .path = l->last, .ftype = 'l',
				.target = arena_strdup(r->a, f->target), .mode = MODE_UNSET,
				.major = NUM_UNSET, .minor = NUM_UNSET };
	row = VEC_PUSH(&l->v);
	*row = (struct link_row){ .path = l->last, .other = rpath_str(other), .row = x };
	(void)strmap_put(l->by_path, l->last, (void *)rpath_str(other));
	return 0;
}

static int follow_one(struct repair *r, const struct link_row *l, struct error *e)
{
	struct rpath client, real;
	struct mend *m;
	int rc = rpath_parse(r->a, l->path, &client, e);

	if (rc == 0)
		rc = tree_canonical(r->root, r->a, client, &real, e);
	if (rc < 0 || repair_find(r, rpath_str(real)) != NULL)
		return rc;
	m = repair_add(r, client, real);
	m->row = l->row;
	m->ftype = 'l';
	m->item.instance = repair_find(r, l->other)->item.instance;
	m->item.damage = "hard link of a damaged file";
	rc = look_at(r, m, e);
	if (rc < 0)
		return rc;
	dress(r, m);
	plan_object(r, m);
	return 0;
}

/* A link may lead to another link: the file that all are names of is looked for. */
static const char *file_of(const struct link_list *l, const char *real)
{
	const char *other;
	size_t steps;

	for (steps = 0; steps < 16; steps++) {
		other = strmap_find(l->by_path, real);
		if (other == NULL)
			break;
		real = other;
	}
	return real;
}

/* Is what lies at the link's path a whole copy of the file? */
static bool is_whole(struct repair *r, const struct mend *file, struct rpath real)
{
	struct sha256 sha;
	struct stat st;

	if (tree_stat(r->root, real, &st, NULL) < 0 || !S_ISREG(st.st_mode) ||
	    (file->there && st.st_ino == file->st.st_ino && st.st_dev == file->st.st_dev))
		return false;
	return contents_digest(r->root, real, &sha, NULL, NULL) == 0 &&
	       sha256_equal(&sha, &file->sha);
}

static int real_of(struct repair *r, const struct link_row *l, struct rpath *ret,
		   struct error *e)
{
	struct rpath client;
	int rc = rpath_parse(r->a, l->path, &client, e);

	return rc < 0 ? rc : tree_canonical(r->root, r->a, client, ret, e);
}

/* Another name of the file that is whole is what the file is made of: then they are one
 * again, and it has nothing to follow. */
static int use_sibling(struct repair *r, const struct link_row *l, struct error *e)
{
	struct mend *file = repair_find(r, l->other);
	struct rpath real;
	int rc;

	if (file == NULL || !file->needs || !file->has_sha || file->item.kind != REPAIR_PUT ||
	    file->source != SOURCE_NONE)
		return 0;
	rc = real_of(r, l, &real, e);
	if (rc < 0 || !is_whole(r, file, real))
		return rc;
	file->source = SOURCE_LINK;
	file->from = real;
	file->item.source = arena_printf(r->a, "its other name /%s", l->path);
	return 0;
}

static bool one_file(struct repair *r, struct rpath x, struct rpath y)
{
	struct stat a, b;

	return tree_stat(r->root, x, &a, NULL) == 0 && tree_stat(r->root, y, &b, NULL) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The link is made to follow its file, unless the file is made from it. */
static int follow(struct repair *r, const struct link_row *l, struct error *e)
{
	struct mend *file = repair_find(r, l->other), *m;
	struct rpath real;
	int rc;

	if (file == NULL || file->item.kind != REPAIR_PUT)
		return 0;
	rc = real_of(r, l, &real, e);
	if (rc < 0 || file->source != SOURCE_LINK || !one_file(r, real, file->from))
		return rc < 0 ? rc : follow_one(r, l, e);
	m = repair_find(r, rpath_str(real));
	if (m != NULL)
		m->item.kind = 0; /* it is what it should be again */
	return 0;
}

static int link_from(struct repair *r, const struct link_row *l, struct error *e)
{
	struct rpath real;
	struct mend *m;
	int rc = real_of(r, l, &real, e);

	if (rc < 0)
		return rc;
	m = repair_find(r, rpath_str(real));
	if (m == NULL || m->ftype != 'l' || m->item.kind != REPAIR_PUT)
		return 0;
	m->source = SOURCE_LINK;
	return rpath_parse(r->a, l->other, &m->from, e);
}

static int follow_links(struct repair *r, struct error *e)
{
	struct link_list l = { .r = r, .by_path = strmap_new(16) };
	size_t i;
	bool any = false;
	int rc = 0;

	for (i = 0; i < r->mends.n; i++)
		any = any || r->mends.v[i].needs || r->mends.v[i].ftype == 'l';
	if (any)
		rc = pkgdb_walk(r->session->db, PKGDB_NOW, take_link, &l, e);
	for (i = 0; rc == 0 && i < l.v.n; i++)
		l.v.v[i].other = file_of(&l, l.v.v[i].other);
	for (i = 0; rc == 0 && i < l.v.n; i++)
		rc = use_sibling(r, &l.v.v[i], e);
	for (i = 0; rc == 0 && i < l.v.n; i++)
		rc = follow(r, &l.v.v[i], e);
	for (i = 0; rc == 0 && i < l.v.n; i++)
		rc = link_from(r, &l.v.v[i], e);
	strmap_free(l.by_path);
	VEC_FREE(&l.v);
	return rc;
}

int repair_look(struct repair *r, struct error *e)
{
	struct verify_result found = { .n = 0 };
	size_t i = 0, k;
	int rc = verify(r, &found, e);

	for (; rc == 0 && i < found.n; i = k) {
		for (k = i; k < found.n && str_eq(found.v[k].path, found.v[i].path); k++)
			;
		rc = take_path(r, &found.v[i], k - i, e);
	}
	return rc == 0 ? follow_links(r, e) : rc;
}

/* ---- what nobody owns, and the caller wants away */

static bool is_empty(struct repair *r, struct rpath dir)
{
	const char **names;
	size_t n;

	return tree_list(r->root, r->a, dir, &names, &n, NULL) == 0 && n == 0;
}

static int take_away(struct repair *r, const char *path, struct error *e)
{
	struct rpath client, real;
	struct mend *m;
	int rc = rpath_parse(r->a, path, &client, e);

	if (rc == 0)
		rc = tree_canonical(r->root, r->a, client, &real, e);
	if (rc < 0 || repair_find(r, rpath_str(real)) != NULL)
		return rc;
	m = repair_add(r, client, real);
	m->ftype = '?';
	m->item.damage = "foreign";
	rc = look_at(r, m, e);
	if (rc == 0 && m->there && S_ISDIR(m->st.st_mode) && !is_empty(r, real))
		mend_cannot(m, "it is a directory and not empty", "look at what is in it");
	else if (rc == 0 && m->there)
		m->item.kind = REPAIR_GONE;
	return rc;
}

int repair_gone(struct repair *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->req->ngone; i++)
		rc = take_away(r, r->req->gone[i], e);
	return rc;
}
