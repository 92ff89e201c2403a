/*
 * etc/passwd and etc/group of a root: NAME:PASSWORD:NUMBER[:...], a line each; the rest of
 * a line is of no interest here (passwd(5), group(5)).
 */
#include "owners.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/lines.h"

#define MAX_ID (UINT32_MAX - 1)	/* (uid_t)-1 means "leave it" to chown(2) */

struct owner {
	const char *name;
	uint32_t id;
	size_t order;		/* of lines with one number, the first is its name */
};

struct owner_table {
	struct strmap *by_name;	/* struct owner, in the arena */
	struct owner **by_id;	/* sorted */
	size_t n;
};

struct owners {
	struct arena *arena;
	struct owner_table users, groups;
};

/* Debian base-passwd 3.6; the last lines are SVR4's (golden packages use them). */
static const struct owner base_users[] = {
	{ "root", 0, 0 }, { "daemon", 1, 1 }, { "bin", 2, 2 }, { "sys", 3, 3 }, { "sync", 4, 4 },
	{ "games", 5, 5 }, { "man", 6, 6 }, { "lp", 7, 7 }, { "mail", 8, 8 }, { "news", 9, 9 },
	{ "uucp", 10, 10 }, { "proxy", 13, 11 }, { "www-data", 33, 12 }, { "backup", 34, 13 },
	{ "nobody", 65534, 14 },
	{ "adm", 4, 15 }, { "nuucp", 9, 16 }, { "listen", 37, 17 }, { "noaccess", 60002, 18 },
};
static const struct owner base_groups[] = {
	{ "root", 0, 0 }, { "daemon", 1, 1 }, { "bin", 2, 2 }, { "sys", 3, 3 }, { "adm", 4, 4 },
	{ "tty", 5, 5 }, { "disk", 6, 6 }, { "lp", 7, 7 }, { "mail", 8, 8 }, { "news", 9, 9 },
	{ "uucp", 10, 10 }, { "man", 12, 11 }, { "proxy", 13, 12 }, { "kmem", 15, 13 },
	{ "www-data", 33, 14 }, { "backup", 34, 15 }, { "utmp", 43, 16 }, { "staff", 50, 17 },
	{ "games", 60, 18 }, { "users", 100, 19 }, { "nogroup", 65534, 20 },
	{ "other", 1, 21 }, { "nuucp", 9, 22 }, { "sysadmin", 14, 23 }, { "noaccess", 60002, 24 },
	{ "nobody", 65534, 25 },
};

static int compare_ids(const void *a, const void *b)
{
	const struct owner *x = *(struct owner *const *)a, *y = *(struct owner *const *)b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void table_sort(struct owner_table *t)
{
	if (t->n > 0)
		qsort(t->by_id, t->n, sizeof(t->by_id[0]), compare_ids);
}

static void table_free(struct owner_table *t)
{
	strmap_free(t->by_name);
	free(t->by_id);
}

static void table_base(struct arena *a, struct owner_table *t, const struct owner *v, size_t n)
{
	t->by_name = strmap_new(n);
	t->by_id = xcalloc(n, sizeof(t->by_id[0]));
	for (t->n = 0; t->n < n; t->n++) {
		struct owner *o = arena_alloc(a, sizeof(*o));

		*o = v[t->n];
		t->by_id[t->n] = o;
		strmap_put(t->by_name, o->name, o);
	}
	table_sort(t);
}

/* Cuts off the text before the next ':' (or all); false when there is none left. */
static bool cut_field(struct span *rest, struct span *ret)
{
	const char *colon;

	if (rest->p == NULL)
		return false;
	colon = memchr(rest->p, ':', rest->len);
	ret->p = rest->p;
	ret->len = colon != NULL ? (size_t)(colon - rest->p) : rest->len;
	rest->p = colon != NULL ? colon + 1 : NULL;
	rest->len = colon != NULL ? rest->len - ret->len - 1 : 0;
	return true;
}

static bool parse_line(struct span line, struct span *ret_name, uint32_t *ret_id)
{
	struct span name, password, number;
	uint64_t id;

	if (!cut_field(&line, &name) || !cut_field(&line, &password) || !cut_field(&line, &number))
		return false;
	if (name.len == 0 || name.len > OWNERS_MAX_NAME || span_has_control(name))
		return false;
	if (name.p[0] == '#' || name.p[0] == '+' || name.p[0] == '-')
		return false;
	if (!str_to_u64(number.p, number.len, 10, MAX_ID, &id))
		return false;
	*ret_name = name;
	*ret_id = (uint32_t)id;
	return true;
}

typedef VEC(struct owner *) owner_vec;

static void add_line(struct arena *a, struct strmap *by_name, owner_vec *v, struct span line)
{
	struct span name;
	struct owner *o;
	uint32_t id;

	if (!parse_line(line, &name, &id))
		return;
	o = arena_alloc(a, sizeof(*o));
	o->name = span_dup(a, name);
	if (strmap_find(by_name, o->name) != NULL)
		return;
	o->id = id;
	o->order = v->n;
	*VEC_PUSH(v) = o;
	strmap_put(by_name, o->name, o);
}

/* Leaves what is there in *t also on failure; table_free() takes it. */
static int table_parse(struct arena *a, struct owner_table *t, const char *bytes, size_t len,
		       const char *file, struct error *e)
{
	owner_vec v = VEC_INIT;
	struct lines l;
	struct span line;
	int rc;

	rc = lines_open(&l, bytes, len, OWNERS_MAX_BYTES, file, e);
	if (rc < 0)
		return rc;
	t->by_name = strmap_new(64);
	while (rc == 0 && lines_next(&l, &line)) {
		if (l.line > OWNERS_MAX_LINES)
			rc = error_set(e, E_LIMIT, "%s: over %u lines", file, OWNERS_MAX_LINES);
		else if (line.len > OWNERS_MAX_LINE)
			rc = error_set(e, E_LIMIT, "%s:%u: over %zu bytes", file, l.line,
				       OWNERS_MAX_LINE);
		else
			add_line(a, t->by_name, &v, line);
	}
	t->by_id = v.v;
	t->n = v.n;
	table_sort(t);
	return rc;
}

int owners_parse(const char *passwd, size_t passwd_len, const char *group, size_t group_len,
		 struct owners **ret, struct error *e)
{
	struct owners *o = xcalloc(1, sizeof(*o));
	int rc = 0;

	o->arena = arena_new();
	if (passwd != NULL)
		rc = table_parse(o->arena, &o->users, passwd, passwd_len, "/etc/passwd", e);
	else
		table_base(o->arena, &o->users, base_users,
			   sizeof(base_users) / sizeof(base_users[0]));
	if (rc == 0 && group != NULL)
		rc = table_parse(o->arena, &o->groups, group, group_len, "/etc/group", e);
	else if (rc == 0)
		table_base(o->arena, &o->groups, base_groups,
			   sizeof(base_groups) / sizeof(base_groups[0]));
	if (rc < 0) {
		owners_free(o);
		return rc;
	}
	*ret = o;
	return 0;
}

void owners_free(struct owners *o)
{
	if (o == NULL)
		return;
	table_free(&o->users);
	table_free(&o->groups);
	arena_free(o->arena);
	free(o);
}

/* The file a path leads to, links followed inside the root: it is resolved as the parent
 * of something that is not there. */
static int follow(struct root *r, struct arena *a, struct rpath p, struct rpath *ret,
		  struct error *e)
{
	int rc;

	rc = rpath_join(a, p, "x", &p, e);
	if (rc == 0)
		rc = tree_canonical(r->tree, a, p, &p, e);
	if (rc == 0)
		*ret = rpath_parent(a, p);
	return rc;
}

/* *ret stays NULL when the root has no such file. */
static int read_file(struct root *r, struct arena *a, const char *path, char **ret,
		     size_t *ret_len, struct error *e)
{
	struct rpath p;
	int rc;

	rc = rpath_parse(a, path, &p, e);
	if (rc == 0)
		rc = follow(r, a, p, &p, e);
	if (rc == 0)
		rc = tree_read(r->tree, a, p, OWNERS_MAX_BYTES, ret, ret_len, e);
	return rc == -ENOENT || rc == -ENOTDIR ? 0 : rc;
}

int owners_load(struct root *r, struct owners **ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	char *passwd = NULL, *group = NULL;
	size_t passwd_len = 0, group_len = 0;
	int rc;

	rc = read_file(r, a, "etc/passwd", &passwd, &passwd_len, e);
	if (rc == 0)
		rc = read_file(r, a, "etc/group", &group, &group_len, e);
	if (rc < 0)
		return rc;
	return owners_parse(passwd, passwd_len, group, group_len, ret, e);
}

/* ---- asking */

static int table_id(const struct owner_table *t, const char *name, uint32_t *ret)
{
	const struct owner *o;
	uint64_t id;

	if (name[0] != '\0' && name[strspn(name, "0123456789")] == '\0') {
		if (!str_to_u64(name, strlen(name), 10, MAX_ID, &id))
			return 0;
		*ret = (uint32_t)id;
		return 1;
	}
	o = strmap_find(t->by_name, name);
	if (o == NULL)
		return 0;
	*ret = o->id;
	return 1;
}

static const char *table_name(const struct owner_table *t, uint32_t id)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->by_id[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->by_id[lo]->id == id ? t->by_id[lo]->name : NULL;
}

int owners_uid(const struct owners *o, const char *name, uid_t *ret)
{
	return table_id(&o->users, name, ret);
}

int owners_gid(const struct owners *o, const char *name, gid_t *ret)
{
	return table_id(&o->groups, name, ret);
}

const char *owners_user_name(const struct owners *o, uid_t uid)
{
	return table_name(&o->users, uid);
}

const char *owners_group_name(const struct owners *o, gid_t gid)
{
	return table_name(&o->groups, gid);
}
