#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "protocol/json.h"

static void values_come_back_as_they_were(void **state)
{
	static const char s[] = "{\"a\":[1,2.5,true,false,null,\"\\u00b0\"],"
				"\"b\":{}}";
	_cleanup_(text_free) struct text t = { 0 };
	enum error_class c;
	struct err err;
	json_t *v = json_read(s, strlen(s), &c, &err);

	(void)state;
	assert_non_null(v);
	json_add_value(&t, v);
	assert_string_equal(text_str(&t), s);
	json_decref(v);
}

static void reads_independent_of_the_locale(void **state)
{
	enum error_class c;
	struct err err;
	json_t *v;

	(void)state;
	/* Without that locale on this machine this tests less. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	v = json_read("850.5", 5, &c, &err);
	assert_true(json_number_value(v) == 850.5);
	json_decref(v);
	setlocale(LC_ALL, "C");
}

static void whole_numbers_beyond_64_bits_are_doubles(void **state)
{
	enum error_class c;
	struct err err;
	json_t *v = json_read("100000000000000000000", 21, &c, &err);

	(void)state;
	assert_true(json_real_value(v) == 1e20);
	json_decref(v);
}

static void too_large_is_a_range_error(void **state)
{
	enum error_class c;
	struct err err;

	(void)state;
	assert_null(json_read("[1e999]", 7, &c, &err));
	assert_int_equal(c, ERROR_RANGE);
	assert_int_equal(err.code, ERR_RANGE);
}

static void refuses_what_is_not_json(void **state)
{
	static const char *const cases[] = {
		"",
		"{",
		"[1,]",
		"'a'",
		"{\"a\":1,\"a\":1}",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\xff\"",
		"1 2",
		"nul",
		"+1",
		".5",
		"0x10",
		"NaN",
		"\"a\nb\"",
		"\"",
	};
	enum error_class c;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_null(json_read(cases[i], strlen(cases[i]), &c, &err));
		assert_int_equal(c, ERROR_BAD_JSON);
	}
}

static void much_that_is_in_no_string_is_refused(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };
	enum error_class c;
	struct err err;
	json_t *v;

	(void)state;
	text_add(&t, "[1,");
	while (t.n < 200)
		text_add_char(&t, ' ');
	text_add(&t, "1]");
	v = json_read_within(t.s, t.n, 4, &c, &err);
	assert_non_null(v);
	json_decref(v);
	assert_null(json_read_within(t.s, t.n, 3, &c, &err));
	assert_int_equal(c, ERROR_BAD_JSON);
	assert_string_equal(err.msg,
			    "more than 192 bytes that are in no string");
}

static void a_message_shows_the_beginning(void **state)
{
	static const char json[] = "[\"abc\\u00b0\\u00b0\", 2, {\"k\": 3}]";
	_cleanup_(text_free) struct text t = { 0 };
	enum error_class c;
	struct err err;
	json_t *v = json_read(json, sizeof(json) - 1, &c, &err);

	(void)state;
	assert_non_null(v);
	json_add_beginning(&t, v, 4);
	assert_string_equal(text_str(&t), "[\"abc\"]");
	text_clear(&t);
	json_add_beginning(&t, v, 100);
	assert_string_equal(text_str(&t),
			    "[\"abc\\u00b0\\u00b0\",2,{\"k\":3}]");
	json_decref(v);
}

/* -- long strings, which are read by ourselves --------------------------- */

/* n characters, with everything in it that a string can have. */
static void add_long(struct text *t, size_t n, unsigned seed)
{
	static const char *const parts[] = {
		"plain",	"\\n",	     "\\\"",
		"\\u00b0",	"\xc2\xb0",  "\\ud83d\\ude00",
		"\\\\",		" 20 K/min", "\\/",
		"\xe2\x82\xac", "\\u20AC",   "\xf0\x9f\x98\x80",
		"[{\\\",:]}",	"\\t",
	};
	size_t end = t->n + n;

	text_add_char(t, '"');
	while (t->n < end) {
		text_add(t, parts[seed % ARRAY_SIZE(parts)]);
		seed = seed * 1103515245 + 12345;
		seed ^= seed >> 16;
	}
	text_add_char(t, '"');
}

static void same_as_jansson(const struct text *t)
{
	enum error_class c = ERROR_NONE;
	struct err err = { 0 };
	json_t *ours = json_read(t->s, t->n, &c, &err);
	json_t *theirs = json_loadb(
		t->s, t->n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	assert_non_null(ours);
	assert_non_null(theirs);
	assert_true(json_equal(ours, theirs));
	json_decref(ours);
	json_decref(theirs);
}

static void long_strings_are_read_as_short_ones(void **state)
{
	static const size_t lengths[] = { 2, 2040, 2048, 2049, 5000, 100000 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		_cleanup_(text_free) struct text t = { 0 };

		add_long(&t, lengths[i], (unsigned)i);
		same_as_jansson(&t);
	}
}

static void long_strings_come_back_to_their_places(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };
	unsigned i;

	(void)state;
	text_add(&t, "{\"a\": \"\", ");
	add_long(&t, 3000, 1); /* a key */
	text_add(&t, " : ");
	add_long(&t, 3000, 2);
	text_add(&t, ",\"b\":[1,\"\",[");
	for (i = 0; i < 100; i++) {
		text_add(&t, i ? "," : "");
		add_long(&t, 3000, i);
		text_add(&t, ",\"\",{\"x\":");
		add_long(&t, i * 40, i);
		text_add(&t, "}");
	}
	text_add(&t, "]],\"c\":null}");
	same_as_jansson(&t);
}

static void long_strings_are_refused_as_short_ones(void **state)
{
	static const char *const wrong[] = {
		"\xff",	   "\xc3",  "\xed\xa0\x80", "\\ud800", "\\udc00",
		"\\u0000", "\\u00", "\\x",	    "\x01",    "\\ud800\\u0041",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_(text_free) struct text t = { 0 };
		enum error_class c;
		struct err err;

		text_add(&t, "[\"");
		while (t.n < 3000)
			text_add(&t, "0123456789");
		text_add(&t, wrong[i]);
		text_add(&t, " and on\"]");
		assert_null(json_read(t.s, t.n, &c, &err));
		assert_int_equal(c, ERROR_BAD_JSON);
		/* Cut off within the string, too. */
		assert_null(json_read(t.s, 2900, &c, &err));
		assert_int_equal(c, ERROR_BAD_JSON);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back_as_they_were),
		cmocka_unit_test(reads_independent_of_the_locale),
		cmocka_unit_test(whole_numbers_beyond_64_bits_are_doubles),
		cmocka_unit_test(too_large_is_a_range_error),
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(much_that_is_in_no_string_is_refused),
		cmocka_unit_test(a_message_shows_the_beginning),
		cmocka_unit_test(long_strings_are_read_as_short_ones),
		cmocka_unit_test(long_strings_come_back_to_their_places),
		cmocka_unit_test(long_strings_are_refused_as_short_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
