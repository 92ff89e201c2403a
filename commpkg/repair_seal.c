/*
 * The moment of a repair: history and journal in one commit. No row changes, because the root
 * becomes what the rows say already.
 */
#include <errno.h>

#include "commit.h"
#include "fixed.h"
#include "setid.h"
#include "formats/cleanup.h"
#include "history_words.h"
#include "pkgdb/svr4view.h"
#include "repair_look.h"
#include "xattrs.h"

#define CONTENTS "var/sadm/install/contents"

/* ---- was somebody quicker? */

static int stale(const struct mend *m, struct error *e)
{
	(void)error_set(e, E_STALE, "'/%s' changed while its repair was being prepared",
			rpath_str(m->client));
	return error_hint(e, "type the same again: the plan is made anew");
}

static int check_live(struct repair *r, const struct mend *m, struct error *e)
{
	struct stat st;
	int rc = tree_stat(r->root, m->real, &st, e);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return m->there ? stale(m, e) : (error_clear(e), 0);
	if (rc < 0)
		return rc;
	if (!m->there || st.st_dev != m->st.st_dev || st.st_ino != m->st.st_ino ||
	    st.st_mode != m->st.st_mode || (!S_ISDIR(st.st_mode) &&
	    (st.st_size != m->st.st_size || st.st_mtim.tv_sec != m->st.st_mtim.tv_sec ||
	     st.st_mtim.tv_nsec != m->st.st_mtim.tv_nsec)))
		return stale(m, e);
	return 0;
}

/* ---- ops */

struct sealing {
	struct repair *r;
	int64_t seq;
	struct strmap *placed;		/* topmost new directories that have their op */
};

static int add_op(struct sealing *s, struct op *op, struct error *e)
{
	op->seq = ++s->seq;
	op->volume = volumes_at(s->r->volumes, s->r->nvolumes, op->path);
	return txn_op_add(s->r->session->db, s->r->n, op, e);
}

/* What must make way for another type goes first. */
static int add_removal(struct sealing *s, const struct mend *m, struct error *e)
{
	struct op op = { .kind = S_ISDIR(m->st.st_mode) ? OP_REMOVE_TREE : OP_REMOVE,
			 .path = rpath_str(m->real) };

	if (m->item.kind != REPAIR_GONE && (!mend_makes(m) || !m->makes_way))
		return 0;
	op_attr_of(&m->st, &op.was);
	return add_op(s, &op, e);
}

static int add_placing(struct sealing *s, const struct mend *m, struct error *e)
{
	struct dirs *dirs = s->r->dirs;
	const char *path = rpath_str(m->real), *top;
	struct op op = { .kind = OP_PUT, .path = path };

	top = dirs_topmost_new(dirs, m->item.kind == REPAIR_DIRECTORY ? path :
			       dirs_parent(dirs, path));
	if (top == NULL) {
		if (m->there && !m->makes_way)
			op_attr_of(&m->st, &op.was);
		return add_op(s, &op, e);
	}
	if (strmap_find(s->placed, top) != NULL)
		return 0;
	(void)strmap_put(s->placed, top, (void *)top);
	op = (struct op){ .kind = OP_TREE, .path = top };
	return add_op(s, &op, e);
}

/* Those that a script gave come back; what an administrator has added stays, but for a capability
 * that nobody gave. */
static int want_xattrs(struct sealing *s, const struct mend *m, struct op *op, struct error *e)
{
	struct repair *r = s->r;
	const char *must = m->row->xattrs != NULL ? m->row->xattrs : "";
	int rc = xattrs_whole(r->a, r->root, m->real, &op->was.xattrs, e);

	if (rc == 0)
		op->now.xattrs = xattrs_with(r->a, xattrs_uncapable(r->a, op->was.xattrs), must);
	return rc;
}

static int add_attributes(struct sealing *s, const struct mend *m, struct error *e)
{
	struct op op = { .kind = OP_ATTR, .path = rpath_str(m->real) };
	int rc = 0;

	if (m->item.kind != REPAIR_ATTR)
		return 0;
	op_attr_of(&m->st, &op.was);
	op.now = op.was;
	op.now.mode = (m->st.st_mode & S_IFMT) | m->mode;
	op.now.uid = m->uid;
	op.now.gid = m->gid;
	if (m->kinds & 1u << VERIFY_ATTRIBUTE)
		rc = want_xattrs(s, m, &op, e);
	return rc == 0 ? add_op(s, &op, e) : rc;
}

static int add_ops(struct repair *r, struct error *e)
{
	struct sealing s = { .r = r, .placed = strmap_new(16) };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->mends.n; i++)
		rc = add_removal(&s, &r->mends.v[i], e);
	for (i = 0; rc == 0 && i < r->mends.n; i++)
		if (mend_makes(&r->mends.v[i]))
			rc = add_placing(&s, &r->mends.v[i], e);
	for (i = 0; rc == 0 && i < r->mends.n; i++)
		rc = add_attributes(&s, &r->mends.v[i], e);
	strmap_free(s.placed);
	return rc;
}

/* ---- history */

/* Undo knows by these which objects the repair put there, and what was in them. */
static int add_note(struct repair *r, const struct mend *m, struct error *e)
{
	char hex[SHA256_HEX_SIZE] = "-";

	if (!mend_makes(m) && m->item.kind != REPAIR_ATTR)
		return 0;
	if (m->has_sha && mend_makes(m))
		sha256_hex(&m->sha, hex);
	return txn_note_add(r->session->db, r->n, "repair", rpath_str(m->real),
			    arena_printf(r->a, "%s %s: %s", hex, m->item.damage,
					 m->item.kind == REPAIR_ATTR || m->item.source == NULL ?
					 "set again" : m->item.source), e);
}

static const char *summary(struct repair *r)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i, n = 0, all = r->plan.nput + r->plan.nattr;

	strbuf_adds(&b, "repair ");
	for (i = 0; i < r->mends.n && n < 3; i++) {
		const struct mend *m = &r->mends.v[i];

		if (mend_acts(m))
			strbuf_addf(&b, "%s/%s", n++ > 0 ? ", " : "", rpath_str(m->client));
	}
	if (all > n)
		strbuf_addf(&b, " and %zu more", all - n);
	return arena_strdup(r->a, strbuf_str(&b));
}

static int add_txn(struct repair *r, struct error *e)
{
	struct txn t = {
		.n = r->n, .state = TXN_SEALED, .verb = "repair", .command = r->req->command,
		.who = history_caller(r->a), .started = history_now(), .sealed = history_now(),
		.keeps = true, .stage = r->stage.name, .summary = summary(r),
	};

	return txn_add(r->session->db, &t, e);
}

static int note_contents(struct repair *r, struct error *e)
{
	char hex[SHA256_HEX_SIZE];
	size_t i;

	for (i = 0; i < r->mends.n; i++) {
		const struct mend *m = &r->mends.v[i];

		if (m->row != NULL || !mend_makes(m) || !str_eq(rpath_str(m->client), CONTENTS))
			continue;
		sha256_hex(&m->sha, hex);
		return pkgdb_setting_set(r->session->db, SVR4VIEW_DIGEST, hex, e);
	}
	return 0;
}

int repair_seal(struct repair *r, struct error *e)
{
	struct pkgdb *db = r->session->db;
	size_t i;
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = note_contents(r, e);
	if (rc == 0)
		rc = add_txn(r, e);
	if (rc == 0)
		rc = add_ops(r, e);
	if (rc == 0)
		rc = fixed_check(r->a, r->session->root, db, r->n, e);
	if (rc == 0)
		rc = setid_share(r->a, r->session->root, db, r->n, e);
	for (i = 0; rc == 0 && i < r->mends.n; i++)
		rc = add_note(r, &r->mends.v[i], e);
	if (rc == 0)
		rc = tree_sync(r->stage.new, e);
	for (i = 0; rc == 0 && i < r->mends.n; i++)
		if (mend_acts(&r->mends.v[i]))
			rc = check_live(r, &r->mends.v[i], e);
	if (rc < 0)
		pkgdb_abort(db);
	else
		rc = commit_moment(db, r->n, TXN_SEALED, r->stage.new, e);
	return rc < 0 ? error_prefix(e, "sealing the repair (transaction %lld)", (long long)r->n) :
			0;
}
