/* A plan as one digest: equal for plans that do the same to the same root. */
#include "planfile.h"

/* A field ends with a byte that no text has. */
static void text(struct strbuf *b, const char *s)
{
	strbuf_adds(b, s != NULL ? s : "\x01");
	strbuf_addch(b, '\0');
}

static void add_attr(struct strbuf *b, const struct op_attr *x)
{
	strbuf_addf(b, "%d %o %u %u %lld.%lld %llu;", x->known, x->mode, x->uid, x->gid,
		    (long long)x->mtime, (long long)x->mtime_nsec, (unsigned long long)x->size);
}

static void add_step(struct strbuf *b, const struct plan_step *ps)
{
	const struct step *s = ps->step;
	struct sha256 sum = { .bytes = { 0 } };
	char hex[SHA256_HEX_SIZE];

	strbuf_addf(b, "step %d %d;", (int)s->kind, s->manual);
	text(b, ps->instance);
	text(b, s->installed != NULL ? s->installed->version : NULL);
	if (s->package != NULL) {
		text(b, s->package->version);
		text(b, s->package->arch);
		sha256_of(s->package->pkgmap_bytes, s->package->pkgmap_len, &sum);
	}
	sha256_hex(&sum, hex);
	text(b, hex);
	for (size_t i = 0; i < ps->params.n; i++) {
		/* the time is that of the run */
		if (str_eq(ps->params.params[i].name, "INSTDATE"))
			continue;
		text(b, ps->params.params[i].name);
		text(b, ps->params.params[i].value);
	}
}

static void add_component(struct strbuf *b, const struct component_step *cs)
{
	strbuf_addf(b, "component %d %d;", (int)cs->kind, cs->manual);
	text(b, cs->name);
	text(b, cs->version);
	text(b, cs->base);
	for (size_t i = 0; i < cs->npackages; i++)
		text(b, cs->packages[i]);
}

static void add_item(struct strbuf *b, const struct change_item *it)
{
	strbuf_addf(b, "item %d %c %zu %u %u %o;", (int)it->kind, it->ftype, it->step_index,
		    it->uid, it->gid, it->mode);
	text(b, rpath_str(it->path));
	text(b, rpath_str(it->real));
	text(b, it->beside.s);
	if (it->kind != CHANGE_SAME && it->kind != CHANGE_CREATE)
		add_attr(b, &it->was);
}

static void add_decision(struct strbuf *b, const struct decision *d)
{
	strbuf_addf(b, "decision %d;", (int)d->kind);
	text(b, rpath_str(d->path));
	text(b, d->beside.s);
}

static void add_put(struct strbuf *b, const struct plan_put *put)
{
	strbuf_addf(b, "put %c %o %u %u;", put->type != 0 ? put->type : '-', put->mode, put->uid,
		    put->gid);
	text(b, rpath_str(put->path));
	text(b, put->words);
	add_attr(b, &put->was);
}

void plan_digest(const struct plan *plan, struct sha256 *ret)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "plan %lld %d %d %d;", (long long)plan->txn, plan->late,
		    (int)plan->options->conflict, plan->options->no_keep);
	for (size_t i = 0; i < plan->ncomponents; i++)
		add_component(&b, &plan->components[i]);
	for (size_t i = 0; i < plan->nsteps; i++)
		add_step(&b, &plan->steps[i]);
	for (size_t i = 0; i < plan->nitems; i++)
		add_item(&b, &plan->items[i]);
	for (size_t i = 0; i < plan->ndecisions; i++)
		add_decision(&b, &plan->decisions[i]);
	for (size_t i = 0; i < plan->nputs; i++)
		add_put(&b, &plan->puts[i]);
	sha256_of(strbuf_str(&b), b.len, ret);
}
