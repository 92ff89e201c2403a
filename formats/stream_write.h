/*
 * Writes packages of other media as one datastream.
 *
 *	struct stream_item items[] = { { m, 0 }, { m, 2 } };
 *	rc = stream_write(fd, "out.pkg", items, 2, NULL, e);
 *
 * Packages come in the order of the items (pkgtrans: the order given). Layout as in
 * stream.h and svr4.md 2.1-2.3: header, A0, then the parts of each package, "newc" with
 * every archive padded by NUL to a multiple of 512. In a part: pkginfo, pkgmap, install
 * and its files, then the payload in the order of the medium, parents before children,
 * below reloc and root, or reloc.N and root.N of a package of several parts.
 *
 * The bytes depend on the packages alone: owner 0, mode the rwx bits of pkgmap with
 * 0644, mtime that of pkgmap (directories: that of pkginfo), inodes counted down.
 *
 * A signed stream has the member `signature` at the end of A0 (stream.h). Since A0 comes
 * before what is signed, the packages are then read twice: first for the signature.
 *
 * What is read is compared with pkgmap as by payload_read(), so a stream that was
 * written is sound. Refused: a file of 4 GiB or more (the format has no room for its
 * size), the same name twice. On failure the file is incomplete: write under a
 * temporary name and rename.
 */
#ifndef FORMATS_STREAM_WRITE_H
#define FORMATS_STREAM_WRITE_H

#include "compress.h"
#include "medium.h"
#include "sign.h"

struct stream_item {
	const struct medium *m;
	size_t index;
	const char *instance;	/* name in the stream; NULL = as in its medium */
};

struct stream_write_options {
	enum compression compression;
	int level;		/* 0 = the usual one */
	struct signer *signer;	/* to sign with (sign.h), or NULL; used up by it */
	int64_t signed_at;	/* seconds */
	/* before each package; may be NULL */
	void (*progress)(const struct package *p, void *ctx);
	void *ctx;
};

/* `name` is for messages; o NULL = plain. fd is written from where it stands. */
int stream_write(int fd, const char *name, const struct stream_item *items, size_t n,
		 const struct stream_write_options *o, struct error *e);

#endif
