/* SHA-256 by OpenSSL's EVP, and the sum of System V. */
#include "digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

struct digest {
	EVP_MD_CTX *ctx;
	uint32_t sum;
	bool without_sum;
	bool md5;
};

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

/* Fetching searches the providers by name; once per process is enough. */
static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "commpkg: OpenSSL has no SHA-256 (%s)\n", what);
	abort();
}

static const EVP_MD *sha256_algorithm(void)
{
	(void)pthread_once(&fetched, fetch); /* can't fail with a valid argument */
	must(sha256 != NULL, "fetch");
	return sha256;
}

struct digest *digest_new(void)
{
	struct digest *d = xcalloc(1, sizeof(*d));

	d->ctx = EVP_MD_CTX_new();
	must(d->ctx != NULL, "context");
	digest_reset(d);
	return d;
}

struct digest *digest_new_sha256(void)
{
	struct digest *d = digest_new();

	d->without_sum = true;
	return d;
}

struct digest *digest_new_md5(void)
{
	struct digest *d = digest_new_sha256();

	d->md5 = true;
	if (EVP_DigestInit_ex2(d->ctx, EVP_md5(), NULL) == 1)
		return d;
	digest_free(d);
	return NULL;
}

void digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void digest_reset(struct digest *d)
{
	must(EVP_DigestInit_ex2(d->ctx, d->md5 ? EVP_md5() : sha256_algorithm(), NULL), "init");
	d->sum = 0;
}

void digest_add(struct digest *d, const void *bytes, size_t len)
{
	must(EVP_DigestUpdate(d->ctx, bytes, len), "update");
	if (!d->without_sum)
		d->sum = svr4_sum_add(d->sum, bytes, len);
}

void digest_finish(struct digest *d, struct sha256 *ret, uint32_t *ret_sum)
{
	if (ret != NULL && d->md5)
		memset(ret, 0, sizeof(*ret));
	if (ret != NULL)
		must(EVP_DigestFinal_ex(d->ctx, ret->bytes, NULL), "final");
	if (ret_sum != NULL)
		*ret_sum = svr4_sum_fold(d->sum);
}

void sha256_of(const void *bytes, size_t len, struct sha256 *ret)
{
	must(EVP_Digest(bytes, len, ret->bytes, NULL, sha256_algorithm(), NULL), "digest");
}

void sha256_hex(const struct sha256 *s, char ret[SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < SHA256_SIZE; i++) {
		ret[2 * i] = digits[s->bytes[i] >> 4];
		ret[2 * i + 1] = digits[s->bytes[i] & 15];
	}
	ret[2 * SHA256_SIZE] = '\0';
}

/* One more than the value of a digit; 0: it is none. A catalog has one digest per package: looked
 * up, as the processor can't guess which branch a random digit takes. */
static const unsigned char hex_values[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15,
	['f'] = 16,
};

int sha256_from_hex(const char *hex, struct sha256 *ret)
{
	const unsigned char *digits = (const unsigned char *)hex;
	struct sha256 s;
	bool wrong = false;
	size_t i;

	if (strnlen(hex, SHA256_HEX_SIZE) != 2 * SHA256_SIZE)
		return -E_FORMAT;
	for (i = 0; i < SHA256_SIZE; i++) {
		unsigned high = hex_values[digits[2 * i]], low = hex_values[digits[2 * i + 1]];

		wrong |= high == 0 || low == 0;
		s.bytes[i] = (unsigned char)((high - 1) << 4 | (low - 1));
	}
	if (wrong)
		return -E_FORMAT;
	*ret = s;
	return 0;
}

int sha256_equal(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* With a length known beforehand gcc turns this into vector code at -O2 too;
 * it is then about seven times as fast, and small beside SHA-256. */
#define PIECE 256

static inline uint32_t add_piece(const unsigned char *p)
{
	uint32_t s = 0;
	size_t i;

	for (i = 0; i < PIECE; i++)
		s += p[i];
	return s;
}

/* Wraps at 2^32, as the 32-bit programs do that write pkgmaps (svr4.md 4.2). */
uint32_t svr4_sum_add(uint32_t s, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (; len >= PIECE; len -= PIECE, p += PIECE)
		s += add_piece(p);
	for (; len > 0; len--)
		s += *p++;
	return s;
}

uint32_t svr4_sum_fold(uint32_t s)
{
	s = (s & 0xffff) + (s >> 16);
	return (s & 0xffff) + (s >> 16);
}
