/*
 * Files with several names. To change one of them the kernel copies that name up, and parts it
 * from the others: what was one file would be two, and of a new mode or owner the others would
 * not know. So names that were one file before, of which only mode, owner or attributes were
 * changed, are made one again.
 *
 * Where contents or the time changed it can't be seen whether the script wrote into the file,
 * which all its names would show, or put another one in the place of the name, which they would
 * not: there the names are left parted.
 *
 * The other names are looked for among what was copied, and in the directory of the first: a
 * search of the whole root would cost more than all the rest.
 */
#include "effects_internal.h"

#include <errno.h>

#include "xattrs.h"

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
	key = arena_printf(w->a, "%llx:%llx", (unsigned long long)low->st.st_dev,
			   (unsigned long long)low->st.st_ino);
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
		rc = link_others_in(w, c, w->new, e);
		if (rc == 0)
			rc = link_others_in(w, c, w->root->tree, e);
	}
	return rc;
}
