/* The gas ledger never gives credit that was not measured. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/ledger.h"

enum { UNKNOWN, H2, O2, AR };

struct fixture {
	struct gases gases;
	struct ledger ledger;
};

static int setup(void **state)
{
	static struct fixture f;
	struct err err;

	gases_init(&f.gases);
	gases_add_known(&f.gases, "H2", &err);
	gases_add_known(&f.gases, "O2", &err);
	gases_add_known(&f.gases, "Ar", &err);
	ledger_set(&f.ledger, AR, 760);
	*state = &f;
	return 0;
}

static void flow(struct fixture *f, int gas)
{
	struct mixture m = { 0 };

	if (gas > 0)
		m.x[gas] = 1;
	ledger_flow(&f->ledger, &f->gases, &m);
}

static int admit(struct fixture *f, int gas, double temperature)
{
	struct err err;

	return ledger_admit(&f->ledger, &f->gases, gas, 1e-4, temperature, 100,
			    &err);
}

static void near(double is, double wanted)
{
	if (!(fabs(is - wanted) <= 1e-9 * (1 + fabs(wanted))))
		fail_msg("%.12g is not %.12g", is, wanted);
}

static void unknown_gas_burns_and_oxidises(void **state)
{
	struct fixture *f = *state;

	ledger_init(&f->ledger, 760);
	near(ledger_fuel(&f->ledger, &f->gases), 1);
	near(ledger_oxidiser(&f->ledger, &f->gases), 1);
	assert_int_equal(admit(f, H2, 20), -1);
	assert_int_equal(admit(f, O2, 20), -1);
	assert_int_equal(admit(f, AR, 20), 0);
}

static void known_inert_gas_is_harmless(void **state)
{
	struct fixture *f = *state;

	near(ledger_fuel(&f->ledger, &f->gases), 0);
	assert_int_equal(admit(f, H2, 600), 0);
	assert_int_equal(admit(f, O2, 600), 0);
}

static void flow_may_be_all_there_is(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	near(ledger_fuel(&f->ledger, &f->gases), 1);
	near(ledger_oxidiser(&f->ledger, &f->gases), 0);
}

static void pumping_changes_no_fraction(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	flow(f, 0);
	ledger_pressure(&f->ledger, 1, 0, false);
	near(f->ledger.partial[H2], 1);
	near(ledger_fuel(&f->ledger, &f->gases), 1);
}

static void a_cycle_leaves_base_over_fill(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	flow(f, 0);
	for (int i = 0; i < 3; i++) {
		ledger_pressure(&f->ledger, 1, 0, false);
		flow(f, AR);
		ledger_pressure(&f->ledger, 100, 0, true);
		flow(f, 0);
	}
	near(ledger_fuel(&f->ledger, &f->gases), 1e-6);
	assert_int_equal(admit(f, O2, 20), 0);
}

static void a_gas_that_flows_fills_with_the_pressure(void **state)
{
	struct fixture *f = *state;

	ledger_pressure(&f->ledger, 1, 0, false);
	flow(f, H2);
	ledger_pressure(&f->ledger, 500, 0, true);
	near(f->ledger.partial[H2], 500);
}

static void the_gauges_error_counts_against_us(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	flow(f, 0);
	ledger_pressure(&f->ledger, 1, 0.5, false);
	flow(f, AR);
	ledger_pressure(&f->ledger, 100, 0.5, true);
	near(f->ledger.partial[H2], 1.5);
	near(ledger_fuel(&f->ledger, &f->gases), 1.5 / 99.5);
}

/* Up and down within the bound a thousand times: nothing is gone. */
static void noise_earns_nothing(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	flow(f, 0);
	ledger_pressure(&f->ledger, 100, 1, false);
	flow(f, AR);
	ledger_pressure(&f->ledger, 200, 1, true);
	for (int i = 0; i < 1000; i++) {
		ledger_pressure(&f->ledger, 200.9, 1, true);
		ledger_pressure(&f->ledger, 199.1, 1, true);
	}
	assert_true(ledger_fuel(&f->ledger, &f->gases) > 0.5);
}

static void a_leak_is_unknown_gas(void **state)
{
	struct fixture *f = *state;

	ledger_pressure(&f->ledger, 1, 0.1, false);
	ledger_pressure(&f->ledger, 2, 0.1, false);
	near(f->ledger.partial[UNKNOWN], 1);
	assert_int_equal(admit(f, H2, 20), -1);
}

static void drift_within_the_bound_is_no_leak(void **state)
{
	struct fixture *f = *state;

	ledger_pressure(&f->ledger, 1, 0.1, false);
	ledger_pressure(&f->ledger, 1.15, 0.1, false);
	near(f->ledger.partial[UNKNOWN], 0);
}

static void nan_is_ignored(void **state)
{
	struct fixture *f = *state;
	struct ledger before = f->ledger;

	ledger_pressure(&f->ledger, NAN, 1, false);
	ledger_pressure(&f->ledger, 1, NAN, false);
	near(f->ledger.pressure, before.pressure);
}

static void zero_pressure_keeps_fractions(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	flow(f, 0);
	ledger_pressure(&f->ledger, 0, 0, false);
	near(ledger_fuel(&f->ledger, &f->gases), 1);
	ledger_pressure(&f->ledger, -3, 0, false);
	assert_true(isfinite(ledger_fuel(&f->ledger, &f->gases)));
}

static void change_of_kind_must_be_cold(void **state)
{
	struct fixture *f = *state;

	f->ledger.last = GAS_FUEL;
	assert_int_equal(admit(f, O2, 100), -1);
	assert_int_equal(admit(f, O2, NAN), -1);
	assert_int_equal(admit(f, O2, 99), 0);
	assert_int_equal(admit(f, H2, 600), 0);
}

static void flow_of_inert_gas_keeps_the_last_kind(void **state)
{
	struct fixture *f = *state;

	flow(f, H2);
	flow(f, AR);
	assert_int_equal(f->ledger.last, GAS_FUEL);
}

static void says_why(void **state)
{
	struct fixture *f = *state;
	struct err err;

	flow(f, H2);
	ledger_admit(&f->ledger, &f->gases, O2, 1e-4, 20, 100, &err);
	assert_string_equal(err.msg, "O2 into a volume that may hold 100 % H2 "
				     "(allowed: 0.01 %): purge first");
	ledger_set(&f->ledger, AR, 1);
	f->ledger.last = GAS_BOTH;
	ledger_admit(&f->ledger, &f->gases, O2, 1e-4, NAN, 100, &err);
	assert_string_equal(err.msg, "O2 after a gas of another kind while the "
				     "heater is at unknown °C (allowed: below "
				     "100 °C): cool first");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(unknown_gas_burns_and_oxidises),
		TEST(known_inert_gas_is_harmless),
		TEST(flow_may_be_all_there_is),
		TEST(pumping_changes_no_fraction),
		TEST(a_cycle_leaves_base_over_fill),
		TEST(a_gas_that_flows_fills_with_the_pressure),
		TEST(the_gauges_error_counts_against_us),
		TEST(noise_earns_nothing),
		TEST(a_leak_is_unknown_gas),
		TEST(drift_within_the_bound_is_no_leak),
		TEST(nan_is_ignored),
		TEST(zero_pressure_keeps_fractions),
		TEST(change_of_kind_must_be_cold),
		TEST(flow_of_inert_gas_keeps_the_last_kind),
		TEST(says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
