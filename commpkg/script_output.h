/*
 * The watch over a running script: its output by lines, its time, the wish to stop it.
 * For script.c only.
 *
 *	script_watch(&w, &process);		until it has ended, or was ended
 *	cage_finish(...);
 *	script_watch_rest(&w);			what was still in the pipe, and the last line
 *
 * The pipe is always read, also when nobody wants more: a script never waits for us.
 */
#ifndef COMMPKG_SCRIPT_OUTPUT_H
#define COMMPKG_SCRIPT_OUTPUT_H

#include "script.h"

struct script_watch {
	const struct script_place *place;
	int out_fd;			/* borrowed; becomes non-blocking */
	unsigned limit;			/* seconds */
	bool timed_out, stopped;
	uint64_t output, dropped;
	size_t len;
	char line[SCRIPT_LINE_MAX + 1];
};

void script_watch(struct script_watch *w, struct cage_process *process);
void script_watch_rest(struct script_watch *w);

#endif
