/* recover: finish or discard what an interrupted run left. */
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

int verb_recover(struct run *r, struct error *e)
{
	struct told t = { .n = 0 };
	int rc;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "'recover' does not know what '%s' is",
				 r->operands->names[0]);
	writer_init(&t.writer, r, "Recover", "recovered");
	rc = recover_run(r->target->path, r->o->lock_wait, writer_cage(r->o), waiting, recovered,
			 &t, e);
	if (rc < 0)
		return rc;
	if (t.n == 0)
		report_note("nothing to recover in '%s'", r->target->path);
	return EXIT_DONE;
}
