/* info: a root, its components, its packages, and their files. */
#include "dbcheck.h"
#include "boot.h"
#include "editable.h"
#include "formats/pkginfo.h"
#include "hold.h"
#include "places.h"
#include "show.h"
#include "verb_info_components.h"
#include "verb_info_state.h"

static const struct column root_columns[] = {
	{ "path", "Root", COLUMN_TEXT },
	{ "name", "Name", COLUMN_TEXT },
	{ "components", "Components", COLUMN_NUMBER },
	{ "packages", "Packages", COLUMN_NUMBER },
	{ "files", "Objects", COLUMN_NUMBER },
	{ "bytes", "Size", COLUMN_SIZE },
	{ "transaction", "Transaction", COLUMN_NUMBER },
	{ "state", "State", COLUMN_TEXT },
	{ "held", "Held", COLUMN_LIST },
};
static const struct column package_columns[] = {
	{ "instance", "PACKAGE", COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "version", "VERSION", COLUMN_TEXT },
	{ "arch", NULL, COLUMN_TEXT },
	{ "category", NULL, COLUMN_TEXT },
	{ "bytes", "SIZE", COLUMN_SIZE },
	{ "files", NULL, COLUMN_NUMBER },
	{ "title", "TITLE", COLUMN_TEXT },
	{ "basedir", NULL, COLUMN_TEXT },
	{ "manual", NULL, COLUMN_FLAG },
	{ "state", NULL, COLUMN_TEXT },
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "components", NULL, COLUMN_LIST },
	{ "held", NULL, COLUMN_FLAG },
};
static const struct column detail_columns[] = {
	{ "instance", "Package", COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "version", "Version", COLUMN_TEXT },
	{ "arch", "Architecture", COLUMN_TEXT },
	{ "category", "Category", COLUMN_TEXT },
	{ "bytes", "Size", COLUMN_SIZE },
	{ "files", "Objects", COLUMN_NUMBER },
	{ "title", "Title", COLUMN_TEXT },
	{ "basedir", "Base directory", COLUMN_TEXT },
	{ "manual", "Named by a user", COLUMN_FLAG },
	{ "state", "State", COLUMN_TEXT },
	{ "transaction", "Transaction", COLUMN_NUMBER },
	{ "components", "Components", COLUMN_LIST },
	{ "held", "Held", COLUMN_FLAG },
	{ "vendor", "Vendor", COLUMN_TEXT },
	{ "description", "Description", COLUMN_TEXT },
	{ "installed", "Installed", COLUMN_TEXT },
	{ "scripts", "Scripts", COLUMN_LIST },
};
#define PACKAGE_CELLS 14
#define USERS_CELL 12
static const struct column file_columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "type", "TYPE", COLUMN_TEXT },
	{ "class", NULL, COLUMN_TEXT },
	{ "mode", "MODE", COLUMN_MODE },
	{ "owner", "OWNER", COLUMN_TEXT },
	{ "group", "GROUP", COLUMN_TEXT },
	{ "size", "SIZE", COLUMN_NUMBER },
	{ "target", "TARGET", COLUMN_TEXT },
	{ "sha256", NULL, COLUMN_TEXT },
};
static const struct column known_columns[] = {
	{ "name", "NAME", COLUMN_TEXT },
	{ "path", "PATH", COLUMN_TEXT },
	{ "state", "STATE", COLUMN_TEXT },
	{ "components", "COMPONENTS", COLUMN_LIST },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *state_name(char state)
{
	return state == 'I' ? "partially installed" :
	       state == 'R' ? "partially removed" : "installed";
}

static void package_cells(const struct info_of *u, const struct pkgdb_package *p, struct cell *ret)
{
	const struct cell cells[PACKAGE_CELLS] = {
		CELL_S(p->instance), CELL_S(p->pkg), CELL_S(p->version), CELL_S(p->arch),
		CELL_S(p->category), CELL_N(p->payload_bytes), CELL_N(p->nfiles),
		CELL_S(p->title), CELL_S(p->basedir), CELL_N(p->manual),
		CELL_S(state_name(p->state)), CELL_N(p->added),
		CELL_L(info_users(u->a, u->components, u->ncomponents, p->instance)),
		CELL_N(holds_have(u->holds, u->nholds, HOLD_PACKAGE, p->instance)),
	};

	memcpy(ret, cells, sizeof(cells));
}

/* ---- the root */

static int last_transaction(const struct view *v, struct arena *a, struct cell *ret,
			    struct error *e)
{
	struct txn *all;
	size_t n;
	int rc;

	*ret = (struct cell)CELL_NONE;
	if (v->db == NULL)
		return 0;
	rc = txn_list(v->db, a, &all, &n, e);
	if (rc == 0 && n > 0)
		*ret = (struct cell)CELL_N(all[n - 1].n);
	return rc < 0 ? rc : 0;
}

/* Is the database ahead of the root, or behind it? */
static int database_state(const struct view *v, const char **ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn t;
	int rc = txn_pending(v->db, a, &t, e);

	if (rc > 0)
		*ret = "ahead: an interrupted transaction waits for 'commpkg recover'";
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = dbcheck_view_is_ours(v->root, v->db, e);
	if (rc == 0)
		*ret = "behind: another program changed var/sadm/install/contents "
		       "('commpkg verify --database')";
	return rc < 0 ? rc : 0;
}

/* Names as they are typed. */
static const char *const *held(const struct info_of *u)
{
	const char **names = arena_calloc(u->a, u->nholds + 1, sizeof(*names));

	for (size_t i = 0; i < u->nholds; i++) {
		const char *plain = strchr(u->holds[i], ':');

		names[i] = plain != NULL ? plain + 1 : u->holds[i];
	}
	return names;
}

static int show_root(struct run *r, const struct view *v, const struct info_of *u,
		     struct error *e)
{
	struct table *t = table_new(r->arena, "about", root_columns, COUNT(root_columns));
	uint64_t bytes = 0, files = 0;
	const char *state = "ok";
	struct cell last;
	size_t i;
	int rc = last_transaction(v, r->arena, &last, e);

	if (rc == 0 && v->db != NULL)
		rc = pkgdb_count_files(v->db, &files, e);
	if (rc == 0 && v->db != NULL)
		rc = database_state(v, &state, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < u->npackages; i++)
		bytes += u->packages[i].payload_bytes;
	table_add(t, (struct cell[]){ CELL_S(v->root->path), CELL_S(r->target->name),
				      CELL_N(u->ncomponents), CELL_N(u->npackages), CELL_N(files),
				      CELL_N(bytes), last, CELL_S(state), CELL_L(held(u)) });
	show_record(t);
	editable_mention(v, r->arena);
	boot_mention(v, r->arena);
	return 0;
}

static void show_packages(struct run *r, const struct info_of *u)
{
	struct table *t = table_new(r->arena, "packages", package_columns, PACKAGE_CELLS);
	struct cell cells[PACKAGE_CELLS];
	size_t i;

	for (i = 0; i < u->npackages; i++) {
		package_cells(u, &u->packages[i], cells);
		table_add(t, cells);
	}
	if (u->npackages > 0)
		report_out("%s", "");
	show_table(t);
}

static const char *comma_list(struct arena *a, const char *const *list)
{
	const char *s = "";

	for (; *list != NULL; list++)
		s = arena_printf(a, "%s%s%s", s, *s != '\0' ? "," : "", *list);
	return s;
}

/* --listPackages: one line each, for scripts: name, version, and whose it is. */
static void list_packages(struct run *r, const struct info_of *u, const struct pkgdb_package *p,
			  size_t n)
{
	struct table *t = table_new(r->arena, "packages", package_columns, PACKAGE_CELLS);
	struct cell cells[PACKAGE_CELLS];
	const char *users;
	size_t i;

	for (i = 0; i < n; i++) {
		package_cells(u, &p[i], cells);
		table_add(t, cells);
		users = comma_list(r->arena, cells[USERS_CELL].list);
		report_out("%s %s%s%s", p[i].instance, p[i].version, *users != '\0' ? " " : "",
			   users);
	}
	show_json_table(t);
}

/* ---- packages */

static int script_names(const struct view *v, struct arena *a, int64_t package,
			const char *const **ret, struct error *e)
{
	struct infofile *files;
	const char **names;
	size_t n, i, k = 0;
	int rc = pkgdb_infofiles(v->db, a, package, &files, &n, e);

	if (rc < 0)
		return rc;
	names = arena_calloc(a, n + 1, sizeof(*names));
	for (i = 0; i < n; i++)
		if (infofile_is_script(files[i].name))
			names[k++] = files[i].name;
	*ret = names;
	return 0;
}

static int show_detail(struct run *r, const struct view *v, const struct info_of *u,
		       const struct pkgdb_package *p, struct error *e)
{
	struct table *t = table_new(r->arena, "packages", detail_columns, COUNT(detail_columns));
	struct cell cells[COUNT(detail_columns)] = { { .text = NULL } };
	struct pkginfo params;
	const char *const *scripts = NULL;
	int rc = pkgdb_params(v->db, r->arena, p->id, &params, e);

	if (rc == 0)
		rc = script_names(v, r->arena, p->id, &scripts, e);
	if (rc < 0)
		return rc;
	package_cells(u, p, cells);
	cells[PACKAGE_CELLS] = (struct cell)CELL_S(pkginfo_get(&params, "VENDOR"));
	cells[PACKAGE_CELLS + 1] = (struct cell)CELL_S(pkginfo_get(&params, "DESC"));
	cells[PACKAGE_CELLS + 2] = (struct cell)CELL_S(pkginfo_get(&params, "INSTDATE"));
	cells[PACKAGE_CELLS + 3] = (struct cell)CELL_L(scripts);
	table_add(t, cells);
	show_entry(t);
	return 0;
}

static void add_file(struct run *r, struct table *t, const struct pkgdb_package *p,
		     const struct pkgdb_file *f)
{
	const char type[2] = { f->ftype, '\0' };
	char hex[SHA256_HEX_SIZE];
	struct cell mode = CELL_N(f->mode), size = CELL_N(f->size);
	bool payload = f->ftype == 'f' || f->ftype == 'e' || f->ftype == 'v';

	sha256_hex(&f->sha256, hex);
	mode.none = f->mode == MODE_UNSET || f->ftype == 's' || f->ftype == 'l';
	size.none = !payload;
	table_add(t, (struct cell[]){
		CELL_S(arena_printf(r->arena, "/%s", f->path)), CELL_S(p->instance),
		CELL_S(arena_strdup(r->arena, type)), CELL_S(f->class), mode, CELL_S(f->owner),
		CELL_S(f->group), size, CELL_S(f->target),
		CELL_S(f->has_sha256 ? arena_strdup(r->arena, hex) : NULL) });
}

static int add_files(struct run *r, const struct view *v, const struct pkgdb_package *p,
		     struct table *t, struct error *e)
{
	struct pkgdb_file *files;
	size_t n, i;
	int rc = pkgdb_files(v->db, r->arena, p->id, PKGDB_NOW, &files, &n, e);

	for (i = 0; rc >= 0 && i < n; i++)
		add_file(r, t, p, &files[i]);
	return rc < 0 ? rc : 0;
}

/* Paths alone, one a line; -v adds their attributes. */
static void show_files(const struct table *t)
{
	size_t i;

	if (report_options()->verbose > 0) {
		show_table(t);
		return;
	}
	show_json_table(t);
	for (i = 0; i < t->nrows; i++)
		report_out("%s", t->cells[i * t->ncolumns].text);
}

static int named_component(struct run *r, const struct view *v, const struct info_of *u,
			   const struct pkgdb_component *c, struct table *files, struct error *e)
{
	int rc = 0;

	if (!r->o->files && !r->o->list_packages) {
		info_component(u, c);
		return 0;
	}
	for (size_t i = 0; rc >= 0 && i < c->npackages; i++) {
		struct pkgdb_package p;

		rc = pkgdb_package_find(v->db, r->arena, c->packages[i], PKGDB_NOW, &p, e);
		if (rc > 0 && r->o->files)
			rc = add_files(r, v, &p, files, e);
		else if (rc > 0)
			list_packages(r, u, &p, 1);
	}
	return rc < 0 ? rc : 0;
}

static int named_one(struct run *r, const struct view *v, const struct info_of *u, const char *name,
		     struct table *files, struct error *e)
{
	struct pkgdb_component c;
	struct pkgdb_package p;
	int rc = view_component(v, r->arena, name, &c, e);

	if (rc != 0)
		return rc < 0 ? rc : named_component(r, v, u, &c, files, e);
	rc = view_package(v, r->arena, name, &p, e);
	if (rc == 0 && r->o->files)
		return add_files(r, v, &p, files, e);
	if (rc == 0 && r->o->list_packages)
		list_packages(r, u, &p, 1);
	else if (rc == 0)
		rc = show_detail(r, v, u, &p, e);
	return rc;
}

static int named_packages(struct run *r, const struct view *v, const struct info_of *u,
			  struct error *e)
{
	struct table *files = table_new(r->arena, "files", file_columns, COUNT(file_columns));
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->operands->nnames; i++) {
		if (i > 0 && !r->o->files && !r->o->list_packages)
			report_out("%s", "");
		rc = named_one(r, v, u, r->operands->names[i], files, e);
	}
	if (rc == 0 && r->o->files)
		show_files(files);
	return rc;
}

/* ---- the software list */

static const char *root_state_name(const char *path)
{
	static const char *const names[] = {
		[PLACE_GONE] = "gone", [PLACE_UNREADABLE] = "not readable",
		[PLACE_DIRECTORY] = "there", [PLACE_FILE] = "no directory",
	};

	return names[places_look(path)];
}

/* "MS 7.0"; NULL: none, or it can't be read, which whoever asks for that root is told. */
static const char *const *components_at(struct run *r, const char *path)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct pkgdb_component *c;
	const char **list;
	size_t n, i;

	if (view_open(path, &v, NULL) < 0 || v.db == NULL ||
	    view_components(&v, r->arena, &c, &n, NULL) < 0)
		return NULL;
	list = arena_calloc(r->arena, n + 1, sizeof(*list));
	for (i = 0; i < n; i++)
		list[i] = arena_printf(r->arena, "%s %s",
				       pkgdb_component_plain(r->arena, c[i].name), c[i].version);
	return list;
}

static int show_known(struct run *r, struct error *e)
{
	struct table *t = table_new(r->arena, "roots", known_columns, COUNT(known_columns));
	struct softlist list;
	size_t i;
	int rc = softlist_load(r->arena, r->statedir, &list, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < list.nroots; i++)
		table_add(t, (struct cell[]){ CELL_S(list.roots[i].name),
				CELL_S(list.roots[i].path),
				CELL_S(root_state_name(list.roots[i].path)),
				CELL_L(components_at(r, list.roots[i].path)) });
	if (t->nrows > 0)
		report_out("%s", "");
	show_table(t);
	return 0;
}

static int drop(struct run *r, const struct softlist_root *root, struct error *e)
{
	int rc = softlist_remove(r->statedir, root->name, e);

	if (rc == 0)
		report_mark(MARK_OK, "'%s' (%s) is no longer in the software list", root->name,
			    root->path);
	return rc;
}

static int clean(struct run *r, struct error *e)
{
	struct softlist list;
	size_t i;
	int rc = softlist_load(r->arena, r->statedir, &list, e);

	if (rc < 0)
		return rc;
	if (r->target->given) {
		const struct softlist_root *known = softlist_find_path(&list, r->target->path);

		return known != NULL ? drop(r, known, e) :
		       error_set(e, E_NOT_FOUND, "'%s' is not in the software list",
				 r->target->path);
	}
	for (i = 0; rc == 0 && i < list.nroots; i++)
		if (places_look(list.roots[i].path) == PLACE_GONE)
			rc = drop(r, &list.roots[i], e);
	return rc;
}

/* ---- the database as text */

static int dump(const struct view *v, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	const char *line, *end;
	int rc;

	if (v->db == NULL)
		return error_set(e, E_NOT_FOUND, "'%s' has no package database", v->root->path);
	rc = pkgdb_dump(v->db, &text, e);
	if (rc < 0)
		return rc;
	show_json_text("dump", strbuf_str(&text));
	for (line = strbuf_str(&text); *line != '\0'; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		report_out("%.*s", (int)(end - line), line);
	}
	return EXIT_DONE;
}

/* ---- the verb */

int verb_info(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct info_of u;
	int rc;

	if (r->o->clean)
		return clean(r, e);
	rc = view_open(r->target->path, &v, e);
	if (rc == 0 && r->o->dump)
		return dump(&v, e);
	if (rc == 0 && r->o->state)
		return info_state(r, &v, e);
	if (rc == 0)
		rc = info_read(r->arena, &v, &u, e);
	if (rc < 0)
		return rc;
	if (r->operands->nnames > 0)
		return named_packages(r, &v, &u, e);
	if (r->o->files)
		return error_set(e, E_USAGE, "'--files' wants the name of a component or a "
				 "package");
	if (r->o->list_packages) {
		list_packages(r, &u, u.packages, u.npackages);
		return EXIT_DONE;
	}
	rc = show_root(r, &v, &u, e);
	if (rc < 0)
		return rc;
	info_components(&u);
	show_packages(r, &u);
	return r->target->given ? EXIT_DONE : show_known(r, e);
}
