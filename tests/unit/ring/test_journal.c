/* Short nights with a log, and what their rows say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring/dry.h"
#include "store/history.h"
#include "folder.h"
#include "laboratory.h"

#define S NSEC_PER_S
#define UTC INT64_C(1767225600000000000)

static const struct desk_who alice = { "alice", "test" };

struct bench {
	char folder[FOLDER_MAX], path[96];
	struct config *config;
	struct store *store;
	struct dry *dry;
	struct problems problems;
	struct err err;
};

static void open_log(struct bench *b)
{
	const struct store_options options = { .now = UTC,
					       .version = "test",
					       .config = b->config->text };
	struct text notice = { 0 };
	bool interrupted;

	folder_make(b->folder);
	snprintf(b->path, sizeof(b->path), "%s/log.db", b->folder);
	b->store =
		store_open(b->path, &options, &interrupted, &notice, &b->err);
	assert_non_null(b->store);
	text_free(&notice);
}

/* A laboratory, changed as the state before says. */
static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct dry_options options = { .utc = UTC, .seed = 1 };

	b->config = laboratory_with(*state);
	open_log(b);
	options.config = b->config;
	options.store = b->store;
	b->dry = dry_new(&options, &b->problems, &b->err);
	assert_non_null(b->dry);
	assert_int_equal(dry_until(b->dry, 2 * S, &b->err), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	dry_free(b->dry);
	store_close(b->store);
	config_free(b->config);
	problems_free(&b->problems);
	folder_remove(b->folder);
	free(b);
	return 0;
}

static void start(struct bench *b, const char *text)
{
	const struct desk_recipe recipe = { .text = text,
					    .n = strlen(text),
					    .file = "test.yaml" };
	uint32_t run;

	assert_int_equal(desk_start(dry_desk(b->dry), dry_now(b->dry) + 1,
				    &recipe, &alice, &run, &b->problems,
				    &b->err),
			 0);
	dry_settle(b->dry);
}

static void replace(struct bench *b, const char *text)
{
	const struct desk_recipe recipe = { .text = text,
					    .n = strlen(text),
					    .file = "rest.yaml" };

	assert_int_equal(desk_replace(dry_desk(b->dry), dry_now(b->dry) + 1,
				      &recipe, &alice, &b->problems, &b->err),
			 0);
	dry_settle(b->dry);
}

static void set(struct bench *b, const char *role, double value)
{
	struct command c = { .kind = COMMAND_SET, .value = value };

	c.role = (uint16_t)site_role(&b->config->site, role);
	assert_int_equal(desk_command(dry_desk(b->dry), dry_now(b->dry) + 1, &c,
				      &alice, &b->err),
			 0);
	dry_settle(b->dry);
}

static void go_on(struct bench *b, nsec duration)
{
	assert_int_equal(dry_until(b->dry, dry_now(b->dry) + duration, &b->err),
			 0);
}

/* How many rows of a view have `wanted` in `column`, after a commit. */
struct query {
	const char *column, *wanted;
	size_t n;
};

static bool is(const struct history_value *v, const char *wanted)
{
	char number[NUMBER_TEXT_MAX];

	if (v->type == HISTORY_TEXT)
		return !strcmp(v->s, wanted);
	if (v->type == HISTORY_NULL)
		return !strcmp(wanted, "NULL");
	number_print(v->type == HISTORY_INTEGER ? (double)v->i : v->x, number);
	return !strcmp(number, wanted);
}

static int look(void *context, size_t n, const char *const *names,
		const struct history_value *values)
{
	struct query *q = context;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], q->column))
			q->n += is(&values[i], q->wanted);
	return 0;
}

static size_t rows(struct bench *b, const char *view, const char *column,
		   const char *wanted)
{
	struct query q = { column, wanted, 0 };
	struct history *h;

	assert_int_equal(dry_commit(b->dry, &b->err), 0);
	h = history_open(b->path, &b->err);
	assert_non_null(h);
	assert_int_equal(history_view(h, view, 0, 0, look, &q, &b->err), 0);
	history_close(h);
	return q.n;
}

static const char heat[] =
	"recipe: Heat\nabout: a little\nsteps:\n"
	"  - ramp: {to: 30 °C, rate: 300 °C/min}\n  - hold: {for: 5 s}\n"
	"  - ramp: {to: 40 °C, rate: 300 °C/min}\n  - cool: rapid\n";

static void test_a_setpoint_says_which_step_it_is_of(void **state)
{
	struct bench *b = *state;

	start(b, heat);
	go_on(b, 30 * S);
	assert_int_equal(rows(b, "v_setpoint", "source",
			      "1 ramp to 30 °C at 300 °C/min"),
			 4);
	assert_int_equal(rows(b, "v_run", "state", "complete"), 1);
	assert_int_equal(rows(b, "v_step", "outcome", "done"), 5);
	assert_int_equal(rows(b, "v_step", "kind", "ramp"), 2);
}

static void test_what_was_asked_is_there_as_numbers(void **state)
{
	struct bench *b = *state;

	start(b, heat);
	assert_int_equal(rows(b, "v_step", "asked",
			      "{\"target_C\":40,"
			      "\"rate_K_per_min\":300,\"band_K\":2,"
			      "\"holdback_K\":5}"),
			 1);
}

static void test_all_setpoints_are_sent_answered_and_read_back(void **state)
{
	struct bench *b = *state;

	start(b, heat);
	go_on(b, 30 * S);
	assert_int_equal(rows(b, "v_setpoint", "sent", "NULL"), 0);
	assert_int_equal(rows(b, "v_setpoint", "answered", "NULL"), 0);
	assert_int_equal(rows(b, "v_setpoint", "readback", "NULL"), 0);
	assert_int_equal(rows(b, "v_setpoint", "readback", "40"), 1);
}

static void test_an_operator_is_named(void **state)
{
	struct bench *b = *state;

	set(b, "pump", 1);
	go_on(b, 2 * S);
	assert_int_equal(rows(b, "v_setpoint", "source", "alice: set"), 1);
	assert_int_equal(rows(b, "v_command", "user", "alice"), 1);
	assert_int_equal(
		rows(b, "v_command", "args", "{\"role\":\"pump\",\"value\":1}"),
		1);
}

static void test_a_trip_is_the_source_of_what_follows(void **state)
{
	struct bench *b = *state;

	start(b, heat);
	go_on(b, 10 * S);
	assert_true(rows(b, "v_setpoint", "source",
			 "heater above 1030 °C "
			 "(heater reads nothing valid): cool") >= 8);
	assert_int_equal(rows(b, "v_run", "state", "aborted"), 1);
}

static void test_a_lost_instrument_leaves_a_gap(void **state)
{
	struct bench *b = *state;

	go_on(b, 20 * S);
	assert_int_equal(rows(b, "v_gap", "instrument", "gasbox"), 1);
	assert_int_equal(rows(b, "v_gap", "reason", "timeout"), 1);
	assert_int_equal(rows(b, "v_gap", "instrument", "heater"), 0);
	assert_int_equal(rows(b, "v_event", "kind", "link"), 2);
}

static void test_steps_of_a_new_plan_are_numbered_on(void **state)
{
	struct bench *b = *state;

	start(b, heat);
	go_on(b, 1 * S);
	replace(b, "recipe: Rest\nabout: less\nsteps:\n  - note: enough\n"
		   "  - cool: rapid\n");
	go_on(b, 60 * S);
	assert_int_equal(rows(b, "v_step", "label", "enough"), 1);
	assert_int_equal(rows(b, "v_step", "step", "6"), 1);
	assert_int_equal(rows(b, "v_step", "step", "7"), 1);
	assert_int_equal(
		rows(b, "v_step", "label", "ramp to 40 °C at 300 °C/min"), 1);
	assert_int_equal(rows(b, "v_run", "state", "complete"), 1);
}

static void test_a_refused_start_leaves_no_run(void **state)
{
	const struct desk_recipe recipe = { .text = heat,
					    .n = strlen(heat),
					    .file = "test.yaml" };
	struct bench *b = *state;
	uint32_t run;

	start(b, heat);
	assert_int_equal(desk_start(dry_desk(b->dry), dry_now(b->dry) + 1,
				    &recipe, &alice, &run, &b->problems,
				    &b->err),
			 -1);
	assert_int_equal(rows(b, "v_run", "recipe", "Heat"), 1);
	assert_int_equal(rows(b, "v_command", "verb", "start"), 2);
	assert_int_equal(rows(b, "v_command", "outcome", "ok"), 1);
}

static void test_a_note_of_no_known_kind_is_the_daemons(void **state)
{
	struct bench *b = *state;
	size_t before = rows(b, "v_event", "kind", "daemon");

	journal_note(desk_journal(dry_desk(b->dry)), dry_now(b->dry) + 1,
		     SEVERITY_INFO, "whatever", "it rains");
	assert_int_equal(rows(b, "v_event", "text", "it rains"), 1);
	assert_int_equal(rows(b, "v_event", "kind", "daemon"), before + 1);
}

static void test_an_image_has_its_conditions(void **state)
{
	struct bench *b = *state;

	start(b, "recipe: Look\nabout: once\nsteps:\n"
		 "  - image: {exposure: 1 s}\n");
	go_on(b, 10 * S);
	assert_int_equal(rows(b, "v_image", "ok", "1"), 1);
	assert_int_equal(rows(b, "v_image", "temperature_C_mean", "NULL"), 0);
	assert_int_equal(rows(b, "v_image", "file", ""), 1);
	assert_int_equal(
		rows(b, "v_image", "gas_sample", "unknown gas 100.0 %"), 1);
}

#define NOT_A_NUMBER                                                           \
	"buses: {lab: {faults: [{kind: nan, at: 5 s, for: 1 s,"                \
	" instrument: heater, channel: temperature}]}}"
#define SILENCE                                                                \
	"buses: {lab: {faults: [{kind: no_reply, at: 5 s, for: 3 s,"           \
	" instrument: gasbox}]}}"
#define T(test, over)                                                          \
	cmocka_unit_test_prestate_setup_teardown(test, setup, teardown,        \
						 (char *)over)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_setpoint_says_which_step_it_is_of, "{}"),
		T(test_what_was_asked_is_there_as_numbers, "{}"),
		T(test_all_setpoints_are_sent_answered_and_read_back, "{}"),
		T(test_an_operator_is_named, "{}"),
		T(test_a_trip_is_the_source_of_what_follows, NOT_A_NUMBER),
		T(test_a_lost_instrument_leaves_a_gap, SILENCE),
		T(test_steps_of_a_new_plan_are_numbered_on, "{}"),
		T(test_a_refused_start_leaves_no_run, "{}"),
		T(test_a_note_of_no_known_kind_is_the_daemons, "{}"),
		T(test_an_image_has_its_conditions, "{}"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
