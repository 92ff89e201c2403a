/* Packages that are not installed: pkgchk -d. */
#include "tools/common/check.h"

#include <fcntl.h>

#include "tools/common/say.h"
#include "tools/common/transfer.h"

static int read_payload(struct payload *pl, struct error *e)
{
	const struct entry *en;
	const void *bytes;
	size_t len;
	int rc;

	while ((rc = payload_next(pl, &en, e)) > 0) {
		while ((rc = payload_read(pl, &bytes, &len, e)) > 0)
			continue;
		if (rc < 0)
			break;
	}
	return rc;
}

/* medium_open() has compared all control files already. */
static int check_packages(const struct medium *m, const bool *wanted, struct error *e)
{
	const char *form = medium_kind(m) == MEDIUM_STREAM ? "stream" : "directory";
	struct payload *pl;
	size_t i;
	int rc = payload_open(m, wanted, &pl, e);

	if (rc < 0)
		return rc;
	while ((rc = payload_next_package(pl, &i, e)) > 0) {
		say_out("Checking uninstalled %s format package <%s> from <%s>\n"
			"## Checking control scripts.\n## Checking package objects.\n", form,
			medium_package(m, i)->dirname, medium_path(m));
		rc = read_payload(pl, e);
		if (rc < 0)
			break;
		say_out("## Checking is complete.\n");
	}
	payload_close(pl);
	return rc;
}

int check_medium(const char *device, char *const *operands, size_t n, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct medium *m;
	bool *wanted;
	int rc = medium_open(AT_FDCWD, device, MEDIUM_ALL, &m, e);

	if (rc < 0)
		return rc;
	rc = transfer_select(a, m, operands, n, &wanted, e);
	if (rc == 0)
		rc = check_packages(m, wanted, e);
	medium_close(m);
	return rc;
}
