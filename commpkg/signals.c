/*
 * Signals are only noted. SA_RESTART is not set: whoever waits (for the lock, for a script)
 * shall come back and look.
 */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t signal_seen;

static void note(int number)
{
	signal_seen = number;
}

/* What our parent ignores (nohup) stays ignored. */
static void catch(int number)
{
	struct sigaction sa;

	(void)sigaction(number, NULL, &sa); /* fails only for a bad number */
	if (sa.sa_handler == SIG_IGN)
		return;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note;
	(void)sigaction(number, &sa, NULL);
}

void signals_install(void)
{
	signal_seen = 0;
	catch(SIGINT);
	catch(SIGTERM);
	catch(SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN); /* fails only for a bad number */
	(void)signal(SIGXFSZ, SIG_IGN); /* the write fails, and that is said */
}

int signals_check(struct error *e)
{
	int number = signal_seen;

	if (number == 0)
		return 0;
	return error_set(e, E_INTERRUPTED, "interrupted by SIG%s", sigabbrev_np(number));
}
