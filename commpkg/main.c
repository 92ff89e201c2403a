/*
 * commpkg: the words of the command line, the roots they mean, and one verb.
 *
 * The order is the contract: options, log, operands, distribution, roots, then the verb
 * once for each root. One root that fails does not stop the next (exit 11).
 */
#include <errno.h>
#include <stdlib.h>

#include "cache_prune.h"
#include "dist.h"
#include "help.h"
#include "answer.h"
#include "log.h"
#include "places.h"
#include "report.h"
#include "show.h"
#include "signals.h"
#include "verb_apply.h"
#include "view.h"

static void hear(void *ctx, enum report_kind kind, const char *text, const char *hint, int code)
{
	struct log *log = ctx;

	show_listen(kind, text, hint, code);
	if (log != NULL)
		log_line(log, kind, text, hint);
}

static void listen_with(struct log *log)
{
	report_set_sink(&(struct report_sink){ .line = hear, .ctx = log });
}

/* The exit status for rc, which a verb returned; says what went wrong. */
static int status_of(int rc, const struct error *e)
{
	if (rc >= 0)
		return rc;
	if (e->text[0] != '\0') /* a verb that has said everything itself leaves no words */
		report_error(e);
	return exit_of_error(rc);
}

static const char *command_line(struct arena *a, int argc, char **argv)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	int i;

	strbuf_adds(&b, "commpkg");
	for (i = 1; i < argc; i++)
		strbuf_addf(&b, " %s", str_shell(a, argv[i]));
	return arena_strdup(a, strbuf_str(&b));
}

/* ---- roots */

/* For the ambiguity of bare words: is it a package, here or in the distribution? */
static bool is_package(void *ctx, const char *word, const char *root_path)
{
	const struct run *r = ctx;
	AUTO_VIEW struct view v = { .root = NULL };
	struct pkgdb_component c;
	struct pkgdb_package p;
	size_t i;

	for (i = 0; r->dist != NULL && i < dist_count(r->dist); i++)
		if (str_eq(dist_package(r->dist, i)->package->pkg, word))
			return true;
	for (i = 0; r->dist != NULL && i < dist_component_count(r->dist); i++)
		if (str_eq(dist_component(r->dist, i)->manifest->id, word))
			return true;
	if (view_open(root_path, &v, NULL) < 0 || v.db == NULL)
		return false;
	return pkgdb_package_find(v.db, r->arena, word, PKGDB_NOW, &p, NULL) > 0 ||
	       pkgdb_component_find(v.db, r->arena, word, PKGDB_NOW, &c, NULL) > 0;
}

static int find_roots(struct run *r, struct operands *ops, struct target **ret, size_t *ret_n,
		      struct error *e)
{
	struct softlist list;
	struct resolve_help help = { .list = &list, .is_package = is_package, .ctx = r };
	int rc = softlist_load(r->arena, r->statedir, &list, e);

	if (rc < 0)
		return rc;
	return resolve_roots(r->arena, r->o, ops, &help, ret, ret_n, e);
}

static int on_each_root(struct run *r, const struct target *targets, size_t n)
{
	int status = EXIT_DONE, last = EXIT_DONE;
	size_t i, failed = 0;

	r->ntargets = n;
	for (i = 0; i < n; i++) {
		struct error e = ERROR_INIT;

		r->target = &targets[i];
		show_root_begin(targets[i].path, targets[i].name);
		last = status_of(r->o->verb->run(r, &e), &e);
		show_root_end(last);
		failed += last != EXIT_DONE && last != EXIT_PENDING && last != EXIT_FIRST_BOOT;
		status = last != EXIT_DONE ? last : status;
		if (signals_check(NULL) < 0)
			break;
	}
	if (n > 1 && failed > 0)
		return EXIT_SOME_FAILED;
	return status;
}

/* ---- the distribution */

static int add_directory(struct dist *d, const char *path, struct error *e)
{
	int rc = dist_add_directory(d, path, e);

	if ((rc == -E_NOT_FOUND || rc == -ENOENT || rc == -ENOTDIR) && e->hint[0] == '\0')
		error_hint(e, "--distro PATH or COMMPKG_DISTRO names the distribution");
	return rc;
}

static int load_dist(struct run *r, const struct operands *ops, struct error *e)
{
	const char *path = r->o->distro != NULL ? r->o->distro : getenv("COMMPKG_DISTRO");
	const char *own = places_program(r->arena);
	size_t i;
	int rc = 0;

	r->dist = dist_new();
	for (i = 0; i < ops->nfiles && rc == 0; i++)
		rc = dist_add_medium(r->dist, ops->files[i], e);
	if (rc == 0 && path != NULL && *path != '\0')
		return add_directory(r->dist, path, e);
	if (rc == 0 && own != NULL) {
		rc = dist_add_directory(r->dist, own, e);
		rc = rc == -E_NOT_FOUND ? 0 : rc;
	}
	return rc;
}

/* ---- one run */

static int prepare(struct run *r, struct operands *ops, struct error *e)
{
	int rc = places_state(r->arena, &r->statedir, e);

	if (rc == 0)
		rc = operands_sort(r->arena, r->o, ops, e);
	if (rc == 0 && verb_takes_files(r->o))
		rc = load_dist(r, ops, e);
	r->operands = ops;
	return rc;
}

static int run_verb(struct run *r)
{
	struct error e = ERROR_INIT;
	struct operands ops;
	struct target *targets;
	size_t n;
	int rc = prepare(r, &ops, &e);

	if (rc == 0 && !(r->o->verb->flags & VERB_ROOT))
		return status_of(r->o->verb->run(r, &e), &e);
	if (rc == 0)
		rc = find_roots(r, &ops, &targets, &n, &e);
	if (rc < 0)
		return status_of(rc, &e);
	return on_each_root(r, targets, n);
}

static struct log *start_log(struct run *r)
{
	struct error e = ERROR_INIT;
	struct log *log = NULL;

	if (!verb_writes(r->o))
		return NULL;
	if (places_log(r->arena, r->o->logdir, &r->logdir, &e) < 0 ||
	    log_open(r->logdir, r->o->verb->name, r->command, &log, &e) < 0)
		report_warning("no log is written: %s", e.text);
	else
		listen_with(log);
	return log;
}

static int run_logged(struct run *r)
{
	struct log *log;
	int status;

	signals_install();
	log = start_log(r);
	status = run_verb(r);
	dist_free(r->dist);
	cache_settle();
	if (log != NULL && status != EXIT_DONE && status != EXIT_PENDING &&
	    status != EXIT_FIRST_BOOT)
		report_note("log: %s", log_path(log));
	listen_with(NULL);
	log_close(log, status);
	return status;
}

static int no_verb(void)
{
	struct error e = ERROR_INIT;

	error_set(&e, E_USAGE, "no verb was given");
	error_hint(&e, "see 'commpkg --help'");
	report_error(&e);
	return EXIT_USAGE;
}

static int dispatch(struct run *r)
{
	const struct options *o = r->o;

	if (o->version) {
		help_version();
		return EXIT_DONE;
	}
	if (o->help) {
		if (o->verb != NULL)
			help_verb(o->verb);
		else
			help_all();
		return EXIT_DONE;
	}
	return o->verb != NULL ? run_logged(r) : no_verb();
}

/* What was done is done, whether or not it could be told: exit 1 would say that the root
 * is as it was. */
static int unheard(const struct options *o, int status, const struct error *e)
{
	if (!verb_writes(o) || (status != EXIT_DONE && status != EXIT_PENDING &&
				  status != EXIT_FIRST_BOOT))
		return status_of(-e->code, e);
	report_warning("%s", e->text);
	return status;
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct options o;
	struct run r = { .arena = a, .o = &o };
	struct planfile *plan = NULL;
	int rc = options_parse(argc, argv, &o, &e), status;

	if (rc == 0)
		rc = apply_load(a, &o, &plan, &e);
	r.plan = plan;
	if (rc == 0 && !o.help && !o.version && o.verb != NULL)
		rc = answer_load(a, &o, &e);
	report_init(&(struct report_options){ .quiet = o.quiet, .verbose = o.verbose,
			.json = o.help || o.version ? JSON_OFF : o.json, .color = o.color });
	show_begin(o.verb != NULL ? o.verb->name : NULL,
		   o.help || o.version ? JSON_OFF : o.json);
	listen_with(NULL);
	r.command = command_line(a, argc, argv);
	status = rc < 0 ? status_of(rc, &e) : dispatch(&r);
	show_end(status);
	if (report_finish(&e) < 0 && e.code != EPIPE)
		status = unheard(&o, status, &e);
	options_free(&o);
	return status;
}
