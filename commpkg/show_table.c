/* Tables as aligned text. */
#include "show.h"

#include <time.h>

struct table *table_new(struct arena *a, const char *key, const struct column *columns,
			size_t ncolumns)
{
	struct table *t = arena_alloc(a, sizeof(*t));

	t->a = a;
	t->key = key;
	t->columns = columns;
	t->ncolumns = ncolumns;
	return t;
}

void table_add(struct table *t, const struct cell *cells)
{
	size_t row = t->ncolumns * sizeof(*cells);

	if (t->nrows == t->cap) {
		struct cell *more;

		t->cap = t->cap * 2 + 16;
		more = arena_calloc(t->a, t->cap, row);
		if (t->nrows > 0)
			memcpy(more, t->cells, t->nrows * row);
		t->cells = more;
	}
	memcpy(t->cells + t->nrows * t->ncolumns, cells, row);
	t->nrows++;
}

static void add_time(struct strbuf *out, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[32];

	if (localtime_r(&t, &tm) == NULL || strftime(text, sizeof(text), "%F %T", &tm) == 0)
		strbuf_addf(out, "%lld", (long long)seconds);
	else
		strbuf_adds(out, text);
}

static void add_list(struct strbuf *out, const char *const *list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++) {
		if (i > 0)
			strbuf_adds(out, ", ");
		strbuf_add_escaped(out, list[i]);
	}
}

void cell_text(const struct column *c, const struct cell *cell, struct strbuf *out)
{
	size_t before = out->len;
	char size[32];

	if (cell->none)
		strbuf_addch(out, '-');
	else if (c->kind == COLUMN_TEXT && cell->text != NULL)
		strbuf_add_escaped(out, cell->text);
	else if (c->kind == COLUMN_NUMBER)
		strbuf_addf(out, "%llu", (unsigned long long)cell->number);
	else if (c->kind == COLUMN_SIZE)
		strbuf_adds(out, report_size(cell->number, size));
	else if (c->kind == COLUMN_TIME)
		add_time(out, (int64_t)cell->number);
	else if (c->kind == COLUMN_MODE)
		strbuf_addf(out, "%04o", (unsigned)cell->number);
	else if (c->kind == COLUMN_FLAG)
		strbuf_adds(out, cell->number != 0 ? "yes" : "no");
	else if (c->kind == COLUMN_LIST)
		add_list(out, cell->list);
	if (out->len == before)
		strbuf_addch(out, '-');
}

/* Characters, not bytes; double-wide ones are rare enough in package names. */
static size_t text_width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool to_the_right(const struct column *c)
{
	return c->kind == COLUMN_NUMBER || c->kind == COLUMN_SIZE;
}

static void add_padded(struct strbuf *out, const char *text, size_t width, bool right, bool last)
{
	size_t n = text_width(text), pad = n < width ? width - n : 0;

	while (right && pad > 0) {
		strbuf_addch(out, ' ');
		pad--;
	}
	strbuf_adds(out, text);
	while (!last && pad > 0) {
		strbuf_addch(out, ' ');
		pad--;
	}
}

static size_t last_column(const struct table *t)
{
	size_t i, last = 0;

	for (i = 0; i < t->ncolumns; i++)
		if (t->columns[i].head != NULL)
			last = i;
	return last;
}

/* texts: one per cell, the headings first. */
static void print_rows(const struct table *t, const char *const *texts)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	size_t *width = arena_calloc(t->a, t->ncolumns, sizeof(*width));
	size_t row, i, last = last_column(t);

	for (row = 0; row <= t->nrows; row++)
		for (i = 0; i < t->ncolumns; i++) {
			size_t n = text_width(texts[row * t->ncolumns + i]);

			if (n > width[i])
				width[i] = n;
		}
	for (row = 0; row <= t->nrows; row++) {
		strbuf_reset(&line);
		for (i = 0; i < t->ncolumns; i++) {
			if (t->columns[i].head == NULL)
				continue;
			strbuf_adds(&line, "  ");
			add_padded(&line, texts[row * t->ncolumns + i], width[i],
				   to_the_right(&t->columns[i]), i == last);
		}
		if (row == 0)
			report_heading("%s", strbuf_str(&line));
		else
			report_out("%s", strbuf_str(&line));
	}
}

static const char *cell_string(const struct table *t, size_t row, size_t column)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	cell_text(&t->columns[column], &t->cells[row * t->ncolumns + column], &b);
	return arena_strdup(t->a, strbuf_str(&b));
}

void show_table(const struct table *t)
{
	const char **texts;
	size_t row, i;

	show_json_table(t);
	if (t->nrows == 0)
		return;
	texts = arena_calloc(t->a, (t->nrows + 1) * t->ncolumns, sizeof(*texts));
	for (i = 0; i < t->ncolumns; i++) {
		texts[i] = t->columns[i].head != NULL ? t->columns[i].head : "";
		for (row = 0; row < t->nrows; row++)
			texts[(row + 1) * t->ncolumns + i] = cell_string(t, row, i);
	}
	print_rows(t, texts);
}

static void print_record(const struct table *t)
{
	size_t i, width = 0;

	for (i = 0; i < t->ncolumns; i++)
		if (t->columns[i].head != NULL && text_width(t->columns[i].head) > width)
			width = text_width(t->columns[i].head);
	for (i = 0; i < t->ncolumns && t->nrows > 0; i++) {
		const struct column *c = &t->columns[i];
		const struct cell *cell = &t->cells[i];

		if (c->head == NULL || cell->none ||
		    (c->kind == COLUMN_TEXT && cell->text == NULL) ||
		    (c->kind == COLUMN_LIST && (cell->list == NULL || cell->list[0] == NULL)))
			continue;
		report_out("  %-*s  %s", (int)width, c->head, cell_string(t, 0, i));
	}
}

void show_record(const struct table *t)
{
	show_json_record(t);
	print_record(t);
}

void show_entry(const struct table *t)
{
	show_json_table(t);
	print_record(t);
}
