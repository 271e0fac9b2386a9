/* An answer that may be missing: it is waited for, its absence costs no
 * trust, and what comes late is never the answer to the next question. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/wire_optional.h"
#include "pair.h"

#define REPLY (20 * NSEC_PER_MS)
#define SURELY (5 * NSEC_PER_S)

/* Hears one question, and says something that long after it. */
struct late {
	struct pair *pair;
	pthread_t thread;
	const char *says;
	useconds_t after;
};

static void *say_late(void *context)
{
	struct late *late = context;
	char byte = 0;

	while (byte != '\n')
		if (read(late->pair->fd, &byte, 1) != 1)
			return NULL;
	usleep(late->after);
	pair_say(late->pair, late->says);
	return NULL;
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

/* The epoch in which who asks has identified. */
static uint64_t asker;

static int ask(struct pair *p, nsec reply, char text[32], size_t *n,
	       struct err *err)
{
	const struct wire_ask a = {
		.send = "go\n",
		.n = 3,
		.end = { .terminator = "\n", .n_terminator = 1 },
		.reply = reply,
		.asker = &asker,
	};

	*n = 99;
	asker = wire_epoch(p->wire);
	return wire_ask_optional(p->wire, &a, text, 32, n, err);
}

static void an_answer_that_comes_is_taken(void **state)
{
	struct pair *p = ready(state);
	struct late late = { .pair = p, .says = "no\n" };
	char text[32];
	struct err err;
	size_t n;

	pthread_create(&late.thread, NULL, say_late, &late);
	assert_int_equal(ask(p, SURELY, text, &n, &err), 0);
	pthread_join(late.thread, NULL);
	assert_int_equal(n, 3);
	assert_memory_equal(text, "no\n", 3);
}

static void one_that_does_not_come_costs_no_trust(void **state)
{
	struct pair *p = ready(state);
	uint64_t before = wire_epoch(p->wire);
	nsec began = link_now();
	char text[32];
	struct err err;
	size_t n;

	assert_int_equal(ask(p, REPLY, text, &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(wire_epoch(p->wire), before);
	assert_int_equal(asker, before);
	assert_int_equal(wire_check_ready(p->wire, 0, &err), 0);
	/* As long as after an error, and no longer. */
	assert_true(link_now() - began >= PAIR_QUARANTINE_MS * NSEC_PER_MS);
	assert_true(link_now() - began < NSEC_PER_S);
}

static void one_that_comes_late_is_dropped(void **state)
{
	struct pair *p = ready(state);
	struct late late = { .pair = p, .says = "late\n", .after = 200000 };
	struct late next = { .pair = p, .says = "next\n" };
	uint64_t before = wire_epoch(p->wire);
	char text[32];
	struct err err;
	size_t n;

	/* However slow this machine is, it comes while silence is waited for. */
	p->wire->quarantine = NSEC_PER_S;
	pthread_create(&late.thread, NULL, say_late, &late);
	assert_int_equal(ask(p, REPLY, text, &n, &err), 0);
	assert_int_equal(n, 0);
	pthread_join(late.thread, NULL);
	pthread_create(&next.thread, NULL, say_late, &next);
	assert_int_equal(wire_line(p->wire, "what?", "\n", SURELY, text,
				   sizeof(text), &err),
			 0);
	pthread_join(next.thread, NULL);
	assert_string_equal(text, "next");
	assert_int_equal(wire_epoch(p->wire), before);
}

static void half_of_one_is_an_error(void **state)
{
	struct pair *p = ready(state);
	struct late late = { .pair = p, .says = "Bad comm" };
	uint64_t before = wire_epoch(p->wire);
	char text[32];
	struct err err;
	size_t n;

	pthread_create(&late.thread, NULL, say_late, &late);
	assert_int_equal(ask(p, 200 * NSEC_PER_MS, text, &n, &err), -1);
	pthread_join(late.thread, NULL);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_non_null(strstr(err.msg, "Bad comm"));
	assert_true(wire_epoch(p->wire) > before);
}

static void the_silence_gives_way_to_a_safe_command(void **state)
{
	struct pair *p = ready(state);
	char text[32];
	struct err err;
	size_t n;

	link_interrupt(p->link, LINK_AT_ONCE);
	link_urgent(p->link, true);
	/* The safe command itself waits for no silence. */
	assert_int_equal(ask(p, REPLY, text, &n, &err), 0);
	link_urgent(p->link, false);
	link_resume(p->link, LINK_AT_ONCE);
	assert_int_equal(wire_check_ready(p->wire, 0, &err), -1);
}

static void *interrupt(void *context)
{
	struct late *late = context;
	char byte = 0;

	while (byte != '\n')
		if (read(late->pair->fd, &byte, 1) != 1)
			return NULL;
	link_interrupt(late->pair->link, LINK_AT_ONCE);
	return NULL;
}

static void an_ordinary_one_is_doubted_when_it_gave_way(void **state)
{
	struct pair *p = ready(state);
	struct late late = { .pair = p };
	uint64_t before = wire_epoch(p->wire);
	char text[32];
	struct err err;
	size_t n;

	pthread_create(&late.thread, NULL, interrupt, &late);
	assert_int_equal(ask(p, SURELY, text, &n, &err), -1);
	pthread_join(late.thread, NULL);
	assert_int_equal(err.code, ERR_AGAIN);
	assert_true(p->wire->suspect);
	/* Its neighbours are as trusted as before. */
	assert_int_equal(asker, 0);
	assert_int_equal(wire_epoch(p->wire), before);
	link_resume(p->link, LINK_AT_ONCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_BOTH(an_answer_that_comes_is_taken),
		PAIR_BOTH(one_that_does_not_come_costs_no_trust),
		PAIR_BOTH(one_that_comes_late_is_dropped),
		PAIR_BOTH(half_of_one_is_an_error),
		PAIR_BOTH(the_silence_gives_way_to_a_safe_command),
		PAIR_BOTH(an_ordinary_one_is_doubted_when_it_gave_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
