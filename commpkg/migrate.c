/* Migrations in place: which, and of what data. */
#include "migrate.h"

#include <errno.h>

#include "formats/str.h"
#include "formats/version.h"
#include "hooks.h"
#include "signals.h"

/* ---- which */

static bool is_upgrade(const struct service_change *c)
{
	return c->from.manifest != NULL && c->to.manifest != NULL;
}

const struct manifest_migrate *migrate_from(const struct manifest *to, const char *from)
{
	size_t i;

	for (i = 0; i < to->nmigrations; i++)
		if (version_range_holds(&to->migrations[i].from, from))
			return &to->migrations[i];
	return NULL;
}

void migrations_find(struct arena *a, const struct service_change *changes, size_t n,
		     struct migration **ret, size_t *ret_n)
{
	struct migration *v = arena_calloc(a, n + 1, sizeof(*v));
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		const struct service_change *c = &changes[i];
		const struct manifest_migrate *m = is_upgrade(c) ?
			migrate_from(c->to.manifest, c->from.version) : NULL;
		const char *exec = m == NULL ? NULL : c->switches ? m->again : m->exec;

		if (exec != NULL)
			v[k++] = (struct migration){
				.component = c->component, .from = c->from.version,
				.to = c->to.version, .base = c->to.base,
				.old_base = c->from.base, .exec = exec,
				.dry = { .known = m->dry_run },
			};
	}
	*ret = v;
	*ret_n = k;
}

/* ---- data */

static const struct manifest_data *data_of(const struct manifest *m, const char *path)
{
	size_t i;

	for (i = 0; i < m->ndata; i++)
		if (str_eq(m->data[i].path, path))
			return &m->data[i];
	return NULL;
}

static const char *below(struct arena *a, const char *dir, const char *name)
{
	return dir[0] == '\0' ? name : arena_printf(a, "%s/%s", dir, name);
}

static bool same_format(const struct manifest_data *x, const struct manifest_data *y)
{
	return x->format == NULL || y->format == NULL ? x->format == y->format :
							str_eq(x->format, y->format);
}

/* Where the data is, the old version says; what to save of it, the new one. */
static void find_saves(struct arena *a, const struct service_change *c,
		       const struct manifest_data *new, struct data_save *ret)
{
	const struct manifest_data *old = data_of(c->from.manifest, new->path);
	const char *path = below(a, c->from.base, new->path), **save;
	size_t n = 0, i;

	while (new->save != NULL && new->save[n] != NULL)
		n++;
	save = arena_calloc(a, n + 2, sizeof(*save));
	for (i = 0; i < n; i++)
		save[i] = below(a, path, new->save[i]);
	if (n == 0)
		save[0] = path;
	*ret = (struct data_save){ .component = c->component, .path = path, .to = new->format,
				   .from = old->format, .oneway = new->oneway, .save = save };
}

void data_saves_find(struct arena *a, const struct service_change *changes, size_t n,
		     struct data_save **ret, size_t *ret_n)
{
	VEC(struct data_save) v = VEC_INIT;
	size_t i, k;

	for (i = 0; i < n; i++) {
		const struct service_change *c = &changes[i];

		for (k = 0; is_upgrade(c) && !c->switches && k < c->to.manifest->ndata; k++) {
			const struct manifest_data *new = &c->to.manifest->data[k];
			const struct manifest_data *old = data_of(c->from.manifest, new->path);

			if (old != NULL && !same_format(old, new))
				find_saves(a, c, new, VEC_PUSH(&v));
		}
	}
	*ret = arena_memdup(a, v.v, v.n, sizeof(**ret));
	*ret_n = v.n;
	VEC_FREE(&v);
}

const char *data_strands(struct arena *a, const struct service_change *c,
			 const char **ret_format)
{
	size_t i;

	if (!is_upgrade(c) || version_compare(c->to.version, c->from.version) >= 0 ||
	    migrate_from(c->to.manifest, c->from.version) != NULL)
		return NULL;
	for (i = 0; i < c->from.manifest->ndata; i++) {
		const struct manifest_data *now = &c->from.manifest->data[i];
		const struct manifest_data *then = data_of(c->to.manifest, now->path);

		if (now->oneway && (then == NULL || !same_format(now, then))) {
			*ret_format = now->format;
			return below(a, c->from.base, now->path);
		}
	}
	return NULL;
}

struct each_file {
	struct arena *a;
	struct tree *root;
	int (*each)(struct rpath real, const struct stat *st, void *ctx, struct error *e);
	void *ctx;
};

static int visit(const struct each_file *v, struct rpath p, struct error *e)
{
	const char **names;
	struct stat st;
	size_t n, i;
	int rc = tree_stat(v->root, p, &st, e);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	if (rc == 0 && S_ISREG(st.st_mode))
		return v->each(p, &st, v->ctx, e);
	if (rc < 0 || !S_ISDIR(st.st_mode))
		return rc;
	rc = tree_list(v->root, v->a, p, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath q;

		rc = rpath_join(v->a, p, names[i], &q, e);
		if (rc == 0)
			rc = visit(v, q, e);
	}
	return rc == 0 ? signals_check(e) : rc;
}

int data_save_each(struct arena *a, struct tree *root, const struct data_save *d,
		   int (*each)(struct rpath real, const struct stat *st, void *ctx,
			       struct error *e), void *ctx, struct error *e)
{
	const struct each_file v = { .a = a, .root = root, .each = each, .ctx = ctx };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && d->save[i] != NULL; i++) {
		struct rpath p;

		rc = rpath_parse(a, d->save[i], &p, e);
		if (rc == 0)
			rc = tree_canonical(root, a, p, &p, e);
		if (rc == 0)
			rc = visit(&v, p, e);
	}
	return rc;
}

/* ---- what is written down */

struct txn_script *migrations_rows(struct arena *a, const struct migration *v, size_t n,
				   int64_t phase, int policy, const char *answers)
{
	struct txn_script *rows = arena_calloc(a, n + 1, sizeof(*rows));
	size_t i;

	answers = answers != NULL ? answers : "";

	for (i = 0; i < n; i++) {
		struct txn_script_job *job = arena_alloc(a, sizeof(*job));
		const struct hook_told told = { .what = "migrate", .component = v[i].component,
						.from = v[i].from, .to = v[i].to };

		*job = (struct txn_script_job){
			.bytes = hooks_command(a, v[i].exec, "\"$COMMPKG_OLD\" \"$COMMPKG_BASE\""),
			.cwd = v[i].base, .policy = policy, .input = answers,
			.input_len = strlen(answers),
		};
		job->env = hooks_env(a, &told, v[i].old_base, &job->env_len);
		job->len = strlen(job->bytes);
		rows[i] = (struct txn_script){
			.phase = phase, .instance = v[i].component, .name = "migrate",
			.role = ROLE_MIGRATE, .state = SCRIPT_PENDING, .status = -1, .job = job,
		};
	}
	return rows;
}
