/* Questions of packages, and their answers. See questions.h. */
#include "questions.h"

#include <unistd.h>

#include "environment.h"
#include "question_input.h"
#include "script.h"
#include "signals.h"

#define DATA "data"		/* INST_DATADIR, in CAGE_DIR */
#define ASKING_LIMIT (7u * 24 * 3600)	/* seconds: people think, or go home first */

struct asking {
	struct arena *a;
	const struct questions *q;
	struct answers *answers;
	const char *script;		/* the one that runs */
};

bool questions_has(const struct package *p)
{
	return package_infofile(p, "request") != NULL ||
	       package_infofile(p, "checkinstall") != NULL;
}

/* ---- answers */

static int check_basedir(const struct asking *k, const char *value, struct error *e)
{
	const char *now = k->q->old_basedir;

	if (now == NULL || str_eq(now, value))
		return 0;
	return error_set(e, E_CONFLICT, "package '%s' is installed in '%s', and its answers say "
			 "BASEDIR=%.500s", k->q->instance, now, value);
}

static int take_answer(struct asking *k, const struct param *p, struct error *e)
{
	const struct questions_watch *w = k->q->watch;

	if (params_fixed(p->name)) {
		if (w->refused != NULL)
			w->refused(w->ctx, p->name);
		return 0;
	}
	if (!params_answerable(p->name))
		return 0;
	pkginfo_set(k->a, &k->answers->params, p->name, p->value);
	return str_eq(p->name, "BASEDIR") ? check_basedir(k, p->value, e) : 0;
}

/* What the response file says now counts, in addition to what it said before. */
static int take_answers(struct asking *k, const char *text, size_t len, struct error *e)
{
	struct pkginfo info;
	size_t i;
	int rc = pkginfo_parse(k->a, text, len, "response file", &info, e);

	k->answers->text = text;
	k->answers->len = len;
	for (i = 0; rc == 0 && i < info.n; i++)
		rc = take_answer(k, &info.params[i], e);
	return rc < 0 ? error_prefix(e, "package '%s'", k->q->instance) : 0;
}

/* ---- one script */

static void on_line(void *ctx, const char *text)
{
	const struct asking *k = ctx;
	const struct questions_watch *w = k->q->watch;

	if (w->line != NULL)
		w->line(w->ctx, k->q->instance, k->script, text);
}

static void on_prompt(void *ctx, const char *text)
{
	const struct asking *k = ctx;
	const struct questions_watch *w = k->q->watch;

	if (w->prompt != NULL)
		w->prompt(w->ctx, k->q->instance, k->script, text);
	else
		on_line(ctx, text);
}

static bool on_stop(void *ctx)
{
	(void)ctx;
	return signals_check(NULL) < 0;
}

/* `install`, else `noaccess`, else `nobody`; the group is `other` where there is one. */
static void find_user(const struct questions *q, bool request, uid_t *ret_uid, gid_t *ret_gid)
{
	static const char *const names[] = { "install", "noaccess", "nobody" };
	const size_t n = sizeof(names) / sizeof(*names);
	size_t i = 0;

	*ret_uid = *ret_gid = 65534;
	if (!q->root->owners) { /* an ordinary user's root: there is nobody else */
		*ret_uid = *ret_gid = 0;
		return;
	}
	if (q->as_root && request && owners_uid(q->owners, names[0], ret_uid) == 0) {
		*ret_uid = *ret_gid = 0;
		return;
	}
	while (i < n && owners_uid(q->owners, names[i], ret_uid) == 0)
		i++;
	if (owners_gid(q->owners, "other", ret_gid) == 0 && i < n)
		(void)owners_gid(q->owners, names[i], ret_gid);
}

static void make_env(struct asking *k, struct pkginfo *ret)
{
	const struct questions *q = k->q;
	struct params_source from = { .package = q->package, .instance = q->instance,
		.old = q->old, .answers = &k->answers->params,
		.environment = q->environment, .update = q->update };
	struct pkginfo effective, view;
	const char *basedir;
	size_t i;

	params_effective(k->a, &from, &effective);
	basedir = q->old_basedir != NULL ? q->old_basedir : pkginfo_get(&effective, "BASEDIR");
	params_view(k->a, &from, basedir, &view);
	*ret = (struct pkginfo){ 0 };
	for (i = 0; i < view.n; i++)
		if (!str_eq(view.params[i].name, "INSTDATE"))
			pkginfo_set(k->a, ret, view.params[i].name, view.params[i].value);
	pkginfo_set(k->a, ret, "PKGSAV",
		    environment_path(k->a, q->root, q->root_path,
				     pkginfo_get(&view, "PKGSAV")));
	pkginfo_set(k->a, ret, "INST_DATADIR", CAGE_DIR "/" DATA);
	environment_add(k->a, q->root, q->root_path, q->flags, ret);
}

/* The package as it lies in INST_DATADIR, without its payload. */
static struct cage_file *make_files(struct asking *k, size_t *ret_n)
{
	const struct package *p = k->q->package;
	struct cage_file *files = arena_calloc(k->a, p->ninfofiles + 2, sizeof(*files));
	size_t i, n = 0;

	files[n++] = (struct cage_file){
		.name = arena_printf(k->a, DATA "/%s/pkginfo", p->dirname),
		.bytes = p->pkginfo_bytes, .len = p->pkginfo_len, .mode = 0644 };
	files[n++] = (struct cage_file){
		.name = arena_printf(k->a, DATA "/%s/pkgmap", p->dirname),
		.bytes = p->pkgmap_bytes, .len = p->pkgmap_len, .mode = 0644 };
	for (i = 0; i < p->ninfofiles; i++)
		files[n++] = (struct cage_file){
			.name = arena_printf(k->a, DATA "/%s/install/%s", p->dirname,
					     p->infofiles[i].name),
			.bytes = p->infofiles[i].bytes, .len = p->infofiles[i].len,
			.mode = 0644 };
	*ret_n = n;
	return files;
}

static int judge(struct asking *k, const struct script *s, const struct script_result *r,
		 struct error *e)
{
	const struct questions_watch *w = k->q->watch;

	if (w->ended != NULL)
		w->ended(w->ctx, k->q->instance, s->name, r->status);
	if (r->stopped && signals_check(e) < 0)
		return -E_INTERRUPTED;
	if (!script_goes_on(r->status))
		return error_set(e, E_SCRIPT, "script '%s' of package '%s' refused: %s", s->name,
				 k->q->instance, script_words(k->a, s, r));
	k->answers->warning |= r->status % 10 == SCRIPT_WARNING;
	k->answers->reboot |= r->status >= SCRIPT_REBOOT;
	if (r->response == NULL)
		return error_set(e, E_FORMAT, "the answers that script '%s' of package '%s' gave "
				 "can't be read", s->name, k->q->instance);
	return take_answers(k, r->response, r->response_len, e);
}

static int run(struct asking *k, const struct infofile *f, unsigned limit, const int *input,
	       struct error *e)
{
	static const char *const args[] = { CAGE_RESPONSE };
	const struct questions_watch *w = k->q->watch;
	struct script_place place = {
		.root = k->q->root, .policy = k->q->cage, .read_only = true, .tools = true,
		.line = on_line, .prompt = on_prompt, .stop = on_stop, .ctx = k,
	};
	struct script s = {
		.name = f->name, .bytes = f->bytes, .len = f->len, .args = args, .nargs = 1,
		.input_fd = input, .time_limit = limit, .trace = k->q->trace, .response = true,
		.response_bytes = k->answers->text, .response_len = k->answers->len,
		.cwd = "var/sadm/install", .cwd_in_root = true,
	};
	struct script_result result;
	struct pkginfo env;
	int rc;

	make_env(k, &env);
	place.files = make_files(k, &place.nfiles);
	s.env = &env;
	s.file_limit = environment_file_limit(&env);
	find_user(k->q, str_eq(s.name, "request"), &s.uid, &s.gid);
	k->script = s.name;
	if (w->begins != NULL)
		w->begins(w->ctx, k->q->instance, s.name);
	rc = script_run(k->a, &s, &place, &result, e);
	return rc < 0 ? error_prefix(e, "package '%s'", k->q->instance) :
			judge(k, &s, &result, e);
}

static int run_request(struct asking *k, const struct infofile *f, struct error *e)
{
	struct question_input input;
	int rc;

	if (!k->q->ask) {
		(void)error_set(e, E_NEEDS_ANSWER, "package '%s' asks questions (its request "
				"script), and nobody can be asked", k->q->instance);
		return error_hint(e, "--response FILE|DIR answers them; pkgask writes such files");
	}
	rc = question_input_begin(&input, e);
	if (rc == 0)
		rc = run(k, f, isatty(input.fd) ? ASKING_LIMIT : 0, &input.fd, e);
	question_input_end(&input);
	return rc;
}

int questions_ask(struct arena *a, const struct questions *q, struct answers *ret,
		  struct error *e)
{
	const struct infofile *request = package_infofile(q->package, "request");
	const struct infofile *check = package_infofile(q->package, "checkinstall");
	struct asking k = { .a = a, .q = q, .answers = ret };
	int rc = 0;

	*ret = (struct answers){ .text = "" };
	if (q->given != NULL)
		rc = take_answers(&k, q->given, strlen(q->given), e);
	else if (request != NULL)
		rc = run_request(&k, request, e);
	if (rc == 0 && check != NULL && !q->request_only)
		rc = run(&k, check, 0, NULL, e);
	return rc;
}
