#include "commpkg/solve_rank.h"

#include <stdlib.h>
#include <string.h>

#include "formats/debversion.h"
#include "formats/str.h"
#include "formats/version.h"

struct named {
	const char *name;
	bool deb;
	struct {
		const char **v;
		size_t n, cap;
	} versions;
	const char *few[2];	/* most names have no more */
};

struct ranks {
	struct arena *a;
	struct strmap *names;	/* struct named */
};

struct ranks *ranks_new(struct arena *a, size_t names)
{
	struct ranks *r = arena_alloc(a, sizeof(*r));

	r->a = a;
	r->names = strmap_new(names);
	return r;
}

void ranks_free(struct ranks *r)
{
	if (r != NULL)
		strmap_free(r->names);
}

static struct named *named_get(struct ranks *r, const char *name)
{
	struct named *n = strmap_find(r->names, name);

	if (n != NULL)
		return n;
	n = arena_alloc(r->a, sizeof(*n));
	n->name = name;
	n->versions.v = n->few;
	n->versions.cap = sizeof(n->few) / sizeof(n->few[0]);
	(void)strmap_put(r->names, name, n); /* was not there */
	return n;
}

static void add_version(struct ranks *r, struct named *n, const char *version)
{
	if (n->versions.n == n->versions.cap) {
		const char **more = arena_alloc(r->a, 2 * n->versions.cap * sizeof(*more));

		memcpy(more, n->versions.v, n->versions.n * sizeof(*more));
		n->versions.v = more;
		n->versions.cap *= 2;
	}
	n->versions.v[n->versions.n++] = version;
}

void ranks_add(struct ranks *r, const char *name, const char *version)
{
	struct named *n = named_get(r, name);

	/* most mentions repeat the one before */
	if (n->versions.n == 0 || !str_eq(n->versions.v[n->versions.n - 1], version))
		add_version(r, n, version);
}

void ranks_mark_deb(struct ranks *r, const char *name)
{
	named_get(r, name)->deb = true;
}

static int compare_svr4(const void *x, const void *y)
{
	const char *a = *(const char *const *)x, *b = *(const char *const *)y;
	int c = version_compare(a, b);

	return c != 0 ? c : strcmp(a, b);
}

static int compare_deb(const void *x, const void *y)
{
	const char *a = *(const char *const *)x, *b = *(const char *const *)y;
	int c = debversion_compare(a, b);

	/* the spelling decides only which one is shown */
	return c != 0 ? c : strcmp(a, b);
}

static bool same_rank(const struct named *n, const char *a, const char *b)
{
	return n->deb ? debversion_compare(a, b) == 0 : str_eq(a, b);
}

static void settle(struct named *n)
{
	size_t i, kept = 0;

	if (n->versions.n == 0)
		return;
	qsort(n->versions.v, n->versions.n, sizeof(*n->versions.v),
	      n->deb ? compare_deb : compare_svr4);
	for (i = 1; i < n->versions.n; i++)
		if (!same_rank(n, n->versions.v[kept], n->versions.v[i]))
			n->versions.v[++kept] = n->versions.v[i];
	n->versions.n = kept + 1;
}

void ranks_settle(struct ranks *r)
{
	struct named *n;
	size_t i = 0;

	while ((n = strmap_next(r->names, &i, NULL)) != NULL)
		settle(n);
}

static size_t bisect(const struct named *n, const char *version)
{
	size_t low = 0, high = n->versions.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char **at = &n->versions.v[mid];
		int c = n->deb ? debversion_compare(*at, version) :
				 compare_svr4(at, &version);

		if (c == 0)
			return mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return n->versions.n;
}

static unsigned find(const struct named *n, const char *version)
{
	size_t i;

	if (n == NULL)
		return 0;
	i = bisect(n, version);
	/* odd strings need not be in one consistent order: look at each then */
	for (size_t k = 0; i == n->versions.n && k < n->versions.n; k++)
		if (same_rank(n, n->versions.v[k], version))
			i = k;
	return i < n->versions.n ? (unsigned)i + 1 : 0;
}

unsigned ranks_find(const struct ranks *r, const char *name, const char *version)
{
	return find(strmap_find(r->names, name), version);
}

void ranks_range(const struct ranks *r, const char *name, const char *version,
		 unsigned *ret_low, unsigned *ret_high)
{
	const struct named *n = strmap_find(r->names, name);
	unsigned low = find(n, version), high = low;

	while (low > 1 && !n->deb && version_compare(n->versions.v[low - 2], version) == 0)
		low--;
	while (low > 0 && !n->deb && high < n->versions.n &&
	       version_compare(n->versions.v[high], version) == 0)
		high++;
	*ret_low = low;
	*ret_high = high;
}

const char *ranks_version(const struct ranks *r, const char *name, unsigned rank)
{
	const struct named *n = strmap_find(r->names, name);

	if (n == NULL || rank == 0 || rank > n->versions.n)
		return NULL;
	return n->versions.v[rank - 1];
}
