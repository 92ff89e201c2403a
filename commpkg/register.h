/*
 * installf and removef on the command line: a transaction of its own.
 *
 * The command is run again, in the cage, over the root, where it does as it does within a
 * script of a package (requests.h). What it made is staged, what it asked for becomes rows,
 * and both are sealed, carried out, recorded and undone like everything else. Nothing asked
 * for, nothing done.
 */
#ifndef COMMPKG_REGISTER_H
#define COMMPKG_REGISTER_H

#include "formats/arena.h"
#include "formats/error.h"

#include <stdbool.h>

struct register_request {
	const char *program;		/* "installf", "removef" */
	const char *root_path;
	const char *const *args;	/* the command line, args[0] the program */
	size_t nargs;
	const char *input;		/* its standard input */
	size_t input_len;
	/* A line that the command said. */
	void (*line)(void *ctx, const char *text);
	void *ctx;
};

/* 0: done, or nothing to do; *ret_status is the command's own. -E_UNSUPPORTED: there can be
 * no cage here. */
int register_run(struct arena *a, const struct register_request *req, int *ret_status,
		 struct error *e);

#endif
