/* config resolve, config restore: what somebody decided, carried out. */
#include "configure.h"
#include "editor.h"
#include "show.h"
#include "verb_config.h"
#include "writer.h"

static const struct column plan_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "forgets", NULL, COLUMN_NUMBER },
};
static const struct column item_columns[] = {
	{ "path", NULL, COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "what", NULL, COLUMN_TEXT },
	{ "saved", NULL, COLUMN_TEXT },
	{ "gone", NULL, COLUMN_TEXT },
};
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

/* ---- the plan */

static const char *absolute(struct arena *a, const char *path)
{
	return path != NULL ? arena_printf(a, "/%s", path) : NULL;
}

static void show_items(struct arena *a, const struct configure_plan *p)
{
	struct table *t = TABLE(a, "files", item_columns);
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct configure_item *it = &p->items[i];
		AUTO_STRBUF struct strbuf b = STRBUF_INIT;

		table_add(t, (struct cell[]){ CELL_S(absolute(a, it->path)), CELL_S(it->instance),
				CELL_S(it->what), CELL_S(absolute(a, it->saved)),
				CELL_S(absolute(a, it->gone)) });
		strbuf_addf(&b, "/%s: %s", it->path, it->what);
		if (it->saved != NULL)
			strbuf_addf(&b, ", the edit is kept as /%s", it->saved);
		if (it->gone != NULL)
			strbuf_addf(&b, "; /%s goes", it->gone);
		report_marked(MARK_NONE, "%s", strbuf_str(&b));
	}
	show_json_table(t);
}

static int on_plan(void *ctx, const struct configure_plan *p, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	struct table *t = TABLE(a, "plan", plan_columns);

	w->summary = p->n == 1 ? absolute(a, p->items[0].path) :
				 arena_printf(a, "%zu files", p->n);
	w->forgotten = p->forgets >= p->txn;
	table_add(t, (struct cell[]){ CELL_N(p->txn),
			{ .number = (uint64_t)p->forgets, .none = p->forgets == 0 } });
	show_json_record(t);
	if (p->warning != NULL)
		report_warning("%s", p->warning);
	report_mute(w->run->o->quiet);
	if (p->n > 0)
		report_heading("Configuration of '%s'", w->run->target->path);
	show_items(a, p);
	show_forgotten(p->forgets, p->txn);
	report_mute(false);
	if (p->n == 0 || w->run->o->dry_run)
		return p->n > 0;
	return writer_ask(w, arena_printf(a, "Change '%s'?", w->run->target->path), e);
}

static void on_line(void *ctx, const char *component, const char *text)
{
	(void)ctx;
	report_note("%s: %s", component, text);
}

static int carry_out(struct run *r, struct configure_request *req, const char *done,
		     struct error *e)
{
	struct writer w;
	struct configure_watch watch = { .ctx = &w, .waiting = writer_waiting,
					 .recovered = writer_recovered, .plan = on_plan,
					 .line = on_line };
	struct configure_result result = { .txn = 0 };
	struct change_result shown = { .txn = 0 };
	int rc;

	req->root_path = r->target->path;
	req->command = r->command;
	req->lock_wait = r->o->lock_wait;
	req->dry_run = r->o->dry_run;
	writer_init(&w, r, "Change", done);
	rc = configure_run(req, &watch, &result, e);
	shown.txn = result.txn;
	shown.nothing_to_do = rc == 0 && result.changed == 0;
	rc = writer_finish(&w, rc, &shown, e);
	if (result.txn == 0)
		return rc;
	show_json_number("left", result.left);
	if (result.left > 0)
		report_note("  %zu more decision%s pending: %s", result.left,
			    result.left == 1 ? " is" : "s are", config_command(r, "list"));
	return rc;
}

/* ---- which files */

static int named_files(struct run *r, const struct view *v, const char ***ret, size_t *ret_n,
		       struct error *e)
{
	size_t n = r->operands->nnames - 1, i;
	const char **paths = arena_calloc(r->arena, n + 1, sizeof(*paths));
	struct editable ed;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		rc = config_find(r, v, r->operands->names[i + 1], &ed, e);
		paths[i] = ed.path;
	}
	*ret = paths;
	*ret_n = n;
	return rc;
}

static int pending_files(struct run *r, const struct view *v, const char ***ret, size_t *ret_n,
			 struct error *e)
{
	struct editable *all;
	const char **paths;
	size_t n, i;
	int rc = editable_pending(v, r->arena, &all, &n, e);

	if (rc < 0)
		return rc;
	paths = arena_calloc(r->arena, n + 1, sizeof(*paths));
	for (i = 0; i < n; i++)
		paths[i] = all[i].path;
	*ret = paths;
	*ret_n = n;
	return 0;
}

static int find_files(struct run *r, struct configure_request *req, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	const char **paths;
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0)
		rc = r->o->all ? pending_files(r, &v, &paths, &req->npaths, e) :
				 named_files(r, &v, &paths, &req->npaths, e);
	if (rc == 0)
		req->paths = paths;
	return rc;
}

/* ---- --edit */

struct editing {
	struct editable ed;
	struct text begun;		/* what the editor is given */
	struct editor_copy copy;
};

static int begin_edit(struct run *r, struct editing *x, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct text live, packaged, base = { "", 0 };
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0)
		rc = config_find(r, &v, r->operands->names[1], &x->ed, e);
	if (rc == 0 && x->ed.pending == PENDING_NONE)
		rc = error_set(e, E_NOT_FOUND, "no decision about '/%s' is pending", x->ed.path);
	if (rc == 0)
		rc = editable_packaged(&v, r->arena, &x->ed, &packaged, e);
	if (rc == 0 && x->ed.there)
		rc = editable_live(&v, r->arena, &x->ed, &live, e);
	if (rc < 0)
		return rc;
	x->begun = packaged;
	if (x->ed.has_pristine)
		base = x->ed.pristine;
	if (x->ed.there)
		merge_marked(r->arena, base, live, packaged, &x->begun);
	if (memchr(x->begun.bytes, '\0', x->begun.len) != NULL)
		return error_set(e, E_UNSUPPORTED, "'/%s' is no text: it can't be edited as one",
				 x->ed.path);
	return editor_copy(r->arena, rpath_name(x->ed.real), x->begun, &x->copy, e);
}

/* What somebody made of it is kept when it can't be taken. */
static int end_edit(struct run *r, const struct editing *x, int rc, struct error *e)
{
	struct text now;
	bool same = editor_read(r->arena, x->copy.path, EDITABLE_MAX, &now, NULL) < 0 ||
		    (now.len == x->begun.len && memcmp(now.bytes, x->begun.bytes, now.len) == 0);

	if (rc == EXIT_DONE || same) {
		editor_discard(&x->copy);
		return rc;
	}
	if (rc < 0)
		return error_hint(e, "your text is kept; when it is right: %s --merged %s /%s",
				  config_command(r, "resolve"), x->copy.path, x->ed.path);
	report_note("your text is kept as '%s'", x->copy.path);
	return rc;
}

static int resolve_by_editor(struct run *r, struct configure_request *req, struct error *e)
{
	struct editing *x = arena_alloc(r->arena, sizeof(*x));
	int rc = begin_edit(r, x, e);

	if (rc < 0)
		return rc;
	req->kind = CONFIGURE_MERGED;
	req->paths = &x->ed.path;
	req->npaths = 1;
	req->from_packaged = &x->ed.row.sha256;
	req->from_live = x->ed.there ? &x->ed.digest : NULL;
	rc = editor_run(r->arena, &x->copy, e);
	if (rc == 0)
		rc = editor_read(r->arena, x->copy.path, EDITABLE_MAX, &req->merged, e);
	if (rc == 0)
		rc = carry_out(r, req, "resolved", e);
	return end_edit(r, x, rc, e);
}

/* ---- the verbs */

static int check_choice(struct run *r, struct error *e)
{
	const struct options *o = r->o;
	int given = o->take_new + o->keep_live + o->edit + (o->merged != NULL);
	size_t n = r->operands->nnames - 1;

	if (given != 1) {
		(void)error_set(e, E_USAGE, given == 0 ? "'config resolve' wants a decision" :
				"'config resolve' wants one decision, not %d", given);
		return error_hint(e, "--take-new, --keep, --edit or --merged PATH");
	}
	if (o->all && (n > 0 || o->edit || o->merged != NULL))
		return error_set(e, E_USAGE, "--all goes with --take-new or --keep, and without "
				 "files");
	if (!o->all && n == 0)
		return error_set(e, E_USAGE, "'config resolve' wants a file, or --all");
	if ((o->edit || o->merged != NULL) && n > 1)
		return error_set(e, E_USAGE, "one file at a time with --edit and --merged");
	return 0;
}

int config_resolve(struct run *r, struct error *e)
{
	struct configure_request req = { .kind = r->o->take_new ? CONFIGURE_TAKE_NEW :
						 r->o->keep_live ? CONFIGURE_KEEP :
						 CONFIGURE_MERGED };
	int rc = check_choice(r, e);

	if (rc < 0)
		return rc;
	if (r->o->edit)
		return resolve_by_editor(r, &req, e);
	rc = find_files(r, &req, e);
	if (rc == 0 && r->o->merged != NULL)
		rc = editor_read(r->arena, r->o->merged, EDITABLE_MAX, &req.merged, e);
	return rc < 0 ? rc : carry_out(r, &req, "resolved", e);
}

int config_restore(struct run *r, struct error *e)
{
	struct configure_request req = { .kind = CONFIGURE_RESTORE };
	int rc = find_files(r, &req, e);

	return rc < 0 ? rc : carry_out(r, &req, "restored", e);
}
