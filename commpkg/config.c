#include "config.h"

static enum config_choice decide_absent(const struct config_facts *f)
{
	if (f->going)
		return CONFIG_REMOVE;
	if (!f->ours)
		return CONFIG_TAKE_NEW;
	return f->packaged_changed ? CONFIG_QUEUE_NEW : CONFIG_STAY_REMOVED;
}

enum config_choice config_decide(const struct config_facts *f)
{
	if (!f->there)
		return decide_absent(f);
	if (f->going)
		return f->ours && !f->edited ? CONFIG_REMOVE : CONFIG_SAVE;
	if (f->live_is_new)
		return f->ours ? CONFIG_ACCEPT : CONFIG_ADOPT;
	if (!f->ours)
		return CONFIG_QUEUE_NEW;
	if (!f->edited)
		return CONFIG_TAKE_NEW;
	return f->packaged_changed ? CONFIG_MERGE : CONFIG_KEEP_LIVE;
}
