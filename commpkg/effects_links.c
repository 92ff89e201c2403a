/*
 * Files with several names. To change one of them the kernel copies that name up, and parts it
 * from the others: what was one file would be two, and of a new mode or owner the others would
 * not know. So names that were one file before, of which only mode, owner or attributes were
 * changed, are made one again.
 *
 * Where contents or the time changed it can't be seen whether the script wrote into the file,
 * which all its names would show, or put another one in the place of the name, which they would
 * not: there the names are left parted, and a note says so. That does not concern those that
 * were in the layer from the beginning (overlay_links.h): they are what the script left them.
 *
 * The other names are looked for among what was copied, and in the directory of the first: a
 * search of the whole root would cost more than all the rest.
 */
#include "effects_internal.h"

#include <errno.h>

#include "xattrs.h"

static const char *inode_key(struct walk *w, const struct stat *st)
{
	return arena_printf(w->a, "%llx:%llx", (unsigned long long)st->st_dev,
			    (unsigned long long)st->st_ino);
}

static struct link_group *group_of(struct walk *w, const struct stat *st, const char *path,
				   const struct lower *low)
{
	const char *key = inode_key(w, st);
	struct link_group *g = strmap_find(w->links, key);

	if (g != NULL)
		return g;
	g = arena_alloc(w->a, sizeof(*g));
	*g = (struct link_group){ .first = path, .tree = low->tree, .dev = low->st.st_dev,
				  .ino = low->st.st_ino };
	(void)strmap_put(w->links, key, g);
	return g;
}

void effects_note_link(struct walk *w, const struct stat *st, const struct lower *low,
		       struct effect *ef)
{
	struct link_group *g;

	if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
		return;
	g = group_of(w, st, ef->path, low);
	ef->group = g;
	g->changed |= !ef->same || low->tree == NULL || low->tree != g->tree ||
		      low->st.st_dev != g->dev || low->st.st_ino != g->ino;
	if (g->first != ef->path)
		ef->link_to = g->first;
}

static bool is_unchanged(const struct effect *ef)
{
	return ef->group != NULL && !ef->group->changed;
}

static void drop_unchanged(struct walk *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->effects.n; i++)
		if (!is_unchanged(&w->effects.v[i]))
			w->effects.v[n++] = w->effects.v[i];
	w->effects.n = n;
}

/* ---- what was parted */

void effects_note_parted(struct walk *w, const char *path, const struct lower *low, bool written)
{
	struct parted *p;
	const char *key;

	if (low->tree == NULL || !S_ISREG(low->st.st_mode) || low->st.st_nlink < 2)
		return;
	key = inode_key(w, &low->st);
	p = strmap_find(w->parted, key);
	if (p == NULL) {
		p = arena_calloc(w->a, 1, sizeof(*p));
		p->names = low->st.st_nlink;
		(void)strmap_put(w->parted, key, p);
	}
	p->touched++;
	if (written && p->path == NULL)
		p->path = path;
}

static void say_parted(struct walk *w)
{
	const struct parted *p;
	size_t i = 0;

	while ((p = strmap_next(w->parted, &i, NULL)) != NULL)
		if (p->path != NULL && p->touched < p->names)
			*VEC_PUSH(&w->notes) = arena_printf(w->a, "'/%s' had other names (hard "
							    "links), which still have what it was",
							    p->path);
}

/* ---- what was copied up alike */

static bool same_xattrs(struct walk *w, const char *a, const char *b)
{
	const char *words_a = "", *words_b = "";

	return xattrs_words(w->a, w->fx, (struct rpath){ a }, &words_a, NULL) == 0 &&
	       xattrs_words(w->a, w->fx, (struct rpath){ b }, &words_b, NULL) == 0 &&
	       str_eq(words_a, words_b);
}

/* Were both changed alike? */
static bool alike(struct walk *w, const struct effect *a, const struct effect *b)
{
	return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && a->digested &&
	       b->digested && sha256_equal(&a->digest, &b->digest) &&
	       same_xattrs(w, a->path, b->path);
}

void effects_note_copy(struct walk *w, const struct stat *st, const struct lower *low,
		       struct effect *ef)
{
	const struct copied *first;
	struct copied *c;
	const char *key;

	if (!S_ISREG(st->st_mode) || low->tree == NULL || !S_ISREG(low->st.st_mode) ||
	    low->st.st_nlink < 2 || ef->kind != EFFECT_ATTRIBUTES ||
	    st->st_mtim.tv_sec != low->st.st_mtim.tv_sec ||
	    st->st_mtim.tv_nsec != low->st.st_mtim.tv_nsec)
		return;
	key = inode_key(w, &low->st);
	first = strmap_find(w->copies, key);
	if (first == NULL) {
		c = arena_alloc(w->a, sizeof(*c));
		*c = (struct copied){ .effect = *ef, .dev = low->st.st_dev,
				      .ino = low->st.st_ino };
		(void)strmap_put(w->copies, key, c);
	} else if (ef->link_to == NULL && alike(w, &first->effect, ef)) {
		ef->link_to = first->effect.path;
		ef->relink = true;
	}
}

/* A name in that tree that the script did not touch, and that is the same file. */
static bool is_other_name(struct walk *w, const struct copied *c, struct tree *t, struct rpath p)
{
	struct stat st;

	if (tree_stat(t, p, &st, NULL) < 0 || st.st_dev != c->dev || st.st_ino != c->ino ||
	    tree_exists(w->fx, p))
		return false;
	return t == w->new || !tree_exists(w->new, p);
}

static int link_others_in(struct walk *w, const struct copied *c, struct tree *t, struct error *e)
{
	struct rpath dir = rpath_parent(w->a, (struct rpath){ c->effect.path });
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(t, w->a, dir, &names, &n, e);

	if (rc == -ENOENT)
		return 0;
	for (i = 0; rc == 0 && i < n; i++) {
		struct effect ef = c->effect;
		struct rpath p;

		rc = rpath_join(w->a, dir, names[i], &p, e);
		if (rc < 0 || !is_other_name(w, c, t, p))
			continue;
		ef.path = rpath_str(p);
		ef.link_to = c->effect.path;
		ef.relink = true;
		rc = effects_push(w, &ef, e);
	}
	return rc;
}

int effects_link_others(struct walk *w, struct error *e)
{
	const struct copied *c;
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && (c = strmap_next(w->copies, &i, NULL)) != NULL) {
		if (is_unchanged(&c->effect))
			continue;
		rc = link_others_in(w, c, w->new, e);
		if (rc == 0)
			rc = link_others_in(w, c, w->root->tree, e);
	}
	drop_unchanged(w);
	say_parted(w);
	return rc;
}
