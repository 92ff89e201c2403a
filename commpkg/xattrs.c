/* Extended attributes in words. */
#include "xattrs.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/cleanup.h"
#include "formats/digest.h"
#include "overlay.h"

#define WHOLE_MAX 128		/* bytes of a value that is kept as it is */
#define DIGEST_WORD "sha256:"	/* begins no value: its digits are in pairs */
#define CAPABILITY "security.capability"

struct xattr {
	const char *name, *value;	/* in words */
};

static bool spoken_of(const char *name)
{
	return !overlay_owns_xattr(name) &&
	       (str_has_prefix(name, "user.") || str_eq(name, CAPABILITY) ||
		str_eq(name, "system.posix_acl_access") ||
		str_eq(name, "system.posix_acl_default"));
}

static bool is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-' || c == ':';
}

static const char *name_words(struct arena *a, const char *name)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		strbuf_addf(&b, is_plain(c) ? "%c" : "%%%02x", c);
	}
	return arena_strdup(a, strbuf_str(&b));
}

static const char *value_words(struct arena *a, const unsigned char *value, size_t len,
			       size_t whole)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;

	if (len > whole) {
		sha256_of(value, len, &sha);
		sha256_hex(&sha, hex);
		return arena_printf(a, DIGEST_WORD "%s", hex);
	}
	for (size_t i = 0; i < len; i++)
		strbuf_addf(&b, "%02x", value[i]);
	return arena_strdup(a, strbuf_str(&b));
}

/* By name, as tree_xattr_list() gives them. */
static int read_all(struct arena *a, struct tree *t, struct rpath p, size_t whole,
		    struct xattr **ret, size_t *ret_n, struct error *e)
{
	const char **names;
	size_t n = 0, i, k = 0;
	int rc = tree_xattr_list(t, a, p, &names, &n, e);

	if (rc < 0)
		return rc;
	*ret = arena_calloc(a, n + 1, sizeof(**ret));
	for (i = 0; i < n; i++) {
		const void *value;
		size_t len;

		if (!spoken_of(names[i]))
			continue;
		rc = tree_xattr_get(t, a, p, names[i], &value, &len, e);
		if (rc < 0)
			return rc;
		(*ret)[k++] = (struct xattr){ name_words(a, names[i]),
					      value_words(a, value, len, whole) };
	}
	*ret_n = k;
	return 0;
}

static const char *words_of(struct arena *a, const struct xattr *v, size_t n)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		strbuf_addf(&b, " %s=%s", v[i].name, v[i].value);
	return arena_strdup(a, strbuf_str(&b));
}

static int read_words(struct arena *a, struct tree *t, struct rpath p, size_t whole,
		      const char **ret, struct error *e)
{
	struct xattr *v;
	size_t n;
	int rc = read_all(a, t, p, whole, &v, &n, e);

	if (rc == 0)
		*ret = words_of(a, v, n);
	return rc;
}

int xattrs_words(struct arena *a, struct tree *t, struct rpath p, const char **ret,
		 struct error *e)
{
	return read_words(a, t, p, WHOLE_MAX, ret, e);
}

int xattrs_whole(struct arena *a, struct tree *t, struct rpath p, const char **ret,
		 struct error *e)
{
	return read_words(a, t, p, SIZE_MAX, ret, e);
}

/* The next of the words; false at the end, and where they are none. */
static bool next_words(struct arena *a, const char **s, struct xattr *ret)
{
	const char *at = *s + strspn(*s, " ");
	size_t len = strcspn(at, " "), name = strcspn(at, "= ");

	if (len == 0 || name == len)
		return false;
	ret->name = arena_strndup(a, at, name);
	ret->value = arena_strndup(a, at + name + 1, len - name - 1);
	*s = at + len;
	return true;
}

static int by_name(const void *x, const void *y)
{
	return strcmp(((const struct xattr *)x)->name, ((const struct xattr *)y)->name);
}

static const char *value_of(const struct xattr *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].name, name))
			return v[i].value;
	return NULL;
}

/* By name; *ret_n of them. */
static struct xattr *parse(struct arena *a, const char *words, size_t *ret_n)
{
	struct xattr *v = arena_calloc(a, strlen(words) + 1, sizeof(*v));
	size_t n = 0;

	while (next_words(a, &words, &v[n]))
		n++;
	*ret_n = n;
	return v;
}

const char *xattrs_uncapable(struct arena *a, const char *words)
{
	size_t n, i, k = 0;
	struct xattr *v = parse(a, words, &n);

	for (i = 0; i < n; i++)
		if (!str_eq(v[i].name, CAPABILITY))
			v[k++] = v[i];
	return words_of(a, v, k);
}

bool xattrs_known(const char *words)
{
	return strstr(words, "=" DIGEST_WORD) == NULL;
}

const char *xattrs_with(struct arena *a, const char *words, const char *more)
{
	size_t n, nmore, i, k = 0;
	struct xattr *v = parse(a, words, &n), *m = parse(a, more, &nmore);
	struct xattr *out = arena_calloc(a, n + nmore + 1, sizeof(*out));

	for (i = 0; i < n; i++)
		if (value_of(m, nmore, v[i].name) == NULL)
			out[k++] = v[i];
	for (i = 0; i < nmore; i++)
		out[k++] = m[i];
	qsort(out, k, sizeof(*out), by_name);
	return words_of(a, out, k);
}

int xattrs_differ(struct arena *a, struct tree *t, struct rpath p, const char *words,
		  const char **ret_name, const char **ret_expected, const char **ret_found,
		  struct error *e)
{
	struct xattr *is, must;
	bool capable = false;
	size_t n;
	int rc = read_all(a, t, p, WHOLE_MAX, &is, &n, e);

	if (rc < 0)
		return rc;
	while (next_words(a, &words, &must)) {
		const char *found = value_of(is, n, must.name);

		capable = capable || str_eq(must.name, CAPABILITY);
		if (found != NULL && str_eq(found, must.value))
			continue;
		*ret_name = must.name;
		*ret_expected = must.value;
		*ret_found = found;
		return 1;
	}
	if (capable || value_of(is, n, CAPABILITY) == NULL)
		return 0;
	*ret_name = CAPABILITY;
	*ret_expected = NULL;
	*ret_found = value_of(is, n, CAPABILITY);
	return 1;
}

/* Two digits from s. Negative: they are none. */
static int byte_of(const char *s)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = s[0] != '\0' ? strchr(digits, s[0]) : NULL;
	const char *low = high != NULL && s[1] != '\0' ? strchr(digits, s[1]) : NULL;

	return low == NULL ? -1 : (int)((high - digits) * 16 + (low - digits));
}

/* Back to a name; NULL: never written by us. */
static const char *name_of(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) + 1), *end = out;

	for (; *s != '\0'; s++) {
		int c = *s == '%' ? byte_of(s + 1) : (unsigned char)*s;

		if (c <= 0)
			return NULL;
		s += *s == '%' ? 2 : 0;
		*end++ = (char)c;
	}
	*end = '\0';
	return spoken_of(out) ? out : NULL;
}

static int set_one(struct arena *a, struct tree *t, struct rpath p, const struct xattr *x,
		   struct error *e)
{
	const char *name = name_of(a, x->name);
	size_t len = strlen(x->value) / 2, i;
	unsigned char *value = arena_alloc(a, len + 1);

	for (i = 0; i < len; i++) {
		int byte = byte_of(x->value + 2 * i);

		if (byte < 0)
			break;
		value[i] = (unsigned char)byte;
	}
	if (name == NULL || i < len || strlen(x->value) % 2 != 0)
		return error_set(e, E_UNSUPPORTED, "cannot give '/%s' its attribute '%s': the "
				 "value is not recorded", rpath_str(p), x->name);
	return tree_xattr_set(t, p, name, value, len, e);
}

int xattrs_set(struct arena *a, struct tree *t, struct rpath p, const char *words,
	       struct error *e)
{
	struct xattr x;
	int rc = 0;

	while (rc == 0 && next_words(a, &words, &x))
		rc = set_one(a, t, p, &x, e);
	return rc;
}

int xattrs_make(struct arena *a, struct tree *t, struct rpath p, const char *words,
		struct error *e)
{
	size_t n, nmust, i;
	struct xattr *must = parse(a, words, &nmust), *is;
	int rc = read_all(a, t, p, SIZE_MAX, &is, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (value_of(must, nmust, is[i].name) == NULL)
			rc = tree_xattr_remove(t, p, name_of(a, is[i].name), e);
	return rc < 0 ? rc : xattrs_set(a, t, p, words, e);
}
