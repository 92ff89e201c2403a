/* What pkgadd prints while it works. */
#include "tools/common/add.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/common/say.h"

#define CONTENTS "var/sadm/install/contents"

void add_show_header(const struct add *ad)
{
	struct rpath contents;

	if (ad->o->noninteractive)
		return;
	say_err("\nProcessing package instance <%s> from <%s>\n", ad->p->dirname, ad->o->device);
	say_err("\n%s(%s) %s\n", ad->p->title, ad->p->arch, ad->p->version);
	if (rpath_parse(ad->a, CONTENTS, &contents, NULL) == 0 &&
	    (ad->in.root == NULL || !tree_exists(ad->in.root->tree, contents)))
		say_err("## Software contents file initialized\n");
}

void add_show_copyright(struct add *ad)
{
	const struct infofile *f = package_infofile(ad->p, "copyright");
	const char *vendor = pkginfo_get(&ad->p->info, "VENDOR");

	if (ad->o->silent_copyright)
		return;
	if (f != NULL) {
		say_out("%s", f->bytes);
		(void)fflush(stdout);
	} else if (vendor != NULL && vendor[0] != '\0' && !ad->o->noninteractive) {
		say_err("%s\n", vendor);
	}
}

static int by_path(const void *key, const void *item)
{
	return strcmp(rpath_str(*(const struct rpath *)key),
		      rpath_str(((const struct change_item *)item)->path));
}

static const struct change_item *find_item(const struct plan *plan, struct rpath path)
{
	if (plan->nitems == 0)
		return NULL;
	return bsearch(&path, plan->items, plan->nitems, sizeof(*plan->items), by_path);
}

static bool will_change(const struct change_item *it)
{
	return it != NULL && (it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE ||
			      it->kind == CHANGE_ATTR);
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
		say_err("%4zu package pathnames are already properly installed.\n", n);
}

static const char *class_of(const struct mapped *m)
{
	return m->entry->class != NULL ? m->entry->class : "none";
}

static void show_object(const struct add *ad, const struct mapped *m,
			const struct change_item *it)
{
	char t = m->entry->ftype;
	const char *path = arena_printf(ad->a, "%s/%s", ad->o->prefix, rpath_str(m->path));

	if (!will_change(it))
		return;
	if (it->kind == CHANGE_ATTR)
		say_err("%s <attribute change only>\n", path);
	else if (t == 's')
		say_err("%s <symbolic link>\n", path);
	else if (t == 'f' || t == 'e' || t == 'v')
		say_err("%s\n", path);
}

static bool is_in(const struct mapped *m, const char *class, uint32_t part)
{
	return str_eq(class_of(m), class) && entry_part(m->entry) == part;
}

/* Objects of a class and part, then, in its last part, its links. */
static void show_class(const struct add *ad, const struct plan *plan, const char *class,
		       uint32_t part)
{
	const struct mapping *map = &plan->steps[0].mapping;
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct mapped *m = &map->v[i];

		if (str_eq(class_of(m), class) && entry_part(m->entry) > last)
			last = entry_part(m->entry);
		if (is_in(m, class, part) && m->entry->ftype != 'l')
			show_object(ad, m, find_item(plan, m->path));
	}
	if (part != last)
		return;
	say_err("[ verifying class <%s> ]\n", class);
	for (i = 0; i < map->n; i++) {
		const struct mapped *m = &map->v[i];

		if (str_eq(class_of(m), class) && m->entry->ftype == 'l' &&
		    will_change(find_item(plan, m->path)))
			say_err("%s/%s <linked pathname>\n", ad->o->prefix, rpath_str(m->path));
	}
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

void add_show_plan(const struct add *ad, const struct plan *plan)
{
	uint32_t part;

	show_type_changes(ad, plan);
	show_same(plan);
	say_err("\nInstalling %s as <%s>\n\n", ad->p->title, ad->instance);
	for (part = 1; part <= ad->p->map.nparts; part++)
		show_part(ad, plan, part);
}
