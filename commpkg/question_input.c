/* Standard input as a script may have it. */
#include "question_input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A reading end of its own: ours may be open for writing, and then a script could speak to
 * the terminal past all escaping. Where there is no /proc to open it anew by, it is ours. */
static int open_terminal(void)
{
	int fd = open("/proc/self/fd/0", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 ? fd : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

static int copy_rest(struct question_input *in)
{
	int fd = memfd_create("answers", MFD_CLOEXEC);
	off_t at;

	if (fd < 0)
		return -1;
	in->from = lseek(STDIN_FILENO, 0, SEEK_CUR);
	for (at = 0; in->from >= 0 && at < QUESTION_INPUT_MAX;) {
		char buf[8192];
		ssize_t n = pread(STDIN_FILENO, buf, sizeof(buf), in->from + at);

		if (n <= 0 || write(fd, buf, (size_t)n) != n)
			break;
		at += n;
	}
	in->is_copy = in->from >= 0;
	(void)lseek(fd, 0, SEEK_SET); /* memory */
	return fd;
}

int question_input_begin(struct question_input *ret, struct error *e)
{
	struct stat st;

	*ret = (struct question_input){ .fd = -1 };
	if (fstat(STDIN_FILENO, &st) < 0)
		st.st_mode = 0;
	if (isatty(STDIN_FILENO))
		ret->fd = open_terminal();
	else if (S_ISREG(st.st_mode))
		ret->fd = copy_rest(ret);
	else if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		ret->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		ret->fd = memfd_create("nothing", MFD_CLOEXEC);
	return ret->fd >= 0 ? 0 : error_errno(e, errno, "cannot use standard input");
}

void question_input_end(struct question_input *in)
{
	off_t read_to = in->is_copy ? lseek(in->fd, 0, SEEK_CUR) : -1;

	if (read_to >= 0)
		(void)lseek(STDIN_FILENO, in->from + read_to, SEEK_SET); /* it was seekable */
	if (in->fd >= 0)
		(void)close(in->fd); /* only read from */
}
