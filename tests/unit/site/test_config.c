#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reading.h"

static void free_config(struct config **c)
{
	config_free(*c);
}

static const struct interlock *find(const struct config *c, const char *role,
				    enum interlock_kind kind)
{
	int index = site_role(&c->site, role);
	size_t i;

	for (i = 0; i < c->site.n_interlocks; i++)
		if (c->site.interlocks[i].role == index &&
		    c->site.interlocks[i].kind == kind)
			return &c->site.interlocks[i];
	return NULL;
}

static void the_built_in_laboratory_loads(void **state)
{
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);
	size_t i;

	(void)state;
	assert_non_null(c);
	assert_int_equal(problems.n, 0);
	assert_int_equal(c->n_instruments, 3);
	for (i = 0; i < KNOWN_N; i++)
		assert_int_not_equal(c->site.known[i], ROLE_NONE);
	for (i = 0; i < PHASE_N; i++)
		assert_non_null(c->site.phases[i]);
	problems_free(&problems);
}

static void a_base_of_1_torr_is_judged_on_the_outlet(void **state)
{
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);

	(void)state;
	assert_non_null(c);
	assert_int_equal(site_gauge_for(&c->site, 1.0),
			 c->site.known[KNOWN_OUTLET_PRESSURE]);
}

static void the_reference_flow_passes_at_50_torr(void **state)
{
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);
	struct err err = { 0 };
	double in, out;

	(void)state;
	assert_non_null(c);
	assert_int_equal(
		site_flow_pressures(&c->site, 50, 0.1, &in, &out, &err), 0);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	_cleanup_(text_free) struct text first = { 0 }, second = { 0 };
	struct problems problems = { 0 };
	_cleanup_(free_config) struct config *c = config_load(NULL, &problems);
	_cleanup_(free_config) struct config *again = NULL;

	(void)state;
	assert_non_null(c);
	config_print(c, &first);
	again = parse(text_str(&first));
	config_print(again, &second);
	assert_string_equal(text_str(&first), text_str(&second));
	assert_memory_equal(c->site.roles, again->site.roles,
			    sizeof(c->site.roles));
	assert_memory_equal(c->site.safe, again->site.safe,
			    sizeof(c->site.safe));
	assert_int_equal(c->site.n_interlocks, again->site.n_interlocks);
	assert_memory_equal(&c->site.defaults, &again->site.defaults,
			    sizeof(c->site.defaults));
	assert_memory_equal(&c->site.holder, &again->site.holder,
			    sizeof(c->site.holder));
}

static void what_is_empty_reads_back_as_empty(void **state)
{
	_cleanup_(text_free) struct text first = { 0 }, second = { 0 };
	_cleanup_(free_config) struct config *c =
		parse("buses: {lab: {type: sim}}\n"
		      "instruments: {m: {driver: sim-microscope}}\n");
	_cleanup_(free_config) struct config *again = NULL;

	(void)state;
	config_print(c, &first);
	again = parse(text_str(&first));
	config_print(again, &second);
	assert_string_equal(text_str(&first), text_str(&second));
	assert_int_equal(again->site.safe[LEVEL_COOL].n, 0);
}

static void the_site_says_what_its_gauge_resolves(void **state)
{
	_cleanup_(text_free) struct text printed = { 0 };
	_cleanup_(free_config) struct config *c = parse(
		"buses: {lab: {type: sim}}\n"
		"instruments:\n"
		"  gasbox:\n"
		"    driver: sim-gasbox\n"
		"    channels:\n"
		"      cell_pressure: {resolution: 0.01 Torr, offset: 0.05 "
		"Torr, range: [0.5 Torr, 10 Torr]}\n"
		"roles: {cell_pressure: gasbox.cell_pressure}\n");
	int cell = c->site.known[KNOWN_CELL_PRESSURE];
	_cleanup_(free_config) struct config *again = NULL;

	(void)state;
	assert_int_equal(site_gauge_for(&c->site, 1.0), cell);
	assert_int_equal(site_gauge_for(&c->site, 0.4), ROLE_NONE);
	assert_int_equal(site_gauge_for(&c->site, 11.0), ROLE_NONE);
	config_print(c, &printed);
	again = parse(text_str(&printed));
	assert_memory_equal(c->site.roles, again->site.roles,
			    sizeof(c->site.roles));
}

static void an_unknown_gauge_judges_no_base(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		"buses: {lab: {type: sim}}\n"
		"instruments:\n"
		"  gasbox:\n"
		"    driver: sim-gasbox\n"
		"    channels:\n"
		"      cell_pressure: {resolution: 0 Torr, offset: 0 Torr}\n"
		"roles: {cell_pressure: gasbox.cell_pressure}\n");

	(void)state;
	assert_int_equal(site_gauge_for(&c->site, 700.0), ROLE_NONE);
}

static void a_manifold_without_a_gauge_can_be_isolated(void **state)
{
	_cleanup_(free_config) struct config *c =
		parse("buses: {lab: {type: sim}}\n"
		      "instruments: {gasbox: {driver: sim-gasbox}}\n"
		      "roles: {valve.H2: gasbox.h2_valve}\n"
		      "phases: {isolate: [{set: {valve.H2: closed}}]}\n");

	(void)state;
	assert_int_equal(c->site.gauges[0], ROLE_NONE);
	assert_non_null(c->site.phases[PHASE_ISOLATE]);
}

static void a_channel_without_a_role_keeps_its_name(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);

	(void)state;
	assert_int_not_equal(site_role(&c->site, "gasbox.n2_flow"), ROLE_NONE);
	assert_int_equal(site_role(&c->site, "gasbox.h2_flow"), ROLE_NONE);
}

static void a_setpoint_is_read_back_where_the_driver_says(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);
	const struct role *heater = &c->site.roles[c->site.known[KNOWN_HEATER]];

	(void)state;
	assert_int_not_equal(heater->readback, ROLE_NONE);
	assert_string_equal(c->site.roles[heater->readback].name,
			    "heater.setpoint");
}

static void the_strictest_limit_holds(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		HEAD
		"holder: {temperature_max: 800 °C}\n"
		"limits: {heater: {max: 900 °C}, gas.H2: {max: 5 sccm}}\n");
	const struct site *s = &c->site;

	(void)state;
	assert_true(s->roles[s->known[KNOWN_HEATER]].max == 800.0);
	assert_true(s->roles[site_role(s, "gas.H2")].max == 5.0);
}

static void silence_is_watched_without_being_asked(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);
	const struct interlock *heater = find(c, "heater", INTERLOCK_STALE);
	const struct interlock *gas = find(c, "gas.H2", INTERLOCK_STALE);

	(void)state;
	assert_non_null(heater);
	assert_int_equal(heater->window, 300 * NSEC_PER_MS);
	assert_int_equal(heater->level, LEVEL_COOL);
	assert_non_null(gas);
	assert_int_equal(gas->level, LEVEL_ISOLATE);
}

static void a_heater_is_never_without_an_upper_limit(void **state)
{
	_cleanup_(free_config) struct config *c =
		parse(HEAD "holder: {temperature_max: 800 °C}\n");
	const struct interlock *above = find(c, "heater", INTERLOCK_ABOVE);

	(void)state;
	assert_non_null(above);
	assert_true(above->bound > 800.0);
}

static void safe_levels_that_are_left_out_close_everything(void **state)
{
	_cleanup_(free_config) struct config *c = parse(HEAD);
	const struct safe_level *cool = &c->site.safe[LEVEL_COOL];

	(void)state;
	assert_int_equal(cool->n, 3);
	assert_int_equal(cool->v[0].role, c->site.known[KNOWN_HEATER_OUTPUT]);
	assert_true(cool->v[0].value == 0.0);
}

static void samples_are_counted_as_written(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		HEAD "interlocks:\n"
		     "  - {role: cell_pressure, above: 900 Torr, need: 2 of 3, "
		     "level: isolate, when: gas}\n");
	const struct interlock *lock =
		find(c, "cell_pressure", INTERLOCK_ABOVE);

	(void)state;
	assert_non_null(lock);
	assert_int_equal(lock->need, 2);
	assert_int_equal(lock->of, 3);
	assert_int_equal(lock->level, LEVEL_ISOLATE);
	assert_int_equal(lock->when, WHEN_GAS);
	assert_string_equal(lock->name, "cell_pressure above 900 Torr");
}

static void a_rate_is_kept_per_second(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		HEAD "interlocks:\n"
		     "  - {role: heater, rise: 600 K/min, window: 1 s}\n");
	const struct interlock *lock = find(c, "heater", INTERLOCK_RISE);

	(void)state;
	assert_non_null(lock);
	assert_true(lock->bound == 10.0);
}

static void a_gas_of_the_sites_own_has_its_kind(void **state)
{
	_cleanup_(free_config) struct config *c = parse(
		"buses: {lab: {type: sim}}\n"
		"gases: {C2H4: fuel}\n"
		"instruments: {box: {driver: sim-gasbox}}\n"
		"roles: {gas.C2H4: box.h2_flow, valve.C2H4: box.h2_valve}\n");
	int gas = gases_find(&c->site.gases, "C2H4");

	(void)state;
	assert_true(gas > 0);
	assert_int_equal(c->site.gases.v[gas].kind, GAS_FUEL);
	assert_int_equal(c->site.gas_flow[gas],
			 site_role(&c->site, "gas.C2H4"));
	assert_int_equal(c->site.gas_valve[gas],
			 site_role(&c->site, "valve.C2H4"));
}

static void relative_files_lie_in_the_state_directory(void **state)
{
	struct config *c;

	(void)state;
	setenv("STATE_DIRECTORY", "/var/lib/gascell:/elsewhere", 1);
	setenv("RUNTIME_DIRECTORY", "/run/gascell", 1);
	c = parse(HEAD "log: {database: night.db, images: /data/images}\n");
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	assert_string_equal(c->database, "/var/lib/gascell/night.db");
	assert_string_equal(c->images, "/data/images");
	assert_string_equal(c->socket, "/run/gascell/socket");
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_laboratory_loads),
		cmocka_unit_test(a_base_of_1_torr_is_judged_on_the_outlet),
		cmocka_unit_test(the_reference_flow_passes_at_50_torr),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(what_is_empty_reads_back_as_empty),
		cmocka_unit_test(the_site_says_what_its_gauge_resolves),
		cmocka_unit_test(an_unknown_gauge_judges_no_base),
		cmocka_unit_test(a_manifold_without_a_gauge_can_be_isolated),
		cmocka_unit_test(a_channel_without_a_role_keeps_its_name),
		cmocka_unit_test(a_setpoint_is_read_back_where_the_driver_says),
		cmocka_unit_test(the_strictest_limit_holds),
		cmocka_unit_test(silence_is_watched_without_being_asked),
		cmocka_unit_test(a_heater_is_never_without_an_upper_limit),
		cmocka_unit_test(
			safe_levels_that_are_left_out_close_everything),
		cmocka_unit_test(samples_are_counted_as_written),
		cmocka_unit_test(a_rate_is_kept_per_second),
		cmocka_unit_test(a_gas_of_the_sites_own_has_its_kind),
		cmocka_unit_test(relative_files_lie_in_the_state_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
