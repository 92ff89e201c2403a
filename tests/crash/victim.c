/*
 * A command for stopat.bats to be hard on.
 *
 *	victim files N		makes files 1..N, one call each; goes on over failures
 *	victim threads T N	T threads make N files each
 *	victim fork N		a child that we don't wait for makes N files after 50 ms
 *	victim calls		makes each mutating call once, most with arguments that can't work;
 *				prints how many
 *	victim quiet		calls that change nothing
 *	victim looks		one that makes a file, and then some that only look; prints how many
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		fprintf(stderr, "%s: %s\n", name, strerrorname_np(errno));
	else
		close(fd);
}

static void make_files(const char *prefix, long n)
{
	char name[64];

	for (long i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "%s%ld", prefix, i);
		make_file(name);
	}
}

static long per_thread;

static void *run_thread(void *arg)
{
	make_files(arg, per_thread);
	return NULL;
}

static void threads(long n)
{
	static char names[64][8];
	static pthread_t ids[64];

	for (long i = 0; i < n && i < 64; i++) {
		snprintf(names[i], sizeof(names[i]), "t%ld-", i % 64);
		if (pthread_create(&ids[i], NULL, run_thread, names[i]) != 0)
			abort();
	}
	for (long i = 0; i < n && i < 64; i++)
		pthread_join(ids[i], NULL);
}

static void late_child(long n)
{
	const struct timespec soon = { .tv_nsec = 50000000 };

	if (fork() != 0)
		return;
	nanosleep(&soon, NULL);
	make_files("child", n);
	_exit(0);
}

/* Bad descriptors and bad addresses: the call is made, and nothing comes of it. */
static const long calls[] = {
	SYS_openat, SYS_mkdirat, SYS_mknodat, SYS_unlinkat, SYS_symlinkat, SYS_linkat,
	SYS_renameat2, SYS_fchmod, SYS_fchmodat, 452, SYS_fchown, SYS_fchownat, SYS_utimensat,
	SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,
	SYS_fremovexattr, SYS_truncate, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync,
	SYS_syncfs, SYS_sync_file_range, SYS_msync, SYS_mount, SYS_umount2, SYS_pivot_root,
	SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_open_tree, SYS_move_mount, SYS_mount_setattr,
#ifdef SYS_open
	SYS_open, SYS_creat, SYS_mkdir, SYS_mknod, SYS_rmdir, SYS_unlink, SYS_symlink, SYS_link,
	SYS_rename, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

static long to_file(void)
{
	const struct iovec { const void *p; size_t len; } v = { "x", 1 };
	struct open_how how = { .flags = O_RDWR };
	int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);	/* 1 */
	int pipes[2];

	if (fd < 0 || pipe(pipes) < 0 || write(pipes[1], "xx", 2) != 2)
		abort();
	syscall(SYS_openat2, -1, "x", &how, sizeof(how));
	syscall(SYS_write, fd, "x", 1);
	syscall(SYS_pwrite64, fd, "x", 1, 0);
	syscall(SYS_writev, fd, &v, 1);
	syscall(SYS_pwritev, fd, &v, 1, 0, 0);
	syscall(SYS_pwritev2, fd, &v, 1, 0, 0, 0);
	syscall(SYS_sendfile, fd, fd, NULL, 0);
	syscall(SYS_copy_file_range, fd, NULL, fd, NULL, 0, 0);
	syscall(SYS_splice, pipes[0], NULL, fd, NULL, 1, 0);
	ioctl(fd, FICLONE, -1);
	return 11;
}

static void all_calls(void)
{
	const size_t n = sizeof(calls) / sizeof(calls[0]);

	for (size_t i = 0; i < n; i++)
		syscall((int)calls[i], -1L, -1L, -1L, -1L, -1L, -1L);
	printf("%ld\n", (long)n + to_file());
}

static void quiet(void)
{
	struct open_how how = { .flags = O_RDONLY };
	struct stat st;
	int pipes[2], n = 0;
	char c;

	close(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	close((int)syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how)));
	close(open("/", O_PATH | O_CLOEXEC));
	if (stat("/", &st) < 0 || pipe(pipes) < 0 || write(pipes[1], "x", 1) != 1 ||
	    read(pipes[0], &c, 1) != 1)
		abort();
	ioctl(pipes[0], FIONREAD, &n);
	puts("hello");
}

static void say(const char *what, const char *more)
{
	if (write(1, what, strlen(what)) < 0 || write(1, more, strlen(more)) < 0 ||
	    write(1, "\n", 1) < 0)
		abort();
}

/* Without the C library where it would make calls of its own. */
static void looks(void)
{
	char buf[16];
	int fds[2], fd;

	make_file("looks");						/* 1 */
	fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);	/* 2 */
	if (syscall(SYS_read, fd, buf, sizeof(buf)) < 0)			/* 3 */
		say("read: ", strerrorname_np(errno));
	if (syscall(SYS_pread64, fd, buf, sizeof(buf), 0L) < 0)			/* 4 */
		say("pread: ", strerrorname_np(errno));
	if (syscall(SYS_pipe2, fds, 0) < 0)					/* 5 */
		say("pipe: ", strerrorname_np(errno));
	(void)syscall(SYS_read, fds[0], buf, 0L);	/* of a pipe: not counted */
	say("5", "");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0;

	if (strcmp(what, "files") == 0) {
		make_files("", n);
	} else if (strcmp(what, "threads") == 0) {
		per_thread = argc > 3 ? atol(argv[3]) : 1;
		threads(n);
	} else if (strcmp(what, "fork") == 0) {
		late_child(n);
	} else if (strcmp(what, "calls") == 0) {
		all_calls();
	} else if (strcmp(what, "quiet") == 0) {
		quiet();
	} else if (strcmp(what, "looks") == 0) {
		looks();
	} else {
		return 2;
	}
	return 0;
}
