/* Files that are part of the program, see cmake/embed.cmake. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name; /* without folder and ending; NULL ends
					 * a table */
	const char *bytes;
	const size_t *n;
};

#endif
