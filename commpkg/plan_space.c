/*
 * Is there room? Everything new lies beside everything old until the end, and what is
 * replaced or removed is kept: so all that is staged counts, and nothing is subtracted.
 */
#include "planner.h"

/* Rows, index and journal per object in the database, measured on real closures. */
#define DATABASE_BYTES_PER_OBJECT 512u
/* What must stay free besides (svr4.md 6: 150 blocks, 25 inodes). */
#define SPARE_BYTES (150u * 512u)
#define SPARE_INODES 25u

struct need {
	uint64_t bytes, inodes, block;
};

static void need_file(struct need *n, uint64_t size)
{
	n->bytes += (size + n->block - 1) / n->block * n->block;
	n->inodes++;
}

static void need_item(struct plan *plan, struct need *n, const struct change_item *it)
{
	const struct entry *en = it->what != NULL ? it->what->entry : NULL;
	bool fresh = it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE;

	if (en != NULL && (en->ftype == 'e' || en->ftype == 'v'))
		need_file(n, en->size); /* the copy below save/pspool */
	if (!rpath_is_root(it->beside))
		need_file(n, en != NULL ? en->size : it->was.size);
	if (!fresh || en == NULL)
		return;
	if (ftype_has_payload(en->ftype)) {
		need_file(n, en->size);
		plan->stage_bytes += en->size;
	} else if (ftype_is_dir(en->ftype)) {
		need_file(n, 1);
	} else if (en->ftype != 'l') {
		n->inodes++;
	}
}

static void need_step(const struct plan_step *ps, struct need *n)
{
	const struct package *pkg = ps->step->package;
	size_t i;

	if (pkg == NULL)
		return;
	for (i = 0; i < pkg->ninfofiles; i++) {
		need_file(n, pkg->infofiles[i].len);
		need_file(n, pkg->infofiles[i].len);
	}
	need_file(n, pkg->pkginfo_len);
	need_file(n, pkg->pkginfo_len);
	need_file(n, pkg->pkgmap_len);
	for (i = 0; i < 5; i++)
		need_file(n, 1); /* directories of the SVR4 view */
	for (i = 0; i < pkg->space.n; i++) {
		n->bytes += pkg->space.v[i].blocks * 512;
		n->inodes += pkg->space.v[i].inodes;
	}
}

int plan_space(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	struct tree_space have;
	struct need n = { .bytes = SPARE_BYTES, .inodes = SPARE_INODES };
	size_t i, objects = 0;
	int rc = tree_statfs(p->root->tree, rpath_root(), &have, e);

	if (rc < 0)
		return rc;
	n.block = have.block > 0 ? have.block : 4096;
	for (i = 0; i < p->claims.n; i++)
		if (p->claims.v[i]->item.kind != 0)
			need_item(plan, &n, &p->claims.v[i]->item);
	for (i = 0; i < plan->nsteps; i++) {
		need_step(&plan->steps[i], &n);
		objects += plan->steps[i].mapping.n;
	}
	n.bytes += (uint64_t)objects * DATABASE_BYTES_PER_OBJECT;
	plan->space = (struct plan_space){
		.need_bytes = n.bytes, .need_inodes = n.inodes,
		.have_bytes = have.bytes, .have_inodes = have.inodes,
	};
	if (n.bytes > have.bytes)
		plan_problem(p, NULL, NULL, "make room, then type the same again",
			     "'%s' needs %llu KiB of free space, and has %llu KiB",
			     p->root->path, (unsigned long long)(n.bytes / 1024),
			     (unsigned long long)(have.bytes / 1024));
	else if (n.inodes > have.inodes)
		plan_problem(p, NULL, NULL, "make room, then type the same again",
			     "'%s' needs %llu free inodes, and has %llu", p->root->path,
			     (unsigned long long)n.inodes, (unsigned long long)have.inodes);
	return 0;
}
