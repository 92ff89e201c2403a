/*
 * pkgmap, one object a line, fields separated by blanks or tabs:
 *
 *	: 1 110
 *	1 d none bin 0755 root bin
 *	1 f none bin/hello 0755 root bin 35 3018 1000000000
 *	1 s none bin/abs=/usr/bin/true
 *	1 b none dev/gldblk 7 99 0640 root sys
 *	1 i pkginfo 241 19582 1795434139
 *
 * Source: pkgmap(4) of illumos, svr4.md 4.1 to 4.3. Odd ones that exist: modes
 * wider than 07777 are '?' (Heirloom writes 17777777777); a name may end in '='
 * (`charlib/~=` of SUNWdoc), which Heirloom writes twice, as `~==~=`; attributes
 * and the contents triple may be missing, but not a part of them.
 */
#include "pkgmap.h"

#include <stdlib.h>

#include "lines.h"

#define WORDS_MAX 12u		/* no line has more: part, 2, path, 2 numbers, 3, 3 */
#define SUM_MAX UINT32_MAX
#define PATHS_EXPECTED 65536u	/* at most, however long the file is */

struct reader {
	struct arena *a, *keys;	/* keys: canonical paths, while it is read */
	struct lines l;
	char *text;		/* our copy, in which words end in NUL */
	const char *bytes;	/* what `l` reads, and text is a copy of */
	struct pkgmap map;	/* the ':' line */
	bool header_said;
	VEC(struct entry) v;
	struct strmap *paths, *infos;	/* to 1 + the index in v */
	char *words[WORDS_MAX];	/* of the line at hand, words[next] is not used yet */
	unsigned n, next;
	struct error *e;
};

static bool has_control(const char *s)
{
	return span_has_control((struct span){ s, strlen(s) });
}

static char *next_word(struct reader *r)
{
	return r->next < r->n ? r->words[r->next++] : NULL;
}

static unsigned words_left(const struct reader *r)
{
	return r->n - r->next;
}

static int split_words(struct reader *r, struct span line)
{
	struct span word;

	r->n = r->next = 0;
	while (span_word(&line, &word)) {
		if (r->n == WORDS_MAX)
			return lines_error(&r->l, r->e, "more than %u fields", WORDS_MAX);
		r->words[r->n] = r->text + (word.p - r->bytes);
		r->words[r->n++][word.len] = '\0';
	}
	return 0;
}

static int bad_field(const struct reader *r, const char *what, const char *word)
{
	return lines_error(&r->l, r->e, "bad %s '%.80s'", what, word);
}

/* A decimal number of the next word, which must be there. */
static int read_number(struct reader *r, const char *what, uint64_t max, uint64_t *ret)
{
	const char *word = next_word(r);

	if (word == NULL)
		return lines_error(&r->l, r->e, "%s is missing", what);
	if (!str_to_u64(word, strlen(word), 10, max, ret))
		return bad_field(r, what, word);
	return 0;
}

/* `: nparts maxblocks [maxcompressed]`; the readers look at the first one only. */
static int read_header(struct reader *r)
{
	uint64_t nparts, blocks, compressed = 0;
	int rc;

	if (r->header_said)
		return 0;
	rc = read_number(r, "number of parts", PKGMAP_MAX_PARTS, &nparts);
	if (rc == 0)
		rc = read_number(r, "number of blocks", INT64_MAX / 512, &blocks);
	if (rc == 0 && words_left(r) > 0)
		rc = read_number(r, "number of compressed blocks", INT64_MAX / 512, &compressed);
	if (rc < 0)
		return rc;
	if (nparts == 0)
		return bad_field(r, "number of parts", "0");
	r->header_said = true;
	r->map.nparts = (uint32_t)nparts;
	r->map.maxblocks = blocks;
	r->map.maxcompressed = compressed;
	return 0;
}

static int read_part(struct reader *r, struct entry *en)
{
	uint64_t part;
	int rc;

	if (r->words[r->next][0] < '0' || r->words[r->next][0] > '9')
		return 0;
	rc = read_number(r, "part number", PKGMAP_MAX_PARTS, &part);
	if (rc == 0)
		en->part = (uint32_t)part;
	return rc;
}

static int read_ftype(struct reader *r, struct entry *en)
{
	const char *word = next_word(r);

	if (word == NULL)
		return lines_error(&r->l, r->e, "the file type is missing");
	if (word[1] != '\0' || strchr("fevdxpcbsli", word[0]) == NULL)
		return lines_error(&r->l, r->e, "unknown file type '%.80s'", word);
	en->ftype = word[0];
	return 0;
}

/* The class is part of the name of a script, so it can't be a path; and it is
 * never a variable (svr4.md 4.4). */
static int read_class(struct reader *r, struct entry *en)
{
	const char *word = next_word(r);

	if (word == NULL)
		return lines_error(&r->l, r->e, "the class is missing");
	if (strlen(word) > PKGMAP_MAX_FIELD || strpbrk(word, "/$?") != NULL || has_control(word))
		return bad_field(r, "class", word);
	en->class = word;
	return 0;
}

/* `X==X=` is the name `X=`, `X=` at the end of the word likewise. */
static bool cut_trailing_equals(char *word, char *equals)
{
	size_t half = strlen(word) / 2;

	if (equals[1] == '\0')
		return true;
	if (half < 2 || word[half] != '=' || word[half - 1] != '=' ||
	    strncmp(word, word + half + 1, half) != 0 || word[2 * half + 1] != '\0')
		return false;
	word[half] = '\0';
	return true;
}

/* Cuts `path=target` in place. */
static int cut_target(struct reader *r, struct entry *en, char *word)
{
	char *equals = strchr(word, '=');
	bool link = en->ftype == 's' || en->ftype == 'l';

	en->path = word;
	if (link && (equals == NULL || equals[1] == '\0'))
		return lines_error(&r->l, r->e, "'%.80s' is a link to nothing", word);
	if (equals == NULL || (!link && cut_trailing_equals(word, equals)))
		return 0;
	if (!link && !ftype_has_payload(en->ftype))
		return lines_error(&r->l, r->e, "'=' in the path '%.80s'", word);
	*equals = '\0';
	en->target = equals + 1;
	return 0;
}

static bool path_ok(const char *path)
{
	return path[0] != '\0' && strlen(path) <= PKGMAP_MAX_PATH && !has_control(path);
}

static bool info_name_ok(const char *name)
{
	return strchr(name, '/') == NULL && !str_eq(name, ".") && !str_eq(name, "..");
}

static int read_path(struct reader *r, struct entry *en)
{
	char *word = next_word(r);
	int rc;

	if (word == NULL)
		return lines_error(&r->l, r->e, "the path is missing");
	rc = cut_target(r, en, word);
	if (rc < 0)
		return rc;
	if (!path_ok(en->path) || (en->ftype == 'i' && !info_name_ok(en->path)))
		return bad_field(r, "path", en->path);
	if (en->target != NULL && !path_ok(en->target))
		return bad_field(r, "target", en->target);
	return 0;
}

static int read_device_number(struct reader *r, const char *what, uint32_t *ret)
{
	uint64_t n;
	int rc;

	if (words_left(r) > 0 && str_eq(r->words[r->next], "?")) {
		r->next++;
		*ret = NUM_UNSET;
		return 0;
	}
	rc = read_number(r, what, NUM_UNSET - 1, &n);
	if (rc == 0)
		*ret = (uint32_t)n;
	return rc;
}

/* A character device 0,0 in a stage is a whiteout to overlayfs, and would delete
 * what another package put there. */
static int read_device(struct reader *r, struct entry *en)
{
	int rc = read_device_number(r, "major number", &en->major);

	if (rc == 0)
		rc = read_device_number(r, "minor number", &en->minor);
	if (rc < 0)
		return rc;
	if (en->ftype == 'c' && en->major == 0 && en->minor == 0)
		return lines_error(&r->l, r->e, "'%.80s' is character device 0,0, a whiteout",
				   en->path);
	return 0;
}

static int read_mode(struct reader *r, struct entry *en)
{
	const char *word = next_word(r);
	size_t len = strlen(word);
	uint64_t mode;

	if (word[0] == '$' && word[1] >= 'a' && word[1] <= 'z' && len <= PKGMAP_MAX_FIELD &&
	    !has_control(word)) {
		en->mode_var = word;
		return 0;
	}
	if (str_eq(word, "?") || (len <= PKGMAP_MAX_FIELD && strspn(word, "01234567") == len &&
				  !str_to_u64(word, len, 8, 07777, &mode)))
		return 0;
	if (!str_to_u64(word, len, 8, 07777, &mode))
		return bad_field(r, "mode", word);
	en->mode = (uint32_t)mode;
	return 0;
}

static int read_account(struct reader *r, const char *what, const char **ret)
{
	const char *word = next_word(r);

	if (strlen(word) > PKGMAP_MAX_FIELD || has_control(word) || strpbrk(word, ":/=") != NULL)
		return bad_field(r, what, word);
	*ret = str_eq(word, "?") ? NULL : word;
	return 0;
}

/* All three or none. */
static int read_attributes(struct reader *r, struct entry *en)
{
	int rc;

	if (words_left(r) == 0)
		return 0;
	if (words_left(r) < 3)
		return lines_error(&r->l, r->e, "mode, owner or group is missing");
	rc = read_mode(r, en);
	if (rc == 0)
		rc = read_account(r, "owner", &en->owner);
	if (rc == 0)
		rc = read_account(r, "group", &en->group);
	return rc;
}

static int read_content(struct reader *r, struct entry *en)
{
	const char *word;
	uint64_t sum;
	int rc;

	if (words_left(r) == 0)
		return 0;
	rc = read_number(r, "size", INT64_MAX, &en->size);
	if (rc == 0)
		rc = read_number(r, "sum", SUM_MAX, &sum);
	if (rc < 0)
		return rc;
	en->sum = (uint32_t)sum;
	word = next_word(r);
	if (word == NULL)
		return lines_error(&r->l, r->e, "modification time is missing");
	if (!str_to_i64(word, strlen(word), &en->mtime))
		return bad_field(r, "modification time", word);
	en->has_content = true;
	return 0;
}

static int read_entry(struct reader *r, struct entry *en)
{
	int rc = read_part(r, en);

	if (rc == 0)
		rc = read_ftype(r, en);
	if (rc == 0 && en->ftype != 'i')
		rc = read_class(r, en);
	if (rc == 0)
		rc = read_path(r, en);
	if (rc == 0 && (en->ftype == 'c' || en->ftype == 'b'))
		rc = read_device(r, en);
	if (rc == 0 && strchr("sli", en->ftype) == NULL)
		rc = read_attributes(r, en);
	if (rc == 0 && ftype_has_payload(en->ftype))
		rc = read_content(r, en);
	if (rc == 0 && words_left(r) > 0)
		return lines_error(&r->l, r->e, "'%.80s' is too much for type %c",
				   r->words[r->next], en->ftype);
	return rc;
}

static bool same_or_unset(const char *a, const char *b)
{
	return a == NULL || b == NULL || str_eq(a, b);
}

static bool directories_agree(const struct entry *a, const struct entry *b)
{
	return ftype_is_dir(a->ftype) && a->ftype == b->ftype && str_eq(a->class, b->class) &&
	       same_or_unset(a->owner, b->owner) && same_or_unset(a->group, b->group) &&
	       same_or_unset(a->mode_var, b->mode_var) &&
	       (a->mode == MODE_UNSET || b->mode == MODE_UNSET || a->mode == b->mode);
}

static void directories_merge(struct entry *to, const struct entry *from)
{
	if (to->mode == MODE_UNSET)
		to->mode = from->mode;
	if (to->mode_var == NULL)
		to->mode_var = from->mode_var;
	if (to->owner == NULL)
		to->owner = from->owner;
	if (to->group == NULL)
		to->group = from->group;
}

/* Information files have names of their own: `i copyright` and `f copyright` can
 * both be. Paths are compared in their canonical form, which `..` does not have. */
static int add_entry(struct reader *r, const struct entry *en)
{
	struct strmap *map = en->ftype == 'i' ? r->infos : r->paths;
	const char *key;
	uintptr_t before;
	int rc;

	rc = path_canonical(r->keys, en->path, &key, r->e);
	if (rc < 0)
		return error_prefix(r->e, "%s:%u", r->l.file, r->l.line);
	before = (uintptr_t)strmap_put(map, key, (void *)(r->v.n + 1));
	if (before == 0) {
		*VEC_PUSH(&r->v) = *en;
		return 0;
	}
	(void)strmap_put(map, key, (void *)before); /* the first one stays */
	if (!directories_agree(&r->v.v[before - 1], en))
		return lines_error(&r->l, r->e, "'%.1023s' is there already, in line %u", en->path,
				   r->v.v[before - 1].line);
	directories_merge(&r->v.v[before - 1], en);
	return 0;
}

static int read_line(struct reader *r, struct span line)
{
	struct entry en = { .mode = MODE_UNSET, .line = r->l.line };
	int rc;

	if (line.len == 0 || line.p[0] == '#')
		return 0;
	if (line.p[0] == ':') {
		line.p++;
		line.len--;
		rc = split_words(r, line);
		return rc == 0 ? read_header(r) : rc;
	}
	rc = split_words(r, line);
	if (rc < 0 || r->n == 0)
		return rc;
	if (r->v.n == PKGMAP_MAX_ENTRIES)
		return error_set(r->e, E_LIMIT, "%s:%u: more than %u entries", r->l.file,
				 r->l.line, PKGMAP_MAX_ENTRIES);
	rc = read_entry(r, &en);
	return rc == 0 ? add_entry(r, &en) : rc;
}

/* The ':' line may stand anywhere, so this comes last. */
static int check_parts(const struct reader *r)
{
	size_t i;

	for (i = 0; i < r->v.n; i++)
		if (r->v.v[i].part > r->map.nparts)
			return error_set(r->e, E_FORMAT, "%s:%u: part %u of %u", r->l.file,
					 r->v.v[i].line, r->v.v[i].part, r->map.nparts);
	return 0;
}

static int read_all(struct reader *r, const char *bytes, size_t len, const char *file)
{
	struct span line;
	int rc;

	rc = lines_open(&r->l, bytes, len, PKGMAP_MAX_BYTES, file, r->e);
	if (rc < 0)
		return rc;
	r->bytes = r->l.p;
	r->text = arena_strndup(r->a, r->l.p, len);
	while (rc == 0 && lines_next(&r->l, &line))
		rc = read_line(r, line);
	return rc == 0 ? check_parts(r) : rc;
}

int pkgmap_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		 struct pkgmap *ret, struct error *e)
{
	struct reader r = { .a = a, .keys = arena_new(), .e = e, .map.nparts = 1 };
	int rc;

	r.paths = strmap_new(len / 48 < PATHS_EXPECTED ? len / 48 : PATHS_EXPECTED);
	r.infos = strmap_new(0);
	rc = read_all(&r, bytes, len, file);
	if (rc == 0) {
		r.map.entries = arena_memdup(a, r.v.v, r.v.n, sizeof(*r.v.v));
		r.map.n = r.v.n;
		*ret = r.map;
	}
	strmap_free(r.paths);
	strmap_free(r.infos);
	arena_free(r.keys);
	VEC_FREE(&r.v);
	return rc;
}

static void render_number(uint32_t n, struct strbuf *out)
{
	if (n == NUM_UNSET)
		strbuf_adds(out, " ?");
	else
		strbuf_addf(out, " %u", n);
}

static void render_attributes(const struct entry *en, struct strbuf *out)
{
	if (en->mode_var != NULL)
		strbuf_addf(out, " %s", en->mode_var);
	else if (en->mode == MODE_UNSET)
		strbuf_adds(out, " ?");
	else
		strbuf_addf(out, " %04o", en->mode);
	strbuf_addf(out, " %s %s", en->owner != NULL ? en->owner : "?",
		    en->group != NULL ? en->group : "?");
}

/* Other readers know such a name only when it is written twice. */
static bool ends_in_equals(const struct entry *en)
{
	const char *eq = strchr(en->path, '=');

	return en->target == NULL && en->ftype != 'i' && eq != NULL && eq > en->path &&
	       eq[1] == '\0';
}

void pkgmap_render_entry(const struct entry *en, struct strbuf *out)
{
	if (en->part != 0)
		strbuf_addf(out, "%u ", en->part);
	strbuf_addch(out, en->ftype);
	if (en->ftype != 'i')
		strbuf_addf(out, " %s", en->class);
	strbuf_addf(out, " %s", en->path);
	if (ends_in_equals(en))
		strbuf_addf(out, "=%s", en->path);
	if (en->target != NULL)
		strbuf_addf(out, "=%s", en->target);
	if (en->ftype == 'c' || en->ftype == 'b') {
		render_number(en->major, out);
		render_number(en->minor, out);
	}
	if (strchr("sli", en->ftype) == NULL)
		render_attributes(en, out);
	if (en->has_content)
		strbuf_addf(out, " %llu %u %lld", (unsigned long long)en->size, en->sum,
			    (long long)en->mtime);
	strbuf_addch(out, '\n');
}

void pkgmap_render(const struct pkgmap *map, struct strbuf *out)
{
	size_t i;

	strbuf_addf(out, ": %u %llu", map->nparts, (unsigned long long)map->maxblocks);
	if (map->maxcompressed != 0)
		strbuf_addf(out, " %llu", (unsigned long long)map->maxcompressed);
	strbuf_addch(out, '\n');
	for (i = 0; i < map->n; i++)
		pkgmap_render_entry(&map->entries[i], out);
}

/* qsort() is not stable, so equal paths (`i copyright`, `f copyright`) are told
 * apart by type and line: the same input gives the same bytes. */
static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int rc = strcmp(a->path, b->path);

	if (rc == 0)
		rc = a->ftype - b->ftype;
	return rc != 0 ? rc : (a->line > b->line) - (a->line < b->line);
}

void pkgmap_sort(struct pkgmap *map)
{
	if (map->n > 1)
		qsort(map->entries, map->n, sizeof(*map->entries), compare_entries);
}
