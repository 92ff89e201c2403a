/* Overlays of Tribblix beside its catalog, or in `overlays` below: as components. */
#include <errno.h>

#include "dist.h"
#include "formats/catalog_foreign.h"
#include "root.h"

#define OVERLAY_MAX ((size_t)1 << 20)

struct overlays {
	struct arena *a;
	struct dist *d;
	struct tree *t;
	const char *place;
};

static int read_beside(struct overlays *o, const char *stem, const char *suffix, char **ret,
		       size_t *ret_len, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(o->a, arena_printf(o->a, "%s%s", stem, suffix), &p, e);

	return rc < 0 ? rc : tree_read(o->t, o->a, p, OVERLAY_MAX, ret, ret_len, e);
}

static int add_overlay(struct overlays *o, const char *path, struct error *e)
{
	const char *stem = arena_strndup(o->a, path, strlen(path) - 4), *slash, *text;
	size_t ovl_len, pkgs_len;
	char *ovl, *pkgs;
	int rc = read_beside(o, stem, ".ovl", &ovl, &ovl_len, e);

	if (rc == 0)
		rc = read_beside(o, stem, ".pkgs", &pkgs, &pkgs_len, e);
	slash = strrchr(stem, '/');
	if (rc == 0)
		rc = catalog_overlay(o->a, slash != NULL ? slash + 1 : stem, ovl, ovl_len, pkgs,
				     pkgs_len, &text, e);
	if (rc == 0)
		dist_add_component(o->d, text, strlen(text),
				   arena_printf(o->a, "%s/%s", o->place, path));
	return rc < 0 ? error_prefix(e, "%s", o->place) : 0;
}

static int scan(struct overlays *o, struct rpath dir, struct error *e)
{
	const char **names;
	struct rpath p;
	size_t n, i;
	int rc = tree_list(o->t, o->a, dir, &names, &n, e);

	if (rc == -ENOENT || rc == -ENOTDIR) {
		error_clear(e);
		return 0;
	}
	for (i = 0; rc == 0 && i < n; i++) {
		if (names[i][0] == '.' || !str_has_suffix(names[i], ".ovl"))
			continue;
		rc = rpath_join(o->a, dir, names[i], &p, e);
		if (rc == 0)
			rc = add_overlay(o, rpath_str(p), e);
	}
	return rc;
}

int dist_add_overlays(struct dist *d, const char *place, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct overlays o = { .a = a, .d = d, .place = place };
	struct rpath below;
	int rc = tree_open(place, &o.t, e);

	if (rc < 0)
		return rc;
	rc = rpath_parse(a, "overlays", &below, e);
	if (rc == 0)
		rc = scan(&o, rpath_root(), e);
	if (rc == 0)
		rc = scan(&o, below, e);
	tree_close(o.t);
	return rc;
}
