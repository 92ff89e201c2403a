/* Outcomes of packages, and the exit status of a run. */
#include "tools/common/outcome.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commpkg/script.h"
#include "tools/common/ask.h"
#include "tools/common/say.h"

enum outcome outcome_in(int status)
{
	return status == OUTCOME_INTERNAL ? OUTCOME_INTERNAL : (enum outcome)(status % REBOOT);
}

const char *outcome_words(enum outcome o)
{
	switch (o) {
	case OUTCOME_OK: return "was successful";
	case OUTCOME_FAILED: return "failed";
	case OUTCOME_PARTIAL: return "partially failed";
	case OUTCOME_QUIT: return "was terminated due to user request";
	case OUTCOME_ADMIN: return "was suspended (administration)";
	case OUTCOME_INTERACTION: return "was suspended (interaction required)";
	case OUTCOME_INTERNAL: break;
	}
	return "failed (internal error)";
}

/* SVR4 says nothing of the kind, and what reads its messages needs nothing of the kind. */
static void say_unfinished(const struct outcome_done *d)
{
	bool other = strcmp(d->root_path, "/") != 0;
	const char *flag = other ? " -R " : "", *root = other ? d->root_path : "";

	if (isatty(STDERR_FILENO) == 0)
		return;
	say_err("NOTE: <%s> is partially %s, as pkginfo -p%s%s shows.\n", d->instance,
		d->removal ? "removed" : "installed", flag, root);
	if (!d->removal)
		say_err("      pkgadd of it again installs the rest.\n");
	say_err("      pkgrm%s%s %s removes what is there.\n"
		"      commpkg undo %lld%s%s brings back what was before.\n",
		flag, root, d->instance, (long long)d->txn, flag, root);
}

const char *outcome_noun(const struct outcome_done *d)
{
	return d->removal ? "Removal" : "Installation";
}

void outcome_say(int status, const struct outcome_done *d)
{
	enum outcome o = outcome_in(status);

	say_paragraph("%s of <%s> %s%s.", outcome_noun(d), d->instance, outcome_words(o),
		      o == OUTCOME_INTERNAL && d->txn != 0 && !d->removal ?
		      " - package partially installed" : "");
	if (o == OUTCOME_OK)
		return;
	if (d->txn == 0)
		say_err("No changes were made to the system.\n");
	else
		say_unfinished(d);
}

void outcome_say_asked(int status)
{
	say_err("\nProcessing of request script %s.\n", outcome_words(outcome_in(status)));
}

int outcome_goes_on(int status, int noninteractive, int is_removal)
{
	enum outcome o = outcome_in(status);

	if (o == OUTCOME_OK)
		return 1;
	if (noninteractive)
		return o == OUTCOME_ADMIN && !is_removal;
	return ask_yes_no(is_removal ? "Do you want to continue with removal?"
				     : "Do you want to continue with installation?") == ASK_YES;
}

/* ---- scripts */

void outcome_script_line(void *ctx, const char *instance, const char *script, const char *text)
{
	(void)ctx;
	(void)instance;
	(void)script;
	say_out("%s\n", text);
	(void)fflush(stdout); /* in the order of things also where both streams are one file */
}

void outcome_script_prompt(void *ctx, const char *instance, const char *script,
			   const char *text)
{
	(void)ctx;
	(void)instance;
	(void)script;
	say_out("%s", text);
	(void)fflush(stdout);
}

static enum outcome outcome_of_script(int status)
{
	if (status == SCRIPT_INTERNAL)
		return OUTCOME_INTERNAL;
	switch (status % REBOOT) {
	case SCRIPT_INTERRUPTED: return OUTCOME_QUIT;
	case SCRIPT_SUSPENDED: return OUTCOME_ADMIN;
	case SCRIPT_INTERACTION: return OUTCOME_INTERACTION;
	default: return OUTCOME_FAILED;
	}
}

void outcome_script_ended(struct outcome_scripts *s, const char *script, int status)
{
	int what = status == SCRIPT_INTERNAL ? status : status % REBOOT;

	s->reboot |= status >= REBOOT && status < REBOOT_NOW;
	s->reboot_now |= status >= REBOOT_NOW && status != SCRIPT_INTERNAL;
	s->warning |= what == SCRIPT_WARNING;
	if (what == SCRIPT_FINE)
		return;
	if (what != SCRIPT_INTERRUPTED)
		say_error("%s script did not complete successfully", script);
	if (what == SCRIPT_WARNING)
		return;
	/* "not wanted on this machine" is what the administrator has arranged */
	s->failed = str_eq(script, "checkinstall") && status == SCRIPT_INTERRUPTED ?
		OUTCOME_ADMIN : (int)outcome_of_script(status);
}

int outcome_with(const struct outcome_scripts *s, enum outcome o)
{
	if (o == OUTCOME_OK && s->warning)
		o = OUTCOME_PARTIAL;
	if (o == OUTCOME_INTERNAL)
		return o;
	return (int)o + (s->reboot ? REBOOT : s->reboot_now ? REBOOT_NOW : 0);
}

/* ---- a run */

void outcome_count(struct outcome_counts *c, int status)
{
	enum outcome o = outcome_in(status);

	c->seen[o <= OUTCOME_INTERACTION ? o : OUTCOME_FAILED]++;
	if (o == OUTCOME_INTERNAL)
		return;
	c->reboot |= status >= REBOOT && status < REBOOT_NOW;
	c->reboot_now |= status >= REBOOT_NOW;
}

static void say_restart(void)
{
	say_err("\n*** IMPORTANT NOTICE ***\n"
		"        This machine must now be rebooted in order to ensure\n"
		"        sane operation.  Execute\n"
		"               shutdown -y -i6 -g0\n"
		"        and wait for the \"Console Login:\" prompt.\n");
}

int outcome_status(const struct outcome_counts *c)
{
	int i = OUTCOME_FAILED;

	while (i <= OUTCOME_INTERACTION && c->seen[i] == 0)
		i++;
	if (i > OUTCOME_INTERACTION)
		i = OUTCOME_OK;
	if (c->reboot || c->reboot_now)
		say_restart();
	return i + (c->reboot ? REBOOT : c->reboot_now ? REBOOT_NOW : 0);
}
