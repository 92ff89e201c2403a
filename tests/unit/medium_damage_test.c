/* Damaged datastreams: every one is refused, with words, or noted where that is asked. */
#include "formats/cpio.h"
#include "medium_fixture.h"

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
	{ "pkginfo of the same size", BYTES, "pkginfo", "PKG=TSTa\nNAME=a test\nARCH=all\n"
	  "VERSION=1.1\nCATEGORY=application\nBASEDIR=/opt/t\n", E_FORMAT, "the one in the head" },
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
	{ "not one", "hello\n", E_FORMAT, "is not a datastream" },
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
	{ "empty zip file", "PK\005\006", E_FORMAT, "an empty zip archive" },
	{ "compress", "\x1f\x9d....", E_FORMAT, "is not a datastream" },
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

/* Writers of old left in the last block what had been there before. */
static void anything_may_fill_the_last_block(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);

	(void)state;
	put_stream(&b, &p, &head, &part, "070701");
	assert_int_equal(b.p[b.len - 1], 0);
	b.p[b.len - 1] = 'x';
	write_bytes("x.pkg", b.p, b.len);
	assert_reads(in_top("x.pkg"));
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

/* Told when the medium is opened, not only when its payload is read. */
static void an_install_file_twice(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct made p = make_package("TSTa"), q = make_package("TSTb");
	struct members head = head_members(&p), part = part_members(&p), other = head_members(&q);
	struct medium *m;

	(void)state;
	add_member(&part, "install/copyright", "nobody's\n");
	add_member(&head, other.v[0].name, q.pkginfo.p);
	add_member(&head, other.v[1].name, q.pkgmap.p);
	other = part_members(&q);
	put_header(&b, "TSTa 1 10\nTSTb 1 10\n");
	put_archive(&b, &head, "070701");
	put_archive(&b, &part, "070701");
	put_archive(&b, &other, "070701");
	write_bytes("x.pkg", b.p, b.len);
	assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "comes twice"));
	made_free(&p);
	made_free(&q);
}

/* A bad header is refused for what it is, before libarchive goes looking for another. */
static void headers_are_looked_at_first(void **state)
{
	static const struct {
		int offset;
		const char *bytes, *text;
	} rows[] = {
		{ 94, "7fffffff", "name too long" },
		{ 94, "00001002", "name too long" },
		{ 54, "0000000g", "where a member should be" },
		{ 54, "-0000001", "where a member should be" },
		{ 0, "070707", "where a member should be" },
		{ 0, "070703", "where a member should be" },
	};
	struct made p = make_package("TSTa");
	struct members head = head_members(&p), part = part_members(&p);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT;
		struct medium *m;
		char *at;

		put_stream(&b, &p, &head, &part, "070701");
		at = memmem(b.p, b.len, "TSTa/pkgmap", 11);
		memcpy(at - 110 + rows[i].offset, rows[i].bytes, strlen(rows[i].bytes));
		write_bytes("x.pkg", b.p, b.len);
		assert_int_equal(medium_open(AT_FDCWD, in_top("x.pkg"), MEDIUM_ALL, &m, &e),
				 -E_FORMAT);
		if (strstr(e.text, rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, e.text);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(damaged_streams_are_refused),
		TEST(bad_headers_are_refused),
		TEST(a_line_without_end_is_refused),
		TEST(too_many_packages_are_refused),
		TEST(cut_anywhere),
		TEST(flipped_anywhere),
		TEST(anything_may_fill_the_last_block),
		TEST(bytes_behind_the_end_are_refused),
		TEST(sizes_larger_than_the_file),
		TEST(an_install_file_twice),
		TEST(headers_are_looked_at_first),
		TEST(names_without_end),
		TEST(names_without_end_across_blocks),
		TEST(damage_can_be_noted_instead),
	};

	return cmocka_run_group_tests_name("medium_damage", tests, NULL, NULL);
}
