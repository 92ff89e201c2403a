/* pkgparam: parameter values of a package (pkgparam(1)). */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/medium.h"
#include "formats/prototype.h"
#include "tools/common/installed.h"
#include "tools/common/operand.h"
#include "tools/common/say.h"

static const char usage_lines[] =
	"pkgparam [-v] [-d device] [-R root] pkginst [param [param ...]]\n"
	"pkgparam -f file [-v] [param [param ...]]\n";

struct options {
	bool verbose;
	const char *device, *file, *root, *instance;
	char **names;
	size_t nnames;
};

/* Values are for programs, so they come as they are; a terminal is not driven by them. */
static void put(const char *text)
{
	if (isatty(1))
		say_out("%s", text);
	else
		(void)fputs(text, stdout);
}

static void put_quoted(const char *value)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (; *value != '\0'; value++) {
		if (*value == '\'')
			strbuf_adds(&b, "'\"'\"'");
		else
			strbuf_addch(&b, *value);
	}
	put(strbuf_str(&b));
}

static void show(const struct options *o, const char *name, const char *value)
{
	if (!o->verbose) {
		put(value);
		put("\n");
		return;
	}
	put(name);
	put("='");
	put_quoted(value);
	put("'\n");
}

static void show_all(const struct options *o, const struct pkginfo *info)
{
	size_t i;

	if (o->nnames == 0) {
		for (i = 0; i < info->n; i++)
			show(o, info->params[i].name, info->params[i].value);
		return;
	}
	for (i = 0; i < o->nnames; i++) {
		const char *value = pkginfo_get(info, o->names[i]);

		if (value != NULL)
			show(o, o->names[i], value);
	}
}

static int show_file(const struct options *o, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkginfo info;
	const char *bytes;
	size_t len;
	int rc = proto_files_disk.read(NULL, a, o->file, &bytes, &len, e);

	if (rc == 0)
		rc = pkginfo_parse(a, bytes, len, o->file, &info, e);
	if (rc == 0)
		show_all(o, &info);
	return rc;
}

static int not_located(const struct options *o, struct error *e)
{
	return error_set(e, E_NOT_FOUND, "unable to locate parameter information for \"%s\"",
			 o->instance);
}

static int show_medium(const struct options *o, struct error *e)
{
	struct medium *m;
	size_t i;
	int rc = medium_open_each(AT_FDCWD, device_path(o->device), MEDIUM_HEAD, &m, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < medium_count(m); i++)
		if (str_eq(medium_package(m, i)->dirname, o->instance))
			break;
	if (i < medium_count(m) && medium_package(m, i)->info.n > 0)
		show_all(o, &medium_package(m, i)->info);
	else if (i < medium_count(m))
		rc = error_set(e, E_FORMAT, "%s", medium_package(m, i)->broken->text);
	else
		rc = not_located(o, e);
	medium_close(m);
	return rc;
}

static int show_found(const struct options *o, const struct installed *in, struct error *e)
{
	const struct pkgdb_package *p = installed_find(in, o->instance);
	struct pkginfo info;
	int rc;

	if (p == NULL)
		return not_located(o, e);
	rc = pkgdb_params(in->db, in->arena, p->id, &info, e);
	if (rc < 0)
		return rc;
	show_all(o, &info);
	return 0;
}

static int show_installed(const struct options *o, struct error *e)
{
	struct installed in;
	const char *root;
	int rc = altroot_choose(o->root, &root, e);

	if (rc == 0)
		rc = installed_look(root, false, &in, e);
	if (rc < 0)
		return rc;
	installed_warn_pending(&in);
	rc = show_found(o, &in, e);
	installed_close(&in);
	return rc;
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "+vd:f:R:")) != -1) {
		switch (c) {
		case 'v': o->verbose = true; break;
		case 'd': o->device = optarg; break;
		case 'f': o->file = optarg; break;
		case 'R': o->root = optarg; break;
		default: return say_usage(usage_lines);
		}
	}
	if (o->file != NULL ? o->device != NULL : optind == argc)
		return say_usage(usage_lines);
	if (o->file == NULL)
		o->instance = argv[optind++];
	o->names = argv + optind;
	o->nnames = (size_t)(argc - optind);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .verbose = false };
	struct error e = ERROR_INIT;
	int rc;

	say_program("pkgparam");
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc;
	if (o.file != NULL)
		rc = show_file(&o, &e);
	else if (o.device != NULL)
		rc = show_medium(&o, &e);
	else
		rc = show_installed(&o, &e);
	if (rc < 0)
		say_failure(&e);
	if (fflush(stdout) != 0)
		return 1;
	return rc < 0 ? 1 : 0;
}
