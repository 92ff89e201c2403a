/* What is to stay as it is, in the settings of a root. */
#include "hold.h"

#include <stdio.h>

#define PREFIX "hold."
#define VALUE "held"

int holds_read(struct pkgdb *db, struct arena *a, const char *const **ret, size_t *ret_n,
	       struct error *e)
{
	const char **keys;
	size_t n;
	int rc = pkgdb_setting_keys(db, a, PREFIX, &keys, &n, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		keys[i] += strlen(PREFIX);
	*ret = keys;
	*ret_n = n;
	return 0;
}

bool holds_have(const char *const *holds, size_t n, const char *kind, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_has_prefix(holds[i], kind) && str_eq(holds[i] + strlen(kind), name))
			return true;
	return false;
}

int hold_set(struct pkgdb *db, const char *name, bool on, struct error *e)
{
	char key[256];

	if ((size_t)snprintf(key, sizeof(key), PREFIX "%s", name) >= sizeof(key))
		return error_set(e, E_LIMIT, "'%s' is too long to be held", name);
	return pkgdb_setting_set(db, key, on ? VALUE : NULL, e);
}
