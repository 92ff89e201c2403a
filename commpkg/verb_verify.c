/* verify: compare a root with what was installed. */
#include "dbcheck.h"
#include "editable.h"
#include "formats/str.h"
#include "show.h"
#include "show_findings.h"
#include "verify.h"
#include "verify_components.h"
#include "verify_signed.h"

static const struct column summary_columns[] = {
	{ "paths", NULL, COLUMN_NUMBER },
	{ "bytes", NULL, COLUMN_SIZE },
	{ "damaged", NULL, COLUMN_NUMBER },
	{ "edited", NULL, COLUMN_NUMBER },
	{ "unowned", NULL, COLUMN_NUMBER },
};
#define NSUMMARY (sizeof(summary_columns) / sizeof(summary_columns[0]))
static const struct column problem_columns[] = {
	{ "text", "PROBLEM", COLUMN_TEXT },
	{ "fix", NULL, COLUMN_TEXT },
	{ "path", NULL, COLUMN_TEXT },
};
static const struct column database_columns[] = {
	{ "packages", NULL, COLUMN_NUMBER },
	{ "transactions", NULL, COLUMN_NUMBER },
	{ "problems", NULL, COLUMN_NUMBER },
};

static void bar(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	report_progress("verify", done, total);
}

static void show_summary(struct run *r, const struct verify_result *v)
{
	struct table *t = table_new(r->arena, "summary", summary_columns, NSUMMARY);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char size[32];

	table_add(t, (struct cell[]){ CELL_N(v->npaths), CELL_N(v->bytes), CELL_N(v->ndamaged),
				      CELL_N(v->nedited), CELL_N(v->nunowned) });
	show_json_record(t);
	strbuf_addf(&b, "%zu paths checked, %s read: %zu damaged, %zu edited", v->npaths,
		    report_size(v->bytes, size), v->ndamaged, v->nedited);
	if (r->o->unowned)
		strbuf_addf(&b, ", %zu not owned", v->nunowned);
	report_note("%s", strbuf_str(&b));
	if (v->owners_skipped)
		report_note("owners were not compared: this root was made without root rights");
}

static int check(struct run *r, const struct view *v, struct verify_result *ret,
		 struct error *e)
{
	struct verify_options o = {
		.threads = (unsigned)r->o->jobs, .unowned = r->o->unowned,
		.times = report_options()->verbose > 0,
		.progress = bar,
	};
	struct owners *owners = NULL;
	int rc = verify_instances(r, v, &o.instances, &o.n, e);

	if (rc == 0)
		rc = owners_load(v->root, &owners, e);
	if (rc == 0)
		rc = verify_root(r->arena, v->root, v->db, owners, &o, ret, e);
	owners_free(owners);
	return rc;
}

/* --database: what we keep about the root, in place of the root itself. */
static int check_database(struct run *r, const struct view *v, struct error *e)
{
	struct table *t = table_new(r->arena, "problems", problem_columns, 3);
	struct table *sums = table_new(r->arena, "database", database_columns, 3);
	struct dbcheck_result c;
	size_t i;
	int rc = dbcheck_run(r->arena, v->root, v->state, v->db, &c, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < c.n; i++) {
		table_add(t, (struct cell[]){ CELL_S(c.v[i].text), CELL_S(c.v[i].fix),
					      CELL_S(c.v[i].path) });
		report_marked(MARK_BAD, "%s", c.v[i].text);
		if (i + 1 == c.n || !str_eq(c.v[i].fix, c.v[i + 1].fix))
			report_marked(MARK_ARROW, "%s", c.v[i].fix);
	}
	show_json_table(t);
	table_add(sums, (struct cell[]){ CELL_N(c.packages), CELL_N(c.transactions),
					 CELL_N(c.n) });
	show_json_record(sums);
	report_note("database, the SVR4 view of %zu packages and %zu undo stores checked: %zu "
		    "problem%s", c.packages, c.transactions, c.n, c.n == 1 ? "" : "s");
	return c.n > 0 ? EXIT_DIFFERENCES : EXIT_DONE;
}

/* What is damaged can't tell what the root should be. */
static int refuse_damaged(const struct view *v, struct error *e)
{
	AUTO_STRBUF struct strbuf damage = STRBUF_INIT;
	int rc = pkgdb_check(v->db, &damage, e);

	if (rc < 0 || damage.len == 0)
		return rc;
	(void)error_set(e, E_DB, "the database of '%s' is damaged: %s", v->root->path,
			strbuf_str(&damage));
	return error_hint(e, "commpkg verify --database -R %s names each damage and a way out",
			  v->root->path);
}

/* Packages that another program brought or took since are not known here. */
static int warn_behind(const struct view *v, struct error *e)
{
	int rc = dbcheck_view_is_ours(v->root, v->db, e);

	if (rc == 0)
		report_warning("another program changed /var/sadm/install/contents of '%s' since: "
			       "'commpkg verify --database -R %s' shows how", v->root->path,
			       v->root->path);
	return rc < 0 ? rc : 0;
}

static int check_usage(const struct options *o, struct error *e)
{
	if (o->distro != NULL && !o->signatures)
		report_note("'--distro' counts with '--signatures'; without it, a root is compared "
			    "with what was installed");
	if (o->database && o->signatures)
		return error_set(e, E_USAGE, "'--database' and '--signatures' exclude each other");
	return 0;
}

int verb_verify(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct verify_result result = { .n = 0 };
	size_t missing, unproven = 0;
	int rc = check_usage(r->o, e);

	if (rc == 0)
		rc = view_open(r->target->path, &v, e);
	if (rc == 0 && v.db == NULL && r->operands->nnames > 0)
		return error_set(e, E_NOT_FOUND, "'%s' is not installed in '%s': nothing ever was",
				 r->operands->names[0], v.root->path);
	if (rc == 0 && v.db == NULL && r->o->signatures)
		return error_set(e, E_NOT_FOUND, "'%s' has no package database: there is nothing "
				 "to compare with what was signed", v.root->path);
	if (rc == 0 && v.db == NULL) {
		report_note("nothing was ever installed in '%s' with commpkg", v.root->path);
		return EXIT_DONE;
	}
	if (rc == 0 && r->o->database)
		return check_database(r, &v, e);
	if (rc == 0)
		rc = refuse_damaged(&v, e);
	if (rc == 0)
		rc = warn_behind(&v, e);
	if (rc == 0)
		rc = check(r, &v, &result, e);
	if (rc < 0)
		return rc;
	show_findings(r->arena, &result);
	rc = verify_missing(r, &v, &missing, e);
	if (rc < 0)
		return rc;
	show_summary(r, &result);
	if (r->o->signatures)
		rc = verify_signed(r, &v, &unproven, e);
	if (rc < 0)
		return rc;
	editable_mention(&v, r->arena);
	return result.ndamaged + result.nunowned + missing + unproven > 0 ? EXIT_DIFFERENCES :
									   EXIT_DONE;
}
