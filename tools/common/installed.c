/* Roots, instances and operands of the SVR4 commands. */
#include "tools/common/installed.h"

#include <errno.h>
#include <stdlib.h>

#include "commpkg/sadm.h"
#include "pkgdb/journal.h"
#include "tools/common/say.h"

const char *altroot_prefix(struct arena *a, const char *path)
{
	size_t n = strlen(path);

	while (n > 0 && path[n - 1] == '/')
		n--;
	return arena_strndup(a, path, n);
}

static bool same_root(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	while (n > 0 && a[n - 1] == '/')
		n--;
	while (k > 0 && b[k - 1] == '/')
		k--;
	return n == k && memcmp(a, b, n) == 0;
}

int altroot_choose(const char *option, const char **ret, struct error *e)
{
	const char *env = getenv("PKG_INSTALL_ROOT");

	if (env != NULL && env[0] == '\0')
		env = NULL;
	if (option != NULL && env != NULL && !same_root(option, env))
		return error_set(e, E_USAGE,
				 "Command line install root contends with environment.");
	if (option == NULL)
		option = env != NULL ? env : "/";
	if (option[0] != '/')
		return error_set(e, E_USAGE,
				 "Install_root (-R option) requires an absolute pathname");
	*ret = option;
	return 0;
}

static int by_instance(const void *a, const void *b)
{
	const struct pkgdb_package *x = a, *y = b;

	return strcmp(x->instance, y->instance);
}

static int read_packages(struct installed *in, struct error *e)
{
	int rc = pkgdb_packages(in->db, in->arena, PKGDB_NOW, &in->v, &in->n, e);

	if (rc < 0)
		return rc;
	if (in->n > 0)
		qsort(in->v, in->n, sizeof(*in->v), by_instance);
	return 0;
}

void installed_warn_pending(const struct installed *in)
{
	struct txn pending;

	if (in->db != NULL && txn_pending(in->db, in->arena, &pending, NULL) > 0)
		say_warning("transaction %lld was interrupted and is not finished yet: run "
			    "commpkg recover", (long long)pending.n);
}

static int open_parts(const char *path, struct installed *in, struct error *e)
{
	int rc = root_open(path, false, &in->root, e);

	if (rc < 0)
		return rc;
	rc = root_state(in->root, false, &in->state, e);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	rc = pkgdb_open(tree_fd(in->state), PKGDB_READ, &in->db, e);
	if (rc == -E_NOT_FOUND)
		return 0;
	return rc < 0 ? rc : read_packages(in, e);
}

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	say_warning("%s", text);
}

static int open_foreign(struct installed *in, bool files, struct error *e)
{
	int rc;

	if (!sadm_exists(in->root))
		return 0;
	rc = pkgdb_open_memory(&in->db, e);
	if (rc == 0)
		rc = sadm_load(in->root, in->db, files ? SADM_ALL : SADM_PACKAGES, warn, NULL, e);
	in->foreign = true;
	return rc < 0 ? rc : read_packages(in, e);
}

enum look { OWN, FOREIGN_PACKAGES, FOREIGN_ALL };

static int open_as(const char *path, enum look look, struct installed *ret, struct error *e)
{
	struct installed in = { .arena = arena_new() };
	int rc;

	in.prefix = altroot_prefix(in.arena, path);
	rc = open_parts(path, &in, e);
	if (rc == 0 && in.db == NULL && look != OWN)
		rc = open_foreign(&in, look == FOREIGN_ALL, e);
	if (rc < 0) {
		installed_close(&in);
		return rc;
	}
	*ret = in;
	return 0;
}

int installed_open(const char *path, struct installed *ret, struct error *e)
{
	return open_as(path, OWN, ret, e);
}

int installed_look(const char *path, bool files, struct installed *ret, struct error *e)
{
	return open_as(path, files ? FOREIGN_ALL : FOREIGN_PACKAGES, ret, e);
}

void installed_close(struct installed *in)
{
	pkgdb_close(in->db);
	tree_close(in->state);
	if (in->root != NULL)
		root_close(in->root);
	arena_free(in->arena);
	*in = (struct installed){ .n = 0 };
}

const struct pkgdb_package *installed_find(const struct installed *in, const char *instance)
{
	struct pkgdb_package key = { .instance = instance };

	if (in->n == 0)
		return NULL;
	return bsearch(&key, in->v, in->n, sizeof(*in->v), by_instance);
}
