#include "tools/common/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "formats/str.h"
#include "tools/common/say.h"

#define MAX_USERS 64
#define MAX_ADDRESS 254	/* RFC 5321: what fits into a path of 256 with its brackets */

extern char **environ;

/* It becomes an argument, and a line of a header. */
static bool is_address(const char *word)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789@._%+-";

	return word[0] != '-' && strlen(word) <= MAX_ADDRESS &&
	       word[strspn(word, allowed)] == '\0';
}

static size_t addresses(char *users, char **ret)
{
	char *save = NULL, *word;
	size_t n = 0;

	for (word = strtok_r(users, " \t,", &save); word != NULL;
	     word = strtok_r(NULL, " \t,", &save)) {
		if (!is_address(word) || n == MAX_USERS)
			say_warning("<%s> is not told by mail: it is no address", word);
		else
			ret[n++] = word;
	}
	return n;
}

static const char *letter(struct arena *a, char *const *to, size_t n, int status,
			  const struct outcome_done *d)
{
	const char *what = arena_printf(a, "%s of <%s> %s", outcome_noun(d), d->instance,
					outcome_words(outcome_in(status)));
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char host[256] = "?";
	size_t i;

	(void)gethostname(host, sizeof(host) - 1);
	for (i = 0; i < n; i++)
		strbuf_addf(&b, "%s%s", i == 0 ? "To: " : ", ", to[i]);
	strbuf_addf(&b, "\nSubject: %s: %s\n\n%s on %s", host, what, what, host);
	if (!str_eq(d->root_path, "/"))
		strbuf_addf(&b, " in the root %s", d->root_path);
	strbuf_addf(&b, ".\nTransaction %lld; commpkg history tells what was done.\n",
		    (long long)d->txn);
	return arena_strdup(a, strbuf_str(&b));
}

/* The one in PATH, or where it always was. */
static int spawn_sendmail(char **argv, int in, pid_t *ret)
{
	static char *const places[] = { "sendmail", "/usr/sbin/sendmail", "/usr/lib/sendmail" };
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);
	size_t i;

	if (err == 0)
		err = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (err != 0)
		return err;
	err = ENOENT;
	for (i = 0; i < sizeof(places) / sizeof(*places) && err == ENOENT; i++) {
		argv[0] = places[i];
		err = posix_spawnp(ret, places[i], &actions, NULL, argv, environ);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return err;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EPROTO;
}

/* A letter to MAX_USERS of MAX_ADDRESS is shorter than what a pipe holds (64 KiB), so nobody waits
 * for anybody. */
static int hand_over(char **argv, const char *text)
{
	AUTO_FD int in = -EBADF;
	AUTO_FD int out = -EBADF;
	pid_t pid;
	int fds[2], rc, err;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return errno;
	in = fds[0];
	out = fds[1];
	rc = fd_write_all(out, text, strlen(text));
	cleanup_fd(&out);
	out = -EBADF;
	err = rc < 0 ? -rc : spawn_sendmail(argv, in, &pid);
	return err == 0 ? wait_for(pid) : err;
}

void mail_outcome(struct arena *a, const char *users, int status, const struct outcome_done *done)
{
	char *argv[MAX_USERS + 4] = { "sendmail", "-i", "--" };
	size_t n;
	int err;

	if (users == NULL || users[0] == '\0' || done->txn == 0)
		return;
	n = addresses(arena_strdup(a, users), argv + 3);
	if (n == 0)
		return;
	err = hand_over(argv, letter(a, argv + 3, n, status, done));
	if (err != 0)
		say_warning("unable to send mail to <%s>: %s", users,
			    err == ENOENT ? "there is no sendmail here" :
			    err == EPROTO ? "sendmail failed" : strerror(err));
}
