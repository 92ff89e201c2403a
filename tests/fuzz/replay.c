/*
 * A main() for fuzz targets, where libFuzzer brings none.
 *
 *	NAME_fuzz [-m] [-t SECONDS] [-s SEED] [-o FILE] FILE|DIRECTORY...
 *
 * Runs the target once over each input. With -m also over some hundred damaged copies of
 * each, always the same: cut off at every k-th byte, and a byte changed here and there.
 * With -t it then mutates them at random for that long. What made the target crash or take
 * over ten seconds is written to FILE ("crash-input").
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)
#define SECONDS_PER_INPUT 10

struct input {
	uint8_t *data;
	size_t len;
};

static struct input *corpus;
static size_t ncorpus;
static const char *crash_path = "crash-input";
static const uint8_t *current;
static size_t current_len;
static uint64_t rng_state;

/* Async-signal-safe: the heap may be what broke. */
static void write_current(int sig)
{
	int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, current, current_len) != (ssize_t)current_len)
		_exit(125);
	(void)!write(2, "the input is in ", 16);
	(void)!write(2, crash_path, strlen(crash_path));
	(void)!write(2, sig == SIGALRM ? " (it hangs)\n" : "\n", sig == SIGALRM ? 12 : 1);
	_exit(124);
}

/* A copy of exactly that size, so that ASan sees a read behind its end. */
static void run_one(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	if (len > 0)
		memcpy(copy, data, len);
	current = data;
	current_len = len;
	(void)alarm(SECONDS_PER_INPUT);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void load_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input in, *more;

	in.data = malloc(INPUT_MAX);
	if (f == NULL || in.data == NULL) {
		perror(path);
		exit(2);
	}
	in.len = fread(in.data, 1, INPUT_MAX, f);
	(void)fclose(f);
	in.data = realloc(in.data, in.len > 0 ? in.len : 1);
	more = realloc(corpus, (ncorpus + 1) * sizeof(*corpus));
	if (in.data == NULL || more == NULL)
		abort();
	corpus = more;
	corpus[ncorpus++] = in;
}

static void load(const char *path)
{
	struct dirent **names;
	struct stat st;
	int i, n;

	if (stat(path, &st) < 0) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		load_file(path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		char sub[4096];

		(void)snprintf(sub, sizeof(sub), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			load(sub);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* xorshift64*: the same seed finds the same again. */
static uint64_t rng(uint64_t below)
{
	rng_state ^= rng_state >> 12;
	rng_state ^= rng_state << 25;
	rng_state ^= rng_state >> 27;
	return (rng_state * 2685821657736338717ULL >> 16) % below;
}

static void mutate_span(uint8_t *buf, size_t *len)
{
	size_t at = rng(*len), n = 1 + rng(*len - at), to = rng(*len);

	if (rng(2) == 0) {			/* take out */
		memmove(buf + at, buf + at + n, *len - at - n);
		*len -= n;
	} else if (*len + n <= INPUT_MAX) {	/* repeat elsewhere */
		uint8_t *copy = malloc(n);

		if (copy == NULL)
			abort();
		memcpy(copy, buf + at, n);
		memmove(buf + to + n, buf + to, *len - to);
		memcpy(buf + to, copy, n);
		free(copy);
		*len += n;
	}
}

static void mutate(uint8_t *buf, size_t *len)
{
	static const char *const words[] = { "0", "-1", "4294967296", "9223372036854775807",
		"18446744073709551616", "/", "..", "=", " ", "\n", "\t", "%s", "\xff\xfe" };
	const struct input *other;
	const char *w;
	size_t n;

	switch (rng(6)) {
	case 0:
		buf[rng(*len)] ^= (uint8_t)(1 << rng(8));
		break;
	case 1:
		buf[rng(*len)] = (uint8_t)rng(256);
		break;
	case 2:
		w = words[rng(sizeof(words) / sizeof(words[0]))];
		n = strlen(w) < *len ? strlen(w) : *len;
		memcpy(buf + rng(*len - n + 1), w, n);
		break;
	case 3:
		*len = 1 + rng(*len);
		break;
	case 4:					/* the end of another one */
		other = &corpus[rng(ncorpus)];
		n = other->len > 0 ? rng(other->len) : 0;
		if (*len + n <= INPUT_MAX && n > 0) {
			memcpy(buf + *len, other->data + other->len - n, n);
			*len += n;
		}
		break;
	default:
		mutate_span(buf, len);
	}
}

static unsigned long fuzz(unsigned seconds)
{
	uint8_t *buf = malloc(INPUT_MAX);
	time_t end = time(NULL) + seconds;
	unsigned long runs = 0;

	if (buf == NULL)
		abort();
	while (time(NULL) < end) {
		const struct input *in = &corpus[rng(ncorpus)];
		size_t len = in->len;
		uint64_t times = 1 + rng(8);

		memcpy(buf, in->data, len);
		while (times-- > 0 && len > 0)
			mutate(buf, &len);
		run_one(buf, len);
		runs++;
	}
	free(buf);
	return runs;
}

/* Large inputs are damaged less often: each copy costs a whole parse. */
static size_t copies_of(size_t len)
{
	size_t n = ((size_t)32 << 20) / (len + 1);

	return n < 16 ? 16 : n > 160 ? 160 : n;
}

static unsigned long damage(const struct input *in)
{
	static const uint8_t bytes[] = { 0, '\n', ' ', '=', '/', '0', '9', 0x7f, 0x80, 0xff };
	size_t n = copies_of(in->len), step = in->len / n + 1, at, runs = 0;
	uint8_t old;

	for (at = 0; at < in->len; at += step, runs++)
		run_one(in->data, at);
	for (at = 0; at < in->len; at += step, runs += 2) {
		size_t place = at + rng(step < in->len - at ? step : in->len - at);

		old = in->data[place];
		in->data[place] = bytes[rng(sizeof(bytes))];
		run_one(in->data, in->len);
		in->data[place] = old ^ (uint8_t)(1 << rng(8));
		run_one(in->data, in->len);
		in->data[place] = old;
	}
	return runs;
}

int main(int argc, char **argv)
{
	unsigned seconds = 0;
	unsigned long runs = 0;
	int damaged = 0, opt;
	size_t i;

	rng_state = 88172645463325252ULL;
	while ((opt = getopt(argc, argv, "mt:s:o:")) != -1) {
		if (opt == 'm')
			damaged = 1;
		else if (opt == 't')
			seconds = (unsigned)strtoul(optarg, NULL, 10);
		else if (opt == 's')
			rng_state += strtoull(optarg, NULL, 10) * 0x9e3779b97f4a7c15ULL;
		else if (opt == 'o')
			crash_path = optarg;
		else
			return 2;
	}
	(void)signal(SIGABRT, write_current);
	(void)signal(SIGALRM, write_current);
	for (; optind < argc; optind++)
		load(argv[optind]);
	for (i = 0; i < ncorpus; i++)
		run_one(corpus[i].data, corpus[i].len);
	for (i = 0; damaged && i < ncorpus; i++)
		runs += damage(&corpus[i]);
	if (seconds > 0 && ncorpus > 0)
		runs += fuzz(seconds);
	(void)alarm(0);
	printf("%zu inputs, %lu mutations\n", ncorpus, runs);
	for (i = 0; i < ncorpus; i++)
		free(corpus[i].data);
	free(corpus);
	return 0;
}
