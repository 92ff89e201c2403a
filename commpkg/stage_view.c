/*
 * The SVR4 view of what comes, in the stage: var/sadm/pkg/INST (svr4.md 8.6, 10.1).
 *
 *	pkginfo			the parameters as they are now
 *	install/		information files that are needed later
 *	save/pspool/INST/	pkginfo, pkgmap, install/, and pristine `e` and `v` (those
 *				come with the payload)
 */
#include "furniture.h"
#include "stage.h"

static int view_path(struct stage *s, const struct plan_step *ps, const char *below,
		     struct rpath *ret, struct error *e)
{
	return rpath_parse(s->a, arena_printf(s->a, "%s/%s/%s", rpath_str(s->plan->sadm_pkg),
					      ps->instance, below), ret, e);
}

static int view_file(struct stage *s, const struct plan_step *ps, const char *below,
		     const void *bytes, size_t len, mode_t mode, struct error *e)
{
	struct rpath path;
	int rc = view_path(s, ps, below, &path, e);

	return rc < 0 ? rc : stage_text(s, path, bytes, len, mode, e);
}

static int view_directory(struct stage *s, const struct plan_step *ps, const char *below,
			  struct error *e)
{
	struct rpath path;
	int rc = view_path(s, ps, below, &path, e);

	return rc < 0 ? rc : stage_mkdirs(s, rpath_str(path), e);
}

/* These are needed for the installation only, and deleted when it is done. */
static bool is_for_installation(const char *name)
{
	return str_eq(name, "preinstall") || str_eq(name, "postinstall") ||
	       str_has_prefix(name, "i.");
}

static int view_infofile(struct stage *s, const struct plan_step *ps, const struct infofile *f,
			 struct error *e)
{
	int rc = 0;

	if (!is_for_installation(f->name))
		rc = view_file(s, ps, arena_printf(s->a, "install/%s", f->name), f->bytes,
			       f->len, 0644, e);
	if (rc == 0)
		rc = view_file(s, ps, arena_printf(s->a, "save/pspool/%s/install/%s",
						   ps->instance, f->name),
			       f->bytes, f->len, 0644, e);
	return rc;
}

static int view_pspool(struct stage *s, const struct plan_step *ps, struct error *e)
{
	const struct package *pkg = ps->step->package;
	int rc = view_file(s, ps, arena_printf(s->a, "save/pspool/%s/pkginfo", ps->instance),
			   pkg->pkginfo_bytes, pkg->pkginfo_len, 0600, e);

	if (rc == 0)
		rc = view_file(s, ps, arena_printf(s->a, "save/pspool/%s/pkgmap", ps->instance),
			       pkg->pkgmap_bytes, pkg->pkgmap_len, 0644, e);
	return rc;
}

int stage_view_step(struct stage *s, const struct plan_step *ps, struct error *e)
{
	const struct package *pkg = ps->step->package;
	AUTO_STRBUF struct strbuf info = STRBUF_INIT;
	size_t i;
	int rc = view_directory(s, ps, "install", e);

	pkginfo_render(&ps->params, &info);
	if (rc == 0)
		rc = view_file(s, ps, "pkginfo", strbuf_str(&info), info.len, 0644, e);
	if (rc == 0)
		rc = view_pspool(s, ps, e);
	for (i = 0; rc == 0 && i < pkg->ninfofiles; i++)
		rc = view_infofile(s, ps, &pkg->infofiles[i], e);
	return rc;
}

/* A package that asks, or says so, is in the global zone alone. */
static bool is_this_zone(const struct plan_step *ps)
{
	const struct package *p = ps->step->package;
	const char *said = p != NULL ? pkginfo_get(&p->info, "SUNW_PKG_THISZONE") : NULL;

	return p != NULL && (package_infofile(p, "request") != NULL ||
			     (said != NULL && strcasecmp(said, "true") == 0));
}

/* The list of packages of the global zone alone. There are no zones here, so it is empty, but
 * it is there when SVR4's is: pkgrm makes it, and pkgadd where it finds a database or has
 * something to put on it. */
static bool is_zone_list_due(const struct stage *s)
{
	const struct plan *plan = s->plan;
	const char *program = plan->options->program;
	size_t i;

	if (program == NULL || (!str_eq(program, "pkgadd") && !str_eq(program, "pkgrm")))
		return false;
	if (str_eq(program, "pkgrm") || tree_exists(plan->root->tree, plan->contents))
		return true;
	for (i = 0; i < plan->nsteps; i++)
		if (is_this_zone(&plan->steps[i]))
			return true;
	return false;
}

/* Names that every SVR4 database has beside contents. */
int stage_view_furniture(struct stage *s, struct error *e)
{
	const char *dir = dirs_parent(s->plan->dirs, rpath_str(s->plan->contents));
	size_t n = is_zone_list_due(s) ? FURNITURE_N : FURNITURE_WITHOUT_ZONES, i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath path;

		rc = rpath_parse(s->a, arena_printf(s->a, "%s/%s", dir, furniture[i].name),
				 &path, e);
		if (rc < 0 || tree_exists(s->plan->root->tree, path))
			continue;
		rc = furniture[i].mode == 0 ? stage_mkdirs(s, rpath_str(path), e) :
			stage_text(s, path, "", 0, furniture[i].mode, e);
	}
	return rc;
}

/* The directory of an instance is written anew as a whole, also where one is there. */
static int view_anew(struct stage *s, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->nsteps; i++) {
		struct rpath path;

		/* With late scripts it stays there, what has to go of it goes by ops. */
		if (s->plan->steps[i].step->installed == NULL || s->plan->late)
			continue;
		rc = rpath_parse(s->a, arena_printf(s->a, "%s/%s", rpath_str(s->plan->sadm_pkg),
						    s->plan->steps[i].instance), &path, e);
		if (rc == 0)
			dirs_replace(s->plan->dirs, rpath_str(path));
	}
	return rc;
}

int stage_view(struct stage *s, struct error *e)
{
	size_t i;
	int rc = view_anew(s, e);

	if (rc == 0)
		rc = stage_view_furniture(s, e);

	for (i = 0; rc == 0 && i < s->plan->nsteps; i++)
		if (s->plan->steps[i].step->package != NULL)
			rc = stage_view_step(s, &s->plan->steps[i], e);
	return rc;
}

/* A whiteout may be in its place, where an earlier one went with what it marked. */
static int mark_partial(struct stage *s, const struct plan_step *ps, struct error *e)
{
	static const char name[] = "!I-Lock!";
	struct rpath path;
	int rc = view_path(s, ps, name, &path, e);

	if (rc == 0 && tree_exists(s->new, path))
		rc = tree_unlink(s->new, path, e);
	return rc < 0 ? rc : view_file(s, ps, name, "", 0, 0644, e);
}

static int view_list(struct stage *s, const char *name, const struct strbuf *text, struct error *e)
{
	struct rpath path;
	int rc = rpath_parse(s->a, arena_printf(s->a, "%s/%s", dirs_parent(s->plan->dirs,
						rpath_str(s->plan->contents)), name), &path, e);

	if (rc == 0 && tree_exists(s->new, path))
		rc = tree_unlink(s->new, path, e);
	return rc < 0 ? rc : stage_text(s, path, strbuf_str(text), text->len, 0644, e);
}

/* SVR4 has a log of a package with objects that could not be made, and a list of those that
 * could not be taken out of the way. */
static int view_lost(struct stage *s, struct error *e)
{
	AUTO_STRBUF struct strbuf log = STRBUF_INIT;
	AUTO_STRBUF struct strbuf busy = STRBUF_INIT;
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];

		if (it->lost == NULL)
			continue;
		strbuf_addf(&log, "/%s: %s\n", rpath_str(it->path), it->lost);
		if (ftype_has_payload(it->ftype))
			strbuf_addf(&busy, "/%s\n", rpath_str(it->path));
	}
	if (log.len > 0)
		rc = view_list(s, arena_printf(s->a, "logs/%s", plan->steps[0].instance), &log, e);
	return rc == 0 && busy.len > 0 ? view_list(s, "textbusy", &busy, e) : rc;
}

int stage_view_partial(struct stage *s, struct error *e)
{
	size_t i;
	int rc = view_lost(s, e);

	for (i = 0; rc == 0 && i < s->plan->nsteps; i++)
		if (s->plan->steps[i].step->package != NULL)
			rc = mark_partial(s, &s->plan->steps[i], e);
	return rc;
}
