#include "fetch_curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "formats/str.h"

#define CONNECT_SECONDS 20L
#define STALLED_BYTES 100L	/* a second ... */
#define STALLED_SECONDS 30L	/* for so long: it hangs */
#define REDIRECTS_MAX 5L

static struct fetch_curl curl;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define LOAD(name) \
	(*(void **)(void *)&curl.name = dlsym(lib, "curl_" #name))

static bool load_all(void *lib)
{
	return LOAD(global_init) && LOAD(easy_init) && LOAD(easy_cleanup) && LOAD(easy_setopt) &&
	       LOAD(easy_getinfo) && LOAD(easy_strerror) && LOAD(multi_init) &&
	       LOAD(multi_cleanup) && LOAD(multi_add_handle) && LOAD(multi_remove_handle) &&
	       LOAD(multi_perform) && LOAD(multi_poll) && LOAD(multi_info_read);
}

static void load(void)
{
	static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };
	size_t i;

	for (i = 0; !loaded && i < sizeof(names) / sizeof(names[0]); i++) {
		void *lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);

		loaded = lib != NULL && load_all(lib) &&
			 curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	}
}

int fetch_curl_load(const struct fetch_curl **ret, struct error *e)
{
	(void)pthread_once(&once, load); /* can't fail with a valid argument */
	if (!loaded) {
		error_set(e, E_UNSUPPORTED, "http and https need libcurl, which is not installed");
		return error_hint(e, "install libcurl.so.4 (Debian: libcurl4), or copy the "
				  "distribution into a directory");
	}
	*ret = &curl;
	return 0;
}

void fetch_curl_options(const struct fetch_curl *c, CURL *h, const char *url, char *why)
{
	bool secure = str_has_prefix(url, "https:");

	/* what fails here is out of memory, which the transfer says itself */
	(void)c->easy_setopt(h, CURLOPT_URL, url);
	(void)c->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)c->easy_setopt(h, CURLOPT_FAILONERROR, 1L);
	(void)c->easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L);
	(void)c->easy_setopt(h, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	(void)c->easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)c->easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
	(void)c->easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	(void)c->easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, STALLED_BYTES);
	(void)c->easy_setopt(h, CURLOPT_LOW_SPEED_TIME, STALLED_SECONDS);
	(void)c->easy_setopt(h, CURLOPT_USERAGENT, "commpkg/" COMMPKG_VERSION);
	(void)c->easy_setopt(h, CURLOPT_ERRORBUFFER, why);
	why[0] = '\0';
}

int fetch_curl_failed(const struct fetch_curl *c, CURL *h, CURLcode code, const char *url,
		      const char *why, struct error *e)
{
	const char *words = why[0] != '\0' ? why : c->easy_strerror(code);
	long status = 0;

	(void)c->easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_HTTP_RETURNED_ERROR && (status == 404 || status == 410))
		return error_set(e, E_NOT_FOUND, "'%s' is not there (status %ld)", url, status);
	error_set(e, ENETUNREACH, "cannot fetch '%s': %s", url, words);
	return -ENETUNREACH;
}
