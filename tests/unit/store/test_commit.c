#include <math.h>

#include "fixture.h"

static void test_empty_batch_is_nothing(void **state)
{
	fixture_commit(*state);
}

static void test_bad_and_nan_values_are_null(void **state)
{
	struct fixture *f = *state;
	const double v[3] = { 351.5, NAN, 1 };

	batch_sample(f->batch, fixture_heater(f, NULL), T0 + S, v, 3, 4);
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT t - 1795332932123456789, bad, v0, v1, v2"
		       " FROM sample_1",
		       "1000000000|4|351.5|-|-\n");
}

static void test_samples_of_one_time_are_all_kept(void **state)
{
	struct fixture *f = *state;
	const double v[3] = { 0 };
	uint32_t table = fixture_heater(f, NULL);
	int i;

	for (i = 0; i < 3; i++)
		batch_sample(f->batch, table, T0, v, 3, 0);
	fixture_commit(f);
	fixture_expect(f, "SELECT t - 1795332932123456789 FROM sample_1",
		       "0\n1\n2\n");
}

static void test_setpoint_lives_in_one_row(void **state)
{
	struct fixture *f = *state;
	uint32_t heater;

	fixture_heater(f, &heater);
	fixture_setpoint(f, 9, T0 + S, heater, 350);
	fixture_commit(f);
	batch_sent(f->batch, 9, T0 + 2 * S);
	fixture_commit(f);
	batch_answered(f->batch, 9, T0 + 3 * S, "ok");
	batch_readback(f->batch, 9, T0 + 4 * S, 350.25);
	fixture_commit(f);
	fixture_expect(f, "SELECT * FROM v_setpoint",
		       "-|2026-11-22T07:35:33.123456Z|heater|350.0|°C|step|"
		       "2026-11-22T07:35:34.123456Z|"
		       "2026-11-22T07:35:35.123456Z|350.25|2 ramp|ok|0|9|1|1|"
		       "1795332933123456789|1795332934123456789|"
		       "1795332935123456789|1795332936123456789\n");
}

static void test_unknown_readback_is_null(void **state)
{
	struct fixture *f = *state;

	fixture_setpoint(f, 1, T0, 1, 350);
	batch_readback(f->batch, 1, T0, NAN);
	fixture_commit(f);
	fixture_expect(f, "SELECT readback FROM setpoint", "-\n");
}

static void test_unanswered_setpoint_is_pending_in_its_session(void **state)
{
	struct fixture *f = *state;

	fixture_setpoint(f, 1, T0, 1, 350);
	fixture_commit(f);
	fixture_expect(f, "SELECT answer FROM v_setpoint", "-\n");
}

static void test_unanswered_setpoint_is_unknown_afterwards(void **state)
{
	struct fixture *f = *state;

	fixture_setpoint(f, 1, T0, 1, 350);
	batch_sent(f->batch, 1, T0);
	fixture_commit(f);
	fixture_close(f);
	fixture_expect(f, "SELECT answer FROM v_setpoint", "unknown\n");
	fixture_exec(f, "UPDATE session SET ended = NULL");
	fixture_open(f, T0 + S);
	fixture_expect(f, "SELECT answer FROM v_setpoint", "unknown\n");
}

static void test_outcome_without_intent_is_refused_whole(void **state)
{
	struct fixture *f = *state;

	batch_event(f->batch, 1, T0, "info", "note", "before");
	batch_answered(f->batch, 5, T0, "ok");
	assert_int_equal(store_commit(f->store, f->batch, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INVALID);
	fixture_expect(f, "SELECT count(*) FROM event", "0\n");
}

static void test_setpoint_of_one_id_twice_is_refused(void **state)
{
	struct fixture *f = *state;

	fixture_setpoint(f, 1, T0, 1, 350);
	fixture_commit(f);
	fixture_setpoint(f, 1, T0 + S, 1, 900);
	assert_int_equal(store_commit(f->store, f->batch, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INVALID);
	fixture_expect(f, "SELECT value FROM setpoint", "350.0\n");
}

static void test_setpoint_ids_begin_anew_with_a_session(void **state)
{
	struct fixture *f = *state;

	fixture_setpoint(f, 1, T0, 1, 350);
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + S);
	fixture_setpoint(f, 1, T0 + S, 1, 900);
	batch_answered(f->batch, 1, T0 + S, "ok");
	fixture_commit(f);
	fixture_expect(f, "SELECT session, value, answer FROM v_setpoint",
		       "1|350.0|unknown\n2|900.0|ok\n");
}

static void test_rows_belong_to_the_run_that_is_open(void **state)
{
	struct fixture *f = *state;

	batch_event(f->batch, 1, T0, "info", "note", "before");
	fixture_run_begin(f, 4, T0 + S);
	batch_event(f->batch, 1, T0 + S, "info", "note", "in");
	fixture_commit(f);
	fixture_setpoint(f, 1, T0 + 2 * S, 1, 20);
	batch_state(f->batch, T0 + 2 * S, "running", "run", false);
	batch_run_end(f->batch, 4, T0 + 3 * S, "complete", "all done");
	batch_event(f->batch, 1, T0 + 3 * S, "info", "note", "after");
	fixture_commit(f);
	fixture_expect(f, "SELECT run, text FROM v_event",
		       "-|before\n4|in\n-|after\n");
	fixture_expect(f, "SELECT run FROM v_setpoint", "4\n");
	fixture_expect(f, "SELECT run, state, level, latched FROM v_state",
		       "4|running|run|0\n");
	fixture_expect(f, "SELECT run, recipe, state, reason FROM v_run",
		       "4|anneal|complete|all done\n");
}

static void test_failed_commit_does_not_open_its_run(void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0);
	batch_sent(f->batch, 77, T0);
	assert_int_equal(store_commit(f->store, f->batch, &f->err), -1);
	batch_clear(f->batch);
	batch_event(f->batch, 1, T0, "info", "note", "idle");
	fixture_commit(f);
	fixture_expect(f, "SELECT run, seq FROM v_event", "-|1\n");
	fixture_expect(f, "SELECT count(*) FROM run", "0\n");
}

static void test_steps_keep_their_plan_and_their_times(void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0);
	batch_plan_step(f->batch, 1, 1, "ramp", "to 350 °C", 7);
	batch_plan_step(f->batch, 1, 2, "hold", "10 min", 8);
	batch_step_begin(f->batch, 1, 1, T0 + S);
	batch_step_end(f->batch, 1, 1, T0 + 2 * S, "done", "in 1 s");
	batch_plan_step(f->batch, 1, 2, "hold", "20 min", 8);
	fixture_commit(f);
	fixture_expect(f, "SELECT * FROM v_step",
		       "1|1|ramp|to 350 °C|2026-11-22T07:35:33.123456Z|"
		       "2026-11-22T07:35:34.123456Z|done|in 1 s|7|{}|"
		       "1795332933123456789|1795332934123456789\n"
		       "1|2|hold|20 min|-|-|-|-|8|{}|-|-\n");
}

static void test_recipe_text_is_kept_once(void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0);
	batch_run_end(f->batch, 1, T0, "complete", "");
	fixture_run_begin(f, 2, T0 + S);
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT count(*) FROM document WHERE body LIKE"
		       " 'steps%'",
		       "1\n");
	fixture_expect(f, "SELECT text, includes FROM v_run",
		       "steps: []|{}\nsteps: []|{}\n");
}

static void test_image_has_its_conditions(void **state)
{
	struct fixture *f = *state;
	const struct batch_image i = { .run = 1,
				       .image = 3,
				       .step = 12,
				       .label = "at 350 °C",
				       .file = "images/3.tif",
				       .ok = true,
				       .t_begin = T0 + S,
				       .t_end = T0 + 2 * S,
				       .t_unblank = T0 + S / 2,
				       .t_blank = T0 + 2 * S + S / 4,
				       .temperature = { 349, 351, 348, 352,
							350 },
				       .pressure = { 50, 51, 49, 52, 50.5 },
				       .flow = { 0.1, 0.1, 0.1, 0.1, 0.1 },
				       .power = { 8, 9, NAN, 10, 8.5 },
				       .gas_inlet = "H2 75 %, N2 25 %",
				       .gas_sample = "Ar",
				       .transit_s = 10.5 };

	batch_image(f->batch, &i);
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT run, step, label, file, t_begin, t_end,"
		       " temperature_C_begin, temperature_C_end,"
		       " temperature_C_min, temperature_C_max,"
		       " temperature_C_mean, pressure_Torr_mean,"
		       " flow_sccm_min, heater_power_mW_min,"
		       " heater_power_mW_mean, gas_inlet, gas_sample,"
		       " beam_on_s, image, ok, transit_s FROM v_image",
		       "1|12|at 350 °C|images/3.tif|"
		       "2026-11-22T07:35:33.123456Z|"
		       "2026-11-22T07:35:34.123456Z|349.0|351.0|348.0|352.0|"
		       "350.0|50.5|0.1|-|8.5|H2 75 %, N2 25 %|Ar|1.75|3|1|"
		       "10.5\n");
}

static void test_purge_names_its_gauge(void **state)
{
	struct fixture *f = *state;
	struct batch_purge p = { .run = 1,
				 .step = 2,
				 .cycle = 1,
				 .cycles = 10,
				 .t = T0,
				 .fill = 760,
				 .base = 1,
				 .residual = 0.25,
				 .ok = true };

	fixture_heater(f, &p.gauge);
	batch_purge(f->batch, &p);
	p.cycle = 0;
	p.ok = false;
	batch_purge(f->batch, &p);
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT run, step, cycle, cycles, gauge, fill_Torr,"
		       " base_Torr, residual, ok FROM v_purge",
		       "1|2|1|10|heater|760.0|1.0|0.25|1\n"
		       "1|2|0|10|heater|760.0|1.0|0.25|0\n");
}

static void test_command_says_who_and_what_came_of_it(void **state)
{
	struct fixture *f = *state;
	const struct batch_command c = { .id = 1,
					 .run = 7,
					 .t = T0,
					 .verb = "start",
					 .args = "{\"recipe\":\"p5\"}",
					 .user = "alice",
					 .program = "gascellctl",
					 .outcome = "ok" };

	batch_command(f->batch, &c);
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT run, t, id, verb, args, user, program,"
		       " outcome FROM v_command",
		       "7|2026-11-22T07:35:32.123456Z|1|start|"
		       "{\"recipe\":\"p5\"}|alice|gascellctl|ok\n");
}

static void test_gap_names_its_instrument(void **state)
{
	struct fixture *f = *state;

	batch_gap(f->batch, fixture_heater(f, NULL), T0, T0 + 2 * S,
		  "no answer");
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT run, t_from, t_to, instrument, reason"
		       " FROM v_gap",
		       "-|2026-11-22T07:35:32.123456Z|"
		       "2026-11-22T07:35:34.123456Z|chip|no answer\n");
}

static void test_text_keeps_what_sql_and_terminals_would_obey(void **state)
{
	struct fixture *f = *state;

	batch_event(f->batch, 1, T0, "info", "note",
		    "'); DROP TABLE event; --\x1b[2J");
	fixture_commit(f);
	fixture_expect(f, "SELECT text FROM event",
		       "'); DROP TABLE event; --\x1b[2J\n");
}

static void test_moved_log_takes_no_more_rows(void **state)
{
	struct fixture *f = *state;
	char name[120];

	snprintf(name, sizeof(name), "%s.old", f->path);
	assert_int_equal(rename(f->path, name), 0);
	batch_event(f->batch, 1, T0, "info", "note", "lost?");
	assert_int_equal(store_commit(f->store, f->batch, &f->err), -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_int_equal(rename(name, f->path), 0);
	fixture_commit(f);
}

static void test_same_calls_give_the_same_rows(void **state)
{
	struct fixture *f = *state;
	struct text once = { 0 }, twice = { 0 };
	static const char question[] =
		"SELECT * FROM sample_1, setpoint,"
		" event, run, session, channel, document";
	int i;

	for (i = 0; i < 2; i++) {
		const double v[3] = { 1, 2, 3 };

		fixture_close(f);
		unlink(f->path);
		fixture_open(f, T0);
		fixture_run_begin(f, 1, T0);
		batch_sample(f->batch, fixture_heater(f, NULL), T0, v, 3, 0);
		fixture_setpoint(f, 1, T0, 1, 350);
		batch_event(f->batch, 1, T0, "info", "note", "same");
		fixture_commit(f);
		fixture_ask(f, question, i ? &twice : &once);
	}
	assert_true(once.n > 0);
	assert_string_equal(text_str(&once), text_str(&twice));
	text_free(&once);
	text_free(&twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_empty_batch_is_nothing),
		STORE_TEST(test_bad_and_nan_values_are_null),
		STORE_TEST(test_samples_of_one_time_are_all_kept),
		STORE_TEST(test_setpoint_lives_in_one_row),
		STORE_TEST(test_unknown_readback_is_null),
		STORE_TEST(test_unanswered_setpoint_is_pending_in_its_session),
		STORE_TEST(test_unanswered_setpoint_is_unknown_afterwards),
		STORE_TEST(test_outcome_without_intent_is_refused_whole),
		STORE_TEST(test_setpoint_of_one_id_twice_is_refused),
		STORE_TEST(test_setpoint_ids_begin_anew_with_a_session),
		STORE_TEST(test_rows_belong_to_the_run_that_is_open),
		STORE_TEST(test_failed_commit_does_not_open_its_run),
		STORE_TEST(test_steps_keep_their_plan_and_their_times),
		STORE_TEST(test_recipe_text_is_kept_once),
		STORE_TEST(test_image_has_its_conditions),
		STORE_TEST(test_purge_names_its_gauge),
		STORE_TEST(test_command_says_who_and_what_came_of_it),
		STORE_TEST(test_gap_names_its_instrument),
		STORE_TEST(test_text_keeps_what_sql_and_terminals_would_obey),
		STORE_TEST(test_moved_log_takes_no_more_rows),
		STORE_TEST(test_same_calls_give_the_same_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
