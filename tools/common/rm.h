/*
 * The removal of one package by pkgrm (svr4.md 8.7): what SVR4 asks, says and refuses,
 * around change_run().
 */
#ifndef TOOLS_COMMON_RM_H
#define TOOLS_COMMON_RM_H

#include "commpkg/change.h"
#include "tools/common/admin.h"
#include "tools/common/installed.h"
#include "tools/common/outcome.h"

struct rm_options {
	const char *root_path;
	const char *command;	/* for history */
	struct admin admin;
	bool noninteractive;	/* -n */
	bool trace;		/* -v */
	bool from_servers;	/* -A: also what lies on file servers */
	struct pkginfo flags;	/* further variables of scripts (commpkg/environment.h) */
};

/* Result said. Gives its outcome, and what outcome.h adds for a restart. */
int rm_package(const struct rm_options *o, const char *instance);

#endif
