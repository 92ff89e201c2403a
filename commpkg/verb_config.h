/* What the files of the verb `config` share. */
#ifndef COMMPKG_VERB_CONFIG_H
#define COMMPKG_VERB_CONFIG_H

#include "editable.h"
#include "verb.h"

/* The operand as seen from inside the root, or with the root in front, through links if need be.
 * -E_NOT_FOUND. */
int config_find(struct run *r, const struct view *v, const char *word, struct editable *ret,
		struct error *e);
/* "commpkg config VERB -R ROOT" for what is to be typed. */
const char *config_command(struct run *r, const char *verb);

int config_diff(struct run *r, struct error *e);
int config_resolve(struct run *r, struct error *e);
int config_restore(struct run *r, struct error *e);

#endif
