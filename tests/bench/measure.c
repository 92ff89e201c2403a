/*
 * measure: run one command and report what it cost, as one JSON object.
 *
 *   measure OUT DIR -- command [arg...]
 *
 * OUT  file the JSON object is written to
 * DIR  a directory on the file system the command writes to.  After the
 *      command has ended, syncfs() on it is timed, too: wall_s + sync_s is
 *      the time until everything the command did would survive a power cut,
 *      whether or not the command cared for that itself.
 *
 * The runner is this small C program, not the Python harness, because the
 * peak resident set of a child starts at that of the process that forked it.
 *
 * dirtied_b   bytes of page cache dirtied by the command (ru_oublock)
 * dev_b       bytes the block device wrote, from the start to after the syncfs
 * kernel_s    system time outside the command: writeback, journal, loop threads
 *             (and whatever else ran)
 * other_s     user time of everything else on the machine, which is none of the
 *             command's doing: how far the sample can be trusted
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double tv(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

/* sectors written by the device that holds dir, 0 if unknown */
static unsigned long long sectors(dev_t dev)
{
	char path[64];
	unsigned long long v[7] = { 0 };
	FILE *f;

	snprintf(path, sizeof path, "/sys/dev/block/%u:%u/stat", major(dev), minor(dev));
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	if (fscanf(f, "%llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4],
		   &v[5], &v[6]) != 7)
		v[6] = 0;
	fclose(f);
	return v[6];
}

/* CPU seconds the machine has spent in user and in system mode */
static void busy(double *user, double *sys)
{
	unsigned long long u = 0, n = 0, s = 0, id, io, irq = 0, sirq = 0;
	double hz = sysconf(_SC_CLK_TCK);
	FILE *f;

	*user = *sys = 0;
	if ((f = fopen("/proc/stat", "r")) == NULL)
		return;
	if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu", &u, &n, &s, &id, &io, &irq,
		   &sirq) == 7) {
		*user = (u + n) / hz;
		*sys = (s + irq + sirq) / hz;
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	struct rusage ru;
	struct stat st;
	unsigned long long d0, d1;
	double t0, t1, t2, u0, u1, s0, s1;
	int dirfd, status, err = 0, pfd[2];
	pid_t pid;
	FILE *out;

	if (argc < 5 || strcmp(argv[3], "--") != 0) {
		fprintf(stderr, "usage: measure OUT DIR -- command [arg...]\n");
		return 2;
	}
	if ((dirfd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    fstat(dirfd, &st) < 0) {
		perror(argv[2]);
		return 2;
	}
	if (pipe2(pfd, O_CLOEXEC) < 0) {
		perror("pipe");
		return 2;
	}
	d0 = sectors(st.st_dev);
	busy(&u0, &s0);
	t0 = now();
	if ((pid = fork()) == 0) {
		execvp(argv[4], argv + 4);
		err = errno;
		if (write(pfd[1], &err, sizeof err) < 0)
			_exit(126);
		_exit(127);
	}
	close(pfd[1]);
	if (pid < 0 || wait4(pid, &status, 0, &ru) < 0) {
		perror("fork");
		return 2;
	}
	t1 = now();
	busy(&u1, &s1);
	if (read(pfd[0], &err, sizeof err) == sizeof err) {
		fprintf(stderr, "measure: %s: %s\n", argv[4], strerror(err));
		return 127;
	}
	if (syncfs(dirfd) < 0)
		perror("syncfs");
	t2 = now();
	d1 = sectors(st.st_dev);
	if ((out = fopen(argv[1], "w")) == NULL) {
		perror(argv[1]);
		return 2;
	}
	fprintf(out,
		"{\"rc\": %d, \"wall_s\": %.6f, \"sync_s\": %.6f, \"user_s\": %.6f, "
		"\"sys_s\": %.6f, \"rss_kb\": %ld, \"dirtied_b\": %lld, \"dev_b\": %llu, "
		"\"minflt\": %ld, \"majflt\": %ld, \"csw\": %ld, \"kernel_s\": %.3f, "
		"\"other_s\": %.3f}\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), t1 - t0, t2 - t1,
		tv(ru.ru_utime), tv(ru.ru_stime), ru.ru_maxrss, (long long)ru.ru_oublock * 512,
		(d1 - d0) * 512, ru.ru_minflt, ru.ru_majflt, ru.ru_nvcsw + ru.ru_nivcsw,
		s1 - s0 - tv(ru.ru_stime), u1 - u0 - tv(ru.ru_utime));
	return fclose(out) != 0;
}
