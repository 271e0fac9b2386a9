#include "drivers/acquired.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define SIZE_FIRST ((size_t)1 << 16)
#define NAME_SHOWN 64

/* Values of the characters from ' ' on, in base64. */
static const int8_t digits[] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
	-1, 0,	1,  2,	3,  4,	5,  6,	7,  8,	9,  10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
	-1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};

void acquired_free(struct acquired *a)
{
	text_free(&a->frame);
	free(a->bytes);
	*a = (struct acquired){ 0 };
}

static void fail(struct acquired *a, const char *why)
{
	if (!a->fault)
		a->fault = why;
}

static void put_byte(struct acquired *a, uint8_t byte)
{
	if (a->n == a->size) {
		if (a->size >= ACQUIRED_BYTES_MAX) {
			fail(a, "more pixels than any camera has");
			return;
		}
		/* What is not written to costs no memory. */
		a->size = a->size ? 2 * a->size : SIZE_FIRST;
		a->bytes = memory_resized(a->bytes, a->size, 1);
	}
	a->bytes[a->n++] = byte;
}

static void take_digit(struct acquired *a, char c)
{
	unsigned at = (unsigned char)c - (unsigned)' ';
	int digit = at < ARRAY_SIZE(digits) ? digits[at] : -1;

	if (c == '=') {
		a->n_padding++;
		return;
	}
	if (digit < 0 || a->n_padding) {
		fail(a, "pixels that are no base64");
		return;
	}
	a->bits = a->bits << 6 | (uint32_t)digit;
	a->n_bits += 6;
	if (a->n_bits >= 8) {
		a->n_bits -= 8;
		put_byte(a, (uint8_t)(a->bits >> a->n_bits));
	}
}

static void data_begin(struct acquired *a)
{
	a->place = ACQUIRED_DATA;
	if (++a->n_data > 1)
		fail(a, "more than one frame");
}

/* Whole groups of four digits, the padding counted, and nothing left over. */
static void data_end(struct acquired *a)
{
	unsigned left = a->n_bits;

	a->place = ACQUIRED_TEXT;
	if (a->n_padding != left / 2 || left > 4)
		fail(a, "pixels that end in the middle");
}

static void take_data(struct acquired *a, char c)
{
	if (c == '"')
		data_end(a);
	else if (c != '\\') /* JSON may write "/" as "\/" */
		take_digit(a, c);
}

static void take_string(struct acquired *a, char c)
{
	if (a->escaped) {
		a->escaped = false;
	} else if (c == '\\') {
		a->escaped = true;
	} else if (c == '"') {
		a->place = ACQUIRED_TEXT;
		a->after_data_key =
			a->n_word == 4 && !memcmp(a->word, "data", 4);
		return;
	}
	if (a->n_word < sizeof(a->word))
		a->word[a->n_word++] = c;
}

static void take_text(struct acquired *a, char c)
{
	if (c == '"' && a->after_colon && a->after_data_key) {
		data_begin(a);
	} else if (c == '"') {
		a->place = ACQUIRED_STRING;
		a->n_word = 0;
	}
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
		return;
	a->after_colon = c == ':';
	if (c != ':')
		a->after_data_key = false;
}

static void keep(struct acquired *a, char c)
{
	if (a->frame.n >= ACQUIRED_TEXT_MAX)
		fail(a, "too much text around the pixels");
	else
		text_add_char(&a->frame, c);
}

bool acquired_take(void *acquired, const char *bytes, size_t n)
{
	struct acquired *a = acquired;

	for (size_t i = 0; i < n && !a->fault; i++) {
		char c = bytes[i];

		if (a->place == ACQUIRED_DATA) {
			take_data(a, c);
			if (a->place == ACQUIRED_TEXT)
				keep(a, c);
			continue;
		}
		keep(a, c);
		if (a->place == ACQUIRED_STRING)
			take_string(a, c);
		else
			take_text(a, c);
	}
	return !a->fault;
}

/* Their bytes in the order of this machine, in place. */
static void arrange(struct acquired *a, bool is_big, struct acquired_frame *f)
{
	uint16_t *pixels = (uint16_t *)(void *)a->bytes;
	size_t n = f->width * f->height;
	double sum = 0.0;

	for (size_t i = 0; i < n; i++) {
		unsigned first = a->bytes[2 * i], second = a->bytes[2 * i + 1];
		unsigned value =
			is_big ? first << 8 | second : second << 8 | first;

		pixels[i] = (uint16_t)value;
		sum += f->is_signed ? (double)(int16_t)pixels[i]
				    : (double)pixels[i];
	}
	f->pixels = pixels;
	f->mean = sum / (double)n;
}

static bool is_word(const json_t *frame, const char *key, const char *word)
{
	const char *s = json_string_value(json_object_get(frame, key));

	return s && strcmp(s, word) == 0;
}

static bool side_of(const json_t *frame, const char *key, size_t *side)
{
	const json_t *value = json_object_get(frame, key);
	json_int_t n = json_integer_value(value);

	*side = n > 0 ? (size_t)n : 0;
	return n >= 1 && n <= ACQUIRED_SIDE_MAX;
}

static int read_frame(struct acquired *a, const json_t *said,
		      struct acquired_frame *frame, struct err *err)
{
	bool is_big = is_word(said, "endianness", "BIG");
	struct acquired_frame f = { .is_signed =
					    is_word(said, "type", "INT16") };

	if (!side_of(said, "width", &f.width) ||
	    !side_of(said, "height", &f.height))
		return err_set(err, ERR_PROTOCOL,
			       "a frame without a size, or "
			       "with sides over %d",
			       ACQUIRED_SIDE_MAX);
	if (!f.is_signed && !is_word(said, "type", "UINT16"))
		return err_set(err, ERR_PROTOCOL,
			       "pixels that are neither "
			       "INT16 nor UINT16");
	if (!is_big && !is_word(said, "endianness", "LITTLE"))
		return err_set(err, ERR_PROTOCOL,
			       "pixels of no known order "
			       "of bytes");
	if (!is_word(said, "encoding", "BASE64"))
		return err_set(err, ERR_PROTOCOL,
			       "pixels that are not in "
			       "BASE64");
	if (a->n != 2 * f.width * f.height)
		return err_set(err, ERR_PROTOCOL,
			       "%zu bytes of pixels where "
			       "%zu x %zu belong",
			       a->n, f.width, f.height);
	arrange(a, is_big, &f);
	*frame = f;
	return 0;
}

static int read_answer(struct acquired *a, const json_t *root,
		       const char *detector, struct acquired_frame *frame,
		       struct err *err)
{
	const json_t *said = json_object_get(root, detector);

	if (!json_is_object(root))
		return err_set(err, ERR_PROTOCOL,
			       "an answer that is no JSON "
			       "object");
	if (!said)
		return err_set(err, ERR_NOT_FOUND,
			       "no frame of %.*s in the "
			       "answer",
			       NAME_SHOWN, detector);
	return read_frame(a, said, frame, err);
}

int acquired_end(struct acquired *a, const char *detector,
		 struct acquired_frame *frame, struct err *err)
{
	json_t *root;
	int status;

	if (a->fault)
		return err_set(err, ERR_PROTOCOL, "%s", a->fault);
	root = json_loadb(text_str(&a->frame), a->frame.n,
			  JSON_REJECT_DUPLICATES, NULL);
	status = read_answer(a, root, detector, frame, err);
	json_decref(root);
	return status;
}
