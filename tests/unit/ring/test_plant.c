/*
 * Safe commands on the thread of a bus: they overtake what waits there, and
 * what is under way gives way to them. The bus is a pty, and nobody answers.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/wire.h"
#include "ring/plant.h"
#include "raw_pty.h"

#define REPLY (20 * NSEC_PER_S) /* nobody waits for that */
#define SOON (5 * NSEC_PER_S)
#define ORDER_MAX 8

struct bench;

struct asked {
	struct call call;
	struct bench *bench;
	const char *text;
};

struct bench {
	struct config config;
	struct yaml *yaml;
	struct clock clock;
	struct plant plant;
	uv_loop_t loop;
	int fd, slave;
	uv_sem_t gate, reached;
	size_t n;
	const char *order[ORDER_MAX]; /* of what is done */
};

static int open_device(struct device *dev, struct err *err)
{
	uint64_t epoch;

	return wire_ready(bus_wire(dev->bus), &epoch, err);
}

static int poll_device(struct device *dev, double *values, struct err *err)
{
	(void)dev;
	(void)values;
	return err_set(err, ERR_STATE, "is not asked here");
}

static int write_device(struct device *dev, size_t channel, double value,
			struct err *err)
{
	(void)dev;
	(void)channel;
	(void)value;
	return err_set(err, ERR_STATE, "is not asked here");
}

static int make_safe(struct device *dev, struct err *err)
{
	return wire_tell(bus_wire(dev->bus), "OFF\n", 4, 0, false, err);
}

static const struct channel channels[] = {
	{ "output", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE, .max = 1.0 },
};

static const struct driver driver = {
	.name = "fake",
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = open_device,
	.poll = poll_device,
	.write = write_device,
	.safe = make_safe,
};

static void make_config(struct bench *b)
{
	struct config *c = &b->config;
	struct problems problems = { 0 };
	char name[RAW_PTY_NAME_MAX], text[160];

	raw_pty(&b->fd, &b->slave, name);
	snprintf(text, sizeof(text),
		 "{type: file, path: %s, "
		 "quarantine: 1 ms}",
		 name);
	b->yaml = yaml_parse(text, strlen(text), "bus", &problems);
	for (size_t i = 0; i < KNOWN_N; i++)
		c->site.known[i] = ROLE_NONE;
	c->n_buses = 1;
	c->buses[0] = (struct config_bus){ .name = "wire",
					   .params = yaml_root(b->yaml) };
	c->n_instruments = 1;
	c->instruments[0] =
		(struct config_instrument){ .name = "fake", .driver = &driver };
}

static int setup(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct problems problems = { 0 };
	struct err err;

	make_config(b);
	clock_init(&b->clock, clock_real(), clock_utc(), 1.0);
	assert_int_equal(uv_loop_init(&b->loop), 0);
	uv_sem_init(&b->gate, 0);
	uv_sem_init(&b->reached, 0);
	b->plant = (struct plant){
		.config = &b->config,
		.clock = &b->clock,
		.rig = rig_new(&b->config, 1, &problems),
	};
	assert_non_null(b->plant.rig);
	assert_int_equal(rig_open(b->plant.rig, 0, 0, &err), 0);
	assert_int_equal(plant_start(&b->plant, &b->loop, &err), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	assert_true(plant_stop(&b->plant, 10000));
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	rig_free(b->plant.rig);
	yaml_tree_free(b->yaml);
	uv_sem_destroy(&b->gate);
	uv_sem_destroy(&b->reached);
	close(b->fd);
	close(b->slave);
	assert_null(b->clock.oldest);
	free(b);
	return 0;
}

/* -- what is done on the bus -------------------------------------------- */

static void note(const struct asked *a)
{
	assert_true(a->bench->n < ORDER_MAX);
	a->bench->order[a->bench->n++] = a->text;
}

static int ask_device(struct call *call)
{
	struct asked *a = (struct asked *)call;
	struct wire *wire = bus_wire(rig_bus(call->plant->rig, 0));
	char answer[16];
	uint64_t epoch;

	note(a);
	if (wire_ready(wire, &epoch, &call->err))
		return -1;
	return wire_line(wire, a->text, "\n", REPLY, answer, sizeof(answer),
			 &call->err);
}

static int wait_at_gate(struct call *call)
{
	struct asked *a = (struct asked *)call;

	note(a);
	uv_sem_post(&a->bench->reached);
	uv_sem_wait(&a->bench->gate);
	return 0;
}

static int switch_off(struct call *call)
{
	note((struct asked *)call);
	return rig_safe(call->plant->rig, 0, call->at, &call->err);
}

static void on_done(struct call *call)
{
	(void)call;
}

static struct asked *ask(struct asked *a, struct bench *b, const char *text,
			 int (*work)(struct call *call))
{
	*a = (struct asked){
		.call = { .plant = &b->plant, .work = work, .done = on_done },
		.bench = b,
		.text = text,
	};
	return a;
}

static void submit(struct asked *a)
{
	struct err err;

	assert_int_equal(call_submit(&a->call, &err), 0);
}

static void settle(struct bench *b, const struct asked *a)
{
	while (a->call.out)
		uv_run(&b->loop, UV_RUN_ONCE);
}

/* What is said on the wire, up to the end of a line. */
static void expect_line(struct bench *b, const char *line)
{
	struct pollfd v = { b->fd, POLLIN, 0 };
	char got[64];
	size_t n = 0;

	while (!n || got[n - 1] != '\n') {
		assert_int_equal(poll(&v, 1, 10000), 1);
		assert_int_equal(read(b->fd, got + n, 1), 1);
		assert_true(++n < sizeof(got));
	}
	got[n - 1] = '\0';
	assert_string_equal(got, line);
}

/* -- tests -------------------------------------------------------------- */

static void a_question_without_answer_gives_way(void **state)
{
	struct bench *b = *state;
	struct asked question, off;
	nsec began;

	submit(ask(&question, b, "READ?", ask_device));
	expect_line(b, "READ?");
	began = link_now();
	call_submit_first(&ask(&off, b, "off", switch_off)->call, LINK_AT_ONCE);
	expect_line(b, "OFF");
	assert_true(link_now() - began < SOON);
	settle(b, &question);
	settle(b, &off);
	assert_int_equal(question.call.err.code, ERR_AGAIN);
	assert_int_equal(off.call.status, 0);
}

static void nothing_begins_before_a_safe_command(void **state)
{
	struct bench *b = *state;
	struct asked busy, waits, off, again;

	submit(ask(&busy, b, "busy", wait_at_gate));
	uv_sem_wait(&b->reached);
	submit(ask(&waits, b, "READ?", ask_device));
	call_submit_first(&ask(&off, b, "off", switch_off)->call, LINK_AT_ONCE);
	uv_sem_post(&b->gate);
	expect_line(b, "OFF");
	expect_line(b, "READ?");
	/* It would wait for long, and the safe command's way is free again. */
	call_submit_first(&ask(&again, b, "off", switch_off)->call,
			  LINK_AT_ONCE);
	expect_line(b, "OFF");
	settle(b, &busy);
	settle(b, &waits);
	settle(b, &off);
	settle(b, &again);
	assert_int_equal(b->n, 4);
	assert_string_equal(b->order[1], "off");
	assert_string_equal(b->order[2], "READ?");
}

static void two_safe_commands_both_come_through(void **state)
{
	struct bench *b = *state;
	struct asked question, v[2];

	submit(ask(&question, b, "READ?", ask_device));
	expect_line(b, "READ?");
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		call_submit_first(&ask(&v[i], b, "off", switch_off)->call,
				  LINK_AT_ONCE);
	expect_line(b, "OFF");
	expect_line(b, "OFF");
	settle(b, &question);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		settle(b, &v[i]);
		assert_int_equal(v[i].call.status, 0);
	}
}

/* What was dropped interrupts nobody any more. */
static void a_dropped_safe_command_leaves_the_bus_as_it_was(void **state)
{
	struct bench *b = *state;
	struct asked busy, question, off;

	submit(ask(&busy, b, "busy", wait_at_gate));
	uv_sem_wait(&b->reached);
	call_submit_first(&ask(&off, b, "off", switch_off)->call, LINK_AT_ONCE);
	assert_true(call_drop(&off.call));
	settle(b, &off);
	assert_int_equal(off.call.err.code, ERR_STATE);
	uv_sem_post(&b->gate);
	submit(ask(&question, b, "READ?", ask_device));
	expect_line(b, "READ?");
	assert_int_equal(write(b->fd, "1\n", 2), 2);
	settle(b, &busy);
	settle(b, &question);
	assert_int_equal(question.call.status, 0);
}

static void a_bus_that_was_stopped_refuses(void **state)
{
	struct bench *b = *state;
	struct asked off;

	assert_true(plant_stop(&b->plant, 10000));
	call_submit_first(&ask(&off, b, "off", switch_off)->call, LINK_AT_ONCE);
	assert_true(off.call.job.dropped);
	assert_int_equal(off.call.status, -1);
	assert_non_null(strstr(off.call.err.msg, "its bus was stopped"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_question_without_answer_gives_way),
		T(nothing_begins_before_a_safe_command),
		T(two_safe_commands_both_come_through),
		T(a_dropped_safe_command_leaves_the_bus_as_it_was),
		T(a_bus_that_was_stopped_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
