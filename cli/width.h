/*
 * How many columns a text takes on a terminal, which is neither its bytes nor
 * its characters: "°" is one column of two bytes, "温" is two columns. Colour
 * sequences (ESC [ ... m) take none. Independent of the locale.
 */
#ifndef CLI_WIDTH_H
#define CLI_WIDTH_H

#include <stddef.h>

#include "base/text.h"

size_t width_of(const char *s);

/* The first thing of s, which is not empty: its bytes and its columns. Bytes
 * that are no UTF-8 count as one column each. */
size_t width_of_first(const char *s, size_t *columns);

/* Adds as much of s as fits into `columns`, with "…" at its end when it was
 * cut; colours are ended then. */
void width_add_cut(struct text *out, const char *s, size_t columns);

#endif
