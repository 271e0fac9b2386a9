/* The desk in front of the built-in laboratory, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring/dry.h"

#define S NSEC_PER_S

static const struct desk_who alice = { "alice", "test" };

struct bench {
	struct config *config;
	struct dry *dry;
	struct problems problems;
	struct err err;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct dry_options options = { .seed = 1 };

	b->config = config_load(NULL, &b->problems);
	assert_non_null(b->config);
	options.config = b->config;
	b->dry = dry_new(&options, &b->problems, &b->err);
	assert_non_null(b->dry);
	assert_int_equal(dry_until(b->dry, 5 * S, &b->err), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	dry_free(b->dry);
	config_free(b->config);
	problems_free(&b->problems);
	free(b);
	return 0;
}

static struct engine_status status_of(struct bench *b)
{
	struct engine_status status;

	engine_status(dry_engine(b->dry), dry_now(b->dry), &status);
	return status;
}

static struct desk_recipe recipe_of(const char *text)
{
	return (struct desk_recipe){ .text = text,
				     .n = strlen(text),
				     .file = "test.yaml" };
}

static int start(struct bench *b, const char *text, uint32_t *run)
{
	struct desk_recipe recipe = recipe_of(text);
	int status = desk_start(dry_desk(b->dry), dry_now(b->dry) + 1, &recipe,
				&alice, run, &b->problems, &b->err);

	dry_settle(b->dry);
	return status;
}

static int command(struct bench *b, struct command c)
{
	int status = desk_command(dry_desk(b->dry), dry_now(b->dry) + 1, &c,
				  &alice, &b->err);

	dry_settle(b->dry);
	return status;
}

static void go_on(struct bench *b, nsec duration)
{
	assert_int_equal(dry_until(b->dry, dry_now(b->dry) + duration, &b->err),
			 0);
}

static const char wait_recipe[] =
	"recipe: Wait\nabout: a while\nsteps:\n  - wait: 1 min\n"
	"  - wait: 1 min\n";

static void test_a_good_recipe_starts(void **state)
{
	struct bench *b = *state;
	uint32_t run = 0;

	assert_int_equal(start(b, wait_recipe, &run), 0);
	assert_int_equal(run, 1);
	assert_int_equal(status_of(b).state, STATE_RUNNING);
	assert_int_equal(status_of(b).run, 1);
	assert_string_equal(status_of(b).plan->name, "Wait");
	go_on(b, 125 * S);
	assert_int_equal(status_of(b).state, STATE_COMPLETE);
	assert_null(status_of(b).plan);
}

static void test_mistakes_keep_it_from_starting(void **state)
{
	struct bench *b = *state;
	uint32_t run = 77;

	assert_int_equal(start(b,
			       "recipe: x\nabout: y\nsteps:\n"
			       "  - ramp: {to: 300}\n  - jump: 1\n",
			       &run),
			 -1);
	assert_true(b->problems.n >= 2);
	assert_string_equal(b->problems.v[0].file, "test.yaml");
	assert_int_equal(run, 77);
	assert_int_equal(status_of(b).state, STATE_IDLE);
}

static void test_a_second_run_is_refused(void **state)
{
	struct bench *b = *state;
	uint32_t run = 0;

	assert_int_equal(start(b, wait_recipe, &run), 0);
	assert_int_equal(start(b, wait_recipe, &run), -1);
	assert_int_equal(b->problems.n, 0);
	assert_int_equal(b->err.code, ERR_STATE);
	assert_non_null(strstr(b->err.msg, "a run is active"));
	assert_int_equal(run, 1);
	assert_int_equal(status_of(b).run, 1);
}

static void test_run_numbers_are_never_given_twice(void **state)
{
	struct bench *b = *state;
	uint32_t run = 0;

	assert_int_equal(start(b, wait_recipe, &run), 0);
	go_on(b, 125 * S);
	assert_int_equal(start(b, wait_recipe, &run), 0);
	assert_int_equal(run, 2);
}

static void test_a_refused_start_uses_no_number_up(void **state)
{
	struct bench *b = *state;
	uint32_t run = 0;

	assert_int_equal(start(b, wait_recipe, &run), 0);
	assert_int_equal(start(b, wait_recipe, &run), -1);
	assert_int_equal(start(b, "recipe: x\n", &run), -1);
	go_on(b, 125 * S);
	assert_int_equal(start(b, wait_recipe, &run), 0);
	assert_int_equal(run, 2);
}

static void test_an_order_starts_nothing_until_it_is_given(void **state)
{
	struct bench *b = *state;
	struct desk_recipe recipe = recipe_of(wait_recipe);
	struct order order = { 0 };
	nsec before = dry_now(b->dry);
	uint32_t run = 0;

	assert_int_equal(desk_order(dry_desk(b->dry), before + 1, &recipe,
				    &order, &b->err),
			 0);
	order_compile(&order);
	assert_non_null(order.plan);
	assert_int_equal(order.plan->n_steps, 2);
	assert_int_equal(dry_now(b->dry), before);
	assert_int_equal(status_of(b).state, STATE_IDLE);
	assert_true(desk_is_current(dry_desk(b->dry), &order));
	assert_int_equal(desk_start_order(dry_desk(b->dry), before + 2, &order,
					  &alice, &run, &b->err),
			 0);
	assert_int_equal(status_of(b).state, STATE_RUNNING);
	assert_null(order.plan);
	order_fini(&order);
}

static void test_a_command_makes_orders_old(void **state)
{
	struct bench *b = *state;
	struct desk_recipe recipe = recipe_of(wait_recipe);
	struct command abort = { .kind = COMMAND_ABORT };
	struct order order = { 0 };

	assert_int_equal(desk_order(dry_desk(b->dry), dry_now(b->dry) + 1,
				    &recipe, &order, &b->err),
			 0);
	desk_log(dry_desk(b->dry), dry_now(b->dry) + 2, "load", "", &alice,
		 "ok");
	assert_true(desk_is_current(dry_desk(b->dry), &order));
	desk_command(dry_desk(b->dry), dry_now(b->dry) + 3, &abort, &alice,
		     &b->err);
	assert_false(desk_is_current(dry_desk(b->dry), &order));
	order_fini(&order);
}

static void test_the_rest_of_a_plan_is_exchanged(void **state)
{
	static const char rest[] = "recipe: Rest\nabout: other\nsteps:\n"
				   "  - wait: 10 s\n";
	struct desk_recipe recipe = recipe_of(rest);
	struct bench *b = *state;
	uint32_t run = 0;

	assert_int_equal(start(b, wait_recipe, &run), 0);
	go_on(b, 5 * S);
	for (int i = 0; i < 3; i++)
		assert_int_equal(desk_replace(dry_desk(b->dry),
					      dry_now(b->dry) + 1, &recipe,
					      &alice, &b->problems, &b->err),
				 0);
	assert_true(status_of(b).replace_waits);
	go_on(b, 60 * S);
	assert_string_equal(status_of(b).plan->name, "Rest");
	go_on(b, 12 * S);
	assert_int_equal(status_of(b).state, STATE_COMPLETE);
	assert_int_equal(status_of(b).run, run);
}

static void test_nothing_to_replace_is_refused(void **state)
{
	struct desk_recipe recipe = recipe_of(wait_recipe);
	struct bench *b = *state;

	assert_int_equal(desk_replace(dry_desk(b->dry), dry_now(b->dry) + 1,
				      &recipe, &alice, &b->problems, &b->err),
			 -1);
	assert_int_equal(b->err.code, ERR_STATE);
}

static void test_commands_say_why_they_are_refused(void **state)
{
	struct bench *b = *state;

	assert_int_equal(command(b, (struct command){ .kind = COMMAND_PAUSE }),
			 -1);
	assert_string_equal(b->err.msg, "no run is active");
	assert_int_equal(command(b, (struct command){ .kind = COMMAND_SET,
						      .role = ROLES_MAX }),
			 -1);
	assert_int_equal(b->err.code, ERR_NOT_FOUND);
}

static void test_pause_and_resume(void **state)
{
	struct bench *b = *state;
	uint32_t run = 0;

	assert_int_equal(start(b, wait_recipe, &run), 0);
	go_on(b, 10 * S);
	assert_int_equal(command(b, (struct command){ .kind = COMMAND_PAUSE }),
			 0);
	go_on(b, 600 * S);
	assert_int_equal(status_of(b).state, STATE_PAUSED);
	assert_int_equal(command(b, (struct command){ .kind = COMMAND_RESUME }),
			 0);
	go_on(b, 105 * S);
	assert_int_equal(status_of(b).state, STATE_RUNNING);
	go_on(b, 10 * S);
	assert_int_equal(status_of(b).state, STATE_COMPLETE);
}

static int find(void *context, const char *name, struct text *out,
		struct text *file, struct err *err)
{
	(void)context;
	if (strcmp(name, "part"))
		return err_set(err, ERR_NOT_FOUND, "no recipe '%s'", name);
	text_add(out, "recipe: Part\nabout: one\nsteps:\n  - wait: 3 s\n");
	text_add(file, "part.yaml");
	return 0;
}

static void test_recipes_include_others_and_take_parameters(void **state)
{
	static const struct recipe_param params[] = { { "t", "7 s" } };
	struct desk_recipe recipe = recipe_of(
		"recipe: Whole\nabout: two\nparameters:\n  t: 1 s\nsteps:\n"
		"  - include: part\n  - wait: $t\n");
	struct bench *b = *state;
	uint32_t run = 0;

	recipe.find = find;
	recipe.params = params;
	recipe.n_params = 1;
	assert_int_equal(desk_start(dry_desk(b->dry), dry_now(b->dry) + 1,
				    &recipe, &alice, &run, &b->problems,
				    &b->err),
			 0);
	go_on(b, 9 * S);
	assert_int_equal(status_of(b).state, STATE_RUNNING);
	go_on(b, 2 * S);
	assert_int_equal(status_of(b).state, STATE_COMPLETE);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_good_recipe_starts),
		TEST(test_mistakes_keep_it_from_starting),
		TEST(test_a_second_run_is_refused),
		TEST(test_run_numbers_are_never_given_twice),
		TEST(test_a_refused_start_uses_no_number_up),
		TEST(test_an_order_starts_nothing_until_it_is_given),
		TEST(test_a_command_makes_orders_old),
		TEST(test_the_rest_of_a_plan_is_exchanged),
		TEST(test_nothing_to_replace_is_refused),
		TEST(test_commands_say_why_they_are_refused),
		TEST(test_pause_and_resume),
		TEST(test_recipes_include_others_and_take_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
