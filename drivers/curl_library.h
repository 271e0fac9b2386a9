/*
 * libcurl, loaded when the first request is made: with the two dozen libraries
 * that it brings along it would be a large part of the memory of a daemon that
 * needs none of it.
 */
#ifndef DRIVERS_CURL_LIBRARY_H
#define DRIVERS_CURL_LIBRARY_H

#include <curl/curl.h>

#include "base/err.h"

/* The functions of the library that are used here. */
struct curl_library {
	void *handle; /* NULL: not loaded */
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_setopt) *multi_set;
	__typeof__(curl_multi_add_handle) *add;
	__typeof__(curl_multi_remove_handle) *remove;
	__typeof__(curl_multi_socket_action) *act;
	__typeof__(curl_multi_info_read) *read;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_easy_init) *init;
	__typeof__(curl_easy_setopt) *set;
	__typeof__(curl_easy_getinfo) *get;
	__typeof__(curl_easy_strerror) *strerror;
	__typeof__(curl_easy_cleanup) *cleanup;
	__typeof__(curl_slist_append) *append;
	__typeof__(curl_slist_free_all) *free_all;
};

int curl_library_open(struct curl_library *lib, struct err *err);
void curl_library_close(struct curl_library *lib); /* not loaded is fine */

#endif
