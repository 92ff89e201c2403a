/* What is put beside a script for it to call. */
#include "script_tools.h"

#include <string.h>

#include "builtin.h"
#include "places.h"

/* Ours, by where SVR4 has them. */
static const char *const ours[] = {
	"usr/bin/pkginfo", "usr/bin/pkgmk", "usr/bin/pkgparam", "usr/bin/pkgproto",
	"usr/bin/pkgtrans", "usr/sbin/installf", "usr/sbin/pkgchk", "usr/sbin/removef",
};
#define NOURS (sizeof(ours) / sizeof(*ours))

static struct cage_file link_to_ours(struct arena *a, const char *path)
{
	return (struct cage_file){
		.name = arena_printf(a, "tools/%s", path),
		.target = arena_printf(a, CAGE_DIR "/bin/%s", strrchr(path, '/') + 1),
	};
}

/* Where a file of the program goes, below CAGE_DIR. */
static const char *place_of(struct arena *a, const struct builtin_file *f)
{
	if (str_has_prefix(f->name, "shims/"))
		return f->name + strlen("shims/");
	return arena_printf(a, "tools/usr/sadm/install/scripts/%s", f->name + strlen("classes/"));
}

void script_tools_open(struct arena *a, struct script_tools *ret)
{
	const char *dir = places_programs(a);
	size_t i;

	*ret = (struct script_tools){ .bin = { .name = "bin" } };
	ret->files = arena_calloc(a, builtin_nfiles + NOURS, sizeof(*ret->files));
	for (i = 0; i < builtin_nfiles; i++)
		ret->files[ret->nfiles++] = (struct cage_file){
			.name = place_of(a, &builtin_files[i]), .bytes = builtin_files[i].bytes,
			.len = builtin_files[i].len, .mode = builtin_files[i].mode,
			.target = builtin_files[i].target,
		};
	if (dir == NULL || tree_open(dir, &ret->bin.tree, NULL) < 0)
		return; /* a script that needs one of them says so */
	for (i = 0; i < NOURS; i++)
		ret->files[ret->nfiles++] = link_to_ours(a, ours[i]);
}

void script_tools_close(struct script_tools *t)
{
	tree_close(t->bin.tree);
}

const char *script_tools_before(bool alternate)
{
	return alternate ? CAGE_DIR "/tools/usr/sbin:" CAGE_DIR "/tools/usr/bin:" CAGE_DIR
			   "/first:" CAGE_DIR "/over/usr/sbin:" CAGE_DIR "/over/usr/bin:" :
			   CAGE_DIR "/tools/usr/sbin:" CAGE_DIR "/tools/usr/bin:";
}

const char *script_tools_behind(void)
{
	return ":" CAGE_DIR "/under/usr/bin:" CAGE_DIR "/under/usr/sbin";
}
