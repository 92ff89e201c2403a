/* apply: a saved plan becomes the command that it was saved of. */
#include "verb_apply.h"

#include "dist.h"
#include "places.h"

/* Only verbs that make plans, or a file could name anything. */
static bool plans(const struct verb *v)
{
	for (size_t i = 0; v != NULL && v->groups[i] != NULL; i++)
		if (v->groups[i] == options_plan)
			return true;
	return false;
}

/* What is said of this run only. */
static void keep_general(const struct options *said, struct options *o)
{
	o->yes = said->yes;
	o->dry_run = said->dry_run;
	o->quiet = said->quiet;
	o->verbose = said->verbose;
	o->json = said->json;
	o->color = said->color;
	o->jobs = said->jobs;
	o->lock_wait = said->lock_wait;
	o->logdir = said->logdir;
}

int apply_load(struct arena *a, struct options *o, struct planfile **ret, struct error *e)
{
	struct planfile *p = arena_alloc(a, sizeof(*p));
	struct options planned;
	char **argv;
	int rc;

	if (o->verb == NULL || !str_eq(o->verb->name, "apply") || o->help)
		return 0;
	if (o->nwords != 1)
		return error_set(e, E_USAGE, "'apply' wants one plan, as '-n --save' wrote it");
	rc = planfile_load(a, o->words[0], p, e);
	if (rc < 0)
		return rc;
	argv = arena_calloc(a, p->nwords + 2, sizeof(*argv));
	argv[0] = arena_strdup(a, "commpkg");
	for (size_t i = 0; i < p->nwords; i++)
		argv[i + 1] = arena_strdup(a, p->words[i]);
	rc = options_parse((int)p->nwords + 1, argv, &planned, e);
	if (rc == 0 && (!plans(planned.verb) || planned.dry_run))
		rc = error_set(e, E_FORMAT, "'%s' is no plan: its words make none", o->words[0]);
	if (rc < 0) {
		options_free(&planned);
		return rc;
	}
	keep_general(o, &planned);
	options_free(o);
	*o = planned;
	*ret = p;
	return 0;
}

int verb_apply(struct run *r, struct error *e)
{
	(void)r; /* apply_load() has put another one in its place */
	return error_set(e, E_USAGE, "'apply' wants a plan");
}

/* ---- saving */

struct words {
	VEC(const char *) v;
};

static int add_place(struct arena *a, struct words *w, const char *option, const char *path,
		     struct error *e)
{
	const char *absolute;
	int rc = places_real(a, path, &absolute, e);

	if (rc == 0)
		*VEC_PUSH(&w->v) = arena_printf(a, "%s%s", option, absolute);
	return rc;
}

static void add_root(struct run *r, struct words *w)
{
	const struct target *t = r->target;

	if (t->registers) {
		*VEC_PUSH(&w->v) = arena_printf(r->arena, "--altroot=%s", t->name);
		*VEC_PUSH(&w->v) = arena_printf(r->arena, "--installroot=%s", t->path);
		return;
	}
	if (t->given)
		*VEC_PUSH(&w->v) = arena_printf(r->arena, "--root=%s", t->path);
	else if (t->installroot != NULL)
		*VEC_PUSH(&w->v) = arena_printf(r->arena, "--installroot=%s", t->installroot);
}

static int add_operands(struct run *r, struct words *w, struct error *e)
{
	const char *env = getenv("COMMPKG_DISTRO");
	int rc = 0;

	if (r->o->distro == NULL && env != NULL && *env != '\0' &&
	    (r->o->verb->flags & VERB_FILES) != 0)
		rc = add_place(r->arena, w, "--distro=", env, e);
	*VEC_PUSH(&w->v) = "--";
	for (size_t i = 0; !r->o->all && i < r->operands->nnames; i++)
		*VEC_PUSH(&w->v) = r->operands->names[i];
	for (size_t i = 0; rc == 0 && i < r->operands->nfiles; i++)
		rc = add_place(r->arena, w, "", r->operands->files[i], e);
	return rc;
}

int apply_save(struct run *r, const struct plan *plan, struct error *e)
{
	struct words w = { .v = VEC_INIT };
	const char **options;
	size_t n;
	int rc = options_words(r->arena, r->o, &options, &n, e);

	for (size_t i = 0; rc == 0 && i < n; i++)
		*VEC_PUSH(&w.v) = options[i];
	for (size_t i = 0; r->o->upgrade_shared == 0 && i < plan->ncomponents; i++)
		if (plan->components[i].kind == STEP_UPGRADE &&
		    plan->components[i].manifest->kind == COMPONENT_SHARED) {
			*VEC_PUSH(&w.v) = "--upgrade-sc=y"; /* somebody was asked */
			break;
		}
	add_root(r, &w);
	if (rc == 0)
		rc = add_operands(r, &w, e);
	if (rc == 0)
		rc = planfile_save(r->arena, r->o->save, w.v.v, w.v.n, plan, e);
	VEC_FREE(&w.v);
	return rc;
}
