/*
 * For fuzz targets: what must hold for any input. A target parses, and when that
 * succeeds writes and parses again: what is read back must be what was written.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/error.h"
#include "formats/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static inline void must_equal(const struct strbuf *a, const struct strbuf *b)
{
	if (a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0))
		return;
	fprintf(stderr, "written:\n%s\nwritten after reading that:\n%s\n", strbuf_str(a),
		strbuf_str(b));
	abort();
}

/* A refusal is a negative code, and says where and why. */
static inline void must_explain(int rc, const struct error *e)
{
	must(rc < 0 && e->code == -rc && strlen(e->text) > 0, "an error has code and text");
}

#endif
