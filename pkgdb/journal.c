/* Transactions, their ops and notes. */
#include "journal.h"

#include "internal.h"

#define MAX_COMMAND ((size_t)65536)

int txn_next(struct pkgdb *db, int64_t *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int64_t last;
	int rc = query_begin(db, Q_TXN_LAST, &q, e);

	if (rc == 0)
		rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	last = query_int(&q, 0, PKGDB_NOW - 2);
	rc = query_check(&q, e);
	if (rc == 0)
		*ret = last + 1;
	return rc;
}

static int txn_read(struct query *q, struct arena *a, struct txn *t, struct error *e)
{
	t->n = query_int(q, 1, PKGDB_NOW - 2);
	t->state = (enum txn_state)query_int(q, TXN_SEALED, TXN_REVERSED);
	t->verb = query_dup(q, a, DB_MAX_WORD);
	t->command = query_dup(q, a, MAX_COMMAND);
	t->who = query_dup(q, a, DB_MAX_WORD);
	t->started = query_int(q, INT64_MIN, INT64_MAX);
	t->sealed = query_int(q, INT64_MIN, INT64_MAX);
	t->undoes = query_int(q, 0, PKGDB_NOW - 2);
	t->undoes_first = query_int(q, 0, PKGDB_NOW - 2);
	t->keeps = query_int(q, 0, 1) != 0;
	t->stage = query_dup(q, a, DB_MAX_WORD);
	t->summary = query_dup(q, a, MAX_COMMAND);
	t->phase = query_int(q, 0, TXN_PHASE_MAX);
	if (strchr(t->stage, '/') != NULL || str_eq(t->stage, ".") || str_eq(t->stage, ".."))
		return error_set(e, E_DB, "cannot read transaction %lld: its stage is not a "
				 "name of ours", (long long)t->n);
	return query_check(q, e);
}

static int txn_one(struct query *q, struct arena *a, struct txn *ret, struct error *e)
{
	struct txn t;
	int rc = query_step(q, e);

	if (rc <= 0)
		return rc;
	rc = txn_read(q, a, &t, e);
	if (rc < 0)
		return rc;
	*ret = t;
	return 1;
}

int txn_find(struct pkgdb *db, struct arena *a, int64_t n, struct txn *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_TXN_FIND, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	return txn_one(&q, a, ret, e);
}

int txn_pending(struct pkgdb *db, struct arena *a, struct txn *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_TXN_PENDING, &q, e);

	return rc < 0 ? rc : txn_one(&q, a, ret, e);
}

int txn_list(struct pkgdb *db, struct arena *a, struct txn **ret, size_t *ret_n,
	     struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct txn) found = VEC_INIT;
	int rc = query_begin(db, Q_TXN_LIST, &q, e);

	while (rc >= 0 && (rc = query_step(&q, e)) > 0)
		rc = txn_read(&q, a, VEC_PUSH(&found), e);
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

/* ---- writing */

static int txn_check_new(struct pkgdb *db, const struct txn *t, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn other;
	int64_t next;
	int rc = txn_next(db, &next, e);

	if (rc < 0)
		return rc;
	if (t->n != next || (t->state != TXN_SEALED && t->state != TXN_SETTLED) ||
	    t->undoes_first < 0 || t->undoes_first > t->undoes || t->undoes >= next ||
	    (t->undoes != 0) != (t->undoes_first != 0))
		return error_set(e, EINVAL, "cannot record transaction %lld: the next one is "
				 "%lld, and begins sealed", (long long)t->n, (long long)next);
	rc = txn_pending(db, a, &other, e);
	if (rc > 0)
		return error_set(e, E_RECOVERY, "cannot record transaction %lld: transaction %lld "
				 "was interrupted and comes first", (long long)next,
				 (long long)other.n);
	return rc;
}

/* For people: cut rather than refused, at a limit nobody reads beyond. */
static void put_cut(struct query *q, struct arena *a, const char *text, size_t max)
{
	if (text == NULL)
		text = "";
	query_put_text(q, strnlen(text, max + 1) > max ? arena_strndup(a, text, max) : text);
}

int txn_add(struct pkgdb *db, const struct txn *t, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = txn_check_new(db, t, e);
	if (rc == 0)
		rc = text_check(t->stage, DB_MAX_WORD, "the name of a stage", e);
	if (rc == 0)
		rc = query_begin(db, Q_TXN_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, t->n);
	query_put_int(&q, t->state);
	put_cut(&q, a, t->verb, DB_MAX_WORD);
	put_cut(&q, a, t->command, MAX_COMMAND);
	put_cut(&q, a, t->who, DB_MAX_WORD);
	query_put_int(&q, t->started);
	query_put_int(&q, t->sealed);
	query_put_int(&q, t->undoes);
	query_put_int(&q, t->undoes_first);
	query_put_int(&q, t->keeps);
	put_cut(&q, a, t->stage, DB_MAX_WORD);
	put_cut(&q, a, t->summary, MAX_COMMAND);
	rc = query_run(&q, e);
	if (rc == 0)
		db->sealed = t->n == db->now;
	return rc;
}

static int txn_state_of(struct pkgdb *db, int64_t n, enum txn_state *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_TXN_STATE, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return error_set(e, E_NOT_FOUND, "no transaction %lld", (long long)n);
	*ret = (enum txn_state)query_int(&q, TXN_SEALED, TXN_REVERSED);
	return query_check(&q, e);
}

static bool state_may_follow(enum txn_state from, enum txn_state to)
{
	switch (from) {
	case TXN_SEALED:
		return to == TXN_SETTLED || to == TXN_REVERSING || to == TXN_REVERSED;
	case TXN_REVERSING:
		return to == TXN_REVERSED;
	default:
		return false;
	}
}

static int txn_write_state(struct pkgdb *db, int64_t n, enum txn_state state, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	enum txn_state now = TXN_SEALED;
	int rc = txn_state_of(db, n, &now, e);

	if (rc < 0 || now == state) /* recovery may say so again */
		return rc;
	if (!state_may_follow(now, state))
		return error_set(e, EINVAL, "cannot set transaction %lld from state %d to %d",
				 (long long)n, (int)now, (int)state);
	rc = query_begin(db, Q_TXN_SET_STATE, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, state);
	return query_run(&q, e);
}

int txn_set_state(struct pkgdb *db, int64_t n, enum txn_state state, struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, txn_write_state(db, n, state, e), e);
}

static int txn_write_keeps(struct pkgdb *db, int64_t n, bool keeps, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_TXN_SET_KEEPS, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, keeps);
	rc = query_run(&q, e);
	if (rc == 0 && query_changes(&q) == 0)
		return error_set(e, E_NOT_FOUND, "no transaction %lld", (long long)n);
	return rc;
}

int txn_set_keeps(struct pkgdb *db, int64_t n, bool keeps, struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, txn_write_keeps(db, n, keeps, e), e);
}

/* ---- ops */

static void op_put_attr(struct query *q, const struct op_attr *a)
{
	int i;

	for (i = 0; i < 9 && !a->known; i++)
		query_put_null(q);
	if (!a->known)
		return;
	query_put_int(q, a->mode);
	query_put_int(q, a->uid);
	query_put_int(q, a->gid);
	query_put_int(q, a->mtime);
	query_put_int(q, a->mtime_nsec);
	query_put_int(q, (int64_t)a->dev); /* all 64 bits; the sign means nothing */
	query_put_int(q, (int64_t)a->ino);
	query_put_int(q, (int64_t)a->size);
	query_put_text(q, a->xattrs);
}

static void op_read_attr(struct query *q, struct arena *arena, struct op_attr *a)
{
	int i;

	a->known = !query_is_null(q);
	for (i = 0; i < 9 && !a->known; i++)
		query_skip(q);
	if (!a->known)
		return;
	a->mode = (uint32_t)query_int(q, 0, UINT32_MAX);
	a->uid = (uint32_t)query_int(q, 0, UINT32_MAX);
	a->gid = (uint32_t)query_int(q, 0, UINT32_MAX);
	a->mtime = query_int(q, INT64_MIN, INT64_MAX);
	a->mtime_nsec = query_int(q, 0, 999999999);
	a->dev = (uint64_t)query_int(q, INT64_MIN, INT64_MAX);
	a->ino = (uint64_t)query_int(q, INT64_MIN, INT64_MAX);
	a->size = (uint64_t)query_int(q, INT64_MIN, INT64_MAX);
	a->xattrs = query_dup_or_null(q, arena, DB_MAX_TEXT);
}

int txn_op_add(struct pkgdb *db, int64_t n, const struct op *op, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = path_check(op->path, e);
	if (rc == 0 && (op->kind < OP_PUT || op->kind > OP_RMDIR || op->path[0] == '\0'))
		rc = error_set(e, EINVAL, "cannot record an op of kind %d on '/%s'",
			       (int)op->kind, op->path);
	if (rc == 0)
		rc = query_begin(db, Q_OP_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, op->seq);
	query_put_int(&q, op->kind);
	query_put_int(&q, op->volume);
	query_put_text(&q, op->path);
	op_put_attr(&q, &op->was);
	op_put_attr(&q, &op->now);
	query_put_int(&q, op->shared);
	rc = query_run(&q, e);
	if (rc == -EEXIST)
		return error_set(e, EEXIST, "cannot record op %lld of transaction %lld: it is "
				 "there", (long long)op->seq, (long long)n);
	return rc;
}

static int op_read(struct query *q, struct arena *a, struct op *op, struct error *e)
{
	op->seq = query_int(q, INT64_MIN, INT64_MAX);
	op->kind = (enum op_kind)query_int(q, OP_PUT, OP_RMDIR);
	op->volume = (uint32_t)query_int(q, 0, UINT32_MAX);
	op->path = query_dup(q, a, DB_MAX_PATH);
	if (op->path[0] == '\0' || !path_ok(op->path))
		query_refuse(q);
	op_read_attr(q, a, &op->was);
	op_read_attr(q, a, &op->now);
	op->shared = query_int(q, 0, 1) != 0;
	if (op->kind == OP_ATTR && !op->now.known)
		query_refuse(q);
	return query_check(q, e);
}

int txn_ops(struct pkgdb *db, struct arena *a, int64_t n, struct op **ret, size_t *ret_n,
	    struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct op) found = VEC_INIT;
	int rc = query_begin(db, Q_OPS, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0)
		rc = op_read(&q, a, VEC_PUSH(&found), e);
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc < 0 ? error_prefix(e, "the journal of transaction %lld", (long long)n) : 0;
}

int txn_ops_on_mode(struct pkgdb *db, int64_t n, uint32_t bits, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = query_begin(db, Q_OP_FILE_MODE, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, bits);
	return query_step(&q, e);
}

int txn_op_share(struct pkgdb *db, int64_t n, int64_t seq, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_OP_SHARE, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, seq);
	return query_run(&q, e);
}

int txn_ops_drop(struct pkgdb *db, int64_t n, int64_t phase, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_OPS_DROP, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, TXN_SEQ(phase, 0));
	query_put_int(&q, TXN_SEQ(phase + 1, 0) - 1);
	return query_run(&q, e);
}

int txn_set_phase(struct pkgdb *db, int64_t n, int64_t phase, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = query_begin(db, Q_TXN_SET_PHASE, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, phase);
	rc = query_run(&q, e);
	if (rc == 0 && query_changes(&q) == 0)
		return error_set(e, E_NOT_FOUND, "no transaction %lld", (long long)n);
	return rc;
}

/* ---- directories */

/* 0: none did. */
static int last_maker(struct pkgdb *db, const char *path, int64_t *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_MADE, &q, e);

	*ret = 0;
	if (rc < 0)
		return rc;
	query_put_text(&q, path);
	rc = query_step(&q, e);
	if (rc > 0) {
		int64_t n = query_int(&q, 1, INT64_MAX);

		*ret = query_int(&q, OP_PUT, OP_RMDIR) == OP_TREE ? n : 0;
		rc = query_check(&q, e);
	}
	return rc;
}

int txn_made_directory(struct pkgdb *db, const char *path, bool *ret, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int64_t n;
	int rc = last_maker(db, path, &n, e);

	*ret = false;
	if (rc < 0 || n == 0)
		return rc;
	rc = query_begin(db, Q_MADE_FOR, &q, e);
	if (rc < 0)
		return rc;
	query_put_text(&q, path);
	query_put_int(&q, n);
	rc = query_step(&q, e);
	*ret = rc > 0;
	return rc < 0 ? rc : 0;
}

/* ---- notes */

static int note_write(struct pkgdb *db, int64_t n, const char *kind, const char *subject,
		      const char *text, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_NOTE_ADD, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	put_cut(&q, a, kind, DB_MAX_WORD);
	put_cut(&q, a, subject, DB_MAX_PATH);
	put_cut(&q, a, text, DB_MAX_TEXT);
	return query_run(&q, e);
}

int txn_note_add(struct pkgdb *db, int64_t n, const char *kind, const char *subject,
		 const char *text, struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, note_write(db, n, kind, subject, text, e), e);
}

int txn_notes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_note **ret,
	      size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct txn_note) found = VEC_INIT;
	int rc = query_begin(db, Q_NOTES, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		struct txn_note *note = VEC_PUSH(&found);

		note->kind = query_dup(&q, a, DB_MAX_WORD);
		note->subject = query_dup(&q, a, DB_MAX_PATH);
		note->text = query_dup(&q, a, DB_MAX_TEXT);
		rc = query_check(&q, e);
	}
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}
