/*
 * How the parts of a package become a struct package; for the readers of media.
 *
 *	package_load_head(a, &p, "SUNWfoo", pkginfo, len, pkgmap, len, e);
 *	package_load_infofile(a, &p, "depend", bytes, len, e);	each one
 *	package_load_done(a, &p, e);
 *
 * Checked here: the two files are well-formed and agree with the name of the
 * directory, pkginfo and every information file have the size and sum of their line
 * in pkgmap, none is unlisted, none is missing, none comes twice, every object with
 * contents has a size and a sum, and names no contents from elsewhere.
 *
 * Texts are borrowed and must live as long as the package (in the arena). Errors
 * begin with the name of the package or the file.
 */
#ifndef FORMATS_PACKAGE_LOAD_H
#define FORMATS_PACKAGE_LOAD_H

#include "package.h"

/* More lines of type i than anybody needs. */
#define PACKAGE_MAX_INFOFILES 4096u

struct text {
	const char *bytes;	/* NUL added after len */
	size_t len;
};

int package_load_head(struct arena *a, struct package *p, const char *dirname,
		      struct text pkginfo, struct text pkgmap, struct error *e);
int package_load_infofile(struct package *p, const char *name, struct text bytes,
			  struct error *e);
int package_load_done(struct arena *a, struct package *p, struct error *e);
/* For those who look at each package of a medium by itself: `p` can't be read, for the reason
 * in `why`. What its pkginfo says is kept; what is not known is an empty word. */
void package_load_broken(struct arena *a, struct package *p, const char *dirname,
			 const struct error *why);
/* Is it the package that is at fault (a negative code), and not the machine? */
bool package_load_is_fault(int code);
/* Have all information files been loaded? */
bool package_load_complete(const struct package *p);
/* The line of an information file, pkginfo included, or NULL. */
const struct entry *package_info_entry(const struct package *p, const char *name);
/* -E_DIGEST unless bytes have the size and sum of `en`. */
int package_check_text(const struct package *p, const struct entry *en, struct text bytes,
		       struct error *e);

#endif
