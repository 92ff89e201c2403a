/* cache: what was fetched and made ready, and giving it up. */
#include "cache_prune.h"
#include "show.h"
#include "verb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct column cache_columns[] = {
	{ "path", "Cache", COLUMN_TEXT },
	{ "files", "Files", COLUMN_NUMBER },
	{ "bytes", "Size", COLUMN_SIZE },
	{ "limit", "Limit", COLUMN_SIZE },
	{ "gone", NULL, COLUMN_NUMBER },
	{ "dry_run", NULL, COLUMN_FLAG },
};

static const struct column part_columns[] = {
	{ "part", "PART", COLUMN_TEXT },
	{ "files", "FILES", COLUMN_NUMBER },
	{ "bytes", "SIZE", COLUMN_SIZE },
	{ "used", "USED", COLUMN_TIME },
};

struct caching {
	struct run *r;
	struct cache_contents c;
	uint64_t limit;
	size_t gone;
	uint64_t given_up;	/* bytes */
};

static void add_part(struct table *t, const struct cache_contents *c, size_t from, size_t to)
{
	uint64_t n = 0, bytes = 0;
	int64_t used = 0;

	for (size_t i = from; i < to; i++) {
		const struct cache_entry *x = &c->entries[i];

		if (x->gone)
			continue;
		n++;
		bytes += x->bytes;
		used = x->used > used ? x->used : used;
	}
	if (n > 0)
		table_add(t, (struct cell[]){ CELL_S(c->entries[from].part), CELL_N(n),
					      CELL_N(bytes), CELL_N(used) });
}

static struct table *parts_table(struct caching *x)
{
	struct table *t = table_new(x->r->arena, "parts", part_columns, COUNT(part_columns));
	const struct cache_contents *c = &x->c;
	size_t from = 0;

	for (size_t i = 1; i <= c->n; i++) {
		if (i < c->n && str_eq(c->entries[i].part, c->entries[from].part))
			continue;
		add_part(t, c, from, i);
		from = i;
	}
	return t;
}

static struct table *whole_table(struct caching *x)
{
	struct table *t = table_new(x->r->arena, "cache", cache_columns, COUNT(cache_columns));
	struct cell limit = { .number = x->limit, .none = x->limit == CACHE_UNLIMITED };

	table_add(t, (struct cell[]){ CELL_S(x->c.path), CELL_N(x->c.n - x->gone),
				      CELL_N(x->c.bytes), limit, CELL_N(x->gone),
				      CELL_N(x->r->o->dry_run) });
	return t;
}

static int give_up(struct caching *x, struct error *e)
{
	const struct cache_pruning p = {
		.limit = x->limit, .all = x->r->o->clean, .dry = x->r->o->dry_run,
	};
	uint64_t before = x->c.bytes;
	char size[32];
	int rc = cache_prune(&x->c, &p, e);

	for (size_t i = 0; i < x->c.n; i++)
		x->gone += x->c.entries[i].gone;
	x->given_up = before - x->c.bytes;
	if (rc < 0)
		return rc;
	if (x->gone == 0)
		report_note("nothing to give up in '%s'", x->c.path);
	else if (x->r->o->dry_run)
		report_out("%zu file%s would go, %s (dry run)", x->gone, x->gone == 1 ? "" : "s",
			   report_size(x->given_up, size));
	else
		report_mark(MARK_OK, "%zu file%s removed from '%s', %s", x->gone,
			    x->gone == 1 ? "" : "s", x->c.path, report_size(x->given_up, size));
	return 0;
}

static int limit_of(struct caching *x, struct error *e)
{
	const char *word = x->r->o->limit;

	if (word == NULL)
		return cache_limit(&x->limit, e);
	if (str_to_size(word, INT64_MAX, &x->limit))
		return 0;
	(void)error_set(e, E_USAGE, "'--limit' wants a size, not '%s'", word);
	return error_hint(e, "as 500M or 2G; 'cache-size' in commpkg.conf(5) is the lasting one");
}

int verb_cache(struct run *r, struct error *e)
{
	struct caching x = { .r = r };
	bool prunes = r->o->clean || r->o->limit != NULL;
	int rc;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "'cache' takes no '%s'", r->operands->names[0]);
	if (r->o->clean && r->o->limit != NULL) {
		(void)error_set(e, E_USAGE, "'--clean' leaves nothing, and '--limit' something");
		return error_hint(e, "one of them");
	}
	rc = limit_of(&x, e);
	if (rc == 0)
		rc = cache_measure(r->arena, &x.c, e);
	if (rc == 0 && prunes)
		rc = give_up(&x, e);
	if (rc < 0)
		return rc;
	if (prunes)
		show_json_record(whole_table(&x));
	else
		show_record(whole_table(&x));
	if (prunes)
		show_json_table(parts_table(&x));
	else
		show_table(parts_table(&x));
	return EXIT_DONE;
}
