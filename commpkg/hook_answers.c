/* Answers for hooks: what the root remembers, and this run. */
#include "hook_answers.h"

#include <string.h>

#include "formats/str.h"

int hook_answers_known(struct pkgdb *db, struct arena *a, struct state_answer **ret,
		       size_t *ret_n, struct error *e)
{
	struct statefile s = { .verb = NULL };
	const char *text = NULL;
	int rc = db != NULL ? pkgdb_setting_get(db, a, HOOK_ANSWERS_KEY, &text, e) : 0;

	if (rc == 0 && text != NULL)
		rc = statefile_parse(a, text, strlen(text), "the root's answers", &s, e);
	if (rc < 0)
		return rc;
	*ret = s.answers;
	*ret_n = s.nanswers;
	return 0;
}

static struct state_answer *find(struct state_answer *v, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(v[i].name, name))
			return &v[i];
	return NULL;
}

void hook_answers_join(struct arena *a, const struct state_answer *known, size_t nknown,
		       const struct state_answer *over, size_t nover,
		       struct state_answer **ret, size_t *ret_n)
{
	struct state_answer *v = arena_calloc(a, nknown + nover + 1, sizeof(*v));
	size_t n = 0, i;

	for (i = 0; i < nknown; i++)
		v[n++] = known[i];
	for (i = 0; i < nover; i++) {
		struct state_answer *old = find(v, n, over[i].name);

		if (old != NULL)
			old->value = over[i].value;
		else
			v[n++] = over[i];
	}
	*ret = v;
	*ret_n = n;
}

const char *hook_answers_text(struct arena *a, const char *head, const struct state_answer *v,
			      size_t n)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	if (head != NULL)
		strbuf_adds(&b, head);
	for (i = 0; i < n; i++)
		strbuf_addf(&b, "%s=%s\n", v[i].name, v[i].value);
	return arena_strdup(a, strbuf_str(&b));
}
