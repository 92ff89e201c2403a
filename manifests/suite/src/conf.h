/*
 * Configuration of the suite's servers: KEY=value lines, # comments.
 *
 *	static const struct conf_key keys[] = { { "maxsize", CONF_NUMBER, "1000" }, ..., { 0 } };
 *	if (conf_load(&c, "etc/store.cnf", keys) < 0)
 *		return 1;			said on standard error, with the line
 *	most = conf_number(&c, "maxsize");
 *
 * Strict: an unknown key, one given twice, a value that is none of its kind is an error, so that
 * a file of another release is refused, not half understood. What is left out has its preset;
 * a preset of NULL means it has to be there.
 *
 * How a server's own address and that of another server are written is what changed between the
 * releases: `bind` and `port` in 6.3, `listen=ADDRESS:PORT` in 7.0.
 */
#ifndef SUITE_CONF_H
#define SUITE_CONF_H

#include <stddef.h>

#include "net.h"

enum conf_kind { CONF_TEXT, CONF_WORD, CONF_NUMBER, CONF_PORT, CONF_HOST, CONF_ADDRESS, CONF_PATH };

struct conf_key {
	const char *name;
	enum conf_kind kind;
	const char *preset;
};

#define CONF_MAX_BYTES ((size_t)64 << 10)
#define CONF_MAX_ITEMS 64
struct conf {
	char text[CONF_MAX_BYTES + 1];
	const struct conf_key *keys;
	const char *file;
	size_t n;
	struct conf_item { const char *key, *value; } v[CONF_MAX_ITEMS];
};

/* keys NULL: any key, any value. The first of equal keys counts then. */
int conf_load(struct conf *c, const char *file, const struct conf_key *keys);
/* As written, or the preset; NULL when there is neither. */
const char *conf_text(const struct conf *c, const char *key);
long conf_number(const struct conf *c, const char *key);

/* The keys in which a release writes addresses, for tables of keys: */
#if SUITE_RELEASE < 70
#define CONF_LISTEN_KEYS(port) { "bind", CONF_HOST, "127.0.0.1" }, { "port", CONF_PORT, port }
#define CONF_STORE_KEYS { "storehost", CONF_HOST, "127.0.0.1" }, { "storeport", CONF_PORT, "10143" }
#else
#define CONF_LISTEN_KEYS(port) { "listen", CONF_ADDRESS, "127.0.0.1:" port }
#define CONF_STORE_KEYS { "store", CONF_ADDRESS, "127.0.0.1:10143" }
#endif
struct address conf_listen(const struct conf *c);
struct address conf_store(const struct conf *c);

#endif
