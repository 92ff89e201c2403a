/* installf: paths that belong to a package though it did not bring them (installf(8)). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "commpkg/contents.h"
#include "formats/cleanup.h"
#include "tools/common/installed.h"
#include "tools/common/say.h"
#include "tools/common/viewedit.h"

static const char usage_lines[] =
	"installf [-c class] [-R root] pkginst path [ftype [[major minor] mode owner group]]\n"
	"installf [-c class] [-R root] pkginst -\n"
	"installf [-c class] [-R root] -f pkginst\n";

#define MAX_WORDS 8

struct options {
	bool finish, input;
	const char *class, *root, *instance;
	char **words;
	size_t nwords;
};

struct run {
	struct viewedit v;
	const struct options *o;
	bool warned;
};

/* ---- what is there */

static int real_of(struct run *r, const char *path, struct rpath *ret, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(r->v.a, path, &p, e);

	return rc < 0 ? rc : tree_canonical(r->v.root->tree, r->v.a, p, ret, e);
}

static char type_of(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? 'd' : S_ISLNK(st->st_mode) ? 's' :
	       S_ISFIFO(st->st_mode) ? 'p' : S_ISCHR(st->st_mode) ? 'c' :
	       S_ISBLK(st->st_mode) ? 'b' : 'f';
}

static char disk_type(char ftype)
{
	return ftype_is_dir(ftype) ? 'd' : strchr("evl", ftype) != NULL ? 'f' : ftype;
}

/* Contents and what was not said, from the object. */
static int look(struct run *r, struct rpath p, const struct stat *st, struct pkgdb_file *f,
		struct error *e)
{
	struct sha256 sha;
	int rc;

	if (f->ftype == 's' || f->ftype == 'l')
		return 0;
	if (f->mode == MODE_UNSET)
		f->mode = st->st_mode & 07777;
	if (f->owner == NULL)
		f->owner = owners_user_name(r->v.owners, st->st_uid);
	if (f->group == NULL)
		f->group = owners_group_name(r->v.owners, st->st_gid);
	if (!ftype_has_payload(f->ftype))
		return 0;
	rc = contents_digest(r->v.root->tree, p, &sha, &f->sum, e);
	f->size = (uint64_t)st->st_size;
	f->mtime = st->st_mtim.tv_sec;
	f->content_unknown = rc < 0;
	return rc;
}

/* ---- what is made, and made right */

static int set_attributes(struct run *r, struct rpath p, const struct pkgdb_file *f,
			  struct error *e)
{
	struct tree *t = r->v.root->tree;
	struct stat st;
	uid_t uid;
	gid_t gid;
	int rc = tree_stat(t, p, &st, e);

	if (rc < 0)
		return rc;
	uid = st.st_uid;
	gid = st.st_gid;
	if (f->owner != NULL && owners_uid(r->v.owners, f->owner, &uid) == 0)
		return error_set(e, E_NOT_FOUND, "owner name <%s> not found in passwd table(s)",
				 f->owner);
	if (f->group != NULL && owners_gid(r->v.owners, f->group, &gid) == 0)
		return error_set(e, E_NOT_FOUND, "group name <%s> not found in group table(s)",
				 f->group);
	if (r->v.root->owners && (uid != st.st_uid || gid != st.st_gid))
		rc = tree_chown(t, p, uid, gid, e);
	if (rc == 0 && f->mode != MODE_UNSET)
		rc = tree_chmod(t, p, f->mode, e);
	return rc;
}

static int make_node(struct run *r, struct rpath p, const struct pkgdb_file *f, struct error *e)
{
	struct tree *t = r->v.root->tree;

	switch (f->ftype) {
	case 'd': case 'x':
		return tree_mkdirs(t, p, 0755, e);
	case 'p':
		return tree_mknod(t, p, S_IFIFO | 0600, 0, e);
	case 'c': case 'b':
		if (f->major == NUM_UNSET || f->minor == NUM_UNSET)
			return error_set(e, E_FORMAT, "'/%s': a device has two numbers", f->path);
		return tree_mknod(t, p, (f->ftype == 'c' ? S_IFCHR : S_IFBLK) | 0600,
				  makedev(f->major, f->minor), e);
	default:
		return 0;
	}
}

/* Directories, pipes and devices at once (svr4.md 11.4). */
static int make_object(struct run *r, struct rpath p, const struct pkgdb_file *f,
		       struct error *e)
{
	struct stat st;
	int rc;

	if (strchr("dxpcb", f->ftype) == NULL)
		return 0;
	rc = tree_stat(r->v.root->tree, p, &st, NULL);
	if (rc == 0 && type_of(&st) != disk_type(f->ftype))
		return error_set(e, E_UNSUPPORTED, "'/%s' is there, and is something else",
				 f->path);
	if (rc < 0)
		rc = make_node(r, p, f, e);
	return rc < 0 ? rc : set_attributes(r, p, f, e);
}

static int make_link(struct run *r, struct rpath p, const struct pkgdb_file *f, struct error *e)
{
	struct tree *t = r->v.root->tree;
	struct rpath to;
	const char *target = f->target, *clean;
	int rc;

	if (f->ftype == 's')
		return tree_symlink(t, target, p, e);
	if (target[0] != '/')
		target = arena_printf(r->v.a, "/%s/%s",
				      rpath_str(rpath_parent(r->v.a, p)), target);
	rc = path_canonical(r->v.a, target, &clean, e);
	if (rc == 0)
		rc = real_of(r, clean, &to, e);
	return rc < 0 ? rc : tree_link(t, to, t, p, e);
}

/* ---- an entry */

static bool class_ok(const char *class)
{
	size_t len = strspn(class, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789");

	return len > 0 && class[len] == '\0' && len <= PKGMAP_MAX_FIELD;
}

static int parse_number(const char *s, int base, uint64_t max, uint32_t *ret, struct error *e)
{
	uint64_t n;

	*ret = NUM_UNSET;
	if (str_eq(s, "?"))
		return 0;
	if (!str_to_u64(s, strlen(s), base, max, &n))
		return error_set(e, E_FORMAT, "'%s' is no %s", s, base == 8 ? "mode" : "number");
	*ret = (uint32_t)n;
	return 0;
}

/* What follows the type: [major minor] [mode owner group] */
static int parse_rest(char **w, size_t n, struct pkgdb_file *f, struct error *e)
{
	bool device = f->ftype == 'c' || f->ftype == 'b';
	int rc = 0;

	if (device && n >= 2) {
		rc = parse_number(w[0], 10, UINT32_MAX - 1, &f->major, e);
		if (rc == 0)
			rc = parse_number(w[1], 10, UINT32_MAX - 1, &f->minor, e);
		w += 2;
		n -= 2;
	}
	if (rc < 0 || n == 0)
		return rc;
	if (n != 3 || f->ftype == 's' || f->ftype == 'l')
		return error_set(e, E_FORMAT, "'/%s': mode, owner and group come together, and not "
				 "for links", f->path);
	rc = parse_number(w[0], 8, 07777, &f->mode, e);
	f->owner = str_eq(w[1], "?") ? NULL : w[1];
	f->group = str_eq(w[2], "?") ? NULL : w[2];
	return rc;
}

/* `path[=target] [ftype ...]` */
static int parse_entry(struct run *r, char **w, size_t n, struct pkgdb_file *f, struct error *e)
{
	char *equals = NULL;
	struct rpath p;
	struct stat st;
	int rc;

	*f = (struct pkgdb_file){ .class = r->o->class, .mode = MODE_UNSET, .major = NUM_UNSET,
				  .minor = NUM_UNSET, .content_unknown = true, .status = '+',
				  .ruling = true };
	if (n > 1 && (strlen(w[1]) != 1 || strchr("fevdxpcbsl", w[1][0]) == NULL))
		return error_set(e, E_FORMAT, "unknown ftype <%s>", w[1]);
	f->ftype = n > 1 ? w[1][0] : 0;
	if (f->ftype == 0 || f->ftype == 's' || f->ftype == 'l')
		equals = strchr(w[0], '=');
	if (equals != NULL) {
		*equals = '\0';
		f->target = equals + 1;
	}
	rc = viewedit_path(&r->v, w[0], &f->path, e);
	if (rc == 0)
		rc = real_of(r, f->path, &p, e);
	if (rc < 0)
		return rc;
	if (f->ftype == 0)
		f->ftype = f->target != NULL ? 's' :
			   tree_stat(r->v.root->tree, p, &st, NULL) == 0 ? type_of(&st) : 'f';
	if (f->ftype == 's' && f->target == NULL)
		rc = tree_readlink(r->v.root->tree, r->v.a, p, &f->target, e);
	if (rc == 0 && f->ftype == 'l' && f->target == NULL)
		rc = error_set(e, E_FORMAT, "'/%s': a link is written path=target", f->path);
	return rc < 0 ? rc : n > 2 ? parse_rest(w + 2, n - 2, f, e) : 0;
}

/* What is not said is as it was, if the package has the path already. */
static void inherit(struct run *r, struct pkgdb_file *f)
{
	const struct pkgdb_file *old = viewedit_row(&r->v, f->path);

	if (old == NULL)
		return;
	f->mode = f->mode == MODE_UNSET ? old->mode : f->mode;
	f->owner = f->owner == NULL ? old->owner : f->owner;
	f->group = f->group == NULL ? old->group : f->group;
}

static int add_entry(struct run *r, char **w, size_t n, struct error *e)
{
	struct request q = { .kind = REQUEST_ADD, .instance = r->o->instance };
	struct rpath p;
	struct stat st;
	int rc = parse_entry(r, w, n, &q.row, e);

	if (rc == 0)
		rc = real_of(r, q.row.path, &p, e);
	if (rc == 0)
		rc = make_object(r, p, &q.row, e);
	if (rc == 0)
		rc = viewedit_request(&r->v, &q, e);
	if (rc == 0)
		inherit(r, &q.row);
	if (rc == 0 && tree_stat(r->v.root->tree, p, &st, NULL) == 0 &&
	    type_of(&st) == disk_type(q.row.ftype))
		rc = look(r, p, &st, &q.row, e);
	if (rc == 0)
		svr4edit_put(r->v.ed, &q.row, r->o->instance);
	return rc;
}

static int add_lines(struct run *r, struct error *e)
{
	char *line = NULL;
	size_t cap = 0;
	int rc = 0;

	while (rc == 0 && getline(&line, &cap, stdin) > 0) {
		char *w[MAX_WORDS + 1], *save = NULL, *copy = arena_strdup(r->v.a, line);
		size_t n = 0;

		for (char *word = strtok_r(copy, " \t\n", &save);
		     n <= MAX_WORDS && word != NULL; word = strtok_r(NULL, " \t\n", &save))
			w[n++] = word;
		if (n > 0 && w[0][0] != '#')
			rc = add_entry(r, w, n, e);
	}
	free(line);
	return rc;
}

/* ---- -f */

struct plus {
	const char *instance;
	VEC(struct pkgdb_file) rows;
};

static int gather(const struct svr4_group *g, void *ctx, struct error *e)
{
	struct plus *p = ctx;

	(void)e;
	for (size_t i = 0; i < g->n; i++)
		if (g->rows[i].status == '+' && str_eq(g->instances[i], p->instance))
			*VEC_PUSH(&p->rows) = g->rows[i];
	return 0;
}

static int finish_present(struct run *r, struct rpath p, struct pkgdb_file *f, struct error *e)
{
	struct stat st;
	int rc = 0;

	if (f->ftype != 's' && f->ftype != 'l')
		rc = set_attributes(r, p, f, e);
	if (rc == 0)
		rc = tree_stat(r->v.root->tree, p, &st, e);
	return rc < 0 ? rc : look(r, p, &st, f, e);
}

static int finish_one(struct run *r, struct pkgdb_file *f, struct error *e)
{
	struct rpath p;
	struct stat st;
	int rc = real_of(r, f->path, &p, e);

	if (rc < 0)
		return rc;
	rc = tree_stat(r->v.root->tree, p, &st, NULL);
	if (rc < 0 && (f->ftype == 's' || f->ftype == 'l'))
		rc = make_link(r, p, f, e);
	f->status = 0;
	if (rc == 0)
		rc = finish_present(r, p, f, e);
	if (rc < 0) {
		if (rc == -ENOENT)
			say_error("/%s\n    pathname does not exist", f->path);
		else
			say_failure(e);
		error_clear(e);
		f->status = '!';
		f->content_unknown = true;
		r->warned = true;
	}
	svr4edit_put(r->v.ed, f, r->o->instance);
	return 0;
}

static int finish(struct run *r, struct error *e)
{
	struct request q = { .kind = REQUEST_FINISH, .instance = r->o->instance };
	struct plus p = { .instance = r->o->instance };
	size_t i;
	int rc = svr4edit_each(r->v.ed, gather, &p, e);

	for (i = 0; rc == 0 && i < p.rows.n; i++)
		rc = finish_one(r, &p.rows.v[i], e);
	VEC_FREE(&p.rows);
	return rc < 0 ? rc : viewedit_request(&r->v, &q, e);
}

/* ---- the command */

static int run(struct run *r, struct error *e)
{
	int rc = r->o->finish ? finish(r, e) : r->o->input ? add_lines(r, e) :
		 add_entry(r, r->o->words, r->o->nwords, e);

	return rc < 0 ? rc : viewedit_write(&r->v, "installf", e);
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+c:fR:MV:")) != -1) {
		switch (c) {
		case 'c': o->class = optarg; break;
		case 'f': o->finish = true; break;
		case 'R': o->root = optarg; break;
		case 'M': case 'V': break;
		default: return say_usage(usage_lines);
		}
	}
	if (optind == argc || o->finish != (argc - optind == 1) ||
	    argc - optind > 1 + MAX_WORDS || !class_ok(o->class))
		return say_usage(usage_lines);
	o->instance = argv[optind++];
	o->input = !o->finish && argc - optind == 1 && str_eq(argv[optind], "-");
	o->words = argv + optind;
	o->nwords = (size_t)(argc - optind);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .class = "none" };
	struct run r = { .o = &o };
	struct error e = ERROR_INIT;
	const char *root;
	int rc;

	say_program("installf");
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc;
	rc = altroot_choose(o.root, &root, &e);
	if (rc == 0 && viewedit_requests() == NULL)
		return viewedit_transaction("installf", root, argc, argv, o.input);
	if (rc == 0)
		rc = viewedit_open(root, o.instance, &r.v, &e);
	if (rc == 0) {
		rc = run(&r, &e);
		viewedit_close(&r.v);
	}
	if (rc < 0)
		say_failure(&e);
	return rc == -E_DB ? 99 : rc < 0 || r.warned;
}
