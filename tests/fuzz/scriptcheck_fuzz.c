/* The look through scripts: any bytes, of every kind of script; it only ever tells. */
#include "fuzz.h"

#include "tools/common/scriptcheck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "request", "checkinstall", "preinstall", "i.class",
		"postinstall", "preremove", "r.class", "postremove" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;

		script_check(names[i], (const char *)data, size, false, &out);
		must(out.len == 0 || str_has_suffix(out.p, "\n"), "whole lines");
	}
	return 0;
}
