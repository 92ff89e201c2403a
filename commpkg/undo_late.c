/* What the undo of a transaction can't bring back: what its scripts did to the root itself,
 * when they could not be staged. */
#include <errno.h>

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
	u->ran_late = names[0] != '\0';
	if (!u->ran_late)
		return 0;
	rc = late_traces(u->a, u->session->root, u->ops, u->nops, &from, &to, &traces, e);
	if (rc < 0)
		return rc;
	add(u, arena_printf(u->a, "scripts ran on the root itself, and what they changed besides "
				  "can't be brought back: %s", names));
	late_traces_words(u->a, &traces, "stays", add, u);
	return 0;
}

/* ---- what its scripts took away before it could be kept */

#define MOST_LOST 10	/* are named */

static int look_for(struct undo *u, const struct pkgdb_package *p, size_t *n_lost,
		    struct error *e)
{
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_files(u->session->db, u->a, p->id, u->txn.n - 1, &rows, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath client, real;
		struct stat st;

		rc = rpath_parse(u->a, rows[i].path, &client, e);
		if (rc == 0)
			rc = world_canonical(u->world, client, &real, e);
		if (rc < 0 || world_stat(u->world, rpath_str(real), &st, NULL) != -ENOENT)
			continue;
		if (++*n_lost <= MOST_LOST)
			add(u, arena_printf(u->a, "'/%s' of '%s' does not come back: it was gone "
					    "before it could be kept; repair brings it from a "
					    "package", rows[i].path, p->instance));
	}
	return rc;
}

static bool comes_back(const struct undo *u, const char *instance)
{
	for (size_t i = 0; i < u->changes.n; i++)
		if (u->changes.v[i].to != NULL && str_eq(u->changes.v[i].instance, instance))
			return true;
	return false;
}

int undo_late_lost(struct undo *u, struct error *e)
{
	struct pkgdb_package *then;
	size_t n, i, n_lost = 0;
	int rc = 0;

	if (!u->ran_late)
		return 0;
	rc = pkgdb_packages(u->session->db, u->a, u->txn.n - 1, &then, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (comes_back(u, then[i].instance))
			rc = look_for(u, &then[i], &n_lost, e);
	if (rc == 0 && n_lost > MOST_LOST)
		add(u, arena_printf(u->a, "and %zu more do not come back", n_lost - MOST_LOST));
	return rc;
}
