/*
 * The run level of this host, as utmp has it.
 *
 * It says something about the running system, so it counts for the live root only: ISTATES
 * and RSTATES of a package (svr4.md 3.2).
 */
#ifndef TOOLS_COMMON_RUNLEVEL_H
#define TOOLS_COMMON_RUNLEVEL_H

/* '3', 'S', ...; 0: nobody has noted one. */
char runlevel_now(void);

#endif
