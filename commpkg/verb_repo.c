/* repo create|sign|check: published distributions. */
#include <stdlib.h>
#include <time.h>

#include "audit.h"
#include "history_words.h"
#include "places.h"
#include "publish.h"
#include "published.h"
#include "show.h"
#include "signals.h"
#include "trust.h"
#include "verb.h"
#include "verdict.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAYS_MAX 36500

static const struct column repo_columns[] = {
	{ "id", "Name", COLUMN_TEXT },
	{ "title", "For people", COLUMN_TEXT },
	{ "path", "Directory", COLUMN_TEXT },
	{ "serial", "Serial", COLUMN_NUMBER },
	{ "issued", "Issued", COLUMN_TIME },
	{ "expires", "Expires", COLUMN_TIME },
	{ "catalog", "Catalog", COLUMN_TEXT },
	{ "media", "Media", COLUMN_NUMBER },
	{ "packages", "Packages", COLUMN_NUMBER },
	{ "components", "Components", COLUMN_NUMBER },
};

static const struct column problem_columns[] = {
	{ "file", "FILE", COLUMN_TEXT },
	{ "problem", "PROBLEM", COLUMN_TEXT },
};

static int on_progress(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	(void)ctx;
	report_progress("read", done, total);
	return signals_check(e);
}

/* counts: NULL where nobody counted. */
static struct table *repo_table(struct run *r, const char *dir, const struct repo *repo,
				const struct publish_counts *n)
{
	struct table *t = table_new(r->arena, "distribution", repo_columns, COUNT(repo_columns));
	char hex[SHA256_HEX_SIZE];
	struct cell media = CELL_NONE, packages = CELL_NONE, components = CELL_NONE;

	if (n != NULL) {
		media = (struct cell)CELL_N(n->media);
		packages = (struct cell)CELL_N(n->packages);
		components = (struct cell)CELL_N(n->components);
	}
	sha256_hex(&repo->catalog.sha, hex);
	table_add(t, (struct cell[]){
		CELL_S(repo->id), CELL_S(repo->name), CELL_S(dir), CELL_N(repo->serial),
		CELL_N(repo->issued), CELL_N(repo->expires),
		CELL_S(arena_strdup(r->arena, hex)),
		media, packages, components });
	return t;
}

/* ---- keys */

/* The first line of the file. */
static int passphrase(struct run *r, const char **ret, struct error *e)
{
	size_t len;
	char *text;
	int rc;

	*ret = NULL;
	if (r->o->passphrase_file == NULL)
		return 0;
	rc = places_read(r->arena, r->o->passphrase_file, 4096, &text, &len, e);
	if (rc < 0)
		return rc;
	text[strcspn(text, "\r\n")] = '\0';
	*ret = text;
	return 0;
}

/* doubt: NULL or what those who verify will not like. */
static void show_signed(struct run *r, const char *dir, const struct repo *repo,
			const char *doubt)
{
	if (doubt != NULL)
		report_warning("%s", doubt);
	report_mark(MARK_OK, "'%s' is signed: distribution %s, serial %llu, until %s", dir,
		    repo->id, (unsigned long long)repo->serial,
		    repo_time_text(r->arena, repo->expires));
}

static int read_keys(struct run *r, struct publish_keys *ret, struct error *e)
{
	*ret = (struct publish_keys){ .key = r->o->key, .certificate = r->o->cert,
				      .root = r->o->root_cert, .now = history_now() };
	return passphrase(r, &ret->passphrase, e);
}

/* ---- create */

static int create_options(const struct run *r, struct publish_options *ret, struct error *e)
{
	const struct options *o = r->o;
	uint64_t serial = 0;

	if (o->serial != NULL && (!str_to_u64(o->serial, strlen(o->serial), 10,
					      1000000000000000, &serial) || serial == 0))
		return error_set(e, E_USAGE, "'--serial' wants a number from 1 on, not '%s'",
				 o->serial);
	if (o->expires > DAYS_MAX)
		return error_set(e, E_USAGE, "'--expires' wants days, at most %d", DAYS_MAX);
	*ret = (struct publish_options){
		.id = o->id, .name = o->name, .serial = serial, .now = history_now(),
		.days = o->expires > 0 ? (unsigned)o->expires : PUBLISH_DAYS,
	};
	return 0;
}

static void show_created(struct run *r, const char *dir, const struct repo *repo,
			 const struct publish_counts *n)
{
	show_json_record(repo_table(r, dir, repo, n));
	report_mark(MARK_OK, "'%s' is distribution %s, serial %llu: %zu package%s, %zu component%s",
		    dir, repo->id, (unsigned long long)repo->serial, n->packages,
		    n->packages == 1 ? "" : "s", n->components, n->components == 1 ? "" : "s");
	if (repo->expires <= (int64_t)time(NULL))
		report_warning("it has expired already, on %s (SOURCE_DATE_EPOCH, --expires)",
			       repo_time_text(r->arena, repo->expires));
}

static int create(struct run *r, const char *dir, struct error *e)
{
	struct publish_options o;
	struct publish_counts n;
	struct publish_keys k;
	struct repo repo;
	const char *doubt;
	int rc = create_options(r, &o, e);

	if (rc == 0 && r->o->key == NULL && (r->o->cert != NULL || r->o->root_cert != NULL ||
					     r->o->passphrase_file != NULL))
		rc = error_set(e, E_USAGE, "a certificate and no key: to sign it at once '--key' "
			       "is wanted, too");
	if (rc == 0 && r->o->key != NULL) {
		rc = read_keys(r, &k, e);
		o.keys = &k;
	}
	if (rc == 0)
		rc = publish_create(dir, &o, on_progress, NULL, r->arena, &repo, &n, &doubt, e);
	if (rc < 0)
		return rc;
	show_created(r, dir, &repo, &n);
	if (o.keys != NULL)
		show_signed(r, dir, &repo, doubt);
	else
		report_note("  it is not signed yet: commpkg repo sign %s --key KEY --cert CERT",
			    str_shell(r->arena, dir));
	return EXIT_DONE;
}

/* ---- sign */

static int sign(struct run *r, const char *dir, struct error *e)
{
	const char *doubt = NULL;
	struct publish_keys k;
	struct repo repo;
	int rc;

	if (r->o->key == NULL) {
		error_set(e, E_USAGE, "'repo sign' wants a key");
		return error_hint(e, "--key FILE: PEM or PKCS#12; --cert FILE: its certificate");
	}
	rc = read_keys(r, &k, e);
	if (rc == 0)
		rc = publish_sign(dir, &k, r->arena, &repo, &doubt, e);
	if (rc < 0)
		return rc;
	show_json_record(repo_table(r, dir, &repo, NULL));
	show_signed(r, dir, &repo, doubt);
	return EXIT_DONE;
}

/* ---- check */

struct checking {
	struct run *r;
	const char *dir;
	struct audit audit;
	struct published *p;
};

static int check_trust(struct checking *c, struct published *p, struct error *e)
{
	const struct trust_options o = { .allow_unsigned = c->r->o->allow_unsigned,
					 .allow_older = c->r->o->allow_older };
	struct trust_published f;
	struct error why = ERROR_INIT;
	struct trust *t;
	size_t i;
	int rc = trust_open(&o, &t, e);

	if (rc < 0)
		return rc;
	rc = trust_published(t, p, 0, (int64_t)time(NULL), c->r->arena, &f, &why);
	trust_close(t);
	if (rc < 0) {
		audit_add(&c->audit, REPO_SIGNATURE_NAME, &why, false);
		return 0;
	}
	for (i = 0; f.warnings[i] != NULL; i++)
		report_warning("%s", f.warnings[i]);
	if (f.is_signed)
		show_json_table(verdict_table(c->r->arena, REPO_SIGNATURE_NAME, &f.verdict));
	return 0;
}

static void show_problems(struct checking *c)
{
	struct table *bad = table_new(c->r->arena, "problems", problem_columns,
				      COUNT(problem_columns));
	struct table *odd = table_new(c->r->arena, "remarks", problem_columns,
				      COUNT(problem_columns));
	size_t i;

	for (i = 0; i < c->audit.n; i++) {
		const struct audit_finding *f = &c->audit.findings[i];

		table_add(f->remark ? odd : bad, (struct cell[]){ CELL_S(f->file),
								  CELL_S(f->problem) });
	}
	show_table(bad);
	show_json_table(odd);
	for (i = 0; i < c->audit.n; i++)
		if (c->audit.findings[i].remark)
			report_note("'%s': %s", c->audit.findings[i].file,
				    c->audit.findings[i].problem);
}

static int check_opened(struct checking *c, struct error *e)
{
	struct published *p = c->p;
	struct publish_counts n = { p->catalog.nmedia, p->catalog.npackages,
				    p->catalog.ncomponents };
	int rc = check_trust(c, p, e);

	if (rc == 0)
		rc = audit_published(&c->audit, p, e);
	if (rc == 0)
		show_json_record(repo_table(c->r, c->dir, &p->repo, &n));
	if (rc == 0 && audit_problems(&c->audit) == 0)
		report_mark(MARK_OK, "'%s' is whole: distribution %s, serial %llu, %zu package%s, "
			    "%zu component%s, until %s", c->dir, p->repo.id,
			    (unsigned long long)p->repo.serial, n.packages,
			    n.packages == 1 ? "" : "s", n.components,
			    n.components == 1 ? "" : "s",
			    repo_time_text(c->r->arena, p->repo.expires));
	return rc;
}

static int check(struct run *r, const char *dir, struct error *e)
{
	struct checking c = { .r = r, .dir = dir,
			      .audit = { .a = r->arena, .watch = on_progress } };
	struct error why = ERROR_INIT;
	int rc;

	if (!published_probe(dir)) {
		error_set(e, E_NOT_FOUND, "'%s' is no published distribution: it has no "
			  REPO_NAME, dir);
		return error_hint(e, "commpkg repo create %s", str_shell(r->arena, dir));
	}
	rc = published_open(dir, &c.p, &why);
	if (rc == 0 && c.p->foreign != FOREIGN_NONE) {
		error_set(e, E_UNSUPPORTED, "'%s' has a catalog of %s, which says too little to be "
			  "checked", dir, catalog_foreign_word(c.p->foreign));
		published_close(c.p);
		return error_hint(e, "commpkg repo create makes a catalog of our own beside it");
	}
	if (rc < 0)
		audit_add(&c.audit, REPO_NAME, &why, false);
	rc = rc < 0 ? 0 : check_opened(&c, e);
	if (rc == 0)
		show_problems(&c);
	published_close(c.p);
	if (rc < 0)
		return rc;
	return audit_problems(&c.audit) > 0 ? EXIT_TRUST : EXIT_DONE;
}

/* ---- */

static const struct {
	const char *name;
	int (*run)(struct run *r, const char *dir, struct error *e);
} subverbs[] = { { "create", create }, { "sign", sign }, { "check", check } };

int verb_repo(struct run *r, struct error *e)
{
	const char *word = r->operands->nnames > 0 ? r->operands->names[0] : "";
	size_t i;

	for (i = 0; i < COUNT(subverbs); i++) {
		if (!str_eq(word, subverbs[i].name))
			continue;
		if (r->operands->nnames != 2)
			return error_set(e, E_USAGE, "usage: commpkg repo %s DIRECTORY",
					 subverbs[i].name);
		return subverbs[i].run(r, r->operands->names[1], e);
	}
	if (*word == '\0')
		error_set(e, E_USAGE, "'repo' wants 'create', 'sign' or 'check', and a directory");
	else
		error_set(e, E_USAGE, "unknown verb 'repo %s'", word);
	for (i = 0; *word != '\0' && i < COUNT(subverbs); i++)
		if (options_distance(word, subverbs[i].name, 2) <= 2)
			return error_hint(e, "did you mean 'repo %s'?", subverbs[i].name);
	return error_hint(e, "see 'commpkg repo --help'");
}
