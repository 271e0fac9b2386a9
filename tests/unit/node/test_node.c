/*
 * The daemon's node on the simulated laboratory in virtual time: what clients
 * ask reaches the instruments, and what happens there reaches the clients.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/array.h"
#include "node/node.h"
#include "ring/dry.h"

#define UTC (INT64_C(1795332932) * NSEC_PER_S)
#define S NSEC_PER_S

struct bench {
	struct config *config;
	struct dry *dry;
	struct daemon_node *node;
	struct node_client *client;
	struct text out;
};

static void on_seen(void *context, const struct event *event,
		    const struct actions *actions)
{
	struct bench *b = context;

	if (b->node)
		daemon_node_seen(b->node, event, actions);
}

static int find_recipe(void *context, const char *name, struct text *out,
		       struct text *file, struct err *err)
{
	(void)context;
	if (strcmp(name, "pause-me"))
		return err_set(err, ERR_NOT_FOUND, "there is no recipe '%s'",
			       name);
	text_add(out, "recipe: A long hold\nsteps:\n  - hold: 10 min\n");
	text_add(file, "pause-me.yaml");
	return 0;
}

static struct node_client *connect_as(struct bench *b, enum node_rights rights)
{
	static const struct node_who who = { .user = "alice",
					     .program = "test",
					     .peer = "unix" };

	return node_client_new(daemon_node_node(b->node), rights, &who, NULL);
}

static void run_until_safe(struct bench *b)
{
	struct engine_status status;
	struct err err;
	int i;

	for (i = 0; i < 100; i++) {
		assert_int_equal(dry_until(b->dry, dry_now(b->dry) + S, &err),
				 0);
		engine_status(dry_engine(b->dry), dry_now(b->dry), &status);
		if (!status.latched)
			return;
	}
	fail_msg("the laboratory never became safe: %s", status.cause);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct problems problems = { 0 };
	struct dry_options options = {
		.seed = 1, .utc = UTC, .seen = on_seen, .context = b
	};
	struct daemon_node_setup node = { .utc_offset = UTC,
					  .find = find_recipe,
					  .database = "log.db",
					  .images = "images" };
	struct err err;

	b->config = config_load(NULL, &problems);
	assert_non_null(b->config);
	options.config = b->config;
	b->dry = dry_new(&options, &problems, &err);
	assert_non_null(b->dry);
	problems_free(&problems);
	node.config = b->config;
	node.ring = dry_ring(b->dry);
	node.desk = dry_desk(b->dry);
	b->node = daemon_node_new(&node);
	b->client = connect_as(b, NODE_OPERATOR);
	run_until_safe(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	struct daemon_node *node = b->node;

	b->node = NULL;
	daemon_node_free(node);
	dry_free(b->dry);
	config_free(b->config);
	text_free(&b->out);
	free(b);
	return 0;
}

static nsec utc_now(const struct bench *b)
{
	return dry_now(b->dry) + UTC;
}

static const char *got(struct bench *b)
{
	text_clear(&b->out);
	while (node_client_has_output(b->client)) {
		node_client_proceed(b->client, utc_now(b));
		node_client_output(b->client, &b->out, 65536);
	}
	return text_str(&b->out);
}

/* What has come at once. */
static const char *ask(struct bench *b, const char *line)
{
	node_client_receive(b->client, utc_now(b), line, strlen(line));
	node_client_receive(b->client, utc_now(b), "\n", 1);
	return got(b);
}

static void pass(struct bench *b, nsec time)
{
	struct err err;

	assert_int_equal(dry_until(b->dry, dry_now(b->dry) + time, &err), 0);
	daemon_node_tick(b->node, dry_now(b->dry));
}

/* Instruments write what they were given, and time passes. */
static const char *later(struct bench *b, nsec time)
{
	dry_settle(b->dry);
	pass(b, time);
	return got(b);
}

#define begins(s, start) assert_memory_equal(s, start, strlen(start))
#define has(s, part) assert_non_null(strstr(s, part))

/* -- roles ------------------------------------------------------------- */

static void every_role_is_a_module(void **state)
{
	struct bench *b = *state;
	struct node *n = daemon_node_node(b->node);
	const struct site *site = &b->config->site;
	char name[ROLE_NAME_MAX];
	size_t i, k;

	for (i = 0; i < site->n_roles; i++) {
		text_copy(name, sizeof(name), site->roles[i].name);
		for (k = 0; name[k]; k++)
			if (name[k] == '.' || name[k] == '-')
				name[k] = '_';
		assert_true(node_find_parameter(n, name, "value") >= 0);
		assert_true(node_find_parameter(n, name, "status") >= 0);
		assert_int_equal(node_find_parameter(n, name, "target") >= 0,
				 (site->roles[i].access & ROLE_WRITE) != 0);
	}
}

static void description_is_json(void **state)
{
	struct bench *b = *state;
	const struct text *d =
		node_describe(daemon_node_node(b->node), NODE_OPERATOR);
	json_t *v = json_loads(text_str(d), JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(v);
	assert_string_equal(
		json_string_value(json_object_get(v, "equipment_id")),
		"gascell_simulated_gas_cell");
	json_decref(v);
}

static void readings_are_shown(void **state)
{
	struct bench *b = *state;

	begins(ask(b, "read heater:value"), "reply heater:value [");
	begins(ask(b, "read valve_inlet:value"), "reply valve_inlet:value [0,");
	begins(ask(b, "read heater:status"),
	       "reply heater:status [[100,\"off\"]");
}

static void set_is_answered_when_it_is_read_back(void **state)
{
	struct bench *b = *state;

	assert_string_equal(ask(b, "change gas_N2:target 5"), "");
	begins(later(b, 2 * S), "changed gas_N2:target [5,");
}

static void target_is_told_before_changed(void **state)
{
	struct bench *b = *state;
	const char *update, *changed, *s;

	ask(b, "activate gas_N2");
	ask(b, "change gas_N2:target 5");
	s = later(b, 2 * S);
	update = strstr(s, "update gas_N2:target [5,");
	changed = strstr(s, "changed gas_N2:target [5,");
	assert_non_null(update);
	assert_true(update < changed);
}

static void switches_take_names(void **state)
{
	struct bench *b = *state;

	ask(b, "change valve_pump:target \"open\"");
	begins(later(b, 5 * S), "changed valve_pump:target [1,");
}

static void slow_things_are_busy_before_the_answer(void **state)
{
	struct bench *b = *state;
	const char *busy, *changed, *s;

	ask(b, "activate inlet_pressure");
	text_clear(&b->out);
	s = ask(b, "change inlet_pressure:target 300");
	has(s, "update inlet_pressure:status [[300,");
	s = later(b, 3 * S);
	busy = strstr(s, "inlet_pressure:status [[100");
	changed = strstr(s, "changed inlet_pressure:target [300,");
	assert_non_null(changed);
	assert_true(!busy || busy > changed);
}

static void stop_of_what_does_not_move_is_done(void **state)
{
	begins(ask(*state, "do heater:stop"), "done heater:stop [null,");
}

static void stop_sets_the_present_value(void **state)
{
	struct bench *b = *state;

	ask(b, "change inlet_pressure:target 300");
	later(b, S);
	assert_string_equal(ask(b, "do inlet_pressure:stop"), "");
	begins(later(b, 3 * S), "done inlet_pressure:stop [null,");
	begins(ask(b, "read inlet_pressure:status"),
	       "reply inlet_pressure:status [[100,");
}

static void newer_set_overtakes(void **state)
{
	struct bench *b = *state;

	assert_string_equal(ask(b, "change gas_N2:target 5"), "");
	has(ask(b, "change gas_N2:target 6"),
	    "error_change gas_N2:target [\"Impossible\",\"overtaken");
	begins(later(b, 2 * S), "changed gas_N2:target [6,");
}

static void limits_are_kept(void **state)
{
	struct bench *b = *state;

	has(ask(b, "change gas_N2:target 1e6"), "\"RangeError\"");
	has(ask(b, "change heater:target -300"), "\"RangeError\"");
	has(ask(b, "change valve_pump:target \"ajar\""), "\"RangeError\"");
}

static void dangerous_set_is_refused_by_the_engine(void **state)
{
	struct bench *b = *state;

	has(ask(b, "change gas_H2:target 5"), "error_change gas_H2:target [\"");
}

static void trip_makes_energising_impossible(void **state)
{
	struct bench *b = *state;

	begins(ask(b, "do run:_abort"), "done run:_abort");
	has(ask(b, "change heater_output:target 1"), "\"Impossible\"");
}

static void silent_instrument_is_an_error(void **state)
{
	struct bench *b = *state;
	int role = site_role(&b->config->site, "gas.N2");
	struct actions none = { 0 };
	struct event lost = { .type = EVENT_LOST, .now = dry_now(b->dry) };

	lost.lost.poll = b->config->site.roles[role].poll;
	lost.lost.code = ERR_TIMEOUT;
	daemon_node_seen(b->node, &lost, &none);
	has(ask(b, "read gas_N2:value"), "\"CommunicationFailed\"");
	has(ask(b, "read gas_N2:status"), "[[400,");
	later(b, 2 * S);
	begins(ask(b, "read gas_N2:value"), "reply gas_N2:value [");
	begins(ask(b, "read gas_N2:status"), "reply gas_N2:status [[100,");
}

static void what_an_instrument_says_is_the_status_of_its_roles(void **state)
{
	struct bench *b = *state;
	const struct site *site = &b->config->site;
	const char *name =
		site->polls[site->roles[site_role(site, "gas.N2")].poll].name;
	struct journal_condition c = { SEVERITY_WARNING, "status", name,
				       "gas: HLD: its valve is held" };

	journal_condition(desk_journal(dry_desk(b->dry)), dry_now(b->dry), &c);
	has(ask(b, "read gas_N2:status"), "[[200,\"HLD: its valve is held\"]");
	c = (struct journal_condition){ SEVERITY_INFO, "status", name,
					"gas: all is well with it again" };
	journal_condition(desk_journal(dry_desk(b->dry)), dry_now(b->dry), &c);
	has(ask(b, "read gas_N2:status"), "[[100,");
}

/* Nothing answers, because nobody calls dry_settle(). */
static void set_that_is_never_answered_is_a_timeout(void **state)
{
	struct bench *b = *state;

	assert_string_equal(ask(b, "change gas_N2:target 5"), "");
	daemon_node_tick(b->node, dry_now(b->dry) + 20 * S);
	has(got(b), "error_change gas_N2:target [\"TimeoutError\"");
}

static void client_may_go_while_its_set_is_under_way(void **state)
{
	struct bench *b = *state;

	ask(b, "change gas_N2:target 5");
	node_client_free(b->client);
	b->client = connect_as(b, NODE_OPERATOR);
	assert_string_equal(later(b, 2 * S), "");
	begins(ask(b, "read gas_N2:target"), "reply gas_N2:target [5,");
}

static void observer_changes_nothing(void **state)
{
	struct bench *b = *state;

	node_client_free(b->client);
	b->client = connect_as(b, NODE_OBSERVER);
	has(ask(b, "change gas_N2:target 5"), "\"ReadOnly\"");
	has(ask(b, "change run:target \"pause-me\""), "\"ReadOnly\"");
	has(ask(b, "do run:_abort"), "\"Disabled\"");
	begins(ask(b, "read run:_state"), "reply run:_state [\"idle\"");
}

/* -- runs -------------------------------------------------------------- */

static void start(struct bench *b)
{
	begins(ask(b, "change run:target \"pause-me\""),
	       "changed run:target [\"pause-me\",");
}

static void runs_a_recipe_of_the_library(void **state)
{
	struct bench *b = *state;

	start(b);
	begins(ask(b, "read run:status"), "reply run:status [[300,");
	/* A hold is two steps, of which the first takes no time. */
	begins(ask(b, "read run:_step"), "reply run:_step [2,");
	begins(ask(b, "read run:_recipe"), "reply run:_recipe [\"A long hold");
	pass(b, 700 * S);
	begins(ask(b, "read run:status"), "reply run:status [[100,\"complete");
	begins(ask(b, "read run:value"), "reply run:value [\"pause-me\"");
	begins(ask(b, "read run:_progress"), "reply run:_progress [1,");
	begins(ask(b, "read run:_step"), "reply run:_step [0,");
}

static void shows_the_plan_and_keeps_it(void **state)
{
	struct bench *b = *state;

	begins(ask(b, "read run:_plan"), "reply run:_plan [\"[]\"");
	start(b);
	begins(ask(b, "read run:_plan"),
	       "reply run:_plan [\"[{\\\"step\\\":1,\\\"steps\\\":2,");
	pass(b, 700 * S);
	has(ask(b, "read run:_plan"), "\\\"seconds\\\":600,");
	start(b);
	has(ask(b, "read run:_plan"), "\\\"seconds\\\":600,");
}

static void a_node_without_a_list_knows_no_recipes(void **state)
{
	struct bench *b = *state;

	begins(ask(b, "do run:_recipes"), "done run:_recipes [[],");
}

static void busy_comes_first_and_changed_last(void **state)
{
	struct bench *b = *state;
	const char *s, *changed;

	ask(b, "activate run");
	s = ask(b, "change run:target \"pause-me\"");
	changed = strstr(s, "changed run:target");
	has(s, "update run:status [[300,");
	assert_non_null(changed);
	assert_ptr_equal(strchr(changed, '\n') + 1, s + strlen(s));
	assert_true(strstr(s, "run:status") < strstr(s, "run:_step"));
}

static void run_owns_the_instruments(void **state)
{
	struct bench *b = *state;

	start(b);
	begins(ask(b, "read heater:controlled_by"),
	       "reply heater:controlled_by [1,");
	has(ask(b, "change gas_N2:target 5"), "\"IsBusy\"");
	has(ask(b, "change run:target \"pause-me\""), "\"IsBusy\"");
	ask(b, "do run:stop");
	pass(b, S);
	begins(ask(b, "read heater:controlled_by"),
	       "reply heater:controlled_by [0,");
}

static void hold_pauses_and_the_same_target_resumes(void **state)
{
	struct bench *b = *state;

	start(b);
	pass(b, 5 * S);
	begins(ask(b, "do run:hold"), "done run:hold [null,");
	pass(b, S);
	begins(ask(b, "read run:status"), "reply run:status [[301,");
	begins(ask(b, "change run:target \"pause-me\""), "changed run:target");
	begins(ask(b, "read run:status"), "reply run:status [[300,");
}

static void stop_of_no_run_is_done(void **state)
{
	begins(ask(*state, "do run:stop"), "done run:stop [null,");
}

static void abort_is_an_error_until_it_is_reset(void **state)
{
	struct bench *b = *state;

	start(b);
	ask(b, "do run:_abort");
	begins(ask(b, "read run:status"), "reply run:status [[400,\"aborted");
	begins(ask(b, "read run:_latched"), "reply run:_latched [true,");
	pass(b, 20 * S);
	begins(ask(b, "do run:clear_errors"), "done run:clear_errors");
	begins(ask(b, "read run:status"), "reply run:status [[200,");
}

static void unknown_recipe_is_a_range_error(void **state)
{
	has(ask(*state, "change run:target \"nothing\""),
	    "[\"RangeError\",\"there is no recipe 'nothing'\"");
}

/* {"recipe": ..., more} as the argument of the command. */
static const char *ask_with(struct bench *b, const char *command,
			    const char *recipe, const char *more)
{
	static char line[4096];
	struct text t = { 0 };

	json_add_string(&t, recipe);
	snprintf(line, sizeof(line), "do run:%s {\"recipe\":%s%s}", command,
		 text_str(&t), more);
	text_free(&t);
	return ask(b, line);
}

#define HOLD "recipe: H\nparameters: {time: 10 min}\nsteps:\n  - hold: $time\n"

static void starts_what_the_client_brings(void **state)
{
	struct bench *b = *state;

	begins(ask_with(b, "_start", HOLD,
			",\"name\":\"h.yaml\","
			"\"label\":\"first\",\"parameters\":"
			"\"{\\\"time\\\":\\\"20 min\\\"}\""),
	       "done run:_start [{\"run\":1},");
	begins(ask(b, "read run:time_to_target"),
	       "reply run:time_to_target [1200,");
	begins(ask(b, "read run:_label"), "reply run:_label [\"first\",");
	begins(ask(b, "read run:value"), "reply run:value [\"h.yaml\",");
}

static void validates_without_effect(void **state)
{
	struct bench *b = *state;

	begins(ask_with(b, "_validate", HOLD, ""),
	       "done run:_validate [{\"ok\":true,\"text\":\"\","
	       "\"seconds\":600,");
	begins(ask_with(b, "_validate",
			"recipe: H\nsteps:\n  - hold: 5\n"
			"  - jump: high\n",
			",\"name\":\"h.yaml\""),
	       "done run:_validate [{\"ok\":false,\"text\":\"h.yaml:3:");
	begins(ask(b, "read run:_state"), "reply run:_state [\"idle\"");
}

static void all_mistakes_are_in_the_details(void **state)
{
	struct bench *b = *state;
	const char *s = ask_with(b, "_start",
				 "recipe: H\nsteps:\n"
				 "  - hold: 5\n  - jump: high\n",
				 ",\"name\":\"h.yaml\"");

	begins(s, "error_do run:_start [\"RangeError\",\"h.yaml:3:");
	has(s, "(and 1 more)\",{\"problems\":\"h.yaml:3:");
	has(s, "\\nh.yaml:4:");
}

static void includes_come_from_the_client_or_the_library(void **state)
{
	struct bench *b = *state;
	const char *recipe = "recipe: H\nsteps:\n  - include: mine\n"
			     "  - include: pause-me\n";

	begins(ask_with(b, "_validate", recipe,
			",\"includes\":\"{\\\"mine\\\""
			":\\\"recipe: M\\\\nsteps:\\\\n  - hold: 5 min\\\"}\""),
	       "done run:_validate [{\"ok\":true,\"text\":\"\","
	       "\"seconds\":900,");
	has(ask_with(b, "_validate", recipe, ""), "\"ok\":false");
}

static void objects_in_strings_are_checked(void **state)
{
	struct bench *b = *state;

	has(ask_with(b, "_start", HOLD, ",\"parameters\":\"{\""),
	    "\"BadJSON\",\"parameters: ");
	has(ask_with(b, "_start", HOLD, ",\"parameters\":\"[]\""),
	    "\"WrongType\",\"parameters: not a JSON object");
	has(ask_with(b, "_start", HOLD, ",\"parameters\":\"{\\\"time\\\":5}\""),
	    "\"WrongType\",\"parameters: time is not a string");
	has(ask(b, "do run:_start {}"), "\"WrongType\",\"recipe is missing");
}

static void questions_are_answered(void **state)
{
	struct bench *b = *state;

	ask_with(b, "_start",
		 "recipe: Q\nsteps:\n  - ask: {text: Sharp?, "
		 "choices: [very, hardly]}\n",
		 "");
	begins(ask(b, "read run:status"), "reply run:status [[303,");
	begins(ask(b, "read run:_prompt"), "reply run:_prompt [\"Sharp?\",");
	begins(ask(b, "read run:_choices"),
	       "reply run:_choices [[\"very\",\"hardly\"],");
	has(ask(b, "do run:_answer \"no\""), "\"RangeError\"");
	begins(ask(b, "do run:_answer \"very\""), "done run:_answer [null,");
	begins(ask(b, "read run:_prompt"), "reply run:_prompt [\"\",");
	has(ask(b, "do run:_answer \"very\""), "\"Impossible\"");
}

static void holds_are_extended_and_steps_skipped(void **state)
{
	struct bench *b = *state;

	start(b);
	pass(b, S);
	begins(ask(b, "do run:_extend 600"), "done run:_extend");
	pass(b, S);
	begins(ask(b, "read run:_soak_asked"), "reply run:_soak_asked [1200,");
	begins(ask(b, "do run:_skip"), "done run:_skip");
	has(ask(b, "do run:_extend 1e9"), "\"RangeError\"");
}

static void rest_of_the_plan_is_replaced(void **state)
{
	struct bench *b = *state;

	has(ask_with(b, "_replace", HOLD, ""), "\"Impossible\"");
	ask_with(b, "_start",
		 "recipe: A\nsteps:\n  - hold: 1 min\n"
		 "  - hold: 2 min\n",
		 "");
	begins(ask_with(b, "_replace", HOLD, ""), "done run:_replace [null,");
	pass(b, 70 * S);
	begins(ask(b, "read run:_recipe"), "reply run:_recipe [\"H\",");
}

static void journal_lines_are_events(void **state)
{
	struct bench *b = *state;

	ask(b, "activate run");
	has(ask_with(b, "_start", "recipe: N\nsteps:\n  - note: hello\n", ""),
	    "update run:_event [{\"seq\":");
}

/* -- the queue, in virtual time ---------------------------------------- */

/* Looks a few times a second at what there is to do, as the daemon does. */
static void pass_looking(struct bench *b, nsec time)
{
	for (; time > 0; time -= S / 2)
		pass(b, S / 2);
}

static void a_night_of_runs_goes_by_itself(void **state)
{
	static const char *const names[] = { "first", "second", "third" };
	struct bench *b = *state;
	char more[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(more, sizeof(more), ",\"name\":\"%s\"", names[i]);
		begins(ask_with(b, "_queue_add", HOLD, more),
		       "done run:_queue_add [{\"id\":");
	}
	pass_looking(b, 60 * S);
	begins(ask(b, "read run:_queue_state"),
	       "reply run:_queue_state [\"idle\",");
	begins(ask(b, "do run:_queue_go"), "done run:_queue_go [null,");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(more, sizeof(more), "reply run:value [\"%s\",",
			 names[i]);
		pass_looking(b, 300 * S);
		begins(ask(b, "read run:value"), more);
		begins(ask(b, "read run:_state"),
		       "reply run:_state [\"running\",");
		pass_looking(b, 310 * S);
	}
	begins(ask(b, "read run:_queue"), "reply run:_queue [\"[]\",");
	begins(ask(b, "read run:_queue_state"),
	       "reply run:_queue_state [\"idle\",");
	begins(ask(b, "read run:_run"), "reply run:_run [3,");
}

static void what_does_not_pass_holds_the_night(void **state)
{
	static const char oxygen[] =
		"recipe: O\nsteps:\n  - atmosphere: {gas: O2, pressure: "
		"100 Torr, flow: {up_to: 0.05 sccm}}\n";
	struct bench *b = *state;

	begins(ask_with(b, "_queue_add", oxygen, ",\"name\":\"o\""),
	       "done run:_queue_add [{\"id\":1}");
	ask(b, "do run:_queue_go");
	has(ask(b, "read run:_queue_state"), "\"held: o does not start: o:3:");
	has(ask(b, "read run:_queue"), "\\\"state\\\":\\\"held\\\"");
}

static void a_loaded_recipe_starts_by_its_name(void **state)
{
	struct bench *b = *state;

	has(ask_with(b, "_load", HOLD, ",\"name\":\"mine\""), "\"sha256\":\"");
	begins(ask(b, "change run:target \"mine\""),
	       "changed run:target [\"mine\",");
	has(ask_with(b, "_load", HOLD, ",\"name\":\"pause-me\""),
	    "is a recipe of the library");
}

static void newest_events_are_remembered(void **state)
{
	struct bench *b = *state;
	const char *s;

	ask_with(b, "_start", "recipe: N\nsteps:\n  - note: hello\n", "");
	s = ask(b, "do run:_events {\"since\":0}");
	begins(s, "done run:_events [\"[{\\\"seq\\\":1,");
	has(s, "hello");
	has(ask(b, "do run:_events {\"since\":1000}"), "[\"[]\",");
	has(ask(b, "do run:_history {\"parameter\":\"heater\",\"from\":0,"
		   "\"to\":1}"),
	    "\"Impossible\",\"there is no log\"");
}

/* -- the daemon -------------------------------------------------------- */

static void daemon_tells_where_its_log_is(void **state)
{
	struct bench *b = *state;

	begins(ask(b, "read daemon:_database"),
	       "reply daemon:_database [\"log.db\",");
	daemon_node_log_state(b->node, dry_now(b->dry), "failed: disk full");
	begins(ask(b, "read daemon:_log_state"),
	       "reply daemon:_log_state [\"failed: disk full\",");
	daemon_node_image_file(b->node, dry_now(b->dry), 1, "a.tif");
	begins(ask(b, "read run:_last_image"),
	       "reply run:_last_image [\"a.tif\",");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_role_is_a_module),
		T(description_is_json),
		T(readings_are_shown),
		T(set_is_answered_when_it_is_read_back),
		T(target_is_told_before_changed),
		T(switches_take_names),
		T(slow_things_are_busy_before_the_answer),
		T(stop_of_what_does_not_move_is_done),
		T(stop_sets_the_present_value),
		T(newer_set_overtakes),
		T(limits_are_kept),
		T(dangerous_set_is_refused_by_the_engine),
		T(trip_makes_energising_impossible),
		T(silent_instrument_is_an_error),
		T(what_an_instrument_says_is_the_status_of_its_roles),
		T(set_that_is_never_answered_is_a_timeout),
		T(client_may_go_while_its_set_is_under_way),
		T(observer_changes_nothing),
		T(runs_a_recipe_of_the_library),
		T(shows_the_plan_and_keeps_it),
		T(a_node_without_a_list_knows_no_recipes),
		T(busy_comes_first_and_changed_last),
		T(run_owns_the_instruments),
		T(hold_pauses_and_the_same_target_resumes),
		T(stop_of_no_run_is_done),
		T(abort_is_an_error_until_it_is_reset),
		T(unknown_recipe_is_a_range_error),
		T(starts_what_the_client_brings),
		T(validates_without_effect),
		T(all_mistakes_are_in_the_details),
		T(includes_come_from_the_client_or_the_library),
		T(objects_in_strings_are_checked),
		T(questions_are_answered),
		T(holds_are_extended_and_steps_skipped),
		T(rest_of_the_plan_is_replaced),
		T(journal_lines_are_events),
		T(a_night_of_runs_goes_by_itself),
		T(what_does_not_pass_holds_the_night),
		T(a_loaded_recipe_starts_by_its_name),
		T(newest_events_are_remembered),
		T(daemon_tells_where_its_log_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
