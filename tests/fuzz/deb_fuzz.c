/* A whole Debian package. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/deb.h"
#include "fuzz.h"

static int read_all(struct deb *d, struct error *e)
{
	struct deb_entry en;
	const void *bytes;
	size_t len;
	int rc;

	while ((rc = deb_next(d, &en, e)) > 0) {
		must(en.path[0] != '\0' && en.path[0] != '/', "a path is below the root");
		must(strstr(en.path, "..") == NULL || strstr(en.path, "../") != en.path,
		     "a path does not lead up");
		while (en.type == 'f' && (rc = deb_read(d, &bytes, &len, e)) > 0)
			must(len > 0, "bytes are some");
		if (rc < 0)
			return rc;
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FD int fd = memfd_create("deb", MFD_CLOEXEC);
	struct error e = ERROR_INIT;
	char path[64];
	struct deb *d;
	int rc;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = deb_open(AT_FDCWD, path, &d, &e);
	if (rc == 0) {
		rc = read_all(d, &e);
		deb_close(d);
	}
	if (rc < 0)
		must_explain(rc, &e);
	return 0;
}
