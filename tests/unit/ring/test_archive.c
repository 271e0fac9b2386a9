/* Questions to a log that another connection writes, answered on the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring/archive.h"
#include "store/store.h"
#include "folder.h"

#define T0 (INT64_C(1795332932) * NSEC_PER_S)
#define S NSEC_PER_S

struct bench {
	char folder[FOLDER_MAX], path[96];
	struct store *store;
	uv_loop_t loop;
	struct timers timers;
	struct archive *archive;
	struct text got;
	size_t n;
	struct err err;
};

static void put_down(struct bench *b)
{
	const struct store_channel heater = { "heater", "°C", "temperature" };
	struct batch *batch = batch_new();
	uint32_t table, first;

	assert_int_equal(store_channels(b->store, "chip", &heater, 1, &table,
					&first, &b->err),
			 0);
	for (uint32_t i = 0; i < 10; i++) {
		const double v = i;

		batch_sample(batch, table, T0 + i * S, &v, 1, i == 5);
		batch_event(batch, i + 1, T0 + i * S, "info", "note", "\"x\"");
	}
	assert_int_equal(store_commit(b->store, batch, &b->err), 0);
	batch_free(batch);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct store_options options = {
		.now = T0, .version = "1", .config = "", .seed = 1
	};
	struct text notice = { 0 };
	bool interrupted;

	folder_make(b->folder);
	snprintf(b->path, sizeof(b->path), "%s/log.db", b->folder);
	b->store =
		store_open(b->path, &options, &interrupted, &notice, &b->err);
	text_free(&notice);
	put_down(b);
	uv_loop_init(&b->loop);
	assert_int_equal(timers_init(&b->timers, &b->loop, &b->err), 0);
	b->archive = archive_new(&b->loop, &b->timers, b->path, &b->err);
	assert_non_null(b->archive);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	assert_true(archive_close(b->archive, 5000));
	timers_close(&b->timers);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	store_close(b->store);
	folder_remove(b->folder);
	text_free(&b->got);
	free(b);
	return 0;
}

static void on_answer(void *context, const struct archive_answer *a)
{
	struct bench *b = context;

	b->n++;
	text_addf(&b->got, "%u: %s\n", (unsigned)a->token,
		  a->err ? a->err->msg : text_str(a->json));
}

static struct archive_asker asker_of(struct bench *b, uint64_t token)
{
	return (struct archive_asker){ on_answer, b, token };
}

static void turn_until(struct bench *b, size_t n)
{
	while (b->n < n)
		uv_run(&b->loop, UV_RUN_ONCE);
}

static void plot(struct bench *b, const char *channel, nsec from, nsec to,
		 size_t max)
{
	const struct archive_asker asker = asker_of(b, 7);
	const struct archive_stretch stretch = { channel, from, to, max };
	size_t before = b->n;

	text_clear(&b->got);
	if (archive_plot(b->archive, &asker, &stretch, &b->err))
		fail_msg("%s", b->err.msg);
	turn_until(b, before + 1);
}

static void test_events(void **state)
{
	struct bench *b = *state;
	const struct archive_asker asker = asker_of(b, 3);

	assert_int_equal(archive_events(b->archive, &asker, 8, 100, &b->err),
			 0);
	turn_until(b, 1);
	assert_string_equal(
		text_str(&b->got),
		"3: {\"seq\":9,\"t\":1795332940.000000,\"severity\":\"info\","
		"\"kind\":\"note\",\"text\":\"\\\"x\\\"\"},"
		"{\"seq\":10,\"t\":1795332941.000000,\"severity\":\"info\","
		"\"kind\":\"note\",\"text\":\"\\\"x\\\"\"}\n");
}

static void test_a_plot(void **state)
{
	struct bench *b = *state;

	plot(b, "heater", T0, T0 + 3 * S, 2);
	assert_string_equal(text_str(&b->got),
			    "7: {\"unit\":\"\\u00b0C\",\"t\":["
			    "1795332932.000000,1795332934.000000],"
			    "\"min\":[0,2],\"max\":[1,3]}\n");
	plot(b, "heater", T0 + 5 * S, T0 + 5 * S, 10);
	assert_string_equal(text_str(&b->got),
			    "7: {\"unit\":\"\\u00b0C\",\"t\":["
			    "1795332937.000000],\"min\":[null],"
			    "\"max\":[null]}\n");
}

static void test_an_unknown_channel(void **state)
{
	struct bench *b = *state;

	plot(b, "nothing", 0, INT64_MAX, 10);
	assert_string_equal(text_str(&b->got),
			    "7: there is no such channel in this log\n");
}

static void test_a_log_that_is_gone(void **state)
{
	struct bench *b = *state;

	unlink(b->path);
	plot(b, "heater", 0, INT64_MAX, 10);
	assert_non_null(strstr(text_str(&b->got), "log: "));
}

/* Each of them is answered, or refused at once. */
static void test_so_many_wait(void **state)
{
	struct bench *b = *state;
	const struct archive_asker asker = asker_of(b, 1);
	size_t taken = 0, refused = 0;

	while (refused < 10)
		if (archive_events(b->archive, &asker, 0, 1, &b->err))
			refused++;
		else
			taken++;
	assert_int_equal(b->err.code, ERR_FULL);
	assert_in_range(taken, ARCHIVE_WAITING_MAX, 1000);
	turn_until(b, taken);
	assert_int_equal(archive_events(b->archive, &asker, 0, 1, &b->err), 0);
	turn_until(b, taken + 1);
}

static void test_closed_while_questions_wait(void **state)
{
	struct bench *b = *state;
	const struct archive_asker asker = asker_of(b, 1);
	size_t taken = 0;

	while (taken < ARCHIVE_WAITING_MAX &&
	       !archive_events(b->archive, &asker, 0, 1, &b->err))
		taken++;
	assert_true(archive_close(b->archive, 5000));
	b->archive = NULL;
	assert_int_equal(b->n, taken);
	assert_true(archive_close(NULL, 0));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_events),
		TEST(test_a_plot),
		TEST(test_an_unknown_channel),
		TEST(test_a_log_that_is_gone),
		TEST(test_so_many_wait),
		TEST(test_closed_while_questions_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
