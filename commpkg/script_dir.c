/* A script's files where CAGE_DIR is called otherwise. */
#include "script_dir.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"

struct script_dir {
	struct arena *a;
	const char *path;
	struct tree *parent, *tree;
	struct rpath name;
};

struct cage_file *script_files(struct arena *a, const struct script *s,
			       const struct script_place *place)
{
	struct cage_file *files = arena_calloc(a, place->nfiles + 1, sizeof(*files));

	files[0] = (struct cage_file){ .name = s->name, .bytes = s->bytes, .len = s->len,
				       .mode = 0444 };
	for (size_t i = 0; i < place->nfiles; i++)
		files[i + 1] = place->files[i];
	return files;
}

static int put_file(struct script_dir *d, const struct cage_file *f, uid_t uid, gid_t gid,
		    struct error *e)
{
	AUTO_FD int fd = -EBADF;
	struct rpath p;
	int rc = rpath_parse(d->a, f->name, &p, e);

	if (rc == 0 && strchr(f->name, '/') != NULL)
		rc = tree_mkdirs(d->tree, rpath_parent(d->a, p), 0755, e);
	if (rc == 0 && f->bytes == NULL && f->target != NULL)
		return tree_symlink(d->tree, script_dir_text(d->a, d, f->target), p, e);
	if (rc == 0)
		rc = tree_create(d->tree, p, &fd, e);
	if (rc == 0)
		rc = fd_write_all(fd, f->bytes, f->len);
	if (rc < 0)
		return error_errno(e, -rc, "cannot write '%s/%s'", d->path, f->name);
	if (fchmod(fd, f->mode) < 0 || (geteuid() == 0 && fchown(fd, uid, gid) < 0))
		return error_errno(e, errno, "cannot set the owner of '%s/%s'", d->path, f->name);
	return 0;
}

static int put_link(struct script_dir *d, const struct cage_bind *b, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(d->a, b->name, &p, e);

	if (rc == 0 && strchr(b->name, '/') != NULL)
		rc = tree_mkdirs(d->tree, rpath_parent(d->a, p), 0755, e);
	return rc < 0 ? rc : tree_symlink(d->tree, tree_path(b->tree), p, e);
}

/* Others may pass, so that a script that is not ours can read its file. */
static int open_dir(struct script_dir *d, struct error *e)
{
	char path[] = "/tmp/commpkg-XXXXXX";
	int rc;

	if (mkdtemp(path) == NULL)
		return error_errno(e, errno, "cannot make a directory in '/tmp'");
	d->path = arena_strdup(d->a, path);
	rc = rpath_parse(d->a, path + strlen("/tmp/"), &d->name, e);
	if (rc == 0)
		rc = tree_open("/tmp", &d->parent, e);
	if (rc == 0)
		rc = tree_open_below(d->parent, d->name, 0, false, &d->tree, e);
	return rc < 0 ? rc : tree_chmod(d->parent, d->name, 0711, e);
}

static int fill(struct script_dir *d, const struct script *s, const struct script_place *place,
		struct error *e)
{
	const struct cage_file *files = script_files(d->a, s, place);
	struct cage_file response = { .name = "response", .bytes = s->response_bytes,
				      .len = s->response_len, .mode = 0644 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < place->nfiles + 1; i++)
		rc = put_file(d, &files[i], geteuid(), getegid(), e);
	for (i = 0; rc == 0 && i < place->nbinds; i++)
		rc = put_link(d, &place->binds[i], e);
	if (rc == 0 && s->response)
		rc = put_file(d, &response, s->uid, s->gid, e);
	return rc;
}

int script_dir_make(struct arena *a, const struct script *s, const struct script_place *place,
		    struct script_dir **ret, struct error *e)
{
	struct script_dir *d = arena_alloc(a, sizeof(*d));
	int rc;

	d->a = a;
	rc = open_dir(d, e);
	if (rc == 0)
		rc = fill(d, s, place, e);
	if (rc < 0) {
		script_dir_remove(d);
		return rc;
	}
	*ret = d;
	return 0;
}

struct script_dir *script_dir_inside(struct arena *a, const char *root)
{
	struct script_dir *d = arena_alloc(a, sizeof(*d));

	d->path = arena_printf(a, "%s" CAGE_DIR_INSIDE, root);
	return d;
}

void script_dir_remove(struct script_dir *d)
{
	if (d == NULL)
		return;
	tree_close(d->tree);
	if (d->parent != NULL)
		(void)tree_remove_all(d->parent, d->name, NULL); /* else /tmp is cleaned once */
	tree_close(d->parent);
}

const char *script_dir_text(struct arena *a, const struct script_dir *d, const char *text)
{
	const size_t len = strlen(CAGE_DIR);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const char *at;

	if (d == NULL || text == NULL || strstr(text, CAGE_DIR) == NULL)
		return text;
	while ((at = strstr(text, CAGE_DIR)) != NULL) {
		strbuf_add(&b, text, (size_t)(at - text));
		strbuf_adds(&b, d->path);
		text = at + len;
	}
	strbuf_adds(&b, text);
	return arena_strdup(a, strbuf_str(&b));
}

void script_dir_requests(struct arena *a, struct script_dir *d, struct script_result *r)
{
	struct rpath p;
	char *bytes;
	size_t len;

	if (rpath_parse(a, "requests", &p, NULL) < 0 ||
	    tree_read(d->tree, a, p, CAGE_REQUESTS_MAX, &bytes, &len, NULL) < 0)
		return; /* none */
	r->requests = bytes;
	r->requests_len = len;
}

void script_dir_response(struct arena *a, struct script_dir *d, struct script_result *r)
{
	struct rpath p;
	char *bytes;
	size_t len;

	if (rpath_parse(a, "response", &p, NULL) < 0 ||
	    tree_read(d->tree, a, p, CAGE_RESPONSE_MAX, &bytes, &len, NULL) < 0)
		return; /* it stays NULL */
	r->response = bytes;
	r->response_len = len;
}
