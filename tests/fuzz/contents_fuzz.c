/* contents(4): what is read has clean names, and refusals say where. */
#include "fuzz.h"

#include "formats/contents.h"

static void must_be_clean(const char *word)
{
	for (; *word != '\0'; word++)
		must((unsigned char)*word > ' ' && *word != 0x7f, "names without blanks");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct contents c;
	size_t i, k;
	int rc = contents_parse(a, (const char *)data, size, "contents", &c, &e);

	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	for (i = 0; i < c.n; i++) {
		const struct entry *en = &c.v[i].entry;

		must(en->path[0] == '/', "an absolute path");
		must_be_clean(en->path);
		must((en->ftype == 's' || en->ftype == 'l') == (en->target != NULL), "targets");
		for (k = 0; k < c.v[i].n; k++) {
			must(strchr(c.v[i].owners[k].instance, '/') == NULL, "no path as a name");
			must(c.v[i].owners[k].instance[0] != '.', "no dot as a name");
		}
	}
	return 0;
}
