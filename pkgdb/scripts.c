/* The scripts of a transaction. */
#include "scripts.h"

#include "internal.h"
#include "journal.h"

#define MAX_SCRIPTS 100000u
#define MAX_JOB ((size_t)64 << 20)	/* bytes of all jobs that are read at once */

static int check_new(const struct txn_script *s, struct error *e)
{
	if (s->seq < 1 || s->phase < 0 || s->instance == NULL || s->name == NULL ||
	    s->name[0] == '\0' || (s->phase > 0) != (s->job != NULL))
		return error_set(e, EINVAL, "cannot record script '%s': its row is not whole",
				 s->name != NULL ? s->name : "");
	return 0;
}

static void put_job(struct query *q, const struct txn_script_job *job)
{
	int i;

	for (i = 0; job == NULL && i < 10; i++)
		query_put_null(q);
	if (job == NULL)
		return;
	query_put_text(q, job->arg);
	query_put_blob(q, job->bytes, job->len);
	query_put_blob(q, job->input != NULL ? job->input : "", job->input_len);
	query_put_blob(q, job->env != NULL ? job->env : "", job->env_len);
	query_put_text(q, job->cwd);
	query_put_int(q, job->gid);
	query_put_int(q, job->trace);
	query_put_int(q, job->policy);
	query_put_int(q, job->inside);
	query_put_int(q, job->time_limit);
}

/* For people: cut rather than refused. */
static const char *cut(struct arena *a, const char *text)
{
	if (text == NULL)
		return "";
	return strnlen(text, DB_MAX_TEXT + 1) > DB_MAX_TEXT ? arena_strndup(a, text, DB_MAX_TEXT) :
							       text;
}

int txn_script_add(struct pkgdb *db, int64_t n, const struct txn_script *s, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = check_new(s, e);
	if (rc == 0)
		rc = text_check(s->instance, DB_MAX_WORD, "the name of an instance", e);
	if (rc == 0)
		rc = text_check(s->name, DB_MAX_WORD, "the name of a script", e);
	if (rc == 0)
		rc = query_begin(db, Q_SCRIPT_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, s->seq);
	query_put_int(&q, s->phase);
	query_put_text(&q, s->instance);
	query_put_text(&q, s->name);
	query_put_int(&q, s->state);
	query_put_int(&q, s->runs);
	query_put_int(&q, s->status);
	query_put_int(&q, s->began);
	query_put_int(&q, s->ended);
	query_put_text(&q, cut(a, s->output));
	query_put_int(&q, s->role);
	put_job(&q, s->job);
	return query_run(&q, e);
}

/* ---- reading */

static const char *dup_blob(struct query *q, struct arena *a, size_t max, size_t *ret_len)
{
	const void *bytes = query_blob(q, max, ret_len);

	return arena_strndup(a, bytes != NULL ? bytes : "", *ret_len);
}

static void read_job(struct query *q, struct arena *a, struct txn_script *s)
{
	struct txn_script_job *job = arena_alloc(a, sizeof(*job));
	int i;

	*job = (struct txn_script_job){ .arg = query_dup_or_null(q, a, DB_MAX_TEXT) };
	if (query_is_null(q)) {
		for (i = 0; i < 9; i++)
			query_skip(q);
		return;
	}
	job->bytes = dup_blob(q, a, INFOFILE_MAX_BYTES, &job->len);
	job->input = dup_blob(q, a, (size_t)DB_MAX_VALUE, &job->input_len);
	job->env = dup_blob(q, a, (size_t)DB_MAX_VALUE, &job->env_len);
	job->cwd = query_dup_or_null(q, a, DB_MAX_PATH);
	job->gid = query_int(q, 0, UINT32_MAX - 1);
	job->trace = query_int(q, 0, 1) != 0;
	job->policy = (int)query_int(q, 0, INT32_MAX);
	job->inside = query_int(q, 0, 1) != 0;
	job->time_limit = (unsigned)query_int(q, 0, INT32_MAX);
	s->job = job;
}

/* The name becomes a file name, so it is looked at again. */
static int read_script(struct query *q, struct arena *a, struct txn_script *s, struct error *e)
{
	*s = (struct txn_script){ .seq = query_int(q, 1, INT64_MAX) };
	s->phase = query_int(q, 0, TXN_PHASE_MAX);
	s->instance = query_dup(q, a, DB_MAX_WORD);
	s->name = query_dup(q, a, DB_MAX_WORD);
	if (s->name[0] == '\0' || s->name[0] == '.' || strchr(s->name, '/') != NULL)
		query_refuse(q);
	s->state = (enum script_state)query_int(q, SCRIPT_PENDING, SCRIPT_WAITING);
	s->runs = query_int(q, 0, INT64_MAX);
	s->status = (int)query_int(q, -1, INT32_MAX);
	s->began = query_int(q, INT64_MIN, INT64_MAX);
	s->ended = query_int(q, INT64_MIN, INT64_MAX);
	s->output = query_dup(q, a, DB_MAX_TEXT);
	s->role = (enum script_role)query_int(q, ROLE_PACKAGE, ROLE_BACK_START);
	read_job(q, a, s);
	return query_check(q, e);
}

static int check_limits(size_t n, size_t bytes, struct error *e)
{
	if (n <= MAX_SCRIPTS && bytes <= MAX_JOB)
		return 0;
	return error_set(e, E_LIMIT, "cannot read the scripts of a transaction: too many");
}

static size_t size_of(const struct txn_script *s)
{
	size_t n = strlen(s->output);

	return s->job != NULL ? n + s->job->len + s->job->input_len + s->job->env_len : n;
}

int txn_scripts(struct pkgdb *db, struct arena *a, int64_t n, struct txn_script **ret,
		size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct txn_script) found = VEC_INIT;
	size_t bytes = 0;
	int rc = query_begin(db, Q_SCRIPTS, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		struct txn_script *s = VEC_PUSH(&found);

		rc = read_script(&q, a, s, e);
		if (rc == 0)
			bytes += size_of(s);
		if (rc == 0)
			rc = check_limits(found.n, bytes, e);
	}
	if (rc == 0) {
		*ret = arena_memdup(a, found.v, found.n, sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc < 0 ? error_prefix(e, "the scripts of transaction %lld", (long long)n) : 0;
}

int txn_scripts_waiting(struct pkgdb *db, struct arena *a, struct txn_waiting **ret,
			size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct txn_waiting) found = VEC_INIT;
	size_t bytes = 0;
	int rc = query_begin(db, Q_SCRIPTS_WAITING, &q, e);

	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		struct txn_waiting *w = VEC_PUSH(&found);

		w->n = query_int(&q, 1, PKGDB_NOW - 2);
		rc = read_script(&q, a, &w->script, e);
		if (rc == 0)
			bytes += size_of(&w->script);
		if (rc == 0)
			rc = check_limits(found.n, bytes, e);
	}
	if (rc == 0) {
		*ret = arena_memdup(a, found.v, found.n, sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc < 0 ? error_prefix(e, "scripts that wait for the first boot") : 0;
}

/* ---- from state to state */

static int changed_one(struct query *q, int64_t n, int64_t seq, struct error *e)
{
	int rc = query_run(q, e);

	if (rc == 0 && query_changes(q) != 1)
		return error_set(e, E_NOT_FOUND, "transaction %lld has no script %lld in that "
				 "state", (long long)n, (long long)seq);
	return rc;
}

int txn_script_waited(struct pkgdb *db, int64_t n, int64_t seq, const char *words,
		      struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_SCRIPT_WAITED, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, seq);
	query_put_text(&q, words);
	return changed_one(&q, n, seq, e);
}

static int write_begin(struct pkgdb *db, int64_t n, int64_t seq, int64_t now, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_SCRIPT_BEGIN, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, seq);
	query_put_int(&q, now);
	return changed_one(&q, n, seq, e);
}

int txn_script_begin(struct pkgdb *db, int64_t n, int64_t seq, int64_t now, struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, write_begin(db, n, seq, now, e), e);
}

static int write_end(struct pkgdb *db, int64_t n, int64_t seq, const struct txn_script *s,
		     struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_SCRIPT_END, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, seq);
	query_put_int(&q, s->state);
	query_put_int(&q, s->status);
	query_put_int(&q, s->ended);
	query_put_text(&q, cut(a, s->output));
	return changed_one(&q, n, seq, e);
}

int txn_script_end(struct pkgdb *db, int64_t n, int64_t seq, enum script_state state, int status,
		   int64_t now, const char *output, struct error *e)
{
	const struct txn_script s = { .state = state, .status = status, .ended = now,
				      .output = output };
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, write_end(db, n, seq, &s, e), e);
}

static int write_skip(struct pkgdb *db, int64_t n, int64_t seq, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_SCRIPT_SKIP, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, seq);
	return changed_one(&q, n, seq, e);
}

int txn_script_skip(struct pkgdb *db, int64_t n, int64_t seq, struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, write_skip(db, n, seq, e), e);
}

int txn_scripts_over(struct pkgdb *db, int64_t n, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_SCRIPTS_OVER, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	return query_run(&q, e);
}
