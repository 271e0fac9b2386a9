#include "drivers/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#define PRINTF_LIKE __attribute__((format(printf, 4, 0)))

/* libtiff would print; its sentence goes into the err instead. */
PRINTF_LIKE
static int on_error(TIFF *tiff, void *user, const char *module,
		    const char *fmt, va_list ap)
{
	struct err *err = user;
	char text[256];

	(void)tiff;
	(void)module;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (!err->code)
		err_set(err, ERR_IO, "%s", text);
	return 1;
}

PRINTF_LIKE
static int on_warning(TIFF *tiff, void *user, const char *module,
		      const char *fmt, va_list ap)
{
	(void)tiff;
	(void)user;
	(void)module;
	(void)fmt;
	(void)ap;
	return 1;
}

static TIFF *open_tiff(int fd, const char *path, struct err *err)
{
	TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
	TIFF *tiff = NULL;

	if (!options)
		return NULL;
	TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, err);
	TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, NULL);
	tiff = TIFFFdOpenExt(fd, path, "w", options);
	TIFFOpenOptionsFree(options);
	return tiff;
}

static bool write_tags(TIFF *tiff, const struct image *image)
{
	return TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH,
			    (uint32_t)image->width) &&
	       TIFFSetField(tiff, TIFFTAG_IMAGELENGTH,
			    (uint32_t)image->height) &&
	       TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 16) &&
	       TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) &&
	       TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) &&
	       TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
			    PHOTOMETRIC_MINISBLACK) &&
	       TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) &&
	       TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
	       TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP,
			    (uint32_t)image->height) &&
	       TIFFSetField(tiff, TIFFTAG_SOFTWARE, "gascell") &&
	       TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION,
			    image->description);
}

/* All rows are one strip: one write. */
static bool write_pixels(TIFF *tiff, const struct image *image)
{
	size_t n = image->width * image->height * sizeof(*image->pixels);

	/* The library takes its source without const and does not change it
	 * when nothing is compressed or swapped. */
	return TIFFWriteRawStrip(tiff, 0, (void *)(uintptr_t)image->pixels,
				 (tmsize_t)n) == (tmsize_t)n &&
	       TIFFFlush(tiff);
}

int image_write_tiff(const struct image *image, const char *path,
		     struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	TIFF *tiff;
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	*err = (struct err){0};
	tiff = open_tiff(fd, path, err);
	if (!tiff) {
		close(fd);
		goto remove;
	}
	ok = write_tags(tiff, image) && write_pixels(tiff, image);
	TIFFClose(tiff);	/* closes fd */
	if (ok && !err->code)
		return 0;
remove:
	unlink(path);
	if (!err->code)
		return err_set(err, ERR_IO, "%s: cannot write the image",
			       path);
	return err_wrap(err, "%s", path);
}
