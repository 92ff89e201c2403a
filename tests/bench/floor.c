/*
 * floor: the least an installer can do with real packages.
 *
 *   floor [-hrs] [-j N] DIR ARCHIVE...
 *
 * Unpacks .tar.zst archives (one per package) below DIR, N of them at a time,
 * with no database, no checks, no scripts: decompress, write, chmod, chown,
 * set times.  What a package manager takes beyond this is its own cost.
 *
 *   -h   SHA-256 the compressed archive and every file (verify while unpacking)
 *   -r   write under a temporary name, then rename
 *   -s   one syncfs at the end
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <zstd.h>

static int top, opt_h, opt_r, opt_s, opt_j = 1;
static char **arch;
static int narch;
static atomic_int next_arch;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct in {
	ZSTD_DStream *z;
	ZSTD_inBuffer in;
	char *buf;
	size_t cap, pos, len;
};

/* the next k <= *n bytes in one piece, 0 at the end */
static size_t take(struct in *s, char **p, size_t n)
{
	size_t k;

	while (s->pos == s->len) {
		ZSTD_outBuffer o = { s->buf, s->cap, 0 };
		size_t r;

		if (s->in.pos == s->in.size)
			return 0;
		r = ZSTD_decompressStream(s->z, &o, &s->in);
		if (ZSTD_isError(r)) {
			fprintf(stderr, "floor: %s\n", ZSTD_getErrorName(r));
			exit(1);
		}
		s->pos = 0;
		s->len = o.pos;
	}
	k = s->len - s->pos < n ? s->len - s->pos : n;
	*p = s->buf + s->pos;
	s->pos += k;
	return k;
}

static int block(struct in *s, char *hdr)
{
	size_t got = 0;

	while (got < 512) {
		char *p;
		size_t k = take(s, &p, 512 - got);

		if (k == 0)
			return 0;
		memcpy(hdr + got, p, k);
		got += k;
	}
	return 1;
}

static long long num(const char *p, int n)
{
	long long v = 0;

	if ((unsigned char)p[0] & 0x80) {
		for (int i = 1; i < n; i++)
			v = v << 8 | (unsigned char)p[i];
		return v;
	}
	for (int i = 0; i < n && p[i]; i++)
		if (p[i] >= '0' && p[i] <= '7')
			v = v * 8 + p[i] - '0';
	return v;
}

static void unpack(const char *file, EVP_MD_CTX *c)
{
	struct stat st;
	struct in s = { .cap = 1 << 20 };
	char hdr[512], name[4096], longname[4096] = "", longlink[4096] = "", tmp[4200];
	unsigned char md[32];
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		die(file);
	s.in.src = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (s.in.src == MAP_FAILED)
		die("mmap");
	s.in.size = st.st_size;
	close(fd);
	if (opt_h) {
		EVP_DigestInit_ex(c, EVP_sha256(), NULL);
		EVP_DigestUpdate(c, s.in.src, s.in.size);
		EVP_DigestFinal_ex(c, md, NULL);
	}
	s.buf = malloc(s.cap);
	s.z = ZSTD_createDStream();
	while (block(&s, hdr)) {
		long long size = num(hdr + 124, 12), left;
		unsigned mode = num(hdr + 100, 8) & 07777;
		struct timespec ts[2] = { { num(hdr + 136, 12), 0 }, { num(hdr + 136, 12), 0 } };
		char type = hdr[156], *p;
		size_t k;

		if (hdr[0] == '\0')
			continue;
		if (type == 'L' || type == 'K') {
			char *d = type == 'L' ? longname : longlink;
			size_t n = 0;

			for (left = (size + 511) & ~511LL; left > 0; left -= k) {
				if ((k = take(&s, &p, left)) == 0)
					die("short");
				for (size_t i = 0; i < k && n < 4095; i++)
					d[n++] = p[i];
			}
			d[n < (size_t)size ? n : (size_t)size] = '\0';
			continue;
		}
		if (longname[0] != '\0')
			strcpy(name, longname);
		else
			snprintf(name, sizeof name, "%.100s", hdr);
		if (longlink[0] == '\0')
			snprintf(longlink, sizeof longlink, "%.100s", hdr + 157);
		if (type == '5') {
			if (mkdirat(top, name, mode) < 0 && errno != EEXIST)
				die(name);
		} else if (type == '2') {
			if (symlinkat(longlink, top, name) < 0)
				die(name);
			if (fchownat(top, name, 0, 0, AT_SYMLINK_NOFOLLOW) < 0 ||
			    utimensat(top, name, ts, AT_SYMLINK_NOFOLLOW) < 0)
				die(name);
		} else if (type == '1') {
			if (linkat(top, longlink, top, name, 0) < 0)
				die(name);
		} else if (type == '0' || type == '\0') {
			char *out = name;

			if (opt_r) {
				snprintf(tmp, sizeof tmp, "%s.new", name);
				out = tmp;
			}
			if ((fd = openat(top, out, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)) <
			    0)
				die(out);
			if (opt_h)
				EVP_DigestInit_ex(c, EVP_sha256(), NULL);
			for (left = size; left > 0; left -= k) {
				if ((k = take(&s, &p, left)) == 0)
					die("short");
				if (opt_h)
					EVP_DigestUpdate(c, p, k);
				for (size_t o = 0; o < k;) {
					ssize_t w = write(fd, p + o, k - o);

					if (w <= 0)
						die("write");
					o += w;
				}
			}
			if (opt_h)
				EVP_DigestFinal_ex(c, md, NULL);
			if (fchown(fd, 0, 0) < 0 || fchmod(fd, mode) < 0 || futimens(fd, ts) < 0 ||
			    close(fd) < 0)
				die(out);
			if (opt_r && renameat(top, tmp, top, name) < 0)
				die(name);
			for (left = (512 - size % 512) % 512; left > 0; left -= k)
				if ((k = take(&s, &p, left)) == 0)
					die("short");
		}
		longname[0] = longlink[0] = '\0';
	}
	ZSTD_freeDStream(s.z);
	free(s.buf);
	munmap((void *)s.in.src, s.in.size);
}

static void *worker(void *arg)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int i;

	(void)arg;
	while ((i = atomic_fetch_add(&next_arch, 1)) < narch)
		unpack(arch[i], c);
	EVP_MD_CTX_free(c);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[64];
	int o;

	while ((o = getopt(argc, argv, "hrsj:")) != -1)
		switch (o) {
		case 'h':
			opt_h = 1;
			break;
		case 'r':
			opt_r = 1;
			break;
		case 's':
			opt_s = 1;
			break;
		case 'j':
			opt_j = atoi(optarg);
			break;
		default:
			goto usage;
		}
	if (argc - optind < 2 || opt_j < 1 || opt_j > 64)
		goto usage;
	umask(0);
	if ((top = open(argv[optind], O_RDONLY | O_DIRECTORY)) < 0)
		die(argv[optind]);
	arch = argv + optind + 1;
	narch = argc - optind - 1;
	for (int i = 0; i < opt_j; i++)
		pthread_create(&t[i], NULL, worker, NULL);
	for (int i = 0; i < opt_j; i++)
		pthread_join(t[i], NULL);
	if (opt_s && syncfs(top) < 0)
		die("syncfs");
	return 0;
usage:
	fprintf(stderr, "usage: floor [-hrs] [-j N] DIR ARCHIVE...\n");
	return 2;
}
