/* Fuel never meets oxidiser: on every path through a recipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "laboratory.h"

#define H2 "- atmosphere: {gas: H2, pressure: 100 Torr}\n"
#define O2 "- atmosphere: {gas: O2, pressure: 100 Torr}\n"
#define PURGE "- purge: {gas: Ar, cycles: 2}\n"

static void accept(void **state, const char *steps)
{
	struct laboratory *l = *state;

	laboratory_steps(l, steps);
	assert_string_equal(text_str(&l->said), "");
	assert_non_null(l->plan);
}

static void refuse(void **state, const char *steps, const char *said)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(l, steps));
	assert_string_equal(text_str(&l->said), said);
}

static void fuel_alone(void **state)
{
	accept(state, H2 H2);
}

static void fuel_then_oxidiser(void **state)
{
	refuse(state, H2 O2,
	       "r.yaml:4:3: O2 into a volume that may hold 100 % H2 (allowed: "
	       "0.01 %): purge first\n");
}

static void oxidiser_then_fuel(void **state)
{
	refuse(state, O2 H2,
	       "r.yaml:4:3: H2 into a volume that may hold 100 % O2 (allowed: "
	       "0.01 %): purge first\n");
}

static void purge_between(void **state)
{
	accept(state, H2 PURGE O2 PURGE H2);
}

/* Pumping takes all gases alike: it tells nothing of what is left. */
static void evacuation_is_no_purge(void **state)
{
	refuse(state, H2 "- evacuate\n" O2,
	       "r.yaml:5:3: O2 into a volume that may hold 100 % H2 (allowed: "
	       "0.01 %): purge first\n");
}

static void inert_gas_is_no_purge(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(
		l, H2 "- atmosphere: {gas: Ar, pressure: 700 Torr}\n" O2));
	assert_int_equal(l->problems.n, 1);
	assert_int_equal(l->problems.v[0].line, 5);
}

static void weak_purge_is_not_enough(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(
		l, H2 "- purge: {gas: Ar, fill: 100 Torr, base: 10 Torr, "
		      "cycles: 3, residual: 0.2 %}\n" O2));
	assert_non_null(
		strstr(text_str(&l->said),
		       "r.yaml:5:3: O2 into a volume that may hold 0."));
}

static void through_a_loop(void **state)
{
	refuse(state,
	       "- repeat:\n"
	       "    times: 2\n"
	       "    steps:\n"
	       "      - atmosphere: {gas: H2, pressure: 100 Torr}\n"
	       "      - purge: {gas: Ar}\n"
	       "      - atmosphere: {gas: O2, pressure: 100 Torr}\n",
	       "r.yaml:6:9: H2 into a volume that may hold 100 % O2 (allowed: "
	       "0.01 %): purge first\n");
}

static void through_a_loop_over_gases(void **state)
{
	refuse(state,
	       "- for_each:\n"
	       "    gas: [H2, Ar, O2]\n"
	       "    steps:\n"
	       "      - atmosphere: {gas: $gas, pressure: 100 Torr}\n",
	       "r.yaml:6:9: O2 into a volume that may hold 100 % H2 (allowed: "
	       "0.01 %): purge first\n");
}

/* The mistake stands where the gas is let in: in the included recipe. */
static void through_an_include(void **state)
{
	refuse(state, O2 "- include: hydrogen\n",
	       "hydrogen.yaml:3:3: H2 into a volume that may hold 100 % O2 "
	       "(allowed: 0.01 %): purge first\n");
}

static void mixture(void **state)
{
	refuse(state,
	       "- atmosphere: {gas: {H2: 1, O2: 2}, pressure: 10 Torr}\n",
	       "r.yaml:3:21: gas: H2 and O2 must not be mixed: a fuel and an "
	       "oxidiser\n");
}

static void hot_change(void **state)
{
	refuse(state, H2 PURGE "- ramp: {to: 100 °C}\n" O2,
	       "r.yaml:6:3: O2 after a gas of another kind while the heater "
	       "is at 100 °C (allowed: below 100 °C): cool first\n");
}

static void warm_change(void **state)
{
	accept(state, H2 PURGE "- ramp: {to: 99 °C}\n" O2);
}

static void cooled_change(void **state)
{
	accept(state, H2 "- ramp: {to: 600 °C}\n- cool: rapid\n" PURGE O2);
}

static void half_cooled_change(void **state)
{
	struct laboratory *l = *state;

	assert_null(laboratory_steps(
		l, H2 "- ramp: {to: 600 °C}\n- cool: {to: 300 °C}\n" PURGE O2));
	assert_non_null(strstr(text_str(&l->said), "is at 300 °C"));
}

static void first_fuel_when_hot(void **state)
{
	accept(state, "- ramp: {to: 600 °C}\n" H2);
}

/* After a restart nobody knows what is in there. */
static void unknown_gas_at_the_start(void **state)
{
	struct laboratory *l = *state;

	ledger_init(&l->start.ledger, 760);
	refuse(state, H2,
	       "r.yaml:3:3: H2 into a volume that may hold 100 % unknown gas "
	       "(allowed: 0.01 %): purge first\n");
}

static void inert_into_unknown_gas(void **state)
{
	struct laboratory *l = *state;

	ledger_init(&l->start.ledger, 760);
	accept(state, "- atmosphere: {gas: Ar, pressure: 100 Torr}\n");
}

static void purge_of_unknown_gas(void **state)
{
	struct laboratory *l = *state;

	ledger_init(&l->start.ledger, 760);
	accept(state, PURGE H2);
}

static void start_temperature_counts(void **state)
{
	struct laboratory *l = *state;

	ledger_init(&l->start.ledger, 760);
	l->start.temperature = 400;
	assert_null(laboratory_steps(l, PURGE H2));
	assert_non_null(strstr(text_str(&l->said), "is at 400 °C"));
}

/* A valve that a phase leaves open lets gas in. */
static void phase_that_opens_a_valve(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "evacuate:\n"
			     "  - set: {valve.O2: open}\n"
			     "fill:\n"
			     "  - mix: {gas: $gas, flow: 1 sccm}\n"
			     "  - mix: none\n");
	assert_null(laboratory_steps(l, H2 "- evacuate\n"));
	assert_non_null(strstr(text_str(&l->said), "r.yaml:4:3: O2 into"));
}

static void phase_that_opens_a_valve_after_a_fault(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "isolate:\n"
			     "  - set: {valve.H2: open}\n");
	assert_null(laboratory_compile(l, "recipe: t\n"
					  "steps: [wait: 1 s]\n"
					  "on_fault:\n"
					  "  - isolate\n"));
	assert_string_equal(text_str(&l->said),
			    "r.yaml:4:5: on_fault lets in H2: inert gases "
			    "only\n");
}

/* A phase that does not wait has not pumped, as far as anybody knows. */
static void phase_that_does_not_wait(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "evacuate:\n"
			     "  - mix: none\n"
			     "fill:\n"
			     "  - mix: {gas: $gas, flow: 1 sccm}\n"
			     "  - mix: none\n");
	assert_null(laboratory_steps(
		l, H2 "- repeat: {times: 9, steps: [evacuate, {atmosphere: "
		      "{gas: Ar, pressure: 700 Torr}}]}\n" O2));
	assert_non_null(strstr(text_str(&l->said), "r.yaml:5:3: O2 into"));
}

static void phase_that_sets_the_heater(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "isolate:\n"
			     "  - set: {heater.output: on}\n");
	refuse(state, "- isolate\n",
	       "site.yaml:2:11: heater.output is not set by a phase\n");
}

static void phase_with_an_unknown_role(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "isolate:\n"
			     "  - set: {valve.inlt: closed}\n");
	refuse(state, "- isolate\n",
	       "site.yaml:2:11: this laboratory has no valve.inlt; did you "
	       "mean valve.inlet?\n");
}

static void phase_with_a_recipes_verb(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "isolate:\n"
			     "  - ramp: {to: 100 °C}\n");
	refuse(state, "- isolate\n",
	       "site.yaml:2:5: a phase cannot use 'ramp'\n");
}

static void phase_with_a_name_it_is_not_given(void **state)
{
	struct laboratory *l = *state;

	laboratory_phases(l, "evacuate:\n"
			     "  - wait: {until: $gauge <= $base, within: 1 "
			     "s}\n");
	refuse(state, "- evacuate\n",
	       "site.yaml:2:19: until: there is no $base; there is: $to, "
	       "$gauge\n");
}

int main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, laboratory_setup_vouched,           \
					laboratory_teardown)
	const struct CMUnitTest tests[] = {
		TEST(fuel_alone),
		TEST(fuel_then_oxidiser),
		TEST(oxidiser_then_fuel),
		TEST(purge_between),
		TEST(evacuation_is_no_purge),
		TEST(inert_gas_is_no_purge),
		TEST(weak_purge_is_not_enough),
		TEST(through_a_loop),
		TEST(through_a_loop_over_gases),
		TEST(through_an_include),
		TEST(mixture),
		TEST(hot_change),
		TEST(warm_change),
		TEST(cooled_change),
		TEST(half_cooled_change),
		TEST(first_fuel_when_hot),
		TEST(unknown_gas_at_the_start),
		TEST(inert_into_unknown_gas),
		TEST(purge_of_unknown_gas),
		TEST(start_temperature_counts),
		TEST(phase_that_opens_a_valve),
		TEST(phase_that_opens_a_valve_after_a_fault),
		TEST(phase_that_does_not_wait),
		TEST(phase_that_sets_the_heater),
		TEST(phase_with_an_unknown_role),
		TEST(phase_with_a_recipes_verb),
		TEST(phase_with_a_name_it_is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
