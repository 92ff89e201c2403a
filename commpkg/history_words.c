/* When, and by whom. */
#include "history_words.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "formats/str.h"

int64_t history_now(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t fixed;

	if (epoch != NULL && str_to_i64(epoch, strlen(epoch), &fixed))
		return fixed;
	return time(NULL);
}

const char *history_caller(struct arena *a)
{
	const char *sudo = getenv("SUDO_USER");

	if (sudo != NULL && sudo[0] != '\0' && strlen(sudo) < 64)
		return arena_printf(a, "%s (uid %u)", str_escaped(a, sudo), (unsigned)getuid());
	return arena_printf(a, "uid %u", (unsigned)getuid());
}
