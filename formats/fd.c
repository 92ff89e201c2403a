#include "fd.h"

#include <errno.h>
#include <unistd.h>

int fd_write_all(int fd, const void *bytes, size_t len)
{
	const char *s = bytes;

	while (len > 0) {
		ssize_t n = TEMP_FAILURE_RETRY(write(fd, s, len));

		if (n < 0)
			return -errno;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}
