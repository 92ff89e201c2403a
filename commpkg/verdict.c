#include "verdict.h"

static const struct column columns[] = {
	{ "file", NULL, COLUMN_TEXT },
	{ "signer", "Signed by", COLUMN_TEXT },
	{ "issuer", "Issued by", COLUMN_TEXT },
	{ "serial", "Serial", COLUMN_TEXT },
	{ "fingerprint", "Certificate", COLUMN_TEXT },
	{ "valid_from", "Valid from", COLUMN_TIME },
	{ "valid_to", "Valid to", COLUMN_TIME },
	{ "signed_at", "Signed at", COLUMN_TIME },
	{ "key", "Key", COLUMN_TEXT },
	{ "digest", "Digest", COLUMN_TEXT },
	{ "legacy", "Legacy, weak", COLUMN_LIST },
	{ "intact", "Fits the file", COLUMN_FLAG },
	{ "state", "Signer is", COLUMN_TEXT },
	{ "why", "Because", COLUMN_TEXT },
};

const char *verdict_state(const struct verdict *v)
{
	static const char *const words[] = {
		[SIGNER_TRUSTED] = "trusted", [SIGNER_EXPIRED] = "expired",
		[SIGNER_NOT_YET] = "not yet valid", [SIGNER_REVOKED] = "revoked",
		[SIGNER_UNFIT] = "not fit", [SIGNER_UNKNOWN] = "unknown",
	};

	return words[v->state];
}

struct table *verdict_table(struct arena *a, const char *file, const struct verdict *v)
{
	struct table *t = table_new(a, "signatures", columns, sizeof(columns) / sizeof(columns[0]));
	struct cell from = CELL_N(v->not_before), to = CELL_N(v->not_after);
	struct cell at = CELL_N(v->signed_at);

	from.none = to.none = v->signer == NULL;
	at.none = v->signed_at == 0;
	table_add(t, (struct cell[]){
		CELL_S(file), CELL_S(v->signer), CELL_S(v->issuer), CELL_S(v->serial),
		CELL_S(v->fingerprint), from, to, at, CELL_S(v->key), CELL_S(v->digest),
		CELL_L(v->weak), CELL_N(v->intact), CELL_S(verdict_state(v)),
		CELL_S(v->intact ? v->why : v->damage) });
	return t;
}
