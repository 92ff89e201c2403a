/* repo sign: repo.xml says which certificates are shipped, and its bytes are signed. */
#include <errno.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/sign.h"
#include "places.h"
#include "publish.h"
#include "publish_write.h"
#include "turns.h"

struct sealer {
	struct arena *a;
	const struct publish_keys *k;
	struct sign_keys *keys;
	struct signer *signer;
	struct strbuf certificates;	/* what is shipped, if there is a root certificate */
	struct sha256 root;
	const char *root_subject;
};

static int read_keys(struct sealer *s, const char *path, char **ret, size_t *ret_len,
		     struct error *e)
{
	int rc = places_read(s->a, path, SIGN_MAX_STORE, ret, ret_len, e);

	if (rc == 0)
		rc = sign_keys_add(s->keys, *ret, *ret_len, path, s->k->passphrase, SIGN_WITH, e);
	if (rc == -E_NEEDS_ANSWER)
		return error_hint(e, "--passphrase-file FILE gives it");
	if (rc == 0)
		return error_set(e, E_FORMAT, "'%s' has neither a key nor a certificate", path);
	return rc < 0 ? rc : 0;
}

/* Certificates as they came; a private key in the same file is not shipped. */
static void ship(struct sealer *s, const char *bytes)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	const char *from = bytes, *to;

	while ((from = strstr(from, begin)) != NULL && (to = strstr(from, end)) != NULL) {
		to += strlen(end);
		strbuf_add(&s->certificates, from, (size_t)(to - from));
		strbuf_addch(&s->certificates, '\n');
		from = to;
	}
}

static int load_keys(struct sealer *s, struct error *e)
{
	size_t len;
	char *bytes;
	int rc = read_keys(s, s->k->key, &bytes, &len, e);

	if (rc == 0 && s->k->certificate != NULL)
		rc = read_keys(s, s->k->certificate, &bytes, &len, e);
	if (rc == 0)
		ship(s, bytes);
	return rc;
}

static int load_root(struct sealer *s, struct error *e)
{
	struct sign_keys *roots = sign_keys_new();
	size_t len;
	char *bytes;
	int rc = places_read(s->a, s->k->root, SIGN_MAX_STORE, &bytes, &len, e);

	if (rc == 0)
		rc = sign_keys_add(roots, bytes, len, s->k->root, NULL, SIGN_TRUST, e);
	if (rc >= 0 && sign_keys_trusted(roots) != 1)
		rc = error_set(e, E_FORMAT, "'%s' has %zu certificates: the root certificate is "
			       "one", s->k->root, sign_keys_trusted(roots));
	if (rc >= 0) {
		sign_keys_describe(roots, 0, s->a, &s->root, &s->root_subject);
		ship(s, bytes);
	}
	sign_keys_free(roots);
	if (rc >= 0 && s->certificates.len == 0)
		return error_set(e, E_FORMAT, "'%s' is not PEM, and can't be shipped", s->k->root);
	return rc < 0 ? rc : 0;
}

static int load(struct sealer *s, struct error *e)
{
	int rc = load_keys(s, e);

	if (rc == 0 && s->k->root != NULL)
		rc = load_root(s, e);
	return rc == 0 ? signer_new(s->keys, NULL, "sha256", &s->signer, e) : rc;
}

int sealer_new(const struct publish_keys *k, struct arena *a, struct sealer **ret,
	       struct error *e)
{
	struct sealer *s = arena_calloc(a, 1, sizeof(*s));
	int rc;

	s->a = a;
	s->k = k;
	s->keys = sign_keys_new();
	rc = load(s, e);
	if (rc < 0) {
		sealer_free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void sealer_free(struct sealer *s)
{
	if (s == NULL)
		return;
	signer_free(s->signer);
	sign_keys_free(s->keys);
	strbuf_free(&s->certificates);
}

/* Only with a root certificate: else who verifies has the signer's, and the signature too. */
static void reference_certificates(const struct sealer *s, struct repo *repo)
{
	repo->has_root = s->k->root != NULL;
	repo->certificates = (struct catalog_file){ .path = NULL };
	if (!repo->has_root)
		return;
	repo->root = s->root;
	repo->root_subject = s->root_subject;
	repo->certificates = (struct catalog_file){
		.path = REPO_CERTIFICATES_NAME, .size = s->certificates.len,
	};
	sha256_of(strbuf_str(&s->certificates), s->certificates.len, &repo->certificates.sha);
}

/* Its one form, so that no byte of it can be another (signature_head()). */
static int make_signature(struct sealer *s, const struct strbuf *text, const char **ret_pem,
			  struct error *e)
{
	struct sha256 head;
	int rc = signer_add(s->signer, strbuf_str(text), text->len, e);

	sha256_of(strbuf_str(text), text->len, &head);
	return rc == 0 ? signer_finish(s->signer, &head, s->k->now, s->a, ret_pem, e) : rc;
}

static struct publish_text text_of(struct arena *a, const struct strbuf *b)
{
	return (struct publish_text){ arena_strndup(a, strbuf_str(b), b->len), b->len };
}

int sealer_seal(struct sealer *s, struct repo *repo, struct publication *ret,
		const char **ret_doubt, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	const char *pem;
	int rc;

	*ret_doubt = signer_doubt(s->signer, s->k->now, s->a);
	reference_certificates(s, repo);
	rc = repo_render(repo, &text, e);
	if (rc == 0)
		rc = make_signature(s, &text, &pem, e);
	if (rc < 0)
		return rc;
	ret->repo = text_of(s->a, &text);
	ret->signature = (struct publish_text){ pem, strlen(pem) };
	if (repo->certificates.path != NULL)
		ret->certificates = text_of(s->a, &s->certificates);
	return 0;
}

static int sign_it(struct tree *dir, const struct publish_keys *k, struct arena *a,
		   struct repo *repo, const char **ret_doubt, struct error *e)
{
	struct publication p = { .catalog = { NULL, 0 } };
	struct sealer *s = NULL;
	int rc;

	turn_take(tree_fd(dir), TURN_WRITE); /* what is signed is what is there afterwards */
	rc = publish_read_repo(dir, a, repo, e);
	if (rc == -ENOENT) {
		error_set(e, E_NOT_FOUND, "'%s' is no published distribution: it has no "
			  REPO_NAME, tree_path(dir));
		return error_hint(e, "commpkg repo create '%s'", tree_path(dir));
	}
	if (rc == 0)
		rc = sealer_new(k, a, &s, e);
	if (rc == 0)
		rc = sealer_seal(s, repo, &p, ret_doubt, e);
	sealer_free(s);
	return rc < 0 ? rc : publish_write(dir, a, &p, e);
}

int publish_sign(const char *dir, const struct publish_keys *k, struct arena *a,
		 struct repo *ret, const char **ret_doubt, struct error *e)
{
	struct repo repo = { .serial = 0 };
	struct tree *tree;
	int rc = tree_open(dir, &tree, e);

	if (rc < 0)
		return rc;
	rc = sign_it(tree, k, a, &repo, ret_doubt, e);
	tree_close(tree); /* and the turn ends */
	if (rc == 0)
		*ret = repo;
	return rc;
}
