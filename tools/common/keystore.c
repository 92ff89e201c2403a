/* Key stores, their passphrases, and signatures that fit. */
#include "tools/common/keystore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <time.h>

#include "commpkg/places.h"
#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "tools/common/say.h"

#define PASSPHRASE_MAX 1024

static int first_line(struct arena *a, const char *path, const char **ret, struct error *e)
{
	AUTO_FILE FILE *f = fopen(path, "re");
	char line[PASSPHRASE_MAX];

	if (f == NULL)
		return error_errno(e, errno, "cannot open '%s'", path);
	if (fgets(line, sizeof(line), f) == NULL)
		return error_set(e, E_USAGE, "'%s' has no passphrase in it", path);
	line[strcspn(line, "\r\n")] = '\0';
	*ret = arena_strdup(a, line);
	return 0;
}

/* On the terminal, without echo: never standard input, which may be something else. */
static int ask_console(struct arena *a, const char **ret, struct error *e)
{
	AUTO_FD int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios was, quiet;
	char line[PASSPHRASE_MAX];
	ssize_t n;

	if (fd < 0 || tcgetattr(fd, &was) < 0) {
		error_set(e, E_NEEDS_ANSWER, "the key store needs a passphrase, and there is no "
			  "terminal to ask for it");
		return error_hint(e, "-P pass:TEXT, -P env:NAME or -P file:PATH");
	}
	quiet = was;
	quiet.c_lflag &= (tcflag_t)~ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet); /* at worst it is seen */
	say_err("Enter keystore password: ");
	n = read(fd, line, sizeof(line) - 1);
	(void)tcsetattr(fd, TCSAFLUSH, &was);
	say_err("\n");
	if (n <= 0)
		return error_set(e, E_INTERRUPTED, "no passphrase was given");
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	*ret = arena_strdup(a, line);
	return 0;
}

int keystore_passphrase(struct arena *a, const char *arg, const char **ret, struct error *e)
{
	if (arg == NULL) {
		*ret = NULL;
	} else if (str_has_prefix(arg, "pass:")) {
		*ret = arena_strdup(a, arg + 5);
	} else if (str_has_prefix(arg, "env:")) {
		if (getenv(arg + 4) == NULL)
			return error_set(e, E_USAGE, "there is no variable '%s'", arg + 4);
		*ret = arena_strdup(a, getenv(arg + 4));
	} else if (str_has_prefix(arg, "file:")) {
		return first_line(a, arg + 5, ret, e);
	} else if (str_eq(arg, "console")) {
		return ask_console(a, ret, e);
	} else {
		*ret = arena_strdup(a, arg);
	}
	return 0;
}

static int open_store(struct arena *a, const char *path, const char *arg,
		      struct sign_keys **ret, struct error *e)
{
	struct sign_keys *keys = sign_keys_new();
	const char *passphrase;
	int rc = keystore_passphrase(a, arg, &passphrase, e);

	if (rc == 0)
		rc = trust_read_store(keys, path, passphrase, SIGN_WITH, e);
	if (rc == -E_NEEDS_ANSWER && arg == NULL) {
		sign_keys_free(keys);
		error_clear(e);
		return open_store(a, path, "console", ret, e);
	}
	if (rc < 0)
		sign_keys_free(keys);
	else
		*ret = keys;
	return rc;
}

int keystore_signer(struct arena *a, const char *path, const char *alias, const char *arg,
		    const char *digest, struct signer **ret, struct error *e)
{
	struct sign_keys *keys;
	const char *doubt;
	int rc = open_store(a, path, arg, &keys, e);

	if (rc < 0)
		return rc;
	rc = signer_new(keys, alias, digest, ret, e);
	sign_keys_free(keys);
	if (rc < 0)
		return error_prefix(e, "'%s'", path);
	doubt = signer_doubt(*ret, (int64_t)time(NULL), a);
	if (doubt != NULL)
		say_warning("%s", doubt);
	return 0;
}

/* What is there only by default need not be there. It is the host's, whatever the root. */
static const char *store_to_use(const struct keystore_check *k)
{
	if (k->keystore != NULL || k->usual == NULL)
		return k->keystore;
	return places_look(k->usual) != PLACE_GONE ? k->usual : NULL;
}

static int watch(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	(void)ctx;
	(void)done;
	(void)total;
	return signals_check(e);
}

static int check_with(const struct trust *t, const struct medium *m, struct arena *a,
		      struct error *e)
{
	struct trust_finding f;
	int rc = trust_check(t, m, watch, NULL, a, &f, e);

	if (rc == 0 && f.warning != NULL)
		say_warning("%s", f.warning);
	return rc;
}

int keystore_check(struct arena *a, const struct keystore_check *k, const struct medium *m,
		   struct error *e)
{
	struct trust_options o = { .keystore = store_to_use(k) };
	struct root *root = NULL;
	struct trust *t = NULL;
	int rc = keystore_passphrase(a, k->passphrase, &o.passphrase, e);

	if (rc == 0)
		rc = trust_open(&o, &t, e);
	if (rc == 0 && places_look(k->root_path) == PLACE_DIRECTORY) {
		rc = root_open(k->root_path, false, &root, e);
		if (rc == 0)
			rc = trust_add_root(t, root, e);
	}
	if (rc == 0)
		rc = check_with(t, m, a, e);
	if (rc == -E_TRUST)
		error_hint(e, "a certificate that is trusted comes from '-k KEYSTORE' or '%s'; "
			   "authentication=nocheck in the admin file takes the package as it is",
			   trust_keys_place(t));
	if (root != NULL)
		root_close(root);
	trust_close(t);
	return rc;
}

int keystore_check_intact(struct arena *a, const struct medium *m, struct error *e)
{
	struct sign_keys *none;
	struct verdict v;
	int rc;

	if (!medium_signed(m))
		return 0;
	none = sign_keys_new();
	rc = medium_verify(m, none, (int64_t)time(NULL), watch, NULL, a, &v, e);
	sign_keys_free(none);
	if (rc == 0 && !v.intact)
		rc = error_set(e, E_TRUST, "the signature of '%s' does not verify: %s",
			       medium_path(m), v.damage);
	return rc;
}
