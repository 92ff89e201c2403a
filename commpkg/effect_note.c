#include "effect_note.h"

#include "contents.h"

int effect_note(struct pkgdb *db, struct arena *a, int64_t txn, struct tree *t, struct rpath p,
		const struct stat *st, const char *words, struct error *e)
{
	char hex[SHA256_HEX_SIZE] = "-";
	struct sha256 sha;
	int rc = S_ISREG(st->st_mode) ? contents_digest(t, p, &sha, NULL, e) : 0;

	if (rc == 0 && S_ISREG(st->st_mode))
		sha256_hex(&sha, hex);
	return rc < 0 ? rc : txn_note_add(db, txn, "effect", rpath_str(p),
					  arena_printf(a, "%s %s", hex, words), e);
}
