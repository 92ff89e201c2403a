/* What would be in force for a root, found out by trying. */
#include "cage_internal.h"

#include <unistd.h>

#include "formats/cleanup.h"

static int try_cage(struct arena *a, const struct cage *c, bool in_memory, unsigned *ret_layers,
		    struct error *e)
{
	struct cage_plan plan;
	struct cage_process process;
	struct cage_end end;
	int rc = cage_plan_make(a, c, &plan, e);

	plan.probe = true;
	plan.in_memory = in_memory;
	if (rc == 0)
		rc = cage_start_plan(&plan, &process, e);
	if (rc == 0)
		rc = cage_finish(a, &process, &end, e);
	if (rc == 0)
		*ret_layers = end.layers;
	return rc;
}

/* Without namespaces scripts run with the rest. */
static void probe_plain(struct arena *a, struct cage *c, struct cage_report *ret)
{
	c->plain = true;
	if (try_cage(a, c, false, &ret->layers, NULL) < 0)
		ret->layers = 0;
}

void cage_probe(struct arena *a, struct root *root, struct cage_report *ret)
{
	AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* As for a stage: a live root's scripts would not be caged at all otherwise. */
	struct cage c = { .root = root, .policy = CAGE_TRY, .read_only = true, .in_fd = null,
			  .out_fd = null };
	const char *bad = cage_cannot_catch(root->tree);
	struct error e = ERROR_INIT;

	*ret = (struct cage_report){ .why = NULL };
	if (try_cage(a, &c, bad != NULL, &ret->layers, &e) < 0) {
		ret->why = arena_strdup(a, e.text);
		probe_plain(a, &c, ret);
	} else if ((ret->layers & CAGE_OVERLAY) == 0 && bad != NULL) {
		ret->why = arena_printf(a, "the root is on %s, which can't catch writes, and this "
					"kernel catches them nowhere else", bad);
	} else if ((ret->layers & CAGE_OVERLAY) == 0) {
		ret->why = "no overlay file system can be mounted over the root here";
	} else {
		ret->in_memory = bad;
	}
	if (ret->why != NULL)
		ret->layers &= ~(unsigned)CAGE_OVERLAY;
	ret->can_stage = ret->why == NULL;
	ret->words = cage_words(a, ret->layers);
}
