#include "turns.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#define PAUSE_MS 20

void turn_take(int fd, enum turn turn)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int how = (turn == TURN_READ ? LOCK_SH : LOCK_EX) | LOCK_NB;
	int waited;

	for (waited = 0; waited < TURN_WAIT_MS; waited += PAUSE_MS) {
		if (flock(fd, how) == 0 || errno != EWOULDBLOCK)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

bool turn_try(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void turn_end(int fd)
{
	(void)flock(fd, LOCK_UN);
}
