/*
 * How SVR4 counts what became of packages (svr4.md 8.5, 11.5).
 */
#ifndef TOOLS_COMMON_OUTCOME_H
#define TOOLS_COMMON_OUTCOME_H

enum outcome {
	OUTCOME_OK = 0,
	OUTCOME_FAILED = 1,
	OUTCOME_PARTIAL = 2,
	OUTCOME_QUIT = 3,
	OUTCOME_ADMIN = 4,
	OUTCOME_INTERACTION = 5,
	OUTCOME_INTERNAL = 99,
};

/* `Installation of <X> was successful.` and its kin, on stderr; `verb` is
 * "Installation" or "Removal". All or nothing: unless it is OK, nothing was changed,
 * and that is said. */
void outcome_say(enum outcome o, const char *verb, const char *instance);
/* Does the run go on with the next package? Asked for unless `noninteractive`. */
int outcome_goes_on(enum outcome o, int noninteractive, int is_removal);

/* For struct change_watch: what scripts say goes to stdout. */
void outcome_script_line(void *ctx, const char *instance, const char *script, const char *text);
/* A script's status as the outcome of its package (svr4.md 8.5). */
enum outcome outcome_of_script(int status);

struct outcome_counts {
	unsigned seen[6];	/* by outcome; 99 counts as 1 */
};
void outcome_count(struct outcome_counts *c, enum outcome o);
int outcome_status(const struct outcome_counts *c);

#endif
