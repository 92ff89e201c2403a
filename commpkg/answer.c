/* State files: answers for options that were not given. */
#include "answer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "formats/statefile.h"
#include "formats/str.h"
#include "log.h"
#include "pkgdb/softlist.h"
#include "places.h"

/* ---- reading */

static int read_file(struct arena *a, const char *file, struct statefile *ret, struct error *e)
{
	char *bytes;
	size_t len;
	int rc = places_read_any(a, file, STATEFILE_MAX_BYTES, &bytes, &len, e);

	if (rc == 0)
		rc = statefile_parse(a, bytes, len, str_eq(file, "-") ? "standard input" : file,
				     ret, e);
	return rc;
}

static int check_verb(const struct options *o, const struct statefile *s, struct error *e)
{
	if (s->verb == NULL || str_eq(s->verb, o->verb->name))
		return 0;
	error_set(e, E_USAGE, "state file '%s' is of '%s', not of '%s'", o->silent, s->verb,
		  o->verb->name);
	return error_hint(e, "give it to 'commpkg %s', or change its VERB", s->verb);
}

/* ---- what the command line said */

struct said {
	bool root, names;
};

static int look_at_words(struct arena *a, const struct options *o, struct said *ret,
			 struct error *e)
{
	const char *statedir;
	struct softlist list;
	size_t i;
	int rc = places_state(a, &statedir, e);

	if (rc == 0)
		rc = softlist_load(a, statedir, &list, e);
	if (rc < 0)
		return rc;
	*ret = (struct said){
		.root = o->root != NULL || o->altroot != NULL || o->installroot != NULL,
		.names = o->components != NULL || o->all,
	};
	for (i = 0; i < o->nwords; i++) {
		const char *word = o->words[i];
		bool root = word[0] == '@' || softlist_find(&list, word) != NULL ||
			    (word[0] == '/' && places_look(word) != PLACE_FILE);

		ret->root = ret->root || root;
		ret->names = ret->names || !root;
	}
	return 0;
}

/* ---- the file's answers */

static void answer_root(struct arena *a, struct options *o, const struct statefile *s)
{
	if (s->altroot == STATE_YES && s->installroot != NULL) {
		o->altroot = s->name != NULL ? s->name : "";
		o->installroot = s->installroot;
	} else if (s->name != NULL) {
		o->root = arena_printf(a, "@%s", s->name);
	} else if (s->rootdir != NULL && !str_eq(s->rootdir, "/")) {
		o->root = s->rootdir;
	} else {
		o->installroot = s->installroot;
	}
}

/* The VERSION of NAME=VERSION in the list, or NULL. */
static const char *version_of(struct arena *a, const char *versions, const char *name)
{
	size_t len = strlen(name);
	const char *p = versions;

	while (p != NULL && *(p += strspn(p, " \t")) != '\0') {
		size_t n = strcspn(p, " \t");

		if (n > len + 1 && strncmp(p, name, len) == 0 && p[len] == '=')
			return arena_strndup(a, p + len + 1, n - len - 1);
		p += n;
	}
	return NULL;
}

/* A word of the file is a name or a package file: never an option, never a root. */
static int answer_word(struct arena *a, const struct options *o, const struct statefile *s,
		       const char *word, const char **ret, struct error *e)
{
	const char *version = strchr(word, '=') == NULL && !str_eq(o->verb->name, "uninstall") ?
			      version_of(a, s->versions, word) : NULL;

	if (word[0] == '@' || word[0] == '-')
		return error_set(e, E_USAGE, "state file '%s' has '%s' among its components",
				 o->silent, word);
	if (word[0] == '/' && places_look(word) != PLACE_FILE)
		return error_set(e, ENOENT, "state file '%s' names package file '%s', which is "
				 "not there", o->silent, word);
	*ret = version != NULL ? arena_printf(a, "%s=%s", word, version) : word;
	return 0;
}

static int answer_names(struct arena *a, struct options *o, const struct statefile *s,
			struct error *e)
{
	const char *p = s->components;
	const char **words;
	size_t n = o->nwords;
	int rc = 0;

	if (p == NULL)
		return 0;
	words = xcalloc(o->nwords + strlen(p) / 2 + 2, sizeof(*words));
	memcpy(words, o->words, o->nwords * sizeof(*words));
	while (rc == 0 && *(p += strspn(p, " \t")) != '\0') {
		size_t len = strcspn(p, " \t");

		rc = answer_word(a, o, s, arena_strndup(a, p, len), &words[n], e);
		n += rc == 0;
		p += len;
	}
	free(o->words);
	o->words = words;
	o->nwords = n;
	return rc;
}

/* A flag can only be given, not taken back, so what was given stays. */
static void answer_flag(bool *at, enum state_flag flag)
{
	*at = *at || flag == STATE_YES;
}

static void answer_options(struct options *o, const struct statefile *s)
{
	if (o->distro == NULL)
		o->distro = s->distro;
	answer_flag(&o->overwrite, s->overwrite);
	answer_flag(&o->exclude_os, s->exclude_os);
	answer_flag(&o->exclude_shared, s->exclude_shared);
	answer_flag(&o->accept_license, s->accept_license);
	answer_flag(&o->autoremove, s->autoremove);
	answer_flag(&o->dependents, s->dependents);
	answer_flag(&o->allow_downgrade, s->allow_downgrade);
	answer_flag(&o->allow_unsigned, s->allow_unsigned);
	answer_flag(&o->allow_older, s->allow_older);
	if (o->upgrade_shared == 0 && s->upgrade_shared != STATE_UNSET)
		o->upgrade_shared = s->upgrade_shared == STATE_YES ? 1 : -1;
}

int answer_load(struct arena *a, struct options *o, struct error *e)
{
	struct statefile s = { .verb = NULL }, *given;
	struct said said = { .root = false };
	int rc = 0;

	if (o->silent == NULL)
		return 0;
	o->yes = true;
	if (!str_eq(o->silent, "NONE"))
		rc = read_file(a, o->silent, &s, e);
	if (rc == 0)
		rc = check_verb(o, &s, e);
	if (rc == 0)
		rc = look_at_words(a, o, &said, e);
	if (rc < 0)
		return rc;
	given = arena_alloc(a, sizeof(*given));
	*given = s;
	o->given = given;
	answer_options(o, &s);
	if (!said.root)
		answer_root(a, o, &s);
	if (said.names)
		return 0;
	answer_flag(&o->all, s.all);
	return o->all ? 0 : answer_names(a, o, &s, e);
}

/* ---- writing */

static enum state_flag flag_of(bool on)
{
	return on ? STATE_YES : STATE_NO;
}

/* What was named, as typed but for versions, which stand apart. */
static const char *names_of(struct run *r, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const struct operands *ops = r->operands;
	size_t i;

	for (i = 0; i < ops->nnames; i++)
		strbuf_addf(&b, "%s%.*s", b.len > 0 ? " " : "",
			    (int)strcspn(ops->names[i], "="), ops->names[i]);
	for (i = 0; i < ops->nfiles; i++) {
		const char *path;

		if (places_real(r->arena, ops->files[i], &path, e) < 0)
			return NULL;
		if (strpbrk(path, " \t") != NULL) {
			error_set(e, E_USAGE, "package file '%s' can't be named in a state file: "
				  "its path has a blank", path);
			return NULL;
		}
		strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "", path);
	}
	return arena_strdup(r->arena, strbuf_str(&b));
}

static const char *nothing_is_null(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

static void describe_root(struct run *r, struct statefile *s)
{
	const struct target *t = r->target;
	bool alternate = !str_eq(t->path, "/");

	s->altroot = flag_of(alternate);
	s->rootdir = t->path;
	s->name = t->name;
	s->installroot = alternate ? t->path : t->installroot;
}

static int describe_distro(struct run *r, struct statefile *s, struct error *e)
{
	const char *given = r->o->distro != NULL ? r->o->distro : getenv("COMMPKG_DISTRO");

	if (nothing_is_null(given) == NULL || (r->o->verb->flags & VERB_FILES) == 0)
		return 0;
	if (strstr(given, "://") != NULL) {
		s->distro = given;
		return 0;
	}
	return places_real(r->arena, given, &s->distro, e);
}

static int describe(struct run *r, const struct answer_decided *d, struct statefile *s,
		    struct error *e)
{
	const struct options *o = r->o;
	bool adds = (o->verb->flags & VERB_FILES) != 0;
	int rc;

	*s = (struct statefile){ .verb = o->verb->name, .versions = nothing_is_null(d->versions) };
	describe_root(r, s);
	rc = describe_distro(r, s, e);
	if (rc < 0)
		return rc;
	if (o->all)
		s->all = STATE_YES;
	else
		s->components = d->names != NULL ? d->names : names_of(r, e);
	if (!o->all && s->components == NULL)
		return -e->code;
	s->components = nothing_is_null(s->components);
	if (o->given != NULL) {
		s->answers = o->given->answers;
		s->nanswers = o->given->nanswers;
		s->edits = o->given->edits;
		s->nedits = o->given->nedits;
	}
	if (adds) {
		s->accept_license = flag_of(o->accept_license || d->license_accepted);
		s->overwrite = flag_of(o->overwrite);
		s->exclude_os = flag_of(o->exclude_os);
		s->exclude_shared = flag_of(o->exclude_shared);
		s->upgrade_shared = flag_of(o->upgrade_shared > 0 || d->shared_upgraded);
		s->allow_downgrade = flag_of(o->allow_downgrade);
		s->allow_unsigned = flag_of(o->allow_unsigned);
		s->allow_older = flag_of(o->allow_older);
	} else {
		s->autoremove = flag_of(o->autoremove);
		s->dependents = flag_of(o->dependents);
	}
	return 0;
}

static int write_open(int fd, const char *path, const char *text, struct error *e)
{
	int rc = fd_write_all(fd, text, strlen(text));

	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc == 0 ? 0 : error_errno(e, -rc, "cannot write state file '%s'", path);
}

static int record_in_logs(struct run *r, const char *text, struct error *e)
{
	char path[PATH_MAX];
	const char *dir;
	int fd, rc = places_log(r->arena, r->o->logdir, &dir, e);

	if (rc == 0)
		rc = log_create(dir, arena_printf(r->arena, "silent_CommsInstaller_%s",
						  r->o->verb->name), "", path, &fd, e);
	if (rc == 0)
		rc = write_open(fd, path, text, e);
	if (rc == 0)
		report_verbose("state file: %s", path);
	return rc;
}

static int record_in(struct run *r, const char *text, struct error *e)
{
	int fd, rc = places_make(r->o->record, &fd, e);

	return rc < 0 ? rc : write_open(fd, r->o->record, text, e);
}

const char *answer_text(struct run *r)
{
	const struct answer_decided nothing = { .versions = NULL };
	struct error e = ERROR_INIT;
	struct statefile s;
	const char *text;
	int rc = describe(r, &nothing, &s, &e);

	s.nanswers = s.nedits = 0;
	if (rc == 0)
		rc = statefile_text(r->arena, "", &s, &text, &e);
	return rc == 0 ? text : NULL;
}

int answer_save(struct run *r, const struct answer_decided *d, struct error *e)
{
	struct error why = ERROR_INIT;
	struct statefile s;
	const char *text;
	char when[LOG_STAMP];
	int rc = describe(r, d, &s, &why);

	log_stamp(true, when);
	if (rc == 0)
		rc = statefile_text(r->arena,
				    arena_printf(r->arena, "# state file of commpkg %s, for "
						 "--silent\n# generated %s\n", COMMPKG_VERSION,
						 when), &s, &text, &why);
	if (r->o->record != NULL) {
		if (rc < 0)
			return error_set(e, -rc, "%s", why.text);
		rc = record_in(r, text, e);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		rc = record_in_logs(r, text, &why);
	if (rc < 0)
		report_warning("no state file is written: %s", why.text);
	return 0;
}
