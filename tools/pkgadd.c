/* pkgadd: packages into a root, one transaction each (pkgadd(8)). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commpkg/environment.h"
#include "commpkg/signals.h"
#include "tools/common/add.h"
#include "tools/common/keystore.h"
#include "tools/common/operand.h"
#include "tools/common/queue.h"
#include "tools/common/say.h"
#include "tools/common/transfer.h"

static const char usage_lines[] =
	"pkgadd [-nSv] [-d device] [-a admin_file] [-r response] [-R root]\n"
	"       [-k keystore] [-P passphrase] [-Y category,... | pkg ...]\n"
	"pkgadd -s dir [-d device] [-Y category,... | pkg ...]\n";

struct options {
	struct add_options add;
	const char *device, *admin, *root, *spool, *categories, *keystore, *passphrase;
	char **operands;
	size_t noperands;
	bool init_install, no_unified;	/* -I, -M: told to scripts */
};

/* ---- doing it */

static int add_one(const void *ctx, const struct package *p)
{
	return add_package(ctx, p);
}

static int add_all(const struct options *o, const struct medium *m, const struct queue *q)
{
	return queue_run(m, q, o->add.noninteractive, add_one, &o->add);
}

static int spool_all(struct arena *a, const struct options *o, const struct medium *m,
		     const struct queue *q, struct error *e)
{
	bool *wanted = arena_calloc(a, medium_count(m) + 1, sizeof(*wanted));
	struct transfer t = { .from = m, .wanted = wanted, .directory = o->spool };
	bool broken;
	size_t i;
	int rc;

	for (i = 0; i < q->n; i++)
		wanted[q->v[i]] = true;
	broken = transfer_leave_broken(m, wanted);
	rc = transfer_to_spool(&t, e);
	if (rc < 0)
		say_error("unable to complete package transfer\n    - %s", e->text);
	return rc < 0 || broken ? 1 : rc;
}

/* SVR4 looks at the signature before it unpacks anything. */
static int check_signature(struct arena *a, const struct options *o, const struct medium *m,
			   struct error *e)
{
	struct keystore_check k = {
		.root_path = o->add.root_path, .keystore = o->keystore,
		.passphrase = o->passphrase, .usual = o->add.admin.keystore,
	};

	if (o->add.admin.authentication == ADMIN_NOCHECK)
		return 0;
	return keystore_check(a, &k, m, e);
}

static int process(struct arena *a, const struct options *o, const struct medium *m,
		   struct error *e)
{
	const struct queue_wish wish = { o->operands, o->noperands, o->categories,
					 o->add.noninteractive };
	struct queue q;
	int rc = check_signature(a, o, m, e);

	if (rc == 0)
		rc = queue_choose(a, m, &wish, &q, e);
	if (rc < 0) {
		say_failure(e);
		return rc == -E_INTERRUPTED ? OUTCOME_QUIT : OUTCOME_FAILED;
	}
	return o->spool != NULL ? spool_all(a, o, m, &q, e) : add_all(o, m, &q);
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

	while ((c = getopt(argc, argv, "+nSvtMIGAa:d:r:R:s:Y:V:O:B:k:P:")) != -1) {
		switch (c) {
		case 'n': o->add.noninteractive = true; break;
		case 'S': o->add.silent_copyright = true; break;
		case 'a': o->admin = optarg; break;
		case 'd': o->device = device_path(optarg); break;
		case 'r': o->add.response = optarg; break;
		case 'R': o->root = optarg; break;
		case 's': o->spool = device_path(optarg); break;
		case 'Y': o->categories = optarg; break;
		case 'k': o->keystore = optarg; break;
		case 'P': o->passphrase = optarg; break;
		case 'v': o->add.trace = true; break;
		case 'I': o->init_install = true; break;
		case 'M': o->no_unified = true; break;
		case 't': case 'G': case 'A': case 'V': case 'O': case 'B':
			break; /* for zones and installers: nothing to do here */
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
	environment_locale(a, &o->add.environment);
	environment_flags(a, &o->add.flags);
	if (o->init_install)
		pkginfo_set(a, &o->add.flags, "PKG_INIT_INSTALL", "TRUE");
	if (o->no_unified)
		pkginfo_set(a, &o->add.flags, "PKG_NO_UNIFIED", "TRUE");
	if (o->spool != NULL)
		return 0;
	rc = admin_load(a, o->admin, o->add.root_path, &o->add.admin, e);
	if (rc < 0)
		say_failure(e);
	return rc < 0 ? OUTCOME_INTERNAL : 0;
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
	status = queue_open(o.device, o.add.noninteractive, &m);
	if (status != 0)
		return status;
	status = process(a, &o, m, &e);
	medium_close(m);
	if (fflush(stdout) != 0 && status == 0)
		status = OUTCOME_FAILED;
	return status;
}
