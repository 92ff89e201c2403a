/* Option tables and the parser that reads them. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "formats/str.h"
#include "verb.h"

#define AT(member) offsetof(struct options, member)
#define END { .name = NULL }

const struct option options_general[] = {
	{ "help", NULL, 'h', '?', OPTION_FLAG, AT(help), NULL, "show help" },
	{ "version", NULL, 'V', 0, OPTION_FLAG, AT(version), NULL, "show the version" },
	{ "yes", NULL, 'y', 0, OPTION_FLAG, AT(yes), NULL, "answer yes to the plan" },
	{ "quiet", NULL, 'q', 0, OPTION_FLAG, AT(quiet), NULL, "say only what went wrong" },
	{ "verbose", NULL, 'v', 0, OPTION_COUNT, AT(verbose), NULL, "say more" },
	{ "json", NULL, 0, 0, OPTION_JSON, AT(json), "lines",
	  "print one JSON document, or one event a line" },
	{ "color", "colour", 0, 0, OPTION_COLOR, AT(color), "WHEN", "auto, always or never" },
	{ "jobs", NULL, 'j', 0, OPTION_NUMBER, AT(jobs), "N", "threads (0: one per core)" },
	{ "lock-wait", "lockWait", 0, 0, OPTION_NUMBER, AT(lock_wait), "SECONDS",
	  "wait for another run (default 60)" },
	{ "logdir", NULL, 0, 0, OPTION_TEXT, AT(logdir), "DIR", "where logs are written" },
	END
};

const struct option options_root[] = {
	{ "root", "rootdir", 'R', 0, OPTION_TEXT, AT(root), "PATH|NAME", "the root to work on" },
	{ "altroot", NULL, 0, 0, OPTION_NAME, AT(altroot), "NAME", "an alternate root by name" },
	{ "installroot", NULL, 0, 0, OPTION_TEXT, AT(installroot), "PATH",
	  "path of the alternate root" },
	END
};

const struct option options_distro[] = {
	{ "distro", NULL, 'd', 0, OPTION_TEXT, AT(distro), "PATH",
	  "where the packages are (or COMMPKG_DISTRO)" },
	END
};

const struct option options_dry_run[] = {
	{ "dry-run", "dryrun", 'n', 0, OPTION_FLAG, AT(dry_run), NULL, "show the plan only" },
	END
};

const struct option options_plan[] = {
	{ "save", NULL, 0, 0, OPTION_TEXT, AT(save), "PLAN",
	  "with -n: write the plan to a file, for 'apply'" },
	END
};

const struct option options_keep[] = {
	{ "no-keep", "noKeep", 0, 0, OPTION_FLAG, AT(no_keep), NULL,
	  "keep nothing for undo" },
	END
};

#define SCRIPT_CAGE \
	{ "script-cage", "scriptCage", 0, 0, OPTION_CAGE, AT(script_cage), \
	  "require|try|off", "how scripts of packages are caged (try)" }

#define SERVICES \
	{ "services", NULL, 0, 0, OPTION_SERVICES, AT(services), "auto|yes|no", \
	  "stop and start services of components (auto: of the live system)" }

const struct option options_scripts[] = {
	SCRIPT_CAGE,
	{ "script-root", "scriptRoot", 0, 0, OPTION_SCRIPT_ROOT, AT(script_root),
	  "host|chroot", "whose programs scripts use (host)" },
	{ "stage-scripts", "stageScripts", 0, 0, OPTION_FLAG, AT(stage_scripts), NULL,
	  "stage scripts for the live system too" },
	{ "script-timeout", "scriptTimeout", 0, 0, OPTION_NUMBER, AT(script_timeout), "SECONDS",
	  "how long each script may run (3600)" },
	{ "script-memory", "scriptMemory", 0, 0, OPTION_MEMORY, AT(script_memory), "SIZE|none",
	  "what scripts may take of memory (half of what is free)" },
	SERVICES,
	END
};

const struct option options_recover[] = { SCRIPT_CAGE, END };

const struct option options_boot[] = {
	{ "boot", NULL, 0, 0, OPTION_FLAG, AT(boot), NULL,
	  "run scripts that waited for the first boot of this system" },
	END
};

#define ALLOW_UNSIGNED \
	{ "allow-unsigned", "allowUnsigned", 0, 0, OPTION_FLAG, AT(allow_unsigned), NULL, \
	  "what has no signature that is trusted, too" }
#define ALLOW_OLDER \
	{ "allow-older", "allowOlder", 0, 0, OPTION_FLAG, AT(allow_older), NULL, \
	  "a distribution that expired, or is older than one seen, too" }

const struct option options_install[] = {
	{ "pkg-overwrite", "pkgOverwrite", 0, 0, OPTION_FLAG, AT(overwrite), NULL,
	  "take over files that are already there" },
	{ "allow-downgrade", "allowDowngrade", 0, 0, OPTION_FLAG, AT(allow_downgrade), NULL,
	  "older versions too" },
	ALLOW_UNSIGNED,
	ALLOW_OLDER,
	{ "audit-distro", "auditDistro", 0, 0, OPTION_FLAG, AT(audit_distro), NULL,
	  "check first that the whole distribution is right" },
	{ "first-boot", "firstBoot", 0, 0, OPTION_FLAG, AT(first_boot), NULL,
	  "postinstall scripts wait for the first boot of the root" },
	{ "reinstall", NULL, 0, 0, OPTION_FLAG, AT(reinstall), NULL,
	  "again, though it is installed; a component with its packages" },
	{ "nodeps", "no-deps", 0, 0, OPTION_FLAG, AT(nodeps), NULL,
	  "without regard to what packages need" },
	{ "response", NULL, 0, 0, OPTION_TEXT, AT(response), "FILE|DIR",
	  "answers to what packages ask (a file, or one for each)" },
	{ "save-response", "saveResponse", 0, 0, OPTION_TEXT, AT(save_response), "DIR",
	  "write what is answered there, a file for each package" },
	END
};

const struct option options_beside[] = {
	{ "beside", NULL, 0, 0, OPTION_TEXT, AT(beside), "VERSION",
	  "side by side with this installed version, in a directory of its own" },
	END
};

const struct option options_migrate[] = {
	{ "from", NULL, 0, 0, OPTION_TEXT, AT(from), "DIR",
	  "base directory of the old version (that of the current one)" },
	{ "from-version", "fromVersion", 0, 0, OPTION_TEXT, AT(from_version), "VERSION",
	  "which version it is, where commpkg did not install it" },
	{ "base", NULL, 0, 0, OPTION_TEXT, AT(base), "DIR",
	  "all components whose base directory this is" },
	{ "only", NULL, 0, 0, OPTION_TEXT, AT(only), "NAMES",
	  "of the data these parts, with blanks between; the others can follow" },
	{ "prepare", NULL, 0, 0, OPTION_FLAG, AT(prepare), NULL,
	  "the first step of two: nothing is in place yet, and may be looked at" },
	{ "install", NULL, 0, 0, OPTION_FLAG, AT(install), NULL, "the second step" },
	{ "undo", NULL, 'u', 0, OPTION_FLAG, AT(back), NULL, "take the migration back" },
	{ "plan", NULL, 0, 0, OPTION_FLAG, AT(dry_run), NULL, "the same as --dry-run" },
	END
};

const struct option options_switch[] = {
	{ "unmigrated", NULL, 0, 0, OPTION_FLAG, AT(unmigrated), NULL,
	  "also to a version that nothing was migrated to" },
	END
};

const struct option options_components[] = {
	{ "components", NULL, 0, 0, OPTION_TEXT, AT(components), "NAMES",
	  "components, with blanks between" },
	END
};

const struct option options_answers[] = {
	{ "silent", NULL, 0, 0, OPTION_TEXT, AT(silent), "FILE|NONE|-",
	  "ask nothing: answers from a state file" },
	{ "record", NULL, 0, 0, OPTION_TEXT, AT(record), "FILE",
	  "write the answers of this run there, too" },
	END
};

const struct option options_suite[] = {
	{ "accept-license", "acceptLicense", 0, 0, OPTION_FLAG, AT(accept_license), NULL,
	  "accept the licences of what comes" },
	{ "upgrade-sc", "upgradeSC", 0, 0, OPTION_YESNO, AT(upgrade_shared), "y|n",
	  "upgrade shared components where that is needed (n)" },
	{ "exclude-sc", "excludeSC", 0, 0, OPTION_FLAG, AT(exclude_shared), NULL,
	  "leave out shared components" },
	{ "exclude-os", "excludeOS", 0, 0, OPTION_FLAG, AT(exclude_os), NULL,
	  "leave out packages of the system (there are none)" },
	{ "os-version-override", "OSversionOverride", 0, 0, OPTION_FLAG, AT(any_os_version), NULL,
	  "whatever the system of the root is" },
	{ "skip-os-level-check", "skipOSLevelCheck", 0, 0, OPTION_FLAG, AT(any_os_level), NULL,
	  "the same" },
	{ "use-pkg-upgrade", "usePkgUpgrade", 0, 0, OPTION_FLAG, AT(use_pkg_upgrade), NULL,
	  "accepted: there is no other way" },
	{ "fix-entsys", "fixEntsys", 0, 0, OPTION_YESNO, AT(fix_entsys), "y|n",
	  "accepted: there is nothing to mend here" },
	END
};

const struct option options_why_not[] = {
	{ "allow-downgrade", "allowDowngrade", 0, 0, OPTION_FLAG, AT(allow_downgrade), NULL,
	  "older versions too" },
	END
};

const struct option options_uninstall[] = {
	{ "autoremove", NULL, 0, 0, OPTION_FLAG, AT(autoremove), NULL,
	  "remove also what only they needed" },
	{ "all", NULL, 0, 0, OPTION_FLAG, AT(all), NULL, "remove everything from the root" },
	{ "dependents", NULL, 0, 0, OPTION_FLAG, AT(dependents), NULL,
	  "remove also what needs them" },
	END
};

const struct option options_hold[] = {
	{ "remove", NULL, 0, 0, OPTION_FLAG, AT(lift), NULL, "lift it" },
	END
};

const struct option options_verify[] = {
	{ "unowned", NULL, 0, 0, OPTION_FLAG, AT(unowned), NULL,
	  "look for strange files in packages' own directories" },
	{ "database", NULL, 0, 0, OPTION_FLAG, AT(database), NULL,
	  "check the database, the undo stores and the SVR4 view instead" },
	{ "signatures", NULL, 0, 0, OPTION_FLAG, AT(signatures), NULL,
	  "compare the database with signed packages, too" },
	{ "exclude-sc", "excludeSC", 0, 0, OPTION_FLAG, AT(exclude_shared), NULL,
	  "leave out shared components" },
	{ "exclude-os", "excludeOS", 0, 0, OPTION_FLAG, AT(exclude_os), NULL,
	  "leave out packages of the system (there are none)" },
	END
};

const struct option options_history[] = {
	{ "prune", NULL, 0, 0, OPTION_NAME, AT(prune), "KEEP",
	  "give up what older transactions kept for undo" },
	{ "keep", NULL, 0, 0, OPTION_TEXT, AT(keep), "N|all",
	  "transactions that stay undoable, from now on (20)" },
	{ "keep-bytes", "keepBytes", 0, 0, OPTION_TEXT, AT(keep_bytes), "SIZE|all",
	  "what those before the last may take on disk (all)" },
	END
};

const struct option options_undo[] = {
	{ "to", NULL, 0, 0, OPTION_TEXT, AT(to), "N",
	  "take back everything that came after transaction N" },
	SERVICES,
	END
};

const struct option options_info[] = {
	{ "list-packages", "listPackages", 0, 0, OPTION_FLAG, AT(list_packages), NULL,
	  "one line per package" },
	{ "files", NULL, 0, 0, OPTION_FLAG, AT(files), NULL, "the files of the named packages" },
	{ "clean", NULL, 0, 0, OPTION_FLAG, AT(clean), NULL,
	  "drop the root from the software list, or all whose directory is gone" },
	{ "dump", NULL, 0, 0, OPTION_FLAG, AT(dump), NULL, "the whole database as text" },
	{ "state", NULL, 0, 0, OPTION_FLAG, AT(state), NULL,
	  "a state file that installs the same elsewhere" },
	END
};

const struct option options_inspect[] = {
	{ "files", NULL, 0, 0, OPTION_FLAG, AT(files), NULL, "every object of the package" },
	{ "script", NULL, 0, 0, OPTION_TEXT, AT(script), "NAME", "print an install/ file" },
	END
};

const struct option options_strategy[] = {
	{ "advise", NULL, 0, 0, OPTION_FLAG, AT(advise), NULL,
	  "show how what is installed can come to other versions" },
	{ "strategy", NULL, 0, 0, OPTION_TEXT, AT(strategy), "HOW",
	  "in-place, or side-by-side (then 'migrate' and 'switch')" },
	END
};

const struct option options_config[] = {
	{ "take-new", "takeNew", 0, 0, OPTION_FLAG, AT(take_new), NULL,
	  "resolve: the packaged text is put there, the edit kept as FILE.saved" },
	{ "keep", NULL, 0, 0, OPTION_FLAG, AT(keep_live), NULL, "resolve: what is there stays" },
	{ "edit", NULL, 0, 0, OPTION_FLAG, AT(edit), NULL,
	  "resolve: merge in $EDITOR, on a copy" },
	{ "merged", NULL, 0, 0, OPTION_TEXT, AT(merged), "PATH",
	  "resolve: the text of this file is put there ('-': standard input)" },
	{ "all", NULL, 0, 0, OPTION_FLAG, AT(all), NULL, "resolve: all that is pending" },
	{ "pristine", NULL, 0, 0, OPTION_FLAG, AT(pristine), NULL,
	  "diff: what was edited, then what the packager changed" },
	{ "marked", NULL, 0, 0, OPTION_FLAG, AT(marked), NULL,
	  "diff: the merged text, with conflict markers" },
	END
};

const struct option options_repo[] = {
	{ "id", NULL, 0, 0, OPTION_TEXT, AT(id), "NAME",
	  "create: what roots know it by (as before, or the directory's name)" },
	{ "name", NULL, 0, 0, OPTION_TEXT, AT(name), "TEXT", "create: what people call it" },
	{ "serial", NULL, 0, 0, OPTION_TEXT, AT(serial), "N",
	  "create: in place of one more than before" },
	{ "expires", NULL, 0, 0, OPTION_NUMBER, AT(expires), "DAYS",
	  "create: until it expires (90)" },
	{ "key", NULL, 0, 0, OPTION_TEXT, AT(key), "FILE", "create, sign: the private key" },
	{ "cert", NULL, 0, 0, OPTION_TEXT, AT(cert), "FILE", "create, sign: its certificate" },
	{ "root-cert", "rootCert", 0, 0, OPTION_TEXT, AT(root_cert), "FILE",
	  "create, sign: ship the certificates up to this one" },
	{ "passphrase-file", "passphraseFile", 0, 0, OPTION_TEXT, AT(passphrase_file), "FILE",
	  "create, sign: its first line opens the key" },
	ALLOW_UNSIGNED,
	ALLOW_OLDER,
	END
};

const struct option options_cache[] = {
	{ "clean", NULL, 0, 0, OPTION_FLAG, AT(clean), NULL, "remove all of it" },
	{ "limit", NULL, 0, 0, OPTION_TEXT, AT(limit), "SIZE",
	  "remove what was not used for the longest time, down to this size" },
	END
};

/* ---- finding */

static bool spelt(const struct option *o, const char *name, size_t len)
{
	const char *p = o->also;

	if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
		return true;
	while (p != NULL && *p != '\0') {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, name, len) == 0)
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

static const struct option *group_find(const struct option *g, const char *name, size_t len,
				       char letter)
{
	for (; g->name != NULL; g++)
		if (name != NULL ? spelt(g, name, len) :
				   g->letter == letter || g->letter2 == letter)
			return g;
	return NULL;
}

static const struct option *verb_option(const struct verb *v, const char *name, size_t len,
					char letter)
{
	const struct option *o = group_find(options_general, name, len, letter);
	size_t i;

	for (i = 0; o == NULL && v->groups[i] != NULL; i++)
		o = group_find(v->groups[i], name, len, letter);
	return o;
}

/* Before the verb is known an option of any verb counts. */
static const struct option *any_option(const struct verb *v, const char *name, size_t len,
				       char letter)
{
	const struct option *o = NULL;

	if (v != NULL)
		return verb_option(v, name, len, letter);
	for (v = verbs; o == NULL && v->name != NULL; v++)
		o = verb_option(v, name, len, letter);
	return o;
}

const struct option *options_find(const struct verb *v, const char *name, size_t len)
{
	return any_option(v, name, len, 0);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t options_distance(const char *a, const char *b, size_t max)
{
	size_t n = strlen(a), m = strlen(b), i, j;
	size_t row[64];

	if (n >= 64 || m >= 64 || (n > m ? n - m : m - n) > max)
		return max + 1;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= m; j++) {
			size_t old = row[j];

			row[j] = least(old + 1, row[j - 1] + 1,
				       diagonal + (a[i - 1] != b[j - 1]));
			diagonal = old;
		}
	}
	return row[m];
}

static void closer(const struct option *g, const char *name, const char **best, size_t *distance)
{
	for (; g->name != NULL; g++) {
		size_t d = options_distance(name, g->name, 2);

		if (d < *distance) {
			*distance = d;
			*best = g->name;
		}
	}
}

static const char *option_close(const struct verb *v, const char *name)
{
	const char *best = NULL;
	size_t distance = 3, i;

	closer(options_general, name, &best, &distance);
	for (i = 0; v != NULL && v->groups[i] != NULL; i++)
		closer(v->groups[i], name, &best, &distance);
	return best;
}

/* ---- errors */

static int hint_help(const struct verb *v, struct error *e)
{
	if (v == NULL)
		return error_hint(e, "see 'commpkg --help'");
	return error_hint(e, "see 'commpkg %s --help'", v->name);
}

static int unknown_option(const struct verb *v, const char *word, const char *name, size_t len,
			  struct error *e)
{
	char text[64];
	const char *close;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, name, len);
	text[len] = '\0';
	error_set(e, E_USAGE, v == NULL ? "unknown option '%s'" :
		  "unknown option '%s' for '%s'", word, v != NULL ? v->name : "");
	close = option_close(v, text);
	if (close != NULL && len > 1)
		return error_hint(e, "did you mean '--%s'?", close);
	return hint_help(v, e);
}

/* ---- parsing */

struct parser {
	int argc, i;
	int verb_at;			/* its place, once known; 0 before */
	char *const *argv;
	const struct verb *verb;	/* as far as known */
	struct options *o;		/* NULL: only looking for the verb */
	struct error *e;
};

static int set_number(const char *word, const char *value, int *ret, struct error *e)
{
	uint64_t n;

	if (!str_to_u64(value, strlen(value), 10, 1000000, &n))
		return error_set(e, E_USAGE, "'%s' wants a number up to 1000000, not '%s'", word,
				 value);
	*ret = (int)n;
	return 0;
}

static int set_memory(const char *word, const char *value, uint64_t *ret, struct error *e)
{
	if (str_eq(value, "none")) {
		*ret = UINT64_MAX;
		return 0;
	}
	if (str_to_size(value, INT64_MAX, ret) && *ret > 0)
		return 0;
	(void)error_set(e, E_USAGE, "'%s' wants a size, not '%s'", word, value);
	return error_hint(e, "as 500M or 2G; with 'none' no script is caught in memory");
}

static int set_word(const char *word, const char *value, const char *const *words, int *ret,
		    struct error *e)
{
	AUTO_STRBUF struct strbuf known = STRBUF_INIT;
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (str_eq(value, words[i])) {
			*ret = i;
			return 0;
		}
		strbuf_addf(&known, "%s'%s'", i > 0 ? ", " : "", words[i]);
	}
	(void)error_set(e, E_USAGE, "'%s' does not know '%s'", word, value);
	return error_hint(e, "what it knows: %s", strbuf_str(&known));
}

static int set_value(struct options *out, const struct option *o, const char *word,
		     const char *value, struct error *e)
{
	static const char *const colors[] = { "auto", "always", "never", NULL };
	static const char *const cages[] = { "try", "require", "off", NULL };
	static const char *const script_roots[] = { "host", "chroot", NULL };
	static const char *const services[] = { "auto", "yes", "no", NULL };
	static const char *const answers[] = { "y", "yes", "n", "no", NULL };
	static const char *const jsons[] = { "lines", NULL };
	char *at = (char *)out + o->offset;
	int n = 0, rc = 0;

	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_COUNT:
		++*(unsigned *)at;
		return 0;
	case OPTION_TEXT:
	case OPTION_NAME:
		*(const char **)at = value;
		return 0;
	case OPTION_YESNO:
		*(int *)at = 1;
		if (value != NULL)
			rc = set_word(word, value, answers, &n, e);
		if (rc == 0 && value != NULL)
			*(int *)at = n < 2 ? 1 : -1;
		return rc;
	case OPTION_NUMBER:
		return set_number(word, value, (int *)at, e);
	case OPTION_MEMORY:
		return set_memory(word, value, (uint64_t *)at, e);
	case OPTION_COLOR:
		rc = set_word(word, value, colors, &n, e);
		if (rc == 0)
			*(enum report_color *)at = (enum report_color)n;
		return rc;
	case OPTION_CAGE:
		rc = set_word(word, value, cages, &n, e);
		*(int *)at = rc == 0 ? n + 1 : 0;
		return rc;
	case OPTION_SCRIPT_ROOT:
		return set_word(word, value, script_roots, (int *)at, e);
	case OPTION_SERVICES:
		return set_word(word, value, services, (int *)at, e);
	case OPTION_JSON:
		if (value != NULL)
			rc = set_word(word, value, jsons, &n, e);
		if (rc == 0)
			*(enum report_json *)at = value != NULL ? JSON_LINES : JSON_DOCUMENT;
		return rc;
	}
	return 0;
}

/* --altroot may be followed by a name or by nothing. */
static bool looks_like_name(const struct parser *p, const char *word)
{
	if (word == NULL || word[0] == '-' || word[0] == '/' || word[0] == '@' ||
	    strpbrk(word, "=/") != NULL)
		return false;
	return p->verb_at != 0 ? p->i + 1 != p->verb_at : verb_find(word) == NULL;
}

static int take_value(struct parser *p, const struct option *o, const char *word,
		      const char *attached)
{
	const char *next = p->i + 1 < p->argc ? p->argv[p->i + 1] : NULL;
	bool takes = o->kind == OPTION_TEXT || o->kind == OPTION_NUMBER ||
		     o->kind == OPTION_MEMORY ||
		     o->kind == OPTION_COLOR || o->kind == OPTION_CAGE ||
		     o->kind == OPTION_SCRIPT_ROOT || o->kind == OPTION_SERVICES;

	if (o->kind == OPTION_NAME && attached == NULL) {
		attached = "";
		if (looks_like_name(p, next)) {
			attached = next;
			p->i++;
		}
	}
	if (o->kind == OPTION_YESNO && attached == NULL && next != NULL &&
	    (str_eq(next, "y") || str_eq(next, "n") || str_eq(next, "yes") ||
	     str_eq(next, "no"))) {
		attached = next;
		p->i++;
	}
	if (takes && attached == NULL) {
		if (next == NULL) {
			error_set(p->e, E_USAGE, "option '%s' wants %s", word, o->arg);
			return hint_help(p->verb, p->e);
		}
		attached = next;
		p->i++;
	}
	if (attached != NULL && (o->kind == OPTION_FLAG || o->kind == OPTION_COUNT)) {
		error_set(p->e, E_USAGE, "option '%s' takes no value", word);
		return hint_help(p->verb, p->e);
	}
	return p->o != NULL ? set_value(p->o, o, word, attached, p->e) : 0;
}

static int short_cluster(struct parser *p, const char *word)
{
	const char *c;

	for (c = word + 1; *c != '\0'; c++) {
		const struct option *o = any_option(p->verb, NULL, 0, *c);
		char spelling[3] = { '-', *c, '\0' };
		bool takes;

		if (o == NULL)
			return unknown_option(p->verb, word, word + 1, strlen(word + 1), p->e);
		takes = o->kind == OPTION_TEXT || o->kind == OPTION_NUMBER;
		if (takes && c[1] != '\0')
			return take_value(p, o, spelling, c + 1 + (c[1] == '='));
		if (take_value(p, o, spelling, NULL) < 0)
			return -E_USAGE;
	}
	return 0;
}

static int one_option(struct parser *p)
{
	const char *word = p->argv[p->i];
	const char *name = word + 1 + (word[1] == '-');
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option *o = any_option(p->verb, name, len, 0);

	if (o != NULL)
		return take_value(p, o, word, equals != NULL ? equals + 1 : NULL);
	if (word[1] != '-')
		return short_cluster(p, word);
	return unknown_option(p->verb, word, name, len, p->e);
}

static int unknown_verb(const char *word, struct error *e)
{
	const char *close = verb_close(word);

	error_set(e, E_USAGE, "unknown verb '%s'", word);
	if (close != NULL)
		return error_hint(e, "did you mean '%s'?", close);
	return error_hint(e, "see 'commpkg --help'");
}

/* The first word that is no option nor an option's value. */
static int find_verb(struct parser *p)
{
	for (p->i = 1; p->i < p->argc; p->i++) {
		const char *word = p->argv[p->i];
		int rc;

		if (str_eq(word, "--"))
			return error_set(p->e, E_USAGE, "a verb comes before '--'");
		if (word[0] != '-' || word[1] == '\0') {
			p->verb = verb_find(word);
			p->verb_at = p->i;
			return p->verb != NULL ? 0 : unknown_verb(word, p->e);
		}
		rc = one_option(p);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int parse_all(struct parser *p)
{
	bool ended = false;

	for (p->i = 1; p->i < p->argc; p->i++) {
		const char *word = p->argv[p->i];
		int rc;

		if (!ended && str_eq(word, "--")) {
			ended = true;
		} else if (!ended && word[0] == '-' && word[1] != '\0') {
			rc = one_option(p);
			if (rc < 0)
				return rc;
		} else if (p->i != p->verb_at) {
			p->o->words[p->o->nwords++] = word;
		}
	}
	return 0;
}

/* Even for a command line that is refused: programs that asked for JSON get JSON. */
static enum report_json json_wanted(int argc, char *const *argv)
{
	enum report_json json = JSON_OFF;
	int i;

	for (i = 1; i < argc && !str_eq(argv[i], "--"); i++) {
		const char *name = argv[i][0] == '-' ? argv[i] + 1 + (argv[i][1] == '-') : "";

		if (str_eq(name, "json"))
			json = JSON_DOCUMENT;
		else if (str_eq(name, "json=lines"))
			json = JSON_LINES;
	}
	return json;
}

int options_parse(int argc, char *const *argv, struct options *ret, struct error *e)
{
	struct parser p = { .argc = argc, .argv = argv, .e = e };
	int rc;

	*ret = (struct options){ .lock_wait = LOCK_WAIT_DEFAULT };
	ret->words = xcalloc((size_t)argc + 1, sizeof(*ret->words));
	rc = find_verb(&p);
	ret->verb = p.verb;
	if (rc == 0) {
		p.o = ret;
		rc = parse_all(&p);
	}
	if (rc < 0)
		ret->json = json_wanted(argc, argv);
	return rc;
}

void options_free(struct options *o)
{
	free(o->words);
	o->words = NULL;
}
