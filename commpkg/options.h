/*
 * The command line: tables of options, and what the user gave.
 *
 * Every verb names groups of options; the tables feed the parser, --help, completion
 * and the check that the manual lists the same ones.
 *
 *	commpkg [options] VERB [options] [operands]
 *
 * Options may stand before or after the verb, with one dash or two, in the lower-case
 * dashed form or in the original's spelling (CLI.md). A single dash with letters that are
 * no long option is a cluster of short ones (-ny, -j4). `--` ends the options.
 *
 * Strings are borrowed from argv.
 */
#ifndef COMMPKG_OPTIONS_H
#define COMMPKG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "report.h"

struct statefile;
struct verb;

enum option_kind {
	OPTION_FLAG,		/* bool */
	OPTION_COUNT,		/* unsigned, each time one more */
	OPTION_TEXT,		/* const char *, an argument */
	OPTION_NUMBER,		/* int, an argument: 0 to 1000000 */
	OPTION_NAME,		/* const char *, an argument that may be missing: then "" */
	OPTION_YESNO,		/* int: 0 not given, 1 yes, -1 no; an argument that may be missing:
				 * then yes */
	OPTION_COLOR,		/* enum report_color: auto always never */
	OPTION_JSON,		/* enum report_json: nothing, or =lines */
	OPTION_MEMORY,		/* uint64_t: bytes; 0 not given, UINT64_MAX: none */
	OPTION_CAGE,		/* int: 0, or enum cage_policy + 1 */
	OPTION_SCRIPT_ROOT,	/* int: host 0, chroot 1 */
	OPTION_SERVICES,	/* int: auto 0, yes 1, no 2 */
};

struct option {
	const char *name;	/* canonical, without dashes */
	const char *also;	/* other spellings, separated by blanks, or NULL */
	char letter, letter2;	/* or 0 */
	enum option_kind kind;
	size_t offset;		/* of its value in struct options */
	const char *arg;	/* name of the argument in --help, or NULL */
	const char *help;
};

/* Ends with a name of NULL. */
extern const struct option options_general[], options_root[], options_distro[],
	options_dry_run[], options_keep[], options_scripts[], options_recover[], options_boot[],
	options_install[], options_uninstall[], options_components[], options_suite[],
	options_answers[], options_why_not[], options_plan[],
	options_verify[], options_history[], options_undo[], options_info[], options_inspect[],
	options_config[], options_strategy[], options_repo[], options_cache[], options_beside[],
	options_migrate[], options_switch[], options_hold[];

struct options {
	const struct verb *verb;	/* NULL: none was given */
	const char **words;		/* operands, in order; malloc'd */
	size_t nwords;
	/* general */
	bool help, version, quiet, yes;
	unsigned verbose;
	enum report_json json;
	enum report_color color;
	int jobs;		/* 0: as many as cores */
	int lock_wait;		/* seconds */
	const char *logdir;
	/* which root */
	const char *root;
	const char *altroot;	/* NULL not given, "" without a name */
	const char *installroot;
	/* verbs */
	const char *distro;
	bool dry_run, overwrite, no_keep, allow_downgrade, allow_unsigned, reinstall, nodeps;
	bool autoremove, all, dependents;
	bool lift;
	const char *save;
	const char *components, *silent, *record;
	const struct statefile *given;	/* what --silent gave (answer_load()), or NULL */
	int upgrade_shared, fix_entsys;
	bool accept_license;
	bool exclude_shared, exclude_os, any_os_version, any_os_level, use_pkg_upgrade;
	bool unowned, database, signatures, dump, state;
	bool list_packages, files, clean;
	bool take_new, keep_live, edit, pristine, marked;
	const char *merged;
	const char *script;
	const char *response, *save_response;
	bool stage_scripts, first_boot, boot;
	int script_timeout;	/* seconds; 0 not given */
	uint64_t script_memory;	/* bytes; 0 not given, UINT64_MAX: none */
	int script_root;	/* 1: chroot */
	const char *strategy;
	const char *beside;	/* version */
	const char *base, *from, *from_version, *only;
	bool prepare, install, back, unmigrated;
	bool advise;
	int services;		/* enum services_policy */
	int script_cage;	/* 0 not given, else enum cage_policy + 1 */
	const char *prune;	/* NULL not given, "" without a number */
	const char *keep, *keep_bytes, *to;
	const char *limit;	/* of the cache */
	bool allow_older, audit_distro;
	const char *id, *name, *serial, *key, *cert, *root_cert, *passphrase_file;
	int expires;		/* days */
};

#define LOCK_WAIT_DEFAULT 60

/* -E_USAGE with words and a hint (the close match, or where help is). On failure too,
 * *ret has what was understood so far (for --json). options_free() in both cases. */
int options_parse(int argc, char *const *argv, struct options *ret, struct error *e);
void options_free(struct options *o);

/* The option of the verb that is spelt so (long, without dashes), or NULL. */
const struct option *options_find(const struct verb *v, const char *name, size_t len);
/* The verb and the options given, as words that mean the same anywhere: absolute paths, without
 * those that say which root, how to talk, or that it is a dry run. */
int options_words(struct arena *a, const struct options *o, const char ***ret, size_t *ret_n,
		  struct error *e);
/* Edit distance for "did you mean"; stops counting above max. */
size_t options_distance(const char *a, const char *b, size_t max);

#endif
