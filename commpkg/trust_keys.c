/* Where keys and policy are read from. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "places.h"
#include "trust_internal.h"

#define KEYS_NAME "keys.d"

static bool is_certificate_file(const char *name)
{
	static const char *const suffixes[] = { ".pem", ".crt", ".cer", ".crl" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (name[0] != '.' && str_has_suffix(name, suffixes[i]))
			return true;
	return false;
}

static bool is_store_file(const char *name)
{
	static const char *const suffixes[] = { ".key", ".p12", ".pfx", "truststore", "certstore",
						"keystore" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (name[0] != '.' && str_has_suffix(name, suffixes[i]))
			return true;
	return is_certificate_file(name);
}

/* A key that anybody may write is anybody's key. */
static int check_writable(const struct stat *st, const char *path, struct error *e)
{
	if ((st->st_mode & S_IWOTH) == 0)
		return 0;
	error_set(e, E_TRUST, "'%s' can be written by anybody, so nothing in it is trusted", path);
	return error_hint(e, "chmod o-w '%s'", path);
}

/* A file the user named, or of a directory that is his; links are followed. */
static int read_file(struct arena *a, const char *path, size_t max, bool guarded, char **ret,
		     size_t *ret_len, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	char block[16384];
	struct stat st;
	ssize_t n;
	int rc = places_open(path, &fd, e);

	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(e, E_UNSUPPORTED, "'%s' is not a regular file", path);
	rc = guarded ? check_writable(&st, path, e) : 0;
	if (rc < 0)
		return rc;
	while ((n = read(fd, block, sizeof(block))) > 0) {
		strbuf_add(&b, block, (size_t)n);
		if (b.len > max)
			return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", path, max);
	}
	if (n < 0)
		return error_errno(e, errno, "cannot read '%s'", path);
	*ret = arena_strndup(a, strbuf_str(&b), b.len);
	*ret_len = b.len;
	return 0;
}

static int add_file(struct arena *a, struct sign_keys *keys, const char *path,
		    const char *passphrase, enum sign_use use, bool guarded, struct error *e)
{
	size_t len;
	char *bytes;
	int rc = read_file(a, path, SIGN_MAX_STORE, guarded, &bytes, &len, e);

	if (rc == 0)
		rc = sign_keys_add(keys, bytes, len, path, passphrase, use, e);
	return rc < 0 ? rc : 0;
}

/* Directories, names that begin with a dot and other suffixes are passed over. */
static int add_directory(struct arena *a, struct sign_keys *keys, const char *path,
			 const char *passphrase, enum sign_use use, bool guarded,
			 struct error *e)
{
	const char **names;
	struct tree *t;
	struct stat st;
	size_t n = 0, i;
	int rc = tree_open(path, &t, e);

	if (rc < 0)
		return rc;
	if (guarded && fstat(tree_fd(t), &st) == 0)
		rc = check_writable(&st, path, e);
	if (rc == 0)
		rc = tree_list(t, a, rpath_root(), &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		const char *file = arena_printf(a, "%s/%s", path, names[i]);

		if (places_look(file) == PLACE_FILE &&
		    (guarded ? is_certificate_file(names[i]) : is_store_file(names[i])))
			rc = add_file(a, keys, file, passphrase, use, guarded, e);
	}
	tree_close(t);
	return rc;
}

int trust_read_store(struct sign_keys *keys, const char *path, const char *passphrase,
		     enum sign_use use, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc;

	if (places_look(path) == PLACE_DIRECTORY)
		rc = add_directory(a, keys, path, passphrase, use, false, e);
	else
		rc = add_file(a, keys, path, passphrase, use, false, e);
	if (rc == -E_NEEDS_ANSWER)
		error_hint(e, "-P gives it");
	return rc < 0 ? error_prefix(e, "key store") : 0;
}

/* ---- the host */

static int read_place(struct trust *t, const char *dir, struct error *e)
{
	const char *keys = arena_printf(t->a, "%s/" KEYS_NAME, dir);
	const char *conf = arena_printf(t->a, "%s/" CONF_NAME, dir);
	size_t len;
	char *bytes;
	int rc = 0;

	if (t->place == NULL)
		t->place = keys;
	if (places_look(keys) != PLACE_GONE)
		rc = add_directory(t->a, t->keys, keys, NULL, SIGN_TRUST, true, e);
	if (rc == 0 && places_look(conf) != PLACE_GONE) {
		rc = read_file(t->a, conf, CONF_MAX, true, &bytes, &len, e);
		if (rc == 0)
			rc = conf_parse(t->a, conf, true, bytes, &t->conf, e);
	}
	return rc;
}

int trust_read_host(struct trust *t, struct error *e)
{
	const char *dirs[PLACES_CONFIG_MAX];
	size_t i, n;
	int rc = places_config(t->a, dirs, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		rc = read_place(t, dirs[i], e);
	return rc;
}

/* ---- a root: a stranger's, so no link of it is followed out, and nothing but files read */

/* Also where something else is in the way, be it a file called etc: no keys, no settings. */
static bool is_missing(int rc)
{
	return rc == -ENOENT || rc == -ENOTDIR;
}

static int root_key(struct trust *t, struct root *r, struct rpath dir, const char *name,
		    struct error *e)
{
	const char *shown = arena_printf(t->a, "%s/etc/commpkg/" KEYS_NAME "/%s", r->path, name);
	struct rpath file;
	size_t len;
	char *bytes;
	int rc = rpath_join(t->a, dir, name, &file, e);

	if (rc == 0)
		rc = tree_read(r->tree, t->a, file, SIGN_MAX_STORE, &bytes, &len, e);
	if (rc == 0)
		rc = sign_keys_add(t->keys, bytes, len, shown, NULL, SIGN_TRUST, e);
	return rc < 0 ? rc : 0;
}

static int root_keys(struct trust *t, struct root *r, struct error *e)
{
	const char **names;
	struct rpath dir;
	size_t n = 0, i;
	int rc = rpath_parse(t->a, "etc/commpkg/" KEYS_NAME, &dir, e);

	if (rc == 0)
		rc = tree_list(r->tree, t->a, dir, &names, &n, e);
	if (is_missing(rc)) {
		error_clear(e);
		return 0;
	}
	for (i = 0; rc == 0 && i < n; i++)
		if (is_certificate_file(names[i]))
			rc = root_key(t, r, dir, names[i], e);
	return rc;
}

static int root_conf(struct trust *t, struct root *r, struct error *e)
{
	const char *shown = arena_printf(t->a, "%s/etc/commpkg/" CONF_NAME, r->path);
	struct rpath file;
	size_t len;
	char *bytes;
	int rc = rpath_parse(t->a, "etc/commpkg/" CONF_NAME, &file, e);

	if (rc == 0)
		rc = tree_read(r->tree, t->a, file, CONF_MAX, &bytes, &len, e);
	if (is_missing(rc)) {
		error_clear(e);
		return 0;
	}
	return rc < 0 ? rc : conf_parse(t->a, shown, false, bytes, &t->conf, e);
}

int trust_add_root(struct trust *t, struct root *r, struct error *e)
{
	int rc = root_keys(t, r, e);

	return rc < 0 ? rc : root_conf(t, r, e);
}
