/* Answers wait for the log, and say so when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/receipt.h"

#define T0 (INT64_C(1500000000) * NSEC_PER_S)
#define DONE "done m:go [null,{\"t\":1500000000.000000}]\n"

struct bench {
	struct daemon_node_setup setup;
	struct node *node;
	struct node_client *client;
	struct receipts *receipts;
	uint64_t batch, token;
	struct text out;
};

static uint64_t present_batch(void *context)
{
	return ((struct bench *)context)->batch;
}

static void on_request(void *context, const struct node_request *r)
{
	struct bench *b = context;

	b->token = r->token;
}

static int setup(void **state)
{
	static const char *const none[] = { NULL };
	static const struct node_who who = { .peer = "" };
	struct bench *b = calloc(1, sizeof(*b));
	int m;

	b->setup = (struct daemon_node_setup){ .batch = present_batch,
					       .batch_context = b };
	b->batch = 5;
	b->node = node_new(&(struct node_identity){ .equipment_id = "x" });
	m = node_add_module(b->node,
			    &(struct node_module){ .name = "m",
						   .classes = none,
						   .on_request = on_request,
						   .context = b });
	node_add_command(b->node, m, &(struct node_command){ .name = "go" });
	b->client = node_client_new(b->node, NODE_OPERATOR, &who, NULL);
	b->receipts = receipts_new(&b->setup, b->node);
	node_client_receive(b->client, T0, "do m:go\n", 8);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	receipts_free(b->receipts);
	node_free(b->node);
	text_free(&b->out);
	free(b);
	return 0;
}

static const char *got(struct bench *b)
{
	text_clear(&b->out);
	node_client_output(b->client, &b->out, 4096);
	return text_str(&b->out);
}

static void waits_for_its_batch(void **state)
{
	struct bench *b = *state;

	receipts_answer(b->receipts, b->token, NULL, T0);
	receipts_committed(b->receipts, 4);
	assert_string_equal(got(b), "");
	receipts_committed(b->receipts, 5);
	assert_string_equal(got(b), DONE);
}

static void carries_the_result(void **state)
{
	struct bench *b = *state;
	char json[] = "3";

	receipts_answer(b->receipts, b->token, json, T0);
	json[0] = 'x';
	receipts_committed(b->receipts, 6);
	assert_string_equal(got(b),
			    "done m:go [3,{\"t\":1500000000.000000}]\n");
}

static void does_not_wait_for_what_is_on_disk(void **state)
{
	struct bench *b = *state;

	receipts_committed(b->receipts, 5);
	receipts_answer_change(b->receipts, b->token, 5, T0);
	assert_string_equal(got(b), DONE);
}

static void does_not_wait_without_a_log(void **state)
{
	struct bench *b = *state;

	b->setup.batch = NULL;
	receipts_answer(b->receipts, b->token, NULL, T0);
	assert_string_equal(got(b), DONE);
}

static void says_that_the_log_failed(void **state)
{
	struct bench *b = *state;

	receipts_answer(b->receipts, b->token, NULL, T0);
	receipts_failed(b->receipts, "disk full");
	assert_string_equal(
		got(b),
		"error_do m:go [\"HardwareError\",\"it was done, but it "
		"is not in the log: disk full\",{}]\n");
	receipts_committed(b->receipts, 5);
	assert_string_equal(got(b), "");
}

static void says_that_the_disk_is_slow(void **state)
{
	struct bench *b = *state;

	receipts_answer(b->receipts, b->token, NULL, T0);
	receipts_tick(b->receipts, T0 + RECEIPT_WITHIN);
	assert_string_equal(got(b), "");
	receipts_tick(b->receipts, T0 + RECEIPT_WITHIN + 1);
	assert_non_null(strstr(got(b), "the disk does not answer"));
}

static void may_be_freed_while_answers_wait(void **state)
{
	struct bench *b = *state;

	receipts_answer(b->receipts, b->token, "3", T0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(waits_for_its_batch),
		TEST(carries_the_result),
		TEST(does_not_wait_for_what_is_on_disk),
		TEST(does_not_wait_without_a_log),
		TEST(says_that_the_log_failed),
		TEST(says_that_the_disk_is_slow),
		TEST(may_be_freed_while_answers_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
