/* Outcomes of packages, and the exit status of a run. */
#include "tools/common/outcome.h"

#include <stddef.h>

#include "tools/common/ask.h"
#include "tools/common/say.h"

static const char *words(enum outcome o)
{
	switch (o) {
	case OUTCOME_OK: return "was successful";
	case OUTCOME_FAILED: return "failed";
	case OUTCOME_PARTIAL: return "partially failed";
	case OUTCOME_QUIT: return "was terminated due to user request";
	case OUTCOME_ADMIN: return "was suspended (administration)";
	case OUTCOME_INTERACTION: return "was suspended (interaction required)";
	case OUTCOME_INTERNAL: break;
	}
	return "failed (internal error)";
}

void outcome_say(enum outcome o, const char *verb, const char *instance)
{
	say_err("\n%s of <%s> %s.\n", verb, instance, words(o));
	if (o != OUTCOME_OK)
		say_err("No changes were made to the system.\n");
}

int outcome_goes_on(enum outcome o, int noninteractive, int is_removal)
{
	if (o == OUTCOME_OK)
		return 1;
	if (noninteractive)
		return o == OUTCOME_ADMIN && !is_removal;
	return ask_yes_no(is_removal ? "Do you want to continue with removal?"
				     : "Do you want to continue with installation?") == ASK_YES;
}

void outcome_count(struct outcome_counts *c, enum outcome o)
{
	c->seen[o <= OUTCOME_INTERACTION ? o : OUTCOME_FAILED]++;
}

int outcome_status(const struct outcome_counts *c)
{
	int i;

	for (i = OUTCOME_FAILED; i <= OUTCOME_INTERACTION; i++)
		if (c->seen[i] > 0)
			return i;
	return 0;
}

void outcome_script_line(void *ctx, const char *instance, const char *script, const char *text)
{
	(void)ctx;
	(void)instance;
	(void)script;
	say_out("%s\n", text);
}

enum outcome outcome_of_script(int status)
{
	switch (status % 10) {
	case OUTCOME_QUIT: return OUTCOME_QUIT;
	case OUTCOME_ADMIN: return OUTCOME_ADMIN;
	case OUTCOME_INTERACTION: return OUTCOME_INTERACTION;
	default: return OUTCOME_FAILED;
	}
}
