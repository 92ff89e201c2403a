/* etc/passwd and etc/group of a root: the bytes up to the first ^Z, and those behind it. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "commpkg/owners.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	const char *cut = size != 0 ? memchr(bytes, 26, size) : NULL;
	size_t len = cut != NULL ? (size_t)(cut - bytes) : size;
	struct owners *o;
	struct error e;
	uid_t uid;

	if (owners_parse(bytes, len, cut != NULL ? cut + 1 : NULL,
			 cut != NULL ? size - len - 1 : 0, &o, &e) < 0)
		return 0;
	if (owners_uid(o, "root", &uid) == 1)
		(void)owners_user_name(o, uid);
	(void)owners_group_name(o, 1);
	owners_free(o);
	return 0;
}
