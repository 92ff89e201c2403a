/*
 * commpkg.conf: what the administrator of this host, and of a root, want whoever types the
 * command (commpkg.conf(5)). Who reads the files is trust_keys.c, as they lie beside keys.
 *
 *	setting = value		`#` begins a comment line
 *
 * The host's word and a root's both count: a root, which is a stranger's, can ask for more
 * caution, never for less.
 */
#ifndef COMMPKG_CONF_H
#define COMMPKG_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"

#define CONF_NAME "commpkg.conf"
#define CONF_MAX ((size_t)64 << 10)
#define CONF_TIMEOUT_MAX 1000000u	/* seconds; eleven days */

struct conf {
	const char *required;	/* require-signature: the file that says yes, or NULL */
	bool refusing;		/* unsigned-distributions: some file refuses them in words */
	const char *accepting;	/* ... the host's file that takes them, or NULL */
	uint64_t cache_size;	/* cache-size, bytes; UINT64_MAX: all; 0: not said. The host's last
				 * file counts; a root has no cache */
	unsigned script_timeout; /* script-timeout, seconds; 0: not said. Of the host's files the
				 * last counts; a root's only where it is less */
};

/* The bytes of one file, which are written to, into what others said already. -E_FORMAT names
 * file and line. */
int conf_parse(struct arena *a, const char *file, bool of_host, char *bytes, struct conf *c,
	       struct error *e);

#endif
