/* pkgtrans: packages from one form to another (pkgtrans(1)). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "formats/stream_write.h"
#include "tools/common/keystore.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"
#include "tools/common/transfer.h"

static const char usage_lines[] =
	"pkgtrans [-inosz] srcdev dstdev [pkg [pkg...]]\n"
	"pkgtrans -g -k keystore [-a alias] [-P passphrase] [-H digest] [-soz] srcdev dstdev\n"
	"         [pkg [pkg...]]\n"
	"where\n"
	"  -g #sign it (the dstdev is then a datastream)\n"
	"  -k #keystore: PEM or PKCS#12, a file or a directory\n"
	"  -a #alias of the key in the keystore\n"
	"  -P #its passphrase: pass:text, env:name, file:path, console\n"
	"  -H #digest of the signature: sha256 (default), sha384, sha512, sha1\n"
	"  -i #pkginfo and pkgmap only\n"
	"  -n #give a new instance name where one is taken\n"
	"  -o #overwrite\n"
	"  -s #dstdev is to be a datastream\n"
	"  -z #compress it: gzip, bzip2 or xz by the suffix of dstdev, else zstd\n";

struct options {
	bool info_only, rename, overwrite, stream, compress, sign;
	const char *keystore, *alias, *passphrase, *digest;
	const char *from, *to;
	char **operands;
	size_t noperands;
};

static enum compression compression_for(const struct options *o)
{
	static const struct { const char *suffix; enum compression c; } table[] = {
		{ ".gz", COMPRESSION_GZIP }, { ".bz2", COMPRESSION_BZIP2 },
		{ ".xz", COMPRESSION_XZ },
	};
	size_t i;

	if (!o->compress)
		return COMPRESSION_NONE;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (str_has_suffix(o->to, table[i].suffix))
			return table[i].c;
	return COMPRESSION_ZSTD;
}

static void show_package(const struct package *p, void *ctx)
{
	(void)ctx;
	say_err("Transferring <%s> package instance\n", p->dirname);
}

/* In the order of the operands; `all` and wildcards in that of the medium. */
static size_t order_items(struct arena *a, const struct medium *m, const struct options *o,
			  const bool *wanted, struct stream_item **ret)
{
	size_t n = medium_count(m), i, j, k = 0;
	struct stream_item *items = arena_calloc(a, n, sizeof(*items));
	bool *taken = arena_calloc(a, n, sizeof(*taken));

	for (i = 0; i < o->noperands; i++)
		for (j = 0; j < n; j++)
			if (!taken[j] && operand_matches(o->operands[i],
							 medium_package(m, j)->dirname)) {
				taken[j] = true;
				items[k++] = (struct stream_item){ .m = m, .index = j };
			}
	for (j = 0; j < n; j++)
		if (wanted[j] && !taken[j])
			items[k++] = (struct stream_item){ .m = m, .index = j };
	*ret = items;
	return k;
}

/* The same packages signed at a time given give the same signature (with an RSA key). */
static int64_t signing_time(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t t;

	return epoch != NULL && str_to_i64(epoch, strlen(epoch), &t) ? t : (int64_t)time(NULL);
}

static int write_stream(const struct options *o, int fd, const struct stream_item *items,
			size_t n, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct stream_write_options wo = { .compression = compression_for(o),
					   .progress = show_package,
					   .signed_at = signing_time() };
	int rc = 0;

	if (o->sign)
		rc = keystore_signer(a, o->keystore, o->alias, o->passphrase, o->digest,
				     &wo.signer, e);
	if (rc == 0)
		rc = stream_write(fd, o->to, items, n, &wo, e);
	signer_free(wo.signer);
	return rc;
}

/* What a signal has to clean up while a stream is written, which can take minutes. */
static char *volatile unfinished;

static void on_signal(int sig)
{
	(void)sig;
	if (unfinished != NULL)
		(void)unlink(unfinished);
	_exit(3);
}

static void die_by_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &sa, NULL); /* can't fail for these */
}

/* Under a private name beside the file, then renamed. */
static int write_file(const struct options *o, const struct stream_item *items, size_t n,
		      struct error *e)
{
	AUTO_FREE char *temp = NULL;
	AUTO_FD int fd = -EBADF;
	uint64_t random;
	int rc;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return error_errno(e, errno, "cannot get random bytes");
	if (asprintf(&temp, "%s.%016llx", o->to, (unsigned long long)random) < 0)
		abort();
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(e, errno, "cannot create '%s'", o->to);
	unfinished = temp;
	die_by_signals();
	rc = write_stream(o, fd, items, n, e);
	if (rc == 0 && close(TAKE_FD(fd)) < 0)
		rc = error_errno(e, errno, "cannot write '%s'", o->to);
	if (rc == 0 && rename(temp, o->to) < 0)
		rc = error_errno(e, errno, "cannot rename to '%s'", o->to);
	if (rc < 0)
		(void)unlink(temp); /* ours, and useless now */
	unfinished = NULL;
	return rc;
}

/* A pipe or a device is written as it stands. */
static int to_stream(const struct options *o, const struct stream_item *items, size_t n,
		     struct error *e)
{
	AUTO_FD int fd = -EBADF;
	struct stat st;

	if (stat(o->to, &st) < 0 || S_ISREG(st.st_mode))
		return write_file(o, items, n, e);
	fd = open(o->to, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(e, errno, "cannot open '%s'", o->to);
	return write_stream(o, fd, items, n, e);
}

static int check_devices(const struct options *o, const struct medium *m, struct error *e)
{
	struct stat from, to;

	if (o->stream && medium_kind(m) == MEDIUM_STREAM && !o->compress && !o->sign)
		return error_set(e, E_USAGE, "both source and destination devices cannot be a "
				 "datastream");
	if (o->stream && o->info_only)
		return error_set(e, E_USAGE, "a datastream cannot hold pkginfo and pkgmap alone");
	if (stat(o->from, &from) == 0 && stat(o->to, &to) == 0 && from.st_dev == to.st_dev &&
	    from.st_ino == to.st_ino)
		return error_set(e, E_USAGE, "source and destination represent the same device");
	return 0;
}

static bool any_wanted(const struct medium *m, const bool *wanted)
{
	size_t i = 0;

	while (i < medium_count(m) && !wanted[i])
		i++;
	return i < medium_count(m);
}

static int transfer(const struct options *o, const struct medium *m, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct transfer t = { .from = m, .directory = o->to, .overwrite = o->overwrite,
			      .rename = o->rename, .info_only = o->info_only };
	struct stream_item *items;
	bool *wanted, broken;
	size_t n;
	int rc = check_devices(o, m, e);

	if (rc == 0)
		rc = keystore_check_intact(a, m, e);
	if (rc == 0)
		rc = transfer_select(a, m, o->operands, o->noperands, &wanted, e);
	if (rc < 0)
		return rc;
	broken = transfer_leave_broken(m, wanted);
	if (broken && !any_wanted(m, wanted))
		return 1;
	if (!o->stream) {
		t.wanted = wanted;
		rc = transfer_to_spool(&t, e);
	} else {
		n = order_items(a, m, o, wanted, &items);
		rc = to_stream(o, items, n, e);
	}
	return rc < 0 || !broken ? rc : 1;
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+inoszgk:a:P:H:")) != -1) {
		switch (c) {
		case 'g': o->sign = o->stream = true; break;
		case 'k': o->keystore = optarg; break;
		case 'a': o->alias = optarg; break;
		case 'P': o->passphrase = optarg; break;
		case 'H': o->digest = optarg; break;
		case 'i': o->info_only = true; break;
		case 'n': o->rename = true; break;
		case 'o': o->overwrite = true; break;
		case 's': o->stream = true; break;
		case 'z': o->compress = o->stream = true; break;
		default: return say_usage(usage_lines);
		}
	}
	if (argc - optind < 2 || o->sign != (o->keystore != NULL))
		return say_usage(usage_lines);
	o->from = device_path(argv[optind]);
	o->to = device_path(argv[optind + 1]);
	o->operands = argv + optind + 2;
	o->noperands = (size_t)(argc - optind - 2);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .digest = "sha256" };
	struct error e = ERROR_INIT;
	struct medium *m = NULL;
	int rc;

	say_program("pkgtrans");
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc;
	signals_install();
	rc = medium_open_each(AT_FDCWD, o.from, MEDIUM_ALL, &m, &e);
	if (rc == 0)
		rc = transfer(&o, m, &e);
	medium_close(m);
	if (rc >= 0)
		return rc;
	say_error("unable to complete package transfer\n    - %s", e.text);
	return rc == -E_INTERRUPTED ? 3 : 1;
}
