/* A command that registers objects, as a transaction. */
#include "register.h"

#include "commit.h"
#include "procedures.h"
#include "session.h"

#define LOCK_WAIT 200	/* seconds, as the SVR4 commands wait */

struct registering {
	struct arena *a;
	const struct register_request *req;
	struct session session;
	struct plan_options options;
	struct solution nothing;	/* no package comes or goes */
	struct plan plan;
	struct stage *stage;
	struct procedures procedures;
	int status;
};

static void on_line(void *ctx, const char *instance, const char *script, const char *text)
{
	const struct registering *r = ctx;

	(void)instance;
	(void)script;
	r->req->line(r->req->ctx, text);
}

static void on_ended(void *ctx, const char *instance, const char *script, int status)
{
	(void)instance;
	(void)script;
	((struct registering *)ctx)->status = status;
}

static int open_root(struct registering *r, struct error *e)
{
	struct session_options o = { .who = r->req->program, .lock_wait = LOCK_WAIT };

	return session_open(r->req->root_path, &o, &r->session, e);
}

/* `exec installf "$@"`: found on the PATH of the cage. */
static int run_command(struct registering *r, struct error *e)
{
	const struct procedures_watch watch = { .ctx = r, .line = on_line, .ended = on_ended };
	const char *text = arena_printf(r->a, "exec %s \"$@\"\n", r->req->program);
	const struct procedures_command command = {
		.name = r->req->program, .text = text, .args = r->req->args + 1,
		.nargs = r->req->nargs - 1, .input = r->req->input,
		.input_len = r->req->input_len,
	};

	return procedures_command(r->stage, r->session.db, &watch, &command, &r->procedures, e);
}

static int seal(struct registering *r, struct error *e)
{
	const struct commit_watch watch = { .ctx = NULL };
	struct error why = ERROR_INIT;
	int rc = commit_seal(r->stage, r->session.db, e);

	if (rc < 0)
		return rc;
	rc = commit_carry_out(r->session.root, r->session.state, r->session.db, r->plan.txn,
			      &watch, &why, e);
	if (rc <= 0)
		return rc;
	if (e != NULL)
		*e = why;
	return error_prefix(e, "transaction %lld was taken back and the root is as it was",
			    (long long)r->plan.txn);
}

static int carry_out(struct registering *r, struct error *e)
{
	int rc = stage_open(r->a, &r->plan, r->session.state, &r->stage, e);

	if (rc < 0)
		return rc;
	r->stage->procedures = &r->procedures;
	rc = run_command(r, e);
	if (rc == 0 && r->procedures.program != NULL)
		rc = seal(r, e);
	else
		stage_discard(r->stage);
	if (rc < 0 && rc != -E_RECOVERY)
		stage_discard(r->stage);
	stage_close(r->stage);
	procedures_free(&r->procedures);
	return rc;
}

static int make_plan(struct registering *r, struct error *e)
{
	int rc = plan_build(r->a, r->session.root, r->session.db, r->session.owners, &r->nothing,
			    &r->options, &r->plan, e);

	r->plan.scripted = true;
	return rc;
}

static const char *command_line(struct arena *a, const struct register_request *req)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	strbuf_adds(&b, req->program);
	for (i = 1; i < req->nargs && b.len < 4096; i++)
		strbuf_addf(&b, " %s", req->args[i]);
	return arena_strdup(a, strbuf_str(&b));
}

int register_run(struct arena *a, const struct register_request *req, int *ret_status,
		 struct error *e)
{
	struct registering r = {
		.a = a, .req = req,
		.options = { .verb = "register", .program = req->program,
			     .command = command_line(a, req) },
	};
	int rc = open_root(&r, e);

	if (rc == 0)
		rc = make_plan(&r, e);
	if (rc == 0)
		rc = carry_out(&r, e);
	if (r.plan.dirs != NULL)
		dirs_free(r.plan.dirs);
	session_close(&r.session);
	if (rc == 0)
		*ret_status = r.status;
	return rc;
}
