/* pkgchk: are installed objects as they should be (pkgchk(8)). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/prototype.h"
#include "tools/common/check.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

#define LOCK_WAIT 200	/* seconds */

static const char usage_lines[] =
	"pkgchk [-l|-acfqnxv] [-p path,...|-P part,...] [-i file] [-R root] [pkginst...]\n"
	"pkgchk [-l|-acfqnv] [-R root] -m pkgmap [-e envfile]\n"
	"pkgchk -d device [pkginst...]\n";

struct options {
	bool attributes, contents, fix, quiet, verbose, list, skip_edited, exclusive;
	const char *paths, *parts, *input, *root, *map, *env, *device;
	char **operands;
	size_t noperands;
};

static void split_paths(struct arena *a, const char *text, const char *separators,
			struct check_filter *f)
{
	const char **grown = arena_calloc(a, f->npaths + strlen(text) + 1, sizeof(*grown));
	char *copy = arena_strdup(a, text), *save = NULL, *word;

	if (f->npaths > 0)
		memcpy(grown, f->paths, f->npaths * sizeof(*grown));
	f->paths = grown;
	for (word = strtok_r(copy, separators, &save); word != NULL;
	     word = strtok_r(NULL, separators, &save))
		f->paths[f->npaths++] = word;
}

static int make_filter(struct arena *a, const struct options *o, struct check_filter *f,
		       struct error *e)
{
	const char *bytes;
	size_t len;
	int rc = 0;

	*f = (struct check_filter){ .packages = o->operands, .npackages = o->noperands,
				    .partial = o->parts != NULL };
	if (o->paths != NULL || o->parts != NULL)
		split_paths(a, o->paths != NULL ? o->paths : o->parts, ", \t\n", f);
	if (o->input != NULL)
		rc = proto_files_disk.read(NULL, a, o->input, &bytes, &len, e);
	if (rc == 0 && o->input != NULL)
		split_paths(a, bytes, "\n", f);
	return rc;
}

static int run_checks(const struct options *o, struct check *c, const struct installed *in,
		      struct error *e)
{
	struct check_filter f;
	int rc = make_filter(c->a, o, &f, e);

	if (rc < 0)
		return rc;
	if (o->map != NULL)
		return check_pkgmap(c, o->map, o->env, e);
	return o->exclusive ? check_exclusive(c, in, &f, e) : check_installed(c, in, &f, e);
}

/* Nobody else changes the root while we put things right. */
static int lock_for_fix(const struct options *o, const struct installed *in,
			struct pkgdb_lock **ret, struct error *e)
{
	if (!o->fix || in->state == NULL)
		return 0;
	return pkgdb_lock(tree_fd(in->state), "pkgchk -f", LOCK_WAIT, NULL, NULL, ret, e);
}

static int check_root(const struct options *o, struct error *e)
{
	struct check c = { .a = arena_new(), .attributes = !o->contents || o->attributes,
		.contents = !o->attributes || o->contents, .skip_edited = o->skip_edited,
		.fix = o->fix, .quiet = o->quiet, .verbose = o->verbose, .list = o->list };
	struct pkgdb_lock *lock = NULL;
	struct installed in = { .n = 0 };
	const char *root;
	int rc = altroot_choose(o->root, &root, e);

	if (rc == 0)
		rc = installed_open(root, &in, e);
	if (rc == 0) {
		installed_warn_pending(&in);
		rc = lock_for_fix(o, &in, &lock, e);
	}
	if (rc == 0) {
		c.root = in.root;
		c.prefix = in.prefix;
		rc = owners_load(in.root, &c.owners, e);
	}
	if (rc == 0)
		rc = run_checks(o, &c, &in, e);
	pkgdb_unlock(lock);
	owners_free(c.owners);
	installed_close(&in);
	arena_free(c.a);
	return rc < 0 ? rc : c.faults > 0;
}

static int parse_letter(struct options *o, int c)
{
	switch (c) {
	case 'a': o->attributes = true; break;
	case 'c': o->contents = true; break;
	case 'f': o->fix = true; break;
	case 'l': o->list = true; break;
	case 'n': o->skip_edited = true; break;
	case 'q': o->quiet = true; break;
	case 'v': o->verbose = true; break;
	case 'x': o->exclusive = true; break;
	case 'p': o->paths = optarg; break;
	case 'P': o->parts = optarg; break;
	case 'i': o->input = optarg; break;
	case 'R': o->root = optarg; break;
	case 'm': o->map = optarg; break;
	case 'e': o->env = optarg; break;
	case 'd': o->device = device_path(optarg); break;
	default: return 1;
	}
	return 0;
}

static bool options_fit(const struct options *o)
{
	bool some_paths = o->paths != NULL || o->parts != NULL || o->input != NULL;

	if (o->paths != NULL && o->parts != NULL)
		return false;
	if (o->list && (o->attributes || o->contents || o->fix || o->exclusive))
		return false;
	if (o->map != NULL && (o->exclusive || o->noperands > 0 || some_paths))
		return false;
	if (o->env != NULL && o->map == NULL)
		return false;
	return o->device == NULL || !(o->list || o->fix || o->exclusive || o->map != NULL ||
				      some_paths || o->root != NULL);
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+acflnqvxp:P:i:R:m:e:d:M")) != -1)
		if (c != 'M' && parse_letter(o, c) != 0)
			return say_usage(usage_lines);
	o->operands = argv + optind;
	o->noperands = (size_t)(argc - optind);
	return options_fit(o) ? 0 : say_usage(usage_lines);
}

int main(int argc, char **argv)
{
	struct options o = { .fix = false };
	struct error e = ERROR_INIT;
	int rc;

	say_program("pkgchk");
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc;
	if (o.device != NULL)
		rc = check_medium(o.device, o.operands, o.noperands, &e);
	else
		rc = check_root(&o, &e);
	if (fflush(stdout) != 0 && rc == 0)
		rc = 1;
	if (rc >= 0)
		return rc;
	say_failure(&e);
	return rc == -E_DB ? 99 : 1;
}
