/*
 * A recipe as it goes to the daemon: a name of its library, or the text of a
 * file together with those recipes that it includes and that lie beside it.
 */
#ifndef CLI_BUNDLE_H
#define CLI_BUNDLE_H

#include <jansson.h>

#include "base/err.h"
#include "cli/options.h"

#define BUNDLE_INCLUDES_MAX 32

/* Has a '/' or ends in .yaml or .yml, or there is such a file: then it is a
 * file; else a name of the library. */
bool bundle_is_file(const char *recipe);

/* The argument of run:_start, _validate and _replace (docs/socket.md), or
 * NULL with err. Parameters and label of the options go along. */
json_t *bundle_make(const char *recipe, const struct options *options,
		    struct err *err);

#endif
