#include "evidence.h"

#include <errno.h>
#include <time.h>

#include "formats/str.h"
#include "published.h"
#include "take.h"

/* Each medium and each distribution is judged once, however many packages are from it. */
struct judged {
	const void *what;	/* struct medium or struct published */
	const char *signer, *certificate, *why;
};

struct evidence_search {
	struct arena *a;
	const struct dist *dist;
	struct trust *trust;
	medium_watch *watch;
	void *ctx;
	VEC(struct judged) judged;
};

struct evidence_search *evidence_begin(struct arena *a, const struct dist *d, struct trust *t,
				       medium_watch *watch, void *ctx)
{
	struct evidence_search *s = arena_calloc(a, 1, sizeof(*s));

	*s = (struct evidence_search){ .a = a, .dist = d, .trust = t, .watch = watch, .ctx = ctx };
	return s;
}

void evidence_end(struct evidence_search *s)
{
	if (s != NULL)
		VEC_FREE(&s->judged);
}

static void accept(struct evidence_search *s, const struct verdict *v, struct judged *j)
{
	j->signer = v->weak[0] == NULL ? v->signer :
		    arena_printf(s->a, "%s, with a weak signature", v->signer);
	j->certificate = v->fingerprint;
}

/* A refusal is an answer, all else is not. */
static int refused(struct evidence_search *s, int rc, const char **ret_why, struct error *e)
{
	if (rc != -E_TRUST && rc != -E_DIGEST)
		return rc;
	*ret_why = arena_strdup(s->a, e->text);
	error_clear(e);
	return 0;
}

static int judge_medium(struct evidence_search *s, const struct medium *m, struct judged *j,
			struct error *e)
{
	struct trust_finding f;
	int rc = trust_check(s->trust, m, s->watch, s->ctx, s->a, &f, e);

	if (rc < 0)
		return refused(s, rc, &j->why, e);
	if (!f.is_signed)
		j->why = arena_printf(s->a, "'%s' is not signed", medium_path(m));
	else
		accept(s, &f.verdict, j);
	return 0;
}

static int judge_published(struct evidence_search *s, const struct published *p, struct judged *j,
			   struct error *e)
{
	struct trust_published f;
	int rc = trust_published(s->trust, p, 0, (int64_t)time(NULL), s->a, &f, e);

	if (rc < 0)
		return refused(s, rc, &j->why, e);
	if (!f.is_signed || f.verdict.state != SIGNER_TRUSTED)
		j->why = arena_printf(s->a, "distribution '%s' is not signed", p->place);
	else
		accept(s, &f.verdict, j);
	return 0;
}

static int judge(struct evidence_search *s, const struct medium *m, struct published *of,
		 struct judged *ret, struct error *e)
{
	const void *what = of != NULL ? (const void *)of : (const void *)m;
	struct judged j = { .what = what };
	int rc;

	for (size_t i = 0; i < s->judged.n; i++)
		if (s->judged.v[i].what == what)
			return *ret = s->judged.v[i], 0;
	rc = of != NULL ? judge_published(s, of, &j, e) : judge_medium(s, m, &j, e);
	if (rc == 0)
		*VEC_PUSH(&s->judged) = *ret = j;
	return rc;
}

/* 1: the medium of p is open, and what the catalog says. */
static int take(struct evidence_search *s, const struct package *p, const struct package **ret,
		struct judged *j, struct error *e)
{
	int rc = take_package(s->dist, p, ret, e);

	if (rc == 0)
		return 1;
	*j = (struct judged){ .why = arena_strdup(s->a, e->text) };
	if (rc != -E_TRUST && rc != -E_DIGEST && rc != -ENOENT && rc != -E_NOT_FOUND)
		return rc;
	error_clear(e);
	return 0;
}

/* Of a distribution nobody vouches for, the package may be signed itself. */
static int look_at(struct evidence_search *s, const struct dist_package *dp, struct evidence *ret,
		   struct error *e)
{
	struct published *of = take_published(s->dist, dp->package);
	const struct package *p = dp->package;
	struct judged j;
	int rc = judge(s, p->medium, of, &j, e);

	if (rc == 0 && of != NULL)
		rc = take(s, dp->package, &p, &j, e);
	if (rc > 0 && j.signer == NULL)
		rc = judge(s, p->medium, NULL, &j, e);
	if (rc < 0)
		return rc;
	*ret = (struct evidence){ .package = j.signer != NULL ? p : NULL, .origin = dp->origin,
				  .signer = j.signer, .certificate = j.certificate, .why = j.why };
	return 0;
}

static bool is_of(const struct package *p, const struct pkgdb_package *installed)
{
	return str_eq(p->pkg, installed->pkg) && str_eq(p->arch, installed->arch) &&
	       str_eq(p->version, installed->version);
}

int evidence_find(struct evidence_search *s, const struct pkgdb_package *installed,
		  struct evidence *ret, struct error *e)
{
	struct evidence ev = { .why = "no package of that version is at hand" };
	size_t i, n = s->dist != NULL ? dist_count(s->dist) : 0;
	int rc = 0;

	for (i = 0; rc == 0 && ev.package == NULL && i < n; i++)
		if (is_of(dist_package(s->dist, i)->package, installed))
			rc = look_at(s, dist_package(s->dist, i), &ev, e);
	if (rc == 0)
		*ret = ev;
	return rc;
}

int evidence_untouched(const struct evidence_search *s, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && s->dist != NULL && i < dist_published_count(s->dist); i++)
		rc = published_untouched(dist_published(s->dist, i), e);
	return rc;
}
