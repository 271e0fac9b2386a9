/*
 * Shapes that values of several modules on the socket have.
 */
#ifndef NODE_SHAPES_H
#define NODE_SHAPES_H

#include "protocol/datainfo.h"

extern const struct datainfo shape_yes;
extern const struct datainfo shape_count;   /* 0 .. 2^31 - 1 */
extern const struct datainfo shape_seconds; /* a span, to the second */
extern const struct datainfo shape_moment;  /* UNIX seconds */

#endif
