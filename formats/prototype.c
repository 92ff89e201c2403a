/* Files of a prototype: lines, commands, includes. */
#include "prototype.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cleanup.h"

struct reader {
	struct arena *a;
	const struct proto_files *files;
	const struct pkginfo *given;
	struct pkginfo vars;
	VEC(struct proto_entry) entries;
	unsigned nfiles, depth;
	struct proto_faults *faults;
};

/* What belongs to one file and ends with it. */
struct file_state {
	const char *path;
	const struct proto_scope *scope; /* replaced, never changed: entries point to it */
	struct proto_default def;
};

static const char *dir_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return "";
	return arena_strndup(a, path, (size_t)(slash - path) + (slash == path));
}

static const char *path_in(struct arena *a, const char *dir, const char *path)
{
	if (path[0] == '/' || dir[0] == '\0')
		return path;
	return arena_printf(a, "%s/%s", dir, path);
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

const char *proto_expand(struct arena *a, const char *text, const struct pkginfo *vars,
			 bool lower, bool upper, bool *ret_unknown)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	while (*text != '\0') {
		size_t n = strcspn(text, "/"), slashes = strspn(text + n, "/");
		const char *value = NULL;

		if (text[0] == '$' && n > 1 && is_letter(text[1])) {
			bool is_upper = text[1] >= 'A' && text[1] <= 'Z';

			if (is_upper ? upper : lower)
				value = pkginfo_get(vars, arena_strndup(a, text + 1, n - 1));
			if (value != NULL && value[0] == '\0')
				value = NULL;
			if (!is_upper && lower && value == NULL && ret_unknown != NULL)
				*ret_unknown = true;
		}
		if (value != NULL)
			strbuf_adds(&out, value);
		else
			strbuf_add(&out, text, n);
		strbuf_add(&out, text + n, slashes);
		text += n + slashes;
	}
	return arena_strdup(a, strbuf_str(&out));
}

/* In commands a variable may stand anywhere in a word, and ends at '/', '=' or a blank. One
 * that is not known stays, so that the message about what is not found names it. */
static const char *expand_anywhere(struct arena *a, const char *text, const struct pkginfo *vars)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	while (*text != '\0') {
		size_t n = strcspn(text, "$"), len;
		const char *value = NULL;

		strbuf_add(&out, text, n);
		text += n;
		if (*text == '\0')
			break;
		len = strcspn(text + 1, "/= \t$");
		if (len > 0)
			value = pkginfo_get(vars, arena_strndup(a, text + 1, len));
		if (value != NULL)
			strbuf_adds(&out, value);
		else
			strbuf_add(&out, text, len + 1);
		text += len + 1;
	}
	return arena_strdup(a, strbuf_str(&out));
}

/* The words of a command's argument, variables replaced. */
static int command_words(struct reader *r, const char *text, const char *at,
			 const char ***ret, size_t *ret_n, struct error *e)
{
	const char **v = arena_calloc(r->a, PROTOTYPE_MAX_SEARCH, sizeof(*v));
	size_t n = 0;

	for (;;) {
		size_t len;

		text += strspn(text, " \t,");
		len = strcspn(text, " \t,");
		if (len == 0 || text[0] == '#')
			break;
		if (n == PROTOTYPE_MAX_SEARCH)
			return error_set(e, E_LIMIT, "%s: more than %u words", at,
					 PROTOTYPE_MAX_SEARCH);
		v[n++] = expand_anywhere(r->a, arena_strndup(r->a, text, len), &r->vars);
		text += len;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

/* An empty list takes back the one before. */
static int command_search(struct reader *r, struct file_state *fs, bool rsearch,
			  const char *text, const char *at, struct error *e)
{
	struct proto_scope *scope = arena_alloc(r->a, sizeof(*scope));
	const char **v;
	size_t n, i;
	int rc = command_words(r, text, at, &v, &n, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++)
		v[i] = path_in(r->a, fs->scope->dir, v[i]);
	*scope = *fs->scope;
	if (rsearch) {
		scope->rsearch = v;
		scope->nrsearch = n;
	} else {
		scope->search = v;
		scope->nsearch = n;
	}
	fs->scope = scope;
	return 0;
}

static int command_default(struct reader *r, struct file_state *fs, const char *text,
			   const char *at, struct error *e)
{
	const char **v;
	size_t n;
	uint64_t mode = MODE_UNSET;
	int rc = command_words(r, text, at, &v, &n, e);

	if (rc < 0)
		return rc;
	/* SVR4.2 has a level and two sets of privileges behind them */
	if (n < 3)
		return error_set(e, E_FORMAT, "%s: !default needs mode, owner and group", at);
	if (!str_eq(v[0], "?") && !str_to_u64(v[0], strlen(v[0]), 8, 07777, &mode))
		return error_set(e, E_FORMAT, "%s: invalid mode '%s' in !default", at, v[0]);
	if (strlen(v[1]) > PKGMAP_MAX_FIELD || strlen(v[2]) > PKGMAP_MAX_FIELD)
		return error_set(e, E_LIMIT, "%s: owner or group is too long", at);
	if (!proto_account_ok(v[1]) || !proto_account_ok(v[2]))
		return error_set(e, E_FORMAT, "%s: invalid owner or group in !default", at);
	fs->def = (struct proto_default){ .set = true, .mode = (uint32_t)mode,
		.owner = str_eq(v[1], "?") ? NULL : v[1],
		.group = str_eq(v[2], "?") ? NULL : v[2] };
	return 0;
}

static bool is_variable_name(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > 64)
		return false;
	for (i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
		      (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return true;
}

static int command_variable(struct reader *r, const char *text, size_t name_len,
			    const char *at, struct error *e)
{
	const char *name = arena_strndup(r->a, text, name_len);
	const char *value = text + name_len + 1;
	size_t n = strlen(value);

	if (!is_variable_name(name, name_len))
		return error_set(e, E_FORMAT, "%s: invalid variable name '%s'", at, name);
	if (n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0])
		value = arena_strndup(r->a, value + 1, n - 2);
	value = expand_anywhere(r->a, value, &r->vars);
	if (pkginfo_get(r->given, name) != NULL)
		return 0;
	if (r->vars.n >= PROTOTYPE_MAX_VARS)
		return error_set(e, E_LIMIT, "%s: more than %u variables", at,
				 PROTOTYPE_MAX_VARS);
	pkginfo_set(r->a, &r->vars, name, arena_strdup(r->a, value));
	return 0;
}

static int read_file(struct reader *r, const char *path, struct error *e);

static int command_include(struct reader *r, struct file_state *fs, const char *text,
			   const char *at, struct error *e)
{
	const char **v;
	size_t n;
	int rc = command_words(r, text, at, &v, &n, e);

	if (rc < 0)
		return rc;
	if (n != 1)
		return error_set(e, E_FORMAT, "%s: !include needs one file", at);
	if (r->depth >= PROTOTYPE_MAX_DEPTH)
		return error_set(e, E_LIMIT, "%s: includes are nested deeper than %u", at,
				 PROTOTYPE_MAX_DEPTH);
	r->depth++;
	rc = read_file(r, path_in(r->a, fs->scope->dir, v[0]), e);
	r->depth--;
	return rc < 0 ? error_prefix(e, "%s", at) : 0;
}

static bool command_is(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*text, word, n) != 0 ||
	    ((*text)[n] != '\0' && (*text)[n] != ' ' && (*text)[n] != '\t'))
		return false;
	*text += n;
	return true;
}

static int read_command(struct reader *r, struct file_state *fs, const char *text,
			const char *at, struct error *e)
{
	size_t n;

	text += strspn(text, " \t");
	if (command_is(&text, "search"))
		return command_search(r, fs, false, text, at, e);
	if (command_is(&text, "rsearch"))
		return command_search(r, fs, true, text, at, e);
	if (command_is(&text, "include"))
		return command_include(r, fs, text, at, e);
	if (command_is(&text, "default"))
		return command_default(r, fs, text, at, e);
	n = strcspn(text, "=");
	if (text[n] == '=')
		return command_variable(r, text, n, at, e);
	return error_set(e, E_FORMAT, "%s: unknown command '!%s'", at, text);
}

void proto_fault_add(struct arena *a, struct proto_faults *f, const struct proto_fault *one)
{
	struct proto_fault *v;

	if (f == NULL)
		return;
	v = f->v;
	if (f->n % 16 == 0) {
		v = arena_calloc(a, f->n + 16, sizeof(*v));
		if (f->n > 0)
			memcpy(v, f->v, f->n * sizeof(*v));
	}
	v[f->n] = *one;
	f->v = v;
	f->n++;
}

static int entry_fault(struct reader *r, const struct file_state *fs,
		       const struct proto_entry *pe, unsigned line, struct error *e)
{
	const char *text = arena_strdup(r->a, e != NULL ? e->text : "");
	const char *path = pe->entry.path;

	proto_fault_add(r->a, r->faults, &(struct proto_fault){ .file = fs->path, .line = line,
			.path = path, .text = text, .garbled = pe->garbled });
	if (pe->garbled && path != NULL)
		error_prefix(e, "<%s>", path);
	return error_prefix(e, "%s:%u", fs->path, line);
}

static int read_line(struct reader *r, struct file_state *fs, char *text, unsigned line,
		     struct error *e)
{
	const char *at = arena_printf(r->a, "%s:%u", fs->path, line);
	struct proto_entry en = { .unsaid = false };
	int rc;

	text += strspn(text, " \t");
	if (text[0] == '\0' || text[0] == '#' || text[0] == ':')
		return 0;
	if (text[0] == '!')
		return read_command(r, fs, text + 1, at, e);
	if (r->entries.n >= PKGMAP_MAX_ENTRIES)
		return error_set(e, E_LIMIT, "%s: more than %u entries", at,
				 PKGMAP_MAX_ENTRIES);
	rc = proto_entry_parse(r->a, text, &r->vars, &fs->def, &en, e);
	if (rc < 0)
		return entry_fault(r, fs, &en, line, e);
	en.entry.line = line;
	en.scope = fs->scope;
	*VEC_PUSH(&r->entries) = en;
	return 0;
}

static int read_lines(struct reader *r, struct file_state *fs, const char *bytes, size_t len,
		      struct error *e)
{
	const char *p = bytes, *end = bytes + len;
	unsigned line = 0;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl != NULL ? nl : end) - p);
		char *text;
		int rc;

		line++;
		if (n > PROTOTYPE_MAX_LINE)
			return error_set(e, E_LIMIT, "%s:%u: line is longer than %u bytes",
					 fs->path, line, PROTOTYPE_MAX_LINE);
		if (memchr(p, '\0', n) != NULL)
			return error_set(e, E_FORMAT, "%s:%u: NUL byte", fs->path, line);
		text = arena_strndup(r->a, p, n);
		while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL)
			text[--n] = '\0';
		rc = read_line(r, fs, text, line, e);
		if (rc < 0)
			return rc;
		p = nl != NULL ? nl + 1 : end;
	}
	return 0;
}

static int read_file(struct reader *r, const char *path, struct error *e)
{
	struct proto_scope *scope = arena_alloc(r->a, sizeof(*scope));
	struct file_state fs = { .path = path, .scope = scope };
	const char *bytes;
	size_t len;
	int rc;

	if (r->nfiles++ >= PROTOTYPE_MAX_FILES)
		return error_set(e, E_LIMIT, "more than %u prototype files",
				 PROTOTYPE_MAX_FILES);
	*scope = (struct proto_scope){ .file = path, .dir = dir_of(r->a, path) };
	rc = r->files->read(r->files->ctx, r->a, path, &bytes, &len, e);
	if (rc < 0)
		return rc;
	return read_lines(r, &fs, bytes, len, e);
}

int prototype_parse(struct arena *a, const char *path, const struct proto_files *files,
		    const struct pkginfo *given, struct prototype *ret,
		    struct proto_faults *faults, struct error *e)
{
	struct reader r = { .a = a, .files = files, .given = given, .faults = faults };
	size_t i;
	int rc;

	for (i = 0; i < given->n; i++)
		pkginfo_set(a, &r.vars, given->params[i].name, given->params[i].value);
	rc = read_file(&r, path, e);
	if (rc < 0 && faults != NULL && faults->n == 0)
		proto_fault_add(a, faults, &(struct proto_fault){ .file = path,
				.text = arena_strdup(a, e != NULL ? e->text : "") });
	if (rc == 0) {
		ret->v = arena_calloc(a, r.entries.n, sizeof(*ret->v));
		if (r.entries.n > 0)
			memcpy(ret->v, r.entries.v, r.entries.n * sizeof(*ret->v));
		ret->n = r.entries.n;
		ret->vars = r.vars;
	}
	VEC_FREE(&r.entries);
	return rc;
}

static int disk_read(void *ctx, struct arena *a, const char *path, const char **ret_bytes,
		     size_t *ret_len, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char buf[16384];
	ssize_t n;

	(void)ctx;
	fd = str_eq(path, "-") ? dup(0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(e, errno, "cannot open '%s'", path);
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", path);
		if (b.len + (size_t)n > PROTOTYPE_MAX_BYTES)
			return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", path,
					 PROTOTYPE_MAX_BYTES);
		strbuf_add(&b, buf, (size_t)n);
	}
	*ret_bytes = arena_strndup(a, strbuf_str(&b), b.len);
	*ret_len = b.len;
	return 0;
}

const struct proto_files proto_files_disk = { .read = disk_read };
