#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/view.h"

static const struct terminal pipe_end;

/* Updates as a daemon would send them. */
static void told(struct snapshot *s, const char *name, const char *json)
{
	char module[64];
	const char *colon = strchr(name, ':');
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
	struct client_update u = {
		.module = module,
		.parameter = colon + 1,
		.value = value,
		.t = INT64_C(1795332932) * NSEC_PER_S,
		.message = "",
	};

	assert_non_null(value);
	memcpy(module, name, (size_t)(colon - name));
	module[colon - name] = '\0';
	snapshot_on_update(s, &u);
	json_decref(value);
}

static void told_error(struct snapshot *s, const char *module,
		       const char *parameter)
{
	const struct client_update u = {
		.module = module,
		.parameter = parameter,
		.class = ERROR_HARDWARE,
		.message = "no good reading",
	};

	snapshot_on_update(s, &u);
}

static void tell_run(struct snapshot *s)
{
	told(s, "run:_state", "\"running\"");
	told(s, "run:status", "[300, \"running: hold at 350 °C\"]");
	told(s, "run:_run", "3");
	told(s, "run:_recipe", "\"AuRu\"");
	told(s, "run:_label", "\"chip 7\"");
	told(s, "run:_level", "\"run\"");
	told(s, "run:_safe_confirmed", "true");
	told(s, "run:_step", "12");
	told(s, "run:_step_count", "40");
	told(s, "run:_step_label", "\"hold at 350 °C\"");
	told(s, "run:_soaked", "250");
	told(s, "run:_soak_asked", "600");
	told(s, "run:_progress", "0.456");
	told(s, "run:_setpoint", "350");
	told(s, "heater_output:value", "1");
	told(s, "run:_images", "1");
	told(s, "run:_images_planned", "6");
	told(s, "run:_last_image", "\"/i/1.tif\"");
	told(s, "run:_gas_inlet", "\"vacuum\"");
	told(s, "run:_gas_sample", "\"Ar 100.0 %\"");
	told(s, "heater:value", "349.96");
	told(s, "cell_pressure:value", "50.1274");
	told(s, "beam:value", "0");
}

static void expect_in(const struct snapshot *s, const char *expected)
{
	struct text out = { 0 };

	view_block(s, &pipe_end, &out);
	if (!strstr(text_str(&out), expected))
		assert_string_equal(text_str(&out), expected);
	text_free(&out);
}

static void expect_not_in(const struct snapshot *s, const char *unwanted)
{
	struct text out = { 0 };

	view_block(s, &pipe_end, &out);
	assert_null(strstr(text_str(&out), unwanted));
	text_free(&out);
}

static void a_run_is_told_in_lines(void **state)
{
	struct snapshot s = { 0 };

	(void)state;
	tell_run(&s);
	expect_in(&s, "running   AuRu (run 3, chip 7)\n");
	expect_in(&s, "step      12 of 40: hold at 350 °C (4 min 10 s of "
		      "10 min in its band)\n");
	expect_in(&s, "progress  45 %\n");
	expect_in(&s, "heater    350.0 °C, setpoint 350.0 °C\n");
	told(&s, "heater_output:value", "0");
	expect_in(&s, "heater    350.0 °C, off\n");
	expect_in(&s, "cell      50.13 Torr, vacuum (at the sample: Ar 100.0 "
		      "%)\n");
	expect_in(&s, "beam      blanked\n");
	expect_in(&s, "images    1 of 6, newest /i/1.tif\n");
	snapshot_fini(&s);
}

static void an_error_is_never_shown_as_the_value_before(void **state)
{
	struct snapshot s = { 0 };

	(void)state;
	tell_run(&s);
	told_error(&s, "heater", "value");
	told_error(&s, "heater_output", "value");
	told_error(&s, "beam", "value");
	expect_in(&s, "heater    no good reading, on or off?\n");
	expect_in(&s, "beam      not known\n");
	snapshot_fini(&s);
}

static void a_trip_says_its_cause_and_what_to_do(void **state)
{
	struct snapshot s = { 0 };

	(void)state;
	tell_run(&s);
	told(&s, "run:_state", "\"aborted\"");
	told(&s, "run:status", "[400, \"aborted: heater above 1030 °C\"]");
	told(&s, "run:_level", "\"cool\"");
	told(&s, "run:_cause", "\"heater above 1030 °C\"");
	told(&s, "run:_latched", "true");
	told(&s, "run:_safe_confirmed", "false");
	expect_in(&s, "aborted   AuRu (run 3, chip 7): heater above 1030 °C");
	expect_in(&s, "TRIPPED   cool: heater above 1030 °C (when the cause "
		      "is gone: gascellctl reset)\n");
	expect_in(&s, "NOT SAFE");
	expect_not_in(&s, "step      ");
	snapshot_fini(&s);
}

static void a_question_says_how_to_answer(void **state)
{
	struct snapshot s = { 0 };

	(void)state;
	tell_run(&s);
	told(&s, "run:_prompt", "\"Sample in?\"");
	told(&s, "run:_choices", "[\"yes\", \"not yet\"]");
	expect_in(&s, "asks      Sample in? (answer with: gascellctl answer "
		      "'yes' | 'not yet')\n");
	snapshot_fini(&s);
}

static void nothing_told_is_nothing_known(void **state)
{
	struct snapshot s = { 0 };

	(void)state;
	expect_in(&s, "idle      no recipe was run");
	expect_in(&s, "heater    no good reading, on or off?\n");
	expect_in(&s, "cell      pressure not known");
	expect_not_in(&s, "NOT SAFE");
}

static void text_of_a_recipe_moves_no_cursor(void **state)
{
	struct snapshot s = { 0 };

	(void)state;
	tell_run(&s);
	told(&s, "run:_recipe", "\"\\u001b[2Jx\"");
	expect_in(&s, "\\x1b[2Jx");
	snapshot_fini(&s);
}

static void an_outcome_is_not_said_twice(void **state)
{
	struct snapshot s = { 0 };
	struct text out = { 0 };

	(void)state;
	told(&s, "run:_state", "\"stopped\"");
	told(&s, "run:status", "[200, \"stopped: stopped by the operator\"]");
	view_status(&s, &out);
	assert_string_equal(text_str(&out), "stopped by the operator");
	text_free(&out);
	snapshot_fini(&s);
}

static void expect_bar(double fraction, const char *expected)
{
	struct text out = { 0 };

	view_bar(fraction, 4, &out);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
}

static void a_bar_has_eighths_and_bounds(void **state)
{
	(void)state;
	expect_bar(0, "[░░░░]");
	expect_bar(0.5, "[██░░]");
	expect_bar(0.53126, "[██▏░]");
	expect_bar(1, "[████]");
	expect_bar(7, "[████]");
	expect_bar(-1, "[░░░░]");
}

static void json_has_no_underscores_of_ours(void **state)
{
	struct snapshot s = { 0 };
	json_t *o;

	(void)state;
	tell_run(&s);
	told_error(&s, "heater", "value");
	o = snapshot_json(&s);
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(o, "run"), "step")),
			 12);
	assert_true(json_is_null(json_object_get(
		json_object_get(json_object_get(o, "roles"), "heater"),
		"value")));
	json_decref(o);
	snapshot_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_told_in_lines),
		cmocka_unit_test(an_error_is_never_shown_as_the_value_before),
		cmocka_unit_test(a_trip_says_its_cause_and_what_to_do),
		cmocka_unit_test(a_question_says_how_to_answer),
		cmocka_unit_test(nothing_told_is_nothing_known),
		cmocka_unit_test(text_of_a_recipe_moves_no_cursor),
		cmocka_unit_test(an_outcome_is_not_said_twice),
		cmocka_unit_test(a_bar_has_eighths_and_bounds),
		cmocka_unit_test(json_has_no_underscores_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
