/* The policy: what is accepted, what refused, in which words. */
#include "trust.h"

#include <time.h>

#include "trust_internal.h"

int trust_open(const struct trust_options *o, struct trust **ret, struct error *e)
{
	struct trust *t = xcalloc(1, sizeof(*t));
	int rc;

	t->a = arena_new();
	t->o = *o;
	t->keys = sign_keys_new();
	rc = trust_read_host(t, e);
	if (rc == 0 && o->keystore != NULL)
		rc = trust_read_store(t->keys, o->keystore, o->passphrase, SIGN_TRUST, e);
	if (rc < 0) {
		trust_close(t);
		return rc;
	}
	*ret = t;
	return 0;
}

void trust_close(struct trust *t)
{
	if (t == NULL)
		return;
	sign_keys_free(t->keys);
	arena_free(t->a);
	free(t);
}

const struct sign_keys *trust_keys(const struct trust *t)
{
	return t->keys;
}

const struct conf *trust_conf(const struct trust *t)
{
	return &t->conf;
}

const char *trust_keys_place(const struct trust *t)
{
	return t->place;
}

const char *trust_list_text(struct arena *a, const char *const *list)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; list[i] != NULL; i++)
		strbuf_addf(&b, "%s%s", i > 0 ? ", " : "", list[i]);
	return arena_strdup(a, strbuf_str(&b));
}

/* Only what is missing may be forgiven; what was changed never. */
static int check_unsigned(const struct trust *t, const struct medium *m, struct arena *a,
			  struct trust_finding *f, struct error *e)
{
	if (t->conf.required == NULL)
		return 0;
	if (t->o.allow_unsigned) {
		f->warning = arena_printf(a, "'%s' is not signed; it is taken all the same "
					  "(--allow-unsigned)", medium_path(m));
		return 0;
	}
	error_set(e, E_TRUST, "'%s' is not signed, and '%s' requires a signature",
		  medium_path(m), t->conf.required);
	return error_hint(e, "--allow-unsigned takes it all the same");
}

static int check_signer(const struct trust *t, const struct medium *m, struct arena *a,
			struct trust_finding *f, struct error *e)
{
	const struct verdict *v = &f->verdict;

	if (v->state == SIGNER_TRUSTED)
		return 0;
	if (t->o.allow_unsigned) {
		f->warning = arena_printf(a, "the signature of '%s' counts for nothing: %s; it is "
					  "taken all the same (--allow-unsigned)",
					  medium_path(m), v->why);
		return 0;
	}
	error_set(e, E_TRUST, "the signature of '%s' is refused: %s", medium_path(m), v->why);
	if (v->state != SIGNER_UNKNOWN)
		return error_hint(e, "--allow-unsigned takes it as if it were not signed");
	return error_hint(e, "commpkg inspect shows who signed it; a certificate that you trust "
			  "goes into '%s'; --allow-unsigned takes it as if it were not signed",
			  t->place);
}

static int check_strength(const struct trust *t, const struct medium *m, struct arena *a,
			  struct trust_finding *f, struct error *e)
{
	const char *weak;

	if (f->verdict.weak[0] == NULL || f->verdict.state != SIGNER_TRUSTED)
		return 0;
	weak = trust_list_text(a, f->verdict.weak);
	if (t->conf.required != NULL && !t->o.allow_unsigned) {
		error_set(e, E_TRUST, "'%s' has a legacy signature, which is weak (%s), and '%s' "
			  "requires one that is not", medium_path(m), weak, t->conf.required);
		return error_hint(e, "--allow-unsigned takes it as if it were not signed");
	}
	f->warning = arena_printf(a, "'%s' has a legacy signature, which is weak: %s",
				  medium_path(m), weak);
	return 0;
}

static int check_signed(const struct trust *t, const struct medium *m, struct arena *a,
			struct trust_finding *f, struct error *e)
{
	int rc;

	if (!f->verdict.intact)
		return error_set(e, E_TRUST, "the signature of '%s' does not verify: %s",
				 medium_path(m), f->verdict.damage);
	rc = check_signer(t, m, a, f, e);
	return rc < 0 ? rc : check_strength(t, m, a, f, e);
}

int trust_check(const struct trust *t, const struct medium *m, medium_watch *watch, void *ctx,
		struct arena *a, struct trust_finding *ret, struct error *e)
{
	struct trust_finding f = { .is_signed = medium_signed(m) };
	int rc;

	if (!f.is_signed) {
		rc = check_unsigned(t, m, a, &f, e);
	} else {
		rc = medium_verify(m, t->keys, (int64_t)time(NULL), watch, ctx, a, &f.verdict, e);
		if (rc == -E_FORMAT || rc == -E_LIMIT || rc == -E_UNSUPPORTED) {
			e->code = E_TRUST; /* what can't be read proves nothing */
			rc = -E_TRUST;
		}
		rc = rc < 0 ? rc : check_signed(t, m, a, &f, e);
	}
	if (rc == 0)
		*ret = f;
	return rc;
}
