/* Media read: golden streams and directories, variants of cpio, and damaged ones. */
#include "formats/cpio.h"
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

static void write_made(const char *name, const struct made *p, const struct members *part,
		       const char *magic)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct members head = head_members(p);

	put_stream(&b, p, &head, part, magic);
	write_bytes(name, b.p, b.len);
}

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

/* ---- damage */

enum change {
	NONE, ADD, ADD_LINK, ADD_FIFO, ADD_DIR, DROP, BYTES, DROP_HEAD, HEAD_BYTES, MAP, INFO,
};

static const struct {
	const char *what;
	enum change change;
	const char *name, *bytes;	/* of a member, or text to replace by bytes */
	int code;
	const char *text;		/* part of the message */
} damages[] = {
	{ "nothing", NONE, "", "", 0, "" },
	{ "absolute", ADD, "/etc/passwd", "x", E_FORMAT, "leads out" },
	{ "dotdot", ADD, "reloc/../../x", "x", E_FORMAT, "leads out" },
	{ "dotdot dir", ADD_DIR, "reloc/../..", "", E_FORMAT, "leads out" },
	{ "dot inside", ADD, "reloc/./bin/x", "x", E_FORMAT, "leads out" },
	{ "empty component", ADD, "reloc//bin/x", "x", E_FORMAT, "leads out" },
	{ "unlisted payload", ADD, "reloc/bin/z", "x", E_FORMAT, "not listed" },
	{ "unlisted below root", ADD, "root/bin/x", "x", E_FORMAT, "not listed" },
	{ "unlisted script", ADD, "install/preinstall", "x", E_FORMAT, "not listed" },
	{ "a directory below install", ADD, "install/a/b", "x", E_FORMAT, "not listed" },
	{ "unknown area", ADD, "other/x", "x", E_FORMAT, "not listed" },
	{ "unknown directory", ADD_DIR, "other", "", E_FORMAT, "no directory of a package" },
	{ "another part", ADD, "reloc.2/bin/x", "x", E_FORMAT, "not listed" },
	{ "twice", ADD, "reloc/bin/x", "contents of x\n", E_FORMAT, "comes twice" },
	{ "twice numbered", ADD, "reloc.1/bin/x", "contents of x\n", E_FORMAT, "comes twice" },
	{ "install file twice", ADD, "install/copyright", "nobody's\n", E_FORMAT, "comes twice" },
	{ "pkgmap twice", ADD, "pkgmap", "", E_FORMAT, "comes twice" },
	{ "link", ADD_LINK, "reloc/bin/l", "/etc/passwd", E_FORMAT, "neither a regular file" },
	{ "link in install", ADD_LINK, "install/depend", "/x", E_FORMAT, "neither a regular" },
	{ "fifo", ADD_FIFO, "reloc/bin/x", "", E_FORMAT, "neither a regular file" },
	{ "archived", ADD, "reloc.cpio", "x", E_UNSUPPORTED, "archived payload" },
	{ "archived Z", ADD, "root.cpio.Z", "x", E_UNSUPPORTED, "archived payload" },
	{ "archived plain", ADD, "reloc", "x", E_UNSUPPORTED, "archived payload" },
	{ "class archive", ADD, "archive/none", "x", E_UNSUPPORTED, "class archive" },
	{ "missing payload", DROP, "reloc/bin/x", "", E_FORMAT, "'bin/x' is missing" },
	{ "missing install file", DROP, "install/copyright", "", E_FORMAT, "is missing" },
	{ "missing pkginfo", DROP, "pkginfo", "", E_FORMAT, "no pkginfo" },
	{ "missing pkgmap", DROP, "pkgmap", "", E_FORMAT, "no pkgmap" },
	{ "other bytes", BYTES, "reloc/bin/x", "contents of y\n", E_DIGEST, "has the sum" },
	{ "longer", BYTES, "reloc/bin/x", "contents of x\n\n", E_DIGEST, "has 15 bytes" },
	{ "shorter", BYTES, "root/etc/y", "y=", E_DIGEST, "has 2 bytes" },
	{ "other install file", BYTES, "install/copyright", "somebody\n", E_DIGEST, "the sum" },
	{ "longer install file", BYTES, "install/copyright", "", E_DIGEST, "has 0 bytes" },
	{ "other pkginfo", BYTES, "pkginfo", "PKG=TSTa\n", E_FORMAT, "from the one in the head" },
	{ "other pkgmap", BYTES, "pkgmap", ": 1 2\n", E_FORMAT, "from the one in the head" },
	{ "no pkginfo in A0", DROP_HEAD, "TSTa/pkginfo", "", E_FORMAT, "no pkginfo" },
	{ "no pkgmap in A0", DROP_HEAD, "TSTa/pkgmap", "", E_FORMAT, "no pkgmap" },
	{ "another package in A0", HEAD_BYTES, "TSTb/pkgmap", "", E_FORMAT, "no package of the" },
	{ "something in A0", HEAD_BYTES, "TSTa/depend", "", E_FORMAT, "not belong" },
	{ "pkgmap in A0 twice", HEAD_BYTES, "TSTa/pkgmap", "", E_FORMAT, "comes twice" },
	{ "dotdot in pkgmap", MAP, " bin/x ", " b/../x ", E_FORMAT, "'..' in path" },
	{ "dotdot in a directory", MAP, " d none bin ", " d none ../b ", E_FORMAT, "'..' in path" },
	{ "local contents", MAP, " bin/x ", " bin/x=/etc/passwd ", E_UNSUPPORTED, "its own" },
	{ "no pkginfo in pkgmap", MAP, " i pkginfo ", " i request ", E_FORMAT, "no line for" },
	{ "other parts", MAP, ": 1 10", ": 2 10", E_FORMAT, "says 1 parts" },
	{ "part out of range", MAP, "1 f none bin/x", "2 f none bin/x", E_FORMAT, "part 2" },
	{ "pkginfo's sum", MAP, " i pkginfo ", " i pkginfo 1", E_DIGEST, "pkgmap says" },
	{ "pkgmap garbage", MAP, "1 d none", "1 q none", E_FORMAT, "pkgmap" },
	{ "other PKG", INFO, "PKG=TSTa", "PKG=TSTb", E_FORMAT, "does not fit" },
	{ "longer PKG", INFO, "PKG=TSTa", "PKG=TST", E_FORMAT, "does not fit" },
	{ "no NAME", INFO, "NAME=", "name=", E_FORMAT, "NAME" },
};

static void replace(struct strbuf *b, const char *from, const char *to)
{
	AUTO_STRBUF struct strbuf old = *b;
	const char *at = strstr(old.p, from);

	assert_non_null(at);
	*b = (struct strbuf)STRBUF_INIT;
	strbuf_add(b, old.p, (size_t)(at - old.p));
	strbuf_adds(b, to);
	strbuf_adds(b, at + strlen(from));
}

/* Texts first, so that members are made of the changed ones. */
static void damage_text(struct made *p, size_t row)
{
	if (damages[row].change == INFO) {
		replace(&p->pkginfo, damages[row].name, damages[row].bytes);
		p->pkgmap.len = (size_t)(strstr(p->pkgmap.p, "1 i pkginfo") - p->pkgmap.p);
		map_line(&p->pkgmap, "1 i pkginfo", p->pkginfo.p);
	}
	if (damages[row].change == MAP)
		replace(&p->pkgmap, damages[row].name, damages[row].bytes);
}

static void damage_members(struct members *head, struct members *part, size_t row)
{
	const char *name = damages[row].name, *bytes = damages[row].bytes;

	switch (damages[row].change) {
	case ADD:
		add_member(part, name, bytes);
		break;
	case ADD_LINK:
		add_member(part, name, bytes)->mode = S_IFLNK | 0777;
		break;
	case ADD_FIFO:
		add_member(part, name, bytes)->mode = S_IFIFO | 0644;
		break;
	case ADD_DIR:
		add_member(part, name, bytes)->mode = S_IFDIR | 0755;
		break;
	case DROP:
		drop_member(part, name);
		break;
	case BYTES:
		find_member(part, name)->bytes = bytes;
		find_member(part, name)->len = strlen(bytes);
		break;
	case DROP_HEAD:
		drop_member(head, name);
		break;
	case HEAD_BYTES:
		add_member(head, name, "x");
		break;
	default:
		break;
	}
}

static void damaged_streams_are_refused(void **state)
{
	size_t row;
	int rc;

	(void)state;
	for (row = 0; row < COUNT(damages); row++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;
		struct made p = make_package("TSTa");
		struct members head, part;

		damage_text(&p, row);
		head = head_members(&p);
		part = part_members(&p);
		damage_members(&head, &part, row);
		put_stream(&b, &p, &head, &part, "070701");
		write_bytes("x.pkg", b.p, b.len);
		error_clear(&e);
		rc = read_medium(in_top("x.pkg"), &out);
		if (rc != -damages[row].code || strstr(e.text, damages[row].text) == NULL)
			fail_msg("%s: %d %s", damages[row].what, rc, e.text);
		if (rc < 0 && strstr(e.text, "x.pkg") == NULL)
			fail_msg("%s: no file in '%s'", damages[row].what, e.text);
		made_free(&p);
	}
}

static const struct {
	const char *what, *bytes;
	int code;
	const char *text;
} bad_headers[] = {
	{ "no end", "# PaCkAgE DaTaStReAm\nTSTa 1 10\n", E_FORMAT, "cut off" },
	{ "empty", "", E_FORMAT, "empty" },
	{ "not one", "hello\n", E_FORMAT, "cut off at byte 6" },
	{ "zip", "# PaCkAgE DaTaStReAm:zip\nTSTa 1 10\n# end of header\n", E_UNSUPPORTED, "zip" },
	{ "no package", "# PaCkAgE DaTaStReAm\n# end of header\n", E_FORMAT, "no package" },
	{ "one field", "# PaCkAgE DaTaStReAm\nTSTa\n# end of header\n", E_FORMAT, "line 2" },
	{ "two fields", "# PaCkAgE DaTaStReAm\nTSTa 1\n# end of header\n", E_FORMAT, "bad size" },
	{ "no parts", "# PaCkAgE DaTaStReAm\nTSTa 0 1\n# end of header\n", E_FORMAT, "parts" },
	{ "parts", "# PaCkAgE DaTaStReAm\nTSTa 1001 1\n# end of header\n", E_FORMAT, "parts" },
	{ "huge", "# PaCkAgE DaTaStReAm\nTSTa 4294967297 1\n# end of header\n", E_FORMAT, "par" },
	{ "minus", "# PaCkAgE DaTaStReAm\nTSTa -1 1\n# end of header\n", E_FORMAT, "parts" },
	{ "plus", "# PaCkAgE DaTaStReAm\nTSTa +1 1\n# end of header\n", E_FORMAT, "parts" },
	{ "path", "# PaCkAgE DaTaStReAm\n../x 1 1\n# end of header\n", E_FORMAT, "bad package" },
	{ "shell", "# PaCkAgE DaTaStReAm\n;id 1 1\n# end of header\n", E_FORMAT, "bad package" },
	{ "twice", "# PaCkAgE DaTaStReAm\nT 1 1\nT 1 1\n# end of header\n", E_FORMAT, "second" },
	{ "volumes", "# PaCkAgE DaTaStReAm\nT 3 1 2 1\n# end of header\n", E_UNSUPPORTED,
	  "2 of its 3 parts" },
	{ "volume", "# PaCkAgE DaTaStReAm\nT 1 1 x\n# end of header\n", E_FORMAT, "volume" },
	{ "rpm", "\xed\xab\xee\xdb....", E_FORMAT, "rpm" },
	{ "deb", "!<arch>\ndebian-binary", E_FORMAT, "deb" },
	{ "zip file", "PK\003\004", E_FORMAT, "zip archive" },
	{ "compress", "\x1f\x9d....", E_FORMAT, "compress(1)" },
	{ "cpio", "070701", E_FORMAT, "without the header" },
	{ "no archive", "# PaCkAgE DaTaStReAm\nT 1 1\n# end of header\n", E_FORMAT, "cut off" },
};

static void bad_headers_are_refused(void **state)
{
	struct medium *m;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(bad_headers); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT;

		strbuf_adds(&b, bad_headers[i].bytes);
		if (strstr(bad_headers[i].bytes, "# end") != NULL)
			pad(&b, 512);
		write_bytes("x.pkg", strbuf_str(&b), b.len);
		error_clear(&e);
		rc = medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e);
		if (rc != -bad_headers[i].code || strstr(e.text, bad_headers[i].text) == NULL)
			fail_msg("%s: %d %s", bad_headers[i].what, rc, e.text);
	}
}

static void a_line_without_end_is_refused(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct medium *m;
	int i;

	(void)state;
	strbuf_adds(&b, "# PaCkAgE DaTaStReAm\n");
	for (i = 0; i < 8192; i++)
		strbuf_adds(&b, "aaaaaaaa");
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "too long"));
}

static void too_many_packages_are_refused(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct medium *m;
	unsigned i;

	(void)state;
	strbuf_adds(&b, "# PaCkAgE DaTaStReAm\n");
	for (i = 0; i <= MEDIUM_MAX_PACKAGES; i++)
		strbuf_addf(&b, "T%u 1 1\n", i);
	strbuf_adds(&b, "# end of header\n");
	pad(&b, 512);
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e), -E_LIMIT);
}

/* Wherever a stream is cut, reading it fails, unless only padding is lost. */
static void cut_anywhere(void **state)
{
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t len, end;

	(void)state;
	put_stream(&b, &p, &head, &part, "070701");
	for (end = b.len; b.p[end - 1] == '\0'; end--)
		;
	end += 1; /* the NUL of TRAILER!!!'s name */
	for (len = 0; len < b.len; len++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;

		write_bytes("x.pkg", b.p, len);
		error_clear(&e);
		if (len < end && read_medium(in_top("x.pkg"), &out) >= 0)
			fail_msg("cut at %zu of %zu: accepted", len, b.len);
		if (len < end && e.code == 0)
			fail_msg("cut at %zu of %zu: no words", len, b.len);
		if (len >= end + 4 && read_medium(in_top("x.pkg"), &out) < 0)
			fail_msg("cut at %zu of %zu: %s", len, b.len, e.text);
	}
	made_free(&p);
}

/* Whatever byte is changed: refused, or the same contents. */
static void flipped_anywhere(void **state)
{
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT, good = STRBUF_INIT;
	size_t at, refused = 0;

	(void)state;
	put_stream(&b, &p, &head, &part, "070701");
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(read_medium(in_top("x.pkg"), &good), 0);
	for (at = 0; at < b.len; at++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		char old = b.p[at];

		b.p[at] = (char)(old ^ (at % 2 == 0 ? 0x01 : 0x10));
		write_bytes("x.pkg", b.p, b.len);
		error_clear(&e);
		if (read_medium(in_top("x.pkg"), &out) < 0) {
			refused++;
			assert_int_not_equal(e.code, 0);
		} else if (out.len != good.len || memcmp(out.p, good.p, out.len) != 0) {
			fail_msg("byte %zu changed: other contents accepted", at);
		}
		b.p[at] = old;
	}
	assert_true(refused > 900);
	made_free(&p);
}

static void bytes_behind_the_end_are_refused(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);

	(void)state;
	put_stream(&b, &p, &head, &part, "070701");
	strbuf_adds(&b, "x");
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(read_medium(in_top("x.pkg"), &out), -E_FORMAT);
	assert_non_null(strstr(e.text, "behind the last package"));
	made_free(&p);
}

/* A declared size is not believed before the bytes are there. */
static void sizes_larger_than_the_file(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);
	char *at;

	(void)state;
	put_stream(&b, &p, &head, &part, "070701");
	at = memmem(b.p, b.len, "TSTa/pkgmap", 11);
	memcpy(at - 110 + 6 + 6 * 8, "0fffffff", 8);	/* its size */
	write_bytes("x.pkg", b.p, b.len);
	assert_true(read_medium(in_top("x.pkg"), &out) < 0);
	memcpy(at - 110 + 6 + 6 * 8, "ffffffff", 8);
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(read_medium(in_top("x.pkg"), &out), -E_LIMIT);
	made_free(&p);
}

/* libarchive would allocate what namesize says, and fill it from a decompressed bomb. */
static void names_without_end(void **state)
{
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;
	size_t len = 8 << 20, at;
	char *noise = arena_alloc(a, len);

	(void)state;
	put_stream(&b, &p, &head, &part, "070701");
	at = b.len - 512;
	while (memcmp(b.p + at, "070701", 6) != 0)
		at--;
	b.len = at;	/* cuts TRAILER!!! off */
	strbuf_addf(&b, "070701%088x%08x%08x", 0, 0x7fffffff, 0);
	memset(noise, 'n', len);
	strbuf_add(&b, noise, len);
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(read_medium(in_top("x.pkg"), &out), -E_FORMAT);
	assert_non_null(strstr(e.text, "too long"));
	made_free(&p);
}

/* The same with the header across two blocks of the source, where it can't be seen
 * beforehand. */
static void names_without_end_across_blocks(void **state)
{
	struct member first = { "x", NULL, 0, S_IFREG | 0644, 1, 1 };
	size_t len = 8 << 20, before = SOURCE_BLOCK - 52;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	char *noise = arena_alloc(a, len);
	struct cpio_member m;
	struct source *s;
	struct cpio *c;

	(void)state;
	memset(noise, 'n', len);
	first.bytes = noise;
	first.len = before - 112;
	put_newc(&b, &first, "070701");
	assert_int_equal(b.len, before);
	strbuf_addf(&b, "070701%088x%08x%08x", 0, 0x7fffffff, 0);
	strbuf_add(&b, noise, len);
	write_bytes("x.cpio", b.p, b.len);
	fd = open(in_top("x.cpio"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(source_open(fd, "x.cpio", 0, NULL, &s, &e), 0);
	assert_int_equal(cpio_open(s, "x.cpio", &c, &e), 1);
	assert_int_equal(cpio_next(c, &m, &e), 1);
	assert_int_equal(m.size, first.len);
	assert_int_equal(cpio_next(c, &m, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "too long"));
	assert_true(source_offset(s) < len / 2);
	cpio_close(c);
	source_close(s);
}

struct notes {
	unsigned n[4];
};

static void take_note(const struct package *p, const struct entry *en, enum payload_fault fault,
		      const char *name, void *ctx)
{
	struct notes *notes = ctx;

	assert_string_equal(p->pkg, "TSTa");
	assert_non_null(name);
	assert_int_equal(en == NULL, fault == PAYLOAD_UNLISTED);
	notes->n[fault]++;
}

static void damage_can_be_noted_instead(void **state)
{
	struct made p = make_package("TSTa");
	struct members part;
	struct notes notes = { { 0 } };
	const struct entry *en;
	struct medium *m;
	struct payload *pl;
	const void *bytes;
	size_t len, i;

	(void)state;
	map_line(&p.pkgmap, "1 f none gone 0644 root bin", "gone");
	part = part_members(&p);
	find_member(&part, "reloc/bin/x")->bytes = "contents of y\n";
	find_member(&part, "root/etc/y")->len = 1;
	add_member(&part, "reloc/more", "more");
	write_made("x.pkg", &p, &part, "070701");
	assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(payload_open(m, NULL, &pl, &e), 0);
	payload_tolerate(pl, take_note, &notes);
	assert_int_equal(payload_next_package(pl, &i, &e), 1);
	while (payload_next(pl, &en, &e) > 0)
		while (payload_read(pl, &bytes, &len, &e) > 0)
			;
	assert_int_equal(payload_next_package(pl, &i, &e), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(notes.n[i], 1);
	payload_close(pl);
	medium_close(m);
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
		TEST(damaged_streams_are_refused),
		TEST(bad_headers_are_refused),
		TEST(a_line_without_end_is_refused),
		TEST(too_many_packages_are_refused),
		TEST(cut_anywhere),
		TEST(flipped_anywhere),
		TEST(bytes_behind_the_end_are_refused),
		TEST(sizes_larger_than_the_file),
		TEST(names_without_end),
		TEST(names_without_end_across_blocks),
		TEST(damage_can_be_noted_instead),
		TEST(media_are_told_by_their_look),
		TEST(no_medium_at_all),
	};

	return cmocka_run_group_tests_name("medium", tests, NULL, NULL);
}
