#include "commldap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An entry is the lines up to an empty one; lines that go on in the next, base64 and long lines
 * are none that we write. */
static int is_attribute(const char *line, const char *name, const char *value)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 && line[n] == ':' && line[n + 1] == ' ' &&
	       strcmp(line + n + 2, value) == 0;
}

/* 0: none, 1: there, 2: there, and not active */
static int find(const char *file, const char *uid)
{
	FILE *f = fopen(file, "re");
	char line[1024];
	int found = 0, off = 0, result = 0;

	if (f == NULL)
		return -1;
	while (result == 0 && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (*line == '\0') {
			result = found + (found && off);
			found = off = 0;
		}
		found |= is_attribute(line, "uid", uid);
		off |= is_attribute(line, "inetUserStatus", "inactive");
	}
	if (result == 0)
		result = found + (found && off);
	(void)fclose(f);
	return result;
}

#if SUITE_RELEASE < 70
int commldap_has_user(const char *file, const char *uid)
{
	int rc = find(file, uid);

	return rc < 0 ? rc : rc > 0;
}
#else
int commldap_find_user(const char *file, const char *uid)
{
	return find(file, uid);	/* the numbers of the enum */
}
#endif
