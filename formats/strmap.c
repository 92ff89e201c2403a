/* Open addressing with linear probing, at most three quarters full. */
#include "str.h"

#include <stdlib.h>
#include <sys/random.h>

struct slot {
	const char *key;
	void *value;
	uint64_t hash;
};

struct strmap {
	struct slot *slots;
	size_t mask, count;
	uint64_t seed;
};

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

static uint64_t hash_of(const struct strmap *m, const char *key, size_t len)
{
	uint64_t h = m->seed ^ len, word;

	for (; len >= sizeof(word); len -= sizeof(word), key += sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = mix(h ^ word);
	}
	word = 0;
	memcpy(&word, key, len);
	return mix(h ^ word);
}

struct strmap *strmap_new(size_t expected)
{
	struct strmap *m = xcalloc(1, sizeof(*m));
	size_t size = 16;

	while (size / 4 * 3 < expected)
		size *= 2;
	m->mask = size - 1;
	m->slots = xcalloc(size, sizeof(*m->slots));
	if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) != sizeof(m->seed))
		m->seed = (uintptr_t)m->slots; /* early boot: the address will do */
	return m;
}

void strmap_free(struct strmap *m)
{
	if (m == NULL)
		return;
	free(m->slots);
	free(m);
}

static bool is_key(const char *have, const char *key, size_t len)
{
	return strncmp(have, key, len) == 0 && have[len] == '\0';
}

static struct slot *slot_of(const struct strmap *m, const char *key, size_t len, uint64_t hash)
{
	size_t i = hash & m->mask;

	while (m->slots[i].key != NULL &&
	       (m->slots[i].hash != hash || !is_key(m->slots[i].key, key, len)))
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

void *strmap_find(const struct strmap *m, const char *key)
{
	return strmap_find_part(m, key, strlen(key));
}

void *strmap_find_part(const struct strmap *m, const char *key, size_t len)
{
	return slot_of(m, key, len, hash_of(m, key, len))->value;
}

static void strmap_grow(struct strmap *m)
{
	struct slot *old = m->slots;
	size_t n = m->mask + 1, i;

	m->mask = 2 * n - 1;
	m->slots = xcalloc(2 * n, sizeof(*m->slots));
	for (i = 0; i < n; i++)
		if (old[i].key != NULL)
			*slot_of(m, old[i].key, strlen(old[i].key), old[i].hash) = old[i];
	free(old);
}

void *strmap_put(struct strmap *m, const char *key, void *value)
{
	size_t len = strlen(key);
	uint64_t hash = hash_of(m, key, len);
	struct slot *s = slot_of(m, key, len, hash);
	void *before = s->value;

	if (s->key != NULL) {
		s->value = value;
		return before;
	}
	if (m->count >= (m->mask + 1) / 4 * 3) {
		strmap_grow(m);
		s = slot_of(m, key, len, hash);
	}
	*s = (struct slot){ .key = key, .value = value, .hash = hash };
	m->count++;
	return NULL;
}

size_t strmap_count(const struct strmap *m)
{
	return m->count;
}

void *strmap_next(const struct strmap *m, size_t *i, const char **ret_key)
{
	while (*i <= m->mask) {
		const struct slot *s = &m->slots[(*i)++];

		if (s->key == NULL)
			continue;
		if (ret_key != NULL)
			*ret_key = s->key;
		return s->value;
	}
	return NULL;
}
