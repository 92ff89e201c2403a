/* The packages of a run, in order. */
#include "tools/common/queue.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "commpkg/response.h"
#include "formats/cleanup.h"
#include "tools/common/menu.h"
#include "tools/common/operand.h"
#include "tools/common/outcome.h"
#include "tools/common/say.h"

/* What is no datastream, or none that can be listed (svr4.md 13.4). */
static int not_a_stream(const char *device, bool noninteractive, struct error *e)
{
	if (medium_probe(AT_FDCWD, device, NULL) <= 0 ||
	    strstr(e->text, "in the datastream header: ") != NULL)
		say_error("attempt to process datastream failed\n"
			  "    - bad format in datastream table-of-contents");
	else if (!noninteractive || isatty(STDERR_FILENO) != 0)
		say_failure(e); /* more than SVR4 says to a program */
	say_error("could not process datastream from <%s>", device);
	return OUTCOME_INTERNAL;
}

int queue_open(const char *device, bool noninteractive, struct medium **ret)
{
	struct error e = ERROR_INIT;

	if (medium_open_each(AT_FDCWD, device, MEDIUM_ALL, ret, &e) == 0)
		return 0;
	if (!response_is_directory(device) && e.code != E_DIGEST)
		return not_a_stream(device, noninteractive, &e);
	say_failure(&e);
	return OUTCOME_FAILED;
}

static bool in_categories(const struct package *p, const char *categories)
{
	char *copy = xstrdup(categories), *save = NULL, *word;
	bool found = false;

	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save))
		found = found || word_in_list(word, p->category, true);
	free(copy);
	return found;
}

/* Those that an operand means, if its category is wanted. */
static int queue_operand(const struct medium *m, const struct queue_wish *w,
			 const char *operand, bool *taken, struct queue *q, struct error *e)
{
	bool found = false;
	size_t i;

	for (i = 0; i < medium_count(m); i++) {
		const struct package *p = medium_package(m, i);

		if (!operand_matches(operand, p->dirname))
			continue;
		found = true;
		if (!taken[i] && (w->categories == NULL || in_categories(p, w->categories)))
			q->v[q->n++] = i;
		taken[i] = true;
	}
	if (!found)
		return error_set(e, E_NOT_FOUND, "no package associated with <%s>", operand);
	return 0;
}

/* A menu, when nobody said which. */
static int queue_menu(struct arena *a, const struct medium *m, struct queue *q, struct error *e)
{
	size_t n = medium_count(m), i;
	struct menu_entry *v = arena_calloc(a, n + 1, sizeof(*v));
	bool *picked = arena_calloc(a, n + 1, sizeof(*picked));
	struct menu menu;

	for (i = 0; i < n; i++) {
		const struct package *p = medium_package(m, i);

		v[i] = (struct menu_entry){ p->dirname, p->title, p->arch, p->version };
	}
	menu = menu_of_packages(v, n);
	if (menu_choose(a, &menu, picked) == 0)
		return error_set(e, E_INTERRUPTED, "nothing was chosen");
	for (i = 0; i < n; i++)
		if (picked[i])
			q->v[q->n++] = i;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* A stream is taken in its own order, whatever the order of the names. */
int queue_choose(struct arena *a, const struct medium *m, const struct queue_wish *w,
		 struct queue *ret, struct error *e)
{
	bool *taken = arena_calloc(a, medium_count(m) + 1, sizeof(*taken));
	size_t i;
	int rc = 0;

	*ret = (struct queue){ .v = arena_calloc(a, medium_count(m) + 1, sizeof(*ret->v)) };
	if (w->noperands == 0 && w->categories == NULL && !w->noninteractive)
		return queue_menu(a, m, ret, e);
	if (w->noperands == 0)
		rc = queue_operand(m, w, "all", taken, ret, e);
	for (i = 0; rc == 0 && i < w->noperands; i++)
		rc = queue_operand(m, w, w->operands[i], taken, ret, e);
	if (rc < 0)
		return rc;
	if (medium_kind(m) == MEDIUM_STREAM)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_number);
	return 0;
}

/* A script wants the machine restarted first. */
static void say_suspended(const struct package *p)
{
	say_err("Installation of <%s> has been suspended.\n", p->dirname);
}

int queue_run(const struct medium *m, const struct queue *q, bool noninteractive,
	      int (*each)(const void *ctx, const struct package *p), const void *ctx)
{
	struct outcome_counts counts = { .seen = { 0 } };
	size_t i;

	for (i = 0; i < q->n; i++) {
		const struct package *p = medium_package(m, q->v[i]);
		int result;

		if (counts.reboot_now) {
			say_suspended(p);
			continue;
		}
		result = each(ctx, p);
		outcome_count(&counts, result);
		if (i + 1 < q->n && !counts.reboot_now &&
		    !outcome_goes_on(result, noninteractive, 0))
			break;
	}
	return outcome_status(&counts);
}
