/* What would be in force for a root, found out by trying. */
#include "cage_internal.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "formats/cleanup.h"

/* File systems that can't be an upper layer: no whiteouts, or no attributes. */
static const char *unsuitable(struct root *root)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} table[] = {
		{ OVERLAYFS_SUPER_MAGIC, "overlayfs" }, { NFS_SUPER_MAGIC, "NFS" },
		{ CIFS_SUPER_MAGIC, "CIFS" }, { SMB2_SUPER_MAGIC, "SMB" },
		{ MSDOS_SUPER_MAGIC, "FAT" }, { EXFAT_SUPER_MAGIC, "exFAT" },
		{ V9FS_MAGIC, "9p" }, { ECRYPTFS_SUPER_MAGIC, "eCryptfs" },
	};
	struct statfs st;

	if (fstatfs(tree_fd(root->tree), &st) < 0)
		return NULL; /* then the attempt itself will tell */
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if ((uint32_t)st.f_type == table[i].magic)
			return table[i].name;
	return NULL;
}

static int try_cage(struct arena *a, const struct cage *c, unsigned *ret_layers,
		    struct error *e)
{
	struct cage_plan plan;
	struct cage_process process;
	struct cage_end end;
	int rc = cage_plan_make(a, c, &plan, e);

	plan.probe = true;
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
	if (try_cage(a, c, &ret->layers, NULL) < 0)
		ret->layers = 0;
}

void cage_probe(struct arena *a, struct root *root, struct cage_report *ret)
{
	AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* As for a stage: a live root's scripts would not be caged at all otherwise. */
	struct cage c = { .root = root, .policy = CAGE_TRY, .read_only = true, .in_fd = null,
			  .out_fd = null };
	const char *bad = unsuitable(root);
	struct error e = ERROR_INIT;

	*ret = (struct cage_report){ .why = NULL };
	if (try_cage(a, &c, &ret->layers, &e) < 0) {
		ret->why = arena_strdup(a, e.text);
		probe_plain(a, &c, ret);
	} else if (bad != NULL) {
		ret->why = arena_printf(a, "the root is on %s, which can't catch writes", bad);
	} else if ((ret->layers & CAGE_OVERLAY) == 0) {
		ret->why = "no overlay file system can be mounted over the root here";
	}
	if (ret->why != NULL)
		ret->layers &= ~(unsigned)CAGE_OVERLAY;
	ret->can_stage = ret->why == NULL;
	ret->words = cage_words(a, ret->layers);
}
