/*
 * The order of steps: removals first, what needs others before what it needs; then
 * what others need before what needs it. Among equals by name, and a cycle is entered
 * at its first name, so the order depends on the packages alone.
 */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

struct node {
	struct step step;
	const struct member *member;
	bool removal;
	char seen;		/* 1 on the way down, 2 done */
};

struct order {
	const struct solve_pool *sp;
	struct node *nodes;
	size_t n;
	struct node **by_id;
	struct node **out;
	size_t nout;
};

static int compare_nodes(const void *x, const void *y)
{
	const struct node *a = x, *b = y;
	int c = b->removal - a->removal;

	/* what a component needs of others, before its own packages */
	if (c == 0)
		c = (b->member->component != NULL) - (a->member->component != NULL);
	if (c == 0)
		c = strcmp(a->member->name, b->member->name);
	return c != 0 ? c : (a->member->id > b->member->id) - (a->member->id < b->member->id);
}

static int compare_pointers(const void *x, const void *y)
{
	return compare_nodes(*(struct node *const *)x, *(struct node *const *)y);
}

struct frame {
	struct node *node;
	struct node **next;	/* what it needs, sorted */
	size_t n, i;
};

/* Nodes of the same kind that a node's requirements lead to. */
static void open_frame(struct order *o, struct node *node, struct frame *f)
{
	VEC(struct node *) next = VEC_INIT;
	Queue deps;

	queue_init(&deps);
	solve_pool_requires(o->sp, node->member, &deps);
	for (int i = 0; i < deps.count; i++) {
		const Id *p = pool_whatprovides_ptr(o->sp->pool, deps.elements[i]);

		for (; *p != 0; p++) {
			struct node *to = o->by_id[*p];

			if (to != NULL && to != node && to->seen == 0 &&
			    to->removal == node->removal)
				*VEC_PUSH(&next) = to;
		}
	}
	queue_free(&deps);
	if (next.n > 1)
		qsort(next.v, next.n, sizeof(*next.v), compare_pointers);
	*f = (struct frame){ .node = node, .next = next.v, .n = next.n };
	node->seen = 1;
}

/* Depth first with a stack of our own: a chain of packages may be long. */
static void visit(struct order *o, struct node *from)
{
	VEC(struct frame) stack = VEC_INIT;

	open_frame(o, from, VEC_PUSH(&stack));
	while (stack.n > 0) {
		struct frame *f = &stack.v[stack.n - 1];
		struct node *to = NULL;

		while (f->i < f->n && to == NULL) {
			to = f->next[f->i++];
			if (to->seen != 0)
				to = NULL;
		}
		if (to != NULL) {
			open_frame(o, to, VEC_PUSH(&stack));
			continue;
		}
		f->node->seen = 2;
		o->out[o->nout++] = f->node;
		free(f->next);
		stack.n--;
	}
	VEC_FREE(&stack);
}

static void prepare(struct order *o, struct arena *a, const struct step *steps,
		    const struct member **members, size_t n)
{
	o->nodes = arena_calloc(a, n, sizeof(*o->nodes));
	o->out = arena_calloc(a, n, sizeof(*o->out));
	o->by_id = arena_calloc(a, (size_t)o->sp->pool->nsolvables, sizeof(*o->by_id));
	for (size_t i = 0; i < n; i++)
		o->nodes[i] = (struct node){
			.step = steps[i], .member = members[i],
			.removal = steps[i].kind == STEP_REMOVE,
		};
	qsort(o->nodes, n, sizeof(*o->nodes), compare_nodes);
	for (size_t i = 0; i < n; i++)
		o->by_id[o->nodes[i].member->id] = &o->nodes[i];
}

void steps_order(const struct solve_pool *sp, struct step *steps,
		 const struct member **members, size_t n)
{
	struct order o = { .sp = sp, .n = n };
	size_t nremovals = 0;

	if (n == 0)
		return;
	prepare(&o, sp->a, steps, members, n);
	for (size_t i = 0; i < n; i++) {
		nremovals += o.nodes[i].removal;
		if (o.nodes[i].seen == 0)
			visit(&o, &o.nodes[i]);
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = i < nremovals ? nremovals - 1 - i : i;

		steps[i] = o.out[at]->step;
		members[i] = o.out[at]->member;
	}
}
