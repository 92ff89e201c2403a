/* What a package of a plan asks, and who answers. */
#include "change_ask.h"

#include <errno.h>

#include "questions.h"
#include "response.h"

struct ask {
	struct arena *a;
	const struct change_request *req;
	const struct change_watch *watch;
	const struct session *session;
	struct step *step;
};

static const char *instance_of(const struct step *s)
{
	if (s->installed != NULL)
		return s->installed->instance;
	return s->choice != NULL && s->choice->instance != NULL ? s->choice->instance :
								  s->package->pkg;
}

/* A single file answers for packages that ask; a directory for all that it has one for. */
static int find_given(const struct ask *k, const char **ret, struct error *e)
{
	const char *path = k->req->answers.response;
	bool many = path != NULL && response_is_directory(path);
	int rc;

	*ret = NULL;
	if (path == NULL || (!many && package_infofile(k->step->package, "request") == NULL))
		return 0;
	rc = response_load(k->a, path, instance_of(k->step), ret, e);
	if (rc == -ENOENT && many) {
		error_clear(e);
		return 0;
	}
	return rc;
}

static int find_old(const struct ask *k, struct pkginfo *params, struct questions *q,
		    struct error *e)
{
	const struct pkgdb_package *old = k->step->installed;

	if (old == NULL)
		return 0;
	q->update = true;
	if (!str_eq(old->arch, q->package->arch) || !str_eq(old->version, q->package->version))
		return 0;
	q->old = params;
	return pkgdb_params(k->session->db, k->a, old->id, params, e);
}

/* The step's own choice, with the answers on top of those it had. */
static void choose(const struct ask *k, const struct pkginfo *answers)
{
	const struct step_choice *had = k->step->choice;
	struct step_choice *now = arena_calloc(k->a, 1, sizeof(*now));
	struct pkginfo *all = arena_calloc(k->a, 1, sizeof(*all));
	size_t i;

	if (had != NULL)
		*now = *had;
	for (i = 0; now->answers != NULL && i < now->answers->n; i++)
		pkginfo_set(k->a, all, now->answers->params[i].name,
			    now->answers->params[i].value);
	for (i = 0; i < answers->n; i++)
		pkginfo_set(k->a, all, answers->params[i].name, answers->params[i].value);
	now->answers = all;
	now->asked = true;
	k->step->choice = now;
}

static int save(const struct ask *k, const struct answers *answers, struct error *e)
{
	const char *file;
	int rc;

	if (k->req->answers.save == NULL || k->req->dry_run)
		return 0;
	rc = response_place(k->a, k->req->answers.save, instance_of(k->step), &file, e);
	return rc < 0 ? rc : response_save(file, answers->text, answers->len, e);
}

static int ask(const struct ask *k, const char *given, struct answers *ret, struct error *e)
{
	const struct questions_watch watch = {
		.ctx = k->watch->ctx, .begins = k->watch->script_begins,
		.line = k->watch->script_line, .prompt = k->watch->script_prompt,
		.ended = k->watch->script_ended, .refused = k->watch->answer_refused,
	};
	struct questions q = {
		.root = k->session->root, .root_path = k->req->root_path,
		.owners = k->session->owners, .package = k->step->package,
		.instance = instance_of(k->step), .given = given, .ask = k->req->answers.ask,
		.flags = k->req->plan.flags, .cage = k->req->plan.cage,
		.trace = k->req->plan.trace, .watch = &watch,
		.environment = k->step->choice != NULL ? k->step->choice->environment : NULL,
	};
	struct pkginfo old = { .n = 0 };
	int rc = find_old(k, &old, &q, e);

	if (k->step->installed != NULL)
		q.old_basedir = k->step->installed->basedir;
	return rc < 0 ? rc : questions_ask(k->a, &q, ret, e);
}

int change_ask_step(struct arena *a, const struct change_request *req,
		    const struct change_watch *watch, const struct session *session,
		    struct step *step, struct change_asked *ret, struct error *e)
{
	const struct ask k = { a, req, watch, session, step };
	const char *given;
	struct answers answers;
	int rc;

	if (step->package == NULL || (step->choice != NULL && step->choice->asked))
		return 0;
	rc = find_given(&k, &given, e);
	if (rc < 0 || (given == NULL && !questions_has(step->package)))
		return rc;
	rc = ask(&k, given, &answers, e);
	if (rc == 0 && given == NULL)
		rc = save(&k, &answers, e);
	if (rc < 0)
		return rc;
	ret->warning |= answers.warning;
	ret->reboot |= answers.reboot;
	choose(&k, &answers.params);
	return 0;
}
