/* Which instance a package becomes (svr4.md 3.3). */
#include "tools/common/add.h"

#include <stdlib.h>

#include "tools/common/ask.h"
#include "tools/common/menu.h"
#include "tools/common/say.h"

#define MAX_INSTANCES 9999u

struct candidates {
	const struct pkgdb_package **v;	/* installed instances of the abbreviation */
	size_t n;
};

static void find_candidates(const struct add *ad, struct candidates *ret)
{
	size_t i;

	ret->v = arena_calloc(ad->a, ad->in.n + 1, sizeof(*ret->v));
	ret->n = 0;
	for (i = 0; i < ad->in.n; i++)
		if (str_eq(ad->in.v[i].pkg, ad->p->pkg))
			ret->v[ret->n++] = &ad->in.v[i];
}

static enum outcome take(struct add *ad, const struct pkgdb_package *old)
{
	ad->old = old;
	ad->instance = old->instance;
	return OUTCOME_OK;
}

/* The first free one of PKG, PKG.2, PKG.3 ... */
static enum outcome take_free(struct add *ad)
{
	const char *name = ad->p->pkg;
	unsigned i;

	for (i = 2; installed_find(&ad->in, name) != NULL && i <= MAX_INSTANCES; i++)
		name = arena_printf(ad->a, "%s.%u", ad->p->pkg, i);
	ad->instance = name;
	return OUTCOME_OK;
}

static uint64_t max_instances(const struct add *ad)
{
	const char *text = add_param(ad, "MAXINST");
	uint64_t n = 1;

	if (text != NULL)
		(void)str_to_u64(text, strlen(text), 10, MAX_INSTANCES, &n);
	return n;
}

static enum outcome take_unique(struct add *ad, const struct candidates *c)
{
	if (c->n < max_instances(ad))
		return take_free(ad);
	say_paragraph("Current administration requires that a unique instance of the <%s> "
		      "package be created.  However, the maximum number of instances of the "
		      "package which may be supported at one time on the same system has "
		      "already been met.", ad->p->pkg);
	return OUTCOME_ADMIN;
}

static enum outcome take_overwrite(struct add *ad, const struct candidates *c)
{
	const struct pkgdb_package *match = NULL;
	size_t i, n = 0;

	if (c->n == 1)
		return take(ad, c->v[0]);
	for (i = 0; i < c->n; i++)
		if (str_eq(c->v[i]->arch, ad->p->arch)) {
			match = c->v[i];
			n++;
		}
	if (n == 1)
		return take(ad, match);
	say_paragraph("Current administration does not allow new instances of an existing "
		      "package to be created.  However, the installation service was unable to "
		      "determine which package instance to overwrite.");
	return OUTCOME_ADMIN;
}

static enum outcome refuse_any(const struct add *ad)
{
	say_paragraph("A version of the <%s> package is already installed on this machine.  "
		      "Current administration does not allow new instances of an existing "
		      "package to be created, nor existing instances to be overwritten.",
		      ad->p->pkg);
	return OUTCOME_ADMIN;
}

#define HEADER "The following instance(s) of the <%s> package are already installed on " \
	"this machine:"

/* One installed instance, and no room for another: it, or nothing. */
static enum outcome ask_overwrite(struct add *ad, const struct pkgdb_package *p)
{
	int width = (int)strlen(p->instance) < 8 ? 8 : (int)strlen(p->instance);

	say_paragraph(HEADER, ad->p->pkg);
	say_err("     %-*s     %s\n     %-*s     (%s) %s\n", width, p->instance, p->title, width,
		"", p->arch, p->version);
	return ask_yes_no("Do you want to overwrite this installed instance") == ASK_YES ?
		take(ad, p) : OUTCOME_QUIT;
}

static enum outcome ask_menu(struct add *ad, const struct candidates *c)
{
	struct menu_entry *v = arena_calloc(ad->a, c->n, sizeof(*v));
	bool *picked = arena_calloc(ad->a, c->n, sizeof(*picked));
	struct menu menu = {
		.header = arena_printf(ad->a, HEADER, ad->p->pkg),
		.prompt = "Enter the identifier for the instance that you want to overwrite",
		.help = "The package you are attempting to install already exists on this "
			"machine.  You may choose to overwrite one of the versions which is "
			"already installed by selecting the appropriate entry from the menu.",
		.v = v, .n = c->n,
	};
	size_t i;

	for (i = 0; i < c->n; i++)
		v[i] = (struct menu_entry){ c->v[i]->instance, c->v[i]->title, c->v[i]->arch,
					    c->v[i]->version };
	if (menu_choose(ad->a, &menu, picked) == 0)
		return OUTCOME_QUIT;
	for (i = 0; !picked[i]; i++)
		continue;
	return take(ad, c->v[i]);
}

static enum outcome ask_which(struct add *ad, const struct candidates *c)
{
	if (ad->o->noninteractive) {
		say_paragraph("Unable to determine whether to overwrite an existing package "
			      "instance, or add a new instance.");
		return OUTCOME_INTERACTION;
	}
	if (c->n < max_instances(ad))
		switch (ask_yes_no("Do you want to create a new instance of this package")) {
		case ASK_YES: return take_free(ad);
		case ASK_NO: break;
		case ASK_QUIT: return OUTCOME_QUIT;
		}
	return c->n == 1 ? ask_overwrite(ad, c->v[0]) : ask_menu(ad, c);
}

static bool take_identical(struct add *ad, const struct candidates *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (!str_eq(c->v[i]->arch, ad->p->arch) ||
		    !str_eq(c->v[i]->version, ad->p->version))
			continue;
		say_paragraph("This appears to be an attempt to install the same architecture "
			      "and version of a package which is already installed.  This "
			      "installation will attempt to overwrite this package.");
		say_err("\n");
		(void)take(ad, c->v[i]);
		return true;
	}
	return false;
}

enum outcome add_choose_instance(struct add *ad)
{
	enum admin_policy policy = ad->o->admin.instance;
	struct candidates c;

	find_candidates(ad, &c);
	if (c.n == 0)
		return take_free(ad);
	if (policy == ADMIN_QUIT)
		return refuse_any(ad);
	if (take_identical(ad, &c))
		return OUTCOME_OK;
	if (policy == ADMIN_OVERWRITE)
		return take_overwrite(ad, &c);
	return policy == ADMIN_UNIQUE ? take_unique(ad, &c) : ask_which(ad, &c);
}
