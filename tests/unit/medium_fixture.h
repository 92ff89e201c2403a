/*
 * Packages made by hand, byte for byte, in a fresh directory per test.
 *
 *	struct made p = make_package("TSTa");		pkginfo, pkgmap, install/copyright,
 *							reloc/bin/x, root/etc/y
 *	struct members part = part_members(&p);		change them ...
 *	write_stream("x.pkg", &p, &part);
 */
#ifndef TESTS_UNIT_MEDIUM_FIXTURE_H
#define TESTS_UNIT_MEDIUM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "formats/cleanup.h"
#include "formats/digest.h"
#include "formats/medium.h"
#include "formats/sink.h"
#include "formats/spool_write.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define TEST(f) cmocka_unit_test_setup_teardown(f, medium_setup, medium_teardown)

static struct arena *a;
static struct error e;
static char top[PATH_MAX];

static int medium_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	a = arena_new();
	error_clear(&e);
	snprintf(top, sizeof(top), "%s/medium-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(top) == NULL;
}

static int medium_teardown(void **state)
{
	(void)state;
	arena_free(a);
	return spool_remove(AT_FDCWD, top, NULL);
}

static inline const char *in_top(const char *name)
{
	return arena_printf(a, "%s/%s", top, name);
}

static inline void write_bytes(const char *name, const void *bytes, size_t len)
{
	AUTO_FILE FILE *f = fopen(in_top(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
}

static inline struct strbuf read_bytes(const char *path)
{
	struct strbuf b = STRBUF_INIT;
	AUTO_FILE FILE *f = fopen(path, "rb");
	char buf[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(&b, buf, n);
	return b;
}

static inline uint32_t sum_of(const void *bytes, size_t len)
{
	return svr4_sum_fold(svr4_sum_add(0, bytes, len));
}

/* ---- cpio archives */

struct member {
	const char *name;
	const char *bytes;
	size_t len;
	uint32_t mode, nlink, ino;
};
struct members {
	struct member v[32];
	size_t n;
};

static inline struct member *add_member(struct members *m, const char *name, const char *bytes)
{
	struct member *x = &m->v[m->n++];

	*x = (struct member){ name, bytes, strlen(bytes), S_IFREG | 0644, 1, (uint32_t)m->n };
	return x;
}

static inline struct member *find_member(struct members *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (str_eq(m->v[i].name, name))
			return &m->v[i];
	fail_msg("no member %s", name);
	return NULL;
}

static inline void drop_member(struct members *m, const char *name)
{
	struct member *x = find_member(m, name);

	memmove(x, x + 1, (size_t)(&m->v[m->n] - (x + 1)) * sizeof(*x));
	m->n--;
}

static inline void pad(struct strbuf *b, size_t unit)
{
	while (b->len % unit != 0)
		strbuf_addch(b, '\0');
}

static inline void put_newc(struct strbuf *b, const struct member *m, const char *magic)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < m->len && str_eq(magic, "070702"); i++)
		sum += (unsigned char)m->bytes[i];
	strbuf_addf(b, "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", magic, m->ino,
		    m->mode, 0u, 0u, m->nlink, 1000000000u, (unsigned)m->len, 8u, 1u, 0u, 0u,
		    (unsigned)strlen(m->name) + 1, sum);
	strbuf_add(b, m->name, strlen(m->name) + 1);
	pad(b, 4);
	strbuf_add(b, m->bytes, m->len);
	pad(b, 4);
}

static inline void put_odc(struct strbuf *b, const struct member *m)
{
	strbuf_addf(b, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o", 1u, m->ino, m->mode,
		    0u, 0u, m->nlink, 0u, 1000000000u, (unsigned)strlen(m->name) + 1,
		    (unsigned)m->len);
	strbuf_add(b, m->name, strlen(m->name) + 1);
	strbuf_add(b, m->bytes, m->len);
}

static inline void put_archive(struct strbuf *b, const struct members *m, const char *magic)
{
	struct members all = *m;
	size_t i;

	add_member(&all, "TRAILER!!!", "")->mode = 0;
	for (i = 0; i < all.n; i++) {
		if (str_eq(magic, "070707"))
			put_odc(b, &all.v[i]);
		else
			put_newc(b, &all.v[i], magic);
	}
	pad(b, 512);
}

/* ---- packages */

struct made {
	const char *pkg;
	struct strbuf pkginfo, pkgmap;
	struct members part;	/* of part 1 */
};

static inline void map_line(struct strbuf *map, const char *before, const char *bytes)
{
	strbuf_addf(map, "%s %zu %u 1000000000\n", before, strlen(bytes),
		    sum_of(bytes, strlen(bytes)));
}

static inline struct made make_package(const char *pkg)
{
	struct made p = { .pkg = pkg };

	strbuf_addf(&p.pkginfo, "PKG=%s\nNAME=a test\nARCH=all\nVERSION=1.0\n"
		    "CATEGORY=application\nBASEDIR=/opt/t\n", pkg);
	strbuf_adds(&p.pkgmap, ": 1 10\n1 d none bin 0755 root bin\n");
	map_line(&p.pkgmap, "1 f none bin/x 0755 root bin", "contents of x\n");
	map_line(&p.pkgmap, "1 e none /etc/y 0600 root sys", "y=1\n");
	map_line(&p.pkgmap, "1 i copyright", "nobody's\n");
	map_line(&p.pkgmap, "1 i pkginfo", p.pkginfo.p);
	return p;
}

static inline void made_free(struct made *p)
{
	strbuf_free(&p->pkginfo);
	strbuf_free(&p->pkgmap);
}

static inline struct members part_members(const struct made *p)
{
	struct members m = { .n = 0 };

	add_member(&m, "pkginfo", p->pkginfo.p);
	add_member(&m, "pkgmap", p->pkgmap.p);
	add_member(&m, "install", "")->mode = S_IFDIR | 0755;
	add_member(&m, "install/copyright", "nobody's\n");
	add_member(&m, "reloc", "")->mode = S_IFDIR | 0755;
	add_member(&m, "reloc/bin", "")->mode = S_IFDIR | 0755;
	add_member(&m, "reloc/bin/x", "contents of x\n");
	add_member(&m, "root/etc/y", "y=1\n");
	return m;
}

static inline struct members head_members(const struct made *p)
{
	struct members m = { .n = 0 };

	add_member(&m, arena_printf(a, "%s/pkginfo", p->pkg), p->pkginfo.p);
	add_member(&m, arena_printf(a, "%s/pkgmap", p->pkg), p->pkgmap.p);
	return m;
}

static inline void put_header(struct strbuf *b, const char *lines)
{
	strbuf_addf(b, "# PaCkAgE DaTaStReAm\n%s# end of header\n", lines);
	pad(b, 512);
}

/* One package, one part. */
static inline void put_stream(struct strbuf *b, const struct made *p,
			      const struct members *head, const struct members *part,
			      const char *magic)
{
	put_header(b, arena_printf(a, "%s 1 10\n", p->pkg));
	put_archive(b, head, magic);
	put_archive(b, part, magic);
}

static inline void write_made(const char *name, const struct made *p, const struct members *part,
		       const char *magic)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct members head = head_members(p);

	put_stream(&b, p, &head, part, magic);
	write_bytes(name, b.p, b.len);
}

/* ---- reading whole media */

/* Opens and reads all; 0 or what failed first. `out` gets a line per entry. */
static inline int read_medium(const char *path, struct strbuf *out)
{
	struct medium *m;
	struct payload *p;
	const struct entry *en;
	const void *bytes;
	size_t len, i;
	int rc;

	rc = medium_open(AT_FDCWD, path, MEDIUM_ALL, &m, &e);
	if (rc < 0)
		return rc;
	rc = payload_open(m, NULL, &p, &e);
	assert_int_equal(rc, 0);
	while (rc >= 0 && (rc = payload_next_package(p, &i, &e)) > 0) {
		strbuf_addf(out, "%s\n", medium_package(m, i)->dirname);
		while (rc >= 0 && (rc = payload_next(p, &en, &e)) > 0) {
			strbuf_addf(out, "%s ", en->path);
			while ((rc = payload_read(p, &bytes, &len, &e)) > 0)
				strbuf_add(out, bytes, len);
			strbuf_addch(out, '\n');
		}
	}
	payload_close(p);
	medium_close(m);
	return rc;
}

static inline void assert_reads(const char *path)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	int rc = read_medium(path, &out);

	if (rc < 0)
		fail_msg("%s", e.text);
}

/* Compresses a file of `top`. */
static inline void compress_file(const char *from, const char *to, enum compression c)
{
	AUTO_STRBUF struct strbuf b = read_bytes(in_top(from));
	AUTO_FD int fd = open(in_top(to), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct sink *k;

	assert_int_equal(sink_open(fd, to, c, 0, &k, &e), 0);
	assert_int_equal(sink_write(k, b.p, b.len, &e), 0);
	assert_int_equal(sink_finish(k, &e), 0);
}

#endif
