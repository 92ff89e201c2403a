/*
 * A package that can't be read, when its turn comes: what SVR4 looks at in its order, and
 * says (svr4.md 8.9). Nothing of it reaches the root.
 */
#include "tools/common/add.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/digest.h"
#include "formats/spool.h"
#include "tools/common/say.h"

struct broken {
	const struct add_options *o;
	const struct package *p;
	struct arena *a;
	int dir;			/* -EBADF: it is in a stream or a zip archive */
	const char *path;		/* of it, for people */
	struct pkginfo info;
	struct pkgmap map;
};

/* From the directory, or what the reader of the medium has kept. */
static int broken_read(const struct broken *b, const char *name, size_t max,
		       const char **ret, size_t *ret_len, struct error *e)
{
	bool is_map = str_eq(name, "pkgmap");

	if (b->dir >= 0)
		return spool_read_file(b->a, b->dir, name, max, ret, ret_len, e);
	*ret = is_map ? b->p->pkgmap_bytes : str_eq(name, "pkginfo") ? b->p->pkginfo_bytes : NULL;
	*ret_len = is_map ? b->p->pkgmap_len : b->p->pkginfo_len;
	return *ret != NULL ? 0 : error_set(e, ENOENT, "%s", b->p->broken->text);
}

/* ---- pkginfo */

static bool fits_directory(const struct package *p, const char *pkg)
{
	size_t len = strlen(pkg);

	return strncmp(p->dirname, pkg, len) == 0 &&
	       (p->dirname[len] == '\0' || p->dirname[len] == '.');
}

static enum outcome check_params(struct broken *b)
{
	static const char *const required[] = { "PKG", "NAME", "ARCH", "VERSION", "CATEGORY" };
	struct error e = ERROR_INIT;
	const char *pkg, *bytes;
	size_t len, i;
	int rc = broken_read(b, "pkginfo", PKGINFO_MAX_BYTES, &bytes, &len, &e);

	if (rc == 0)
		rc = pkginfo_parse(b->a, bytes, len, b->path, &b->info, &e);
	if (rc < 0) {
		say_failure(&e);
		return OUTCOME_FAILED;
	}
	for (i = 0; i < sizeof(required) / sizeof(*required); i++) {
		const char *value = pkginfo_get(&b->info, required[i]);

		if (value != NULL && value[0] != '\0')
			continue;
		say_error("%s parameter is not defined in <%s/pkginfo>", required[i], b->path);
		return OUTCOME_FAILED;
	}
	pkg = pkginfo_get(&b->info, "PKG");
	if (!fits_directory(b->p, pkg)) {
		say_error("PKG parameter <%s> does not match instance <%s>", pkg, b->p->dirname);
		return OUTCOME_FAILED;
	}
	return OUTCOME_OK;
}

static bool has_pkgmap(const struct broken *b)
{
	if (b->dir >= 0 ? faccessat(b->dir, "pkgmap", F_OK, AT_SYMLINK_NOFOLLOW) == 0 :
	    b->p->pkgmap_bytes != NULL)
		return true;
	say_error("unable to open package <%s> pkgmap file <%s/pkgmap>: %s", b->p->dirname,
		  b->path, strerror(ENOENT));
	say_error("package <%s> cannot be installed on this system/zone", b->p->dirname);
	return false;
}

static void show_copyright(const struct broken *b)
{
	const char *text = NULL;
	size_t len;

	if (b->o->ask_only != NULL)
		return;
	(void)broken_read(b, "install/copyright", INFOFILE_MAX_BYTES, &text, &len, NULL);
	add_show_legal(b->o, text, pkginfo_get(&b->info, "VENDOR"));
}

/* ---- pkgmap */

/* In SVR4's words where it has some; else in ours, which have the line too. */
static const char *problem(const char *text)
{
	return strstr(text, ": unknown file type") != NULL ? "unknown ftype" : text;
}

static enum outcome read_map(struct broken *b)
{
	const char *file = arena_printf(b->a, "%s/pkgmap", b->p->dirname), *bytes;
	struct error e = ERROR_INIT;
	size_t len;
	int rc = broken_read(b, "pkgmap", PKGMAP_MAX_BYTES, &bytes, &len, &e);

	if (rc == 0)
		rc = pkgmap_parse(b->a, bytes, len, file, &b->map, &e);
	if (rc == 0)
		return OUTCOME_OK;
	say_error("bad entry read in pkgmap\n    pathname=Unknown\n    problem=%s",
		  problem(e.text));
	say_error("unable to process pkgmap");
	return OUTCOME_INTERNAL;
}

/* ---- information files */

static bool is_intact(const struct broken *b, const struct entry *en)
{
	const char *name = str_eq(en->path, "pkginfo") ? en->path :
			   arena_printf(b->a, "install/%s", en->path);
	const char *bytes;
	struct error e = ERROR_INIT;
	uint32_t sum;
	size_t len;
	int rc = spool_read_file(b->a, b->dir, name, INFOFILE_MAX_BYTES, &bytes, &len, &e);

	sum = rc == 0 ? svr4_sum_fold(svr4_sum_add(0, bytes, len)) : 0;
	if (rc == 0 && en->has_content && len == en->size && sum == en->sum)
		return true;
	say_error("packaging file <%s/%s> is corrupt", b->path, name);
	if (rc == -ENOENT)
		say_err("    pathname does not exist\n");
	else if (rc < 0)
		say_err("    %s\n", e.text);
	if (rc == 0 && len != en->size)
		say_err("    file size <%llu> expected <%zu> actual\n",
			(unsigned long long)en->size, len);
	if (rc == 0 && sum != en->sum)
		say_err("    file cksum <%u> expected <%u> actual\n", en->sum, sum);
	return false;
}

static void check_infofiles(const struct broken *b)
{
	bool intact = true;
	size_t i;

	for (i = 0; i < b->map.n && b->dir >= 0; i++)
		if (b->map.entries[i].ftype == 'i')
			intact &= is_intact(b, &b->map.entries[i]);
	if (intact) /* what SVR4 does not mind, or nobody but the reader has seen */
		say_error("%s", b->p->broken->text);
}

static void say_cut_off(const struct add_options *o, const struct error *e)
{
	say_error("unable to unpack datastream");
	if (!o->noninteractive)
		say_err("    - %s\n", e->text);
}

static int refuse(struct broken *b)
{
	if (b->p->broken->cut_off) {
		say_cut_off(b->o, b->p->broken);
		return OUTCOME_INTERNAL;
	}
	if (check_params(b) != OUTCOME_OK) {
		say_err("\nNo changes were made to the system.\n");
		return OUTCOME_FAILED;
	}
	if (!has_pkgmap(b))
		return OUTCOME_FAILED;
	show_copyright(b);
	if (read_map(b) == OUTCOME_OK)
		check_infofiles(b);
	if (b->o->ask_only == NULL)
		add_leave_database(b->o->root_path, true);
	if (b->o->ask_only != NULL)
		outcome_say_asked(OUTCOME_INTERNAL);
	else
		outcome_say(OUTCOME_INTERNAL, &(struct outcome_done){
			    .instance = b->p->dirname, .root_path = b->o->root_path });
	return OUTCOME_INTERNAL;
}

int add_broken(const struct add_options *o, const struct package *p)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct broken b = { .o = o, .p = p, .a = a };
	AUTO_FD int dir = -EBADF;

	b.path = arena_printf(a, "%s/%s", medium_path(p->medium), p->dirname);
	b.dir = dir;
	if (medium_kind(p->medium) != MEDIUM_SPOOL)
		return refuse(&b);
	dir = open(b.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	b.dir = dir;
	if (dir < 0) {
		say_error("%s", p->broken->text);
		return OUTCOME_FAILED;
	}
	return refuse(&b);
}

/* ---- a stream that ends too early */

/* The names of its members, without reading what is in them. */
static int walk_payload(struct payload *pl, struct error *e)
{
	const struct entry *en;
	size_t i;
	int rc = payload_next_package(pl, &i, e);

	while (rc > 0)
		rc = payload_next(pl, &en, e);
	return rc;
}

/* Only where that is a matter of looking: what is compressed would be read twice. */
enum outcome add_check_stream(const struct add *ad)
{
	const struct medium *m = ad->p->medium;
	bool *wanted = arena_calloc(ad->a, medium_count(m), sizeof(*wanted));
	struct error e = ERROR_INIT;
	struct payload *pl;
	int rc;

	if (medium_kind(m) != MEDIUM_STREAM || medium_compression(m) != NULL)
		return OUTCOME_OK;
	wanted[ad->p->index] = true;
	rc = payload_open(m, wanted, &pl, &e);
	if (rc < 0)
		return OUTCOME_OK; /* said when it is read */
	payload_pass_unlisted(pl, NULL, NULL);
	rc = walk_payload(pl, &e);
	payload_close(pl);
	if (rc == 0 || !e.cut_off)
		return OUTCOME_OK;
	say_cut_off(ad->o, &e);
	return OUTCOME_INTERNAL;
}
