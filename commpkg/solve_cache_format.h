/* What the writer and the reader of solve_cache.h agree on. */
#ifndef COMMPKG_SOLVE_CACHE_FORMAT_H
#define COMMPKG_SOLVE_CACHE_FORMAT_H

#include <solv/pool.h>

#include "formats/catalog.h"

#define CACHE_PART "catalogs"
#define CACHE_VERSION "3"

#define SCHEME_WORD_SVR4 "relations svr4"
#define SCHEME_WORD_DEB "relations deb"

/* A control byte, which no text of a catalog has. */
#define FIELD_END '\x1f'
#define FIELD_END_TEXT "\x1f"

const char *cache_name(struct arena *a, const struct sha256 *catalog);
/* The last line. */
const char *cache_seal(struct arena *a, const char *bytes, size_t len, size_t solv,
		       const struct sha256 *catalog);
/* True when it is right, and where libsolv's part and ours end. */
bool cache_parts(const char *bytes, size_t len, const struct sha256 *catalog, size_t *ret_solv,
		 size_t *ret_len);

static inline int cache_flags(enum relation_op op)
{
	static const int flags[] = {
		[CMP_LT] = REL_LT, [CMP_LE] = REL_LT | REL_EQ, [CMP_EQ] = REL_EQ,
		[CMP_GE] = REL_GT | REL_EQ, [CMP_GT] = REL_GT,
	};

	return flags[op];
}

static inline enum relation_op cache_op(int flags)
{
	switch (flags) {
	case REL_LT:
		return CMP_LT;
	case REL_LT | REL_EQ:
		return CMP_LE;
	case REL_GT | REL_EQ:
		return CMP_GE;
	case REL_GT:
		return CMP_GT;
	default:
		return CMP_EQ;
	}
}

#endif
