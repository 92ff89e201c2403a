/* Parameters of a package that comes, in SVR4's order. */
#include "params.h"

#include <time.h>

#include "history_words.h"

/* As SVR4 writes it: "Nov 23 2026 15:04" (svr4.md 8.3). SOURCE_DATE_EPOCH respected. */
static const char *install_date(struct arena *a)
{
	time_t now = (time_t)history_now();
	struct tm tm;
	char buf[64];

	if (localtime_r(&now, &tm) == NULL)
		return "";
	(void)strftime(buf, sizeof(buf), "%b %d %Y %H:%M", &tm);
	return arena_strdup(a, buf);
}

/* ---- classes */

/* `none` is always first, once; the rest as the package says (svr4.md 3.2). */
static const char *classes_ordered(struct arena *a, const char *classes)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	const char *word = classes;

	strbuf_adds(&out, "none");
	while (*(word += strspn(word, " \t")) != '\0') {
		size_t len = strcspn(word, " \t");

		if (len != 4 || memcmp(word, "none", 4) != 0)
			strbuf_addf(&out, " %.*s", (int)len, word);
		word += len;
	}
	return arena_strdup(a, strbuf_str(&out));
}

static bool classes_have_none(const char *classes)
{
	const char *word = classes;

	while (*(word += strspn(word, " \t")) != '\0') {
		size_t len = strcspn(word, " \t");

		if (len == 4 && memcmp(word, "none", 4) == 0)
			return true;
		word += len;
	}
	return false;
}

const char *params_classes(struct arena *a, const struct pkginfo *effective)
{
	const char *classes = pkginfo_get(effective, "CLASSES");

	if (classes == NULL)
		return "none";
	return classes_have_none(classes) ? classes_ordered(a, classes) : classes;
}

/* ---- names */

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

bool params_fixed(const char *name)
{
	static const char *const names[] = { "PATH", "NAME", "PKG", "PKGINST", "VERSION", "ARCH",
					     "INSTDATE", "CATEGORY" };

	return is_one_of(name, names, sizeof(names) / sizeof(*names));
}

bool params_answerable(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_";

	return name[0] >= 'A' && name[0] <= 'Z' && name[strspn(name, letters)] == '\0' &&
	       !params_fixed(name);
}

/* Parameters that the view writes at fixed places, so not again with the others. */
static bool placed_elsewhere(const char *name)
{
	static const char *const names[] = { "CLASSES", "BASEDIR", "PATH", "OAMBASE", "PKGINST",
					     "PKGSAV", "UPDATE", "INSTDATE" };

	return is_one_of(name, names, sizeof(names) / sizeof(*names));
}

static bool is_locale(const char *name)
{
	return str_has_prefix(name, "LC_") || str_eq(name, "LANG") || str_eq(name, "TZ");
}

/* ---- all of them */

static bool has(const struct pkginfo *info, const char *name)
{
	return info != NULL && pkginfo_get(info, name) != NULL;
}

static void add_all(struct arena *a, const struct pkginfo *from, struct pkginfo *to)
{
	size_t i;

	for (i = 0; from != NULL && i < from->n; i++)
		pkginfo_set(a, to, from->params[i].name, from->params[i].value);
}

void params_effective(struct arena *a, const struct params_source *from, struct pkginfo *ret)
{
	size_t i;

	*ret = (struct pkginfo){ 0 };
	add_all(a, &from->package->info, ret);
	for (i = 0; from->old != NULL && i < from->old->n; i++) {
		const struct param *p = &from->old->params[i];

		if (!has(ret, p->name) && !placed_elsewhere(p->name) && !is_locale(p->name))
			pkginfo_set(a, ret, p->name, p->value);
	}
	add_all(a, from->answers, ret);
	pkginfo_set(a, ret, "PKGINST", from->instance);
}

/* Those that the package has itself, or has not. */
static void add_ours(struct arena *a, const struct params_source *from,
		     const struct pkginfo *effective, bool ours, struct pkginfo *to)
{
	size_t i;

	for (i = 0; i < effective->n; i++) {
		const struct param *p = &effective->params[i];

		if (has(&from->package->info, p->name) == ours && !placed_elsewhere(p->name))
			pkginfo_set(a, to, p->name, p->value);
	}
}

void params_view(struct arena *a, const struct params_source *from, const char *basedir,
		 struct pkginfo *ret)
{
	struct pkginfo effective;

	params_effective(a, from, &effective);
	*ret = (struct pkginfo){ 0 };
	pkginfo_set(a, ret, "CLASSES", params_classes(a, &effective));
	if (basedir != NULL)
		pkginfo_set(a, ret, "BASEDIR", basedir);
	add_all(a, from->environment, ret);
	pkginfo_set(a, ret, "PATH", "/sbin:/usr/sbin:/usr/bin:/usr/sadm/install/bin");
	pkginfo_set(a, ret, "OAMBASE", "/usr/sadm/sysadm");
	add_ours(a, from, &effective, true, ret);
	pkginfo_set(a, ret, "PKGINST", from->instance);
	pkginfo_set(a, ret, "PKGSAV", arena_printf(a, "/var/sadm/pkg/%s/save", from->instance));
	if (from->update)
		pkginfo_set(a, ret, "UPDATE", "yes");
	add_ours(a, from, &effective, false, ret);
	pkginfo_set(a, ret, "INSTDATE", install_date(a));
}
