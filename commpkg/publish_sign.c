/* repo sign: repo.xml says which certificates are shipped, and its bytes are signed. */
#include <errno.h>
#include <unistd.h>

#include "formats/sign.h"
#include "places.h"
#include "publish.h"
#include "publish_write.h"

struct signing {
	struct arena *a;
	const struct publish_keys *k;
	struct sign_keys *keys;
	struct repo *repo;
	struct strbuf certificates;
	struct strbuf text;		/* of repo.xml */
	struct error *e;
};

static int read_keys(struct signing *s, const char *path, char **ret, size_t *ret_len)
{
	int rc = places_read(s->a, path, SIGN_MAX_STORE, ret, ret_len, s->e);

	if (rc == 0)
		rc = sign_keys_add(s->keys, *ret, *ret_len, path, s->k->passphrase, SIGN_WITH,
				   s->e);
	if (rc == -E_NEEDS_ANSWER)
		return error_hint(s->e, "--passphrase-file FILE gives it");
	if (rc == 0)
		return error_set(s->e, E_FORMAT, "'%s' has neither a key nor a certificate", path);
	return rc < 0 ? rc : 0;
}

/* Certificates as they came; a private key in the same file is not shipped. */
static void ship(struct signing *s, const char *bytes)
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

static int load_keys(struct signing *s)
{
	size_t len;
	char *bytes;
	int rc = read_keys(s, s->k->key, &bytes, &len);

	if (rc == 0 && s->k->certificate != NULL)
		rc = read_keys(s, s->k->certificate, &bytes, &len);
	if (rc == 0)
		ship(s, bytes);
	return rc;
}

static int load_root(struct signing *s)
{
	struct sign_keys *roots = sign_keys_new();
	size_t len;
	char *bytes;
	int rc = places_read(s->a, s->k->root, SIGN_MAX_STORE, &bytes, &len, s->e);

	if (rc == 0)
		rc = sign_keys_add(roots, bytes, len, s->k->root, NULL, SIGN_TRUST, s->e);
	if (rc >= 0 && sign_keys_trusted(roots) != 1)
		rc = error_set(s->e, E_FORMAT, "'%s' has %zu certificates: the root certificate is "
			       "one", s->k->root, sign_keys_trusted(roots));
	if (rc >= 0) {
		sign_keys_describe(roots, 0, s->a, &s->repo->root, &s->repo->root_subject);
		s->repo->has_root = true;
		ship(s, bytes);
	}
	sign_keys_free(roots);
	return rc < 0 ? rc : 0;
}

/* Only with a root certificate: else who verifies has the signer's, and the signature too. */
static int reference_certificates(struct signing *s)
{
	int rc;

	s->repo->has_root = false;
	s->repo->certificates = (struct catalog_file){ .path = NULL };
	if (s->k->root == NULL)
		return 0;
	rc = load_root(s);
	if (rc < 0)
		return rc;
	if (s->certificates.len == 0)
		return error_set(s->e, E_FORMAT, "'%s' is not PEM, and can't be shipped",
				 s->k->root);
	s->repo->certificates = (struct catalog_file){
		.path = REPO_CERTIFICATES_NAME, .size = s->certificates.len,
	};
	sha256_of(strbuf_str(&s->certificates), s->certificates.len, &s->repo->certificates.sha);
	return 0;
}

/* Its one form, so that no byte of it can be another (signature_head()). */
static int make_signature(struct signing *s, const char **ret_pem, const char **ret_doubt)
{
	struct signer *signer;
	struct sha256 head;
	int rc = signer_new(s->keys, NULL, "sha256", &signer, s->e);

	if (rc < 0)
		return rc;
	*ret_doubt = signer_doubt(signer, s->k->now, s->a);
	sha256_of(strbuf_str(&s->text), s->text.len, &head);
	rc = signer_add(signer, strbuf_str(&s->text), s->text.len, s->e);
	if (rc == 0)
		rc = signer_finish(signer, &head, s->k->now, s->a, ret_pem, s->e);
	signer_free(signer);
	return rc;
}

static struct publish_text text_of(struct arena *a, const struct strbuf *b)
{
	return (struct publish_text){ arena_strndup(a, strbuf_str(b), b->len), b->len };
}

static int seal(struct signing *s, struct publication *ret, const char **ret_doubt)
{
	const char *pem;
	int rc = load_keys(s);

	if (rc == 0)
		rc = reference_certificates(s);
	if (rc == 0)
		rc = repo_render(s->repo, &s->text, s->e);
	if (rc == 0)
		rc = make_signature(s, &pem, ret_doubt);
	if (rc < 0)
		return rc;
	ret->repo = text_of(s->a, &s->text);
	ret->signature = (struct publish_text){ pem, strlen(pem) };
	if (s->repo->certificates.path != NULL)
		ret->certificates = text_of(s->a, &s->certificates);
	return 0;
}

int publish_seal(const struct publish_keys *k, struct arena *a, struct repo *repo,
		 struct publication *ret, const char **ret_doubt, struct error *e)
{
	struct signing s = { .a = a, .k = k, .repo = repo, .e = e };
	int rc;

	s.keys = sign_keys_new();
	rc = seal(&s, ret, ret_doubt);
	sign_keys_free(s.keys);
	strbuf_free(&s.certificates);
	strbuf_free(&s.text);
	return rc;
}

static int sign_it(struct tree *dir, const struct publish_keys *k, struct arena *a,
		   struct repo *repo, const char **ret_doubt, struct error *e)
{
	struct publication p = { .catalog = { NULL, 0 } };
	int rc = publish_read_repo(dir, a, repo, e);

	if (rc == -ENOENT) {
		error_set(e, E_NOT_FOUND, "'%s' is no published distribution: it has no "
			  REPO_NAME, tree_path(dir));
		return error_hint(e, "commpkg repo create '%s'", tree_path(dir));
	}
	if (rc == 0)
		rc = publish_seal(k, a, repo, &p, ret_doubt, e);
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
	tree_close(tree);
	if (rc == 0)
		*ret = repo;
	return rc;
}
