/* State files. */
#include "text_fixture.h"

#include "formats/statefile.h"

static int parse(const char *text, struct statefile *ret)
{
	return statefile_parse(a, text, strlen(text), "answers", ret, &e);
}

static void the_original_s_own(void **state)
{
	struct statefile s;

	(void)state;
	assert_int_equal(parse("# silent file, CommsInstaller 5.0-1.03\n"
			       "# generated 20070604120325\n\n# verb\nVERB=uninstall\n# root\n"
			       "ROOTDIR=/\n# mnemonics\nCOMPONENTS=MS64 MS64_L10N CS CS_L10N\n"
			       "# friendly name\nINSTALLNAME=\n", &s), 0);
	assert_string_equal(s.verb, "uninstall");
	assert_string_equal(s.rootdir, "/");
	assert_string_equal(s.components, "MS64 MS64_L10N CS CS_L10N");
	assert_null(s.name);
	assert_int_equal(s.altroot, STATE_UNSET);
}

static void case_and_blanks(void **state)
{
	struct statefile s;

	(void)state;
	assert_int_equal(parse(" acceptLicense = YES \r\nUPGRADESC=No\nexcludesc=y\n"
			       "altdistropath=SunOS5.10_i86pc_DBG.OBJ/re=lease\nAltRoot=true", &s), 0);
	assert_int_equal(s.accept_license, STATE_YES);
	assert_int_equal(s.upgrade_shared, STATE_NO);
	assert_int_equal(s.exclude_shared, STATE_YES);
	assert_int_equal(s.altroot, STATE_YES);
	assert_string_equal(s.distro, "SunOS5.10_i86pc_DBG.OBJ/re=lease");
}

static void what_is_refused(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "COMPONENT=MS", "unknown key 'COMPONENT'" },
		{ "VERB=upgrade", "VERB is there twice" },
		{ "verb=", "VERB is there twice" },
		{ "components", "not 'KEY=value': 'components'" },
		{ "=x", "unknown key ''" },
		{ ".x=1", "unknown key '.x'" },
		{ "MS.=1", "unknown key 'MS.'" },
		{ "1.x=1", "unknown key '1.x'" },
		{ "MS.a b=1", "unknown key 'MS.a b'" },
		{ "ALTROOT=/opt", "ALTROOT wants yes or no, not '/opt'" },
		{ "INSTALLROOT=/a\x1b[0m", "bad value of INSTALLROOT" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct statefile s = { .verb = "untouched" };

		assert_int_equal(parse(arena_printf(a, "VERB=install\n%s\n", rows[i].line), &s),
				 -E_FORMAT);
		assert_string_equal(e.text, arena_printf(a, "answers:2: %s", rows[i].want));
		assert_string_equal(s.verb, "untouched");
	}
}

static void limits_are_kept(void **state)
{
	struct statefile s;

	(void)state;
	assert_int_equal(statefile_parse(a, "", STATEFILE_MAX_BYTES + 1, "x", &s, &e), -E_LIMIT);
	assert_int_equal(statefile_parse(a, "VERB=a\0b", 8, "x", &s, &e), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "COMPONENTS=%s", repeated("M", 65537)), &s),
			 -E_FORMAT);
}

static void written_and_read_again(void **state)
{
	struct statefile s = { .verb = "install", .components = "MS NSS",
			       .versions = "MS=7.0.2 NSS=3.12", .installroot = "/opt/x y",
			       .altroot = STATE_YES, .upgrade_shared = STATE_NO }, t;
	const char *text, *again;

	(void)state;
	assert_int_equal(statefile_text(a, "# made by a test\n", &s, &text, &e), 0);
	assert_memory_equal(text, "# made by a test\n# what is done\nVERB=install\n", 44);
	assert_int_equal(parse(text, &t), 0);
	assert_int_equal(t.upgrade_shared, STATE_NO);
	assert_int_equal(t.exclude_os, STATE_UNSET);
	assert_string_equal(t.installroot, "/opt/x y");
	assert_int_equal(statefile_text(a, "# made by a test\n", &t, &again, &e), 0);
	assert_string_equal(again, text);
}

static void answers_for_hooks(void **state)
{
	struct statefile s, t;
	const char *text;

	(void)state;
	assert_int_equal(parse("MS.host = mail.example.com\nMS_L10N.2.x=\nms.host=other", &s), 0);
	assert_int_equal(s.nanswers, 3);
	assert_string_equal(s.answers[0].value, "mail.example.com");
	assert_string_equal(s.answers[1].name, "MS_L10N.2.x");
	assert_string_equal(s.answers[1].value, "");
	assert_int_equal(statefile_text(a, "", &s, &text, &e), 0);
	assert_int_equal(parse(text, &t), 0);
	assert_int_equal(t.nanswers, 3);
	assert_string_equal(t.answers[2].name, "ms.host");
	s.answers[0].value = " x";
	assert_int_equal(statefile_text(a, "", &s, &text, &e), -E_USAGE);
}

static void what_can_t_be_written(void **state)
{
	const char *const bad[] = { "", " x", "x ", "a\nVERB=uninstall" }, *text = "untouched";

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct statefile s = { .components = bad[i] };

		assert_int_equal(statefile_text(a, "", &s, &text, &e), -E_USAGE);
		assert_string_equal(text, "untouched");
	}
}

/* Whose file it is, of which version, and where below the base. */
static void edits_say_of_which_version_they_are(void **state)
{
	static const struct {
		const char *label, *component, *version, *relative;
	} rows[] = {
		{ "MS=6.3:etc/x.cnf", "MS", "6.3", "etc/x.cnf" },
		{ "MS:etc/x.cnf", "MS", NULL, "etc/x.cnf" },
		{ "MS=:etc/x.cnf", "MS", NULL, "etc/x.cnf" },
		{ "MS=6.3:etc/a:b", "MS", "6.3", "etc/a:b" },
		{ "nothing", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = arena_printf(a, "VERB=install\n--- /opt/x.cnf\t%s\n"
						"+++ /opt/x.cnf\n@@ -1 +1 @@\n-a\n+b\n",
						rows[i].label);
		struct statefile s;
		const struct state_edit *x;

		assert_int_equal(statefile_parse(a, text, strlen(text), "f", &s, &e), 0);
		assert_int_equal(s.nedits, 1);
		x = &s.edits[0];
		if (rows[i].component == NULL) {
			assert_null(x->component);
			continue;
		}
		assert_string_equal(x->component, rows[i].component);
		assert_string_equal(x->relative, rows[i].relative);
		if (rows[i].version != NULL)
			assert_string_equal(x->version, rows[i].version);
		else
			assert_null(x->version);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(edits_say_of_which_version_they_are),
		TEST(the_original_s_own),
		TEST(case_and_blanks),
		TEST(what_is_refused),
		TEST(limits_are_kept),
		TEST(written_and_read_again),
		TEST(answers_for_hooks),
		TEST(what_can_t_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
