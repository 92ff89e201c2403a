/* config list|diff|resolve|restore: decisions about editable files. */
#include "verb_config.h"

#include "formats/pkgmap.h"
#include "places.h"
#include "show.h"

static const struct column list_columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "version", "VERSION", COLUMN_TEXT },
	{ "transaction", "N", COLUMN_NUMBER },
	{ "pending", "KIND", COLUMN_TEXT },
	{ "beside", "NEW TEXT", COLUMN_TEXT },
	{ "why", "WHY", COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *config_command(struct run *r, const char *verb)
{
	return arena_printf(r->arena, "commpkg config %s%s", verb, run_root_option(r));
}

/* ---- a file by the word for it */

/* path below the root, if the word is one with the root in front; else NULL. */
static const char *without_root(const char *path, const char *root)
{
	size_t n = strlen(root);

	if (str_eq(root, "/") || strncmp(path, root, n) != 0 || path[n] != '/')
		return NULL;
	return path + n + 1;
}

/* The same place by another name: links in the parents of either. */
static int find_alias(struct run *r, const struct view *v, const char *path,
		      struct editable *ret, struct error *e)
{
	struct rpath p, real, other;
	const char **paths;
	size_t n, i;

	if (rpath_parse(r->arena, path, &p, NULL) < 0 || rpath_is_root(p) ||
	    tree_canonical(v->root->tree, r->arena, p, &real, NULL) < 0)
		return 0;
	if (pkgdb_editable(v->db, r->arena, &paths, &n, e) < 0)
		return -e->code;
	for (i = 0; i < n; i++)
		if (rpath_parse(r->arena, paths[i], &p, NULL) == 0 &&
		    str_eq(rpath_name(p), rpath_name(real)) &&
		    tree_canonical(v->root->tree, r->arena, p, &other, NULL) == 0 &&
		    str_eq(rpath_str(other), rpath_str(real)))
			return editable_look(v, r->arena, paths[i], ret, e);
	return 0;
}

static int find_by(struct run *r, const struct view *v, const char *path, struct editable *ret,
		   struct error *e)
{
	int rc = editable_look(v, r->arena, path, ret, e);

	return rc == 0 ? find_alias(r, v, path, ret, e) : rc;
}

int config_find(struct run *r, const struct view *v, const char *word, struct editable *ret,
		struct error *e)
{
	const char *path, *below;
	int rc = places_absolute(r->arena, word, &path, e);

	if (rc < 0)
		return rc;
	below = without_root(path, v->root->path);
	if (v->db != NULL && below != NULL)
		rc = find_by(r, v, below, ret, e);
	if (rc == 0 && word[0] != '/') /* as below the root, too */
		rc = path_canonical(r->arena, word, &path, e);
	if (rc == 0 && v->db != NULL)
		rc = find_by(r, v, path + (path[0] == '/'), ret, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	(void)error_set(e, E_NOT_FOUND, "no package of '%s' has '%s' as an editable file",
			v->root->path, word);
	return error_hint(e, "%s shows what is pending; commpkg owns says whose a path is",
			  config_command(r, "list"));
}

/* ---- list */

static int list(struct run *r, struct error *e)
{
	struct table *t = table_new(r->arena, "pending", list_columns, COUNT(list_columns));
	AUTO_VIEW struct view v = { .root = NULL };
	struct editable *all = NULL;
	size_t n = 0, i;
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0)
		rc = editable_pending(&v, r->arena, &all, &n, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++) {
		const struct editable *ed = &all[i];
		const char *beside = arena_printf(r->arena, "/%s", rpath_str(ed->beside));

		table_add(t, (struct cell[]){ CELL_S(arena_printf(r->arena, "/%s", ed->path)),
				CELL_S(ed->instance), CELL_S(ed->version), CELL_N(ed->txn),
				CELL_S(editable_pending_name(ed->pending)),
				CELL_S(ed->queued ? beside : NULL), CELL_S(ed->why) });
	}
	show_table(t);
	if (n == 0) {
		report_note("no decision is pending in '%s'", v.root->path);
		return EXIT_DONE;
	}
	report_note("to see one: %s FILE; to decide: %s FILE --take-new, --keep, --edit or "
		    "--merged PATH", config_command(r, "diff"), config_command(r, "resolve"));
	return EXIT_PENDING;
}

/* ---- the verb */

static const struct {
	const char *name, *usage;
	size_t min, max;	/* operands, itself included */
	int (*run)(struct run *r, struct error *e);
} subverbs[] = {
	{ "list", "list [ROOT...]", 1, 1, list },
	{ "diff", "diff [--pristine|--marked] FILE...", 2, SIZE_MAX, config_diff },
	{ "resolve", "resolve FILE... --take-new|--keep|--edit|--merged PATH", 1, SIZE_MAX,
	  config_resolve },
	{ "restore", "restore FILE...", 2, SIZE_MAX, config_restore },
};

/* Which options belong to which. */
static int check_options(const struct options *o, const char *name, struct error *e)
{
	bool resolve = str_eq(name, "resolve"), diff = str_eq(name, "diff");
	const char *bad = !resolve && o->take_new ? "take-new" :
			  !resolve && o->keep_live ? "keep" :
			  !resolve && o->edit ? "edit" :
			  !resolve && o->merged != NULL ? "merged" :
			  !resolve && o->all ? "all" :
			  !diff && o->pristine ? "pristine" : !diff && o->marked ? "marked" : NULL;

	if (bad == NULL)
		return 0;
	(void)error_set(e, E_USAGE, "'--%s' is for 'config %s'", bad,
			o->pristine || o->marked ? "diff" : "resolve");
	return error_hint(e, "see 'commpkg config --help'");
}

int verb_config(struct run *r, struct error *e)
{
	const char *word = r->operands->nnames > 0 ? r->operands->names[0] : "list";
	size_t i, n = r->operands->nnames > 0 ? r->operands->nnames : 1;
	int rc;

	for (i = 0; i < COUNT(subverbs); i++) {
		if (!str_eq(word, subverbs[i].name))
			continue;
		rc = check_options(r->o, word, e);
		if (rc < 0)
			return rc;
		if (n < subverbs[i].min || n > subverbs[i].max)
			return error_set(e, E_USAGE, "usage: commpkg config %s",
					 subverbs[i].usage);
		return subverbs[i].run(r, e);
	}
	error_set(e, E_USAGE, "unknown verb 'config %s'", word);
	for (i = 0; i < COUNT(subverbs); i++)
		if (options_distance(word, subverbs[i].name, 2) <= 2)
			return error_hint(e, "did you mean 'config %s'?", subverbs[i].name);
	return error_hint(e, "see 'commpkg config --help'");
}
