#include "publish_lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#define PAUSE_MS 20

void publish_lock(int fd, enum publish_turn turn)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int how = (turn == PUBLISH_READ ? LOCK_SH : LOCK_EX) | LOCK_NB;
	int waited;

	for (waited = 0; waited < PUBLISH_WAIT_MS; waited += PAUSE_MS) {
		if (flock(fd, how) == 0 || errno != EWOULDBLOCK)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

void publish_unlock(int fd)
{
	(void)flock(fd, LOCK_UN);
}
