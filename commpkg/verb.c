/* The table of verbs. */
#include "verb.h"

#include "formats/str.h"

#define WRITER (VERB_ROOT | VERB_WRITES)

const struct verb verbs[] = {
	{ "install", "NAME|FILE... [ROOT...]", "install components, packages, and what they need",
	  WRITER | VERB_NAMES | VERB_FILES | VERB_CREATES, verb_install,
	  { options_root, options_distro, options_components, options_suite, options_answers,
	    options_beside, options_dry_run, options_plan, options_install, options_keep,
	    options_scripts } },
	{ "upgrade", "[NAME|FILE...] [ROOT...]", "upgrade what is named, all when nothing is",
	  WRITER | VERB_NAMES | VERB_FILES, verb_upgrade,
	  { options_root, options_distro, options_components, options_suite, options_answers,
	    options_strategy, options_dry_run, options_plan, options_install, options_keep,
	    options_scripts } },
	{ "uninstall", "NAME... [ROOT...]", "remove components and packages",
	  WRITER | VERB_NAMES, verb_uninstall,
	  { options_root, options_components, options_answers, options_dry_run, options_plan,
	    options_uninstall, options_keep, options_scripts } },
	{ "migrate", "NAME... [ROOT...]",
	  "bring configuration and data to the version that is beside",
	  WRITER | VERB_NAMES, verb_migrate,
	  { options_root, options_components, options_migrate, options_dry_run, options_keep,
	    options_scripts } },
	{ "switch", "[NAME...] [ROOT...]",
	  "make another version, which is beside it, the current one",
	  WRITER | VERB_NAMES, verb_switch,
	  { options_root, options_components, options_switch, options_dry_run, options_plan,
	    options_keep, options_scripts } },
	{ "apply", "PLAN", "carry out a saved plan, or refuse because the root has changed",
	  VERB_PATHS, verb_apply, { options_dry_run } },
	{ "hold", "[NAME...] [ROOT...]", "keep what is installed as it is, or show what is kept so",
	  WRITER | VERB_NAMES, verb_hold,
	  { options_root, options_components, options_dry_run, options_hold } },
	{ "verify", "[NAME|FILE...] [ROOT...]", "compare a root with what was installed",
	  VERB_ROOT | VERB_NAMES | VERB_FILES, verb_verify,
	  { options_root, options_distro, options_components, options_verify } },
	{ "info", "[NAME...] [ROOT...]", "show a root, its components, packages and files",
	  VERB_ROOT | VERB_NAMES, verb_info, { options_root, options_components, options_info } },
	{ "why", "NAME... [ROOT...]", "say who named what is installed, or what needs it",
	  VERB_ROOT | VERB_NAMES, verb_why, { options_root } },
	{ "why-not", "NAME... [ROOT...]", "say what stands in the way of an installation",
	  VERB_ROOT | VERB_NAMES | VERB_FILES, verb_why_not,
	  { options_root, options_distro, options_suite, options_why_not } },
	{ "owns", "PATH... [@NAME...]", "say which package a path belongs to",
	  VERB_ROOT | VERB_PATHS, verb_owns, { options_root } },
	{ "inspect", "FILE...", "look into a package before trusting it",
	  VERB_PATHS, verb_inspect, { options_inspect } },
	{ "history", "[N] [ROOT...]", "show what was done to a root",
	  VERB_ROOT, verb_history, { options_root, options_history, options_dry_run } },
	{ "undo", "[N] [ROOT...]", "take a transaction back",
	  WRITER, verb_undo, { options_root, options_undo, options_dry_run, options_recover } },
	{ "repair", "[NAME|FILE...] [ROOT...]", "put damaged files back",
	  WRITER | VERB_NAMES | VERB_FILES, verb_repair,
	  { options_root, options_distro, options_dry_run } },
	{ "config", "list|diff|resolve|restore [FILE...]", "pending decisions about configuration",
	  WRITER | VERB_PATHS | VERB_LISTS, verb_config,
	  { options_root, options_dry_run, options_config } },
	{ "adopt", "[ROOT...]", "take over a root made by real SVR4 tools",
	  WRITER, verb_adopt, { options_root, options_dry_run } },
	{ "recover", "[ROOT...]", "finish or discard an interrupted transaction",
	  WRITER, verb_recover, { options_root, options_recover, options_boot } },
	{ "root", "list|add|remove|rename|group ...", "the software list: names of roots",
	  VERB_PATHS, verb_root, { NULL } },
	{ "repo", "create|sign|check DIRECTORY", "make, sign and check published distributions",
	  VERB_PATHS, verb_repo, { options_repo } },
	{ "cache", "", "show, limit or clean what was fetched from servers",
	  VERB_PATHS, verb_cache, { options_cache, options_dry_run } },
	{ "help", "[VERB]", "show help", VERB_PATHS, verb_help, { NULL } },
	{ "completion", "", "print a completion script for bash", VERB_PATHS, verb_completion,
	  { NULL } },
	{ .name = NULL }
};

bool verb_takes_paths(const struct options *o)
{
	bool lists = (o->verb->flags & VERB_LISTS) != 0 &&
		     (o->nwords == 0 || str_eq(o->words[0], "list"));

	return (o->verb->flags & VERB_PATHS) != 0 && !lists;
}

bool verb_takes_files(const struct options *o)
{
	return (o->verb->flags & VERB_FILES) != 0 &&
	       (o->verb->run != verb_verify || o->signatures);
}

/* Is there a word that is no root? */
static bool names_something(const struct options *o)
{
	for (size_t i = 0; i < o->nwords; i++)
		if (o->words[i][0] != '/' && o->words[i][0] != '@')
			return true;
	return o->components != NULL;
}

bool verb_writes(const struct options *o)
{
	bool prunes = o->prune != NULL || o->keep != NULL || o->keep_bytes != NULL;

	if (o->verb != NULL && (o->verb->flags & VERB_LISTS) != 0 &&
	    (!verb_takes_paths(o) || str_eq(o->words[0], "diff")))
		return false;
	if (o->verb != NULL && o->verb->run == verb_hold && !names_something(o))
		return false;
	return o->verb != NULL && !o->dry_run && !o->advise &&
	       ((o->verb->flags & VERB_WRITES) != 0 || prunes);
}

const struct verb *verb_find(const char *name)
{
	const struct verb *v;

	for (v = verbs; v->name != NULL; v++)
		if (str_eq(v->name, name))
			return v;
	return NULL;
}

const char *verb_close(const char *name)
{
	const struct verb *v;
	const char *best = NULL;
	size_t distance = 3, most = strlen(name) / 2;

	if (most > 2)
		most = 2; /* and never half of the word: 'foo' is not 'root' */
	for (v = verbs; v->name != NULL; v++) {
		size_t d = options_distance(name, v->name, most);

		if (d > most)
			continue;

		if (d < distance) {
			distance = d;
			best = v->name;
		}
	}
	return best;
}

const char *run_root_option(const struct run *r)
{
	if (r->target->name != NULL)
		return arena_printf(r->arena, " @%s", r->target->name);
	return str_eq(r->target->path, "/") ? "" :
	       arena_printf(r->arena, " -R %s", str_shell(r->arena, r->target->path));
}

int exit_of_error(int code)
{
	switch (-code) {
	case E_USAGE:
		return EXIT_USAGE;
	case E_NO_SOLUTION:
		return EXIT_NO_SOLUTION;
	case E_TRUST:
	case E_DIGEST:
		return EXIT_TRUST;
	case E_LOCKED:
		return EXIT_LOCKED;
	case E_NEEDS_ANSWER:
		return EXIT_NEEDS_ANSWER;
	case E_STALE:
		return EXIT_STALE;
	case E_RECOVERY:
		return EXIT_RECOVERY;
	default:
		return EXIT_FAILED;
	}
}
