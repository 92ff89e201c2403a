/* Scripts that wait for the first boot: as rows, and which of them are due. */
#include "boot.h"

#include "formats/cleanup.h"
#include "late.h"
#include "pkgdb/journal.h"

#define NOTE "boot"	/* of the transaction that runs them; its subject: whose they are */

/* ---- sealed */

static int add_row(struct stage *s, struct pkgdb *db, const struct plan_step *ps, int64_t seq,
		   struct error *e)
{
	const struct infofile *file = plan_script(ps, "postinstall");
	const struct plan_options *o = s->plan->options;
	struct txn_script_job job = {
		.bytes = file->bytes, .len = file->len, .cwd = "var/sadm/install",
		.trace = o->trace, .policy = (int)o->cage, .time_limit = o->script_timeout,
	};
	const struct txn_script row = {
		.seq = seq, .phase = 1, .status = -1, .instance = ps->instance,
		.name = file->name, .state = SCRIPT_WAITING, .job = &job,
	};
	struct pkginfo env;
	int rc = procedures_env_booted(s, db, ps, file->name, &env, e);

	if (rc < 0)
		return rc;
	job.env = late_env_text(s->a, &env, &job.env_len);
	return txn_script_add(db, s->plan->txn, &row, e);
}

int boot_seal(struct stage *s, struct pkgdb *db, int64_t seq, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->nsteps; i++)
		if (s->plan->steps[i].waits)
			rc = add_row(s, db, &s->plan->steps[i], ++seq, e);
	return rc;
}

/* ---- due */

/* What an undo brought back is what was there before the first that it undid: whose is that? Each
 * step leads to an older transaction. 0: nothing of that name. */
static int origin(struct pkgdb *db, struct arena *a, const char *instance, int64_t at,
		  int64_t *ret, struct error *e)
{
	struct pkgdb_package p;
	struct txn t;
	int rc;

	for (*ret = 0;; at = t.undoes_first - 1) {
		rc = pkgdb_package_find(db, a, instance, at, &p, e);
		if (rc <= 0)
			return rc;
		rc = txn_find(db, a, p.added, &t, e);
		if (rc < 0)
			return rc;
		if (rc == 0 || t.undoes == 0) {
			*ret = p.added;
			return 0;
		}
	}
}

static int is_due(struct pkgdb *db, struct arena *a, const struct txn_waiting *w, struct error *e)
{
	int64_t from;
	struct txn t;
	int rc = txn_find(db, a, w->n, &t, e);

	if (rc <= 0 || t.state != TXN_SETTLED)
		return rc < 0 ? rc : 0;
	rc = origin(db, a, w->script.instance, PKGDB_NOW, &from, e);
	return rc < 0 ? rc : from == w->n;
}

int boot_due(struct pkgdb *db, struct arena *a, struct txn_waiting **ret, size_t *ret_n,
	     struct error *e)
{
	struct txn_waiting *v = NULL;
	size_t n = 0, i, k = 0;
	int rc = txn_scripts_waiting(db, a, &v, &n, e);

	for (i = 0; rc >= 0 && i < n; i++) {
		rc = is_due(db, a, &v[i], e);
		if (rc > 0)
			v[k++] = v[i];
	}
	if (rc < 0)
		return rc;
	*ret = v;
	*ret_n = k;
	return 0;
}

/* ---- over */

/* Whose scripts a transaction runs; 0: none. */
static int whose(struct pkgdb *db, struct arena *a, int64_t n, int64_t *ret, struct error *e)
{
	struct txn_note *notes;
	size_t count, i;
	uint64_t of;
	int rc = txn_notes(db, a, n, &notes, &count, e);

	*ret = 0;
	for (i = 0; rc == 0 && i < count; i++)
		if (str_eq(notes[i].kind, NOTE) &&
		    str_to_u64(notes[i].subject, strlen(notes[i].subject), 10, INT64_MAX, &of))
			*ret = (int64_t)of;
	return rc;
}

int boot_over(struct pkgdb *db, const struct txn *t, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn_waiting *v;
	int64_t of = 0;
	size_t n = 0, i;
	int rc = str_eq(t->verb, BOOT_VERB) ? whose(db, a, t->n, &of, e) : 0;

	if (rc < 0 || of == 0)
		return rc;
	rc = txn_scripts_waiting(db, a, &v, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (v[i].n == of)
			rc = txn_script_waited(db, of, v[i].script.seq,
					       arena_printf(a, "transaction %lld, after the boot\n",
							    (long long)t->n), e);
	return rc;
}
