/* Plans as JSON: the other half of the room that speaks to json-c. */
#include "planfile.h"

#include <json-c/json.h>
#include <stdio.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "formats/medium_digest.h"
#include "places.h"

#define FORMAT 1

/* ---- media */

/* Every medium of the plan, once: path and SHA-256. */
static int list_media(struct arena *a, const struct plan *plan, struct planfile_medium **ret,
		      size_t *ret_n, struct error *e)
{
	struct planfile_medium *v = arena_calloc(a, plan->nsteps, sizeof(*v));
	const struct medium **seen = arena_calloc(a, plan->nsteps, sizeof(struct medium *));
	size_t n = 0, k;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->nsteps; i++) {
		const struct package *p = plan->steps[i].step->package;
		struct medium_stored stored;
		char hex[SHA256_HEX_SIZE];

		for (k = 0; p != NULL && k < n && seen[k] != p->medium; k++)
			;
		if (p == NULL || k < n)
			continue;
		rc = medium_digest(p->medium, NULL, NULL, &stored, e);
		if (rc == 0)
			rc = places_real(a, medium_path(p->medium), &v[n].path, e);
		if (rc < 0)
			break;
		sha256_hex(&stored.sha, hex);
		seen[n] = p->medium;
		v[n++].sha256 = arena_strdup(a, hex);
	}
	*ret = v;
	*ret_n = n;
	return rc;
}

/* ---- writing */

static void put(struct json_object *o, const char *key, struct json_object *value)
{
	(void)json_object_object_add(o, key, value); /* fails for lack of memory only */
}

static struct json_object *string(const char *s)
{
	return s != NULL ? json_object_new_string(s) : NULL;
}

static const char *kind_name(enum step_kind k)
{
	static const char *const names[] = {
		[STEP_INSTALL] = "install", [STEP_UPGRADE] = "upgrade",
		[STEP_DOWNGRADE] = "downgrade", [STEP_REINSTALL] = "reinstall",
		[STEP_REMOVE] = "remove",
	};

	return names[k];
}

static struct json_object *change_object(const char *what, const char *name, enum step_kind kind,
					 const char *from, const char *to)
{
	struct json_object *o = json_object_new_object();

	put(o, what, string(name));
	put(o, "change", string(kind_name(kind)));
	put(o, "from", string(from));
	put(o, "to", string(to));
	return o;
}

static struct json_object *steps_array(const struct plan *plan)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < plan->nsteps; i++) {
		const struct step *s = plan->steps[i].step;

		(void)json_object_array_add(array, change_object("package",
			plan->steps[i].instance, s->kind,
			s->installed != NULL ? s->installed->version : NULL,
			s->package != NULL ? s->package->version : NULL));
	}
	return array;
}

static struct json_object *components_array(const struct plan *plan)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < plan->ncomponents; i++) {
		const struct component_step *c = &plan->components[i];

		(void)json_object_array_add(array, change_object("component", c->name, c->kind,
			c->installed != NULL ? c->installed->version : NULL,
			component_step_stays(c) ? c->version : NULL));
	}
	return array;
}

static struct json_object *media_array(const struct planfile_medium *v, size_t n)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_new_object();

		put(o, "file", string(v[i].path));
		put(o, "sha256", string(v[i].sha256));
		(void)json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *document(const char *const *words, size_t nwords,
				    const struct plan *plan, const struct planfile_medium *media,
				    size_t nmedia)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	char hex[SHA256_HEX_SIZE];
	struct sha256 sum;

	plan_digest(plan, &sum);
	sha256_hex(&sum, hex);
	for (size_t i = 0; i < nwords; i++)
		(void)json_object_array_add(list, string(words[i]));
	put(o, "commpkg_plan", json_object_new_int(FORMAT));
	put(o, "root", string(plan->root->path));
	put(o, "generation", json_object_new_int64(plan->txn - 1));
	put(o, "words", list);
	put(o, "components", components_array(plan));
	put(o, "steps", steps_array(plan));
	put(o, "media", media_array(media, nmedia));
	put(o, "digest", string(hex));
	return o;
}

static int write_file(const char *path, const char *text, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = places_make(path, &fd, e);

	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, text, strlen(text));
	return rc < 0 ? error_errno(e, -rc, "cannot write '%s'", path) : 0;
}

int planfile_save(struct arena *a, const char *path, const char *const *words, size_t nwords,
		  const struct plan *plan, struct error *e)
{
	struct planfile_medium *media;
	struct json_object *o;
	const char *text;
	size_t n;
	int rc = list_media(a, plan, &media, &n, e);

	if (rc < 0)
		return rc;
	o = document(words, nwords, plan, media, n);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	rc = write_file(path, arena_printf(a, "%s\n", text), e);
	(void)json_object_put(o);
	return rc;
}

/* ---- reading */

static int not_a_plan(const char *path, const char *what, struct error *e)
{
	(void)error_set(e, E_FORMAT, "'%s' is no plan: %s", path, what);
	return error_hint(e, "'commpkg VERB -n --save FILE' writes one");
}

static const char *text_of(struct arena *a, const struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    json_object_get_type(v) != json_type_string ||
	    strlen(json_object_get_string(v)) != (size_t)json_object_get_string_len(v))
		return NULL;
	return arena_strdup(a, json_object_get_string(v));
}

static int read_words(struct arena *a, const struct json_object *o, const char *path,
		      struct planfile *ret, struct error *e)
{
	struct json_object *list;
	size_t n;

	if (!json_object_object_get_ex(o, "words", &list) ||
	    json_object_get_type(list) != json_type_array)
		return not_a_plan(path, "it has no words", e);
	n = json_object_array_length(list);
	if (n == 0 || n > PLANFILE_MAX_WORDS)
		return not_a_plan(path, "it has no words, or too many", e);
	ret->words = arena_calloc(a, n + 1, sizeof(*ret->words));
	ret->nwords = n;
	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);

		if (json_object_get_type(v) != json_type_string)
			return not_a_plan(path, "a word is no text", e);
		ret->words[i] = arena_strdup(a, json_object_get_string(v));
	}
	return 0;
}

static int read_media(struct arena *a, const struct json_object *o, const char *path,
		      struct planfile *ret, struct error *e)
{
	struct json_object *list;

	if (!json_object_object_get_ex(o, "media", &list) ||
	    json_object_get_type(list) != json_type_array)
		return not_a_plan(path, "it has no media", e);
	ret->nmedia = json_object_array_length(list);
	ret->media = arena_calloc(a, ret->nmedia, sizeof(*ret->media));
	for (size_t i = 0; i < ret->nmedia; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);

		if (json_object_get_type(v) != json_type_object)
			return not_a_plan(path, "a medium is no object", e);
		ret->media[i] = (struct planfile_medium){ text_of(a, v, "file"),
							  text_of(a, v, "sha256") };
		if (ret->media[i].path == NULL || ret->media[i].sha256 == NULL)
			return not_a_plan(path, "a medium has no digest", e);
	}
	return 0;
}

static int read_document(struct arena *a, const struct json_object *o, const char *path,
			 struct planfile *ret, struct error *e)
{
	struct json_object *v;
	int rc;

	if (json_object_get_type(o) != json_type_object ||
	    !json_object_object_get_ex(o, "commpkg_plan", &v) ||
	    json_object_get_type(v) != json_type_int)
		return not_a_plan(path, "it does not say that it is one", e);
	if (json_object_get_int64(v) != FORMAT)
		return error_set(e, E_UNSUPPORTED, "'%s' is a plan of another commpkg (format "
				 "%lld)", path, (long long)json_object_get_int64(v));
	if (!json_object_object_get_ex(o, "generation", &v) ||
	    json_object_get_type(v) != json_type_int || json_object_get_int64(v) < 0)
		return not_a_plan(path, "it has no generation", e);
	ret->generation = json_object_get_int64(v);
	ret->root = text_of(a, o, "root");
	ret->digest = text_of(a, o, "digest");
	if (ret->root == NULL || ret->digest == NULL)
		return not_a_plan(path, "it has no root, or no digest", e);
	rc = read_words(a, o, path, ret, e);
	return rc < 0 ? rc : read_media(a, o, path, ret, e);
}

int planfile_load(struct arena *a, const char *path, struct planfile *ret, struct error *e)
{
	struct json_tokener *t;
	struct json_object *o;
	size_t len;
	char *text;
	int rc = places_read(a, path, PLANFILE_MAX_BYTES, &text, &len, e);

	if (rc < 0)
		return rc;
	t = json_tokener_new();
	o = json_tokener_parse_ex(t, text, (int)len);
	if (o == NULL) {
		rc = not_a_plan(path, json_tokener_error_desc(json_tokener_get_error(t)), e);
	} else {
		*ret = (struct planfile){ .nwords = 0 };
		rc = read_document(a, o, path, ret, e);
	}
	(void)json_object_put(o);
	json_tokener_free(t);
	return rc;
}

/* ---- matching */

static int stale(struct error *e, const char *what)
{
	(void)error_set(e, E_STALE, "the plan is stale: %s", what);
	return error_hint(e, "make and look at a new one: commpkg VERB ... -n --save FILE");
}

int planfile_match(struct arena *a, const struct planfile *p, const struct plan *plan,
		   struct error *e)
{
	struct planfile_medium *media;
	char hex[SHA256_HEX_SIZE];
	struct sha256 sum;
	size_t n;
	int rc;

	if (plan->txn - 1 != p->generation)
		return stale(e, "the root has changed since");
	rc = list_media(a, plan, &media, &n, e);
	for (size_t i = 0; rc == 0 && i < n && i < p->nmedia; i++)
		if (!str_eq(media[i].path, p->media[i].path) ||
		    !str_eq(media[i].sha256, p->media[i].sha256))
			return stale(e, arena_printf(a, "'%s' is not what it was",
						     p->media[i].path));
	if (rc < 0)
		return rc;
	plan_digest(plan, &sum);
	sha256_hex(&sum, hex);
	if (n != p->nmedia || !str_eq(hex, p->digest))
		return stale(e, "what it would do now is not what was shown");
	return 0;
}
