/* The run level of this host. */
#include "tools/common/runlevel.h"

#include <stddef.h>
#include <utmpx.h>

char runlevel_now(void)
{
	const struct utmpx key = { .ut_type = RUN_LVL };
	const struct utmpx *found;
	char level = '\0';

	setutxent();
	found = getutxid(&key);
	if (found != NULL)
		level = (char)(found->ut_pid % 256);
	endutxent();
	return level;
}
