/* KEY=value, one a line. */
#include "statefile.h"

#include <strings.h>

#include "lines.h"
#include "str.h"

#define VALUE_MAX ((size_t)64 << 10)

enum key_kind { KEY_TEXT, KEY_FLAG };

#define TEXT(key, member, about) { key, KEY_TEXT, offsetof(struct statefile, member), about }
#define FLAG(key, member, about) { key, KEY_FLAG, offsetof(struct statefile, member), about }

static const struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;
	const char *about;	/* the comment over it */
} keys[] = {
	TEXT("VERB", verb, "what is done"),
	TEXT("ALTDISTROPATH", distro, "where the packages are (--distro)"),
	TEXT("INSTALLROOT", installroot, "where components go (--installroot)"),
	FLAG("ALTROOT", altroot, "is INSTALLROOT an alternate root?"),
	TEXT("ROOTDIR", rootdir, "the root that was changed"),
	TEXT("INSTALLNAME", name, "its name in the software list"),
	TEXT("COMPONENTS", components, "what was named"),
	TEXT("COMPONENT_VERSIONS", versions, "the versions they had"),
	FLAG("ACCEPTLICENSE", accept_license, "are the licences accepted?"),
	FLAG("PKGOVERWRITE", overwrite, "take over files that are there already?"),
	FLAG("EXCLUDEOS", exclude_os, "leave out packages of the operating system?"),
	FLAG("EXCLUDESC", exclude_shared, "leave out shared components?"),
	FLAG("UPGRADESC", upgrade_shared, "upgrade shared components?"),
	FLAG("AUTOREMOVE", autoremove, "remove also what only they needed?"),
	FLAG("DEPENDENTS", dependents, "remove also what needs them?"),
	FLAG("ALL", all, "remove everything?"),
	FLAG("ALLOWDOWNGRADE", allow_downgrade, "older versions too?"),
	FLAG("ALLOWUNSIGNED", allow_unsigned, "without a signature that is trusted, too?"),
	FLAG("ALLOWOLDER", allow_older, "an older state of the distribution, too?"),
};
#define NKEYS (sizeof(keys) / sizeof(keys[0]))

/* ---- reading */

static const struct key *key_find(struct span name)
{
	size_t i;

	for (i = 0; i < NKEYS; i++)
		if (strlen(keys[i].name) == name.len &&
		    strncasecmp(keys[i].name, name.p, name.len) == 0)
			return &keys[i];
	return NULL;
}

static enum state_flag flag_of(struct span value)
{
	static const char *const words[] = { "no", "yes", "n", "y", "false", "true" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == value.len &&
		    strncasecmp(words[i], value.p, value.len) == 0)
			return i % 2 == 0 ? STATE_NO : STATE_YES;
	return STATE_UNSET;
}

static int take(struct arena *a, const struct lines *l, const struct key *k, struct span value,
		struct statefile *ret, struct error *e)
{
	char *at = (char *)ret + k->offset;

	if (value.len == 0)
		return 0; /* the original writes keys without a value: the default */
	if (value.len > VALUE_MAX || span_has_control(value))
		return lines_error(l, e, "bad value of %s", k->name);
	if (k->kind == KEY_TEXT) {
		*(const char **)at = span_dup(a, value);
		return 0;
	}
	*(enum state_flag *)at = flag_of(value);
	if (*(enum state_flag *)at == STATE_UNSET)
		return lines_error(l, e, "%s wants yes or no, not " SPAN_FMT, k->name,
				   SPAN_ARG(value));
	return 0;
}

/* ---- answers for hooks */

static bool is_answer(struct span name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_.-";
	const char *dot = memchr(name.p, '.', name.len);
	size_t i;

	if (dot == NULL || dot == name.p || dot == name.p + name.len - 1 ||
	    strchr(good, name.p[0]) - good >= 52)
		return false;
	for (i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || strchr(good, name.p[i]) == NULL)
			return false;
	return true;
}

static int take_answer(struct arena *a, const struct lines *l, struct span name,
		       struct span value, struct statefile *ret, struct error *e)
{
	struct state_answer *answers;
	size_t i;

	if (value.len > VALUE_MAX || span_has_control(value))
		return lines_error(l, e, "bad value of " SPAN_FMT, SPAN_ARG(name));
	if (ret->nanswers == STATEFILE_MAX_ANSWERS)
		return lines_error(l, e, "over %d answers for hooks", STATEFILE_MAX_ANSWERS);
	for (i = 0; i < ret->nanswers; i++)
		if (strlen(ret->answers[i].name) == name.len &&
		    memcmp(ret->answers[i].name, name.p, name.len) == 0)
			return lines_error(l, e, SPAN_FMT " is there twice", SPAN_ARG(name));
	answers = arena_calloc(a, ret->nanswers + 1, sizeof(*answers));
	if (ret->nanswers > 0)
		memcpy(answers, ret->answers, ret->nanswers * sizeof(*answers));
	answers[ret->nanswers++] = (struct state_answer){ span_dup(a, name), span_dup(a, value) };
	ret->answers = answers;
	return 0;
}

static int read_line(struct arena *a, const struct lines *l, struct span line,
		     bool seen[NKEYS], struct statefile *ret, struct error *e)
{
	const struct key *k;
	const char *equals;
	struct span name, value;

	line = span_trim(line);
	if (line.len == 0 || line.p[0] == '#')
		return 0;
	equals = memchr(line.p, '=', line.len);
	if (equals == NULL)
		return lines_error(l, e, "not 'KEY=value': " SPAN_FMT, SPAN_ARG(line));
	name = span_trim((struct span){ line.p, (size_t)(equals - line.p) });
	value = span_trim((struct span){ equals + 1,
					 (size_t)(line.p + line.len - equals - 1) });
	k = key_find(name);
	if (k == NULL && is_answer(name))
		return take_answer(a, l, name, value, ret, e);
	if (k == NULL)
		return lines_error(l, e, "unknown key " SPAN_FMT, SPAN_ARG(name));
	if (seen[k - keys])
		return lines_error(l, e, "%s is there twice", k->name);
	seen[k - keys] = true;
	return take(a, l, k, value, ret, e);
}

int statefile_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		    struct statefile *ret, struct error *e)
{
	struct statefile s = { .verb = NULL };
	bool seen[NKEYS] = { false };
	struct lines l;
	struct span line;
	size_t head = len <= STATEFILE_MAX_BYTES ? statefile_edits_at(bytes, len) : len;
	int rc = lines_open(&l, bytes, head, STATEFILE_MAX_BYTES, file, e);

	while (rc == 0 && lines_next(&l, &line))
		rc = read_line(a, &l, line, seen, &s, e);
	if (rc == 0)
		rc = statefile_edits_parse(a, bytes + head, len - head, l.line, file, &s, e);
	if (rc == 0)
		*ret = s;
	return rc;
}

/* ---- writing */

static bool writable(const char *value)
{
	struct span s = { value, strlen(value) };

	return s.len > 0 && s.len <= VALUE_MAX && !span_has_control(s) &&
	       span_trim(s).len == s.len;
}

static const char *value_of(const struct statefile *s, const struct key *k)
{
	const char *at = (const char *)s + k->offset;
	enum state_flag flag;

	if (k->kind == KEY_TEXT)
		return *(const char *const *)at;
	flag = *(const enum state_flag *)at;
	return flag == STATE_UNSET ? NULL : flag == STATE_YES ? "yes" : "no";
}

int statefile_text(struct arena *a, const char *head, const struct statefile *s,
		   const char **ret, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	strbuf_adds(&b, head);
	for (i = 0; i < NKEYS; i++) {
		const char *value = value_of(s, &keys[i]);

		if (value == NULL)
			continue;
		if (!writable(value))
			return error_set(e, E_USAGE, "the value of %s can't be written to a "
					 "state file: '%s'", keys[i].name, value);
		strbuf_addf(&b, "# %s\n%s=%s\n", keys[i].about, keys[i].name, value);
	}
	if (s->nanswers > 0)
		strbuf_adds(&b, "# answers for hooks of components\n");
	for (i = 0; i < s->nanswers; i++) {
		const struct state_answer *x = &s->answers[i];

		if (x->value[0] != '\0' && !writable(x->value))
			return error_set(e, E_USAGE, "the value of %s can't be written to a "
					 "state file: '%s'", x->name, x->value);
		strbuf_addf(&b, "%s=%s\n", x->name, x->value);
	}
	if (s->nedits > 0)
		strbuf_adds(&b, "\n# configuration: the packaged text, and what was made of it "
				"(commpkg-state(5))\n");
	for (i = 0; i < s->nedits; i++)
		strbuf_adds(&b, s->edits[i].block);
	*ret = arena_strdup(a, strbuf_str(&b));
	return 0;
}
