/*
 * Is there room, on each file system? Everything new lies beside everything old until the end,
 * and what is replaced or removed is kept: so all that is staged counts, and nothing is
 * subtracted.
 */
#include "planner.h"
#include "volumes.h"

/* Rows, index and journal per object in the database, measured on real closures. */
#define DATABASE_BYTES_PER_OBJECT 512u
/* What must stay free besides (svr4.md 6: 150 blocks, 25 inodes). */
#define SPARE_BYTES (150u * 512u)
#define SPARE_INODES 25u

/* On one volume. */
struct need {
	uint64_t bytes, inodes, block;
};

struct sum {
	struct plan *plan;
	struct need *v;		/* as plan->spaces */
};

static struct need *need_at(struct sum *s, const char *path)
{
	return &s->v[volumes_at(s->plan->volumes, s->plan->nvolumes, path)];
}

static void need_file(struct need *n, uint64_t size)
{
	n->bytes += (size + n->block - 1) / n->block * n->block;
	n->inodes++;
}

static void need_item(struct sum *s, const struct change_item *it)
{
	const struct entry *en = it->what != NULL ? it->what->entry : NULL;
	struct need *view = need_at(s, rpath_str(s->plan->contents));
	struct need *n = need_at(s, rpath_str(it->real));
	bool fresh = it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE;

	if (en != NULL && (en->ftype == 'e' || en->ftype == 'v'))
		need_file(view, en->size); /* the copy below save/pspool */
	if (!rpath_is_root(it->beside))
		need_file(need_at(s, rpath_str(it->beside)), en != NULL ? en->size : it->was.size);
	if (!fresh || en == NULL)
		return;
	if (ftype_has_payload(en->ftype)) {
		need_file(n, en->size);
		s->plan->stage_bytes += en->size;
	} else if (ftype_is_dir(en->ftype)) {
		need_file(n, 1);
	} else if (en->ftype != 'l') {
		n->inodes++;
	}
}

/* What a package says it needs besides, where it says so. */
static void need_said(struct sum *s, const struct space_line *line)
{
	struct need *n = need_at(s, line->path + strspn(line->path, "/"));

	n->bytes += line->blocks * 512;
	n->inodes += line->inodes;
}

static void need_step(struct sum *s, const struct plan_step *ps)
{
	const struct package *pkg = ps->step->package;
	struct need *n = need_at(s, rpath_str(s->plan->contents));
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
	for (i = 0; i < pkg->space.n; i++)
		need_said(s, &pkg->space.v[i]);
}

static void need_all(struct sum *s, struct planner *p)
{
	size_t i, objects = 0;

	for (i = 0; i < p->claims.n; i++)
		if (p->claims.v[i]->item.kind != 0)
			need_item(s, &p->claims.v[i]->item);
	for (i = 0; i < s->plan->nsteps; i++) {
		need_step(s, &s->plan->steps[i]);
		objects += s->plan->steps[i].mapping.n;
	}
	/* Twice: what is saved has a copy, and a migration may write it anew. */
	for (i = 0; i < s->plan->nsaves; i++) {
		need_at(s, s->plan->saves[i].path)->bytes += 2 * s->plan->saves[i].bytes;
		need_at(s, s->plan->saves[i].path)->inodes += 2 * s->plan->saves[i].files;
		objects += s->plan->saves[i].files;
	}
	s->v[0].bytes += (uint64_t)objects * DATABASE_BYTES_PER_OBJECT;
}

static void judge(struct planner *p, const struct plan_volume *v)
{
	const struct plan_space *sp = &v->space;
	const char *at = root_host_path(p->a, p->root, v->path);

	if (sp->need_bytes > sp->have_bytes)
		plan_problem(p, NULL, NULL, "make room, then type the same again",
			     "'%s' needs %llu KiB of free space, and has %llu KiB", at,
			     (unsigned long long)(sp->need_bytes / 1024),
			     (unsigned long long)(sp->have_bytes / 1024));
	else if (sp->need_inodes > sp->have_inodes)
		plan_problem(p, NULL, NULL, "make room, then type the same again",
			     "'%s' needs %llu free inodes, and has %llu", at,
			     (unsigned long long)sp->need_inodes,
			     (unsigned long long)sp->have_inodes);
}

static bool is_enough(const struct plan_space *s)
{
	return s->need_bytes <= s->have_bytes && s->need_inodes <= s->have_inodes;
}

size_t plan_lacks_space(const struct plan *plan)
{
	size_t n = 0, i;

	for (i = 0; i < plan->nspaces; i++)
		n += !is_enough(&plan->spaces[i].space);
	return n;
}

static int look_at(struct planner *p, struct plan_volume *v, struct need *ret, struct error *e)
{
	struct tree_space have;
	struct rpath at;
	int rc = volumes_place(p->a, v->path, &at, e);

	if (rc == 0)
		rc = tree_statfs(p->root->tree, at, &have, e);
	if (rc < 0)
		return rc;
	v->space = (struct plan_space){ .have_bytes = have.bytes, .have_inodes = have.inodes };
	*ret = (struct need){ .bytes = SPARE_BYTES, .inodes = SPARE_INODES,
			      .block = have.block > 0 ? have.block : 4096 };
	return 0;
}

int plan_space(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	struct sum s = { .plan = plan,
			 .v = arena_calloc(p->scratch, plan->nspaces, sizeof(*s.v)) };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nspaces; i++)
		rc = look_at(p, &plan->spaces[i], &s.v[i], e);
	if (rc < 0)
		return rc;
	need_all(&s, p);
	for (i = 0; i < plan->nspaces; i++) {
		plan->spaces[i].space.need_bytes = s.v[i].bytes;
		plan->spaces[i].space.need_inodes = s.v[i].inodes;
		if (!p->options->any_space)
			judge(p, &plan->spaces[i]);
	}
	return 0;
}
