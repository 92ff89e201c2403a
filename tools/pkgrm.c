/* pkgrm: packages out of a root, one transaction each (pkgrm(8)). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commpkg/environment.h"
#include "commpkg/sadm.h"
#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "formats/spool.h"
#include "formats/spool_write.h"
#include "tools/common/menu.h"
#include "tools/common/operand.h"
#include "tools/common/rm.h"
#include "tools/common/say.h"

static const char usage_lines[] =
	"pkgrm [-nAMv] [-a admin_file] [-R root] [-Y category,... | pkg ...]\n"
	"pkgrm -s spool pkg ...\n";

struct options {
	struct rm_options rm;
	const char *admin, *root, *spool, *categories;
	char **operands;
	size_t noperands;
	bool no_unified;	/* -M: told to scripts */
};

/* The instances to remove, by name. */
struct names {
	const char **v;
	size_t n;
};

static void add_name(struct names *to, const char *name)
{
	size_t i;

	for (i = 0; i < to->n; i++)
		if (str_eq(to->v[i], name))
			return;
	to->v[to->n++] = name;
}

/* ---- packages of a root */

static bool in_categories(const struct pkgdb_package *p, const char *categories)
{
	char *copy = xstrdup(categories), *save = NULL, *word;
	bool found = false;

	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save))
		found = found || word_in_list(word, p->category, true);
	free(copy);
	return found;
}

/* In the order in which they came. */
static int by_arrival(const void *x, const void *y)
{
	const struct pkgdb_package *a = x, *b = y;

	return (a->first > b->first) - (a->first < b->first);
}

static int match_operand(const struct pkgdb_package *v, size_t n, const char *operand,
			 struct arena *a, struct names *ret, struct error *e)
{
	bool found = false;
	size_t i;

	for (i = 0; i < n; i++)
		if (operand_matches(operand, v[i].instance)) {
			add_name(ret, arena_strdup(a, v[i].instance));
			found = true;
		}
	if (!found)
		return error_set(e, E_NOT_FOUND, "no package associated with <%s>", operand);
	return 0;
}

static int match_menu(const struct installed *in, struct arena *a, struct names *ret,
		      struct error *e)
{
	struct menu_entry *v = arena_calloc(a, in->n + 1, sizeof(*v));
	bool *picked = arena_calloc(a, in->n + 1, sizeof(*picked));
	struct menu menu;
	size_t i;

	if (in->n == 0)
		return error_set(e, E_NOT_FOUND, "no packages are installed");
	for (i = 0; i < in->n; i++)
		v[i] = (struct menu_entry){ in->v[i].instance, in->v[i].title, in->v[i].arch,
					    in->v[i].version };
	menu = menu_of_packages(v, in->n);
	if (menu_choose(a, &menu, picked) == 0)
		return error_set(e, E_INTERRUPTED, "nothing was chosen");
	for (i = 0; i < in->n; i++)
		if (picked[i])
			add_name(ret, arena_strdup(a, in->v[i].instance));
	return 0;
}

static int match_all(const struct options *o, const struct installed *in,
		     const struct pkgdb_package *v, struct arena *a, struct names *ret,
		     struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; o->categories != NULL && i < in->n; i++)
		if (in_categories(&v[i], o->categories))
			add_name(ret, arena_strdup(a, v[i].instance));
	for (i = 0; rc == 0 && i < o->noperands; i++)
		rc = match_operand(v, in->n, o->operands[i], a, ret, e);
	if (o->categories != NULL || o->noperands > 0)
		return rc;
	return match_menu(in, a, ret, e);
}

static int choose_installed(const struct options *o, struct arena *a, struct names *ret,
			    struct error *e)
{
	struct pkgdb_package *v;
	struct installed in;
	int rc = installed_open(o->rm.root_path, &in, e);

	if (rc == 0 && in.n == 0 && sadm_in_use(in.root)) {
		(void)error_set(e, E_NOT_FOUND, "the packages of <%s> were installed by other "
				"tools, and are not in its database here", o->rm.root_path);
		rc = error_hint(e, "first: commpkg adopt -R %s", o->rm.root_path);
		installed_close(&in);
	}
	if (rc < 0)
		return rc;
	v = arena_calloc(in.arena, in.n, sizeof(*v));
	if (in.n > 0) {
		memcpy(v, in.v, in.n * sizeof(*v));
		qsort(v, in.n, sizeof(*v), by_arrival);
	}
	ret->v = arena_calloc(a, in.n + 1, sizeof(*ret->v));
	rc = match_all(o, &in, v, a, ret, e);
	installed_close(&in);
	return rc;
}

static int remove_installed(const struct options *o, struct arena *a, struct error *e)
{
	struct outcome_counts counts = { .seen = { 0 } };
	struct names names = { .n = 0 };
	size_t i;
	int rc = choose_installed(o, a, &names, e);

	if (rc < 0) {
		say_failure(e);
		return rc == -E_INTERRUPTED ? OUTCOME_QUIT : OUTCOME_FAILED;
	}
	for (i = 0; i < names.n; i++) {
		int result = rm_package(&o->rm, names.v[i]);

		outcome_count(&counts, result);
		if (i + 1 < names.n && !outcome_goes_on(result, o->rm.noninteractive, 1))
			break;
	}
	return outcome_status(&counts);
}

/* ---- packages of a spool: directories, nothing else */

static int spool_names(const struct options *o, int dir, struct arena *a, struct names *ret,
		       struct error *e)
{
	const char **found;
	size_t n, i, j;
	int rc = spool_find_packages(a, dir, &found, &n, e);

	if (rc < 0)
		return rc;
	ret->v = arena_calloc(a, n + 1, sizeof(*ret->v));
	for (i = 0; i < o->noperands; i++) {
		size_t before = ret->n;

		for (j = 0; j < n; j++)
			if (operand_matches(o->operands[i], found[j]))
				add_name(ret, found[j]);
		if (ret->n == before)
			return error_set(e, E_NOT_FOUND, "no package associated with <%s>",
					 o->operands[i]);
	}
	return 0;
}

static int remove_spooled(const struct options *o, struct arena *a, struct error *e)
{
	AUTO_FD int dir = open(o->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct names names = { .n = 0 };
	size_t i;
	int rc;

	if (dir < 0)
		rc = error_errno(e, errno, "cannot open directory '%s'", o->spool);
	else
		rc = spool_names(o, dir, a, &names, e);
	for (i = 0; rc == 0 && i < names.n; i++) {
		if (!o->rm.noninteractive)
			say_err("\nRemoving spooled package instance <%s>\n", names.v[i]);
		rc = spool_remove(dir, names.v[i], e);
	}
	if (rc < 0)
		say_failure(e);
	return rc < 0 ? 1 : 0;
}

/* ---- options */

static const char *command_line(struct arena *a, int argc, char **argv)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	int i;

	for (i = 0; i < argc; i++)
		strbuf_addf(&b, "%s%s", i > 0 ? " " : "", i > 0 ? argv[i] : say_name());
	return arena_strdup(a, b.p);
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+nAMva:R:s:Y:V:O:")) != -1) {
		switch (c) {
		case 'n': o->rm.noninteractive = true; break;
		case 'a': o->admin = optarg; break;
		case 'R': o->root = optarg; break;
		case 's': o->spool = device_path(optarg); break;
		case 'Y': o->categories = optarg; break;
		case 'v': o->rm.trace = true; break;
		case 'M': o->no_unified = true; break;
		case 'A': o->rm.from_servers = true; break;
		case 'V': case 'O':
			break; /* for clients and installers: nothing to do here */
		default: return say_usage(usage_lines);
		}
	}
	o->operands = argv + optind;
	o->noperands = (size_t)(argc - optind);
	if ((o->noperands == 0 && o->categories == NULL &&
	     (o->rm.noninteractive || o->spool != NULL)) ||
	    (o->categories != NULL && (o->noperands > 0 || o->spool != NULL)))
		return say_usage(usage_lines);
	return 0;
}

/* 0, or an exit status. */
static int prepare(struct arena *a, struct options *o, struct error *e)
{
	int rc = altroot_choose(o->root, &o->rm.root_path, e);

	if (rc < 0) {
		say_failure(e);
		return 1;
	}
	environment_flags(a, &o->rm.flags);
	if (o->no_unified)
		pkginfo_set(a, &o->rm.flags, "PKG_NO_UNIFIED", "TRUE");
	rc = admin_load(a, o->admin, o->rm.root_path, &o->rm.admin, e);
	if (rc < 0)
		say_failure(e);
	return rc < 0 ? OUTCOME_INTERNAL : 0;
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct options o = { .admin = NULL };
	struct error e = ERROR_INIT;
	int status;

	say_program("pkgrm");
	o.rm.command = command_line(a, argc, argv);
	status = parse(argc, argv, &o);
	if (status != 0)
		return status;
	if (o.spool != NULL)
		return remove_spooled(&o, a, &e);
	status = prepare(a, &o, &e);
	if (status != 0)
		return status;
	signals_install();
	return remove_installed(&o, a, &e);
}
