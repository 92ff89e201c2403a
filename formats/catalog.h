/*
 * The two files that make a directory a published distribution (commpkg-catalog(5)):
 *
 *	catalog.xml	all media with their packages and what the solver needs of them, and the
 *			manifests of components; of each the size and SHA-256
 *	repo.xml	which state of the distribution that is: serial number, dates, and the
 *			size and SHA-256 of the catalog. One signature over these few bytes
 *			(repo.xml.p7s) covers everything, through digests
 *
 *	rc = repo_parse(a, bytes, len, "repo.xml", &repo, e);
 *	... the bytes of repo.catalog.path have that size and digest ...
 *	rc = catalog_parse(a, bytes, len, "catalog.xml", &c, e);
 *	for (i = 0; i < c.npackages; i++)
 *		use(&c.packages[i].package);
 *
 * A package of a catalog has no medium and no files (package.medium is NULL, map.n is 0): what
 * is known is PKG, NAME, ARCH, VERSION, CATEGORY, BASEDIR, the size of its payload and what
 * it depends on. Whoever wants more opens the medium.
 *
 * Written in one form: the same values give the same bytes.
 */
#ifndef FORMATS_CATALOG_H
#define FORMATS_CATALOG_H

#include "digest.h"
#include "package.h"

#define CATALOG_NAMESPACE "urn:commpkg:catalog:1"
#define CATALOG_NAME "catalog.xml"
#define REPO_NAME "repo.xml"
#define REPO_SIGNATURE_NAME "repo.xml.p7s"
#define REPO_CERTIFICATES_NAME "repo.certs"

#define CATALOG_MAX_BYTES ((size_t)512 << 20)
#define CATALOG_MAX_PACKAGES 400000u
#define REPO_MAX_BYTES ((size_t)64 << 10)
#define CATALOG_MAX_TEXT ((size_t)4 << 20)	/* a licence */
#define CATALOG_MAX_PRIORITY 9u
#define CATALOG_MAX_FILE ((uint64_t)1 << 44)	/* bytes of a medium */

/* A file of the distribution. */
struct catalog_file {
	const char *path;	/* below the directory of repo.xml */
	uint64_t size;
	struct sha256 sha;
	bool md5;		/* of a foreign catalog: the first 16 bytes are an MD5 sum, the
				 * others 0 */
};

struct catalog_medium {
	struct catalog_file file;
	bool tree;		/* a directory: see medium_digest.h */
	size_t first, npackages; /* in catalog.packages */
};

struct catalog_package {
	struct package package;
	size_t medium;		/* in catalog.media */
	bool has_files;
	struct sha256 files;	/* of pkgmap */
};

struct catalog_component {
	const char *id, *version;
	struct catalog_file file;	/* the manifest */
};

struct catalog {
	struct catalog_medium *media;
	size_t nmedia;
	struct catalog_package *packages;	/* in the order of their media */
	size_t npackages;
	struct catalog_component *components;
	size_t ncomponents;
	struct catalog_file *files;	/* what manifests name beside themselves: licences */
	size_t nfiles;
};
/* The one of that path, or NULL. */
const struct catalog_file *catalog_find_file(const struct catalog *c, const char *path);

/* Refused with file:line: what the schema (manifests/catalog.rng) does not allow, names and
 * versions that no package can have, a path that leads elsewhere or comes twice. */
int catalog_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		  struct catalog *ret, struct error *e);
/* -E_FORMAT: a value that XML can't hold (control bytes, no UTF-8), with its subject. Of NAME,
 * CATEGORY and BASEDIR such bytes become '?'. */
int catalog_render(const struct catalog *c, struct strbuf *out, struct error *e);
/* By manifests/catalog.rng, either file; *e has the first breach. */
int catalog_validate(const char *bytes, size_t len, const char *file, struct error *e);
/* Relative, no '.', '..' or empty component, no control byte. */
bool catalog_path_ok(const char *path);

struct repo {
	const char *id;		/* of the distribution, in the memory of roots */
	const char *name;	/* for people, or NULL */
	uint64_t serial;	/* at least 1 */
	int64_t issued, expires; /* seconds */
	struct catalog_file catalog;
	struct catalog_file certificates;	/* path NULL: none */
	bool has_root;
	struct sha256 root;		/* fingerprint of the root certificate */
	const char *root_subject;
};

int repo_parse(struct arena *a, const char *bytes, size_t len, const char *file,
	       struct repo *ret, struct error *e);
int repo_render(const struct repo *r, struct strbuf *out, struct error *e);
bool repo_id_ok(const char *id);
/* "2026-11-27T10:00:00Z" */
const char *repo_time_text(struct arena *a, int64_t t);

#endif
