/* What verify found, for people and as JSON. */
#include "show_findings.h"

#include "formats/str.h"
#include "show.h"

static const struct column columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "kind", "KIND", COLUMN_TEXT },
	{ "allowed", NULL, COLUMN_FLAG },
	{ "expected", "EXPECTED", COLUMN_TEXT },
	{ "found", "FOUND", COLUMN_TEXT },
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "script", NULL, COLUMN_TEXT },
};
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

static const char *words_of(struct arena *a, const struct finding *f)
{
	switch (f->kind) {
	case VERIFY_MISSING:
		return f->script == NULL ? "missing" :
		       arena_printf(a, "missing (made by %s of %s)", f->script, f->instance);
	case VERIFY_TIME:
		return "modified at another time than packaged (allowed)";
	case VERIFY_UNOWNED:
		return "not owned by any package";
	case VERIFY_UNREADABLE:
		return arena_printf(a, "can't be checked: %s", f->found);
	case VERIFY_CONTENT:
		if (f->allowed && f->script != NULL)
			return arena_printf(a, "changed since %s of %s made it (allowed)",
					    f->script, f->instance);
		if (f->allowed)
			return "edited (allowed)";
		if (strlen(f->expected) == SHA256_HEX_SIZE - 1)
			return arena_printf(a, "content differs (sha256 %.12s, should be %.12s)",
					    f->found, f->expected);
		return arena_printf(a, "content differs (%s, should be %s)", f->found,
				    f->expected);
	default:
		return arena_printf(a, "%s %s, should be %s", verify_kind_name(f->kind),
				    f->found, f->expected);
	}
}

void show_findings(struct arena *a, const struct verify_result *v)
{
	struct table *t = table_new(a, "findings", columns, NCOLUMNS);
	size_t i;

	for (i = 0; i < v->n; i++) {
		const struct finding *f = &v->v[i];

		table_add(t, (struct cell[]){ CELL_S(arena_printf(a, "/%s", f->path)),
				CELL_S(verify_kind_name(f->kind)), CELL_N(f->allowed),
				CELL_S(f->expected), CELL_S(f->found), CELL_S(f->instance),
				CELL_S(f->script) });
		if (f->allowed && report_options()->quiet)
			continue;
		report_marked(f->kind == VERIFY_UNOWNED ? MARK_UNKNOWN :
			      f->allowed ? MARK_WARN : MARK_BAD, "%s: %s",
			      t->cells[i * NCOLUMNS].text, words_of(a, f));
	}
	show_json_table(t);
}
