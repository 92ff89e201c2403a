/* Manifests: what is accepted is whole, and every refusal has a line and words. */
#include "formats/manifest.h"
#include "fuzz.h"

static void must_be_whole(struct arena *a, const struct manifest *m)
{
	size_t i;

	must(m->id != NULL && m->version != NULL && m->title != NULL, "the least there is");
	must((m->kind == COMPONENT_L10N) == (m->translates != NULL), "l10n translates");
	for (i = 0; i < m->npackages; i++)
		must(m->packages[i].name != NULL, "packages have names");
	for (i = 0; i < m->nrequires; i++)
		must(m->requires[i].component != NULL &&
		     strlen(version_range_text(a, &m->requires[i].range)) > 0, "requires");
	for (i = 0; i < m->npaths; i++)
		must(m->paths[i].strategies != 0 && m->paths[i].from.n > 0 &&
		     (m->paths[i].strategies & m->paths[i].recommended) != 0, "paths");
	for (i = 0; i < m->nports; i++)
		must(m->ports[i].number > 0 && m->ports[i].number < 65536, "ports");
	for (i = 0; i < m->nconfigs; i++)
		must(m->configs[i].file != NULL && m->configs[i].file[0] != '/', "configs");
	for (i = 0; i < m->nservices; i++)
		must(m->services[i].stop != NULL && m->services[i].start != NULL, "services");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct manifest m;
	size_t i;
	int rc = manifest_parse(a, (const char *)data, size, "fuzz", &m, &e);

	(void)manifest_probe((const char *)data, size);
	if (rc == 0) {
		must_be_whole(a, &m);
		return 0;
	}
	must_explain(rc, &e);
	for (i = 0; i < m.nproblems; i++)
		must(m.problems[i].text[0] != '\0', "a problem has words");
	return 0;
}
