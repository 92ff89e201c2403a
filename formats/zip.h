/*
 * A zip archive (APPNOTE of PKWARE, by libarchive), read through its central directory.
 *
 *	rc = zip_open(fd, "TRIBfoo.zap", &z, e);
 *	while ((rc = zip_next(z, &m, e)) > 0)
 *		while ((rc = zip_read(z, &bytes, &len, e)) > 0)
 *			...
 *	zip_close(z);
 *
 * Members are given as they are written there: names are not checked. The descriptor is
 * borrowed and read by pread(). CRCs are compared; every warning of libarchive is an
 * error. What it becomes is limited as by compress.h: members may share their bytes, so a
 * small file can say that it holds any number of large ones.
 * -E_UNSUPPORTED, by name: encrypted members.
 */
#ifndef FORMATS_ZIP_H
#define FORMATS_ZIP_H

#include "compress.h"

#define ZIP_MAGIC "PK\003\004"
#define ZIP_MAGIC_LEN 4u
#define ZIP_MAX_NAME 4096u

struct zip_member {
	const char *name;	/* leading "./" dropped, a trailing '/' too; until the next */
	uint32_t mode;		/* with type bits of stat(2) */
	uint64_t size;
};

struct zip;
int zip_open(int fd, const char *name, struct zip **ret, struct error *e);
void zip_close(struct zip *z); /* takes NULL */
/* 1: at a member; 0: no more. */
int zip_next(struct zip *z, struct zip_member *ret, struct error *e);
/* 1: bytes, valid until the next call; 0: no more, and the CRC was right. */
int zip_read(struct zip *z, const void **ret, size_t *ret_len, struct error *e);

#endif
