/*
 * The signature of a stream, and files of keys, from anybody. The bytes are taken for both;
 * whatever is read as a signature gets a verdict, and never a good one: what is signed
 * here was signed by nobody, and nobody is trusted but whom the bytes themselves bring.
 */
#include "formats/sign.h"
#include "fuzz.h"

static const char text[] = "a text that nobody signed but the corpus";

static void judge(const uint8_t *data, size_t size, const struct sign_keys *keys, bool trusted)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct signature *s;
	struct verdict v;
	int rc = signature_parse(data, size, "fuzz", &s, &e);

	if (rc < 0) {
		must_explain(rc, &e);
		return;
	}
	must(signature_add(s, text, strlen(text), &e) == 0, e.text);
	rc = signature_finish(s, keys, 1800000000, a, &v, &e);
	if (rc == 0) {
		must(v.intact == (v.damage == NULL), "damage has words");
		must((v.state == SIGNER_TRUSTED) == (v.why == NULL), "a state has words");
		must(trusted || v.state != SIGNER_TRUSTED, "nobody is trusted without a key");
	} else {
		must_explain(rc, &e);
	}
	signature_free(s);
}

static void read_keys(const uint8_t *data, size_t size, const char *passphrase,
		      enum sign_use use, struct sign_keys *keys)
{
	struct error e = ERROR_INIT;
	int rc = sign_keys_add(keys, data, size, "fuzz", passphrase, use, &e);

	if (rc < 0)
		must_explain(rc, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sign_keys *none = sign_keys_new(), *keys = sign_keys_new();
	struct error e = ERROR_INIT;
	struct signer *signer;

	judge(data, size, none, false);
	read_keys(data, size, NULL, SIGN_TRUST, keys);
	judge(data, size, keys, true);
	read_keys(data, size, "geheim", SIGN_WITH, keys);
	if (signer_new(keys, NULL, "sha256", &signer, &e) == 0)
		signer_free(signer);
	sign_keys_free(none);
	sign_keys_free(keys);
	return 0;
}
