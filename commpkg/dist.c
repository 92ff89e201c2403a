#include "commpkg/dist.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commpkg/published.h"
#include "formats/cleanup.h"
#include "formats/str.h"

struct broken {
	const char *name, *note;	/* of its file or directory; what is said of it */
};

/* A manifest that could not be read. */
struct broken_manifest {
	const char *id;		/* as far as it was understood, or NULL */
	const char *name;	/* of the file, without .xml */
	struct error why;
};

struct dist {
	struct arena *a;
	struct strmap *seen;	/* "PKG ARCH VERSION" to struct dist_package index + 1 */
	VEC(struct medium *) media;
	VEC(struct dist_package) packages;
	VEC(struct dist_component) components;
	VEC(struct broken_manifest) broken_manifests;
	VEC(const char *) notes;
	VEC(struct broken) broken;
	VEC(struct published *) published;
};

struct dist *dist_new(void)
{
	struct dist *d = xcalloc(1, sizeof(*d));

	d->a = arena_new();
	d->seen = strmap_new(64);
	return d;
}

void dist_free(struct dist *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->media.n; i++)
		medium_close(d->media.v[i]);
	for (size_t i = 0; i < d->published.n; i++)
		published_close(d->published.v[i]);
	VEC_FREE(&d->published);
	VEC_FREE(&d->media);
	VEC_FREE(&d->packages);
	VEC_FREE(&d->components);
	VEC_FREE(&d->broken_manifests);
	VEC_FREE(&d->notes);
	VEC_FREE(&d->broken);
	strmap_free(d->seen);
	arena_free(d->a);
	free(d);
}

static const char *identity(struct dist *d, const struct package *p)
{
	/* none of the three can hold a newline */
	return arena_join(d->a, p->pkg, '\n', arena_join(d->a, p->arch, '\n', p->version));
}

/* A package file named by the user is never passed over: it is what he asked for. */
void dist_add_package(struct dist *d, const struct package *p, const char *origin,
		      bool named)
{
	const char *key = identity(d, p), *first = strmap_find(d->seen, key);

	if (first != NULL && !named) {
		*VEC_PUSH(&d->notes) = arena_printf(d->a,
			"%s %s (%s) in %s is passed over: it is in %s too", p->pkg, p->version,
			p->arch, origin, first);
		return;
	}
	origin = arena_strdup(d->a, origin);
	if (first == NULL)
		(void)strmap_put(d->seen, key, (void *)(uintptr_t)origin);
	*VEC_PUSH(&d->packages) = (struct dist_package){
		.package = p, .origin = origin, .named = named,
	};
}

/* Each medium keeps a descriptor, and the usual limit is made for fewer. */
void dist_make_room(size_t media)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || media + 256 < r.rlim_cur)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r); /* if not, medium_open() says EMFILE */
}

static int add_medium(struct dist *d, const char *path, bool named, struct error *e)
{
	struct medium *m;
	int rc;

	dist_make_room(d->media.n);
	rc = medium_open(AT_FDCWD, path, MEDIUM_ALL, &m, e);
	if (rc < 0)
		return rc;
	*VEC_PUSH(&d->media) = m;
	for (size_t i = 0; i < medium_count(m); i++)
		dist_add_package(d, medium_package(m, i), path, named);
	return 0;
}

int dist_add_medium(struct dist *d, const char *path, struct error *e)
{
	return add_medium(d, path, true, e);
}

/* ---- manifests */

static const char *component_identity(struct dist *d, const struct manifest *m)
{
	return arena_printf(d->a, "component\n%s\n%s", m->id, m->version);
}

static const char *stem(struct dist *d, const char *origin)
{
	const char *slash = strrchr(origin, '/'), *name = slash != NULL ? slash + 1 : origin;

	return arena_strndup(d->a, name, strlen(name) - (str_has_suffix(name, ".xml") ? 4 : 0));
}

static void add_broken_manifest(struct dist *d, const struct manifest *m, const char *origin,
		       const struct error *why)
{
	struct broken_manifest *b = VEC_PUSH(&d->broken_manifests);

	*b = (struct broken_manifest){ .id = m->id, .name = stem(d, origin), .why = *why };
	(void)error_hint(&b->why, "see all that is wrong: commpkg inspect %s",
			 str_shell(d->a, origin));
	*VEC_PUSH(&d->notes) = arena_printf(d->a, "a manifest is passed over: %s", why->text);
}

void dist_add_component(struct dist *d, const char *bytes, size_t len, const char *origin)
{
	struct manifest *m = arena_alloc(d->a, sizeof(*m));
	struct error e = ERROR_INIT;
	const char *first, *key;

	origin = arena_strdup(d->a, origin);
	if (manifest_parse(d->a, bytes, len, origin, m, &e) < 0) {
		add_broken_manifest(d, m, origin, &e);
		return;
	}
	key = component_identity(d, m);
	first = strmap_find(d->seen, key);
	if (first != NULL) {
		*VEC_PUSH(&d->notes) = arena_printf(d->a,
			"component %s %s in %s is passed over: it is in %s too", m->id,
			m->version, origin, first);
		return;
	}
	(void)strmap_put(d->seen, key, (void *)(uintptr_t)origin);
	*VEC_PUSH(&d->components) = (struct dist_component){
		.manifest = m, .bytes = arena_strndup(d->a, bytes, len), .len = len,
		.origin = origin,
	};
}

size_t dist_component_count(const struct dist *d)
{
	return d->components.n;
}

const struct dist_component *dist_component(const struct dist *d, size_t i)
{
	return &d->components.v[i];
}

bool dist_component_broken(const struct dist *d, const char *id, struct error *ret)
{
	size_t i;

	for (i = 0; i < d->broken_manifests.n; i++) {
		const struct broken_manifest *b = &d->broken_manifests.v[i];

		if (str_eq(b->id != NULL ? b->id : b->name, id)) {
			*ret = b->why;
			return true;
		}
	}
	return false;
}

/* Up to more than max bytes. */
static int read_file(const char *path, size_t max, struct strbuf *b, struct error *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char block[16384];
	ssize_t n;

	if (fd < 0)
		return error_errno(e, errno, "cannot open '%s'", path);
	while (b->len <= max && (n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", path);
		strbuf_add(b, block, (size_t)n);
	}
	return 0;
}

/* Only what the catalog has, as it says. */
static int read_published(struct arena *a, const struct dist_component *c, const char *file,
			  size_t max, const char **ret_path, char **ret, size_t *ret_len,
			  struct error *e)
{
	const char *slash = strrchr(c->path, '/');
	const char *path = arena_printf(a, "%.*s%s", slash != NULL ? (int)(slash + 1 - c->path) : 0,
					c->path, file);
	const struct catalog_file *f = catalog_find_file(&c->published->catalog, path);
	int rc;

	if (f == NULL)
		return 0;
	rc = published_read(c->published, a, f, max, ret, e);
	if (rc < 0)
		return rc;
	*ret_path = published_origin(c->published, f);
	*ret_len = (size_t)f->size;
	return 0;
}

/* The manifest was parsed: the name leads down. */
int dist_read_beside(struct arena *a, const struct dist_component *c, const char *file, size_t max,
		     const char **ret_path, char **ret, size_t *ret_len, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const char *slash = strrchr(c->origin, '/'), *path;
	struct stat st;
	int rc;

	*ret_path = NULL;
	if (c->published != NULL)
		return read_published(a, c, file, max, ret_path, ret, ret_len, e);
	path = arena_printf(a, "%.*s%s", slash != NULL ? (int)(slash + 1 - c->origin) : 0,
			    c->origin, file);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	rc = read_file(path, max, &b, e);
	if (rc < 0)
		return rc;
	if (b.len > max)
		return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", path, max);
	*ret_path = path;
	*ret = arena_strndup(a, strbuf_str(&b), b.len);
	*ret_len = b.len;
	return 0;
}

/* Other programs write XML too: ours is what speaks of our namespace. */
static int add_manifest(struct dist *d, const char *path, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	int rc = read_file(path, MANIFEST_MAX_BYTES, &b, e);

	if (rc < 0)
		return rc;
	if (b.len > 0 && manifest_probe(b.p, b.len) &&
	    memmem(b.p, b.len, MANIFEST_NAMESPACE, strlen(MANIFEST_NAMESPACE)) != NULL)
		dist_add_component(d, b.p, b.len, path);
	return 0;
}

/* ---- scanning */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* not by locale */
}

static int visible(const struct dirent *de)
{
	return de->d_name[0] != '.';
}

static bool is_file(const char *dir, const char *name)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct stat st;

	return stat(arena_printf(a, "%s/%s", dir, name), &st) == 0 && S_ISREG(st.st_mode);
}

/* One package, as opposed to a directory that has packages in it. */
static bool is_package_dir(const char *path)
{
	return is_file(path, "pkginfo") && is_file(path, "pkgmap");
}

/* One that is broken does not keep the others from being used. What the system refuses
 * (no descriptor left, no permission) is no matter of the package. */
static int add_or_pass(struct dist *d, const char *path, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = add_medium(d, path, false, &why);

	switch (-rc) {
	case E_FORMAT: case E_LIMIT: case E_DIGEST: case E_UNSUPPORTED: case ENOENT:
		*VEC_PUSH(&d->broken) = (struct broken){
			.name = arena_strdup(d->a, strrchr(path, '/') + 1),
			.note = arena_printf(d->a, "passed over: %s", why.text),
		};
		*VEC_PUSH(&d->notes) = d->broken.v[d->broken.n - 1].note;
		return 0;
	default:
		if (rc < 0 && e != NULL)
			*e = why;
		return rc;
	}
}

static int scan(struct dist *d, const char *path, unsigned depth, struct error *e);

static int scan_one(struct dist *d, const char *path, unsigned depth, struct error *e)
{
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : /* a link to nowhere is no package */
		       error_errno(e, errno, "cannot look at '%s'", path);
	if (S_ISDIR(st.st_mode) && !is_package_dir(path))
		return depth > 0 ? scan(d, path, depth - 1, e) : 0;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return 0;
	if (str_has_suffix(path, ".xml"))
		return S_ISREG(st.st_mode) ? add_manifest(d, path, e) : 0;
	rc = medium_probe(AT_FDCWD, path, e);
	return rc > 0 ? add_or_pass(d, path, e) : rc;
}

static int scan(struct dist *d, const char *path, unsigned depth, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct dirent **list = NULL;
	int n, rc = 0;

	n = scandir(path, &list, visible, by_name);
	if (n < 0)
		return error_errno(e, errno, "cannot read directory '%s'", path);
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = scan_one(d, arena_printf(a, "%s/%s", path, list[i]->d_name), depth, e);
		free(list[i]);
	}
	free(list);
	return rc;
}

/* ---- catalogs */

/* By the digests of the catalog; whether one can be read is seen when it is wished for. */
static int add_components(struct dist *d, struct published *p, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->catalog.ncomponents; i++) {
		AUTO_ARENA struct arena *a = arena_new();
		const struct catalog_component *c = &p->catalog.components[i];
		size_t before;
		char *bytes;

		rc = published_read(p, a, &c->file, MANIFEST_MAX_BYTES, &bytes, e);
		if (rc < 0)
			return rc;
		before = d->components.n;
		dist_add_component(d, bytes, (size_t)c->file.size, published_origin(p, &c->file));
		if (d->components.n > before) {
			d->components.v[before].published = p;
			d->components.v[before].path = c->file.path;
		}
	}
	return rc;
}

int dist_add_published(struct dist *d, const char *place, struct error *e)
{
	struct published *p;
	int rc = published_open(place, &p, e);

	if (rc < 0)
		return rc;
	*VEC_PUSH(&d->published) = p;
	for (size_t i = 0; i < p->catalog.npackages; i++) {
		const struct catalog_package *cp = &p->catalog.packages[i];

		dist_add_package(d, &cp->package,
				 published_origin(p, &p->catalog.media[cp->medium].file), false);
	}
	if (p->foreign == FOREIGN_TRIBBLIX && !p->remote)
		return dist_add_overlays(d, place, e);
	return add_components(d, p, e);
}

size_t dist_published_count(const struct dist *d)
{
	return d->published.n;
}

struct published *dist_published(const struct dist *d, size_t i)
{
	return d->published.v[i];
}

static size_t found(const struct dist *d)
{
	return d->packages.n + d->components.n + d->notes.n;
}

int dist_add_directory(struct dist *d, const char *path, struct error *e)
{
	size_t before = found(d);
	int rc;

	if (published_probe(path))
		return dist_add_published(d, path, e);
	if (is_package_dir(path))
		return add_medium(d, path, false, e);
	rc = scan(d, path, 1, e);
	if (rc < 0)
		return rc;
	if (d->packages.n == 0 && d->components.n == 0 && d->broken.n > 0)
		return error_set(e, E_FORMAT, "no package in '%s' can be read; %.1000s", path,
				 d->broken.v[0].note);
	if (found(d) == before)
		return error_set(e, E_NOT_FOUND, "no packages in '%s'", path);
	return 0;
}

size_t dist_count(const struct dist *d)
{
	return d->packages.n;
}

const struct dist_package *dist_package(const struct dist *d, size_t i)
{
	return &d->packages.v[i];
}

size_t dist_note_count(const struct dist *d)
{
	return d->notes.n;
}

const char *dist_note(const struct dist *d, size_t i)
{
	return d->notes.v[i];
}

size_t dist_unread_count(const struct dist *d)
{
	return d->broken.n + d->broken_manifests.n;
}

const char *dist_unread(const struct dist *d, size_t i, const char **ret_file)
{
	const struct broken_manifest *m;

	if (i < d->broken.n) {
		*ret_file = d->broken.v[i].name;
		return d->broken.v[i].note;
	}
	m = &d->broken_manifests.v[i - d->broken.n];
	*ret_file = m->name;
	return m->why.text;
}

const char *dist_broken(const struct dist *d, const char *name)
{
	size_t len = strcspn(name, "=");

	for (size_t i = 0; i < d->broken.n; i++) {
		const char *file = d->broken.v[i].name;

		/* NAME, NAME.pkg, NAME-1.0.pkg.gz, but not NAMEmore */
		if (strncmp(file, name, len) == 0 && !isalnum((unsigned char)file[len]))
			return d->broken.v[i].note;
	}
	return NULL;
}
