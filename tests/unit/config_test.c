/* The decision table of config.h, row by row, and that it has no other rows. */
#include "text_fixture.h"

#include "commpkg/config.h"

static void every_row(void **state)
{
	static const struct {
		struct config_facts f;
		enum config_choice want;
	} rows[] = {
		{ { .ours = 1, .there = 1 }, CONFIG_TAKE_NEW },
		{ { .ours = 1, .there = 1, .packaged_changed = 1 }, CONFIG_TAKE_NEW },
		{ { .ours = 1, .there = 1, .edited = 1 }, CONFIG_KEEP_LIVE },
		{ { .ours = 1, .there = 1, .edited = 1, .packaged_changed = 1, .live_is_new = 1 },
		  CONFIG_ACCEPT },
		{ { .ours = 1, .there = 1, .edited = 1, .packaged_changed = 1 }, CONFIG_MERGE },
		{ { .there = 1, .live_is_new = 1, .packaged_changed = 1 }, CONFIG_ADOPT },
		{ { .there = 1, .packaged_changed = 1 }, CONFIG_QUEUE_NEW },
		{ { .ours = 1 }, CONFIG_STAY_REMOVED },
		{ { .ours = 1, .packaged_changed = 1 }, CONFIG_QUEUE_NEW },
		{ { .ours = 1, .there = 1, .going = 1 }, CONFIG_REMOVE },
		{ { .ours = 1, .there = 1, .edited = 1, .going = 1 }, CONFIG_SAVE },
		{ { .there = 1, .going = 1 }, CONFIG_SAVE },
		{ { .going = 1 }, CONFIG_REMOVE },
		{ { .packaged_changed = 1 }, CONFIG_TAKE_NEW },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (config_decide(&rows[i].f) != rows[i].want)
			fail_msg("row %zu: %d instead of %d", i, config_decide(&rows[i].f),
				 rows[i].want);
}

/* Whatever the facts: an edit is never replaced or removed. */
static void no_edit_is_lost(void **state)
{
	unsigned bits;

	(void)state;
	for (bits = 0; bits < 64; bits++) {
		struct config_facts f = {
			.ours = bits & 1, .there = bits & 2, .edited = bits & 4,
			.live_is_new = bits & 8, .packaged_changed = bits & 16, .going = bits & 32,
		};
		enum config_choice c = config_decide(&f);

		if (f.there && (!f.ours || f.edited) && (c == CONFIG_TAKE_NEW || c == CONFIG_REMOVE))
			fail_msg("facts %u: %d", bits, c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(every_row), TEST(no_edit_is_lost) };

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
