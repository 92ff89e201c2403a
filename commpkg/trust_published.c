/* Whose distribution it is, and whether it is the one of today. */
#include "published.h"
#include "trust_internal.h"

struct judging {
	struct trust *t;
	const struct published *p;
	uint64_t seen;
	int64_t now;
	struct arena *a;
	struct trust_published *f;
	size_t nwarnings;
	struct error *e;
};

static void warn(struct judging *j, const char *words)
{
	j->f->warnings[j->nwarnings++] = words; /* one each of four */
}

/* ---- the signature */

/* Whoever may say less than "refused" has said it in words. */
static const char *accepted_by(const struct trust *t)
{
	if (t->o.allow_unsigned)
		return "--allow-unsigned";
	const struct conf *c = &t->conf;

	return c->accepting != NULL && c->required == NULL && !c->refusing ? c->accepting : NULL;
}

static int check_unsigned(struct judging *j)
{
	const char *by = accepted_by(j->t);

	if (by != NULL) {
		warn(j, arena_printf(j->a, "the distribution '%s' is not signed; it is taken all "
				     "the same (%s)", j->p->place, by));
		return 0;
	}
	error_set(j->e, E_TRUST, "the distribution '%s' is not signed: there is no "
		  REPO_SIGNATURE_NAME " beside its " REPO_NAME, j->p->place);
	return error_hint(j->e, "its publisher signs it with 'commpkg repo sign'; "
			  "--allow-unsigned takes it all the same");
}

static const char *root_words(const struct judging *j)
{
	const struct repo *r = &j->p->repo;
	char hex[SHA256_HEX_SIZE];

	if (!r->has_root)
		return "";
	sha256_hex(&r->root, hex);
	return arena_printf(j->a, " (its root certificate is in '%s/%s': %s, SHA-256 %s)",
			    j->p->place, r->certificates.path != NULL ? r->certificates.path : "?",
			    r->root_subject, hex);
}

static int check_signer(struct judging *j)
{
	const struct verdict *v = &j->f->verdict;

	if (v->state == SIGNER_TRUSTED)
		return 0;
	if (j->t->o.allow_unsigned) {
		warn(j, arena_printf(j->a, "the signature of the distribution '%s' counts for "
				     "nothing: %s; it is taken all the same (--allow-unsigned)",
				     j->p->place, v->why));
		return 0;
	}
	error_set(j->e, E_TRUST, "the signature of the distribution '%s' is refused: %s",
		  j->p->place, v->why);
	if (v->state != SIGNER_UNKNOWN)
		return error_hint(j->e, "--allow-unsigned takes it as if it were not signed");
	return error_hint(j->e, "a certificate that you trust goes into '%s'%s; --allow-unsigned "
			  "takes it as if it were not signed", j->t->place, root_words(j));
}

static int check_strength(struct judging *j)
{
	const struct verdict *v = &j->f->verdict;
	const char *weak;

	if (v->weak[0] == NULL || v->state != SIGNER_TRUSTED)
		return 0;
	weak = trust_list_text(j->a, v->weak);
	if (j->t->o.allow_unsigned) {
		warn(j, arena_printf(j->a, "the signature of the distribution '%s' is weak: %s",
				     j->p->place, weak));
		return 0;
	}
	error_set(j->e, E_TRUST, "the signature of the distribution '%s' is weak: %s",
		  j->p->place, weak);
	return error_hint(j->e, "--allow-unsigned takes it as if it were not signed");
}

/* A signature of ours says the digest of what it is for, and has one form. */
static int check_form(struct judging *j, const struct signature *s)
{
	struct sha256 said, is;

	if (!signature_head(s, &said))
		return 0;
	sha256_of(j->p->bytes, j->p->len, &is);
	if (sha256_equal(&said, &is))
		return 0;
	j->f->verdict.intact = false;
	j->f->verdict.damage = "what was signed is not what is here";
	return 0;
}

static int verify(struct judging *j)
{
	const struct published *p = j->p;
	struct signature *s;
	const char *name = arena_printf(j->a, "%s/" REPO_SIGNATURE_NAME, p->place);
	int rc = 0;

	if (p->certificates != NULL)
		rc = sign_keys_add(j->t->keys, p->certificates, p->certificates_len,
				   arena_printf(j->a, "%s/%s", p->place, p->repo.certificates.path),
				   NULL, SIGN_BETWEEN, j->e);
	if (rc >= 0)
		rc = signature_parse(p->signature, p->signature_len, name, &s, j->e);
	if (rc < 0)
		return rc;
	rc = signature_add(s, p->bytes, p->len, j->e);
	if (rc == 0)
		rc = signature_finish(s, j->t->keys, j->now, j->a, &j->f->verdict, j->e);
	if (rc == 0)
		rc = check_form(j, s);
	signature_free(s);
	return rc;
}

static int check_signed(struct judging *j)
{
	int rc = verify(j);

	if (rc == -E_FORMAT || rc == -E_LIMIT || rc == -E_UNSUPPORTED) {
		j->e->code = E_TRUST; /* what can't be read proves nothing */
		rc = -E_TRUST;
	}
	if (rc < 0)
		return rc;
	if (!j->f->verdict.intact) {
		error_set(j->e, E_TRUST, "the signature of the distribution '%s' does not verify: "
			  "%s", j->p->place, j->f->verdict.damage);
		return error_hint(j->e, "somebody changed it, or it is being published right now");
	}
	rc = check_signer(j);
	return rc < 0 ? rc : check_strength(j);
}

/* ---- its age */

static int check_expired(struct judging *j)
{
	const struct repo *r = &j->p->repo;
	const char *when;

	if (r->expires > j->now)
		return 0;
	when = repo_time_text(j->a, r->expires);
	if (j->t->o.allow_older) {
		warn(j, arena_printf(j->a, "the distribution '%s' expired on %s; it is taken all "
				     "the same (--allow-older)", j->p->place, when));
		return 0;
	}
	error_set(j->e, E_TRUST, "the distribution '%s' expired on %s: what was published since "
		  "may be kept from you", j->p->place, when);
	return error_hint(j->e, "get the present one, or have its publisher sign it anew; "
			  "--allow-older takes it all the same");
}

/* Clocks differ by minutes; by a day somebody is wrong. */
static int check_future(struct judging *j)
{
	const struct repo *r = &j->p->repo;

	if (r->issued <= j->now + 86400)
		return 0;
	warn(j, arena_printf(j->a, "the distribution '%s' says that it was issued on %s, which is "
			     "yet to come", j->p->place, repo_time_text(j->a, r->issued)));
	return 0;
}

static int check_serial(struct judging *j)
{
	const struct repo *r = &j->p->repo;

	if (r->serial >= j->seen)
		return 0;
	if (j->t->o.allow_older) {
		warn(j, arena_printf(j->a, "the distribution '%s' (%s) has serial %llu, and this "
				     "root has seen %llu; it is taken all the same (--allow-older)",
				     j->p->place, r->id, (unsigned long long)r->serial,
				     (unsigned long long)j->seen));
		return 0;
	}
	error_set(j->e, E_TRUST, "the distribution '%s' (%s) is older than what this root has "
		  "seen: serial %llu, and %llu was there before", j->p->place, r->id,
		  (unsigned long long)r->serial, (unsigned long long)j->seen);
	return error_hint(j->e, "somebody may want you to go back to old faults; --allow-older "
			  "takes it all the same");
}

/* It says nothing of its age, and its sums are no digests. A directory is as it is; what a server
 * hands out, anybody in between may have made. */
static int check_foreign(struct judging *j)
{
	const char *by = accepted_by(j->t), *kind = catalog_foreign_word(j->p->foreign);

	if (!j->p->remote)
		return 0;
	if (by != NULL) {
		warn(j, arena_printf(j->a, "the catalog of '%s' (%s) has no signature that is read "
				     "here; it is taken all the same (%s)", j->p->place, kind, by));
		return 0;
	}
	error_set(j->e, E_TRUST, "the catalog of '%s' (%s) has no signature that is read here, "
		  "only MD5 sums", j->p->place, kind);
	return error_hint(j->e, "--allow-unsigned takes it all the same");
}

int trust_published(struct trust *t, const struct published *p, uint64_t seen, int64_t now,
		    struct arena *a, struct trust_published *ret, struct error *e)
{
	struct trust_published f = { .is_signed = p->signature != NULL };
	struct judging j = { .t = t, .p = p, .seen = seen, .now = now, .a = a, .f = &f, .e = e };
	int rc = p->foreign != FOREIGN_NONE ? check_foreign(&j) :
		 f.is_signed ? check_signed(&j) : check_unsigned(&j);

	if (p->foreign != FOREIGN_NONE) {
		if (rc == 0)
			*ret = f;
		return rc;
	}
	if (rc == 0)
		rc = check_expired(&j);
	if (rc == 0)
		rc = check_future(&j);
	if (rc == 0)
		rc = check_serial(&j);
	if (rc == 0)
		*ret = f;
	return rc;
}
