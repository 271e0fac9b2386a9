/*
 * A frame as temscript's server sends it: JSON with all pixels in one string,
 *
 *	{"BM-Ceta": {"width": 4096, "height": 4096, "type": "INT16",
 *	             "endianness": "LITTLE", "encoding": "BASE64",
 *	             "data": "..."}}
 *
 * read piece by piece as it comes. Only the pixels are kept, decoded, and the
 * little text around them: a frame of 45 MB of text needs 34 MB.
 */
#ifndef DRIVERS_ACQUIRED_H
#define DRIVERS_ACQUIRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

#define ACQUIRED_SIDE_MAX 8192
#define ACQUIRED_BYTES_MAX (2u * ACQUIRED_SIDE_MAX * ACQUIRED_SIDE_MAX)
#define ACQUIRED_TEXT_MAX 8192 /* of all but the pixels */

/* {0} is one that has read nothing. */
struct acquired {
	struct text frame; /* the JSON, its data cut out */
	uint8_t *bytes;	   /* the data, decoded */
	size_t n, size;
	enum { ACQUIRED_TEXT, ACQUIRED_STRING, ACQUIRED_DATA } place;
	bool escaped;
	bool after_colon, after_data_key;
	char word[8]; /* the string being read */
	size_t n_word;
	uint32_t bits; /* of base64, not yet a byte */
	unsigned n_bits, n_padding;
	unsigned n_data;   /* frames in this answer */
	const char *fault; /* static; why it cannot be read */
};

void acquired_free(struct acquired *a); /* then it is {0} */

/* The next bytes; `acquired` is a struct acquired. False when it has gone
 * wrong, and acquired_end() will say how. */
bool acquired_take(void *acquired, const char *bytes, size_t n);

struct acquired_frame {
	size_t width, height;
	bool is_signed;
	uint16_t *pixels; /* of this machine; in a->bytes */
	double mean;
};

/* All has come. ERR_NOT_FOUND: there is no such detector in it;
 * ERR_PROTOCOL: it cannot be what it should be. */
int acquired_end(struct acquired *a, const char *detector,
		 struct acquired_frame *frame, struct err *err);

#endif
