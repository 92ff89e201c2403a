/* What ops.c and ops_walk.c share: the list of ops as it grows. */
#ifndef COMMPKG_OPLIST_H
#define COMMPKG_OPLIST_H

#include "stage.h"

struct oplist {
	struct stage *s;
	VEC(struct op) v;
	struct strmap *gone;	/* canonical directories that are moved away whole */
};

struct op *oplist_add(struct oplist *l, enum op_kind kind, const char *path);
/* Notes in `now` what is put. */
void oplist_put(struct op *op, const struct stat *staged);
/* The op of an item that only changes attributes of what is in the root. */
void oplist_attribute(struct oplist *l, const struct change_item *it);
/* What a script plan has staged, compared with the root. Takes the marks of the overlay
 * out of the stage. */
int oplist_walk(struct oplist *l, struct error *e);
/* The same of any layer over a root; its marks stay. */
int ops_compare(struct arena *a, struct tree *new, const struct root *root, struct op **ret,
		size_t *ret_n, struct error *e);

#endif
