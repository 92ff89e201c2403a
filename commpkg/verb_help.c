/* help and completion: what the tables of verbs and options say, as text. */
#include "help.h"

#include <string.h>

#include "formats/str.h"
#include "verb.h"

/* "-d, --distro PATH", and the original's spellings in parentheses. */
static void option_spelling(const struct option *o, struct strbuf *out)
{
	if (o->letter != 0)
		strbuf_addf(out, "-%c, ", o->letter);
	if (o->letter2 != 0)
		strbuf_addf(out, "-%c, ", o->letter2);
	strbuf_addf(out, "--%s", o->name);
	if (o->kind == OPTION_JSON)
		strbuf_addf(out, "[=%s]", o->arg);
	else if (o->kind == OPTION_NAME)
		strbuf_addf(out, " [%s]", o->arg);
	else if (o->arg != NULL)
		strbuf_addf(out, " %s", o->arg);
}

static void print_option(const struct option *o)
{
	AUTO_STRBUF struct strbuf left = STRBUF_INIT;

	option_spelling(o, &left);
	if (o->also != NULL)
		report_out("  %-26s  %s (also --%s)", strbuf_str(&left), o->help, o->also);
	else
		report_out("  %-26s  %s", strbuf_str(&left), o->help);
}

static void print_group(const struct option *g)
{
	for (; g->name != NULL; g++)
		print_option(g);
}

void help_all(void)
{
	const struct verb *v;

	report_out("usage: commpkg [options] VERB [options] [operands]");
	report_out("%s", "");
	report_heading("Verbs");
	for (v = verbs; v->name != NULL; v++)
		report_out("  %-12s%s", v->name, v->summary);
	report_out("%s", "");
	report_heading("Options of every verb");
	print_group(options_general);
	report_out("%s", "");
	report_out("A root is a path ('/srv/z1'), '@NAME' of the software list, or -R PATH|NAME.");
	report_out("'commpkg VERB --help' shows the options of a verb; the manual is "
		   "commpkg-VERB(8).");
}

void help_verb(const struct verb *v)
{
	size_t i;

	report_out("usage: commpkg %s [options]%s%s", v->name, v->operands[0] != '\0' ? " " : "",
		   v->operands);
	report_out("%s: %s", v->name, v->summary);
	for (i = 0; v->groups[i] != NULL; i++) {
		if (i == 0)
			report_out("%s", "");
		print_group(v->groups[i]);
	}
	report_out("%s", "");
	report_heading("Options of every verb");
	print_group(options_general);
}

void help_version(void)
{
	report_out("commpkg %s", COMMPKG_VERSION);
}

int verb_help(struct run *r, struct error *e)
{
	const struct verb *v;

	if (r->operands->nnames == 0) {
		help_all();
		return EXIT_DONE;
	}
	v = verb_find(r->operands->names[0]);
	if (v == NULL) {
		const char *close = verb_close(r->operands->names[0]);

		error_set(e, E_USAGE, "unknown verb '%s'", r->operands->names[0]);
		return close != NULL ? error_hint(e, "did you mean '%s'?", close) :
				       error_hint(e, "see 'commpkg --help'");
	}
	help_verb(v);
	return EXIT_DONE;
}

/* ---- completion */

static void add_group(const struct option *g, struct strbuf *out)
{
	for (; g->name != NULL; g++)
		strbuf_addf(out, " --%s", g->name);
}

static void print_verb_case(const struct verb *v)
{
	AUTO_STRBUF struct strbuf words = STRBUF_INIT;
	size_t i;

	add_group(options_general, &words);
	for (i = 0; v->groups[i] != NULL; i++)
		add_group(v->groups[i], &words);
	report_out("    %s) words='%s' ;;", v->name, strbuf_str(&words) + 1);
}

int verb_completion(struct run *r, struct error *e)
{
	AUTO_STRBUF struct strbuf names = STRBUF_INIT;
	const struct verb *v;

	(void)r;
	(void)e;
	for (v = verbs; v->name != NULL; v++)
		strbuf_addf(&names, "%s%s", names.len > 0 ? " " : "", v->name);
	report_out("# bash completion for commpkg: source <(commpkg completion)");
	report_out("_commpkg()");
	report_out("{");
	report_out("  local cur=${COMP_WORDS[COMP_CWORD]} verb= words= w");
	report_out("  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do");
	report_out("    case \" %s \" in *\" $w \"*) verb=$w; break ;; esac", strbuf_str(&names));
	report_out("  done");
	report_out("  case $verb in");
	report_out("    '') words='%s' ;;", strbuf_str(&names));
	for (v = verbs; v->name != NULL; v++)
		print_verb_case(v);
	report_out("  esac");
	report_out("  [[ -n $verb && $cur != -* ]] && return");
	report_out("  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")");
	report_out("}");
	report_out("complete -o default -F _commpkg commpkg");
	return EXIT_DONE;
}
