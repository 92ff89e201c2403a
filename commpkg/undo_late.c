/* What the undo of a transaction can't bring back: what its scripts did to the root itself,
 * when they could not be staged. */
#include "late.h"
#include "undo_look.h"

#include "formats/cleanup.h"

static void add(void *ctx, const char *words)
{
	*VEC_PUSH(&((struct undo *)ctx)->stays) = words;
}

/* Names, as a list; the span in which they ran. */
static const char *names_of(struct undo *u, const struct txn_script *scripts, size_t n,
			    struct timespec *from, struct timespec *to)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct txn_script *s = &scripts[i];

		if (s->phase == 0 || s->began == 0 || s->role != ROLE_PACKAGE)
			continue;
		strbuf_addf(&b, "%s%s of %s", b.len > 0 ? ", " : "", s->name, s->instance);
		if (from->tv_sec == 0)
			from->tv_sec = (time_t)s->began;
		to->tv_sec = (time_t)s->ended + 1;
	}
	return arena_strdup(u->a, strbuf_str(&b));
}

int undo_late(struct undo *u, struct error *e)
{
	struct timespec from = { .tv_sec = 0 }, to = { .tv_sec = 0 };
	struct txn_script *scripts;
	struct late_traces traces;
	const char *names;
	size_t n;
	int rc = txn_scripts(u->session->db, u->a, u->txn.n, &scripts, &n, e);

	if (rc < 0)
		return rc;
	names = names_of(u, scripts, n, &from, &to);
	if (names[0] == '\0')
		return 0;
	rc = late_traces(u->a, u->session->root, u->ops, u->nops, &from, &to, &traces, e);
	if (rc < 0)
		return rc;
	add(u, arena_printf(u->a, "scripts ran on the root itself, and what they changed besides "
				  "can't be brought back: %s", names));
	late_traces_words(u->a, &traces, "stays", add, u);
	return 0;
}
