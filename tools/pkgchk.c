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
	"pkgchk [-l|-acfqnxv] [-p path,...|-P part,...] [-i file] [-R root]\n"
	"       [-Y category,...|pkginst...]\n"
	"pkgchk [-l|-acfqnv] [-R root] -m pkgmap [-e envfile]\n"
	"pkgchk -d device [-l|-v] [-p path,...|-P part,...] [-i file]\n"
	"       [-Y category,...|pkginst...]\n";

struct options {
	bool attributes, contents, fix, quiet, verbose, list, skip_edited, exclusive;
	const char *paths, *parts, *input, *root, *map, *env, *device, *category;
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

static int no_paths(const char *option, struct error *e)
{
	return error_set(e, E_USAGE, "no pathname included with -%s option", option);
}

static int make_filter(struct arena *a, const struct options *o, struct check_filter *f,
		       struct error *e)
{
	const char *text = o->paths != NULL ? o->paths : o->parts, *bytes;
	size_t len;
	int rc;

	*f = (struct check_filter){ .packages = o->operands, .npackages = o->noperands,
				    .partial = o->parts != NULL, .category = o->category,
				    .quiet = o->quiet || o->list };
	if (text != NULL) {
		split_paths(a, text, ", \t\n", f);
		if (f->npaths == 0 || (o->parts != NULL && text[0] == '-'))
			return no_paths(o->paths != NULL ? "p" : "P", e);
	}
	if (o->input == NULL)
		return 0;
	rc = proto_files_disk.read(NULL, a, o->input, &bytes, &len, e);
	if (rc < 0)
		return rc;
	split_paths(a, bytes, " \t\r\n", f);
	return f->npaths > 0 ? 0 : error_set(e, E_USAGE, "no pathnames in file specified by -i "
					     "option");
}

static int run_checks(const struct options *o, struct check *c, const struct installed *in,
		      const struct check_filter *f, struct error *e)
{
	int rc = 0;

	if (o->map != NULL)
		return check_pkgmap(c, o->map, o->env, e);
	if (!o->exclusive || o->attributes || o->contents)
		rc = check_installed(c, in, f, e);
	return rc == 0 && o->exclusive ? check_exclusive(c, in, f, e) : rc;
}

static int check_device(const struct options *o, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct check c = { .a = a, .list = o->list, .verbose = o->verbose, .prefix = "" };
	struct check_filter f;
	int rc = make_filter(a, o, &f, e);

	if (rc < 0)
		return rc;
	if (o->fix)
		say_warning("%s is spooled. Ignoring \"f\" argument",
			    o->noperands > 0 ? o->operands[0] : o->device);
	rc = check_medium(&c, o->device, &f, e);
	return rc < 0 ? rc : c.faults > 0;
}

static int refuse_foreign(const struct installed *in, struct error *e)
{
	(void)error_set(e, E_UNSUPPORTED, "this root was made by other tools, and is only looked "
			"at");
	return error_hint(e, "commpkg adopt -R %s", in->prefix[0] != '\0' ? in->prefix : "/");
}

static int find_foreign(const struct options *o, struct check *c, struct check_repair *how,
			struct error *e)
{
	if (!o->exclusive)
		return 0;
	c->root = how->in->root;
	return check_exclusive_find(c, how->in, how->f, &how->gone, &how->ngone, e);
}

/* As a transaction of our own; the database is opened anew after it. Of a pkgmap there is
 * none. */
static int repair_first(const struct options *o, struct check *c, const char *root,
			struct installed *in, const struct check_filter *f, struct error *e)
{
	struct check_repair how = { .in = in, .f = f, .lock_wait = LOCK_WAIT,
		.attributes = !o->exclusive || o->attributes || o->contents };
	int rc;

	if (in->foreign)
		return refuse_foreign(in, e);
	if (in->state == NULL || o->map != NULL)
		return 0;
	rc = find_foreign(o, c, &how, e);
	if (rc == 0)
		rc = check_repair(root, &how, e);
	if (rc < 0)
		return rc;
	installed_close(in);
	return installed_look(root, true, in, e);
}

/* Nobody else changes the root while we put things right. */
static int prepare_fix(const struct options *o, struct check *c, const char *root,
		       struct installed *in, const struct check_filter *f,
		       struct pkgdb_lock **ret, struct error *e)
{
	int rc = repair_first(o, c, root, in, f, e);

	if (rc < 0 || in->state == NULL)
		return rc;
	return pkgdb_lock(tree_fd(in->state), "pkgchk -f", LOCK_WAIT, NULL, NULL, ret, e);
}

static int check_root(const struct options *o, struct error *e)
{
	struct check c = { .a = arena_new(), .attributes = !o->contents || o->attributes,
		.contents = !o->attributes || o->contents, .skip_edited = o->skip_edited,
		.fix = o->fix, .quiet = o->quiet, .verbose = o->verbose, .list = o->list };
	struct pkgdb_lock *lock = NULL;
	struct installed in = { .n = 0 };
	struct check_filter f = { .npaths = 0 };
	const char *root;
	int rc = altroot_choose(o->root, &root, e);

	if (rc == 0)
		rc = make_filter(c.a, o, &f, e);
	if (rc == 0)
		rc = installed_look(root, true, &in, e);
	if (rc == 0 && o->fix)
		rc = prepare_fix(o, &c, root, &in, &f, &lock, e);
	if (rc == 0) {
		installed_warn_pending(&in);
		c.root = in.root;
		c.prefix = in.prefix;
		rc = owners_load(in.root, &c.owners, e);
	}
	if (rc == 0)
		rc = run_checks(o, &c, &in, &f, e);
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
	case 'Y': o->category = optarg; break;
	case 'M': case 'V': break; /* of clients of a file server */
	default: return 1;
	}
	return 0;
}

static bool options_fit(const struct options *o)
{
	bool some_paths = o->paths != NULL || o->parts != NULL || o->input != NULL;
	bool compares = o->attributes || o->contents || o->quiet || o->exclusive ||
			o->skip_edited;

	if (o->paths != NULL && o->parts != NULL)
		return false;
	if (o->list && (compares || o->fix || o->verbose))
		return false;
	if (o->category != NULL && o->noperands > 0)
		return false;
	if (o->map != NULL)
		return !o->exclusive && o->noperands == 0 && !some_paths &&
		       o->device == NULL && o->category == NULL;
	if (o->env != NULL)
		return false;
	return o->device == NULL || (!compares && o->root == NULL);
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+acflnqvxp:P:i:R:m:e:d:MV:Y:")) != -1)
		if (parse_letter(o, c) != 0)
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
		rc = check_device(&o, &e);
	else
		rc = check_root(&o, &e);
	if (fflush(stdout) != 0 && rc == 0)
		rc = 1;
	if (rc >= 0)
		return rc;
	say_failure(&e);
	return rc == -E_DB ? 99 : 1;
}
