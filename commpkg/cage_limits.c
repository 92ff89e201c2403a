/*
 * Rights and limits of the script: capabilities, system calls, resources.
 *
 * The filter refuses what no installation needs and what has been a way out of a cage
 * before: mounts and namespaces, modules, kexec, clocks, keys, BPF, io_uring (which does
 * what other filters refuse), file handles. socket(2) gives Internet sockets (the network
 * namespace has none to talk to) and netlink; AF_UNIX would reach the host's daemons by
 * path, AF_VSOCK the machine below. Of a pair of sockets, one for datagrams would send to any path
 * as well: pairs are for streams. Calls of a second architecture (32-bit programs) have a
 * table of their own.
 *
 * A limit of no bytes for core files does not keep the kernel from starting the program that this
 * host hands them to, outside of any cage; one byte does (fs/coredump.c). So that is the limit,
 * and to set another succeeds and does nothing.
 *
 * It refuses with EPERM, not death: configure-like scripts try things. In a root without
 * owners (made by an ordinary user) chown is made to do nothing and succeed: there the ids
 * that scripts name are not mapped, and owners of packages' files are not set either.
 */
#include "cage_internal.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- capabilities */

#define CAP(c) (UINT64_C(1) << (c))
#define CAPS_KEPT (CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_FOWNER) | \
		   CAP(CAP_FSETID) | CAP(CAP_KILL) | CAP(CAP_SETGID) | CAP(CAP_SETUID) | \
		   CAP(CAP_SETFCAP) | CAP(CAP_SYS_CHROOT))

/* The bounding set is what execve() gives uid 0. */
static int drop_bounding(uint64_t keep)
{
	for (unsigned i = 0; i < 64; i++) {
		if ((keep & CAP(i)) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return errno == EINVAL ? 0 : -errno; /* the kernel's last was i - 1 */
	}
	return 0;
}

static int set_own(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2], set[2];

	if (syscall(SYS_capget, &head, now) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		uint32_t mask = (uint32_t)(keep >> (32 * i)) & now[i].permitted;

		set[i] = (struct __user_cap_data_struct){ .effective = mask, .permitted = mask };
	}
	return syscall(SYS_capset, &head, set) < 0 ? -errno : 0;
}

static bool may_drop(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2];

	return syscall(SYS_capget, &head, now) == 0 &&
	       (now[0].effective & CAP(CAP_SETPCAP)) != 0;
}

static int drop_capabilities(struct cage_plan *p)
{
	uint64_t keep = CAPS_KEPT | (p->cage->devices ? CAP(CAP_MKNOD) : 0);
	int rc;

	p->what = "cannot drop capabilities";
	rc = may_drop() ? drop_bounding(keep) : 0; /* else there are none to be had */
	if (rc == 0)
		rc = set_own(keep);
	if (rc == 0)
		p->layers |= CAGE_CAPABILITIES;
	return rc;
}

/* ---- system calls */

#if defined(__x86_64__)
#define ARCH_NATIVE AUDIT_ARCH_X86_64
#define ARCH_SECOND AUDIT_ARCH_I386
#define NR_MAX 0x40000000u	/* above: x32 */
#elif defined(__aarch64__)
#define ARCH_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH_NATIVE AUDIT_ARCH_I386
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_NATIVE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH_NATIVE AUDIT_ARCH_PPC64LE
#endif

#ifdef ARCH_NATIVE

static const int refused[] = {
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_move_mount, SYS_open_tree, SYS_fsopen,
	SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_unshare, SYS_setns,
	SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_reboot,
	SYS_swapon, SYS_swapoff, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
	SYS_clock_adjtime, SYS_acct, SYS_quotactl, SYS_keyctl, SYS_add_key, SYS_request_key,
	SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup,
	SYS_io_uring_enter, SYS_io_uring_register, SYS_name_to_handle_at,
	SYS_open_by_handle_at, SYS_fanotify_init, SYS_syslog, SYS_vhangup, SYS_sethostname,
	SYS_setdomainname,
#ifdef SYS_kexec_file_load
	SYS_kexec_file_load,
#endif
#ifdef SYS_quotactl_fd
	SYS_quotactl_fd,
#endif
#ifdef SYS_iopl
	SYS_iopl, SYS_ioperm,
#endif
	467,	/* open_tree_attr, Linux 6.15, the same number everywhere */
};

static const int owning[] = {
#ifdef SYS_chown
	SYS_chown, SYS_lchown,
#endif
	SYS_fchown, SYS_fchownat,
};

#ifdef ARCH_SECOND
static const int owning_second[] = { 182, 16, 95, 298, 212, 198, 207 };
/* The same on i386, and socketcall (its arguments can't be seen). Source: Linux,
 * arch/x86/entry/syscalls/syscall_32.tbl. */
static const int refused_second[] = {
	21, 52, 22, 217, 429, 428, 430, 431, 432, 433, 442, 310, 346, 283, 128, 350, 129, 88,
	87, 115, 79, 264, 404, 124, 343, 405, 51, 131, 443, 288, 286, 287, 357, 336, 374, 425,
	426, 427, 341, 342, 338, 103, 111, 74, 121, 101, 110, 25, 467, 102,
};
#endif

#define PROGRAM_MAX 384

struct program {
	struct sock_filter f[PROGRAM_MAX];
	unsigned short n;
};

#define OFFSET(member) (offsetof(struct seccomp_data, member))
/* The lower half of an argument: flags and domains fit in it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARGUMENT(i) (OFFSET(args) + 8 * (i))
#define ARGUMENT_UPPER(i) (OFFSET(args) + 8 * (i) + 4)
#else
#define ARGUMENT(i) (OFFSET(args) + 8 * (i) + 4)
#define ARGUMENT_UPPER(i) (OFFSET(args) + 8 * (i))
#endif
#define TYPE_MASK 0xfu	/* of a socket; the rest is SOCK_CLOEXEC and such */
#define CLONE_ANY (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
		   CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static void add(struct program *p, struct sock_filter f)
{
	if (p->n < PROGRAM_MAX)
		p->f[p->n++] = f;
}

static void load(struct program *p, size_t offset)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Skips the next `over` instructions unless the value is k. */
static void unless(struct program *p, uint32_t k, unsigned char over)
{
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, over));
}

static void end(struct program *p, uint32_t verdict)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static void fail_with(struct program *p, int err)
{
	end(p, SECCOMP_RET_ERRNO | (uint32_t)err);
}

static void fail_all(struct program *p, const int *calls, size_t n, int err)
{
	for (size_t i = 0; i < n; i++) {
		unless(p, (uint32_t)calls[i], 1);
		fail_with(p, err);
	}
}

#define FAIL_ALL(p, calls, err) fail_all(p, calls, sizeof(calls) / sizeof(*(calls)), err)

/* With the number loaded. Ends in a verdict when it was socket(). */
static void add_socket(struct program *p, uint32_t nr)
{
	unless(p, nr, 8);
	load(p, ARGUMENT(0));
	unless(p, AF_INET, 1);
	end(p, SECCOMP_RET_ALLOW);
	unless(p, AF_INET6, 1);
	end(p, SECCOMP_RET_ALLOW);
	unless(p, AF_NETLINK, 1);
	end(p, SECCOMP_RET_ALLOW);
	fail_with(p, EAFNOSUPPORT);
}

/* With the number loaded: only pairs of stream sockets, which nobody else can be reached by. */
static void add_socketpair(struct program *p, uint32_t nr)
{
	unless(p, nr, 10);
	load(p, ARGUMENT(0));
	unless(p, AF_UNIX, 7);
	load(p, ARGUMENT(1));
	add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPE_MASK));
	unless(p, SOCK_STREAM, 1);
	end(p, SECCOMP_RET_ALLOW);
	unless(p, SOCK_SEQPACKET, 1);
	end(p, SECCOMP_RET_ALLOW);
	fail_with(p, ESOCKTNOSUPPORT);
	fail_with(p, EAFNOSUPPORT);
}

/* With the number loaded: the limit of core files stays as it is; asking for it is allowed. */
static void add_core_limit(struct program *p, uint32_t set, uint32_t set_or_get)
{
	unless(p, set, 4);
	load(p, ARGUMENT(0));
	unless(p, RLIMIT_CORE, 1);
	fail_with(p, 0);
	end(p, SECCOMP_RET_ALLOW);
	unless(p, set_or_get, 8);
	load(p, ARGUMENT(1));
	unless(p, RLIMIT_CORE, 5);
	load(p, ARGUMENT(2)); /* a pointer: NULL does not set */
	unless(p, 0, 2);
	load(p, ARGUMENT_UPPER(2));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
	fail_with(p, 0);
	end(p, SECCOMP_RET_ALLOW);
}

/* clone3's flags are in memory; glibc falls back to clone. */
static void add_clone(struct program *p, uint32_t clone, uint32_t clone3)
{
	unless(p, clone3, 1);
	fail_with(p, ENOSYS);
	unless(p, clone, 4);
	load(p, ARGUMENT(0));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_ANY, 0, 1));
	fail_with(p, EPERM);
	end(p, SECCOMP_RET_ALLOW);
}

static void build_native(struct program *p, bool owners)
{
	load(p, OFFSET(nr));
#ifdef NR_MAX
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, NR_MAX, 0, 1));
	fail_with(p, ENOSYS);
#endif
	FAIL_ALL(p, refused, EPERM);
	if (!owners)
		FAIL_ALL(p, owning, 0);
	add_clone(p, SYS_clone, SYS_clone3);
	add_socket(p, SYS_socket);
	add_socketpair(p, SYS_socketpair);
#ifdef SYS_setrlimit
	add_core_limit(p, SYS_setrlimit, SYS_prlimit64);
#else
	add_core_limit(p, SYS_prlimit64, SYS_prlimit64);
#endif
	end(p, SECCOMP_RET_ALLOW);
}

static void build_second(struct program *p, bool owners)
{
#ifdef ARCH_SECOND
	unless(p, ARCH_SECOND, 1);
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0));
	fail_with(p, ENOSYS);
	load(p, OFFSET(nr));
	FAIL_ALL(p, refused_second, EPERM);
	if (!owners)
		FAIL_ALL(p, owning_second, 0);
	add_clone(p, 120, 435);
	add_socket(p, 359);
	add_socketpair(p, 360);
	add_core_limit(p, 75, 340);
	end(p, SECCOMP_RET_ALLOW);
#else
	(void)owners;
	fail_with(p, ENOSYS);
#endif
}

/* A jump over the native part is too long for a conditional one. */
static bool build(struct program *p, bool owners)
{
	unsigned short over;

	load(p, OFFSET(arch));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_NATIVE, 1, 0));
	over = p->n;
	add(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	build_native(p, owners);
	p->f[over].k = (uint32_t)(p->n - over - 1);
	build_second(p, owners);
	return p->n < PROGRAM_MAX;
}

static int filter_calls(bool owners)
{
	struct program p = { .n = 0 };
	struct sock_fprog prog = { .filter = p.f };

	if (!build(&p, owners))
		return -E2BIG;
	prog.len = p.n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0 ? -errno : 0;
}

#else

static int filter_calls(bool owners)
{
	(void)owners;
	return -ENOSYS;
}

#endif

/* ---- resources */

static int limit(int resource, rlim_t value)
{
	struct rlimit now, set = { .rlim_cur = value, .rlim_max = value };

	if (getrlimit(resource, &now) < 0)
		return -errno;
	if (now.rlim_max < value)
		set.rlim_cur = set.rlim_max = now.rlim_max;
	return setrlimit(resource, &set) < 0 ? -errno : 0;
}

/* While we may still raise it; see above. */
static int limit_core(void)
{
	const struct rlimit least = { .rlim_cur = 1, .rlim_max = 1 };

	return setrlimit(RLIMIT_CORE, &least) == 0 ? 0 : limit(RLIMIT_CORE, 1);
}

int cage_limits_take(struct cage_plan *p)
{
	int rc;

	p->what = "cannot limit core files";
	rc = limit_core();
	if (rc == 0)
		rc = drop_capabilities(p);
	if (rc < 0)
		return rc;
	p->what = "cannot give up gaining privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	p->layers |= CAGE_NO_NEW_PRIVILEGES;
	rc = cage_landlock(p);
	if (rc < 0)
		return rc;
	p->what = "cannot filter system calls";
	rc = filter_calls(p->cage->root->owners);
	if (rc == 0)
		p->layers |= CAGE_SECCOMP | (p->cage->root->owners ? 0 : CAGE_OWNERS_IGNORED);
	return p->cage->policy == CAGE_REQUIRE ? rc : 0;
}

/* ---- ids of the script itself */

/* In a user namespace perhaps only the caller is mapped, as uid 0: then scripts for others
 * run as that. */
static int set_ids(const struct cage_plan *p)
{
	const struct cage *c = p->cage;
	int refused_err = 0;

	if (setgroups(0, NULL) < 0 || setresgid(c->gid, c->gid, c->gid) < 0)
		refused_err = errno;
	if (setresuid(c->uid, c->uid, c->uid) < 0)
		refused_err = errno;
	return refused_err != 0 && !p->inner && !p->ordinary ? -refused_err : 0;
}

int cage_limits_script(struct cage_plan *p)
{
	int rc;

	p->what = "cannot set limits";
	rc = limit(RLIMIT_CORE, 1); /* where nothing else was taken */
	if (rc == 0)
		rc = limit(RLIMIT_NOFILE, 4096);
	if (rc == 0 && p->cage->file_limit != 0)
		rc = limit(RLIMIT_FSIZE, p->cage->file_limit);
	p->what = "cannot become the user of the script";
	return rc < 0 ? rc : set_ids(p);
}
