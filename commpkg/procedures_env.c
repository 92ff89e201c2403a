/* What a script finds in its environment (svr4.md 8.3). */
#include "procedures.h"

#include "environment.h"
#include "pkgdb/pkgdb.h"

/* NULL: scripts have the root as their `/`. */
static const char *root_path(const struct stage *s)
{
	return s->plan->options->script_inside ? NULL : s->plan->root->path;
}

const char *procedures_path(struct stage *s, const char *client)
{
	return environment_path(s->a, s->plan->root, root_path(s), client);
}

static void set(struct stage *s, struct pkginfo *env, const char *name, const char *value)
{
	if (value != NULL)
		pkginfo_set(s->a, env, name, value);
}

/* BASEDIR has the root in front, CLIENT_BASEDIR has not. */
static void set_places(struct stage *s, const struct plan_step *ps, const char *root,
		       struct pkginfo *env)
{
	const struct root *of = s->plan->root;
	const char *basedir = pkginfo_get(env, "BASEDIR");

	if (basedir != NULL) {
		set(s, env, "CLIENT_BASEDIR", arena_strdup(s->a, basedir));
		set(s, env, "BASEDIR", environment_path(s->a, of, root, basedir));
	}
	set(s, env, "PKGSAV", environment_path(s->a, of, root,
					       arena_printf(s->a, "/var/sadm/pkg/%s/save",
							    ps->instance)));
	environment_add(s->a, s->plan->root, root, s->plan->options->flags, env);
}

/* What has run stays set for what follows. The misspelt name is SVR4's own, and scripts may
 * know it by that. */
static void set_procedure(struct stage *s, const struct plan_step *ps, const char *script,
			  struct pkginfo *env)
{
	bool comes = ps->step->package != NULL;

	if (comes && plan_script(ps, "preinstall") != NULL)
		set(s, env, "PKG_PROC_script", "preinstall");
	if (str_eq(script, "postinstall") || str_eq(script, "postremove"))
		set(s, env, "PKG_PROC_SCRIPT", script);
	else if (!comes && plan_script(ps, "preremove") != NULL)
		set(s, env, "PKG_PROC_SCRIPT", "preremove");
}

/* The tool's own directory, which it has when the classes come; at removal what it had. */
static void set_tmpdir(struct stage *s, bool comes, const char *script, struct pkginfo *env)
{
	if (!comes)
		set(s, env, "TMPDIR", "/var/tmp/");
	else if (!str_eq(script, "preinstall"))
		set(s, env, "TMPDIR", "/tmp");
}

static int make(struct stage *s, struct pkgdb *db, const struct plan_step *ps, const char *script,
		const char *root, struct pkginfo *ret, struct error *e)
{
	bool comes = ps->step->package != NULL;
	struct pkginfo stored = { 0 };
	const struct pkginfo *from = &ps->params;
	size_t i;
	int rc = 0;

	if (!comes) {
		rc = pkgdb_params(db, s->a, ps->step->installed->id, &stored, e);
		from = &stored;
	}
	if (rc < 0)
		return rc;
	*ret = (struct pkginfo){ 0 };
	for (i = 0; i < from->n; i++)
		pkginfo_set(s->a, ret, from->params[i].name, from->params[i].value);
	set_places(s, ps, root, ret);
	set_procedure(s, ps, script, ret);
	set_tmpdir(s, comes, script, ret);
	return 0;
}

int procedures_env(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
		   const char *script, struct pkginfo *ret, struct error *e)
{
	int rc = make(s, db, ps, script, root_path(s), ret, e);

	if (rc == 0 && ps->step->package != NULL)
		set(s, ret, "INST_DATADIR", CAGE_DIR "/data");
	return rc;
}

/* Without the package, which is not there any more. */
int procedures_env_booted(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
			  const char *script, struct pkginfo *ret, struct error *e)
{
	return make(s, db, ps, script, NULL, ret, e);
}
