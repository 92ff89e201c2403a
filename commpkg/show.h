/*
 * Results as text and as JSON, from the same rows.
 *
 * A verb describes a table by its columns, fills rows, and shows it: as text (aligned, on
 * stdout by report), or as part of the JSON document, or as one event a line. So the two
 * forms can't say different things. man/commpkg-json.5 describes the document.
 *
 *	show_begin("info", JSON_DOCUMENT);
 *	show_root_begin(target->path, target->name);	for each root
 *		t = table_new(a, "packages", columns, n);
 *		table_add(t, (struct cell[]){ CELL_S(name), CELL_N(size) });
 *		show_table(t);
 *	show_root_end(exit);
 *	show_end(exit);
 *
 * Texts are escaped (strbuf_add_escaped) in both forms.
 */
#ifndef COMMPKG_SHOW_H
#define COMMPKG_SHOW_H

#include "formats/arena.h"
#include "formats/str.h"
#include "report.h"

struct plan;
struct service;
struct solution;

enum cell_kind {
	COLUMN_TEXT,
	COLUMN_NUMBER,	/* digits, to the right */
	COLUMN_SIZE,	/* bytes: "212 MiB", in JSON a number */
	COLUMN_TIME,	/* seconds since 1970: local time, in JSON a number */
	COLUMN_MODE,	/* octal, in JSON a string of four digits */
	COLUMN_FLAG,	/* yes or no, in JSON a boolean */
	COLUMN_LIST,	/* texts, ", " between them, in JSON an array */
};

struct column {
	const char *key;	/* in JSON */
	const char *head;	/* heading in text; NULL: JSON only */
	enum cell_kind kind;
};

struct cell {
	const char *text;		/* NULL: "-", null */
	uint64_t number;
	bool none;			/* a number that is not known: "-", null */
	const char *const *list;	/* ends with NULL */
};
#define CELL_S(s) { .text = (s) }
#define CELL_N(n) { .number = (uint64_t)(n) }
#define CELL_L(l) { .list = (l) }
#define CELL_NONE { .none = true }

struct table {
	struct arena *a;
	const char *key;
	const struct column *columns;
	size_t ncolumns;
	struct cell *cells;		/* rows one after the other */
	size_t nrows, cap;
};

struct table *table_new(struct arena *a, const char *key, const struct column *columns,
			size_t ncolumns);
void table_add(struct table *t, const struct cell *cells); /* ncolumns of them, copied */

/* Text: headings and rows; nothing for no rows. JSON: KEY: [ {...}, ... ]; a second table
 * of that key goes on where the first ended. */
void show_table(const struct table *t);
/* A table of one row. Text: one line per column, "  Head  value"; JSON: KEY: {...}. */
void show_record(const struct table *t);
/* The same where there may be several of that key: JSON: KEY: [ {...} ], as show_table(). */
void show_entry(const struct table *t);
/* JSON only: KEY: [...] or KEY: {...}, where the text was printed by hand. */
void show_json_table(const struct table *t);
void show_json_record(const struct table *t);
void show_json_text(const char *key, const char *text);
void show_json_number(const char *key, uint64_t n);

void show_begin(const char *verb, enum report_json json);
void show_root_begin(const char *path, const char *name);
void show_root_end(int status);
/* Prints the document (JSON_DOCUMENT) or the last event. */
void show_end(int status);

/* Warnings and errors of report, for the document (a report_sink hands them on). */
void show_listen(enum report_kind kind, const char *text, const char *hint, int code);

/* ---- the corridor's values */

/* For plans: transactions up to this can't be undone any more once it is done (as txn). */
void show_forgotten(int64_t upto, int64_t txn);
/* Its scripts, of which there are so many. */
void show_cage(struct arena *a, const struct plan *plan, size_t scripts);
/* Its services of components, and what becomes of them. */
void show_services(struct arena *a, const struct service *services, size_t n, const char *why);
void show_migrations(struct arena *a, const struct plan *plan);
void show_beside(struct arena *a, const struct plan *plan);
void show_plan(struct arena *a, const struct plan *plan);
/* What the solver has to say where there is no plan. */
void show_solution_notes(struct arena *a, const struct solution *s);
void show_solution_problems(struct arena *a, const struct solution *s);

/* One cell as text, for both forms of text. */
void cell_text(const struct column *c, const struct cell *cell, struct strbuf *out);

#endif
