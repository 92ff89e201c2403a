/* deb2pkg: SVR4 packages from Debian packages (deb2pkg(1)). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commpkg/history_words.h"
#include "commpkg/places.h"
#include "commpkg/publish.h"
#include "commpkg/publish_write.h"
#include "formats/cleanup.h"
#include "formats/debindex.h"
#include "formats/debpkg.h"
#include "formats/digest.h"
#include "formats/spool_write.h"
#include "formats/stream_write.h"
#include "tools/common/say.h"

static const char usage_lines[] =
	"deb2pkg [-qz] [-o directory] [--skip-unsayable] file.deb ...\n"
	"deb2pkg --index Packages [-q] [-o directory]\n"
	"deb2pkg --name name ...\n"
	"where\n"
	"  -o #directory to write PKG.pkg files into; default: the present one\n"
	"  -q #no notes, no names\n"
	"  -z #compress with zstd\n"
	"  --index #make the catalog of a published distribution of this index, for solving\n"
	"  --name #only say what packages of these Debian names are called\n"
	"  --skip-unsayable #leave out what a pkgmap can't say, with a note\n";

struct options {
	const char *directory;
	const char *index;
	bool quiet, skip_unsayable, names;
	enum compression compression;
	struct arena *a;
	struct strmap *written;	/* PKG to the .deb it came from */
};

/* One conversion. */
struct work {
	struct arena *a;
	const struct options *o;
	const char *path;	/* of the .deb */
	struct deb *deb;
	const char *pkg;
	struct pkginfo info;
	struct relations relations;
	struct spool_writer *w;
	struct strmap *conffiles, *left_out;
	VEC(struct entry) entries;
	uint64_t blocks;
	int dir, tmp;		/* of the output, and the temporary one in it */
};

static void note(const struct work *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void note(const struct work *w, const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char text[2048];
	va_list ap;

	if (w->o->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_add_escaped(&b, text);
	say_err("%s: %s: %s\n", say_name(), w->pkg, strbuf_str(&b));
}

/* ---- entries */

/* `to` as seen from the directory of `from`: what a relative hard link is. */
static const char *relative(struct arena *a, const char *from, const char *to)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t common = 0;

	for (size_t i = 0; from[i] != '\0' && from[i] == to[i]; i++)
		if (from[i] == '/')
			common = i + 1;
	for (const char *p = from + common; (p = strchr(p, '/')) != NULL; p++)
		strbuf_adds(&b, "../");
	strbuf_adds(&b, to + common);
	return arena_strdup(a, strbuf_str(&b));
}

static struct entry *push_entry(struct work *w, char ftype, const char *path)
{
	struct entry *en = VEC_PUSH(&w->entries);

	en->ftype = ftype;
	en->part = 1;
	en->class = ftype == 'i' ? NULL : "none";
	en->path = arena_strdup(w->a, path);
	en->major = en->minor = NUM_UNSET;
	en->mode = MODE_UNSET;
	return en;
}

static int put_payload(struct work *w, struct entry *en, const struct deb_entry *from,
		       struct error *e)
{
	uint32_t sum = 0;
	const void *bytes;
	size_t len;
	int rc;

	en->has_content = true;
	en->size = from->size;
	en->mtime = from->mtime;
	w->blocks += (from->size + 511) / 512;
	rc = spool_writer_begin(w->w, arena_printf(w->a, "reloc/%s", en->path),
				entry_payload_mode(en), en->mtime, e);
	while (rc >= 0 && (rc = deb_read(w->deb, &bytes, &len, e)) > 0) {
		sum = svr4_sum_add(sum, bytes, len);
		rc = spool_writer_add(w->w, bytes, len, e);
	}
	en->sum = svr4_sum_fold(sum);
	return rc < 0 ? rc : spool_writer_end(w->w, e);
}

/* 1: it is left out. */
static int leave_out(struct work *w, const struct deb_entry *from, struct error *e)
{
	bool dangling = from->type == 'l' && strmap_find(w->left_out, from->target) != NULL;
	const char *why = dangling ? "a hard link to what was left out" : debpkg_unsayable(from);

	if (why == NULL)
		return 0;
	if (!w->o->skip_unsayable) {
		(void)error_set(e, E_UNSUPPORTED, "'%s': a pkgmap can't say '%s': %s", w->path,
				from->path, why);
		return error_hint(e, "--skip-unsayable leaves such files out");
	}
	note(w, "left out '%s': %s", from->path, why);
	(void)strmap_put(w->left_out, arena_strdup(w->a, from->path), w);
	return 1;
}

static int put_entry(struct work *w, const struct deb_entry *from, struct error *e)
{
	bool editable = from->type == 'f' && strmap_find(w->conffiles, from->path) != NULL;
	struct entry *en;
	int rc = leave_out(w, from, e);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	en = push_entry(w, editable ? 'e' : from->type, from->path);
	if (from->type == 's')
		en->target = arena_strdup(w->a, from->target);
	if (from->type == 'l')
		en->target = relative(w->a, from->path, from->target);
	if (from->type == 's' || from->type == 'l')
		return 0;
	en->mode = from->mode;
	en->owner = arena_strdup(w->a, from->owner);
	en->group = arena_strdup(w->a, from->group);
	if (from->type == 'c' || from->type == 'b') {
		en->major = from->major;
		en->minor = from->minor;
	}
	return from->type == 'f' ? put_payload(w, en, from, e) : 0;
}

static int put_entries(struct work *w, struct error *e)
{
	struct deb_entry from;
	int rc;

	while ((rc = deb_next(w->deb, &from, e)) > 0) {
		rc = put_entry(w, &from, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* ---- information files */

static int put_info(struct work *w, const char *name, const struct strbuf *text,
		    struct error *e)
{
	bool meta = str_eq(name, "pkginfo");
	struct entry *en = push_entry(w, 'i', name);

	en->has_content = true;
	en->size = text->len;
	en->sum = svr4_sum_fold(svr4_sum_add(0, strbuf_str(text), text->len));
	en->mtime = deb_mtime(w->deb);
	w->blocks += (en->size + 511) / 512;
	return spool_writer_put(w->w, meta ? name : arena_printf(w->a, "install/%s", name),
				strbuf_str(text), text->len, 0644, en->mtime, e);
}

static int put_texts(struct work *w, struct error *e)
{
	AUTO_STRBUF struct strbuf info = STRBUF_INIT, depend = STRBUF_INIT,
				  relations = STRBUF_INIT;
	struct depends d;
	int rc;

	pkginfo_render(&w->info, &info);
	debpkg_depend(w->a, &w->relations, w->pkg, &d);
	depend_render(&d, &depend);
	relations_render(&w->relations, &relations);
	rc = put_info(w, "pkginfo", &info, e);
	if (rc == 0 && d.n > 0)
		rc = put_info(w, "depend", &depend, e);
	if (rc == 0)
		rc = put_info(w, "relations", &relations, e);
	return rc;
}

static int put_map(struct work *w, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct pkgmap map = {
		.nparts = 1, .maxblocks = w->blocks + 2, .entries = w->entries.v,
		.n = w->entries.n,
	};

	pkgmap_sort(&map);
	pkgmap_render(&map, &text);
	return spool_writer_put(w->w, "pkgmap", strbuf_str(&text), text.len, 0644,
				deb_mtime(w->deb), e);
}

static int make_spool(struct work *w, struct error *e)
{
	int rc = spool_writer_open(w->tmp, w->pkg, &w->w, e);

	if (rc < 0)
		return rc;
	rc = put_entries(w, e);
	if (rc == 0)
		rc = put_texts(w, e);
	if (rc == 0)
		rc = put_map(w, e);
	if (rc < 0) {
		spool_writer_abort(w->w);
		return rc;
	}
	return spool_writer_close(w->w, SPOOL_NEW, e);
}

/* ---- the datastream */

static int write_stream(struct work *w, const char *tmpname, struct error *e)
{
	struct stream_write_options o = { .compression = w->o->compression };
	struct stream_item item = { .index = 0 };
	struct medium *m;
	AUTO_FD int fd = -EBADF;
	int rc = medium_open(w->tmp, w->pkg, MEDIUM_ALL, &m, e);

	if (rc < 0)
		return rc;
	item.m = m;
	fd = openat(w->tmp, tmpname, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		rc = error_errno(e, errno, "cannot write in '%s'", w->o->directory);
	if (rc == 0)
		rc = stream_write(fd, tmpname, &item, 1, &o, e);
	medium_close(m);
	return rc;
}

static int make_stream(struct work *w, struct error *e)
{
	const char *name = arena_printf(w->a, "%s.pkg", w->pkg);
	int rc = make_spool(w, e);

	if (rc == 0)
		rc = write_stream(w, name, e);
	if (rc == 0 && renameat(w->tmp, name, w->dir, name) < 0)
		rc = error_errno(e, errno, "cannot rename to '%s/%s'", w->o->directory, name);
	if (rc == 0 && !w->o->quiet)
		say_out("%s/%s\n", w->o->directory, name);
	return rc;
}

/* The package is made in a directory of its own, which goes whatever happens. */
static int in_directory(struct work *w, struct error *e)
{
	char *path = arena_printf(w->a, "%s/.deb2pkg.XXXXXX", w->o->directory);
	int rc;

	if (mkdtemp(path) == NULL)
		return error_errno(e, errno, "cannot make a directory in '%s'", w->o->directory);
	w->dir = open(w->o->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->tmp = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	rc = w->dir < 0 || w->tmp < 0 ?
	     error_errno(e, errno, "cannot open '%s'", w->o->directory) : make_stream(w, e);
	if (w->dir >= 0)
		(void)spool_remove(w->dir, strrchr(path, '/') + 1, NULL);
	cleanup_fd(&w->tmp);
	cleanup_fd(&w->dir);
	return rc;
}

/* ---- one .deb */

static int describe(struct work *w, struct error *e)
{
	size_t n;
	const char *const *scripts = deb_scripts(w->deb, &n);
	const char *first;
	int rc = debpkg_pkginfo(w->a, deb_fields(w->deb), scripts, n, w->path, &w->info, e);

	if (rc == 0)
		rc = debpkg_relations(w->a, deb_fields(w->deb), w->path, &w->relations, e);
	if (rc < 0)
		return rc;
	w->pkg = pkginfo_get(&w->info, "PKG");
	first = strmap_find(w->o->written, w->pkg);
	if (first != NULL)
		return error_set(e, E_USAGE, "'%s' and '%s' are both package %s", first, w->path,
				 w->pkg);
	(void)strmap_put(w->o->written, arena_strdup(w->o->a, w->pkg),
			 arena_strdup(w->o->a, w->path));
	if (n > 0)
		note(w, "maintainer scripts left out: %s", pkginfo_get(&w->info, "DEB_SCRIPTS"));
	return 0;
}

static void take_conffiles(struct work *w)
{
	size_t n;
	const char *const *v = deb_conffiles(w->deb, &n);

	w->conffiles = strmap_new(n);
	w->left_out = strmap_new(0);
	for (size_t i = 0; i < n; i++)
		(void)strmap_put(w->conffiles, v[i], w);
}

static int convert(const struct options *o, const char *path, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct work w = { .a = a, .o = o, .path = path, .dir = -EBADF, .tmp = -EBADF };
	int rc = deb_open(AT_FDCWD, path, &w.deb, e);

	if (rc < 0)
		return rc;
	take_conffiles(&w);
	rc = describe(&w, e);
	if (rc == 0)
		rc = in_directory(&w, e);
	strmap_free(w.conffiles);
	strmap_free(w.left_out);
	VEC_FREE(&w.entries);
	deb_close(w.deb);
	return rc;
}

/* ---- an index */

static int write_index(const struct options *o, struct tree *dir, struct catalog *c,
		       struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT, repo = STRBUF_INIT;
	struct repo r = { .id = "debian", .name = o->index, .serial = 1, .issued = history_now() };
	int rc = catalog_render(c, &text, e);

	if (rc < 0)
		return rc;
	r.expires = r.issued + PUBLISH_DAYS * 86400;
	r.catalog = (struct catalog_file){ .path = CATALOG_NAME, .size = text.len };
	sha256_of(text.p, text.len, &r.catalog.sha);
	rc = repo_render(&r, &repo, e);
	return rc < 0 ? rc : publish_write(dir, o->a, &(struct publication){
		.repo = { repo.p, repo.len }, .catalog = { text.p, text.len },
	}, e);
}

static int convert_index(const struct options *o, struct error *e)
{
	struct catalog c;
	struct tree *dir;
	size_t len;
	char *bytes;
	int rc = places_read(o->a, o->index, DEBINDEX_MAX_BYTES, &bytes, &len, e);

	if (rc == 0)
		rc = debindex_parse(o->a, bytes, len, o->index, &c, e);
	if (rc == 0)
		rc = tree_open(o->directory, &dir, e);
	if (rc < 0)
		return rc;
	rc = write_index(o, dir, &c, e);
	tree_close(dir);
	if (rc == 0 && !o->quiet)
		say_out("%s/" REPO_NAME ": %zu packages\n", o->directory, c.npackages);
	return rc;
}

/* ---- main */

enum { OPT_INDEX = 512, OPT_NAME, OPT_SKIP = 256, OPT_HELP, OPT_VERSION };

static const struct option long_options[] = {
	{ "index", required_argument, NULL, OPT_INDEX },
	{ "name", no_argument, NULL, OPT_NAME },
	{ "skip-unsayable", no_argument, NULL, OPT_SKIP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "o:qzhV", long_options, NULL)) != -1) {
		switch (c) {
		case 'o':
			o->directory = optarg;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'z':
			o->compression = COMPRESSION_ZSTD;
			break;
		case OPT_INDEX:
			o->index = optarg;
			break;
		case OPT_NAME:
			o->names = true;
			break;
		case OPT_SKIP:
			o->skip_unsayable = true;
			break;
		case 'h':
		case OPT_HELP:
			say_out("usage: %s", usage_lines);
			return 0;
		case 'V':
		case OPT_VERSION:
			say_out("%s %s\n", say_name(), COMMPKG_VERSION);
			return 0;
		default:
			(void)say_usage(usage_lines);
			return 2;
		}
	}
	if ((optind < argc) != (o->index != NULL))
		return -1;
	(void)say_usage(usage_lines);
	return 2;
}

int main(int argc, char **argv)
{
	struct options o = { .directory = "." };
	int status;

	say_program("deb2pkg");
	status = read_options(argc, argv, &o);
	if (status >= 0)
		return status;
	o.a = arena_new();
	o.written = strmap_new(64);
	status = 0;
	if (o.index != NULL) {
		struct error e = ERROR_INIT;

		status = convert_index(&o, &e) < 0;
		if (status != 0)
			say_failure(&e);
	}
	for (int i = optind; i < argc; i++) {
		struct error e = ERROR_INIT;

		if (o.names) {
			say_out("%s\n", debpkg_name(o.a, argv[i]));
			continue;
		}
		if (convert(&o, argv[i], &e) == 0)
			continue;
		say_failure(&e);
		status = 1;
	}
	strmap_free(o.written);
	arena_free(o.a);
	return status;
}
