/*
 * What SVR4 checks before it installs, looked for in the plan: objects that belong to
 * others or to nobody, set-id bits, space (svr4.md 12.2, 7, 6).
 */
#include "tools/common/add.h"

#include "tools/common/ask.h"
#include "tools/common/say.h"

static const char *shown(const struct add *ad, struct rpath path)
{
	return arena_printf(ad->a, "%s/%s", ad->o->prefix, rpath_str(path));
}

/* Nothing is done with this plan: why is in `o`. */
static int stop(struct add *ad, enum outcome o)
{
	ad->outcome = o;
	return 0;
}

/* ---- conflicts */

enum ownership { OWN_NOBODY, OWN_OURS, OWN_OTHERS };

/* Whose is the path now? What the instance itself has is nobody's conflict. */
static int who_owns(const struct add *ad, const struct plan *plan, struct rpath path,
		    enum ownership *ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_owners(plan->db, a, rpath_str(path), PKGDB_NOW, &rows, &n, e);

	if (rc < 0)
		return rc;
	*ret = n == 0 ? OWN_NOBODY : OWN_OURS;
	for (i = 0; i < n; i++)
		if (ad->old == NULL || rows[i].package != ad->old->id)
			*ret = OWN_OTHERS;
	return 0;
}

static bool may_conflict(const struct change_item *it)
{
	return it->what != NULL && it->was_type != '\0' && it->ftype != 'e' &&
	       (it->kind == CHANGE_REPLACE || it->kind == CHANGE_ATTR);
}

/* The list; *ret is its length. */
static int list_conflicts(const struct add *ad, const struct plan *plan, size_t *ret,
			  struct error *e)
{
	bool rogue = false;
	size_t i, n = 0;

	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];
		enum ownership own;
		int rc;

		if (!may_conflict(it))
			continue;
		rc = who_owns(ad, plan, it->path, &own, e);
		if (rc < 0)
			return rc;
		if (own == OWN_OURS)
			continue;
		if (n++ == 0)
			say_err("\nThe following files are already installed on the system and "
				"are being\nused by another package:\n");
		rogue = rogue || own == OWN_NOBODY;
		say_err("%s %s%s\n", own == OWN_NOBODY ? "*" : " ", shown(ad, it->path),
			it->kind == CHANGE_ATTR ? " <attribute change only>" : "");
	}
	if (rogue)
		say_err("\n* - conflict with a file which does not belong to any package.\n");
	*ret = n;
	return 0;
}

/* 1 go on, 0 stop. */
static int check_conflicts(struct add *ad, const struct plan *plan, struct error *e)
{
	enum admin_policy policy = ad->o->admin.conflict;
	size_t n;
	int rc;

	if (policy == ADMIN_NOCHECK || policy == ADMIN_NOCHANGE ||
	    ad->conflict == CONFLICT_SKIP)
		return 1;
	rc = list_conflicts(ad, plan, &n, e);
	if (rc < 0)
		return rc;
	if (n == 0)
		return 1;
	if (policy == ADMIN_QUIT)
		return stop(ad, OUTCOME_ADMIN);
	if (ad->o->noninteractive)
		return stop(ad, OUTCOME_INTERACTION);
	switch (ask_yes_no("Do you want to install these conflicting files")) {
	case ASK_YES:
		return 1;
	case ASK_NO: /* planned again without them */
		ad->conflict = CONFLICT_SKIP;
		ad->again = true;
		return 0;
	case ASK_QUIT:
		break;
	}
	return stop(ad, OUTCOME_QUIT);
}

/* ---- set-id */

static bool is_setid(const struct change_item *it)
{
	return it->what != NULL && strchr("fev", it->ftype) != NULL && (it->mode & 06000) != 0 &&
	       (it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE ||
		it->kind == CHANGE_ATTR);
}

static size_t list_setid(const struct add *ad, const struct plan *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];

		if (!is_setid(it))
			continue;
		if (n++ == 0)
			say_err("\nThe following files are being installed with setuid and/or "
				"setgid\npermissions:\n");
		if (it->mode & 04000)
			say_err("  %s <setuid %s%s%s>\n", shown(ad, it->path),
				it->owner != NULL ? it->owner : "?",
				it->mode & 02000 ? " setgid " : "",
				it->mode & 02000 && it->group != NULL ? it->group : "");
		else
			say_err(" %s <setgid %s>\n", shown(ad, it->path),
				it->group != NULL ? it->group : "?");
	}
	return n;
}

static int check_setid(struct add *ad, const struct plan *plan)
{
	enum admin_policy policy = ad->o->admin.setuid;

	if (policy == ADMIN_NOCHECK || policy == ADMIN_NOCHANGE || ad->strip_setid ||
	    list_setid(ad, plan) == 0)
		return 1;
	if (policy == ADMIN_QUIT)
		return stop(ad, OUTCOME_ADMIN);
	if (ad->o->noninteractive)
		return stop(ad, OUTCOME_INTERACTION);
	switch (ask_yes_no("Do you want to install these as setuid/setgid files")) {
	case ASK_YES:
		return 1;
	case ASK_NO:
		ad->strip_setid = true;
		ad->again = true;
		return 0;
	case ASK_QUIT:
		break;
	}
	return stop(ad, OUTCOME_QUIT);
}

/* ---- what can't be carried out */

/* It may be tried all the same: nothing of the root is touched before all is there. */
static int lacks_space(struct add *ad)
{
	if (ad->o->admin.space == ADMIN_QUIT)
		return stop(ad, OUTCOME_ADMIN);
	if (ad->o->noninteractive)
		return stop(ad, OUTCOME_INTERACTION);
	if (ask_yes_no("Do you want to continue with the installation without enough space") !=
	    ASK_YES)
		return stop(ad, OUTCOME_QUIT);
	ad->any_space = true;
	ad->again = true;
	return 0;
}

static int check_problems(struct add *ad, const struct plan *plan)
{
	size_t i;

	if (plan->nproblems == 0)
		return 1;
	for (i = 0; i < plan->nproblems; i++) {
		say_error("%s", plan->problems[i].text);
		if (plan->problems[i].fix != NULL)
			say_err("    - %s\n", plan->problems[i].fix);
	}
	return plan_lacks_space(plan) == plan->nproblems ? lacks_space(ad) :
							   stop(ad, OUTCOME_FAILED);
}

/* ---- what can't be made: SVR4 finds that out while it installs, and goes on */

static bool is_directory(const struct add *ad, struct rpath path, struct stat *st)
{
	return ad->in.root != NULL && tree_stat(ad->in.root->tree, path, st, NULL) == 0 &&
	       S_ISDIR(st->st_mode);
}

static bool is_empty(const struct add *ad, struct rpath path)
{
	size_t n;

	return tree_count(ad->in.root->tree, path, &n, NULL) == 0 && n == 0;
}

static void say_not_linked(const struct add *ad, const struct change_item *it)
{
	struct stat st;

	say_err("    pathname does not exist\n");
	if (is_directory(ad, it->link, &st) && !is_empty(ad, it->link))
		say_err("    <%s> is a directory, link() not performed\n",
			it->what->entry->target);
	else
		say_err("    unable to create link to <%s>\n", it->what->entry->target);
}

/* SVR4 has removed an empty directory when it looks for the second time; here it stays. */
static void say_gone(const char *path)
{
	say_err("    file type <f> expected <d> actual\n"
		"ERROR: content verification of <%s> failed\n"
		"    pathname does not exist\n"
		"ERROR: attribute verification of <%s> failed\n"
		"    pathname does not exist\n", path, path);
}

static void say_in_the_way(const struct change_item *it, const char *path, const struct stat *st)
{
	say_err("    file type <%c> expected <d> actual\n"
		"    unable to remove existing directory at <%s>\n", it->ftype, path);
	if (ftype_has_payload(it->ftype))
		say_err("ERROR: content verification of <%s> failed\n"
			"    file size <%llu> expected <%llu> actual\n"
			"    unable to checksum, may need to re-run command as user \"root\"\n",
			path, (unsigned long long)it->what->entry->size,
			(unsigned long long)st->st_size);
}

/* SVR4 looks at a file twice: when it has copied it, and at the end of its class. */
static void say_not_copied(const struct add *ad, const struct change_item *it, const char *path)
{
	struct stat st = { .st_size = 0 };

	if (!is_directory(ad, it->real, &st) || !ftype_has_payload(it->ftype)) {
		say_in_the_way(it, path, &st);
		return;
	}
	if (is_empty(ad, it->real)) {
		say_gone(path);
		return;
	}
	say_in_the_way(it, path, &st);
	say_err("ERROR: attribute verification of <%s> failed\n", path);
	say_in_the_way(it, path, &st);
}

static void say_lost(struct add *ad, const struct plan *plan)
{
	struct stat st;
	size_t i;

	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];
		const char *path;

		if (it->lost == NULL)
			continue;
		path = shown(ad, it->path);
		if (ftype_has_payload(it->ftype) && is_directory(ad, it->real, &st))
			say_error("error while writing file <%s>: (21) Is a directory", path);
		say_err("ERROR: attribute verification of <%s> failed\n", path);
		if (it->ftype == 'l')
			say_not_linked(ad, it);
		else
			say_not_copied(ad, it, path);
		ad->scripts.warning = true;
	}
}

int add_look_at_plan(struct add *ad, const struct plan *plan, struct error *e)
{
	int go = check_problems(ad, plan);

	if (go > 0 && !ad->told) {
		add_show_warnings(ad, plan);
		ad->told = true;
	}
	if (go > 0)
		go = check_conflicts(ad, plan, e);
	if (go > 0)
		go = check_setid(ad, plan);
	if (go > 0 && !ad->o->noninteractive)
		add_show_plan(ad, plan);
	if (go > 0)
		say_lost(ad, plan);
	return go;
}
