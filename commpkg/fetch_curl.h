/* libcurl, loaded when it is wanted; for fetch*.c alone. */
#ifndef COMMPKG_FETCH_CURL_H
#define COMMPKG_FETCH_CURL_H

#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

#include "formats/error.h"

struct fetch_curl {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_cleanup) easy_cleanup;
	__typeof__(&curl_easy_setopt) easy_setopt;
	__typeof__(&curl_easy_getinfo) easy_getinfo;
	__typeof__(&curl_easy_strerror) easy_strerror;
	__typeof__(&curl_multi_init) multi_init;
	__typeof__(&curl_multi_cleanup) multi_cleanup;
	__typeof__(&curl_multi_add_handle) multi_add_handle;
	__typeof__(&curl_multi_remove_handle) multi_remove_handle;
	__typeof__(&curl_multi_perform) multi_perform;
	__typeof__(&curl_multi_poll) multi_poll;
	__typeof__(&curl_multi_info_read) multi_info_read;
};

/* -E_UNSUPPORTED: there is no libcurl. */
int fetch_curl_load(const struct fetch_curl **ret, struct error *e);
/* Everything that is the same for each file. */
void fetch_curl_options(const struct fetch_curl *curl, CURL *h, const char *url, char *why);
/* -E_NOT_FOUND, -ENETUNREACH, with the words. */
int fetch_curl_failed(const struct fetch_curl *curl, CURL *h, CURLcode code, const char *url,
		      const char *why, struct error *e);

#endif
