/*
 * The state file: the answers of one run, for another run to give again (`--silent FILE`).
 *
 *	rc = statefile_parse(a, bytes, len, "answers", &s, e);
 *	if (s.upgrade_shared == STATE_YES)
 *		...
 *
 * `KEY=value`, one a line; '#' begins a comment line; keys and yes or no without regard to
 * case, blanks around both are dropped. The keys and their meaning are those of the
 * original (reference: its silent-mode pages, see commpkg-state(5)); the ones the original
 * has no answer for are marked "ours". An unknown key, a key twice and a word that is
 * neither yes nor no are errors with their line: a misspelt answer is not an answer. A key with
 * a dot in it is for hooks of the component before the first one (commpkg-hooks(7)), and is kept
 * as it is written.
 *
 * Strings live in the arena, free of control bytes.
 */
#ifndef FORMATS_STATEFILE_H
#define FORMATS_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

#define STATEFILE_MAX_ANSWERS 1000
#define STATEFILE_MAX_BYTES ((size_t)16 << 20)
#define STATEFILE_MAX_EDITS 10000u

enum state_flag { STATE_UNSET, STATE_NO, STATE_YES };

/* COMPONENT.NAME=value: an answer for the hooks of a component, nothing to us. */
struct state_answer {
	const char *name, *value;
};

/* A configuration file that was edited, or removed: as a unified diff of both texts with all their
 * lines, behind all keys (statefile_edits.c). */
#define STATE_EDIT_NO_MODE UINT32_MAX
struct state_edit {
	const char *path;		/* without the leading slash */
	const char *component, *relative; /* the path below that component's base; or NULL */
	const char *version;		/* of the component then, or NULL: not said */
	const char *base, *live;	/* the packaged text of then, and what was made of it; NUL
					 * added */
	size_t base_len, live_len;
	bool removed;			/* nothing was left of it */
	uint32_t mode;			/* STATE_EDIT_NO_MODE: as packaged */
	const char *owner, *group;	/* NULL: the same */
	const char *block;		/* its lines, as written */
};

/* NULL and STATE_UNSET: the file has no such key, or no value for it. */
struct statefile {
	const char *verb;		/* VERB: install, upgrade, uninstall */
	const char *distro;		/* ALTDISTROPATH */
	const char *installroot;	/* INSTALLROOT */
	const char *rootdir;		/* ROOTDIR: the root, "/" the default one */
	const char *name;		/* INSTALLNAME: of the root in the software list */
	const char *components;		/* COMPONENTS: separated by blanks */
	const char *versions;		/* COMPONENT_VERSIONS: NAME=VERSION, likewise */
	enum state_flag altroot;	/* ALTROOT: INSTALLROOT is an alternate root */
	enum state_flag overwrite;	/* PKGOVERWRITE */
	enum state_flag exclude_os;	/* EXCLUDEOS */
	enum state_flag exclude_shared;	/* EXCLUDESC */
	enum state_flag accept_license;	/* ACCEPTLICENSE */
	enum state_flag upgrade_shared;	/* UPGRADESC */
	enum state_flag autoremove;	/* AUTOREMOVE, ours */
	enum state_flag dependents;	/* DEPENDENTS, ours */
	enum state_flag all;		/* ALL, ours */
	enum state_flag allow_downgrade;	/* ALLOWDOWNGRADE, ours */
	enum state_flag allow_unsigned;	/* ALLOWUNSIGNED, ours */
	enum state_flag allow_older;	/* ALLOWOLDER, ours */
	struct state_answer *answers;	/* in the order of the file */
	size_t nanswers;
	struct state_edit *edits;
	size_t nedits;
};

int statefile_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		    struct statefile *ret, struct error *e);

/* Where the configuration begins, and the same read into *ret; line: that many are before it. For
 * statefile.c. */
size_t statefile_edits_at(const char *bytes, size_t len);
int statefile_edits_parse(struct arena *a, const char *bytes, size_t len, unsigned line,
			  const char *file, struct statefile *ret, struct error *e);

/* The file that statefile_parse() reads as s: a comment over each key, as the original
 * wrote them. What is unset is left out. Head: comment lines, each ending in '\n'.
 * -E_USAGE when a value can't be written (a control byte, a blank at an end). */
int statefile_text(struct arena *a, const char *head, const struct statefile *s,
		   const char **ret, struct error *e);

#endif
