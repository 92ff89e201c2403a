/* What is mounted at and below a root. */
#include "mounts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/cleanup.h"

#define MOUNTS_MAX 4096

/* \040 and the like: proc(5), mountinfo. In place. */
static void unescape(char *s)
{
	char *to = s;
	uint64_t byte;

	while (*s != '\0') {
		if (s[0] == '\\' && str_to_u64(s + 1, strnlen(s + 1, 3), 8, 255, &byte)) {
			*to++ = (char)byte;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

struct line {
	char *id, *path, *type, *source;
};

/* id parent major:minor root PATH options [optional]... - TYPE SOURCE super-options */
static bool split(char *text, struct line *ret)
{
	char *save = NULL, *field = strtok_r(text, " \n", &save);

	*ret = (struct line){ .id = field };
	for (int i = 0; field != NULL && i < 4; i++)
		field = strtok_r(NULL, " \n", &save);
	ret->path = field;
	while (field != NULL && !str_eq(field, "-"))
		field = strtok_r(NULL, " \n", &save);
	ret->type = field != NULL ? strtok_r(NULL, " \n", &save) : NULL;
	ret->source = ret->type != NULL ? strtok_r(NULL, " \n", &save) : NULL;
	return ret->source != NULL;
}

/* The part of path below the root, "" for one at or above it; NULL: elsewhere. */
static const char *below(const char *path, const char *root)
{
	size_t len = strlen(path), n = strlen(root);

	if (strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0'))
		return path[n] == '\0' ? "" : path + n + 1;
	if (str_eq(path, "/") || (strncmp(root, path, len) == 0 && root[len] == '/'))
		return "";
	return NULL;
}

/* Where the root really is; "" for `/`. */
static int real_path(const struct tree *root, char *ret, size_t size, struct error *e)
{
	char magic[64];
	ssize_t len;

	(void)snprintf(magic, sizeof(magic), "/proc/self/fd/%d", tree_fd(root));
	len = readlink(magic, ret, size - 1);
	if (len < 0)
		return error_errno(e, errno, "cannot find out where '%s' is", tree_path(root));
	ret[len == 1 ? 0 : len] = '\0';
	return 0;
}

int mounts_list(struct arena *a, const struct tree *root, struct mount **ret, size_t *ret_n,
		struct error *e)
{
	AUTO_FILE FILE *f = fopen("/proc/self/mountinfo", "re");
	AUTO_FREE char *text = NULL;
	VEC(struct mount) found = VEC_INIT;
	char top[PATH_MAX];
	size_t cap = 0;
	int rc = f != NULL ? real_path(root, top, sizeof(top), e) : 0;

	while (f != NULL && rc == 0 && getline(&text, &cap, f) > 0) {
		struct mount *m;
		struct line l;
		uint64_t id;
		const char *path;

		if (!split(text, &l) || !str_to_u64(l.id, strlen(l.id), 10, INT64_MAX, &id))
			continue;
		unescape(l.path);
		unescape(l.source);
		path = below(l.path, top);
		if (path == NULL)
			continue;
		if (found.n == MOUNTS_MAX)
			rc = error_set(e, E_LIMIT, "over %d mounts below '%s'", MOUNTS_MAX, top);
		m = VEC_PUSH(&found);
		*m = (struct mount){ .id = id, .path = arena_strdup(a, path),
				     .type = arena_strdup(a, l.type),
				     .what = arena_printf(a, "%.512s (%.64s)", l.source, l.type) };
	}
	if (rc == 0) {
		*ret = arena_memdup(a, found.v, found.n, sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

/* Each line begins with the path; the first one is a heading. */
int mounts_swaps(struct arena *a, const struct tree *root, struct strmap **ret, struct error *e)
{
	AUTO_FILE FILE *f = fopen("/proc/swaps", "re");
	AUTO_FREE char *text = NULL;
	char top[PATH_MAX];
	size_t cap = 0;
	int rc = f != NULL ? real_path(root, top, sizeof(top), e) : 0;

	if (rc < 0)
		return rc;
	*ret = strmap_new(4);
	while (f != NULL && getline(&text, &cap, f) > 0) {
		const char *path;

		text[strcspn(text, " \t\n")] = '\0';
		unescape(text);
		path = text[0] == '/' ? below(text, top) : NULL;
		if (path == NULL || path[0] == '\0')
			continue;
		path = arena_strdup(a, path);
		(void)strmap_put(*ret, path, (void *)path);
	}
	return 0;
}

const struct mount *mounts_find(const struct mount *v, size_t n, uint64_t id)
{
	while (n-- > 0)
		if (v[n].id == id)
			return &v[n];
	return NULL;
}
