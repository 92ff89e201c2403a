/* What pkgadd prints while it works. */
#include "tools/common/add.h"

#include <stdio.h>

#include "tools/common/say.h"

#define CONTENTS "var/sadm/install/contents"

void add_show_header(const struct add *ad)
{
	struct rpath contents;

	if (ad->o->noninteractive)
		return;
	say_err("\nProcessing package instance <%s> from <%s>\n", ad->p->dirname, ad->o->device);
	say_err("\n%s(%s) %s\n", ad->p->title, ad->p->arch, ad->p->version);
	if (ad->o->ask_only != NULL)
		return;
	if (rpath_parse(ad->a, CONTENTS, &contents, NULL) == 0 &&
	    (ad->in.root == NULL || !tree_exists(ad->in.root->tree, contents)))
		say_err("## Software contents file initialized\n");
}

void add_show_legal(const struct add_options *o, const char *text, const char *vendor)
{
	if (o->silent_copyright)
		return;
	if (text != NULL) {
		say_out("%s", text);
		(void)fflush(stdout);
	} else if (vendor != NULL && vendor[0] != '\0' && !o->noninteractive) {
		say_err("%s\n", vendor);
	}
}

static bool will_change(const struct change_item *it)
{
	return it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE ||
	       it->kind == CHANGE_ATTR;
}

static const char *type_words(char type)
{
	switch (type) {
	case 'f': return "regular file";
	case 's': return "symbolic link";
	case 'd': return "directory";
	case 'c': return "character special device";
	case 'b': return "block special device";
	default: return "named pipe";
	}
}

static char disk_type(char ftype)
{
	return ftype_is_dir(ftype) ? 'd' : strchr("fevl", ftype) != NULL ? 'f' : ftype;
}

static void show_type_changes(const struct add *ad, const struct plan *plan)
{
	size_t i;

	for (i = 0; ad->old != NULL && i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];

		if (it->kind == CHANGE_REPLACE && it->what != NULL && it->was_type != '\0' &&
		    it->was_type != disk_type(it->ftype))
			say_err("WARNING: /%s <no longer a %s>\n", rpath_str(it->path),
				type_words(it->was_type));
	}
}

static void show_same(const struct plan *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->nitems; i++)
		n += plan->items[i].kind == CHANGE_SAME;
	if (n > 0)
		say_err("%4zu package %s already properly installed.\n", n,
			n == 1 ? "pathname is" : "pathnames are");
}

static void show_object(const struct add *ad, const struct change_item *it)
{
	const char *path = arena_printf(ad->a, "%s/%s", ad->o->prefix, rpath_str(it->path));

	if (it->kind == CHANGE_ATTR && ftype_is_dir(it->ftype))
		return; /* as those that are made are not named either */
	if (it->kind == CHANGE_ATTR)
		say_err("%s <attribute change only>\n", path);
	else if (it->ftype == 's')
		say_err("%s <symbolic link>\n", path);
	else if (strchr("fev", it->ftype) != NULL)
		say_err("%s\n", path);
}

/* The class of what comes, or NULL: an item of something else. */
static const struct entry *entry_of(const struct change_item *it, const char *class)
{
	const struct entry *en = it->what != NULL ? it->what->entry : NULL;

	return en != NULL && en->class != NULL && str_eq(en->class, class) ? en : NULL;
}

/* Objects of a class and part, then, in its last part, its links. */
static void show_class(const struct add *ad, const struct plan *plan, const char *class,
		       uint32_t part)
{
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];
		const struct entry *en = entry_of(it, class);

		if (en == NULL)
			continue;
		last = entry_part(en) > last ? entry_part(en) : last;
		if (entry_part(en) == part && it->ftype != 'l' && will_change(it))
			show_object(ad, it);
	}
	if (part != last)
		return;
	say_err("[ verifying class <%s> ]\n", class);
	for (i = 0; i < plan->nitems; i++)
		if (entry_of(&plan->items[i], class) != NULL && plan->items[i].ftype == 'l' &&
		    will_change(&plan->items[i]))
			say_err("%s/%s <linked pathname>\n", ad->o->prefix,
				rpath_str(plan->items[i].path));
}

static void show_part(const struct add *ad, const struct plan *plan, uint32_t part)
{
	const char *classes = pkginfo_get(&plan->steps[0].params, "CLASSES");
	uint32_t nparts = ad->p->map.nparts;

	say_err("## Installing part %u of %u.\n", part, nparts);
	while (classes != NULL && *(classes += strspn(classes, " \t")) != '\0') {
		size_t n = strcspn(classes, " \t");

		show_class(ad, plan, arena_strndup(ad->a, classes, n), part);
		classes += n;
	}
}

void add_show_parts(struct add *ad)
{
	uint32_t part;

	for (part = 1; !ad->parts_shown && ad->plan != NULL && part <= ad->p->map.nparts; part++)
		show_part(ad, ad->plan, part);
	ad->parts_shown = true;
}

void add_show_script(struct add *ad, const char *script)
{
	bool first = str_eq(script, "preinstall");

	if (ad->o->noninteractive)
		return;
	if (!first)
		add_show_parts(ad);
	if (first || str_eq(script, "postinstall"))
		say_err("## Executing %s script.\n", script);
}

void add_show_warnings(const struct add *ad, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];

		if (it->what != NULL && it->kind == CHANGE_CREATE && it->ftype != 's' &&
		    it->ftype != 'l' && it->what->entry->mode == MODE_UNSET)
			say_warning("setting mode of </%s> to default mode (%o)",
				    rpath_str(it->path), it->mode);
	}
	show_type_changes(ad, plan);
}

void add_show_plan(struct add *ad, const struct plan *plan)
{
	show_same(plan);
	say_err("\nInstalling %s as <%s>\n\n", ad->p->title, ad->instance);
	ad->plan = plan;
	if (plan_script(&plan->steps[0], "preinstall") == NULL)
		add_show_parts(ad);
}
