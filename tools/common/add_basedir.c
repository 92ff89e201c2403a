/* Where a relocatable package goes (svr4.md 7, basedir). */
#include "tools/common/add.h"

#include <errno.h>

#include "formats/prototype.h"
#include "tools/common/ask.h"
#include "tools/common/say.h"

/* $PKGINST and other parameters as components of a path. */
static const char *expanded(struct add *ad, const char *text)
{
	struct pkginfo params = { .n = 0 };
	size_t i;

	for (i = 0; i < ad->p->info.n; i++)
		pkginfo_set(ad->a, &params, ad->p->info.params[i].name,
			    ad->p->info.params[i].value);
	for (i = 0; i < ad->answers.n; i++)
		pkginfo_set(ad->a, &params, ad->answers.params[i].name,
			    ad->answers.params[i].value);
	pkginfo_set(ad->a, &params, "PKGINST", ad->instance);
	return proto_expand(ad->a, text, &params, false, true, NULL);
}

static bool is_below_basedir(struct add *ad, const char *path)
{
	size_t len = strcspn(path, "/");

	if (len == strlen("$BASEDIR") && strncmp(path, "$BASEDIR", len) == 0)
		return true;
	return path[0] != '/' && (path[0] != '$' || expanded(ad, path)[0] != '/');
}

/* A variable may stand for an absolute path (svr4.md 4.3). */
static bool is_relocatable(struct add *ad)
{
	const struct pkgmap *map = &ad->p->map;
	size_t i;

	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype != 'i' && is_below_basedir(ad, map->entries[i].path))
			return true;
	return false;
}

static enum outcome ask_basedir(struct add *ad, const char *fallback)
{
	static const char help[] =
		"The path of the directory below which the relocatable objects of this package "
		"are to be installed. It must begin with a slash.";
	const char *question = "Enter path to package base directory", *answer;

	if (ad->o->noninteractive)
		return OUTCOME_INTERACTION;
	if (fallback != NULL)
		question = arena_printf(ad->a, "%s (default: %s)", question, fallback);
	do {
		answer = ask_line(ad->a, question, help, fallback);
		if (answer != NULL && answer[0] != '/')
			say_err("ERROR: A pathname which begins with a slash is required.\n");
	} while (answer != NULL && answer[0] != '/');
	ad->basedir = answer;
	return answer != NULL ? OUTCOME_OK : OUTCOME_QUIT;
}

static enum outcome choose(struct add *ad)
{
	const char *wanted = ad->o->admin.basedir, *param = add_param(ad, "BASEDIR");

	if (param != NULL && param[0] == '\0')
		param = NULL;
	if (str_eq(wanted, "update") && ad->old != NULL && ad->old->basedir != NULL) {
		ad->basedir = ad->old->basedir;
		return OUTCOME_OK;
	}
	if (str_eq(wanted, "ask"))
		return ask_basedir(ad, param);
	if (str_eq(wanted, "default") || str_eq(wanted, "update")) {
		if (param == NULL)
			return ask_basedir(ad, NULL);
		ad->basedir = expanded(ad, param);
	} else {
		ad->basedir = expanded(ad, wanted);
	}
	return OUTCOME_OK;
}

static bool exists_in_root(const struct add *ad, const char *client_path)
{
	const char *canon;
	struct rpath path, real;

	if (ad->in.root == NULL || path_canonical(ad->a, client_path, &canon, NULL) < 0 ||
	    rpath_parse(ad->a, canon, &path, NULL) < 0 ||
	    tree_canonical(ad->in.root->tree, ad->a, path, &real, NULL) < 0)
		return false;
	return rpath_is_root(real) || tree_exists(ad->in.root->tree, real);
}

static enum outcome confirm_new(struct add *ad, const char *client_path)
{
	if (exists_in_root(ad, client_path))
		return OUTCOME_OK;
	say_err("\nThe selected base directory <%s%s> must exist before\n"
		"installation is attempted.\n", ad->o->prefix, client_path);
	return ask_yes_no("Do you want this directory created now") == ASK_YES ? OUTCOME_OK
									       : OUTCOME_QUIT;
}

enum outcome add_choose_basedir(struct add *ad)
{
	enum outcome o;

	ad->relocatable = is_relocatable(ad);
	if (!ad->relocatable)
		return OUTCOME_OK;
	o = choose(ad);
	if (o != OUTCOME_OK)
		return o;
	if (ad->basedir[0] != '/') {
		say_error("the base directory <%s> is not an absolute path", ad->basedir);
		return OUTCOME_FAILED;
	}
	if (ad->o->noninteractive)
		return OUTCOME_OK;
	o = confirm_new(ad, ad->basedir);
	if (o == OUTCOME_OK)
		say_err("Using <%s%s> as the package base directory.\n", ad->o->prefix,
			ad->basedir);
	return o;
}
