/* The pkginfo that pkgmk writes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/utsname.h>
#include <time.h>

#include "tools/common/make.h"

#define MAX_TEXT 256u	/* NAME, VERSION */
#define MAX_MEMBER 16u	/* of ARCH and CATEGORY */

static bool is_upper(const char *name)
{
	return name[0] >= 'A' && name[0] <= 'Z';
}

/* svr4.md 3.2: options first, then the file, then what was given; lower case names
 * are for building only. */
static void collect(struct arena *a, const struct make_params *m, struct pkginfo *out)
{
	size_t i;

	for (i = 0; i < m->options->n; i++)
		pkginfo_set(a, out, m->options->params[i].name, m->options->params[i].value);
	for (i = 0; i < m->file->n; i++) {
		const struct param *p = &m->file->params[i];

		if (is_upper(p->name) && pkginfo_get(m->options, p->name) == NULL)
			pkginfo_set(a, out, p->name, p->value);
	}
	for (i = 0; i < m->given->n; i++)
		if (is_upper(m->given->params[i].name))
			pkginfo_set(a, out, m->given->params[i].name, m->given->params[i].value);
	for (i = 0; i < m->vars->n; i++) {
		const struct param *p = &m->vars->params[i];

		if (is_upper(p->name) && pkginfo_get(out, p->name) == NULL)
			pkginfo_set(a, out, p->name, p->value);
	}
}

static struct tm local_time(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm = { .tm_mday = 1 };

	(void)localtime_r(&t, &tm);
	return tm;
}

static const char *dev_release(struct arena *a, int64_t when)
{
	struct tm tm = local_time(when);
	char buf[64] = "";

	(void)strftime(buf, sizeof(buf), "Dev Release %m/%d/%Y", &tm);
	return arena_strdup(a, buf);
}

static const char *production_stamp(struct arena *a, const char *host, int64_t when)
{
	struct tm tm = local_time(when);
	char buf[64] = "";

	(void)strftime(buf, sizeof(buf), "%Y%m%d%H%M%S", &tm);
	return arena_printf(a, "%s%s", host, buf);
}

static void set_default(struct arena *a, struct pkginfo *out, const char *name,
			const char *value, struct strbuf *notes)
{
	const char *present = pkginfo_get(out, name);

	if (present != NULL && present[0] != '\0')
		return;
	strbuf_addf(notes, "parameter <%s> set to \"%s\"\n", name, value);
	pkginfo_set(a, out, name, value);
}

static void add_class(struct strbuf *classes, const char *word, size_t n)
{
	const char *p = strbuf_str(classes);

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, word, n) == 0)
			return;
		p += len + (p[len] == ' ');
	}
	if (classes->len > 0)
		strbuf_addch(classes, ' ');
	strbuf_add(classes, word, n);
}

/* `none` always first, each class once. */
static const char *ordered_classes(struct arena *a, const char *text)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	const char *p;
	size_t n;

	for (p = text; *(p += strspn(p, " \t")) != '\0'; p += n) {
		n = strcspn(p, " \t");
		if (n == 4 && memcmp(p, "none", 4) == 0)
			add_class(&out, p, n);
	}
	for (p = text; *(p += strspn(p, " \t")) != '\0'; p += n) {
		n = strcspn(p, " \t");
		add_class(&out, p, n);
	}
	return arena_strdup(a, strbuf_str(&out));
}

static const char *map_classes(struct arena *a, const struct pkgmap *map)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	size_t i;

	for (i = 0; i < map->n; i++)
		if (map->entries[i].class != NULL)
			add_class(&out, map->entries[i].class, strlen(map->entries[i].class));
	return out.len > 0 ? ordered_classes(a, out.p) : "none";
}

static void note_lost_classes(const struct pkgmap *map, const char *classes,
			      struct strbuf *notes)
{
	AUTO_STRBUF struct strbuf all = STRBUF_INIT;
	size_t i, before;

	/* what request or checkinstall answer can add classes */
	for (i = 0; i < map->n; i++)
		if (map->entries[i].ftype == 'i' && (str_eq(map->entries[i].path, "request") ||
		    str_eq(map->entries[i].path, "checkinstall")))
			return;
	strbuf_adds(&all, classes);
	for (i = 0; i < map->n; i++) {
		const char *class = map->entries[i].class;

		if (class == NULL)
			continue;
		before = all.len;
		add_class(&all, class, strlen(class));
		if (all.len != before)
			strbuf_addf(notes, "unreferenced class <%s> in prototype file\n", class);
	}
}

/* ---- what SVR4's pkgmk refuses, in its order and words */

static int check_text(const char *name, const char *value, struct error *e)
{
	const char *p;

	if (value[0] == '\0')
		return error_set(e, E_FORMAT, "parameter <%s> cannot be null", name);
	if (str_eq(name, "VERSION") && value[0] == '(')
		return error_set(e, E_FORMAT, "parameter <%s> has incorrect first character",
				 name);
	if (strlen(value) > MAX_TEXT)
		return error_set(e, E_FORMAT, "length of parameter value <%s> exceeds limit",
				 value);
	for (p = value; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			return error_set(e, E_FORMAT, "parameter <%s> must be ascii", name);
	return 0;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Commas and blanks separate; each member is measured. */
static int check_members(const char *name, const char *value, bool alnum, struct error *e)
{
	size_t n, i;

	if (value[0] == '\0')
		return error_set(e, E_FORMAT, "parameter <%s> cannot be null", name);
	for (; *(value += strspn(value, ", ")) != '\0'; value += n) {
		n = strcspn(value, ", ");
		if (n > MAX_MEMBER)
			return error_set(e, E_FORMAT, "length of parameter value <%.*s> exceeds "
					 "limit", (int)(n < 256 ? n : 256), value);
		for (i = 0; i < n; i++)
			if (alnum ? !is_alnum(value[i]) : (unsigned char)value[i] >= 0x80)
				return error_set(e, E_FORMAT, "parameter <%s> must be %s", name,
						 alnum ? "alphanumeric" : "ascii");
	}
	return 0;
}

static int require(const struct pkginfo *info, const char *name, const char **ret,
		   struct error *e)
{
	*ret = pkginfo_get(info, name);
	if (*ret == NULL)
		return error_set(e, E_FORMAT, "parameter <%s> is not defined in <pkginfo>", name);
	return 0;
}

/* Is the abbreviation one that may be used, were it not reserved? The first rules allowed nine
 * characters, and whoever builds for systems that old says so. */
static bool abbreviation_ok(const char *pkg)
{
	const char *abi = getenv("PKG_ABI_NAMELENGTH");

	if (abi != NULL && str_eq(abi, "TRUE") && strlen(pkg) > 9)
		return false;
	return pkginfo_name_ok(pkg) || str_eq(pkg, "all") || str_eq(pkg, "install") ||
	       str_eq(pkg, "new");
}

static int check_names(const struct make_params *m, const struct pkginfo *info,
		       struct error *e)
{
	const char *pkg, *inst, *title;
	size_t n;
	int rc = require(info, "PKG", &pkg, e);

	if (rc < 0)
		return rc;
	if (!abbreviation_ok(pkg))
		return error_set(e, E_FORMAT, "invalid package abbreviation <%s>", pkg);
	inst = m->instance != NULL ? m->instance : pkg;
	n = strlen(pkg);
	if (!pkginfo_instance_ok(inst) || strncmp(inst, pkg, n) != 0 ||
	    (inst[n] != '\0' && inst[n] != '.'))
		return error_set(e, E_FORMAT, "PKG parameter <%s> does not match instance <%s>",
				 pkg, inst);
	rc = require(info, "NAME", &title, e);
	return rc == 0 ? check_text("NAME", title, e) : rc;
}

/* Defaults are told before the next parameter is looked at. */
static int fill_and_check(struct arena *a, const struct make_params *m, struct pkginfo *out,
			  struct strbuf *notes, struct error *e)
{
	struct utsname host;
	const char *category = NULL;
	int rc = check_names(m, out, e);

	if (rc < 0)
		return rc;
	if (uname(&host) < 0)
		return error_errno(e, errno, "cannot get the name of this machine");
	set_default(a, out, "VERSION", dev_release(a, m->now), notes);
	rc = check_text("VERSION", pkginfo_get(out, "VERSION"), e);
	if (rc == 0) {
		set_default(a, out, "ARCH", arena_strdup(a, host.machine), notes);
		rc = check_members("ARCH", pkginfo_get(out, "ARCH"), false, e);
	}
	if (rc == 0) {
		set_default(a, out, "PSTAMP", production_stamp(a, m->reproducible ? "commpkg" :
			    host.nodename, m->now), notes);
		rc = require(out, "CATEGORY", &category, e);
	}
	return rc == 0 ? check_members("CATEGORY", category, true, e) : rc;
}

int make_params(struct arena *a, const struct make_params *m, struct pkginfo *ret,
		struct strbuf *notes, struct error *e)
{
	struct pkginfo out = { .n = 0 };
	const char *classes;
	int rc;

	collect(a, m, &out);
	rc = fill_and_check(a, m, &out, notes, e);
	if (rc < 0)
		return rc;
	classes = pkginfo_get(&out, "CLASSES");
	if (classes == NULL || classes[strspn(classes, " \t")] == '\0') {
		pkginfo_set(a, &out, "CLASSES", "");
		set_default(a, &out, "CLASSES", map_classes(a, m->map), notes);
	} else {
		pkginfo_set(a, &out, "CLASSES", ordered_classes(a, classes));
	}
	note_lost_classes(m->map, pkginfo_get(&out, "CLASSES"), notes);
	*ret = out;
	return pkginfo_check_new(ret, "pkginfo", e);
}

static bool is_true(const struct pkginfo *info, const char *name)
{
	const char *value = pkginfo_get(info, name);

	return value != NULL && strcasecmp(value, "true") == 0;
}

int make_zones_check(const struct pkginfo *info, const struct pkgmap *map, struct error *e)
{
	bool all = is_true(info, "SUNW_PKG_ALLZONES"), here = is_true(info, "SUNW_PKG_THISZONE");
	const char *pkg;
	size_t i;
	int rc = require(info, "PKG", &pkg, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < map->n; i++)
		here = here || (map->entries[i].ftype == 'i' &&
				str_eq(map->entries[i].path, "request"));
	if (all && here)
		return error_set(e, E_CONFLICT, "The package <%s> has <SUNW_PKG_ALLZONES> = true "
				 "and <SUNW_PKG_THISZONE> = true: the package may set either "
				 "parameter to true, but may not set both parameters to true. "
				 "NOTE: if the package contains a request script, it is treated "
				 "as though it has <SUNW_PKG_THISZONE> = true", pkg);
	if (!all && is_true(info, "SUNW_PKG_HOLLOW"))
		return error_set(e, E_CONFLICT, "The package <%s> has <SUNW_PKG_ALLZONES> = false "
				 "and <SUNW_PKG_HOLLOW> = true: a hollow package must also be "
				 "set to install in all zones", pkg);
	return 0;
}
