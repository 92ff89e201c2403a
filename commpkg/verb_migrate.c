/* migrate: configuration and data of the old version to the one beside it; and back. */
#include "beside.h"
#include "undo.h"
#include "verb_undo.h"
#include "view.h"
#include "writer.h"

static int check_options(const struct run *r, struct error *e)
{
	const struct options *o = r->o;

	if (o->base != NULL && r->operands->nnames > 0)
		return error_set(e, E_USAGE, "'--base' and names exclude each other");
	if (o->prepare && o->install)
		return error_set(e, E_USAGE, "'--prepare' and '--install' exclude each other: "
				 "without both it is done at once");
	if (o->from_version != NULL && o->from == NULL)
		return error_set(e, E_USAGE, "'--from-version' wants '--from'");
	if (o->base != NULL || r->operands->nnames > 0)
		return 0;
	(void)error_set(e, E_USAGE, "'migrate' wants a component, or '--base DIRECTORY'");
	return error_hint(e, "'commpkg info' shows which versions are beside others");
}

/* ---- there */

/* An old version in another root that commpkg knows: which one is it? */
static const char *version_outside(struct run *r)
{
	const char *from = r->o->from;
	size_t n = from != NULL ? strlen(from) : 0;

	if (r->o->from_version != NULL || from == NULL || from[0] != '/')
		return r->o->from_version;
	while (n > 1) {
		AUTO_VIEW struct view v = { .root = NULL };
		const char *root;
		struct pkgdb_component *c;
		size_t nc = 0;

		while (n > 1 && from[n - 1] != '/')
			n--;
		root = n > 1 ? arena_strndup(r->arena, from, --n) : "/";
		if (view_open(root, &v, NULL) < 0 || v.db == NULL ||
		    view_components(&v, r->arena, &c, &nc, NULL) < 0)
			continue;
		for (size_t i = 0; i < nc; i++)
			if (c[i].kind == 'P' && c[i].base != NULL &&
			    str_eq(c[i].base, n > 1 ? from + n : from))
				return c[i].version;
	}
	return NULL;
}

static int migrate(struct run *r, struct error *e)
{
	const struct options *o = r->o;
	const struct beside_request req = {
		.base = o->base, .from = o->from, .from_version = version_outside(r),
	};
	struct writer w;
	int rc = 0;

	writer_init(&w, r, "Migrate in", "migrated");
	w.request.migrate = &req;
	w.request.plan.part = o->prepare ? "prepare" : o->install ? "install" : "all";
	w.request.plan.only = o->only;
	if (o->base != NULL)
		writer_wish_all(&w, WISH_MIGRATE);
	else
		rc = writer_wishes(&w, WISH_MIGRATE, e);
	return rc < 0 ? rc : writer_run(&w, e);
}

/* ---- and back */

struct undone {
	struct arena *a;
	const struct view *v;
	struct pkgdb_component *c;
	size_t n;
	VEC(int64_t) txns;
};

static int note_transactions(struct undone *u, const struct pkgdb_component *c, const char *id,
			     struct error *e)
{
	int64_t *v;
	size_t n;
	int rc = beside_migrated(u->a, u->v->db, id, c->version, true, &v, &n,
				 e);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < u->txns.n; k++)
			known |= u->txns.v[k] == v[i];
		if (!known)
			*VEC_PUSH(&u->txns) = v[i];
	}
	if (rc < 0 || n == 0 || pkgdb_component_beside(c->name))
		return rc;
	for (size_t i = 0; i < u->n; i++)
		if (pkgdb_component_beside(u->c[i].name) &&
		    str_eq(pkgdb_component_plain(u->a, u->c[i].name), id)) {
			(void)error_set(e, E_CONFLICT, "%s %s is the current version: its "
					"migration can't be taken back", id, c->version);
			return error_hint(e, "commpkg switch %s=%s first", id, u->c[i].version);
		}
	return 0;
}

static bool is_meant(const struct undone *u, const struct run *r, const struct pkgdb_component *c)
{
	const char *id = pkgdb_component_plain(u->a, c->name);

	if (r->o->base != NULL)
		return c->base != NULL &&
		       str_eq(c->base, beside_client_path(u->a, u->v->root, r->o->base));
	for (size_t i = 0; i < r->operands->nnames; i++)
		if (str_eq(r->operands->names[i], id) ||
		    pkgdb_component_is(c, r->operands->names[i]))
			return true;
	return false;
}

static int find_transactions(struct run *r, struct undone *u, struct error *e)
{
	int rc = view_components(u->v, u->a, &u->c, &u->n, e);

	for (size_t i = 0; rc == 0 && i < u->n; i++)
		if (is_meant(u, r, &u->c[i]))
			rc = note_transactions(u, &u->c[i],
					       pkgdb_component_plain(u->a, u->c[i].name), e);
	if (rc < 0 || u->txns.n > 0)
		return rc;
	(void)error_set(e, E_NOT_FOUND, "there is no migration in '%s' that could be taken back",
			r->target->path);
	return error_hint(e, "'commpkg history -R %s' shows what was done", r->target->path);
}

/* Since the first of them there was a switch and its way back, and nothing else: they go together.
 * 1; *ret is what it is to be as after. 0: each on its own. */
static int only_switches(const struct undone *u, int64_t *ret, struct error *e)
{
	int64_t first = u->txns.v[u->txns.n - 1];
	const struct txn **stack;
	size_t depth = 0, switches = 0;
	int rc = undo_in_force(u->v->db, u->a, &stack, &depth, e);

	for (size_t i = 0; rc == 0 && i < depth; i++) {
		if (stack[i]->n <= first)
			continue;
		if (!str_eq(stack[i]->verb, "switch") && !str_eq(stack[i]->verb, "migrate"))
			return 0;
		switches += str_eq(stack[i]->verb, "switch");
	}
	*ret = first - 1;
	return rc < 0 ? rc : (int)(switches > 0);
}

static int back(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct undone u = { .a = r->arena, .v = &v };
	int64_t with_switches = 0;
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0)
		rc = find_transactions(r, &u, e);
	if (rc == 0)
		rc = only_switches(&u, &with_switches, e);
	if (rc > 0)
		rc = undo_back_to(r, with_switches, e);
	else /* the last one first: that is how they lie on each other */
		for (size_t i = 0; rc == 0 && i < u.txns.n; i++)
			rc = undo_transaction(r, u.txns.v[i], e);
	VEC_FREE(&u.txns);
	return rc;
}

int verb_migrate(struct run *r, struct error *e)
{
	int rc = check_options(r, e);

	if (rc < 0)
		return rc;
	return r->o->back ? back(r, e) : migrate(r, e);
}
