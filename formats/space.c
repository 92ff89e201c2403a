/* `path blocks inodes`, one a line. */
#include "space.h"

#include "lines.h"
#include "pkgmap.h"
#include "str.h"

/* So that a sum over all lines in bytes can't overflow. */
#define NUMBER_MAX ((uint64_t)1 << 40)

typedef VEC(struct space_line) space_vec;

static bool is_number(struct span s, uint64_t *ret)
{
	return str_to_u64(s.p, s.len, 10, NUMBER_MAX, ret);
}

static int read_line(struct arena *a, const struct lines *l, struct span line, space_vec *v,
		     struct error *e)
{
	struct span field[4] = { 0 };
	struct space_line *s;
	size_t n = 0;

	line = span_trim(line);
	if (line.len == 0 || line.p[0] == '#')
		return 0;
	while (n < 4 && span_word(&line, &field[n]))
		n++;
	if (n != 3)
		return lines_error(l, e, "not 'path blocks inodes'");
	if (field[0].len > PKGMAP_MAX_PATH || span_has_control(field[0]))
		return lines_error(l, e, "bad path " SPAN_FMT, SPAN_ARG(field[0]));
	s = VEC_PUSH(v);
	if (!is_number(field[1], &s->blocks))
		return lines_error(l, e, "bad number of blocks " SPAN_FMT, SPAN_ARG(field[1]));
	if (!is_number(field[2], &s->inodes))
		return lines_error(l, e, "bad number of inodes " SPAN_FMT, SPAN_ARG(field[2]));
	s->path = span_dup(a, field[0]);
	s->line = l->line;
	return 0;
}

int space_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		struct space *ret, struct error *e)
{
	space_vec v = VEC_INIT;
	struct lines l;
	struct span line;
	int rc;

	rc = lines_open(&l, bytes, len, SPACE_MAX_BYTES, file, e);
	while (rc == 0 && lines_next(&l, &line))
		rc = read_line(a, &l, line, &v, e);
	if (rc == 0) {
		ret->v = arena_memdup(a, v.v, v.n, sizeof(*v.v));
		ret->n = v.n;
	}
	VEC_FREE(&v);
	return rc;
}
