/* Services of components: which, and what is written down for each. */
#include "services.h"

#include "hooks.h"
#include "formats/str.h"

/* ---- which */

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

void services_find(struct arena *a, const struct service_change *changes, size_t n,
		   struct service **ret, size_t *ret_n)
{
	VEC(struct service) v = VEC_INIT;
	size_t i, k;

	for (i = 0; i < n; i++) {
		const struct manifest *m = changes[i].from.manifest;

		for (k = 0; m != NULL && k < m->nservices; k++)
			*VEC_PUSH(&v) = service_of(&changes[i], &m->services[k]);
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

static void add_env(struct strbuf *b, const char *name, const char *value)
{
	strbuf_addf(b, "%s=%s", name, value != NULL ? value : "");
	strbuf_add(b, "", 1);
}

static struct txn_script row_of(struct arena *a, const struct service *s, enum script_role role,
				const char *command, int64_t phase)
{
	bool new = role == ROLE_START || role == ROLE_CHECK || role == ROLE_BACK_STOP;
	struct txn_script_job *job = arena_alloc(a, sizeof(*job));
	AUTO_STRBUF struct strbuf env = STRBUF_INIT;

	add_env(&env, "COMMPKG_HOOK", role_word(role));
	add_env(&env, "COMMPKG_COMPONENT", s->component);
	add_env(&env, "COMMPKG_SERVICE", s->name);
	add_env(&env, "COMMPKG_FROM", s->from);
	add_env(&env, "COMMPKG_TO", s->to);
	*job = (struct txn_script_job){
		.bytes = hooks_command(a, command, NULL), .cwd = new ? s->to_base : s->from_base,
		.policy = CAGE_OFF, .env_len = env.len,
		.env = arena_memdup(a, strbuf_str(&env), env.len + 1, 1),
	};
	job->len = strlen(job->bytes);
	return (struct txn_script){ .phase = phase, .instance = s->component, .name = s->name,
				    .role = role, .state = SCRIPT_PENDING, .status = -1,
				    .job = job };
}

void services_rows(struct arena *a, const struct service *services, size_t n, int64_t last,
		   struct service_rows *ret)
{
	struct txn_script *before = arena_calloc(a, 2 * n + 1, sizeof(*before));
	struct txn_script *after = arena_calloc(a, 4 * n + 1, sizeof(*after));
	size_t i;

	*ret = (struct service_rows){ .before = before, .after = after };
	for (i = 0; i < n; i++)
		if (services[i].was != NULL)
			before[ret->nbefore++] = row_of(a, &services[i], ROLE_WAS,
							services[i].was, 1);
	for (i = n; i-- > 0;)
		before[ret->nbefore++] = row_of(a, &services[i], ROLE_STOP, services[i].stop, 1);
	for (i = 0; i < n; i++)
		if (services[i].start != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_START,
						      services[i].start, last);
	for (i = 0; i < n; i++)
		if (services[i].check != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_CHECK,
						      services[i].check, last);
	for (i = n; i-- > 0;)
		if (services[i].stop_new != NULL)
			after[ret->nafter++] = row_of(a, &services[i], ROLE_BACK_STOP,
						      services[i].stop_new, last);
	for (i = 0; i < n; i++)
		after[ret->nafter++] = row_of(a, &services[i], ROLE_BACK_START,
					      services[i].restart, last);
}
