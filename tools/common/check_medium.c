/* Packages that are not installed: pkgchk -d. */
#include "tools/common/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "formats/digest.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"
#include "tools/common/scriptcheck.h"
#include "tools/common/transfer.h"

struct look {
	struct check *c;
	const struct check_filter *f;
	const struct medium *m;
};

static bool wanted_path(const struct look *l, const struct entry *en)
{
	size_t i;

	for (i = 0; i < l->f->npaths; i++)
		if (check_path_matches(l->f, i, en->path, en->target))
			return true;
	return l->f->npaths == 0;
}

static void fault_begins(struct look *l, const struct package *p, const char *path)
{
	l->c->faults++;
	say_err("ERROR: %s/%s/%s\n", medium_path(l->m), p->dirname, path);
}

/* Sizes and sums are compared where the bytes are at hand. */
static void on_fault(const struct package *p, const struct entry *en, enum payload_fault fault,
		     const char *name, void *ctx)
{
	struct look *l = ctx;

	if (fault == PAYLOAD_MISSING && wanted_path(l, en)) {
		l->c->faults++;
		say_err("ERROR: unable to locate spooled object <%s>\n", name);
	}
	if (fault == PAYLOAD_UNLISTED && l->f->npaths == 0) {
		fault_begins(l, p, name);
		say_err("    no object of the pkgmap\n");
	}
}

/* In a directory files have times of their own; of parts the name may have its number or not.
 * What is archived there, or lies elsewhere, has none to look at. */
static bool has_other_time(struct look *l, const struct package *p, const struct entry *en,
			   int64_t *ret)
{
	const char *names[2], *at = medium_path(l->m);
	struct stat st;
	size_t i;

	if (medium_kind(l->m) != MEDIUM_SPOOL && medium_kind(l->m) != MEDIUM_PACKAGE_DIR)
		return false;
	if (medium_kind(l->m) == MEDIUM_SPOOL)
		at = arena_printf(l->c->a, "%s/%s", at, p->dirname);
	if (entry_payload_name(l->c->a, &p->map, en, &names[0], NULL) < 0)
		return false;
	names[1] = arena_printf(l->c->a, "%.*s%s", (int)strcspn(names[0], "./"), names[0],
				strchr(names[0], '/'));
	for (i = 0; i < 2; i++) {
		if (lstat(arena_printf(l->c->a, "%s/%s", at, names[i]), &st) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		*ret = st.st_mtim.tv_sec;
		return st.st_mtim.tv_sec != en->mtime;
	}
	return false;
}

static int compare(struct look *l, const struct package *p, struct payload *pl,
		   const struct entry *en, struct error *e)
{
	uint64_t size = 0;
	uint32_t sum = 0;
	int64_t mtime;
	bool other_time;
	const void *bytes;
	size_t len;
	int rc;

	while ((rc = payload_read(pl, &bytes, &len, e)) > 0) {
		sum = svr4_sum_add(sum, bytes, len);
		size += len;
	}
	sum = svr4_sum_fold(sum);
	if (rc < 0 || !wanted_path(l, en))
		return rc;
	if (l->c->verbose)
		say_err("%s\n", en->path);
	if (!en->has_content)
		return 0;
	other_time = has_other_time(l, p, en, &mtime);
	if (size == en->size && sum == en->sum && !other_time)
		return 0;
	fault_begins(l, p, en->path);
	if (other_time)
		say_err("    modtime <%s> expected <%s> actual\n",
			check_time_text(l->c, en->mtime), check_time_text(l->c, mtime));
	if (size != en->size)
		say_err("    file size <%llu> expected <%llu> actual\n",
			(unsigned long long)en->size, (unsigned long long)size);
	if (sum != en->sum)
		say_err("    file cksum <%u> expected <%u> actual\n", en->sum, sum);
	return 0;
}

static int read_payload(struct look *l, const struct package *p, struct payload *pl,
			struct error *e)
{
	const struct entry *en;
	int rc;

	while ((rc = payload_next(pl, &en, e)) > 0) {
		rc = compare(l, p, pl, en, e);
		if (rc < 0)
			break;
	}
	return rc;
}

/* medium_open() has compared the control files already. */
static void check_scripts(const struct package *p)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	scripts_check(p, &out);
	say_err("%s", strbuf_str(&out));
}

static int check_packages(struct look *l, const bool *wanted, struct error *e)
{
	const char *form = medium_kind(l->m) == MEDIUM_STREAM ? "stream" : "directory";
	struct payload *pl;
	size_t i;
	int rc = payload_open(l->m, wanted, &pl, e);

	if (rc < 0)
		return rc;
	payload_tolerate(pl, on_fault, l);
	while ((rc = payload_next_package(pl, &i, e)) > 0) {
		const struct package *p = medium_package(l->m, i);

		say_out("Checking uninstalled %s format package <%s> from <%s>\n"
			"## Checking control scripts.\n", form, p->dirname, medium_path(l->m));
		(void)fflush(stdout); /* before what is said of the scripts */
		check_scripts(p);
		say_out("## Checking package objects.\n");
		rc = read_payload(l, p, pl, e);
		if (rc < 0)
			break;
		say_out("## Checking is complete.\n");
	}
	payload_close(pl);
	return rc;
}

static void list_package(struct look *l, const struct package *p)
{
	size_t i;

	for (i = 0; i < p->map.n; i++) {
		const struct entry *en = &p->map.entries[i];
		struct check_object o = { .path = en->path, .ftype = en->ftype,
			.target = en->target, .major = en->major, .minor = en->minor,
			.mode = en->mode, .owner = en->owner, .group = en->group,
			.has_content = en->has_content, .size = en->size, .sum = en->sum,
			.mtime = en->mtime };

		if (wanted_path(l, en))
			check_list(l->c, &o);
	}
}

static int by_category(const struct look *l, bool *wanted, struct error *e)
{
	bool any = false;
	size_t i;

	for (i = 0; i < medium_count(l->m); i++) {
		wanted[i] = wanted[i] &&
			    categories_meet(l->f->category, medium_package(l->m, i)->category);
		any = any || wanted[i];
	}
	return any ? 0 : error_set(e, E_NOT_FOUND, "Category argument <%s> cannot be found.",
				   l->f->category);
}

int check_medium(struct check *c, const char *device, const struct check_filter *f,
		 struct error *e)
{
	struct look l = { .c = c, .f = f };
	struct medium *m;
	bool *wanted;
	size_t i;
	int rc = medium_open_each(AT_FDCWD, device, c->list ? MEDIUM_HEAD : MEDIUM_ALL, &m,
				  e);

	if (rc < 0)
		return rc;
	l.m = m;
	rc = transfer_select(c->a, m, f->packages, f->npackages, &wanted, e);
	if (rc == 0 && f->category != NULL)
		rc = by_category(&l, wanted, e);
	if (rc == 0 && transfer_leave_broken(m, wanted))
		c->faults++;
	if (rc == 0 && !c->list)
		rc = check_packages(&l, wanted, e);
	for (i = 0; rc == 0 && c->list && i < medium_count(m); i++)
		if (wanted[i])
			list_package(&l, medium_package(m, i));
	medium_close(m);
	return rc;
}
