/* The questions of a package, and where its answers come from (svr4.md 8.1, steps 5 and 6). */
#include "tools/common/add.h"

#include <errno.h>
#include <unistd.h>

#include "commpkg/questions.h"
#include "commpkg/response.h"
#include "commpkg/session.h"
#include "tools/common/say.h"

static void on_begins(void *ctx, const char *instance, const char *script)
{
	(void)instance;
	if (!((struct add *)ctx)->o->noninteractive && str_eq(script, "checkinstall"))
		say_err("## Executing checkinstall script.\n");
}

static void on_ended(void *ctx, const char *instance, const char *script, int status)
{
	(void)instance;
	outcome_script_ended(&((struct add *)ctx)->scripts, script, status);
}

static void on_refused(void *ctx, const char *name)
{
	(void)ctx;
	say_error("parameter <%s> cannot be changed by a response file", name);
}

/* A directory of answers need not have some for every package. */
static int load_response(const struct add *ad, const char **ret, struct error *e)
{
	const char *path = ad->o->response;
	int rc;

	*ret = NULL;
	if (path == NULL)
		return 0;
	rc = response_load(ad->a, path, ad->instance, ret, e);
	if (rc == -ENOENT && response_is_directory(path)) {
		error_clear(e);
		return 0;
	}
	return rc;
}

/* Only the same version again inherits what was answered before. */
static int find_old(const struct add *ad, struct pkginfo *params, struct questions *q,
		    struct error *e)
{
	if (ad->old == NULL)
		return 0;
	q->update = true;
	q->old_basedir = ad->old->basedir;
	if (!str_eq(ad->old->arch, ad->p->arch) || !str_eq(ad->old->version, ad->p->version))
		return 0;
	q->old = params;
	return pkgdb_params(ad->in.db, ad->a, ad->old->id, params, e);
}

static enum outcome outcome_of(struct add *ad, int rc, struct error *e)
{
	if (rc == -E_INTERRUPTED)
		return OUTCOME_QUIT;
	if (rc == -E_SCRIPT)
		return ad->scripts.failed;
	if (rc == -E_NEEDS_ANSWER) {
		say_err("Interactive request script supplied by package\n");
		say_error("request script did not complete successfully");
		return OUTCOME_INTERACTION;
	}
	say_failure(e);
	return OUTCOME_INTERNAL;
}

/* A package that nobody may install unattended. */
static bool refuses_silence(const struct add *ad)
{
	const char *value = pkginfo_get(&ad->p->info, "INTONLY");

	return value != NULL && value[0] != '\0' &&
	       (ad->o->noninteractive || ad->o->ask_only != NULL);
}

static int ask(struct add *ad, const struct session *s, struct answers *ret, struct error *e)
{
	const struct questions_watch watch = { .ctx = ad, .begins = on_begins,
		.line = outcome_script_line, .prompt = outcome_script_prompt,
		.ended = on_ended, .refused = on_refused };
	struct questions q = { .root = s->root, .root_path = ad->o->root_path,
		.owners = s->owners, .package = ad->p, .instance = ad->instance,
		.environment = &ad->o->environment, .flags = &ad->o->flags,
		.ask = !ad->o->noninteractive, .request_only = ad->o->ask_only != NULL,
		.as_root = ad->o->admin.request_as_root, .trace = ad->o->trace,
		.watch = &watch };
	struct pkginfo old = { .n = 0 };
	int rc = find_old(ad, &old, &q, e);

	if (rc == 0)
		rc = load_response(ad, &q.given, e);
	return rc < 0 ? rc : questions_ask(ad->a, &q, ret, e);
}

enum outcome add_ask(struct add *ad, struct error *e)
{
	const struct session_options options = { .who = say_name(), .create = true,
						 .read_only = true };
	struct answers answers = { .text = "" };
	struct session s;
	int rc;

	if (refuses_silence(ad)) {
		say_error("package <%s> can be installed interactively only", ad->instance);
		return OUTCOME_FAILED;
	}
	if (ad->o->response == NULL && !questions_has(ad->p))
		return OUTCOME_OK;
	rc = session_open(ad->o->root_path, &options, &s, e);
	if (rc == 0)
		rc = ask(ad, &s, &answers, e);
	session_close(&s);
	if (rc < 0)
		return outcome_of(ad, rc, e);
	ad->answers = answers.params;
	ad->answers_text = answers.text;
	ad->answers_len = answers.len;
	return OUTCOME_OK;
}
