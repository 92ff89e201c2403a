/*
 * stopat: runs a command and stops it, or lets a call of it fail, at its N-th mutating
 * system call.
 *
 *	stopat [--count] [--reads] [--short] [--log FILE] [ACTION...] -- COMMAND [ARGUMENT...]
 *
 * ACTION, before the N-th mutating call (from 1) of COMMAND and all it starts happens:
 *
 *	--kill N		SIGKILL to every process and thread; the call does not happen,
 *				and none after it does
 *	--error N ERRNO		the call is not made and returns ERRNO (EIO, ENOSPC, or a number)
 *	--errors N ERRNO	so it is with every call from the N-th on
 *	--signal N SIGNAL	SIGNAL (TERM, INT, or a number) to COMMAND; the call is made
 *
 * Up to four of them: a call that fails, and then the kill while that is taken back.
 *
 *	--reads			calls that only look count too, from the first mutating one on, in
 *				processes of COMMAND's own program: any open, reading files and
 *				directories, stat, links, attributes, locks, memory, pipes, forks
 *	--short			of each write to a regular file only the first half is made
 *	--count			the number of mutating calls seen, as the last line of stdout
 *	--log FILE		each of them, a line: number, process, call, paths
 *
 * Exit status: COMMAND's own; 128 + signal when a signal ended it, so 137 when we killed it;
 * 125 when stopat itself could not, 127 when there is no COMMAND. The usual loop:
 *
 *	for ((n = 1; ; n++)); do
 *		fresh_root
 *		rc=0; stopat --kill $n -- commpkg install ... || rc=$?
 *		[ $rc -eq 137 ] || break		# it was over before its n-th call
 *		check_recovery
 *	done
 *	[ $rc -eq 0 ]
 *
 * Mutating calls: opening with O_CREAT, O_TRUNC, O_WRONLY or O_RDWR; making, renaming,
 * linking and removing names; mode, owner, times, extended attributes; writing, copying and
 * cloning to regular files (not to ours: what COMMAND prints to stopat's own stdout and
 * stderr does not count); their size and allocation; fsync and its kin; mounts. They are
 * counted in order of arrival over all processes and threads, so with several threads the
 * N-th is not the same one in each run, but every one of them is the N-th of some.
 *
 * stopat waits for all that COMMAND started, as strace does.
 *
 * How: a seccomp filter (inherited by all children) stops only these calls and ptrace(2)
 * looks at them; other calls run at full speed. Once we kill, nobody is let go on, so a
 * child that outlives its parent by a moment does nothing more. Not seen: stores to a
 * shared mapping; io_uring is answered ENOSYS. LeakSanitizer can't run under ptrace and is
 * switched off for COMMAND.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <elf.h>

#if defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else /* others have no orig_rax and do not compile */
#define OUR_ARCH AUDIT_ARCH_X86_64
#endif

#define MUTATING_FLAGS (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

/* What the filter or we ask before a call counts. */
enum when { ALWAYS, OPEN_FLAGS, OPEN_HOW, TO_REGULAR, CLONING };

struct call {
	int nr;
	const char *name;
	const char *args;	/* what each is: d directory, p path, f descriptor, - other */
	enum when when;
	int arg;		/* of flags, or the descriptor that must be a regular file */
};

static const struct call calls[] = {
	{ SYS_openat, "openat", "dp", OPEN_FLAGS, 2 },
	{ SYS_openat2, "openat2", "dp", OPEN_HOW, 2 },
	{ SYS_mkdirat, "mkdirat", "dp", ALWAYS, 0 },
	{ SYS_mknodat, "mknodat", "dp", ALWAYS, 0 },
	{ SYS_unlinkat, "unlinkat", "dp", ALWAYS, 0 },
	{ SYS_symlinkat, "symlinkat", "-dp", ALWAYS, 0 },
	{ SYS_linkat, "linkat", "dpdp", ALWAYS, 0 },
#ifdef SYS_renameat
	{ SYS_renameat, "renameat", "dpdp", ALWAYS, 0 },
#endif
	{ SYS_renameat2, "renameat2", "dpdp", ALWAYS, 0 },
	{ SYS_fchmod, "fchmod", "f", ALWAYS, 0 },
	{ SYS_fchmodat, "fchmodat", "dp", ALWAYS, 0 },
	{ 452, "fchmodat2", "dp", ALWAYS, 0 },
	{ SYS_fchown, "fchown", "f", ALWAYS, 0 },
	{ SYS_fchownat, "fchownat", "dp", ALWAYS, 0 },
	{ SYS_utimensat, "utimensat", "dp", ALWAYS, 0 },
	{ SYS_setxattr, "setxattr", "p", ALWAYS, 0 },
	{ SYS_lsetxattr, "lsetxattr", "p", ALWAYS, 0 },
	{ SYS_fsetxattr, "fsetxattr", "f", ALWAYS, 0 },
	{ SYS_removexattr, "removexattr", "p", ALWAYS, 0 },
	{ SYS_lremovexattr, "lremovexattr", "p", ALWAYS, 0 },
	{ SYS_fremovexattr, "fremovexattr", "f", ALWAYS, 0 },
	{ 463, "setxattrat", "dp", ALWAYS, 0 },
	{ 466, "removexattrat", "dp", ALWAYS, 0 },
	{ SYS_write, "write", "f", TO_REGULAR, 0 },
	{ SYS_pwrite64, "pwrite64", "f", TO_REGULAR, 0 },
	{ SYS_writev, "writev", "f", TO_REGULAR, 0 },
	{ SYS_pwritev, "pwritev", "f", TO_REGULAR, 0 },
	{ SYS_pwritev2, "pwritev2", "f", TO_REGULAR, 0 },
	{ SYS_sendfile, "sendfile", "ff", TO_REGULAR, 0 },
	{ SYS_copy_file_range, "copy_file_range", "f-f", TO_REGULAR, 2 },
	{ SYS_splice, "splice", "--f", TO_REGULAR, 2 },
	{ SYS_ioctl, "ioctl", "f", CLONING, 1 },
	{ SYS_truncate, "truncate", "p", ALWAYS, 0 },
	{ SYS_ftruncate, "ftruncate", "f", ALWAYS, 0 },
	{ SYS_fallocate, "fallocate", "f", ALWAYS, 0 },
	{ SYS_fsync, "fsync", "f", ALWAYS, 0 },
	{ SYS_fdatasync, "fdatasync", "f", ALWAYS, 0 },
	{ SYS_syncfs, "syncfs", "f", ALWAYS, 0 },
	{ SYS_sync, "sync", "", ALWAYS, 0 },
	{ SYS_sync_file_range, "sync_file_range", "f", ALWAYS, 0 },
	{ SYS_msync, "msync", "", ALWAYS, 0 },
	{ SYS_mount, "mount", "pp", ALWAYS, 0 },
	{ SYS_umount2, "umount2", "p", ALWAYS, 0 },
	{ SYS_pivot_root, "pivot_root", "pp", ALWAYS, 0 },
	{ SYS_fsopen, "fsopen", "", ALWAYS, 0 },
	{ SYS_fsconfig, "fsconfig", "f", ALWAYS, 0 },
	{ SYS_fsmount, "fsmount", "f", ALWAYS, 0 },
	{ SYS_open_tree, "open_tree", "dp", ALWAYS, 0 },
	{ SYS_move_mount, "move_mount", "dpdp", ALWAYS, 0 },
	{ SYS_mount_setattr, "mount_setattr", "dp", ALWAYS, 0 },
#ifdef SYS_open	/* the old names, which aarch64 never had */
	{ SYS_open, "open", "p", OPEN_FLAGS, 1 },
	{ SYS_creat, "creat", "p", ALWAYS, 0 },
	{ SYS_mkdir, "mkdir", "p", ALWAYS, 0 },
	{ SYS_mknod, "mknod", "p", ALWAYS, 0 },
	{ SYS_rmdir, "rmdir", "p", ALWAYS, 0 },
	{ SYS_unlink, "unlink", "p", ALWAYS, 0 },
	{ SYS_symlink, "symlink", "-p", ALWAYS, 0 },
	{ SYS_link, "link", "pp", ALWAYS, 0 },
	{ SYS_rename, "rename", "pp", ALWAYS, 0 },
	{ SYS_chmod, "chmod", "p", ALWAYS, 0 },
	{ SYS_chown, "chown", "p", ALWAYS, 0 },
	{ SYS_lchown, "lchown", "p", ALWAYS, 0 },
	{ SYS_utime, "utime", "p", ALWAYS, 0 },
	{ SYS_utimes, "utimes", "p", ALWAYS, 0 },
	{ SYS_futimesat, "futimesat", "dp", ALWAYS, 0 },
#endif
};
#define NCALLS (sizeof(calls) / sizeof(calls[0]))

/* What else may fail: on a disk that can't be read, without descriptors, without memory. */
static const struct call reading[] = {
	{ SYS_openat, "openat", "dp", ALWAYS, 0 },
	{ SYS_openat2, "openat2", "dp", ALWAYS, 0 },
	{ SYS_read, "read", "f", TO_REGULAR, 0 },
	{ SYS_pread64, "pread64", "f", TO_REGULAR, 0 },
	{ SYS_readv, "readv", "f", TO_REGULAR, 0 },
	{ SYS_getdents64, "getdents64", "f", ALWAYS, 0 },
	{ SYS_newfstatat, "newfstatat", "dp", ALWAYS, 0 },
#ifdef SYS_fstat
	{ SYS_fstat, "fstat", "f", ALWAYS, 0 },
#endif
	{ SYS_statx, "statx", "dp", ALWAYS, 0 },
	{ SYS_statfs, "statfs", "p", ALWAYS, 0 },
	{ SYS_fstatfs, "fstatfs", "f", ALWAYS, 0 },
	{ SYS_readlinkat, "readlinkat", "dp", ALWAYS, 0 },
	{ SYS_getxattr, "getxattr", "p", ALWAYS, 0 },
	{ SYS_lgetxattr, "lgetxattr", "p", ALWAYS, 0 },
	{ SYS_fgetxattr, "fgetxattr", "f", ALWAYS, 0 },
	{ SYS_listxattr, "listxattr", "p", ALWAYS, 0 },
	{ SYS_llistxattr, "llistxattr", "p", ALWAYS, 0 },
	{ SYS_flistxattr, "flistxattr", "f", ALWAYS, 0 },
	{ SYS_flock, "flock", "f", ALWAYS, 0 },
	{ SYS_fcntl, "fcntl", "f", ALWAYS, 0 },
	{ SYS_mmap, "mmap", "", ALWAYS, 0 },
	{ SYS_memfd_create, "memfd_create", "", ALWAYS, 0 },
	{ SYS_pipe2, "pipe2", "", ALWAYS, 0 },
	{ SYS_dup, "dup", "f", ALWAYS, 0 },
	{ SYS_clone, "clone", "", ALWAYS, 0 },
	{ SYS_clone3, "clone3", "", ALWAYS, 0 },
	{ SYS_unshare, "unshare", "", ALWAYS, 0 },
};
#define NREADING (sizeof(reading) / sizeof(reading[0]))

static const uint32_t cloning[] = { FICLONE, FICLONERANGE, FIDEDUPERANGE, FS_IOC_SETFLAGS };

enum kind { KILL, FAIL, FAIL_ALL, SIGNAL };

struct action {
	enum kind kind;
	uint64_t at;		/* the N-th */
	int number;		/* errno or signal */
};

static struct {
	struct action actions[4];
	size_t nactions;
	bool count, reads, halves;
	FILE *log;
	struct stat own[2];	/* stdout and stderr */
	uint64_t seen;
	bool killing;
	pid_t command;
	pid_t *tracees;
	size_t ntracees, cap;
} st;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("stopat: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(125); /* takes all tracees along: PTRACE_O_EXITKILL */
}

/* ---- the filter */

static struct sock_filter code[16 + 8 * (NCALLS + NREADING)];
static unsigned short code_len;

static void emit(uint16_t op, uint32_t k, uint8_t jt, uint8_t jf)
{
	code[code_len++] = (struct sock_filter){ op, jt, jf, k };
}

static void emit_load(size_t offset)
{
	emit(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_return(uint32_t what)
{
	emit(BPF_RET | BPF_K, what, 0, 0);
}

/* The low half, where all bits that matter are; little endian as both our machines. */
static size_t arg_offset(int i)
{
	return offsetof(struct seccomp_data, args) + 8 * (size_t)i;
}

/* The call's number is in the accumulator, and still there when it is not this one. */
static void emit_call(const struct call *c)
{
	const uint8_t n = sizeof(cloning) / sizeof(cloning[0]);

	switch (c->when) {
	case OPEN_FLAGS:
		emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, 4);
		emit_load(arg_offset(c->arg));
		emit(BPF_JMP | BPF_JSET | BPF_K, MUTATING_FLAGS, 1, 0);
		emit_return(SECCOMP_RET_ALLOW);
		break;
	case CLONING:
		emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, (uint8_t)(n + 3));
		emit_load(arg_offset(c->arg));
		for (uint8_t i = 0; i < n; i++)
			emit(BPF_JMP | BPF_JEQ | BPF_K, cloning[i], (uint8_t)(n - i), 0);
		emit_return(SECCOMP_RET_ALLOW);
		break;
	default:
		emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, 1);
	}
	emit_return(SECCOMP_RET_TRACE);
}

static void emit_filter(void)
{
	emit_load(offsetof(struct seccomp_data, arch));
	emit(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	emit_return(SECCOMP_RET_ERRNO | ENOSYS); /* 32-bit calls would not be seen */
	emit_load(offsetof(struct seccomp_data, nr));
	emit(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1);
	emit_return(SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; st.reads && i < NREADING; i++)
		emit_call(&reading[i]); /* first: any open stops */
	for (size_t i = 0; i < NCALLS; i++)
		emit_call(&calls[i]);
	emit_return(SECCOMP_RET_ALLOW);
}

/* Set-id programs work only without PR_SET_NO_NEW_PRIVS, which takes CAP_SYS_ADMIN. */
static void install_filter(void)
{
	struct sock_fprog prog = { .len = code_len, .filter = code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		die("no seccomp filter: %m");
}

/* ---- the command */

static void no_leak_check(void)
{
	const char *old = getenv("ASAN_OPTIONS");
	char *text;

	if (asprintf(&text, "%s%sdetect_leaks=0", old != NULL ? old : "",
		     old != NULL && old[0] != '\0' ? ":" : "") < 0 ||
	    setenv("ASAN_OPTIONS", text, 1) < 0)
		die("%m");
}

static void __attribute__((noreturn)) run_child(int go, char **argv)
{
	char c;

	if (read(go, &c, 1) != 1) /* until we are traced */
		_exit(125);
	(void)close(go);
	no_leak_check();
	install_filter();
	execvp(argv[0], argv);
	fprintf(stderr, "stopat: cannot run '%s': %m\n", argv[0]);
	_exit(127);
}

static void start(char **argv)
{
	const unsigned long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL |
				      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE;
	int fds[2];

	emit_filter();
	if (pipe2(fds, O_CLOEXEC) < 0)
		die("no pipe: %m");
	st.command = fork();
	if (st.command < 0)
		die("cannot fork: %m");
	if (st.command == 0) {
		(void)close(fds[1]);
		run_child(fds[0], argv);
	}
	if (ptrace(PTRACE_SEIZE, st.command, NULL, (void *)options) < 0)
		die("cannot trace: %m");
	if (write(fds[1], "g", 1) != 1)
		die("cannot start the command: %m");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* ---- who is there */

static void tracee_add(pid_t pid)
{
	for (size_t i = 0; i < st.ntracees; i++)
		if (st.tracees[i] == pid)
			return;
	if (st.ntracees == st.cap) {
		st.cap = 2 * st.cap + 16;
		st.tracees = realloc(st.tracees, st.cap * sizeof(*st.tracees));
		if (st.tracees == NULL)
			die("out of memory");
	}
	st.tracees[st.ntracees++] = pid;
}

static void tracee_remove(pid_t pid)
{
	for (size_t i = 0; i < st.ntracees; i++)
		if (st.tracees[i] == pid) {
			st.tracees[i] = st.tracees[--st.ntracees];
			return;
		}
}

static void kill_all(void)
{
	st.killing = true;
	(void)kill(st.command, SIGKILL); /* it may be gone */
	for (size_t i = 0; i < st.ntracees; i++)
		(void)kill(st.tracees[i], SIGKILL);
}

/* ---- one call */

static bool peek(pid_t pid, uint64_t from, void *to, size_t len)
{
	struct iovec local = { to, len }, remote = { (void *)(uintptr_t)from, len };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)len;
}

static void peek_string(pid_t pid, uint64_t from, char *to, size_t size)
{
	size_t len = 0;

	while (len + 1 < size && peek(pid, from + len, to + len, 1) && to[len] != '\0')
		len++;
	to[len] = '\0';
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_regular(pid_t pid, int fd)
{
	char path[64];
	struct stat s;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	if (stat(path, &s) < 0 || !S_ISREG(s.st_mode))
		return false;
	return !same_file(&s, &st.own[0]) && !same_file(&s, &st.own[1]);
}

static bool counts(pid_t pid, const struct call *c, const struct __ptrace_syscall_info *info)
{
	struct open_how how;

	switch (c->when) {
	case OPEN_FLAGS: /* with --reads the filter stops all of them */
		return (info->seccomp.args[c->arg] & MUTATING_FLAGS) != 0;
	case TO_REGULAR:
		return is_regular(pid, (int)info->seccomp.args[c->arg]);
	case OPEN_HOW:
		return !peek(pid, info->seccomp.args[c->arg], &how.flags, sizeof(how.flags)) ||
		       (how.flags & MUTATING_FLAGS) != 0;
	default:
		return true;
	}
}

/* " 'DIR/PATH'"; the directory of a descriptor as /proc has it. */
static void log_path(pid_t pid, int fd, const char *path)
{
	char link[64], dir[PATH_MAX] = "";
	ssize_t len = 0;

	if (path[0] != '/' && fd != AT_FDCWD) {
		(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
		len = readlink(link, dir, sizeof(dir) - 1);
		dir[len > 0 ? len : 0] = '\0';
	}
	fprintf(st.log, " '%s%s%s'", dir, len > 0 && path[0] != '\0' ? "/" : "", path);
}

static void log_call(pid_t pid, const struct call *c, const struct __ptrace_syscall_info *info)
{
	char path[PATH_MAX];
	int dir = AT_FDCWD;

	if (st.log == NULL)
		return;
	fprintf(st.log, "%llu %d %s", (unsigned long long)st.seen, (int)pid, c->name);
	for (int i = 0; c->args[i] != '\0'; i++) {
		uint64_t arg = info->seccomp.args[i];

		if (c->args[i] == 'f') {
			log_path(pid, (int)arg, "");
		} else if (c->args[i] == 'd') {
			dir = (int)arg;
		} else if (c->args[i] == 'p') {
			peek_string(pid, arg, path, sizeof(path));
			log_path(pid, dir, path);
			dir = AT_FDCWD;
		}
	}
	fputc('\n', st.log);
	(void)fflush(st.log);
}

/* The call is not made (-1 is no call) and -err is what it returns. */
static bool fail_call(pid_t pid, int err)
{
#if !defined(__aarch64__)
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return false;
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)-err;
	return ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0;
#else
	struct user_regs_struct regs;
	struct iovec v = { &regs, sizeof(regs) };
	int none = -1;
	struct iovec nr = { &none, sizeof(none) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v) < 0)
		return false;
	regs.regs[0] = (unsigned long long)-err;
	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v) == 0 &&
	       ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &nr) == 0;
#endif
}

/* The third argument, how many bytes to write, becomes n. */
static bool set_size(pid_t pid, uint64_t n)
{
	struct user_regs_struct regs;
	struct iovec v = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v) < 0)
		return false;
#if !defined(__aarch64__)
	regs.rdx = n;
#else
	regs.regs[2] = n;
#endif
	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v) == 0;
}

static void halve(pid_t pid, const struct call *c, uint64_t n)
{
	if (st.halves && n > 1 && (c->nr == SYS_write || c->nr == SYS_pwrite64) &&
	    !set_size(pid, n / 2))
		die("cannot make a write short: %m");
}

static const struct call *find_call(const struct call *table, size_t n, uint64_t nr)
{
	for (size_t i = 0; i < n; i++)
		if ((uint64_t)table[i].nr == nr)
			return &table[i];
	return NULL;
}

/* Does this process (a fork) run what the command runs? */
static bool is_own_program(pid_t pid)
{
	char path[2][64];
	struct stat s[2];

	(void)snprintf(path[0], sizeof(path[0]), "/proc/%d/exe", (int)pid);
	(void)snprintf(path[1], sizeof(path[1]), "/proc/%d/exe", (int)st.command);
	return stat(path[0], &s[0]) == 0 && stat(path[1], &s[1]) == 0 && same_file(&s[0], &s[1]);
}

/* A mutating call, or with --reads another one after the first of them. */
static const struct call *counted_call(pid_t pid, const struct __ptrace_syscall_info *info)
{
	uint64_t nr = info->seccomp.nr;
	const struct call *c = find_call(calls, NCALLS, nr);

	if (c != NULL && counts(pid, c, info))
		return c;
	if (!st.reads || st.seen == 0 || !is_own_program(pid))
		return NULL;
	c = find_call(reading, NREADING, nr);
	return c != NULL && counts(pid, c, info) ? c : NULL;
}

static void act(pid_t pid, const struct action *a)
{
	if (st.seen != a->at && !(a->kind == FAIL_ALL && st.seen > a->at))
		return;
	switch (a->kind) {
	case KILL:
		kill_all();
		break;
	case FAIL:
	case FAIL_ALL:
		if (!fail_call(pid, a->number))
			die("cannot make a call fail: %m");
		break;
	case SIGNAL:
		(void)kill(st.command, a->number); /* it may be gone */
		break;
	}
}

static void on_call(pid_t pid)
{
	struct __ptrace_syscall_info info;
	const struct call *c;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0)
		return; /* it has just been killed by somebody else */
	c = counted_call(pid, &info);
	if (c == NULL)
		return;
	st.seen++;
	log_call(pid, c, &info);
	halve(pid, c, info.seccomp.args[2]);
	for (size_t i = 0; i < st.nactions && !st.killing; i++)
		act(pid, &st.actions[i]);
}

/* ---- the loop */

static bool stops_group(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* ESRCH: killed while it was stopped; its end is reported next. */
static void go_on(pid_t pid, int request, int sig)
{
	if (ptrace(request, pid, NULL, (void *)(long)sig) < 0 && errno != ESRCH)
		die("cannot let %d go on: %m", (int)pid);
}

static void on_stop(pid_t pid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (st.killing) {
		(void)kill(pid, SIGKILL); /* started just now; it never goes on */
		return;
	}
	if (event == PTRACE_EVENT_SECCOMP)
		on_call(pid);
	if (st.killing)
		return;
	if (event == PTRACE_EVENT_STOP && stops_group(sig))
		go_on(pid, PTRACE_LISTEN, 0);
	else
		go_on(pid, PTRACE_CONT, event != 0 ? 0 : sig);
}

/* The wait status of the command. */
static int trace(void)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			tracee_add(pid);
			on_stop(pid, status);
			continue;
		}
		tracee_remove(pid);
		if (pid == st.command)
			result = status;
	}
	return result;
}

/* ---- options */

static uint64_t parse_number(const char *s)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || s[0] == '-')
		die("'%s' is no number", s);
	return n;
}

static int parse_name(const char *s, const char *(*name_of)(int), int max, const char *prefix)
{
	size_t skip = strncmp(s, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;

	if (s[0] >= '0' && s[0] <= '9')
		return (int)parse_number(s);
	for (int i = 1; i < max; i++)
		if (name_of(i) != NULL && strcmp(name_of(i), s + skip) == 0)
			return i;
	die("'%s' is no name we know", s);
}

static void __attribute__((noreturn)) usage(void)
{
	die("usage: stopat [--count] [--reads] [--short] [--log FILE] "
	    "[--kill N | --error N ERRNO | --errors N ERRNO | --signal N SIGNAL]... "
	    "-- COMMAND [ARGUMENT...]");
}

static int parse_action(char **argv)
{
	struct action *a = &st.actions[st.nactions];

	if (st.nactions++ == sizeof(st.actions) / sizeof(st.actions[0]))
		die("no more than four actions");
	a->at = parse_number(argv[1]);
	if (strcmp(argv[0], "--kill") == 0) {
		a->kind = KILL;
		return 2;
	}
	if (argv[2] == NULL)
		usage();
	if (strcmp(argv[0], "--signal") == 0) {
		a->kind = SIGNAL;
		a->number = parse_name(argv[2], sigabbrev_np, NSIG, "SIG");
		return 3;
	}
	a->kind = strcmp(argv[0], "--error") == 0 ? FAIL : FAIL_ALL;
	if (a->kind == FAIL_ALL && strcmp(argv[0], "--errors") != 0)
		usage();
	a->number = parse_name(argv[2], strerrorname_np, 134, "");
	return 3;
}

/* Takes one option; the number of words it has. */
static int parse_option(char **argv)
{
	if (strcmp(argv[0], "--count") == 0 || strcmp(argv[0], "--reads") == 0) {
		*(argv[0][2] == 'c' ? &st.count : &st.reads) = true;
		return 1;
	}
	if (strcmp(argv[0], "--short") == 0) {
		st.halves = true;
		return 1;
	}
	if (argv[1] == NULL)
		usage();
	if (strcmp(argv[0], "--log") == 0) {
		st.log = fopen(argv[1], "we");
		if (st.log == NULL)
			die("cannot write '%s': %m", argv[1]);
		return 2;
	}
	return parse_action(argv);
}

int main(int argc, char **argv)
{
	int status;

	(void)argc;
	for (argv++; *argv != NULL && strcmp(*argv, "--") != 0;)
		argv += parse_option(argv);
	if (*argv == NULL || argv[1] == NULL)
		usage();
	for (int i = 0; i < 2; i++)
		if (fstat(i + 1, &st.own[i]) < 0)
			die("stdout and stderr must be open: %m");
	start(argv + 1);
	status = trace();
	if (st.count)
		printf("%llu\n", (unsigned long long)st.seen);
	if (fflush(stdout) != 0 || (st.log != NULL && fclose(st.log) != 0))
		die("cannot write: %m");
	free(st.tracees);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
