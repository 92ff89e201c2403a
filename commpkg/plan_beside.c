/*
 * Side by side: what two versions of a component share and only one can have.
 *
 *	the link	INSTALLROOT/current/ID leads to the base of the current version. It stays
 *			where it once was made, also when that is below another install root
 *	ports		the current version has its own, the other one what its manifest says
 *			(ports.h)
 *
 * A version that comes beside gets its port shifted in the text that its package brings, a switch
 * exchanges the two link targets and ports. Neither is a package's: they are among the plan's puts.
 */
#include "planner.h"

#include <errno.h>

#include "contents.h"
#include "services.h"

struct besides {
	struct planner *p;
	VEC(uint32_t) taken;		/* ports */
};

/* ---- puts */

static struct plan_put *add_put(struct besides *b, struct rpath path, const char *component)
{
	struct plan_put *put = VEC_PUSH(&b->p->puts);

	*put = (struct plan_put){ .path = path, .component = component };
	return put;
}

/* What is there now. 0; 1: nothing is. */
static int look(struct besides *b, struct plan_put *put, struct error *e)
{
	struct stat st;
	int rc = tree_stat(b->p->root->tree, put->path, &st, e);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 1;
	if (rc < 0)
		return rc;
	op_attr_of(&st, &put->was);
	put->was_ctime = st.st_ctim;
	return 0;
}

static int canonical(struct planner *p, const char *client, struct rpath *ret, struct error *e)
{
	int rc = rpath_parse(p->a, client + strspn(client, "/"), ret, e);

	return rc < 0 ? rc : plan_real(p, *ret, ret, e);
}

/* ---- the link */

/* "opt/commpkg" and "messaging7.0" of a base: cut where what the manifest says begins. */
static bool cut_base(struct besides *b, const char *base, const char *dir, const char **ret_root,
		     const char **ret_name)
{
	const char *at = base != NULL ? base + strlen(base) : NULL;
	size_t n = 1, i;

	if (base == NULL || dir == NULL)
		return false;
	for (i = 0; dir[i] != '\0'; i++)
		n += dir[i] == '/';
	for (; n > 0; n--)
		do {
			if (at == base)
				return false;
		} while (*--at != '/');
	*ret_root = arena_strndup(b->p->a, base, (size_t)(at - base));
	*ret_name = at + 1;
	return true;
}

static int link_path(struct besides *b, const char *root, const char *id, struct rpath *ret,
		     struct error *e)
{
	return canonical(b->p, arena_printf(b->p->a, "%s/current/%s", root, id), ret, e);
}

/* Is it there? 1; 0. */
static int has_link(struct besides *b, const char *root, const char *id, struct error *e)
{
	struct rpath path;
	struct stat st;
	int rc = link_path(b, root, id, &path, e);

	if (rc == 0)
		rc = tree_stat(b->p->root->tree, path, &st, e);
	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	return rc < 0 ? rc : S_ISLNK(st.st_mode);
}

/* Below the install root of another version; *ret is left alone when it is not. 1: it is. */
static int place_of_row(struct besides *b, const struct pkgdb_component *row, const char *id,
			const char **ret, struct error *e)
{
	const char *root, *name;
	struct manifest m;
	int rc;

	if (!str_eq(pkgdb_component_plain(b->p->a, row->name), id))
		return 0;
	rc = pkgdb_component_manifest(b->p->a, row, &m, e);
	if (rc < 0 || !cut_base(b, row->base, m.base, &root, &name))
		return rc;
	rc = has_link(b, root, id, e);
	if (rc > 0)
		*ret = root;
	return rc;
}

/* Below which install root the link is: that of the version, another's, or of one that has gone. */
static int find_place(struct besides *b, const char *id, const char *root, const char **ret,
		      struct error *e)
{
	struct planner *p = b->p;
	const char *known = NULL;
	int rc = has_link(b, root, id, e);

	*ret = root;
	for (size_t i = 0; rc == 0 && i < p->ncomponents; i++)
		rc = place_of_row(b, &p->components[i], id, ret, e);
	if (rc == 0 && p->db != NULL)
		rc = pkgdb_setting_get(p->db, p->a, arena_printf(p->a, PLACE_KEY "%s", id),
				       &known, e);
	if (rc == 0 && known != NULL) {
		rc = has_link(b, known, id, e);
		if (rc > 0)
			*ret = known;
	}
	return rc < 0 ? rc : 0;
}

static int link_put(struct besides *b, const char *id, const char *base, const char *dir,
		    struct plan_put **ret, const char **ret_target, struct error *e)
{
	const char *root, *name, *place;
	struct rpath path;
	bool here;
	int rc;

	*ret = NULL;
	if (!cut_base(b, base, dir, &root, &name))
		return 0;
	rc = find_place(b, id, root, &place, e);
	if (rc == 0)
		rc = link_path(b, place, id, &path, e);
	if (rc < 0)
		return rc;
	here = str_eq(place, root);
	*ret_target = here ? arena_printf(b->p->a, "../%s", name) :
			     arena_printf(b->p->a, "/%s", services_base(base));
	*ret = add_put(b, path, id);
	(*ret)->place = here ? NULL : place;
	return look(b, *ret, e);
}

static void drop(struct besides *b)
{
	b->p->puts.n--;
}

/* It leads there, or somebody made something else of it. */
static int is_link_to(struct besides *b, const struct plan_put *put, const char *target,
		      struct error *e)
{
	const char *now;
	int rc;

	if (!S_ISLNK(put->was.mode))
		return 1;
	rc = tree_readlink(b->p->root->tree, b->p->a, put->path, &now, e);
	return rc < 0 ? rc : str_eq(now, target);
}

static int point(struct besides *b, const char *id, const char *base, const char *dir,
		 struct error *e)
{
	struct plan_put *put;
	const char *target;
	int rc = link_put(b, id, base, dir, &put, &target, e);

	if (rc < 0 || put == NULL)
		return rc;
	if (rc == 0)
		rc = is_link_to(b, put, target, e);
	else
		rc = 0;
	if (rc != 0) {
		if (!S_ISLNK(put->was.mode))
			plan_note(b->p, "/%s is no link: it is left as it is",
				  rpath_str(put->path));
		drop(b);
		return rc < 0 ? rc : 0;
	}
	put->type = 's';
	put->target = target;
	put->words = arena_printf(b->p->a, "/%s leads to %s", rpath_str(put->path), target);
	return 0;
}

/* With the last version. */
static int unpoint(struct besides *b, const char *id, const char *base, const char *dir,
		   struct error *e)
{
	struct plan_put *put;
	const char *target;
	int rc = link_put(b, id, base, dir, &put, &target, e);

	if (rc < 0 || put == NULL)
		return rc;
	if (rc > 0 || !S_ISLNK(put->was.mode))
		drop(b);
	else
		put->words = arena_printf(b->p->a, "/%s goes", rpath_str(put->path));
	return 0;
}

/* ---- ports */

static const char *config_path(struct planner *p, const char *base, const char *file)
{
	return base == NULL ? file : arena_printf(p->a, "%s/%s", base, file);
}

/* The text of a configuration that is there: 1; 0 when there is none to be read. */
static int read_config(struct planner *p, const char *base, const char *file, struct rpath *ret,
		       struct text *ret_text, struct error *e)
{
	int rc = canonical(p, config_path(p, base, file), ret, e);

	if (rc < 0)
		return rc;
	return contents_text(p->a, p->root->tree, *ret, PORTS_MAX_CONFIG, ret_text, e);
}

/* What it is set to; 0: that is not known. */
int plan_port_now(struct planner *p, const char *base, const struct manifest_port *port,
		  uint32_t *ret, struct error *e)
{
	struct rpath path;
	struct text text;
	int rc;

	*ret = 0;
	if (port->file == NULL)
		return 0;
	rc = read_config(p, base, port->file, &path, &text, e);
	if (rc > 0)
		*ret = ports_read(text, port->key);
	return rc < 0 ? rc : 0;
}

static int take_ports(struct besides *b, const struct pkgdb_component *but, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->p->ncomponents; i++) {
		struct manifest m;

		if (but != NULL && but->id == b->p->components[i].id)
			continue;
		rc = pkgdb_component_manifest(b->p->a, &b->p->components[i], &m, e);
		for (size_t k = 0; rc == 0 && k < m.nports; k++) {
			uint32_t n;

			rc = plan_port_now(b->p, b->p->components[i].base, &m.ports[k], &n, e);
			*VEC_PUSH(&b->taken) = n != 0 ? n : m.ports[k].number;
		}
	}
	return rc;
}

int plan_ports_taken(struct planner *p, const struct pkgdb_component *but, const uint32_t **ret,
		     size_t *ret_n, struct error *e)
{
	struct besides b = { .p = p };
	int rc = take_ports(&b, but, e);

	*ret = arena_memdup(p->a, b.taken.v, b.taken.n, sizeof(**ret));
	*ret_n = b.taken.n;
	VEC_FREE(&b.taken);
	return rc;
}

static bool is_taken(const struct besides *b, uint32_t n)
{
	for (size_t i = 0; i < b->taken.n; i++)
		if (b->taken.v[i] == n)
			return true;
	return false;
}

/* Its text is looked at when it is read from its package (plan_merge.c). */
static void mark_ports(struct besides *b, const struct component_step *cs)
{
	for (size_t i = 0; i < cs->manifest->nports; i++) {
		const struct manifest_port *port = &cs->manifest->ports[i];
		struct claim *c;

		if (port->beside == 0)
			continue;
		c = plan_claim(b->p, services_base(config_path(b->p, cs->base, port->file)), false);
		if (c == NULL || c->item.kind != CHANGE_CREATE)
			continue;
		c->port = port;
		c->shift = ports_free(port->beside, b->taken.v, b->taken.n);
		c->undecided = c->shift != 0 && is_taken(b, port->number);
		*VEC_PUSH(&b->taken) = c->shift;
	}
}

static int put_port(struct besides *b, const char *component, const char *base,
		    const struct manifest_port *port, uint32_t number, struct error *e)
{
	struct plan_put *put;
	struct rpath path;
	struct text text;
	int rc = read_config(b->p, base, port->file, &path, &text, e);

	if (rc <= 0)
		return rc;
	put = add_put(b, path, component);
	rc = look(b, put, e);
	if (rc < 0)
		return rc;
	put->type = 'f';
	put->text = ports_write(b->p->a, text, port->key, number);
	put->mode = put->was.mode & 07777;
	put->uid = put->was.uid;
	put->gid = put->was.gid;
	put->words = arena_printf(b->p->a, "/%s: %s %u becomes %u", rpath_str(path), port->key,
				  ports_read(text, port->key), number);
	return 0;
}

static const struct manifest_port *same_port(const struct manifest *m,
					     const struct manifest_port *port)
{
	for (size_t i = 0; i < m->nports; i++)
		if (m->ports[i].name != NULL && port->name != NULL ?
		    str_eq(m->ports[i].name, port->name) :
		    m->ports[i].number == port->number)
			return &m->ports[i];
	return NULL;
}

int plan_port_of(struct planner *p, const struct pkgdb_component *row, const struct manifest *m,
		 const struct manifest_port *port, uint32_t *ret, struct error *e)
{
	const struct manifest_port *same = same_port(m, port);

	*ret = 0;
	return same != NULL ? plan_port_now(p, row->base, same, ret, e) : 0;
}

/* The current one's to the one that becomes it, and the other way round. */
static int exchange(struct besides *b, const struct component_step *cs,
		    const struct manifest_port *new, const struct manifest_port *old,
		    struct error *e)
{
	uint32_t mine = 0, its = 0;
	int rc = plan_port_now(b->p, cs->installed->base, old, &mine, e);

	if (rc == 0)
		rc = plan_port_now(b->p, cs->base, new, &its, e);
	if (rc < 0)
		return rc;
	if (mine == 0 || its == 0) {
		plan_note(b->p, "the ports of %s are left as they are: %s", cs->name,
			  mine == 0 ? "that of the old version is in no configuration that its "
			  "manifest names" : "that of the new version is in no configuration "
			  "that its manifest names");
		return 0;
	}
	if (mine == its)
		its = ports_free(old->beside != 0 ? old->beside : new->beside, b->taken.v,
				 b->taken.n);
	else
		rc = put_port(b, cs->name, cs->base, new, mine, e);
	return rc < 0 || its == 0 ? rc :
	       put_port(b, cs->name, cs->installed->base, old, its, e);
}

/* A switch brings what has arrived since the migration, where the manifest says how. */
static void note_data(struct besides *b, const struct component_step *cs,
		      const struct manifest *old)
{
	const struct manifest_migrate *m = migrate_from(cs->manifest, old->version);

	if (m != NULL && m->again != NULL)
		return;
	for (size_t i = 0; i < old->ndata; i++)
		plan_note(b->p, "what %s %s has in %s stays there: nothing brings to %s what "
			  "arrived since", cs->name, old->version,
			  config_path(b->p, cs->installed->base, old->data[i].path), cs->version);
}

static int exchange_ports(struct besides *b, const struct component_step *cs, struct error *e)
{
	struct manifest old;
	int rc = pkgdb_component_manifest(b->p->a, cs->installed, &old, e);

	if (rc == 0)
		note_data(b, cs, &old);
	for (size_t i = 0; rc == 0 && i < cs->manifest->nports; i++) {
		const struct manifest_port *x = same_port(&old, &cs->manifest->ports[i]);

		if (x != NULL)
			rc = exchange(b, cs, &cs->manifest->ports[i], x, e);
	}
	return rc;
}

/* ---- all together */

bool plan_component_ends(const struct planner *p, const struct pkgdb_component *row)
{
	for (size_t i = 0; i < p->plan->ncomponents; i++)
		if (p->plan->components[i].installed != NULL &&
		    p->plan->components[i].installed->id == row->id &&
		    !component_step_stays(&p->plan->components[i]))
			return true;
	return false;
}

static bool other_stays(const struct besides *b, const struct component_step *cs)
{
	const char *id = pkgdb_component_plain(b->p->a, cs->name);

	for (size_t i = 0; i < b->p->ncomponents; i++) {
		const struct pkgdb_component *row = &b->p->components[i];

		if (str_eq(pkgdb_component_plain(b->p->a, row->name), id) &&
		    !plan_component_ends(b->p, row))
			return true;
	}
	return false;
}

static int comes_beside(struct besides *b, const struct component_step *cs, struct error *e)
{
	const char *id = pkgdb_component_plain(b->p->a, cs->name);
	const struct pkgdb_component *current = pkgdb_component_named(b->p->components,
								      b->p->ncomponents, id);
	struct manifest m;
	int rc;

	mark_ports(b, cs);
	if (current == NULL)
		return 0;
	rc = pkgdb_component_manifest(b->p->a, current, &m, e);
	return rc < 0 ? rc : point(b, id, current->base, m.base, e);
}

static int of_step(struct besides *b, const struct component_step *cs, struct error *e)
{
	int rc;

	if (cs->renames || cs->kind == STEP_MIGRATE || cs->manifest->kind == COMPONENT_SHARED)
		return 0;
	if (cs->takes != NULL) {
		rc = plan_check_migrated(b->p, cs, e);
		if (rc < 0)
			return rc;
		rc = point(b, cs->name, cs->base, cs->manifest->base, e);
		return rc < 0 ? rc : exchange_ports(b, cs, e);
	}
	if (cs->comes != NULL)
		return pkgdb_component_beside(cs->name) ? comes_beside(b, cs, e) : 0;
	return other_stays(b, cs) ? 0 :
	       unpoint(b, pkgdb_component_plain(b->p->a, cs->name), cs->base, cs->manifest->base,
		       e);
}

static bool is_side_by_side(const struct planner *p)
{
	for (size_t i = 0; i < p->plan->ncomponents; i++)
		if (p->plan->components[i].kind != STEP_MIGRATE &&
		    (p->plan->components[i].takes != NULL ||
		     pkgdb_component_beside(p->plan->components[i].name)))
			return true;
	return false;
}

int plan_beside(struct planner *p, struct error *e)
{
	struct besides b = { .p = p };
	int rc = 0;

	if (is_side_by_side(p))
		rc = take_ports(&b, NULL, e);
	for (size_t i = 0; rc == 0 && i < p->plan->ncomponents; i++)
		rc = of_step(&b, &p->plan->components[i], e);
	VEC_FREE(&b.taken);
	return rc;
}

/* With the port that it was packaged with. */
static int is_but_for(struct planner *p, const struct pkgdb_component *row,
		      const struct manifest_port *port, const struct claim *c,
		      const struct sha256 *text, bool *ret, struct error *e)
{
	struct rpath path;
	struct sha256 sum;
	struct text now;
	int rc;

	if (port->beside == 0 ||
	    !str_eq(services_base(config_path(p, row->base, port->file)), c->path))
		return 0;
	rc = read_config(p, row->base, port->file, &path, &now, e);
	if (rc <= 0 || ports_read(now, port->key) == 0)
		return rc < 0 ? rc : 0;
	now = ports_write(p->a, now, port->key, port->number);
	sha256_of(now.bytes, now.len, &sum);
	*ret |= sha256_equal(&sum, text);
	return 0;
}

int plan_port_ours(struct planner *p, const struct claim *c, const struct sha256 *text, bool *ret,
		   struct error *e)
{
	int rc = 0;

	*ret = false;
	for (size_t i = 0; rc == 0 && i < p->ncomponents; i++) {
		const struct pkgdb_component *row = &p->components[i];
		struct manifest m;

		if (!pkgdb_component_beside(row->name) ||
		    !pkgdb_component_has(row, plan_going_last(c)->package->instance))
			continue;
		rc = pkgdb_component_manifest(p->a, row, &m, e);
		for (size_t k = 0; rc == 0 && k < m.nports; k++)
			rc = is_but_for(p, row, &m.ports[k], c, text, ret, e);
	}
	return rc;
}

/* The packaged text with the port that it is to have beside the other; 0: it has another anyway. */
bool plan_shift_port(struct planner *p, struct claim *c, struct text new, struct text *ret)
{
	uint32_t number = ports_read(new, c->port->key);

	if (number == 0 || number != c->port->number)
		return false;
	*ret = ports_write(p->a, new, c->port->key, c->shift);
	plan_note(p, "/%s: %s is %u beside the other version, which has %u", c->path,
		  c->port->key, c->shift, number);
	return true;
}
