/* Response files of the host. */
#include "response.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "formats/prototype.h"

bool response_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int response_load(struct arena *a, const char *path, const char *instance,
		  const char **ret, struct error *e)
{
	const char *bytes;
	size_t len;
	int rc;

	if (response_is_directory(path))
		path = arena_printf(a, "%s/%s", path, instance);
	rc = proto_files_disk.read(NULL, a, path, &bytes, &len, e);
	if (rc < 0)
		return rc;
	if (memchr(bytes, '\0', len) != NULL)
		return error_set(e, E_FORMAT, "response file '%.1000s' has a NUL byte", path);
	*ret = bytes;
	return 0;
}

int response_place(struct arena *a, const char *path, const char *instance,
		   const char **ret, struct error *e)
{
	struct stat st;

	if (response_is_directory(path))
		path = arena_printf(a, "%s/%s", path, instance);
	if (lstat(path, &st) == 0)
		return error_set(e, EEXIST, "response file <%s> must not exist", path);
	*ret = path;
	return 0;
}

int response_save(const char *file, const char *text, size_t len, struct error *e)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int rc;

	if (fd < 0)
		return error_errno(e, errno, "cannot create response file '%s'", file);
	rc = fd_write_all(fd, text, len);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0)
		return 0;
	(void)unlink(file); /* ours, and of no use */
	return error_errno(e, -rc, "cannot write response file '%s'", file);
}
