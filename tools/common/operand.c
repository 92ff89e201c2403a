/* Operands of the SVR4 commands. */
#include "tools/common/operand.h"

#include <strings.h>

#include "formats/str.h"

bool operand_matches(const char *operand, const char *instance)
{
	size_t n = strlen(operand);

	if (str_eq(operand, "all") || str_eq(operand, instance))
		return true;
	if (n < 3 || !str_eq(operand + n - 2, ".*") || strncmp(operand, instance, n - 2) != 0)
		return false;
	return instance[n - 2] == '\0' || instance[n - 2] == '.';
}

const char *device_path(const char *device)
{
	return str_eq(device, "spool") ? "/var/spool/pkg" : device;
}

bool word_in_list(const char *word, const char *list, bool fold)
{
	size_t k = strlen(word);

	while (list != NULL && *list != '\0') {
		size_t n;

		list += strspn(list, ", \t");
		n = strcspn(list, ", \t");
		if (n == k && n > 0 && (fold ? strncasecmp(list, word, n)
					     : strncmp(list, word, n)) == 0)
			return true;
		list += n;
	}
	return false;
}

bool categories_meet(const char *wanted, const char *categories)
{
	char *copy = xstrdup(wanted), *save = NULL, *word;
	bool found = false;

	for (word = strtok_r(copy, ", \t\n", &save); word != NULL;
	     word = strtok_r(NULL, ", \t\n", &save))
		found = found || word_in_list(word, categories, true);
	free(copy);
	return found;
}
