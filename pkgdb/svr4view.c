/*
 * A line of contents, from the rows of one path.
 *
 *	path[=target] ftype class [major minor] [mode owner group] [size sum mtime] pkg...
 *
 * Source: svr4.md 10.2 and 10.3; golden ones in tests/corpus/svr4/contents. Written
 * without printf, because a root has tens of thousands of these.
 */
#include "svr4view.h"

#include <stdlib.h>

#include "formats/pkgmap.h"

static bool word_ok(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

static void add_number(struct strbuf *out, uint64_t v, unsigned base, unsigned width)
{
	char digits[24];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % base);
		v /= base;
	} while (v != 0 || sizeof(digits) - i < width);
	strbuf_add(out, digits + i, sizeof(digits) - i);
}

static void add_signed(struct strbuf *out, int64_t v)
{
	if (v < 0)
		strbuf_addch(out, '-');
	add_number(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, 1);
}

static void add_word(struct strbuf *out, const char *word)
{
	strbuf_addch(out, ' ');
	if (word != NULL && word_ok(word))
		strbuf_adds(out, word);
	else
		strbuf_addch(out, '?');
}

static void add_device(struct strbuf *out, uint32_t number)
{
	strbuf_addch(out, ' ');
	if (number == NUM_UNSET)
		strbuf_addch(out, '?');
	else
		add_number(out, number, 10, 1);
}

static void add_attributes(struct strbuf *out, const struct pkgdb_file *f)
{
	strbuf_addch(out, ' ');
	if (f->mode == MODE_UNSET)
		strbuf_addch(out, '?');
	else
		add_number(out, f->mode & 07777, 8, 4);
	add_word(out, f->owner);
	add_word(out, f->group);
}

static void add_contents(struct strbuf *out, const struct pkgdb_file *f)
{
	if (f->content_unknown) {
		strbuf_adds(out, " ? ? ?");
		return;
	}
	strbuf_addch(out, ' ');
	add_number(out, f->size, 10, 1);
	strbuf_addch(out, ' ');
	add_number(out, f->sum, 10, 1);
	strbuf_addch(out, ' ');
	add_signed(out, f->mtime);
}

/* What follows the class, by type. */
static void add_fields(struct strbuf *out, const struct pkgdb_file *f)
{
	bool link = f->ftype == 's' || f->ftype == 'l';

	if (f->ftype == 'c' || f->ftype == 'b') {
		add_device(out, f->major);
		add_device(out, f->minor);
	}
	if (!link)
		add_attributes(out, f);
	if (f->ftype == 'f' || f->ftype == 'e' || f->ftype == 'v')
		add_contents(out, f);
}

static void add_instance(struct strbuf *out, const struct pkgdb_file *f, const char *instance,
			 const char *class)
{
	strbuf_addch(out, ' ');
	if (f->status != 0)
		strbuf_addch(out, f->status);
	strbuf_adds(out, instance);
	if (strcmp(f->class, class) == 0)
		return;
	strbuf_addch(out, ':');
	strbuf_adds(out, f->class);
}

static bool line_ok(const struct pkgdb_file *const *rows, const char *const *instances, size_t n)
{
	const struct pkgdb_file *f = rows[0];
	size_t i;

	if (f->path[0] != '\0' && !word_ok(f->path))
		return false;
	if ((f->ftype == 's' || f->ftype == 'l') && (f->target == NULL || !word_ok(f->target)))
		return false;
	for (i = 0; i < n; i++)
		if (!word_ok(rows[i]->class) || !word_ok(instances[i]))
			return false;
	return true;
}

static bool came_before(const struct pkgdb_file *a, const struct pkgdb_file *b)
{
	return a->arrival != b->arrival ? a->arrival < b->arrival : a->package < b->package;
}

/* rows[1..] are in order of arrival; rows[0] goes where it belongs among them. */
static void add_instances(struct strbuf *out, const struct pkgdb_file *const *rows,
			  const char *const *instances, size_t n, const char *class)
{
	bool done = false;
	size_t i;

	for (i = 1; i < n; i++) {
		if (!done && came_before(rows[0], rows[i])) {
			add_instance(out, rows[0], instances[0], class);
			done = true;
		}
		add_instance(out, rows[i], instances[i], class);
	}
	if (!done)
		add_instance(out, rows[0], instances[0], class);
}

void svr4view_line(const struct pkgdb_file *const *rows, const char *const *instances, size_t n,
		   struct strbuf *out)
{
	const struct pkgdb_file *f = rows[0], *eldest = rows[0];

	if (!line_ok(rows, instances, n))
		return;
	if (n > 1 && came_before(rows[1], eldest))
		eldest = rows[1];
	strbuf_addch(out, '/');
	strbuf_adds(out, f->path);
	if (f->ftype == 's' || f->ftype == 'l') {
		strbuf_addch(out, '=');
		strbuf_adds(out, f->target);
	}
	strbuf_addch(out, ' ');
	strbuf_addch(out, f->ftype);
	strbuf_addch(out, ' ');
	strbuf_adds(out, eldest->class); /* field 3 is of whoever came first */
	add_fields(out, f);
	add_instances(out, rows, instances, n, eldest->class);
	strbuf_addch(out, '\n');
}
