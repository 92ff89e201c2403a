/*
 * One decoder per compression; the border between compress.c and the libraries.
 */
#ifndef FORMATS_DECODE_H
#define FORMATS_DECODE_H

#include "compress.h"

#define INPUT_BLOCK ((size_t)128 << 10)

/* The file as stored. Reading goes on at `at`; nobody else moves it. */
struct input {
	int fd;
	const char *name;
	uint64_t size;		/* when it was opened */
	uint64_t at;		/* offset of the next byte to read */
};
/* Fills buf unless the file ends: *ret_len < cap only there. */
int input_read(struct input *in, void *buf, size_t cap, size_t *ret_len, struct error *e);

struct decoder {
	/* never fails: out of memory aborts, anything else shows in fill */
	void *(*open)(struct input *in, enum compression c);
	/* Fills buf unless the data ends: *ret_len < cap only there. At the end everything
	 * that the format lets us compare has been compared. */
	int (*fill)(void *d, void *buf, size_t cap, size_t *ret_len, struct error *e);
	void (*close)(void *d);
};

extern const struct decoder decoder_zstd;
extern const struct decoder decoder_archive; /* the others: filters of libarchive */

#endif
