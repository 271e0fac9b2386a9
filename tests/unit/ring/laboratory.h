/* The built-in laboratory, with some of its YAML replaced ("{}": none). */
#ifndef TESTS_LABORATORY_H
#define TESTS_LABORATORY_H

#include "site/config.h"

struct config *laboratory_with(const char *over);

#endif
