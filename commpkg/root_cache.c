/*
 * The last few parent directories of a tree, by their text.
 *
 * An entry is right as long as every component of its text is the directory it was. A
 * name that is only made can't change that (the text led somewhere, so all its components
 * were there). A name that goes or changes can, if it is a component of the text; or, if
 * links are involved on either side, in ways the text does not show. So: when both the
 * entry and the name's parent are plain, the text decides; otherwise the entry goes.
 *
 * An entry knows nothing of what other handles and other processes do. What is then used
 * is the directory it once was, wherever that is now: still one that was reached inside
 * the tree.
 */
#include "root_internal.h"

static void slot_drop(struct dircache_slot *s)
{
	if (s->dir == NULL)
		return;
	(void)close(s->fd); /* O_PATH: there is nothing to lose */
	free(s->dir);
	free(s->canon);
	memset(s, 0, sizeof(*s));
}

void dircache_drop(struct tree *t)
{
	for (size_t i = 0; i < DIRCACHE_SLOTS; i++)
		slot_drop(&t->slots[i]);
}

void tree_forget(struct tree *t)
{
	dircache_drop(t);
}

static bool at_or_below(const struct dircache_slot *s, const char *dir)
{
	size_t len = strlen(dir);

	if (s->len < len || memcmp(s->dir, dir, len) != 0)
		return false;
	return len == 0 || s->dir[len] == '\0' || s->dir[len] == '/';
}

void dircache_forget(struct tree *t, struct rpath p, bool plain)
{
	t = graft_find(t, &p);
	for (size_t i = 0; i < DIRCACHE_SLOTS; i++) {
		struct dircache_slot *s = &t->slots[i];

		if (s->dir != NULL && (!plain || !s->plain || at_or_below(s, p.s)))
			slot_drop(s);
	}
}

static struct dircache_slot *slot_find(struct tree *t, const char *dir, size_t len)
{
	for (size_t i = 0; i < DIRCACHE_SLOTS; i++) {
		struct dircache_slot *s = &t->slots[i];

		if (s->dir != NULL && s->len == len && memcmp(s->dir, dir, len) == 0)
			return s;
	}
	return NULL;
}

static struct dircache_slot *slot_oldest(struct tree *t)
{
	struct dircache_slot *oldest = &t->slots[0];

	for (size_t i = 1; i < DIRCACHE_SLOTS; i++)
		if (t->slots[i].used < oldest->used)
			oldest = &t->slots[i];
	return oldest;
}

int place_dir(struct tree *t, const char *dir, size_t len, struct dircache_slot **ret)
{
	char text[RPATH_MAX + 1];
	struct dircache_slot *s;
	bool plain;
	int fd, rc;

	if (t->ngrafts > 0) {
		struct rpath p = { text };

		memcpy(text, dir, len);
		text[len] = '\0';
		t = graft_find(t, &p);
		dir += p.s - text;
		len -= (size_t)(p.s - text);
	}
	s = slot_find(t, dir, len);
	if (s == NULL) {
		memcpy(text, dir, len);
		text[len] = '\0';
		rc = walk_open(t->fd, text, &fd, &plain);
		if (rc < 0)
			return rc;
		s = slot_oldest(t);
		slot_drop(s);
		*s = (struct dircache_slot){ .dir = xstrdup(text), .len = len, .fd = fd,
					     .plain = plain };
	}
	s->used = ++t->clock;
	*ret = s;
	return 0;
}

int place_find(struct tree *t, struct rpath p, struct place *ret)
{
	const char *slash;
	struct dircache_slot *s;
	int rc;

	t = graft_find(t, &p);
	slash = strrchr(p.s, '/');
	if (slash == NULL) {
		*ret = (struct place){ t->fd, rpath_is_root(p) ? "." : p.s, true };
		return 0;
	}
	rc = place_dir(t, p.s, (size_t)(slash - p.s), &s);
	if (rc < 0)
		return rc;
	*ret = (struct place){ s->fd, slash + 1, s->plain };
	return 0;
}
