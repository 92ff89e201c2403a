/*
 * Which part each object goes to.
 *
 * As observed (svr4.md 4.5, golden package GLDpart): entries that say a part keep it.
 * With a limit the others are placed class by class in ORDER, the largest first, each
 * into the first part with room; `d x p c b` go to the first part of their class, `s l`
 * to the last. A file below a directory takes one fragment more for that directory.
 */
#include <stdlib.h>

#include "tools/common/make.h"

#define FRAGMENT 8u	/* blocks */
#define MAP_LINE 128u	/* bytes reckoned for a line of pkgmap */

struct parts {
	struct pkgmap *map;
	struct make_part v[PKGMAP_MAX_PARTS];
	uint32_t n;
	uint64_t limit;
	uint64_t base;		/* blocks of an empty part after the first */
};

static uint64_t blocks_of(uint64_t bytes)
{
	uint64_t fragments = bytes / (FRAGMENT * 512) + (bytes % (FRAGMENT * 512) != 0);

	return fragments > 0 ? fragments * FRAGMENT : 1;
}

static bool is_file(const struct entry *en)
{
	return en->ftype == 'f' || en->ftype == 'e' || en->ftype == 'v';
}

static bool is_in_subdirectory(const struct entry *en)
{
	return en->path[0] != '/' && strchr(en->path, '/') != NULL;
}

static void open_part(struct parts *p, uint32_t part)
{
	while (p->n < part)
		p->v[p->n++] = (struct make_part){ .blocks = p->base, .entries = 2 };
}

static void put(struct parts *p, struct entry *en, uint32_t part)
{
	struct make_part *mp;

	open_part(p, part);
	mp = &p->v[part - 1];
	en->part = part;
	if (!is_file(en) && en->ftype != 'i')
		return;
	mp->blocks += en->ftype == 'i' && str_eq(en->path, "pkginfo") ? 0 : blocks_of(en->size);
	mp->entries += en->ftype == 'i' && str_eq(en->path, "pkginfo") ? 0 : 1;
	if (p->limit > 0 && is_file(en) && is_in_subdirectory(en)) {
		mp->blocks += FRAGMENT;
		mp->entries++;
	}
}

static void start(struct parts *p, struct pkgmap *map, uint64_t limit)
{
	uint64_t pkginfo = FRAGMENT;
	size_t i;

	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype == 'i' && str_eq(map->entries[i].path, "pkginfo"))
			pkginfo = blocks_of(map->entries[i].size);
	p->map = map;
	p->limit = limit;
	p->base = 2 + pkginfo;
	p->n = 1;
	p->v[0] = (struct make_part){ .blocks = 4 + pkginfo + blocks_of(MAP_LINE * map->n),
				      .entries = 4 };
	for (i = 0; i < map->n; i++) {
		struct entry *en = &map->entries[i];

		if (en->ftype == 'i')
			put(p, en, 1);
		else if (en->part > 0 && is_file(en))
			put(p, en, en->part);
	}
}

static int by_size(const void *x, const void *y)
{
	const struct entry *a = *(struct entry *const *)x, *b = *(struct entry *const *)y;
	uint64_t m = blocks_of(a->size), n = blocks_of(b->size);

	return m != n ? (m > n ? -1 : 1) : strcmp(a->path, b->path);
}

static int place(struct parts *p, struct entry *en, struct error *e)
{
	uint64_t need = blocks_of(en->size) + (is_in_subdirectory(en) ? FRAGMENT : 0);
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (p->v[i].blocks + need <= p->limit)
			break;
	if (i == p->n && p->base + need > p->limit)
		return error_set(e, E_LIMIT, "%s (%llu blocks) does not fit on a volume",
				 en->path, (unsigned long long)blocks_of(en->size));
	if (i == PKGMAP_MAX_PARTS)
		return error_set(e, E_LIMIT, "more than %u parts", PKGMAP_MAX_PARTS);
	put(p, en, i + 1);
	return 0;
}

/* class NULL: all that are left. */
static int place_class(struct parts *p, struct arena *a, const char *class, size_t len,
		       struct error *e)
{
	struct entry **v = arena_calloc(a, p->map->n, sizeof(*v));
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < p->map->n; i++) {
		struct entry *en = &p->map->entries[i];

		if (is_file(en) && en->part == 0 && (class == NULL ||
		    (strlen(en->class) == len && memcmp(en->class, class, len) == 0)))
			v[n++] = en;
	}
	qsort(v, n, sizeof(struct entry *), by_size);
	for (i = 0; rc == 0 && i < n; i++)
		rc = place(p, v[i], e);
	return rc;
}

static int place_files(struct parts *p, struct arena *a, const char *order, struct error *e)
{
	int rc = 0;

	while (rc == 0 && order != NULL && *(order += strspn(order, " \t")) != '\0') {
		size_t n = strcspn(order, " \t");

		rc = place_class(p, a, order, n, e);
		order += n;
	}
	return rc == 0 ? place_class(p, a, NULL, 0, e) : rc;
}

struct span_of_class {
	uint32_t first, last;
};

/* Objects without contents follow the files of their class. */
static void place_others(struct parts *p, struct arena *a)
{
	struct strmap *spans = strmap_new(16);
	size_t i;

	for (i = 0; i < p->map->n; i++) {
		struct entry *en = &p->map->entries[i];
		struct span_of_class *s;

		if (!is_file(en))
			continue;
		s = strmap_find(spans, en->class);
		if (s == NULL) {
			s = arena_alloc(a, sizeof(*s));
			*s = (struct span_of_class){ en->part, en->part };
			strmap_put(spans, en->class, s);
		}
		s->first = en->part < s->first ? en->part : s->first;
		s->last = en->part > s->last ? en->part : s->last;
	}
	for (i = 0; i < p->map->n; i++) {
		struct entry *en = &p->map->entries[i];
		bool link = en->ftype == 's' || en->ftype == 'l';
		const struct span_of_class *s;

		if (en->part != 0 || en->class == NULL)
			continue;
		s = strmap_find(spans, en->class);
		put(p, en, s == NULL ? 1 : link ? s->last : s->first);
	}
	strmap_free(spans);
}

/* All in one part: one directory is reckoned, whatever their number. */
static void place_all(struct parts *p)
{
	bool subdirectory = false;
	size_t i;

	for (i = 0; i < p->map->n; i++) {
		struct entry *en = &p->map->entries[i];

		subdirectory = subdirectory || (is_file(en) && is_in_subdirectory(en));
		if (en->part == 0)
			put(p, en, 1);
		else
			open_part(p, en->part);
	}
	if (subdirectory) {
		p->v[0].blocks += FRAGMENT;
		p->v[0].entries++;
	}
}

int make_parts(struct arena *a, struct pkgmap *map, uint64_t limit, const char *order,
	       struct make_parts *ret, struct error *e)
{
	struct parts *p = arena_alloc(a, sizeof(*p));
	size_t i;
	int rc;

	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype == 'i' && map->entries[i].part > 1)
			return error_set(e, E_FORMAT, "information file <%s> must appear on first "
					 "part", map->entries[i].path);
	start(p, map, limit);
	if (limit > 0 && p->v[0].blocks > limit)
		return error_set(e, E_LIMIT, "all install files must appear on first part: they "
				 "take %llu blocks", (unsigned long long)p->v[0].blocks);
	if (limit > 0) {
		rc = place_files(p, a, order, e);
		if (rc < 0)
			return rc;
		place_others(p, a);
	} else {
		place_all(p);
	}
	map->nparts = p->n;
	map->maxblocks = 0;
	for (i = 0; i < p->n; i++)
		if (p->v[i].blocks > map->maxblocks)
			map->maxblocks = p->v[i].blocks;
	*ret = (struct make_parts){ .v = p->v, .n = p->n };
	return 0;
}
