/* inspect: look into a package before trusting it. Nothing of it is run or unpacked. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "formats/cleanup.h"
#include "formats/digest.h"
#include "formats/medium.h"
#include "formats/str.h"
#include "inspect_manifest.h"
#include "places.h"
#include "show.h"
#include "signals.h"
#include "trust.h"
#include "verb.h"
#include "verdict.h"

static const struct column contents_columns[] = {
	{ "file", NULL, COLUMN_TEXT },
	{ "files", NULL, COLUMN_NUMBER },
	{ "right", NULL, COLUMN_FLAG },
};
static const struct column medium_columns[] = {
	{ "file", "File", COLUMN_TEXT },
	{ "kind", "Kind", COLUMN_TEXT },
	{ "compression", "Compression", COLUMN_TEXT },
	{ "stored", "Stored", COLUMN_SIZE },
	{ "sha256", "SHA-256", COLUMN_TEXT },
	{ "packages", "Packages", COLUMN_NUMBER },
};
static const struct column package_columns[] = {
	{ "package", "Package", COLUMN_TEXT },
	{ "title", "Title", COLUMN_TEXT },
	{ "version", "Version", COLUMN_TEXT },
	{ "arch", "Architecture", COLUMN_TEXT },
	{ "category", "Category", COLUMN_TEXT },
	{ "basedir", "Base directory", COLUMN_TEXT },
	{ "bytes", "Size", COLUMN_SIZE },
	{ "files", "Files", COLUMN_NUMBER },
	{ "editable", "Editable", COLUMN_NUMBER },
	{ "directories", "Directories", COLUMN_NUMBER },
	{ "links", "Links", COLUMN_NUMBER },
	{ "special", "Devices, fifos", COLUMN_NUMBER },
	{ "setid", "Set-id", COLUMN_LIST },
	{ "absolute", "Outside its base", COLUMN_LIST },
	{ "requires", "Requires", COLUMN_LIST },
	{ "conflicts", "Conflicts", COLUMN_LIST },
	{ "reverse", "Needed by", COLUMN_LIST },
	{ "scripts", NULL, COLUMN_LIST },
};
static const struct column script_columns[] = {
	{ "script", "SCRIPT", COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "bytes", "BYTES", COLUMN_NUMBER },
	{ "first", "FIRST LINE", COLUMN_TEXT },
};
static const struct column object_columns[] = {
	{ "type", "TYPE", COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "class", "CLASS", COLUMN_TEXT },
	{ "mode", "MODE", COLUMN_MODE },
	{ "owner", "OWNER", COLUMN_TEXT },
	{ "group", "GROUP", COLUMN_TEXT },
	{ "size", "SIZE", COLUMN_NUMBER },
	{ "path", "PATH", COLUMN_TEXT },
	{ "target", "TARGET", COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ABSOLUTE_SHOWN 8

/* ---- the medium */

static const char *kind_name(enum medium_kind k)
{
	static const char *const names[] = {
		[MEDIUM_STREAM] = "datastream", [MEDIUM_PACKAGE_DIR] = "package directory",
		[MEDIUM_SPOOL] = "spool directory", [MEDIUM_ZIP] = "zip archive",
	};

	return names[k];
}

/* Of a file; NULL for directories. */
static int file_digest(struct arena *a, const char *path, const char **ret, struct error *e)
{
	AUTO_FREE char *buffer = xmalloc((size_t)256 << 10);
	AUTO_FD int fd = -EBADF;
	struct digest *d;
	struct sha256 sha;
	char hex[SHA256_HEX_SIZE];
	ssize_t n;
	int rc = places_open(path, &fd, e);

	if (rc < 0)
		return rc;
	d = digest_new();
	while ((n = read(fd, buffer, (size_t)256 << 10)) > 0)
		digest_add(d, buffer, (size_t)n);
	digest_finish(d, &sha, NULL);
	digest_free(d);
	if (n < 0)
		return error_errno(e, errno, "cannot read '%s'", path);
	sha256_hex(&sha, hex);
	*ret = arena_strdup(a, hex);
	return 0;
}

static int show_medium(struct run *r, const struct medium *m, struct error *e)
{
	struct table *t = table_new(r->arena, "media", medium_columns, COUNT(medium_columns));
	struct cell stored = CELL_N(medium_stored_bytes(m));
	const char *sha = NULL;
	int rc = 0;

	stored.none = medium_stored_bytes(m) == 0;
	if (medium_stored_bytes(m) > 0)
		rc = file_digest(r->arena, medium_path(m), &sha, e);
	if (rc < 0)
		return rc;
	table_add(t, (struct cell[]){ CELL_S(medium_path(m)),
			CELL_S(kind_name(medium_kind(m))), CELL_S(medium_compression(m)), stored,
			CELL_S(sha), CELL_N(medium_count(m)) });
	show_entry(t);
	return 0;
}

/* ---- its signature */

static int on_read(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	(void)ctx;
	report_progress("signature", done, total);
	return signals_check(e);
}

static void say_verdict(const struct medium *m, const struct verdict *v)
{
	if (v->intact && v->state == SIGNER_TRUSTED && v->weak[0] == NULL)
		report_marked(MARK_OK, "signed by '%s', who is trusted", v->signer);
	else if (v->intact && v->state == SIGNER_TRUSTED)
		report_marked(MARK_WARN, "signed by '%s', who is trusted, with a legacy signature, "
			      "which is weak", v->signer);
	else if (v->intact)
		report_marked(MARK_WARN, "signed, but not by anybody trusted: %s", v->why);
	else
		report_marked(MARK_BAD, "the signature of '%s' does not verify: %s",
			      medium_path(m), v->damage);
}

static int show_signature(struct run *r, const struct medium *m, struct error *e)
{
	struct trust_options o = { .allow_unsigned = false };
	struct verdict v = { .intact = true };
	struct trust *t;
	int rc;

	if (!medium_signed(m))
		return 0;
	rc = trust_open(&o, &t, e);
	if (rc < 0)
		return rc;
	rc = medium_verify(m, trust_keys(t), (int64_t)time(NULL), on_read, NULL, r->arena, &v, e);
	if (rc == 0) {
		report_out("%s", "");
		show_entry(verdict_table(r->arena, medium_path(m), &v));
		say_verdict(m, &v);
	}
	trust_close(t);
	if (rc == 0 && !v.intact)
		return error_set(e, E_TRUST, "the signature of '%s' does not verify: %s",
				 medium_path(m), v.damage);
	if (rc == -E_FORMAT || rc == -E_LIMIT || rc == -E_UNSUPPORTED) {
		e->code = E_TRUST; /* what can't be read proves nothing */
		rc = -E_TRUST;
	}
	return rc;
}

/* ---- one package */

struct texts {
	struct arena *a;
	VEC(const char *) v;
};

static const char *const *texts_list(struct texts *t)
{
	const char **list = arena_calloc(t->a, t->v.n + 1, sizeof(*list));

	if (t->v.n > 0)
		memcpy(list, t->v.v, t->v.n * sizeof(*list));
	VEC_FREE(&t->v);
	return list;
}

static const char *const *set_id(struct arena *a, const struct pkgmap *map)
{
	struct texts t = { .a = a };
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct entry *en = &map->entries[i];

		if (en->mode != MODE_UNSET && (en->mode & 06000) && !ftype_is_dir(en->ftype))
			*VEC_PUSH(&t.v) = arena_printf(a, "%s (%04o %s)", en->path, en->mode,
						       en->owner != NULL ? en->owner : "?");
	}
	return texts_list(&t);
}

/* Objects with absolute paths; the first few, then how many more. */
static const char *const *absolute_paths(struct arena *a, const struct package *p)
{
	struct texts t = { .a = a };
	size_t i, more = 0;

	for (i = 0; p->basedir != NULL && i < p->map.n; i++) {
		const struct entry *en = &p->map.entries[i];

		if (en->ftype == 'i' || en->path[0] != '/')
			continue;
		if (t.v.n < ABSOLUTE_SHOWN)
			*VEC_PUSH(&t.v) = en->path;
		else
			more++;
	}
	if (more > 0)
		*VEC_PUSH(&t.v) = arena_printf(a, "and %zu more", more);
	return texts_list(&t);
}

static const char *alternatives(struct arena *a, const struct depend *d)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	strbuf_adds(&b, d->pkg);
	for (i = 0; i < d->n; i++) {
		strbuf_adds(&b, i == 0 ? " " : " | ");
		if (d->alts[i].arch != NULL)
			strbuf_addf(&b, "(%s)", d->alts[i].arch);
		if (d->alts[i].version != NULL)
			strbuf_adds(&b, d->alts[i].version);
	}
	return arena_strdup(a, strbuf_str(&b));
}

static const char *relation_text(struct arena *a, const struct relation *rel)
{
	static const char *const ops[] = {
		[CMP_ANY] = "", [CMP_LT] = "<<", [CMP_LE] = "<=", [CMP_EQ] = "=",
		[CMP_GE] = ">=", [CMP_GT] = ">>",
	};
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < rel->n; i++) {
		strbuf_addf(&b, "%s%s", i > 0 ? " | " : "", rel->alts[i].name);
		if (rel->alts[i].op != CMP_ANY)
			strbuf_addf(&b, " (%s %s)", ops[rel->alts[i].op], rel->alts[i].version);
	}
	return arena_strdup(a, strbuf_str(&b));
}

/* By install/relations when the package has it, else by depend, as it is solved. */
static const char *const *dependencies(struct arena *a, const struct package *p, char type,
				       enum relation_kind kind)
{
	struct texts t = { .a = a };
	size_t i;

	for (i = 0; p->relations.present && i < p->relations.n; i++)
		if (p->relations.v[i].kind == kind)
			*VEC_PUSH(&t.v) = relation_text(a, &p->relations.v[i]);
	for (i = 0; !p->relations.present && i < p->depend.n; i++)
		if (p->depend.v[i].type == type)
			*VEC_PUSH(&t.v) = alternatives(a, &p->depend.v[i]);
	return texts_list(&t);
}

static const char *const *script_names(struct arena *a, const struct package *p)
{
	struct texts t = { .a = a };
	size_t i;

	for (i = 0; i < p->ninfofiles; i++)
		if (infofile_is_script(p->infofiles[i].name))
			*VEC_PUSH(&t.v) = p->infofiles[i].name;
	return texts_list(&t);
}

static size_t count_types(const struct pkgmap *map, const char *types)
{
	size_t i, n = 0;

	for (i = 0; i < map->n; i++)
		n += strchr(types, map->entries[i].ftype) != NULL;
	return n;
}

static void show_package(struct run *r, const struct package *p)
{
	struct table *t = table_new(r->arena, "packages", package_columns,
				    COUNT(package_columns));
	struct arena *a = r->arena;

	table_add(t, (struct cell[]){
		CELL_S(p->pkg), CELL_S(p->title), CELL_S(p->version), CELL_S(p->arch),
		CELL_S(p->category), CELL_S(p->basedir), CELL_N(p->payload_bytes),
		CELL_N(count_types(&p->map, "f")), CELL_N(count_types(&p->map, "ev")),
		CELL_N(count_types(&p->map, "dx")), CELL_N(count_types(&p->map, "sl")),
		CELL_N(count_types(&p->map, "cbp")), CELL_L(set_id(a, &p->map)),
		CELL_L(absolute_paths(a, p)),
		CELL_L(dependencies(a, p, 'P', REL_REQUIRES)),
		CELL_L(dependencies(a, p, 'I', REL_CONFLICTS)),
		CELL_L(p->relations.present ? NULL : dependencies(a, p, 'R', REL_REQUIRES)),
		CELL_L(script_names(a, p)) });
	report_out("%s", "");
	show_entry(t);
}

static const char *first_line(struct arena *a, const struct infofile *f)
{
	size_t n = strnlen(f->bytes, f->len);
	const char *end = memchr(f->bytes, '\n', n);

	return arena_strndup(a, f->bytes, end != NULL ? (size_t)(end - f->bytes) : n);
}

static void show_scripts(struct run *r, const struct package *p)
{
	struct table *t = table_new(r->arena, "scripts", script_columns, COUNT(script_columns));
	size_t i;

	for (i = 0; i < p->ninfofiles; i++) {
		const struct infofile *f = &p->infofiles[i];

		if (infofile_is_script(f->name))
			table_add(t, (struct cell[]){ CELL_S(f->name), CELL_S(p->pkg),
					CELL_N(f->len), CELL_S(first_line(r->arena, f)) });
	}
	if (t->nrows > 0)
		report_out("%s", "");
	show_table(t);
}

static void show_objects(struct run *r, const struct package *p)
{
	struct table *t = table_new(r->arena, "objects", object_columns, COUNT(object_columns));
	size_t i;

	for (i = 0; i < p->map.n; i++) {
		const struct entry *en = &p->map.entries[i];
		const char type[2] = { en->ftype, '\0' };
		struct cell mode = CELL_N(en->mode), size = CELL_N(en->size);

		mode.none = en->mode == MODE_UNSET || strchr("sli", en->ftype) != NULL;
		size.none = !en->has_content;
		table_add(t, (struct cell[]){ CELL_S(arena_strdup(r->arena, type)),
				CELL_S(p->pkg), CELL_S(en->class), mode, CELL_S(en->owner),
				CELL_S(en->group), size, CELL_S(en->path), CELL_S(en->target) });
	}
	if (t->nrows > 0)
		report_out("%s", "");
	show_table(t);
}

/* ---- --script NAME: the text of it, escaped line by line */

static void print_lines(struct arena *a, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *nl = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t n = (size_t)((nl != NULL ? nl : end) - bytes), i;
		AUTO_STRBUF struct strbuf line = STRBUF_INIT;

		/* tabs are what scripts are made of; NUL would end the line early */
		for (i = 0; i < n; i++)
			if (bytes[i] == '\t')
				strbuf_adds(&line, "        ");
			else if (bytes[i] == '\0')
				strbuf_adds(&line, "\\x00");
			else
				strbuf_addch(&line, bytes[i]);
		report_out("%s", arena_strdup(a, strbuf_str(&line)));
		bytes += n + (nl != NULL);
	}
}

static int print_script(struct run *r, const struct medium *m, struct error *e)
{
	size_t i, found = 0;

	for (i = 0; i < medium_count(m); i++) {
		const struct infofile *f = package_infofile(medium_package(m, i), r->o->script);

		if (f == NULL)
			continue;
		found++;
		print_lines(r->arena, f->bytes, f->len);
		show_json_text("script", arena_strndup(r->arena, f->bytes, f->len));
	}
	if (found > 0)
		return 0;
	return error_set(e, E_NOT_FOUND, "'%s' has no '%s'", medium_path(m), r->o->script);
}

/* ---- the payload: read whole, and compared with what the pkgmap says */

static int read_payload(struct payload *p, uint64_t *files, uint64_t *done, uint64_t total,
			struct error *e)
{
	const struct entry *en;
	const void *bytes;
	size_t i, len;
	int rc;

	while ((rc = payload_next_package(p, &i, e)) > 0)
		while ((rc = payload_next(p, &en, e)) > 0) {
			while ((rc = payload_read(p, &bytes, &len, e)) > 0) {
				*done += len;
				report_progress("check", *done, total);
			}
			rc = rc < 0 ? rc : signals_check(e);
			if (rc < 0)
				return rc;
			++*files;
		}
	return rc;
}

static void on_unlisted(const struct package *pkg, const struct entry *en,
			enum payload_fault fault, const char *name, void *ctx)
{
	(void)en;
	(void)fault;
	(void)ctx;
	report_warning("package '%s': '%s' is in no line of its pkgmap, and is not installed",
		       pkg->dirname, name);
}

static int check_payload(struct run *r, const struct medium *m, struct error *e)
{
	struct table *t = table_new(r->arena, "contents", contents_columns,
				    COUNT(contents_columns));
	bool *whole = arena_calloc(r->arena, medium_count(m), sizeof(*whole));
	uint64_t files = 0, done = 0, total = 0;
	struct payload *p;
	size_t i;
	int rc;

	for (i = 0; i < medium_count(m); i++)
		whole[i] = medium_package(m, i)->broken == NULL;
	rc = payload_open(m, whole, &p, e);
	if (rc < 0)
		return rc;
	payload_pass_unlisted(p, on_unlisted, NULL);
	for (i = 0; i < medium_count(m); i++)
		total += medium_package(m, i)->payload_bytes;
	rc = read_payload(p, &files, &done, total, e);
	payload_close(p);
	table_add(t, (struct cell[]){ CELL_S(medium_path(m)), CELL_N(files), CELL_N(rc == 0) });
	show_json_table(t);
	if (rc < 0)
		return rc == -E_INTERRUPTED ? rc : error_prefix(e, "the contents are damaged");
	report_out("%s", "");
	report_marked(MARK_OK, "%llu file%s, each with the size and sum that the package says",
		      (unsigned long long)files, files == 1 ? "" : "s");
	return 0;
}

/* ---- the verb */

/* Told when all that can be read is shown. */
static int refuse_broken(const struct medium *m, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < medium_count(m); i++) {
		const struct package *p = medium_package(m, i);

		if (p->broken == NULL)
			continue;
		if (rc < 0)
			report_error(e);
		rc = error_set(e, p->broken->code, "package '%s' can't be read: %s", p->dirname,
			       p->broken->text);
	}
	return rc;
}

/* A signature that does not verify is told after all there is to see. */
static int inspect_medium(struct run *r, const struct medium *m, struct error *e)
{
	int rc = show_medium(r, m, e), verdict;
	size_t i;

	if (rc < 0)
		return rc;
	verdict = show_signature(r, m, e);
	for (i = 0; i < medium_count(m); i++) {
		if (medium_package(m, i)->broken != NULL)
			continue;
		show_package(r, medium_package(m, i));
		show_scripts(r, medium_package(m, i));
		if (r->o->files)
			show_objects(r, medium_package(m, i));
	}
	rc = verdict < 0 ? verdict : check_payload(r, m, e);
	return rc < 0 ? rc : refuse_broken(m, e);
}

static int inspect_one(struct run *r, const char *path, struct error *e)
{
	struct medium *m = NULL;
	int rc = r->o->script == NULL ? inspect_manifest(r, path, e) : 0;

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = medium_open_each(AT_FDCWD, path, MEDIUM_ALL, &m, e);
	if (rc == 0)
		rc = r->o->script != NULL ? print_script(r, m, e) : inspect_medium(r, m, e);
	medium_close(m);
	return rc;
}

int verb_inspect(struct run *r, struct error *e)
{
	size_t i;
	int rc = 0;

	if (r->operands->nnames == 0)
		return error_set(e, E_USAGE, "'inspect' wants a package file");
	for (i = 0; rc == 0 && i < r->operands->nnames; i++) {
		if (i > 0)
			report_out("%s", "");
		rc = inspect_one(r, r->operands->names[i], e);
	}
	return rc;
}
