/*
 * Where a client path lies: links in its parents are followed within the root.
 *
 * For what comes, as they will be once the plan is carried out: a link that a package of
 * this very plan brings counts, and one that it takes away does not. For what goes, as
 * they are now.
 */
#include "planner.h"

#include "formats/cleanup.h"

#define MAX_LINKS 40

/* Does the plan put something else in the place of the link that is on disk? */
static bool link_goes(const struct claim *c)
{
	const struct claim_new *n;

	if (c == NULL)
		return false;
	for (n = c->news; n != NULL; n = n->next)
		if (n->what->entry->ftype == 's')
			return false;
	/* Owned as a link by a package that goes: what comes instead is meant. A link
	 * of the administrator's in the place of a packaged directory stays. */
	return c->going != NULL && c->going->row->ftype == 's' && c->staying == NULL;
}

struct resolver {
	struct planner *p;
	bool future;
	struct strmap *known;	/* client directory -> canonical directory */
};

static size_t parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path);
}

/* The text of the link that is, or will be, at `path`: 1, or 0 when there is none. */
static int link_text(struct resolver *r, const char *path, const char **ret, struct error *e)
{
	struct planner *p = r->p;
	const struct claim *c = r->future ? plan_claim(p, path, false) : NULL;
	const struct claim_new *n;
	struct rpath rp;
	struct stat st;
	int rc;

	for (n = c != NULL ? c->news : NULL; n != NULL; n = n->next)
		if (n->what->entry->ftype == 's') {
			*ret = n->what->target;
			return 1;
		}
	rc = rpath_parse(p->a, path, &rp, e);
	if (rc < 0)
		return rc;
	if (tree_stat(p->root->tree, rp, &st, NULL) < 0 || !S_ISLNK(st.st_mode))
		return 0;
	if (link_goes(c))
		return 0;
	rc = tree_readlink(p->root->tree, p->a, rp, ret, e);
	return rc < 0 ? rc : 1;
}

static const char *join(struct arena *a, const char *dir, const char *name, size_t len)
{
	return dir[0] == '\0' ? arena_strndup(a, name, len) :
				arena_printf(a, "%s/%.*s", dir, (int)len, name);
}

/* One step down from the canonical directory `base`; links are followed. */
static int step_into(struct resolver *r, const char *base, const char *name, size_t len,
		     unsigned depth, const char **ret, struct error *e);

/* Follows the text of a link that lies in the canonical directory `base`. */
static int follow(struct resolver *r, const char *base, const char *text, unsigned depth,
		  const char **ret, struct error *e)
{
	int rc;

	if (depth > MAX_LINKS) {
		(void)error_errno(e, ELOOP, "cannot follow the links of '/%s%s%s'", base,
				  base[0] != '\0' ? "/" : "", text);
		return error_hint(e, "remove the link that leads back to itself, then type the "
				  "same again");
	}
	if (text[0] == '/')
		base = "";
	while (*text != '\0') {
		size_t len = strcspn(text, "/");

		if (len == 2 && text[0] == '.' && text[1] == '.') {
			base = arena_strndup(r->p->a, base, parent_len(base));
		} else if (len > 0 && !(len == 1 && text[0] == '.')) {
			rc = step_into(r, base, text, len, depth + 1, &base, e);
			if (rc < 0)
				return rc;
		}
		text += len;
		text += *text == '/';
	}
	*ret = base;
	return 0;
}

static int step_into(struct resolver *r, const char *base, const char *name, size_t len,
		     unsigned depth, const char **ret, struct error *e)
{
	const char *there = join(r->p->a, base, name, len), *text;
	int rc = link_text(r, there, &text, e);

	if (rc < 0)
		return rc;
	if (rc > 0)
		return follow(r, base, text, depth, ret, e);
	*ret = there;
	return 0;
}

/* Of the directory that the first len bytes of a path name. */
static int real_dir(struct resolver *r, const char *path, size_t len, const char **ret,
		    struct error *e)
{
	const char *known, *base, *name, *dir;
	int rc;

	if (len == 0) {
		*ret = "";
		return 0;
	}
	known = strmap_find_part(r->known, path, len);
	if (known != NULL) {
		*ret = known;
		return 0;
	}
	dir = arena_strndup(r->p->a, path, len);
	rc = real_dir(r, dir, parent_len(dir), &base, e);
	if (rc < 0)
		return rc;
	name = dir + parent_len(dir);
	name += *name == '/';
	rc = step_into(r, base, name, strlen(name), 0, &known, e);
	if (rc < 0)
		return rc;
	(void)strmap_put(r->known, dir, (void *)known);
	*ret = known;
	return 0;
}

static int resolve(struct resolver *r, struct rpath client, struct rpath *ret, struct error *e)
{
	struct arena *a = r->p->a;
	const char *path = rpath_str(client), *dir, *name;
	size_t len = parent_len(path);
	int rc = real_dir(r, path, len, &dir, e);

	if (rc < 0)
		return rc;
	if (strlen(dir) == len && memcmp(dir, path, len) == 0) {
		*ret = client;
		return 0;
	}
	name = path + len + (len > 0);
	return rpath_parse(a, join(a, dir, name, strlen(name)), ret, e);
}

int plan_real(struct planner *p, struct rpath client, struct rpath *ret, struct error *e)
{
	struct resolver r = { .p = p, .future = true, .known = p->real_dirs };

	return resolve(&r, client, ret, e);
}

int plan_real_now(struct planner *p, struct rpath client, struct rpath *ret, struct error *e)
{
	struct resolver r = { .p = p, .future = false, .known = p->real_dirs_now };

	return resolve(&r, client, ret, e);
}
