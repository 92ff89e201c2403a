/* A text, in somebody's editor. */
#include "editor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "places.h"

static int write_copy(const char *path, struct text text, struct error *e)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return error_errno(e, errno, "cannot make '%s'", path);
	rc = fd_write_all(fd, text.bytes, text.len);
	return rc < 0 ? error_errno(e, -rc, "cannot write '%s'", path) : 0;
}

int editor_copy(struct arena *a, const char *name, struct text text, struct editor_copy *ret,
		struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = arena_printf(a, "%s/commpkg-config-XXXXXX",
				 tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	int rc;

	if (mkdtemp(dir) == NULL)
		return error_errno(e, errno, "cannot make a directory for the copy (%s)", dir);
	*ret = (struct editor_copy){ .dir = dir, .path = arena_printf(a, "%s/%s", dir, name) };
	rc = write_copy(ret->path, text, e);
	if (rc < 0)
		editor_discard(ret);
	return rc;
}

void editor_discard(const struct editor_copy *c)
{
	(void)unlink(c->path); /* what the editor left beside keeps the directory */
	(void)rmdir(c->dir);
}

/* ---- the editor */

static const char *editor_name(void)
{
	static const char *const variables[] = { "VISUAL", "EDITOR" };
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *v = getenv(variables[i]);

		if (v != NULL && *v != '\0')
			return v;
	}
	return isatty(STDIN_FILENO) ? "vi" : NULL;
}

/* What an editor does with ^C is its own matter. */
static int spawn(char *const *argv, pid_t *ret, const char *editor, struct error *e)
{
	posix_spawnattr_t attr;
	sigset_t set;
	int err = posix_spawnattr_init(&attr);

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGPIPE);
	if (err == 0)
		err = posix_spawnattr_setsigdefault(&attr, &set);
	if (err == 0)
		err = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (err == 0)
		err = posix_spawn(ret, "/bin/sh", NULL, &attr, argv, environ);
	(void)posix_spawnattr_destroy(&attr);
	return err == 0 ? 0 : error_errno(e, err, "cannot start the editor '%s'", editor);
}

static int wait_for(pid_t pid, const char *editor, struct error *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(e, errno, "cannot wait for the editor '%s'", editor);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(e, E_INTERRUPTED, "the editor '%s' failed: nothing is taken from it",
			 editor);
}

int editor_run(struct arena *a, const struct editor_copy *c, struct error *e)
{
	const char *editor = editor_name();
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	char *argv[] = { "sh", "-c", NULL, NULL, NULL, NULL };
	pid_t pid;
	int rc;

	if (editor == NULL) {
		(void)error_set(e, E_NEEDS_ANSWER, "no editor can be started: standard input is no "
				"terminal, and neither VISUAL nor EDITOR is set");
		return error_hint(e, "--merged PATH takes a text that is merged already");
	}
	argv[2] = arena_printf(a, "%s \"$@\"", editor); /* it may have arguments */
	argv[3] = arena_strdup(a, editor);
	argv[4] = arena_strdup(a, c->path);
	(void)sigaction(SIGINT, &ignore, &interrupt);
	(void)sigaction(SIGQUIT, &ignore, &quit);
	rc = spawn(argv, &pid, editor, e);
	if (rc == 0)
		rc = wait_for(pid, editor, e);
	(void)sigaction(SIGINT, &interrupt, NULL);
	(void)sigaction(SIGQUIT, &quit, NULL);
	return rc;
}

/* ---- what came of it */

int editor_read(struct arena *a, const char *path, size_t max, struct text *ret,
		struct error *e)
{
	char *bytes;
	size_t len;
	int rc = places_read_any(a, path, max, &bytes, &len, e);

	if (rc == 0)
		*ret = (struct text){ .bytes = bytes, .len = len };
	return rc;
}
