/* What each verb becomes in the plan. */
#include <stdio.h>
#include <string.h>

#include "compiled.h"

/* What the last setpoint of a role in the plan is; NAN: none. */
static double last_set(void **state, const struct plan *plan, const char *name)
{
	const struct laboratory *l = *state;
	int role = site_role(&l->site, name);
	double value = NAN;

	for (uint32_t i = 0; i < plan->n_sets; i++)
		if (plan->sets[i].role == role)
			value = plan->sets[i].value;
	return value;
}

static void ramp_has_what_it_says(void **state)
{
	const struct plan_step *s =
		laboratory_expect(
			state,
			"- ramp: {to: 150 °C, rate: 10 °C/min, band: ± 3 °C, "
			"holdback: 4 K, image: {every: 30 s}}\n",
			"| ramp to 150 °C at 10 °C/min\n")
			->steps;

	assert_int_equal(s->kind, STEP_RAMP);
	assert_int_equal(s->line, 3);
	laboratory_near(s->ramp.target, 150);
	laboratory_near(s->ramp.rate, 10);
	laboratory_near(s->ramp.band, 3);
	laboratory_near(s->ramp.holdback, 4);
	assert_int_equal(s->ramp.image_every, 30 * NSEC_PER_S);
	assert_int_equal(s->flags,
			 STEP_BOUNDARY | STEP_PAUSABLE | STEP_SKIPPABLE);
}

static void ramp_takes_the_sites_defaults(void **state)
{
	const struct plan_step *s =
		laboratory_compiled(state, "- ramp: {to: 423.15 K}\n")->steps;

	laboratory_near(s->ramp.target, 150);
	laboratory_near(s->ramp.rate, 20);
	laboratory_near(s->ramp.band, 2);
	laboratory_near(s->ramp.holdback, 5);
}

static void ramp_is_predicted_from_ambient(void **state)
{
	const struct plan *p =
		laboratory_compiled(state, "- ramp: {to: 121 °C}\n");

	assert_int_equal(p->shortest, 300 * NSEC_PER_S);
	assert_int_equal(p->longest, 900 * NSEC_PER_S);
}

static void ramp_is_predicted_from_where_the_last_ended(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- ramp: {to: 121 °C}\n- ramp: {to: 141 °C}\n");

	assert_int_equal(p->steps[1].shortest, 60 * NSEC_PER_S);
}

static void hold_stays_at_the_ramps_target(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- ramp: {to: 350 °C}\n"
		"- hold: {for: 10 min, at: 350 °C, equilibrate: 5 min, image: "
		"yes}\n",
		"| ramp to 350 °C at 20 °C/min\n"
		"| hold at 350 °C for 10 min\n"
		"equilibrate at 350 °C\n"
		"image at 350 °C\n"
		"hold at 350 °C for 10 min\n");

	assert_int_equal(p->steps[1].kind, STEP_HOLD_BEGIN);
	assert_int_equal(p->steps[2].kind, STEP_EQUILIBRATE);
	assert_int_equal(p->steps[3].kind, STEP_IMAGE);
	assert_int_equal(p->steps[4].kind, STEP_HOLD_END);
	laboratory_near(p->steps[4].hold.target, 350);
	assert_int_equal(p->steps[4].hold.duration, 600 * NSEC_PER_S);
	assert_int_equal(p->steps[1].section, p->steps[4].section);
	assert_int_equal(p->steps[1].hold.within, p->steps[4].hold.within);
}

/* Soak counts from its beginning: what happens in it is part of it. */
static void hold_takes_no_longer_than_it_says(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- hold: {for: 10 min, equilibrate: 5 min, image: {count: 3, "
		"every: 1 min}}\n");

	assert_int_equal(p->shortest, 600 * NSEC_PER_S);
}

static void hold_takes_as_long_as_its_parts(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- hold: {for: 1 min, equilibrate: 5 min}\n");

	assert_int_equal(p->shortest, 300 * NSEC_PER_S);
}

static void hold_without_heater_is_plain_time(void **state)
{
	const struct plan *p =
		laboratory_expect(state, "- hold: 10 min\n",
				  "| hold for 10 min\nhold for 10 min\n");

	assert_true(isnan(p->steps[0].hold.target));
}

static void hold_takes_a_time_lapse(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- hold: {for: 10 min, image: {every: 60 s}}\n");

	assert_int_equal(p->n_steps, 2);
	assert_int_equal(p->steps[1].hold.image_every, 60 * NSEC_PER_S);
	assert_int_equal(p->n_images, 11);
}

static void anneal_is_a_staircase(void **state)
{
	laboratory_expect(
		state,
		"- anneal: {from: 150 °C, to: 250 °C, step: 50 °C, hold: 5 "
		"min, image: {except: [200 °C]}}\n",
		"| ramp to 150 °C at 20 °C/min\n"
		"| hold at 150 °C for 5 min\n"
		"image at 150 °C\n"
		"hold at 150 °C for 5 min\n"
		"| ramp to 200 °C at 20 °C/min\n"
		"| hold at 200 °C for 5 min\n"
		"hold at 200 °C for 5 min\n"
		"| ramp to 250 °C at 20 °C/min\n"
		"| hold at 250 °C for 5 min\n"
		"image at 250 °C\n"
		"hold at 250 °C for 5 min\n");
}

static void anneal_goes_down(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- anneal: {from: 300 °C, to: 100 °C, step: 100 °C, hold: 1 "
		"min}\n");

	laboratory_near(p->steps[0].ramp.target, 300);
	laboratory_near(p->steps[3].ramp.target, 200);
	laboratory_near(p->steps[6].ramp.target, 100);
	assert_int_equal(p->n_steps, 9);
}

static void anneal_always_reaches_its_end(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- anneal: {from: 100 °C, to: 250 °C, step: 100 °C, hold: 1 "
		"min}\n");

	assert_int_equal(p->n_steps, 9);
	laboratory_near(p->steps[6].ramp.target, 250);
}

static void anneal_of_one_stair(void **state)
{
	laboratory_expect(
		state,
		"- anneal: {from: 100 °C, to: 100 °C, step: 10 °C, hold: 1 "
		"min}\n",
		"| ramp to 100 °C at 20 °C/min\n"
		"| hold at 100 °C for 60 s\n"
		"hold at 100 °C for 60 s\n");
}

static void anneal_does_not_ramp_to_where_it_is(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- ramp: {to: 100 °C}\n"
		"- anneal: {from: 100 °C, to: 200 °C, step: 100 °C, hold: 1 "
		"min}\n");

	assert_int_equal(p->steps[1].kind, STEP_HOLD_BEGIN);
}

static void anneal_images_only_some(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- anneal: {from: 100 °C, to: 300 °C, step: 100 °C, hold: 1 "
		"min, image: {only: [300 °C], count: 2}}\n");

	assert_int_equal(p->n_images, 2);
	laboratory_near(
		p->steps[laboratory_find(p, STEP_IMAGE, 0) - 2].ramp.target,
		300);
}

static void equilibrate_has_the_slopes_per_minute(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- ramp: {to: 100 °C}\n"
		"- equilibrate: {at_least: 1 min, at_most: 20 min, "
		"temperature: 1 °C/min, pressure: 2 Torr/min, power: 0.3 "
		"mW/min, window: 40 s}\n");
	const struct plan_step *s = &p->steps[1];

	laboratory_near(s->equilibrate.temperature, 1);
	laboratory_near(s->equilibrate.pressure, 2);
	laboratory_near(s->equilibrate.power, 0.3);
	assert_int_equal(s->equilibrate.window, 40 * NSEC_PER_S);
	assert_int_equal(s->equilibrate.at_least, 60 * NSEC_PER_S);
	assert_int_equal(s->equilibrate.at_most, 1200 * NSEC_PER_S);
	assert_false(s->equilibrate.gas_arrived);
}

/* With the heater off, its power and temperature say nothing. */
static void equilibrate_when_cold_looks_at_pressure_only(void **state)
{
	const struct plan *p = laboratory_compiled(state, "- equilibrate\n");

	assert_true(isinf(p->steps[0].equilibrate.temperature));
	assert_true(isinf(p->steps[0].equilibrate.power));
	laboratory_near(p->steps[0].equilibrate.pressure, 1);
}

static void equilibrate_in_flow_waits_for_the_gas(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- atmosphere: {gas: Ar, pressure: 782 Torr, flow: 0.1 "
		       "sccm}\n"
		       "- equilibrate\n");
	const struct plan_step *s =
		&p->steps[laboratory_find(p, STEP_EQUILIBRATE, 0)];

	assert_true(s->equilibrate.gas_arrived);
	assert_true(nsec_to_s(s->shortest) > 64 && nsec_to_s(s->shortest) < 65);
}

static void cool_rapid_is_heater_off(void **state)
{
	const struct plan *p = laboratory_expect(
		state, "- ramp: {to: 100 °C}\n- cool: rapid\n- hold: 2 s\n",
		"| ramp to 100 °C at 20 °C/min\n"
		"| cool to 30 °C, heater off\n"
		"| hold for 2 s\nhold for 2 s\n");

	assert_int_equal(p->steps[1].kind, STEP_COOL);
	laboratory_near(p->steps[1].cool.below, 30);
	assert_true(p->steps[1].cool.within > 0);
}

static void cool_at_a_rate_is_a_ramp(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- ramp: {to: 300 °C}\n"
		"- cool: {to: 100 °C, rate: 5 °C/min}\n"
		"- hold: 2 s\n",
		"| ramp to 300 °C at 20 °C/min\n"
		"| ramp to 100 °C at 5 °C/min\n"
		"| hold at 100 °C for 2 s\nhold at 100 °C for 2 s\n");

	assert_int_equal(p->steps[1].shortest, 2400 * NSEC_PER_S);
}

static void image_series_has_count_and_exposure(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- image: {count: 3, every: 20 s, exposure: 2 s, label: "
		"facets}\n",
		"| facets\n");

	assert_int_equal(p->steps[0].image.count, 3);
	assert_int_equal(p->steps[0].image.every, 20 * NSEC_PER_S);
	laboratory_near(p->steps[0].image.exposure_s, 2);
	assert_int_equal(p->steps[0].flags, STEP_BOUNDARY | STEP_SKIPPABLE);
	assert_int_equal(p->n_images, 3);
	assert_int_equal(p->shortest, 42 * NSEC_PER_S);
}

static void beam_shower_ends_blanked(void **state)
{
	const struct plan *p = laboratory_expect(state, "- beam_shower: 1 h\n",
						 "| unblank the beam\n"
						 "beam shower for 1 h\n"
						 "blank the beam\n");

	assert_int_equal(p->n_sets, 2);
	laboratory_near(p->sets[0].value, 1);
	laboratory_near(last_set(state, p, "beam"), 0);
	assert_int_equal(p->steps[1].wait.n, 0);
	assert_int_equal(p->steps[1].wait.lasting, 3600 * NSEC_PER_S);
}

static void wait_is_time(void **state)
{
	const struct plan *p =
		laboratory_expect(state, "- wait: 90 s\n", "| wait 90 s\n");

	assert_int_equal(p->shortest, 90 * NSEC_PER_S);
	assert_int_equal(p->longest, 90 * NSEC_PER_S);
}

static void wait_has_conditions(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- wait: {until: [cell_pressure = 100 Torr ± 2 %, "
		"inlet_pressure >= 50 % of 200 Torr, valve.inlet is open, "
		"pump is off], lasting: 5 s, within: 10 min}\n",
		"| wait until cell_pressure = 100 Torr ± 2 Torr, inlet_pressur…"
		"\n");

	assert_int_equal(p->n_conds, 5);
	assert_int_equal(p->steps[0].wait.n, 5);
	assert_int_equal(p->conds[0].op, COND_BELOW);
	laboratory_near(p->conds[0].value, 102);
	assert_int_equal(p->conds[1].op, COND_ABOVE);
	laboratory_near(p->conds[1].value, 98);
	assert_int_equal(p->conds[2].op, COND_ABOVE);
	laboratory_near(p->conds[2].value, 100);
	assert_int_equal(p->conds[3].op, COND_ABOVE);
	laboratory_near(p->conds[3].value, 0.5);
	assert_int_equal(p->conds[4].op, COND_BELOW);
	assert_int_equal(p->shortest, 5 * NSEC_PER_S);
	assert_int_equal(p->longest, 600 * NSEC_PER_S);
}

static void ask_has_choices(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- ask: {text: In focus?, choices: [yes, again, abort], "
		"within: 10 min, otherwise: again}\n",
		"| In focus?\n");
	const struct plan_step *s = p->steps;

	assert_int_equal(s->ask.n_choices, 3);
	assert_string_equal(plan_text(p, s->ask.choice[1]), "again");
	assert_int_equal(s->ask.abort, 4);
	assert_int_equal(s->ask.otherwise, 1);
	assert_int_equal(s->longest, 600 * NSEC_PER_S);
}

static void ask_waits_for_ever(void **state)
{
	const struct plan *p = laboratory_compiled(state, "- ask: In focus?\n");

	assert_int_equal(p->steps[0].ask.n_choices, 2);
	assert_int_equal(p->steps[0].ask.otherwise, -1);
	assert_int_equal(p->longest, NSEC_NEVER);
}

static void note_fills_in_names(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p =
		laboratory_compile(l, "recipe: t\n"
				      "parameters: {pressure: 50 Torr}\n"
				      "steps:\n"
				      "  - note: now at $pressure, for $$5\n");

	assert_non_null(p);
	assert_string_equal(plan_label(p, 0), "now at 50 Torr, for $5");
}

static void evacuate_uses_the_gauge_that_resolves(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p = laboratory_expect(
		state, "- evacuate\n",
		"| evacuate to 1 Torr: stop all gases\n"
		"evacuate to 1 Torr: set valve.supply closed, pump on, valve.…"
		"\n"
		"evacuate to 1 Torr: wait until outlet_pressure <= 1 Torr\n");

	assert_int_equal(p->conds[0].role,
			 l->site.known[KNOWN_OUTLET_PRESSURE]);
	assert_int_equal(p->steps[2].flags, 0);
	assert_int_equal(p->steps[2].line, 0);
	assert_int_equal(p->steps[2].shortest, 75 * NSEC_PER_S);
	assert_int_equal(p->steps[2].longest, 1200 * NSEC_PER_S);
}

static void evacuate_prefers_the_cells_gauge(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p =
		laboratory_compiled(state, "- evacuate: {to: 20 Torr}\n");

	assert_int_equal(p->conds[0].role, l->site.known[KNOWN_CELL_PRESSURE]);
}

static void atmosphere_flows_a_mixture(void **state)
{
	const struct plan *p = laboratory_expect(
		state,
		"- atmosphere: {gas: {H2: 3, N2: 1}, pressure: 782 Torr, flow: "
		"0.1 sccm}\n",
		"| H2 75 %, N2 25 % at 782 Torr, 0.1 sccm: set valve.supply ope…"
		"\n"
		"H2 75 %, N2 25 % at 782 Torr, 0.1 sccm: mix H2 75 %, N2 25 %…"
		"\n"
		"H2 75 %, N2 25 % at 782 Torr, 0.1 sccm: wait until inlet_pre…"
		"\n");
	double in = last_set(state, p, "inlet_pressure"),
	       out = last_set(state, p, "outlet_pressure");

	laboratory_near(last_set(state, p, "gas.H2"), 1.5);
	laboratory_near(last_set(state, p, "gas.N2"), 0.5);
	laboratory_near(last_set(state, p, "gas.O2"), 0);
	laboratory_near(last_set(state, p, "valve.H2"), 1);
	laboratory_near(last_set(state, p, "valve.O2"), 0);
	laboratory_near(sqrt((in * in + out * out) / 2), 782);
	laboratory_near((in - out) * 1.33322368421053 * 0.0011, 0.1);
}

static void atmosphere_takes_percent(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- atmosphere: {gas: {H2: 5 %, Ar: 95 %}, pressure: 100 "
		       "Torr}\n");

	laboratory_near(p->sets[p->n_sets - 1].value, 0);
	assert_non_null(strstr(plan_label(p, 0), "H2 5 %, Ar 95 %"));
}

static void atmosphere_without_flow_is_a_fill(void **state)
{
	const struct plan *p = laboratory_compiled(
		state, "- atmosphere: {gas: Ar, pressure: 760 Torr}\n");

	laboratory_near(p->conds[0].value, 0.99 * 760);
	laboratory_near(last_set(state, p, "gas.Ar"), 0);
	assert_true(isnan(last_set(state, p, "inlet_pressure")));
}

static void atmosphere_flows_up_to_what_passes(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- atmosphere: {gas: Ar, pressure: 50 Torr, flow: {up_to: 1 "
		"sccm}}\n");
	double in = last_set(state, p, "inlet_pressure"),
	       out = last_set(state, p, "outlet_pressure");

	laboratory_near(sqrt((in * in + out * out) / 2), 50);
	assert_true(out > 5);
	assert_non_null(strstr(plan_label(p, 0), "0.0933 sccm"));
}

static void atmosphere_flows_what_is_asked_when_it_passes(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- atmosphere: {gas: Ar, pressure: 350 Torr, flow: {up_to: "
		"0.1 sccm}}\n");

	assert_non_null(strstr(plan_label(p, 0), "0.1 sccm"));
}

static void purge_fills_and_pumps(void **state)
{
	struct laboratory *l = *state;
	const struct plan *p = laboratory_compiled(
		state, "- purge: {gas: Ar, cycles: 2, fill: 760 Torr, base: 1 "
		       "Torr}\n");
	uint32_t begin = laboratory_find(p, STEP_PURGE_BEGIN, 0),
		 filled = laboratory_find(p, STEP_PURGE_FILLED, 1),
		 pumped = laboratory_find(p, STEP_PURGE_PUMPED, 1),
		 end = laboratory_find(p, STEP_PURGE_END, 0);

	assert_true(begin < filled && filled < pumped && pumped < end);
	assert_int_equal(end, p->n_steps - 1);
	assert_int_equal(p->steps[filled].purge.gauge,
			 l->site.known[KNOWN_CELL_PRESSURE]);
	assert_int_equal(p->steps[pumped].purge.gauge,
			 l->site.known[KNOWN_OUTLET_PRESSURE]);
	assert_int_equal(p->steps[pumped].purge.cycle, 2);
	assert_int_equal(p->steps[pumped].purge.cycles, 2);
	laboratory_near(p->steps[pumped].purge.base, 1);
	laboratory_near(p->steps[pumped].purge.fill, 760);
	laboratory_near(p->steps[end].purge.residual_max, 1e-4);
	for (uint32_t i = 0; i < p->n_steps; i++) {
		assert_int_equal(p->steps[i].section, p->steps[0].section);
		assert_int_equal(p->steps[i].flags, i ? 0 : STEP_BOUNDARY);
	}
}

static void purge_counts_its_cycles(void **state)
{
	const struct plan *p = laboratory_compiled(
		state,
		"- purge: {gas: Ar, fill: 100 Torr, base: 1 Torr, residual: 1 "
		"ppm}\n");

	assert_int_equal(p->steps[0].purge.cycles, 3);
}

static void purge_says_the_cycle(void **state)
{
	const struct plan *p =
		laboratory_compiled(state, "- purge: {gas: Ar, cycles: 10}\n");

	assert_string_equal(
		plan_label(p, laboratory_find(p, STEP_PURGE_FILLED, 2)),
		"purge with Ar 3/10: fill to 760 Torr");
}

static void isolate_is_the_sites(void **state)
{
	const struct plan *p = laboratory_compiled(state, "- isolate\n");

	laboratory_near(last_set(state, p, "valve.inlet"), 0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, laboratory_setup_vouched,           \
					laboratory_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ramp_has_what_it_says),
		TEST(ramp_takes_the_sites_defaults),
		TEST(ramp_is_predicted_from_ambient),
		TEST(ramp_is_predicted_from_where_the_last_ended),
		TEST(hold_stays_at_the_ramps_target),
		TEST(hold_takes_no_longer_than_it_says),
		TEST(hold_takes_as_long_as_its_parts),
		TEST(hold_without_heater_is_plain_time),
		TEST(hold_takes_a_time_lapse),
		TEST(anneal_is_a_staircase),
		TEST(anneal_goes_down),
		TEST(anneal_always_reaches_its_end),
		TEST(anneal_of_one_stair),
		TEST(anneal_does_not_ramp_to_where_it_is),
		TEST(anneal_images_only_some),
		TEST(equilibrate_has_the_slopes_per_minute),
		TEST(equilibrate_when_cold_looks_at_pressure_only),
		TEST(equilibrate_in_flow_waits_for_the_gas),
		TEST(cool_rapid_is_heater_off),
		TEST(cool_at_a_rate_is_a_ramp),
		TEST(image_series_has_count_and_exposure),
		TEST(beam_shower_ends_blanked),
		TEST(wait_is_time),
		TEST(wait_has_conditions),
		TEST(ask_has_choices),
		TEST(ask_waits_for_ever),
		TEST(note_fills_in_names),
		TEST(evacuate_uses_the_gauge_that_resolves),
		TEST(evacuate_prefers_the_cells_gauge),
		TEST(atmosphere_flows_a_mixture),
		TEST(atmosphere_takes_percent),
		TEST(atmosphere_without_flow_is_a_fill),
		TEST(atmosphere_flows_up_to_what_passes),
		TEST(atmosphere_flows_what_is_asked_when_it_passes),
		TEST(purge_fills_and_pumps),
		TEST(purge_counts_its_cycles),
		TEST(purge_says_the_cycle),
		TEST(isolate_is_the_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
