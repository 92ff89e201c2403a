/* Empty directories and files of an SVR4 database. */
#include "furniture.h"

#include <fcntl.h>

#include "formats/cleanup.h"
#include "sadm.h"

#define INSTALL "var/sadm/install"

const struct furniture furniture[FURNITURE_N] = {
	{ "admin", 0 }, { "logs", 0 }, { ".lockfile", 0600 }, { ".pkg.lock", 0644 },
	{ "gz-only-packages", 0644 },
};

/* False: it can't be made. */
static bool make(struct root *root, const char *name, mode_t mode)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_FD int fd = -EBADF;
	struct rpath path;

	if (rpath_parse(a, name, &path, NULL) < 0)
		return false;
	if (tree_exists(root->tree, path))
		return true;
	if (mode == 0)
		return tree_mkdirs(root->tree, path, 0755, NULL) == 0;
	return tree_create(root->tree, path, &fd, NULL) == 0 && fchmod(fd, mode) == 0;
}

void furniture_leave(struct root *root, bool ours, bool locked)
{
	AUTO_ARENA struct arena *a = arena_new();
	bool was = sadm_exists(root), go;
	size_t i;

	if (!ours && sadm_in_use(root))
		return;
	go = make(root, INSTALL, 0) && make(root, "var/sadm/pkg", 0) &&
	     make(root, INSTALL "/contents", 0644);
	for (i = 0; go && i < FURNITURE_N; i++) {
		const struct furniture *f = &furniture[i];
		bool due = was || (i < FURNITURE_WITHOUT_ZONES &&
				   (locked || strcmp(f->name, ".pkg.lock") != 0));

		if (due)
			go = make(root, arena_printf(a, INSTALL "/%s", f->name), f->mode);
	}
}
