/* The inside of a medium, for medium.c and the carriers of its payload. */
#ifndef FORMATS_MEDIUM_INTERNAL_H
#define FORMATS_MEDIUM_INTERNAL_H

#include <sys/stat.h>

#include "medium.h"
#include "stream.h"

struct medium {
	struct arena *a;
	const char *path;		/* as given */
	int fd;				/* file or directory */
	enum medium_kind kind;
	enum medium_depth depth;
	bool each;			/* a broken package is no error: it is `broken` */
	enum compression compression;
	uint64_t stored;
	struct stat st;			/* of the file, when it was opened */
	struct stream_header header;	/* MEDIUM_STREAM */
	struct package *packages;
	size_t n;
};

#endif
