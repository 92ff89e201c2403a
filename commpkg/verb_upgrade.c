/* upgrade: packages to what the distribution or the files have; all when none is named. */
#include "verb_upgrade.h"

#include "strategy.h"
#include "view.h"
#include "writer.h"

static int wish_for_all(struct writer *w, struct error *e)
{
	if (dist_count(w->run->dist) == 0 && dist_component_count(w->run->dist) == 0) {
		error_set(e, E_NOT_FOUND, "no distribution to upgrade from");
		return error_hint(e, "--distro PATH or COMMPKG_DISTRO names one");
	}
	writer_wish_all(w, WISH_UPGRADE);
	return 0;
}

static int check_strategy(const struct options *o, struct error *e)
{
	if (o->strategy == NULL || str_eq(o->strategy, strategy_name(STRATEGY_IN_PLACE)))
		return 0;
	if (!str_eq(o->strategy, strategy_name(STRATEGY_SIDE_BY_SIDE)) &&
	    !str_eq(o->strategy, strategy_name(STRATEGY_COEXISTENT)))
		return error_set(e, E_USAGE, "'--strategy' is 'in-place', 'side-by-side' or "
				 "'coexistent', not '%s'", o->strategy);
	if (str_eq(o->strategy, strategy_name(STRATEGY_SIDE_BY_SIDE)))
		return 0;
	(void)error_set(e, E_UNSUPPORTED, "a coexistent upgrade makes another host of this one");
	return error_hint(e, "commpkg info --state >FILE here, and commpkg install --silent FILE "
			  "there; commpkg upgrade --advise shows what the manifests allow");
}

/* Beside which version: that of all that are named. */
static int find_version(struct run *r, const char **ret, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	int rc = view_open(r->target->path, &v, e);

	*ret = NULL;
	for (size_t i = 0; rc == 0 && i < r->operands->nnames; i++) {
		const char *word = r->operands->names[i];
		struct pkgdb_component c;

		word = arena_strndup(r->arena, word, strcspn(word, "="));
		rc = view_component(&v, r->arena, word, &c, e);
		if (rc == 0)
			return error_set(e, E_NOT_FOUND, "component '%s' is not installed in '%s'",
					 word, r->target->path);
		if (rc > 0 && *ret != NULL && !str_eq(*ret, c.version))
			return error_set(e, E_USAGE, "'%s' has another version than the first: "
					 "name it alone", word);
		if (rc > 0)
			*ret = c.version;
		rc = rc < 0 ? rc : 0;
	}
	return rc;
}

/* The first of three steps: the other two are for when it has been looked at. */
static int side_by_side(struct run *r, struct error *e)
{
	const char *version = NULL;
	struct writer w;
	int rc;

	if (r->operands->nnames == 0 || r->operands->nfiles > 0) {
		(void)error_set(e, E_USAGE, "'--strategy side-by-side' wants components");
		return error_hint(e, "commpkg upgrade --advise shows which can");
	}
	rc = find_version(r, &version, e);
	writer_init(&w, r, "Install beside in", "installed beside");
	w.request.solve.beside = version;
	if (rc == 0)
		rc = writer_wishes(&w, WISH_INSTALL, e);
	if (rc == 0)
		rc = writer_run(&w, e);
	if (rc == EXIT_DONE && !r->o->dry_run)
		report_note("  then: commpkg migrate, which leaves the old one running, and "
			    "commpkg switch");
	return rc;
}

int verb_upgrade(struct run *r, struct error *e)
{
	struct writer w;
	int rc = check_strategy(r->o, e);

	if (rc < 0 || r->o->advise)
		return rc < 0 ? rc : upgrade_advise(r, e);
	if (r->o->strategy != NULL &&
	    str_eq(r->o->strategy, strategy_name(STRATEGY_SIDE_BY_SIDE)))
		return side_by_side(r, e);
	writer_init(&w, r, "Upgrade", "upgraded");
	if (r->operands->nnames == 0 && r->operands->nfiles == 0)
		rc = wish_for_all(&w, e);
	else
		rc = writer_wishes(&w, WISH_UPGRADE, e);
	return rc < 0 ? rc : writer_run(&w, e);
}
