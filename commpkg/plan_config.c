/*
 * Editable files. What nobody edited is decided here; for the rest the text that comes has to be
 * looked at, which plan_merge() does for all of them together: the checksum that a pkgmap
 * promises is the same for `a=1 b=2` and `a=2 b=1`.
 */
#include "planner.h"

void plan_config_queue(struct planner *p, struct claim *c, const char *why)
{
	struct decision *d = plan_decision(p, DECISION_QUEUE_NEW, c, why);

	c->item.kind = CHANGE_KEEP;
	c->item.note = why;
	if (rpath_parse(p->a, arena_printf(p->a, "%s.new", rpath_str(c->real)), &d->beside,
			NULL) < 0)
		d->beside = rpath_root();
	c->item.beside = d->beside;
}

static void take_new(struct planner *p, struct claim *c, const char *why)
{
	(void)plan_decision(p, DECISION_TAKE_NEW, c, why);
	c->item.kind = CHANGE_REPLACE;
	c->item.rules = true;
}

int plan_config_pristine(struct planner *p, const struct claim *c, struct text *ret,
			 struct error *e)
{
	const struct pkgdb_file *row = plan_ruling_row(c);

	/* What was no `e` until now has no text that was accepted as one. */
	if (p->db == NULL || row == NULL || row->ftype != 'e')
		return 0;
	return pkgdb_pristine_get(p->db, p->a, c->path, &ret->bytes, &ret->len, e);
}

int plan_config_pristine_digest(struct planner *p, const struct claim *c, struct sha256 *ret,
				struct error *e)
{
	const struct pkgdb_file *row = plan_ruling_row(c);
	struct text t;
	int rc = plan_config_pristine(p, c, &t, e);

	if (rc < 0)
		return rc;
	if (rc > 0) {
		sha256_of(t.bytes, t.len, ret);
		return 1;
	}
	if (row == NULL || !row->has_sha256)
		return 0;
	*ret = row->sha256;
	return 1;
}

/* Not edited: what comes is put there, or is there already. A checksum is enough to say so, because
 * the digest is compared when the payload is read. */
static void unedited(struct planner *p, struct claim *c, const struct sha256 *live, uint32_t sum)
{
	const struct entry *en = c->winner->what->entry;

	if ((uint64_t)c->st.st_size != en->size || sum != en->sum) {
		take_new(p, c, "not edited");
		return;
	}
	plan_contents_same(p, c, live);
	c->item.accepted = true;
}

/* The packaged text that came last, also if somebody put it there: no edit. */
static bool is_packaged(const struct claim *c, const struct sha256 *live)
{
	const struct pkgdb_file *row = plan_ruling_row(c);

	return row->ftype == 'e' && row->has_sha256 && sha256_equal(live, &row->sha256);
}

int plan_config_present(struct planner *p, struct claim *c, struct error *e)
{
	struct sha256 pristine, *live = arena_alloc(p->a, sizeof(*live));
	uint32_t sum;
	int rc;

	if (p->options->svr4_upgrade) {
		c->item.kind = CHANGE_REPLACE;
		c->item.rules = true;
		return 0;
	}
	rc = plan_digest_live(p, c, live, &sum, e);
	if (rc == 0)
		rc = plan_config_pristine_digest(p, c, &pristine, e);
	if (rc < 0)
		return rc;
	if (rc > 0 && plan_ruling_row(c) != NULL &&
	    (sha256_equal(live, &pristine) || is_packaged(c, live))) {
		unedited(p, c, live, sum);
		return 0;
	}
	c->item.kind = CHANGE_KEEP;
	c->undecided = true;
	return 0;
}

void plan_config_absent(struct claim *c)
{
	c->item.kind = CHANGE_KEEP;
	c->undecided = true;
}

void plan_config_keep(struct planner *p, struct claim *c, enum decision_kind kind,
		      const char *why)
{
	(void)plan_decision(p, kind, c, why);
	c->item.kind = CHANGE_KEEP;
	c->item.note = why;
}

const char *plan_decision_words(const struct decision *d)
{
	static const char *const names[] = {
		[DECISION_NEW] = "new", [DECISION_TAKE_NEW] = "replaced",
		[DECISION_KEEP_LIVE] = "kept as edited", [DECISION_ADOPT] = "adopted",
		[DECISION_QUEUE_NEW] = "kept as edited, new one beside",
		[DECISION_STAY_REMOVED] = "stays removed", [DECISION_REMOVE] = "removed",
		[DECISION_SAVE] = "edited: saved", [DECISION_MERGE] = "merged",
		[DECISION_CARRY] = "as edited elsewhere",
	};

	if (d->kind == DECISION_QUEUE_NEW && !str_has_prefix(d->why, "edited"))
		return str_has_prefix(d->why, "removed") ? "stays removed, new one beside" :
							   "left as it is, new one beside";
	return names[d->kind];
}
