/* removef: paths that no longer belong to a package (removef(8)). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/common/installed.h"
#include "tools/common/say.h"
#include "tools/common/viewedit.h"

static const char usage_lines[] =
	"removef [-R root] pkginst path ...\n"
	"removef [-R root] pkginst -\n"
	"removef [-R root] -f pkginst\n";

struct options {
	bool finish, input;
	const char *root, *instance;
	char **paths;
	size_t npaths;
};

/* The path is the caller's to remove, unless another package has it too. */
static int remove_path(struct viewedit *v, const char *text, struct error *e)
{
	struct request q = { .kind = REQUEST_DROP, .instance = v->instance };
	int rc = viewedit_path(v, text, &q.row.path, e);

	if (rc < 0)
		return rc;
	if (viewedit_row(v, q.row.path) == NULL) {
		say_warning("/%s <not associated with %s>", q.row.path, v->instance);
		return 0;
	}
	svr4edit_status(v->ed, q.row.path, v->instance, '-');
	if (svr4edit_find(v->ed, q.row.path).n == 1)
		say_out("%s/%s\n", v->prefix, q.row.path);
	return viewedit_request(v, &q, e);
}

static int remove_lines(struct viewedit *v, struct error *e)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &cap, stdin)) > 0) {
		char *word = line + strspn(line, " \t");

		word[strcspn(word, " \t\n")] = '\0';
		if (*word != '\0')
			rc = remove_path(v, word, e);
	}
	free(line);
	return rc;
}

/* Entries of the instance with `-`, gathered first: they are changed then. */
struct forget {
	struct viewedit *v;
	VEC(const char *) paths;
};

static int gather(const struct svr4_group *g, void *ctx, struct error *e)
{
	struct forget *f = ctx;

	(void)e;
	for (size_t i = 0; i < g->n; i++)
		if (g->rows[i].status == '-' && str_eq(g->instances[i], f->v->instance))
			*VEC_PUSH(&f->paths) = g->rows[i].path;
	return 0;
}

static int finish(struct viewedit *v, struct error *e)
{
	struct request q = { .kind = REQUEST_FORGET, .instance = v->instance };
	struct forget f = { .v = v };
	size_t i;
	int rc = svr4edit_each(v->ed, gather, &f, e);

	for (i = 0; rc == 0 && i < f.paths.n; i++)
		svr4edit_drop(v->ed, f.paths.v[i], v->instance);
	VEC_FREE(&f.paths);
	return rc < 0 ? rc : viewedit_request(v, &q, e);
}

static int run(const struct options *o, struct viewedit *v, struct error *e)
{
	size_t i;
	int rc = 0;

	if (o->finish)
		rc = finish(v, e);
	else if (o->input)
		rc = remove_lines(v, e);
	for (i = 0; rc == 0 && i < o->npaths; i++)
		rc = remove_path(v, o->paths[i], e);
	return rc < 0 ? rc : viewedit_write(v, "removef", e);
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+fR:MV:")) != -1) {
		switch (c) {
		case 'f': o->finish = true; break;
		case 'R': o->root = optarg; break;
		case 'M': case 'V': break;
		default: return say_usage(usage_lines);
		}
	}
	if (optind == argc || o->finish != (argc - optind == 1))
		return say_usage(usage_lines);
	o->instance = argv[optind++];
	o->input = !o->finish && argc - optind == 1 && str_eq(argv[optind], "-");
	o->paths = argv + optind;
	o->npaths = o->input ? 0 : (size_t)(argc - optind);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .finish = false };
	struct error e = ERROR_INIT;
	struct viewedit v;
	const char *root;
	int rc;

	say_program("removef");
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc;
	rc = altroot_choose(o.root, &root, &e);
	if (rc == 0 && viewedit_requests() == NULL)
		return viewedit_transaction("removef", root, argc, argv, o.input);
	if (rc == 0)
		rc = viewedit_open(root, o.instance, &v, &e);
	if (rc == 0) {
		rc = run(&o, &v, &e);
		viewedit_close(&v);
	}
	if (rc < 0)
		say_failure(&e);
	if (fflush(stdout) != 0)
		return 1;
	return rc == -E_DB ? 99 : rc < 0;
}
