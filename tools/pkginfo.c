/* pkginfo: what is installed, or what lies in a medium (pkginfo(1)). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/depend.h"
#include "formats/medium.h"
#include "tools/common/installed.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

static const char usage_lines[] =
	"pkginfo [-q] [-pi] [-x|l] [options] [pkg ...]\n"
	"pkginfo -d device [-q] [-x|l] [options] [pkg ...]\n"
	"pkginfo -r [-R root] pkg ...\n"
	"where\n"
	"  -q #quiet mode\n"
	"  -p #select partially installed packages\n"
	"  -i #select completely installed packages\n"
	"  -x #extracted listing\n"
	"  -l #long listing\n"
	"  -r #relocation base\n"
	"and options may include:\n"
	"  -c category, [category...]\n"
	"  -a architecture\n"
	"  -v version\n"
	"  -R root\n";

struct options {
	bool quiet, partial, complete, extracted, long_form, relocation;
	const char *device, *category, *arch, *version, *root;
	char **operands;
	size_t noperands;
};

/* A package to show, installed or spooled. */
struct shown {
	const char *instance;
	const struct pkginfo *info;
	const struct pkgdb_package *installed;	/* or NULL */
	const struct package *spooled;		/* or NULL */
	struct compver compver;
};

struct list {
	struct arena *a;
	struct installed in;
	struct medium *medium;
	struct shown *v;
	size_t n;
};

struct counts {
	unsigned long paths, partial, shared, linked, dirs, execs, setids, infos, blocks;
};

/* As every implementation counts: a mode that is left open has all its bits, and set-id bits
 * are looked for in directories too. */
static void count_object(struct counts *c, char ftype, uint32_t mode, uint64_t size)
{
	bool file = ftype == 'f' || ftype == 'e' || ftype == 'v';

	c->paths++;
	if (ftype == 'l')
		c->linked++;
	if (ftype_is_dir(ftype))
		c->dirs++;
	if (file)
		c->blocks += (size + 511) / 512;
	if (file && (mode & 0111))
		c->execs++;
	if (strchr("sli", ftype) == NULL && (mode & 06000))
		c->setids++;
}

static int count_installed(struct list *l, const struct pkgdb_package *p, struct counts *ret,
			   struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_file *files, *owners;
	struct counts c = { .paths = 0 };
	size_t n, i, nowners;
	int rc = pkgdb_files(l->in.db, a, p->id, PKGDB_NOW, &files, &n, e);

	for (i = 0; rc >= 0 && i < n; i++) {
		count_object(&c, files[i].ftype, files[i].mode, files[i].size);
		/* what is not there as it should be counts for itself */
		c.partial += files[i].status == '!';
		c.paths -= files[i].status == '!';
		rc = pkgdb_owners(l->in.db, a, files[i].path, PKGDB_NOW, &owners, &nowners, e);
		if (rc >= 0)
			c.shared += nowners > 1;
	}
	if (rc < 0)
		return rc;
	*ret = c;
	return 0;
}

/* The pkgmap itself counts as a pathname and as an information file. */
static void count_spooled(const struct package *p, struct counts *ret)
{
	struct counts c = { .paths = 1, .infos = 1 };
	size_t i;

	for (i = 0; i < p->map.n; i++) {
		const struct entry *en = &p->map.entries[i];

		count_object(&c, en->ftype, en->mode, en->size);
		c.infos += en->ftype == 'i';
	}
	*ret = c;
}

static void show_count(unsigned long n, const char *what)
{
	if (n > 0)
		say_out("%20lu %s\n", n, what);
}

static void show_counts(const struct counts *c, bool spooled)
{
	if (c->paths > 0)
		say_out("%10s:  %7lu %s pathnames\n", "FILES", c->paths,
			spooled ? "spooled" : "installed");
	show_count(c->partial, "partially installed pathnames");
	show_count(c->shared, "shared pathnames");
	show_count(c->linked, "linked files");
	show_count(c->dirs, "directories");
	show_count(c->execs, "executables");
	show_count(c->setids, "setuid/setgid executables");
	show_count(c->infos, "package information files");
	show_count(c->blocks, "blocks used (approx)");
	say_out("\n");
}

static const char *get(const struct shown *s, const char *name)
{
	const char *value = pkginfo_get(s->info, name);

	return value != NULL ? value : "";
}

static int show_long(struct list *l, const struct shown *s, struct error *e)
{
	static const char *const names[] = { "NAME", "CATEGORY", "ARCH", "VERSION", "BASEDIR",
		"VENDOR", "DESC", "PSTAMP", "INSTDATE", "VSTOCK", "SERIALNUM", "HOTLINE",
		"EMAIL" };
	struct counts c;
	size_t i;
	int rc = 0;

	if (s->installed != NULL)
		rc = count_installed(l, s->installed, &c, e);
	else
		count_spooled(s->spooled, &c);
	if (rc < 0)
		return rc;
	say_out("%10s:  %s\n", "PKGINST", s->instance);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (get(s, names[i])[0] != '\0')
			say_out("%10s:  %s\n", names[i], get(s, names[i]));
	say_out("%10s:  %s\n", "STATUS", s->spooled != NULL ? "spooled" :
		s->installed->state != 0 ? "partially installed" : "completely installed");
	show_counts(&c, s->spooled != NULL);
	return 0;
}

static void show_extracted(const struct shown *s, int width)
{
	say_out("%-*s  %s\n", width, s->instance, get(s, "NAME"));
	say_out("%*s  (%s) %s\n", width, "", get(s, "ARCH"), get(s, "VERSION"));
}

static void show_short(const struct shown *s, int width)
{
	const char *category = get(s, "CATEGORY");
	int n = (int)strcspn(category, ",");

	say_out("%-11.*s %-*s %s\n", n < 11 ? n : 11, category, width, s->instance,
		get(s, "NAME"));
}

static bool version_matches(const struct shown *s, const char *version)
{
	size_t i;

	if (depend_version_equal(get(s, "VERSION"), version))
		return true;
	for (i = 0; i < s->compver.n; i++)
		if (depend_version_equal(s->compver.versions[i], version))
			return true;
	return false;
}

/* By its own properties; a package of a medium is neither complete nor partial. */
static bool fits(const struct options *o, const struct shown *s)
{
	bool partial = s->installed != NULL && s->installed->state != 0;

	if (s->installed != NULL && ((o->partial && !partial) || (o->complete && partial)))
		return false;
	if (o->category != NULL && !categories_meet(o->category, get(s, "CATEGORY")))
		return false;
	if (o->arch != NULL && !word_in_list(o->arch, get(s, "ARCH"), false))
		return false;
	return o->version == NULL || version_matches(s, o->version);
}

static bool selected(const struct options *o, const struct shown *s)
{
	size_t i;

	for (i = 0; i < o->noperands; i++)
		if (operand_matches(o->operands[i], s->instance))
			return true;
	return o->noperands == 0;
}

static int read_compver(struct list *l, const struct pkgdb_package *p, struct shown *s,
			struct error *e)
{
	struct infofile *files;
	size_t n, i;
	int rc = pkgdb_infofiles(l->in.db, l->a, p->id, &files, &n, e);

	for (i = 0; rc >= 0 && i < n; i++)
		if (str_eq(files[i].name, "compver"))
			rc = compver_parse(l->a, files[i].bytes, files[i].len, "compver",
					   &s->compver, e);
	return rc < 0 ? rc : 0;
}

static int list_installed(struct list *l, const struct options *o, struct error *e)
{
	size_t i;
	int rc;

	l->v = arena_calloc(l->a, l->in.n, sizeof(*l->v));
	for (i = 0; i < l->in.n; i++) {
		struct pkginfo *info = arena_alloc(l->a, sizeof(*info));
		const struct pkgdb_package *p = &l->in.v[i];
		struct shown *s = &l->v[l->n];

		rc = pkgdb_params(l->in.db, l->a, p->id, info, e);
		if (rc < 0)
			return rc;
		if (l->in.foreign && info->n == 0)
			continue; /* known from contents alone: no package to show */
		*s = (struct shown){ .instance = p->instance, .info = info, .installed = p };
		l->n++;
		if (o->version != NULL) {
			rc = read_compver(l, p, s, e);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int by_instance(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	return strcmp(x->instance, y->instance);
}

static int list_medium(struct list *l, const struct options *o, struct error *e)
{
	const char *path = device_path(o->device);
	size_t i;
	int rc;

	rc = medium_open_each(AT_FDCWD, path, o->version != NULL ? MEDIUM_ALL : MEDIUM_HEAD,
			      &l->medium, e);
	if (rc < 0)
		return rc;
	l->v = arena_calloc(l->a, medium_count(l->medium), sizeof(*l->v));
	for (i = 0; i < medium_count(l->medium); i++) {
		const struct package *p = medium_package(l->medium, i);

		if (p->broken != NULL) {
			if (!o->quiet)
				say_warning("package <%s> is left out: %s", p->dirname,
					    p->broken->text);
			continue;
		}
		l->v[l->n++] = (struct shown){ .instance = p->dirname, .info = &p->info,
					       .spooled = p, .compver = p->compver };
	}
	qsort(l->v, l->n, sizeof(*l->v), by_instance);
	return 0;
}

/* 0, or 1 when an operand showed nothing. */
static int check_operands(const struct options *o, const struct list *l)
{
	size_t i, j;
	int status = 0;

	for (i = 0; i < o->noperands; i++) {
		for (j = 0; j < l->n; j++)
			if (operand_matches(o->operands[i], l->v[j].instance))
				break;
		if (j < l->n)
			continue;
		status = 1;
		if (o->quiet)
			continue;
		if (o->partial)
			say_err("ERROR: No partial information for \"%s\" was found\n",
				o->operands[i]);
		else
			say_err("ERROR: information for \"%s\" was not found\n",
				o->operands[i]);
	}
	return status;
}

static int show_one(const struct options *o, struct list *l, const struct shown *s, int width,
		    struct error *e)
{
	if (o->quiet)
		return 0;
	if (o->relocation) {
		say_out("%s\n", get(s, "BASEDIR")[0] != '\0' ? get(s, "BASEDIR") : "none");
	} else if (o->long_form) {
		return show_long(l, s, e);
	} else if (o->extracted) {
		show_extracted(s, width);
	} else {
		show_short(s, width);
	}
	return 0;
}

/* Columns are as wide as the longest name that was asked for, shown or not. */
static int keep_wanted(const struct options *o, struct list *l)
{
	size_t i, n = 0;
	int width = 0;

	for (i = 0; i < l->n; i++) {
		if (!selected(o, &l->v[i]))
			continue;
		if ((int)strlen(l->v[i].instance) > width)
			width = (int)strlen(l->v[i].instance);
		if (fits(o, &l->v[i]))
			l->v[n++] = l->v[i];
	}
	l->n = n;
	return width;
}

static bool is_whole(const struct shown *s)
{
	static const char *const names[] = { "NAME", "ARCH", "VERSION", "CATEGORY" };
	size_t i;

	for (i = 0; i < 4; i++)
		if (get(s, names[i])[0] == '\0')
			return false;
	return true;
}

static int show_list(const struct options *o, struct list *l, struct error *e)
{
	int width = keep_wanted(o, l), status = l->n > 0 ? 0 : 1, rc = 0;
	size_t i;

	for (i = 0; rc >= 0 && i < l->n; i++) {
		if (is_whole(&l->v[i])) {
			rc = show_one(o, l, &l->v[i], width, e);
			continue;
		}
		status = 1;
		say_error("pkginfo file is corrupt or missing\n    - of package <%s>",
			  l->v[i].instance);
	}
	return rc < 0 ? rc : status;
}

static int run(const struct options *o, struct list *l, struct error *e)
{
	const char *root;
	int rc, missing;

	if (o->device != NULL) {
		rc = list_medium(l, o, e);
	} else {
		rc = altroot_choose(o->root, &root, e);
		if (rc == 0)
			rc = installed_look(root, o->long_form, &l->in, e);
		installed_warn_pending(&l->in);
		if (rc == 0)
			rc = list_installed(l, o, e);
	}
	if (rc < 0)
		return rc;
	rc = show_list(o, l, e);
	missing = rc < 0 ? 0 : check_operands(o, l);
	return rc != 0 ? rc : missing;
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+qpixlrd:c:a:v:R:")) != -1) {
		switch (c) {
		case 'q': o->quiet = true; break;
		case 'p': o->partial = true; break;
		case 'i': o->complete = true; break;
		case 'x': o->extracted = true; break;
		case 'l': o->long_form = true; break;
		case 'r': o->relocation = true; break;
		case 'd': o->device = optarg; break;
		case 'c': o->category = optarg; break;
		case 'a': o->arch = optarg; break;
		case 'v': o->version = optarg; break;
		case 'R': o->root = optarg; break;
		default: return say_usage(usage_lines);
		}
	}
	o->operands = argv + optind;
	o->noperands = (size_t)(argc - optind);
	if (o->extracted + o->long_form + o->relocation > 1)
		say_error("-%c and -%s flags are not compatible", o->long_form ? 'l' : 'x',
			  o->long_form ? "x/-r" : "l/-r");
	else if (!o->partial || !o->complete)
		return 0;
	return say_usage(usage_lines);
}

int main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	struct list l = { .n = 0 };
	struct error e = ERROR_INIT;
	int rc;

	say_program("pkginfo");
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc;
	l.a = arena_new();
	rc = run(&o, &l, &e);
	if (rc < 0 && !o.quiet)
		say_failure(&e);
	medium_close(l.medium);
	installed_close(&l.in);
	arena_free(l.a);
	if (fflush(stdout) != 0)
		return 1;
	return rc == 0 ? 0 : 1;
}
