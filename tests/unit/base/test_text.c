#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/text.h"
#include "folder.h"

static void an_empty_text_is_a_string(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };

	(void)state;
	assert_string_equal(text_str(&t), "");
	text_add(&t, "");
	assert_string_equal(t.s, "");
}

static void adding_grows(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		text_addf(&t, "%03d", i);
		text_add_char(&t, ' ');
	}
	assert_int_equal(t.n, 4000);
	assert_int_equal(strlen(t.s), 4000);
	assert_string_equal(t.s + 3988, "997 998 999 ");
}

static void free_and_clear_and_steal_leave_it_usable(void **state)
{
	struct text t = { 0 };
	char *s;

	(void)state;
	text_add_n(&t, "abc", 2);
	text_clear(&t);
	assert_string_equal(text_str(&t), "");
	text_add(&t, "x");
	s = text_steal(&t);
	assert_string_equal(s, "x");
	assert_null(t.s);
	free(s);
	s = text_steal(&t);
	assert_string_equal(s, "");
	free(s);
	text_free(&t);
	text_free(&t);
}

static void expect_escaped(const char *s, size_t n, size_t max,
			   const char *expected)
{
	_cleanup_(text_free) struct text t = { 0 };

	text_add_escaped(&t, s, n, max);
	assert_string_equal(text_str(&t), expected);
}

static void escaping_makes_controls_visible(void **state)
{
	(void)state;
	expect_escaped("350 °C", 7, 99, "350 °C");
	expect_escaped("a\x1b[2J\n\t\0z", 9, 99, "a\\x1b[2J\\x0a\\x09\\x00z");
	expect_escaped("\x7f", 1, 99, "\\x7f");
	expect_escaped("\xc2\x9b", 2, 99, "\\xc2\\x9b");
	expect_escaped("\xe2\x80\xae"
		       "x",
		       4, 99, "\\xe2\\x80\\xaex");
}

static void escaping_shows_broken_utf8(void **state)
{
	(void)state;
	expect_escaped("a\xff"
		       "b",
		       3, 99, "a\\xffb");
	expect_escaped("\xc3", 1, 99, "\\xc3");
	expect_escaped("\xc0\x80", 2, 99, "\\xc0\\x80");
}

static void escaping_stops_between_characters(void **state)
{
	(void)state;
	expect_escaped("abcdef", 6, 3, "abc...");
	expect_escaped("abc", 3, 3, "abc");
	expect_escaped("a°°", 5, 4, "a°...");
}

static void copy_says_when_it_cut(void **state)
{
	char out[4];

	(void)state;
	assert_true(text_copy(out, sizeof(out), "abc"));
	assert_string_equal(out, "abc");
	assert_false(text_copy(out, sizeof(out), "abcd"));
	assert_string_equal(out, "abc");
	assert_false(text_copy(out, sizeof(out), "ab°"));
	assert_string_equal(out, "ab");
	assert_false(text_copy(out, 1, "x"));
	assert_string_equal(out, "");
}

static void utf8_is_strict(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xed\xa0\x80",
		"\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xe2\x82",
		"\xff",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
	assert_false(text_is_utf8("a\0b", 3));
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("aé€\xf0\x9f\x94\xac", 10));
	assert_true(text_is_utf8("\xf4\x8f\xbf\xbf", 4));
}

static void clean_span_stops_at_what_would_be_escaped(void **state)
{
	(void)state;
	assert_int_equal(text_clean_span("a\tb\r\n", 5), 5);
	assert_int_equal(text_clean_span("ab\x1b", 3), 2);
	assert_int_equal(text_clean_span("°\xff", 3), 2);
	assert_int_equal(text_clean_span("a\0b", 3), 1);
	assert_int_equal(text_clean_span("a\xe2\x80\xa8", 4), 1);
}

static void files_are_read_whole_or_not_at_all(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };
	char folder[FOLDER_MAX], path[FOLDER_MAX + 8];
	struct err err;
	int fd;

	(void)state;
	folder_make(folder);
	snprintf(path, sizeof(path), "%s/text", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a\0c", 3), 3);
	close(fd);
	text_add(&t, "before");
	assert_int_equal(text_read_file(&t, path, 2, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_string_equal(text_str(&t), "before");
	assert_int_equal(text_read_file(&t, path, 3, &err), 0);
	assert_int_equal(t.n, 3);
	assert_memory_equal(t.s, "a\0c", 4);
	unlink(path);
	assert_int_equal(text_read_file(&t, path, 3, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(text_read_file(&t, folder, 3, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	folder_remove(folder);
}

static void nearest_finds_slips_only(void **state)
{
	static const char *const words[] = { "ramp",	   "hold",  "image",
					     "atmosphere", "purge", NULL };

	(void)state;
	assert_string_equal(text_nearest("rmap", words), "ramp");
	assert_string_equal(text_nearest("Hold", words), "hold");
	assert_string_equal(text_nearest("imagee", words), "image");
	assert_string_equal(text_nearest("atmoshpere", words), "atmosphere");
	assert_string_equal(text_nearest("atmo", words), "atmosphere");
	assert_null(text_nearest("wait", words));
	assert_null(text_nearest("", words));
	assert_null(text_nearest("a very long word that is not one word at all",
				 words));
}

static void memory_survives_zero_sizes(void **state)
{
	char *p = memory_zeroed(0, 8), *s = text_dup("abc");

	(void)state;
	assert_non_null(p);
	p = memory_resized(p, 0, 1);
	assert_non_null(p);
	free(p);
	assert_string_equal(s, "abc");
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_a_string),
		cmocka_unit_test(adding_grows),
		cmocka_unit_test(free_and_clear_and_steal_leave_it_usable),
		cmocka_unit_test(escaping_makes_controls_visible),
		cmocka_unit_test(escaping_shows_broken_utf8),
		cmocka_unit_test(escaping_stops_between_characters),
		cmocka_unit_test(copy_says_when_it_cut),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(clean_span_stops_at_what_would_be_escaped),
		cmocka_unit_test(files_are_read_whole_or_not_at_all),
		cmocka_unit_test(nearest_finds_slips_only),
		cmocka_unit_test(memory_survives_zero_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
