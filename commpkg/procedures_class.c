/*
 * Class action scripts (svr4.md 8.4, 8.7).
 *
 * For each part of the package and each class of CLASSES, in order, that has a script: it
 * gets `source destination` lines of the objects that are to be done; in the last part that
 * has something of the class with ENDOFCLASS, even when there is nothing for it. Afterwards
 * owner, mode and time of what was on its list are made what the package says, and at the
 * end of the class come its hard links.
 */
#include "procedures_internal.h"

#include <errno.h>

#include "overlay.h"

typedef VEC(const char *) word_vec;

static void split(struct arena *a, const char *words, word_vec *ret)
{
	while (*(words += strspn(words, " \t")) != '\0') {
		size_t len = strcspn(words, " \t");

		*VEC_PUSH(ret) = arena_strndup(a, words, len);
		words += len;
	}
}

/* ---- what the script is given */

/* The plan's item of a mapped object, if it is the script's. */
static const struct change_item *item_of(const struct procedure_run *r, const struct mapped *m)
{
	const struct change_item *it = strmap_find(r->s->items, rpath_str(m->path));

	return it != NULL && it->what == m && procedure_is_mine(r, it) &&
	       it->kind == CHANGE_SCRIPT ? it : NULL;
}

static int add_line(struct procedure_run *r, const struct change_item *it, bool relative,
		    struct strbuf *out, struct error *e)
{
	struct rpath source;
	int rc;

	if (relative) {
		strbuf_addf(out, "%s\n", it->what->entry->path);
		return 0;
	}
	rc = stage_data_path(r->s, r->s->a, r->step, it->what->entry, &source, e);
	if (rc == 0)
		strbuf_addf(out, CAGE_DIR "/data/%s %s\n", rpath_str(source),
			    procedures_path(r->s, rpath_str(it->path)));
	return rc;
}

struct class_part {
	const char *class;
	uint32_t part;
	bool present, last;		/* has it something here; nothing later? */
	struct strbuf input;
};

/* In pkgmap order, as the mapping has them. */
static int gather(struct procedure_run *r, struct class_part *c, struct error *e)
{
	bool relative = str_has_word(pkginfo_get(&r->ps->params, "PKG_CAS_PASSRELATIVE"), c->class);
	size_t i;
	int rc = 0;

	c->last = true;
	if (relative)
		strbuf_addf(&c->input, CAGE_DIR "/data/%s\n", r->ps->step->package->dirname);
	for (i = 0; rc == 0 && i < r->ps->mapping.n; i++) {
		const struct mapped *m = &r->ps->mapping.v[i];
		const struct change_item *it;

		if (!str_eq(m->entry->class, c->class))
			continue;
		c->present |= entry_part(m->entry) == c->part;
		c->last &= entry_part(m->entry) <= c->part;
		it = item_of(r, m);
		if (it != NULL && entry_part(m->entry) == c->part)
			rc = add_line(r, it, relative, &c->input, e);
	}
	return rc;
}

/* ---- what becomes of it */

static void missing(struct procedure_run *r, const struct change_item *it)
{
	r->s->missing[it - r->s->plan->items] = true;
	procedure_complain(r, arena_printf(r->s->a, "commpkg: the script did not make '/%s'",
					   rpath_str(it->path)));
}

/* It is in the root, and the script left it as it was. */
static void dress_in_root(struct procedure_run *r, const struct change_item *it,
			  const struct stat *st)
{
	struct op *op = VEC_PUSH(&r->s->attrs);

	op->kind = OP_ATTR;
	op->path = rpath_str(it->real);
	op_attr_of(st, &op->was);
	op->now = op->was;
	op->now.mode = (op->was.mode & ~07777u) | it->mode;
	op->now.mtime = it->what->entry->mtime;
	op->now.mtime_nsec = 0;
	if (r->s->plan->root->owners) {
		op->now.uid = it->uid;
		op->now.gid = it->gid;
	}
}

/* Owner, mode and time as the package says, wherever the object is. */
static int dress_object(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	struct stat st;
	int rc = 0;

	if (r->late != NULL) {
		late_record_object(r, it);
		return 0;
	}
	if (overlay_hides(r->s->new, it->real)) {
		missing(r, it);
		return 0;
	}
	if (tree_stat(r->s->new, it->real, &st, NULL) == 0) {
		if (S_ISREG(st.st_mode))
			rc = stage_dress(r->s, it, e);
		if (rc == 0 && S_ISREG(st.st_mode))
			rc = tree_utime(r->s->new, it->real, it->what->entry->mtime, 0, e);
		return rc;
	}
	if (tree_stat(r->s->plan->root->tree, it->real, &st, NULL) < 0)
		missing(r, it);
	else if (S_ISREG(st.st_mode))
		dress_in_root(r, it, &st);
	return 0;
}

static int dress(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	procedure_settled(r, it);
	return dress_object(r, it, e);
}

static int each_object(struct procedure_run *r, const struct class_part *c,
		       int (*each)(struct procedure_run *, const struct change_item *,
				   struct error *), struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->ps->mapping.n; i++) {
		const struct mapped *m = &r->ps->mapping.v[i];
		const struct change_item *it;

		if (!str_eq(m->entry->class, c->class) || entry_part(m->entry) != c->part)
			continue;
		it = item_of(r, m);
		if (it != NULL)
			rc = each(r, it, e);
	}
	return rc;
}

static int make_parents(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	return r->late != NULL ? stage_parent(r->s, it->real, e) :
				 procedure_parent(r, it->real, e);
}

/* ---- hard links to what scripts make: at the end of their class, the rest when all are done */

static int make_link(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	struct tree *new = r->s->new, *from = tree_exists(new, it->link) ? new :
							   r->s->plan->root->tree;
	int rc;

	if (r->late != NULL) { /* the journal has no op for it */
		r->s->missing[it - r->s->plan->items] = true;
		return 0;
	}
	if (!tree_exists(from, it->link)) {
		missing(r, it);
		return 0;
	}
	rc = procedure_parent(r, it->real, e);
	if (rc == 0)
		rc = procedure_clear(r, it->real, e);
	if (rc == 0)
		rc = tree_link(from, it->link, new, it->real, e);
	procedure_settled(r, it);
	return rc;
}

static int make_links(struct procedure_run *r, const char *class, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->s->plan->nitems; i++) {
		const struct change_item *it = &r->s->plan->items[i];

		if (it->ftype == 'l' && procedure_is_mine(r, it) && stage_writes(r->s, it) &&
		    stage_link_waits(r->s, it) &&
		    str_eq(it->what->entry->class, class))
			rc = make_link(r, it, e);
	}
	return rc;
}

/* ---- installation */

/* The history tells what is left: objects have the mode and owner of the package by now. */
static void note_dressed(struct procedure_run *r, size_t first)
{
	struct rpath path;
	struct stat st;
	size_t i;

	for (i = first; i < r->result->effects.n; i++) {
		struct effect *f = &r->result->effects.v[i].effect;

		if (!S_ISREG(f->mode) || rpath_parse(r->s->a, f->path, &path, NULL) < 0 ||
		    tree_stat(r->s->new, path, &st, NULL) < 0 || !S_ISREG(st.st_mode))
			continue;
		f->mode = st.st_mode;
		f->uid = st.st_uid;
		f->gid = st.st_gid;
	}
}

static int run_class(struct procedure_run *r, struct class_part *c, struct error *e)
{
	struct procedure_call call = {
		.file = plan_class_script(r->ps, 'i', c->class), .input = &c->input,
		.arg = c->last ? "ENDOFCLASS" : NULL, .in_package = true,
	};
	size_t first = r->late == NULL ? r->result->effects.n : 0;
	int rc = each_object(r, c, make_parents, e);

	if (rc == 0)
		rc = procedure_run_script(r, &call, e);
	r->ran_class = true;
	if (rc == 0)
		rc = each_object(r, c, dress, e);
	if (rc == 0 && r->late == NULL)
		note_dressed(r, first);
	return rc;
}

static int install_class(struct procedure_run *r, const char *class, uint32_t part,
			 struct error *e)
{
	struct class_part c = { .class = class, .part = part, .input = STRBUF_INIT };
	int rc = 0;

	if (plan_class_script(r->ps, 'i', class) == NULL)
		return 0;
	rc = gather(r, &c, e);
	if (rc == 0 && c.present)
		rc = run_class(r, &c, e);
	if (rc == 0 && c.present && c.last)
		rc = make_links(r, class, e);
	strbuf_free(&c.input);
	return rc;
}

/* Links in classes that have no script. */
static int make_other_links(struct procedure_run *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->s->plan->nitems; i++) {
		const struct change_item *it = &r->s->plan->items[i];

		if (it->ftype == 'l' && procedure_is_mine(r, it) && stage_writes(r->s, it) &&
		    stage_link_waits(r->s, it) &&
		    plan_class_script(r->ps, 'i', it->what->entry->class) == NULL)
			rc = make_link(r, it, e);
	}
	return rc;
}

int procedure_classes_install(struct procedure_run *r, struct error *e)
{
	const char *classes = pkginfo_get(&r->ps->params, "CLASSES");
	word_vec names = VEC_INIT;
	uint32_t part, nparts = r->ps->step->package->map.nparts;
	size_t i;
	int rc = 0;

	if (r->ps->nclasses == 0)
		return 0;
	split(r->s->a, classes != NULL ? classes : "none", &names);
	for (part = 1; rc == 0 && part <= nparts; part++)
		for (i = 0; rc == 0 && i < names.n; i++)
			rc = install_class(r, names.v[i], part, e);
	VEC_FREE(&names);
	return rc == 0 ? make_other_links(r, e) : rc;
}

/* ---- removal */

/* The scripts of all that go and had it in such a class take their part out of it. */
static bool is_of_class(const struct procedure_run *r, const struct change_item *it,
			const char *class)
{
	const struct pkgdb_file *row;

	if (it->kind != CHANGE_SCRIPT || it->what != NULL)
		return false;
	row = plan_step_row(r->ps, rpath_str(it->path));
	return row != NULL && str_eq(row->class, class);
}

/* All objects, of every type, backwards. */
static int remove_class(struct procedure_run *r, const char *class, struct error *e)
{
	AUTO_STRBUF struct strbuf input = STRBUF_INIT;
	struct procedure_call call = {
		.file = plan_class_script(r->ps, 'r', class), .input = &input, .in_package = true,
	};
	size_t i;

	if (call.file == NULL)
		return 0;
	for (i = r->s->plan->nitems; i-- > 0;) {
		const struct change_item *it = &r->s->plan->items[i];

		if (is_of_class(r, it, class))
			strbuf_addf(&input, "%s\n", procedures_path(r->s, rpath_str(it->path)));
	}
	return input.len > 0 ? procedure_run_script(r, &call, e) : 0;
}

int procedure_classes_remove(struct procedure_run *r, const char *classes, struct error *e)
{
	word_vec names = VEC_INIT;
	size_t i;
	int rc = 0;

	if (classes == NULL)
		classes = "none";
	split(r->s->a, classes, &names);
	for (i = names.n; rc == 0 && i-- > 0;)
		rc = remove_class(r, names.v[i], e);
	VEC_FREE(&names);
	for (i = 0; rc == 0 && i < r->ps->nclasses; i++)
		if (!str_has_word(classes, r->ps->classes[i].name))
			rc = remove_class(r, r->ps->classes[i].name, e);
	return rc;
}
