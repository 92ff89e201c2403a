/*
 * INST_DATADIR: the package as scripts find it where it is read from (svr4.md 8.3).
 *
 * What class scripts are to install is there with the payload; this adds pkginfo, pkgmap and
 * install/, which scripts of real packages read and source.
 */
#include "procedures_internal.h"

#include <errno.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"

static int put(struct procedure_run *r, const char *name, const char *bytes, size_t len,
	       struct error *e)
{
	struct arena *a = r->s->a;
	struct tree *data = r->s->dir.data;
	AUTO_FD int fd = -EBADF;
	struct rpath path;
	int rc = rpath_parse(a, arena_printf(a, "%s/%s", r->ps->step->package->dirname, name),
			     &path, e);

	if (rc == 0)
		rc = tree_mkdirs(data, rpath_parent(a, path), 0755, e);
	if (rc == 0)
		rc = tree_create_mode(data, path, 0644, &fd, e);
	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, bytes, len);
	return rc < 0 ? error_errno(e, -rc, "cannot write '%s' for scripts", name) : 0;
}

int procedure_data(struct procedure_run *r, struct error *e)
{
	const struct package *p = r->ps->step->package;
	size_t i;
	int rc;

	if (!r->ps->scripted)
		return 0;
	rc = put(r, "pkginfo", p->pkginfo_bytes, p->pkginfo_len, e);
	if (rc == 0)
		rc = put(r, "pkgmap", p->pkgmap_bytes, p->pkgmap_len, e);
	for (i = 0; rc == 0 && i < p->ninfofiles; i++)
		rc = put(r, arena_printf(r->s->a, "install/%s", p->infofiles[i].name),
			 p->infofiles[i].bytes, p->infofiles[i].len, e);
	return rc;
}
