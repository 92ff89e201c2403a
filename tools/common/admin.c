/* Admin files: found, read, understood. */
#include "tools/common/admin.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "commpkg/root.h"
#include "formats/prototype.h"
#include "tools/common/say.h"

#define ADMIN_DIR "var/sadm/install/admin"

struct keyword {
	const char *name;
	size_t offset;
	unsigned allowed;	/* bits of enum admin_policy */
};

#define BIT(p) (1u << (p))
#define USUAL (BIT(ADMIN_NOCHECK) | BIT(ADMIN_QUIT))

static const struct keyword keywords[] = {
	{ "instance", offsetof(struct admin, instance),
	  BIT(ADMIN_UNIQUE) | BIT(ADMIN_OVERWRITE) | BIT(ADMIN_QUIT) },
	{ "partial", offsetof(struct admin, partial), USUAL },
	{ "runlevel", offsetof(struct admin, runlevel), USUAL },
	{ "idepend", offsetof(struct admin, idepend), USUAL },
	{ "rdepend", offsetof(struct admin, rdepend), USUAL },
	{ "space", offsetof(struct admin, space), USUAL },
	{ "setuid", offsetof(struct admin, setuid), USUAL | BIT(ADMIN_NOCHANGE) },
	{ "conflict", offsetof(struct admin, conflict), USUAL | BIT(ADMIN_NOCHANGE) },
	{ "action", offsetof(struct admin, action), USUAL },
	{ "authentication", offsetof(struct admin, authentication), USUAL },
};

static const struct { const char *word; enum admin_policy policy; } words[] = {
	{ "ask", ADMIN_ASK }, { "nocheck", ADMIN_NOCHECK }, { "quit", ADMIN_QUIT },
	{ "nochange", ADMIN_NOCHANGE }, { "unique", ADMIN_UNIQUE },
	{ "overwrite", ADMIN_OVERWRITE }, { "newonly", ADMIN_QUIT },
};

/* For the network: nothing to decide here. */
static bool is_accepted(const char *name)
{
	static const char *const names[] = { "networktimeout", "networkretries", "proxy" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static const struct keyword *find_keyword(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (str_eq(keywords[i].name, name))
			return &keywords[i];
	return NULL;
}

static bool set_policy(const struct keyword *k, const char *word, struct admin *ret)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum admin_policy p = words[i].policy;

		if (!str_eq(words[i].word, word))
			continue;
		if (p != ADMIN_ASK && (k->allowed & BIT(p)) == 0)
			return false;
		*(enum admin_policy *)((char *)ret + k->offset) = p;
		return true;
	}
	return false;
}

static int set_script_user(const struct param *p, const char *file, struct admin *ret,
			   struct error *e)
{
	if (!str_eq(p->value, "root") && !str_eq(p->value, "noaccess"))
		return error_set(e, E_FORMAT, "%s:%u: <%s> is no value of admin parameter <%s>",
				 file, p->line, p->value, p->name);
	ret->request_as_root = str_eq(p->value, "root");
	return 0;
}

static int set_param(const struct param *p, const char *file, struct admin *ret,
		     struct error *e)
{
	const struct keyword *k = find_keyword(p->name);

	if (p->value[0] == '\0' || is_accepted(p->name))
		return 0;
	if (str_eq(p->name, "rscriptalt"))
		return set_script_user(p, file, ret, e);
	if (str_eq(p->name, "basedir")) {
		ret->basedir = p->value;
		return 0;
	}
	if (str_eq(p->name, "mail")) {
		ret->mail = p->value;
		return 0;
	}
	if (str_eq(p->name, "keystore")) {
		ret->keystore = p->value;
		return 0;
	}
	if (k == NULL) {
		say_warning("unknown admin parameter <%s> in <%s>", p->name, file);
		return 0;
	}
	if (!set_policy(k, p->value, ret))
		return error_set(e, E_FORMAT, "%s:%u: <%s> is no value of admin parameter <%s>",
				 file, p->line, p->value, p->name);
	return 0;
}

static int understand(struct arena *a, const char *bytes, size_t len, const char *file,
		      struct admin *ret, struct error *e)
{
	struct admin admin = { .basedir = "default" };
	struct pkginfo info;
	size_t i;
	int rc = pkginfo_parse(a, bytes, len, file, &info, e);

	for (i = 0; rc == 0 && i < info.n; i++)
		rc = set_param(&info.params[i], file, &admin, e);
	if (rc == 0)
		*ret = admin;
	return rc;
}

/* -ENOENT: not there. */
static int load_from_root(struct arena *a, const char *name, const char *root_path,
			  struct admin *ret, struct error *e)
{
	const char *file = arena_printf(a, "%s/%s", ADMIN_DIR, name);
	struct root *root;
	struct rpath path;
	size_t len;
	char *bytes;
	int rc = root_open(root_path, false, &root, e);

	if (rc < 0)
		return rc;
	rc = rpath_parse(a, file, &path, e);
	if (rc == 0)
		rc = tree_read(root->tree, a, path, PKGINFO_MAX_BYTES, &bytes, &len, e);
	root_close(root);
	if (rc == 0)
		rc = understand(a, bytes, len, file, ret, e);
	if (rc == 0 && !str_eq(root_path, "/"))
		ret->mail = NULL;
	return rc;
}

static int load_from_host(struct arena *a, const char *path, struct admin *ret,
			  struct error *e)
{
	const char *bytes;
	size_t len;
	int rc = proto_files_disk.read(NULL, a, path, &bytes, &len, e);

	return rc < 0 ? rc : understand(a, bytes, len, path, ret, e);
}

static int load_installed(struct arena *a, const char *name, const char *root_path,
			  struct admin *ret, struct error *e)
{
	int rc = load_from_root(a, name, root_path, ret, e);

	if (rc == -ENOENT)
		rc = load_from_host(a, arena_printf(a, "/%s/%s", ADMIN_DIR, name), ret, e);
	return rc;
}

int admin_load(struct arena *a, const char *name, const char *root_path, struct admin *ret,
	       struct error *e)
{
	bool is_default = name == NULL;
	int rc;

	if (name != NULL && str_eq(name, "none")) {
		*ret = (struct admin){ .basedir = "ask" };
		return 0;
	}
	if (name == NULL)
		name = "default";
	rc = is_default ? -ENOENT :
	     load_from_host(a, name[0] == '/' ? name : arena_printf(a, "./%s", name), ret, e);
	if ((rc == -ENOENT || rc == -EISDIR) && name[0] != '/')
		rc = load_installed(a, name, root_path, ret, e);
	if (rc == -ENOENT && is_default) {
		*ret = (struct admin){ .instance = ADMIN_UNIQUE, .basedir = "default" };
		return 0;
	}
	if (rc == -ENOENT)
		return error_set(e, E_NOT_FOUND, "unable to open admin file <%s>: No such file "
				 "or directory", name);
	return rc;
}
