/*
 * Objects that scripts of the installed version registered with installf: its pkgmap, of
 * which the SVR4 view has a copy, does not have them. On an upgrade they are not dropped by
 * the new version, which never heard of them: they stay the package's, and its scripts may
 * remove them.
 */
#include "planner.h"

#include "formats/cleanup.h"

/* In a. 0, and empty when there is no copy that can be read: then nothing is known. */
static int read_map(struct planner *p, struct arena *a, const struct plan_step *ps,
		    struct mapping *ret, struct error *e)
{
	struct package *pkg = arena_alloc(a, sizeof(*pkg));
	struct pkginfo params = { 0 };
	struct rpath path;
	char *text;
	size_t len;
	int rc = pkgdb_params(p->db, a, ps->step->installed->id, &params, e);

	if (rc < 0)
		return rc;
	if (rpath_parse(a, arena_printf(a, "var/sadm/pkg/%s/save/pspool/%s/pkgmap",
					ps->instance, ps->instance), &path, NULL) < 0 ||
	    tree_read(p->root->tree, a, path, PKGMAP_MAX_BYTES, &text, &len, NULL) < 0 ||
	    pkgmap_parse(a, text, len, "pkgmap", &pkg->map, NULL) < 0 ||
	    mapping_build(a, pkg, &params, NULL, ret, NULL) < 0)
		*ret = (struct mapping){ .n = 0 };
	return 0;
}

int plan_registered(struct planner *p, const struct plan_step *ps, struct strmap **ret,
		    struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct mapping map = { .n = 0 };
	struct strmap *mapped;
	size_t i;
	int rc = read_map(p, a, ps, &map, e);

	*ret = NULL;
	if (rc < 0 || map.n == 0)
		return rc;
	mapped = strmap_new(map.n);
	for (i = 0; i < map.n; i++) {
		const char *path = arena_strdup(p->scratch, rpath_str(map.v[i].path));

		(void)strmap_put(mapped, path, mapped);
	}
	*ret = mapped;
	return 0;
}
