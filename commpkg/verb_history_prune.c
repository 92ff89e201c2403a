/* history --prune, --keep: how long the way back is kept, and giving the oldest up now. */
#include "commit.h"
#include "retention.h"
#include "session.h"
#include "show.h"
#include "verb_history.h"
#include "writer.h"

static const struct column prune_columns[] = {
	{ "up_to", NULL, COLUMN_NUMBER },
	{ "transactions", NULL, COLUMN_NUMBER },
	{ "bytes", NULL, COLUMN_SIZE },
	{ "keep", NULL, COLUMN_NUMBER },
	{ "keep_bytes", NULL, COLUMN_SIZE },
	{ "dry_run", NULL, COLUMN_FLAG },
	{ "done", NULL, COLUMN_FLAG },
};
#define NPRUNE (sizeof(prune_columns) / sizeof(prune_columns[0]))

struct prune {
	struct writer writer;
	struct session session;
	struct retention keep;		/* from now on */
	struct retention once;		/* for this time */
	bool sets;
	struct retention_due due;
};

/* ---- what was asked for */

/* A number of transactions; "all". */
static int parse_count(const char *option, const char *word, uint64_t *ret, struct error *e)
{
	if (str_eq(word, "all")) {
		*ret = RETENTION_UNLIMITED;
		return 0;
	}
	if (str_to_u64(word, strlen(word), 10, INT64_MAX, ret))
		return 0;
	(void)error_set(e, E_USAGE, "'%s' wants a number of transactions, not '%s'", option, word);
	return error_hint(e, "'all' keeps all");
}

/* A size; "all". */
static int parse_bytes(const char *word, uint64_t *ret, struct error *e)
{
	if (str_eq(word, "all")) {
		*ret = RETENTION_UNLIMITED;
		return 0;
	}
	if (str_to_size(word, INT64_MAX, ret))
		return 0;
	(void)error_set(e, E_USAGE, "'--keep-bytes' wants a size, not '%s'", word);
	return error_hint(e, "as 500M or 2G; 'all' sets no limit");
}

static int asked(struct prune *p, const struct options *o, struct error *e)
{
	int rc = retention_get(p->session.db, &p->keep, e);

	p->sets = o->keep != NULL || o->keep_bytes != NULL;
	if (rc < 0 && p->sets) {
		error_clear(e); /* what can't be read is set anew */
		p->keep = (struct retention){ RETENTION_TRANSACTIONS, RETENTION_UNLIMITED };
		rc = 0;
	}
	if (rc == 0 && o->keep != NULL)
		rc = parse_count("--keep", o->keep, &p->keep.transactions, e);
	if (rc == 0 && o->keep_bytes != NULL)
		rc = parse_bytes(o->keep_bytes, &p->keep.bytes, e);
	p->once = p->keep;
	if (rc == 0 && o->prune != NULL && o->prune[0] != '\0')
		rc = parse_count("--prune", o->prune, &p->once.transactions, e);
	return rc;
}

/* ---- what that means */

static int look(struct prune *p, struct error *e)
{
	struct session *s = &p->session;
	int rc = retention_look(p->writer.run->arena, s->root, s->db, s->state, &p->once,
				&p->due, e);

	return rc < 0 ? rc : retention_measure(s->root, s->db, s->state, &p->due, e);
}

static void show_record_of(const struct prune *p, bool done)
{
	struct run *r = p->writer.run;
	struct table *t = table_new(r->arena, "prune", prune_columns, NPRUNE);

	table_add(t, (struct cell[]){
		{ .number = (uint64_t)p->due.upto, .none = p->due.upto == 0 }, CELL_N(p->due.n),
		CELL_N(p->due.bytes),
		{ .number = p->keep.transactions, .none = p->keep.transactions ==
							  RETENTION_UNLIMITED },
		{ .number = p->keep.bytes, .none = p->keep.bytes == RETENTION_UNLIMITED },
		CELL_N(r->o->dry_run), CELL_N(done) });
	show_json_record(t);
}

static void say_policy(const struct retention *k)
{
	char size[32];

	if (k->transactions == RETENTION_UNLIMITED && k->bytes == RETENTION_UNLIMITED)
		report_out("  Keep       all transactions");
	else if (k->transactions == RETENTION_UNLIMITED)
		report_out("  Keep       at most %s", report_size(k->bytes, size));
	else if (k->bytes == RETENTION_UNLIMITED)
		report_out("  Keep       the last %llu transactions",
			   (unsigned long long)k->transactions);
	else
		report_out("  Keep       the last %llu transactions, at most %s",
			   (unsigned long long)k->transactions, report_size(k->bytes, size));
}

static void say_plan(const struct prune *p)
{
	const struct run *r = p->writer.run;
	char size[32];

	report_mute(r->o->quiet);
	report_heading("Give up what was kept for undo in '%s'", r->target->path);
	say_policy(&p->keep);
	if (p->due.n > 0) {
		show_forgotten(p->due.upto, INT64_MAX);
		report_out("  Space      %s in %zu store%s", report_size(p->due.bytes, size),
			   p->due.n, p->due.n == 1 ? "" : "s");
	}
	report_out("%s", "");
	report_mute(false);
}

/* ---- doing it */

/* 1: it is; 0: it is not. */
static int is_given_up(const struct prune *p, int64_t n, struct error *e)
{
	struct txn t;
	int rc = txn_find(p->session.db, p->writer.run->arena, n, &t, e);

	return rc > 0 ? !t.keeps : rc;
}

/* Do the rows say what we wanted them to say? */
static int came_true(struct pkgdb *db, const void *ctx, struct error *e)
{
	const struct prune *p = ctx;
	struct retention now;
	size_t i;
	int rc = retention_get(db, &now, e);

	if (rc < 0)
		return rc;
	rc = now.transactions == p->keep.transactions && now.bytes == p->keep.bytes;
	for (i = 0; rc > 0 && i < p->due.ndead; i++)
		rc = is_given_up(p, p->due.dead[i], e);
	return rc > 0 && p->due.upto != 0 ? is_given_up(p, p->due.upto, e) : rc;
}

static int carry_out(struct prune *p, struct error *e)
{
	struct session *s = &p->session;
	int rc = pkgdb_begin(s->db, e);

	if (rc == 0 && p->sets)
		rc = retention_set(s->db, &p->keep, e);
	if (rc == 0)
		rc = retention_write(s->db, &p->due, e);
	if (rc == 0)
		rc = commit_ask(s->db, came_true, p, s->state, e);
	if (rc < 0) {
		pkgdb_abort(s->db);
		return rc;
	}
	retention_sweep(s->root, s->state, s->db, &p->due);
	return 0;
}

static int ask_and_do(struct prune *p, struct error *e)
{
	struct run *r = p->writer.run;
	const char *question = arena_printf(r->arena, "Give it up in '%s'?", r->target->path);
	int rc;

	if (r->o->dry_run) {
		report_note("nothing was done (dry run)");
		return p->session.cannot.code != 0 ? (*e = p->session.cannot, -e->code) : 0;
	}
	rc = p->due.n > 0 ? writer_ask(&p->writer, question, e) : 1;
	if (rc == 0)
		report_note("nothing was done");
	if (rc <= 0)
		return rc < 0 ? rc : EXIT_FAILED;
	rc = carry_out(p, e);
	show_record_of(p, rc == 0);
	if (rc == 0 && p->due.n > 0)
		report_mark(MARK_OK, "%zu store%s given up in '%s'", p->due.n,
			    p->due.n == 1 ? "" : "s", r->target->path);
	else if (rc == 0)
		report_mark(MARK_OK, "noted for '%s'", r->target->path);
	return rc;
}

static int run(struct prune *p, struct error *e)
{
	const struct run *r = p->writer.run;
	int rc = asked(p, r->o, e);

	if (rc == 0)
		rc = look(p, e);
	if (rc < 0)
		return rc;
	if (p->due.n == 0 && !p->sets) {
		show_record_of(p, false);
		report_note("nothing to give up in '%s'", r->target->path);
		return EXIT_DONE;
	}
	say_plan(p);
	if (r->o->dry_run)
		show_record_of(p, false);
	return ask_and_do(p, e);
}

int history_prune(struct run *r, struct error *e)
{
	struct prune p = { .sets = false };
	struct session_options o = { .who = r->command, .lock_wait = r->o->lock_wait,
				     .read_only = r->o->dry_run, .waiting = writer_waiting,
				     .told = writer_recovered, .ctx = &p.writer };
	int rc;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "a number of a transaction does not go with --prune "
				 "and --keep");
	writer_init(&p.writer, r, "Give up", "given up");
	rc = session_open(r->target->path, &o, &p.session, e);
	if (rc < 0)
		return rc;
	rc = run(&p, e);
	session_close(&p.session);
	return rc;
}
