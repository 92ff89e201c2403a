/* What softlist.c (the text) and softlist_edit.c (the file) share; the fuzzer uses it. */
#ifndef PKGDB_SOFTLIST_INTERNAL_H
#define PKGDB_SOFTLIST_INTERNAL_H

#include "softlist.h"

#define SOFTLIST_MAX_BYTES ((size_t)4 << 20)
#define SOFTLIST_MAX_ENTRIES 4096
#define SOFTLIST_MAX_NAME 64
#define SOFTLIST_MAX_PATH 4095

bool softlist_path_ok(const char *path);
/* `file` is for messages only. */
int softlist_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct softlist *ret, struct error *e);
void softlist_render(const struct softlist *l, struct strbuf *out);
const struct softlist_group *softlist_find_group(const struct softlist *l, const char *name);

#endif
