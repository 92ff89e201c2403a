/* Where things live on the host. */
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/pkgmap.h"
#include "formats/str.h"

#define DIRECTORY_MODE 0755

void places_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR); /* the lowest free one: fd */
}

static int from_variable(struct arena *a, const char *variable, const char *below,
			 const char **ret, struct error *e)
{
	const char *v = getenv(variable);

	if (v == NULL || *v == '\0')
		return 0;
	if (v[0] != '/')
		return error_set(e, E_USAGE, "%s is '%s', and must begin with '/'", variable, v);
	*ret = *below != '\0' ? arena_printf(a, "%s/%s", v, below) : arena_strdup(a, v);
	return 1;
}

static int user_state(struct arena *a, const char **ret, struct error *e)
{
	int rc = from_variable(a, "XDG_STATE_HOME", "commpkg", ret, e);

	if (rc == 0)
		rc = from_variable(a, "HOME", ".local/state/commpkg", ret, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	error_set(e, E_USAGE, "no place for the software list: HOME is not set");
	return error_hint(e, "set COMMPKG_STATE to a directory");
}

int places_state(struct arena *a, const char **ret, struct error *e)
{
	int rc = from_variable(a, "COMMPKG_STATE", "", ret, e);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (geteuid() != 0)
		return user_state(a, ret, e);
	*ret = "/var/lib/commpkg";
	return 0;
}

int places_log(struct arena *a, const char *option, const char **ret, struct error *e)
{
	const char *state;
	int rc;

	if (option != NULL)
		return places_absolute(a, option, ret, e);
	rc = from_variable(a, "COMMPKG_LOGDIR", "", ret, e);
	if (rc == 0)
		rc = from_variable(a, "COMMPKG_STATE", "log", ret, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (geteuid() == 0) {
		*ret = "/var/log/commpkg";
		return 0;
	}
	rc = user_state(a, &state, e);
	if (rc == 0)
		*ret = arena_printf(a, "%s/log", state);
	return rc;
}

int places_config(struct arena *a, const char *ret[PLACES_CONFIG_MAX], size_t *ret_n,
		  struct error *e)
{
	int rc = from_variable(a, "COMMPKG_STATE", "", &ret[0], e);

	*ret_n = 1;
	if (rc != 0)
		return rc < 0 ? rc : 0;
	ret[0] = "/etc/commpkg";
	if (geteuid() == 0)
		return 0;
	rc = from_variable(a, "XDG_CONFIG_HOME", "commpkg", &ret[1], e);
	if (rc == 0)
		rc = from_variable(a, "HOME", ".config/commpkg", &ret[1], e);
	*ret_n += rc > 0;
	return rc < 0 ? rc : 0;
}

const char *places_programs(struct arena *a)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return NULL;
	*slash = '\0';
	return arena_strdup(a, path);
}

const char *places_program(struct arena *a)
{
	const char *path = places_programs(a);

	if (path == NULL || str_has_suffix(path, "/bin") || str_has_suffix(path, "/sbin"))
		return NULL;
	return path;
}

enum place_kind places_look(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? PLACE_GONE : PLACE_UNREADABLE;
	return S_ISDIR(st.st_mode) ? PLACE_DIRECTORY : PLACE_FILE;
}

int places_open(const char *path, int *ret_fd, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_errno(e, errno, "cannot open '%s'", path);
	*ret_fd = fd;
	return 0;
}

int places_make_directories(const char *dir, const char *what, struct error *e)
{
	AUTO_FREE char *path = xstrdup(dir);
	char *p;

	for (p = path + 1; p[-1] != '\0'; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST && errno != EROFS &&
		    errno != EACCES)
			return error_errno(e, errno, "cannot make the %s '%s'", what, path);
		*p = was;
	}
	return 0;
}

static int read_all(int fd, const char *path, size_t max, struct strbuf *out, struct error *e)
{
	char piece[16384];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", path);
		strbuf_add(out, piece, (size_t)n);
		if (out->len > max)
			return error_set(e, E_LIMIT, "'%s' is larger than %zu KiB", path,
					 max / 1024);
	}
	return 0;
}

int places_read_any(struct arena *a, const char *path, size_t max, char **ret, size_t *ret_len,
		    struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	bool standard = str_eq(path, "-");
	int rc = standard ? 0 : places_open(path, &fd, e);

	if (rc == 0)
		rc = read_all(standard ? STDIN_FILENO : fd, standard ? "standard input" : path, max,
			      &text, e);
	if (rc < 0)
		return rc;
	*ret = arena_strndup(a, strbuf_str(&text), text.len);
	*ret_len = text.len;
	return 0;
}

int places_read(struct arena *a, const char *path, size_t max, char **ret, size_t *ret_len,
		struct error *e)
{
	AUTO_FD int fd = -EBADF;
	size_t len = 0, size;
	struct stat st;
	ssize_t n = 1;
	char *bytes;
	int rc = places_open(path, &fd, e);

	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(e, E_UNSUPPORTED, "'%s' is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", path, max);
	size = (size_t)st.st_size;
	bytes = arena_alloc(a, size + 1);
	while (len < size && n > 0) {
		n = read(fd, bytes + len, size - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", path);
		else
			len += (size_t)n;
	}
	*ret = bytes;
	*ret_len = len;
	return 0;
}

int places_cache(struct arena *a, const char **ret, struct error *e)
{
	int rc = from_variable(a, "COMMPKG_STATE", "cache", ret, e);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (geteuid() == 0) {
		*ret = "/var/cache/commpkg";
		return 0;
	}
	rc = from_variable(a, "XDG_CACHE_HOME", "commpkg", ret, e);
	if (rc == 0)
		rc = from_variable(a, "HOME", ".cache/commpkg", ret, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	error_set(e, E_USAGE, "no place for the cache: HOME is not set");
	return error_hint(e, "set COMMPKG_STATE to a directory");
}

int places_make(const char *path, int *ret_fd, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		return error_errno(e, errno, "cannot write '%s'", path);
	*ret_fd = fd;
	return 0;
}

int places_absolute(struct arena *a, const char *path, const char **ret, struct error *e)
{
	char cwd[PATH_MAX];

	if (path[0] == '\0')
		return error_set(e, E_USAGE, "an empty path was given");
	if (path[0] != '/') {
		if (getcwd(cwd, sizeof(cwd)) == NULL)
			return error_errno(e, errno, "cannot find the working directory");
		path = arena_printf(a, "%s/%s", cwd, path);
	}
	if (path_canonical(a, path, ret, e) < 0) {
		error_hint(e, "write the path without '..'");
		e->code = E_USAGE; /* the user's words, not a package's */
		return -E_USAGE;
	}
	return 0;
}

int places_real(struct arena *a, const char *path, const char **ret, struct error *e)
{
	char real[PATH_MAX];

	if (strstr(path, "://") != NULL) {
		*ret = path;
		return 0;
	}
	if (path[0] == '\0' || realpath(path, real) == NULL)
		return places_absolute(a, path, ret, e);
	*ret = arena_strdup(a, real);
	return 0;
}
