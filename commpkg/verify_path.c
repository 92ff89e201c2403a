/* One path against its row. */
#include "verify_internal.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "formats/cleanup.h"
#include "xattrs.h"

#define READ_SIZE ((size_t)256 << 10)

static void found(struct checker *c, const struct expected *x, enum verify_kind kind,
		  const char *expected, const char *is)
{
	*VEC_PUSH(&c->findings) = (struct finding){
		.path = x->path, .kind = kind, .expected = expected, .found = is,
		.instance = x->instance,
		.script = x->script, .row = x,
		.allowed = kind == VERIFY_TIME || (kind == VERIFY_CONTENT && x->volatile_),
	};
}

/* In the words of pkgmap(4), but "file" and "directory" for people. */
static const char *type_name(char ftype)
{
	switch (ftype) {
	case 'd':
	case 'x':
		return "directory";
	case 'p':
		return "fifo";
	case 'c':
		return "character device";
	case 'b':
		return "block device";
	case 's':
		return "symbolic link";
	default:
		return "file";
	}
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFIFO:
		return 'p';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFLNK:
		return 's';
	case S_IFREG:
		return 'f';
	default:
		return '?';
	}
}

/* A hard link is a name of whatever type the other name has. Of what a script made, only
 * regular files are recorded as such. */
static bool type_fits(char ftype, char is)
{
	if (ftype == '?')
		return true;
	if (ftype == 'l')
		return is != 'd';
	if (ftype == 'e' || ftype == 'v')
		return is == 'f';
	if (ftype == 'x')
		return is == 'd';
	return ftype == is;
}

static void check_mode(struct checker *c, const struct expected *x, const struct stat *st)
{
	unsigned is = st->st_mode & 07777;

	if (x->mode == MODE_UNSET || x->mode == is || S_ISLNK(st->st_mode))
		return;
	found(c, x, VERIFY_MODE, arena_printf(c->arena, "%04o", x->mode),
	      arena_printf(c->arena, "%04o", is));
}

static const char *or_number(struct checker *c, const char *name, unsigned id)
{
	return name != NULL ? name : arena_printf(c->arena, "%u", id);
}

static void check_owner(struct checker *c, const struct expected *x, const struct stat *st)
{
	uid_t uid;
	gid_t gid;

	if (!c->set_owners || c->owners == NULL)
		return;
	if (x->owner != NULL && owners_uid(c->owners, x->owner, &uid) > 0 && uid != st->st_uid)
		found(c, x, VERIFY_OWNER, x->owner,
		      or_number(c, owners_user_name(c->owners, st->st_uid), st->st_uid));
	if (x->group != NULL && owners_gid(c->owners, x->group, &gid) > 0 && gid != st->st_gid)
		found(c, x, VERIFY_GROUP, x->group,
		      or_number(c, owners_group_name(c->owners, st->st_gid), st->st_gid));
}

/* Of what a package brought nothing is known but that it has no capabilities. */
static void check_xattrs(struct checker *c, const struct expected *x, struct rpath p)
{
	struct error e = ERROR_INIT;
	const char *name, *must, *is;
	int rc = xattrs_differ(c->arena, c->tree, p, x->xattrs != NULL ? x->xattrs : "", &name,
			       &must, &is, &e);

	if (rc < 0)
		found(c, x, VERIFY_UNREADABLE, NULL, arena_strdup(c->arena, e.text));
	if (rc > 0)
		found(c, x, VERIFY_ATTRIBUTE,
		      must == NULL ? arena_printf(c->arena, "no %s", name) :
				     arena_printf(c->arena, "%s=%s", name, must),
		      is == NULL ? arena_printf(c->arena, "no %s", name) :
				   arena_printf(c->arena, "%s=%s", name, is));
}

/* "1,3", "?" for what the package left open. */
static const char *device_text(struct arena *a, uint32_t major_, uint32_t minor_)
{
	const char *first = major_ == NUM_UNSET ? "?" : arena_printf(a, "%u", major_);
	const char *second = minor_ == NUM_UNSET ? "?" : arena_printf(a, "%u", minor_);

	return arena_printf(a, "%s,%s", first, second);
}

static void check_device(struct checker *c, const struct expected *x, const struct stat *st)
{
	unsigned is_major = major(st->st_rdev), is_minor = minor(st->st_rdev);

	if ((x->major == NUM_UNSET || x->major == is_major) &&
	    (x->minor == NUM_UNSET || x->minor == is_minor))
		return;
	found(c, x, VERIFY_DEVICE, device_text(c->arena, x->major, x->minor),
	      device_text(c->arena, is_major, is_minor));
}

static void check_symlink(struct checker *c, const struct expected *x, struct rpath p)
{
	struct error e = ERROR_INIT;
	const char *is;

	if (x->target == NULL)
		return;
	if (tree_readlink(c->tree, c->arena, p, &is, &e) < 0)
		found(c, x, VERIFY_UNREADABLE, NULL, arena_strdup(c->arena, e.text));
	else if (!str_eq(is, x->target))
		found(c, x, VERIFY_TARGET, x->target, is);
}

bool verify_linked_to(struct arena *a, const char *path, const char *target, struct rpath *ret)
{
	char *out = arena_alloc(a, strlen(path) + strlen(target) + 2), *end = out;
	const char *s = target;

	if (s[0] != '/') {
		const char *slash = strrchr(path, '/');
		size_t n = slash != NULL ? (size_t)(slash - path) : 0;

		memcpy(out, path, n);
		end = out + n;
	}
	while (*s != '\0') {
		size_t n = strcspn(s, "/");

		if (n == 2 && s[0] == '.' && s[1] == '.') {
			while (end > out && *--end != '/')
				;
		} else if (n > 0 && !(n == 1 && s[0] == '.')) {
			if (end > out)
				*end++ = '/';
			memcpy(end, s, n);
			end += n;
		}
		s += n + (s[n] == '/');
	}
	*end = '\0';
	return end > out && rpath_parse(a, out, ret, NULL) == 0;
}

static void check_hard_link(struct checker *c, const struct expected *x, const struct stat *st)
{
	struct rpath other;
	struct stat st2;

	if (x->target == NULL || (verify_linked_to(c->arena, x->path, x->target, &other) &&
				  tree_stat(c->tree, other, &st2, NULL) == 0 &&
				  st2.st_dev == st->st_dev && st2.st_ino == st->st_ino))
		return;
	found(c, x, VERIFY_LINK, x->target, "another file");
}

/* 0, or -errno. */
static int digest_file(struct checker *c, int fd, struct sha256 *ret, uint32_t *ret_sum,
		       uint64_t *ret_bytes)
{
	AUTO_FREE char *buffer = xmalloc(READ_SIZE);
	ssize_t n;

	digest_reset(c->digest);
	*ret_bytes = 0;
	while ((n = read(fd, buffer, READ_SIZE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		digest_add(c->digest, buffer, (size_t)n);
		*ret_bytes += (uint64_t)n;
	}
	digest_finish(c->digest, ret, ret_sum);
	return 0;
}

static void found_digest(struct checker *c, const struct expected *x, const struct sha256 *is)
{
	char expected_hex[SHA256_HEX_SIZE], is_hex[SHA256_HEX_SIZE];

	sha256_hex(&x->sha256, expected_hex);
	sha256_hex(is, is_hex);
	found(c, x, VERIFY_CONTENT, arena_strdup(c->arena, expected_hex),
	      arena_strdup(c->arena, is_hex));
}

/* Where no digest was ever known (a root that was taken over), SVR4's sum has to do. */
static void found_sum(struct checker *c, const struct expected *x, uint32_t is)
{
	found(c, x, VERIFY_CONTENT, arena_printf(c->arena, "sum %u", x->sum),
	      arena_printf(c->arena, "sum %u", is));
}

static void compare_content(struct checker *c, const struct expected *x,
			    const struct sha256 *is, uint32_t sum, const struct stat *st)
{
	if (x->digest) {
		if (!sha256_equal(is, &x->sha256))
			found_digest(c, x, is);
	} else if ((uint64_t)st->st_size != x->size || sum != x->sum) {
		found_sum(c, x, sum);
	} else if (x->seen != NULL) {
		*x->seen = (struct seen){ .known = true, .sha256 = *is };
	}
}

static void check_time(struct checker *c, const struct expected *x, const struct stat *st)
{
	if (c->times && x->content && st->st_mtim.tv_sec != x->mtime)
		found(c, x, VERIFY_TIME, arena_printf(c->arena, "%lld", (long long)x->mtime),
		      arena_printf(c->arena, "%lld", (long long)st->st_mtim.tv_sec));
}

static uint64_t check_content(struct checker *c, const struct expected *x, struct rpath p,
			      const struct stat *st)
{
	struct error e = ERROR_INIT;
	struct sha256 is;
	uint32_t sum;
	uint64_t bytes = 0;
	AUTO_FD int fd = -EBADF;
	int rc;

	if (!x->digest && !x->content)
		return 0;
	/* the size that is recorded of what a class action script made is pkgmap's (svr4.md 8.4) */
	if (x->content && x->script == NULL && (uint64_t)st->st_size != x->size) {
		found(c, x, VERIFY_CONTENT,
		      arena_printf(c->arena, "%llu bytes", (unsigned long long)x->size),
		      arena_printf(c->arena, "%llu bytes", (unsigned long long)st->st_size));
		return 0;
	}
	rc = tree_open_file(c->tree, p, &fd, &e);
	if (rc == 0) {
		rc = digest_file(c, fd, &is, &sum, &bytes);
		if (rc < 0)
			error_errno(&e, -rc, "cannot read it");
	}
	if (rc < 0)
		found(c, x, VERIFY_UNREADABLE, NULL, arena_strdup(c->arena, e.text));
	else
		compare_content(c, x, &is, sum, st);
	return bytes;
}

static uint64_t check_object(struct checker *c, const struct expected *x, struct rpath p,
			     const struct stat *st)
{
	char is = type_of(st->st_mode);

	if (!type_fits(x->ftype, is)) {
		found(c, x, VERIFY_TYPE, type_name(x->ftype), type_name(is));
		return 0;
	}
	if (x->ftype == 's') {
		check_symlink(c, x, p);
		return 0;
	}
	if (x->ftype == 'l') {
		check_hard_link(c, x, st);
		return 0;
	}
	check_mode(c, x, st);
	check_owner(c, x, st);
	if (x->ftype == 'c' || x->ftype == 'b')
		check_device(c, x, st);
	if (is == 'f' || x->xattrs != NULL)
		check_xattrs(c, x, p);
	if (is != 'f')
		return 0;
	check_time(c, x, st);
	return check_content(c, x, p, st);
}

/* What a script made of a file that a package owns; NULL: nothing. */
static const struct expected *effect_at(struct checker *c, struct rpath p)
{
	struct rpath real;

	if (c->effects == NULL || strmap_count(c->effects) == 0 ||
	    tree_canonical(c->tree, c->arena, p, &real, NULL) < 0)
		return NULL;
	return strmap_find(c->effects, rpath_str(real));
}

/* The script had the last word on what it says something of. */
static const struct expected *left_by(struct checker *c, const struct expected *x,
				      const struct expected *effect)
{
	struct expected *left = arena_alloc(c->arena, sizeof(*left));

	*left = *x;
	left->script = effect->script;
	if (effect->digest) {
		/* else other contents, of a size that is not recorded */
		left->content = x->content && x->digest &&
				sha256_equal(&x->sha256, &effect->sha256);
		left->digest = true;
		left->sha256 = effect->sha256;
	}
	if (effect->mode != MODE_UNSET) {
		left->mode = effect->mode;
		left->owner = effect->owner;
		left->group = effect->group;
		left->xattrs = effect->xattrs;
	}
	return left;
}

static uint64_t check_once(struct checker *c, const struct expected *x, struct rpath p)
{
	struct error e = ERROR_INIT;
	struct stat st;
	int rc = tree_stat(c->tree, p, &st, &e);

	if (rc == 0)
		return check_object(c, x, p, &st);
	if (rc == -ENOENT || rc == -ENOTDIR)
		found(c, x, VERIFY_MISSING, NULL, NULL);
	else
		found(c, x, VERIFY_UNREADABLE, NULL, arena_strdup(c->arena, e.text));
	return 0;
}

uint64_t checker_path(struct checker *c, const struct expected *x)
{
	const struct expected *effect;
	struct error e = ERROR_INIT;
	size_t before = c->findings.n;
	struct rpath p;
	uint64_t bytes;

	if (rpath_parse(c->arena, x->path, &p, &e) < 0) {
		found(c, x, VERIFY_UNREADABLE, NULL, arena_strdup(c->arena, e.text));
		return 0;
	}
	bytes = check_once(c, x, p);
	if ((c->findings.n == before && !c->gave_xattrs) || x->script != NULL)
		return bytes;
	effect = effect_at(c, p);
	if (effect == NULL || (c->findings.n == before && effect->xattrs == NULL))
		return bytes;
	c->findings.n = before;
	return bytes + check_once(c, left_by(c, x, effect), p);
}
