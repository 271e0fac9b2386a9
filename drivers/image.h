/*
 * A camera's frame as a file: 16-bit grey TIFF with the frame's metadata as
 * its description.
 */
#ifndef DRIVERS_IMAGE_H
#define DRIVERS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct image {
	size_t width, height;
	const uint16_t *pixels; /* rows from the top */
	bool is_signed;		/* they are int16_t in truth */
	const char *description;
};

/* Writes a new file, or over an old one. On an error (ERR_IO) no file is
 * left behind. */
int image_write_tiff(const struct image *image, const char *path,
		     struct err *err);

#endif
