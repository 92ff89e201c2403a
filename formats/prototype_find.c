/* Where the contents of a prototype's entries lie, and the map they make. */
#include "prototype.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "digest.h"

static const char *join(struct arena *a, const char *dir, const char *path)
{
	while (path[0] == '/' && dir[0] != '\0')
		path++;
	if (dir[0] == '\0')
		return path;
	return arena_printf(a, "%s%s%s", dir, str_has_suffix(dir, "/") ? "" : "/", path);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Only regular files have contents; /dev/null stands for an empty one. */
static bool is_source(const char *path, mode_t type)
{
	struct stat st;

	if (str_eq(path, "/dev/null"))
		return type == S_IFREG;
	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static const char *find_in_roots(struct arena *a, const char *path,
				 const struct proto_where *where, mode_t type)
{
	size_t i;

	if (where->base != NULL && path[0] != '/')
		path = join(a, where->base, path);
	if (where->nroots == 0)
		return is_source(path, type) ? path : NULL;
	for (i = 0; i < where->nroots; i++) {
		const char *try = join(a, where->roots[i], path);

		if (is_source(try, type))
			return try;
	}
	return NULL;
}

static const char *find_in_scope(struct arena *a, const char *path, const struct proto_scope *s,
				 mode_t type)
{
	const char *try;
	size_t i;

	try = path[0] == '/' ? path : join(a, s->dir, path);
	if (is_source(try, type))
		return try;
	for (i = 0; i < s->nrsearch; i++) {
		try = join(a, s->rsearch[i], path);
		if (is_source(try, type))
			return try;
	}
	for (i = 0; i < s->nsearch; i++) {
		try = join(a, s->search[i], base_name(path));
		if (is_source(try, type))
			return try;
	}
	try = join(a, s->dir, base_name(path));
	return is_source(try, type) ? try : NULL;
}

static int read_contents(struct proto_entry *pe, struct error *e)
{
	AUTO_FD int fd = open(pe->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct entry *en = &pe->entry;
	char buf[65536];
	struct stat st;
	uint32_t sum = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot open '%s'", pe->source);
	en->size = 0;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", pe->source);
		sum = svr4_sum_add(sum, buf, (size_t)n);
		en->size += (uint64_t)n;
	}
	en->sum = svr4_sum_fold(sum);
	en->mtime = S_ISREG(st.st_mode) ? st.st_mtime : 0;
	en->has_content = true;
	return 0;
}

struct finder {
	struct arena *a;
	const struct proto_where *where;
	const struct pkginfo *vars;
	struct proto_faults *faults;
	struct error *e;
	int rc;		/* of the first fault */
};

/* The first is what e says; the others are for `faults` alone. */
static void find_fault(struct finder *f, const struct proto_entry *pe, int code,
		       const char *text)
{
	proto_fault_add(f->a, f->faults, &(struct proto_fault){ .file = pe->scope->file,
			.line = pe->entry.line, .path = pe->entry.path, .text = text });
	if (f->rc == 0)
		f->rc = error_set(f->e, code, "%s:%u: %s", pe->scope->file, pe->entry.line, text);
}

static const char *find_path(const struct finder *f, const struct proto_entry *pe,
			     const char *path, mode_t type)
{
	bool roots = f->where->nroots > 0 || f->where->base != NULL;

	if (roots && pe->entry.ftype != 'i')
		return find_in_roots(f->a, path, f->where, type);
	return find_in_scope(f->a, path, pe->scope, type);
}

/* A path with a variable of the installation is looked for as it is written, and then as it
 * would be with what the prototype sets. */
static const char *find_entry(const struct finder *f, const struct proto_entry *pe, mode_t type)
{
	const char *path = pe->local != NULL ? pe->local : pe->entry.path;
	const char *found;

	if (type == S_IFREG && pe->local != NULL && str_eq(pe->local, "/dev/null"))
		return pe->local;
	found = find_path(f, pe, path, type);
	if (found == NULL && strchr(path, '$') != NULL)
		found = find_path(f, pe, proto_expand(f->a, path, f->vars, true, true, NULL), type);
	return found;
}

static void find_device(struct finder *f, struct proto_entry *pe)
{
	struct entry *en = &pe->entry;
	const char *source;
	struct stat st;

	if (en->major != NUM_UNSET && en->minor != NUM_UNSET)
		return;
	source = find_entry(f, pe, en->ftype == 'c' ? S_IFCHR : S_IFBLK);
	if (source == NULL || stat(source, &st) < 0) {
		find_fault(f, pe, E_FORMAT, arena_printf(f->a, "device numbers cannot be "
			   "determined for <%s>", en->path));
		return;
	}
	en->major = major(st.st_rdev);
	en->minor = minor(st.st_rdev);
}

static void find_contents(struct finder *f, struct proto_entry *pe)
{
	bool roots = f->where->nroots > 0 || f->where->base != NULL;
	const char *place = roots && pe->entry.ftype != 'i' ? "root directory" :
			    pe->local != NULL ? "local path" : "search path";
	struct error why = ERROR_INIT;
	int rc;

	pe->source = find_entry(f, pe, S_IFREG);
	if (pe->source == NULL) {
		find_fault(f, pe, E_NOT_FOUND, arena_printf(f->a, "no object for <%s> found in %s",
			   pe->entry.path, place));
		return;
	}
	rc = read_contents(pe, &why);
	if (rc < 0)
		find_fault(f, pe, -rc, arena_strdup(f->a, why.text));
}

int prototype_find(struct arena *a, struct prototype *p, const struct proto_where *where,
		   struct proto_faults *faults, struct error *e)
{
	struct finder f = { .a = a, .where = where, .vars = &p->vars, .faults = faults, .e = e };
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct proto_entry *pe = &p->v[i];

		if (pe->entry.ftype == 'c' || pe->entry.ftype == 'b')
			find_device(&f, pe);
		else if (ftype_has_payload(pe->entry.ftype))
			find_contents(&f, pe);
	}
	return f.rc;
}

/* pkgmk sorts by path; information files among them by their names. */
static int by_path(const void *x, const void *y)
{
	const struct proto_entry *const *a = x, *const *b = y;
	int d = strcmp((*a)->entry.path, (*b)->entry.path);

	if (d == 0)
		d = ((*a)->entry.ftype == 'i') - ((*b)->entry.ftype == 'i');
	return d != 0 ? d : (*a < *b ? -1 : 1);
}

static bool name_fits(const char **mine, const char *other)
{
	if (*mine == NULL)
		*mine = other;
	return other == NULL || str_eq(*mine, other);
}

/* A directory may be named twice when nothing contradicts; '?' fits anything. In two classes it
 * is of the one that always comes, or of the first: it is needed where either is chosen. */
static bool merge_dirs(struct entry *into, const struct entry *from)
{
	if (into->ftype != from->ftype || !ftype_is_dir(into->ftype))
		return false;
	if (str_eq(from->class, "none"))
		into->class = from->class;
	if (into->mode == MODE_UNSET)
		into->mode = from->mode;
	if (from->mode != MODE_UNSET && from->mode != into->mode)
		return false;
	return name_fits(&into->owner, from->owner) && name_fits(&into->group, from->group);
}

int prototype_map(struct arena *a, const struct prototype *p, struct pkgmap *ret,
		  const char ***ret_source, struct error *e)
{
	struct proto_entry **order = arena_calloc(a, p->n, sizeof(*order));
	struct entry *v = arena_calloc(a, p->n, sizeof(*v));
	const char **source = arena_calloc(a, p->n, sizeof(*source));
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		order[i] = &p->v[i];
	qsort(order, p->n, sizeof(*order), by_path);
	for (i = 0; i < p->n; i++) {
		const struct entry *en = &order[i]->entry;

		if (n > 0 && str_eq(v[n - 1].path, en->path) &&
		    (v[n - 1].ftype == 'i') == (en->ftype == 'i')) {
			if (merge_dirs(&v[n - 1], en))
				continue;
			return error_set(e, E_CONFLICT, "duplicate pathname <%s>", en->path);
		}
		source[n] = order[i]->source;
		v[n++] = *en;
	}
	*ret = (struct pkgmap){ .nparts = 1, .entries = v, .n = n };
	*ret_source = source;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void note_parents(struct arena *a, const char *path, struct strmap *known,
			 struct strmap *missing)
{
	const char *slash = strchr(path[0] == '/' ? path + 1 : path, '/');

	for (; slash != NULL; slash = strchr(slash + 1, '/')) {
		char *dir = arena_strndup(a, path, (size_t)(slash - path));

		/* what a bare variable stands for is not known here */
		if (dir[0] == '$' && strchr(dir, '/') == NULL)
			continue;
		if (strmap_find(known, dir) == NULL)
			strmap_put(missing, dir, dir);
	}
}

void prototype_missing_dirs(struct arena *a, const struct pkgmap *map,
			    struct proto_notes *ret)
{
	struct strmap *known = strmap_new(map->n), *missing = strmap_new(16);
	const char *dir;
	size_t i, slot = 0, n = 0;

	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype != 'i')
			strmap_put(known, map->entries[i].path, &map->entries[i]);
	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype != 'i')
			note_parents(a, map->entries[i].path, known, missing);
	ret->v = arena_calloc(a, strmap_count(missing), sizeof(*ret->v));
	while (strmap_next(missing, &slot, &dir) != NULL)
		ret->v[n++] = dir;
	qsort(ret->v, n, sizeof(*ret->v), by_text);
	for (i = 0; i < n; i++)
		ret->v[i] = arena_printf(a, "missing directory entry for <%s>", ret->v[i]);
	ret->n = n;
	strmap_free(known);
	strmap_free(missing);
}
