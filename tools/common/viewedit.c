/* The SVR4 view, edited in a cage. */
#include "tools/common/viewedit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "commpkg/cage.h"
#include "commpkg/register.h"
#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "formats/fd.h"
#include "tools/common/installed.h"
#include "tools/common/say.h"

#define CONTENTS "var/sadm/install/contents"
#define NEW_CONTENTS "var/sadm/install/t.contents"
#define INPUT_MAX ((size_t)16 << 20)

static int check_instance(struct viewedit *v, struct error *e)
{
	struct rpath p;

	if (v->instance[0] == '\0' || strchr(v->instance, '/') != NULL ||
	    rpath_parse(v->a, arena_printf(v->a, "var/sadm/pkg/%s/pkginfo", v->instance), &p,
			NULL) < 0 || !tree_exists(v->root->tree, p))
		return error_set(e, E_NOT_FOUND, "no package associated with <%s>", v->instance);
	return 0;
}

static int read_contents(struct viewedit *v, struct error *e)
{
	struct rpath p;
	char *text = NULL;
	size_t len = 0;
	int rc = rpath_parse(v->a, CONTENTS, &p, e);

	if (rc == 0)
		rc = tree_read(v->root->tree, v->a, p, SVR4EDIT_MAX_BYTES, &text, &len, e);
	if (rc < 0)
		return rc;
	v->ed = svr4edit_open(v->a, text, len);
	return 0;
}

int viewedit_open(const char *root_path, const char *instance, struct viewedit *ret,
		  struct error *e)
{
	struct viewedit v = { .a = arena_new(), .instance = instance };
	int rc = root_open(root_path, false, &v.root, e);

	v.prefix = altroot_prefix(v.a, root_path);
	if (rc == 0)
		rc = check_instance(&v, e);
	if (rc == 0)
		rc = owners_load(v.root, &v.owners, e);
	if (rc == 0)
		rc = read_contents(&v, e);
	if (rc < 0)
		viewedit_close(&v);
	else
		*ret = v;
	return rc;
}

void viewedit_close(struct viewedit *v)
{
	svr4edit_close(v->ed);
	owners_free(v->owners);
	if (v->root != NULL)
		root_close(v->root);
	strbuf_free(&v->requests);
	arena_free(v->a);
}

int viewedit_request(struct viewedit *v, const struct request *q, struct error *e)
{
	if (!request_render(q, &v->requests))
		return error_set(e, E_FORMAT, "a name has a blank or a control byte, which the "
				 "database can't hold");
	return 0;
}

static int write_contents(struct viewedit *v, const char *program, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	struct tree *t = v->root->tree;
	struct rpath new, to;
	int rc = rpath_parse(v->a, NEW_CONTENTS, &new, e);

	svr4edit_render(v->ed, program, v->instance, time(NULL), &text);
	if (rc == 0)
		rc = rpath_parse(v->a, CONTENTS, &to, e);
	if (rc == 0 && tree_exists(t, new))
		rc = tree_unlink(t, new, e);
	if (rc == 0)
		rc = tree_create(t, new, &fd, e);
	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, strbuf_str(&text), text.len);
	if (rc < 0)
		return error_errno(e, -rc, "cannot write '" NEW_CONTENTS "'");
	rc = tree_chmod(t, new, 0644, e);
	return rc < 0 ? rc : tree_rename(t, new, t, to, 0, e);
}

const char *viewedit_requests(void)
{
	const char *file = getenv(REQUESTS_ENV);

	if (file != NULL)
		return file;
	return access(CAGE_REQUESTS, W_OK) == 0 ? CAGE_REQUESTS : NULL;
}

static int write_requests(struct viewedit *v, struct error *e)
{
	const char *file = viewedit_requests();
	AUTO_FD int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = fd < 0 ? -errno : fd_write_all(fd, strbuf_str(&v->requests), v->requests.len);

	return rc < 0 ? error_errno(e, -rc, "cannot write '%s'", file) : 0;
}

int viewedit_write(struct viewedit *v, const char *program, struct error *e)
{
	int rc = write_contents(v, program, e);

	return rc < 0 ? rc : write_requests(v, e);
}

const struct pkgdb_file *viewedit_row(struct viewedit *v, const char *path)
{
	struct svr4_group g = svr4edit_find(v->ed, path);
	const struct pkgdb_file *rows = g.rows;

	for (size_t i = 0; i < g.n; i++)
		if (str_eq(g.instances[i], v->instance))
			return rows + i;
	return NULL;
}

int viewedit_path(struct viewedit *v, const char *text, const char **ret, struct error *e)
{
	const char *clean;
	struct rpath p;
	int rc;

	/* scripts hand over what they have found below the root, as SVR4's own scripts do */
	if (v->prefix[0] != '\0' && strncmp(text, v->prefix, strlen(v->prefix)) == 0 &&
	    text[strlen(v->prefix)] == '/')
		text += strlen(v->prefix);
	if (text[0] != '/')
		return error_set(e, E_FORMAT, "relative pathname <%s> not permitted", text);
	rc = path_canonical(v->a, text, &clean, e);
	if (rc == 0)
		rc = rpath_parse(v->a, clean, &p, e);
	if (rc < 0)
		return rc;
	*ret = rpath_str(p);
	return 0;
}

/* ---- outside of a cage */

/* Messages of the command in the cage are told from what it has to say. */
static void on_line(void *ctx, const char *text)
{
	if (str_has_prefix(text, ctx))
		say_err("%s\n", text);
	else
		say_out("%s\n", text);
}

static int read_input(struct strbuf *out)
{
	char buf[65536];
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(read(0, buf, sizeof(buf)))) > 0) {
		strbuf_add(out, buf, (size_t)n);
		if (out->len > INPUT_MAX)
			return -E2BIG;
	}
	return n < 0 ? -errno : 0;
}

int viewedit_transaction(const char *program, const char *root_path, int argc, char **argv,
			 bool input)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct register_request req = {
		.program = program, .root_path = root_path, .args = (const char *const *)argv,
		.nargs = (size_t)argc, .line = on_line,
		.ctx = arena_printf(a, "%s: ", program),
	};
	struct error e = ERROR_INIT;
	int status = 0, rc = input ? read_input(&text) : 0;

	if (rc < 0)
		rc = error_errno(&e, -rc, "cannot read the standard input");
	req.input = strbuf_str(&text);
	req.input_len = text.len;
	signals_install();
	if (rc == 0)
		rc = register_run(a, &req, &status, &e);
	if (fflush(stdout) != 0 && rc == 0)
		status = 1;
	if (rc == 0)
		return status;
	say_failure(&e);
	return rc == -E_DB || rc == -E_RECOVERY || rc == -E_LOCKED ? 99 : 1;
}
