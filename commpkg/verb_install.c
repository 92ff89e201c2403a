/* install: components and packages, with what they need, into a root. */
#include "choose.h"
#include "writer.h"

static int install(struct run *r, struct error *e)
{
	struct writer w;
	int rc;

	writer_init(&w, r, "Install into", "installed");
	rc = writer_wishes(&w, WISH_INSTALL, e);
	return rc < 0 ? rc : writer_run(&w, e);
}

static int install_chosen(struct run *r, struct error *e)
{
	const struct operands *given = r->operands;
	struct operands ops = *given;
	int rc = choose_components(r, &ops.names, &ops.nnames, e);

	if (rc <= 0)
		return rc < 0 ? rc : EXIT_FAILED;
	r->operands = &ops;
	rc = install(r, e);
	r->operands = given; /* the next root is another one */
	return rc;
}

int verb_install(struct run *r, struct error *e)
{
	if (r->operands->nnames > 0 || r->operands->nfiles > 0)
		return install(r, e);
	if (choose_possible(r))
		return install_chosen(r, e);
	error_set(e, E_USAGE, "'install' wants a component, a package or a package file");
	return error_hint(e, "see 'commpkg install --help'");
}
