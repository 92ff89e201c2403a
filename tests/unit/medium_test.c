/* Media read: golden streams and directories, variants of cpio. */
#include "medium_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

#define GOLDEN "tests/corpus/svr4/packages"

/* ---- golden */

static void assert_same_package(const struct package *x, const struct package *y)
{
	size_t i;

	assert_string_equal(x->dirname, y->dirname);
	assert_string_equal(x->pkginfo_bytes, y->pkginfo_bytes);
	assert_string_equal(x->pkgmap_bytes, y->pkgmap_bytes);
	assert_int_equal(x->ninfofiles, y->ninfofiles);
	for (i = 0; i < x->ninfofiles; i++) {
		assert_string_equal(x->infofiles[i].name, y->infofiles[i].name);
		assert_int_equal(x->infofiles[i].len, y->infofiles[i].len);
		assert_memory_equal(x->infofiles[i].bytes, y->infofiles[i].bytes,
				    x->infofiles[i].len);
	}
}

static int count_char(const struct strbuf *b, char c)
{
	size_t i;
	int n = 0;

	for (i = 0; i < b->len; i++)
		n += b->p[i] == c;
	return n;
}

/* Stream and directory of one package give the same metadata and the same contents. */
static void golden_forms_agree(const char *name)
{
	AUTO_STRBUF struct strbuf x = STRBUF_INIT, y = STRBUF_INIT;
	const char *stream = arena_printf(a, GOLDEN "/stream/%s.pkg", name);
	const char *dir = arena_printf(a, GOLDEN "/dir/%s", name);
	struct medium *ms, *md;

	assert_int_equal(medium_open(AT_FDCWD, stream, MEDIUM_ALL, &ms, &e), 0);
	assert_int_equal(medium_open(AT_FDCWD, dir, MEDIUM_ALL, &md, &e), 0);
	assert_int_equal(medium_kind(ms), MEDIUM_STREAM);
	assert_int_equal(medium_kind(md), MEDIUM_SPOOL);
	assert_int_equal(medium_count(ms), 1);
	assert_int_equal(medium_count(md), 1);
	assert_same_package(medium_package(ms, 0), medium_package(md, 0));
	assert_ptr_equal(medium_package(ms, 0)->medium, ms);
	medium_close(ms);
	medium_close(md);
	assert_int_equal(read_medium(stream, &x), 0);
	assert_int_equal(read_medium(dir, &y), 0);
	/* the order differs, the amount does not; sums were compared on the way */
	assert_int_equal(x.len, y.len);
	assert_int_equal(count_char(&x, '\n'), count_char(&y, '\n'));
}

static void golden_streams_and_directories_agree(void **state)
{
	DIR *d = opendir(GOLDEN "/dir");
	struct dirent *de;
	int n = 0;

	(void)state;
	assert_non_null(d);
	while ((de = readdir(d)) != NULL)
		if (de->d_name[0] != '.') {
			golden_forms_agree(de->d_name);
			n++;
		}
	closedir(d);
	assert_true(n >= 18);
}

static void golden_basic_is_read(void **state)
{
	struct medium *m;
	const struct package *p;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/basic.pkg", MEDIUM_ALL, &m, &e), 0);
	p = medium_package(m, 0);
	assert_string_equal(p->pkg, "GLDbasic");
	assert_string_equal(p->basedir, "/opt/gldbasic");
	assert_int_equal(p->ninfofiles, 1);
	assert_non_null(package_infofile(p, "copyright"));
	assert_null(package_infofile(p, "pkginfo"));
	assert_false(package_has_scripts(p));
	assert_int_equal(p->payload_bytes, 10348);
	assert_null(medium_compression(m));
	assert_int_equal(medium_stored_bytes(m), 16896);
	medium_close(m);
}

static void a_package_directory_is_a_medium(void **state)
{
	struct medium *m;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/dir/class/GLDclass/", MEDIUM_ALL, &m, &e),
			 0);
	assert_int_equal(medium_kind(m), MEDIUM_PACKAGE_DIR);
	assert_string_equal(medium_package(m, 0)->dirname, "GLDclass");
	assert_true(package_has_scripts(medium_package(m, 0)));
	medium_close(m);
	assert_reads(GOLDEN "/dir/class/GLDclass");
}

/* Packages of a stream that nobody wants are passed over. */
static void wanted_packages_only(void **state)
{
	const bool wanted[4] = { false, true, false, true };
	const struct entry *en;
	struct medium *m;
	struct payload *p;
	size_t i;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/multi.pkg", MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(medium_count(m), 4);
	assert_int_equal(payload_open(m, wanted, &p, &e), 0);
	assert_int_equal(payload_next_package(p, &i, &e), 1);
	assert_int_equal(i, 1);
	assert_int_equal(payload_next(p, &en, &e), 1);
	assert_string_equal(en->path, "f-depA");
	assert_true(en >= medium_package(m, 1)->map.entries);
	assert_int_equal(payload_next_package(p, &i, &e), 1);
	assert_int_equal(i, 3);
	assert_int_equal(payload_next_package(p, &i, &e), 0);
	assert_int_equal(payload_next_package(p, &i, &e), 0);
	assert_int_equal(payload_next(p, &en, &e), 0);
	payload_close(p);
	medium_close(m);
}

static void the_head_alone(void **state)
{
	struct medium *m;
	struct payload *p;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/class.pkg", MEDIUM_HEAD, &m, &e), 0);
	assert_string_equal(medium_package(m, 0)->pkg, "GLDclass");
	assert_int_equal(medium_package(m, 0)->ninfofiles, 0);
	assert_int_equal(payload_open(m, NULL, &p, &e), -E_USAGE);
	medium_close(m);
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/dir/class", MEDIUM_HEAD, &m, &e), 0);
	assert_int_equal(medium_package(m, 0)->ninfofiles, 0);
	medium_close(m);
}

static void *read_in_thread(void *arg)
{
	const struct medium *m = arg;
	struct error mine = ERROR_INIT;
	const struct entry *en;
	struct payload *p;
	const void *bytes;
	size_t len, i;
	int rc;

	rc = payload_open(m, NULL, &p, &mine);
	while (rc >= 0 && (rc = payload_next_package(p, &i, &mine)) > 0)
		while (rc >= 0 && (rc = payload_next(p, &en, &mine)) > 0)
			while ((rc = payload_read(p, &bytes, &len, &mine)) > 0)
				;
	payload_close(p);
	return rc == 0 ? arg : NULL;
}

static void several_passes_at_once(void **state)
{
	pthread_t t[4];
	struct medium *m;
	void *done;
	size_t i;

	(void)state;
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN "/stream/part.pkg", MEDIUM_ALL, &m, &e), 0);
	for (i = 0; i < COUNT(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, read_in_thread, m), 0);
	for (i = 0; i < COUNT(t); i++) {
		pthread_join(t[i], &done);
		assert_ptr_equal(done, m);
	}
	medium_close(m);
}

/* ---- packages made here */

static void kinds_of_cpio(void **state)
{
	static const char *const magics[] = { "070701", "070702", "070707" };
	struct made p = make_package("TSTa");
	struct members part = part_members(&p);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(magics); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;

		write_made("x.pkg", &p, &part, magics[i]);
		assert_int_equal(read_medium(in_top("x.pkg"), &out), 0);
		assert_string_equal(out.p, "TSTa\nbin/x contents of x\n\n/etc/y y=1\n\n");
	}
	made_free(&p);
}

static void names_with_a_dot_in_front(void **state)
{
	struct made p = make_package("TSTa");
	struct members part = part_members(&p);
	size_t i;

	(void)state;
	for (i = 0; i < part.n; i++)
		part.v[i].name = arena_printf(a, "./%s", part.v[i].name);
	add_member(&part, "./reloc/", "")->mode = S_IFDIR | 0755;
	write_made("x.pkg", &p, &part, "070701");
	assert_reads(in_top("x.pkg"));
	made_free(&p);
}

/* Suffix on the magic line, comments, empty lines, several blocks, volumes, signature,
 * blocks of NUL between archives and at the end. */
static void headers_of_all_sorts(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);
	char nul[1024] = "";

	(void)state;
	strbuf_addf(&b, "# PaCkAgE DaTaStReAm:something\n\n#%0700d\nTSTa 1 10 1 0\n"
		    "# end of header\n", 7);
	pad(&b, 512);
	assert_int_equal(b.len, 1024);
	add_member(&head, "signature", "-----BEGIN PKCS7-----\n");
	put_archive(&b, &head, "070701");
	strbuf_add(&b, nul, sizeof(nul));
	put_archive(&b, &part, "070701");
	strbuf_add(&b, nul, 700);
	write_bytes("x.pkg", b.p, b.len);
	assert_reads(in_top("x.pkg"));
	made_free(&p);
}

/* newc: data with the last name of an inode only. */
static void hard_links_in_the_archive(void **state)
{
	struct made p = make_package("TSTa");
	struct members part;
	struct member *x;
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	(void)state;
	map_line(&p.pkgmap, "1 f none bin/x2 0755 root bin", "contents of x\n");
	map_line(&p.pkgmap, "1 f none bin/x3 0755 root bin", "contents of x\n");
	map_line(&p.pkgmap, "1 i i.one", "script\n");
	map_line(&p.pkgmap, "1 i i.two", "script\n");
	part = part_members(&p);
	x = add_member(&part, "install/i.one", "");
	x->nlink = 2;
	x->ino = 76;
	x = add_member(&part, "install/i.two", "script\n");
	x->nlink = 2;
	x->ino = 76;
	drop_member(&part, "reloc/bin/x");
	x = add_member(&part, "reloc/bin/x", "");
	x->nlink = 3;
	x->ino = 77;
	x = add_member(&part, "reloc/bin/x2", "");
	x->nlink = 3;
	x->ino = 77;
	x = add_member(&part, "reloc/bin/x3", "contents of x\n");
	x->nlink = 3;
	x->ino = 77;
	write_made("x.pkg", &p, &part, "070701");
	assert_int_equal(read_medium(in_top("x.pkg"), &out), 0);
	assert_string_equal(out.p, "TSTa\n/etc/y y=1\n\nbin/x3 contents of x\n\n"
			    "bin/x2 contents of x\n\nbin/x contents of x\n\n");
	/* the data never comes */
	drop_member(&part, "reloc/bin/x3");
	write_made("x.pkg", &p, &part, "070701");
	assert_int_equal(read_medium(in_top("x.pkg"), &out), -E_DIGEST);
	made_free(&p);
}

/* A compressed stream of one package is opened by its head: what is cut off later shows
 * when the payload is read. */
static void only_the_head_is_decompressed(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT, z = STRBUF_INIT;
	struct made p = make_package("TSTa");
	struct members part;
	struct member *big;
	struct medium *m;
	size_t len = 2 << 20, i;
	char *bytes = arena_alloc(a, len + 1);

	(void)state;
	for (i = 0; i < len; i++)
		bytes[i] = (char)('a' + (i * i * 7 + i / 3) % 23);
	map_line(&p.pkgmap, "1 f none big 0644 root bin", bytes);
	part = part_members(&p);
	big = add_member(&part, "reloc/big", bytes);
	assert_int_equal(big->len, len);
	write_made("x.pkg", &p, &part, "070701");
	compress_file("x.pkg", "x.gz", COMPRESSION_GZIP);
	assert_reads(in_top("x.gz"));
	z = read_bytes(in_top("x.gz"));
	write_bytes("cut.gz", z.p, z.len - 100);
	assert_int_equal(medium_open(AT_FDCWD, in_top("cut.gz"), MEDIUM_ALL, &m, &e), 0);
	assert_string_equal(medium_compression(m), "gzip");
	medium_close(m);
	assert_int_equal(read_medium(in_top("cut.gz"), &out), -E_FORMAT);
	made_free(&p);
}

static void media_are_told_by_their_look(void **state)
{
	struct made p = make_package("TSTa");
	struct members part = part_members(&p);

	(void)state;
	write_made("x.pkg", &p, &part, "070701");
	compress_file("x.pkg", "x.zst", COMPRESSION_ZSTD);
	write_bytes("text", "# PaCkAgE\n", 10);
	compress_file("text", "text.zst", COMPRESSION_ZSTD);
	write_bytes("broken.zst", "\x28\xb5\x2f\xfd....", 8);
	write_bytes("empty", "", 0);
	assert_int_equal(mkfifo(in_top("fifo"), 0600), 0);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("x.pkg"), &e), 1);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("x.zst"), &e), 1);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("text"), &e), 0);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("text.zst"), &e), 0);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("broken.zst"), &e), 0);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("empty"), &e), 0);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("fifo"), &e), 0);
	assert_int_equal(medium_probe(AT_FDCWD, top, &e), 0);
	assert_int_equal(medium_probe(AT_FDCWD, GOLDEN "/dir/basic", &e), 1);
	assert_int_equal(medium_probe(AT_FDCWD, GOLDEN "/dir/basic/GLDbasic", &e), 1);
	assert_int_equal(medium_probe(AT_FDCWD, in_top("absent"), &e), -ENOENT);
	made_free(&p);
}

static void no_medium_at_all(void **state)
{
	struct medium *m;

	(void)state;
	assert_int_equal(mkfifo(in_top("fifo"), 0600), 0);
	assert_int_equal(medium_open(AT_FDCWD, in_top("fifo"), MEDIUM_ALL, &m, &e), -E_FORMAT);
	assert_int_equal(medium_open(AT_FDCWD, in_top("absent"), MEDIUM_ALL, &m, &e), -ENOENT);
	assert_int_equal(medium_open(AT_FDCWD, "/dev/null", MEDIUM_ALL, &m, &e), -E_FORMAT);
	assert_int_equal(medium_open(AT_FDCWD, GOLDEN, MEDIUM_ALL, &m, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "no package in it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(golden_streams_and_directories_agree),
		TEST(golden_basic_is_read),
		TEST(a_package_directory_is_a_medium),
		TEST(wanted_packages_only),
		TEST(the_head_alone),
		TEST(several_passes_at_once),
		TEST(kinds_of_cpio),
		TEST(names_with_a_dot_in_front),
		TEST(headers_of_all_sorts),
		TEST(hard_links_in_the_archive),
		TEST(only_the_head_is_decompressed),
		TEST(media_are_told_by_their_look),
		TEST(no_medium_at_all),
	};

	return cmocka_run_group_tests_name("medium", tests, NULL, NULL);
}
