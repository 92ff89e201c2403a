/* recover: finish or discard what an interrupted run left. */
#include "boot.h"
#include "procedures.h"
#include "recover.h"
#include "writer.h"

struct told {
	struct writer writer;
	size_t n;
};

static void waiting(void *ctx, const char *holder)
{
	writer_waiting(&((struct told *)ctx)->writer, holder);
}

static void recovered(void *ctx, const char *words)
{
	((struct told *)ctx)->n++;
	writer_recovered(NULL, words);
}

static void on_line(void *ctx, const char *instance, const char *script, const char *text)
{
	(void)ctx;
	report_verbose("%s %s: %s", instance, script, text);
}

static void on_told(void *ctx, const char *words)
{
	(void)ctx;
	writer_recovered(NULL, words);
}

/* What waited for the first boot of this system, after what was interrupted. */
static int recover_boot(struct run *r, struct told *t, struct error *e)
{
	const struct procedures_watch scripts = { .line = on_line };
	const struct commit_watch watch = { .told = on_told, .scripts = &scripts,
					    .policy = writer_cage(r->o) };
	struct session_options o = { .who = r->command, .lock_wait = r->o->lock_wait,
				     .policy = writer_cage(r->o), .waiting = waiting,
				     .told = recovered, .ctx = t };
	struct boot_request req = { .command = r->command, .watch = &watch };
	struct session s;
	size_t ran = 0;
	int rc = session_open(r->target->path, &o, &s, e);

	if (rc < 0)
		return rc;
	req.session = &s;
	rc = boot_run(&req, &ran, e);
	session_close(&s);
	if (rc == 0 && ran == 0)
		report_note("no script waits for the boot of '%s'", r->target->path);
	else if (ran > 0)
		report_mark(MARK_OK, "scripts that waited for the first boot have run (%zu "
			    "transaction%s)", ran, ran == 1 ? "" : "s");
	return rc;
}

int verb_recover(struct run *r, struct error *e)
{
	struct told t = { .n = 0 };
	int rc;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "'recover' does not know what '%s' is",
				 r->operands->names[0]);
	writer_init(&t.writer, r, "Recover", "recovered");
	if (r->o->boot)
		return recover_boot(r, &t, e);
	rc = recover_run(r->target->path, r->o->lock_wait, writer_cage(r->o), waiting, recovered,
			 &t, e);
	if (rc < 0)
		return rc;
	if (t.n == 0)
		report_note("nothing to recover in '%s'", r->target->path);
	return EXIT_DONE;
}
