#include "crc32.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>

#define CRC32_POLY 0xedb88320u /* reflected */

static uint32_t table[8][256];

static void table_make(void)
{
	uint32_t c;
	unsigned i, k;

	for (i = 0; i < 256; i++) {
		c = i;
		for (k = 0; k < 8; k++)
			c = (c & 1) != 0 ? CRC32_POLY ^ (c >> 1) : c >> 1;
		table[0][i] = c;
	}
	for (i = 0; i < 256; i++)
		for (k = 1; k < 8; k++)
			table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
}

static uint32_t word_le(const unsigned char *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return le32toh(w);
}

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *p = bytes;
	uint32_t c = ~crc, d;

	pthread_once(&once, table_make);
	for (; len >= 8; len -= 8, p += 8) {
		c ^= word_le(p);
		d = word_le(p + 4);
		c = table[7][c & 0xff] ^ table[6][(c >> 8) & 0xff] ^
		    table[5][(c >> 16) & 0xff] ^ table[4][c >> 24] ^
		    table[3][d & 0xff] ^ table[2][(d >> 8) & 0xff] ^
		    table[1][(d >> 16) & 0xff] ^ table[0][d >> 24];
	}
	for (; len > 0; len--, p++)
		c = table[0][(c ^ *p) & 0xff] ^ (c >> 8);
	return ~c;
}
