/* Dependencies of SVR4 packages: warnings, counted. */
#include "tools/common/dependcheck.h"

#include "tools/common/operand.h"
#include "tools/common/say.h"

struct known {
	const struct installed *in;
	struct arena *a;
	const struct pkgdb_package *p;
	struct depends depend;
	struct compver compver;
};

static int read_known(struct known *k, struct error *e)
{
	struct infofile *files;
	size_t n, i;
	int rc = pkgdb_infofiles(k->in->db, k->a, k->p->id, &files, &n, e);

	for (i = 0; rc >= 0 && i < n; i++) {
		if (str_eq(files[i].name, "depend"))
			rc = depend_parse(k->a, files[i].bytes, files[i].len, "depend",
					  &k->depend, e);
		else if (str_eq(files[i].name, "compver"))
			rc = compver_parse(k->a, files[i].bytes, files[i].len, "compver",
					   &k->compver, e);
	}
	return rc < 0 ? error_prefix(e, "package '%s'", k->p->instance) : 0;
}

static bool version_fits(const struct known *k, const char *version)
{
	size_t i;

	if (version == NULL || depend_version_equal(k->p->version, version))
		return true;
	for (i = 0; i < k->compver.n; i++)
		if (depend_version_equal(k->compver.versions[i], version))
			return true;
	return false;
}

static bool fits(const struct known *k, const struct depend *d)
{
	size_t i;

	if (!str_eq(k->p->pkg, d->pkg))
		return false;
	for (i = 0; i < d->n; i++)
		if ((d->alts[i].arch == NULL || word_in_list(d->alts[i].arch, k->p->arch, false)) &&
		    version_fits(k, d->alts[i].version))
			return true;
	return d->n == 0;
}

/* The instance that the line means, or NULL. With `partial` unfinished ones count. */
static int is_installed(const struct installed *in, const struct depend *d, bool partial,
			const struct pkgdb_package **ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	size_t i;
	int rc;

	*ret = NULL;
	for (i = 0; i < in->n && *ret == NULL; i++) {
		struct known k = { .in = in, .a = a, .p = &in->v[i] };

		if (!str_eq(k.p->pkg, d->pkg) || (k.p->state != 0 && !partial))
			continue;
		rc = read_known(&k, e);
		if (rc < 0)
			return rc;
		if (fits(&k, d))
			*ret = k.p;
	}
	return 0;
}

static void say_missing(const struct depend *d)
{
	size_t i;

	say_err("WARNING:\n    The <%s> package \"%s\" is a prerequisite\n"
		"    package and should be installed.%s", d->pkg, d->name,
		d->n > 0 ? " Allowable instances\n    include (in order of preference:) \n"
			 : "\n");
	for (i = 0; i < d->n; i++) {
		if (d->alts[i].arch != NULL)
			say_out("          (%s) ", d->alts[i].arch);
		else
			say_out("          ");
		say_out("%s\n", d->alts[i].version != NULL ? d->alts[i].version : "");
	}
}

int dependcheck_install(const struct installed *in, const struct package *p, struct error *e)
{
	size_t i;
	int rc, warnings = 0;

	for (i = 0; i < p->depend.n; i++) {
		const struct depend *d = &p->depend.v[i];
		const struct pkgdb_package *there;

		if (d->type != 'P' && d->type != 'I')
			continue;
		rc = is_installed(in, d, d->type == 'I', &there, e);
		if (rc < 0)
			return rc;
		if ((there != NULL) == (d->type == 'P'))
			continue;
		warnings++;
		if (d->type == 'P')
			say_missing(d);
		else
			say_err("WARNING:\n    A version of <%s> package \"%s\" (which is\n"
				"    incompatible with the package that is being installed)\n"
				"    is currently installed and must be removed.\n", d->pkg,
				d->name);
	}
	return warnings;
}

static bool needs(const struct known *other, const struct known *gone)
{
	size_t i;

	for (i = 0; i < other->depend.n; i++)
		if (other->depend.v[i].type == 'P' && fits(gone, &other->depend.v[i]))
			return true;
	return false;
}

static int check_others(const struct installed *in, const struct known *gone, struct error *e)
{
	size_t i;
	int rc, warnings = 0;

	for (i = 0; i < in->n; i++) {
		struct known other = { .in = in, .a = gone->a, .p = &in->v[i] };

		if (other.p->id == gone->p->id)
			continue;
		rc = read_known(&other, e);
		if (rc < 0)
			return rc;
		if (!needs(&other, gone))
			continue;
		warnings++;
		say_err("WARNING:\n    The <%s> package depends on the package currently\n"
			"    being removed.\n", other.p->instance);
	}
	return warnings;
}

int dependcheck_remove(const struct installed *in, const struct pkgdb_package *p,
		       struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct known gone = { .in = in, .a = a, .p = p };
	size_t i;
	int rc = read_known(&gone, e), warnings;

	if (rc < 0)
		return rc;
	warnings = check_others(in, &gone, e);
	for (i = 0; warnings >= 0 && i < gone.depend.n; i++) {
		const struct depend *d = &gone.depend.v[i];
		const struct pkgdb_package *there = NULL;

		rc = d->type == 'R' ? is_installed(in, d, true, &there, e) : 0;
		if (rc < 0)
			return rc;
		if (there == NULL)
			continue;
		warnings++;
		say_err("WARNING:\n    The <%s> package \"%s\" depends on the\n"
			"    package currently being removed.\n", there->instance, there->title);
	}
	return warnings;
}
