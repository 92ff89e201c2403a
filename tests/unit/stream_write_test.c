/* Datastreams written: what was read comes back, byte for byte where it can. */
#include "medium_fixture.h"

#include "formats/stream_write.h"

#define GOLDEN "tests/corpus/svr4/packages"

static void write_items(const char *to, const struct stream_item *items, size_t n,
			const struct stream_write_options *o)
{
	AUTO_FD int fd = open(in_top(to), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	if (stream_write(fd, to, items, n, o, &e) < 0)
		fail_msg("%s", e.text);
}

static void write_medium(const char *from, const char *to, const struct stream_write_options *o)
{
	struct stream_item items[8];
	struct medium *m;
	size_t i;

	if (medium_open(AT_FDCWD, from, MEDIUM_ALL, &m, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(medium_count(m) <= COUNT(items));
	for (i = 0; i < medium_count(m); i++)
		items[i] = (struct stream_item){ m, i, NULL };
	write_items(to, items, medium_count(m), o);
	medium_close(m);
}

static void assert_same_files(const char *x, const char *y)
{
	AUTO_STRBUF struct strbuf bx = read_bytes(x), by = read_bytes(y);

	assert_int_equal(bx.len, by.len);
	assert_memory_equal(bx.p, by.p, bx.len);
}

/* ---- a stream taken apart, for comparing with golden ones */

struct newc {
	const char *header, *name, *bytes;
	size_t len;
};

static uint32_t field(const struct newc *m, int i)
{
	char hex[9];

	memcpy(hex, m->header + 6 + 8 * i, 8);
	hex[8] = '\0';
	return (uint32_t)strtoul(hex, NULL, 16);
}

enum { INO, MODE, UID, GID, NLINK, MTIME, SIZE, DEV_MAJOR, DEV_MINOR, RDEV_MAJOR, RDEV_MINOR,
	NAMESIZE, CHECK };

/* The member at *at; false at TRAILER!!!, with *at behind its padding. */
static bool next_newc(const struct strbuf *b, size_t *at, struct newc *ret)
{
	size_t name, data;

	assert_true(*at + 110 <= b->len);
	assert_memory_equal(b->p + *at, "070701", 6);
	ret->header = b->p + *at;
	name = *at + 110;
	ret->name = b->p + name;
	data = (name + field(ret, NAMESIZE) + 3) / 4 * 4;
	ret->bytes = b->p + data;
	ret->len = field(ret, SIZE);
	*at = (data + ret->len + 3) / 4 * 4;
	if (!str_eq(ret->name, "TRAILER!!!"))
		return true;
	*at = (*at + 511) / 512 * 512;
	return false;
}

/* What the writer decides by itself: the golden writer copied uid, gid and the mode of
 * pkginfo (0600) from its spool, counted subdirectories in nlink, and gave `?` all bits.
 * Inodes follow the order of the members, which is the order of a directory there. */
static void assert_same_member(const struct newc *x, const struct newc *y)
{
	static const int same[] = {
		MTIME, SIZE, DEV_MAJOR, DEV_MINOR, RDEV_MAJOR, RDEV_MINOR, NAMESIZE, CHECK,
	};
	uint32_t mx = field(x, MODE), my = field(y, MODE);
	size_t i;

	for (i = 0; i < COUNT(same); i++)
		assert_int_equal(field(x, same[i]), field(y, same[i]));
	if (!S_ISDIR(mx))
		assert_int_equal(field(x, NLINK), field(y, NLINK));
	if (strstr(x->name, "pkginfo") == NULL && strstr(x->name, "gldabs.conf") == NULL &&
	    strstr(x->name, "log.v") == NULL)
		assert_int_equal(mx, my);
	else
		assert_int_equal(mx & S_IFMT, my & S_IFMT);
	assert_memory_equal(x->bytes, y->bytes, x->len);
}

/* The archive at *at of both: the same members, in whatever order. */
static void assert_same_archive(const struct strbuf *x, size_t *xat, const struct strbuf *y,
				size_t *yat)
{
	struct newc mx, my;
	size_t nx = 0, ny = 0, scan, end;

	while (next_newc(x, xat, &mx)) {
		nx++;
		scan = *yat;
		while (next_newc(y, &scan, &my) && !str_eq(mx.name, my.name))
			;
		if (!str_eq(mx.name, my.name))
			fail_msg("'%s' was not written", mx.name);
		assert_same_member(&mx, &my);
	}
	for (end = *yat; next_newc(y, &end, &my); )
		ny++;
	assert_int_equal(nx, ny);
	*yat = end;
}

static void assert_same_stream(const char *golden, const char *ours)
{
	AUTO_STRBUF struct strbuf x = read_bytes(golden), y = read_bytes(ours);
	size_t xat = 512, yat = 512;

	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.p, y.p, 512);
	while (xat < x.len) {
		assert_same_archive(&x, &xat, &y, &yat);
		assert_int_equal(xat, yat);
	}
}

static const char *const names[] = {
	"abs", "bad", "basic", "class", "depA", "depB", "depC", "depR", "inst1", "inst2",
	"inst3", "instf", "multi", "part", "req", "shrA", "shrB", "up10", "up11",
};

static void golden_streams_come_back(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		const char *golden = arena_printf(a, GOLDEN "/stream/%s.pkg", names[i]);

		write_medium(golden, "x.pkg", NULL);
		assert_same_stream(golden, in_top("x.pkg"));
	}
}

/* From the directory form comes the same stream: nothing but the packages counts. In a
 * directory the payload is sorted, so the copy of a copy is where both meet. */
static void writing_again_gives_the_same_bytes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		const char *golden = arena_printf(a, GOLDEN "/stream/%s.pkg", names[i]);
		const char *dir = arena_printf(a, GOLDEN "/dir/%s", names[i]);

		write_medium(golden, "x.pkg", NULL);
		write_medium(in_top("x.pkg"), "y.pkg", NULL);
		assert_same_files(in_top("x.pkg"), in_top("y.pkg"));
		if (str_eq(names[i], "multi"))
			continue;
		write_medium(dir, "z.pkg", NULL);
		assert_same_stream(golden, in_top("z.pkg"));
		write_medium(in_top("z.pkg"), "y.pkg", NULL);
		assert_same_files(in_top("z.pkg"), in_top("y.pkg"));
	}
}

static void the_order_given(void **state)
{
	struct medium *m, *d;
	struct stream_item items[4];
	size_t i;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/multi.pkg", MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/dir/class", MEDIUM_ALL, &d, &e), 0);
	items[0] = (struct stream_item){ m, 3, NULL };
	items[1] = (struct stream_item){ d, 0, "GLDclass.2" };
	items[2] = (struct stream_item){ m, 0, NULL };
	items[3] = (struct stream_item){ m, 1, NULL };
	write_items("x.pkg", items, 4, NULL);
	medium_close(d);
	medium_close(m);
	assert_reads(in_top("x.pkg"));
	assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(medium_count(m), 4);
	for (i = 0; i < 4; i++) {
		static const char *const want[] = { "GLDbad", "GLDclass.2", "GLDdepB", "GLDdepA" };

		assert_string_equal(medium_package(m, i)->dirname, want[i]);
	}
	medium_close(m);
}

static void count_progress(const struct package *p, void *ctx)
{
	assert_non_null(p->pkg);
	++*(int *)ctx;
}

static void compressed_streams(void **state)
{
	enum compression c;

	(void)state;
	write_medium(GOLDEN "/stream/multi.pkg", "x.pkg", NULL);
	for (c = COMPRESSION_NONE; c <= COMPRESSION_XZ; c++) {
		int n = 0;
		struct stream_write_options o = { .compression = c, .progress = count_progress,
						  .ctx = &n };
		struct medium *m;

		write_medium(GOLDEN "/stream/multi.pkg", "z", &o);
		assert_int_equal(n, 4);
		assert_int_equal(medium_open(AT_FDCWD, in_top("z"), MEDIUM_ALL, &m, &e), 0);
		if (c != COMPRESSION_NONE)
			assert_string_equal(medium_compression(m), compression_name(c));
		medium_close(m);
		write_medium(in_top("z"), "y.pkg", NULL);
		assert_same_files(in_top("x.pkg"), in_top("y.pkg"));
	}
}

/* A thousand packages make a header of many blocks. */
static void a_long_header(void **state)
{
	struct stream_item *items = arena_calloc(a, 1000, sizeof(*items));
	struct medium *m, *x;
	size_t i;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/bad.pkg", MEDIUM_ALL, &m, &e), 0);
	for (i = 0; i < 1000; i++)
		items[i] = (struct stream_item){ m, 0, arena_printf(a, "GLDbad.%zu", i + 2) };
	write_items("x.pkg", items, 1000, NULL);
	assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &x, &e), 0);
	assert_int_equal(medium_count(x), 1000);
	assert_string_equal(medium_package(x, 999)->dirname, "GLDbad.1001");
	medium_close(x);
	medium_close(m);
	assert_reads(in_top("x.pkg"));
}

static void refusals(void **state)
{
	AUTO_FD int fd = open(in_top("x.pkg"), O_WRONLY | O_CREAT, 0644);
	AUTO_FD int full = open("/dev/full", O_WRONLY);
	struct made p = make_package("TSTa");
	struct stream_item items[2];
	struct medium *m;

	(void)state;
	assert_int_equal(stream_write(fd, "x", NULL, 0, NULL, &e), -E_USAGE);
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/bad.pkg", MEDIUM_ALL, &m, &e), 0);
	items[0] = items[1] = (struct stream_item){ m, 0, NULL };
	assert_int_equal(stream_write(fd, "x", items, 2, NULL, &e), -E_USAGE);
	assert_non_null(strstr(e.text, "twice"));
	assert_int_equal(stream_write(full, "x", items, 1, NULL, &e), -ENOSPC);
	medium_close(m);
	/* 4 GiB: told before anything is read or written */
	strbuf_adds(&p.pkgmap, "1 f none big 0644 root bin 4294967296 0 1\n");
	assert_int_equal(mkdir(in_top("TSTa"), 0755), 0);
	write_bytes("TSTa/pkginfo", p.pkginfo.p, p.pkginfo.len);
	write_bytes("TSTa/pkgmap", p.pkgmap.p, p.pkgmap.len);
	assert_int_equal(mkdir(in_top("TSTa/install"), 0755), 0);
	write_bytes("TSTa/install/copyright", "nobody's\n", 9);
	if (medium_open(AT_FDCWD, in_top("TSTa"), MEDIUM_ALL, &m, &e) < 0)
		fail_msg("%s", e.text);
	items[0] = (struct stream_item){ m, 0, NULL };
	assert_int_equal(stream_write(fd, "x", items, 1, NULL, &e), -E_UNSUPPORTED);
	assert_non_null(strstr(e.text, "'big' is too large"));
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	medium_close(m);
	made_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(golden_streams_come_back),
		TEST(writing_again_gives_the_same_bytes),
		TEST(the_order_given),
		TEST(compressed_streams),
		TEST(a_long_header),
		TEST(refusals),
	};

	return cmocka_run_group_tests_name("stream_write", tests, NULL, NULL);
}
