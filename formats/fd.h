/* Descriptors: what write(2) does in pieces, done whole. */
#ifndef FORMATS_FD_H
#define FORMATS_FD_H

#include <stddef.h>

/* All len bytes, again after signals and short writes. 0, or -errno with a part written. */
int fd_write_all(int fd, const void *bytes, size_t len);

#endif
