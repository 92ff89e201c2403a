/*
 * The JSON document and its events: the only room that speaks to json-c.
 *
 * One document per run: {schema, verb, results: [per root], warnings, errors, exit}. What
 * is shown between show_root_begin() and show_root_end() belongs to that root, anything
 * else to the document itself. With JSON_LINES each table is an event as soon as it is shown.
 */
#include "show.h"

#include <json-c/json.h>
#include <stdio.h>

#define SCHEMA 1

static struct {
	enum report_json mode;
	const char *verb;
	struct json_object *document;	/* owns all below */
	struct json_object *results, *warnings, *errors;
	struct json_object *root;	/* of now, or NULL */
} doc;

static struct json_object *text_value(const char *text)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	if (text == NULL)
		return NULL;
	strbuf_add_escaped(&b, text);
	return json_object_new_string(strbuf_str(&b));
}

static void put(struct json_object *o, const char *key, struct json_object *value)
{
	(void)json_object_object_add(o, key, value); /* fails for lack of memory only */
}

static struct json_object *number_value(uint64_t n)
{
	return json_object_new_uint64(n);
}

static struct json_object *list_value(const char *const *list)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		(void)json_object_array_add(array, text_value(list[i]));
	return array;
}

static struct json_object *cell_value(const struct column *c, const struct cell *cell)
{
	char mode[16];

	if (cell->none)
		return NULL;
	switch (c->kind) {
	case COLUMN_TEXT:
		return text_value(cell->text);
	case COLUMN_NUMBER:
	case COLUMN_SIZE:
		return number_value(cell->number);
	case COLUMN_TIME:
		return json_object_new_int64((int64_t)cell->number);
	case COLUMN_MODE:
		(void)snprintf(mode, sizeof(mode), "%04o", (unsigned)cell->number);
		return json_object_new_string(mode);
	case COLUMN_FLAG:
		return json_object_new_boolean(cell->number != 0);
	case COLUMN_LIST:
		return list_value(cell->list);
	}
	return NULL;
}

static struct json_object *row_value(const struct table *t, size_t row)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < t->ncolumns; i++)
		put(o, t->columns[i].key,
		    cell_value(&t->columns[i], &t->cells[row * t->ncolumns + i]));
	return o;
}

/* ---- the document */

static void print_json(struct json_object *o)
{
	(void)puts(json_object_to_json_string_ext(o, doc.mode == JSON_LINES ?
		   JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE :
		   JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		   JSON_C_TO_STRING_NOSLASHESCAPE));
	report_flush();
}

/* Takes value. */
static void event(const char *name, const char *key, struct json_object *value)
{
	struct json_object *o = json_object_new_object(), *root = NULL;

	put(o, "schema", json_object_new_int(SCHEMA));
	put(o, "event", json_object_new_string(name));
	if (doc.root != NULL && json_object_object_get_ex(doc.root, "root", &root))
		put(o, "root", json_object_get(root));
	put(o, key, value);
	print_json(o);
	(void)json_object_put(o);
}

static struct json_object *here(void)
{
	return doc.root != NULL ? doc.root : doc.document;
}

/* Takes value. */
static void emit(const char *key, struct json_object *value)
{
	if (doc.mode == JSON_LINES)
		event(key, key, value);
	else
		put(here(), key, value);
}

void show_json_table(const struct table *t)
{
	struct json_object *array;
	size_t i;

	if (doc.mode == JSON_OFF)
		return;
	if (doc.mode == JSON_LINES) {
		for (i = 0; i < t->nrows; i++)
			event(t->key, t->key, row_value(t, i));
		return;
	}
	if (!json_object_object_get_ex(here(), t->key, &array)) {
		array = json_object_new_array();
		put(here(), t->key, array);
	}
	for (i = 0; i < t->nrows; i++)
		(void)json_object_array_add(array, row_value(t, i));
}

void show_json_record(const struct table *t)
{
	if (doc.mode != JSON_OFF && t->nrows > 0)
		emit(t->key, row_value(t, 0));
}

void show_json_text(const char *key, const char *text)
{
	if (doc.mode != JSON_OFF)
		emit(key, text_value(text));
}

void show_json_number(const char *key, uint64_t n)
{
	if (doc.mode != JSON_OFF)
		emit(key, number_value(n));
}

/* Words for programs; what the system said is "system". */
static const char *code_word(int code)
{
	static const char *const words[] = {
		[E_FORMAT - E_FORMAT] = "format", [E_LIMIT - E_FORMAT] = "limit",
		[E_DIGEST - E_FORMAT] = "digest", [E_UNSUPPORTED - E_FORMAT] = "unsupported",
		[E_USAGE - E_FORMAT] = "usage", [E_NOT_FOUND - E_FORMAT] = "not-found",
		[E_CONFLICT - E_FORMAT] = "conflict",
		[E_NO_SOLUTION - E_FORMAT] = "no-solution", [E_LOCKED - E_FORMAT] = "locked",
		[E_NEEDS_ANSWER - E_FORMAT] = "needs-answer", [E_STALE - E_FORMAT] = "stale",
		[E_TRUST - E_FORMAT] = "trust", [E_RECOVERY - E_FORMAT] = "recovery",
		[E_INTERRUPTED - E_FORMAT] = "interrupted", [E_SPACE - E_FORMAT] = "space",
		[E_SCRIPT - E_FORMAT] = "script", [E_DB - E_FORMAT] = "database",
	};
	size_t i = (size_t)code - E_FORMAT;

	return code >= E_FORMAT && i < sizeof(words) / sizeof(words[0]) ? words[i] : "system";
}

void show_listen(enum report_kind kind, const char *text, const char *hint, int code)
{
	struct json_object *o;

	if (doc.mode == JSON_OFF || (kind != REPORT_WARNING && kind != REPORT_ERROR))
		return;
	o = json_object_new_object();
	put(o, "text", json_object_new_string(text));
	if (kind == REPORT_ERROR) {
		put(o, "hint", hint != NULL ? json_object_new_string(hint) : NULL);
		put(o, "code", json_object_new_string(code_word(code)));
	}
	if (doc.mode == JSON_LINES)
		event(kind == REPORT_ERROR ? "error" : "warning",
		      kind == REPORT_ERROR ? "error" : "warning", o);
	else
		(void)json_object_array_add(kind == REPORT_ERROR ? doc.errors : doc.warnings, o);
}

void show_begin(const char *verb, enum report_json json)
{
	doc.mode = json;
	doc.verb = verb;
	if (json == JSON_OFF)
		return;
	doc.document = json_object_new_object();
	put(doc.document, "schema", json_object_new_int(SCHEMA));
	put(doc.document, "verb", text_value(verb));
	doc.results = json_object_new_array();
	doc.warnings = json_object_new_array();
	doc.errors = json_object_new_array();
	put(doc.document, "results", doc.results);
	put(doc.document, "warnings", doc.warnings);
	put(doc.document, "errors", doc.errors);
}

void show_root_begin(const char *path, const char *name)
{
	if (doc.mode == JSON_OFF)
		return;
	doc.root = json_object_new_object();
	put(doc.root, "root", text_value(path));
	put(doc.root, "name", text_value(name));
	(void)json_object_array_add(doc.results, doc.root);
}

void show_root_end(int status)
{
	if (doc.mode == JSON_OFF || doc.root == NULL)
		return;
	if (doc.mode == JSON_LINES)
		event("done", "exit", json_object_new_int(status));
	else
		put(doc.root, "exit", json_object_new_int(status));
	doc.root = NULL;
}

void show_end(int status)
{
	if (doc.mode == JSON_OFF)
		return;
	doc.root = NULL;
	if (doc.mode == JSON_LINES) {
		event("end", "exit", json_object_new_int(status));
	} else {
		put(doc.document, "exit", json_object_new_int(status));
		print_json(doc.document);
	}
	(void)json_object_put(doc.document);
	doc.document = NULL;
	doc.mode = JSON_OFF;
}
