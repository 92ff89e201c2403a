/* Rows of installf and removef: how the object looks, and into the database. */
#include "requests.h"

#include "contents.h"
#include "overlay.h"
#include "pkgdb/journal.h"

/* Where a client path lies: in the stage, else in the root. NULL: nowhere. */
static struct tree *tree_of(const struct request_place *place, const char *path,
			    struct rpath *ret, struct stat *st)
{
	struct tree *root = place->root->tree;
	struct rpath p;

	if (rpath_parse(place->a, path, &p, NULL) < 0 ||
	    tree_canonical(root, place->a, p, ret, NULL) < 0)
		return NULL;
	if (place->new != NULL && tree_stat(place->new, *ret, st, NULL) == 0)
		return overlay_marks_gone(st) ? NULL : place->new;
	return tree_stat(root, *ret, st, NULL) == 0 ? root : NULL;
}

static void fill_attributes(const struct request_place *place, const struct stat *st,
			    struct pkgdb_file *row)
{
	bool set = place->root->owners; /* else all is ours, and means root's */

	if (row->mode == MODE_UNSET)
		row->mode = st->st_mode & 07777;
	if (row->owner == NULL)
		row->owner = owners_user_name(place->owners, set ? st->st_uid : 0);
	if (row->group == NULL)
		row->group = owners_group_name(place->owners, set ? st->st_gid : 0);
}

static int fill_contents(struct tree *t, struct rpath p, const struct stat *st,
			 struct pkgdb_file *row, struct error *e)
{
	int rc = contents_digest(t, p, &row->sha256, &row->sum, e);

	if (rc < 0)
		return rc;
	row->has_sha256 = true;
	row->size = (uint64_t)st->st_size;
	row->mtime = st->st_mtim.tv_sec;
	row->content_unknown = false;
	return 1;
}

static bool is_type(const struct stat *st, char ftype)
{
	switch (ftype) {
	case 'd': case 'x': return S_ISDIR(st->st_mode);
	case 's': return S_ISLNK(st->st_mode);
	case 'p': return S_ISFIFO(st->st_mode);
	case 'c': return S_ISCHR(st->st_mode);
	case 'b': return S_ISBLK(st->st_mode);
	default: return S_ISREG(st->st_mode);
	}
}

int request_look(const struct request_place *place, struct pkgdb_file *row, struct error *e)
{
	struct rpath p;
	struct stat st;
	struct tree *t = tree_of(place, row->path, &p, &st);

	if (t == NULL || !is_type(&st, row->ftype))
		return 0;
	if (row->ftype == 's' || row->ftype == 'l')
		return 1;
	fill_attributes(place, &st, row);
	return ftype_has_payload(row->ftype) ? fill_contents(t, p, &st, row, e) : 1;
}

bool registered_is_known(const struct registered *it, const struct pkgdb_file *f)
{
	const struct pkgdb_file *said = &it->row;

	return !it->gone && said->status == '+' && f->ftype == said->ftype &&
	       (f->ftype == 'l' || f->ftype == 's') && f->target != NULL &&
	       said->target != NULL && str_eq(f->target, said->target);
}

void registered_fill(const struct registered *it, struct pkgdb_file *f)
{
	const struct pkgdb_file was = *f;

	*f = it->row;
	f->package = was.package;
	f->path = was.path;
	f->arrival = was.arrival;
	f->added = was.added;
	f->removed = 0;
}

int registered_note(struct pkgdb *db, struct arena *a, const struct registered *it, int64_t txn,
		    struct error *e)
{
	return txn_note_add(db, txn, REGISTERED_NOTE, it->row.path,
			    arena_printf(a, "by %s for %s", it->gone ? "removef" : "installf",
					 it->instance), e);
}

int registered_write(struct pkgdb *db, struct arena *a, const struct registered *it, int64_t txn,
		     struct error *e)
{
	struct pkgdb_file *rows, f = { .path = it->row.path, .added = txn };
	struct pkgdb_package p;
	size_t n, i;
	int rc = pkgdb_package_find(db, a, it->instance, PKGDB_NOW, &p, e);

	if (rc <= 0)
		return rc < 0 ? rc : error_set(e, E_NOT_FOUND, "package '%s' is not installed",
					       it->instance);
	rc = pkgdb_owners(db, a, it->row.path, PKGDB_NOW, &rows, &n, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < n && rows[i].package != p.id; i++)
		continue;
	if ((it->gone && i == n) ||
	    (!it->gone && i < n && p.added == txn && registered_is_known(it, &rows[i])))
		return 0;
	rc = registered_note(db, a, it, txn, e);
	if (rc < 0 || it->gone)
		return rc < 0 ? rc : pkgdb_file_end(db, p.id, f.path, txn, e);
	f.package = p.id;
	f.arrival = i < n ? rows[i].arrival : p.id;
	registered_fill(it, &f);
	f.ruling = n == 0 || (i < n && rows[i].ruling);
	return i < n ? pkgdb_file_replace(db, &f, txn, e) : pkgdb_file_add(db, &f, e);
}
