/*
 * Standard input, for a script that asks questions.
 *
 *	question_input_begin(&in, e);
 *	...the script reads in.fd...
 *	question_input_end(&in);
 *
 * The script gets no descriptor that leads anywhere. Of a terminal it gets a reading end of
 * its own; of a file, a copy in memory of what we have not read yet (afterwards ours stands
 * where its reading stopped); a pipe or socket as it is; and everything else, a directory
 * above all, is an empty file to it.
 */
#ifndef COMMPKG_QUESTION_INPUT_H
#define COMMPKG_QUESTION_INPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "formats/error.h"

#define QUESTION_INPUT_MAX ((off_t)1 << 20)	/* of a file */

struct question_input {
	int fd;
	bool is_copy;
	off_t from;		/* of a copy: where in standard input it begins */
};

int question_input_begin(struct question_input *ret, struct error *e);
void question_input_end(struct question_input *in);

#endif
