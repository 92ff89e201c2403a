/* Options as words again: what a saved plan gives to options_parse(). */
#include "options.h"

#include "places.h"
#include "verb.h"

/* Options whose argument is a place on this host. */
static bool is_place(const struct option *o)
{
	static const char *const names[] = { "distro", "response", "save-response" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], o->name) == 0)
			return true;
	return false;
}

static const char *number_word(const struct option *o, int n)
{
	static const char *const cages[] = { NULL, "try", "require", "off" };
	static const char *const script_roots[] = { NULL, "chroot" };
	static const char *const services[] = { NULL, "yes", "no" };

	switch (o->kind) {
	case OPTION_YESNO:
		return n > 0 ? "y" : n < 0 ? "n" : NULL;
	case OPTION_CAGE:
		return cages[n];
	case OPTION_SCRIPT_ROOT:
		return script_roots[n];
	case OPTION_SERVICES:
		return services[n];
	default:
		return NULL;
	}
}

/* *ret is NULL when it was not given. */
static int option_word(struct arena *a, const struct options *from, const struct option *o,
		       const char **ret, struct error *e)
{
	const char *at = (const char *)from + o->offset, *value;
	int rc = 0;

	*ret = NULL;
	switch (o->kind) {
	case OPTION_FLAG:
		if (*(const bool *)at)
			*ret = arena_printf(a, "--%s", o->name);
		return 0;
	case OPTION_TEXT:
	case OPTION_NAME:
		value = *(const char *const *)at;
		if (value != NULL && is_place(o))
			rc = places_real(a, value, &value, e);
		if (rc == 0 && value != NULL)
			*ret = *value != '\0' ? arena_printf(a, "--%s=%s", o->name, value) :
						arena_printf(a, "--%s", o->name);
		return rc;
	case OPTION_MEMORY:
		if (*(const uint64_t *)at == UINT64_MAX)
			*ret = arena_printf(a, "--%s=none", o->name);
		else if (*(const uint64_t *)at != 0)
			*ret = arena_printf(a, "--%s=%llu", o->name,
					    (unsigned long long)*(const uint64_t *)at);
		return 0;
	case OPTION_YESNO:
	case OPTION_CAGE:
	case OPTION_SCRIPT_ROOT:
	case OPTION_SERVICES:
		value = number_word(o, *(const int *)at);
		if (value != NULL)
			*ret = arena_printf(a, "--%s=%s", o->name, value);
		return 0;
	default: /* how to talk, and how fast */
		return 0;
	}
}

static bool is_left_out(const struct option *group)
{
	return group == options_root || group == options_dry_run || group == options_answers ||
	       group == options_components || group == options_plan;
}

int options_words(struct arena *a, const struct options *o, const char ***ret, size_t *ret_n,
		  struct error *e)
{
	VEC(const char *) v = VEC_INIT;
	int rc = 0;

	*VEC_PUSH(&v) = o->verb->name;
	for (size_t i = 0; o->verb->groups[i] != NULL; i++)
		for (const struct option *x = o->verb->groups[i];
		     rc == 0 && x->name != NULL && !is_left_out(o->verb->groups[i]); x++) {
			const char *word;

			rc = option_word(a, o, x, &word, e);
			if (rc == 0 && word != NULL)
				*VEC_PUSH(&v) = word;
		}
	if (rc == 0) {
		*ret = arena_memdup(a, v.v, v.n, sizeof(*v.v));
		*ret_n = v.n;
	}
	VEC_FREE(&v);
	return rc;
}
