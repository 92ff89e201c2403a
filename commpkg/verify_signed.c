/* verify --signatures: packages to the signed ones they came from. */
#include "verify_signed.h"

#include "formats/str.h"
#include "show.h"
#include "signals.h"
#include "signed.h"
#include "verify_components.h"

static const struct column package_columns[] = {
	{ "package", NULL, COLUMN_TEXT },
	{ "version", NULL, COLUMN_TEXT },
	{ "state", NULL, COLUMN_TEXT },
	{ "signer", NULL, COLUMN_TEXT },
	{ "certificate", NULL, COLUMN_TEXT },
	{ "origin", NULL, COLUMN_TEXT },
	{ "why", NULL, COLUMN_TEXT },
	{ "objects", NULL, COLUMN_NUMBER },
};
static const struct column difference_columns[] = {
	{ "package", NULL, COLUMN_TEXT },
	{ "what", NULL, COLUMN_TEXT },
	{ "kind", NULL, COLUMN_TEXT },
	{ "recorded", NULL, COLUMN_TEXT },
	{ "signed", NULL, COLUMN_TEXT },
	{ "by", NULL, COLUMN_TEXT },
	{ "allowed", NULL, COLUMN_FLAG },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct showing {
	struct run *r;
	struct table *packages, *differences;
	size_t same, differs, unseen;
};

static const char *state_name(enum signed_state s)
{
	static const char *const names[] = {
		[SIGNED_SAME] = "as-signed", [SIGNED_DIFFERS] = "differs",
		[SIGNED_NOT_SEEN] = "not-seen",
	};

	return names[s];
}

/* Of a digest as much as tells two apart. */
static const char *short_value(struct arena *a, const char *value)
{
	bool digest = strlen(value) == SHA256_HEX_SIZE - 1;

	return digest ? arena_printf(a, "sha256 %.12s", value) : value;
}

static const char *difference_words(struct arena *a, const struct signed_difference *d)
{
	const char *why = d->by != NULL ? arena_printf(a, " (%s)", d->by) :
			  d->allowed ? " (allowed)" : "";

	if (d->packaged == NULL)
		return arena_printf(a, "%s: is not in the signed package%s", d->what, why);
	if (d->recorded == NULL)
		return arena_printf(a, "%s: the database does not have it%s", d->what, why);
	if (str_eq(d->kind, "on-disk"))
		return arena_printf(a, "%s: its contents are %s, signed were %s%s", d->what,
				    short_value(a, d->recorded), short_value(a, d->packaged), why);
	return arena_printf(a, "%s: %s is recorded as %s, signed was %s%s", d->what, d->kind,
			    short_value(a, d->recorded), short_value(a, d->packaged), why);
}

static void show_differences(struct showing *s, const struct signed_package *sp)
{
	struct arena *a = s->r->arena;

	for (size_t i = 0; i < sp->n; i++) {
		const struct signed_difference *d = &sp->v[i];

		table_add(s->differences, (struct cell[]){ CELL_S(sp->package->instance),
				CELL_S(d->what), CELL_S(d->kind), CELL_S(d->recorded),
				CELL_S(d->packaged), CELL_S(d->by), CELL_N(d->allowed) });
		if (d->allowed && report_options()->quiet)
			continue;
		report_marked(d->allowed ? MARK_WARN : MARK_BAD, "%s",
			      difference_words(a, d));
	}
}

static void show_way(struct showing *s, const struct pkgdb_package *p)
{
	report_marked(MARK_ARROW, "with the signed package: commpkg verify --signatures -R %s "
		      "./%s-%s.pkg (or --distro PATH of a signed distribution that has it)",
		      s->r->target->path, p->pkg, p->version);
}

static void show_package(struct showing *s, const struct signed_package *sp)
{
	const struct pkgdb_package *p = sp->package;
	const struct evidence *ev = &sp->evidence;
	struct cell objects = CELL_N(sp->nobjects);

	objects.none = sp->state == SIGNED_NOT_SEEN;
	table_add(s->packages, (struct cell[]){ CELL_S(p->instance), CELL_S(p->version),
			CELL_S(state_name(sp->state)), CELL_S(ev->signer),
			CELL_S(ev->certificate), CELL_S(ev->origin), CELL_S(ev->why), objects });
	switch (sp->state) {
	case SIGNED_SAME:
		s->same++;
		report_verbose("%s %s: as '%s' signed it ('%s', %zu objects)", p->instance,
			       p->version, ev->signer, ev->origin, sp->nobjects);
		break;
	case SIGNED_DIFFERS:
		s->differs++;
		report_marked(MARK_BAD, "%s %s: the database does not say what '%s' signed ('%s')",
			      p->instance, p->version, ev->signer, ev->origin);
		break;
	case SIGNED_NOT_SEEN:
		s->unseen++;
		report_marked(MARK_UNKNOWN, "%s %s: not compared with a signed package: %s",
			      p->instance, p->version, ev->why);
		show_way(s, p);
		break;
	}
	show_differences(s, sp);
}

static int on_read(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	(void)ctx;
	report_progress("signature", done, total);
	return signals_check(e);
}

static bool is_meant(const char *const *instances, size_t n, const char *instance)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(instances[i], instance))
			return true;
	return n == 0;
}

static int compare(struct showing *s, const struct view *v, const struct signed_check *check,
		   struct error *e)
{
	const char *const *instances;
	struct pkgdb_package *all;
	struct signed_package sp;
	size_t n, nmeant, i;
	int rc = verify_instances(s->r, v, &instances, &nmeant, e);

	if (rc == 0)
		rc = view_packages(v, s->r->arena, &all, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		if (!is_meant(instances, nmeant, all[i].instance))
			continue;
		rc = signed_compare(check, &all[i], &sp, e);
		if (rc == 0)
			show_package(s, &sp);
	}
	return rc == 0 ? evidence_untouched(check->search, e) : rc;
}

static int with_trust(struct showing *s, const struct view *v, struct trust *t, struct error *e)
{
	struct evidence_search *search = evidence_begin(s->r->arena, s->r->dist, t, on_read, NULL);
	struct signed_check check;
	int rc = trust_add_root(t, v->root, e);

	if (rc == 0)
		rc = signed_begin(s->r->arena, v->root, v->db, search, &check, e);
	if (rc == 0)
		rc = compare(s, v, &check, e);
	evidence_end(search);
	return rc;
}

int verify_signed(struct run *r, const struct view *v, size_t *ret, struct error *e)
{
	struct showing s = {
		.r = r,
		.packages = table_new(r->arena, "signed", package_columns, COUNT(package_columns)),
		.differences = table_new(r->arena, "signed_differences", difference_columns,
					 COUNT(difference_columns)),
	};
	struct trust *t;
	int rc = trust_open(&(struct trust_options){ .allow_older = true }, &t, e);

	if (rc < 0)
		return rc;
	rc = with_trust(&s, v, t, e);
	trust_close(t);
	if (rc < 0)
		return rc;
	show_json_table(s.packages);
	show_json_table(s.differences);
	report_note("signatures: %zu package%s as signed, %zu differ%s, %zu not compared", s.same,
		    s.same == 1 ? "" : "s", s.differs, s.differs == 1 ? "s" : "", s.unseen);
	*ret = s.differs + s.unseen;
	return 0;
}
