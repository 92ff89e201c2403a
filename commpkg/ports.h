/*
 * Ports of components, as their configuration has them: a line KEY=[address:]NUMBER, which the
 * manifest names (commpkg-manifest(5)). Of several lines with the key the last one counts.
 *
 * Side by side two versions would have the same port. The one that is not the current one has
 * another: what its manifest says (`beside`), or the next one that is free. A switch exchanges
 * them.
 */
#ifndef COMMPKG_PORTS_H
#define COMMPKG_PORTS_H

#include "merge.h"
#include "formats/manifest.h"

#define PORTS_MAX_CONFIG ((size_t)1 << 20) /* what is larger is no configuration */

/* 0: the text has no such line, or no number in it. */
uint32_t ports_read(struct text text, const char *key);
/* The text with that number; ports_read() was not 0. */
struct text ports_write(struct arena *a, struct text text, const char *key, uint32_t number);
/* The first number from `from` on that is not in `taken`; 0: none is left. */
uint32_t ports_free(uint32_t from, const uint32_t *taken, size_t n);

#endif
