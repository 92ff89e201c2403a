/* Compressed bytes of every kind. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/compress.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct source_limits limits = { 4 << 20, 1 << 20, 100 };
	AUTO_FD int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct error e = ERROR_INIT;
	const unsigned char *bytes;
	uint64_t total = 0;
	struct source *s;
	size_t len;
	int rc;

	must(write(fd, data, size) == (ssize_t)size, "write");
	must(source_open(fd, "fuzz", SOURCE_AHEAD, &limits, &s, &e) == 0, "it is a file");
	while ((rc = source_fill(s, &bytes, &len, &e)) > 0) {
		must(len > 0 && len <= SOURCE_BLOCK, "blocks are bounded");
		len = total % 2 == 0 ? len : (len + 1) / 2;
		source_take(s, len);
		total += len;
		must(source_offset(s) == total, "the offset counts what is taken");
	}
	must(total <= limits.total || source_compression(s) == COMPRESSION_NONE, "a limit");
	if (rc < 0) {
		must_explain(rc, &e);
		must(source_fill(s, &bytes, &len, NULL) == rc, "an error stays");
	} else {
		must(source_fill(s, &bytes, &len, NULL) == 0, "the end stays");
	}
	source_close(s);
	return 0;
}
