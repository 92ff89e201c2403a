/*
 * Which transactions are taken back: the last, one by its number, or all that came after one.
 */
#include "undo.h"

#include <stdlib.h>

#include "pkgdb/component.h"
#include "undo_look.h"

/* ---- what is in force */

static bool undoes(const struct txn *t, const struct txn *other)
{
	return t->undoes != 0 && other->n >= t->undoes_first && other->n <= t->undoes;
}

/* Takes off what t took back; how many those were. */
static size_t take_off(const struct txn **stack, size_t *depth, const struct txn *t)
{
	size_t i, k = 0, was = *depth;

	for (i = 0; i < was; i++)
		if (!undoes(t, stack[i]))
			stack[k++] = stack[i];
	*depth = k;
	return was - k;
}

size_t undo_effective(const struct txn *all, size_t n, const struct txn **stack)
{
	size_t depth = 0, i;

	for (i = 0; i < n; i++)
		if (all[i].state != TXN_REVERSED && take_off(stack, &depth, &all[i]) == 0)
			stack[depth++] = &all[i];
	return depth;
}

int undo_in_force(struct pkgdb *db, struct arena *a, const struct txn ***ret, size_t *ret_n,
		  struct error *e)
{
	struct txn *all;
	size_t n;
	int rc = txn_list(db, a, &all, &n, e);

	if (rc < 0)
		return rc;
	*ret = arena_calloc(a, n + 1, sizeof(**ret));
	*ret_n = undo_effective(all, n, *ret);
	return 0;
}

size_t undo_undone_by(const struct txn *all, size_t n, size_t i, const struct txn **stack)
{
	size_t depth, k, count = 0;

	if (all[i].undoes == all[i].undoes_first) { /* an undo that is undone is in no stack */
		for (k = 0; k < n && all[k].n < all[i].n; k++)
			if (undoes(&all[i], &all[k]))
				stack[count++] = &all[k];
		return count;
	}
	depth = undo_effective(all, i, stack);
	for (k = 0; k < depth; k++)
		if (undoes(&all[i], stack[k]))
			stack[count++] = stack[k];
	return count;
}

static bool is_among(const struct txn *t, const struct txn **list, size_t n)
{
	size_t i;

	for (i = 0; i < n && list[i] != t; i++)
		;
	return i < n;
}

bool undo_was_undone(const struct txn *all, size_t n, size_t i)
{
	const struct txn **list = xcalloc(n, sizeof(*list));
	bool found = false;
	size_t k;

	for (k = i + 1; !found && k < n; k++)
		if (undoes(&all[k], &all[i]) && all[k].state == TXN_SETTLED)
			found = is_among(&all[i], list, undo_undone_by(all, n, k, list));
	free(list);
	return found;
}

bool undo_possible(const struct txn *all, size_t n, size_t i)
{
	const struct txn **stack;
	size_t depth;
	bool last = i + 1 == n;

	if (all[i].state != TXN_SETTLED || !all[i].keeps || undo_was_undone(all, n, i))
		return false;
	if (last || all[i].undoes == 0)
		return true;
	stack = xcalloc(n, sizeof(*stack));
	depth = undo_effective(all, n, stack);
	last = is_among(&all[i], stack, depth);
	free(stack);
	return last;
}

static int not_reachable(const struct txn **stack, size_t depth, int64_t to, struct error *e)
{
	size_t i;
	int64_t before = 0;

	for (i = 0; i < depth && stack[i]->n < to; i++)
		before = stack[i]->n;
	(void)error_set(e, E_NOT_FOUND, "there is no way back to transaction %lld: there is none, "
			"or it was undone itself", (long long)to);
	return error_hint(e, "the one before that is in force: commpkg undo --to %lld",
			  (long long)before);
}

int undo_list_to(struct pkgdb *db, struct arena *a, int64_t to, struct txn **ret, size_t *ret_n,
		 struct error *e)
{
	const struct txn **stack;
	struct txn *all, *list;
	size_t n, depth, i, k;
	int rc = txn_list(db, a, &all, &n, e);

	if (rc < 0)
		return rc;
	stack = arena_calloc(a, n + 1, sizeof(*stack));
	depth = undo_effective(all, n, stack);
	for (i = 0; i < depth && stack[i]->n != to; i++)
		;
	if (to != 0 && i == depth)
		return not_reachable(stack, depth, to, e);
	list = arena_calloc(a, depth + 1, sizeof(*list));
	for (i = depth, k = 0; i-- > 0 && stack[i]->n > to; k++) {
		list[k] = *stack[i];
		if (!list[k].keeps)
			return error_set(e, E_CONFLICT, "transaction %lld can't be undone: what it "
					 "replaced is not kept any more", (long long)list[k].n);
	}
	*ret = list;
	*ret_n = k;
	return 0;
}

/* ---- may an earlier one be taken back although others came later? */

static bool paths_meet(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b), least = n < k ? n : k;

	if (memcmp(a, b, least) != 0)
		return false;
	return n == k || (n < k ? b[n] == '/' : a[k] == '/');
}

static bool ops_meet(const struct undo *u, const struct op *ops, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < u->nops; k++)
			if (!str_eq(ops[i].path, u->contents) &&
			    paths_meet(ops[i].path, u->ops[k].path))
				return true;
	return false;
}

static bool packages_meet(struct undo *u, const struct txn_change *later, size_t n,
			  const struct txn_change *mine, size_t nmine)
{
	size_t i, k;

	(void)u;
	for (i = 0; i < n; i++)
		for (k = 0; k < nmine; k++)
			if (str_eq(later[i].instance, mine[k].instance))
				return true;
	return false;
}

/* A component that came later may have nothing but packages that were there. */
static int component_needs(struct undo *u, int64_t later, const struct txn_change *mine,
			   size_t nmine, bool *ret, struct error *e)
{
	struct pkgdb_component *c;
	size_t n;
	int rc = pkgdb_components(u->session->db, u->a, PKGDB_NOW, &c, &n, e);

	for (size_t i = 0; rc == 0 && i < n; i++)
		for (size_t j = 0; c[i].added == later && j < nmine; j++)
			*ret |= pkgdb_component_has(&c[i], mine[j].instance);
	return rc;
}

static int components_meet(struct undo *u, int64_t later, bool *ret, struct error *e)
{
	struct pkgdb *db = u->session->db;
	struct txn_change *theirs, *mine, *packages;
	size_t ntheirs, nmine, npackages;
	int rc = txn_component_changes(db, u->a, later, &theirs, &ntheirs, e);

	if (rc == 0)
		rc = txn_component_changes(db, u->a, u->txn.n, &mine, &nmine, e);
	if (rc == 0)
		rc = txn_changes(db, u->a, u->txn.n, &packages, &npackages, e);
	if (rc == 0 && packages_meet(u, theirs, ntheirs, mine, nmine))
		*ret = true;
	return rc < 0 ? rc : component_needs(u, later, packages, npackages, ret, e);
}

static int in_the_way(struct undo *u, const struct txn *later, bool *ret, struct error *e)
{
	struct pkgdb *db = u->session->db;
	struct txn_change *theirs, *mine;
	struct op *ops;
	size_t n, ntheirs, nmine;
	int rc = txn_ops(db, u->a, later->n, &ops, &n, e);

	if (rc == 0)
		rc = txn_changes(db, u->a, later->n, &theirs, &ntheirs, e);
	if (rc == 0)
		rc = txn_changes(db, u->a, u->txn.n, &mine, &nmine, e);
	if (rc == 0)
		*ret = packages_meet(u, theirs, ntheirs, mine, nmine) || ops_meet(u, ops, n);
	return rc < 0 ? rc : components_meet(u, later->n, ret, e);
}

static int check_later(struct undo *u, const struct txn **stack, size_t depth, struct error *e)
{
	size_t i;
	bool met = false;
	int rc = undo_begin(u, 0, e);

	for (i = depth; rc == 0 && !met && i-- > 0 && stack[i]->n > u->txn.n;) {
		rc = in_the_way(u, stack[i], &met, e);
		if (rc < 0 || !met)
			continue;
		(void)error_set(e, E_CONFLICT, "transaction %lld (%s) came after %lld and changed "
				"the same things", (long long)stack[i]->n, stack[i]->summary,
				(long long)u->txn.n);
		return error_hint(e, "undo that first: commpkg undo %lld, or all of them: "
				  "commpkg undo --to %lld", (long long)stack[i]->n,
				  (long long)u->txn.n - 1);
	}
	return rc;
}

static int nothing_to_undo(const struct undo *u, const struct txn *all, size_t n,
			   struct error *e)
{
	(void)error_set(e, E_NOT_FOUND, "there is nothing to undo in '%s'",
			u->session->root->path);
	if (n == 0 || all[n - 1].undoes == 0 || all[n - 1].state != TXN_SETTLED)
		return -E_NOT_FOUND;
	return error_hint(e, "all is undone already; the last undo is taken back by its number: "
			  "commpkg undo %lld", (long long)all[n - 1].n);
}

static int not_in_force(const struct txn *t, const struct txn *all, size_t n, struct error *e)
{
	while (n-- > 0)
		if (undoes(&all[n], t) && all[n].state == TXN_SETTLED)
			return error_set(e, E_NOT_FOUND, "transaction %lld is not in force: "
					 "transaction %lld took it back", (long long)t->n,
					 (long long)all[n].n);
	return error_set(e, E_NOT_FOUND, "transaction %lld is not in force%s", (long long)t->n,
			 t->undoes != 0 ? ": other things were done since" :
			 ": it could not be finished, and was taken back");
}

static int not_kept(const struct txn *t, struct error *e)
{
	(void)error_set(e, E_NOT_FOUND, "what transaction %lld replaced is not kept any more",
			(long long)t->n);
	return error_hint(e, "commpkg history shows what can be undone");
}

static int choose_one(struct undo *u, int64_t n, struct error *e)
{
	const struct txn **stack, *chosen = NULL;
	struct txn *all;
	size_t count, depth, i;
	int rc = txn_list(u->session->db, u->a, &all, &count, e);

	if (rc < 0)
		return rc;
	stack = arena_calloc(u->a, count + 1, sizeof(*stack));
	depth = undo_effective(all, count, stack);
	if (n == 0 && depth == 0)
		return nothing_to_undo(u, all, count, e);
	for (i = 0; i < count; i++)
		if (n == 0 ? &all[i] == stack[depth - 1] : all[i].n == n)
			chosen = &all[i];
	if (chosen == NULL)
		return error_set(e, E_NOT_FOUND, "there is no transaction %lld", (long long)n);
	/* An undo is undone (redone) only while it is the last thing that was done. */
	for (i = 0; i < depth && stack[i] != chosen; i++)
		;
	if (i == depth && chosen != &all[count - 1])
		return not_in_force(chosen, all, count, e);
	if (!chosen->keeps)
		return not_kept(chosen, e);
	u->list = arena_memdup(u->a, chosen, 1, sizeof(*chosen));
	u->nlist = 1;
	u->is_last = i == depth ? depth == 0 || chosen == &all[count - 1] : i + 1 == depth;
	return i < depth ? check_later(u, stack, depth, e) : 0;
}

int undo_choose(struct undo *u, const struct undo_request *req, struct error *e)
{
	if (!req->back_to)
		return choose_one(u, req->n, e);
	u->is_last = true;
	return undo_list_to(u->session->db, u->a, req->n, &u->list, &u->nlist, e);
}
