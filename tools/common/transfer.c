/* From a medium to a spool directory. */
#include "tools/common/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "formats/spool.h"
#include "formats/spool_write.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

#define MAX_INSTANCES 9999u

static int none_selected(const struct medium *m, struct error *e)
{
	return error_set(e, E_NOT_FOUND, "no packages were selected from <%s>",
			 medium_path(m));
}

int transfer_select(struct arena *a, const struct medium *m, char *const *operands,
		    size_t n, bool **ret, struct error *e)
{
	bool *wanted = arena_calloc(a, medium_count(m) + 1, sizeof(*wanted));
	size_t i, j;

	for (j = 0; n == 0 && j < medium_count(m); j++)
		wanted[j] = true;
	for (i = 0; i < n; i++) {
		bool found = false;

		for (j = 0; j < medium_count(m); j++)
			if (operand_matches(operands[i], medium_package(m, j)->dirname))
				found = wanted[j] = true;
		if (!found)
			return none_selected(m, e);
	}
	if (medium_count(m) == 0)
		return none_selected(m, e);
	*ret = wanted;
	return 0;
}

bool transfer_leave_broken(const struct medium *m, bool *wanted)
{
	bool any = false;
	size_t i;

	for (i = 0; i < medium_count(m); i++) {
		const struct package *p = medium_package(m, i);

		if (!wanted[i] || p->broken == NULL)
			continue;
		say_error("package <%s> can't be read and is left out\n    - %s", p->dirname,
			  p->broken->text);
		wanted[i] = false;
		any = true;
	}
	return any;
}

/* A package of the destination that is the same as p. */
static int find_identical(struct arena *a, int dir, const struct package *p, bool *ret,
			  struct error *e)
{
	const char *mine = arena_printf(a, "%s.*", p->pkg), **names;
	size_t n, i;
	int rc = spool_find_packages(a, dir, &names, &n, e);

	*ret = false;
	for (i = 0; rc == 0 && i < n && !*ret; i++) {
		struct package there = { .medium = NULL };

		if (!operand_matches(mine, names[i]))
			continue;
		/* a broken one is not the same; writing over it needs -o all the same */
		if (spool_load_package(a, dir, names[i], names[i], MEDIUM_HEAD, &there,
				       NULL) < 0)
			continue;
		*ret = str_eq(there.arch, p->arch) && str_eq(there.version, p->version);
	}
	return rc;
}

static bool is_there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int choose_name(struct arena *a, int dir, const struct transfer *t,
		       const struct package *p, const char **ret, struct error *e)
{
	const char *name = p->dirname;
	unsigned i;

	for (i = 2; t->rename && is_there(dir, name) && i <= MAX_INSTANCES; i++)
		name = arena_printf(a, "%s.%u", p->pkg, i);
	if (!t->overwrite && is_there(dir, name))
		return error_set(e, E_CONFLICT, "instance <%s> already exists on destination "
				 "device", name);
	if (!str_eq(name, p->dirname))
		say_err("\t... instance renamed <%s> on destination\n", name);
	*ret = name;
	return 0;
}

/* The package says when its pkginfo was made; pkgmap is as old. */
static int64_t made_at(const struct package *p)
{
	size_t i;

	for (i = 0; i < p->map.n; i++)
		if (p->map.entries[i].ftype == 'i' && str_eq(p->map.entries[i].path, "pkginfo"))
			return p->map.entries[i].mtime;
	return 0;
}

static int write_contents(struct spool_writer *w, struct payload *pl, struct error *e)
{
	const void *bytes;
	size_t len;
	int rc;

	while ((rc = payload_read(pl, &bytes, &len, e)) > 0) {
		rc = signals_check(e);
		if (rc == 0)
			rc = spool_writer_add(w, bytes, len, e);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : spool_writer_end(w, e);
}

/* As spool_write_payload(), but so that a signal ends it. */
static int write_payload(struct spool_writer *w, const struct package *p, struct payload *pl,
			 struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct entry *en;
	const char *name;
	int rc;

	while ((rc = payload_next(pl, &en, e)) > 0) {
		rc = entry_payload_name(a, &p->map, en, &name, e);
		if (rc == 0)
			rc = spool_writer_begin(w, name, entry_payload_mode(en), en->mtime, e);
		if (rc == 0)
			rc = write_contents(w, pl, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int write_one(const struct transfer *t, int dir, const char *name,
		     const struct package *p, struct payload *pl, struct error *e)
{
	struct spool_writer *w;
	int rc = spool_writer_open(dir, name, &w, e);

	if (rc < 0)
		return rc;
	if (t->info_only) {
		rc = spool_writer_put(w, "pkginfo", p->pkginfo_bytes, p->pkginfo_len, 0644,
				      made_at(p), e);
		if (rc == 0)
			rc = spool_writer_put(w, "pkgmap", p->pkgmap_bytes, p->pkgmap_len, 0644,
					      made_at(p), e);
	} else {
		rc = spool_write_metadata(w, p, e);
		if (rc == 0)
			rc = write_payload(w, p, pl, e);
	}
	if (rc < 0) {
		spool_writer_abort(w);
		return rc;
	}
	return spool_writer_close(w, t->overwrite ? SPOOL_REPLACE : SPOOL_NEW, e);
}

/* 0, or 2 when it was refused. */
static int transfer_one(const struct transfer *t, int dir, const struct package *p,
			struct payload *pl, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *name = NULL;
	bool same = false;
	int rc = signals_check(e);

	if (rc < 0)
		return rc;
	say_err("Transferring <%s> package instance\n", p->dirname);
	rc = find_identical(a, dir, p, &same, e);
	if (rc < 0)
		return rc;
	if (same && !t->overwrite) {
		say_error("unable to complete package transfer\n"
			  "    - identical version of <%s> already exists on destination device",
			  p->dirname);
		return 2;
	}
	rc = choose_name(a, dir, t, p, &name, e);
	if (rc == -E_CONFLICT) {
		say_error("unable to complete package transfer\n    - %s", e->text);
		return 2;
	}
	return rc < 0 ? rc : write_one(t, dir, name, p, pl, e);
}

static int transfer_all(const struct transfer *t, int dir, struct payload *pl, struct error *e)
{
	int rc, status = 0;
	size_t i;

	while ((rc = payload_next_package(pl, &i, e)) > 0) {
		status = transfer_one(t, dir, medium_package(t->from, i), pl, e);
		if (status < 0)
			return status;
	}
	return rc < 0 ? rc : status;
}

int transfer_to_spool(const struct transfer *t, struct error *e)
{
	AUTO_FD int dir = open(t->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct payload *pl;
	int rc;

	if (dir < 0)
		return error_errno(e, errno, "cannot open directory '%s'", t->directory);
	rc = payload_open(t->from, t->wanted, &pl, e);
	if (rc < 0)
		return rc;
	payload_pass_unlisted(pl, NULL, NULL);
	rc = transfer_all(t, dir, pl, e);
	payload_close(pl);
	return rc;
}
