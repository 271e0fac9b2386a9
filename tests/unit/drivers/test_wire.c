/*
 * No wrong value, whatever the line does: each fault on a pty and over TCP.
 * The instrument is played by the test between the calls: what it says early
 * waits in the line until it is read.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pair.h"

/* Where no answer comes, and where one does: a busy machine may take its time
 * to let the other side answer. */
#define REPLY (40 * NSEC_PER_MS)
#define SURELY (5 * NSEC_PER_S)
#define ROUNDS 3

/* Answers every question "N?" with "N" after a while, on its own thread. */
struct instrument {
	struct pair *pair;
	pthread_t thread;
	int questions;
	int late; /* question that is answered late, from
					 * 1; 0: none */
	useconds_t delay;
	const char *instead; /* for that question; NULL: its own */
};

static bool read_question(struct instrument *ins, char question[32])
{
	size_t n = 0;

	while (n < 31) {
		if (read(ins->pair->fd, question + n, 1) != 1)
			return false;
		if (question[n] == '\n')
			break;
		n++;
	}
	question[n] = '\0';
	return true;
}

static void *answer(void *context)
{
	struct instrument *ins = context;
	char question[32], text[40];

	for (int i = 1; i <= ins->questions; i++) {
		bool odd = i == ins->late;

		if (!read_question(ins, question)) {
			/* It connects anew. */
			pair_accept(ins->pair);
			i--;
			continue;
		}
		question[strcspn(question, "?")] = '\0';
		snprintf(text, sizeof(text), "%s\n",
			 odd && ins->instead ? ins->instead : question);
		if (odd)
			usleep(ins->delay);
		if (write(ins->pair->fd, text, strlen(text)) < 0)
			continue;
	}
	return NULL;
}

static int ask_number(struct wire *w, int number, char *out, size_t size,
		      struct err *err)
{
	char question[16];

	snprintf(question, sizeof(question), "%d?", number);
	return wire_line(w, question, "\n", REPLY, out, size, err);
}

static void expect_number(struct wire *w, int number)
{
	char question[16], want[16], text[16];
	struct err err;

	snprintf(question, sizeof(question), "%d?", number);
	snprintf(want, sizeof(want), "%d", number);
	assert_int_equal(
		wire_line(w, question, "\n", SURELY, text, sizeof(text), &err),
		0);
	assert_string_equal(text, want);
}

static struct pair *ready(void **state)
{
	struct pair *p = *state;
	uint64_t epoch;
	struct err err;

	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	pair_accept(p);
	return p;
}

/* After an error: nothing is believed before the line was made ready, and
 * the epoch has moved on. */
static void expect_quarantine(struct pair *p, uint64_t before)
{
	char answer_text[16];
	struct err err;

	assert_true(wire_epoch(p->wire) > before);
	assert_int_equal(
		ask_number(p->wire, 9, answer_text, sizeof(answer_text), &err),
		-1);
	assert_int_equal(err.code, ERR_STATE);
}

static void a_late_answer_is_never_taken_for_the_next_one(void **state)
{
	struct pair *p = ready(state);
	struct instrument ins = {
		.pair = p, .questions = ROUNDS + 1, .late = 1, .delay = 70000
	};
	uint64_t before = wire_epoch(p->wire), epoch;
	char text[16];
	struct err err;

	pthread_create(&ins.thread, NULL, answer, &ins);
	assert_int_equal(ask_number(p->wire, 100, text, sizeof(text), &err),
			 -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	expect_quarantine(p, before);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	for (int i = 1; i <= ROUNDS; i++)
		expect_number(p->wire, i);
	pthread_join(ins.thread, NULL);
}

static void no_answer_is_a_time_out_that_names_the_question(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire);
	char text[16];
	struct err err;

	assert_int_equal(ask_number(p->wire, 7, text, sizeof(text), &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_non_null(strstr(err.msg, "7?"));
	expect_quarantine(p, before);
}

/* A question of one of several instruments; 0 is what nobody remembers. */
static void ask_nobody(struct pair *p, uint64_t *asker)
{
	struct wire_ask ask = {
		.send = "A", .n = 1, .reply = REPLY, .asker = asker
	};
	char text[16];
	struct err err;
	size_t n;

	ask.end = (struct link_end){ .terminator = "\n", .n_terminator = 1 };
	*asker = wire_epoch(p->wire);
	assert_int_equal(wire_ask(p->wire, &ask, text, sizeof(text), &n, &err),
			 -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_int_equal(*asker, 0);
	assert_true(p->wire->suspect);
}

static void silence_costs_the_trust_of_the_asker_alone(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire), epoch, asker;
	struct err err;

	ask_nobody(p, &asker);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	if (p->tcp) {
		/* It connects anew: who knows with whom. */
		assert_true(epoch > before);
		return;
	}
	assert_int_equal(epoch, before);
	assert_true(link_now() >=
		    p->wire->doubted + PAIR_QUARANTINE_MS * NSEC_PER_MS);
}

static void a_byte_in_a_quarantine_costs_everybodys_trust(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire), epoch, asker;
	struct err err;

	ask_nobody(p, &asker);
	assert_int_equal(write(p->fd, "1\n", 2), 2);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	assert_true(epoch > before);
}

static void what_is_told_and_not_answered_costs_no_trust(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire), epoch;
	struct err err;

	assert_int_equal(wire_tell(p->wire, "OFF\n", 4, 0, true, &err), 0);
	assert_true(p->wire->suspect);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	assert_int_equal(epoch == before, !p->tcp);
}

static void an_answer_to_what_was_told_is_no_answer_to_a_question(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire), epoch;
	struct err err;

	assert_int_equal(wire_tell(p->wire, "OFF\n", 4, 0, true, &err), 0);
	assert_int_equal(write(p->fd, "OK\n", 3), 3);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	assert_true(epoch > before);
}

static void half_an_answer_is_no_answer(void **state)
{
	struct pair *p = ready(state);
	struct instrument ins = { .pair = p, .questions = 1 };
	struct wire_ask ask = { .send = "5?\n",
				.n = 3,
				.reply = 500 * NSEC_PER_MS };
	uint64_t before = wire_epoch(p->wire);
	char text[16];
	struct err err;
	size_t n;

	pthread_create(&ins.thread, NULL, answer, &ins);
	ask.end = (struct link_end){ .terminator = "\r\n", .n_terminator = 2 };
	assert_int_equal(wire_ask(p->wire, &ask, text, sizeof(text), &n, &err),
			 -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	expect_quarantine(p, before);
	pthread_join(ins.thread, NULL);
}

/* What the instrument has said is in our end of the line. */
static void await_bytes(struct pair *p)
{
	struct pollfd line = { .fd = link_fd(p->link), .events = POLLIN };

	assert_int_equal(poll(&line, 1, SURELY / NSEC_PER_MS), 1);
}

static void a_byte_before_the_question_is_an_error(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire);
	char text[16];
	struct err err;

	pair_say(p, "3\n");
	await_bytes(p);
	assert_int_equal(ask_number(p->wire, 4, text, sizeof(text), &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	expect_quarantine(p, before);
}

static void what_the_driver_suspects_is_quarantined(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire);
	struct err err;

	assert_int_equal(wire_suspect(p->wire, &err, "no number"), -1);
	expect_quarantine(p, before);
}

static void *flood(void *context)
{
	struct pair *p = context;

	for (int i = 0; i < 400; i++) {
		if (write(p->fd, "garbage garbage", 15) < 0)
			break;
		usleep(2000);
	}
	return NULL;
}

static void a_line_that_never_stops_is_refused_in_bounded_time(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire), epoch;
	nsec began = link_now();
	pthread_t thread;
	char text[16];
	struct err err;

	pthread_create(&thread, NULL, flood, p);
	await_bytes(p);
	assert_int_equal(ask_number(p->wire, 1, text, sizeof(text), &err), -1);
	expect_quarantine(p, before);
	if (!p->tcp)
		assert_int_equal(wire_ready(p->wire, &epoch, &err), -1);
	assert_true(link_now() - began < 3 * NSEC_PER_S);
	pthread_join(thread, NULL);
}

static void an_answer_without_end_is_refused_in_bounded_time(void **state)
{
	struct pair *p = ready(state);
	struct wire_ask ask = { .send = "1", .n = 1, .reply = REPLY };
	nsec began = link_now();
	pthread_t thread;
	char text[64];
	struct err err;
	size_t n;

	ask.end = (struct link_end){ .terminator = "\n", .n_terminator = 1 };
	/* Nothing is in the line when the question goes out. */
	pthread_create(&thread, NULL, flood, p);
	assert_int_equal(wire_ask(p->wire, &ask, text, sizeof(text), &n, &err),
			 -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_true(link_now() - began < NSEC_PER_S);
	pthread_join(thread, NULL);
}

static void an_instrument_that_dies_and_comes_back_is_found_again(void **state)
{
	struct pair *p = ready(state);
	struct instrument ins = { .pair = p, .questions = 1 };
	uint64_t before = wire_epoch(p->wire), epoch;
	char text[16];
	struct err err;

	pair_kill(p);
	assert_int_equal(ask_number(p->wire, 1, text, sizeof(text), &err), -1);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	pair_revive(p);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	assert_true(epoch > before);
	pair_accept(p);
	pthread_create(&ins.thread, NULL, answer, &ins);
	expect_number(p->wire, 2);
	pthread_join(ins.thread, NULL);
}

static void safe_is_told_at_once_on_a_suspect_line(void **state)
{
	struct pair *p = ready(state);
	nsec began;
	char text[16];
	struct err err;

	p->wire->quarantine = 2 * SURELY;
	wire_suspect(p->wire, &err, "no number");
	began = link_now();
	assert_int_equal(wire_tell(p->wire, "OFF\n", 4, 0, true, &err), 0);
	assert_true(link_now() - began < SURELY);
	pair_accept(p);
	pair_hear(p, text, sizeof(text));
	assert_string_equal(text, "OFF\n");
	/* Its answer is not believed, nor what comes after it. */
	assert_true(p->wire->suspect);
}

/* When the question has come. */
static void *interrupt(void *context)
{
	struct pair *p = context;
	char question;

	if (read(p->fd, &question, 1) == 1)
		link_interrupt(p->link, LINK_AT_ONCE);
	return NULL;
}

static void *interrupt_soon(void *context)
{
	struct pair *p = context;
	char question;

	if (read(p->fd, &question, 1) == 1)
		link_interrupt(p->link, LINK_SOON);
	return NULL;
}

/* One that is not in a hurry, and then one that is. */
static void *interrupt_twice(void *context)
{
	struct pair *p = context;

	interrupt_soon(p);
	link_interrupt(p->link, LINK_AT_ONCE);
	return NULL;
}

/* How long an answer that never comes is awaited. */
static nsec patience(struct pair *p, void *(*who)(void *context))
{
	struct wire_ask ask = { .send = "1", .n = 1, .reply = 20 * NSEC_PER_S };
	nsec began = link_now();
	uint64_t epoch;
	pthread_t thread;
	char text[16];
	struct err err;
	size_t n;

	ask.end = (struct link_end){ .terminator = "\n", .n_terminator = 1 };
	pthread_create(&thread, NULL, who, p);
	assert_int_equal(wire_ask(p->wire, &ask, text, sizeof(text), &n, &err),
			 -1);
	began = link_now() - began;
	assert_int_equal(err.code, ERR_AGAIN);
	pthread_join(thread, NULL);
	link_resume(p->link, LINK_SOON);
	if (who == interrupt_twice)
		link_resume(p->link, LINK_AT_ONCE);
	assert_int_equal(wire_ready(p->wire, &epoch, &err), 0);
	pair_accept(p);
	return began;
}

static void what_is_wanted_soon_lets_an_answer_come(void **state)
{
	struct pair *p = ready(state);

	assert_true(patience(p, interrupt_soon) >= LINK_SOON_GRACE);
}

static void what_is_wanted_at_once_does_not_wait_for_it(void **state)
{
	struct pair *p = ready(state);

	/* A busy machine may take its time; not always. */
	for (int i = 0; i < 50; i++)
		if (patience(p, interrupt_twice) < LINK_SOON_GRACE)
			return;
	fail_msg("the second command is not noticed");
}

static void a_slow_answer_gives_way_to_a_safe_command(void **state)
{
	struct pair *p = ready(state);
	struct wire_ask ask = { .send = "1", .n = 1, .reply = 2 * SURELY };
	nsec began = link_now();
	pthread_t thread;
	char text[16];
	struct err err;
	size_t n;

	ask.end = (struct link_end){ .terminator = "\n", .n_terminator = 1 };
	pthread_create(&thread, NULL, interrupt, p);
	assert_int_equal(wire_ask(p->wire, &ask, text, sizeof(text), &n, &err),
			 -1);
	assert_int_equal(err.code, ERR_AGAIN);
	assert_true(link_now() - began < SURELY);
	pthread_join(thread, NULL);
	assert_true(p->wire->suspect);
	link_resume(p->link, LINK_AT_ONCE);
}

static void between_two_questions_giving_way_costs_no_trust(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire);
	char text[16];
	struct err err;

	link_interrupt(p->link, LINK_AT_ONCE);
	assert_int_equal(ask_number(p->wire, 1, text, sizeof(text), &err), -1);
	assert_int_equal(err.code, ERR_AGAIN);
	assert_int_equal(wire_epoch(p->wire), before);
	assert_false(p->wire->suspect);
	link_resume(p->link, LINK_AT_ONCE);
}

static void urgent_transactions_do_not_give_way(void **state)
{
	struct pair *p = ready(state);
	struct instrument ins = { .pair = p, .questions = 1 };

	pthread_create(&ins.thread, NULL, answer, &ins);
	link_interrupt(p->link, LINK_AT_ONCE);
	link_urgent(p->link, true);
	expect_number(p->wire, 6);
	link_urgent(p->link, false);
	link_resume(p->link, LINK_AT_ONCE);
	pthread_join(ins.thread, NULL);
}

/* A dead instrument must not keep its neighbours from being made safe. */
static void while_another_safe_command_waits_a_dead_one_is_given_up(
	void **state)
{
	struct pair *p = ready(state);
	struct wire_ask ask = { .send = "1", .n = 1, .reply = 20 * NSEC_PER_S };
	nsec began = link_now();
	pthread_t thread;
	char text[16];
	struct err err;
	size_t n;

	ask.end = (struct link_end){ .terminator = "\n", .n_terminator = 1 };
	pthread_create(&thread, NULL, interrupt, p);
	link_urgent(p->link, true);
	assert_int_equal(wire_ask(p->wire, &ask, text, sizeof(text), &n, &err),
			 -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_true(link_now() - began < 10 * NSEC_PER_S);
	assert_true(p->wire->suspect);
	link_urgent(p->link, false);
	pthread_join(thread, NULL);
	link_resume(p->link, LINK_AT_ONCE);
}

struct seen {
	char bytes[64];
	size_t n;
};

static void on_bytes(void *context, nsec at, bool sent, const void *bytes,
		     size_t n)
{
	struct seen *seen = context;

	(void)at;
	seen->bytes[seen->n++] = sent ? '>' : '<';
	memcpy(seen->bytes + seen->n, bytes, n);
	seen->n += n;
}

static void all_bytes_are_traced_while_it_is_on(void **state)
{
	struct pair *p = ready(state);
	struct instrument ins = { .pair = p, .questions = 2 };
	struct seen seen = { 0 };
	struct link_sink sink = { on_bytes, &seen };

	pthread_create(&ins.thread, NULL, answer, &ins);
	bus_trace(p->bus, &sink);
	expect_number(p->wire, 1);
	bus_trace(p->bus, NULL);
	expect_number(p->wire, 2);
	assert_string_equal(seen.bytes, ">1?\n<1\n");
	pthread_join(ins.thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_BOTH(a_late_answer_is_never_taken_for_the_next_one),
		PAIR_BOTH(no_answer_is_a_time_out_that_names_the_question),
		PAIR_BOTH(silence_costs_the_trust_of_the_asker_alone),
		PAIR_BOTH(a_byte_in_a_quarantine_costs_everybodys_trust),
		PAIR_BOTH(what_is_told_and_not_answered_costs_no_trust),
		PAIR_BOTH(
			an_answer_to_what_was_told_is_no_answer_to_a_question),
		PAIR_BOTH(half_an_answer_is_no_answer),
		PAIR_BOTH(a_byte_before_the_question_is_an_error),
		PAIR_BOTH(what_the_driver_suspects_is_quarantined),
		PAIR_BOTH(a_line_that_never_stops_is_refused_in_bounded_time),
		PAIR_BOTH(an_answer_without_end_is_refused_in_bounded_time),
		PAIR_BOTH(
			an_instrument_that_dies_and_comes_back_is_found_again),
		PAIR_BOTH(safe_is_told_at_once_on_a_suspect_line),
		PAIR_BOTH(a_slow_answer_gives_way_to_a_safe_command),
		PAIR_BOTH(what_is_wanted_soon_lets_an_answer_come),
		PAIR_BOTH(what_is_wanted_at_once_does_not_wait_for_it),
		PAIR_BOTH(between_two_questions_giving_way_costs_no_trust),
		PAIR_BOTH(urgent_transactions_do_not_give_way),
		PAIR_BOTH(
			while_another_safe_command_waits_a_dead_one_is_given_up),
		PAIR_BOTH(all_bytes_are_traced_while_it_is_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
