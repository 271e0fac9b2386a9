#include "fixture.h"
#include "store/entry.h"

static void test_copies_what_it_is_given(void **state)
{
	struct batch *b = batch_new();
	double v[2] = { 1.5, 2.5 };
	char kind[] = "note";
	const struct sample_entry *sample;
	const struct field_entry *event;

	(void)state;
	batch_sample(b, 3, T0, v, 2, 2);
	batch_event(b, 1, T0, "info", kind, "");
	v[0] = 9;
	kind[0] = 'X';
	sample = (const void *)batch_first(b);
	event = (const void *)batch_next(b, &sample->head);
	assert_true(sample->value[0] == 1.5 && sample->value[1] == 2.5);
	assert_int_equal(sample->bad, 2);
	assert_string_equal(field_text(event, 2), "note");
	assert_string_equal(field_text(event, 3), "");
	assert_null(batch_next(b, &event->head));
	batch_free(b);
}

static void test_keeps_order_while_it_grows(void **state)
{
	struct batch *b = batch_new();
	const struct entry *e;
	char text[300];
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%0*d", i % 290 + 1, i);
		batch_event(b, 1, i, "info", "count", text);
	}
	for (i = 0, e = batch_first(b); e; e = batch_next(b, e), i++)
		assert_int_equal(atoi(field_text((const void *)e, 3)), i);
	assert_int_equal(i, 1000);
	batch_free(b);
}

static void test_clear_keeps_the_memory_and_forgets_the_rest(void **state)
{
	struct batch *b = batch_new();

	(void)state;
	assert_null(batch_first(b));
	batch_sent(b, 1, T0);
	assert_int_equal(batch_records(b), 1);
	assert_true(batch_bytes(b) > 0);
	batch_clear(b);
	assert_int_equal(batch_records(b), 0);
	assert_int_equal(batch_bytes(b), 0);
	assert_null(batch_first(b));
	batch_free(b);
}

static void test_free_takes_null(void **state)
{
	(void)state;
	batch_free(NULL);
}

static void test_seen_keeps_every_bit_of_x(void **state)
{
	struct batch *b = batch_new();
	const struct field_entry *e;
	double x = -0.0;
	int64_t bits;

	(void)state;
	memcpy(&bits, &x, sizeof(bits));
	batch_seen(b, T0, 1, 2, 3, 4, x, NULL);
	e = (const void *)batch_first(b);
	assert_true(e->field[5].i == bits);
	assert_string_equal(field_text(e, 6), "");
	batch_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_what_it_is_given),
		cmocka_unit_test(test_keeps_order_while_it_grows),
		cmocka_unit_test(
			test_clear_keeps_the_memory_and_forgets_the_rest),
		cmocka_unit_test(test_free_takes_null),
		cmocka_unit_test(test_seen_keeps_every_bit_of_x),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
