/*
 * CRC-32 as gzip has it (RFC 1952, 8.1.1.6.2), eight bytes at a time. Start with 0.
 */
#ifndef FORMATS_CRC32_H
#define FORMATS_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t len);

#endif
