/*
 * The manifest of a component: what a suite is made of, for people and for the solver.
 *
 *	rc = manifest_parse(a, bytes, len, "MS.xml", &m, e);
 *	if (rc == -E_FORMAT)
 *		show(m->problems);	all of them, each with its line
 *
 * XML in the namespace urn:commpkg:component:1; manifests/component.rnc says which
 * elements there are, commpkg-manifest(5) what they mean. Read by libxml2, which is
 * told nothing but the bytes: no network, no entities, no DOCTYPE, no other encoding
 * than UTF-8, limits on size, depth and the length of a tag.
 *
 * Two readers have to agree: our own tables, which say what was expected and where, and
 * the RELAX NG schema, which others validate by. What we accept the schema accepts.
 *
 * Everything lives in the arena. Texts are UTF-8 without control bytes.
 */
#ifndef FORMATS_MANIFEST_H
#define FORMATS_MANIFEST_H

#include <stdbool.h>

#include "depend.h"
#include "error.h"

#define MANIFEST_NAMESPACE "urn:commpkg:component:1"
#define MANIFEST_MAX_BYTES ((size_t)256 << 10)
#define MANIFEST_MAX_PROBLEMS 50u

enum component_kind { COMPONENT_PRODUCT, COMPONENT_SHARED, COMPONENT_L10N };

/* All bits of a list hold: ">= 6.0, < 8". None: any version. */
struct version_bound {
	enum relation_op op;
	const char *version;
};
struct version_range {
	const struct version_bound *v;
	size_t n;
};
bool version_range_holds(const struct version_range *r, const char *version);
/* As written, in one form: ">= 6.0, < 8"; "any". */
const char *version_range_text(struct arena *a, const struct version_range *r);

enum manifest_strategy {
	STRATEGY_IN_PLACE = 1, STRATEGY_SIDE_BY_SIDE = 2, STRATEGY_COEXISTENT = 4,
};
enum manifest_merge { MERGE_TEXT, MERGE_KEYS, MERGE_NONE };

struct manifest_package {
	const char *name, *version;	/* version NULL: any */
	const char *arch;		/* NULL: any */
	const char *when;		/* "l10n", or NULL: always */
	unsigned line;
};
struct manifest_relation {		/* requires, conflicts */
	const char *component;
	struct version_range range;
	bool remote;			/* may be on another host */
	bool soft;			/* better with it, fine without */
	unsigned line;
};
struct manifest_os {			/* one of them has to hold */
	const char *name;
	struct version_range range;
	const char *arch;		/* NULL: any */
	unsigned line;
};
struct manifest_license {
	const char *file, *name;	/* one may be NULL */
	unsigned line;
};
struct manifest_path {			/* from an installed version to this one */
	struct version_range from;
	const char *arch;		/* of the installed packages; NULL: any */
	unsigned strategies;		/* bits of enum manifest_strategy */
	enum manifest_strategy recommended;
	unsigned line;
};
struct manifest_service {
	const char *name, *stop, *start, *check;	/* check may be NULL */
	unsigned line;
};
struct manifest_port {
	uint32_t number;
	const char *name;		/* or NULL */
	bool udp;
	const char *file, *key;		/* the configuration it is in: KEY=[host:]number; or NULL */
	uint32_t beside;		/* in place of it while another version has it; 0: none */
	unsigned line;
};
struct manifest_config {
	const char *file;
	enum manifest_merge merge;
	const char *validate;		/* a command, or NULL */
	unsigned line;
};
struct manifest_data {
	const char *path;
	const char *format;		/* of what is stored there, or NULL */
	bool oneway;			/* an older version can't read it any more */
	const char *const *save;	/* paths below, NULL-terminated; none: all of it */
	unsigned line;
};
struct manifest_migrate {
	struct version_range from;
	const char *exec, *undo;	/* undo may be NULL */
	const char *prepare, *install;	/* exec in two steps, with time to look; or NULL */
	const char *again;		/* what has arrived since, at a switch; or NULL */
	bool dry_run;			/* they know COMMPKG_DRYRUN=yes */
	unsigned line;
};
struct manifest_problem {
	unsigned line;
	const char *text;		/* without file and line */
};

#define MANIFEST_LIST(type, name) struct type *name; size_t n##name
struct manifest {
	const char *id, *version, *title;
	enum component_kind kind;
	const char *translates;		/* COMPONENT_L10N: of which component */
	const char *const *languages;	/* NULL-terminated */
	const char *description;	/* or NULL */
	const char *base;		/* below the install root, or NULL */
	bool fixed_base;		/* not relocatable */
	MANIFEST_LIST(manifest_license, licenses);
	MANIFEST_LIST(manifest_package, packages);
	MANIFEST_LIST(manifest_relation, requires);
	MANIFEST_LIST(manifest_relation, conflicts);
	MANIFEST_LIST(manifest_os, os);
	MANIFEST_LIST(manifest_path, paths);
	MANIFEST_LIST(manifest_service, services);
	MANIFEST_LIST(manifest_port, ports);
	MANIFEST_LIST(manifest_config, configs);
	MANIFEST_LIST(manifest_data, data);
	MANIFEST_LIST(manifest_migrate, migrations);
	MANIFEST_LIST(manifest_problem, problems);	/* sorted by line */
};

/* *ret is filled on success and on -E_FORMAT, there with its problems at least. The words
 * of e are those of the first one: `MS.xml:12: ...`. */
int manifest_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct manifest *ret, struct error *e);
/* Does it begin as XML does? For who gets files of any kind. */
bool manifest_probe(const char *bytes, size_t len);

#endif
