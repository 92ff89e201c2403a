/*
 * rootstate: what a root is, in one line, so that two roots can be compared.
 *
 *	rootstate [-k] [-r | -v] ROOT...
 *
 *	tree DIGEST db DIGEST stages N findings N PACKAGE=VERSION...
 *
 * tree: names, types, modes, owners, contents, link targets, device numbers, which names are
 * one file, and times of regular files, of everything but our own state (var/lib/commpkg) and
 * the times of what is ours by nature (var/sadm). A var and var/lib that hold nothing but our
 * state are left out, and so is a root that is not there: nothing was installed.
 *
 * db: live packages with their parameters and files, accepted texts. Without the numbers of
 * transactions and rows: a root that was taken back has other ones than one never touched.
 *
 * What we keep on other file systems, in .commpkg at their tops, counts like our own state.
 *
 * stages: directories left in txn, and in undo those that nobody keeps.
 *
 * findings: what pkgdb_check() says, and a digest of
 * `contents` that is not of the file.
 *
 * -r first does what `commpkg recover` does; a line "not recovered: ..." when that fails.
 * -k tells also which transactions can be undone, and the settings for how long: what
 * `commpkg history --prune` changes.
 * -v prints the texts that are digested instead, for diff(1). Exit status 1 when a root can't
 * be looked at.
 *
 * The tree is read with the C library alone: what is tested does not judge itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "commpkg/recover.h"
#include "formats/cleanup.h"
#include "formats/str.h"
#include "pkgdb/journal.h"
#include "pkgdb/pkgdb.h"
#include "pkgdb/svr4view.h"

#define STATE "var/lib/commpkg"

struct names {
	dev_t dev;
	ino_t ino;
	const char *first;
};

struct look {
	struct arena *a;
	const char *root;
	struct strbuf tree, held, db, packages, findings;
	VEC(struct names) linked;
	VEC(const char *) volumes;	/* .commpkg of other file systems */
	char contents[SHA256_HEX_SIZE];	/* of the file; "" when there is none */
	unsigned stages;
	bool way_back;			/* -k */
};

static void __attribute__((noreturn)) die(const char *what, const char *path)
{
	fprintf(stderr, "rootstate: cannot %s '%s': %s\n", what, path, strerror(errno));
	exit(1);
}

static void __attribute__((noreturn)) die_words(const struct error *e)
{
	fprintf(stderr, "rootstate: %s\n", e->text);
	exit(1);
}

static void add_digest(struct strbuf *to, const void *bytes, size_t len)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;

	sha256_of(len > 0 ? bytes : "", len, &sha);
	sha256_hex(&sha, hex);
	strbuf_adds(to, hex);
}

/* ---- the tree */

static void look_contents(struct look *l, const char *path, const char *full, struct strbuf *line)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char buf[65536];
	ssize_t n;

	if (fd < 0)
		die("open", full);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		strbuf_add(&text, buf, (size_t)n);
	if (n < 0)
		die("read", full);
	add_digest(line, text.p, text.len);
	if (str_eq(path, "var/sadm/install/contents"))
		(void)snprintf(l->contents, sizeof(l->contents), "%s",
			       strbuf_str(line) + line->len - (SHA256_HEX_SIZE - 1));
}

/* Another name of a file that was seen before. */
static void look_links(struct look *l, const char *path, const struct stat *st,
		       struct strbuf *line)
{
	size_t i;

	for (i = 0; i < l->linked.n; i++)
		if (l->linked.v[i].dev == st->st_dev && l->linked.v[i].ino == st->st_ino) {
			strbuf_addf(line, " is %s", l->linked.v[i].first);
			return;
		}
	*VEC_PUSH(&l->linked) = (struct names){ st->st_dev, st->st_ino,
						arena_strdup(l->a, path) };
}

static void look_regular(struct look *l, const char *path, const char *full,
			 const struct stat *st, struct strbuf *line)
{
	look_contents(l, path, full, line);
	if (strncmp(path, "var/sadm/", 9) != 0)
		strbuf_addf(line, " %lld", (long long)st->st_mtim.tv_sec);
	if (st->st_nlink > 1)
		look_links(l, path, st, line);
}

static void look_symlink(const char *full, struct strbuf *line)
{
	char target[4096];
	ssize_t n = readlink(full, target, sizeof(target) - 1);

	if (n < 0)
		die("read the link", full);
	target[n] = '\0';
	strbuf_addf(line, "-> %s", target);
}

static bool is_holder(const char *path)
{
	return str_eq(path, "var") || str_eq(path, "var/lib");
}

static void look_object(struct look *l, const char *path, const FTSENT *f)
{
	struct strbuf *line = &l->tree;
	const struct stat *st = f->fts_statp;

	if (is_holder(path) && f->fts_info == FTS_D)
		line = &l->held;
	else if (strncmp(path, "var/", 4) == 0 && l->held.len > 0) {
		strbuf_add(&l->tree, l->held.p, l->held.len);
		strbuf_reset(&l->held);
	}
	strbuf_addf(line, "%06o %u %u /%s ", (unsigned)st->st_mode, (unsigned)st->st_uid,
		    (unsigned)st->st_gid, path);
	if (S_ISREG(st->st_mode))
		look_regular(l, path, f->fts_accpath, st, line);
	else if (S_ISLNK(st->st_mode))
		look_symlink(f->fts_accpath, line);
	else if (!S_ISDIR(st->st_mode))
		strbuf_addf(line, "%u,%u", major(st->st_rdev), minor(st->st_rdev));
	strbuf_addch(line, '\n');
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void look_tree(struct look *l)
{
	char *roots[] = { (char *)l->root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t len = strlen(l->root);
	FTSENT *f;

	if (fts == NULL)
		die("walk", l->root);
	while (errno = 0, (f = fts_read(fts)) != NULL) {
		const char *path = f->fts_path + len + (f->fts_path[len] == '/');

		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR || f->fts_info == FTS_NS) {
			errno = f->fts_errno;
			die("look at", f->fts_path);
		}
		if (str_eq(f->fts_name, ".commpkg") && f->fts_info == FTS_D)
			*VEC_PUSH(&l->volumes) = arena_strdup(l->a, f->fts_path);
		if (str_eq(path, STATE) || str_eq(f->fts_name, ".commpkg"))
			(void)fts_set(fts, f, FTS_SKIP);
		else if (f->fts_info != FTS_DP)
			look_object(l, path, f);
	}
	if (errno != 0)
		die("walk", l->root);
	(void)fts_close(fts);
}

/* ---- the database */

static void look_text(struct look *l, struct pkgdb *db, const char *path)
{
	struct error e = ERROR_INIT;
	const char *text;
	size_t len;
	int rc = pkgdb_pristine_get(db, l->a, path, &text, &len, &e);

	if (rc < 0)
		die_words(&e);
	if (rc == 0)
		return;
	strbuf_addf(&l->db, "accepted /%s ", path);
	add_digest(&l->db, text, len);
	strbuf_addch(&l->db, '\n');
}

static void look_file(struct look *l, struct pkgdb *db, const struct pkgdb_file *f)
{
	char hex[SHA256_HEX_SIZE] = "";

	if (f->has_sha256)
		sha256_hex(&f->sha256, hex);
	strbuf_addf(&l->db, "%c %s /%s=%s %u,%u %o %s %s %llu %u %lld %d %s %d %d\n", f->ftype,
		    f->class, f->path, f->target != NULL ? f->target : "", f->major, f->minor,
		    f->mode, f->owner != NULL ? f->owner : "?",
		    f->group != NULL ? f->group : "?", (unsigned long long)f->size, f->sum,
		    (long long)f->mtime, f->content_unknown, hex, f->status, f->ruling);
	if (f->ftype == 'e' || f->ftype == 'v')
		look_text(l, db, f->path);
}

static void look_package(struct look *l, struct pkgdb *db, const struct pkgdb_package *p)
{
	struct error e = ERROR_INIT;
	struct infofile *infofiles;
	struct pkgdb_file *files;
	struct pkginfo params;
	size_t n, i;

	strbuf_addf(&l->packages, " %s=%s", p->instance, p->version);
	strbuf_addf(&l->db, "package %s %s %s %s %s %s %d %d %llu %llu\n", p->instance, p->pkg,
		    p->arch, p->version, p->category, p->basedir != NULL ? p->basedir : "",
		    p->manual, p->state, (unsigned long long)p->payload_bytes,
		    (unsigned long long)p->nfiles);
	if (pkgdb_params(db, l->a, p->id, &params, &e) < 0)
		die_words(&e);
	pkginfo_render(&params, &l->db);
	if (pkgdb_infofiles(db, l->a, p->id, &infofiles, &n, &e) < 0)
		die_words(&e);
	strbuf_addf(&l->db, "%zu infofiles\n", n);
	if (pkgdb_files(db, l->a, p->id, PKGDB_NOW, &files, &n, &e) < 0)
		die_words(&e);
	for (i = 0; i < n; i++)
		look_file(l, db, &files[i]);
}

/* What is recorded of `contents` is of the file that is there, or nothing is. */
static void check_contents(struct look *l, struct pkgdb *db)
{
	struct error e = ERROR_INIT;
	const char *hex;

	if (pkgdb_setting_get(db, l->a, SVR4VIEW_DIGEST, &hex, &e) < 0)
		die_words(&e);
	if (hex != NULL && !str_eq(hex, l->contents))
		strbuf_adds(&l->findings, "the digest of contents is of another one\n");
}

static bool keeps(const struct txn *all, size_t n, int64_t number)
{
	size_t i;

	for (i = 0; i < n && (all[i].n != number || !all[i].keeps); i++)
		;
	return i < n;
}

/* MOUNT/.commpkg/ID/txn/N-RANDOM.K and undo/N.K. */
static void look_volume(struct look *l, const char *volume, const struct txn *all, size_t n)
{
	glob_t stages = { 0 }, stores = { 0 };
	size_t i;

	(void)glob(arena_printf(l->a, "%s/*/txn/*", volume), 0, NULL, &stages);
	(void)glob(arena_printf(l->a, "%s/*/undo/*", volume), 0, NULL, &stores);
	l->stages += (unsigned)stages.gl_pathc;
	for (i = 0; i < stores.gl_pathc; i++)
		l->stages += !keeps(all, n, atoll(strrchr(stores.gl_pathv[i], '/') + 1));
	globfree(&stages);
	globfree(&stores);
}

/* What is in undo/ without being kept is garbage that somebody should have deleted. */
static void look_stores(struct look *l, const struct txn *all, size_t n)
{
	AUTO_FREE char *path = NULL;
	struct dirent *d;
	DIR *dir;

	if (asprintf(&path, "%s/" STATE "/undo", l->root) < 0)
		die("name", l->root);
	dir = opendir(path);
	if (dir == NULL && errno != ENOENT)
		die("open", path);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		l->stages += d->d_name[0] != '.' && !keeps(all, n, atoll(d->d_name));
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static void look_way_back(struct look *l, struct pkgdb *db)
{
	static const char *const settings[] = { "undo.keep", "undo.keep-bytes" };
	struct error e = ERROR_INIT;
	struct txn *all;
	const char *value;
	size_t n, i;

	if (txn_list(db, l->a, &all, &n, &e) < 0)
		die_words(&e);
	look_stores(l, all, n);
	for (i = 0; i < l->volumes.n; i++)
		look_volume(l, l->volumes.v[i], all, n);
	if (!l->way_back)
		return;
	for (i = 0; i < n; i++)
		if (all[i].keeps)
			strbuf_addf(&l->packages, " keeps-%lld", (long long)all[i].n);
	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (pkgdb_setting_get(db, l->a, settings[i], &value, &e) < 0)
			die_words(&e);
		if (value != NULL)
			strbuf_addf(&l->packages, " %s=%s", settings[i], value);
	}
}

static void look_rows(struct look *l, struct pkgdb *db)
{
	struct error e = ERROR_INIT;
	struct pkgdb_package *packages;
	size_t n, i;

	if (pkgdb_packages(db, l->a, PKGDB_NOW, &packages, &n, &e) < 0)
		die_words(&e);
	for (i = 0; i < n; i++)
		look_package(l, db, &packages[i]);
	if (pkgdb_check(db, &l->findings, &e) < 0)
		die_words(&e);
	check_contents(l, db);
	look_way_back(l, db);
}

static void look_database(struct look *l)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD int fd = -EBADF;
	struct error e = ERROR_INIT;
	struct pkgdb *db;
	int rc;

	if (asprintf(&path, "%s/" STATE, l->root) < 0)
		die("name", l->root);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		die("open", path);
	rc = fd < 0 ? -E_NOT_FOUND : pkgdb_open(fd, PKGDB_READ, &db, &e);
	if (rc == -E_NOT_FOUND)
		return; /* as one in which nothing is installed */
	if (rc < 0)
		die_words(&e);
	look_rows(l, db);
	pkgdb_close(db);
}

static void look_stages(struct look *l)
{
	AUTO_FREE char *path = NULL;
	DIR *dir;
	struct dirent *d;

	if (asprintf(&path, "%s/" STATE "/txn", l->root) < 0)
		die("name", l->root);
	dir = opendir(path);
	if (dir == NULL && errno != ENOENT)
		die("open", path);
	while (dir != NULL && (d = readdir(dir)) != NULL)
		l->stages += d->d_name[0] != '.';
	if (dir != NULL)
		(void)closedir(dir);
}

/* ---- all of it */

static unsigned lines(const struct strbuf *b)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < b->len; i++)
		n += b->p[i] == '\n';
	return n;
}

static void say_line(const struct look *l)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;

	strbuf_adds(&line, "tree ");
	add_digest(&line, l->tree.p, l->tree.len);
	strbuf_adds(&line, " db ");
	add_digest(&line, l->db.p, l->db.len);
	strbuf_addf(&line, " stages %u findings %u%s", l->stages, lines(&l->findings),
		    strbuf_str(&l->packages));
	puts(strbuf_str(&line));
}

static void say_all(const struct look *l)
{
	printf("%s%s%sstages %u\n", strbuf_str(&l->tree), strbuf_str(&l->db),
	       strbuf_str(&l->findings), l->stages);
}

static void look(const char *root, bool verbose, bool way_back)
{
	struct look l = { .a = arena_new(), .root = root, .way_back = way_back };

	if (access(root, F_OK) == 0)
		look_tree(&l);
	else if (errno != ENOENT)
		die("look at", root);
	look_database(&l);
	look_stages(&l);
	if (verbose)
		say_all(&l);
	else
		say_line(&l);
	strbuf_free(&l.tree);
	strbuf_free(&l.held);
	strbuf_free(&l.db);
	strbuf_free(&l.packages);
	strbuf_free(&l.findings);
	VEC_FREE(&l.linked);
	VEC_FREE(&l.volumes);
	arena_free(l.a);
}

static void recover_and_look(const char *root, bool way_back)
{
	struct error e = ERROR_INIT;

	if (recover_run(root, 0, NULL, NULL, NULL, NULL, &e) == 0)
		look(root, false, way_back);
	else
		printf("not recovered: %s\n", e.text);
}

int main(int argc, char **argv)
{
	int option, i;
	bool recover = false, verbose = false, way_back = false;

	while ((option = getopt(argc, argv, "krv")) != -1) {
		way_back |= option == 'k';
		recover |= option == 'r';
		verbose |= option == 'v';
	}
	if (optind >= argc || (recover && verbose)) {
		fputs("usage: rootstate [-k] [-r | -v] ROOT...\n", stderr);
		return 1;
	}
	for (i = optind; i < argc; i++)
		if (recover)
			recover_and_look(argv[i], way_back);
		else
			look(argv[i], verbose, way_back);
	return fflush(stdout) == 0 ? 0 : 1;
}
