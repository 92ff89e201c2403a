/* Services of components: which, and what is written down for each. */
#include "services.h"

#include "hooks.h"
#include "formats/str.h"

/* ---- whether, and which */

const char *services_why_not(enum services_policy policy, bool live)
{
	switch (policy) {
	case SERVICES_YES:
		return NULL;
	case SERVICES_NO:
		return "--services=no";
	default:
		return live ? NULL : "the root is not the live system: --services=yes stops and "
				     "starts them all the same";
	}
}

const char *services_base(const char *base)
{
	return base == NULL ? "" : base + strspn(base, "/");
}

static bool requires(const struct service_change *c, const char *component)
{
	const struct manifest *m = c->to.manifest != NULL ? c->to.manifest : c->from.manifest;
	size_t i;

	for (i = 0; m != NULL && i < m->nrequires; i++)
		if (str_eq(m->requires[i].component, component))
			return true;
	return false;
}

/* Does it need one that has no place yet? (In a circle somebody has to be the first.) */
static bool has_to_wait(const struct service_change *v, const bool *placed, size_t n, size_t i)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (k != i && !placed[k] && requires(&v[i], v[k].component))
			return true;
	return false;
}

void services_order(struct arena *a, struct service_change *changes, size_t n)
{
	struct service_change *v = arena_memdup(a, changes, n, sizeof(*v));
	bool *placed = arena_calloc(a, n + 1, sizeof(*placed));
	size_t i, k, first;

	for (k = 0; k < n; k++) {
		for (first = 0; placed[first]; first++)
			continue;
		for (i = 0; i < n; i++)
			if (!placed[i] && !has_to_wait(v, placed, n, i))
				break;
		i = i < n ? i : first;
		placed[i] = true;
		changes[k] = v[i];
	}
}

static const struct manifest_service *find(const struct manifest *m, const char *name)
{
	size_t i;

	for (i = 0; m != NULL && i < m->nservices; i++)
		if (str_eq(m->services[i].name, name))
			return &m->services[i];
	return NULL;
}

static struct service service_of(const struct service_change *c, const struct manifest_service *old)
{
	const struct manifest_service *new = find(c->to.manifest, old->name);
	struct service s = {
		.component = c->component, .name = old->name, .from = c->from.version,
		.from_base = c->from.base, .stop = old->stop, .was = old->check,
		.restart = old->start,
	};

	if (new == NULL)
		return s;
	s.to = c->to.version;
	s.to_base = c->to.base;
	s.start = new->start;
	s.check = new->check;
	s.stop_new = new->stop;
	return s;
}

/* `to` has it and `from` has not, which has others. */
static struct service new_service_of(const struct service_change *c,
				     const struct manifest_service *new)
{
	return (struct service){
		.component = c->component, .name = new->name, .from = c->from.version,
		.from_base = c->from.base, .to = c->to.version, .to_base = c->to.base,
		.start = new->start, .check = new->check, .stop_new = new->stop,
	};
}

void services_find(struct arena *a, const struct service_change *changes, size_t n,
		   struct service **ret, size_t *ret_n)
{
	VEC(struct service) v = VEC_INIT;
	size_t i, k;

	for (i = 0; i < n; i++) {
		const struct manifest *m = changes[i].from.manifest, *to = changes[i].to.manifest;

		for (k = 0; m != NULL && k < m->nservices; k++)
			*VEC_PUSH(&v) = service_of(&changes[i], &m->services[k]);
		for (k = 0; m != NULL && m->nservices > 0 && to != NULL && k < to->nservices; k++)
			if (find(m, to->services[k].name) == NULL)
				*VEC_PUSH(&v) = new_service_of(&changes[i], &to->services[k]);
	}
	*ret = arena_memdup(a, v.v, v.n, sizeof(**ret));
	*ret_n = v.n;
	VEC_FREE(&v);
}

/* ---- what is written down */

static const char *role_word(enum script_role role)
{
	static const char *const words[] = {
		[ROLE_WAS] = "was", [ROLE_STOP] = "stop", [ROLE_START] = "start",
		[ROLE_CHECK] = "check", [ROLE_MIGRATE] = "migrate",
		[ROLE_BACK_STOP] = "stop", [ROLE_BACK_START] = "start",
	};

	return words[role];
}

const char *services_name(struct arena *a, const struct txn_script *s)
{
	if (s->role == ROLE_PACKAGE || s->role == ROLE_MIGRATE)
		return s->name;
	return arena_printf(a, "%s %s", s->role == ROLE_WAS ? "look at" : role_word(s->role),
			    s->name);
}

const char *services_words(struct arena *a, const struct txn_script *s)
{
	return arena_printf(a, "%s of %s", services_name(a, s), s->instance);
}

static struct txn_script row_of(struct arena *a, const struct service *s, enum script_role role,
				const char *command, int64_t phase,
				const struct service_run *run)
{
	bool new = role == ROLE_START || role == ROLE_CHECK || role == ROLE_BACK_STOP;
	struct txn_script_job *job = arena_alloc(a, sizeof(*job));
	const struct hook_told told = { .what = role_word(role), .component = s->component,
					.service = s->name, .from = s->from, .to = s->to,
					.back = run->back || role == ROLE_BACK_STOP ||
						role == ROLE_BACK_START };
	const char *answers = run->answers != NULL ? run->answers : "";

	*job = (struct txn_script_job){
		.bytes = hooks_command(a, command, NULL), .cwd = new ? s->to_base : s->from_base,
		.policy = CAGE_OFF, .input = answers, .input_len = strlen(answers),
	};
	job->env = hooks_env(a, &told, NULL, &job->env_len);
	job->len = strlen(job->bytes);
	return (struct txn_script){ .phase = phase, .instance = s->component, .name = s->name,
				    .role = role, .state = SCRIPT_PENDING, .status = -1,
				    .job = job };
}

void services_rows(struct arena *a, const struct service *services, size_t n, int64_t last,
		   const struct service_run *run, struct service_rows *ret)
{
	struct txn_script *before = arena_calloc(a, 2 * n + 1, sizeof(*before));
	struct txn_script *after = arena_calloc(a, 4 * n + 1, sizeof(*after));
	size_t i;

	*ret = (struct service_rows){ .before = before, .after = after };
	for (i = 0; i < n; i++)
		if (services[i].was != NULL)
			before[ret->nbefore++] = row_of(a, &services[i], ROLE_WAS,
							services[i].was, 1, run);
	for (i = n; i-- > 0;)
		if (services[i].stop != NULL)
			before[ret->nbefore++] = row_of(a, &services[i], ROLE_STOP,
							services[i].stop, 1, run);
	for (i = 0; i < n; i++)
		if (services[i].start != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_START,
						      services[i].start, last, run);
	for (i = 0; i < n; i++)
		if (services[i].check != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_CHECK,
						      services[i].check, last, run);
	for (i = n; i-- > 0;)
		if (services[i].stop_new != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_BACK_STOP,
						      services[i].stop_new, last, run);
	for (i = 0; i < n; i++)
		if (services[i].restart != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_BACK_START,
						      services[i].restart, last, run);
}

int services_write(struct pkgdb *db, int64_t n, const struct service_rows *rows, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < rows->nbefore + rows->nafter; i++) {
		struct txn_script row = i < rows->nbefore ? rows->before[i] :
							    rows->after[i - rows->nbefore];

		row.seq = (int64_t)i + 1;
		rc = txn_script_add(db, n, &row, e);
	}
	return rc;
}
