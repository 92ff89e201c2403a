/*
 * Editable files that were edited, removed, or are nobody's: the text that comes is read from its
 * medium now, so that the plan can say what will be there. One pass over each medium that has
 * any. config_decide() decides; when it says MERGE:
 *
 *	lines merge			put there, the packaged text is the accepted one
 *	lines conflict, keys merge	the same
 *	already in it			stays as it is, accepted
 *	conflict, binary, over 1 MiB	stays as it is, what came lies beside
 */
#include "planner.h"

#include "config.h"
#include "formats/medium.h"

#define MERGE_MAX ((size_t)1 << 20)

/* A text that comes. */
struct arrival {
	struct sha256 digest;
	bool whole;		/* `text` has it; else it is too large */
	struct strbuf text;
};

struct merging {
	struct planner *p;
	VEC(struct claim *) waiting;
	const struct medium *medium;
	bool *wanted;		/* packages of the medium */
};

static const struct package *package_of(const struct planner *p, const struct claim *c)
{
	return p->plan->steps[c->winner->step].step->package;
}

static struct claim *claim_of(const struct merging *m, const struct package *pkg,
			      const struct entry *en)
{
	size_t i;

	for (i = 0; i < m->waiting.n; i++) {
		struct claim *c = m->waiting.v[i];

		if (c->undecided && package_of(m->p, c) == pkg && c->winner->what->entry == en)
			return c;
	}
	return NULL;
}

static void queue(struct merging *m, struct claim *c, const char *why)
{
	plan_config_queue(m->p, c, arena_printf(m->p->a, "edited, and the packaged text "
						"changed%s", why));
}

/* ---- one file */

/* Mode and owner as they come, unless somebody changed them since they came last. */
static void merge_attributes(const struct planner *p, const struct claim *c,
			     struct plan_merged *ret)
{
	const struct pkgdb_file *row = plan_ruling_row(c);
	uid_t uid;
	gid_t gid;

	ret->mode = c->item.mode;
	ret->uid = c->item.uid;
	ret->gid = c->item.gid;
	if (row->mode != MODE_UNSET && row->mode != (c->st.st_mode & 07777))
		ret->mode = c->st.st_mode & 07777;
	if (row->owner != NULL && owners_uid(p->owners, row->owner, &uid) > 0 &&
	    uid != c->st.st_uid)
		ret->uid = c->st.st_uid;
	if (row->group != NULL && owners_gid(p->owners, row->group, &gid) > 0 &&
	    gid != c->st.st_gid)
		ret->gid = c->st.st_gid;
}

static void put_merged(struct merging *m, struct claim *c, const struct text *merged,
		       const char *why)
{
	struct plan_merged *there = arena_alloc(m->p->a, sizeof(*there));

	there->text = *merged;
	there->rule = strmap_find(m->p->rules, c->path);
	merge_attributes(m->p, c, there);
	(void)plan_decision(m->p, DECISION_MERGE, c, why);
	c->item.kind = CHANGE_REPLACE;
	c->item.note = why;
	c->item.rules = true;
	c->item.accepted = true;
	c->item.merged = there;
}

static void stays_accepted(struct merging *m, struct claim *c)
{
	plan_config_keep(m->p, c, DECISION_KEEP_LIVE,
			 "edited; what changed in the packaged text is in it already");
	c->item.accepted = true;
}

/* Lines, and then keys where they conflict; the other way round where the manifest says so. */
void plan_merge_by_rule(struct planner *p, const struct claim *c, struct text base,
			struct text live, struct text new, struct merge_result *ret,
			bool *ret_by_key)
{
	const struct config_rule *rule = strmap_find(p->rules, c->path);
	enum manifest_merge how = rule != NULL ? rule->merge : MERGE_TEXT;
	struct merge_result lines, keys;

	merge_lines(p->a, base, live, new, &lines);
	*ret = lines;
	*ret_by_key = false;
	if (lines.outcome == MERGE_BINARY || (lines.outcome == MERGE_CLEAN && how != MERGE_KEYS))
		return;
	merge_keys(p->a, base, live, new, &keys);
	*ret_by_key = keys.outcome == MERGE_CLEAN;
	if (*ret_by_key)
		*ret = keys;
	else if (keys.outcome == MERGE_CONFLICT && lines.outcome == MERGE_CLEAN)
		*ret = keys; /* in different lines, and yet of one key */
}

static const char *merged_words(struct merging *m, const struct claim *c, bool by_key)
{
	const struct config_rule *rule = strmap_find(m->p->rules, c->path);
	const char *words = by_key ? "edited, and the packaged text changed: key by key" :
				     "edited, and the packaged text changed elsewhere";

	return rule == NULL || rule->validate == NULL ? words :
	       arena_printf(m->p->a, "%s; if '%s' of %s accepts it", words, rule->validate,
			    rule->component);
}

static void merge_texts(struct merging *m, struct claim *c, struct text base, struct text live,
			struct text new)
{
	const struct config_rule *rule = strmap_find(m->p->rules, c->path);
	struct merge_result r;
	bool by_key;

	if (rule != NULL && rule->merge == MERGE_NONE) {
		queue(m, c, arena_printf(m->p->a, "; %s wants it merged by hand",
					 rule->component));
		return;
	}
	plan_merge_by_rule(m->p, c, base, live, new, &r, &by_key);
	if (r.outcome == MERGE_BINARY)
		queue(m, c, "; not text");
	else if (r.outcome != MERGE_CLEAN)
		queue(m, c, arena_printf(m->p->a, " in the same place (line %zu%s)", r.line,
					 r.conflicts > 1 ? " first" : ""));
	else if (r.text.len == live.len && memcmp(r.text.bytes, live.bytes, live.len) == 0)
		stays_accepted(m, c);
	else
		put_merged(m, c, &r.text, merged_words(m, c, by_key));
}

static int merge_one(struct merging *m, struct claim *c, const struct arrival *new,
		     struct error *e)
{
	struct text base, live;
	char *bytes;
	int rc = plan_config_pristine(m->p, c, &base, e);

	if (rc < 0)
		return rc;
	if (rc == 0 || !new->whole || (uint64_t)c->st.st_size > MERGE_MAX) {
		queue(m, c, "; too large to be merged");
		return 0;
	}
	rc = tree_read(m->p->root->tree, m->p->a, c->real, MERGE_MAX, &bytes, &live.len, e);
	if (rc < 0)
		return rc;
	live.bytes = bytes;
	merge_texts(m, c, base, live, (struct text){ strbuf_str(&new->text), new->text.len });
	return 0;
}

/* ---- the decision */

static int gather(struct merging *m, struct claim *c, const struct arrival *new,
		  struct config_facts *f, struct sha256 *live, struct error *e)
{
	const struct pkgdb_file *row = plan_ruling_row(c);
	struct sha256 pristine;
	uint32_t sum;
	int rc = 0;

	f->there = c->exists;
	if (f->there)
		rc = plan_digest_live(m->p, c, live, &sum, e);
	if (rc == 0)
		rc = plan_config_pristine_digest(m->p, c, &pristine, e);
	if (rc < 0)
		return rc;
	f->ours = rc > 0 && row != NULL;
	f->edited = f->ours && f->there && !sha256_equal(live, &pristine);
	f->live_is_new = f->there && sha256_equal(live, &new->digest);
	f->packaged_changed = row == NULL || !row->has_sha256 ||
			      !sha256_equal(&row->sha256, &new->digest);
	return 0;
}

/* Nothing is there: what comes, with another port. */
static void shift_port(struct merging *m, struct claim *c, const struct arrival *new)
{
	struct plan_merged *text = arena_alloc(m->p->a, sizeof(*text));

	*text = (struct plan_merged){ .mode = c->item.mode, .uid = c->item.uid,
				      .gid = c->item.gid };
	if (new->whole && plan_shift_port(m->p, c, (struct text){ strbuf_str(&new->text),
								  new->text.len }, &text->text)) {
		c->item.merged = text;
		c->item.note = "another port, beside the other version";
		c->item.accepted = true;
	}
}

static int decide(struct merging *m, struct claim *c, const struct arrival *new, struct error *e)
{
	struct sha256 *live = arena_alloc(m->p->a, sizeof(*live));
	const struct text text = { strbuf_str(&new->text), new->text.len };
	struct config_facts f = { .there = false };
	int rc;

	if (c->port != NULL) {
		shift_port(m, c, new);
		return 0;
	}
	if (c->carried != NULL)
		return plan_carry_decide(m->p, c, new->whole ? &text : NULL, &new->digest, e);
	rc = gather(m, c, new, &f, live, e);
	if (rc < 0)
		return rc;
	switch (config_decide(&f)) {
	case CONFIG_ADOPT:
		(void)plan_decision(m->p, DECISION_ADOPT, c, "the same text is there");
		/* fall through */
	case CONFIG_ACCEPT:
		plan_contents_same(m->p, c, live);
		c->item.accepted = true;
		return 0;
	case CONFIG_MERGE:
		return merge_one(m, c, new, e);
	case CONFIG_KEEP_LIVE:
		plan_config_keep(m->p, c, DECISION_KEEP_LIVE,
				 "edited; the packaged text has not changed");
		return 0;
	case CONFIG_STAY_REMOVED:
		plan_config_keep(m->p, c, DECISION_STAY_REMOVED, "removed by the administrator");
		return 0;
	default:
		plan_config_queue(m->p, c, f.there ? "another file was there before" :
				  "removed by the administrator, and the packaged text changed");
		return 0;
	}
}

/* ---- one medium */

static int read_arrival(struct payload *in, struct arrival *ret, struct error *e)
{
	struct digest *d = digest_new_sha256();
	const void *bytes;
	size_t len;
	int rc;

	while ((rc = payload_read(in, &bytes, &len, e)) > 0) {
		digest_add(d, bytes, len);
		if (ret->whole)
			strbuf_add(&ret->text, bytes, len);
	}
	digest_finish(d, &ret->digest, NULL);
	digest_free(d);
	return rc;
}

static int merge_entry(struct merging *m, struct payload *in, const struct package *pkg,
		       const struct entry *en, struct error *e)
{
	struct arrival new = { .whole = en->size <= MERGE_MAX };
	struct claim *c = claim_of(m, pkg, en);
	int rc;

	if (c == NULL)
		return 0;
	rc = read_arrival(in, &new, e);
	if (rc == 0)
		rc = decide(m, c, &new, e);
	strbuf_free(&new.text);
	return rc < 0 ? error_prefix(e, "planning '/%s'", c->path) : 0;
}

static int merge_medium(struct merging *m, struct error *e)
{
	const struct entry *en;
	struct payload *in = NULL;
	size_t package;
	int rc = payload_open(m->medium, m->wanted, &in, e);

	if (rc == 0)
		payload_pass_unlisted(in, NULL, NULL);
	while (rc == 0 && (rc = payload_next_package(in, &package, e)) > 0)
		while ((rc = payload_next(in, &en, e)) > 0) {
			rc = merge_entry(m, in, medium_package(m->medium, package), en, e);
			if (rc < 0)
				break;
		}
	payload_close(in);
	return rc < 0 ? error_prefix(e, "%s", medium_path(m->medium)) : 0;
}

/* The medium of the first claim that still waits, and all packages of it that have one. */
static bool next_medium(struct merging *m)
{
	size_t i;

	m->medium = NULL;
	for (i = 0; i < m->waiting.n; i++) {
		const struct claim *c = m->waiting.v[i];
		const struct package *pkg = package_of(m->p, c);

		if (!c->undecided || (m->medium != NULL && pkg->medium != m->medium))
			continue;
		if (m->medium == NULL) {
			m->medium = pkg->medium;
			m->wanted = arena_calloc(m->p->scratch, medium_count(m->medium),
						 sizeof(*m->wanted));
		}
		m->wanted[pkg->index] = true;
	}
	return m->medium != NULL;
}

static void medium_done(struct merging *m)
{
	size_t i;

	for (i = 0; i < m->waiting.n; i++)
		if (package_of(m->p, m->waiting.v[i])->medium == m->medium)
			m->waiting.v[i]->undecided = false;
}

int plan_merge(struct planner *p, struct error *e)
{
	struct merging m = { .p = p };
	size_t i;
	int rc = 0;

	for (i = 0; i < p->claims.n; i++)
		if (p->claims.v[i]->undecided)
			*VEC_PUSH(&m.waiting) = p->claims.v[i];
	while (rc == 0 && next_medium(&m)) {
		rc = merge_medium(&m, e);
		medium_done(&m);
	}
	VEC_FREE(&m.waiting);
	if (rc == 0)
		plan_carry_left(p);
	return rc;
}
