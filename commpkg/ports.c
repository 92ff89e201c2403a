/* The number in a line of a configuration, read and written. */
#include "ports.h"

#include <stdlib.h>

#include "formats/str.h"

#define PORT_MAX 65535u

struct span {
	size_t at, len;
};

/* The digits of a value: all of it, or what stands behind its last colon. */
static bool digits_of(struct text t, size_t at, size_t end, struct span *ret)
{
	size_t i;

	while (end > at && strchr(" \t\r", t.bytes[end - 1]) != NULL)
		end--;
	for (i = end; i > at && t.bytes[i - 1] >= '0' && t.bytes[i - 1] <= '9'; i--)
		continue;
	*ret = (struct span){ i, end - i };
	while (i > at && strchr(" \t", t.bytes[i - 1]) != NULL)
		i--;
	return ret->len > 0 && ret->len <= 5 && (i == at || t.bytes[ret->at - 1] == ':');
}

static bool find_line(struct text t, size_t at, size_t end, const char *key, struct span *ret)
{
	size_t n = strlen(key);

	while (at < end && strchr(" \t", t.bytes[at]) != NULL)
		at++;
	if (end - at <= n || memcmp(t.bytes + at, key, n) != 0)
		return false;
	at += n;
	while (at < end && strchr(" \t", t.bytes[at]) != NULL)
		at++;
	return at < end && t.bytes[at] == '=' && digits_of(t, at + 1, end, ret);
}

static bool find(struct text t, const char *key, struct span *ret)
{
	bool found = false;
	size_t at = 0;

	while (at < t.len) {
		const char *nl = memchr(t.bytes + at, '\n', t.len - at);
		size_t end = nl != NULL ? (size_t)(nl - t.bytes) : t.len;

		found |= find_line(t, at, end, key, ret);
		at = end + 1;
	}
	return found;
}

uint32_t ports_read(struct text text, const char *key)
{
	struct span s;
	uint64_t n;

	if (!find(text, key, &s) ||
	    !str_to_u64(text.bytes + s.at, s.len, 10, PORT_MAX, &n))
		return 0;
	return (uint32_t)n;
}

struct text ports_write(struct arena *a, struct text text, const char *key, uint32_t number)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct span s;

	if (!find(text, key, &s))
		return text;
	strbuf_add(&b, text.bytes, s.at);
	strbuf_addf(&b, "%u", number);
	strbuf_add(&b, text.bytes + s.at + s.len, text.len - s.at - s.len);
	return (struct text){ arena_memdup(a, strbuf_str(&b), b.len + 1, 1), b.len };
}

uint32_t ports_free(uint32_t from, const uint32_t *taken, size_t n)
{
	for (; from >= 1 && from <= PORT_MAX; from++) {
		size_t i;

		for (i = 0; i < n && taken[i] != from; i++)
			continue;
		if (i == n)
			return from;
	}
	return 0;
}
