/* Roots and operands: the words of the command line. */
#include "resolve.h"

#include "formats/pkginfo.h"
#include "places.h"
#include "verb.h"

/* ---- words by their look */

/* PKG or PKG=VERSION, as a distribution has them. */
static bool is_package_word(const char *word)
{
	size_t n = strcspn(word, "=");
	char name[128];

	if (n == 0 || n >= sizeof(name))
		return false;
	memcpy(name, word, n);
	name[n] = '\0';
	return pkginfo_name_ok(name);
}

static int sort_word(struct arena *a, const struct options *o, const char *word,
		     struct operands *ret, struct error *e)
{
	unsigned flags = o->verb->flags;
	bool files = verb_takes_files(o);

	if ((flags & VERB_ROOT) && word[0] == '@') {
		ret->roots[ret->nroots++] = word;
		return 0;
	}
	if (verb_takes_paths(o)) {
		ret->names[ret->nnames++] = word;
		return 0;
	}
	if (files && word[0] == '/' && places_look(word) == PLACE_FILE) {
		ret->files[ret->nfiles++] = word;
		return 0;
	}
	if ((flags & VERB_ROOT) && word[0] == '/') {
		ret->roots[ret->nroots++] = arena_strdup(a, word);
		return 0;
	}
	if (files && (strchr(word, '/') != NULL || str_has_suffix(word, ".pkg") ||
		      (!is_package_word(word) && places_look(word) != PLACE_GONE))) {
		ret->files[ret->nfiles++] = word;
		return 0;
	}
	if (word[0] == '\0')
		return error_set(e, E_USAGE, "an empty word was given");
	ret->names[ret->nnames++] = word;
	return 0;
}

/* --components "A B": what can be nothing else. */
static void take_components(struct arena *a, const struct options *o, struct operands *ret)
{
	const char *p = o->components;

	while (p != NULL && *(p += strspn(p, " \t")) != '\0') {
		size_t n = strcspn(p, " \t");

		ret->names[ret->nnames++] = arena_printf(a, "component:%.*s", (int)n, p);
		p += n;
	}
}

int operands_sort(struct arena *a, const struct options *o, struct operands *ret,
		  struct error *e)
{
	struct operands ops = { .nnames = 0 };
	size_t i, more = o->components != NULL ? strlen(o->components) / 2 + 1 : 0;
	int rc;

	ops.names = arena_calloc(a, o->nwords + more + 1, sizeof(*ops.names));
	ops.files = arena_calloc(a, o->nwords + 1, sizeof(*ops.files));
	ops.roots = arena_calloc(a, o->nwords + 2, sizeof(*ops.roots));
	for (i = 0; i < o->nwords; i++) {
		rc = sort_word(a, o, o->words[i], &ops, e);
		if (rc < 0)
			return rc;
	}
	take_components(a, o, &ops);
	*ret = ops;
	return 0;
}

/* ---- one root */

static int unknown_name(const struct softlist *list, const char *name, struct error *e)
{
	const char *close = softlist_close(list, name);

	error_set(e, E_NOT_FOUND, "no root is called '%s'", name);
	if (close != NULL)
		return error_hint(e, "did you mean '@%s'?", close);
	if (places_look(name) == PLACE_DIRECTORY)
		return error_hint(e, "for the directory: '-R ./%s'", name);
	return error_hint(e, "'commpkg root list' shows all, 'commpkg root add %s PATH' adds it",
			  name);
}

static int two_paths(const char *what, const char *path, const char *installroot,
		     struct error *e)
{
	error_set(e, E_USAGE, "the root is %s'%s', but --installroot says '%s'", what, path,
		  installroot);
	return error_hint(e, "give one of them");
}

static int resolve_name(const struct softlist *list, const char *name, const char *installroot,
			bool may_register, struct target *ret, struct error *e)
{
	const struct softlist_root *known = softlist_find(list, name);

	if (known != NULL && installroot != NULL && !str_eq(known->path, installroot))
		return two_paths("", known->path, installroot, e);
	if (known != NULL) {
		*ret = (struct target){ .path = known->path, .name = known->name, .given = true };
		return 0;
	}
	if (!softlist_name_ok(name))
		return error_set(e, E_USAGE, "'%s' can't be the name of a root: a letter, then "
				 "letters, digits, '.', '_' or '-'", name);
	if (installroot == NULL || !may_register)
		return unknown_name(list, name, e);
	*ret = (struct target){ .path = installroot, .name = name, .given = true,
				.registers = true };
	return 0;
}

static int resolve_path(const struct softlist *list, const char *path, const char *installroot,
			struct target *ret, struct error *e)
{
	const struct softlist_root *known = softlist_find_path(list, path);

	if (installroot != NULL && !str_eq(path, installroot))
		return two_paths("", path, installroot, e);
	*ret = (struct target){ .path = path, .name = known != NULL ? known->name : NULL,
				.given = true };
	return 0;
}

static bool is_path(const char *word)
{
	return word[0] == '.' || strchr(word, '/') != NULL;
}

int resolve_one(struct arena *a, const struct softlist *list, const struct resolve_given *g,
		struct target *ret, struct error *e)
{
	const char *installroot = NULL, *path;
	int rc = 0;

	if (g->installroot != NULL)
		rc = places_absolute(a, g->installroot, &installroot, e);
	if (rc < 0)
		return rc;
	if (g->word != NULL && is_path(g->word)) {
		rc = places_absolute(a, g->word, &path, e);
		return rc < 0 ? rc : resolve_path(list, path, installroot, ret, e);
	}
	if (g->word != NULL)
		return resolve_name(list, g->word + (g->word[0] == '@'), installroot,
				    g->may_register, ret, e);
	if (g->altroot && installroot == NULL)
		return error_set(e, E_USAGE, "'--altroot' without a name wants '--installroot "
				 "PATH'");
	if (g->altroot)
		return resolve_path(list, installroot, NULL, ret, e);
	if (installroot != NULL && !g->may_register) {
		error_set(e, E_USAGE, "'--installroot %s' alone says where components go when they "
			  "are installed", installroot);
		return error_hint(e, "for an alternate root: '-R %s'", installroot);
	}
	*ret = (struct target){ .path = "/", .installroot = installroot };
	return 0;
}

/* ---- all roots */

struct resolver {
	struct arena *a;
	const struct options *o;
	const struct softlist *list;
	struct target *v;
	size_t n, cap;
	struct error *e;
};

static void add_target(struct resolver *r, const struct target *t)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (str_eq(r->v[i].path, t->path))
			return;
	if (r->n == r->cap) {
		struct target *more = arena_calloc(r->a, r->cap * 2 + 4, sizeof(*more));

		if (r->n > 0)
			memcpy(more, r->v, r->n * sizeof(*more));
		r->cap = r->cap * 2 + 4;
		r->v = more;
	}
	r->v[r->n++] = *t;
}

static int add_word(struct resolver *r, const char *word, const char *installroot)
{
	struct resolve_given g = {
		.word = word, .installroot = installroot,
		.altroot = r->o->altroot != NULL && word == NULL,
		.may_register = (r->o->verb->flags & VERB_CREATES) != 0,
	};
	struct target t;
	int rc = resolve_one(r->a, r->list, &g, &t, r->e);

	if (rc == 0)
		add_target(r, &t);
	return rc;
}

static int add_root_word(struct resolver *r, const char *word)
{
	const char *name = word[0] == '@' ? word + 1 : word;
	size_t i, k;

	for (i = 0; i < r->list->ngroups && !is_path(word); i++) {
		const struct softlist_group *g = &r->list->groups[i];

		if (!str_eq(g->name, name))
			continue;
		for (k = 0; k < g->n; k++) {
			int rc = add_word(r, g->roots[k], NULL);

			if (rc < 0)
				return rc;
		}
		return 0;
	}
	return add_word(r, word, r->o->installroot);
}

static int ambiguous(const struct resolver *r, const char *word, const char *path)
{
	error_set(r->e, E_USAGE, "'%s' is ambiguous: a root of the software list ('%s') and a "
		  "package", word, path);
	return error_hint(r->e, "for the root: '@%s', for the package: '-R / %s'", word, word);
}

/* Bare words that are names of the list, where no root was said without doubt. */
static int take_bare_words(struct resolver *r, struct operands *ops,
			   const struct resolve_help *help)
{
	size_t i, kept = 0;
	int rc = 0;

	for (i = 0; i < ops->nnames && rc == 0; i++) {
		const char *word = ops->names[i];
		const struct softlist_root *known = softlist_find(r->list, word);
		bool subverb = i == 0 && (r->o->verb->flags & VERB_LISTS) != 0;

		if (known == NULL || subverb) {
			ops->names[kept++] = word;
			continue;
		}
		if ((r->o->verb->flags & VERB_NAMES) && help->is_package != NULL &&
		    (help->is_package(help->ctx, word, "/") ||
		     help->is_package(help->ctx, word, known->path)))
			return ambiguous(r, word, known->path);
		rc = add_word(r, word, r->o->installroot);
	}
	ops->nnames = kept;
	return rc;
}

int resolve_roots(struct arena *a, const struct options *o, struct operands *ops,
		  const struct resolve_help *help, struct target **ret, size_t *ret_n,
		  struct error *e)
{
	struct resolver r = { .a = a, .o = o, .list = help->list, .e = e };
	bool named = o->altroot != NULL && o->altroot[0] != '\0';
	size_t i;
	int rc = 0;

	if ((o->root != NULL) + named + (ops->nroots > 0) > 1)
		return error_set(e, E_USAGE, "the root is given twice: '%s' and '%s'",
				 o->root != NULL ? o->root : o->altroot,
				 ops->nroots > 0 ? ops->roots[0] : o->altroot);
	if (o->root != NULL)
		rc = add_root_word(&r, o->root);
	if (rc == 0 && named)
		rc = add_root_word(&r, o->altroot);
	for (i = 0; i < ops->nroots && rc == 0; i++)
		rc = add_root_word(&r, ops->roots[i]);
	if (rc == 0 && r.n == 0 && !verb_takes_paths(o) && o->altroot == NULL)
		rc = take_bare_words(&r, ops, help);
	if (rc == 0 && r.n == 0)
		rc = add_word(&r, NULL, o->installroot);
	if (rc < 0)
		return rc;
	*ret = r.v;
	*ret_n = r.n;
	return 0;
}
