/* Catalogs of others, in a directory or on a server. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fetch.h"
#include "formats/cleanup.h"
#include "places.h"
#include "published_place.h"

#define PROBE_BYTES 8192

/* The first lines are enough. */
enum foreign_kind published_foreign_probe(const char *dir)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *path = arena_join(a, dir, '/', FOREIGN_NAME);
	AUTO_FD int fd = -EBADF;
	char head[PROBE_BYTES];
	ssize_t n;

	if (places_look(path) != PLACE_FILE || places_open(path, &fd, NULL) < 0)
		return FOREIGN_NONE;
	n = read(fd, head, sizeof(head));
	return n > 0 ? catalog_foreign_probe(head, (size_t)n) : FOREIGN_NONE;
}

static int read_foreign(struct published *p, char **ret, size_t *ret_len, struct error *e)
{
	if (!p->remote)
		return places_read(p->a, arena_join(p->a, p->place, '/', FOREIGN_NAME),
				   FOREIGN_MAX_BYTES, ret, ret_len, e);
	return fetch_bytes(fetch_url(p->a, p->place, FOREIGN_NAME), FOREIGN_MAX_BYTES, p->a, ret,
			   ret_len, e);
}

int published_open_foreign(struct published *p, struct error *e)
{
	struct error why = ERROR_INIT;
	size_t len = 0;
	char *bytes = NULL;
	int rc = read_foreign(p, &bytes, &len, &why);

	if (rc == 0)
		p->foreign = catalog_foreign_probe(bytes, len);
	if (p->foreign == FOREIGN_NONE)
		return e != NULL ? -e->code : -E_NOT_FOUND;
	error_clear(e);
	return catalog_foreign_parse(p->a, bytes, len,
				     arena_join(p->a, p->place, '/', FOREIGN_NAME), &p->catalog, e);
}
