/* pkgask: answers to the request scripts of packages, into files (pkgask(8)). */
#include <stdio.h>
#include <unistd.h>

#include "commpkg/environment.h"
#include "commpkg/signals.h"
#include "tools/common/keystore.h"
#include "tools/common/add.h"
#include "tools/common/operand.h"
#include "tools/common/queue.h"
#include "tools/common/say.h"

static const char usage_lines[] =
	"pkgask -r response [-d device] [-R root] [pkg ...]\n";

struct options {
	struct add_options add;
	const char *device, *root;
	char **operands;
	size_t noperands;
};

static int ask_one(const void *ctx, const struct package *p)
{
	return add_package(ctx, p);
}

static int process(struct arena *a, const struct options *o, const struct medium *m)
{
	const struct queue_wish wish = { .operands = o->operands, .noperands = o->noperands };
	struct error e = ERROR_INIT;
	const struct keystore_check k = { .root_path = o->add.root_path,
					  .usual = o->add.admin.keystore };
	struct queue q;
	int rc = 0;

	if (o->add.admin.authentication != ADMIN_NOCHECK)
		rc = keystore_check(a, &k, m, &e); /* a script of it will run */
	if (rc == 0)
		rc = queue_choose(a, m, &wish, &q, &e);
	if (rc == 0)
		return queue_run(m, &q, false, ask_one, &o->add);
	say_failure(&e);
	return rc == -E_INTERRUPTED ? OUTCOME_QUIT : OUTCOME_FAILED;
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+d:r:R:O:")) != -1) {
		switch (c) {
		case 'd': o->device = device_path(optarg); break;
		case 'r': o->add.ask_only = optarg; break;
		case 'R': o->root = optarg; break;
		case 'O': break; /* for installers: nothing to do here */
		default: return say_usage(usage_lines);
		}
	}
	o->operands = argv + optind;
	o->noperands = (size_t)(argc - optind);
	return o->add.ask_only == NULL ? say_usage(usage_lines) : 0;
}

/* 0, or an exit status. */
static int prepare(struct arena *a, struct options *o)
{
	struct error e = ERROR_INIT;
	int rc = altroot_choose(o->root, &o->add.root_path, &e);

	if (rc < 0) {
		say_failure(&e);
		return OUTCOME_FAILED;
	}
	o->add.prefix = altroot_prefix(a, o->add.root_path);
	o->add.device = o->device;
	environment_locale(a, &o->add.environment);
	environment_flags(a, &o->add.flags);
	rc = admin_load(a, NULL, o->add.root_path, &o->add.admin, &e);
	if (rc < 0)
		say_failure(&e);
	return rc < 0 ? OUTCOME_INTERNAL : 0;
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct options o = { .device = "/var/spool/pkg" };
	struct medium *m = NULL;
	int status;

	say_program("pkgask");
	status = parse(argc, argv, &o);
	if (status == 0)
		status = prepare(a, &o);
	if (status != 0)
		return status;
	signals_install();
	status = queue_open(o.device, false, &m);
	if (status != 0)
		return status;
	status = process(a, &o, m);
	medium_close(m);
	if (fflush(stdout) != 0 && status == 0)
		status = OUTCOME_FAILED;
	return status;
}
