/*
 * How the scripts of a plan will run: staged, or on the root itself after the seal; and what
 * cages them. Found out by trying, because what a container or a kernel allows is written
 * nowhere.
 *
 *	root			staged			else
 *	/			with stage_scripts	late, uncaged
 *	another			if it can be		late, caged by what there is
 *
 * `require` takes only a whole cage over a stage; `try` takes what there is, if it keeps a
 * script in the root at all; `off` takes anything.
 */
#include "planner.h"

#include <elf.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "report.h"

#define SHELL "bin/sh"
#define MOST_LINKS 40

static const char *again(struct planner *p, const char *option)
{
	return arena_printf(p->a, "the same again with %s", option);
}

/* A postinstall may wait; what else there is makes the files. */
static const char *inside_or_later(struct planner *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->plan->nsteps; i++)
		n += p->plan->steps[i].nrun -
		     (p->plan->steps[i].step->package != NULL &&
		      plan_script(&p->plan->steps[i], "postinstall") != NULL);
	return n > 0 || p->options->first_boot ? again(p, "--script-root=host") :
	       again(p, "--script-root=host, or with --first-boot");
}

/* ---- where the root is their `/` */

/* Without `..` in it: the directory is one that no link leads to. */
static const char *normal(struct planner *p, const char *text)
{
	char *out = arena_calloc(p->a, strlen(text) + 2, 1), *end = out;

	while (*(text += strspn(text, "/")) != '\0') {
		size_t len = strcspn(text, "/");

		if (len == 2 && memcmp(text, "..", 2) == 0) {
			while (end > out && *--end != '/')
				;
		} else if (len != 1 || *text != '.') {
			*end++ = '/';
			memcpy(end, text, len);
			end += len;
		}
		*end = '\0';
		text += len;
	}
	return out;
}

/* Through links, which lead as the root sees them. */
static int find_shell(struct planner *p, struct rpath *ret, struct error *e)
{
	struct tree *root = p->root->tree;
	const char *text = SHELL, *target;
	struct stat st;
	struct rpath at;

	for (int i = 0; i < MOST_LINKS; i++) {
		int rc = rpath_parse(p->a, text, &at, e);

		if (rc == 0)
			rc = tree_canonical(root, p->a, at, &at, e);
		if (rc == 0)
			rc = tree_stat(root, at, &st, e);
		if (rc < 0 || !S_ISLNK(st.st_mode)) {
			*ret = at;
			return rc;
		}
		rc = tree_readlink(root, p->a, at, &target, e);
		if (rc < 0)
			return rc;
		text = target[0] == '/' ? target :
		       arena_printf(p->a, "%s/%s", rpath_str(rpath_parent(p->a, at)), target);
		text = normal(p, text);
	}
	return error_errno(e, ELOOP, "cannot look at '/" SHELL "'");
}

/* As the kernel has told us about itself. */
static bool runs_here(const Elf64_Ehdr *shell)
{
	const Elf64_Ehdr *here = (const void *)getauxval(AT_SYSINFO_EHDR); /* NULL: not told */

	if (memcmp(shell->e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	return here == NULL || shell->e_machine == here->e_machine ||
	       (here->e_machine == EM_X86_64 && shell->e_machine == EM_386);
}

static void check_shell(struct planner *p)
{
	struct error e = ERROR_INIT;
	AUTO_FD int fd = -EBADF;
	Elf64_Ehdr head = { .e_machine = EM_NONE };
	struct rpath shell;
	int rc = find_shell(p, &shell, &e);

	if (rc == 0)
		rc = tree_open_file(p->root->tree, shell, &fd, &e);
	if (rc < 0) {
		plan_problem(p, NULL, NULL, inside_or_later(p),
			     "scripts can't run inside of '%s': it has no shell of its own (%s)",
			     p->root->path, e.text);
		return;
	}
	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) || !runs_here(&head))
		plan_problem(p, NULL, NULL, inside_or_later(p),
			     "scripts can't run inside of '%s': its '/" SHELL "' is no program of "
			     "this machine", p->root->path);
}

/* ---- decided */

/* Of all that comes, and of the script's own writes, a quarter at least. */
static uint64_t needed_in_memory(const struct plan *plan)
{
	uint64_t bytes = 0;
	size_t i, j;

	for (i = 0; i < plan->nsteps; i++) {
		const struct mapping *m = &plan->steps[i].mapping;

		for (j = 0; plan->steps[i].step->package != NULL && j < m->n; j++)
			if (ftype_has_payload(m->v[j].entry->ftype))
				bytes += m->v[j].entry->size;
	}
	return bytes + bytes / 3;
}

static const char *no_memory(struct planner *p, const struct cage_report *r)
{
	uint64_t wanted = p->options->script_memory, need = needed_in_memory(p->plan);
	char size[32], have[32];

	p->plan->script_memory = wanted != 0 ? wanted : cage_memory_usual();
	if (wanted == PLAN_NO_MEMORY)
		return arena_printf(p->a, "the root is on %s, which can't catch writes, and "
				    "--script-memory is none", r->in_memory);
	if (need <= p->plan->script_memory)
		return NULL;
	return arena_printf(p->a, "the root is on %s, which can't catch writes, and what comes "
			    "needs %s of memory to be caught there, where %s may be used "
			    "(--script-memory)", r->in_memory, report_size(need, size),
			    report_size(p->plan->script_memory, have));
}

/* Where nothing but memory can hold the layers. */
static void decide_on_memory(struct planner *p, const struct cage_report *r)
{
	struct plan *plan = p->plan;

	if (r->in_memory == NULL)
		return;
	plan->late_why = no_memory(p, r);
	plan->late = plan->late_why != NULL;
	if (plan->late)
		plan->layers &= ~(unsigned)CAGE_OVERLAY;
	else
		plan->in_memory = r->in_memory;
}

static void decide(struct planner *p, const struct cage_report *r)
{
	struct plan *plan = p->plan;

	if (p->root->live && !p->options->stage_scripts) {
		plan->late = true;
		plan->late_why = "this is the live system";
		return;
	}
	plan->late = !r->can_stage;
	plan->late_why = r->why;
	plan->layers = p->options->cage != CAGE_OFF ? r->layers :
		       r->layers & (CAGE_NAMESPACES | CAGE_USER | CAGE_OVERLAY);
	decide_on_memory(p, r);
	plan->missing = CAGE_WANTED & ~plan->layers;
}

static void check_require(struct planner *p)
{
	struct plan *plan = p->plan;

	if (p->root->live && plan->late)
		plan_problem(p, NULL, NULL, again(p, "--stage-scripts"),
			     "scripts of the live system run on it uncaged, and "
			     "--script-cage=require does not allow that");
	else if (plan->missing != 0)
		plan_problem(p, NULL, NULL, again(p, "--script-cage=try"),
			     "scripts can't be caged as --script-cage=require wants; missing: "
			     "%s%s%s",
			     cage_words(p->a, plan->missing),
			     plan->late_why != NULL ? "; " : "",
			     plan->late_why != NULL ? plan->late_why : "");
}

/* Without a mount of its own, and no Landlock, nothing keeps a script in the root. */
static void check_try(struct planner *p)
{
	struct plan *plan = p->plan;

	if (p->root->live || (plan->layers & (CAGE_NAMESPACES | CAGE_LANDLOCK)) != 0)
		return;
	plan_problem(p, NULL, NULL, again(p, "--script-cage=off"),
		     "nothing on this host keeps scripts from writing outside of '%s': %s",
		     p->root->path, plan->late_why);
}

static void check_inside(struct planner *p)
{
	struct plan *plan = p->plan;

	if (!p->options->script_inside || p->root->live)
		return;
	if (p->options->cage == CAGE_OFF || (plan->layers & CAGE_NAMESPACES) == 0) {
		plan_problem(p, NULL, NULL, inside_or_later(p),
			     "scripts can't have '%s' as their root without a cage", p->root->path);
		return;
	}
	check_shell(p);
}

/* Landlock has no right for mode, owner and times. */
static bool reaches_attributes(const struct planner *p)
{
	return !p->root->live && (p->plan->layers & CAGE_NAMESPACES) == 0;
}

static void say_late(struct planner *p)
{
	plan_note(p, "scripts run after the commit, on the root itself: %s. One that fails takes "
		  "the files back, but not what scripts changed besides", p->plan->late_why);
	if (reaches_attributes(p))
		plan_note(p, "nothing here keeps scripts from changing mode, owner and times of "
			  "files outside of '%s'", p->root->path);
}

int plan_cage(struct planner *p, struct error *e)
{
	struct cage_report report;

	(void)e;
	if (!p->plan->scripted)
		return 0;
	cage_probe(p->a, p->root, &report);
	decide(p, &report);
	if (p->options->cage == CAGE_REQUIRE)
		check_require(p);
	else if (p->options->cage == CAGE_TRY)
		check_try(p);
	check_inside(p);
	if (p->plan->late)
		say_late(p);
	return 0;
}
