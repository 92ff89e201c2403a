/* The long listing of pkgchk -l. */
#include "tools/common/check.h"

#include <time.h>

#include "tools/common/say.h"

static const char *type_words(char ftype)
{
	switch (ftype) {
	case 'f': return "regular file";
	case 'e': return "editted file"; /* as it is spelt everywhere else */
	case 'v': return "volatile file";
	case 'd': return "directory";
	case 'x': return "exclusive directory";
	case 'p': return "named pipe";
	case 'c': return "character special device";
	case 'b': return "block special device";
	case 's': return "symbolic link";
	case 'l': return "linked file";
	case 'i': return "installation file";
	default: return "unknown";
	}
}

static void list_number(const char *what, uint32_t n)
{
	if (n == NUM_UNSET)
		say_out("%s: ?\n", what);
	else
		say_out("%s: %u\n", what, n);
}

static void list_attributes(const struct check_object *o)
{
	if (o->ftype == 'c' || o->ftype == 'b') {
		list_number("Major device number", o->major);
		list_number("Minor device number", o->minor);
	}
	if (o->mode == MODE_UNSET)
		say_out("Expected mode: ?\n");
	else
		say_out("Expected mode: %04o\n", o->mode);
	say_out("Expected owner: %s\nExpected group: %s\n", o->owner != NULL ? o->owner : "?",
		o->group != NULL ? o->group : "?");
}

/* Of an editable file nothing is expected of the contents. */
static void list_contents(const struct check_object *o)
{
	char buf[64] = "?";
	time_t t = (time_t)o->mtime;
	struct tm tm;

	if (strchr("fvi", o->ftype) == NULL || !o->has_content)
		return;
	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(buf, sizeof(buf), "%b %d %H:%M:%S %Y", &tm);
	say_out("Expected file size (bytes): %llu\nExpected sum(1) of contents: %u\n"
		"Expected last modification: %s\n", (unsigned long long)o->size, o->sum, buf);
}

static const char *status_words(const struct check_object *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (o->statuses[i] != ' ')
			return "partially installed";
	return "installed";
}

void check_list(const struct check *c, const struct check_object *o)
{
	size_t i;

	say_out("Pathname: %s%s%s\nType: %s\n", c->prefix, c->root != NULL ? "/" : "", o->path,
		type_words(o->ftype));
	if (o->ftype == 's' || o->ftype == 'l') {
		/* a hard link leads to a name in the root, a symbolic one is text */
		say_out("Source of link: %s%s\n", o->ftype == 'l' && o->target[0] == '/' ?
			c->prefix : "", o->target);
	} else {
		if (o->ftype != 'i')
			list_attributes(o);
		list_contents(o);
	}
	if (o->n > 0) {
		say_out("Referenced by the following packages:\n\t");
		for (i = 0; i < o->n; i++)
			say_out("%-15s", o->instances[i]);
		say_out("\nCurrent status: %s\n", status_words(o));
	}
	say_out("\n");
}
