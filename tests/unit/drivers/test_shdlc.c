/* SHDLC frames: published ones, stuffed ones, broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/shdlc.h"

static void is_sent_as(const struct shdlc_request *request,
		       const uint8_t *frame, size_t n)
{
	uint8_t out[SHDLC_FRAME_MAX];

	assert_int_equal(shdlc_put(request, out), n);
	assert_memory_equal(out, frame, n);
}

/* Of the maker's data sheet of another instrument (SPS30). */
static void frames_are_as_published(void **state)
{
	static const uint8_t start[] = { 0x7E, 0x00, 0x00, 0x02,
					 0x01, 0x03, 0xF9, 0x7E };
	static const uint8_t serial[] = { 0x7E, 0x00, 0xD0, 0x01,
					  0x03, 0x2B, 0x7E };
	static const uint8_t nothing[] = { 0x7E, 0x00, 0x03, 0x00, 0xFC, 0x7E };

	(void)state;
	is_sent_as(&(struct shdlc_request){ 0, 0x00, 2, { 1, 3 } }, start,
		   sizeof(start));
	is_sent_as(&(struct shdlc_request){ 0, 0xD0, 1, { 3 } }, serial,
		   sizeof(serial));
	is_sent_as(&(struct shdlc_request){ 0, 0x03, 0, { 0 } }, nothing,
		   sizeof(nothing));
}

static void special_bytes_are_stuffed_the_check_as_well(void **state)
{
	static const uint8_t all[] = {
		0x7E, 0x01, 0x02, 0x04, 0x7D, 0x5E, 0x7D,
		0x5D, 0x7D, 0x31, 0x7D, 0x33, 0xD9, 0x7E
	};
	/* The sum is 0x81: its complement is a mark. */
	static const uint8_t check[] = { 0x7E, 0x00, 0x80, 0x01,
					 0x00, 0x7D, 0x5E, 0x7E };

	(void)state;
	is_sent_as(
		&(struct shdlc_request){ 1, 2, 4, { 0x7E, 0x7D, 0x11, 0x13 } },
		all, sizeof(all));
	is_sent_as(&(struct shdlc_request){ 0, 0x80, 1, { 0 } }, check,
		   sizeof(check));
}

static void an_answer_is_read(void **state)
{
	static const uint8_t frame[] = { 0x7E, 0x00, 0xD0, 0x80, 0x02,
					 0x41, 0x7D, 0x5E, 0xEE, 0x7E };
	struct shdlc_answer answer;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(shdlc_take(frame, sizeof(frame), &answer, &err), 0);
	assert_int_equal(answer.command, 0xD0);
	assert_true(answer.device_error);
	assert_int_equal(answer.error, 0);
	assert_int_equal(answer.n, 2);
	assert_memory_equal(answer.data, "A~", 2);
}

static void the_longest_answer_fits(void **state)
{
	uint8_t frame[SHDLC_FRAME_MAX] = { 0x7E, 0x00, 0x00, 0x00, 0xFF };
	struct shdlc_answer answer;
	struct err err = { 0 };
	size_t at = 5;

	(void)state;
	for (int i = 0; i < 255; i++) {
		frame[at++] = 0x7D;
		frame[at++] = 0x5E;
	}
	/* The sum's complement is a mark as well. */
	frame[at++] = 0x7D;
	frame[at++] = 0x5E;
	frame[at++] = 0x7E;
	assert_int_equal(shdlc_take(frame, at, &answer, &err), 0);
	assert_int_equal(answer.n, 255);
	assert_int_equal(answer.data[254], 0x7E);
}

static void what_is_no_frame_is_refused(void **state)
{
	static const struct {
		uint8_t bytes[12];
		size_t n;
	} broken[] = {
		{ { 0 }, 0 },
		{ { 0x7E }, 1 },
		{ { 0x7E, 0x7E }, 2 },
		{ { 0x7E, 0x00, 0x00, 0x00, 0x00, 0x7E }, 6 },
		/* no mark at one of its ends */
		{ { 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0x7E }, 7 },
		{ { 0x7E, 0x00, 0x00, 0x00, 0x00, 0xFF, 0x00 }, 7 },
		/* a mark inside */
		{ { 0x7E, 0x00, 0x7E, 0x00, 0x00, 0xFF, 0x7E }, 7 },
		/* a wrong check, a wrong length */
		{ { 0x7E, 0x00, 0x00, 0x00, 0x00, 0xFE, 0x7E }, 7 },
		{ { 0x7E, 0x00, 0x00, 0x00, 0x01, 0xFE, 0x7E }, 7 },
		/* an escape of nothing, and of what needs none */
		{ { 0x7E, 0x00, 0x00, 0x00, 0x00, 0x7D, 0x7E }, 7 },
		{ { 0x7E, 0x00, 0x00, 0x00, 0x00, 0x7D, 0xDF, 0x7E }, 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct shdlc_answer answer;
		struct err err = { 0 };

		if (!shdlc_take(broken[i].bytes, broken[i].n, &answer, &err))
			fail_msg("frame %zu is taken", i);
		assert_int_equal(err.code, ERR_PROTOCOL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_as_published),
		cmocka_unit_test(special_bytes_are_stuffed_the_check_as_well),
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(the_longest_answer_fits),
		cmocka_unit_test(what_is_no_frame_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
