/* pkgmk: a package in directory form from a prototype (pkgmk(1)). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commpkg/signals.h"
#include "formats/digest.h"
#include "tools/common/make.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"
#include "tools/common/scriptcheck.h"

static const char usage_lines[] =
	"pkgmk [-ons] [-a arch] [-b base] [-d device] [-f prototype] [-l limit] [-p pstamp]\n"
	"      [-r root,...] [-v version] [variable=value ...] [pkginst]\n"
	"where\n"
	"  -o #overwrite an instance of the same name\n"
	"  -n #print the pkgmap instead\n"
	"  -s #link to the payload instead of copying it\n"
	"  -b #prepended to relative paths when contents are looked for\n"
	"  -r #directories in which contents are looked for by their full path\n"
	"  -l #split into parts of that many 512-byte blocks\n";

struct options {
	bool overwrite, print, link;
	const char *device, *prototype, *base, *instance;
	const char *roots[PROTOTYPE_MAX_ROOTS];
	size_t nroots;
	uint64_t limit;
	struct pkginfo set;	/* -a -p -v */
	struct pkginfo given;	/* NAME=value */
};

struct build {
	struct arena *a;
	const struct options *o;
	struct prototype proto;
	struct pkgmap map;
	const char **source;
	size_t pkginfo_at;	/* index in map */
	struct pkginfo file;	/* as read */
	struct pkginfo info;	/* as written */
	struct strbuf info_text;
	struct make_parts parts;
	int64_t now;
	bool reproducible;
};

static int read_clock(struct build *b, struct error *e)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	b->now = time(NULL);
	if (epoch == NULL || epoch[0] == '\0')
		return 0;
	if (!str_to_i64(epoch, strlen(epoch), &b->now) || b->now < 0)
		return error_set(e, E_USAGE, "SOURCE_DATE_EPOCH is not a number: '%s'", epoch);
	b->reproducible = true;
	return 0;
}

static const char *mode_text(struct arena *a, uint32_t mode)
{
	return mode == MODE_UNSET ? "?" : arena_printf(a, "%04o", mode);
}

static const char *name_text(const char *name)
{
	return name != NULL ? name : "?";
}

static void warn_about_paths(const struct build *b)
{
	bool parametric = false;
	size_t i;

	for (i = 0; i < b->proto.n; i++) {
		const struct proto_entry *pe = &b->proto.v[i];

		if (pe->unsaid)
			say_warning("attributes set to %s %s %s for <%s>",
				    mode_text(b->a, pe->entry.mode), name_text(pe->entry.owner),
				    name_text(pe->entry.group), pe->entry.path);
		if (pe->extra)
			say_warning("extra tokens ignored on the line of <%s>", pe->entry.path);
		if (pe->entry.path[0] == '$' && strncmp(pe->entry.path, "$BASEDIR", 8) != 0)
			parametric = true;
	}
	if (parametric)
		say_warning("parametric paths may ignore BASEDIR");
}

/* Clamped to SOURCE_DATE_EPOCH, as reproducible builds do. */
static void clamp_times(struct build *b)
{
	size_t i;

	for (i = 0; b->reproducible && i < b->proto.n; i++)
		if (b->proto.v[i].entry.mtime > b->now)
			b->proto.v[i].entry.mtime = b->now;
}

/* What SVR4's pkgmk does not say. Its words on stderr are read by programs, and stay; stdout
 * it leaves empty, but for the pkgmap of -n, which has comments. */
static void say_note(const struct options *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say_note(const struct options *o, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say_out("%sNOTE: %s\n", o->print ? "# " : "", text);
}

/* A path is enough to find a line by; where not even that could be read, its number is noted. */
static void show_garbled(const struct options *o, const struct proto_fault *f)
{
	say_err("    garbled entry\n    - pathname: %s\n    - problem: %s\n",
		f->path != NULL ? f->path : "Unknown", f->text);
	if (f->path == NULL)
		say_note(o, "the garbled entry is at %s:%u", f->file, f->line);
}

static void show_faults(const struct options *o, const struct proto_faults *faults)
{
	const char *file = NULL;
	size_t i;

	for (i = 0; i < faults->n; i++) {
		const struct proto_fault *f = &faults->v[i];

		if (file == NULL || !str_eq(file, f->file))
			say_err("ERROR in %s:\n", f->file);
		file = f->file;
		if (f->garbled)
			show_garbled(o, f);
		else
			say_err("    %s\n", f->text);
	}
}

static int read_prototype(struct build *b, struct error *e)
{
	struct proto_where where = { .roots = b->o->roots, .nroots = b->o->nroots,
				     .base = b->o->base };
	struct proto_faults faults = { .n = 0 };
	int rc = prototype_parse(b->a, b->o->prototype, &proto_files_disk, &b->o->given,
				 &b->proto, &faults, e);

	if (rc == 0)
		rc = prototype_find(b->a, &b->proto, &where, &faults, e);
	if (rc < 0) {
		show_faults(b->o, &faults);
		return error_set(e, E_FORMAT, "unable to build pkgmap from prototype file");
	}
	clamp_times(b);
	warn_about_paths(b);
	return prototype_map(b->a, &b->proto, &b->map, &b->source, e);
}

static void show_notes(const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		say_warning("%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void show_missing(const struct build *b)
{
	struct proto_notes notes;
	size_t i;

	prototype_missing_dirs(b->a, &b->map, &notes);
	for (i = 0; i < notes.n; i++)
		say_warning("%s", notes.v[i]);
}

static bool is_pkginfo(const struct entry *en)
{
	return en->ftype == 'i' && str_eq(en->path, "pkginfo");
}

/* 0 also when there is none: that is told later, as elsewhere. */
static int load_pkginfo(struct build *b, struct error *e)
{
	const char *bytes, *file;
	unsigned open = 0;
	size_t len;
	int rc;

	for (b->pkginfo_at = 0; b->pkginfo_at < b->map.n; b->pkginfo_at++)
		if (is_pkginfo(&b->map.entries[b->pkginfo_at]))
			break;
	if (b->pkginfo_at == b->map.n)
		return 0;
	file = b->source[b->pkginfo_at];
	rc = proto_files_disk.read(NULL, b->a, file, &bytes, &len, e);
	if (rc == 0)
		rc = pkginfo_parse_source(b->a, bytes, len, file, &b->file, &open, e);
	if (rc == 0 && open > 0)
		say_note(b->o, "%s:%u: a quote is not closed on its line: this parameter, and all "
			 "behind it, are left out", file, open);
	return rc;
}

static int check_zones(struct build *b, struct error *e)
{
	if (b->pkginfo_at == b->map.n || pkginfo_get(&b->file, "PKG") == NULL ||
	    make_zones_check(&b->file, &b->map, e) == 0)
		return 0;
	say_failure(e);
	return error_set(e, E_CONFLICT, "Invalid combinations of zone parameters in pkginfo file");
}

static void note_cut_values(const struct build *b)
{
	size_t i;

	for (i = 0; i < b->info.n; i++)
		if (pkginfo_value_is_cut(b->info.params[i].value))
			say_note(b->o, "parameter <%s> goes over several lines: whoever reads the "
				 "package sees the first of them", b->info.params[i].name);
}

static int make_pkginfo(struct build *b, struct error *e)
{
	AUTO_STRBUF struct strbuf notes = STRBUF_INIT;
	struct entry *en;
	struct make_params m = { .file = &b->file, .options = &b->o->set, .given = &b->o->given,
				 .vars = &b->proto.vars, .map = &b->map, .now = b->now,
				 .reproducible = b->reproducible, .instance = b->o->instance };
	int rc;

	show_missing(b);
	if (b->pkginfo_at == b->map.n)
		return error_set(e, E_NOT_FOUND,
				 "required pkginfo file is not specified in prototype file");
	rc = make_params(b->a, &m, &b->info, &notes, e);
	show_notes(strbuf_str(&notes));
	if (rc < 0)
		return rc;
	note_cut_values(b);
	pkginfo_render_built(&b->info, &b->info_text);
	en = &b->map.entries[b->pkginfo_at];
	en->size = b->info_text.len;
	en->sum = svr4_sum_fold(svr4_sum_add(0, b->info_text.p, b->info_text.len));
	en->mtime = b->now;
	return 0;
}

static int volumize(struct build *b, struct error *e)
{
	unsigned long n = 0;
	uint32_t i;
	size_t j;
	int rc;

	for (j = 0; j < b->map.n; j++)
		n += b->map.entries[j].ftype != 'i';
	say_err("## Attempting to volumize %lu entries in pkgmap.\n", n);
	rc = make_parts(b->a, &b->map, b->o->limit, pkginfo_get(&b->info, "ORDER"), &b->parts, e);
	if (rc < 0)
		return rc;
	/* as elsewhere: parts that no limit made are not counted out */
	for (i = 0; i < b->parts.n && (i == 0 || b->o->limit > 0); i++)
		say_err("part %2u -- %llu blocks, %u entries\n", i + 1,
			(unsigned long long)b->parts.v[i].blocks, b->parts.v[i].entries);
	return 0;
}

static int by_order(const void *x, const void *y)
{
	const struct entry *const *a = x, *const *b = y;

	return script_order((*a)->path, (*b)->path);
}

static bool has_info(const struct pkgmap *map, const char *name)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype == 'i' && str_eq(map->entries[i].path, name))
			return true;
	return false;
}

/* Told, and no more: a script is what its author wants it to be. */
static void check_scripts(const struct build *b)
{
	const struct entry **v = arena_calloc(b->a, b->map.n, sizeof(*v));
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	bool has_space = has_info(&b->map, "space");
	size_t i, n = 0, len;
	const char *bytes;

	say_err("## Validating control scripts.\n");
	for (i = 0; i < b->map.n; i++)
		if (b->map.entries[i].ftype == 'i' && infofile_is_script(b->map.entries[i].path))
			v[n++] = &b->map.entries[i];
	qsort(v, n, sizeof(*v), by_order);
	for (i = 0; i < n; i++)
		if (proto_files_disk.read(NULL, b->a, b->source[v[i] - b->map.entries], &bytes,
					  &len, NULL) == 0)
			script_check(v[i]->path, bytes, len, has_space, &out);
	say_err("%s", strbuf_str(&out));
}

struct progress {
	const struct build *b;
	const char *top;
	uint32_t part, nparts;
};

static void show_file(void *ctx, uint32_t part, const char *path)
{
	struct progress *p = ctx;

	if (p->part != part && p->part == 1)
		check_scripts(p->b);
	if (p->part != part && p->nparts > 1)
		say_err(" -- part %2u:\n", part);
	p->part = part;
	say_err("%s/%s\n", p->top, path);
}

static int write_package(struct build *b, const char *instance, struct error *e)
{
	struct progress p = { .b = b, .top = arena_printf(b->a, "%s/%s", b->o->device, instance),
			      .nparts = b->map.nparts };
	struct make_write w = { .device = b->o->device, .instance = instance, .map = &b->map,
		.source = b->source, .pkginfo = b->info_text.p, .pkginfo_len = b->info_text.len,
		.pkginfo_mtime = b->now, .overwrite = b->o->overwrite, .link = b->o->link,
		.told = show_file, .ctx = &p };
	int rc;

	if (b->map.nparts == 1)
		say_err("## Packaging one part.\n");
	else
		say_err("## Packaging %u parts.\n", b->map.nparts);
	rc = make_write(&w, e);
	if (rc < 0)
		return rc;
	if (b->map.nparts == 1)
		check_scripts(b);
	say_err("## Packaging complete.\n");
	return 0;
}

static int print_map(const struct build *b)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;

	pkgmap_render(&b->map, &text);
	(void)fputs(strbuf_str(&text), stdout);
	return fflush(stdout) == 0 ? 0 : -EIO;
}

/* What we write we can read: a last look with the reader's eyes. */
static int check_map(struct build *b, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct pkgmap again;

	pkgmap_render(&b->map, &text);
	return pkgmap_parse(b->a, strbuf_str(&text), text.len, "pkgmap", &again, e);
}

static int build_package(struct build *b, struct error *e)
{
	const char *instance;
	int rc = read_clock(b, e);

	if (rc < 0)
		return rc;
	say_err("## Building pkgmap from package prototype file.\n");
	rc = read_prototype(b, e);
	if (rc < 0)
		return rc;
	rc = load_pkginfo(b, e);
	if (rc == 0)
		rc = check_zones(b, e);
	if (rc < 0)
		return rc;
	say_err("## Processing pkginfo file.\n");
	rc = make_pkginfo(b, e);
	if (rc == 0)
		rc = volumize(b, e);
	if (rc == 0)
		rc = check_map(b, e);
	if (rc < 0)
		return rc;
	instance = b->o->instance != NULL ? b->o->instance : pkginfo_get(&b->info, "PKG");
	return b->o->print ? print_map(b) : write_package(b, instance, e);
}

static int add_roots(struct options *o, char *text)
{
	char *save = NULL, *word;

	for (word = strtok_r(text, ", \t\n", &save); word != NULL;
	     word = strtok_r(NULL, ", \t\n", &save)) {
		if (o->nroots == PROTOTYPE_MAX_ROOTS) {
			say_error("more than %u root directories", PROTOTYPE_MAX_ROOTS);
			return 1;
		}
		o->roots[o->nroots++] = word;
	}
	return 0;
}

static int parse_option(struct arena *a, struct options *o, int c)
{
	switch (c) {
	case 'o': o->overwrite = true; return 0;
	case 'n': o->print = true; return 0;
	case 's': o->link = true; return 0;
	case 'a': pkginfo_set(a, &o->set, "ARCH", optarg); return 0;
	case 'v': pkginfo_set(a, &o->set, "VERSION", optarg); return 0;
	case 'p': pkginfo_set(a, &o->set, "PSTAMP", optarg); return 0;
	case 'b': o->base = optarg; return 0;
	case 'd': o->device = device_path(optarg); return 0;
	case 'f': o->prototype = optarg; return 0;
	case 'r': return add_roots(o, optarg);
	case 'l':
		if (str_to_u64(optarg, strlen(optarg), 10, UINT32_MAX, &o->limit) && o->limit > 0)
			return 0;
		say_error("invalid limit '%s'", optarg);
		return 1;
	default: return say_usage(usage_lines);
	}
}

static int parse(struct arena *a, int argc, char **argv, struct options *o)
{
	int c, rc;

	while ((c = getopt(argc, argv, "+onsa:b:d:f:l:p:r:v:")) != -1) {
		rc = parse_option(a, o, c);
		if (rc != 0)
			return rc;
	}
	for (; optind < argc; optind++) {
		char *eq = strchr(argv[optind], '=');

		if (eq == NULL)
			break;
		*eq = '\0';
		pkginfo_set(a, &o->given, argv[optind], eq + 1);
	}
	if (optind < argc)
		o->instance = argv[optind++];
	return optind < argc ? say_usage(usage_lines) : 0;
}

/* prototype, or Prototype, when none is named. */
static int choose_prototype(struct options *o)
{
	static const char *const names[] = { "prototype", "Prototype" };
	size_t i;

	for (i = 0; o->prototype == NULL && i < 2; i++)
		if (access(names[i], F_OK) == 0)
			o->prototype = names[i];
	if (o->prototype != NULL)
		return 0;
	say_error("unable to locate prototype file\n    - neither 'prototype' nor 'Prototype' is "
		  "here: name one with -f");
	return 1;
}

static int check_device(const struct options *o)
{
	struct stat st;

	if (o->print || (stat(o->device, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	if (stat(o->device, &st) < 0)
		say_error("unknown or invalid device specified <%s>", o->device);
	else
		say_error("invalid device specified (datastream) <%s>\n    - make a directory "
			  "package first, then: pkgtrans -s", o->device);
	return 1;
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct options o = { .device = "/var/spool/pkg" };
	struct build b = { .a = a, .o = &o };
	struct error e = ERROR_INIT;
	int rc;

	say_program("pkgmk");
	rc = parse(a, argc, argv, &o);
	if (rc != 0)
		return rc;
	rc = choose_prototype(&o);
	if (rc == 0)
		rc = check_device(&o);
	if (rc == 0) {
		signals_install();
		rc = build_package(&b, &e);
		strbuf_free(&b.info_text);
		if (rc < 0)
			say_failure(&e);
	}
	if (rc == 0)
		return 0;
	say_err("## Packaging was not successful.\n");
	if (rc == -E_INTERRUPTED)
		return 3;
	return str_has_prefix(e.text, "required pkginfo") ? 99 : 1;
}
