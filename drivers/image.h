/*
 * A camera's frame as a file: 16-bit grey TIFF with the frame's metadata as
 * its description, for which room is kept: what an image has seen is known
 * only when it is over.
 */
#ifndef DRIVERS_IMAGE_H
#define DRIVERS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IMAGE_DESCRIPTION_MAX 4096 /* bytes, with the NUL */

struct image {
	size_t width, height;
	const uint16_t *pixels;	 /* rows from the top */
	bool is_signed;		 /* they are int16_t in truth */
	const char *description; /* UTF-8; cut where it is too long */
};

/* Writes a new file, or over an old one. On an error (ERR_IO) no file is
 * left behind. */
int image_write_tiff(const struct image *image, const char *path,
		     struct err *err);

/* Another description for a file that image_write_tiff() has written, in one
 * write in its place: whatever happens, the pixels stay. ERR_IO, ERR_PROTOCOL
 * (no such file). */
int image_describe(const char *path, const char *description, struct err *err);

#endif
