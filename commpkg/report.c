/* The only voice: every line is formatted, escaped, and then painted. */
#include "report.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "formats/str.h"
#include "places.h"
#include "signals.h"

#define BAR_WIDTH 30
#define BAR_AROUND 19		/* "  stage    [] 100%" and the cursor */
#define BAR_INTERVAL_NS 100000000LL

static struct {
	struct report_options o;
	struct report_sink sink;
	bool utf8;
	bool color_out, color_err;	/* stdout, stderr */
	bool bars;			/* stderr is a terminal */
	bool bar_shown;
	bool muted;			/* lines of result */
	int64_t bar_time;		/* monotonic, of the last drawing */
	int lost;			/* errno of the first line that did not reach stdout */
} voice = { .o = { .program = "commpkg" } };

static const char *const marks_utf8[] = {
	[MARK_OK] = "✓", [MARK_WARN] = "!", [MARK_BAD] = "✗", [MARK_ARROW] = "→",
	[MARK_UNKNOWN] = "?", [MARK_NONE] = " ",
};
static const char *const marks_ascii[] = {
	[MARK_OK] = "ok", [MARK_WARN] = "!", [MARK_BAD] = "x", [MARK_ARROW] = "->",
	[MARK_UNKNOWN] = "?", [MARK_NONE] = " ",
};
static const char *const paints[] = {
	[MARK_OK] = "\033[32m", [MARK_WARN] = "\033[33m", [MARK_BAD] = "\033[31m",
	[MARK_ARROW] = "", [MARK_UNKNOWN] = "\033[36m", [MARK_NONE] = "",
};
#define PAINT_BOLD "\033[1m"
#define PAINT_END "\033[0m"

/* https://no-color.org: any value but the empty one. */
static bool color_wanted(enum report_color c, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (c != COLOR_AUTO)
		return c == COLOR_ALWAYS;
	return isatty(fd) && (no == NULL || *no == '\0') && term != NULL &&
	       !str_eq(term, "dumb");
}

void report_init(const struct report_options *o)
{
	places_standard();
	(void)setlocale(LC_CTYPE, ""); /* on failure the C locale stays: ASCII marks */
	voice.o = *o;
	if (voice.o.program == NULL)
		voice.o.program = "commpkg";
	voice.utf8 = str_eq(nl_langinfo(CODESET), "UTF-8");
	voice.color_out = color_wanted(o->color, STDOUT_FILENO) && o->json == JSON_OFF;
	voice.color_err = color_wanted(o->color, STDERR_FILENO);
	voice.bars = isatty(STDERR_FILENO) && !o->quiet && o->json == JSON_OFF;
}

void report_set_sink(const struct report_sink *sink)
{
	voice.sink = sink != NULL ? *sink : (struct report_sink){ .line = NULL };
}

const struct report_options *report_options(void)
{
	return &voice.o;
}

const char *report_symbol(enum report_mark m)
{
	return voice.utf8 ? marks_utf8[m] : marks_ascii[m];
}

static void bar_clear(void)
{
	if (voice.bar_shown)
		fputs("\r\033[K", stderr);
	voice.bar_shown = false;
}

/* Before anything goes to stderr: what was said on stdout comes before it, in a pipe too. */
static void in_order(void)
{
	bar_clear();
	report_flush();
}

void report_flush(void)
{
	if (fflush(stdout) != 0 && voice.lost == 0)
		voice.lost = errno;
}

/* One line: fmt must not hold a newline, because everything is escaped after it. */
static void line_format(struct strbuf *out, const char *fmt, va_list ap)
{
	char small[512];
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, ap);
	if (len >= 0 && (size_t)len < sizeof(small)) {
		strbuf_add_escaped(out, small);
	} else if (len >= 0) {
		char *large = xmalloc((size_t)len + 1);

		(void)vsnprintf(large, (size_t)len + 1, fmt, again);
		strbuf_add_escaped(out, large);
		free(large);
	}
	va_end(again);
}

static void line_put(const char *lead, const char *text)
{
	in_order();
	fprintf(stderr, "%s%s\n", lead, text);
}

static void tell_sink(enum report_kind kind, const char *text, const char *hint, int code)
{
	if (voice.sink.line != NULL)
		voice.sink.line(voice.sink.ctx, kind, text, hint, code);
}

static void out_line(bool bold, const char *fmt, va_list ap)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;

	line_format(&line, fmt, ap);
	tell_sink(REPORT_LINE, strbuf_str(&line), NULL, 0);
	if (voice.o.json != JSON_OFF || voice.muted)
		return;
	bold = bold && voice.color_out;
	bar_clear();
	printf("%s%s%s\n", bold ? PAINT_BOLD : "", strbuf_str(&line), bold ? PAINT_END : "");
}

void report_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_line(false, fmt, ap);
	va_end(ap);
}

static void text_line(const char *s, size_t n)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT, run = STRBUF_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] != '\t' && s[i] != '\0') {
			strbuf_addch(&run, s[i]);
			continue;
		}
		strbuf_add_escaped(&line, strbuf_str(&run));
		strbuf_reset(&run);
		strbuf_adds(&line, s[i] == '\t' ? "\t" : "\\x00");
	}
	strbuf_add_escaped(&line, strbuf_str(&run));
	printf("%s\n", strbuf_str(&line));
}

void report_text(const char *bytes, size_t len)
{
	const char *end = bytes + len;

	if (voice.o.json != JSON_OFF || voice.muted)
		return;
	bar_clear();
	if (!isatty(STDOUT_FILENO)) {
		(void)fwrite(bytes, 1, len, stdout);
		return;
	}
	while (bytes < end) {
		const char *nl = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t n = (size_t)((nl != NULL ? nl : end) - bytes);

		text_line(bytes, n);
		bytes += n + (nl != NULL);
	}
}

void report_mute(bool mute)
{
	voice.muted = mute;
}

void report_heading(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_line(true, fmt, ap);
	va_end(ap);
}

void report_marked(enum report_mark m, const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	line_format(&line, fmt, ap);
	va_end(ap);
	tell_sink(REPORT_LINE, strbuf_str(&line), NULL, 0);
	if (voice.o.json != JSON_OFF || voice.muted)
		return;
	bar_clear();
	printf("  %s%s%s %s\n", voice.color_out ? paints[m] : "", report_symbol(m),
	       voice.color_out ? PAINT_END : "", strbuf_str(&line));
}

void report_note(const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	line_format(&line, fmt, ap);
	va_end(ap);
	tell_sink(REPORT_NOTE, strbuf_str(&line), NULL, 0);
	if (!voice.o.quiet)
		line_put("", strbuf_str(&line));
}

void report_mark(enum report_mark m, const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	line_format(&line, fmt, ap);
	va_end(ap);
	tell_sink(REPORT_NOTE, strbuf_str(&line), NULL, 0);
	if (voice.o.quiet)
		return;
	in_order();
	fprintf(stderr, "  %s%s%s %s\n", voice.color_err ? paints[m] : "", report_symbol(m),
		voice.color_err ? PAINT_END : "", strbuf_str(&line));
}

void report_verbose(const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	line_format(&line, fmt, ap);
	va_end(ap);
	tell_sink(REPORT_DETAIL, strbuf_str(&line), NULL, 0);
	if (voice.o.verbose > 0 && !voice.o.quiet)
		line_put("  ", strbuf_str(&line));
}

static void stderr_message(enum report_mark m, const char *kind, const char *text)
{
	const char *paint = voice.color_err ? paints[m] : "";

	in_order();
	fprintf(stderr, "%s%s: %s%s%s\n", paint, voice.o.program, kind,
		*paint != '\0' ? PAINT_END : "", text);
}

void report_error(const struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_STRBUF struct strbuf hint = STRBUF_INIT;

	strbuf_add_escaped(&text, e->text);
	strbuf_add_escaped(&hint, e->hint);
	tell_sink(REPORT_ERROR, strbuf_str(&text), e->hint[0] != '\0' ? strbuf_str(&hint) : NULL,
		  e->code);
	stderr_message(MARK_BAD, "", strbuf_str(&text));
	if (e->hint[0] != '\0')
		line_put("  ", strbuf_str(&hint));
}

void report_warning(const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	line_format(&line, fmt, ap);
	va_end(ap);
	tell_sink(REPORT_WARNING, strbuf_str(&line), NULL, 0);
	if (!voice.o.quiet)
		stderr_message(MARK_WARN, "warning: ", strbuf_str(&line));
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail on Linux */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* 0: not known. */
static unsigned terminal_width(void)
{
	struct winsize w;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) < 0 ? 0 : w.ws_col;
}

/* What fits into one line: a bar that wraps can't be wiped. 0: none. */
static unsigned bar_width(void)
{
	unsigned width = terminal_width();

	if (width == 0)
		return BAR_WIDTH;
	if (width < BAR_AROUND + 4)
		return 0;
	return width - BAR_AROUND < BAR_WIDTH ? width - BAR_AROUND : BAR_WIDTH;
}

/* Too soon after the last one? */
static bool bar_is_fresh(void)
{
	int64_t now = now_ns();

	if (voice.bar_shown && now - voice.bar_time < BAR_INTERVAL_NS)
		return true;
	voice.bar_time = now;
	return false;
}

void report_progress(const char *what, uint64_t done, uint64_t total)
{
	char bar[BAR_WIDTH + 1];
	unsigned percent, filled, width;

	if (!voice.bars || total == 0 || bar_is_fresh())
		return;
	if (done > total)
		done = total;
	width = bar_width();
	if (width == 0)
		return;
	percent = (unsigned)((double)done * 100 / (double)total);
	filled = percent * width / 100;
	memset(bar, ' ', width);
	memset(bar, '=', filled);
	bar[width] = '\0';
	fprintf(stderr, "\r\033[K  %-8s [%s] %3u%%", what, bar, percent);
	(void)fflush(stderr);
	voice.bar_shown = true;
}

void report_step(const char *what, unsigned percent, const char *words)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;
	unsigned width = terminal_width();
	size_t len;

	if (!voice.bars || bar_is_fresh())
		return;
	strbuf_adds(&line, "  ");
	strbuf_add_escaped(&line, what);
	strbuf_addf(&line, ": %3u%%  ", percent);
	strbuf_add_escaped(&line, words);
	len = line.len;
	if (width > 0 && len >= width) { /* bytes: at least as many as columns */
		len = width - 1;
		while (len > 0 && ((unsigned char)strbuf_str(&line)[len] & 0xc0) == 0x80)
			len--;
	}
	fprintf(stderr, "\r\033[K%.*s", (int)len, strbuf_str(&line));
	(void)fflush(stderr);
	voice.bar_shown = true;
}

void report_progress_end(const char *what, const char *result)
{
	report_note("  %-8s %s", what, result);
}

void report_prompt(const char *text)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	strbuf_add_escaped(&out, text);
	in_order();
	fputs(strbuf_str(&out), stderr);
	(void)fflush(stderr);
}

/* Until there is a line, or a signal: one that came between the last look and the wait would
 * leave us waiting, with a user who has typed ctrl-C. */
static bool wait_for_line(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t ours, was;
	int n;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &ours, &was);
	n = signals_check(NULL) < 0 ? -1 : ppoll(&in, 1, NULL, &was);
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	return n > 0;
}

int report_ask_line(const char *question, const char *hint, char *ret, size_t size,
		    struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;

	if (!isatty(STDIN_FILENO)) {
		error_set(e, E_NEEDS_ANSWER, "nobody can be asked '%s': standard input is no "
			  "terminal", question);
		return error_hint(e, "%s", hint);
	}
	strbuf_add_escaped(&text, question);
	in_order();
	fprintf(stderr, "%s ", strbuf_str(&text));
	(void)fflush(stderr);
	if (!wait_for_line() || fgets(ret, (int)size, stdin) == NULL) {
		fputc('\n', stderr);
		clearerr(stdin);
		return 0;
	}
	ret[strcspn(ret, "\n")] = '\0';
	return 1;
}

int report_ask(const char *question, const char *option, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT, hint = STRBUF_INIT;
	char answer[64];
	int rc;

	strbuf_addf(&text, "%s [y/N]", question);
	strbuf_addf(&hint, "%s answers yes", option);
	rc = report_ask_line(strbuf_str(&text), strbuf_str(&hint), answer, sizeof(answer), e);
	if (rc <= 0)
		return rc;
	return str_eq(answer, "y") || str_eq(answer, "Y") || str_eq(answer, "yes");
}

const char *report_size(uint64_t bytes, char buf[32])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes;
	size_t u = 0;

	while (v >= 1023.5 && u + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1024;
		u++;
	}
	(void)snprintf(buf, 32, u > 0 && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
	return buf;
}

int report_finish(struct error *e)
{
	bar_clear();
	report_flush();
	if (voice.lost == 0 && !ferror(stdout))
		return 0;
	return error_errno(e, voice.lost != 0 ? voice.lost : EIO,
			   "cannot write to standard output");
}
