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

void cage_probe(struct arena *a, struct root *root, struct cage_report *ret)
{
	AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct cage c = { .root = root, .policy = CAGE_TRY, .in_fd = null, .out_fd = null };
	const char *bad = unsuitable(root);
	struct error e = ERROR_INIT;
	unsigned layers = 0;

	*ret = (struct cage_report){ .words = NULL };
	if (try_cage(a, &c, &layers, &e) < 0)
		ret->words = arena_strdup(a, e.text);
	else if (bad != NULL)
		ret->words = arena_printf(a, "the root is on %s, which can't catch writes", bad);
	ret->can_stage = ret->words == NULL && (layers & CAGE_OVERLAY) != 0;
	ret->layers = bad == NULL ? layers : layers & ~(unsigned)CAGE_OVERLAY;
	if (ret->words == NULL)
		ret->words = cage_words(a, layers);
}
