/* install: packages, with what they need, into a root. */
#include "writer.h"

int verb_install(struct run *r, struct error *e)
{
	struct writer w;
	int rc;

	if (r->operands->nnames == 0 && r->operands->nfiles == 0) {
		error_set(e, E_USAGE, "'install' wants a component, a package or a package file");
		return error_hint(e, "see 'commpkg install --help'");
	}
	writer_init(&w, r, "Install into", "installed");
	rc = writer_wishes(&w, WISH_INSTALL, e);
	return rc < 0 ? rc : writer_run(&w, e);
}
