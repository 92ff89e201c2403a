/* config diff: what is there, what is packaged, and what was packaged when it was accepted. */
#include "diff.h"
#include "show.h"
#include "verb_config.h"

static const struct column diff_columns[] = {
	{ "path", NULL, COLUMN_TEXT },
	{ "from", NULL, COLUMN_TEXT },
	{ "to", NULL, COLUMN_TEXT },
	{ "diff", NULL, COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The three texts of one file. */
struct texts {
	struct editable ed;
	struct text live, pristine, packaged;	/* empty where there is none */
};

static bool binary(struct text t)
{
	return t.len > 0 && memchr(t.bytes, '\0', t.len) != NULL;
}

static int read_texts(struct run *r, const struct view *v, const char *word, struct texts *t,
		      struct error *e)
{
	const struct text none = { "", 0 };
	int rc = config_find(r, v, word, &t->ed, e);

	t->live = t->pristine = t->packaged = none;
	if (rc == 0 && t->ed.there && !t->ed.regular)
		rc = error_set(e, E_CONFLICT, "'/%s' is no regular file", t->ed.path);
	if (rc == 0 && t->ed.scripted)
		rc = error_set(e, E_UNSUPPORTED, "script i.%s of '%s' makes the contents of '/%s': "
			       "no packaged text is meant to be there", t->ed.row.class,
			       t->ed.instance, t->ed.path);
	if (rc == 0)
		rc = editable_packaged(v, r->arena, &t->ed, &t->packaged, e);
	if (rc == 0 && t->ed.there)
		rc = editable_live(v, r->arena, &t->ed, &t->live, e);
	if (t->ed.has_pristine)
		t->pristine = t->ed.pristine;
	return rc;
}

static void show_one(struct run *r, struct table *t, const char *path, struct text from,
		     const char *from_name, struct text to, const char *to_name)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	struct diff_text x, y;

	if (binary(from) || binary(to)) {
		if (from.len != to.len || memcmp(from.bytes, to.bytes, to.len) != 0)
			strbuf_addf(&out, "Binary files %s and %s differ\n", from_name, to_name);
	} else {
		diff_split(r->arena, from.bytes, from.len, &x);
		diff_split(r->arena, to.bytes, to.len, &y);
		diff_number(r->arena, (struct diff_text *[]){ &x, &y }, 2);
		diff_unified(r->arena, &x, &y, from_name, to_name, &out);
	}
	report_text(strbuf_str(&out), out.len);
	table_add(t, (struct cell[]){ CELL_S(path), CELL_S(from_name), CELL_S(to_name),
				      CELL_S(arena_strdup(r->arena, strbuf_str(&out))) });
}

static int show_marked(struct run *r, const struct texts *t, struct error *e)
{
	struct text out;

	if (binary(t->live) || binary(t->pristine) || binary(t->packaged))
		return error_set(e, E_UNSUPPORTED, "'/%s' is no text: it can't be merged",
				 t->ed.path);
	out = t->packaged;
	if (t->ed.there)
		merge_marked(r->arena, t->pristine, t->live, t->packaged, &out);
	report_text(out.bytes, out.len);
	show_json_text("marked", arena_strndup(r->arena, out.bytes, out.len));
	return 0;
}

static int diff_file(struct run *r, const struct view *v, const char *word, struct table *t,
		     struct error *e)
{
	struct texts x;
	const char *path, *packaged;
	int rc = read_texts(r, v, word, &x, e);

	if (rc < 0)
		return rc;
	if (r->o->marked)
		return show_marked(r, &x, e);
	path = arena_printf(r->arena, "/%s", x.ed.path);
	packaged = arena_printf(r->arena, "%s (%s %s)", path, x.ed.instance, x.ed.version);
	if (!r->o->pristine) {
		show_one(r, t, path, x.live, path, x.packaged, packaged);
		return 0;
	}
	if (!x.ed.has_pristine)
		report_note("no packaged text of '%s' was ever accepted", path);
	show_one(r, t, path, x.pristine, arena_printf(r->arena, "%s (accepted)", path), x.live,
		 path);
	show_one(r, t, path, x.pristine, arena_printf(r->arena, "%s (accepted)", path), x.packaged,
		 packaged);
	return 0;
}

int config_diff(struct run *r, struct error *e)
{
	struct table *t = table_new(r->arena, "diffs", diff_columns, COUNT(diff_columns));
	AUTO_VIEW struct view v = { .root = NULL };
	size_t i;
	int rc;

	if (r->o->pristine && r->o->marked)
		return error_set(e, E_USAGE, "--pristine and --marked are two different things");
	rc = view_open(r->target->path, &v, e);
	for (i = 1; rc == 0 && i < r->operands->nnames; i++)
		rc = diff_file(r, &v, r->operands->names[i], t, e);
	show_json_table(t);
	return rc < 0 ? rc : EXIT_DONE;
}
