#include "stream_signature.h"

#include <sys/stat.h>

#include "stream.h"

int stream_signature_write(struct cpio_writer *w, const char *pem, size_t len, int64_t mtime,
			   struct error *e)
{
	int rc = cpio_writer_member(w, STREAM_SIGNATURE, S_IFREG | 0644, len, mtime, e);

	if (rc == 0)
		rc = cpio_writer_data(w, pem, len, e);
	return rc < 0 ? rc : cpio_writer_end(w, e);
}
