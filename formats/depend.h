/*
 * depend(4), compver(4) and our install/relations.
 *
 * depend: `TYPE PKG NAME`, then indented lines `(ARCH)VERSION`, each one an
 * alternative. P prerequisite, I incompatible, R reverse (svr4.md 5.1).
 * compver: one version per line that this package stands in for.
 *
 * relations (ours, for what depend can't say; commpkg-relations(5)):
 *
 *	# comment
 *	scheme deb                  how versions of this file compare: svr4 (default) or deb
 *	provides NAME [= VERSION]
 *	requires NAME [(OP VERSION)] [| NAME [(OP VERSION)]]...
 *	recommends ...              as requires, and never in the way
 *	conflicts NAME [(OP VERSION)]
 *	replaces NAME [(OP VERSION)]
 *
 * OP is one of << <= = >= >>. A package with install/relations is solved by it
 * instead of by depend; pkgadd keeps reading depend.
 */
#ifndef FORMATS_DEPEND_H
#define FORMATS_DEPEND_H

#include <stdbool.h>

#include "arena.h"
#include "error.h"
#include "str.h"

#define DEPEND_MAX_BYTES ((size_t)4 << 20)
#define DEPEND_MAX_ENTRIES 65536u

struct depend_alt {
	const char *arch;	/* NULL = any */
	const char *version;	/* NULL = any; words separated by one blank */
};

struct depend {
	char type;		/* P I R */
	const char *pkg;
	const char *name;	/* free text, may be empty */
	struct depend_alt *alts; /* none = any architecture and version */
	size_t n;
	unsigned line;
};

struct depends {
	struct depend *v;
	size_t n;
};

int depend_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		 struct depends *ret, struct error *e);
void depend_render(const struct depends *d, struct strbuf *out);

struct compver {
	const char **versions;	/* words separated by one blank */
	size_t n;
};
int compver_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		  struct compver *ret, struct error *e);

enum relation_kind { REL_PROVIDES, REL_REQUIRES, REL_RECOMMENDS, REL_CONFLICTS, REL_REPLACES };
enum relation_op { CMP_ANY, CMP_LT, CMP_LE, CMP_EQ, CMP_GE, CMP_GT };
enum version_scheme { SCHEME_SVR4, SCHEME_DEB };

struct relation_alt {
	const char *name;
	enum relation_op op;
	const char *version;	/* NULL with CMP_ANY */
};
struct relation {
	enum relation_kind kind;
	struct relation_alt *alts;
	size_t n;		/* at least 1 */
	unsigned line;
};
struct relations {
	bool present;		/* the package has install/relations */
	enum version_scheme scheme;
	struct relation *v;
	size_t n;
};
int relations_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		    struct relations *ret, struct error *e);
void relations_render(const struct relations *r, struct strbuf *out);

/* Equal as depend compares versions: blank separated words, amount of white
 * space irrelevant. */
bool depend_version_equal(const char *a, const char *b);

#endif
