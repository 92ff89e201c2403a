/* What a root says of its system. */
#include "system.h"

#include <elf.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "formats/cleanup.h"

#define MAX_BYTES ((size_t)64 << 10)
#define MAX_VALUE 256u

/* A value as a shell would take it: in quotes of either kind, or none; `\` before a letter. */
static const char *value_of(struct arena *a, const char *s, size_t len)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char quote = len > 0 && (*s == '"' || *s == '\'') ? *s : '\0';

	for (size_t i = quote != '\0'; i < len && s[i] != quote && b.len < MAX_VALUE; i++) {
		if (s[i] == '\\' && quote != '\'' && i + 1 < len)
			i++;
		strbuf_addch(&b, s[i]);
	}
	return b.len > 0 ? arena_strdup(a, strbuf_str(&b)) : NULL;
}

static void take_line(struct arena *a, const char *line, size_t len, struct solve_system *s)
{
	const struct { const char *key; const char **value; } keys[] = {
		{ "ID=", &s->name }, { "ID_LIKE=", &s->like }, { "VERSION_ID=", &s->version },
		{ "PRETTY_NAME=", &s->pretty },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t n = strlen(keys[i].key);

		if (len >= n && memcmp(line, keys[i].key, n) == 0)
			*keys[i].value = value_of(a, line + n, len - n);
	}
}

void system_parse(struct arena *a, const char *text, size_t len, struct solve_system *ret)
{
	*ret = (struct solve_system){ .name = NULL };
	for (size_t i = 0; i < len;) {
		const char *end = memchr(text + i, '\n', len - i);
		size_t n = end != NULL ? (size_t)(end - text) - i : len - i;

		take_line(a, text + i, n, ret);
		i += n + 1;
	}
}

/* ---- the machine */

/* As uname(2) calls them. */
static const char *machine_name(unsigned machine, bool big)
{
	static const struct { unsigned machine; const char *name; } names[] = {
		{ EM_386, "i386" }, { EM_X86_64, "x86_64" }, { EM_AARCH64, "aarch64" },
		{ EM_ARM, "arm" }, { EM_SPARC, "sparc" }, { EM_SPARC32PLUS, "sparc" },
		{ EM_SPARCV9, "sparcv9" }, { EM_PPC, "ppc" }, { EM_S390, "s390x" },
		{ EM_RISCV, "riscv64" },
	};

	if (machine == EM_PPC64)
		return big ? "ppc64" : "ppc64le";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return NULL;
}

/* What a program says in front of itself: nothing else of it is read. */
static const char *machine_of(struct arena *a, struct tree *t, const char *path)
{
	AUTO_FD int fd = -EBADF;
	unsigned char head[20];
	struct rpath p;
	bool big;

	if (rpath_parse(a, path, &p, NULL) < 0 || tree_open_file(t, p, &fd, NULL) < 0 ||
	    read(fd, head, sizeof(head)) != (ssize_t)sizeof(head) ||
	    memcmp(head, ELFMAG, SELFMAG) != 0)
		return NULL;
	big = head[EI_DATA] == ELFDATA2MSB;
	return machine_name(big ? head[18] * 256u + head[19] : head[19] * 256u + head[18], big);
}

/* Programs that hardly any system lacks, where they are no links. */
static const char *machine_of_root(struct arena *a, struct root *root)
{
	static const char *const programs[] = {
		"usr/bin/env", "bin/bash", "bin/busybox", "usr/bin/ls", "usr/bin/coreutils",
	};
	const char *name = NULL;

	for (size_t i = 0; name == NULL && i < sizeof(programs) / sizeof(programs[0]); i++)
		name = machine_of(a, root->tree, programs[i]);
	return name;
}

int system_read(struct arena *a, struct root *root, struct solve_system *ret, struct error *e)
{
	static const char *const files[] = { "etc/os-release", "usr/lib/os-release" };
	struct solve_system s = { .name = NULL };
	struct utsname machine;

	for (size_t i = 0; s.name == NULL && i < sizeof(files) / sizeof(files[0]); i++) {
		struct rpath p;
		char *text;
		size_t len;
		int rc = rpath_parse(a, files[i], &p, e);

		if (rc < 0)
			return rc;
		if (tree_read(root->tree, a, p, MAX_BYTES, &text, &len, NULL) == 0)
			system_parse(a, text, len, &s);
	}
	if (root->live && uname(&machine) == 0)
		s.arch = arena_strdup(a, machine.machine);
	else
		s.arch = machine_of_root(a, root);
	*ret = s;
	return 0;
}
