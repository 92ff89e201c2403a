/*
 * Catalogs of others, read as they are:
 *
 *	OpenCSW		common version package file md5 size deps category incompatible
 *			(opencsw.org, "Catalog format"; lists are `none` or A|B; a first line
 *			`# CREATIONDATE ...`; may be signed by PGP in clear text, which is
 *			not verified here)
 *	Tribblix	package|version|deps|size|md5|	of PACKAGE.VERSION.zap
 *			(github.com/tribblix/zap, docs/Catalog.md)
 *
 * and the overlays of Tribblix, which are sets of packages: NAME.ovl (VERSION=, NAME=,
 * REQUIRES= for each overlay it needs) with NAME.pkgs (a package a line), told here as the
 * manifest of a component.
 *
 * They have MD5 sums only: these find accidents, no attacks. ARCH is not known but from
 * names of OpenCSW's files.
 */
#ifndef FORMATS_CATALOG_FOREIGN_H
#define FORMATS_CATALOG_FOREIGN_H

#include "catalog.h"

#define FOREIGN_NAME "catalog"
#define FOREIGN_MAX_BYTES ((size_t)64 << 20)

enum foreign_kind { FOREIGN_NONE, FOREIGN_OPENCSW, FOREIGN_TRIBBLIX };

/* By its first entry. */
enum foreign_kind catalog_foreign_probe(const char *bytes, size_t len);
const char *catalog_foreign_word(enum foreign_kind kind);
/* Refused with file:line: too few fields, bad names, sums, sizes and paths, one package twice. */
int catalog_foreign_parse(struct arena *a, const char *bytes, size_t len, const char *file,
			  struct catalog *ret, struct error *e);
/* The texts of NAME.ovl and NAME.pkgs as a manifest (commpkg-manifest(5)). A name that no
 * component can have is refused. */
int catalog_overlay(struct arena *a, const char *name, const char *ovl, size_t ovl_len,
		    const char *pkgs, size_t pkgs_len, const char **ret, struct error *e);

#endif
