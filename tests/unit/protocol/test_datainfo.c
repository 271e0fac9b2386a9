#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "protocol/datainfo.h"

static const struct datainfo degrees = {
	.type = DATAINFO_DOUBLE,
	.limited = true,
	.min = 0,
	.max = 1200,
	.unit = "\xc2\xb0\x43",
	.fmtstr = "%.2f",
};
static const struct datainfo steps = {
	.type = DATAINFO_INT,
	.min = -1,
	.max = 10,
};
static const struct datainfo yes = { .type = DATAINFO_BOOL };
static const struct datainfo valve = {
	.type = DATAINFO_ENUM,
	.n_members = 2,
	.members =
		(const struct datainfo_member[]){
			{ .name = "closed", .code = 0 },
			{ .name = "open", .code = 1 } },
};
static const struct datainfo word = {
	.type = DATAINFO_STRING,
	.minlen = 1,
	.maxlen = 3,
};
static const struct datainfo utf8 = {
	.type = DATAINFO_STRING,
	.maxlen = 2,
	.utf8 = true,
};
static const struct datainfo words = {
	.type = DATAINFO_ARRAY,
	.minlen = 1,
	.maxlen = 2,
	.items = &word,
};
static const struct datainfo pair = {
	.type = DATAINFO_TUPLE,
	.n_members = 2,
	.members = (const struct datainfo_member[]){ { .of = &valve },
						     { .of = &word } },
};
static const struct datainfo mixed = {
	.type = DATAINFO_STRUCT,
	.n_members = 3,
	.members =
		(const struct datainfo_member[]){
			{ .name = "n", .of = &steps },
			{ .name = "valve", .of = &valve, .optional = true },
			{ .name = "b", .of = &yes, .optional = true } },
};
static const struct datainfo nothing = { .type = DATAINFO_NONE };

/* "->" and the normal form, or the class of the error. */
static void check(const struct datainfo *d, const char *json,
		  const char *wanted)
{
	_cleanup_(text_free) struct text got = { 0 };
	enum error_class c;
	struct err err = { 0 };
	json_t *v = json_read(json, strlen(json), &c, &err);

	assert_non_null(v);
	if (datainfo_check(d, &v, &c, &err)) {
		text_add(&got, error_class_name(c));
		assert_true(err.msg[0]);
	} else {
		text_add(&got, "->");
		json_add_value(&got, v);
	}
	json_decref(v);
	assert_string_equal(text_str(&got), wanted);
}

static void doubles(void **state)
{
	(void)state;
	check(&degrees, "0", "->0");
	check(&degrees, "1200.0", "->1200");
	check(&degrees, "1200.0000000001", "RangeError");
	check(&degrees, "-0.1", "RangeError");
	check(&degrees, "true", "WrongType");
	check(&degrees, "\"1\"", "WrongType");
	check(&degrees, "null", "WrongType");
}

static void integers(void **state)
{
	(void)state;
	check(&steps, "5", "->5");
	check(&steps, "5.0", "->5");
	check(&steps, "-1", "->-1");
	check(&steps, "5.5", "WrongType");
	check(&steps, "11", "RangeError");
	check(&steps, "1e300", "RangeError");
	check(&steps, "9223372036854775807", "RangeError");
	check(&steps, "false", "WrongType");
}

static void bools(void **state)
{
	(void)state;
	check(&yes, "true", "->true");
	check(&yes, "0", "->false");
	check(&yes, "1", "->true");
	check(&yes, "2", "WrongType");
	check(&yes, "\"true\"", "WrongType");
}

static void enums(void **state)
{
	(void)state;
	check(&valve, "1", "->1");
	check(&valve, "\"open\"", "->1");
	check(&valve, "\"Open\"", "RangeError");
	check(&valve, "2", "RangeError");
	check(&valve, "true", "WrongType");
}

static void strings(void **state)
{
	(void)state;
	check(&word, "\"abc\"", "->\"abc\"");
	check(&word, "\"abcd\"", "RangeError");
	check(&word, "\"\"", "RangeError");
	check(&word, "\"\\u00fc\"", "RangeError");
	check(&utf8, "\"\\u00fc\\ud83d\\udd2c\"",
	      "->\"\\u00fc\\ud83d\\udd2c\"");
	check(&word, "1", "WrongType");
}

static void arrays(void **state)
{
	(void)state;
	check(&words, "[\"a\"]", "->[\"a\"]");
	check(&words, "[]", "RangeError");
	check(&words, "[\"a\",\"b\",\"c\"]", "RangeError");
	check(&words, "[\"a\",1]", "WrongType");
	check(&words, "{}", "WrongType");
}

static void tuples(void **state)
{
	(void)state;
	check(&pair, "[\"open\",\"a\"]", "->[1,\"a\"]");
	check(&pair, "[1]", "WrongType");
	check(&pair, "[1,\"a\",2]", "WrongType");
	check(&pair, "[7,\"a\"]", "RangeError");
}

static void structs(void **state)
{
	(void)state;
	check(&mixed, "{\"n\":1.0,\"valve\":\"open\",\"b\":1}",
	      "->{\"n\":1,\"valve\":1,\"b\":true}");
	check(&mixed, "{\"n\":1}", "->{\"n\":1}");
	check(&mixed, "{\"n\":1,\"more\":[]}", "->{\"n\":1,\"more\":[]}");
	check(&mixed, "{}", "WrongType");
	check(&mixed, "{\"n\":null}", "WrongType");
	check(&mixed, "[1]", "WrongType");
}

static void commands_without_argument(void **state)
{
	(void)state;
	check(&nothing, "null", "->null");
	check(&nothing, "0", "WrongType");
}

static void message_names_value_and_bound(void **state)
{
	enum error_class c;
	struct err err;
	json_t *v = json_integer(1300);

	(void)state;
	assert_int_equal(datainfo_check(&degrees, &v, &c, &err), -1);
	json_decref(v);
	assert_string_equal(err.msg, "1300 is above the maximum 1200 "
				     "\xc2\xb0\x43");
}

static void prints(const struct datainfo *d, const char *wanted)
{
	_cleanup_(text_free) struct text t = { 0 };
	struct datainfo *copy = datainfo_copy(d);

	datainfo_print(copy, &t);
	datainfo_free(copy);
	assert_string_equal(text_str(&t), wanted);
}

static void copies_are_printed_as_secop_wants_it(void **state)
{
	(void)state;
	prints(&degrees, "{\"type\":\"double\",\"min\":0,\"max\":1200,"
			 "\"unit\":\"\\u00b0C\",\"fmtstr\":\"%.2f\"}");
	prints(&steps, "{\"type\":\"int\",\"min\":-1,\"max\":10}");
	prints(&yes, "{\"type\":\"bool\"}");
	prints(&valve, "{\"type\":\"enum\",\"members\":{\"closed\":0,"
		       "\"open\":1}}");
	prints(&utf8, "{\"type\":\"string\",\"maxchars\":2,"
		      "\"isUTF8\":true}");
	prints(&words, "{\"type\":\"array\",\"minlen\":1,\"maxlen\":2,"
		       "\"members\":{\"type\":\"string\",\"minchars\":1,"
		       "\"maxchars\":3}}");
	prints(&pair,
	       "{\"type\":\"tuple\",\"members\":[{\"type\":\"enum\","
	       "\"members\":{\"closed\":0,\"open\":1}},{\"type\":\"string\","
	       "\"minchars\":1,\"maxchars\":3}]}");
	prints(&mixed,
	       "{\"type\":\"struct\",\"members\":{\"n\":{\"type\":"
	       "\"int\",\"min\":-1,\"max\":10},\"valve\":{\"type\":\"enum\","
	       "\"members\":{\"closed\":0,\"open\":1}},\"b\":{\"type\":"
	       "\"bool\"}},\"optional\":[\"valve\",\"b\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles),
		cmocka_unit_test(integers),
		cmocka_unit_test(bools),
		cmocka_unit_test(enums),
		cmocka_unit_test(strings),
		cmocka_unit_test(arrays),
		cmocka_unit_test(tuples),
		cmocka_unit_test(structs),
		cmocka_unit_test(commands_without_argument),
		cmocka_unit_test(message_names_value_and_bound),
		cmocka_unit_test(copies_are_printed_as_secop_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
