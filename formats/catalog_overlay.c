/* Overlays of Tribblix, as manifests of components. */
#include "catalog_foreign.h"

#include "lines.h"
#include "manifest.h"
#include "pkginfo.h"
#include "str.h"

#define OVERLAY_MAX_BYTES ((size_t)1 << 20)

struct overlay {
	struct arena *a;
	const char *version, *title;
	struct strbuf rest;	/* requires and packages */
	struct error *e;
};

static bool id_ok(const char *name)
{
	const char *p;

	if (!((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z')))
		return false;
	for (p = name; *p != '\0'; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
		      (*p >= 'a' && *p <= 'z') || strchr("_.-", *p) != NULL))
			return false;
	return p - name <= 64;
}

static void put_text(struct strbuf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr("<>&\"", *s) != NULL)
			strbuf_addf(b, "&#%d;", *s);
		else if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			strbuf_addch(b, '?');
		else
			strbuf_addch(b, *s);
	}
}

static int read_line(struct overlay *o, struct lines *l, struct span line)
{
	const char *equal = line.len > 0 ? memchr(line.p, '=', line.len) : NULL, *value;
	struct span key;

	line = span_trim(line);
	if (line.len == 0 || line.p[0] == '#')
		return 0;
	if (equal == NULL)
		return lines_error(l, o->e, "no '=' in " SPAN_FMT, SPAN_ARG(line));
	key = (struct span){ line.p, (size_t)(equal - line.p) };
	value = span_dup(o->a, span_trim((struct span){
		equal + 1, (size_t)(line.p + line.len - equal - 1) }));
	if (span_eq(key, "VERSION"))
		o->version = value;
	else if (span_eq(key, "NAME"))
		o->title = value;
	else if (span_eq(key, "REQUIRES") && !id_ok(value))
		return lines_error(l, o->e, "bad overlay '%.80s'", value);
	else if (span_eq(key, "REQUIRES"))
		strbuf_addf(&o->rest, " <requires component=\"%s\"/>\n", value);
	return 0; /* SERVICES and others are for zap alone */
}

static int read_ovl(struct overlay *o, const char *file, const char *bytes, size_t len)
{
	struct span line;
	struct lines l;
	int rc = lines_open(&l, bytes, len, OVERLAY_MAX_BYTES, file, o->e);

	while (rc == 0 && lines_next(&l, &line))
		rc = read_line(o, &l, line);
	return rc;
}

static int read_pkgs(struct overlay *o, const char *file, const char *bytes, size_t len)
{
	struct span line, name;
	struct lines l;
	int rc = lines_open(&l, bytes, len, OVERLAY_MAX_BYTES, file, o->e);

	while (rc == 0 && lines_next(&l, &line)) {
		const char *pkg;

		if (!span_word(&line, &name) || name.p[0] == '#')
			continue;
		pkg = span_dup(o->a, name);
		if (!pkginfo_name_ok(pkg))
			return lines_error(&l, o->e, "bad package abbreviation " SPAN_FMT,
					   SPAN_ARG(name));
		strbuf_addf(&o->rest, " <package name=\"%s\"/>\n", pkg);
	}
	return rc;
}

int catalog_overlay(struct arena *a, const char *name, const char *ovl, size_t ovl_len,
		    const char *pkgs, size_t pkgs_len, const char **ret, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct overlay o = { .a = a, .version = "0", .title = name, .e = e };
	int rc = id_ok(name) ? 0 : error_set(e, E_FORMAT, "overlay '%s': no component can have "
					     "this name", name);

	if (rc == 0)
		rc = read_ovl(&o, arena_printf(a, "%s.ovl", name), ovl, ovl_len);
	if (rc == 0)
		rc = read_pkgs(&o, arena_printf(a, "%s.pkgs", name), pkgs, pkgs_len);
	if (rc == 0) {
		strbuf_addf(&b, "<component xmlns=\"" MANIFEST_NAMESPACE "\" kind=\"product\" "
			    "id=\"%s\" version=\"", name);
		put_text(&b, o.version);
		strbuf_adds(&b, "\">\n <title>");
		put_text(&b, *o.title != '\0' ? o.title : name);
		strbuf_addf(&b, "</title>\n%s</component>\n", strbuf_str(&o.rest));
		*ret = arena_strdup(a, strbuf_str(&b));
	}
	strbuf_free(&o.rest);
	return rc;
}
