#include "fetch.h"

#include <errno.h>
#include <unistd.h>

#include "fetch_curl.h"
#include "formats/str.h"

bool fetch_is_url(const char *place)
{
	return str_has_prefix(place, "http://") || str_has_prefix(place, "https://");
}

static bool plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("-._~/", c) != NULL);
}

const char *fetch_url(struct arena *a, const char *dir, const char *path)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, dir);
	while (b.len > 0 && b.p[b.len - 1] == '/')
		b.p[--b.len] = '\0';
	strbuf_addch(&b, '/');
	for (; *path != '\0'; path++) {
		if (plain(*path))
			strbuf_addch(&b, *path);
		else
			strbuf_addf(&b, "%%%02X", (unsigned char)*path);
	}
	return arena_strdup(a, strbuf_str(&b));
}

const char *fetch_name(struct arena *a, const struct catalog_file *f)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(&f->sha, hex);
	return f->md5 ? arena_printf(a, "md5-%.32s", hex) : arena_strdup(a, hex);
}

/* ---- a small one, into memory */

struct gathering {
	struct strbuf text;
	size_t max;
	bool too_long;
};

static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	struct gathering *g = ctx;

	if (size * n > g->max - g->text.len) {
		g->too_long = true;
		return 0;
	}
	strbuf_add(&g->text, bytes, size * n);
	return size * n;
}

/* One transfer, driven by the multi interface as the others are: so that a signal ends it. */
static CURLcode transfer(const struct fetch_curl *curl, CURL *h)
{
	CURLM *m = curl->multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	int running = 1, left;
	CURLMsg *msg;

	if (m == NULL)
		return code;
	(void)curl->multi_add_handle(m, h);
	while (running > 0 && curl->multi_perform(m, &running) == CURLM_OK) {
		if (running > 0)
			(void)curl->multi_poll(m, NULL, 0, 1000, NULL);
	}
	while ((msg = curl->multi_info_read(m, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	(void)curl->multi_remove_handle(m, h);
	(void)curl->multi_cleanup(m);
	return code;
}

int fetch_bytes(const char *url, size_t max, struct arena *a, char **ret, size_t *ret_len,
		struct error *e)
{
	struct gathering g = { .max = max };
	const struct fetch_curl *curl;
	char why[CURL_ERROR_SIZE];
	CURLcode code;
	CURL *h;
	int rc = fetch_curl_load(&curl, e);

	if (rc < 0)
		return rc;
	h = curl->easy_init();
	if (h == NULL)
		return error_set(e, ENOMEM, "cannot fetch '%s'", url);
	fetch_curl_options(curl, h, url, why);
	(void)curl->easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)curl->easy_setopt(h, CURLOPT_WRITEDATA, &g);
	code = transfer(curl, h);
	if (g.too_long)
		rc = error_set(e, E_LIMIT, "'%s' is longer than %zu bytes", url, max);
	else if (code != CURLE_OK)
		rc = fetch_curl_failed(curl, h, code, url, why, e);
	if (rc == 0) {
		*ret = arena_strndup(a, strbuf_str(&g.text), g.text.len);
		*ret_len = g.text.len;
	}
	strbuf_free(&g.text);
	curl->easy_cleanup(h);
	return rc;
}
