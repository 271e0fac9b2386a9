/*
 * libtiff is loaded when the first image is written: with the dozen libraries
 * that it brings along, it would be a fifth of the memory of a daemon whose
 * microscope writes its images itself.
 */
#include "drivers/image.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"

#define PRINTF_LIKE __attribute__((format(printf, 4, 0)))
/* The first version that has TIFFOpenOptions. */
#define LIBRARY "libtiff.so.6"

/* The functions of the library that are used here. */
struct library {
	void *handle;
	__typeof__(TIFFOpenOptionsAlloc) *options_alloc;
	__typeof__(TIFFOpenOptionsFree) *options_free;
	__typeof__(TIFFOpenOptionsSetErrorHandlerExtR) *set_on_error;
	__typeof__(TIFFOpenOptionsSetWarningHandlerExtR) *set_on_warning;
	__typeof__(TIFFFdOpenExt) *open;
	__typeof__(TIFFSetField) *set;
	__typeof__(TIFFWriteRawStrip) *write_raw;
	__typeof__(TIFFFlush) *flush;
	__typeof__(TIFFClose) *close;
};

static const struct {
	const char *name;
	size_t at;
} functions[] = {
	{ "TIFFOpenOptionsAlloc", offsetof(struct library, options_alloc) },
	{ "TIFFOpenOptionsFree", offsetof(struct library, options_free) },
	{ "TIFFOpenOptionsSetErrorHandlerExtR",
	  offsetof(struct library, set_on_error) },
	{ "TIFFOpenOptionsSetWarningHandlerExtR",
	  offsetof(struct library, set_on_warning) },
	{ "TIFFFdOpenExt", offsetof(struct library, open) },
	{ "TIFFSetField", offsetof(struct library, set) },
	{ "TIFFWriteRawStrip", offsetof(struct library, write_raw) },
	{ "TIFFFlush", offsetof(struct library, flush) },
	{ "TIFFClose", offsetof(struct library, close) },
};

/* It stays in memory when it is closed, so that this is quick from the second
 * time on. */
static int library_open(struct library *lib, struct err *err)
{
	lib->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!lib->handle)
		return err_set(err, ERR_IO, "%s", dlerror());
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *found = dlsym(lib->handle, functions[i].name);

		if (!found) {
			dlclose(lib->handle);
			return err_set(err, ERR_IO, "%s has no %s", LIBRARY,
				       functions[i].name);
		}
		memcpy((char *)lib + functions[i].at, &found, sizeof(found));
	}
	return 0;
}

/* libtiff would print; its sentence goes into the err instead. */
PRINTF_LIKE
static int on_error(TIFF *tiff, void *user, const char *module, const char *fmt,
		    va_list ap)
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

static TIFF *open_tiff(const struct library *lib, int fd, const char *path,
		       struct err *err)
{
	/* By library_open(), byte by byte. NOLINTNEXTLINE(*CallAndMessage) */
	TIFFOpenOptions *options = lib->options_alloc();
	TIFF *tiff = NULL;

	if (!options)
		return NULL;
	lib->set_on_error(options, on_error, err);
	lib->set_on_warning(options, on_warning, NULL);
	tiff = lib->open(fd, path, "w", options);
	lib->options_free(options);
	return tiff;
}

/* Blanks up to its end: readers strip them. */
static void fill_room(const char *description, char room[IMAGE_DESCRIPTION_MAX])
{
	size_t n = strlen(description), max = IMAGE_DESCRIPTION_MAX - 1;

	n = text_clean_span(description, n < max ? n : max);
	memset(room, ' ', max);
	memcpy(room, description, n);
	room[max] = '\0';
}

static bool write_tags(const struct library *lib, TIFF *tiff,
		       const struct image *image)
{
	const uint32_t width = (uint32_t)image->width;
	const uint32_t height = (uint32_t)image->height;
	char room[IMAGE_DESCRIPTION_MAX];

	fill_room(image->description, room);
	return lib->set(tiff, TIFFTAG_IMAGEWIDTH, width) &&
	       lib->set(tiff, TIFFTAG_IMAGELENGTH, height) &&
	       lib->set(tiff, TIFFTAG_BITSPERSAMPLE, 16) &&
	       lib->set(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) &&
	       lib->set(tiff, TIFFTAG_SAMPLEFORMAT,
			image->is_signed ? SAMPLEFORMAT_INT
					 : SAMPLEFORMAT_UINT) &&
	       lib->set(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) &&
	       lib->set(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) &&
	       lib->set(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
	       lib->set(tiff, TIFFTAG_ROWSPERSTRIP, height) &&
	       lib->set(tiff, TIFFTAG_SOFTWARE, "gascell") &&
	       lib->set(tiff, TIFFTAG_IMAGEDESCRIPTION, room);
}

/* All rows are one strip: one write. */
static bool write_pixels(const struct library *lib, TIFF *tiff,
			 const struct image *image)
{
	size_t n = image->width * image->height * sizeof(*image->pixels);

	/* The library takes its source without const and does not change it
	 * when nothing is compressed or swapped. */
	return lib->write_raw(tiff, 0, (void *)(uintptr_t)image->pixels,
			      (tmsize_t)n) == (tmsize_t)n &&
	       lib->flush(tiff);
}

static int write_file(const struct library *lib, const struct image *image,
		      const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	TIFF *tiff;
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	*err = (struct err){ 0 };
	tiff = open_tiff(lib, fd, path, err);
	if (!tiff) {
		close(fd);
		goto remove;
	}
	ok = write_tags(lib, tiff, image) && write_pixels(lib, tiff, image);
	lib->close(tiff); /* closes fd */
	if (ok && !err->code)
		return 0;
remove:
	unlink(path);
	if (!err->code)
		return err_set(err, ERR_IO, "%s: cannot write the image", path);
	return err_wrap(err, "%s", path);
}

int image_write_tiff(const struct image *image, const char *path,
		     struct err *err)
{
	struct library lib;
	int status;

	if (library_open(&lib, err))
		return err_wrap(err, "%s", path);
	status = write_file(&lib, image, path, err);
	dlclose(lib.handle);
	return status;
}

#define ENTRY 12
#define ENTRIES_MAX 64
#define ASCII 2

static uint32_t get(const uint8_t *bytes, int n)
{
	uint32_t value = 0;

	while (n--)
		value = value << 8 | bytes[n];
	return value;
}

/* Where the room begins; 0: it has none. Files written here are of this
 * machine's order, little-endian. */
static off_t find_room(int fd)
{
	uint8_t head[8], count[2], entries[ENTRIES_MAX * ENTRY];
	size_t n;
	off_t at;

	if (pread(fd, head, 8, 0) != 8 || memcmp(head, "II*", 4) != 0)
		return 0;
	at = get(head + 4, 4);
	if (pread(fd, count, 2, at) != 2)
		return 0;
	n = get(count, 2);
	if (n > ENTRIES_MAX ||
	    pread(fd, entries, n * ENTRY, at + 2) != (ssize_t)n * ENTRY)
		return 0;
	for (const uint8_t *e = entries; n--; e += ENTRY)
		if (get(e, 2) == TIFFTAG_IMAGEDESCRIPTION &&
		    get(e + 2, 2) == ASCII &&
		    get(e + 4, 4) == IMAGE_DESCRIPTION_MAX)
			return get(e + 8, 4);
	return 0;
}

int image_describe(const char *path, const char *description, struct err *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char room[IMAGE_DESCRIPTION_MAX];
	ssize_t put;
	off_t at;

	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	at = find_room(fd);
	fill_room(description, room);
	put = at ? pwrite(fd, room, sizeof(room), at) : 0;
	close(fd);
	if (!at)
		return err_set(err, ERR_PROTOCOL,
			       "%s: no image with room for a description",
			       path);
	return put == (ssize_t)sizeof(room)
		       ? 0
		       : err_set(err, ERR_IO, "%s: cannot describe the image",
				 path);
}
