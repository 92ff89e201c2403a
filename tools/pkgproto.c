/* pkgproto: prototype lines from what lies in a directory (pkgproto(1)). */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "formats/pkgmap.h"
#include "tools/common/say.h"

#define MAX_DEPTH (PKGMAP_MAX_PATH / 2)

static const char usage_lines[] = "pkgproto [-i] [-c class] [path[=path] ...]\n";


struct proto {
	struct arena *a;
	bool follow;		/* -i: symbolic links are what they lead to */
	const char *class;
	struct strmap *by_inode;	/* "dev:ino" to index + 1 */
	int status;
};

static void complain(struct proto *p, const char *path, const char *what)
{
	say_err("ERROR: %s\n    %s\n", path, what);
	p->status = 1;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* A prototype separates by blanks and '='; a '=' at the end alone can be written, twice. A
 * component that begins with `$small` would be a variable of the build, and a name that
 * begins with '#' or '!' is one only behind a class. */
static bool can_be_written(const char *path, bool link)
{
	const char *p;

	for (p = path; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
		if (*p == '=' && (link || p[1] != '\0' || p == path))
			return false;
		if (*p == '$' && is_lower(p[1]) && (p == path || p[-1] == '/'))
			return false;
	}
	return strlen(path) <= PKGMAP_MAX_PATH;
}

/* `to` as seen from the directory of `from`. */
static const char *relative_to(struct arena *a, const char *from, const char *to)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	size_t common = 0, i;

	for (i = 0; from[i] != '\0' && from[i] == to[i]; i++)
		if (from[i] == '/')
			common = i + 1;
	for (i = common; from[i] != '\0'; i++)
		if (from[i] == '/')
			strbuf_adds(&out, "../");
	strbuf_adds(&out, to + common);
	return arena_strdup(a, strbuf_str(&out));
}

/* The name under which this inode was shown before, else notes `shown`. */
static const char *seen_before(struct proto *p, const struct stat *st, const char *shown)
{
	char *key = arena_printf(p->a, "%ju:%ju", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);
	const char *before = strmap_find(p->by_inode, key);

	if (before == NULL)
		strmap_put(p->by_inode, key, arena_strdup(p->a, shown));
	return before;
}

static void set_owner(struct proto *p, const struct stat *st, struct entry *en)
{
	const struct passwd *pw = getpwuid(st->st_uid);
	const struct group *gr = getgrgid(st->st_gid);

	en->mode = st->st_mode & 07777;
	en->owner = pw != NULL ? arena_strdup(p->a, pw->pw_name)
			       : arena_printf(p->a, "%u", st->st_uid);
	en->group = gr != NULL ? arena_strdup(p->a, gr->gr_name)
			       : arena_printf(p->a, "%u", st->st_gid);
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 's';
	case S_IFIFO: return 'p';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	default: return '\0';
	}
}

static bool read_target(struct proto *p, const char *path, struct entry *en)
{
	char buf[PATH_MAX];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	if (n < 0)
		return false;
	buf[n] = '\0';
	en->target = arena_strdup(p->a, buf);
	return can_be_written(en->target, true);
}

/* What was reached through a link (-i) is a file of its own. */
static bool is_symlink(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void put_entry(const struct entry *en)
{
	AUTO_STRBUF struct strbuf line = STRBUF_INIT;

	pkgmap_render_entry(en, &line);
	(void)fputs(strbuf_str(&line), stdout);
}

/* `./a` is a, `a/` too; "" is the directory we are in. */
static const char *tidy(struct arena *a, const char *path)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	size_t n;

	if (path[0] == '/')
		strbuf_addch(&out, '/');
	for (; *(path += strspn(path, "/")) != '\0'; path += n) {
		n = strcspn(path, "/");
		if (n == 1 && path[0] == '.')
			continue;
		if (out.len > 0 && out.p[out.len - 1] != '/')
			strbuf_addch(&out, '/');
		strbuf_add(&out, path, n);
	}
	return arena_strdup(a, strbuf_str(&out));
}

/* One object; *ret_dir is set when it has things below it. `renamed`: it is shown under
 * another name on purpose, so where it is has to be said. */
static void show(struct proto *p, const char *path, const char *shown, bool renamed,
		 bool *ret_dir)
{
	struct entry en = { .class = p->class, .path = shown, .mode = MODE_UNSET };
	const char *before;
	struct stat st;

	*ret_dir = false;
	if ((p->follow ? stat(path, &st) : lstat(path, &st)) < 0) {
		complain(p, path, errno == ENOENT ? "pathname does not exist" : strerror(errno));
		return;
	}
	en.ftype = type_of(st.st_mode);
	if (en.ftype == '\0' || !can_be_written(path, en.ftype == 's') ||
	    !can_be_written(shown, en.ftype == 's')) {
		complain(p, path, en.ftype == '\0' ? "no package can hold such an object"
						   : "a prototype cannot name this path");
		return;
	}
	*ret_dir = en.ftype == 'd';
	if (en.ftype == 's' && !read_target(p, path, &en)) {
		complain(p, path, "a prototype cannot name the target of this link");
		return;
	}
	before = en.ftype == 'f' && st.st_nlink > 1 && !is_symlink(path) ?
		 seen_before(p, &st, shown) : NULL;
	if (before != NULL && can_be_written(shown, true) && can_be_written(before, true)) {
		en.ftype = 'l';
		en.target = relative_to(p->a, shown, before);
	} else if (en.ftype == 'f' && renamed && !str_eq(path, shown)) {
		if (!can_be_written(shown, true)) {
			complain(p, path, "a prototype cannot name this path");
			return;
		}
		en.target = path;
	}
	en.major = major(st.st_rdev);
	en.minor = minor(st.st_rdev);
	set_owner(p, &st, &en);
	put_entry(&en);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t list_dir(struct proto *p, const char *path, const char ***ret)
{
	VEC(const char *) names = VEC_INIT;
	DIR *dir = opendir(path);
	const struct dirent *d;
	size_t n;

	if (dir == NULL) {
		complain(p, path, strerror(errno));
		return 0;
	}
	while ((d = readdir(dir)) != NULL)
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			*VEC_PUSH(&names) = arena_strdup(p->a, d->d_name);
	(void)closedir(dir);
	n = names.n;
	*ret = arena_calloc(p->a, n, sizeof(**ret));
	if (n > 0) {
		memcpy(*ret, names.v, n * sizeof(**ret));
		qsort(*ret, n, sizeof(**ret), by_name);
	}
	VEC_FREE(&names);
	return n;
}

static void walk(struct proto *p, const char *path, const char *shown, bool renamed,
		 unsigned depth)
{
	const char **names = NULL;
	bool is_dir = true;
	size_t n, i;

	if (shown[0] != '\0')
		show(p, path, shown, renamed, &is_dir);
	if (!is_dir)
		return;
	if (depth >= MAX_DEPTH) {
		complain(p, path, "too deep");
		return;
	}
	n = list_dir(p, path, &names);
	for (i = 0; i < n; i++) {
		const char *below = str_eq(path, ".") ? names[i] :
			arena_printf(p->a, "%s%s%s", path, str_has_suffix(path, "/") ? "" : "/",
				     names[i]);

		walk(p, below, shown[0] == '\0' ? names[i] : arena_printf(p->a, "%s%s%s", shown,
		     str_has_suffix(shown, "/") ? "" : "/", names[i]), renamed, depth + 1);
	}
}

static void walk_operand(struct proto *p, const char *operand)
{
	const char *eq = strchr(operand, '=');
	struct stat st;

	/* a name may end in '=' itself */
	if (eq == NULL || (eq[1] == '\0' && lstat(operand, &st) == 0)) {
		walk(p, operand, tidy(p->a, operand), false, 0);
		return;
	}
	walk(p, arena_strndup(p->a, operand, (size_t)(eq - operand)), tidy(p->a, eq + 1), true, 0);
}

static void show_name(struct proto *p, const char *line)
{
	const char *eq = strchr(line, '=');
	const char *path = arena_strdup(p->a, line), *shown = tidy(p->a, line);
	bool is_dir, renamed = eq != NULL && eq[1] != '\0';

	if (renamed) {
		path = arena_strndup(p->a, line, (size_t)(eq - line));
		shown = tidy(p->a, eq + 1);
	}
	if (shown[0] != '\0')
		show(p, path, shown, renamed, &is_dir);
}

static void read_names(struct proto *p)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0] != '\0')
			show_name(p, line);
	}
	free(line);
}

static bool class_ok(const char *class)
{
	size_t n = strspn(class, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	if (n == 0 || class[n] != '\0')
		say_error("bad character in classname\n    - '%s' is not only letters and digits",
			  class);
	else if (n > PKGMAP_MAX_FIELD)
		say_error("classname argument too long");
	else
		return true;
	return false;
}

int main(int argc, char **argv)
{
	struct proto p = { .class = "none" };
	int c;

	say_program("pkgproto");
	while ((c = getopt(argc, argv, "+ic:")) != -1) {
		if (c == 'i')
			p.follow = true;
		else if (c == 'c' && class_ok(optarg))
			p.class = optarg;
		else if (c == 'c')
			return 1;
		else
			return say_usage(usage_lines);
	}
	p.a = arena_new();
	p.by_inode = strmap_new(64);
	if (optind == argc)
		read_names(&p);
	for (; optind < argc; optind++)
		walk_operand(&p, argv[optind]);
	strmap_free(p.by_inode);
	arena_free(p.a);
	if (fflush(stdout) != 0 || ferror(stdout))
		return 99;
	return p.status;
}
