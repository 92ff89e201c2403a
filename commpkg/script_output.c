/* A running script: read, timed, ended. */
#include "script_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY 200		/* milliseconds, for `stop` */
#define WAITS_AFTER 50		/* ... of silence within a line: it is a question */
#define REST_MAX ((uint64_t)4 << 20)

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* can't fail */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- lines */

static void end_line(struct script_watch *w)
{
	w->line[w->len] = '\0';
	w->len = 0;
	if (w->place->line != NULL)
		w->place->line(w->place->ctx, w->line);
}

static void take_byte(struct script_watch *w, char c)
{
	if (c == '\n') {
		end_line(w);
		return;
	}
	if (w->len == SCRIPT_LINE_MAX)
		end_line(w);
	w->line[w->len++] = c != '\0' ? c : 0x1a;
}

static void take(struct script_watch *w, const char *bytes, size_t len)
{
	uint64_t room = w->output < SCRIPT_OUTPUT_MAX ? SCRIPT_OUTPUT_MAX - w->output : 0;
	size_t use = len < room ? len : (size_t)room;

	for (size_t i = 0; i < use; i++)
		take_byte(w, bytes[i]);
	w->output += len;
	w->dropped += len - use;
}

/* The script is silent in the middle of a line. */
static void show_prompt(struct script_watch *w)
{
	if (w->place->prompt == NULL || w->len == 0)
		return;
	w->line[w->len] = '\0';
	w->len = 0;
	w->place->prompt(w->place->ctx, w->line);
}

static int wait_time(const struct script_watch *w, int64_t left)
{
	int most = w->place->prompt != NULL && w->len > 0 ? WAITS_AFTER : LOOK_EVERY;

	return left <= 0 ? 1 : left < most ? (int)left : most;
}

/* What is there now. False at the end of the pipe. */
static bool read_output(struct script_watch *w, uint64_t most)
{
	char buf[65536];
	uint64_t done = 0;

	while (done < most) {
		ssize_t n = TEMP_FAILURE_RETRY(read(w->out_fd, buf, sizeof(buf)));

		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		take(w, buf, (size_t)n);
		done += (uint64_t)n;
	}
	return true;
}

void script_watch_rest(struct script_watch *w)
{
	(void)read_output(w, REST_MAX); /* the writers are gone; what stays is not theirs */
	if (w->len > 0)
		end_line(w);
}

/* ---- the watch */

enum { OUTPUT, ENDED, SAYS, NFDS };

static void look(struct script_watch *w, struct cage_process *process, int64_t deadline)
{
	if (w->timed_out || w->stopped)
		return;
	w->stopped = w->place->stop != NULL && w->place->stop(w->place->ctx);
	w->timed_out = !w->stopped && now_ms() >= deadline;
	if (w->timed_out || w->stopped)
		cage_kill(process);
}

void script_watch(struct script_watch *w, struct cage_process *process)
{
	struct pollfd fds[NFDS] = {
		[OUTPUT] = { .fd = w->out_fd, .events = POLLIN },
		[ENDED] = { .fd = process->pidfd, .events = POLLIN },
		[SAYS] = { .fd = process->result_fd, .events = POLLIN },
	};
	int64_t deadline = now_ms() + (int64_t)w->limit * 1000;

	(void)fcntl(w->out_fd, F_SETFL, O_NONBLOCK); /* a pipe of ours */
	while (fds[ENDED].revents == 0) {
		int64_t left = deadline - now_ms();
		int n = poll(fds, NFDS, wait_time(w, left));

		if (n < 0)
			fds[OUTPUT].revents = fds[ENDED].revents = fds[SAYS].revents = 0;
		if (n == 0)
			show_prompt(w);
		if (fds[OUTPUT].revents != 0 && !read_output(w, REST_MAX))
			fds[OUTPUT].fd = -1;
		if (fds[SAYS].revents != 0 && !cage_hear(process))
			fds[SAYS].fd = -1;
		look(w, process, deadline);
	}
}
