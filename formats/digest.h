/*
 * SHA-256, the identity of contents, and the sum that pkgmap carries.
 *
 * The sum is System V sum(1): all bytes added as unsigned into 32 bits, folded
 * twice (reference: pkgmap(5); golden packages in tests/corpus). It finds
 * accidents, not attacks.
 *
 * One struct digest computes both in one pass. Not for two threads at once.
 */
#ifndef FORMATS_DIGEST_H
#define FORMATS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE 65 /* with the NUL */

struct sha256 {
	unsigned char bytes[SHA256_SIZE];
};

struct digest;
/* Never NULL: without SHA-256 in OpenSSL nothing here can work, so that aborts. */
struct digest *digest_new(void);
/* SHA-256 alone, for who reads payload: payload_read() has the sum already. */
struct digest *digest_new_sha256(void);
/* MD5, for catalogs of others: 16 bytes, then zeros. NULL: OpenSSL has none (FIPS). */
struct digest *digest_new_md5(void);
void digest_free(struct digest *d); /* takes NULL */
void digest_reset(struct digest *d);
void digest_add(struct digest *d, const void *bytes, size_t len);
/* Either may be NULL. The digest must be reset before it is used again. */
void digest_finish(struct digest *d, struct sha256 *ret, uint32_t *ret_sum);

void sha256_of(const void *bytes, size_t len, struct sha256 *ret);
void sha256_hex(const struct sha256 *s, char ret[SHA256_HEX_SIZE]);
/* 0, or -E_FORMAT when hex is not 64 lower-case hexadecimal digits. */
int sha256_from_hex(const char *hex, struct sha256 *ret);
int sha256_equal(const struct sha256 *a, const struct sha256 *b);

/* The sum alone: start with s = 0, add pieces, then fold. */
uint32_t svr4_sum_add(uint32_t s, const void *bytes, size_t len);
uint32_t svr4_sum_fold(uint32_t s);

#endif
