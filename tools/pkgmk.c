/* pkgmk: a package in directory form from a prototype (pkgmk(1)). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "commpkg/signals.h"
#include "formats/digest.h"
#include "tools/common/make.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

static const char usage_lines[] =
	"pkgmk [-on] [-a arch] [-b base] [-d device] [-f prototype] [-l limit] [-p pstamp]\n"
	"      [-r root,...] [-v version] [variable=value ...] [pkginst]\n"
	"where\n"
	"  -o #overwrite an instance of the same name\n"
	"  -n #print the pkgmap instead\n"
	"  -b #prepended to relative paths when contents are looked for\n"
	"  -r #directories in which contents are looked for by their full path\n"
	"  -l #split into parts of that many 512-byte blocks\n";

struct options {
	bool overwrite, print;
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
	struct pkginfo info;
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

static void warn_about_paths(const struct build *b)
{
	bool parametric = false;
	size_t i;

	for (i = 0; i < b->proto.n; i++) {
		const struct proto_entry *pe = &b->proto.v[i];

		if (pe->unsaid)
			say_warning("attributes set to ? ? ? for <%s>", pe->entry.path);
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

static int read_prototype(struct build *b, struct error *e)
{
	struct proto_where where = { .roots = b->o->roots, .nroots = b->o->nroots,
				     .base = b->o->base };
	int rc = prototype_parse(b->a, b->o->prototype, &proto_files_disk, &b->o->given,
				 &b->proto, e);

	if (rc == 0)
		rc = prototype_find(b->a, &b->proto, &where, e);
	if (rc < 0) {
		say_err("ERROR in %s:\n    %s\n", b->o->prototype, e->text);
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

static int load_pkginfo(struct build *b, struct pkginfo *ret, struct error *e)
{
	const char *bytes;
	size_t len;
	int rc;

	for (b->pkginfo_at = 0; b->pkginfo_at < b->map.n; b->pkginfo_at++)
		if (b->map.entries[b->pkginfo_at].ftype == 'i' &&
		    str_eq(b->map.entries[b->pkginfo_at].path, "pkginfo"))
			break;
	if (b->pkginfo_at == b->map.n)
		return error_set(e, E_NOT_FOUND,
				 "required pkginfo file is not specified in prototype file");
	rc = proto_files_disk.read(NULL, b->a, b->source[b->pkginfo_at], &bytes, &len, e);
	if (rc < 0)
		return rc;
	return pkginfo_parse(b->a, bytes, len, "pkginfo", ret, e);
}

static int choose_instance(struct build *b, const char **ret, struct error *e)
{
	const char *pkg = pkginfo_get(&b->info, "PKG"), *inst = b->o->instance;
	size_t n = strlen(pkg);

	if (inst == NULL)
		inst = pkg;
	if (!pkginfo_instance_ok(inst) || strncmp(inst, pkg, n) != 0 ||
	    (inst[n] != '\0' && inst[n] != '.'))
		return error_set(e, E_FORMAT, "PKG parameter <%s> does not match instance <%s>",
				 pkg, inst);
	*ret = inst;
	return 0;
}

static int make_pkginfo(struct build *b, struct error *e)
{
	AUTO_STRBUF struct strbuf notes = STRBUF_INIT;
	struct entry *en;
	struct pkginfo file;
	struct make_params m = { .file = &file, .options = &b->o->set, .given = &b->o->given,
				 .vars = &b->proto.vars, .map = &b->map, .now = b->now,
				 .reproducible = b->reproducible };
	int rc = load_pkginfo(b, &file, e);

	if (rc < 0)
		return rc;
	show_missing(b);
	rc = make_params(b->a, &m, &b->info, &notes, e);
	if (rc == 0)
		show_notes(strbuf_str(&notes));
	if (rc < 0)
		return rc;
	pkginfo_render(&b->info, &b->info_text);
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
	for (i = 0; i < b->parts.n; i++)
		say_err("part %2u -- %llu blocks, %u entries\n", i + 1,
			(unsigned long long)b->parts.v[i].blocks, b->parts.v[i].entries);
	return 0;
}

struct progress {
	const char *top;
	uint32_t part, nparts;
};

static void show_file(void *ctx, uint32_t part, const char *path)
{
	struct progress *p = ctx;

	if (p->part != part && p->part == 1)
		say_err("## Validating control scripts.\n");
	if (p->part != part && p->nparts > 1)
		say_err(" -- part %2u:\n", part);
	p->part = part;
	say_err("%s/%s\n", p->top, path);
}

static int write_package(struct build *b, const char *instance, struct error *e)
{
	struct progress p = { .top = arena_printf(b->a, "%s/%s", b->o->device, instance),
			      .nparts = b->map.nparts };
	struct make_write w = { .device = b->o->device, .instance = instance, .map = &b->map,
		.source = b->source, .pkginfo = b->info_text.p, .pkginfo_len = b->info_text.len,
		.pkginfo_mtime = b->now, .overwrite = b->o->overwrite, .told = show_file,
		.ctx = &p };
	int rc;

	if (b->map.nparts == 1)
		say_err("## Packaging one part.\n");
	else
		say_err("## Packaging %u parts.\n", b->map.nparts);
	rc = make_write(&w, e);
	if (rc < 0)
		return rc;
	if (b->map.nparts == 1)
		say_err("## Validating control scripts.\n");
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
	const char *instance = NULL;
	int rc = read_clock(b, e);

	if (rc < 0)
		return rc;
	say_err("## Building pkgmap from package prototype file.\n");
	rc = read_prototype(b, e);
	if (rc < 0)
		return rc;
	say_err("## Processing pkginfo file.\n");
	rc = make_pkginfo(b, e);
	if (rc == 0)
		rc = choose_instance(b, &instance, e);
	if (rc == 0)
		rc = volumize(b, e);
	if (rc == 0)
		rc = check_map(b, e);
	if (rc < 0)
		return rc;
	return b->o->print ? print_map(b) : write_package(b, instance, e);
}

static int add_roots(struct options *o, char *text)
{
	char *save = NULL, *word;

	for (word = strtok_r(text, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save)) {
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

	while ((c = getopt(argc, argv, "+ona:b:d:f:l:p:r:v:")) != -1) {
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
static const char *default_prototype(void)
{
	return access("prototype", F_OK) < 0 && access("Prototype", F_OK) == 0 ? "Prototype"
									       : "prototype";
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
	if (o.prototype == NULL)
		o.prototype = default_prototype();
	signals_install();
	rc = build_package(&b, &e);
	strbuf_free(&b.info_text);
	if (rc >= 0)
		return 0;
	say_failure(&e);
	say_err("## Packaging was not successful.\n");
	if (rc == -E_INTERRUPTED)
		return 3;
	return str_has_prefix(e.text, "required pkginfo") ? 99 : 1;
}
