/* Files of frames, and the room in them for what is known later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <tiffio.h>

#include "drivers/image.h"
#include "folder.h"

struct file {
	char folder[FOLDER_MAX], path[FOLDER_MAX + 8];
	char text[IMAGE_DESCRIPTION_MAX];
	uint16_t pixels[4];
};

static int begin(void **state)
{
	static const uint16_t pixels[] = { 1, 2, 3, 65535 };
	const struct image image = { .width = 2,
				     .height = 2,
				     .pixels = pixels,
				     .description = "asked: now" };
	struct file *f = calloc(1, sizeof(*f));
	struct err err = { 0 };

	folder_make(f->folder);
	snprintf(f->path, sizeof(f->path), "%s/image", f->folder);
	if (image_write_tiff(&image, f->path, &err))
		fail_msg("%s", err.msg);
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct file *f = *state;

	folder_remove(f->folder);
	free(f);
	return 0;
}

/* As libtiff reads it. */
static void read_back(struct file *f)
{
	TIFF *tiff = TIFFOpen(f->path, "r");
	char *text = NULL;

	assert_non_null(tiff);
	TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text);
	assert_non_null(text);
	snprintf(f->text, sizeof(f->text), "%s", text);
	TIFFReadScanline(tiff, f->pixels, 0, 0);
	TIFFReadScanline(tiff, f->pixels + 2, 1, 0);
	TIFFClose(tiff);
}

static void describe(struct file *f, const char *text)
{
	struct err err = { 0 };

	if (image_describe(f->path, text, &err))
		fail_msg("%s", err.msg);
	read_back(f);
}

static void begins_with(const struct file *f, const char *text)
{
	size_t n = strlen(text);

	assert_memory_equal(f->text, text, n);
	assert_int_equal(f->text[n + strspn(f->text + n, " ")], '\0');
}

static void a_file_has_its_description(void **state)
{
	read_back(*state);
	begins_with(*state, "asked: now");
}

static void it_is_described_anew_and_its_pixels_stay(void **state)
{
	struct file *f = *state;

	describe(f, "began: a\nended: b\n");
	begins_with(f, "began: a\nended: b\n");
	describe(f, "c");
	begins_with(f, "c");
	assert_int_equal(f->pixels[0], 1);
	assert_int_equal(f->pixels[3], 65535);
}

static void too_long_a_text_is_cut(void **state)
{
	char text[2 * IMAGE_DESCRIPTION_MAX];
	struct file *f = *state;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	describe(f, text);
	assert_int_equal(strlen(f->text), IMAGE_DESCRIPTION_MAX - 1);
	assert_int_equal(f->pixels[3], 65535);
}

static void no_control_characters_get_in(void **state)
{
	describe(*state, "a\nb\033[2J");
	begins_with(*state, "a\nb");
}

static void refuses(const char *path, enum err_code code)
{
	struct err err = { 0 };

	assert_int_equal(image_describe(path, "x", &err), -1);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.msg, path));
}

static void another_file_is_left_alone(void **state)
{
	const struct file *f = *state;
	FILE *file = fopen(f->path, "w");
	char text[32] = "";

	fputs("II*", file);
	fclose(file);
	refuses(f->path, ERR_PROTOCOL);
	file = fopen(f->path, "w");
	/* Its directory lies behind its end. */
	fwrite("II*\0\xff\xff\xff\x7f", 1, 8, file);
	fclose(file);
	refuses(f->path, ERR_PROTOCOL);
	file = fopen(f->path, "r");
	assert_int_equal(fread(text, 1, sizeof(text), file), 8);
	fclose(file);
}

static void a_file_that_is_gone_is_an_error(void **state)
{
	const struct file *f = *state;

	unlink(f->path);
	refuses(f->path, ERR_IO);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_has_its_description),
		T(it_is_described_anew_and_its_pixels_stay),
		T(too_long_a_text_is_cut),
		T(no_control_characters_get_in),
		T(another_file_is_left_alone),
		T(a_file_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
