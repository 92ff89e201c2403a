/* Menus of packages. */
#include "tools/common/menu.h"

#include <string.h>

#include "formats/str.h"
#include "tools/common/ask.h"
#include "tools/common/say.h"

struct menu menu_of_packages(const struct menu_entry *v, size_t n)
{
	return (struct menu){
		.header = "The following packages are available:",
		.prompt = "Select package(s) you wish to process (or 'all' to process\n"
			  "all packages). (default: all)",
		.help = "Please enter the package instances you wish to process from the list "
			"provided (or 'all' to process all packages.)",
		.many = true, .v = v, .n = n,
	};
}

static int width_of(const struct menu *m)
{
	size_t i, width = 8;

	for (i = 0; i < m->n; i++)
		if (strlen(m->v[i].name) > width)
			width = strlen(m->v[i].name);
	return (int)width;
}

static void show(const struct menu *m)
{
	int width = width_of(m);
	size_t i;

	say_err("\n%s\n", m->header);
	for (i = 0; i < m->n; i++)
		say_err("%3zu  %-*s     %s\n     %-*s     (%s) %s\n", i + 1, width, m->v[i].name,
			m->v[i].title, width, "", m->v[i].arch, m->v[i].version);
}

/* The entry that a word names, or n. */
static size_t find(const struct menu *m, const char *word)
{
	size_t len = strlen(word), found = m->n, i;
	uint64_t number;

	if (str_to_u64(word, len, 10, m->n, &number))
		return number > 0 ? (size_t)number - 1 : m->n;
	for (i = 0; i < m->n; i++)
		if (str_eq(word, m->v[i].name))
			return i;
	for (i = 0; i < m->n; i++) {
		if (strncmp(word, m->v[i].name, len) != 0)
			continue;
		if (found < m->n)
			return m->n; /* of two */
		found = i;
	}
	return found;
}

static bool pick(struct arena *a, const struct menu *m, const char *answer, bool *picked)
{
	char *text = arena_strdup(a, answer), *save = NULL, *word;
	size_t n = 0;

	memset(picked, 0, m->n * sizeof(*picked));
	for (word = strtok_r(text, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save)) {
		size_t i = find(m, word);

		if (m->many && str_eq(word, "all")) {
			memset(picked, 1, m->n * sizeof(*picked));
			return true;
		}
		if (i == m->n)
			return false;
		picked[i] = true;
		n++;
	}
	return n == 1 || (n > 1 && m->many);
}

static const char mismatch[] =
	"ERROR: Entry does not match available menu selection. Enter the number of the menu item "
	"you wish to select, the token which is associated with the menu item, or a partial string "
	"which uniquely identifies the token for the menu item. Enter ?? to reprint the menu.";

int menu_choose(struct arena *a, const struct menu *m, bool *picked)
{
	show(m);
	for (;;) {
		const char *answer = ask_word(a, m->prompt, "?,??,q", m->many ? "all" : NULL);

		if (answer == NULL)
			return 0;
		if (str_eq(answer, "??"))
			show(m);
		else if (str_eq(answer, "?"))
			say_paragraph("%s", m->help);
		else if (pick(a, m, answer, picked))
			return 1;
		else
			say_paragraph("%s", mismatch);
	}
}
