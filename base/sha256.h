/*
 * SHA-256 (FIPS 180-4): a name for a text that is the same everywhere, so
 * that a client and the log can tell whether they mean the same recipe.
 * Nothing secret depends on it, so it need not be quick or hide its timing;
 * nothing else that we link has it, and a library of ciphers for sixty lines
 * would have to be kept up to date on every microscope.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

#define SHA256_TEXT_MAX 65 /* 64 digits and a NUL */

/* In lower-case hexadecimal digits. */
void sha256_print(const void *bytes, size_t n, char out[SHA256_TEXT_MAX]);

#endif
