/*
 * A script's files where CAGE_DIR is called otherwise. Without a cage it does not exist, so
 * they lie in a directory of the host with a random name, and whatever the caller said about
 * CAGE_DIR is said about that instead. With the root as `/` they lie inside of it. For
 * script.c only; a NULL directory is CAGE_DIR itself, where names stay.
 */
#ifndef COMMPKG_SCRIPT_DIR_H
#define COMMPKG_SCRIPT_DIR_H

#include "script.h"

struct script_dir;

/* The script and the files of its place: place->nfiles + 1. */
struct cage_file *script_files(struct arena *a, const struct script *s,
			       const struct script_place *place);
/* Memory of the arena; the descriptors are closed by _remove(), which takes NULL. */
int script_dir_make(struct arena *a, const struct script *s, const struct script_place *place,
		    struct script_dir **ret, struct error *e);
/* Only the name: CAGE_DIR_INSIDE, where the root lies at `root` ("": it is the script's `/`). */
struct script_dir *script_dir_inside(struct arena *a, const char *root);
void script_dir_remove(struct script_dir *d);
/* text (NULL stays NULL) with the directory's name for CAGE_DIR. */
const char *script_dir_text(struct arena *a, const struct script_dir *d, const char *text);
/* Sets the response, if it can be read. */
void script_dir_response(struct arena *a, struct script_dir *d, struct script_result *r);
void script_dir_requests(struct arena *a, struct script_dir *d, struct script_result *r);

#endif
