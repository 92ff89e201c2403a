/* Variables of scripts that do not come from their package. */
#include "environment.h"

#include <stdlib.h>

#define VALUE_MAX 256
#define FILE_LIMIT_BLOCK 512u	/* ULIMIT counts in these */

const char *environment_path(struct arena *a, const struct root *root, const char *root_path,
			     const char *client)
{
	while (*client == '/')
		client++;
	if (root->live || root_path == NULL)
		return arena_printf(a, "/%s", client);
	return *client == '\0' ? root_path : arena_printf(a, "%s/%s", root_path, client);
}

/* Which system the root holds, as it says itself. */
static void add_client(struct arena *a, struct root *root, struct pkginfo *env)
{
	static const char *const names[][2] = { { "OS", "PKG_CLIENT_OS" },
		{ "VERSION", "PKG_CLIENT_VERSION" }, { "REV", "PKG_CLIENT_REVISION" } };
	struct pkginfo info;
	struct rpath path;
	char *bytes;
	size_t len, i;

	if (rpath_parse(a, INST_RELEASE, &path, NULL) < 0 ||
	    tree_read(root->tree, a, path, PKGINFO_MAX_BYTES, &bytes, &len, NULL) < 0 ||
	    pkginfo_parse(a, bytes, len, INST_RELEASE, &info, NULL) < 0)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = pkginfo_get(&info, names[i][0]);

		if (value != NULL)
			pkginfo_set(a, env, names[i][1], value);
	}
}

void environment_add(struct arena *a, struct root *root, const char *root_path,
		     const struct pkginfo *flags, struct pkginfo *env)
{
	size_t i;

	if (!root->live && root_path != NULL) {
		pkginfo_set(a, env, "PKG_INSTALL_ROOT", root_path);
		add_client(a, root, env);
	}
	if (pkginfo_get(env, "ULIMIT") != NULL)
		pkginfo_set(a, env, "PKG_ULIMIT", "TRUE");
	for (i = 0; flags != NULL && i < flags->n; i++)
		pkginfo_set(a, env, flags->params[i].name, flags->params[i].value);
}

uint64_t environment_file_limit(const struct pkginfo *env)
{
	const char *blocks = pkginfo_get(env, "ULIMIT");
	uint64_t n;

	if (blocks == NULL ||
	    !str_to_u64(blocks, strlen(blocks), 10, UINT64_MAX / FILE_LIMIT_BLOCK, &n))
		return 0;
	return n * FILE_LIMIT_BLOCK;
}

void environment_flags(struct arena *a, struct pkginfo *ret)
{
	static const char *const names[] = { "NONABI_SCRIPTS", "PKG_NONABI_SYMLINKS",
					     "PKG_ABI_NAMELENGTH" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && str_eq(value, "TRUE"))
			pkginfo_set(a, ret, names[i], "TRUE");
	}
}

void environment_locale(struct arena *a, struct pkginfo *ret)
{
	static const char *const names[] = { "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE",
		"LC_MESSAGES", "LC_MONETARY", "LC_ALL", "LANG", "TZ" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0' && strlen(value) < VALUE_MAX)
			pkginfo_set(a, ret, names[i], arena_strdup(a, value));
	}
}
