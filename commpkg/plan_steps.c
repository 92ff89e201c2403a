/* The steps of the plan: which instance, with which parameters, mapped to which paths;
 * and what is refused about a package before any path is looked at. */
#include "planner.h"

#include "formats/cleanup.h"
#include "history_words.h"

#include <time.h>

/* As SVR4 writes it: "Nov 23 2026 15:04" (svr4.md 8.3). SOURCE_DATE_EPOCH respected. */
static const char *install_date(struct arena *a)
{
	time_t now = (time_t)history_now();
	struct tm tm;
	char buf[64];

	if (localtime_r(&now, &tm) == NULL)
		return "";
	(void)strftime(buf, sizeof(buf), "%b %d %Y %H:%M", &tm);
	return arena_strdup(a, buf);
}

/* `none` is always first, once; the rest as the package says (svr4.md 3.2). */
static const char *classes_ordered(struct arena *a, const char *classes)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	const char *word = classes;

	strbuf_adds(&out, "none");
	while (*(word += strspn(word, " \t")) != '\0') {
		size_t len = strcspn(word, " \t");

		if (len != 4 || memcmp(word, "none", 4) != 0)
			strbuf_addf(&out, " %.*s", (int)len, word);
		word += len;
	}
	return arena_strdup(a, strbuf_str(&out));
}

static bool classes_have_none(const char *classes)
{
	const char *word = classes;

	while (*(word += strspn(word, " \t")) != '\0') {
		size_t len = strcspn(word, " \t");

		if (len == 4 && memcmp(word, "none", 4) == 0)
			return true;
		word += len;
	}
	return false;
}

static const char *classes_of(struct arena *a, const struct pkginfo *effective)
{
	const char *classes = pkginfo_get(effective, "CLASSES");

	if (classes == NULL)
		return "none";
	return classes_have_none(classes) ? classes_ordered(a, classes) : classes;
}

/* The parameters that scripts and mappings see: the package's, then the answers. */
static void effective_params(struct planner *p, const struct step *s, struct pkginfo *ret)
{
	const struct step_choice *c = s->choice;
	size_t i;

	*ret = (struct pkginfo){ 0 };
	for (i = 0; i < s->package->info.n; i++)
		pkginfo_set(p->a, ret, s->package->info.params[i].name,
			    s->package->info.params[i].value);
	for (i = 0; c != NULL && c->answers != NULL && i < c->answers->n; i++)
		pkginfo_set(p->a, ret, c->answers->params[i].name,
			    c->answers->params[i].value);
}

/* Parameters that the view writes at fixed places, so not again with the others. */
static bool placed_elsewhere(const char *name)
{
	static const char *const names[] = { "CLASSES", "BASEDIR", "PATH", "OAMBASE", "PKGINST",
					     "PKGSAV", "UPDATE", "INSTDATE" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

/* The pkginfo of the SVR4 view, in the order of svr4.md 10.5. */
static void view_params(struct planner *p, struct plan_step *ps, const struct pkginfo *effective)
{
	const struct step_choice *c = ps->step->choice;
	const struct pkginfo *environment = c != NULL ? c->environment : NULL;
	struct pkginfo *v = &ps->params;
	size_t i;

	pkginfo_set(p->a, v, "CLASSES", classes_of(p->a, effective));
	if (ps->mapping.basedir != NULL)
		pkginfo_set(p->a, v, "BASEDIR", ps->mapping.basedir);
	for (i = 0; environment != NULL && i < environment->n; i++)
		pkginfo_set(p->a, v, environment->params[i].name,
			    environment->params[i].value);
	pkginfo_set(p->a, v, "PATH", "/sbin:/usr/sbin:/usr/bin:/usr/sadm/install/bin");
	pkginfo_set(p->a, v, "OAMBASE", "/usr/sadm/sysadm");
	for (i = 0; i < effective->n; i++)
		if (!placed_elsewhere(effective->params[i].name))
			pkginfo_set(p->a, v, effective->params[i].name,
				    effective->params[i].value);
	pkginfo_set(p->a, v, "PKGINST", ps->instance);
	pkginfo_set(p->a, v, "PKGSAV",
		    arena_printf(p->a, "/var/sadm/pkg/%s/save", ps->instance));
	if (ps->step->installed != NULL)
		pkginfo_set(p->a, v, "UPDATE", "yes");
	pkginfo_set(p->a, v, "INSTDATE", install_date(p->a));
}

/* What can't be carried out yet is said by name, before anything happens. */
static void refuse_unsupported(struct planner *p, const struct plan_step *ps)
{
	static const char *const asking[] = { "request", "checkinstall" };
	size_t i;

	for (i = 0; i < sizeof(asking) / sizeof(*asking); i++)
		if (plan_script(ps, asking[i]) != NULL)
			plan_problem(p, NULL, ps->instance,
				     arena_printf(p->a, "commpkg inspect %s",
						  medium_path(ps->step->package->medium)),
				     "package '%s' has a '%s' script, and this version of commpkg "
				     "runs none of that kind", ps->instance, asking[i]);
}

/* A package that goes brings its scripts from the database. */
static int scripts_of_installed(struct planner *p, struct plan_step *ps, struct error *e)
{
	struct infofile *files;
	int rc = pkgdb_infofiles(p->db, p->a, ps->step->installed->id, &files, &ps->nscripts, e);

	if (rc == 0)
		ps->scripts = files;
	return rc;
}

static int plan_step(struct planner *p, const struct step *s, struct plan_step *ps,
		     struct error *e)
{
	const struct step_choice *c = s->choice;
	struct pkginfo effective;
	int rc;

	ps->step = s;
	if (s->installed != NULL) {
		ps->instance = s->installed->instance;
		ps->old_bytes = s->installed->payload_bytes;
	}
	if (s->package == NULL)
		return scripts_of_installed(p, ps, e);
	ps->scripts = s->package->infofiles;
	ps->nscripts = s->package->ninfofiles;
	if (ps->instance == NULL)
		ps->instance = c != NULL && c->instance != NULL ? c->instance :
								  s->package->pkg;
	ps->new_bytes = s->package->payload_bytes;
	effective_params(p, s, &effective);
	pkginfo_set(p->a, &effective, "PKGINST", ps->instance);
	rc = mapping_build(p->a, s->package, &effective, c != NULL ? c->basedir : NULL,
			   &ps->mapping, e);
	if (rc < 0)
		return error_prefix(e, "package '%s'", ps->instance);
	view_params(p, ps, &effective);
	refuse_unsupported(p, ps);
	return 0;
}

int plan_steps(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	size_t i;
	int rc;

	plan->nsteps = p->solution->nsteps;
	plan->steps = arena_calloc(p->a, plan->nsteps, sizeof(*plan->steps));
	for (i = 0; i < plan->nsteps; i++) {
		rc = plan_step(p, &p->solution->steps[i], &plan->steps[i], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}
