/*
 * A growing string, always NUL-terminated, and the ways in which text from
 * outside is made harmless before a person or a terminal sees it.
 *
 * {0} is an empty text. Out of memory aborts. A text is owned by whoever
 * declared it and freed with text_free (twice is fine).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct text {
	char *s;  /* NULL only while nothing was ever added */
	size_t n; /* bytes, without the NUL */
	size_t size;
};

void text_free(struct text *t);
void text_clear(struct text *t);	    /* keeps the memory */
const char *text_str(const struct text *t); /* never NULL */
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_add_char(struct text *t, char c);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t,
						     const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void text_addv(struct text *t,
						     const char *fmt,
						     va_list ap);

/* Control characters, marks that reorder text, and invalid UTF-8 as \x1b, so
 * that nothing from outside moves a cursor; a backslash stays one, so escaping
 * twice does no harm. At most max bytes of input are taken ("..." follows). */
void text_add_escaped(struct text *t, const char *s, size_t n, size_t max);

/* Hands the string over to the caller, who frees it; t is empty then. */
char *text_steal(struct text *t);

/* Copies s into out (cut, always terminated); false when it was cut. */
bool text_copy(char *out, size_t size, const char *s);

/* strdup and malloc that abort when memory is out. */
char *text_dup(const char *s);
void *memory_zeroed(size_t n, size_t size);
void *memory_resized(void *p, size_t n, size_t size);

/* Valid UTF-8 without NUL, surrogates and overlong forms. */
bool text_is_utf8(const char *s, size_t n);

/* Bytes before the first control character (other than tab and line ends),
 * mark that reorders text, or invalid UTF-8; n: there is none. */
size_t text_clean_span(const char *s, size_t n);

/* The whole file, at most max bytes, in place of what t held; on failure t
 * stays as it was. ERR_NOT_FOUND, ERR_IO, ERR_FULL. */
int text_read_file(struct text *t, const char *path, size_t max,
		   struct err *err);

/* The entry of `words` (NULL-terminated) most like `s`, or NULL when none is
 * near: for "did you mean". */
const char *text_nearest(const char *s, const char *const *words);

#endif
