/*
 * Scripts that try to get out. Whatever they do, nothing outside of the root changes, and
 * they end. Each says "OUT: what" when something succeeded that must not.
 *
 * When a protection is broken they do succeed, on the machine of whoever runs this test, as
 * root. So they harm only what belongs to the test: canaries beside the root, processes of
 * its own. Of the host they open files, and make names that they take away again. Nothing
 * runs without a mount and process namespace of its own (guard()).
 */
#include "tests/unit/script_fixture.h"

#include "commpkg/cage_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

static const char *namespace_of_ours(struct world *w, const char *name)
{
	char text[64];
	ssize_t n = readlink(arena_printf(w->a, "/proc/self/ns/%s", name), text, sizeof(text));

	assert_true(n > 0);
	return arena_strndup(w->a, text, (size_t)n);
}

/* Ends the script where it could do harm. */
static const char *guard(struct world *w)
{
	return arena_printf(w->a, "[ $(readlink /proc/self/ns/mnt) != '%s' -a "
			    "$(readlink /proc/self/ns/pid) != '%s' ] || { echo OUT: no namespaces; exit 0; }\n",
			    namespace_of_ours(w, "mnt"), namespace_of_ours(w, "pid"));
}

/* The script must run to its end, without a way out. */
static void kept(struct world *w, const char *script)
{
	skip_if_uncaged(w);
	run_for(w, arena_printf(w->a, "%s%s", guard(w), script), 0);
	if (strstr(strbuf_str(&w->out), "OUT") != NULL)
		fail_msg("%s", strbuf_str(&w->out));
	assert_non_null(strstr(strbuf_str(&w->out), "end"));
}

static bool have(const char *program)
{
	struct stat st;

	return stat(program, &st) == 0;
}

/* ---- files of the host */

static void the_host_is_read_only(void **state)
{
	struct world *w = *state;

	kept(w, "n=commpkg-was-here\n"
	     "for d in / /etc /usr /usr/bin /var /var/lib /var/spool /home /root /opt /srv /boot /mnt /sys "
	     "/sys/fs/cgroup /dev /dev/pts /proc $([ -e $TOP/out ] && echo $TOP $TOP/out $TOP/out/dir); do\n"
	     "  (: >$d/$n) 2>/dev/null && { echo OUT: wrote in $d; rm $d/$n; }\n"
	     "  mkdir $d/$n.d 2>/dev/null && { echo OUT: mkdir in $d; rmdir $d/$n.d; }\n"
	     "  ln -s x $d/$n.l 2>/dev/null && { echo OUT: link in $d; rm $d/$n.l; }\n"
	     "done\n"
	     "for f in /etc/passwd /etc/shadow /bin/sh /usr/bin/env; do\n"
	     "  (: >>$f) 2>/dev/null && echo OUT: opened $f\n"
	     "done\n"
	     "f=$TOP/out/file; [ -e $f ] || { echo end; exit; }\n"
	     "(echo x >$f) 2>/dev/null && echo OUT: wrote\n"
	     "chmod 4755 $f 2>/dev/null && echo OUT: chmod\n"
	     "chown 0:0 $f 2>/dev/null && echo OUT: chown\n"
	     "touch -d @0 $f 2>/dev/null && echo OUT: touch\n"
	     "ln $f $PKG_INSTALL_ROOT/etc/linked 2>/dev/null && echo OUT: linked\n"
	     "ln $f $f.2 2>/dev/null && echo OUT: linked beside\n"
	     "mv $f $f.x 2>/dev/null && echo OUT: mv\n"
	     "rm -f $f 2>/dev/null && echo OUT: rm\n"
	     "echo end");
}

/* Of a root that lies in one of them what is beside it is not even seen. */
static void private_directories(void **state)
{
	struct world *w = *state;
	struct stat st;

	kept(w, "for d in /tmp /var/tmp /run /dev/shm; do echo x >$d/commpkg-private || echo OUT: no $d; done\n"
	     "case $TOP in /tmp*) [ -e $TOP/out/file ] && echo OUT: saw the canary; mkdir -p $TOP/out\n"
	     "  echo x >$TOP/out/file || echo OUT: not private;; esac; echo end");
	assert_int_equal(stat("/tmp/commpkg-private", &st), -1);
	assert_int_equal(stat("/var/tmp/commpkg-private", &st), -1);
	assert_int_equal(stat("/run/commpkg-private", &st), -1);
	assert_int_equal(stat("/dev/shm/commpkg-private", &st), -1);
	kept(w, "ls /tmp /var/tmp /run /dev/shm | grep commpkg-private && echo OUT: kept; echo end");
}

static void links_in_the_root_lead_nowhere(void **state)
{
	struct world *w = *state;

	assert_int_equal(symlink(at(w, "out"), at(w, "root/etc/out")), 0);
	assert_int_equal(symlink("../../out", at(w, "root/etc/out2")), 0);
	kept(w, "cd $PKG_INSTALL_ROOT/etc; for l in out out2; do "
	     "(echo x >$l/file) 2>/dev/null && echo OUT: wrote by $l; "
	     "(echo x >$l/new) 2>/dev/null && echo OUT: made by $l; done; echo end");
}

static void our_state_is_hidden(void **state)
{
	struct world *w = *state;
	struct sha256 before, after;
	struct stat was, is;

	OK(overlay_dress(w->root, w->new, &w->e));
	before = host_digest(at(w, "root/var/lib/commpkg/txn/1-x/new"));
	assert_int_equal(stat(at(w, "root/var/lib/commpkg"), &was), 0);
	kept(w, "cd $PKG_INSTALL_ROOT/var/lib; ls -A commpkg | grep . && echo OUT: seen\n"
	     "(echo x >commpkg/lock) 2>/dev/null && echo OUT: wrote\n"
	     "chmod 777 commpkg; mkdir commpkg/d 2>/dev/null && echo OUT: made\n"
	     "mv commpkg c2 2>/dev/null && echo OUT: moved\n"
	     "cd ..; mv lib lib2 2>/dev/null && ls -A lib2/commpkg | grep . && echo OUT: moved above; echo end");
	after = host_digest(at(w, "root/var/lib/commpkg/txn/1-x/new"));
	assert_true(sha256_equal(&before, &after));
	assert_int_equal(stat(at(w, "root/var/lib/commpkg"), &is), 0);
	assert_int_equal(is.st_mode, was.st_mode); /* chmod -R goes on, and changes nothing */
}

static void the_root_itself_is_not_written(void **state)
{
	struct world *w = *state;
	struct sha256 before = host_digest(at(w, "root/etc")), after;
	struct sha256 before2 = host_digest(at(w, "root/opt")), after2;

	kept(w, "cd $PKG_INSTALL_ROOT; rm -rf etc opt link dir0; chmod 700 .; mkdir etc; echo x >etc/x; echo end");
	after = host_digest(at(w, "root/etc"));
	after2 = host_digest(at(w, "root/opt"));
	assert_true(sha256_equal(&before, &after));
	assert_true(sha256_equal(&before2, &after2));
}

/* ---- the kernel's files */

static void kernel_files_are_read_only(void **state)
{
	struct world *w = *state;

	kept(w, "for f in /proc/sys/kernel/hostname /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches "
	     "/proc/sysrq-trigger /proc/sys/kernel/modprobe /proc/irq/default_smp_affinity "
	     "/sys/kernel/uevent_helper /sys/power/state /proc/self/oom_score_adj /proc/1/oom_score_adj "
	     "/sys/fs/cgroup/cgroup.procs /proc/sys/net/ipv4/ip_forward; do\n"
	     "  [ -e $f ] && (: >$f) 2>/dev/null && echo OUT: opened $f\n"
	     "done; echo end");
}

static void devices_do_not_work(void **state)
{
	struct world *w = *state;

	kept(w, "cd $PKG_INSTALL_ROOT; mknod etc/null c 1 3 2>/dev/null && echo OUT: mknod\n"
	     "mknod /tmp/kmsg c 1 11 2>/dev/null && echo OUT: mknod in /tmp\n"
	     "mknod /dev/commpkg-x c 1 3 2>/dev/null && { echo OUT: mknod in /dev; rm /dev/commpkg-x; }\n"
	     "mknod etc/w c 0 0 2>/dev/null && echo OUT: whiteout\n"
	     "for d in /dev/sda /dev/vda /dev/mem /dev/kmsg /dev/tty /dev/ptmx /dev/fuse /dev/net/tun "
	     "/dev/loop-control; do\n"
	     "  [ -e $d ] && echo OUT: $d; done\n"
	     "for d in null zero full random urandom; do [ -c /dev/$d ] || echo OUT: no $d; done\n"
	     "echo x >/dev/null || echo OUT: null; [ $(head -c 7 /dev/zero | wc -c) = 7 ] || echo OUT: zero\n"
	     "chmod 666 /dev/null 2>/dev/null && echo OUT: chmod /dev/null\n"
	     "echo out >/dev/stdout; echo err >/dev/stderr; echo end");
	assert_non_null(strstr(w->out.p, "out\nerr\n"));
}

/* ---- system calls */

static void mounts_and_namespaces(void **state)
{
	struct world *w = *state;

	kept(w, "mount -t tmpfs x /tmp 2>/dev/null && echo OUT: mount\n"
	     "mount --bind /usr $PKG_INSTALL_ROOT/opt 2>/dev/null && echo OUT: bind\n"
	     "mount -o remount,bind,rw /tmp 2>/dev/null && echo OUT: remount\n"
	     "umount -l $PKG_INSTALL_ROOT/var/lib/commpkg 2>/dev/null && echo OUT: umount state\n"
	     "umount -l $PKG_INSTALL_ROOT 2>/dev/null && echo OUT: umount root\n"
	     "unshare -m true 2>/dev/null && echo OUT: unshare -m\n"
	     "unshare -Ur true 2>/dev/null && echo OUT: unshare -U\n"
	     "nsenter -t 1 -m true 2>/dev/null && echo OUT: nsenter\n"
	     "hostname \"$(hostname)\" 2>/dev/null && echo OUT: hostname\n"
	     "echo end");
}

/* In Perl, where it is: calls that no command makes, with arguments that do nothing. */
static void other_calls(void **state)
{
	struct world *w = *state;

	if (!have("/usr/bin/perl"))
		skip();
	kept(w, "cat >/tmp/p.pl <<'E'\n"
	     "my %calls = (init_module => 175, delete_module => 176, kexec_load => 246, reboot => 169,\n"
	     "  bpf => 321, perf_event_open => 298, keyctl => 250, add_key => 248, io_uring_setup => 425,\n"
	     "  io_uring_enter => 426, io_uring_register => 427,\n"
	     "  userfaultfd => 323, open_by_handle_at => 304, name_to_handle_at => 303, setns => 308,\n"
	     "  unshare => 272, swapon => 167, swapoff => 168, settimeofday => 164, iopl => 172, syslog => 103,\n"
	     "  fsopen => 430, open_tree => 428, mount_setattr => 442, quotactl => 179, fanotify_init => 300);\n"
	     "for my $c (sort keys %calls) {\n"
	     "  $! = 0; my $r = syscall($calls{$c}, 0, 0, 0, 0, 0);\n"
	     "  print \"OUT: $c $r $!\\n\" unless $r == -1 && $!{EPERM};\n"
	     "}\n"
	     "my $r = syscall(56, 0x10000000 | 17, 0, 0, 0, 0); print \"OUT: clone\\n\" if $r != -1;\n"
	     "$r = syscall(0x40000000 + 39); print \"OUT: x32\\n\" if $r != -1;\n"
	     "print \"end\\n\";\n"
	     "E\n"
	     "case $(uname -m) in x86_64) perl /tmp/p.pl;; *) echo end;; esac");
}

/* A program for x86-64 that calls the way i386 does, int 0x80: its exit code is the errno.
 * socketcall, number 102, which would fail with EFAULT or EINVAL otherwise. */
static void calls_of_a_second_architecture(void **state)
{
	static const unsigned char elf[] = {
		0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		2, 0, 62, 0, 1, 0, 0, 0, 0x78, 0, 0x40, 0, 0, 0, 0, 0,	/* entry 0x400078 */
		64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,	/* PT_LOAD, all of it */
		0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0,
		0x92, 0, 0, 0, 0, 0, 0, 0, 0x92, 0, 0, 0, 0, 0, 0, 0,
		0, 0x10, 0, 0, 0, 0, 0, 0,
		0xb8, 102, 0, 0, 0,		/* mov $102, %eax */
		0x31, 0xdb, 0x31, 0xc9,		/* xor %ebx, %ebx; xor %ecx, %ecx */
		0xcd, 0x80,			/* int $0x80 */
		0xf7, 0xd8, 0x89, 0xc7,		/* neg %eax; mov %eax, %edi */
		0xb8, 60, 0, 0, 0,		/* mov $60, %eax */
		0x0f, 0x05,			/* syscall: exit */
		0x90, 0x90, 0x90, 0x90,
	};
	static const struct cage_file files[] = { { .name = "i386", .bytes = elf,
						     .len = sizeof(elf), .mode = 0555 } };
	struct world *w = *state;
	struct script s = make_script("[ $(uname -m) = x86_64 ] || { echo 1; exit; }\n"
				      CAGE_DIR "/i386 2>/dev/null; echo $?");
	struct script_place place = { .root = w->root, .files = files, .nfiles = 1,
				      .line = on_line, .ctx = w };

	skip_if_uncaged(w);
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	if (str_eq(strbuf_str(&w->out), "38\n") || str_eq(strbuf_str(&w->out), "139\n"))
		skip(); /* a kernel without it */
	assert_string_equal(strbuf_str(&w->out), "1\n");
}

static void chroot_is_no_way_out(void **state)
{
	struct world *w = *state;

	if (!have("/usr/bin/perl"))
		skip();
	kept(w, "cat >/tmp/p.pl <<'E'\n"
	     "mkdir '/tmp/c'; chroot '/tmp/c'; for (1 .. 64) { chdir '..' } chroot '.';\n"
	     "print \"OUT: written\\n\" if open(my $f, '>', '/usr/commpkg-was-here')"
	     " && unlink '/usr/commpkg-was-here';\n"
	     "print \"OUT: /tmp\\n\" if -e '/tmp/root-of-the-host';\n"
	     "E\n"
	     "perl /tmp/p.pl; echo end");
}

static void nothing_is_gained(void **state)
{
	struct world *w = *state;

	kept(w, "grep -q '^NoNewPrivs:.1' /proc/self/status || echo OUT: privileges\n"
	     "grep -q '^Seccomp:.2' /proc/self/status || echo OUT: no filter\n"
	     "c=$(sed -n 's/^CapBnd:.0*//p' /proc/self/status); [ $c = 800400fb ] || echo OUT: capabilities $c\n"
	     "grep -q '^CapInh:.0*$' /proc/self/status || echo OUT: inheritable\n"
	     "cp /usr/bin/id $PKG_INSTALL_ROOT/etc/id; chmod 6755 $PKG_INSTALL_ROOT/etc/id; echo end");
}

/* ---- processes and sockets */

/* "kill -9 -1" is tried only where the shell's own number shows that it is among few. */
static void other_processes_are_not_there(void **state)
{
	struct world *w = *state;
	pid_t victim = fork();
	int status;

	if (victim == 0) {
		(void)sleep(60);
		_exit(0);
	}
	/* in a container our numbers may be as low as those in the cage */
	kept(w, arena_printf(w->a, "[ %d -lt 100 ] && { echo end; exit; }\n"
			     "kill -9 %d 2>/dev/null && echo OUT: killed\n"
			     "kill -0 %d 2>/dev/null && echo OUT: seen\n[ -d /proc/%d ] && echo OUT: /proc\n"
			     "[ $PPID = 1 -a $$ -lt 9 ] && { kill -9 $PPID; kill -9 -1; }\n"
			     "[ $(ls -d /proc/[0-9]* | wc -l) -lt 8 ] || echo OUT: many\n"
			     "(: >/proc/1/mem) 2>/dev/null && echo OUT: mem; echo end",
			     (int)getpid(), (int)victim, (int)getpid(), (int)getpid()));
	assert_int_equal(waitpid(victim, &status, WNOHANG), 0);
	assert_int_equal(kill(victim, SIGKILL), 0);
	assert_int_equal(waitpid(victim, &status, 0), victim);
}

/* Process 1 has the layers of the stage open, and says how the script ended. Traced and left, it
 * would stand still, and the script not end before its limit. */
static void process_1_is_out_of_reach(void **state)
{
	struct world *w = *state;

	kept(w, "[ $PPID = 1 ] || { echo end; exit; }\n"
	     "[ -z \"$(readlink /proc/1/fd/* 2>/dev/null)\" ] || echo OUT: descriptors\n"
	     "(: </proc/1/environ) 2>/dev/null && echo OUT: environment\n"
	     "[ -x /usr/bin/perl ] && [ $(uname -m) = x86_64 ] || { echo end; exit; }\n"
	     "perl -e 'print \"OUT: traced\\n\" if syscall(101, 16, 1, 0, 0) == 0;\n"
	     "  my $fd = syscall(434, 1, 0); print \"OUT: pidfd_getfd\\n\" if syscall(438, $fd, 3, 0) >= 0'\n"
	     "echo end");
}

/* With a limit of 0 a program of the host would be started for them, if it has one. */
static void no_core_files(void **state)
{
	struct world *w = *state;

	kept(w, "ulimit -S -c 0; ulimit -H -c 0\n"
	     "l=$(grep core /proc/self/limits); echo \"$l\" | grep -q 'size  *1  *1 ' || echo OUT: \"$l\"\n"
	     "ulimit -n 64; [ $(ulimit -n) = 64 ] || echo OUT: other limits\n"
	     "echo end");
}

/* The caller is killed: what it was running ends, too. */
static void it_ends_with_its_caller(void **state)
{
	struct world *w = *state;
	struct script s = make_script("while :; do echo x >>$PKG_INSTALL_ROOT/etc/beat; sleep 0.05; done");
	struct script_place place = { .root = w->root, .policy = CAGE_REQUIRE };
	struct pkginfo env = { .params = NULL };
	struct stat st, st2;
	pid_t caller;

	skip_if_uncaged(w);
	pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", w->root->path);
	s.env = &env;
	caller = fork();
	if (caller == 0) {
		(void)script_run(w->a, &s, &place, &w->result, &w->e);
		_exit(0);
	}
	for (int i = 0; i < 500 && stat(at(w, "root/etc/beat"), &st) < 0; i++)
		(void)usleep(10000);
	assert_int_equal(kill(caller, SIGKILL), 0);
	assert_int_equal(waitpid(caller, NULL, 0), caller);
	(void)usleep(300000);
	assert_int_equal(stat(at(w, "root/etc/beat"), &st), 0);
	(void)usleep(300000);
	assert_int_equal(stat(at(w, "root/etc/beat"), &st2), 0);
	assert_int_equal(st.st_size, st2.st_size);
}

static void many_that_would_outlive_it(void **state)
{
	struct world *w = *state;
	struct script s = make_script("n=0; while [ $n -lt 30 ]; do n=$((n+1));"
				      "setsid sh -c 'trap \"\" TERM HUP INT; sleep 30; sleep 30' & done; wait");
	time_t begin = time(NULL);

	skip_if_uncaged(w);
	s.time_limit = 1;
	OK(stage_script(w, &s));
	assert_true(w->result.timed_out);
	assert_true(time(NULL) - begin < 15);
}

static void there_is_no_network(void **state)
{
	struct world *w = *state;
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!have("/usr/bin/perl") || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    listen(fd, 1) < 0 || getsockname(fd, (struct sockaddr *)&in, &len) < 0)
		skip();
	kept(w, arena_printf(w->a, "perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0) or exit; "
			     "print \"OUT: connected\\n\" if connect(S, sockaddr_in(%d, INADDR_LOOPBACK))'; echo end",
			     ntohs(in.sin_port)));
	(void)close(fd);
}

/* A socket of a daemon in a directory that is read-only, not hidden; and an abstract one. */
static void sockets_of_the_host_are_out_of_reach(void **state)
{
	struct world *w = *state;
	struct sockaddr_un un = { .sun_family = AF_UNIX }, ab = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd2 = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", at(w, "root/etc/daemon"));
	snprintf(ab.sun_path + 1, sizeof(ab.sun_path) - 1, "commpkg-test-%d", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(bind(fd2, (struct sockaddr *)&ab, sizeof(ab)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(listen(fd2, 1), 0);
	if (!have("/usr/bin/perl"))
		skip();
	kept(w, arena_printf(w->a, "cat >/tmp/p.pl <<'E'\nuse Socket;\n"
			     "print \"OUT: socket\\n\" if socket(S, PF_UNIX, SOCK_STREAM, 0);\n"
			     "print \"OUT: connected\\n\" if connect(S, sockaddr_un('%s'));\n"
			     "print \"OUT: abstract\\n\" if connect(S, sockaddr_un(\"\\0%s\"));\n"
			     "print \"OUT: vsock\\n\" if socket(S, 40, SOCK_STREAM, 0);\n"
			     "print \"OUT: no pair\\n\" if !socketpair(A, B, AF_UNIX, SOCK_STREAM, 0);\n"
			     "E\nperl /tmp/p.pl; echo end", un.sun_path, ab.sun_path + 1));
	(void)close(fd);
	(void)close(fd2);
}

/* ---- floods */

static void endless_output(void **state)
{
	struct world *w = *state;
	struct script s = make_script("yes OUT of the cage");

	skip_if_uncaged(w);
	s.time_limit = 2;
	OK(stage_script(w, &s));
	assert_true(w->result.timed_out);
	assert_true(w->result.output > SCRIPT_OUTPUT_MAX);
	assert_true(w->out.len <= SCRIPT_OUTPUT_MAX);
}

static void memory_of_private_directories_is_bounded(void **state)
{
	struct world *w = *state;

	kept(w, "head -c 100000000 /dev/zero >/run/big 2>/dev/null && echo OUT: run; rm -f /run/big\n"
	     "head -c 100000000 /dev/zero >/dev/shm/big 2>/dev/null && echo OUT: shm; echo end");
}

/* ---- where the root is */

/* A root at a path with everything that mount options could stumble on. */
static void a_root_with_an_odd_name(void **state)
{
	struct world *w = *state;
	struct script s = make_script("cd \"$PKG_INSTALL_ROOT\" && pwd && echo x >etc/x");
	struct root *plain = w->root;

	skip_if_uncaged(w);
	assert_int_equal(rename(at(w, "root"), at(w, "ro,ot:a \\ b=c'")), 0);
	OK(root_open(at(w, "ro,ot:a \\ b=c'"), false, &w->root, &w->e));
	OK(stage_script(w, &s));
	assert_string_equal(strbuf_str(&w->out), arena_printf(w->a, "%s\n", w->root->path));
	OK(read_effects(w));
	assert_string_equal(effects_text(w), "added etc/x");
	root_close(plain);
}

static void a_root_reached_by_a_link(void **state)
{
	struct world *w = *state;
	struct root *plain = w->root;

	assert_int_equal(symlink("root", at(w, "by-link")), 0);
	OK(root_open(at(w, "by-link"), false, &w->root, &w->e));
	kept(w, "cd $PKG_INSTALL_ROOT && echo x >etc/x && echo end");
	OK(read_effects(w));
	assert_string_equal(effects_text(w), "added etc/x");
	root_close(plain);
}

static void a_directory_is_known_by_its_inode(void **state)
{
	struct world *w = *state;
	struct cage_spot spot = { .path = w->root->path };
	struct stat st;
	int fd;

	assert_int_equal(stat(w->root->path, &st), 0);
	spot.dev = st.st_dev;
	spot.ino = st.st_ino;
	fd = cage_find(&spot);
	assert_true(fd >= 0);
	(void)close(fd);
	spot.ino++;
	assert_int_equal(cage_find(&spot), -ESTALE);
	spot.path = at(w, "no");
	assert_int_equal(cage_find(&spot), -ENOENT);
}

/* What is mounted below the root is seen, and can't be written. */
static void another_file_system_in_the_root(void **state)
{
	struct world *w = *state;
	struct script s = make_script("cat $PKG_INSTALL_ROOT/dir0/on-it; "
				      "(: >$PKG_INSTALL_ROOT/dir0/x) 2>/dev/null && echo OUT; true");
	int rc;

	if (geteuid() != 0)
		skip();
	skip_if_uncaged(w);
	if (mount("x", at(w, "root/dir0"), "tmpfs", 0, NULL) < 0)
		skip();
	put(w, "root/dir0/on-it", "here\n");
	rc = stage_script(w, &s);
	assert_int_equal(umount2(at(w, "root/dir0"), MNT_DETACH), 0);
	OK(rc);
	assert_string_equal(strbuf_str(&w->out), "here\n");
}

static void a_root_that_moved_is_found(void **state)
{
	struct world *w = *state;
	struct script s = make_script("true");
	struct script_place place = { .root = w->root, .stage = &w->stage };

	skip_if_uncaged(w);
	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &w->stage, &w->e));
	assert_int_equal(rename(at(w, "root"), at(w, "root2")), 0);
	assert_int_equal(mkdir(at(w, "root"), 0755), 0);
	/* the root is found where it is now, and shown where it was opened */
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	assert_int_equal(rmdir(at(w, "root")), 0);
	assert_int_equal(rename(at(w, "root2"), at(w, "root")), 0);
}

/* ---- a container without rights: no namespaces */

static bool forbid_namespaces(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWNS | CLONE_NEWUSER, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(f) / sizeof(*f), .filter = f };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

/* In a process of its own; its exit code is a test's number that failed. */
static int without_namespaces(struct world *w)
{
	struct script s = make_script("case $TOP in /tmp*) ;; *)\n"
				      "(: >$TOP/out/new) 2>/dev/null && { echo OUT: wrote; rm $TOP/out/new; }\n"
				      "(: >>$TOP/out/file) 2>/dev/null && echo OUT: opened;; esac\n"
				      "kill -CONT $CALLER 2>/dev/null && echo OUT: signalled\n"
				      "echo x >$PKG_INSTALL_ROOT/etc/plain && mv $PKG_INSTALL_ROOT/etc/plain "
				      "$PKG_INSTALL_ROOT/opt/plain && cat ${0%/*}/postinstall >/dev/null && echo end");
	struct script_place place = { .root = w->root, .line = on_line, .ctx = w };
	struct pkginfo env = { .params = NULL };
	struct cage_report r;

	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &w->stage, &w->e));
	pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", w->root->path);
	pkginfo_set(w->a, &env, "TOP", w->top);
	pkginfo_set(w->a, &env, "CALLER", arena_printf(w->a, "%d", (int)getpid()));
	s.env = &env;
	cage_probe(w->a, w->root, &r);
	if (r.can_stage || strstr(r.why, "namespaces") == NULL ||
	    strstr(r.words, "system call filter") == NULL)
		return 1;
	place.stage = &w->stage;
	if (script_run(w->a, &s, &place, &w->result, &w->e) != -E_UNSUPPORTED || w->e.hint[0] == '\0')
		return 2;
	place.stage = NULL;
	place.policy = CAGE_REQUIRE;
	if (script_run(w->a, &s, &place, &w->result, &w->e) != -E_UNSUPPORTED)
		return 3;
	place.policy = CAGE_TRY;
	place.read_only = true;
	if (script_run(w->a, &s, &place, &w->result, &w->e) != -E_UNSUPPORTED)
		return 4;
	place.read_only = false;
	if (script_run(w->a, &s, &place, &w->result, &w->e) < 0 || w->result.status != 0)
		return 5;
	if ((w->result.layers & CAGE_NAMESPACES) != 0 || (w->result.layers & CAGE_SECCOMP) == 0)
		return 6;
	if ((w->result.layers & CAGE_LANDLOCK) == 0)
		return strstr(w->out.p, "end") != NULL ? 99 : 7;
	return str_eq(strbuf_str(&w->out), "end\n") ? 0 : 8;
}

static void where_nobody_may_mount(void **state)
{
	struct world *w = *state;
	int status;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(forbid_namespaces() ? without_namespaces(w) : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 99)
		skip(); /* no filters, or no Landlock */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void what_is_in_force_is_said(void **state)
{
	struct world *w = *state;
	struct cage_report r;

	cage_probe(w->a, w->root, &r);
	assert_non_null(r.words);
	if (!r.can_stage)
		skip();
	assert_true((r.layers & CAGE_USER) != 0 || geteuid() == 0);
	run_for(w, "true", 0);
	assert_int_equal(w->result.layers, r.layers);
	assert_string_equal(cage_words(w->a, 0), "none");
	assert_string_equal(cage_words(w->a, CAGE_NAMESPACES | CAGE_OVERLAY), "namespaces, overlay");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(the_host_is_read_only),
		WORLD(private_directories),
		WORLD(links_in_the_root_lead_nowhere),
		WORLD(our_state_is_hidden),
		WORLD(the_root_itself_is_not_written),
		WORLD(kernel_files_are_read_only),
		WORLD(devices_do_not_work),
		WORLD(mounts_and_namespaces),
		WORLD(other_calls),
		WORLD(calls_of_a_second_architecture),
		WORLD(chroot_is_no_way_out),
		WORLD(nothing_is_gained),
		WORLD(other_processes_are_not_there),
		WORLD(process_1_is_out_of_reach),
		WORLD(no_core_files),
		WORLD(it_ends_with_its_caller),
		WORLD(many_that_would_outlive_it),
		WORLD(there_is_no_network),
		WORLD(sockets_of_the_host_are_out_of_reach),
		WORLD(endless_output),
		WORLD(memory_of_private_directories_is_bounded),
		WORLD(a_root_with_an_odd_name),
		WORLD(a_root_reached_by_a_link),
		WORLD(another_file_system_in_the_root),
		WORLD(a_directory_is_known_by_its_inode),
		WORLD(a_root_that_moved_is_found),
		WORLD(where_nobody_may_mount),
		WORLD(what_is_in_force_is_said),
		WORLD_OTHERS,
	};

	return world_main("cage", tests, sizeof(tests) / sizeof(*tests));
}
