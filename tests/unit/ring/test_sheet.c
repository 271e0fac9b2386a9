#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ring/sheet.h"

struct library {
	int asked;
};

static int find(void *context, const char *name, struct text *out,
		struct text *file, struct err *err)
{
	struct library *l = context;

	l->asked++;
	if (strcmp(name, "clean"))
		return err_set(err, ERR_NOT_FOUND, "no recipe '%s'", name);
	text_add(out, "recipe: \"clean\"\n# \xc2\xb5\n");
	text_add(file, "lib/clean.yaml");
	return 0;
}

static const struct recipe_param params[] = {
	{ "pressure", "782 Torr" },
	{ "quote", "\"\\\n" },
};

static void fill(struct sheet *s, struct library *l)
{
	const struct recipe_source source = {
		.text = "recipe: x\n",
		.n = 10,
		.file = "x.yaml",
		.params = params,
		.n_params = 2,
		.find = find,
		.find_context = l,
	};
	struct err err;

	assert_int_equal(sheet_fill(s, &source, &err), 0);
}

static int look(struct sheet *s, const char *name, struct text *text)
{
	struct text file = { 0 };
	struct err err;
	int status;

	text_clear(text);
	status = sheet_find(s, name, text, &file, &err);
	text_free(&file);
	return status;
}

static void test_included_texts_are_kept(void **state)
{
	struct library l = { 0 };
	struct sheet s = { 0 };
	struct text text = { 0 };

	(void)state;
	fill(&s, &l);
	assert_int_equal(look(&s, "clean", &text), 0);
	assert_int_equal(look(&s, "clean", &text), 0);
	assert_int_equal(l.asked, 1);
	assert_int_equal(look(&s, "dirty", &text), -1);
	assert_int_equal(s.n_includes, 1);
	sheet_fini(&s);
	text_free(&text);
}

static void test_what_is_printed_reads_back_the_same(void **state)
{
	struct library l = { 0 };
	struct sheet s = { 0 }, again = { 0 };
	struct text json = { 0 }, twice = { 0 }, text = { 0 };
	struct recipe_source source;
	struct err err;

	(void)state;
	fill(&s, &l);
	assert_int_equal(look(&s, "clean", &text), 0);
	sheet_print(&s, &json);
	assert_int_equal(sheet_parse(&again, text_str(&json), &err), 0);
	sheet_print(&again, &twice);
	assert_string_equal(text_str(&json), text_str(&twice));
	source = sheet_source(&again);
	assert_string_equal(source.file, "x.yaml");
	assert_int_equal(source.n, 10);
	assert_int_equal(source.n_params, 2);
	assert_string_equal(source.params[1].value, "\"\\\n");
	assert_int_equal(look(&again, "clean", &text), 0);
	assert_string_equal(text_str(&text), "recipe: \"clean\"\n# \xc2\xb5\n");
	assert_int_equal(look(&again, "other", &text), -1);
	sheet_fini(&s);
	sheet_fini(&again);
	text_free(&json);
	text_free(&twice);
	text_free(&text);
}

static void test_too_many_parameters_are_refused(void **state)
{
	struct recipe_param many[RECIPE_PARAMS_MAX + 1];
	struct recipe_source source = { .text = "",
					.file = "x",
					.params = many };
	struct sheet s = { 0 };
	struct err err;

	(void)state;
	for (size_t i = 0; i <= RECIPE_PARAMS_MAX; i++)
		many[i] = (struct recipe_param){ "a", "b" };
	source.n_params = RECIPE_PARAMS_MAX;
	assert_int_equal(sheet_fill(&s, &source, &err), 0);
	source.n_params++;
	assert_int_equal(sheet_fill(&s, &source, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	sheet_fini(&s);
}

static void test_broken_sheets_are_refused(void **state)
{
	static const char *const broken[] = {
		"",
		"[]",
		"{}",
		"{\"file\":\"x\"}",
		"{\"file\":1,\"text\":2}",
		"{\"file\":\"x\",\"text\":\"y\",\"parameters\":{\"a\":1}}",
		"{\"file\":\"x\",\"text\":\"y\",\"includes\":{\"a\":1}}",
		"{\"file\":\"x\",\"text\":\"y\",\"start\":{}}",
		"{\"file\":\"x\",\"text\":\"y\",\"start\":{\"flows\":[],"
		"\"partial_Torr\":[],\"last_reactive\":4}}",
		NULL,
	};

	(void)state;
	for (size_t i = 0; broken[i]; i++) {
		struct sheet s = { 0 };
		struct err err;

		assert_int_equal(sheet_parse(&s, broken[i], &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_null(s.file);
	}
}

static void test_includes_as_an_object(void **state)
{
	struct library l = { 0 };
	struct sheet s = { 0 };
	struct text json = { 0 }, text = { 0 };

	(void)state;
	fill(&s, &l);
	sheet_includes(&s, &json);
	assert_string_equal(text_str(&json), "{}");
	assert_int_equal(look(&s, "clean", &text), 0);
	text_clear(&json);
	sheet_includes(&s, &json);
	assert_string_equal(text_str(&json),
			    "{\"clean\":\"recipe: "
			    "\\\"clean\\\"\\n# \xc2\xb5\\n\"}");
	sheet_fini(&s);
	text_free(&json);
	text_free(&text);
}

/* Bit by bit: a plan is compiled from it again. */
static void test_the_start_reads_back_the_same(void **state)
{
	struct recipe_start start = { .temperature = (double)NAN };
	struct library l = { 0 };
	struct sheet s = { 0 }, again = { 0 }, copy = { 0 };
	struct text json = { 0 };
	struct err err;

	(void)state;
	fill(&s, &l);
	ledger_init(&start.ledger, 759.0 / 3.0);
	start.ledger.partial[3] = 0.1 + 0.2;
	start.ledger.flows[3] = true;
	start.ledger.last = GAS_FUEL;
	s.has_start = true;
	s.start = start;
	sheet_print(&s, &json);
	assert_int_equal(sheet_parse(&again, text_str(&json), &err), 0);
	sheet_copy(&copy, &again);
	assert_true(copy.has_start);
	assert_true(isnan(copy.start.temperature));
	assert_memory_equal(copy.start.ledger.partial, start.ledger.partial,
			    sizeof(start.ledger.partial));
	assert_memory_equal(copy.start.ledger.flows, start.ledger.flows,
			    sizeof(start.ledger.flows));
	assert_memory_equal(&copy.start.ledger.pressure, &start.ledger.pressure,
			    sizeof(double));
	assert_int_equal(copy.start.ledger.last, GAS_FUEL);
	assert_string_equal(text_str(&copy.text), text_str(&s.text));
	sheet_fini(&s);
	sheet_fini(&again);
	sheet_fini(&copy);
	text_free(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_included_texts_are_kept),
		cmocka_unit_test(test_what_is_printed_reads_back_the_same),
		cmocka_unit_test(test_too_many_parameters_are_refused),
		cmocka_unit_test(test_broken_sheets_are_refused),
		cmocka_unit_test(test_includes_as_an_object),
		cmocka_unit_test(test_the_start_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
