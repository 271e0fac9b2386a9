/*
 * What a terminal without UTF-8 gets: ASCII of the same width.
 */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include "base/text.h"

/* Adds s with "°" as "o", "█" as "#", "ü" as "u"; what has no likeness is
 * one '?' for each of its columns. Colours stay. */
void plain_add(struct text *out, const char *s);

#endif
