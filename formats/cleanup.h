/*
 * Owners that clean up after themselves at the end of their block.
 *
 *	AUTO_FD int dir = -EBADF;
 *	...
 *	*ret_fd = TAKE_FD(dir);		hands it on
 *
 * -EBADF is "no descriptor". TAKE_PTR does the same for pointers.
 */
#ifndef FORMATS_CLEANUP_H
#define FORMATS_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* callers that must know close by hand */
	errno = saved;
}

static inline void cleanup_file(FILE **f)
{
	if (*f != NULL)
		(void)fclose(*f);
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

#define AUTO_FD __attribute__((cleanup(cleanup_fd)))
#define AUTO_FILE __attribute__((cleanup(cleanup_file)))
#define AUTO_FREE __attribute__((cleanup(cleanup_free)))

#define TAKE_FD(fd) \
	({ int taken_fd_ = (fd); (fd) = -EBADF; taken_fd_; })
#define TAKE_PTR(p) \
	({ __typeof__(p) taken_ptr_ = (p); (p) = NULL; taken_ptr_; })

#endif
