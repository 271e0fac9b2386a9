/* What a recipe becomes around its verbs: loops, includes, its head and tail,
 * parameters, labels. */
#include <stdio.h>
#include <string.h>

#include "compiled.h"

static void repeat_repeats(void **state)
{
	laboratory_expect(
		state, "- repeat: {times: 2, steps: [{note: a}, {note: b}]}\n",
		"| a\n| b\n| a\n| b\n");
}

static void for_each_gives_its_value(void **state)
{
	laboratory_expect(state,
			  "- for_each:\n"
			  "    t: [100 °C, 200 °C]\n"
			  "    steps:\n"
			  "      - ramp: {to: $t}\n",
			  "| ramp to 100 °C at 20 °C/min\n"
			  "| ramp to 200 °C at 20 °C/min\n");
}

static void for_each_takes_mixtures(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- for_each:\n"
		       "    gas: [{Ar: 1}, {N2: 1, Ar: 1}, N2]\n"
		       "    steps:\n"
		       "      - atmosphere: {gas: $gas, pressure: 100 Torr}\n");

	assert_non_null(strstr(plan_label(p, 0), "Ar at 100 Torr"));
	assert_non_null(strstr(plan_label(p, 4), "N2 50 %, Ar 50 % at"));
	assert_non_null(strstr(plan_label(p, 8), "N2 at 100 Torr"));
}

static void for_each_nests(void **state)
{
	laboratory_expect(state,
			  "- for_each:\n"
			  "    a: [x, y]\n"
			  "    steps:\n"
			  "      - for_each:\n"
			  "          b: [1, 2]\n"
			  "          steps:\n"
			  "            - note: $a$b\n",
			  "| x1\n| x2\n| y1\n| y2\n");
}

static void include_is_given_values(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- for_each:\n"
		"    t: [100 °C, 250 °C]\n"
		"    steps:\n"
		"      - include: {recipe: gentle, with: {to: $t}}\n",
		"| ramp to 100 °C at 20 °C/min\n"
		"| ramp to 250 °C at 20 °C/min\n");

	assert_int_equal(p->steps[1].line, 6);
}

/* The steps of a recipe that was included do not see the names around it. */
static void include_sees_its_own_names_only(void **state)
{
	laboratory_expect(state,
			  "- for_each:\n"
			  "    to: [100 °C]\n"
			  "    steps:\n"
			  "      - include: gentle\n",
			  "| ramp to 200 °C at 20 °C/min\n");
}

static void tail_is_apart(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p = laboratory_compile(l, "recipe: t\n"
						     "steps:\n"
						     "  - wait: 1 min\n"
						     "on_fault:\n"
						     "  - cool: rapid\n"
						     "  - wait: 1 h\n");

	assert_non_null(p);
	assert_int_equal(p->tail, 1);
	assert_int_equal(p->n_steps, 3);
	assert_int_equal(p->shortest, 60 * NSEC_PER_S);
	assert_true(p->steps[1].flags & STEP_BOUNDARY);
}

static void header_is_in_the_plan(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p = laboratory_compile(
		l, "recipe: A name\n"
		   "about: What for.\n"
		   "limits: {temperature: 300 °C, pressure: 1 bar}\n"
		   "resume_after_crash: yes\n"
		   "steps: [isolate]\n");

	assert_non_null(p);
	assert_string_equal(p->name, "A name");
	assert_string_equal(p->about, "What for.");
	laboratory_near(p->temperature_max, 300);
	assert_true(p->pressure_max > 750 && p->pressure_max < 750.1);
	assert_true(p->resume_after_crash);
	assert_int_equal(p->tail, p->n_steps);
}

static void gas_use_is_flow_times_time(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- atmosphere: {gas: {H2: 3, N2: 1}, pressure: 350 Torr, flow: "
		"0.1 sccm}\n"
		"- wait: 10 min\n");

	/* The site's phase flows 2 sccm, for 30 s and for 10 min. */
	laboratory_near(p->gas_sccm_min[1], 1.5 * 10.5);
	laboratory_near(p->gas_sccm_min[2], 0.5 * 10.5);
}

static void params_override(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p;

	laboratory_param(l, "to", "200 °C");
	laboratory_param(l, "gas", "{N2: 1, Ar: 1}");
	p = laboratory_compile(
		l, "recipe: t\n"
		   "parameters: {to: 100 °C, gas: Ar}\n"
		   "steps:\n"
		   "  - atmosphere: {gas: $gas, pressure: 100 Torr}\n"
		   "  - ramp: {to: $to}\n");
	assert_non_null(p);
	laboratory_near(p->steps[p->n_steps - 1].ramp.target, 200);
	assert_non_null(strstr(plan_label(p, 0), "N2 50 %, Ar 50 %"));
}

static void params_are_json(void **state)
{
	const char *text = "recipe: t\n"
			   "parameters: {to: 100 °C, gas: {H2: 3}, why: "
			   "\"a \\\"b\\\"\", n: [1, 2]}\n"
			   "steps: [isolate]\n";
	struct recipe_param param = { "to", "200 °C" };
	struct recipe_source source = { .text = text,
					.n = strlen(text),
					.file = "r.yaml",
					.params = &param,
					.n_params = 1 };
	_cleanup_(text_free) struct text out = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(recipe_params_json(&source, &out, &err), 0);
	assert_string_equal(text_str(&out),
			    "{\"to\":\"200 °C\",\"gas\":{\"H2\":\"3\"},"
			    "\"why\":\"a \\\"b\\\"\",\"n\":[\"1\",\"2\"]}");
}

static void params_of_a_recipe_without_any(void **state)
{
	struct recipe_source source = { .text = "recipe: t\n",
					.n = 10,
					.file = "r.yaml" };
	_cleanup_(text_free) struct text out = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(recipe_params_json(&source, &out, &err), 0);
	assert_string_equal(text_str(&out), "{}");
}

static void labels_fit(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p = laboratory_compile_file(l, "hydrogen-nitrogen");

	assert_non_null(p);
	for (uint32_t i = 0; i < p->n_steps; i++)
		assert_true(strlen(plan_label(p, i)) < PLAN_LABEL_MAX);
}

static void ten_thousand_steps(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- repeat:\n"
		"    times: 5000\n"
		"    steps: [{ramp: {to: 100 °C}}, {ramp: {to: 200 °C}}]\n");

	assert_int_equal(p->n_steps, 10000);
	assert_int_equal(p->steps[0].text, p->steps[9998].text);
}

static void same_text_gives_the_same_plan(void **state)
{
	struct laboratory *l = *state;
	struct plan *first;

	laboratory_compile_file(l, "overnight-pressure-series");
	first = l->plan;
	l->plan = NULL;
	laboratory_compile_file(l, "overnight-pressure-series");
	assert_non_null(first);
	assert_int_equal(first->n_steps, l->plan->n_steps);
	for (uint32_t i = 0; i < first->n_steps; i++) {
		assert_int_equal(first->steps[i].text, l->plan->steps[i].text);
		assert_int_equal(first->steps[i].longest,
				 l->plan->steps[i].longest);
	}
	for (uint32_t i = 0; i < first->n_sets; i++)
		assert_true(first->sets[i].value == l->plan->sets[i].value);
	plan_free(first);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, laboratory_setup_vouched,           \
					laboratory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(repeat_repeats),
		TEST(for_each_gives_its_value),
		TEST(for_each_takes_mixtures),
		TEST(for_each_nests),
		TEST(include_is_given_values),
		TEST(include_sees_its_own_names_only),
		TEST(tail_is_apart),
		TEST(header_is_in_the_plan),
		TEST(gas_use_is_flow_times_time),
		TEST(params_override),
		TEST(params_are_json),
		TEST(params_of_a_recipe_without_any),
		TEST(labels_fit),
		TEST(ten_thousand_steps),
		TEST(same_text_gives_the_same_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
