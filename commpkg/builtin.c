/* What the program carries in itself, found by name. */
#include "builtin.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *key, const void *file)
{
	return strcmp(key, ((const struct builtin_file *)file)->name);
}

static const struct builtin_file *find_class(struct arena *a, const char *name)
{
	return bsearch(arena_printf(a, "classes/%s", name), builtin_files, builtin_nfiles,
		       sizeof(*builtin_files), by_name);
}

/* One script for two classes is a link: it looks at its own name. */
const struct infofile *builtin_class_script(struct arena *a, const char *name)
{
	const struct builtin_file *f = find_class(a, name);
	struct infofile *ret;

	if (f != NULL && f->target != NULL)
		f = find_class(a, f->target);
	if (f == NULL || f->bytes == NULL)
		return NULL;
	ret = arena_alloc(a, sizeof(*ret));
	*ret = (struct infofile){ .name = arena_strdup(a, name), .bytes = f->bytes,
				  .len = f->len };
	return ret;
}
