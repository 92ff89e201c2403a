/*
 * What a root says of its system: etc/os-release, or usr/lib/os-release (os-release(5)).
 *
 * It is the root that is asked, never the host. The machine is that of the live root, or the one
 * that a program of an alternate root was made for; an empty root has none.
 */
#ifndef COMMPKG_SYSTEM_H
#define COMMPKG_SYSTEM_H

#include "root.h"
#include "solve.h"

/* 0 also when the root says nothing (ret->name is NULL), or nothing that can be read. */
int system_read(struct arena *a, struct root *root, struct solve_system *ret, struct error *e);
/* The text of such a file. */
void system_parse(struct arena *a, const char *text, size_t len, struct solve_system *ret);

#endif
