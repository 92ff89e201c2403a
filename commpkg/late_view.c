/*
 * `contents` after scripts on the root itself: until they have ended it is what they were shown,
 * and what their installf and removef made of it; then it is made from the rows, which have all
 * that was asked for.
 *
 * The ops are in the order of phases.
 */
#include "late.h"

#include <errno.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "history_words.h"
#include "pkgdb/svr4edit.h"
#include "pkgdb/svr4view.h"

#define CONTENTS "var/sadm/install/contents"
#define MODIFIED "# Last modified by "

/* Does the phase put it a second time, or after it was kept? (Where scripts were staged it comes
 * once, from the seal.) */
static bool is_due(const struct late *l, int64_t phase, const char *path)
{
	bool before = false;
	size_t i, n;

	for (i = 0; i < l->nops; i++) {
		const struct op *op = &l->ops[i];
		bool puts = op->kind == OP_PUT || op->kind == OP_TREE || op->kind == OP_COPY;

		n = strlen(op->path);
		if (!puts || strncmp(op->path, path, n) != 0)
			continue;
		if (TXN_PHASE(op->seq) == 0)
			before |= path[n] == '/' || path[n] == '\0';
		else if (TXN_PHASE(op->seq) == phase && path[n] == '\0' && op->kind == OP_PUT)
			return before;
	}
	return false;
}

/* Who changed it last, from its end: "# Last modified by PROGRAM for INSTANCE package". */
static void read_modifier(struct arena *a, const char *text, const char **ret_program,
			  const char **ret_instance)
{
	const char *at = NULL, *next = strstr(text, MODIFIED);
	char program[65], instance[65];

	for (; next != NULL; next = strstr(next + 1, MODIFIED))
		at = next;
	if (at == NULL || sscanf(at, MODIFIED "%64s for %64s package", program, instance) != 2)
		return;
	*ret_program = arena_strdup(a, program);
	*ret_instance = arena_strdup(a, instance);
}

static int render(struct late *l, struct rpath path, struct strbuf *out, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *program = "commpkg", *instance = "no";
	size_t len;
	char *old;

	if (tree_read(l->root->tree, a, path, SVR4EDIT_MAX_BYTES, &old, &len, NULL) == 0)
		read_modifier(a, len > 4096 ? old + len - 4096 : old, &program, &instance);
	return svr4view_contents(l->db, program, instance, history_now(), out, e);
}

/* Over what an earlier run, which was interrupted, has made. */
static int write_new(struct late *l, struct rpath path, const struct strbuf *text,
		     struct error *e)
{
	struct tree *new = l->ap->new;
	AUTO_FD int fd = -EBADF;
	int rc = tree_mkdirs(new, rpath_parent(l->a, path), 0755, e);

	if (rc == 0)
		rc = tree_unlink(new, path, e);
	if (rc == -ENOENT)
		rc = (error_clear(e), 0);
	if (rc == 0)
		rc = tree_create(new, path, &fd, e);
	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, strbuf_str(text), text->len);
	if (rc < 0)
		return error_errno(e, -rc, "cannot write '/%s' in the stage", rpath_str(path));
	rc = tree_chmod(new, path, 0644, e);
	return rc < 0 ? rc : tree_sync(new, e);
}

int late_view(struct late *l, int64_t phase, char ret[SHA256_HEX_SIZE], struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct rpath path;
	struct sha256 sha;
	int rc = rpath_parse(l->a, CONTENTS, &path, e);

	if (rc == 0)
		rc = tree_canonical(l->root->tree, l->a, path, &path, e);
	if (rc < 0 || !is_due(l, phase, rpath_str(path)))
		return rc;
	rc = render(l, path, &text, e);
	if (rc == 0)
		rc = write_new(l, path, &text, e);
	if (rc < 0)
		return rc;
	sha256_of(strbuf_str(&text), text.len, &sha);
	sha256_hex(&sha, ret);
	return 0;
}
