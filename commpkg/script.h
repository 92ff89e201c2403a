/*
 * One script of a package, run (svr4.md 8.2 to 8.5).
 *
 * Always `/bin/sh CAGE_DIR/NAME ARGS`: neither its #! line nor its mode matter. The
 * environment is `env` and nothing else, with PATH fixed; standard input is `input` or
 * empty; standard output and error are one, and come line by line to `place.line`. umask
 * 022, default signals, a session of its own, no descriptor but these three.
 *
 *	struct script s = { .name = "postinstall", .bytes = ..., .env = &params };
 *	struct script_place place = { .root = root, .stage = &stage, .line = on_line };
 *
 *	rc = script_run(a, &s, &place, &result, e);
 *	if (rc == -E_UNSUPPORTED) ...not started: can't be staged here, e has why...
 *	if (rc < 0) return rc;			the machinery failed
 *	if (!script_goes_on(result.status)) ...the package stops...
 *
 * Wherever the caller names CAGE_DIR (arguments, environment, input, directories) the script
 * finds the directory's name as it is for it.
 *
 * For stages see overlay.h, for what a script sees and may do cage.h. Without a stage it
 * writes to the root itself, or with `read_only` nowhere (-E_UNSUPPORTED where that can't be
 * made sure, unless the policy is off).
 */
#ifndef COMMPKG_SCRIPT_H
#define COMMPKG_SCRIPT_H

#include "cage.h"
#include "formats/pkginfo.h"

/* svr4.md 8.3; followed by :/bin where that is a directory of its own. */
#define SCRIPT_PATH "/sbin:/usr/sbin:/usr/bin:/usr/sadm/install/bin"
#define SCRIPT_TIME_LIMIT 3600u		/* seconds, when none is given */
#define SCRIPT_OUTPUT_MAX ((uint64_t)1 << 20)
#define SCRIPT_LINE_MAX 4096		/* longer lines come in pieces */

enum script_status {
	SCRIPT_FINE = 0, SCRIPT_FATAL = 1, SCRIPT_WARNING = 2, SCRIPT_INTERRUPTED = 3,
	SCRIPT_SUSPENDED = 4, SCRIPT_INTERACTION = 5,
	SCRIPT_REBOOT = 10,		/* added: when all packages are done */
	SCRIPT_REBOOT_NOW = 20,		/* added: after this package */
	SCRIPT_INTERNAL = 99,		/* also: killed by a signal */
};

struct script {
	const char *name;		/* a file name: "postinstall", "i.build" */
	const void *bytes;
	size_t len;
	const char *const *args;
	size_t nargs;
	const void *input;		/* class scripts: their list of paths */
	size_t input_len;
	const int *input_fd;		/* in place of `input`: read from here (borrowed). It must
					 * lead nowhere: no directory, and no file to be kept */
	const struct pkginfo *env;	/* names that are no identifiers are left out, and */
					/* those that steer the shell or the loader */
	const char *path_first;		/* directory put before SCRIPT_PATH, or NULL */
	uid_t uid;
	gid_t gid;
	const char *cwd;		/* see cage.h */
	bool cwd_in_root;
	unsigned time_limit;		/* seconds; 0: SCRIPT_TIME_LIMIT */
	uint64_t file_limit;		/* bytes of the largest file it may write; 0: none */
	bool trace;			/* -x */
	/* Answers: a file of these bytes, its own to write, at CAGE_RESPONSE. */
	bool response;
	const void *response_bytes;
	size_t response_len;
};

struct script_place {
	struct root *root;
	struct cage_stage *stage;	/* NULL: it writes to the root itself */
	enum cage_policy policy;
	bool read_only;			/* without a stage: request, checkinstall */
	bool network, devices;
	bool tools;			/* our commands and shims are on its PATH, and what
					 * installf and removef ask for is in the result */
	bool chroot;			/* its `/` is the root, whose /bin/sh runs it */
	const struct cage_file *files;	/* beside the script, in CAGE_DIR */
	size_t nfiles;
	const struct cage_bind *binds;
	size_t nbinds;
	/* A line of output without its newline; NUL bytes are turned into 0x1a. From
	 * outside: escape it before it is shown. After SCRIPT_OUTPUT_MAX bytes no more come. */
	void (*line)(void *ctx, const char *text);
	/* Also the beginning of a line, when the script waits with it (a question); what
	 * follows comes as the next. NULL: whole lines only. */
	void (*prompt)(void *ctx, const char *text);
	/* Asked a few times a second: true ends the script. */
	bool (*stop)(void *ctx);
	void *ctx;
};

struct script_result {
	int status;			/* enum script_status and its sums */
	int code;			/* its exit code as it was; -1: none */
	int signal;			/* that ended it; 0: none */
	bool timed_out, stopped;
	uint64_t output, dropped;	/* bytes in all, and of them not given to `line` */
	unsigned layers;		/* enum cage_layer: what was in force */
	const char *response;		/* NUL added; NULL: unreadable, or too large */
	size_t response_len;
	const char *requests;		/* as the response; of installf and removef */
	size_t requests_len;
};

int script_run(struct arena *a, const struct script *s, const struct script_place *place,
	       struct script_result *ret, struct error *e);

/* svr4.md 8.5: a code that is not in its table counts as 1. */
int script_status_of(int code);
/* Does the package go on: fine or a warning, perhaps with a reboot wanted? */
bool script_goes_on(int status);
/* "exit code 5", "killed by SIGSEGV", "stopped after 30 seconds" */
const char *script_words(struct arena *a, const struct script *s,
			 const struct script_result *r);

#endif
