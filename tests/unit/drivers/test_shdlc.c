/* SHDLC frames: published ones, stuffed ones, broken ones. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/shdlc.h"
#include "pair.h"

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

/* Reads the serial number of unit 0, on lines that echo and on those that do
 * not. */
#define QUESTION 7 /* bytes of it */
static const uint8_t said[] = {
	0x7E, 0x00, 0xD0, 0x00, 0x01, 0x41, 0xED, 0x7E
};

struct line {
	struct pair pair;
	const char *says; /* e: the question, a: the answer, x: half of it */
};

static void *play(void *context)
{
	struct line *line = context;
	uint8_t heard[QUESTION];
	size_t n = 0;

	while (n < sizeof(heard)) {
		ssize_t got = read(line->pair.fd, heard + n, sizeof(heard) - n);

		if (got <= 0)
			return NULL;
		n += (size_t)got;
	}
	for (const char *s = line->says; *s; s++) {
		const uint8_t *bytes = *s == 'e' ? heard : said;
		size_t size = *s == 'e' ? n : sizeof(said);

		size = *s == 'x' ? 4 : size;
		if (write(line->pair.fd, bytes, size) != (ssize_t)size)
			break;
	}
	return NULL;
}

static int ask_on(struct line *line, const char *says, nsec reply,
		  struct shdlc_answer *answer, struct err *err)
{
	const struct shdlc_request request = { 0, 0xD0, 1, { 3 } };
	pthread_t thread;
	uint64_t epoch;
	int status;

	line->says = says;
	assert_int_equal(wire_ready(line->pair.wire, &epoch, err), 0);
	pthread_create(&thread, NULL, play, line);
	status = shdlc_ask(line->pair.wire, &request, reply, answer, err);
	pthread_join(thread, NULL);
	return status;
}

static void an_echo_is_no_answer(void **state)
{
	static const char *const lines[] = { "a", "ea" };
	struct shdlc_answer answer = { 0 };
	struct err err = { 0 };
	struct line line;

	(void)state;
	pair_init(&line.pair, false);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			ask_on(&line, lines[i], 3 * NSEC_PER_S, &answer, &err),
			0);
		assert_int_equal(answer.n, 1);
		assert_int_equal(answer.data[0], 0x41);
	}
	pair_fini(&line.pair);
}

static void an_echo_alone_is_said(void **state)
{
	struct shdlc_answer answer;
	struct err err = { 0 };
	struct line line;

	(void)state;
	pair_init(&line.pair, false);
	assert_int_equal(ask_on(&line, "e", 50 * NSEC_PER_MS, &answer, &err),
			 -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_non_null(strstr(err.msg, "the line echoes, and unit 0 does not "
					"answer in 50 ms"));
	assert_true(line.pair.wire->suspect);
	pair_fini(&line.pair);
}

static void half_an_answer_behind_an_echo_is_none(void **state)
{
	struct shdlc_answer answer;
	struct err err = { 0 };
	struct line line;

	(void)state;
	pair_init(&line.pair, false);
	assert_int_equal(ask_on(&line, "ex", 200 * NSEC_PER_MS, &answer, &err),
			 -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_true(line.pair.wire->suspect);
	pair_fini(&line.pair);
}

/* Two echoes: nobody is there to answer, and the second is no answer. */
static void a_second_echo_is_refused(void **state)
{
	struct shdlc_answer answer;
	struct err err = { 0 };
	struct line line;

	(void)state;
	pair_init(&line.pair, false);
	assert_int_equal(ask_on(&line, "ee", 200 * NSEC_PER_MS, &answer, &err),
			 -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	pair_fini(&line.pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_as_published),
		cmocka_unit_test(special_bytes_are_stuffed_the_check_as_well),
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(the_longest_answer_fits),
		cmocka_unit_test(what_is_no_frame_is_refused),
		cmocka_unit_test(an_echo_is_no_answer),
		cmocka_unit_test(an_echo_alone_is_said),
		cmocka_unit_test(half_an_answer_behind_an_echo_is_none),
		cmocka_unit_test(a_second_echo_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
