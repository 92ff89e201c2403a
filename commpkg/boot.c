/* The first boot: what waited for it, run. */
#include "boot.h"

#include "formats/cleanup.h"
#include "history_words.h"
#include "pkgdb/journal.h"
#include "report.h"
#include "show.h"
#include "signals.h"
#include "stagedir.h"
#include "view.h"

#define CONTENTS "var/sadm/install/contents"

struct booting {
	struct arena *a;
	const struct boot_request *req;
	struct session *s;
	const struct txn_waiting *v;	/* of one transaction */
	size_t n;
	int64_t txn;
};

/* ---- sealed */

static int add_txn(const struct booting *b, const struct stagedir *stage, struct error *e)
{
	const struct txn t = {
		.n = b->txn, .state = TXN_SEALED, .verb = BOOT_VERB, .command = b->req->command,
		.who = history_caller(b->a), .started = history_now(), .sealed = history_now(),
		.keeps = true, .stage = stage->name,
		.summary = arena_printf(b->a, "%zu script%s of transaction %lld", b->n,
					b->n == 1 ? "" : "s", (long long)b->v->n),
	};
	int rc = txn_add(b->s->db, &t, e);

	return rc < 0 ? rc : txn_note_add(b->s->db, b->txn, "boot",
					  arena_printf(b->a, "%lld", (long long)b->v->n),
					  "scripts that waited for the first boot", e);
}

/* `contents` is kept before they run, and made anew from the rows after (late_view.c). */
static int add_ops(const struct booting *b, const struct stagedir *stage, struct error *e)
{
	struct op keep = { .seq = TXN_SEQ(0, 1), .kind = OP_COPY }, put;
	struct rpath path;
	struct stat st;
	int rc = rpath_parse(b->a, CONTENTS, &path, e);

	if (rc == 0)
		rc = tree_canonical(b->s->root->tree, b->a, path, &path, e);
	if (rc < 0)
		return rc;
	keep.path = rpath_str(path);
	keep.volume = volumes_of(&stage->volumes, keep.path)->row.k;
	if (tree_stat(b->s->root->tree, path, &st, NULL) == 0)
		op_attr_of(&st, &keep.was);
	put = keep;
	put.seq = TXN_SEQ(1, 1);
	put.kind = OP_PUT;
	rc = txn_op_add(b->s->db, b->txn, &keep, e);
	return rc < 0 ? rc : txn_op_add(b->s->db, b->txn, &put, e);
}

static int add_scripts(const struct booting *b, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < b->n; i++) {
		struct txn_script row = b->v[i].script;

		row.seq = (int64_t)i + 1;
		row.phase = 1;
		row.role = ROLE_PACKAGE;
		row.state = SCRIPT_PENDING;
		rc = txn_script_add(b->s->db, b->txn, &row, e);
	}
	return rc;
}

static int seal(const struct booting *b, const struct stagedir *stage, struct error *e)
{
	struct pkgdb *db = b->s->db;
	int rc = pkgdb_begin(db, e);

	if (rc < 0)
		return rc;
	rc = add_txn(b, stage, e);
	if (rc == 0)
		rc = add_ops(b, stage, e);
	if (rc == 0)
		rc = add_scripts(b, e);
	if (rc == 0)
		rc = tree_sync(stage->new, e);
	if (rc == 0)
		return commit_moment(db, b->txn, TXN_SEALED, stage->new, e);
	pkgdb_abort(db);
	return rc;
}

/* ---- run */

/* The store of contents may be on a volume of its own. */
static int make_stage(struct booting *b, struct stagedir *stage, struct error *e)
{
	const struct stagedir_place place = { .root = b->s->root, .state = b->s->state,
					      .db = b->s->db };
	int rc = txn_next(b->s->db, &b->txn, e);

	return rc < 0 ? rc : stagedir_make(b->a, &place, b->txn, stage, e);
}

static int taken_back(const struct booting *b, const struct error *why, struct error *e)
{
	if (e != NULL)
		*e = *why;
	(void)error_prefix(e, "transaction %lld was taken back, and the scripts of transaction "
			   "%lld wait on", (long long)b->txn, (long long)b->v->n);
	return error_hint(e, "when that is mended: commpkg recover --boot; without the package: "
			  "commpkg uninstall -R / %s", b->v->script.instance);
}

static int run(struct booting *b, struct error *e)
{
	struct stagedir stage = { .name = NULL };
	struct error why = ERROR_INIT;
	int rc = signals_check(e);

	if (rc == 0)
		rc = make_stage(b, &stage, e);
	if (rc == 0)
		rc = seal(b, &stage, e);
	if (rc < 0 && rc != -E_RECOVERY && stage.name != NULL)
		stagedir_discard(&stage);
	if (rc == 0)
		rc = commit_carry_out(b->s->root, b->s->state, b->s->db, b->txn, b->req->watch,
				      &why, e);
	stagedir_close(&stage);
	return rc > 0 ? taken_back(b, &why, e) : rc;
}

static int refuse_asleep(const struct session *s, struct error *e)
{
	(void)error_set(e, E_UNSUPPORTED, "'%s' is not the system that runs: what waits for its "
			"first boot runs there", s->root->path);
	return error_hint(e, "in it: commpkg recover --boot -R /");
}

int boot_run(const struct boot_request *req, size_t *ret_ran, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct session *s = req->session;
	struct txn_waiting *v = NULL;
	size_t n = 0, i, k;
	int rc = s->root->live ? boot_due(s->db, a, &v, &n, e) : refuse_asleep(s, e);

	*ret_ran = 0;
	for (i = 0; rc == 0 && i < n; i = k) {
		struct booting b = { .a = a, .req = req, .s = s, .v = v + i };

		for (k = i + 1; k < n && v[k].n == v[i].n; k++)
			;
		b.n = k - i;
		rc = run(&b, e);
		*ret_ran += rc == 0;
	}
	return rc;
}

void boot_mention(const struct view *v, struct arena *a)
{
	struct txn_waiting *w = NULL;
	size_t n = 0, i;

	if (v->db == NULL || boot_due(v->db, a, &w, &n, NULL) < 0)
		return;
	show_json_number("first_boot", n);
	for (i = 0; i < n; i++)
		report_note("%s of %s waits for the first boot of the root (transaction %lld); "
			    "there: commpkg recover --boot -R /", w[i].script.name,
			    w[i].script.instance, (long long)w[i].n);
}
