/* Package directories: what is refused in them, and how they are written. */
#include "medium_fixture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "formats/spool.h"

#define GOLDEN "tests/corpus/svr4/packages"

static void put(const char *name, const char *bytes)
{
	write_bytes(name, bytes, strlen(bytes));
}

static void make_dir(const char *name)
{
	assert_int_equal(mkdir(in_top(name), 0755), 0);
}

/* spool/TSTa with the files of make_package(). */
static struct made make_spooled(void)
{
	struct made p = make_package("TSTa");

	make_dir("spool");
	make_dir("spool/TSTa");
	put("spool/TSTa/pkginfo", p.pkginfo.p);
	put("spool/TSTa/pkgmap", p.pkgmap.p);
	make_dir("spool/TSTa/install");
	put("spool/TSTa/install/copyright", "nobody's\n");
	make_dir("spool/TSTa/reloc");
	make_dir("spool/TSTa/reloc/bin");
	put("spool/TSTa/reloc/bin/x", "contents of x\n");
	make_dir("spool/TSTa/root");
	make_dir("spool/TSTa/root/etc");
	put("spool/TSTa/root/etc/y", "y=1\n");
	return p;
}

static const struct {
	const char *what;
	char how;		/* f file, l link, p fifo, d directory, m link to dir, - remove */
	const char *name, *bytes;
	int code;
	const char *text;
} damages[] = {
	{ "nothing", 'd', "reloc/empty", NULL, 0, "" },
	{ "unlisted", 'f', "reloc/bin/z", "x", E_FORMAT, "not listed" },
	{ "unlisted in root", 'f', "root/z", "x", E_FORMAT, "not listed" },
	{ "unlisted script", 'f', "install/preinstall", "x", E_FORMAT, "not listed" },
	{ "unknown file", 'f', "core", "x", E_FORMAT, "not listed" },
	{ "unknown directory", 'd', "stuff", NULL, E_FORMAT, "no directory of a package" },
	{ "missing payload", '-', "reloc/bin/x", NULL, E_FORMAT, "is missing" },
	{ "missing install file", '-', "install/copyright", NULL, E_FORMAT, "is missing" },
	{ "missing pkgmap", '-', "pkgmap", NULL, ENOENT, "pkgmap" },
	{ "other bytes", 'f', "reloc/bin/x", "contents of y\n", E_DIGEST, "has the sum" },
	{ "other size", 'f', "reloc/bin/x", "contents", E_DIGEST, "has 8 bytes" },
	{ "other install file", 'f', "install/copyright", "x", E_DIGEST, "has 1 bytes" },
	{ "other pkginfo", 'f', "pkginfo", "PKG=TSTb\n", E_FORMAT, "pkginfo" },
	{ "link for payload", 'l', "reloc/bin/x", "/etc/passwd", E_FORMAT, "neither a regular" },
	{ "link more", 'l', "reloc/bin/l", "x", E_FORMAT, "neither a regular" },
	{ "link for a directory", 'm', "reloc/bin", "/etc", E_FORMAT, "neither a regular" },
	{ "link for an area", 'm', "root", "/etc", E_FORMAT, "neither a regular" },
	{ "link for install", 'm', "install", "/etc", E_FORMAT, "neither a regular" },
	{ "link for an install file", 'l', "install/copyright", "/etc/passwd", E_FORMAT, "link" },
	{ "link for pkginfo", 'l', "pkginfo", "/etc/passwd", E_FORMAT, "link" },
	{ "link for pkgmap", 'l', "pkgmap", "/etc/passwd", E_FORMAT, "link" },
	{ "fifo for payload", 'p', "reloc/bin/x", NULL, E_FORMAT, "neither a regular" },
	{ "fifo for pkgmap", 'p', "pkgmap", NULL, E_FORMAT, "neither a regular" },
	{ "fifo for an install file", 'p', "install/copyright", NULL, E_FORMAT, "neither" },
	{ "fifo more", 'p', "reloc/fifo", NULL, E_FORMAT, "neither a regular" },
	{ "directory for payload", 'd', "reloc/bin/x", NULL, E_FORMAT, "not a regular file" },
	{ "directory in install", 'd', "install/sub", NULL, E_FORMAT, "not a regular file" },
	{ "archived", 'f', "reloc.cpio", "x", E_FORMAT, "archived payload: 'reloc.cpio' is cut" },
	{ "archived Z", 'f', "root.Z", "\x1f\x9d", E_FORMAT, "archived payload" },
	{ "archived, empty", 'f', "root.cpio", "", E_FORMAT, "'root.cpio' is empty" },
	{ "part 2 of 1", 'd', "reloc.2", NULL, E_FORMAT, "no directory of a package" },
};

static void damage(size_t row)
{
	const char *name = arena_printf(a, "spool/TSTa/%s", damages[row].name);

	if (damages[row].how != 'd' || str_eq(damages[row].name, "reloc/bin/x"))
		(void)remove(in_top(name));
	switch (damages[row].how) {
	case 'f':
		put(name, damages[row].bytes);
		break;
	case 'm':
		/* the directory itself is moved away, out of the package */
		(void)rename(in_top(name), in_top("away"));
		/* fall through */
	case 'l':
		assert_int_equal(symlink(damages[row].bytes, in_top(name)), 0);
		break;
	case 'p':
		assert_int_equal(mkfifo(in_top(name), 0600), 0);
		break;
	case 'd':
		make_dir(name);
		break;
	default:
		break;
	}
}

static void damaged_directories_are_refused(void **state)
{
	size_t row;
	int rc;

	(void)state;
	for (row = 0; row < COUNT(damages); row++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		struct made p = make_spooled();

		damage(row);
		error_clear(&e);
		rc = read_medium(in_top("spool"), &out);
		if (rc != -damages[row].code || strstr(e.text, damages[row].text) == NULL)
			fail_msg("%s: %d %s", damages[row].what, rc, e.text);
		made_free(&p);
		assert_int_equal(spool_remove(AT_FDCWD, in_top("spool"), &e), 0);
		(void)spool_remove(AT_FDCWD, in_top("away"), NULL);
	}
}

static void other_things_in_a_spool_are_no_packages(void **state)
{
	struct made p = make_spooled();
	struct medium *m;

	(void)state;
	put("spool/README", "x");
	make_dir("spool/.hidden");
	make_dir("spool/empty");
	assert_int_equal(symlink("TSTa", in_top("spool/TSTb")), 0);
	assert_int_equal(medium_open(AT_FDCWD, in_top("spool"), MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(medium_count(m), 1);
	medium_close(m);
	/* its name must fit */
	assert_int_equal(rename(in_top("spool/TSTa"), in_top("spool/TSTa.2")), 0);
	assert_int_equal(medium_open(AT_FDCWD, in_top("spool"), MEDIUM_ALL, &m, &e), 0);
	assert_string_equal(medium_package(m, 0)->dirname, "TSTa.2");
	medium_close(m);
	assert_int_equal(rename(in_top("spool/TSTa.2"), in_top("spool/TSTc")), 0);
	assert_int_equal(medium_open(AT_FDCWD, in_top("spool"), MEDIUM_ALL, &m, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "does not fit"));
	made_free(&p);
}

static const struct {
	const char *path;
	int code;		/* 0 = opens */
} paths[] = {
	{ "TSTa/reloc/bin/x", 0 }, { "TSTa/reloc/bin", 0 }, { ".", 0 }, { "TSTa//reloc", 0 },
	{ "l", E_FORMAT }, { "dirlink", E_FORMAT }, { "dirlink/x", E_FORMAT },
	{ "TSTa/../TSTa/pkginfo", 0 }, { "..", EXDEV }, { "TSTa/../../out", EXDEV },
	{ "fifo", E_FORMAT }, { "none", ENOENT }, { "TSTa/pkginfo/x", ENOTDIR },
};

/* Neither links nor `..` lead out, whoever swaps what while we look. */
static void nothing_is_opened_through_links(void **state)
{
	struct made p = make_spooled();
	AUTO_FD int dir = open(in_top("spool"), O_RDONLY | O_DIRECTORY);
	uint32_t mode;
	uint64_t size;
	size_t i;
	int fd, rc;

	(void)state;
	put("out", "x");
	assert_int_equal(symlink("TSTa/pkginfo", in_top("spool/l")), 0);
	assert_int_equal(symlink("TSTa/reloc/bin", in_top("spool/dirlink")), 0);
	assert_int_equal(mkfifo(in_top("spool/fifo"), 0600), 0);
	for (i = 0; i < COUNT(paths); i++) {
		rc = spool_open_beneath(dir, paths[i].path, &fd, &mode, &size, &e);
		if (rc == 0)
			close(fd);
		/* the walk takes no `..` at all, and a link for no directory */
		if ((rc < 0) != (paths[i].code != 0) && strstr(paths[i].path, "..") == NULL)
			fail_msg("%s: %d", paths[i].path, rc);
		if (rc == 0 && paths[i].code != 0)
			fail_msg("%s was opened", paths[i].path);
	}
	made_free(&p);
}

/* Several parts: reloc.N, or the plain names first. */
static void parts_in_numbered_or_plain_directories(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT, again = STRBUF_INIT;
	struct made p = make_spooled();
	char *line;

	(void)state;
	line = strstr(p.pkgmap.p, ": 1");
	line[2] = '2';
	line = strstr(p.pkgmap.p, "1 f none bin/x");
	line[0] = '2';
	put("spool/TSTa/pkgmap", p.pkgmap.p);
	assert_int_equal(read_medium(in_top("spool"), &out), 0);
	assert_string_equal(out.p, "TSTa\n/etc/y y=1\n\nbin/x contents of x\n\n");
	assert_int_equal(rename(in_top("spool/TSTa/reloc"), in_top("spool/TSTa/reloc.2")), 0);
	assert_int_equal(rename(in_top("spool/TSTa/root"), in_top("spool/TSTa/root.1")), 0);
	assert_int_equal(read_medium(in_top("spool"), &again), 0);
	assert_string_equal(out.p, again.p);
	/* in the directory of another part it is not found */
	assert_int_equal(rename(in_top("spool/TSTa/reloc.2"), in_top("spool/TSTa/reloc.1")), 0);
	assert_true(read_medium(in_top("spool"), &again) < 0);
	made_free(&p);
}

/* ---- archived payload of old media */

/* An area of the package in `spool` as one file instead of a directory. */
static void archive_area(const char *area, const char *suffix, enum compression c,
			 const struct members *m)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	put_archive(&b, m, "070701");
	write_bytes("plain.cpio", b.p, b.len);
	assert_int_equal(spool_remove(AT_FDCWD, in_top(arena_printf(a, "spool/TSTa/%s", area)),
				      &e), 0);
	compress_file("plain.cpio", arena_printf(a, "spool/TSTa/%s%s", area, suffix), c);
}

static void archived_payload_is_read(void **state)
{
	static const struct { const char *suffix; enum compression c; } rows[] = {
		{ ".cpio", COMPRESSION_NONE }, { ".cpio.Z", COMPRESSION_COMPRESS },
		{ ".Z", COMPRESSION_COMPRESS }, { "", COMPRESSION_NONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		AUTO_STRBUF struct strbuf plain = STRBUF_INIT, out = STRBUF_INIT;
		struct members reloc = { .n = 0 }, root = { .n = 0 };
		struct made p = make_spooled();

		assert_int_equal(read_medium(in_top("spool"), &plain), 0);
		add_member(&reloc, ".", "")->mode = S_IFDIR | 0755;
		add_member(&reloc, "./bin", "")->mode = S_IFDIR | 0755;
		add_member(&reloc, "./bin/x", "contents of x\n");
		add_member(&root, "etc/y", "y=1\n");
		archive_area("reloc", rows[i].suffix, rows[i].c, &reloc);
		archive_area("root", rows[i].suffix, rows[i].c, &root);
		if (read_medium(in_top("spool"), &out) < 0)
			fail_msg("%s: %s", rows[i].suffix, e.text);
		assert_string_equal(plain.p, out.p);
		made_free(&p);
		assert_int_equal(spool_remove(AT_FDCWD, in_top("spool"), &e), 0);
	}
}

static const struct {
	const char *what, *name, *bytes;
	uint32_t mode;
	int code;
	const char *text;
} archive_damages[] = {
	{ "missing", NULL, "", 0, E_FORMAT, "'bin/x' is missing" },
	{ "other bytes", "bin/x", "contents of y\n", 0, E_DIGEST, "has the sum" },
	{ "longer", "bin/x", "contents of x, too\n", 0, E_DIGEST, "bytes" },
	{ "unlisted", "bin/z", "x", 0, E_FORMAT, "not listed" },
	{ "up", "../../x", "x", 0, E_FORMAT, "leads out of the package" },
	{ "absolute", "/etc/x", "x", 0, E_FORMAT, "leads out of the package" },
	{ "link", "bin/x", "/etc", S_IFLNK | 0777, E_FORMAT, "neither" },
	{ "there plain too", "y", "y", 0, E_FORMAT, "not listed" },
};

static void archived_payload_that_is_damaged(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(archive_damages); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		struct members reloc = { .n = 0 };
		struct made p = make_spooled();
		int rc;

		if (archive_damages[i].name != NULL) {
			struct member *m = add_member(&reloc, archive_damages[i].name,
						      archive_damages[i].bytes);

			m->mode = archive_damages[i].mode != 0 ? archive_damages[i].mode : m->mode;
		}
		archive_area("reloc", ".cpio.Z", COMPRESSION_COMPRESS, &reloc);
		rc = read_medium(in_top("spool"), &out);
		if (rc != -archive_damages[i].code ||
		    strstr(e.text, archive_damages[i].text) == NULL)
			fail_msg("%s: %d %s", archive_damages[i].what, rc, e.text);
		made_free(&p);
		assert_int_equal(spool_remove(AT_FDCWD, in_top("spool"), &e), 0);
	}
}

/* In the directory and in an archive beside it. */
static void archived_payload_twice(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT, b = STRBUF_INIT;
	struct members reloc = { .n = 0 };
	struct made p = make_spooled();

	(void)state;
	add_member(&reloc, "bin/x", "contents of x\n");
	put_archive(&b, &reloc, "070701");
	write_bytes("spool/TSTa/reloc.cpio", b.p, b.len);
	assert_int_equal(read_medium(in_top("spool"), &out), -E_FORMAT);
	assert_non_null(strstr(e.text, "twice"));
	made_free(&p);
}

/* ---- writing */

static void copy_package(const char *from, size_t index, int spool, const char *instance,
			 enum spool_close how, int want)
{
	struct spool_writer *w;
	struct medium *m;
	struct payload *pl;
	const struct package *p;
	size_t i;

	assert_int_equal(medium_open(AT_FDCWD, from, MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(payload_open(m, NULL, &pl, &e), 0);
	for (i = medium_count(m); i != index; )
		assert_int_equal(payload_next_package(pl, &i, &e), 1);
	p = medium_package(m, index);
	assert_int_equal(spool_writer_open(spool, instance, &w, &e), 0);
	if (spool_write_metadata(w, p, &e) < 0 || spool_write_payload(w, p, pl, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(spool_writer_close(w, how, &e), want);
	payload_close(pl);
	medium_close(m);
}

static void assert_file(const char *name, mode_t mode, time_t mtime)
{
	struct stat st;

	assert_int_equal(stat(in_top(name), &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_mtime, mtime);
}

static void a_stream_becomes_a_directory(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT, golden = STRBUF_INIT;
	AUTO_FD int spool = -EBADF;

	(void)state;
	make_dir("spool");
	spool = open(in_top("spool"), O_RDONLY | O_DIRECTORY);
	copy_package(GOLDEN "/stream/basic.pkg", 0, spool, "GLDbasic", SPOOL_NEW, 0);
	assert_int_equal(read_medium(in_top("spool"), &out), 0);
	assert_int_equal(read_medium(GOLDEN "/dir/basic", &golden), 0);
	assert_string_equal(out.p, golden.p);
	/* set-id bits are pkgmap's alone */
	assert_file("spool/GLDbasic/reloc/bin/suid", 0755, 1000000000);
	assert_file("spool/GLDbasic/reloc/etc/gld.conf", 0644, 1000000000);
	assert_file("spool/GLDbasic/pkgmap", 0644, 1795434139);
	copy_package(GOLDEN "/stream/part.pkg", 0, spool, "GLDpart", SPOOL_NEW, 0);
	assert_file("spool/GLDpart/reloc.3/lib/f00", 0644, 1000000000);
	assert_file("spool/GLDpart/root.1/usr/absf", 0644, 1000000000);
	assert_reads(in_top("spool"));
}

static size_t count_names(const char *dir)
{
	AUTO_FD int fd = open(top, O_RDONLY | O_DIRECTORY);
	const char **names;
	size_t n;

	assert_int_equal(spool_list(a, fd, dir, &names, &n, &e), 0);
	return n;
}

static void what_is_there_stays_or_is_replaced(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	AUTO_FD int spool = -EBADF;
	struct spool_writer *w;

	(void)state;
	make_dir("spool");
	spool = open(in_top("spool"), O_RDONLY | O_DIRECTORY);
	make_dir("spool/GLDup");
	put("spool/GLDup/mine", "mine");
	copy_package(GOLDEN "/stream/up10.pkg", 0, spool, "GLDup", SPOOL_NEW, -EEXIST);
	assert_int_equal(count_names("spool"), 1);
	assert_int_equal(count_names("spool/GLDup"), 1);
	copy_package(GOLDEN "/stream/up10.pkg", 0, spool, "GLDup", SPOOL_REPLACE, 0);
	assert_int_equal(count_names("spool"), 1);
	assert_int_equal(read_medium(in_top("spool"), &out), 0);
	copy_package(GOLDEN "/stream/up11.pkg", 0, spool, "GLDup.2", SPOOL_REPLACE, 0);
	assert_int_equal(count_names("spool"), 2);
	assert_int_equal(spool_writer_open(spool, "GLDup", &w, &e), 0);
	assert_int_equal(spool_writer_put(w, "reloc/a/b", "x", 1, 0644, 0, &e), 0);
	assert_int_equal(count_names("spool"), 3);
	spool_writer_abort(w);
	assert_int_equal(count_names("spool"), 2);
}

static void names_that_lead_elsewhere_are_not_written(void **state)
{
	static const char *const names[] = {
		"../x", "/x", "reloc/../../x", "reloc//x", "other/x", "install/a/b", "reloc", "",
		"reloc/.", "archive/x",
	};
	AUTO_FD int spool = open(top, O_RDONLY | O_DIRECTORY);
	struct spool_writer *w;
	size_t i;

	(void)state;
	assert_int_equal(spool_writer_open(spool, "../x", &w, &e), -E_FORMAT);
	assert_int_equal(spool_writer_open(spool, "TSTa", &w, &e), 0);
	for (i = 0; i < COUNT(names); i++)
		if (spool_writer_begin(w, names[i], 0644, 0, &e) >= 0)
			fail_msg("%s was accepted", names[i]);
	assert_int_equal(spool_writer_put(w, "reloc/x", "x", 1, 0644, 0, &e), 0);
	assert_int_equal(spool_writer_put(w, "reloc/x", "x", 1, 0644, 0, &e), -EEXIST);
	assert_int_equal(spool_writer_put(w, "reloc/x/y", "x", 1, 0644, 0, &e), -ENOTDIR);
	spool_writer_abort(w);
	spool_writer_abort(NULL);
}

static void removing_follows_no_link(void **state)
{
	struct made p = make_spooled();

	(void)state;
	make_dir("out");
	put("out/canary", "x");
	assert_int_equal(symlink("../../out", in_top("spool/TSTa/reloc/l")), 0);
	assert_int_equal(spool_remove(AT_FDCWD, in_top("spool"), &e), 0);
	assert_int_equal(count_names("out"), 1);
	assert_int_equal(symlink("out", in_top("l")), 0);
	assert_true(spool_remove(AT_FDCWD, in_top("l"), &e) < 0);
	assert_int_equal(count_names("out"), 1);
	made_free(&p);
}

/* From here on this process has no openat2, as on old kernels: paths are walked. */
static int without_openat2(void **state)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { COUNT(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		print_message("no seccomp: the tests of the walk run with openat2\n");
	else
		assert_int_equal(syscall(SYS_openat2, -1, NULL, NULL, 0), -1);
	return medium_setup(state);
}
#define WALK(f) { #f " (walk)", f, without_openat2, medium_teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(archived_payload_is_read),
		TEST(archived_payload_that_is_damaged),
		TEST(archived_payload_twice),
		TEST(damaged_directories_are_refused),
		TEST(other_things_in_a_spool_are_no_packages),
		TEST(nothing_is_opened_through_links),
		TEST(parts_in_numbered_or_plain_directories),
		TEST(a_stream_becomes_a_directory),
		TEST(what_is_there_stays_or_is_replaced),
		TEST(names_that_lead_elsewhere_are_not_written),
		TEST(removing_follows_no_link),
		WALK(damaged_directories_are_refused),
		WALK(other_things_in_a_spool_are_no_packages),
		WALK(nothing_is_opened_through_links),
		WALK(parts_in_numbered_or_plain_directories),
		WALK(removing_follows_no_link),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
