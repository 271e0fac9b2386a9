#include "drivers/curl_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"

#define LIBRARY "libcurl.so.4"

static const struct {
	const char *name;
	size_t at;
} functions[] = {
	{ "curl_global_init", offsetof(struct curl_library, global_init) },
	{ "curl_multi_init", offsetof(struct curl_library, multi_init) },
	{ "curl_multi_setopt", offsetof(struct curl_library, multi_set) },
	{ "curl_multi_add_handle", offsetof(struct curl_library, add) },
	{ "curl_multi_remove_handle", offsetof(struct curl_library, remove) },
	{ "curl_multi_socket_action", offsetof(struct curl_library, act) },
	{ "curl_multi_info_read", offsetof(struct curl_library, read) },
	{ "curl_multi_cleanup", offsetof(struct curl_library, multi_cleanup) },
	{ "curl_easy_init", offsetof(struct curl_library, init) },
	{ "curl_easy_setopt", offsetof(struct curl_library, set) },
	{ "curl_easy_getinfo", offsetof(struct curl_library, get) },
	{ "curl_easy_strerror", offsetof(struct curl_library, strerror) },
	{ "curl_easy_cleanup", offsetof(struct curl_library, cleanup) },
	{ "curl_slist_append", offsetof(struct curl_library, append) },
	{ "curl_slist_free_all", offsetof(struct curl_library, free_all) },
};

int curl_library_open(struct curl_library *lib, struct err *err)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle)
		return err_set(err, ERR_IO, "%s", dlerror());
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *found = dlsym(handle, functions[i].name);

		if (!found) {
			dlclose(handle);
			return err_set(err, ERR_IO, "%s has no %s", LIBRARY,
				       functions[i].name);
		}
		memcpy((char *)lib + functions[i].at, &found, sizeof(found));
	}
	lib->handle = handle;
	return 0;
}

void curl_library_close(struct curl_library *lib)
{
	if (lib->handle)
		dlclose(lib->handle);
	lib->handle = NULL;
}
