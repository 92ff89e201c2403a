#include "package.h"

const struct infofile *package_infofile(const struct package *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->ninfofiles; i++)
		if (str_eq(p->infofiles[i].name, name))
			return &p->infofiles[i];
	return NULL;
}

bool infofile_is_script(const char *name)
{
	static const char *const procedures[] = {
		"request", "checkinstall", "preinstall", "postinstall", "preremove", "postremove",
	};
	size_t i;

	for (i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++)
		if (str_eq(name, procedures[i]))
			return true;
	return (name[0] == 'i' || name[0] == 'r') && name[1] == '.' && name[2] != '\0';
}

bool package_has_scripts(const struct package *p)
{
	size_t i;

	for (i = 0; i < p->ninfofiles; i++)
		if (infofile_is_script(p->infofiles[i].name))
			return true;
	return false;
}

int entry_payload_name(struct arena *a, const struct pkgmap *map, const struct entry *en,
		       const char **ret, struct error *e)
{
	const char *area = en->path[0] == '/' ? "root" : "reloc", *path;
	int rc;

	rc = path_canonical(a, en->path, &path, e);
	if (rc < 0)
		return rc;
	path += path[0] == '/';
	*ret = map->nparts > 1 ? arena_printf(a, "%s.%u/%s", area, entry_part(en), path) :
				 arena_printf(a, "%s/%s", area, path);
	return 0;
}
