/* Trees: names made, read, renamed and removed below a root. */
#include "tests/unit/root_fixture.h"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static mode_t mode_of(struct fixture *f, const char *path)
{
	struct stat st;

	assert_int_equal(tree_stat(f->t, P(f, path), &st, &f->e), 0);
	return st.st_mode;
}

static void make_fifo(struct fixture *f, const char *path)
{
	assert_int_equal(tree_mknod(f->t, P(f, path), S_IFIFO | 0600, 0, &f->e), 0);
}

/* ---- made */

static void names_are_made_and_read(void **state)
{
	struct fixture *f = *state;
	const char *target;
	struct stat st;
	char *text;
	size_t len;

	make_dirs(f, "opt/x");
	make_file(f, "opt/x/file", "hello");
	make_link(f, "file", "opt/x/link");
	assert_int_equal(tree_read(f->t, f->a, P(f, "opt/x/file"), 5, &text, &len, &f->e), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "hello");
	assert_int_equal(tree_readlink(f->t, f->a, P(f, "opt/x/link"), &target, &f->e), 0);
	assert_string_equal(target, "file");
	assert_int_equal(tree_stat(f->t, P(f, "opt/x/link"), &st, &f->e), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(tree_stat(f->t, rpath_root(), &st, &f->e), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_true(tree_exists(f->t, P(f, "opt/x/link")));
	assert_false(tree_exists(f->t, P(f, "opt/x/link2")));
	assert_host_file(f, "opt/x/file", "hello");
}

static void a_file_is_made_once_and_for_us(void **state)
{
	struct fixture *f = *state;
	int fd;

	make_file(f, "file", "");
	make_link(f, "nowhere", "link");
	assert_int_equal(mode_of(f, "file"), S_IFREG | 0600);
	assert_int_equal(tree_create(f->t, P(f, "file"), &fd, &f->e), -EEXIST);
	assert_string_equal(strrchr(f->e.text, ':'), ": File exists");
	assert_int_equal(tree_create(f->t, P(f, "link"), &fd, &f->e), -EEXIST);
	assert_int_equal(tree_create(f->t, P(f, "no/file"), &fd, &f->e), -ENOENT);
	assert_int_equal(tree_create(f->t, P(f, "file/x"), &fd, &f->e), -ENOTDIR);
	assert_int_equal(tree_create(f->t, rpath_root(), &fd, &f->e), -EEXIST);
}

static void directories_have_the_mode_they_were_given(void **state)
{
	static const mode_t modes[] = { 0755, 0777, 0700, 0070, 01777, 02775, 07777, 0 };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct rpath p = P(f, arena_printf(f->a, "d%zu", i));

		assert_int_equal(tree_mkdir(f->t, p, modes[i], &f->e), 0);
		assert_int_equal(mode_of(f, p.s), S_IFDIR | modes[i]);
		assert_int_equal(tree_mkdir(f->t, p, 0755, &f->e), -EEXIST);
		assert_int_equal(mode_of(f, p.s), S_IFDIR | modes[i]);
	}
	assert_int_equal(tree_mkdir(f->t, rpath_root(), 0755, &f->e), -EEXIST);
	assert_int_equal(tree_mkdir(f->t, P(f, "no/d"), 0755, &f->e), -ENOENT);
}

static void missing_directories_are_made(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tree_mkdir(f->t, P(f, "a"), 0700, &f->e), 0);
	assert_int_equal(tree_mkdirs(f->t, P(f, "a/b/c"), 0775, &f->e), 0);
	assert_int_equal(mode_of(f, "a"), S_IFDIR | 0700);
	assert_int_equal(mode_of(f, "a/b"), S_IFDIR | 0775);
	assert_int_equal(mode_of(f, "a/b/c"), S_IFDIR | 0775);
	assert_int_equal(tree_mkdirs(f->t, P(f, "a/b/c"), 0700, &f->e), 0);
	assert_int_equal(mode_of(f, "a/b/c"), S_IFDIR | 0775);
	assert_int_equal(tree_mkdirs(f->t, rpath_root(), 0700, &f->e), 0);
}

static void directories_are_not_made_through_what_is_none(void **state)
{
	struct fixture *f = *state;

	make_file(f, "file", "");
	make_link(f, "nowhere", "dangling");
	make_link(f, "/", "top");
	assert_int_equal(tree_mkdirs(f->t, P(f, "file"), 0755, &f->e), -ENOTDIR);
	assert_int_equal(tree_mkdirs(f->t, P(f, "file/x"), 0755, &f->e), -ENOTDIR);
	assert_int_equal(tree_mkdirs(f->t, P(f, "dangling"), 0755, &f->e), -ENOENT);
	assert_int_equal(tree_mkdirs(f->t, P(f, "dangling/x"), 0755, &f->e), -ENOENT);
	assert_int_equal(tree_mkdirs(f->t, P(f, "top/x/y"), 0755, &f->e), 0);
	assert_true(host_exists(f, "x/y"));
}

static void special_files(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	make_fifo(f, "fifo");
	assert_int_equal(mode_of(f, "fifo"), S_IFIFO | 0600);
	assert_int_equal(tree_mknod(f->t, P(f, "fifo2"), S_IFIFO | 0666, 0, &f->e), 0);
	assert_int_equal(mode_of(f, "fifo2"), S_IFIFO | 0666);
	assert_int_equal(tree_mknod(f->t, P(f, "fifo"), S_IFIFO | 0600, 0, &f->e), -EEXIST);
	if (tree_mknod(f->t, P(f, "null"), S_IFCHR | 0600, makedev(1, 3), &f->e) == -EPERM)
		return; /* not root, or in a container */
	assert_int_equal(tree_stat(f->t, P(f, "null"), &st, &f->e), 0);
	assert_int_equal(st.st_rdev, makedev(1, 3));
}

/* ---- read */

static void only_regular_files_are_opened(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	AUTO_FD int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static const struct { const char *path, *words; } rows[] = {
		{ "fifo", "a named pipe" }, { "dir", "a directory" }, { "link", "a symbolic link" },
		{ "sock", "a socket" },
	};
	int fd = -1;

	make_fifo(f, "fifo");
	make_dirs(f, "dir");
	make_file(f, "file", "");
	make_link(f, "file", "link");
	if ((size_t)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/root/sock", f->top) >=
	    sizeof(addr.sun_path) || bind(s, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		put_file(at_top(f, "root/sock"), ""); /* a long TMPDIR */
	for (size_t i = 0; i < 3u + (addr.sun_path[0] == '/'); i++) {
		assert_int_equal(tree_open_file(f->t, P(f, rows[i].path), &fd, &f->e),
				 -E_UNSUPPORTED);
		assert_non_null(strstr(f->e.text, rows[i].words));
	}
	assert_int_equal(tree_open_file(f->t, P(f, "no"), &fd, &f->e), -ENOENT);
	assert_int_equal(fd, -1);
	assert_int_equal(tree_open_file(f->t, P(f, "file"), &fd, &f->e), 0);
	assert_int_equal(close(fd), 0);
}

static void a_read_has_a_limit(void **state)
{
	struct fixture *f = *state;
	char *text = NULL;
	size_t len;

	make_file(f, "file", "12345");
	make_file(f, "empty", "");
	assert_int_equal(tree_read(f->t, f->a, P(f, "file"), 4, &text, &len, &f->e), -E_LIMIT);
	assert_null(text);
	assert_int_equal(tree_read(f->t, f->a, P(f, "file"), 5, &text, &len, &f->e), 0);
	assert_int_equal(tree_read(f->t, f->a, P(f, "empty"), 0, &text, &len, &f->e), 0);
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
}

static void names_are_listed_in_order(void **state)
{
	struct fixture *f = *state;
	const char **names;
	size_t n, count;

	make_dirs(f, "d/sub");
	make_file(f, "d/b", "");
	make_file(f, "d/B", "");
	make_file(f, "d/.a", "");
	make_link(f, "d", "link");
	assert_int_equal(tree_list(f->t, f->a, P(f, "d"), &names, &n, &f->e), 0);
	assert_int_equal(n, 4);
	assert_int_equal(tree_count(f->t, P(f, "d"), &count, &f->e), 0);
	assert_int_equal(count, 4);
	assert_string_equal(names[0], ".a");
	assert_string_equal(names[1], "B");
	assert_string_equal(names[2], "b");
	assert_string_equal(names[3], "sub");
	assert_int_equal(tree_list(f->t, f->a, rpath_root(), &names, &n, &f->e), 0);
	assert_int_equal(n, 2);
	assert_int_equal(tree_list(f->t, f->a, P(f, "d/sub"), &names, &n, &f->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(tree_list(f->t, f->a, P(f, "link"), &names, &n, &f->e), -ENOTDIR);
	assert_int_equal(tree_list(f->t, f->a, P(f, "d/b"), &names, &n, &f->e), -ENOTDIR);
	assert_int_equal(tree_count(f->t, P(f, "d/sub"), &count, &f->e), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tree_count(f->t, P(f, "link"), &count, &f->e), -ENOTDIR);
	assert_int_equal(tree_count(f->t, P(f, "no"), &count, &f->e), -ENOENT);
}

/* One look tells what lstat(2) does. */
static void assert_looks_like(struct fixture *f, const char *path)
{
	struct tree_look l, top;
	struct stat st;

	assert_int_equal(tree_look(f->t, rpath_root(), &top, &f->e), 0);
	assert_int_equal(tree_look(f->t, P(f, path), &l, &f->e), 0);
	assert_int_equal(tree_stat(f->t, P(f, path), &st, &f->e), 0);
	assert_int_equal(l.st.st_dev, st.st_dev);
	assert_int_equal(l.st.st_ino, st.st_ino);
	assert_int_equal(l.st.st_mode, st.st_mode);
	assert_int_equal(l.st.st_nlink, st.st_nlink);
	assert_int_equal(l.st.st_uid, st.st_uid);
	assert_int_equal(l.st.st_gid, st.st_gid);
	assert_int_equal(l.st.st_rdev, st.st_rdev);
	assert_int_equal(l.st.st_size, st.st_size);
	assert_int_equal(l.st.st_blocks, st.st_blocks);
	assert_memory_equal(&l.st.st_mtim, &st.st_mtim, sizeof(st.st_mtim));
	assert_memory_equal(&l.st.st_ctim, &st.st_ctim, sizeof(st.st_ctim));
	assert_int_equal(l.mount, top.mount);
	assert_int_equal(l.fixed, TREE_FREE);
}

static void a_look_tells_all(void **state)
{
	struct fixture *f = *state;
	struct tree_look l;

	make_dirs(f, "d");
	make_file(f, "d/file", "seven b");
	make_link(f, "../out/file", "link");
	make_fifo(f, "fifo");
	assert_int_equal(tree_utime(f->t, P(f, "d/file"), 12, 345, &f->e), 0);
	assert_int_equal(tree_link(f->t, P(f, "d/file"), f->t, P(f, "other"), &f->e), 0);
	assert_looks_like(f, "d");
	assert_looks_like(f, "d/file");
	assert_looks_like(f, "link");
	assert_looks_like(f, "fifo");
	assert_int_equal(tree_look(f->t, P(f, "no"), &l, &f->e), -ENOENT);
	if (geteuid() != 0)
		return;
	assert_int_equal(tree_mknod(f->t, P(f, "null"), S_IFCHR | 0600, makedev(1, 3), &f->e), 0);
	assert_int_equal(tree_chown(f->t, P(f, "d/file"), 71, 8, &f->e), 0);
	assert_looks_like(f, "null");
	assert_looks_like(f, "d/file");
}

static void space_is_that_of_the_nearest_directory(void **state)
{
	struct fixture *f = *state;
	struct tree_space here, there;

	assert_int_equal(tree_statfs(f->t, rpath_root(), &here, &f->e), 0);
	assert_int_equal(tree_statfs(f->t, P(f, "not/yet/there"), &there, &f->e), 0);
	assert_true(here.block >= 512 && here.bytes > 0 && here.inodes > 0);
	assert_int_equal(there.block, here.block);
	assert_int_equal(tree_sync(f->t, &f->e), 0);
}

/* ---- attributes, which follow nothing and wait for nothing */

static void modes_are_set_on_what_is_no_link(void **state)
{
	struct fixture *f = *state;

	make_file(f, "file", "");
	make_dirs(f, "dir");
	make_fifo(f, "fifo");
	make_link(f, "../out/file", "link");
	make_link(f, at_top(f, "out/file"), "abs");
	assert_int_equal(tree_chmod(f->t, P(f, "file"), 04755, &f->e), 0);
	assert_int_equal(mode_of(f, "file"), S_IFREG | 04755);
	assert_int_equal(tree_chmod(f->t, P(f, "dir"), 01777, &f->e), 0);
	assert_int_equal(mode_of(f, "dir"), S_IFDIR | 01777);
	assert_int_equal(tree_chmod(f->t, P(f, "fifo"), 0640, &f->e), 0);
	assert_int_equal(mode_of(f, "fifo"), S_IFIFO | 0640);
	assert_int_equal(tree_chmod(f->t, P(f, "link"), 0777, &f->e), -EOPNOTSUPP);
	assert_int_equal(tree_chmod(f->t, P(f, "abs"), 0777, &f->e), -EOPNOTSUPP);
	assert_int_equal(tree_chmod(f->t, P(f, "no"), 0777, &f->e), -ENOENT);
	assert_int_equal(tree_chmod(f->t, rpath_root(), 0711, &f->e), 0);
	assert_int_equal(mode_of(f, "/"), S_IFDIR | 0711);
}

static void owners_and_times_are_the_link_s_own(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	make_link(f, "../out/file", "link");
	make_link(f, at_top(f, "out/file"), "abs");
	assert_int_equal(tree_utime(f->t, P(f, "abs"), -1, 500, &f->e), 0);
	assert_int_equal(tree_stat(f->t, P(f, "abs"), &st, &f->e), 0);
	assert_int_equal(st.st_mtim.tv_sec, -1);
	assert_int_equal(st.st_mtim.tv_nsec, 500);
	assert_int_equal(tree_utime(f->t, P(f, "no"), 0, 0, &f->e), -ENOENT);
	if (geteuid() != 0)
		return;
	assert_int_equal(tree_chown(f->t, P(f, "abs"), 71, 8, &f->e), 0);
	assert_int_equal(tree_chown(f->t, P(f, "link"), 71, 8, &f->e), 0);
	assert_int_equal(tree_stat(f->t, P(f, "link"), &st, &f->e), 0);
	assert_int_equal(st.st_uid, 71);
	assert_int_equal(st.st_gid, 8);
}

/* ---- links, renames, removals */

static void hard_links_follow_nothing(void **state)
{
	struct fixture *f = *state;
	const char *target;
	struct stat st;

	make_file(f, "file", "x");
	make_link(f, at_top(f, "out/file"), "abs");
	assert_int_equal(tree_link(f->t, P(f, "file"), f->t, P(f, "file2"), &f->e), 0);
	assert_int_equal(tree_stat(f->t, P(f, "file2"), &st, &f->e), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(tree_link(f->t, P(f, "abs"), f->t, P(f, "abs2"), &f->e), 0);
	assert_int_equal(tree_readlink(f->t, f->a, P(f, "abs2"), &target, &f->e), 0);
	assert_string_equal(target, at_top(f, "out/file"));
	assert_int_equal(tree_link(f->t, P(f, "file"), f->t, P(f, "abs"), &f->e), -EEXIST);
	assert_non_null(strstr(f->e.text, "root/file' to '"));
}

static void renames_have_three_kinds(void **state)
{
	struct fixture *f = *state;

	make_file(f, "a", "a");
	make_file(f, "b", "b");
	assert_int_equal(tree_rename(f->t, P(f, "a"), f->t, P(f, "b"), RENAME_NOREPLACE, &f->e),
			 -EEXIST);
	assert_int_equal(tree_rename(f->t, P(f, "a"), f->t, P(f, "b"), RENAME_EXCHANGE, &f->e), 0);
	assert_host_file(f, "a", "b");
	assert_int_equal(tree_rename(f->t, P(f, "a"), f->t, P(f, "b"), 0, &f->e), 0);
	assert_host_file(f, "b", "b");
	assert_int_equal(tree_rename(f->t, P(f, "a"), f->t, P(f, "b"), 0, &f->e), -ENOENT);
	assert_non_null(strstr(f->e.text, "cannot rename '"));
}

static void names_move_between_trees(void **state)
{
	struct fixture *f = *state;
	struct tree *stage;

	assert_int_equal(tree_open_below(f->t, P(f, "stage"), 0700, true, &stage, &f->e), 0);
	make_dirs(f, "opt");
	assert_int_equal(tree_mkdirs(stage, P(f, "opt/new"), 0755, &f->e), 0);
	assert_int_equal(tree_rename(stage, P(f, "opt/new"), f->t, P(f, "opt/new"), 0, &f->e), 0);
	assert_true(host_exists(f, "opt/new"));
	assert_false(tree_exists(stage, P(f, "opt/new")));
	make_file(f, "opt/new/file", "x");
	assert_int_equal(tree_link(f->t, P(f, "opt/new/file"), stage, P(f, "kept"), &f->e), 0);
	assert_host_file(f, "stage/kept", "x");
	tree_close(stage);
}

static void removals_are_of_one_name(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "d/e");
	make_link(f, "/d", "link");
	assert_int_equal(tree_rmdir(f->t, P(f, "d"), &f->e), -ENOTEMPTY);
	assert_int_equal(tree_unlink(f->t, P(f, "d/e"), &f->e), -EISDIR);
	assert_int_equal(tree_rmdir(f->t, P(f, "link"), &f->e), -ENOTDIR);
	assert_int_equal(tree_unlink(f->t, P(f, "link"), &f->e), 0);
	assert_int_equal(tree_rmdir(f->t, P(f, "d/e"), &f->e), 0);
	assert_int_equal(tree_rmdir(f->t, P(f, "d"), &f->e), 0);
	assert_int_equal(tree_unlink(f->t, P(f, "d"), &f->e), -ENOENT);
}

/* ---- borders */

static void a_tree_below_is_reached_without_links(void **state)
{
	struct fixture *f = *state;
	struct tree *t = NULL;

	make_dirs(f, "real/dir");
	make_link(f, "real", "link");
	make_link(f, "../out", "out");
	make_file(f, "file", "");
	assert_int_equal(tree_open_below(f->t, P(f, "link/dir"), 0, false, &t, &f->e), -ELOOP);
	assert_int_equal(tree_open_below(f->t, P(f, "link"), 0, false, &t, &f->e), -ELOOP);
	assert_int_equal(tree_open_below(f->t, P(f, "out"), 0755, false, &t, &f->e), -ELOOP);
	assert_int_equal(tree_open_below(f->t, P(f, "out/x"), 0755, false, &t, &f->e), -ELOOP);
	assert_int_equal(tree_open_below(f->t, P(f, "file"), 0755, false, &t, &f->e), -ENOTDIR);
	assert_int_equal(tree_open_below(f->t, P(f, "no"), 0, false, &t, &f->e), -ENOENT);
	assert_int_equal(tree_open_below(f->t, P(f, "real"), 0755, true, &t, &f->e), -EEXIST);
	assert_null(t);
	assert_int_equal(tree_open_below(f->t, P(f, "real/new/x"), 0700, true, &t, &f->e), 0);
	assert_int_equal(mode_of(f, "real/new"), S_IFDIR | 0700);
	assert_string_equal(tree_path(t), at_top(f, "root/real/new/x"));
	tree_close(t);
	tree_close(NULL);
}

static void a_second_handle_is_its_own(void **state)
{
	struct fixture *f = *state;
	struct tree *t;

	assert_int_equal(tree_dup(f->t, &t, &f->e), 0);
	assert_int_equal(tree_dev(t), tree_dev(f->t));
	assert_int_not_equal(tree_fd(t), tree_fd(f->t));
	assert_int_equal(tree_mkdir(t, P(f, "d"), 0755, &f->e), 0);
	tree_close(t);
	assert_true(tree_exists(f->t, P(f, "d")));
}

static void a_root_is_an_absolute_directory(void **state)
{
	struct fixture *f = *state;
	struct root *r = NULL;

	assert_int_equal(root_open("", false, &r, &f->e), -E_USAGE);
	assert_int_equal(root_open("root", false, &r, &f->e), -E_USAGE);
	assert_int_equal(root_open(at_top(f, "no"), false, &r, &f->e), -ENOENT);
	assert_int_equal(root_open(at_top(f, "no/no"), true, &r, &f->e), -ENOENT);
	assert_int_equal(root_open(at_top(f, "out/file"), true, &r, &f->e), -ENOTDIR);
	assert_null(r);
	assert_int_equal(root_open(at_top(f, "made//"), true, &r, &f->e), 0);
	assert_string_equal(r->path, at_top(f, "made"));
	assert_false(r->live);
	root_close(r);
	assert_int_equal(root_open("//tmp/..", false, &r, &f->e), 0);
	assert_true(r->live);
	assert_int_equal(r->owners, geteuid() == 0);
	root_close(r);
	root_close(NULL);
}

static void messages_name_paths_as_the_root_sees_them(void **state)
{
	struct fixture *f = *state;
	struct tree *s;
	struct root *r;
	struct stat st;

	assert_int_equal(root_open(at_top(f, "root"), false, &r, &f->e), 0);
	assert_int_equal(tree_stat(r->tree, P(f, "opt/x"), &st, &f->e), -ENOENT);
	assert_string_equal(f->e.text, "cannot stat '/opt/x': No such file or directory");
	assert_int_equal(root_state(r, true, &s, &f->e), 0);
	assert_int_equal(tree_unlink(s, P(f, "lock"), &f->e), -ENOENT);
	assert_string_equal(f->e.text,
			    "cannot remove '/var/lib/commpkg/lock': No such file or directory");
	tree_close(s);
	root_close(r);
}

/* ---- the state directory */

static int state_of(struct fixture *f, bool create)
{
	struct tree *s;
	struct root *r;
	int rc;

	assert_int_equal(root_open(at_top(f, "root"), false, &r, &f->e), 0);
	rc = root_state(r, create, &s, &f->e);
	if (rc == 0)
		tree_close(s);
	root_close(r);
	return rc;
}

static void the_state_directory_is_made_when_asked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(state_of(f, false), -ENOENT);
	assert_false(host_exists(f, "var"));
	assert_int_equal(state_of(f, true), 0);
	assert_int_equal(mode_of(f, "var/lib/commpkg"), S_IFDIR | 0755);
	assert_int_equal(state_of(f, false), 0);
}

static void the_state_directory_is_no_link(void **state)
{
	struct fixture *f = *state;

	make_link(f, at_top(f, "out"), "var");
	assert_int_equal(state_of(f, true), -ELOOP);
	assert_int_equal(tree_unlink(f->t, P(f, "var"), &f->e), 0);
	make_dirs(f, "var/lib");
	make_link(f, "../../../out", "var/lib/commpkg");
	assert_int_equal(state_of(f, true), -ELOOP);
	assert_int_equal(state_of(f, false), -ELOOP);
}

static void the_state_directory_is_ours_alone(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "var/lib/commpkg");
	assert_int_equal(tree_chmod(f->t, P(f, "var/lib/commpkg"), 0775, &f->e), 0);
	assert_int_equal(state_of(f, true), -EPERM);
	assert_int_equal(state_of(f, false), 0); /* a reader has nothing to lose */
	assert_int_equal(tree_chmod(f->t, P(f, "var/lib/commpkg"), 0755, &f->e), 0);
	assert_int_equal(state_of(f, true), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(tree_chown(f->t, P(f, "var/lib/commpkg"), 71, 0, &f->e), 0);
	assert_int_equal(state_of(f, true), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(names_are_made_and_read),
		BOTH(a_file_is_made_once_and_for_us),
		BOTH(directories_have_the_mode_they_were_given),
		BOTH(missing_directories_are_made),
		BOTH(directories_are_not_made_through_what_is_none),
		BOTH(special_files),
		BOTH(only_regular_files_are_opened),
		BOTH(a_read_has_a_limit),
		BOTH(names_are_listed_in_order),
		BOTH(a_look_tells_all),
		BOTH(space_is_that_of_the_nearest_directory),
		BOTH(modes_are_set_on_what_is_no_link),
		BOTH(owners_and_times_are_the_link_s_own),
		BOTH(hard_links_follow_nothing),
		BOTH(renames_have_three_kinds),
		BOTH(names_move_between_trees),
		BOTH(removals_are_of_one_name),
		BOTH(a_tree_below_is_reached_without_links),
		BOTH(a_second_handle_is_its_own),
		BOTH(a_root_is_an_absolute_directory),
		BOTH(messages_name_paths_as_the_root_sees_them),
		BOTH(the_state_directory_is_made_when_asked),
		BOTH(the_state_directory_is_no_link),
		BOTH(the_state_directory_is_ours_alone),
	};

	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
