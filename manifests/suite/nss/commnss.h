/*
 * Sums and digests, for the servers of the suite. libcommnss.so.3; what 3.11 has stays as it is,
 * 3.12 adds to it.
 */
#ifndef COMMNSS_H
#define COMMNSS_H

#include <stddef.h>
#include <stdint.h>

const char *commnss_version(void);
/* CRC-32 as in IEEE 802.3 */
uint32_t commnss_sum(const void *bytes, size_t n);
#if SUITE_RELEASE >= 70
/* 3.12: SHA-256, as 64 hexadecimal digits */
void commnss_sha256(const void *bytes, size_t n, char hex[65]);
#endif

#endif
