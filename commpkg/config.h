/*
 * What becomes of an editable file (type `e`): the decision table of DESIGN.md 11, without files.
 *
 *	live, against pristine		new, against pristine	decision
 *	same				any			TAKE_NEW
 *	edited				same			KEEP_LIVE
 *	edited				changed, live = new	ACCEPT
 *	edited				changed otherwise	MERGE (on conflict: QUEUE_NEW)
 *	not ours before			= live			ADOPT
 *	not ours before			other			QUEUE_NEW
 *	removed by the administrator	same			STAY_REMOVED
 *	removed by the administrator	changed			QUEUE_NEW
 *	same				the package goes	REMOVE
 *	edited				the package goes	SAVE
 *	not there, not ours before	any			TAKE_NEW
 *
 * Pristine is the packaged text that the administrator last accepted.
 */
#ifndef COMMPKG_CONFIG_H
#define COMMPKG_CONFIG_H

#include <stdbool.h>

enum config_choice {
	CONFIG_TAKE_NEW = 1,	/* what comes is put there */
	CONFIG_KEEP_LIVE,	/* nothing to decide: the packaged text is the accepted one */
	CONFIG_ACCEPT,		/* the same text is there: it is the accepted one from now on */
	CONFIG_ADOPT,		/* as ACCEPT, of a file that was nobody's */
	CONFIG_MERGE,		/* three texts into one */
	CONFIG_QUEUE_NEW,	/* what is there stays, what came lies beside, somebody decides */
	CONFIG_STAY_REMOVED,
	CONFIG_REMOVE,
	CONFIG_SAVE,		/* kept as NAME.saved */
};

struct config_facts {
	bool ours;		/* a pristine text is known */
	bool there;		/* something lies at the path */
	bool edited;		/* ours and there: other than pristine */
	bool live_is_new;	/* there: the text that comes */
	bool packaged_changed;	/* what comes is other than what came last */
	bool going;		/* nothing comes */
};

enum config_choice config_decide(const struct config_facts *f);

#endif
