/* pkgadd: packages into a root, one transaction each (pkgadd(8)). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commpkg/signals.h"
#include "tools/common/add.h"
#include "tools/common/ask.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"
#include "tools/common/transfer.h"

static const char usage_lines[] =
	"pkgadd [-nSv] [-d device] [-a admin_file] [-r response] [-R root]\n"
	"       [-Y category,... | pkg ...]\n"
	"pkgadd -s dir [-d device] [-Y category,... | pkg ...]\n";

struct options {
	struct add_options add;
	const char *device, *admin, *root, *spool, *categories;
	char **operands;
	size_t noperands;
};

/* ---- which packages */

static bool in_categories(const struct package *p, const char *categories)
{
	char *copy = xstrdup(categories), *save = NULL, *word;
	bool found = false;

	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save))
		found = found || word_in_list(word, p->category, true);
	free(copy);
	return found;
}

/* A menu, when nobody said which: one name or number, or `all`. */
static const char *ask_packages(struct arena *a, const struct medium *m)
{
	size_t i;

	say_err("\nThe following packages are available:\n");
	for (i = 0; i < medium_count(m); i++) {
		const struct package *p = medium_package(m, i);

		say_err("%3zu  %-12s %s\n     %-12s (%s) %s\n", i + 1, p->dirname, p->title, "",
			p->arch, p->version);
	}
	say_err("\n");
	return ask_line(a, "Select package(s) you wish to process (or 'all' to process\n"
			"all packages). (default: all)", "all");
}

static bool chosen(const struct medium *m, size_t i, const char *operand)
{
	uint64_t number;

	if (str_to_u64(operand, strlen(operand), 10, medium_count(m), &number))
		return number == i + 1;
	return operand_matches(operand, medium_package(m, i)->dirname);
}

struct queue {
	size_t *v;	/* indices in the medium */
	size_t n;
};

static int queue_operand(const struct medium *m, const char *operand, bool *taken,
			 struct queue *q, struct error *e)
{
	bool found = false;
	size_t i;

	for (i = 0; i < medium_count(m); i++) {
		if (!chosen(m, i, operand))
			continue;
		found = true;
		if (!taken[i])
			q->v[q->n++] = i;
		taken[i] = true;
	}
	if (!found)
		return error_set(e, E_NOT_FOUND, "no package associated with <%s>", operand);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* A stream is taken in its own order, whatever the order of the names. */
static int choose_packages(struct arena *a, const struct options *o, const struct medium *m,
			   struct queue *ret, struct error *e)
{
	bool *taken = arena_calloc(a, medium_count(m) + 1, sizeof(*taken));
	const char *asked = NULL;
	size_t i;
	int rc = 0;

	*ret = (struct queue){ .v = arena_calloc(a, medium_count(m) + 1, sizeof(*ret->v)) };
	if (o->noperands == 0 && o->categories == NULL && !o->add.noninteractive) {
		asked = ask_packages(a, m);
		if (asked == NULL)
			return error_set(e, E_INTERRUPTED, "nothing was chosen");
	}
	if (o->noperands == 0)
		rc = queue_operand(m, asked != NULL ? asked : "all", taken, ret, e);
	for (i = 0; rc == 0 && i < o->noperands; i++)
		rc = queue_operand(m, o->operands[i], taken, ret, e);
	if (rc < 0)
		return rc;
	if (medium_kind(m) == MEDIUM_STREAM)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_number);
	return 0;
}

/* ---- doing it */

static int add_all(const struct options *o, const struct medium *m, const struct queue *q)
{
	struct outcome_counts counts = { .seen = { 0 } };
	size_t i;

	for (i = 0; i < q->n; i++) {
		const struct package *p = medium_package(m, q->v[i]);
		enum outcome result;

		if (o->categories != NULL && !in_categories(p, o->categories))
			continue;
		result = add_package(&o->add, p);
		outcome_count(&counts, result);
		if (i + 1 < q->n && !outcome_goes_on(result, o->add.noninteractive, 0))
			break;
	}
	return outcome_status(&counts);
}

static int spool_all(struct arena *a, const struct options *o, const struct medium *m,
		     const struct queue *q, struct error *e)
{
	bool *wanted = arena_calloc(a, medium_count(m) + 1, sizeof(*wanted));
	struct transfer t = { .from = m, .wanted = wanted, .directory = o->spool };
	size_t i;
	int rc;

	for (i = 0; i < q->n; i++)
		wanted[q->v[i]] = o->categories == NULL ||
				  in_categories(medium_package(m, q->v[i]), o->categories);
	rc = transfer_to_spool(&t, e);
	if (rc < 0)
		say_error("unable to complete package transfer\n    - %s", e->text);
	return rc < 0 ? 1 : rc;
}

static int process(struct arena *a, const struct options *o, const struct medium *m,
		   struct error *e)
{
	struct queue q;
	int rc = choose_packages(a, o, m, &q, e);

	if (rc < 0) {
		say_failure(e);
		return rc == -E_INTERRUPTED ? OUTCOME_QUIT : OUTCOME_FAILED;
	}
	return o->spool != NULL ? spool_all(a, o, m, &q, e) : add_all(o, m, &q);
}

/* ---- options */

static void read_environment(struct arena *a, struct pkginfo *ret)
{
	static const char *const names[] = { "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE",
		"LC_MESSAGES", "LC_MONETARY", "LC_ALL", "LANG", "TZ" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0' && strlen(value) < 256)
			pkginfo_set(a, ret, names[i], value);
	}
}

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

	while ((c = getopt(argc, argv, "+nSvtMIGa:d:r:R:s:Y:V:O:B:")) != -1) {
		switch (c) {
		case 'n': o->add.noninteractive = true; break;
		case 'S': o->add.silent_copyright = true; break;
		case 'a': o->admin = optarg; break;
		case 'd': o->device = device_path(optarg); break;
		case 'r': o->add.response = optarg; break;
		case 'R': o->root = optarg; break;
		case 's': o->spool = device_path(optarg); break;
		case 'Y': o->categories = optarg; break;
		case 'v': case 't': case 'M': case 'I': case 'G': case 'V': case 'O': case 'B':
			break; /* for scripts, zones and installers: nothing to do here */
		default: return say_usage(usage_lines);
		}
	}
	o->operands = argv + optind;
	o->noperands = (size_t)(argc - optind);
	if ((o->spool != NULL && (o->add.noninteractive || o->add.response != NULL)) ||
	    (o->categories != NULL && o->noperands > 0))
		return say_usage(usage_lines);
	return 0;
}

/* 0, or an exit status. */
static int prepare(struct arena *a, struct options *o, struct error *e)
{
	int rc = altroot_choose(o->root, &o->add.root_path, e);

	if (rc < 0) {
		say_failure(e);
		return 1;
	}
	o->add.prefix = altroot_prefix(a, o->add.root_path);
	o->add.device = o->device;
	read_environment(a, &o->add.environment);
	if (o->spool != NULL)
		return 0;
	rc = admin_load(a, o->admin, o->add.root_path, &o->add.admin, e);
	if (rc < 0)
		say_failure(e);
	return rc < 0 ? OUTCOME_INTERNAL : 0;
}

/* SVR4 tells a device without packages (1) from a broken datastream (99). */
static int medium_status(const struct options *o, const struct error *e)
{
	struct error probe = ERROR_INIT;

	say_failure(e);
	if (medium_probe(AT_FDCWD, o->device, &probe) == 0)
		say_error("could not process datastream from <%s>", o->device);
	return e->code == E_FORMAT || e->code == ENOENT ? 1 : OUTCOME_INTERNAL;
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct options o = { .device = "/var/spool/pkg" };
	struct error e = ERROR_INIT;
	struct medium *m = NULL;
	int status;

	say_program("pkgadd");
	o.add.command = command_line(a, argc, argv);
	status = parse(argc, argv, &o);
	if (status == 0)
		status = prepare(a, &o, &e);
	if (status != 0)
		return status;
	signals_install();
	if (medium_open(AT_FDCWD, o.device, MEDIUM_ALL, &m, &e) < 0)
		return medium_status(&o, &e);
	status = process(a, &o, m, &e);
	medium_close(m);
	if (fflush(stdout) != 0 && status == 0)
		status = OUTCOME_FAILED;
	return status;
}
