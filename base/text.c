#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/array.h"

#define NEAREST_MAX 48 /* longer words have no typing mistakes */

void *memory_zeroed(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *memory_resized(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n ? n : 1, size ? size : 1);
	if (!p)
		abort();
	return p;
}

char *text_dup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(memory_zeroed(size, 1), s, size);
}

/* Makes room for n more bytes and the NUL. */
static void reserve(struct text *t, size_t n)
{
	size_t size = t->size ? t->size : 32;

	if (n >= SIZE_MAX / 4 - t->n)
		abort();
	while (size < t->n + n + 1)
		size *= 2;
	if (size == t->size)
		return;
	t->s = memory_resized(t->s, size, 1);
	t->size = size;
	t->s[t->n] = '\0';
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

void text_clear(struct text *t)
{
	t->n = 0;
	if (t->s)
		t->s[0] = '\0';
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

void text_add_n(struct text *t, const char *s, size_t n)
{
	reserve(t, n);
	if (n)
		memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

void text_add_char(struct text *t, char c)
{
	text_add_n(t, &c, 1);
}

void text_addv(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	reserve(t, (size_t)n);
	vsnprintf(t->s + t->n, (size_t)n + 1, fmt, ap);
	t->n += (size_t)n;
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_addv(t, fmt, ap);
	va_end(ap);
}

char *text_steal(struct text *t)
{
	char *s = t->s ? t->s : text_dup("");

	*t = (struct text){ 0 };
	return s;
}

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * The length of the well-formed character at s (at most n bytes), or 0; its
 * code point in *code. NUL is not a character here.
 */
static size_t decode(const char *s, size_t n, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0, 0x800, 0x10000 };
	const unsigned char c = (unsigned char)s[0];
	size_t i, length;

	/* Most are of these. */
	if (c < 0x80) {
		*code = c;
		return c ? 1 : 0;
	}
	if (c >= 0xc2 && c < 0xe0 && n > 1 && is_tail(s[1])) {
		*code = (c & 0x1fU) << 6 | ((unsigned char)s[1] & 0x3f);
		return 2;
	}
	length = c < 0xe0 ? 0 : c < 0xf0 ? 3 : 4;
	if (!length || length > n || c > 0xf4)
		return 0;
	*code = c & (0x7fU >> length);
	for (i = 1; i < length; i++) {
		if (!is_tail(s[i]))
			return 0;
		*code = *code << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (*code < least[length] || *code > 0x10ffff)
		return 0;
	return *code >= 0xd800 && *code <= 0xdfff ? 0 : length;
}

bool text_is_utf8(const char *s, size_t n)
{
	uint32_t code;
	size_t i, length;

	for (i = 0; i < n; i += length) {
		length = decode(s + i, n - i, &code);
		if (!length)
			return false;
	}
	return true;
}

/*
 * What a terminal obeys instead of showing, and the marks that reorder or
 * break a line, with which a text can pretend to be another one.
 */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

size_t text_clean_span(const char *s, size_t n)
{
	uint32_t code;
	size_t i, length;

	for (i = 0; i < n; i += length) {
		length = decode(s + i, n - i, &code);
		if (!length)
			return i;
		if (is_control(code) && !strchr("\t\n\r", s[i]))
			return i;
	}
	return n;
}

static void add_hex(struct text *t, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		text_addf(t, "\\x%02x", (unsigned int)(unsigned char)s[i]);
}

void text_add_escaped(struct text *t, const char *s, size_t n, size_t max)
{
	uint32_t code = 0;
	size_t i, length;

	for (i = 0; i < n; i += length) {
		length = decode(s + i, n - i, &code);
		if (i + (length ? length : 1) > max) {
			text_add(t, "...");
			return;
		}
		if (!length)
			add_hex(t, s + i, length = 1);
		else if (is_control(code))
			add_hex(t, s + i, length);
		else
			text_add_n(t, s + i, length);
	}
}

bool text_copy(char *out, size_t size, const char *s)
{
	size_t n = strnlen(s, size);
	bool fits = n < size;

	assert(size);
	if (!fits)
		for (n = size - 1; n && is_tail(s[n]);)
			n--;
	memmove(out, s, n);
	out[n] = '\0';
	return fits;
}

static int read_all(struct text *t, int fd, size_t max)
{
	char buffer[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : 0;
		if ((size_t)n > max - t->n)
			return EFBIG;
		text_add_n(t, buffer, (size_t)n);
	}
}

static int file_error(int code, const char *path, size_t max, struct err *err)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
		return err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
	case EFBIG:
		return err_set(err, ERR_FULL, "%s: larger than %zu bytes", path,
			       max);
	default: return err_set(err, ERR_IO, "%s: %s", path, strerror(code));
	}
}

int text_read_file(struct text *t, const char *path, size_t max,
		   struct err *err)
{
	struct text all = { 0 };
	int fd, code;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return file_error(errno, path, max, err);
	code = read_all(&all, fd, max);
	close(fd); /* read only: there is nothing to lose */
	if (code) {
		text_free(&all);
		return file_error(code, path, max, err);
	}
	text_free(t);
	*t = all;
	return 0;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * How many slips of a finger lie between a and b: a character left out, put
 * in, exchanged, or two of them swapped. Both are at most NEAREST_MAX long.
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t i, j, n = strlen(b);

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		spare = before;
		before = last;
		last = row;
		row = spare;
		row[0] = i;
		for (j = 1; j <= n; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);

			row[j] = smallest(last[j] + 1, row[j - 1] + 1,
					  last[j - 1] + !same);
			if (i > 1 && j > 1 && before[j - 2] < row[j] &&
			    lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = before[j - 2] + !same;
		}
	}
	return row[n];
}

const char *text_nearest(const char *s, const char *const *words)
{
	size_t n = strlen(s), best = n < 3 ? 2 : n / 3 + 2, d;
	const char *nearest = NULL, *longer = NULL;

	if (!n || n > NEAREST_MAX)
		return NULL;
	for (; *words; words++) {
		if (strlen(*words) > NEAREST_MAX)
			continue;
		d = distance(s, *words);
		if (d < best && d < n && d < strlen(*words)) {
			best = d;
			nearest = *words;
		}
		if (!longer && n >= 3 && !strncasecmp(s, *words, n))
			longer = *words;
	}
	return nearest ? nearest : longer;
}
