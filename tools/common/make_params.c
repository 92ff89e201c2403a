/* The pkginfo that pkgmk writes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>

#include "tools/common/make.h"

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
			strbuf_addf(notes, "class <%s> is not in CLASSES: its objects will not "
				    "be installed\n", class);
	}
}

int make_params(struct arena *a, const struct make_params *m, struct pkginfo *ret,
		struct strbuf *notes, struct error *e)
{
	struct pkginfo out = { .n = 0 };
	struct utsname host;
	const char *classes;

	if (uname(&host) < 0)
		return error_errno(e, errno, "cannot get the name of this machine");
	collect(a, m, &out);
	set_default(a, &out, "VERSION", dev_release(a, m->now), notes);
	set_default(a, &out, "ARCH", arena_strdup(a, host.machine), notes);
	set_default(a, &out, "PSTAMP", production_stamp(a,
		    m->reproducible ? "commpkg" : host.nodename, m->now), notes);
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
