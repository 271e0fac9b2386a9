/* One test per mistake: what is said, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "laboratory.h"

/* The recipe is refused, and exactly this is said. */
static void refuse(void **state, const char *text, const char *said)
{
	struct laboratory *l = *state;

	assert_null(laboratory_compile(l, text));
	assert_string_equal(text_str(&l->said), said);
}

/* The same for steps, which begin on line 3. */
static void refuse_steps(void **state, const char *steps, const char *said)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(l, steps));
	assert_string_equal(text_str(&l->said), said);
}

static void says_wrong_unit(void **state)
{
	refuse_steps(state, "- ramp: {to: 350 Torr}\n",
		     "r.yaml:3:14: to: '350 Torr' is a pressure, but a "
		     "temperature is wanted (like '350 °C')\n");
}

static void says_bare_number(void **state)
{
	refuse_steps(state, "- ramp: {to: 350}\n",
		     "r.yaml:3:14: to: 350 has no unit: a temperature is "
		     "written like '350 °C'\n");
}

static void says_unknown_key(void **state)
{
	refuse_steps(state, "- ramp: {to: 350 °C, rat: 20 °C/min}\n",
		     "r.yaml:3:22: ramp has no 'rat'; did you mean 'rate'?\n");
}

static void says_unknown_key_of_the_recipe(void **state)
{
	refuse(state, "recipe: t\nlimts: {}\nsteps: [isolate]\n",
	       "r.yaml:2:1: a recipe has no 'limts'; did you mean 'limits'?\n");
}

static void says_duplicate_key(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(l, "- ramp:\n"
					"    to: 350 °C\n"
					"    to: 450 °C\n"));
	assert_non_null(strstr(text_str(&l->said), "r.yaml:5:5: "));
	assert_non_null(strstr(text_str(&l->said), "'to'"));
}

static void says_what_else_is_wrong_beside_a_duplicate(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(l, "- ramp: {to: 350 °C, to: 1 °C}\n"
					"- rmp: {to: 350 °C}\n"));
	assert_non_null(strstr(text_str(&l->said), "written twice"));
	assert_non_null(strstr(text_str(&l->said), "there is no step 'rmp'"));
}

static void says_unknown_verb(void **state)
{
	refuse_steps(state, "- rmp: {to: 350 °C}\n",
		     "r.yaml:3:3: there is no step 'rmp'; did you mean "
		     "'ramp'?\n");
}

static void says_two_verbs_in_a_step(void **state)
{
	refuse_steps(state, "- ramp: {to: 350 °C}\n  hold: 3 min\n",
		     "r.yaml:4:3: a step has one verb ('ramp'); 'hold' needs "
		     "a '- ' of its own, or more indentation\n");
}

static void says_missing_key(void **state)
{
	refuse_steps(state, "- ramp: {rate: 20 °C/min}\n",
		     "r.yaml:3:3: ramp needs 'to', like 'ramp: {to: 350 °C, "
		     "rate: 20 °C/min}'\n");
}

static void says_chip_limit(void **state)
{
	refuse_steps(state, "- ramp: {to: 1100 °C}\n",
		     "r.yaml:3:14: to: 1100 °C is too much: the chip allows "
		     "at most 1000 °C\n");
}

static void says_chip_rate(void **state)
{
	refuse_steps(state, "- ramp: {to: 100 °C, rate: 20 °C/s}\n",
		     "r.yaml:3:28: rate: 1200 °C/min is too much: the chip "
		     "allows at most 1000 °C/min\n");
}

static void says_instrument_limit(void **state)
{
	struct laboratory *l = *state;

	l->site.roles[0].max = 800;
	refuse_steps(state, "- ramp: {to: 900 °C}\n",
		     "r.yaml:3:14: to: 900 °C is too much: the heater takes "
		     "at most 800 °C\n");
}

static void says_recipe_limit(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "limits: {temperature: 300 °C}\n"
	       "steps:\n"
	       "  - anneal: {from: 100 °C, to: 400 °C, step: 50 °C, "
	       "hold: 1 min}\n",
	       "r.yaml:4:32: to: 400 °C is too much: the recipe's limits "
	       "allow at most 300 °C\n");
}

static void says_pressure_limit(void **state)
{
	refuse_steps(state, "- atmosphere: {gas: Ar, pressure: 2 bar}\n",
		     "r.yaml:3:35: pressure: 1500.12 Torr is too much: the "
		     "chip allows at most 900 Torr\n");
}

/* The inlet would be over the chip's limit; the recipe is to blame. */
static void says_inlet_pressure_at_the_recipe(void **state)
{
	refuse_steps(state,
		     "- atmosphere: {gas: Ar, pressure: 890 Torr, flow: 0.1 "
		     "sccm}\n",
		     "r.yaml:3:3: inlet_pressure: 923.44 Torr is too much: "
		     "the chip allows at most 900 Torr\n");
}

static void says_missing_gas(void **state)
{
	refuse_steps(state, "- atmosphere: {gas: CO, pressure: 1 Torr}\n",
		     "r.yaml:3:21: this laboratory has no gas.CO; it has H2, "
		     "N2, Ar, NH3, O2\n");
}

static void says_missing_role(void **state)
{
	struct laboratory *l = *state;

	laboratory_without(l, KNOWN_CAMERA);
	refuse_steps(state, "- image\n",
		     "r.yaml:3:3: this laboratory has no camera\n");
}

static void says_missing_heater(void **state)
{
	struct laboratory *l = *state;

	laboratory_without(l, KNOWN_HEATER);
	refuse_steps(state, "- ramp: {to: 100 °C}\n",
		     "r.yaml:3:3: this laboratory has no heater\n");
}

static void says_missing_phase(void **state)
{
	struct laboratory *l = *state;

	l->site.phases[PHASE_FLOW] = NULL;
	refuse_steps(state,
		     "- atmosphere: {gas: Ar, pressure: 350 Torr, flow: 0.1 "
		     "sccm}\n",
		     "r.yaml:3:3: this laboratory has no phase 'flow' in its "
		     "configuration: it cannot do this\n");
}

static void says_image_in_ramp(void **state)
{
	refuse_steps(state, "- ramp: {to: 350 °C, image: yes}\n",
		     "r.yaml:3:29: image: the temperature moves during a "
		     "ramp; declare it as a time lapse: 'image: {every: 30 "
		     "s}'\n");
}

static void says_counted_images_in_ramp(void **state)
{
	refuse_steps(state,
		     "- ramp: {to: 350 °C, image: {count: 3, every: 9 s}}\n",
		     "r.yaml:3:29: image: the temperature moves during a "
		     "ramp; declare it as a time lapse: 'image: {every: 30 "
		     "s}'\n");
}

static void says_unknown_name(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "parameters: {pressure: 782 Torr}\n"
	       "steps:\n"
	       "  - atmosphere: {gas: Ar, pressure: $presure}\n",
	       "r.yaml:4:37: there is no $presure; did you mean $pressure?\n");
}

/* The place is where it is used; the name says where it comes from. */
static void says_which_parameter(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "parameters: {top: 3 Torr}\n"
	       "steps:\n"
	       "  - ramp: {to: $top}\n",
	       "r.yaml:4:16: to: $top: '3 Torr' is a pressure, but a "
	       "temperature is wanted (like '350 °C')\n");
}

static void says_unreachable_flow(void **state)
{
	refuse_steps(state,
		     "- atmosphere: {gas: Ar, pressure: 50 Torr, flow: 1 "
		     "sccm}\n",
		     "r.yaml:3:50: flow: the holder passes at most 0.104 sccm "
		     "at 50 Torr; 'flow: {up_to: ...}' takes what passes\n");
}

static void says_unresolved_base(void **state)
{
	refuse_steps(state, "- evacuate: {to: 0.001 Torr}\n",
		     "r.yaml:3:18: no gauge of this laboratory resolves 0.001 "
		     "Torr; the best one can judge 0.024 Torr\n");
}

static void says_too_few_cycles(void **state)
{
	refuse_steps(state, "- purge: {gas: Ar, cycles: 1}\n",
		     "r.yaml:3:28: purge: 1 cycle leaves 0.13 %, but 0.01 % "
		     "is wanted: 2 are needed\n");
}

static void says_purge_gas_not_inert(void **state)
{
	refuse_steps(state, "- purge: {gas: H2}\n",
		     "r.yaml:3:16: purge: H2 is not inert\n");
}

static void says_wait_without_bound(void **state)
{
	refuse_steps(state, "- wait: {until: cell_pressure <= 1 Torr}\n",
		     "r.yaml:3:3: wait: every wait has a bound: add 'within: "
		     "10 min'\n");
}

static void says_unit_in_condition(void **state)
{
	refuse_steps(state,
		     "- wait: {until: cell_pressure <= 1 s, within: 1 min}\n",
		     "r.yaml:3:17: 'cell_pressure <= 1 s': '1 s' is a time, "
		     "but a pressure is wanted (like '782 Torr')\n");
}

static void says_unknown_role_in_condition(void **state)
{
	refuse_steps(state,
		     "- wait: {until: cell_presure <= 1 Torr, within: 1 min}\n",
		     "r.yaml:3:17: this laboratory has no cell_presure; did "
		     "you mean cell_pressure?\n");
}

static void says_hold_elsewhere(void **state)
{
	refuse_steps(state,
		     "- ramp: {to: 300 °C}\n"
		     "- hold: {for: 1 min, at: 350 °C}\n",
		     "r.yaml:4:26: at: the heater is at 300 °C here, not at "
		     "350 °C; 'ramp' there first\n");
}

static void says_unreachable_cool(void **state)
{
	refuse_steps(state, "- cool: {to: 20 °C}\n",
		     "r.yaml:3:14: to: the holder's surroundings are at 21 "
		     "°C; with the heater off it never gets to 20 °C\n");
}

static void says_beam_shower_on_hot_chip(void **state)
{
	refuse_steps(state,
		     "- ramp: {to: 300 °C}\n"
		     "- beam_shower: 1 h\n",
		     "r.yaml:4:3: beam_shower: the heater is on; 'cool: rapid' "
		     "first\n");
}

static void says_stair_that_is_none(void **state)
{
	refuse_steps(state,
		     "- anneal: {from: 100 °C, to: 200 °C, step: 50 °C, hold: "
		     "1 min, image: {except: [160 °C]}}\n",
		     "r.yaml:3:81: image: 160 °C is not a stair of this "
		     "anneal\n");
}

static void says_phase_verb_in_recipe(void **state)
{
	refuse_steps(state, "- set: {pump: on}\n",
		     "r.yaml:3:3: 'set' is for the phases of a site; a recipe "
		     "says what it wants with atmosphere, evacuate, purge or "
		     "isolate\n");
}

static void says_heating_in_tail(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "steps: [isolate]\n"
	       "on_fault:\n"
	       "  - ramp: {to: 100 °C}\n",
	       "r.yaml:4:5: 'ramp' cannot stand in on_fault: it must be safe "
	       "whatever has happened\n");
}

static void says_rate_in_tail(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "steps: [isolate]\n"
	       "on_fault:\n"
	       "  - cool: {to: 100 °C, rate: 5 °C/min}\n",
	       "r.yaml:4:5: cool: on_fault switches the heater off: leave the "
	       "rate out\n");
}

static void says_fuel_in_tail(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "steps: [isolate]\n"
	       "on_fault:\n"
	       "  - atmosphere: {gas: {H2: 1, N2: 9}, pressure: 1 Torr}\n",
	       "r.yaml:4:23: gas: on_fault lets in inert gases only, not "
	       "H2\n");
}

static void says_include_not_found(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(l, "- include: nothing-there\n"));
	assert_non_null(strstr(text_str(&l->said), "r.yaml:3:12: include: "));
}

static void says_include_of_a_path(void **state)
{
	refuse_steps(state, "- include: ../secret\n",
		     "r.yaml:3:12: include: '../secret' is not the name of a "
		     "recipe: a-z, 0-9, '-' and '_'\n");
}

static void says_include_of_itself(void **state)
{
	refuse_steps(state, "- include: itself\n",
		     "itself.yaml:3:12: include: a recipe cannot include "
		     "itself (itself, itself)\n");
}

static void says_include_in_a_ring(void **state)
{
	refuse_steps(state, "- include: ping\n",
		     "pong.yaml:3:12: include: a recipe cannot include itself "
		     "(ping, pong, ping)\n");
}

static void says_mistake_in_its_own_file(void **state)
{
	refuse_steps(state, "- include: broken\n",
		     "broken.yaml:3:14: to: 350 has no unit: a temperature is "
		     "written like '350 °C'\n");
}

static void says_limit_of_the_included(void **state)
{
	refuse_steps(state, "- include: {recipe: gentle, with: {to: 400 °C}}\n",
		     "gentle.yaml:5:14: to: 400 °C is too much: the recipe's "
		     "limits allow at most 300 °C\n");
}

static void says_unknown_with(void **state)
{
	refuse_steps(state,
		     "- include: {recipe: gentle, with: {too: 400 °C}}\n",
		     "r.yaml:3:36: the recipe has no parameter 'too'; did you "
		     "mean 'to'?\n");
}

static void says_wrong_kind_of_with(void **state)
{
	refuse_steps(state, "- include: {recipe: gentle, with: {to: 4 Torr}}\n",
		     "r.yaml:3:40: parameter to: '4 Torr' is a pressure, but a "
		     "temperature is wanted (like '350 °C')\n");
}

static void says_unknown_parameter_given(void **state)
{
	laboratory_param(*state, "presure", "3 Torr");
	refuse(state,
	       "recipe: t\n"
	       "parameters: {pressure: 782 Torr}\n"
	       "steps: [isolate]\n",
	       "r.yaml: the recipe has no parameter 'presure'; did you mean "
	       "'pressure'?\n");
}

static void says_wrong_kind_of_parameter_given(void **state)
{
	laboratory_param(*state, "pressure", "350");
	refuse(state,
	       "recipe: t\n"
	       "parameters: {pressure: 782 Torr}\n"
	       "steps: [isolate]\n",
	       "r.yaml: parameter pressure: 350 has no unit: a pressure is "
	       "written like '782 Torr'\n");
}

static void says_no_steps(void **state)
{
	refuse(state, "recipe: t\n", "r.yaml:1:1: the recipe has no 'steps'\n");
}

static void says_empty_steps(void **state)
{
	refuse(state, "recipe: t\nsteps: []\n",
	       "r.yaml:2:8: a list of steps is wanted, each with '- ' in "
	       "front\n");
}

static void says_list_instead_of_recipe(void **state)
{
	refuse(state, "- ramp: {to: 3 °C}\n",
	       "r.yaml:1:1: a recipe is a mapping with 'recipe' and 'steps', "
	       "not a list\n");
}

static void says_too_many_steps_once(void **state)
{
	refuse_steps(state,
		     "- repeat: {times: 1000, steps: [{repeat: {times: 1000, "
		     "steps: [isolate]}}]}\n",
		     "r.yaml: the recipe has more than 32768 steps, loops "
		     "unrolled\n");
}

/* A billion mistakes in a few bytes must not take a billion steps. */
static void ends_on_nested_mistakes(void **state)
{
	struct laboratory *l = *state;
	_cleanup_(text_free) struct text t = { 0 };

	for (int i = 0; i < 4; i++) {
		text_addf(&t, "%*s- for_each:\n%*sa: [1", 4 * i, "", 4 * i + 4,
			  "");
		for (int n = 0; n < 99; n++)
			text_add(&t, ", 1");
		text_addf(&t, "]\n%*ssteps:\n", 4 * i + 4, "");
	}
	text_addf(&t, "%*s- ramp: {to: 3}\n", 16, "");
	assert_null(laboratory_steps(l, text_str(&t)));
	assert_int_equal(l->problems.n_all, 1);
}

static void says_several_at_once(void **state)
{
	refuse(state,
	       "recipe: t\n"
	       "steps:\n"
	       "  - hold: 10\n"
	       "  - cool: slowly\n"
	       "  - evacuat\n"
	       "on_fault:\n"
	       "  - hold: 1 min\n",
	       "r.yaml:3:11: for: 10 has no unit: a time is written like '10 "
	       "min'\n"
	       "r.yaml:4:11: cool: 'rapid' or '{to: 100 °C, rate: 20 "
	       "°C/min}' is wanted\n"
	       "r.yaml:5:5: there is no step 'evacuat'; did you mean "
	       "'evacuate'?\n"
	       "r.yaml:7:5: 'hold' cannot stand in on_fault: it must be safe "
	       "whatever has happened\n");
}

/* The same mistake in a loop is one mistake. */
static void says_it_once_per_loop(void **state)
{
	refuse_steps(state, "- repeat: {times: 500, steps: [{hold: 10}]}\n",
		     "r.yaml:3:39: for: 10 has no unit: a time is written like "
		     "'10 min'\n");
}

static void refuses_large_file(void **state)
{
	struct laboratory *l = *state;
	_cleanup_(text_free) struct text t = { 0 };

	text_add(&t, "recipe: t\nsteps:\n");
	while (t.n < 300 * 1024)
		text_add(&t, "- note: a long night\n");
	assert_null(laboratory_compile(l, text_str(&t)));
	assert_int_equal(l->problems.n, 1);
	assert_string_equal(l->problems.v[0].file, "r.yaml");
}

static void refuses_80000_brackets(void **state)
{
	struct laboratory *l = *state;
	_cleanup_(text_free) struct text t = { 0 };

	text_add(&t, "recipe: t\nsteps: ");
	for (int i = 0; i < 80000; i++)
		text_add_char(&t, '[');
	assert_null(laboratory_compile(l, text_str(&t)));
	assert_int_equal(l->problems.v[0].line, 2);
	assert_true(l->problems.v[0].column >= 8 &&
		    l->problems.v[0].column <= 8 + YAML_DEPTH_MAX);
}

static void refuses_alias(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(l, "- note: &x hello\n- note: *x\n"));
	assert_non_null(strstr(text_str(&l->said), "r.yaml:3:9: "));
}

int main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, laboratory_setup,                   \
					laboratory_teardown)
	const struct CMUnitTest tests[] = {
		TEST(says_wrong_unit),
		TEST(says_bare_number),
		TEST(says_unknown_key),
		TEST(says_unknown_key_of_the_recipe),
		TEST(says_duplicate_key),
		TEST(says_what_else_is_wrong_beside_a_duplicate),
		TEST(says_unknown_verb),
		TEST(says_two_verbs_in_a_step),
		TEST(says_missing_key),
		TEST(says_chip_limit),
		TEST(says_chip_rate),
		TEST(says_instrument_limit),
		TEST(says_recipe_limit),
		TEST(says_pressure_limit),
		TEST(says_inlet_pressure_at_the_recipe),
		TEST(says_missing_gas),
		TEST(says_missing_role),
		TEST(says_missing_heater),
		TEST(says_missing_phase),
		TEST(says_image_in_ramp),
		TEST(says_counted_images_in_ramp),
		TEST(says_unknown_name),
		TEST(says_which_parameter),
		TEST(says_unreachable_flow),
		TEST(says_unresolved_base),
		TEST(says_too_few_cycles),
		TEST(says_purge_gas_not_inert),
		TEST(says_wait_without_bound),
		TEST(says_unit_in_condition),
		TEST(says_unknown_role_in_condition),
		TEST(says_hold_elsewhere),
		TEST(says_unreachable_cool),
		TEST(says_beam_shower_on_hot_chip),
		TEST(says_stair_that_is_none),
		TEST(says_phase_verb_in_recipe),
		TEST(says_heating_in_tail),
		TEST(says_rate_in_tail),
		TEST(says_fuel_in_tail),
		TEST(says_include_not_found),
		TEST(says_include_of_a_path),
		TEST(says_include_of_itself),
		TEST(says_include_in_a_ring),
		TEST(says_mistake_in_its_own_file),
		TEST(says_limit_of_the_included),
		TEST(says_unknown_with),
		TEST(says_wrong_kind_of_with),
		TEST(says_unknown_parameter_given),
		TEST(says_wrong_kind_of_parameter_given),
		TEST(says_no_steps),
		TEST(says_empty_steps),
		TEST(says_list_instead_of_recipe),
		TEST(says_too_many_steps_once),
		TEST(ends_on_nested_mistakes),
		TEST(says_several_at_once),
		TEST(says_it_once_per_loop),
		TEST(refuses_large_file),
		TEST(refuses_80000_brackets),
		TEST(refuses_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
